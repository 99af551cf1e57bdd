//! Which roles lead to which others, and what a policy allows in accounts that are in other hands.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{Asker, By, Evidence, Hop, Layer, Question, What, Who};
use crate::accounts::normalise::key;
use crate::bounds;
use crate::graph::{Attached, Document, IdentityId, IdentityKind};
use crate::iam::condition::{self, Context, Presence};
use crate::iam::evaluate::{Caller, CallerKind, Layers, Policies, Request};
use crate::iam::policy::{Effect, Item, Polarity, Statement};
use crate::value::{Answer, Text};

impl Hop {
    /// The permission, or the trust, as a place to look at.
    pub fn evidence(&self) -> Evidence<'static> {
        let (span, declaration) = (self.span, self.declaration);
        let (layer, text) = match self.by {
            By::Trust | By::Account => (Layer::Resource, "trusted here".to_owned()),
            By::Permission => (Layer::Identity, "allowed here".to_owned()),
        };
        Evidence { layer, does: None, statement: None, span, text, declaration }
    }
}

/// By what a role leads to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leads {
    /// One of both is named by a policy of the other one.
    Named,
    /// That, or a permission to assume every role, or those that a pattern matches, where the roles trust the whole account.
    All,
}

/// A search for the roles that others lead to, which asks each question once.
#[derive(Debug)]
pub struct Paths<'a, 'g> {
    ask: &'a Asker<'g>,
    leads: Leads,
    next: FxHashMap<IdentityId, Arc<[Hop]>>,
    /// Questions that may still be asked.
    left: usize,
}

impl Paths<'_, '_> {
    /// The roles that can certainly be assumed from a role, one after another, each with the shortest way there.
    /// Both sides allow every step whatever the unknown parts are.
    pub fn beyond(&mut self, start: IdentityId) -> Vec<Vec<Hop>> {
        let mut ways: Vec<Vec<Hop>> = Vec::new();
        let mut known = vec![start];
        let mut next = 0;
        let mut from = Some((start, None));
        while let Some((role, way)) = from {
            let is_short = |way: &&[Hop]| way.len() < bounds::PATH_ROLES;
            let way = way.and_then(|way: usize| ways.get(way)).map_or(&[][..], Vec::as_slice);
            let way = Some(way).filter(is_short).filter(|_| known.len() < bounds::PATH_SEARCH);
            let hops = way.map(|way| (way.to_vec(), self.next_to(role)));
            for (way, hop) in hops.iter().flat_map(|(way, hops)| hops.iter().map(move |hop| (way, hop))) {
                if known.len() < bounds::PATH_SEARCH && !known.contains(&hop.role) {
                    known.push(hop.role);
                    ways.push(way.iter().chain([hop]).copied().collect());
                }
            }
            from = ways.get(next).and_then(|way| Some((way.last()?.role, Some(next))));
            next += 1;
        }
        ways
    }

    /// The roles that a role certainly may assume.
    pub fn next_to(&mut self, role: IdentityId) -> Arc<[Hop]> {
        if let Some(known) = self.next.get(&role) {
            return Arc::clone(known);
        }
        let mut hops: Vec<Hop> = Vec::new();
        for hop in self.ask.roles_near(role, self.leads) {
            let is_new = hops.iter().all(|known| known.role != hop.role);
            if is_new && self.left > 0 {
                self.left -= 1;
                hops.extend(Some(hop).filter(|hop| self.ask.may_assume(role, hop.role)));
            }
        }
        let hops: Arc<[Hop]> = hops.into();
        self.next.insert(role, Arc::clone(&hops));
        hops
    }
}

impl<'g> Asker<'g> {
    /// A search for the roles that others lead to.
    pub fn paths(&self, leads: Leads) -> Paths<'_, 'g> {
        Paths { ask: self, leads, next: FxHashMap::default(), left: bounds::PATH_QUESTIONS }
    }

    /// The roles that a role may lead to, whether or not both sides allow it, each at least once.
    pub fn roles_near(&self, role: IdentityId, leads: Leads) -> Vec<Hop> {
        let graph = self.graph;
        let identity = &graph.identities[role];
        let mut near = Vec::new();
        let mut is_wide = false;
        for attached in graph.policies_of(identity).into_iter().filter(|it| !it.present.is_no()) {
            is_wide |= self.named_by(role, attached, leads, &mut near);
        }
        let first = self.all_of(&role).first().copied().unwrap_or(role);
        let trusting = self.trusting();
        near.extend(trusting.named.get(&first).into_iter().flatten());
        if is_wide && leads == Leads::All {
            let account = key(&graph.accounts.normalise(&identity.account));
            near.extend(trusting.whole.get(&account).into_iter().flatten());
        }
        near.retain(|hop| !self.all_of(&role).contains(&hop.role));
        near
    }

