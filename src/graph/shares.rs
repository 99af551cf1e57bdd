//! What is shared with other accounts through AWS RAM.
//!
//! A share lets principals use a resource by permissions that RAM keeps, beside whatever policy the resource has. Which
//! operations these are is not in the templates, so a share makes unknown what would else be certainly refused.
//!
//! <https://docs.aws.amazon.com/ram/latest/userguide/security-iam-permissions.html>

use super::build::Builder;
use super::called::arn_of;
use super::links::Share;
use super::{DeclarationId, Graph, Resource, ShareId};
use crate::accounts::Zone;
use crate::accounts::normalise::{Key, is_identity, key};
use crate::carriers::{self, AttachKind, Carrier, Role, ValueKind};
use crate::facts::Declaration;
use crate::iam::arn::Arn;
use crate::value::{Answer, Text, Value};

impl Builder<'_> {
    /// Collects the shares and what is associated with them.
    pub(super) fn share(&mut self, index: DeclarationId, declaration: &Declaration) {
        let rows = carriers::carriers(&declaration.type_name).iter();
        for row in rows.filter(|row| row.role == Role::ResourceShare) {
            for id in self.shares_of(index, declaration, row) {
                self.add_to_share(id, declaration, row);
                if row.attach.is_none() {
                    self.graph.shares[id].declared = true;
                }
            }
        }
    }

    /// The shares that a row is about: the declaration itself, or those it is associated with.
    fn shares_of(&mut self, index: DeclarationId, declaration: &Declaration, row: &Carrier) -> Vec<ShareId> {
        let arns: Vec<Text> = match &row.attach {
            None if row.attach_kind == AttachKind::Itself => {
                arn_of(declaration, &self.graph.accounts).into_iter().collect()
            }
            None => Vec::new(),
            Some(attach) => {
                let named =
                    carriers::values(&declaration.properties, attach).into_iter().flat_map(Value::items);
                let text = |value: &Value| Some(self.graph.accounts.normalised(value.as_text()?));
                named.filter_map(text).collect()
            }
        };
        arns.into_iter().map(|arn| self.share_with_arn(index, key(&arn))).collect()
    }

    fn share_with_arn(&mut self, index: DeclarationId, arn: Key) -> ShareId {
        let next = self.graph.shares.next_id();
        // What has no identity is a share of its own.
        let id = if is_identity(&arn) { *self.shares.entry(arn).or_insert(next) } else { next };
        if id == next {
            self.graph.shares.push(Share {
                declaration: index,
                principals: Vec::new(),
                declared: false,
                open: false,
                external: Answer::Unknown,
                resources: Vec::new(),
            });
        }
        id
    }

    fn add_to_share(&mut self, id: ShareId, declaration: &Declaration, row: &Carrier) {
        let values = carriers::values(&declaration.properties, &row.path);
        let written: Vec<&Value> = values.iter().copied().flat_map(Value::items).collect();
        let texts = || written.iter().filter_map(|value| value.as_text());
        let texts: Vec<Text> = texts().map(|text| self.graph.accounts.normalised(text)).collect();
        let share = &mut self.graph.shares[id];
        match row.value_kind {
            ValueKind::Bool => share.external = allows_external(declaration, &written),
            ValueKind::Principal => {
                let has_more = |value: &&Value| {
                    value.alternatives().iter().any(|one| one.as_list().is_some_and(|list| list.open))
                };
                share.open |= values.iter().any(has_more) || texts.len() < written.len();
                share.principals.extend(texts);
            }
            // The permissions of a share are no resources of it.
            ValueKind::Arn | ValueKind::ArnList if !row.targets.contains(&"aws_ram_permission") => {
                share.resources.extend(texts);
            }
            _ => {}
        }
    }

    /// Notes on resources which shares they are in. Principals that are added to a share which is declared elsewhere, or
    /// by a name that is not known, may be those of any.
    pub(super) fn link_shares(&mut self) {
        let (declared, elsewhere): (Vec<&mut Share>, Vec<&mut Share>) =
            self.graph.shares.iter_mut().partition(|share| share.declared);
        let added: Vec<Text> = elsewhere.iter().flat_map(|share| share.principals.iter().cloned()).collect();
        for share in declared {
            share.principals.extend(added.iter().cloned());
        }
        for share in elsewhere {
            share.open = true;
        }
        for id in self.graph.shares.ids() {
            let unit = &self.declarations[self.graph.shares[id].declaration].unit;
            let arns = std::mem::take(&mut self.graph.shares[id].resources);
            for arn in &arns {
                let (found, sure) = self.finder().resources(arn, unit);
                for resource in found.into_iter().filter(|_| sure.is_yes()) {
                    self.graph.resources[resource].shares.push(id);
                }
            }
            self.graph.shares[id].resources = arns;
        }
    }
}

/// Whether a share can be with accounts outside the organization. What is not said is `true` for the service, and so for
/// CloudFormation, but `false` for Terraform.
///
/// <https://docs.aws.amazon.com/ram/latest/APIReference/API_CreateResourceShare.html>
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/ram_resource_share>
fn allows_external(declaration: &Declaration, written: &[&Value]) -> Answer {
    let says = |value: &&Value| value.says_true();
    if written.is_empty() {
        return declaration.type_name.starts_with("AWS::").into();
    }
    let (any, all) = (Answer::any(written.iter().map(says)), Answer::all(written.iter().map(says)));
    if any == all { all } else { Answer::Unknown }
}

impl Graph {
    /// The shares through which somebody in `account` may use a resource.
    pub fn shares_with<'g>(
        &'g self,
        resource: &'g Resource,
        account: &'g Text,
    ) -> impl Iterator<Item = &'g Share> {
        let shares = resource.shares.iter().map(|id| &self.shares[*id]);
        shares.filter(move |share| !self.reaches(share, resource, account).is_no())
    }

    fn reaches(&self, share: &Share, resource: &Resource, account: &Text) -> Answer {
        let is_foreign = || matches!(self.accounts.zone(account, &resource.account), Zone::Vendor { .. });
        // Outside an organization nothing is cut off.
        if share.external.is_no() && self.accounts.organization().is_some() && is_foreign() {
            return Answer::No;
        }
        let named = Answer::any(share.principals.iter().map(|principal| self.is_in(account, principal)));
        named.or(if share.open { Answer::Unknown } else { Answer::No })
    }

    /// Whether an account is, or is in, what a principal of a share names.
    fn is_in(&self, account: &Text, principal: &Text) -> Answer {
        match Arn::parse(principal) {
            // Who belongs to an organization or unit is not known.
            Some(arn) if !arn.service.is_literally("iam") => Answer::Unknown,
            Some(arn) => self.accounts.same(account, &arn.account),
            None => self.accounts.same(account, principal),
        }
    }
}
