//! Session tags or a source identity that a role does not allow.

use std::sync::Arc;

use super::common::{declared, label, pairs};
use super::{Context, Rule};
use crate::ask::{Admitted, Question, Spot, What, Who};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Assuming, Assumption, IdentityId, Sent};
use crate::iam::action::action_matches;
use crate::iam::policy::Item;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "refused-session-tags",
    summary: "a role is assumed with session tags or a source identity that its trust policy does not allow",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/refused-session-tags.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for assumption in context.assumptions() {
        for sent in assumption.sent.iter().filter(|sent| sent.present.is_yes()) {
            found.extend(match assumption.caller {
                Assuming::Role(caller) => by_role(context, assumption, sent, caller),
                Assuming::Somebody => by_anybody(context, assumption, sent),
                Assuming::Service(_) => None,
            });
        }
    }
}

/// What is sent, for messages.
fn called(sent: &Sent) -> &'static str {
    if sent.action == "sts:TagSession" { "session tags" } else { "a source identity" }
}

/// A declared role that assumes another one.
fn by_role(
    context: &Context<'_>,
    assumption: &Assumption,
    sent: &Sent,
    caller_id: IdentityId,
) -> Option<Diagnostic> {
    let graph = context.graph;
    let role_id = *assumption.roles.first()?;
    let (role, caller) = (&graph.identities[role_id], &graph.identities[caller_id]);
    let (who, target) = (Who::Declared(caller_id), What::Identities(Arc::clone(&assumption.roles)));
    let question = |action| Question { caller: &who, target: &target, action, within: None };
    let is_denied = |action| context.ask.ask(&question(action)).answer.is_no();
    // Where the role cannot be assumed at all, that is what is said.
    if is_denied("sts:AssumeRole") || !is_denied(sent.action) {
        return None;
    }
    let explained = context.ask.explain(&question(sent.action));
    let message = format!(
        "`{}` sends {} to {} with {}, which takes `{}`, but {}",
        graph.address(assumption.declaration),
        called(sent),
        graph.shown(role),
        graph.shown(caller),
        sent.action,
        explained.reason
    );
    let help = format!(
        "allow `{}` beside `sts:AssumeRole` in the trust policy of `{}` and in a policy of `{}`, or do not send {}",
        sent.action,
        role.shown,
        caller.shown,
        called(sent)
    );
    let spot = Spot::of(graph, assumption.declaration, assumption.span, assumption.present);
    let mut finding = RULE
        .on(&spot.through(&assumption.via), message, "role to assume")
        .help(help)
        .about([caller.arn.to_string(), role.arn.to_string(), sent.action.to_owned()])
        .between(pairs(graph, &[caller_id], &[role.declaration], &[sent.action]));
    for one in &explained.evidence {
        finding = finding.related(one.label(graph));
    }
    if let Some(span) = sent.span {
        finding = finding.related(label(&spot, span, format!("sends {}", called(sent))));
    }
    let label = declared(graph, caller.declaration, "role that assumes it");
    let is_shown = finding.related.iter().any(|one| one.span == label.span);
    Some(if is_shown { finding } else { finding.related(label) })
}

/// Whoever runs Terraform: nobody whom the role trusts is allowed what is sent.
fn by_anybody(context: &Context<'_>, assumption: &Assumption, sent: &Sent) -> Option<Diagnostic> {
    let graph = context.graph;
    let role = &graph.identities[*assumption.roles.first()?];
    let target = What::Identities(Arc::clone(&assumption.roles));
    let (ask, assumes) = (&context.ask, "sts:AssumeRole");
    if !ask.is_trust_known(&assumption.roles) || !ask.admitted(&target, sent.action, None).is_empty() {
        return None;
    }
    let admitted = ask.admitted(&target, assumes, None);
    let Admitted { setting, .. } = admitted.first()?;
    let assumes = Text::literal(assumes, setting.statement.span);
    let takes = |item: &&Item<Text>| action_matches(&item.value, &assumes).is_yes();
    let item = setting.statement.actions.items.iter().find(takes)?;
    let message = format!(
        "`{}` sends {} to {}, but the trust policy does not allow `{}`: AWS will deny the request",
        graph.address(assumption.declaration),
        called(sent),
        graph.shown(role),
        sent.action
    );
    let sender = Spot::of(graph, assumption.declaration, assumption.span, assumption.present);
    let span = sent.span.unwrap_or(assumption.span);
    Some(
        RULE.on(&setting.item(item).also(assumption.present), message, format!("lacks `{}`", sent.action))
            .help(format!(
                "allow `{}` beside `sts:AssumeRole` here, or do not send {}",
                sent.action,
                called(sent)
            ))
            .about([role.arn.to_string(), sent.action.to_owned()])
            .related(label(&sender, span, format!("{} sent here", called(sent)))),
    )
}
