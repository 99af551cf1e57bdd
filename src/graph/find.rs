//! What a text names among all that is declared.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError};

use rustc_hash::FxHashMap;

use super::called::{arn_of, handle_key, references, without_region};
use super::names::{Names, Several, is_region, name_key, nearest};
use super::protected::protected_service;
use super::resources::is_qualified;
use super::{
    DeclarationId, DocumentId, Graph, Identity, IdentityId, IdentityKind, Provider, Resource, ResourceId,
    Table,
};
use crate::accounts::Accounts;
use crate::accounts::normalise::{Key, is_identity, key};
use crate::carriers::Carrier;
use crate::facts::Declaration;
use crate::iam::arn::Arn;
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::value::{Answer, Class, Origin, OriginKind, Text, UnitKey};

/// Looks up what a unit names. Every answer holds all that may be meant: one, when it is clear.
#[derive(Clone, Copy)]
pub(super) struct Finder<'g> {
    names: &'g Names,
    accounts: &'g Accounts,
    declarations: &'g Table<DeclarationId, Declaration>,
    identities: &'g Table<IdentityId, Identity>,
    resources: &'g Table<ResourceId, Resource>,
    documents: &'g Table<DocumentId, super::Document>,
}

impl<'g> Finder<'g> {
    pub(super) fn new(graph: &'g Graph, declarations: &'g Table<DeclarationId, Declaration>) -> Self {
        Self {
            names: &graph.names,
            accounts: &graph.accounts,
            declarations,
            identities: &graph.identities,
            resources: &graph.resources,
            documents: &graph.documents,
        }
    }

    fn referred(&self, text: &Text) -> Option<DeclarationId> {
        self.names.referred(text)
    }

    /// The resource that a text refers to. What an ARN says behind that of a function is a version or alias of it, which is
    /// a resource of its own.
    fn resource_referred(&self, text: &Text) -> Option<ResourceId> {
        let id = self.referred(text).and_then(|id| self.names.resource(id))?;
        (is_qualified(&self.resources[id].arn) || !is_qualified(text)).then_some(id)
    }

    /// The identities with this ARN.
    pub(super) fn identities(&self, arn: &Text, unit: &UnitKey) -> Vec<IdentityId> {
        if let Some(own) = self.referred(arn).and_then(|id| self.names.identity(id)) {
            return vec![own];
        }
        self.identities_of_arn(arn, unit)
    }

