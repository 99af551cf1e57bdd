//! Conditions that look like a limit and are none.

use super::{Context, Rule};
use crate::ask::{Setting, Spot, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::condition::{self, Slack};
use crate::iam::policy;

pub(super) static RULE: Rule = Rule {
    name: "ineffective-condition",
    summary: "a condition of an Allow looks like a limit, and requests that it should keep out satisfy it",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "condition",
    since: "0.1.0",
    page: include_str!("../../rules/ineffective-condition.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in statements(context.graph) {
        let allows = setting.statement.effect == Some(policy::Effect::Allow);
        if !allows || setting.statement.conditions.is_empty() {
            continue;
        }
        let slack = condition::slack(setting.statement, context.request());
        found.extend(slack.into_iter().map(|slack| finding(&setting, &slack)));
    }
}

fn is_one_of_several(setting: &Setting<'_>, condition: &policy::Condition) -> bool {
    let operator = condition.operator.span;
    setting.statement.conditions.iter().filter(|other| other.operator.span == operator).nth(1).is_some()
}

fn finding(setting: &Setting<'_>, slack: &Slack<'_>) -> Diagnostic {
    let key = &slack.condition.key.value;
    // Of a key of one service, nobody knows which requests that are meant have it.
    let limits = if slack.minor && slack.item.is_none() {
        "limits only requests that have the key"
    } else {
        "limits less than it says"
    };
    let message = format!("the condition on `{key}` in {} {limits}: {}", setting.subject(), slack.reason);
    let spot = match slack.item {
        Some(item) => setting.item(item),
        // Blocks of a source document with the same test are one operator.
        None if is_one_of_several(setting, slack.condition) => setting.spot(slack.condition.key.span),
        None => setting.spot(slack.condition.operator.span),
    };
    let spot: Spot<'_> = spot.also(slack.condition.present);
    let finding = RULE.on(&spot, message, slack.label).help(slack.help.clone()).about([key.to_string()]);
    if slack.minor { finding.severity(Severity::Info) } else { finding }
}
