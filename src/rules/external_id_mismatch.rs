//! A role that is assumed with another external id than it asks for.

use std::sync::Arc;

use super::common::{beside, either, listed};
use super::{Context, Rule};
use crate::ask::{Asker, Question, Setting, Spot, What, Who};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Assuming, Assumption, Graph, IdentityId};
use crate::iam::condition::{self, Presence};
use crate::iam::policy::{Condition, Item};
use crate::value::{Answer, Text};

pub(super) static RULE: Rule = Rule {
    name: "external-id-mismatch",
    summary: "a role is assumed with another external id than its trust policy asks for, or with none",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/external-id-mismatch.md"),
    check,
};

const KEY: &str = "sts:ExternalId";

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for assumption in context.graph.assumptions() {
        if !matches!(assumption.external_id.sent, Presence::Absent | Presence::Values(_)) {
            continue;
        }
        let as_sent = context.ask.with(assumption.request(&context.ask.context).into_owned());
        // Refused as it is sent, and not whatever were sent.
        if admitted(&as_sent, &assumption).is_no() && !admitted(&context.ask, &assumption).is_no() {
            found.extend(finding(context, &assumption));
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
    let question = Question { caller: &caller, target: &target, action: "sts:AssumeRole", within: None };
    match assumption.caller {
        // Of somebody who is not known here nothing is known but what the role says.
        Assuming::Somebody => ask.sides(&question).other,
        Assuming::Role(_) | Assuming::Service(_) => ask.ask(&question).answer,
    }
}

fn finding(context: &Context<'_>, assumption: &Assumption) -> Option<Diagnostic> {
    let graph = context.graph;
    let role = &graph.identities[*assumption.roles.first()?];
    let (address, shown) = (graph.address(assumption.declaration), graph.shown(role));
    let asked: Vec<_> = assumption.roles.iter().flat_map(|id| asked_for(graph, *id)).collect();
    let asks = match either(asked.iter().map(|(_, item)| format!("`{}`", item.value))) {
        none if none.is_empty() => "another one".to_owned(),
        some => some,
    };
    let sent = match &assumption.external_id.sent {
        Presence::Values(values) => listed(values.iter().map(|text| format!("`{text}`"))),
        _ => String::new(),
    };
    let (message, help) = if sent.is_empty() {
        (
            format!(
                "`{address}` assumes {shown} without an external ID, but its trust policy requires {asks}"
            ),
            format!("send {asks}, or do not require it in the trust policy of `{}`", role.shown),
        )
    } else {
        (
            format!(
                "`{address}` sends the external ID {sent} to {shown}, but its trust policy requires {asks}"
            ),
            format!("send {asks}, or require {sent} in the trust policy of `{}`", role.shown),
        )
    };
    let (span, text) = match assumption.external_id.span {
        Some(span) => (span, "sent here"),
        None => (assumption.span, "no external ID sent"),
    };
    let spot = Spot::of(graph, assumption.declaration, span, assumption.present);
    let finding = RULE.on(&spot, message, text).help(help).about([role.arn.to_string()]);
    Some(asked.iter().fold(finding, |finding, (setting, item)| {
        finding.related(beside(setting, item.span, "required here"))
    }))
}

/// The external ids that the statements of a role's trust policy ask for, each once.
fn asked_for(graph: &Graph, role: IdentityId) -> Vec<(Setting<'_>, &Item<Text>)> {
    let mut found: Vec<(Setting<'_>, &Item<Text>)> = Vec::new();
    let Some(id) = graph.identities[role].trust else { return found };
    let document = &graph.documents[id];
    for statement in &document.policy.statements {
        let asks = |condition: &&Condition| !condition.operator.value.starts_with("Null");
        let conditions = condition::on_key(statement, KEY).filter(asks);
        for item in conditions.flat_map(|condition| condition.values.iter()) {
            if !found.iter().any(|(_, known)| known.span == item.span) {
                found.push((Setting { graph, id, document, statement }, item));
            }
        }
    }
    found
}
