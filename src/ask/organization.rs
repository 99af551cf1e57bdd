//! What the policies of an organization say of a caller and of a resource.
//!
//! Only what is declared is known. That one is declared can make a request denied or unknown; that none is says nothing.
//!
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html>

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::Asker;
use crate::accounts::normalise::{Key, is_identity, key};
use crate::graph::{AttachedControl, Control, DeclarationId, Graph};
use crate::iam::evaluate::Policies;
use crate::iam::policy::{Clause, Effect, Item, Polarity, Policy, Statement};
use crate::value::{Answer, Class, Text};

/// A level of service control policies, and where each of them is declared.
#[derive(Default)]
struct Level<'g> {
    policies: Policies<'g>,
    declared: Vec<Option<DeclarationId>>,
}

impl<'g> Level<'g> {
    fn add(&mut self, policy: &'g Policy, reaches: Answer, declared: Option<DeclarationId>) {
        self.policies.all.push((policy, reaches));
        self.declared.push(declared);
    }
}

/// Levels of policies, with where each of them is declared.
type Levels<'g> = (Vec<Policies<'g>>, Vec<Vec<Option<DeclarationId>>>);

/// Which attachments reach an account, by their places, and how surely.
type Reaching = Arc<[(usize, Answer)]>;

/// The attachments that reach the accounts that somebody asked for.
type ByAccount = FxHashMap<(Option<Class>, Key), Reaching>;

/// By the sort of the policies: those of service control, and those of resource control.
#[derive(Debug, Default)]
pub(super) struct Controls(Mutex<[ByAccount; 2]>);

impl Controls {
    fn reaching(&self, graph: &Graph, account: &Text, sort: Control) -> Reaching {
        let attachments = &graph.organization.attachments;
        if attachments.is_empty() {
            return Reaching::default();
        }
        let find = || {
            let reaches = attachments.iter().map(|one| graph.is_attached(one, account, sort));
            reaches.enumerate().filter(|(_, reaches)| !reaches.is_no()).collect::<Reaching>()
        };
        let called = (account.as_symbol().map(|symbol| symbol.class), key(account));
        if !is_identity(&called.1) {
            return find();
        }
        let known = |of: &mut [ByAccount; 2], found: Option<Reaching>| {
            let [service, resource] = of;
            let all = if sort == Control::ServiceControl { service } else { resource };
            match found {
                Some(found) => Some(Arc::clone(all.entry(called.clone()).or_insert(found))),
                None => all.get(&called).cloned(),
            }
        };
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known(&mut lock(), None);
        before.unwrap_or_else(|| {
            let found = find();
            known(&mut lock(), Some(Arc::clone(&found))).unwrap_or(found)
        })
    }
}

impl<'g> Asker<'g> {
    /// The service control policies that limit the callers of an account, level by level.
    ///
    /// What is attached to one root, unit or account is a level. AWS attaches a policy there that allows everything,
    /// so one is only needed where a declared policy allows less; whether the one of AWS is then still attached, no
    /// template says.
    pub(super) fn service_control(&self, account: &Text) -> Levels<'g> {
        let organization = &self.graph.organization;
        let mut levels: BTreeMap<Key, Level<'g>> = BTreeMap::new();
        let mut full = Vec::new();
        for (index, reaches) in &*self.controls.reaching(self.graph, account, Control::ServiceControl) {
            let Some(attachment) = organization.attachments.get(*index) else { continue };
            let reaches = *reaches;
            let target = attachment.target.as_ref().map(key).filter(is_identity);
            let target = target.unwrap_or_else(|| Key::from(&*index.to_string()));
            let declared = organization.policy_of(attachment.policy);
            let read = declared.and_then(|one| Some((one.policy.as_deref()?, one.declaration)));
            match (attachment.policy, read) {
                (AttachedControl::FullAccess, _) => full.extend(reaches.is_yes().then_some(target)),
                (_, Some((policy, declaration))) => {
                    levels.entry(target).or_default().add(policy, reaches, Some(declaration));
                }
                // Of what is unknown twice, what it is and whom it is for, nothing follows.
                (_, None) if reaches.is_yes() => levels.entry(target).or_default().policies.open = true,
                (_, None) => {}
            }
        }
        for (target, level) in &mut levels {
            let allows = |one: &Statement| one.effect != Some(Effect::Deny);
            let all = &level.policies.all;
            let lists = all.iter().any(|(policy, _)| policy.statements.iter().any(allows));
            let is_free = !lists || full.contains(target) || all.iter().any(|one| is_full(one.0));
            level.policies.more = !is_free;
            if let Some(everything) = organization.full_access.as_ref().filter(|_| is_free) {
                level.add(everything, Answer::Yes, None);
            }
        }
        levels.into_values().map(|level| (level.policies, level.declared)).unzip()
    }

    /// The resource control policies of an account.
    pub(super) fn resource_control(&self, account: &Text) -> (Policies<'g>, Vec<Option<DeclarationId>>) {
        let organization = &self.graph.organization;
        let mut level = Level::default();
        for (index, reaches) in &*self.controls.reaching(self.graph, account, Control::ResourceControl) {
            let Some(attachment) = organization.attachments.get(*index) else { continue };
            let declared = organization.policy_of(attachment.policy);
            match declared.and_then(|one| Some((one.policy.as_deref()?, one.declaration))) {
                _ if attachment.policy == AttachedControl::FullAccess => {}
                Some((policy, declaration)) => level.add(policy, *reaches, Some(declaration)),
                None => level.policies.open |= reaches.is_yes(),
            }
        }
        (level.policies, level.declared)
    }
}

/// Whether a policy allows everything, whatever else it says.
fn is_full(policy: &Policy) -> bool {
    policy.statements.iter().any(|statement| {
        let all = |clause: &Clause<Text>| {
            let is_all = |item: &Item<Text>| item.present.is_yes() && item.value.is_literally("*");
            clause.polarity == Polarity::In && clause.items.iter().any(is_all)
        };
        statement.effect == Some(Effect::Allow)
            && statement.present.is_yes()
            && statement.conditions.is_empty()
            && !statement.conditions_open
            && all(&statement.actions)
            && statement.resources.as_ref().is_none_or(all)
    })
}
