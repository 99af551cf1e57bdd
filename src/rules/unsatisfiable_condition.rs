//! Conditions that no request can satisfy.

use super::common::beside;
use super::{Context, Rule};
use crate::ask::{Setting, Spot, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::condition::conflict::{self, Conflict, ConflictKind};
use crate::iam::policy;

pub(super) static RULE: Rule = Rule {
    name: "unsatisfiable-condition",
    summary: "no request can satisfy the conditions of a statement",
    effect: Effect::Dead,
    severity: Severity::Error,
    family: "condition",
    since: "0.1.0",
    page: include_str!("../../rules/unsatisfiable-condition.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in statements(context.graph) {
        if !conflict::may_conflict(setting.statement) {
            continue;
        }
        if let Some(conflict) = conflict::conflict(setting.statement, request) {
            found.extend(finding(&setting, &conflict));
        } else if let Some(useless) = conflict::useless(setting.statement) {
            found.extend(finding(&setting, &useless).map(|one| one.severity(Severity::Info)));
        }
    }
}

fn finding(setting: &Setting<'_>, conflict: &Conflict) -> Option<Diagnostic> {
    let (first, others) = conflict.spans.split_first()?;
    let denies = setting.statement.effect == Some(policy::Effect::Deny);
    let what = match (conflict.kind, denies) {
        (ConflictKind::Partly, _) => "has a value that no request has",
        (ConflictKind::Over, false) => "has a statement that has expired",
        (ConflictKind::Over, true) => "has a Deny that has expired, so it denies nothing",
        (_, false) => "has a statement that never applies",
        (_, true) => "has a Deny that never applies",
    };
    let message = format!("{} {what}: {}", setting.subject(), conflict.reason);
    let label = match conflict.kind {
        ConflictKind::Over => "expired",
        ConflictKind::Together => "excludes the other condition",
        ConflictKind::Nobody => "principal and condition exclude each other",
        ConflictKind::Never | ConflictKind::Partly => "never in a request",
    };
    let spot = Spot { via: conflict.via.as_ref(), ..setting.spot(*first) };
    let mut finding =
        RULE.on(&spot, message, label).help(help(conflict, denies)).about([conflict.reason.as_str()]);
    for span in others {
        finding = finding.related(beside(setting, *span, label));
    }
    if denies {
        finding.effect = Effect::Exposed;
    }
    Some(match conflict.kind {
        ConflictKind::Over => finding.severity(Severity::Warning),
        // What everybody sets who deploys it.
        ConflictKind::Never if conflict.is_stand_in => finding.severity(Severity::Info),
        _ => finding,
    })
}

/// A Deny with fewer conditions denies more: everyone but those that the other one lists.
fn help(conflict: &Conflict, denies: bool) -> String {
    if denies && conflict.kind == ConflictKind::Together {
        return "change the values, so that they do not exclude each other: a Deny applies only where all its conditions hold"
            .to_owned();
    }
    conflict.help.to_string()
}
