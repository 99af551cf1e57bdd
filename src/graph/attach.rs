//! Who holds which policy: attachments and memberships.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::ahead;
use super::build::{Builder, Exclusive};
use super::{Attached, Boundary, Contested, DeclarationId, DocumentId, IdentityId, IdentityKind, Purpose};
use crate::accounts::normalise::{Key, key};
use crate::carriers::{self, Carrier, Role, Step, ValueKind};
use crate::facts::Declaration;
use crate::iam::policy::Policy;
use crate::source::Span;
use crate::value::{Answer, Kind, Text, UnitKey, Value};

impl Builder<'_> {
    /// Gives a document to those that hold it: the identity it is written in, the identities its declaration
    /// names, and, for a managed policy, later those that attach it by ARN.
    pub(super) fn hold(
        &mut self,
        index: DeclarationId,
        declaration: &Declaration,
        document: Option<DocumentId>,
        (own, span): (Option<IdentityId>, Span),
    ) {
        if let Some(document) = document
            && own.is_none()
            && let Some(arn) = self.arn_of(declaration)
        {
            if self.graph.accounts.is_seen(&declaration.unit)
                && !self.graph.names.managed_by_arn.all(&key(&arn)).is_empty()
            {
                return;
            }
            self.graph.names.is_managed(index, document);
            self.graph.names.managed_by_arn.enter(key(&arn), document);
        }
        let holders = match own {
            Some(own) => vec![own],
            None => self.named_holders(declaration),
        };
        for holder in holders {
            self.give(holder, document, declaration.present, (span, index, true));
        }
    }

    /// The identities that an inline policy's declaration names.
    fn named_holders(&mut self, declaration: &Declaration) -> Vec<IdentityId> {
        let mut holders = Vec::new();
        for carrier in carriers::carriers(&declaration.type_name) {
            if let (Role::IdentityPolicy | Role::ManagedPolicy, Some(attach)) =
                (carrier.role, &carrier.attach)
            {
                holders.extend(self.identities_at(declaration, attach, carrier));
            }
        }
        holders.sort_unstable();
        holders.dedup();
        holders
    }

    pub(super) fn give(
        &mut self,
        holder: IdentityId,
        document: Option<DocumentId>,
        present: Answer,
        (span, by, inline): (Span, DeclarationId, bool),
    ) {
        let identity = &mut self.graph.identities[holder];
        let Some(document) = document else {
            identity.complete = false;
            return;
        };
        let held = &mut self.graph.documents[document];
        if held.holders.contains(&holder) {
            self.attached_again.insert((holder, by, document));
            let mut known = identity.policies.iter_mut().filter(|one| one.document == Some(document));
            if let Some(known) = known.next() {
                known.present = known.present.or(present);
            }
            return;
        }
        held.holders.push(holder);
        let policy = Arc::clone(&held.policy);
        let document = Some(document);
        identity.hold(Attached { policy, document, span, present, by, inline, managed: None });
    }

    /// The identities named by the property at `path`; its name says of which kind they are. A name that is not
    /// known may be any identity's, so none of that account is complete any more.
    fn identities_at(
        &mut self,
        declaration: &Declaration,
        path: &[Step],
        carrier: &Carrier,
    ) -> Vec<IdentityId> {
        let Some(kind) = kind_named(path, carrier) else { return Vec::new() };
        let account = self.graph.accounts.of(&declaration.unit).into_owned();
        let mut found = Vec::new();
        for value in carriers::values(&declaration.properties, path) {
            if value.as_list().is_some_and(|list| list.open) {
                self.leave_open(kind, &account);
            }
            for item in value.items() {
                let Some(text) = item.as_text() else {
                    self.leave_open(kind, &account);
                    continue;
                };
                let text = self.graph.accounts.normalised(text);
                let named = self.finder().identities_called(kind, &account, &declaration.unit, &text);
                if named.is_empty() && text.as_literal().is_none() {
                    self.leave_open(kind, &account);
                }
                found.extend(named);
            }
        }
        found
    }

    /// Notes that some identity of a kind in an account, nobody knows which, has more than is seen.
    fn leave_open(&mut self, kind: IdentityKind, account: &Text) {
        self.open.insert((kind, key(account)));
    }

    /// What is known only when everything is attached.
    pub(super) fn finish_attachments(&mut self) {
        if !self.open.is_empty() {
            // What AWS makes gets nothing by name.
            for identity in self.graph.identities.iter_mut().filter(|one| one.made_by.is_none()) {
                identity.complete &= !self.open.contains(&(identity.kind, key(&identity.account)));
            }
        }
        if !self.open_resources.is_empty() || !self.open_unnamed.is_empty() {
            for resource in self.graph.resources.iter_mut().filter(|resource| resource.declared) {
                let own = (resource.service, key(&resource.account));
                let name = resource.arn.splitn(6, ':').pop();
                let unnamed = name.is_none_or(|name| name.as_literal().is_none());
                let open = self.open_resources.contains(&own)
                    || unnamed && resource.documents.is_empty() && self.open_unnamed.contains(&own);
                resource.complete &= !open;
            }
        }
        // What is only set as a boundary gives nothing.
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
        for id in &self.boundaries {
            let document = &mut self.graph.documents[*id];
            if document.holders.is_empty() {
                document.purpose = Purpose::Limit;
            }
        }
    }

    /// Attachments and memberships.
    pub(super) fn attachments(&mut self, index: DeclarationId, declaration: &Declaration) {
        let rows = carriers::carriers(&declaration.type_name);
        let attaches = |row: &Carrier| {
            matches!(row.role, Role::PolicyAttachment | Role::GroupMembership | Role::PermissionsBoundary)
        };
        if !rows.iter().any(attaches) {
            return;
        }
        let own = self.own_identity(index);
        for row in rows {
            match row.role {
                Role::PolicyAttachment if row.value_kind == ValueKind::NameList => {
                    // Turned round: the row lists identities, and the policy stands at the other attribute.
                    let holders = self.identities_at(declaration, &row.path, row);
                    if let Some(policy) = &row.attach {
                        self.attach_all(index, declaration, policy, &holders);
                    }
                }
                Role::PolicyAttachment => {
                    let holders = match (own, &row.attach) {
                        (Some(own), _) => vec![own],
                        (None, Some(attach)) => self.identities_at(declaration, attach, row),
                        (None, None) => Vec::new(),
                    };
                    self.note_exclusive(index, declaration, &holders);
                    self.attach_all(index, declaration, &row.path, &holders);
                }
                Role::GroupMembership => self.membership(declaration, row, own),
                Role::PermissionsBoundary => self.bound(declaration, row, own),
                _ => {}
            }
        }
    }

    pub(super) fn attach_all(
        &mut self,
        index: DeclarationId,
        declaration: &Declaration,
        path: &[Step],
        holders: &[IdentityId],
    ) {
        let values: Vec<Value> =
            carriers::values(&declaration.properties, path).into_iter().cloned().collect();
        for value in &values {
            let open = value.as_list().is_some_and(|list| list.open);
            for item in value.items() {
                for holder in holders {
                    self.attach(*holder, item, (index, declaration));
                }
            }
            for holder in holders.iter().filter(|_| open) {
                self.graph.identities[*holder].complete = false;
            }
        }
    }

    /// Notes the permissions boundary of an identity. An empty string sets none; of several that may be set, or of one
    /// that may be left out, none is known.
    fn bound(&mut self, declaration: &Declaration, row: &Carrier, own: Option<IdentityId>) {
        let values = carriers::values(&declaration.properties, &row.path);
        let is_set = |value: &&&Value| value.as_str().is_none_or(|text| !text.is_empty());
        let Some(value) = values.iter().find(is_set) else { return };
        let written = match row.path.first() {
            Some(Step::Property(name)) => declaration.properties.get(name),
            _ => None,
        };
        let certain = written.is_some_and(|value| !matches!(value.kind, Kind::Choice(_)));
        let boundary = self.boundary(value, &declaration.unit, certain);
        if let Some(own) = own {
            self.graph.identities[own].boundary = Some(Box::new(boundary));
        }
    }

    /// What a permissions boundary allows that is set by ARN.
    pub(super) fn boundary(&mut self, arn: &Value, unit: &UnitKey, certain: bool) -> Boundary {
        let all = self.managed_policy(arn, unit);
        self.boundaries.extend(all.iter().filter_map(|one| match one {
            Managed::Written(document) => Some(*document),
            Managed::OfAws(..) => None,
        }));
        let (policy, document) = match all.as_slice() {
            [Managed::Written(document)] if certain => {
                (Some(Arc::clone(&self.graph.documents[*document].policy)), Some(*document))
            }
            [Managed::OfAws(_, read)] if certain => (Some(Arc::clone(read)), None),
            _ => (None, None),
        };
        Boundary { policy, document, span: arn.span }
    }

    /// The managed policies with this ARN.
    pub(super) fn managed_policy(&self, arn: &Value, unit: &UnitKey) -> Vec<Managed> {
        let Some(text) = arn.as_text().map(|text| self.graph.accounts.normalised(text)) else {
            return Vec::new();
        };
        let written = self.finder().managed(&text, unit);
        if written.is_empty() {
            let of_aws = self.aws_managed(&text);
            return of_aws.map(|(name, read)| Managed::OfAws(name, read)).into_iter().collect();
        }
        written.into_iter().map(Managed::Written).collect()
    }

    /// A managed policy of AWS. It is written nowhere, so all who have it share it: its places say nothing, and what attaches it
    /// is shown instead.
    fn aws_managed(&self, arn: &Text) -> Option<(Box<str>, Arc<Policy>)> {
        let arn = key(arn);
        let arn = arn.as_literal()?;
        let name = || Box::from(arn.rsplit('/').next().unwrap_or(arn));
        if let Some(known) = self.of_aws.borrow().get(arn) {
            return Some((name(), Arc::clone(known)));
        }
        let policy = ahead::read_of_aws(arn)?;
        self.of_aws.borrow_mut().insert(arn.to_owned(), Arc::clone(&policy));
        Some((name(), policy))
    }

    /// Gives a managed policy to an identity; of several of one name only one is there.
    pub(super) fn attach(
        &mut self,
        holder: IdentityId,
        policy: &Value,
        (index, by): (DeclarationId, &Declaration),
    ) {
        let all = self.managed_policy(policy, &by.unit);
        let present = if all.len() < 2 { by.present } else { by.present.and(Answer::Unknown) };
        if all.is_empty() {
            self.graph.identities[holder].complete = false;
        }
        for managed in all {
            match managed {
                Managed::Written(document) => {
                    self.give(holder, Some(document), present, (policy.span, index, false));
                }
                Managed::OfAws(name, read) => self.graph.identities[holder].hold(Attached {
                    policy: read,
                    document: None,
                    span: policy.span,
                    present,
                    by: index,
                    inline: false,
                    managed: Some(name),
                }),
            }
        }
    }

    pub(super) fn membership(&mut self, declaration: &Declaration, row: &Carrier, own: Option<IdentityId>) {
        let listed = self.identities_at(declaration, &row.path, row);
        let others = match (own, &row.attach) {
            (Some(own), _) => vec![own],
            (None, Some(attach)) => self.identities_at(declaration, attach, row),
            (None, None) => Vec::new(),
        };
        let paths = std::iter::once(&row.path).chain(row.attach.as_ref());
        if paths.into_iter().any(|path| self.names_other_groups(declaration, path, row)) {
            // What a group gives that is declared elsewhere is not known.
            for id in listed.iter().chain(&others) {
                self.graph.identities[*id].complete &= self.graph.identities[*id].kind == IdentityKind::Group;
            }
        }
        for (one, other) in listed.iter().flat_map(|one| others.iter().map(move |other| (*one, *other))) {
            let identities = &mut self.graph.identities;
            let is_group = identities[one].kind == IdentityKind::Group;
            let (user, group) = if is_group { (other, one) } else { (one, other) };
            if !declaration.present.is_yes() {
                // Whether it has what the group gives is not known.
                identities[user].complete = false;
            } else if !identities[user].groups().contains(&group) {
                identities[user].ties_mut().groups.push(group);
                identities[group].ties_mut().members.push(user);
            }
        }
    }
}