    /// Adds the roles that a policy names to be assumed. Whether it also allows that by a pattern.
    fn named_by(&self, role: IdentityId, attached: &Attached, leads: Leads, near: &mut Vec<Hop>) -> bool {
        let graph = self.graph;
        let written = attached.document.map(|document| graph.documents[document].declaration);
        let unit = &graph.declarations[written.unwrap_or(graph.identities[role].declaration)].unit;
        let mut is_wide = false;
        for statement in attached.policy.statements.iter().filter(|it| it.effect == Some(Effect::Allow)) {
            let listed = statement.resources.as_ref().map_or(&[][..], |clause| &clause.items);
            // Long lists of actions are for all resources, and name none.
            let is_asked = leads == Leads::All || listed.iter().any(|item| !item.text.is_literally("*"));
            if listed.is_empty() || !is_asked || statement.actions.takes("sts:AssumeRole").is_no() {
                continue;
            }
            is_wide |= is_pattern(statement);
            for item in listed.iter().filter(|item| !item.text.is_literally("*")) {
                let found = graph.find_identities(&item.value, unit).first().copied();
                let found = found.filter(|id| graph.identities[*id].kind == IdentityKind::Role);
                let span = if attached.managed.is_some() { attached.span } else { item.span };
                let hop = |role| Hop { role, span, declaration: written, by: By::Permission };
                near.extend(found.map(hop));
            }
        }
        is_wide
    }

    fn may_assume(&self, role: IdentityId, target: IdentityId) -> bool {
        let target = What::Identities(self.all_of(&target).into());
        let question = Question {
            caller: &Who::Declared(role),
            target: &target,
            action: "sts:AssumeRole",
            within: None,
        };
        self.ask(&question).answer.is_yes()
    }
}

/// Whether a statement is about more roles than it names.
fn is_pattern(statement: &Statement) -> bool {
    let is_open = |item: &Item<Text>| item.value.has("*") || item.value.has("?");
    let clause = statement.resources.as_ref();
    clause.is_some_and(|it| it.polarity == Polarity::NotIn || it.items.iter().any(is_open))
}

/// Something in another account, of which nothing is known but its ARN: it has no tags that its owner gave it.
#[derive(Clone, Copy, Debug)]
pub struct Abroad<'a> {
    /// Its ARN.
    pub arn: &'a Text,
    /// Its account; `None` for one that no policy names.
    pub account: Option<&'a Text>,
}

const OWN_ORGANIZATION: &str = "aws:PrincipalOrgID";

/// The account and organization of what is in nobody's hands that a policy knows.
const SOMEBODY: &str = "another account";

impl Asker<'_> {
    /// Whether a statement of a policy allows an action on what is in another account, with what the policy denies, and
    /// with all other policies of those who have it. Certain is what holds whatever the unknown parts are.
    pub fn allows_abroad(
        &self,
        document: &Document,
        statement: &Statement,
        action: &str,
        what: Abroad<'_>,
    ) -> Answer {
        let context = self.context_abroad(document, statement, what);
        let named = |word: &str| Text::literal(word, statement.span);
        let (account, arn) = (Text::clone(&document.account), named("somebody"));
        let caller = Caller { account, arn, kind: CallerKind::Role, name: named("somebody"), session: None };
        let ask = |layers: &Layers<'_>| {
            let (resource, same_account) = (what.arn, Answer::No);
            let request = Request { caller: &caller, action, resource, same_account, context: &context };
            request.own_side(layers).answer
        };
        let denials = document.policy.statements.iter().filter(|one| one.effect == Some(Effect::Deny));
        let alone = document.policy.only(std::iter::once(statement).chain(denials));
        let allowed = ask(&Layers { identity: Policies::known([&alone]), ..Layers::default() });
        if !allowed.is_yes() || document.holders.is_empty() {
            return allowed;
        }
        // One holder is enough.
        let holds = |id: &IdentityId| !ask(&self.own_layers(&caller, &[*id]).layers).is_no();
        if document.holders.iter().any(holds) { allowed } else { Answer::No }
    }

    fn context_abroad(&self, document: &Document, statement: &Statement, what: Abroad<'_>) -> Context {
        let accounts = &self.graph.accounts;
        let somebody = || Presence::Values(vec![Text::literal(SOMEBODY, statement.span)]);
        let one = |text: Text| Presence::Values(vec![text]);
        let owner = what.account.map_or_else(somebody, |account| one(account.clone()));
        let organization = match what.account {
            None => somebody(),
            Some(account) => accounts.organization_of(account).map_or(Presence::Unknown, one),
        };
        let paths = if what.account.is_none() { somebody() } else { Presence::Unknown };
        // A policy that names the organization of the caller names the right one.
        let named = || {
            let all =
                document.policy.statements.iter().flat_map(|one| condition::on_key(one, OWN_ORGANIZATION));
            let mut values = all.flat_map(|condition| condition.values.iter());
            let value = values.find(|item| item.text.begins_with("o-") && !item.text.has("*"))?;
            Some(one(value.text.clone()))
        };
        let own = accounts.organization_of(&document.account).map(one).or_else(named);
        let unknown = || one(Text::literal("an organization", statement.span));
        let mut context = self
            .context
            .with("aws:ResourceAccount", owner)
            .with("aws:ResourceOrgID", organization)
            .with("aws:ResourceOrgPaths", paths)
            .with(OWN_ORGANIZATION, own.unwrap_or_else(unknown));
        for condition in &statement.conditions {
            let key = condition.key.value.to_string();
            let folded = key.to_ascii_lowercase();
            // Who owns a role gives it its tags.
            if folded.starts_with("aws:resourcetag/") || folded.starts_with("iam:resourcetag/") {
                context = context.with(key, Presence::Absent);
            }
        }
        context
    }
}
