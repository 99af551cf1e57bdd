//! Keys that occur twice in one object of a policy.

use super::common::label;
use super::{Context, Rule};
use crate::ask::{Setting, Spot, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Document;
use crate::iam::policy::{self, Condition};
use crate::iam::read::{Defect, DefectKind};
use crate::source::Span;
use crate::value::Answer;

pub(super) static RULE: Rule = Rule {
    name: "duplicate-key",
    summary: "a key occurs twice in one object of a policy, and only one of them counts",
    effect: Effect::Dead,
    severity: Severity::Warning,
    family: "validity",
    since: "0.1.0",
    page: include_str!("../../rules/duplicate-key.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    let doubled = |document: &Document| {
        document.policy.defects.iter().any(|defect| defect.kind == DefectKind::Duplicate)
    };
    if !graph.documents.iter().any(doubled) {
        return;
    }
    for document in graph.documents.iter().filter(|document| doubled(document)) {
        let defects = document.policy.defects.iter().filter(|defect| defect.kind == DefectKind::Duplicate);
        for defect in defects {
            let of_statement = statements(graph).find(|setting| {
                std::ptr::eq(setting.document, document)
                    && setting.statement.conditions.iter().any(|one| is_at(one, defect.span))
            });
            found.push(match of_statement {
                Some(setting) => of_condition(&setting, defect),
                None => of_element(context, document, defect),
            });
        }
    }
}

/// Whether a condition, or its operator, is written at a place.
fn is_at(condition: &Condition, place: Span) -> bool {
    condition.key.span == place || condition.operator.span == place
}

/// An element of a statement or of the document.
fn of_element(context: &Context<'_>, document: &Document, defect: &Defect) -> Diagnostic {
    let address = context.graph.address(document.declaration);
    let message = format!("in the policy of `{address}`, {}", defect.message);
    let spot = Spot::of(context.graph, document.declaration, defect.span, Answer::Yes);
    let written = context.written(defect.span);
    let help = match written.trim_matches(['"', '\'', ' ']).to_ascii_lowercase().as_str() {
        "action" | "notaction" | "resource" | "notresource" | "statement" | "aws" | "service"
        | "federated" | "canonicaluser" => HELP,
        "condition" | "principal" | "notprincipal" => {
            "keep one of them, and put what stands in both into it when both are meant"
        }
        _ => "keep one of them",
    };
    RULE.on(&spot, message, "second occurrence").help(help).about([defect.message.as_str()])
}

const HELP: &str = "keep one of them, and put both values into one list when both are meant";

/// A condition: of an Allow, the limit that is lost lets more in.
fn of_condition(setting: &Setting<'_>, defect: &Defect) -> Diagnostic {
    let conditions = &setting.statement.conditions;
    let second = conditions.iter().find(|one| is_at(one, defect.span));
    let is_operator = second.is_some_and(|one| one.operator.span == defect.span);
    let name = |one: &Condition| {
        let written = if is_operator { one.operator.value.clone() } else { one.key.value.to_string() };
        written.to_ascii_lowercase()
    };
    let place = |one: &Condition| if is_operator { one.operator.span } else { one.key.span };
    let earlier = conditions.iter().find(|one| {
        second.is_some_and(|second| {
            name(one) == name(second)
                && place(one) != defect.span
                && (is_operator || one.operator.value.eq_ignore_ascii_case(&second.operator.value))
        })
    });
    let allows = setting.statement.effect == Some(policy::Effect::Allow);
    let lost = match earlier {
        Some(first) if !is_operator => format!("the condition on `{}` is lost", first.key.value),
        Some(first) => format!("the condition on `{}` under the other one is lost", first.key.value),
        None => "the other one is lost".to_owned(),
    };
    let message = format!("in {}, {}: {lost}", setting.subject(), defect.message);
    let mut finding = RULE
        .on(&setting.spot(defect.span), message, "second occurrence")
        .help(if is_operator { "put both keys under one operator" } else { HELP })
        .about([defect.message.as_str()]);
    if let Some(first) = earlier {
        let spot = setting.spot(place(first));
        finding = finding.related(label(&spot, place(first), "first occurrence"));
    }
    if allows {
        finding.effect = Effect::Exposed;
        finding = finding.severity(Severity::Error);
    }
    finding
}
