//! What policies protect: resources that are declared, or known only by their policies.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::build::Builder;
use super::called::{ArnKeys, handle_key};
use super::permission;
use super::{DeclarationId, DocumentId, Purpose, Resource, ResourceId, Surroundings};
use crate::accounts::normalise::{is_identity, key};
use crate::carriers::{self, AttachKind, Carrier, Role, Step};
use crate::facts::Declaration;
use crate::iam::action::action_matches;
use crate::iam::arn::Arn;
use crate::source::{SourceId, Span};
use crate::value::{PieceKind, Text, Value};

/// What a client does with a file system.
const OF_CLIENTS: [&str; 3] =
    ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientRootAccess", "elasticfilesystem:ClientWrite"];

/// Types of which each declaration adds a policy or statement of its own name to those that a resource has.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html>,
/// <https://docs.aws.amazon.com/ses/latest/APIReference/API_PutIdentityPolicy.html>,
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutResourcePolicy.html>
const ADDED: [&str; 5] = [
    "AWS::Events::EventBusPolicy",
    "AWS::SSM::ResourcePolicy",
    "aws_ses_identity_policy",
    "aws_sesv2_email_identity_policy",
    "aws_ecr_repository_creation_template",
];

/// Whether what a row reads is the whole policy of a resource, and not one for each region, or that of a stream of it.
fn is_whole(row: &Carrier) -> bool {
    let is_deeper = |step: &Step| match step {
        Step::Property(name) => name.contains("Stream"),
        Step::Each => true,
    };
    !ADDED.contains(&row.type_name) && !row.path.iter().any(is_deeper)
}

impl Resource {
    /// Its policies, of those that replace each other only that of one writer, when it is given.
    pub fn documents_of(&self, writer: Option<usize>) -> impl Iterator<Item = DocumentId> {
        let kept = writer.filter(|_| self.writers.len() > 1).map(|at| at % self.writers.len());
        let kept = kept.and_then(|at| self.writers.get(at));
        let stays = move |id: &&DocumentId| kept.is_none_or(|kept| kept == *id || !self.writers.contains(id));
        self.documents.iter().filter(stays).copied()
    }

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

/// Whether what stands in a list lets in other accounts: a grant, or a word that is not one for the owner or for the delivery
/// of logs.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>
fn lets_in_others(value: &Value) -> bool {
    const CLOSED: [&str; 4] = ["private", "bucketownerread", "bucketownerfullcontrol", "logdeliverywrite"];
    let is_closed = |one: &Value| match one.as_str() {
        Some(word) => CLOSED.contains(&word.replace('-', "").to_ascii_lowercase().as_str()),
        None => one.is_unset() || one.as_list().is_some_and(|list| list.items.is_empty() && !list.open),
    };
    !value.alternatives().iter().all(is_closed)
}

/// Whether an ARN is that of a version or alias of a function, which has a policy of its own.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html>
pub(super) fn is_qualified(arn: &Text) -> bool {
    // An ARN without a qualifier has a colon less.
    let colons = arn.pieces().iter().map(|piece| match &piece.kind {
        PieceKind::Literal(text) => memchr::memchr_iter(b':', text.as_bytes()).count(),
        PieceKind::Symbol(_) | PieceKind::Json(_) => 0,
    });
    if colons.sum::<usize>() < 7 {
        return false;
    }
    let Some(arn) = Arn::parse(arn).filter(|arn| arn.service.is_literally("lambda")) else { return false };
    let parts = arn.resource.splitn(3, ':');
    parts.len() == 3 && parts.first().is_some_and(|kind| kind.is_literally("function"))
}

/// A policy that an account has for all resources of some types.
pub(super) struct AccountWide {
    row: &'static Carrier,
    region: Text,
    document: Option<DocumentId>,
}

/// Whether a declaration of a type that may hold a policy of the account or of one resource names the resource.
fn names_resource(declaration: &Declaration) -> bool {
    let rows = carriers::carriers(&declaration.type_name).iter();
    let mut attached =
        rows.filter(|row| row.role == Role::ResourcePolicy).filter_map(|row| row.attach.as_ref());
    attached
        .any(|attach| carriers::values(&declaration.properties, attach).iter().any(|value| !value.is_unset()))
}

/// Whether what a row reads is the policy of the account, which another row of the type reads.
fn is_for_account(declaration: &Declaration, carrier: &Carrier) -> bool {
    let mut rows = carriers::carriers(&declaration.type_name).iter();
    carrier.attach.is_some()
        && rows.any(|row| row.role == carrier.role && row.attach_kind == AttachKind::Account)
        && !names_resource(declaration)
}

impl Builder<'_> {
    /// A policy that protects a resource.
    pub(super) fn resource_policy(
        &mut self,
        index: DeclarationId,
        declaration: &Declaration,
        carrier: &'static Carrier,
        value: &Value,
        account: &Arc<Text>,
    ) {
        if carrier.attach_kind == AttachKind::Account {
            return self.policy_of_account(index, declaration, carrier, value, account);
        }
        if is_for_account(declaration, carrier) {
            return;
        }
        let targets = self.protected(index, declaration, carrier, account);
        // What a snapshot says of a policy that a template writes is what was.
        let is_seen = self.graph.accounts.is_seen(&declaration.unit);
        for resource in targets {
            if is_seen
                && self.graph.resources[resource].writers.iter().any(|id| {
                    let by = &self.declarations[self.graph.documents[*id].declaration];
                    !self.graph.accounts.is_seen(&by.unit)
                })
            {
                continue;
            }
            let purpose = Purpose::Resource(resource);
            let document = self.document(index, value, purpose, carrier.service, account);
            let resource = &mut self.graph.resources[resource];
            match document {
                Some(document) => {
                    resource.documents.push(document);
                    if is_whole(carrier) && carrier.service == resource.service {
                        resource.writers.push(document);
                    }
                }
                None if value.is_unset() => {}
                None => resource.complete = false,
            }
        }
    }

