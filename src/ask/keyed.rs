//! What the policies of encrypted resources grant other accounts, and what that takes on the key.

use rustc_hash::FxHashMap;

use super::patterns::some_of;
use super::{Asker, Cause, Grant, Question, Reason, Setting, Spot, What, Who, grants};
use crate::accounts::Zone;
use crate::graph::ResourceId;
use crate::iam::data::{self, KeyUse};
use crate::iam::evaluate::Caller;
use crate::iam::policy::{Item, Polarity};
use crate::iam::principal::Principal;
use crate::value::{Answer, Text};

/// Something that the policy of a resource grants somebody of another account, and that needs the key of the resource.
#[derive(Clone, Debug)]
pub struct Keyed<'g> {
    /// Where.
    pub setting: Setting<'g>,
    /// Where the principal is named.
    pub spot: Spot<'g>,
    /// To whom.
    pub who: Who,
    /// Their account.
    pub account: Text,
    /// On what.
    pub resource: ResourceId,
    /// What is granted, and of what in the resource.
    pub uses: Vec<(&'static KeyUse, Option<Text>)>,
}

impl<'g> Asker<'g> {
    /// All that policies of resources grant to principals of other accounts and that needs the key of the resource, as far as
    /// nothing else keeps them from it. Only of resources that `is_meant` takes, of which it is asked once each.
    pub fn keyed(&self, is_meant: impl Fn(ResourceId) -> bool) -> Vec<Keyed<'g>> {
        let mut found: Vec<Keyed<'g>> = Vec::new();
        let mut meant: FxHashMap<ResourceId, bool> = FxHashMap::default();
        for grant in grants(self.graph).filter(|grant| self.may_need_key(grant)) {
            let service = self.graph.resources[grant.resource].service;
            let actions = &grant.setting.statement.actions;
            let taken = data::key_uses(service).filter(|one| actions.takes(one.action).is_yes());
            let uses: Vec<_> = taken.filter_map(|one| self.use_of(&grant, one)).collect();
            if uses.is_empty() || !*meant.entry(grant.resource).or_insert_with(|| is_meant(grant.resource)) {
                continue;
            }
            for (spot, who, account) in self.granted_to(&grant) {
                let (setting, resource) = (grant.setting, grant.resource);
                if self.is_foreign(&account, resource) {
                    let uses = uses.clone();
                    found.push(Keyed { setting, spot, who, account, resource, uses });
                }
            }
        }
        for one in &mut found {
            let target = What::resource(one.resource);
            let caller = &one.who;
            one.uses.retain(|(used, within)| {
                let within = within.as_ref();
                self.is_only_by_key(&Question { caller, target: &target, action: used.action, within })
            });
        }
        found.retain(|one| !one.uses.is_empty());
        found
    }

    /// Whether a grant is one to somebody who may be of another account, on something that may be encrypted. Most are not, which is
    /// told without a look at what they grant.
    fn may_need_key(&self, grant: &Grant<'_>) -> bool {
        let resource = &self.graph.resources[grant.resource];
        let statement = grant.setting.statement;
        if !data::has_key_uses(resource.service)
            || !resource.declared
            || statement.actions.polarity != Polarity::In
        {
            return false;
        }
        match &grant.item.value {
            Principal::Everyone => !statement.conditions.is_empty(),
            // An account that a condition on its principals narrows is the same one.
            principal => principal.account().is_some_and(|account| self.is_foreign(account, grant.resource)),
        }
    }

    /// Whether nothing but the key keeps somebody from a request.
    fn is_only_by_key(&self, question: &Question<'_>) -> bool {
        let sides = self.sides(question);
        let is_by_key = || self.ask(question).cause == Cause::Decided(Reason::AwsManagedKey);
        !sides.own.is_no() && (!sides.other.is_no() || is_by_key())
    }

    /// What a grant gives of a use of the key: of an object, or of the resource itself.
    fn use_of(&self, grant: &Grant<'_>, one: &'static KeyUse) -> Option<(&'static KeyUse, Option<Text>)> {
        let clause = grant.setting.statement.resources.as_ref();
        if self.graph.resources[grant.resource].service != "s3" {
            return Some((one, None));
        }
        let clause = clause.filter(|clause| clause.polarity == Polarity::In)?;
        let acted_on = |item: &&Item<Text>| !data::acts_on(one.action, &item.value).is_no();
        Some((one, Some(some_of(&clause.items.iter().find(acted_on)?.value))))
    }

    /// Whom a grant names: declared roles and users, whole accounts, or a role or user that is declared elsewhere.
    pub(crate) fn granted_to(&self, grant: &Grant<'g>) -> Vec<(Spot<'g>, Who, Text)> {
        let (setting, item) = (grant.setting, grant.item);
        let named = setting.named(item);
        if !named.is_empty() {
            let of = |id| Text::clone(&self.graph.identities[id].account);
            return named.into_iter().map(|it| (it.spot, Who::Declared(it.id), of(it.id))).collect();
        }
        let caller = match &item.value {
            Principal::Role { .. } => Caller::role(&item.text),
            Principal::User { .. } => Caller::user(&item.text),
            _ => {
                let whole = setting.whole_accounts(item).into_iter();
                let somebody = |account: &Text| Who::somebody_of(account, item.span);
                let whole = whole.map(|it| (it.spot, somebody(&it.account), it.account.into_owned()));
                return whole.collect();
            }
        };
        let account = item.value.account().cloned().unwrap_or_default();
        caller.map(|caller| (setting.item(item), Who::Elsewhere(caller), account)).into_iter().collect()
    }

    /// Whether an account is certainly another one than that of a resource. Those from which AWS delivers logs encrypt by rules of
    /// their own.
    pub(crate) fn is_foreign(&self, account: &Text, resource: ResourceId) -> bool {
        let accounts = &self.graph.accounts;
        let owner = &self.graph.resources[resource].account;
        accounts.same(account, owner).is_no() && !matches!(accounts.zone(account, owner), Zone::Aws { .. })
    }

    /// Whether a resource is certainly encrypted with the key that AWS manages for its service.
    pub fn is_under_aws_key(&self, id: ResourceId) -> bool {
        let resource = &self.graph.resources[id];
        self.has_aws_managed_key(resource).is_some_and(Answer::is_yes)
            || resource.service == "s3" && self.has_key_of_storage(id)
    }
}
