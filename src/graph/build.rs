//! From declarations to nodes: identities, resources, documents.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::ahead::{self, ReadAhead};
use super::called::{self, ResourceNames, arn_of};
use super::find::Finder;
use super::names::{Names, name_key};
use super::reading;
use super::resources::AccountWide;
use super::seen::{Seen, Untouched};
use super::surroundings::BlockedAccounts;
use super::written::{Taken, Written};
use super::{
    Clients, DeclarationId, Document, DocumentId, Graph, Identity, IdentityId, IdentityKind, Organization,
    Provider, Purpose, Resource, ResourceId, ShareId, Surroundings, Table, Unread,
};
use crate::accounts::Accounts;
use crate::accounts::normalise::{Key, Unreadable, key};
use crate::carriers::{self, Alternative, Carrier, Role, ValueKind};
use crate::facts::{self, Declaration};
use crate::iam::policy::Policy;
use crate::source::Span;
use crate::value::{Class, Kind, Map, Piece, PieceKind, Text, UnitKey, Value};

/// Builds the graph of all declarations. Of snapshots as much is read as `seen` says.
pub fn build(declarations: Vec<Declaration>, accounts: Accounts, seen: Seen) -> Graph {
    let mut declarations: Table<DeclarationId, Declaration> = declarations.into_iter().collect();
    let written = Written::taken_from(&mut declarations, &accounts);
    let graph = Graph {
        accounts: Arc::new(accounts),
        declarations: Table::default(),
        identities: Table::default(),
        resources: Table::default(),
        documents: Table::default(),
        providers: Table::default(),
        shares: Table::default(),
        organization: Organization::default(),
        unread: Vec::new(),
        assigned: FxHashMap::default(),
        differing: Vec::new(),
        contested: Vec::new(),
        names: Names::default(),
        strays: OnceLock::new(),
        called: Mutex::default(),
    };
    let mut builder = Builder {
        declarations: &declarations,
        graph,
        written,
        account: None,
        services: FxHashSet::default(),
        shares: FxHashMap::default(),
        shadowed: FxHashMap::default(),
        open: FxHashSet::default(),
        open_resources: FxHashSet::default(),
        open_unnamed: FxHashSet::default(),
        policies_of_accounts: FxHashMap::default(),
        lists: Vec::new(),
        boundaries: Vec::new(),
        blocked_accounts: BlockedAccounts::default(),
        exclusive: Vec::new(),
        of_aws: RefCell::default(),
        attached_again: FxHashSet::default(),
        read_ahead: ReadAhead::default(),
    };
    declared(&mut builder, seen);
    builder.join_snapshots();
    builder.join_policies_of_accounts();
    builder.join_lists();
    builder.made_roles();
    builder.join_exclusive();
    builder.finish_attachments();
    builder.default_policies();
    builder.link_shares();
    builder.organization();
    builder.join_blocked_accounts();
    let graph = builder.graph;
    forget(&mut declarations, &graph);
    Graph { declarations, ..graph }
}

/// Everything that is declared: what templates write before what snapshots say of the same.
fn declared(builder: &mut Builder<'_>, much: Seen) {
    let declarations = builder.declarations;
    let (seen, own): (Vec<_>, Vec<_>) = declarations.with_ids().partition(|(_, it)| builder.is_seen(it));
    let all = || own.iter().chain(&seen).copied();
    let identities = all().filter(|(_, it)| is_identity(it)).count();
    builder.graph.identities.reserve(identities);
    builder.graph.names.reserve(declarations.len(), identities);
    let accounts = Arc::clone(&builder.graph.accounts);
    let called = |part: &&[(DeclarationId, &Declaration)]| ahead::called(part, &accounts);
    let parts = [&own, &seen].into_iter().flat_map(|all| ahead::long_parts(all));
    ahead::each(parts, called, |part, called| {
        for ((id, declaration), called) in part.iter().zip(called) {
            if !builder.is_shadowed(*id, declaration) {
                builder.nodes(*id, declaration, called);
            }
        }
    });
    builder.join_declarations();
    let mut written = std::mem::take(&mut builder.written);
    builder.graph.documents.reserve(written.len());
    let parts = ahead::parts(&own).map(|part| Taken::of(part, &mut written));
    let read = |value: &Value| reading::read(value, &accounts);
    ahead::each(
        parts,
        |part| ReadAhead::of(part.each(), read),
        |part, read| {
            builder.read_ahead = read;
            for (id, declaration, properties) in part.each() {
                builder.documents(id, declaration, properties);
            }
            builder.read_ahead = ReadAhead::default();
        },
    );
    *builder.of_aws.get_mut() = ahead::of_aws(own.iter().map(|(_, it)| *it), &builder.graph.accounts);
    let untouched = match much {
        Seen::Touched => builder.untouched(&seen),
        Seen::Whole => Untouched::default(),
    };
    let is_read =
        |builder: &Builder<'_>, id: DeclarationId| !untouched.has(id) && !builder.shadowed.contains_key(&id);
    for (id, declaration) in &seen {
        if is_read(builder, *id) {
            builder.documents(*id, declaration, &declaration.properties);
        }
    }
    for (id, declaration) in all() {
        if is_read(builder, id) {
            builder.attachments(id, declaration);
            builder.surroundings(id, declaration);
            builder.share(id, declaration);
        } else if untouched.has(id) {
            builder.leave_unread(id, declaration);
        }
    }
}

