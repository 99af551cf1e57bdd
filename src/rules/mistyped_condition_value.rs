//! Values that a condition never matches.

use super::{Context, Rule};
use crate::ask::{Setting, conditions};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::condition::{Mistyped, Operator, is_stand_in, mistyped};
use crate::iam::policy::{self, Condition, Item};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "mistyped-condition-value",
    summary: "a condition value is not of the kind that its operator or key compares, so it never matches",
    effect: Effect::Dead,
    severity: Severity::Warning,
    family: "condition",
    since: "0.1.0",
    page: include_str!("../../rules/mistyped-condition-value.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (setting, condition) in conditions(context.graph) {
        let Some(operator) = Operator::parse(&condition.operator.value) else { continue };
        for item in condition.values.iter() {
            if let Some(wrong) = mistyped(condition, operator, item) {
                found.push(finding(&setting, (condition, operator), item, &wrong));
            }
        }
    }
}

fn finding(
    setting: &Setting<'_>,
    (condition, operator): (&Condition, Operator),
    item: &Item<Text>,
    wrong: &Mistyped,
) -> Diagnostic {
    let (key, value) = (&condition.key.value, &item.value);
    let never = match (wrong.certain, operator.negated) {
        (true, false) => "never matches this value",
        (true, true) => "excludes no request with this value",
        (false, _) => "compares with this value",
    };
    let message = format!(
        "the `{}` condition on `{key}` in {} {never}: `{value}` {}{}",
        condition.operator.value,
        setting.subject(),
        wrong.reason,
        then(setting, condition, operator, wrong)
    );
    let finding = RULE
        .on(&setting.item(item).also(condition.present), message, wrong.reason)
        .help(&*wrong.help)
        .about([key.to_string(), value.to_string()]);
    let is_to_be_filled = value.as_literal().is_some_and(|text| is_stand_in(&text));
    if wrong.certain && !is_to_be_filled { finding } else { finding.severity(Severity::Info) }
}

/// What follows for the statement, where the value is the only one and the operator asks for any other.
fn then(setting: &Setting<'_>, condition: &Condition, operator: Operator, wrong: &Mistyped) -> &'static str {
    let is_only = condition.values.len() == 1 && !condition.open;
    if !wrong.certain || !operator.negated || !is_only {
        ""
    } else if setting.statement.effect == Some(policy::Effect::Deny) {
        ", so the Deny applies to requests that it should spare"
    } else {
        ", so the condition limits nothing"
    }
}