impl Builder<'_> {
    /// Whether a property names groups that are not declared here, or are not known.
    fn names_other_groups(&self, declaration: &Declaration, path: &[Step], row: &Carrier) -> bool {
        if kind_named(path, row) != Some(IdentityKind::Group) {
            return false;
        }
        let account = self.graph.accounts.of(&declaration.unit);
        carriers::values(&declaration.properties, path).into_iter().any(|value| {
            let open = value.as_list().is_some_and(|list| list.open);
            open || value.items().into_iter().any(|item| {
                let text = item.as_text().map(|text| self.graph.accounts.normalised(text));
                let finder = self.finder();
                text.is_none_or(|text| {
                    let unit = &declaration.unit;
                    finder.identities_called(IdentityKind::Group, &account, unit, &text).is_empty()
                })
            })
        })
    }
}

/// A managed policy that is known.
pub(super) enum Managed {
    /// It is written in the analyzed files.
    Written(DocumentId),
    /// AWS keeps it, under this name.
    OfAws(Box<str>, Arc<Policy>),
}

/// Which kind of identity a property names: the last property of the path says it (`role`, `Users`,
/// `GroupName`), or else the targets of the row.
fn kind_named(path: &[Step], carrier: &Carrier) -> Option<IdentityKind> {
    let last = path.iter().rev().find_map(|step| match step {
        Step::Property(name) => Some(name.to_ascii_lowercase()),
        Step::Each => None,
    })?;
    let by_name = |name: &str| {
        let kinds = [IdentityKind::Role, IdentityKind::User, IdentityKind::Group];
        kinds.into_iter().find(|kind| name.starts_with(kind.name()))
    };
    by_name(&last).or_else(|| {
        let target = carrier.targets.first()?.to_ascii_lowercase();
        by_name(target.rsplit([':', '_']).next()?)
    })
}