pub(super) struct Builder<'d> {
    /// What all units declare; it becomes part of the graph when this is built.
    pub(super) declarations: &'d Table<DeclarationId, Declaration>,
    pub(super) graph: Graph,
    /// Policies that are not read yet.
    written: Written,
    /// The account of the unit that was asked for last: what is of one unit comes together.
    account: Option<(UnitKey, Arc<Text>)>,
    /// The services of documents.
    services: FxHashSet<Arc<str>>,
    /// Resource shares by ARN.
    pub(super) shares: FxHashMap<Key, ShareId>,
    /// What snapshots say of identities that templates declare.
    pub(super) shadowed: FxHashMap<DeclarationId, Shadowed>,
    /// Kinds and accounts of which some identity, nobody knows which, has more than is seen.
    pub(super) open: FxHashSet<(IdentityKind, Key)>,
    /// Services and accounts of which some resource, nobody knows which, has a policy that is not seen to be its.
    pub(super) open_resources: FxHashSet<(&'static str, Key)>,
    /// Services and accounts in which the policy of a resource of some name that is declared nowhere may be that of one whose
    /// name is not known.
    pub(super) open_unnamed: FxHashSet<(&'static str, Key)>,
    /// Policies that accounts have for all resources of a service.
    pub(super) policies_of_accounts: FxHashMap<Key, Vec<AccountWide>>,
    /// Buckets with an access control list that lets in other accounts.
    pub(super) lists: Vec<ResourceId>,
    /// Documents that are set as permissions boundaries.
    pub(super) boundaries: Vec<DocumentId>,
    /// What accounts say of all their buckets.
    pub(super) blocked_accounts: BlockedAccounts,
    /// Lists that say which policies an identity has and no others.
    pub(super) exclusive: Vec<Exclusive>,
    /// The policies of AWS that were read, by ARN.
    pub(super) of_aws: RefCell<FxHashMap<String, Arc<Policy>>>,
    /// What attaches a policy to an identity that has it already.
    pub(super) attached_again: FxHashSet<(IdentityId, DeclarationId, DocumentId)>,
    /// Documents that templates write, read in parallel before they get their places.
    read_ahead: ReadAhead,
}

/// What a snapshot says of an identity that a template declares.
pub(super) struct Shadowed {
    pub(super) snapshot: DeclarationId,
    pub(super) of: Vec<IdentityId>,
}

/// That a declaration removes what others attach to an identity.
pub(super) struct Exclusive {
    pub(super) holder: IdentityId,
    pub(super) by: DeclarationId,
    /// It speaks of policies that are written for the identity, and not of those attached by ARN.
    pub(super) inline: bool,
}

impl Builder<'_> {
    /// Identities, resources and providers.
    fn nodes(&mut self, id: DeclarationId, declaration: &Declaration, called: Option<ResourceNames>) {
        self.graph.names.declare(id, declaration);
        let account = self.account(&declaration.unit);
        for carrier in carriers::carriers(&declaration.type_name) {
            match carrier.role {
                // A role with a path is one that comes with another resource.
                Role::Role if carrier.path.is_empty() => {
                    self.identity(IdentityKind::Role, id, declaration, &account);
                }
                Role::User => self.identity(IdentityKind::User, id, declaration, &account),
                Role::Group => self.identity(IdentityKind::Group, id, declaration, &account),
                Role::OidcProvider => {
                    self.provider(id, declaration, &account, true);
                }
                Role::SamlProvider => self.provider(id, declaration, &account, false),
                _ => {}
            }
        }
        if let Some(called) = called {
            self.resource(id, called, &account);
        }
    }

    fn identity(
        &mut self,
        kind: IdentityKind,
        declaration_id: DeclarationId,
        declaration: &Declaration,
        account: &Arc<Text>,
    ) {
        let Some(arn) = self.arn_of(declaration) else { return };
        let name = last_segment(&arn);
        // A name that begins with a dash lacks the prefix that each deployment gives it.
        let told = name.as_shared().filter(|name| !name.starts_with('-'));
        let shown = told.unwrap_or_else(|| Arc::clone(&declaration.address));
        let id = self.graph.identities.next_id();
        let names = &mut self.graph.names;
        names.is_identity(declaration_id, id);
        names.enter_identity(&key(&arn), id);
        names.identities_by_name.enter(&name_key(kind, account, &name), id);
        if self.graph.accounts.is_seen(&declaration.unit) {
            self.graph.names.note_unique_id(declaration, &[id]);
        }
        let names = (arn.whole(), name, shown);
        self.graph.identities.push(Identity::new((kind, declaration_id), Arc::clone(account), names));
    }

    /// Notes on each identity that is declared several times all its declarations.
    fn join_declarations(&mut self) {
        for all in self.graph.names.repeated_identities(&self.graph.identities) {
            for id in &all {
                self.graph.identities[*id].ties_mut().declared_as.clone_from(&all);
            }
        }
    }

    fn resource(&mut self, declaration: DeclarationId, called: ResourceNames, account: &Arc<Text>) {
        let ResourceNames { arn, arns, handles, names, service, can_have_policy } = called;
        let id = self.graph.resources.next_id();
        for handle in handles {
            self.graph.names.resources_by_handle.enter(handle, id);
        }
        for name in names {
            self.graph.names.resources_by_name.enter(name, id);
        }
        self.graph.names.is_resource(declaration, id);
        self.graph.names.enter_resource(arns, id);
        self.graph.resources.push(Resource {
            declaration,
            declared: true,
            account: Arc::clone(account),
            arn,
            service,
            documents: Vec::new(),
            writers: Vec::new(),
            default_policy: None,
            complete: true,
            shares: Vec::new(),
            can_have_policy,
            surroundings: Surroundings::default(),
        });
    }

    fn provider(&mut self, index: DeclarationId, declaration: &Declaration, account: &Arc<Text>, oidc: bool) {
        // A type has a row for each of its properties that matter.
        if self.graph.providers.iter().last().is_some_and(|last| last.declaration == index) {
            return;
        }
        let Some(arn) = self.arn_of(declaration) else { return };
        let issuer = oidc.then(|| after(&arn, "oidc-provider/")).flatten();
        let (named, account) = (key(&arn), Arc::clone(account));
        let clients = clients(declaration);
        let id = self.graph.providers.push(Provider { declaration: index, arn, account, issuer, clients });
        self.graph.names.is_provider(index, named, id);
    }

    /// The account of a unit, which all that is of the unit has together.
    pub(super) fn account(&mut self, unit: &UnitKey) -> Arc<Text> {
        if let Some((_, account)) = self.account.as_ref().filter(|(known, _)| known == unit) {
            return Arc::clone(account);
        }
        let account = Arc::new(self.graph.accounts.of(unit).into_owned());
        self.account = Some((unit.clone(), Arc::clone(&account)));
        account
    }

    /// The name of a service, which all that is of the service has together.
    fn word(&mut self, service: &str) -> Arc<str> {
        if let Some(known) = self.services.get(service) {
            return Arc::clone(known);
        }
        let new: Arc<str> = service.into();
        self.services.insert(Arc::clone(&new));
        new
    }

    /// As [`arn_of`].
    pub(super) fn arn_of(&self, declaration: &Declaration) -> Option<Text> {
        arn_of(declaration, &self.graph.accounts)
    }

    pub(super) fn expand(&self, template: &str, declaration: &Declaration) -> Text {
        called::expand(template, declaration, &self.graph.accounts)
    }

    /// Policy documents in the properties of a declaration, and what they protect or who holds them.
    fn documents(&mut self, index: DeclarationId, declaration: &Declaration, properties: &Map) {
        let account = self.account(&declaration.unit);
        if &*declaration.type_name == facts::POLICY_FILE {
            for (property, purpose) in [("document", Purpose::File), (facts::LIMIT, Purpose::Limit)] {
                if let Some(value) = declaration.properties.get(property) {
                    self.document(index, value, purpose, "", &account);
                }
            }
            return;
        }
        if &*declaration.type_name == "aws_lambda_function_url" {
            self.public_url(index, declaration, &account);
        }
        let mut seen: Vec<Span> = Vec::new();
        for carrier in carriers::carriers(&declaration.type_name) {
            match carrier.role {
                Role::Grant => self.granted(declaration, carrier),
                Role::AccessList => self.listed(index, declaration, carrier),
                _ => {}
            }
            // What stands there in another form (the policy templates of SAM) is no document to be read here.
            let is_document =
                carrier.value_kind == ValueKind::JsonPolicy || carrier.role == Role::ResourcePolicyStatement;
            if !is_document {
                continue;
            }
            let text = reading::text_read(properties, &carrier.path);
            let values = carriers::chosen(text.as_ref().unwrap_or(properties), &carrier.path);
            let is_whole = |(value, _): &(&Value, Option<Alternative<'_>>)| {
                matches!(value.kind, Kind::Text(_) | Kind::Unknown(_))
            };
            if reading::is_in_description(&carrier.path) && values.iter().any(is_whole) {
                // Who knows what else is in it.
                if let Some(own) = self.own_resource(index) {
                    self.graph.resources[own].complete = false;
                }
                continue;
            }
            if carrier.role == Role::ResourcePolicyStatement {
                self.permission(index, declaration, carrier, &account);
                continue;
            }
            for (value, part_of) in values {
                // A type with one row for each kind of holder has its document read once.
                let is_identity = matches!(carrier.role, Role::IdentityPolicy | Role::ManagedPolicy);
                if is_identity && seen.contains(&value.span) {
                    continue;
                }
                if is_identity {
                    seen.push(value.span);
                }
                match part_of {
                    None => self.carried(index, declaration, carrier, value),
                    Some(part_of) => self.carried(index, declaration, carrier, &possible(value, part_of)),
                }
            }
        }
    }

    /// The document at one place.
    fn carried(
        &mut self,
        index: DeclarationId,
        declaration: &Declaration,
        carrier: &'static Carrier,
        value: &Value,
    ) {
        let account = self.account(&declaration.unit);
        match carrier.role {
            Role::TrustPolicy => {
                let Some(own) = self.own_identity(index) else { return };
                let document = self.document(index, value, Purpose::Trust(own), "sts", &account);
                self.graph.identities[own].trust = document;
            }
            Role::IdentityPolicy | Role::ManagedPolicy => {
                let read = self.document(index, value, Purpose::Identity, "", &account);
                let own = self.own_identity(index);
                self.hold(index, declaration, read, (own, value.span));
            }
            Role::ResourcePolicy => self.resource_policy(index, declaration, carrier, value, &account),
            Role::EndpointPolicy | Role::SessionPolicy => {
                self.document(index, value, Purpose::Limit, "", &account);
            }
            _ => {}
        }
    }

    /// The identity that a declaration is, when it is one.
    pub(super) fn own_identity(&self, declaration: DeclarationId) -> Option<IdentityId> {
        self.graph.names.identity(declaration)
    }

    /// The resource that a declaration is, when it is one.
    pub(super) fn own_resource(&self, declaration: DeclarationId) -> Option<ResourceId> {
        self.graph.names.resource(declaration)
    }

    /// Finds what is declared by what names it.
    pub(super) fn finder(&self) -> Finder<'_> {
        Finder::new(&self.graph, self.declarations)
    }

    /// The resources of a service that are called so where a unit names them.
    pub(super) fn called(&self, service: &str, unit: &UnitKey, named: &Text) -> Vec<ResourceId> {
        self.finder().resources_called(service, unit, named)
    }

    /// The resources that a row of a declaration in a unit is about, which names them so.
    pub(super) fn meant(&self, row: &Carrier, unit: &UnitKey, named: &Text) -> Vec<ResourceId> {
        self.finder().resources_meant(row, unit, named)
    }

    /// Reads a document; what cannot be read is noted with its reason.
    pub(super) fn document(
        &mut self,
        index: DeclarationId,
        value: &Value,
        purpose: Purpose,
        service: &str,
        account: &Arc<Text>,
    ) -> Option<DocumentId> {
        // An empty text is how modules and templates say that there is none.
        let is_none = |one: &Value| one.is_unset() || one.as_str().is_some_and(|text| text.is_empty());
        if value.alternatives().iter().all(is_none) {
            return None;
        }
        let read = self.read_ahead.take(value).unwrap_or_else(|| reading::read(value, &self.graph.accounts));
        match read {
            Ok(mut policy) => {
                if self.graph.accounts.has_seen() {
                    reading::read_unique_ids(&mut policy, &self.graph);
                    if self.graph.accounts.is_seen(&self.declarations[index].unit) {
                        reading::read_bare_accounts(&mut policy);
                    }
                }
                if matches!(purpose, Purpose::Trust(_) | Purpose::Identity) {
                    policy.defects.extend(reading::misnamed(&policy));
                }
                let service = match purpose {
                    Purpose::File => self.word(&reading::service_of(&policy)),
                    _ => self.word(service),
                };
                let is_trust = match purpose {
                    Purpose::Trust(_) => true,
                    Purpose::File => reading::is_trust(&policy),
                    Purpose::Identity | Purpose::Resource(_) | Purpose::Limit => false,
                };
                let id = self.graph.documents.push(Document {
                    purpose,
                    is_trust,
                    policy: Arc::new(policy),
                    declaration: index,
                    account: Arc::clone(account),
                    service,
                    holders: Vec::new(),
                });
                Some(id)
            }
            Err(Unreadable { span, reason, is_malformed, because, present, when }) => {
                let unread =
                    Unread { declaration: index, span, reason, is_malformed, because, present, when };
                self.graph.unread.push(unread);
                None
            }
        }
    }
}

