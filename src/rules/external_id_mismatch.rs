//! A role that is assumed with a different external ID than its trust policy requires.

use std::sync::Arc;

use super::common::{beside, either, listed, pairs};
use super::{Context, Rule};
use crate::ask::{Asker, Question, Setting, Spot, What, Who};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Assuming, Assumption, Graph, IdentityId};
use crate::iam::condition::{self, Presence};
use crate::iam::policy::{Condition, Item};
use crate::value::{Answer, Text};

pub(super) static RULE: Rule = Rule {
    name: "external-id-mismatch",
    summary: "a role is assumed with a different external ID than its trust policy requires, or with none",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/external-id-mismatch.md"),
    check,
};

const KEY: &str = "sts:ExternalId";

const ASSUME: &str = "sts:AssumeRole";

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for assumption in context.assumptions() {
        if !matches!(assumption.external_id.sent, Presence::Absent | Presence::Values(_)) {
            continue;
        }
        let as_sent = context.ask.with(assumption.request(&context.ask.context).into_owned());
        // Refused as it is sent, and not whatever were sent.
        if admitted(&as_sent, assumption).is_no() && !admitted(&context.ask, assumption).is_no() {
            found.extend(finding(context, assumption));
        }
    }
}

/// Whether the role can be assumed by a request.
fn admitted(ask: &Asker<'_>, assumption: &Assumption) -> Answer {
    let target = What::Identities(Arc::clone(&assumption.roles));
    let caller = match assumption.caller {
        Assuming::Role(caller) => Who::Declared(caller),
        Assuming::Service(name) => Who::service(&Text::literal(name, assumption.span)),
        Assuming::Somebody => Who::somebody(assumption.span),
    };
    let question = Question { caller: &caller, target: &target, action: ASSUME, within: None };
    match assumption.caller {
        // Of somebody who is not known here nothing is known but what the role says.
        Assuming::Somebody => {
            let user = Who::some_user(assumption.span);
            ask.sides(&question).other.or(ask.sides(&Question { caller: &user, ..question }).other)
        }
        Assuming::Role(_) | Assuming::Service(_) => ask.ask(&question).answer,
    }
}

fn finding(context: &Context<'_>, assumption: &Assumption) -> Option<Diagnostic> {
    let graph = context.graph;
    let role = &graph.identities[*assumption.roles.first()?];
    let (address, shown) = (graph.address(assumption.declaration), graph.shown(role));
    let asked: Vec<_> = assumption.roles.iter().flat_map(|id| asked_for(graph, *id)).collect();
    let asks = either(asked.iter().map(|(_, item)| format!("`{}`", item.value)));
    let sent = match &assumption.external_id.sent {
        Presence::Values(values) => listed(values.iter().map(|text| format!("`{text}`"))),
        _ => String::new(),
    };
    let (message, help) = words(address, &shown, &role.shown, &sent, &asks);
    let (span, text) = match assumption.external_id.span {
        Some(span) => (span, "sent here"),
        None => (assumption.span, "no external ID sent"),
    };
    let spot = Spot::of(graph, assumption.declaration, span, assumption.present);
    let mut finding = RULE.on(&spot, message, text).help(help).about([role.arn.to_string()]);
    if let Assuming::Role(caller) = assumption.caller {
        finding = finding.between(pairs(graph, &[caller], &[role.declaration], &[ASSUME]));
    }
    if asked.is_empty() {
        let rejecting = assumption.roles.iter().flat_map(|id| conditions(graph, *id, true));
        return Some(rejecting.fold(finding, |finding, (setting, condition)| {
            finding.related(beside(&setting, condition.key.span, "rejects every external ID"))
        }));
    }
    Some(asked.iter().fold(finding, |finding, (setting, item)| {
        finding.related(beside(setting, item.span, "required here"))
    }))
}

/// The message and the help: who sends what to which role, and what that requires, which is empty when it takes none.
fn words(address: &str, shown: &str, role: &str, sent: &str, asks: &str) -> (String, String) {
    let trust = format!("the trust policy of `{role}`");
    let asks = if sent.is_empty() && asks.is_empty() { "one" } else { asks };
    match (sent, asks) {
        ("", asks) => (
            format!(
                "`{address}` assumes {shown} without an external ID, but its trust policy requires {asks}"
            ),
            format!("send the external ID {asks}, or remove the sts:ExternalId condition from {trust}"),
        ),
        (sent, "") => (
            format!(
                "`{address}` sends the external ID {sent} to {shown}, but its trust policy rejects any external ID"
            ),
            format!("send no external ID, or require {sent} in {trust}"),
        ),
        (sent, asks) => (
            format!(
                "`{address}` sends the external ID {sent} to {shown}, but its trust policy requires {asks}"
            ),
            format!("send the external ID {asks}, or require {sent} in {trust}"),
        ),
    }
}

/// The external ids that the statements of a role's trust policy ask for, each once.
fn asked_for(graph: &Graph, role: IdentityId) -> Vec<(Setting<'_>, &Item<Text>)> {
    let mut found: Vec<(Setting<'_>, &Item<Text>)> = Vec::new();
    for (setting, condition) in conditions(graph, role, false) {
        for item in condition.values.iter() {
            if !found.iter().any(|(_, known)| known.span == item.span) {
                found.push((setting, item));
            }
        }
    }
    found
}

/// The conditions on the external ID in the trust policy of a role: those that are about its value, or about whether there
/// is one.
fn conditions(
    graph: &Graph,
    role: IdentityId,
    presence: bool,
) -> impl Iterator<Item = (Setting<'_>, &Condition)> {
    graph.identities[role].trust.into_iter().flat_map(move |id| Setting::all(graph, id)).flat_map(
        move |setting| {
            let is_meant = move |one: &&Condition| one.operator.value.starts_with("Null") == presence;
            condition::on_key(setting.statement, KEY).filter(is_meant).map(move |one| (setting, one))
        },
    )
}
