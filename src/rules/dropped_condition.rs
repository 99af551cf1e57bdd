//! Conditions that are written and that no policy has.

use super::{Context, Rule};
use crate::ask::{Setting, conditions};
use crate::diagnostic::{Diagnostic, Severity};
use crate::iam::policy::{Condition, Effect};
use crate::value::Answer;

pub(super) static RULE: Rule = Rule {
    name: "dropped-condition",
    summary: "a condition that is written in Terraform does not reach the policy",
    effect: crate::diagnostic::Effect::Exposed,
    severity: Severity::Error,
    family: "condition",
    since: "0.1.0",
    page: include_str!("../../rules/dropped-condition.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (setting, condition) in conditions(context.graph) {
        if is_dropped(context, condition) {
            found.push(of_number(&setting, condition));
        }
    }
}

/// Whether it is a condition of a source document whose value is a number, which the AWS provider leaves out when it writes the
/// document again. The walker says of such a value that it may be missing.
fn is_dropped(context: &Context<'_>, condition: &Condition) -> bool {
    let [value] = &*condition.values else { return false };
    value.number
        && condition.present == Answer::Unknown
        && value.when.is_empty()
        && context.written(value.span).bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn of_number(setting: &Setting<'_>, condition: &Condition) -> Diagnostic {
    let key = &condition.key.value;
    let message = format!(
        "the policy of {} does not have the condition on `{key}`: its value is a number, and `aws_iam_policy_document` drops \
         these from source documents",
        setting.subject()
    );
    let span = condition.values.first().map_or(condition.key.span, |value| value.span);
    let finding = RULE
        .on(&setting.spot(span), message, "dropped because it is a number")
        .help("write the value in quotes")
        .about([key.to_string()]);
    // Of a Deny it is the limit of what is denied.
    if setting.statement.effect == Some(Effect::Deny) { finding.severity(Severity::Warning) } else { finding }
}
