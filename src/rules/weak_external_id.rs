//! External IDs that restrict nobody.

use super::common::account_of;
use super::{Context, Rule};
use crate::ask::{Setting, trusting};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::arn::Arn;
use crate::iam::external_id::{self, ExternalId};
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "weak-external-id",
    summary: "an sts:ExternalId condition can be satisfied by any caller",
    effect: Effect::Exposed,
    severity: Severity::Error,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/weak-external-id.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in trusting(context.graph).filter(Setting::is_trust) {
        let answer = external_id::external_id(&setting.document.policy, setting.statement, request);
        if let ExternalId::Required { .. } = answer {
            found.extend(pattern(&setting));
        }
        let ExternalId::Weak { span, reason } = answer else { continue };
        let message = format!(
            "the `sts:ExternalId` condition of {} does not restrict anyone: {reason}",
            setting.subject()
        );
        found.push(
            RULE.on(&setting.spot(span), message, "any caller satisfies this").help(HELP).about([reason]),
        );
    }
}

const HELP: &str = "require the exact external ID with `StringEquals`";

/// A pattern that fixes only a part of the ID.
fn pattern(setting: &Setting<'_>) -> Option<Diagnostic> {
    let conditions = setting.statement.conditions.iter().filter(|condition| {
        condition.key.value.as_literal().is_some_and(|key| key.eq_ignore_ascii_case("sts:ExternalId"))
            && condition.operator.value.to_ascii_lowercase().contains("like")
    });
    let loose = |item: &&Item<Text>| {
        item.value.as_literal().is_some_and(|id| {
            id.contains(['*', '?']) && !is_experiment(&item.value) && !is_of_runs(setting, &id)
        })
    };
    let item = conditions.flat_map(|condition| condition.values.iter()).find(loose)?;
    let message = format!("{} accepts any external ID that matches `{}`", setting.subject(), item.text);
    let finding = RULE.on(&setting.item(item), message, "only part of the ID is fixed");
    Some(finding.severity(Severity::Info).help(HELP).about([item.text.to_string()]))
}

/// Whether a pattern fixes the customer in the IDs that Spacelift sends, and leaves open what differs from run to run:
/// `customer@integration@stack@read`.
///
/// <https://docs.spacelift.io/integrations/cloud-providers/aws#trust-policy>
fn is_of_runs(setting: &Setting<'_>, pattern: &str) -> bool {
    const SPACELIFT: &str = "324880187172";
    let is_theirs = |item: &Item<Principal>| {
        account_of(&item.value).is_some_and(|account| account.is_literally(SPACELIFT))
    };
    let customer = pattern.split_once('@').map_or("", |(customer, _)| customer);
    !customer.is_empty() && !customer.contains(['*', '?']) && setting.listed().iter().all(is_theirs)
}

/// Whether a pattern is that of the IDs that the Fault Injection Service sends: the ARN of the experiment, which has a
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