    /// The identities of which the ARN has this key.
    pub(super) fn identities_with(&self, arn: &Key) -> Cow<'g, [IdentityId]> {
        self.names.identities_by_arn.all(arn, |id| arn.is_of(&self.identities[id].arn))
    }

    /// The identities of a kind with this name in an account.
    fn namesakes(&self, kind: IdentityKind, account: &Text, name: &Text) -> Cow<'g, [IdentityId]> {
        let named = name_key(kind, account, name);
        self.names.identities_by_name.all(&named, |id| {
            let Identity { kind, account, name, .. } = &self.identities[id];
            named == name_key(*kind, account, name)
        })
    }

    fn identities_of_arn(&self, arn: &Text, unit: &UnitKey) -> Vec<IdentityId> {
        let named = key(&self.accounts.normalise(arn));
        let mut all = self.identities_with(&named);
        // A stack whose region nobody says is deployed in that one, or not at all.
        if all.is_empty()
            && !self.names.identities_of_region.is_empty()
            && let Some(anywhere) = named.in_any_region()
        {
            all = Cow::Borrowed(self.names.identities_of_region.all(&anywhere));
        }
        nearest(&all, unit, self.accounts, |id| &self.declarations[self.identities[id].declaration])
    }

    /// The identities of a kind with this name in an account, or with this ARN where a template writes one.
    pub(super) fn identities_called(
        &self,
        kind: IdentityKind,
        account: &Text,
        unit: &UnitKey,
        named: &Text,
    ) -> Vec<IdentityId> {
        // A name is only a name: AWS looks for it in the account where it is given.
        let is_meant = |id: &IdentityId| {
            let identity = &self.identities[*id];
            identity.kind == kind && !self.accounts.same(&identity.account, account).is_no()
        };
        if let Some(own) = self.referred(named).and_then(|id| self.names.identity(id)).filter(is_meant) {
            return vec![own];
        }
        let all = self.namesakes(kind, account, named);
        if all.is_empty() {
            return self.identities_of_arn(named, unit);
        }
        nearest(&all, unit, self.accounts, |id| &self.declarations[self.identities[id].declaration])
    }

    /// The customer managed policies with this ARN.
    pub(super) fn managed(&self, arn: &Text, unit: &UnitKey) -> Vec<DocumentId> {
        if let Some(own) = self.referred(arn).and_then(|id| self.names.managed(id)) {
            return vec![own];
        }
        let all = self.names.managed_by_arn.all(&key(arn));
        nearest(all, unit, self.accounts, |id| &self.declarations[self.documents[id].declaration])
    }

    /// The resources of a service that are called so.
    pub(super) fn resources_called(&self, service: &str, unit: &UnitKey, named: &Text) -> Vec<ResourceId> {
        let of_service = |id: &ResourceId| self.resources[*id].service == service;
        if let Some(own) = self.resource_referred(named).filter(of_service) {
            return vec![own];
        }
        let handle = handle_key(service, &self.accounts.of(unit), named);
        self.nearest_resources(self.names.resources_by_handle.all(&handle), unit)
    }

    /// The resources that a row is about, which names them so: of the types that it is for, when there are such. Where the
    /// service of the policy is not that of the resource (both of VPC Lattice), they are found by theirs.
    pub(super) fn resources_meant(&self, row: &Carrier, unit: &UnitKey, named: &Text) -> Vec<ResourceId> {
        let type_of = |id: &ResourceId| &*self.declarations[self.resources[*id].declaration].type_name;
        let of_targets = row.targets.iter().filter_map(|target| protected_service(target));
        let mut found: Vec<ResourceId> = std::iter::once(row.service)
            .chain(of_targets.filter(|service| *service != row.service))
            .flat_map(|service| self.resources_called(service, unit, named))
            .collect();
        let account = self.accounts.of(unit);
        if found.is_empty() {
            let names = row.targets.iter().map(|target| handle_key(target, &account, named));
            let all = names.flat_map(|name| self.names.resources_by_name.all(&name)).copied();
            found = self.nearest_resources(&all.collect::<Vec<_>>(), unit);
        }
        if found.iter().any(|id| row.targets.contains(&type_of(id))) {
            found.retain(|id| row.targets.contains(&type_of(id)));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The resources that an ARN means: the resource itself, or something in it (an object of a bucket). A bare `*` names
    /// nothing in particular. With `Unknown` what is the same but for the region, which the template of one side does not say.
    pub(super) fn resources(&self, written: &Text, unit: &UnitKey) -> (Vec<ResourceId>, Answer) {
        if let Some(own) = self.resource_referred(written) {
            return (vec![own], Answer::Yes);
        }
        let Some(arn) = Arn::parse(written) else { return (Vec::new(), Answer::No) };
        let mut found = self.names.resources_by_arn.all(&key(written));
        if found.is_empty()
            && let Some(whole) = arn.whole()
        {
            found = self.names.resources_by_arn.all(&key(&whole));
        }
        if !found.is_empty() {
            return (self.nearest_resources(found, unit), Answer::Yes);
        }
        (self.of_some_region(written), Answer::Yes)
    }

    /// The one resource that differs at most in its region, when one of both sides does not say which that is.
    fn of_some_region(&self, written: &Text) -> Vec<ResourceId> {
        let Some((region, rest)) = without_region(written) else { return Vec::new() };
        let [id] = self.names.resources_of_region.all(&rest) else { return Vec::new() };
        let own = without_region(&self.resources[*id].arn).map(|(own, _)| own);
        let is_open = own.is_some_and(|own| is_region(&own) || is_region(&region));
        if is_open { vec![*id] } else { Vec::new() }
    }

    fn nearest_resources(&self, all: &[ResourceId], unit: &UnitKey) -> Vec<ResourceId> {
        nearest(all, unit, self.accounts, |id| &self.declarations[self.resources[id].declaration])
    }
}

impl Graph {
    fn finder(&self) -> Finder<'_> {
        Finder::new(self, &self.declarations)
    }

    /// The declared roles and users that a principal in a policy of a unit means: several when it is not clear which.
    pub fn find_principal(&self, item: &Item<Principal>, unit: &UnitKey) -> Vec<IdentityId> {
        match &item.value {
            Principal::Role { .. } | Principal::User { .. } => self.finder().identities(&item.text, unit),
            _ => Vec::new(),
        }
    }

    /// The declared identities with this ARN, as a unit means it.
    pub fn find_identities(&self, arn: &Text, unit: &UnitKey) -> Vec<IdentityId> {
        self.finder().identities(arn, unit)
    }

    /// The declared identities of a kind that have this name in an account, whatever their path and the size of letters.
    pub fn find_named(&self, kind: IdentityKind, account: &Text, name: &Text) -> Cow<'_, [IdentityId]> {
        self.finder().namesakes(kind, account, name)
    }

    /// The declared resources that an element of a policy of a unit means, and whether surely: `Unknown` when only the
    /// region is not known to be the same.
    pub fn find_resources(&self, written: &Text, unit: &UnitKey) -> (Vec<ResourceId>, Answer) {
        self.finder().resources(written, unit)
    }

    /// The declared KMS keys that a text of a unit names: by ARN, ID or reference.
    pub fn find_keys(&self, named: &Text, unit: &UnitKey) -> Vec<ResourceId> {
        let called = self.finder().resources_called("kms", unit, named);
        if called.is_empty() { self.find_resources(named, unit).0 } else { called }
    }

    /// The declared buckets that a text of a unit names: by name, ARN or reference.
    pub fn find_buckets(&self, named: &Text, unit: &UnitKey) -> Vec<ResourceId> {
        self.finder().resources_called("s3", unit, named)
    }

    /// The declared identity providers that a principal in a policy of a unit means: several when it is not clear which.
    pub fn find_providers(&self, item: &Item<Principal>, unit: &UnitKey) -> Vec<&Provider> {
        let referred = self.names.referred(&item.text).and_then(|id| self.names.provider(id));
        let by_arn = |arn: &Text| {
            let all = self.names.providers_by_arn.all(&key(&self.accounts.normalise(arn)));
            nearest(all, unit, &self.accounts, |id| &self.declarations[self.providers[id].declaration])
        };
        let found = match referred {
            // A data source says nothing of the clients. Where the provider itself is declared, that one does.
            Some(own) if self.providers[own].clients.open => {
                let mut found = by_arn(&self.providers[own].arn);
                found.retain(|id| !self.providers[*id].clients.open);
                if found.is_empty() { vec![own] } else { found }
            }
            Some(own) => vec![own],
            None => by_arn(&item.text),
        };
        found.into_iter().map(|id| &self.providers[id]).collect()
    }

    /// The declared resource that a text refers to, or in which it names something, by a reference and not by its name.
    pub fn resource_named_by(&self, text: &Text) -> Option<ResourceId> {
        self.finder().resource_referred(text)
    }

    /// The resource that a declaration is.
    pub fn resource_of(&self, declaration: DeclarationId) -> Option<&Resource> {
        self.names.resource(declaration).map(|id| &self.resources[id])
    }

    /// The declarations of a type, in the order of all.
    pub fn of_type(&self, type_name: &str) -> &[DeclarationId] {
        self.names.of_type(type_name)
    }

    /// The declarations of one of `types` that a text names, which stands in `unit`: by ARN, or, in the same unit, by
    /// what a reference to them returns.
    pub fn find_declarations(&self, types: &[&str], unit: &UnitKey, named: &Text) -> Vec<DeclarationId> {
        let named = self.accounts.normalise(named);
        let wanted = Some(key(&named)).filter(is_identity);
        let attribute = named.as_symbol().filter(|symbol| symbol.class == Class::Computed);
        let attribute_of = attribute.and_then(|symbol| match symbol.origin.kind() {
            OriginKind::Attribute { of, .. } => Some(of),
            _ => None,
        });
        let is_here = |id: &DeclarationId| self.declarations[*id].unit == *unit;
        let mut found = Vec::new();
        for called in types.iter().map(|name| self.called(name)) {
            if let Some(wanted) = &wanted {
                found.extend(called.arn.all(wanted));
                found.extend(called.reference.all(wanted).iter().filter(|id| is_here(id)));
            }
            for origin in attribute_of.into_iter().chain(named.reference()) {
                let referred = called.origin.get(origin).into_iter().flatten();
                found.extend(referred.filter(|id| is_here(id)));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The ARN of a declaration, with accounts put in.
    pub fn arn_of(&self, id: DeclarationId) -> Option<Text> {
        match self.names.identity(id) {
            Some(own) => Some(self.identities[own].arn.clone()),
            None => arn_of(&self.declarations[id], &self.accounts),
        }
    }

    /// How the declarations of a type are called: looked up once for all who ask.
    fn called(&self, type_name: &str) -> Arc<Called> {
        let mut known = self.called.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(called) = known.get(type_name) {
            return Arc::clone(called);
        }
        let mut called = Called::default();
        for id in self.of_type(type_name) {
            let declaration = &self.declarations[*id];
            if let Some(arn) = self.arn_of(*id) {
                called.arn.enter(key(&arn), *id);
            }
            match self.names.identity(*id).map(|own| &self.identities[own]) {
                // A reference returns the name. What else is written of it may be gone.
                Some(identity) if declaration.properties.entries.is_empty() => {
                    called.reference.enter(key(&identity.name), *id);
                }
                _ => {
                    for text in references(declaration, &self.accounts) {
                        called.reference.enter(key(&text), *id);
                    }
                }
            }
            called.origin.entry(declaration.origin.clone()).or_default().push(*id);
        }
        let called = Arc::new(called);
        known.insert(type_name.to_owned(), Arc::clone(&called));
        called
    }
}

/// The declarations of a type, by all that they are called.
#[derive(Debug, Default)]
pub(super) struct Called {
    arn: Several<DeclarationId>,
    reference: Several<DeclarationId>,
    origin: FxHashMap<Origin, Vec<DeclarationId>>,
}
