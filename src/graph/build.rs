//! From declarations to nodes: identities, resources, documents.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::reading;
use super::{
    Document, DocumentId, Graph, Identity, IdentityId, IdentityKind, Organization, Provider, Purpose,
    Resource, ResourceId, Surroundings, Unread,
};
use crate::accounts::Accounts;
use crate::accounts::normalise::{is_identity, key};
use crate::carriers::{self, Fill, Role, ValueKind};
use crate::facts::{Declaration, Language, Unit};
use crate::source::Span;
use crate::value::{Kind, Text, Value};

/// Builds the graph of all declarations.
pub fn build(declarations: Vec<Declaration>, units: &[Unit], accounts: Accounts) -> Graph {
    let graph = Graph {
        accounts,
        declarations: Vec::new(),
        identities: Vec::new(),
        resources: Vec::new(),
        documents: Vec::new(),
        providers: Vec::new(),
        shares: Vec::new(),
        organization: Organization::default(),
        unread: Vec::new(),
        identity_by_arn: FxHashMap::default(),
        resource_by_arn: FxHashMap::default(),
        resources_of_region: FxHashMap::default(),
    };
    let files =
        units.iter().filter(|unit| unit.language == Language::Policy).map(|unit| Arc::clone(&unit.key));
    let mut builder = Builder {
        graph,
        names: FxHashMap::default(),
        managed: FxHashMap::default(),
        handles: FxHashMap::default(),
        own_identities: FxHashMap::default(),
        own_resources: FxHashMap::default(),
        shares: FxHashMap::default(),
        files: files.collect(),
    };
    for (index, declaration) in declarations.iter().enumerate() {
        builder.nodes(index, declaration);
    }
    for (index, declaration) in declarations.iter().enumerate() {
        builder.documents(index, declaration);
    }
    for (index, declaration) in declarations.iter().enumerate() {
        builder.attachments(index, declaration);
        builder.surroundings(index, declaration);
        builder.share(index, declaration);
    }
    builder.link_shares();
    builder.organization(&declarations);
    builder.graph.declarations = declarations;
    builder.graph
}

pub(super) struct Builder {
    pub(super) graph: Graph,
    /// Identities by account and name, `role 222222222222 deploy`.
    pub(super) names: FxHashMap<String, IdentityId>,
    /// Customer managed policies by ARN.
    pub(super) managed: FxHashMap<String, DocumentId>,
    /// Resources by whatever names them in their account: ARN, name, id, URL.
    pub(super) handles: FxHashMap<String, ResourceId>,
    /// The identity that a declaration is.
    own_identities: FxHashMap<usize, IdentityId>,
    /// The resource that a declaration is.
    own_resources: FxHashMap<usize, ResourceId>,
    /// Resource shares by ARN.
    pub(super) shares: FxHashMap<String, usize>,
    /// The units that are policy files.
    files: Vec<Arc<str>>,
}

impl Builder {
    /// Identities, resources and providers.
    fn nodes(&mut self, index: usize, declaration: &Declaration) {
        let account = self.graph.accounts.of(&declaration.unit);
        for carrier in carriers::carriers(&declaration.type_name) {
            match carrier.role {
                // A role with a path is one that comes with another resource.
                Role::Role if carrier.path.is_empty() => {
                    self.identity(IdentityKind::Role, index, declaration, &account);
                }
                Role::User => self.identity(IdentityKind::User, index, declaration, &account),
                Role::Group => self.identity(IdentityKind::Group, index, declaration, &account),
                Role::OidcProvider => {
                    self.provider(index, declaration, &account, true);
                }
                Role::SamlProvider => self.provider(index, declaration, &account, false),
                _ => {}
            }
        }
        let protected = super::protected::protected_service(&declaration.type_name);
        let without = || super::protected::without_policy(&declaration.type_name);
        if let Some(service) = protected.or_else(without) {
            self.resource(index, declaration, (account, service), protected.is_some());
        }
    }

    fn identity(&mut self, kind: IdentityKind, index: usize, declaration: &Declaration, account: &Text) {
        let Some(arn) = self.arn_of(declaration) else { return };
        let name = last_segment(&arn);
        let shown = name.as_literal().map_or_else(|| declaration.address.clone(), Cow::into_owned);
        let id = self.graph.identities.len();
        self.names.insert(name_key(kind, account, &name), id);
        self.own_identities.insert(index, id);
        self.graph.identity_by_arn.entry(key(&arn)).or_insert(id);
        self.graph.identities.push(Identity {
            kind,
            declaration: index,
            account: account.clone(),
            arn,
            name,
            shown,
            trust: None,
            policies: Vec::new(),
            boundary: None,
            groups: Vec::new(),
            complete: true,
        });
    }