/// Whether a part of an ARN hangs on no property.
fn is_sure(part: &Piece) -> bool {
    let is_sure = match &part.kind {
        PieceKind::Literal(_) => true,
        PieceKind::Symbol(symbol) => symbol.class == Class::Partition,
        PieceKind::Json(_) => false,
    };
    is_sure && part.of.is_none()
}

/// Takes away the properties of identities of which the graph has all that anybody asks for: their names and paths are in their
/// ARNs, what is attached to them among their policies. What is not known of one hangs on
/// its properties, and what snapshots have is compared with them.
fn forget(declarations: &mut Table<DeclarationId, Declaration>, graph: &Graph) {
    for identity in &graph.identities {
        let declaration = &mut declarations[identity.declaration];
        let properties = &declaration.properties;
        let is_known = !properties.open && !properties.entries.extent().has_unknown;
        if is_known
            && identity.arn.pieces().iter().all(is_sure)
            && is_identity(declaration)
            && properties.get(facts::ARN).is_none()
            && !graph.accounts.is_seen(&declaration.unit)
        {
            declaration.properties = Map::default();
        }
    }
}

/// Whether a declaration is a role, user or group.
fn is_identity(declaration: &Declaration) -> bool {
    let is_kind = |row: &Carrier| match row.role {
        Role::Role => row.path.is_empty(),
        Role::User | Role::Group => true,
        _ => false,
    };
    carriers::carriers(&declaration.type_name).iter().any(is_kind)
}

