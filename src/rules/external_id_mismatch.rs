//! A role that is assumed with another external id than it asks for.

use super::common::{Setting, if_present, listed};
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::graph::{Assuming, Assumption, Document, From, To};
use crate::iam::condition::{self, Presence};
use crate::iam::evaluate::{self, Caller, CallerKind};
use crate::iam::policy::{Condition, Item, Statement};
use crate::source::Span;
use crate::value::{Answer, Because, Class, Symbol, Text};

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
        let sent = admitted(context, &assumption, &assumption.request(context.request()));
        // Refused as it is sent, and not whatever were sent.
        if sent.is_no() && !admitted(context, &assumption, &context.request()).is_no() {
            found.extend(finding(context, &assumption).map(|it| if_present(it, assumption.present)));
        }
    }
}

/// Whether the role can be assumed by a request.
fn admitted(context: &Context<'_>, assumption: &Assumption<'_>, request: &condition::Context) -> Answer {
    let graph = context.graph;
    let (id, role) = assumption.role;
    let caller = match assumption.caller {
        Assuming::Role(caller, identity) => {
            let from = From::Declared(caller, identity);
            let decision = graph.decide(&from, To::Role(id, role), "sts:AssumeRole", None, request);
            return decision.map_or(Answer::Unknown, |decision| decision.answer);
        }
        Assuming::Service(name) => {
            Caller::outside(CallerKind::Service, &Text::literal(name, assumption.span))
        }
        Assuming::Somebody => somebody(assumption.span),
    };
    let trust = role.trust.and_then(|id| graph.documents.get(id));
    trust.map_or(Answer::Unknown, |trust| {
        evaluate::trust_admits(&trust.policy, &caller, "sts:AssumeRole", request).answer
    })
}

/// A role or user of which nothing is known.
fn somebody(span: Span) -> Caller {
    let unknown = |what: &str| {
        Text::symbol(
            Symbol::new(Class::Opaque, format!("the {what} of whoever assumes the role"), Because::Run),
            span,
        )
    };
    Caller {
        account: unknown("account"),
        arn: unknown("ARN"),
        kind: CallerKind::Role,
        name: unknown("name"),
        session: None,
    }
}

fn finding(context: &Context<'_>, assumption: &Assumption<'_>) -> Option<Diagnostic> {
    let graph = context.graph;
    let (declaration, (_, role)) = (assumption.declaration, assumption.role);
    let (address, shown) = (&declaration.address, graph.shown(role));
    let trust = graph.documents.get(role.trust?)?;
    let asked = asked_for(trust);
    let asks = match listed(asked.iter().map(|(_, item)| format!("`{}`", item.value))) {
        none if none.is_empty() => "another one".to_owned(),
        some => some,
    };
    let sent = match &assumption.external_id.sent {
        Presence::Values(values) => listed(values.iter().map(|text| format!("`{text}`"))),
        _ => String::new(),
    };
    let (message, help) = if sent.is_empty() {
        (
            format!("`{address}` assumes {shown} without the external id {asks} that it asks for"),
            format!("send {asks}, or do not ask for it in the trust policy of `{}`", role.shown),
        )
    } else {
        (
            format!("`{address}` sends the external id {sent} to {shown}, which asks for {asks}"),
            format!("send {asks}, or ask for {sent} in the trust policy of `{}`", role.shown),
        )
    };
    let mut label = match assumption.external_id.span {
        Some(span) => Label::new(span, "sent here"),
        None => Label::new(assumption.span, "assumed without an external id"),
    };
    label.address = Some(address.clone());
    let mut finding = RULE.finding(message, label).help(help).about([address.clone(), role.arn.to_string()]);
    for (statement, item) in asked {
        let setting = Setting { graph, document: trust, statement };
        finding = finding.related(setting.label(item.span, "asked for here"));
    }
    Some(finding)
}

/// The external ids that the statements of a trust policy ask for.
fn asked_for(trust: &Document) -> Vec<(&Statement, &Item<Text>)> {
    let mut found: Vec<(&Statement, &Item<Text>)> = Vec::new();
    for statement in &trust.policy.statements {
        let asks = |condition: &&Condition| !condition.operator.value.starts_with("Null");
        let conditions = condition::on_key(statement, KEY).filter(asks);
        for item in conditions.flat_map(|condition| &condition.values) {
            if !found.iter().any(|(_, known)| known.span == item.span) {
                found.push((statement, item));
            }
        }
    }
    found
}