    /// A policy that an account has for all resources of a service in a region: it counts for each of them, beside its own.
    fn policy_of_account(
        &mut self,
        index: DeclarationId,
        declaration: &Declaration,
        carrier: &'static Carrier,
        value: &Value,
        account: &Arc<Text>,
    ) {
        if names_resource(declaration) {
            return;
        }
        let whole = self.undeclared_resource(index, carrier, account, &Text::default());
        let document = self.document(index, value, Purpose::Resource(whole), carrier.service, account);
        self.graph.resources[whole].documents.extend(document);
        let region = self.expand("${@region}", declaration);
        let entry = self.policies_of_accounts.entry(key(account)).or_default();
        entry.push(AccountWide { row: carrier, region, document });
    }

    /// Gives each resource the policies that its account has for all of its kind. Where it is not known whether they are for
    /// its region, they may be.
    pub(super) fn join_policies_of_accounts(&mut self) {
        if self.policies_of_accounts.is_empty() {
            return;
        }
        for resource in self.graph.resources.iter_mut().filter(|resource| resource.declared) {
            let all = self.policies_of_accounts.get(&key(&resource.account));
            let type_name = &*self.declarations[resource.declaration].type_name;
            for one in all.into_iter().flatten().filter(|one| one.row.targets.contains(&type_name)) {
                let own = resource.arn.splitn(6, ':').get_mut(3).map(std::mem::take).unwrap_or_default();
                let is_there = key(&own) == key(&one.region);
                let is_elsewhere = own.as_literal().is_some() && one.region.as_literal().is_some();
                match one.document {
                    Some(document) if is_there => resource.documents.push(document),
                    _ if is_elsewhere && !is_there => {}
                    _ => resource.complete = false,
                }
            }
        }
    }

    /// A key for which none is written has a policy that leaves it to the policies of its account who can use it.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
    pub(super) fn default_policies(&mut self) {
        let is_plain = |resource: &&mut Resource| {
            resource.service == "kms"
                && resource.declared
                && resource.complete
                && resource.documents.is_empty()
        };
        for key in self.graph.resources.iter_mut().filter(is_plain) {
            let span = self.declarations[key.declaration].span;
            let what = [("Action", "kms:*"), ("Resource", "*")];
            key.default_policy = permission::of_account(&key.account, &what, span).map(Box::new);
        }
    }

    /// A grant admits somebody beside the policy of a resource, which then is not all there is.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>
    pub(super) fn granted(&mut self, declaration: &Declaration, carrier: &Carrier) {
        let Some(attach) = &carrier.attach else {
            // Lake Formation grants what is in the Glue catalog of the account.
            // https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-permissions.html
            if carrier.service == "lakeformation" {
                let account = self.graph.accounts.of(&declaration.unit);
                self.open_resources.insert(("glue", key(&account)));
            }
            return;
        };
        for value in carriers::values(&declaration.properties, attach).into_iter().flat_map(Value::items) {
            let Some(named) = value.as_text().map(|text| self.graph.accounts.normalised(text)) else {
                continue;
            };
            for resource in self.meant(carrier, &declaration.unit, &named) {
                self.graph.resources[resource].complete = false;
            }
        }
    }

