//! External ids that do not constrain.

use super::{Context, Rule};
use crate::ask::{Setting, principals};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::arn::Arn;
use crate::iam::external_id::{self, ExternalId};
use crate::iam::policy::Item;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "weak-external-id",
    summary: "an external id is asked for in a way that every caller can satisfy",
    effect: Effect::Exposed,
    severity: Severity::Error,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/weak-external-id.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in principals(context.graph).filter(Setting::is_trust) {
        let answer = external_id::external_id(&setting.document.policy, setting.statement, request);
        if let ExternalId::Required { .. } = answer {
            found.extend(pattern(&setting));
        }
        let ExternalId::Weak { span, reason } = answer else { continue };
        let message =
            format!("{} asks for an external id that does not limit anyone: {reason}", setting.subject());
        let help = "compare `sts:ExternalId` with one fixed value by `StringEquals`";
        found.push(RULE.on(&setting.spot(span), message, "met by every caller").help(help).about([reason]));
    }
}

/// A pattern that fixes a part of the id: thin, but not void.
fn pattern(setting: &Setting<'_>) -> Option<Diagnostic> {
    let conditions = setting.statement.conditions.iter().filter(|condition| {
        condition.key.value.as_literal().is_some_and(|key| key.eq_ignore_ascii_case("sts:ExternalId"))
            && condition.operator.value.to_ascii_lowercase().contains("like")
    });
    let loose = |item: &&Item<Text>| {
        item.value.as_literal().is_some_and(|id| id.contains(['*', '?'])) && !is_experiment(&item.value)
    };
    let item = conditions.flat_map(|condition| condition.values.iter()).find(loose)?;
    let message = format!("{} accepts every external id that fits `{}`", setting.subject(), item.text);
    let finding = RULE.on(&setting.item(item), message, "fixes only a part of the id");
    let help = "compare `sts:ExternalId` with one fixed value by `StringEquals`";
    Some(finding.severity(Severity::Info).help(help).about([item.text.to_string()]))
}

/// Whether a pattern is that of the ids that the Fault Injection Service sends: the ARN of the experiment, which has a
/// name of its own each time. Its account tells whose it is.
///
/// <https://docs.aws.amazon.com/fis/latest/userguide/multi-account-prerequisites.html>
fn is_experiment(pattern: &Text) -> bool {
    Arn::parse(pattern).is_some_and(|arn| {
        let account = arn.account.as_literal();
        arn.service.is_literally("fis")
            && arn.resource.as_literal().is_some_and(|resource| resource.starts_with("experiment/"))
            && account.is_some_and(|account| !account.is_empty() && !account.contains(['*', '?']))
    })
}