/// The client IDs that a declaration of an OIDC provider lists. One that lists none may get some otherwise.
fn clients(declaration: &Declaration) -> Clients {
    let is_list = |row: &&Carrier| row.role == Role::OidcProvider && row.value_kind == ValueKind::NameList;
    let rows = carriers::carriers(&declaration.type_name).iter().filter(is_list);
    let lists: Vec<&Value> =
        rows.flat_map(|row| carriers::values(&declaration.properties, &row.path)).collect();
    let mut clients = Clients { ids: Vec::new(), open: false };
    for list in lists {
        let Some(known) = list.as_list() else {
            clients.open = true;
            continue;
        };
        clients.open |= known.open;
        for item in &known.items {
            match item.as_text() {
                Some(text) => clients.ids.push((text, item.span)),
                None => clients.open = true,
            }
        }
    }
    clients.open |= clients.ids.is_empty();
    clients
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

/// A value that is there in one of several alternatives only.
fn possible(value: &Value, part_of: Alternative<'_>) -> Value {
    let each = part_of.all.iter().filter_map(|one| {
        let is_own = std::ptr::eq(one, part_of.own);
        let there = if is_own { value.clone() } else { Value::new(Kind::Absent, value.span) };
        there.under(&one.when())
    });
    Value::choice(each.collect::<Vec<_>>(), value.span)
}
