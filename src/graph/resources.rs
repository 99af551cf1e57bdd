//! What policies protect: resources that are declared, or known only by their policies.

use rustc_hash::FxHashSet;

use super::build::{Builder, items};
use super::names::handle_key;
use super::{DeclarationId, Purpose, Resource, ResourceId, Surroundings};
use crate::accounts::normalise::{is_identity, key};
use crate::carriers::{self, Carrier};
use crate::facts::Declaration;
use crate::iam::action::action_matches;
use crate::iam::arn::Arn;
use crate::source::{SourceId, Span};
use crate::value::{Text, Value};

/// What a client does with a file system.
const OF_CLIENTS: [&str; 3] =
    ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientRootAccess", "elasticfilesystem:ClientWrite"];

impl Resource {
    /// Whether an action, or some of a pattern, is open to everybody who reaches the resource, because it has no policy:
    /// file systems let in every client then, whatever IAM says.
    ///
    /// <https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html>
    pub fn is_open_without_policy(&self, action: &Text) -> bool {
        let place = Span::start_of(SourceId::first());
        self.service == "elasticfilesystem"
            && self.documents.is_empty()
            && OF_CLIENTS.iter().any(|one| !action_matches(action, &Text::literal(*one, place)).is_no())
    }
}

/// Whether an ARN is that of a version or alias of a function, which has a policy of its own.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html>
pub(super) fn is_qualified(arn: &Text) -> bool {
    let Some(arn) = Arn::parse(arn).filter(|arn| arn.service.is_literally("lambda")) else { return false };
    let parts = arn.resource.splitn(3, ':');
    parts.len() == 3 && parts.first().is_some_and(|kind| kind.is_literally("function"))
}

impl Builder<'_> {
    /// A policy that protects a resource.
    pub(super) fn resource_policy(
        &mut self,
        index: DeclarationId,
        declaration: &Declaration,
        carrier: &'static Carrier,
        value: &Value,
        account: &Text,
    ) {
        let targets = self.protected(index, declaration, carrier, account);
        for resource in targets {
            let purpose = Purpose::Resource(resource);
            let document = self.document(index, value, purpose, carrier.service, account);
            let resource = &mut self.graph.resources[resource];
            match document {
                Some(document) => resource.documents.push(document),
                None if value.is_unset() => {}
                None => resource.complete = false,
            }
        }
    }

    /// A grant admits somebody beside the policy of a resource, which then is not all there is.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>
    pub(super) fn granted(&mut self, declaration: &Declaration, carrier: &Carrier) {
        let Some(attach) = &carrier.attach else { return };
        for value in carriers::values(&declaration.properties, attach).into_iter().flat_map(items) {
            let Some(named) = value.as_text().map(|text| self.graph.accounts.normalised(text)) else {
                continue;
            };
            for resource in self.meant(carrier, &declaration.unit, &named) {
                self.graph.resources[resource].complete = false;
            }
        }
    }

    /// The resources a policy protects: those its declaration names, or one made up from the name when the
    /// resource itself is declared elsewhere.
    pub(super) fn protected(
        &mut self,
        index: DeclarationId,
        declaration: &Declaration,
        carrier: &'static Carrier,
        account: &Text,
    ) -> Vec<ResourceId> {
        let Some(attach) = &carrier.attach else {
            return self.own_resource(index).into_iter().collect();
        };
        let mut found: Vec<ResourceId> = Vec::new();
        for value in carriers::values(&declaration.properties, attach) {
            for alternative in items(value) {
                let Some(text) = alternative.as_text() else { continue };
                let text = self.graph.accounts.normalised(text);
                let called = self.meant(carrier, &declaration.unit, &text);
                if called.is_empty() {
                    let open = (carrier.service, key(account));
                    match text.as_literal() {
                        None if is_qualified(&text) => {}
                        None => drop(self.open_resources.insert(open)),
                        Some(_) => drop(self.open_unnamed.insert(open)),
                    }
                    found.push(self.undeclared_resource(index, carrier, account, &text));
                } else {
                    found.extend(called);
                }
            }
        }
        // The alternatives of a name are all of one resource when a reference leads to it.
        let mut seen = FxHashSet::default();
        found.retain(|id| seen.insert(*id));
        if found.is_empty() {
            found.push(self.undeclared_resource(index, carrier, account, &Text::default()));
        }
        found
    }

    pub(super) fn undeclared_resource(
        &mut self,
        index: DeclarationId,
        carrier: &'static Carrier,
        account: &Text,
        named: &Text,
    ) -> ResourceId {
        let arn = if named.pieces().is_empty() || named.begins_with("arn:") {
            named.clone()
        } else if carrier.service == "s3" {
            let span = named.span().unwrap_or(Span::start_of(SourceId::first()));
            let mut arn = Text::literal("arn:aws:s3:::", span);
            arn.append(named);
            arn
        } else {
            Text::default()
        };
        let id = self.graph.resources.next_id();
        if is_identity(&key(&arn)) {
            self.graph.names.enter_resource(&arn, id);
        }
        if !named.pieces().is_empty() {
            self.graph.names.resources_by_handle.enter(handle_key(carrier.service, account, named), id);
        }
        self.graph.resources.push(Resource {
            declaration: index,
            declared: false,
            account: account.clone(),
            arn,
            service: carrier.service,
            documents: Vec::new(),
            complete: true,
            shares: Vec::new(),
            can_have_policy: true,
            surroundings: Surroundings::default(),
        })
    }
}