/// A managed policy in an account.
#[derive(PartialEq, Eq, Hash)]
enum OfAccount {
    Written(DocumentId),
    OfAws(Box<str>, Key),
}

impl Builder<'_> {
    /// Notes that a role says itself which policies it has, or that something does for an identity.
    ///
    /// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role>,
    /// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role_policy_attachments_exclusive>
    pub(super) fn note_exclusive(
        &mut self,
        by: DeclarationId,
        declaration: &Declaration,
        holders: &[IdentityId],
    ) {
        if declaration.present.is_no() {
            return;
        }
        let is_set = |name: &str| declaration.properties.get(name).is_some_and(|value| !value.is_unset());
        let has_blocks =
            |value: &Value| value.as_list().is_none_or(|list| list.open || !list.items.is_empty());
        let (managed, inline) = match &*declaration.type_name {
            "aws_iam_role" => {
                let blocks = declaration.properties.get("inline_policy");
                let inline = blocks.is_some_and(|value| !value.is_unset() && has_blocks(value));
                (is_set("managed_policy_arns"), inline)
            }
            other => (other.ends_with("_policy_attachments_exclusive"), false),
        };
        for holder in holders {
            let kinds = [(managed, false), (inline, true)].into_iter().filter(|(on, _)| *on);
            self.exclusive.extend(kinds.map(|(_, inline)| Exclusive { holder: *holder, by, inline }));
        }
    }

    /// Leaves open whether there is what an exclusive list does not name.
    pub(super) fn join_exclusive(&mut self) {
        for one in std::mem::take(&mut self.exclusive) {
            let policies = &mut self.graph.identities[one.holder].policies;
            let of_aws: FxHashSet<Box<str>> = policies
                .iter()
                .filter(|attached| attached.by == one.by)
                .filter_map(|attached| attached.managed.clone())
                .collect();
            let is_listed = |attached: &Attached| match attached.document {
                Some(document) => self.attached_again.contains(&(one.holder, one.by, document)),
                None => attached.managed.as_ref().is_some_and(|name| of_aws.contains(name)),
            };
            for attached in policies.iter_mut().filter(|attached| attached.inline == one.inline) {
                if attached.by != one.by && !is_listed(attached) {
                    attached.present = attached.present.and(Answer::Unknown);
                    let (holder, attached, list) = (one.holder, attached.by, one.by);
                    self.graph.contested.push(Contested { holder, attached, list, inline: one.inline });
                }
            }
        }
        self.join_attached_everywhere();
    }

    /// `aws_iam_policy_attachment` says of a policy who has it in the whole account: who is not in the list of each that
    /// speaks of the policy may not have it.
    ///
    /// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_policy_attachment>
    fn join_attached_everywhere(&mut self) {
        let declarations = self.declarations;
        let is_everywhere = |by: DeclarationId| &*declarations[by].type_name == "aws_iam_policy_attachment";
        let mut lists: FxHashMap<OfAccount, FxHashSet<DeclarationId>> = FxHashMap::default();
        let mut holds: FxHashSet<(IdentityId, DeclarationId, OfAccount)> = FxHashSet::default();
        for (id, identity) in self.graph.identities.with_ids() {
            for attached in identity.policies.iter().filter(|one| !one.inline && is_everywhere(one.by)) {
                let managed = || managed(attached, &identity.account);
                lists.entry(managed()).or_default().insert(attached.by);
                holds.insert((id, attached.by, managed()));
            }
        }
        for (id, by, document) in &self.attached_again {
            if is_everywhere(*by) {
                lists.entry(OfAccount::Written(*document)).or_default().insert(*by);
                holds.insert((*id, *by, OfAccount::Written(*document)));
            }
        }
        if lists.is_empty() {
            return;
        }
        let ids: Vec<IdentityId> = self.graph.identities.with_ids().map(|(id, _)| id).collect();
        for id in ids {
            let identity = &mut self.graph.identities[id];
            for attached in identity.policies.iter_mut().filter(|one| !one.inline) {
                let Some(all) = lists.get(&managed(attached, &identity.account)) else { continue };
                let lacks =
                    |by: &&DeclarationId| !holds.contains(&(id, **by, managed(attached, &identity.account)));
                if let Some(list) = all.iter().filter(lacks).min().copied() {
                    attached.present = attached.present.and(Answer::Unknown);
                    let by = attached.by;
                    self.graph.contested.push(Contested { holder: id, attached: by, list, inline: false });
                }
            }
        }
    }
}

fn managed(attached: &Attached, account: &Text) -> OfAccount {
    match attached.document {
        Some(document) => OfAccount::Written(document),
        None => OfAccount::OfAws(attached.managed.clone().unwrap_or_default(), key(account)),
    }
}
