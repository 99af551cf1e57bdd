//! Wildcards that an operator takes for letters.

use super::common::beside;
use super::{Context, Rule};
use crate::ask::{Setting, conditions};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Severity};
use crate::iam::arn::Arn;
use crate::iam::condition::{self, Operator, Test};
use crate::iam::policy::{Condition, Effect, Item};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "literal-wildcard",
    summary: "a condition has a wildcard in a value that its operator compares letter by letter",
    effect: crate::diagnostic::Effect::Dead,
    severity: Severity::Error,
    family: "condition",
    since: "0.1.0",
    page: include_str!("../../rules/literal-wildcard.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for (setting, condition) in conditions(context.graph) {
        let is_suspect = |item: &&Item<Text>| item.value.has("*") || item.value.has("?");
        let mut suspects = condition.values.iter().filter(is_suspect).peekable();
        if suspects.peek().is_none() {
            continue;
        }
        let Some(operator) = Operator::parse(&condition.operator.value) else { continue };
        // Of an Allow with a negated operator `ineffective-condition` speaks: it allows everybody.
        let is_denial = setting.statement.effect == Some(Effect::Deny);
        if !matches!(operator.test, Test::Exact | Test::Folded) || operator.negated && !is_denial {
            continue;
        }
        let free = is_free(condition);
        let marks: &[char] = if free { &['*'] } else { &['*', '?'] };
        let mut literal = suspects
            .filter(|item| condition::stands_in(&item.value, marks, request))
            .filter(|item| !is_sent(&condition.key.value, &item.value))
            // Of a value that matches nothing with wildcards either `mistyped-condition-value` speaks.
            .filter(|item| condition::mistyped(condition, operator, item).is_none());
        let Some(first) = literal.next() else { continue };
        found.push(finding(&setting, condition, operator, (first, &literal.collect::<Vec<_>>())));
    }
}

/// Whether requests have just this value, with its star: the header `If-None-Match: *`, what the service of Cost and Usage Reports
/// sends, the ARN of a log group.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html>
/// <https://docs.aws.amazon.com/cur/latest/userguide/cur-s3.html>
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html>
fn is_sent(key: &Text, value: &Text) -> bool {
    if key.begins_with_folded("s3:if-") {
        return value.is_literally("*");
    }
    let Some(arn) = Arn::parse(value) else { return false };
    let resource = arn.resource.to_string();
    arn.service.is_literally("cur") && resource == "definition/*"
        || arn.service.is_literally("logs") && resource.ends_with(":*")
}

/// Whether the values of a key are text that somebody writes, in which a star or question mark may be meant. ARNs, IDs, names of
/// services and regions, tags of IAM, subjects of tokens and external IDs have neither.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
fn is_free(condition: &Condition) -> bool {
    const FREE: [&str; 8] = [
        "aws:referer",
        "aws:useragent",
        "dynamodb:leadingkeys",
        "s3:delimiter",
        "s3:prefix",
        "kms:encryptioncontext",
        "aws:requesttag/",
        "aws:resourcetag/",
    ];
    let key = &condition.key.value;
    FREE.iter().any(|free| key.begins_with_folded(free)) || key.has("Tag/")
}

fn finding(
    setting: &Setting<'_>,
    condition: &Condition,
    operator: Operator,
    (item, others): (&Item<Text>, &[&Item<Text>]),
) -> Diagnostic {
    let written = &condition.operator.value;
    let denies = setting.statement.effect == Some(Effect::Deny);
    let what = match (operator.negated, denies) {
        (true, _) => format!("`{}` exempts nobody from the Deny", item.text),
        (false, true) => format!("the Deny never applies for `{}`", item.text),
        (false, false) => format!("no request matches `{}`", item.text),
    };
    let message = format!(
        "{} compares `{}` with `{written}`, which has no wildcards: {what}",
        setting.subject(),
        condition.key.value
    );
    let finding = RULE
        .on(&setting.item(item).also(condition.present), message, "not a wildcard here")
        .help(help(condition, written, operator, item))
        .about([condition.key.value.to_string(), item.text.to_string()]);
    let others = others.iter().take(bounds::WITNESSES);
    let finding = others.fold(finding, |finding, other| {
        finding.related(beside(setting, other.span, "not a wildcard here either"))
    });
    if is_free(condition) { finding.severity(Severity::Warning) } else { finding }
}

/// The operator that takes wildcards in place of the one that is written, unless no principal has such an ARN with them either.
fn help(condition: &Condition, written: &str, operator: Operator, item: &Item<Text>) -> String {
    let is_of_principal = condition.key.value.begins_with_folded("aws:PrincipalArn");
    let wrong = condition::wrong_principal_arn(&item.value, Test::Like).filter(|_| is_of_principal);
    if let Some(wrong) = wrong {
        return format!("{}: {}", wrong.help, wrong.reason);
    }
    let key = condition.key.value.as_literal().unwrap_or_default();
    let values = || condition.values.iter().map(|item| &item.value);
    // With wildcards it would let everyone in, or deny nobody.
    if values().any(|value| condition::is_any(&key, value)) {
        return "write the value that is meant".to_owned();
    }
    let like = condition::with_wildcards(&key, values(), operator.negated);
    let set = written.rsplit_once(':').map_or_else(String::new, |(set, _)| format!("{set}:"));
    let suffix = if operator.if_exists { "IfExists" } else { "" };
    format!("use `{set}{like}{suffix}`, or write the whole value")
}
