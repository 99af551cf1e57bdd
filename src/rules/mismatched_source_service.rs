//! A service is allowed to act for a resource of another service, for which it never acts.

use std::borrow::Cow;

use super::common::{beside, either};
use super::{Context, Rule};
use crate::ask::{Setting, principals};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::arn::Arn;
use crate::iam::condition::{self, Operator, SetOperator};
use crate::iam::data;
use crate::iam::policy::{Condition, Item};
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "mismatched-source-service",
    summary: "a policy allows a service to act for a resource of another service, which it never does",
    effect: Effect::Dead,
    severity: Severity::Error,
    family: "deputy",
    since: "0.1.0",
    page: include_str!("../../rules/mismatched-source-service.md"),
    check,
};

/// Services with the prefixes of the ARNs that they send as the source, where AWS shows them.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html>
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html>
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html>
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html>
const SOURCES: [(&str, &[&str]); 12] = [
    ("apigateway.amazonaws.com", &["execute-api", "apigateway"]),
    ("cloudfront.amazonaws.com", &["cloudfront"]),
    ("cloudtrail.amazonaws.com", &["cloudtrail"]),
    ("cloudwatch.amazonaws.com", &["cloudwatch"]),
    ("codecommit.amazonaws.com", &["codecommit"]),
    ("cognito-idp.amazonaws.com", &["cognito-idp"]),
    ("elasticloadbalancing.amazonaws.com", &["elasticloadbalancing"]),
    ("events.amazonaws.com", &["events"]),
    ("iot.amazonaws.com", &["iot"]),
    ("logs.amazonaws.com", &["logs"]),
    ("s3.amazonaws.com", &["s3"]),
    ("sns.amazonaws.com", &["sns"]),
];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in principals(context.graph) {
        if setting.statement.conditions.is_empty() {
            continue;
        }
        for item in setting.listed() {
            found.extend(mismatched(&setting, item));
        }
    }
}

/// A service that is allowed to act for a resource of another one only.
struct Mismatch<'g> {
    name: Cow<'g, str>,
    sends: &'static [&'static str],
    condition: &'g Condition,
}

fn mismatch<'g>(setting: &Setting<'g>, item: &'g Item<Principal>) -> Option<Mismatch<'g>> {
    let Principal::Service(name) = &item.value else { return None };
    let name = name.as_literal()?;
    let general = data::general_service(&name);
    let (_, sends) = SOURCES.iter().find(|(service, _)| *service == general)?;
    let condition = condition::on_key(setting.statement, "aws:SourceArn")
        .find(|condition| asks_for(condition) && condition.values.iter().all(|it| is_of_others(it, sends)))?;
    Some(Mismatch { name, sends, condition })
}

fn mismatched(setting: &Setting<'_>, item: &Item<Principal>) -> Option<Diagnostic> {
    let Mismatch { name, sends, condition } = mismatch(setting, item)?;
    let value = condition.values.first()?;
    // The others may be those that act for what is named.
    let is_alone = setting.listed().iter().all(|other| mismatch(setting, other).is_some());
    let message = format!(
        "{} allows `{name}` only for `{}`, but that service acts for resources of {} only: {}",
        setting.subject(),
        value.text,
        either(sends.iter().map(|prefix| format!("`{prefix}`"))),
        if is_alone { "the statement never applies" } else { "the statement grants nothing to it" },
    );
    let other = Arn::parse(&value.value)?.service.as_literal()?.into_owned();
    let meant = SOURCES.iter().find(|(_, prefixes)| prefixes.contains(&&*other)).map(|(service, _)| *service);
    let change = meant.map(|service| format!(", or the principal to `{service}`")).unwrap_or_default();
    let help = if is_alone {
        format!("change the source to the resource for which `{name}` acts{change}")
    } else {
        format!("remove `{name}`, or give it a statement of its own with the resource for which it acts")
    };
    let finding = RULE
        .on(&setting.item(value), message, "resource of another service")
        .help(help)
        .about([name.as_ref(), &value.text.to_string()]);
    let finding = finding.related(beside(setting, item.span, "service that is allowed"));
    Some(if is_alone { finding } else { finding.severity(Severity::Warning) })
}

/// Whether a condition holds only for requests with one of its values as the source.
fn asks_for(condition: &Condition) -> bool {
    let operator = Operator::parse(&condition.operator.value);
    !condition.open
        && !condition.values.is_empty()
        && condition.present.is_yes()
        && operator
            .is_some_and(|it| !it.negated && !it.if_exists && it.set != Some(SetOperator::ForAllValues))
}

/// Whether a source is certainly a resource of another service than these.
fn is_of_others(item: &Item<Text>, sends: &[&str]) -> bool {
    let Some(arn) = Arn::parse(&item.value) else { return false };
    let Some(service) = arn.service.as_literal() else { return false };
    !service.is_empty() && !service.contains(['*', '?', '$']) && !sends.contains(&service.as_ref())
}