    fn resource(
        &mut self,
        index: usize,
        declaration: &Declaration,
        (account, service): (Text, &'static str),
        can_have_policy: bool,
    ) {
        let Some(arn) = self.arn_of(declaration) else { return };
        let id = self.graph.resources.len();
        let mut handles = vec![key(&arn)];
        handles.extend(references(declaration, &self.graph.accounts).map(|text| key(&text)));
        // Buckets are named in one space for all accounts; everything else is named in its account.
        for handle in handles.into_iter().filter(|handle| is_identity(handle)) {
            self.handles.entry(handle_key(service, &account, &handle)).or_insert(id);
        }
        self.own_resources.insert(index, id);
        self.graph.index_resource(&arn, id);
        self.graph.resources.push(Resource {
            declaration: index,
            declared: true,
            account,
            arn,
            service,
            documents: Vec::new(),
            complete: true,
            shares: Vec::new(),
            can_have_policy,
            surroundings: Surroundings::default(),
        });
    }

    fn provider(&mut self, index: usize, declaration: &Declaration, account: &Text, oidc: bool) {
        // A type has a row for each of its properties that matter.
        if self.graph.providers.last().is_some_and(|last| last.declaration == index) {
            return;
        }
        let Some(arn) = self.arn_of(declaration) else { return };
        let issuer = oidc.then(|| after(&arn, "oidc-provider/")).flatten();
        self.graph.providers.push(Provider { declaration: index, arn, account: account.clone(), issuer });
    }

    /// As [`arn_of`].
    pub(super) fn arn_of(&self, declaration: &Declaration) -> Option<Text> {
        arn_of(declaration, &self.graph.accounts)
    }

    pub(super) fn expand(&self, template: &str, declaration: &Declaration) -> Text {
        expand(template, declaration, &self.graph.accounts)
    }

    /// Policy documents, and what they protect or who holds them.
    fn documents(&mut self, index: usize, declaration: &Declaration) {
        let account = self.graph.accounts.of(&declaration.unit);
        if self.files.contains(&declaration.unit) {
            if let Some(value) = declaration.properties.get("document") {
                self.document(index, value, Purpose::File, "", &account);
            }
            return;
        }
        let own = self.own_identity(index);
        let mut seen: Vec<Span> = Vec::new();
        for carrier in carriers::carriers(&declaration.type_name) {
            if carrier.role == Role::Grant {
                self.granted(declaration, carrier, &account);
            }
            // What stands there in another form (the policy templates of SAM) is no document to be read here.
            let is_document =
                carrier.value_kind == ValueKind::JsonPolicy || carrier.role == Role::ResourcePolicyStatement;
            if !is_document {
                continue;
            }
            let text = reading::text_read(&declaration.properties, &carrier.path);
            let values = carriers::values(text.as_ref().unwrap_or(&declaration.properties), &carrier.path);
            let is_whole = |value: &&Value| matches!(value.kind, Kind::Text(_) | Kind::Unknown(_));
            if reading::is_in_description(&carrier.path) && values.iter().any(is_whole) {
                // Who knows what else is in it.
                if let Some(own) = self.own_resource(index).and_then(|id| self.graph.resources.get_mut(id)) {
                    own.complete = false;
                }
                continue;
            }
            match carrier.role {
                Role::TrustPolicy => {
                    let Some(own) = own else { continue };
                    for value in values {
                        let document = self.document(index, value, Purpose::Trust(own), "sts", &account);
                        if let Some(identity) = self.graph.identities.get_mut(own) {
                            identity.trust = document;
                        }
                    }
                }
                Role::IdentityPolicy | Role::ManagedPolicy => {
                    for value in values {
                        // A type with one row for each kind of holder has its document read once.
                        if seen.contains(&value.span) {
                            continue;
                        }
                        seen.push(value.span);
                        let read = self.document(index, value, Purpose::Identity, "", &account);
                        self.hold(declaration, read, own, value.span);
                    }
                }
                Role::ResourcePolicy => {
                    for value in values {
                        self.resource_policy(index, declaration, carrier, value, &account);
                    }
                }
                Role::EndpointPolicy | Role::SessionPolicy => {
                    for value in values {
                        self.document(index, value, Purpose::Limit, "", &account);
                    }
                }
                Role::ResourcePolicyStatement => {
                    self.permission(index, declaration, carrier, &account);
                }
                _ => {}
            }
        }
    }

    /// The identity that a declaration is, when it is one.
    pub(super) fn own_identity(&self, index: usize) -> Option<IdentityId> {
        self.own_identities.get(&index).copied()
    }

    pub(super) fn own_resource(&self, index: usize) -> Option<ResourceId> {
        self.own_resources.get(&index).copied()
    }

    /// The resource of a service that is called so in an account.
    pub(super) fn handle(&self, service: &str, account: &Text, named: &Text) -> Option<ResourceId> {
        self.handles.get(&handle_key(service, account, &key(named))).copied()
    }

    /// Reads a document; what cannot be read is noted with its reason.
    pub(super) fn document(
        &mut self,
        index: usize,
        value: &Value,
        purpose: Purpose,
        service: &str,
        account: &Text,
    ) -> Option<DocumentId> {
        // An empty text is how modules and templates say that there is none.
        let is_none = |one: &Value| one.is_unset() || one.as_str().is_some_and(|text| text.is_empty());
        if value.alternatives().iter().all(is_none) {
            return None;
        }
        match reading::read(value, &self.graph.accounts) {
            Ok(policy) => {
                let service = match purpose {
                    Purpose::File => reading::service_of(&policy),
                    _ => Arc::from(service),
                };
                let id = self.graph.documents.len();
                self.graph.documents.push(Document {
                    purpose,
                    policy: Arc::new(policy),
                    declaration: index,
                    account: account.clone(),
                    service,
                    holders: Vec::new(),
                });
                Some(id)
            }
            Err((span, reason)) => {
                self.graph.unread.push(Unread { declaration: index, span, reason });
                None
            }
        }
    }
}

/// The items of a list, or the value itself; alternatives of a choice are items too.
pub(super) fn items(value: &Value) -> Vec<&Value> {
    match &value.kind {
        Kind::List(list) => list.items.iter().flat_map(items).collect(),
        Kind::Choice(all) => all.iter().flat_map(items).collect(),
        Kind::Null | Kind::Absent => Vec::new(),
        _ => vec![value],
    }
}

fn fill<'a>(declaration: &'a Declaration, property: &'a dyn Fn(&str) -> Option<Text>) -> Fill<'a> {
    Fill { unit: &declaration.unit, address: &declaration.address, property, span: declaration.span }
}

/// The ARN of a declaration, with accounts put in.
pub(super) fn arn_of(declaration: &Declaration, accounts: &Accounts) -> Option<Text> {
    let property = |name: &str| text_property(declaration, name);
    let arn = carriers::resource_arn(&declaration.type_name, &fill(declaration, &property))?;
    Some(accounts.normalise(&arn))
}

/// What references to a declaration return, beside its ARN: its name, id or URL, as far as its type is known to have one.
pub(super) fn references(declaration: &Declaration, accounts: &Accounts) -> impl Iterator<Item = Text> {
    let template = |attribute: &str| carriers::attribute_template(&declaration.type_name, attribute);
    let templates = ["id", "Ref", "name", "url"].into_iter().filter_map(template);
    templates.map(move |template| expand(template, declaration, accounts))
}

/// A template of what an attribute returns, filled for a declaration, with accounts put in.
pub(super) fn expand(template: &str, declaration: &Declaration, accounts: &Accounts) -> Text {
    let property = |name: &str| text_property(declaration, name);
    accounts.normalise(&carriers::expand(template, &fill(declaration, &property)))
}

fn text_property(declaration: &Declaration, name: &str) -> Option<Text> {
    declaration.properties.get(name).and_then(Value::as_text).filter(|text| !text.is_empty())
}

/// Under which an identity is found by its name: names are unique for an account and kind.
pub(super) fn name_key(kind: IdentityKind, account: &Text, name: &Text) -> String {
    format!("{} {} {}", kind.name(), key(account), key(name).to_lowercase())
}

pub(super) fn handle_key(service: &str, account: &Text, handle: &str) -> String {
    if service == "s3" { format!("s3 {handle}") } else { format!("{service} {} {handle}", key(account)) }
}

/// What follows the last `/` of an ARN's resource: the name without its path.
fn last_segment(arn: &Text) -> Text {
    arn.splitn(6, ':').pop().and_then(|resource| resource.splitn(usize::MAX, '/').pop()).unwrap_or_default()
}

/// What follows `prefix` in the resource of an ARN.
fn after(arn: &Text, prefix: &str) -> Option<Text> {
    let resource = arn.splitn(6, ':').pop()?;
    let separator = prefix.chars().last()?;
    let mut parts = resource.splitn(2, separator).into_iter();
    let head = parts.next()?;
    head.is_literally(prefix.trim_end_matches(separator)).then(|| parts.next()).flatten()
}
