//! Which roles lead to which others, and what a policy allows in accounts that are in other hands.

use super::{Asker, Evidence, Layer, Question, What, Who};
use crate::bounds;
use crate::graph::{DeclarationId, Document, IdentityId, IdentityKind};
use crate::iam::condition::{self, Context, Presence};
use crate::iam::evaluate::{Caller, CallerKind, Layers, Policies, Request};
use crate::iam::policy::{Effect, Policy, Statement};
use crate::source::Span;
use crate::value::{Answer, Text};

/// One role assumed from another.
#[derive(Clone, Copy, Debug)]
pub struct Hop {
    /// The role that is assumed.
    pub role: IdentityId,
    /// The permission that names it.
    pub span: Span,
    /// The declaration the permission is written in, when it is in the analyzed files.
    pub declaration: Option<DeclarationId>,
}

impl Hop {
    /// The permission as a place to look at.
    pub fn evidence(&self) -> Evidence<'static> {
        let (span, declaration) = (self.span, self.declaration);
        let (layer, text) = (Layer::Identity, "allowed here".to_owned());
        Evidence { layer, does: None, statement: None, span, text, declaration }
    }
}

impl Asker<'_> {
    /// The roles that can certainly be assumed from a role, one after another, each with the shortest way there.
    /// Both sides allow every step whatever the unknown parts are.
    pub fn roles_beyond(&self, start: IdentityId) -> Vec<Vec<Hop>> {
        let mut ways: Vec<Vec<Hop>> = Vec::new();
        let mut known = vec![start];
        let mut next = 0;
        let mut from = Some((start, None));
        while let Some((role, way)) = from {
            for hop in self.roles_next_to(role) {
                let way = way.and_then(|way: usize| ways.get(way)).map_or(&[][..], Vec::as_slice);
                if way.len() < bounds::PATH_ROLES
                    && known.len() < bounds::PATH_SEARCH
                    && !known.contains(&hop.role)
                {
                    known.push(hop.role);
                    ways.push(way.iter().copied().chain([hop]).collect());
                }
            }
            from = ways.get(next).and_then(|way| Some((way.last()?.role, Some(next))));
            next += 1;
        }
        ways
    }

    /// The roles that the policies of a role name, whether or not these trust it.
    pub fn roles_named_by(&self, role: IdentityId) -> Vec<IdentityId> {
        let graph = self.graph;
        let identity = &graph.identities[role];
        let mut named = Vec::new();
        for attached in graph.policies_of(identity) {
            let written = attached.document.map(|document| graph.documents[document].declaration);
            let unit = &graph.declarations[written.unwrap_or(identity.declaration)].unit;
            // Long lists of actions are for all resources, and name none.
            let names = |statement: &&Statement| {
                let items = statement.resources.iter().flat_map(|clause| &clause.items);
                items.into_iter().any(|item| !item.text.is_literally("*"))
            };
            let assumes = |statement: &&Statement| {
                statement.effect == Some(Effect::Allow)
                    && names(statement)
                    && !statement.actions.takes("sts:AssumeRole").is_no()
            };
            let statements = attached.policy.statements.iter().filter(assumes);
            for item in statements.flat_map(|statement| &statement.resources).flat_map(|it| &it.items) {
                let found = graph.find_identities(&item.value, unit);
                named.extend(found.first().copied().filter(|first| *first != role));
            }
        }
        named
    }

    /// The roles that a role certainly may assume.
    pub fn roles_next_to(&self, role: IdentityId) -> Vec<Hop> {
        let graph = self.graph;
        let identity = &graph.identities[role];
        let mut hops = Vec::new();
        for attached in graph.policies_of(identity).into_iter().filter(|it| it.present.is_yes()) {
            let written = attached.document.map(|document| graph.documents[document].declaration);
            let unit = &graph.declarations[written.unwrap_or(identity.declaration)].unit;
            let items = attached.policy.statements.iter().flat_map(|statement| &statement.resources);
            for item in items.flat_map(|clause| &clause.items) {
                let found = graph.find_identities(&item.value, unit);
                let Some(first) = found.first().copied() else { continue };
                let is_role = graph.identities[first].kind == IdentityKind::Role;
                if is_role && !found.contains(&role) && self.may_assume(role, found) {
                    let span = if attached.managed.is_some() { attached.span } else { item.span };
                    hops.push(Hop { role: first, span, declaration: written });
                }
            }
        }
        hops
    }

    fn may_assume(&self, role: IdentityId, target: Vec<IdentityId>) -> bool {
        let (caller, target) = (Who::Declared(role), What::Identities(target.into()));
        let question = Question { caller: &caller, target: &target, action: "sts:AssumeRole", within: None };
        self.ask(&question).answer.is_yes()
    }
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
        let (account, arn) = (document.account.clone(), named("somebody"));
        let caller = Caller { account, arn, kind: CallerKind::Role, name: named("somebody"), session: None };
        let ask = |layers: &Layers<'_>| {
            let (resource, same_account) = (what.arn, Answer::No);
            let request = Request { caller: &caller, action, resource, same_account, context: &context };
            request.own_side(layers).answer
        };
        let denials = document.policy.statements.iter().filter(|one| one.effect == Some(Effect::Deny));
        let statements = std::iter::once(statement).chain(denials).cloned().collect();
        let (version, span) = (document.policy.version.clone(), document.policy.span);
        let alone = Policy { version, statements, open: false, defects: Vec::new(), span };
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