    /// Notes a list that lets other accounts in beside the policy of a bucket.
    pub(super) fn listed(&mut self, index: DeclarationId, declaration: &Declaration, carrier: &Carrier) {
        let Some(Step::Property(property)) = carrier.path.first() else { return };
        if !declaration.properties.get(property).is_some_and(lets_in_others) {
            return;
        }
        match &carrier.attach {
            None => self.lists.extend(self.own_resource(index)),
            Some(attach) => {
                let values =
                    carriers::values(&declaration.properties, attach).into_iter().flat_map(Value::items);
                let named: Vec<Text> = values.filter_map(Value::as_text).collect();
                for named in named {
                    let named = self.graph.accounts.normalised(named);
                    let buckets = self.meant(carrier, &declaration.unit, &named);
                    self.lists.extend(buckets);
                }
            }
        }
    }

    /// A bucket with such a list is open beside its policy, unless its owner owns all objects.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
    pub(super) fn join_lists(&mut self) {
        for id in std::mem::take(&mut self.lists) {
            let resource = &mut self.graph.resources[id];
            resource.complete &= resource.surroundings.lists_count.is_no();
        }
    }

    /// The resources a policy protects: those its declaration names, or one made up from the name when the
    /// resource itself is declared elsewhere.
    pub(super) fn protected(
        &mut self,
        index: DeclarationId,
        declaration: &Declaration,
        carrier: &'static Carrier,
        account: &Arc<Text>,
    ) -> Vec<ResourceId> {
        let Some(attach) = &carrier.attach else {
            return self.own_resource(index).into_iter().collect();
        };
        let mut found: Vec<ResourceId> = Vec::new();
        for value in carriers::values(&declaration.properties, attach) {
            for alternative in value.items() {
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
            found.push(self.unnamed(index, declaration, carrier, account));
        }
        found
    }

    /// What a policy protects that names nothing: of event buses that which each account has. Who else adds statements to that
    /// is not known.
    ///
    /// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html>
    fn unnamed(
        &mut self,
        index: DeclarationId,
        declaration: &Declaration,
        carrier: &'static Carrier,
        account: &Arc<Text>,
    ) -> ResourceId {
        let attach = carrier.attach.as_deref().unwrap_or_default();
        let is_left_out = carriers::values(&declaration.properties, attach).iter().all(|it| it.is_unset());
        if carrier.service != "events" || !is_left_out || declaration.properties.open {
            return self.undeclared_resource(index, carrier, account, &Text::default());
        }
        let name = Text::literal("default", declaration.span);
        let known = self.meant(carrier, &declaration.unit, &name).first().copied();
        let bus = known.unwrap_or_else(|| self.undeclared_resource(index, carrier, account, &name));
        self.graph.resources[bus].complete &= is_whole(carrier) && carrier.role == Role::ResourcePolicy;
        bus
    }

    pub(super) fn undeclared_resource(
        &mut self,
        index: DeclarationId,
        carrier: &'static Carrier,
        account: &Arc<Text>,
        named: &Text,
    ) -> ResourceId {
        let arn = if named.pieces().is_empty() || named.begins_with("arn:") {
            named.clone()
        } else if carrier.service == "s3" {
            let span = named.span().unwrap_or(Span::start_of(SourceId::first()));
            let mut arn = Text::literal("arn:aws:s3:::", span);
            arn.append(named);
            arn
        } else if carrier.service == "events" {
            let bus = "arn:${@partition}:events:${@region}:${@account}:event-bus/";
            let mut arn = self.expand(bus, &self.declarations[index]);
            arn.append(named);
            arn
        } else {
            Text::default()
        };
        let id = self.graph.resources.next_id();
        if is_identity(&key(&arn)) {
            self.graph.names.enter_resource(ArnKeys::of(&arn), id);
        }
        if !named.pieces().is_empty() {
            self.graph.names.resources_by_handle.enter(handle_key(carrier.service, account, named), id);
        }
        self.graph.resources.push(Resource {
            declaration: index,
            declared: false,
            account: Arc::clone(account),
            arn,
            service: carrier.service,
            documents: Vec::new(),
            writers: Vec::new(),
            default_policy: None,
            complete: true,
            shares: Vec::new(),
            can_have_policy: true,
            surroundings: Surroundings::default(),
        })
    }
}
