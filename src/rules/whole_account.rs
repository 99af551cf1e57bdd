//! Whether anybody in an account can use what is granted to all of it.
//!
//! Only the owner of an account can say that all of its roles and users are declared (`coverage`), so only then nobody is proof.

use std::collections::BTreeMap;

use crate::ask::{
    Asker, Evidence, Explained, Layer, Question, Reason, Requests, Setting, What, Who, Why,
    may_be_made_elsewhere, names,
};
use crate::bounds;
use crate::carriers;
use crate::config::Covered;
use crate::diagnostic::Diagnostic;
use crate::graph::{Graph, Identity, IdentityId, IdentityKind, Maker};
use crate::iam::condition;
use crate::iam::glob::{self, Case};
use crate::value::{Text, Value};

/// The declared roles and users of accounts of which all are declared.
pub(super) struct Members {
    by_account: BTreeMap<String, Vec<IdentityId>>,
    /// Those whose account is not known: each may be of any.
    anywhere: Vec<IdentityId>,
    /// Accounts in which IAM Identity Center makes roles that are not known; nothing where it may do so in any.
    assigned: Option<Vec<String>>,
}

/// That nobody in an account can use what is granted to it.
pub(super) struct Nobody<'g> {
    /// Whether a policy of the one that comes nearest names the target.
    is_named: bool,
    /// Why not even the one that comes nearest.
    pub(super) explained: Explained<'g>,
}

impl Members {
    pub(super) fn of(graph: &Graph) -> Self {
        let mut members =
            Self { by_account: BTreeMap::new(), anywhere: Vec::new(), assigned: assigned(graph) };
        let accounts = &graph.accounts;
        // The administrator that comes with an account is nobody whom a grant is meant for.
        let is_member =
            |one: &Identity| one.kind != IdentityKind::Group && one.made_by != Some(Maker::Organizations);
        for (id, identity) in graph.identities.with_ids().filter(|(_, one)| is_member(one)) {
            if accounts.covers(&identity.account, Covered::Identities) {
                members.by_account.entry(accounts.shown(&identity.account)).or_default().push(id);
            } else if identity.account.as_literal().is_none() {
                members.anywhere.push(id);
            }
        }
        members
    }

    /// Whether all that is in an account is known of none.
    pub(super) fn is_empty(&self) -> bool {
        self.by_account.is_empty()
    }

    /// Whether nobody in the account can do any of `requests`, by which statements mean the account.
    pub(super) fn nobody<'g>(
        &self,
        ask: &Asker<'g>,
        (account, settings): (&Text, &[&Setting<'_>]),
        (target, requests): (&What, &Requests),
    ) -> Option<Nobody<'g>> {
        let shown = ask.graph.accounts.shown(account);
        let is_assigned = self.assigned.as_ref().is_none_or(|all| all.contains(&shown));
        let members = self.by_account.get(&shown).filter(|_| !is_assigned)?;
        if settings.iter().any(|setting| means_made_elsewhere(ask.graph, setting, members)) {
            return None;
        }
        let asked = (members.len() + self.anywhere.len()) * requests.count();
        if asked > bounds::ACCOUNT_REQUESTS || requests.is_empty() {
            return None;
        }
        let all = members.iter().chain(&self.anywhere);
        let is_denied = |id: &IdentityId| {
            let who = Who::Declared(*id);
            requests.all_denied(ask, &who, target)
        };
        if !all.into_iter().all(is_denied) {
            return None;
        }
        nearest(ask, members, (target, requests))
    }
}

impl Nobody<'_> {
    /// Adds to a finding what keeps the nearest one from it.
    pub(super) fn shown(&self, graph: &Graph, finding: Diagnostic) -> Diagnostic {
        let by_other = self.explained.sides.other.is_no();
        let places = self.explained.evidence.iter().filter(|one| one.is_own() != by_other);
        places.fold(finding, |finding, one| finding.related(one.label(graph)))
    }

    /// What to change, so that somebody can use it: `allow` on the side of the account, or `policy` on the other one.
    pub(super) fn help(&self, allow: &str, policy: &str) -> String {
        if self.explained.sides.other.is_no() {
            return format!(
                "fix the conditions and `Deny` statements in {policy}, or remove the account from it"
            );
        }
        format!("{allow} in a policy of the principal that needs it, or remove the account from {policy}")
    }
}

/// Who comes nearest of those that are all denied.
fn nearest<'g>(
    ask: &Asker<'g>,
    members: &[IdentityId],
    (target, requests): (&What, &Requests),
) -> Option<Nobody<'g>> {
    let mut best: Option<(u8, Nobody<'g>)> = None;
    for id in members.iter().take(bounds::PRINCIPALS_EXPLAINED) {
        let who = Who::Declared(*id);
        for (action, within) in requests.each().take(bounds::WITNESSES) {
            let question = Question { caller: &who, target, action, within: Some(within) };
            let explained = ask.explain(&question);
            let rank = distance(ask, &question, &explained);
            if best.as_ref().is_none_or(|(known, _)| rank < *known) {
                let is_named = names(ask.graph, *id, target);
                best = Some((rank, Nobody { is_named, explained }));
            }
        }
    }
    // Whom the other side keeps out although it is allowed by name: the permission says so.
    best.map(|(_, nobody)| nobody).filter(|it| !(it.is_named && it.explained.sides.other.is_no()))
}

/// How far somebody is from being let, the nearest first.
fn distance(ask: &Asker<'_>, question: &Question<'_>, explained: &Explained<'_>) -> u8 {
    // Whom the other side keeps out is not meant.
    let outside = if explained.sides.other.is_no() { 10 } else { 0 };
    let nearly =
        |why: Why| explained.evidence.iter().filter(|one| one.is_own()).any(|one| one.nearly() == Some(why));
    let own = match ask.own_reason(question) {
        Some(Reason::Missing(layers)) if !layers.contains(&Layer::Identity) => 0,
        Some(Reason::Denied(_)) if explained.evidence.iter().any(Evidence::denies) => 1,
        _ if nearly(Why::Condition) => 2,
        _ if nearly(Why::Resource) => 3,
        _ if nearly(Why::Action) => 4,
        _ => 5,
    };
    outside + own
}

/// Whether a statement means roles that no template declares, nor a permission set that is assigned.
fn means_made_elsewhere(graph: &Graph, setting: &Setting<'_>, members: &[IdentityId]) -> bool {
    let is_assigned = |pattern: &Text| {
        let mut assigned = members.iter().map(|id| &graph.identities[*id]).filter(|one| one.is_assigned());
        assigned.any(|one| glob::matches(pattern, &one.arn, Case::Sensitive).is_yes())
    };
    condition::on_key(setting.statement, "aws:PrincipalArn")
        .flat_map(|condition| condition.values.iter())
        .any(|value| may_be_made_elsewhere(&value.value) && !is_assigned(&value.value))
}

/// The accounts in which IAM Identity Center makes roles for permission sets that are not known.
fn assigned(graph: &Graph) -> Option<Vec<String>> {
    let mut all = Vec::new();
    for row in carriers::ROLE_ASSIGNMENTS {
        for id in graph.of_type(row.type_name) {
            let target = graph.declarations[*id].properties.get(row.account).and_then(Value::as_text)?;
            let target = graph.accounts.normalise(&target);
            target.as_literal()?;
            if !graph.assigned.contains_key(id) {
                all.push(graph.accounts.shown(&target));
            }
        }
    }
    Some(all)
}
