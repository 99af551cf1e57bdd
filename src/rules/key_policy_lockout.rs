//! Key policies that nobody of the account of the key can change.

use super::{Context, Rule};
use crate::ask::Spot;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Document, DocumentId, Graph, Resource};
use crate::iam::policy::{self, Item, Polarity, Statement};
use crate::iam::principal::Principal;
use crate::value::{Answer, Kind, Value};

pub(super) static RULE: Rule = Rule {
    name: "key-policy-lockout",
    summary: "a key policy lets nobody in the account of the key change it",
    effect: Effect::Lockout,
    severity: Severity::Error,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/key-policy-lockout.md"),
    check,
};

const ACTION: &str = "kms:PutKeyPolicy";

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for key in graph.resources.iter().filter(|resource| resource.service == "kms") {
        for id in &key.writers {
            let document = &graph.documents[*id];
            if has_administrator(graph, document).is_no() {
                found.push(finding(graph, key, *id));
            }
        }
    }
}

/// Whether some statement lets somebody in the account of the key change its policy.
pub(super) fn has_administrator(graph: &Graph, document: &Document) -> Answer {
    let policy = &document.policy;
    let open = if policy.open { Answer::Unknown } else { Answer::No };
    let statements = policy.statements.iter().filter(|one| one.effect != Some(policy::Effect::Deny));
    open.or(Answer::any(statements.map(|statement| administers(graph, document, statement))))
}

fn administers(graph: &Graph, document: &Document, statement: &Statement) -> Answer {
    let Some(principals) = &statement.principals else { return Answer::No };
    if principals.polarity == Polarity::NotIn {
        return Answer::Unknown;
    }
    let is_own = |item: &Item<Principal>| match &item.value {
        Principal::Service(_) => Answer::No,
        // Whom it should be is not known.
        Principal::Invalid(_) => Answer::Unknown,
        principal => match principal.account() {
            Some(account) => graph.accounts.same(account, &document.account),
            // Everybody, somebody by an ID, or whoever has a token of an identity provider.
            None => Answer::Yes,
        },
    };
    // A principal that may be there, or an action that may be listed, is enough.
    statement.actions.takes(ACTION).and(principals.listed(is_own))
}

fn finding(graph: &Graph, key: &Resource, id: DocumentId) -> Diagnostic {
    let document = &graph.documents[id];
    let declaration = &graph.declarations[document.declaration];
    let bypass = BYPASS.iter().find_map(|name| declaration.properties.get(name));
    let subject = graph.resource_shown(key);
    let mut message =
        format!("the key policy of {subject} lets nobody in the account of the key call `{ACTION}`");
    message.push_str(match bypass.map(bypasses) {
        Some(Answer::Yes) => ": the key cannot be managed any more",
        Some(Answer::Unknown) => "",
        Some(Answer::No) | None => ": AWS KMS rejects it",
    });
    let place = Spot::of(graph, document.declaration, declaration.span, Answer::Yes);
    RULE.on(&place, message, "has no administrator")
        .help("allow `kms:*` to `arn:aws:iam::ACCOUNT:root` of the account of the key, so that its IAM policies decide, or name a role in that account as administrator")
        .about([key.arn.to_string()])
}

/// What switches off the check that KMS makes.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>
const BYPASS: [&str; 2] = ["BypassPolicyLockoutSafetyCheck", "bypass_policy_lockout_safety_check"];

fn bypasses(value: &Value) -> Answer {
    match &value.kind {
        Kind::Bool(on) => (*on).into(),
        Kind::Null | Kind::Absent => Answer::No,
        _ => match value.as_str() {
            Some(word) => word.eq_ignore_ascii_case("true").into(),
            None => Answer::Unknown,
        },
    }
}
