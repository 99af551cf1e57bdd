//! Condition keys that AWS does not have.

use super::{Context, Rule};
use crate::ask::{Setting, conditions};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::condition::{Operator, Test};
use crate::iam::data::{self, NoKey};
use crate::iam::policy::{Condition, Item};
use crate::value::{Answer, Text};

pub(super) static RULE: Rule = Rule {
    name: "unknown-condition-key",
    summary: "a condition uses a key that AWS does not document",
    effect: Effect::Dead,
    severity: Severity::Error,
    family: "condition",
    since: "0.1.0",
    page: include_str!("../../rules/unknown-condition-key.md"),
    check,
};

/// Whether a condition compares the caller with the instance that it is: a form in wide use, which no documented key has.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-policies-for-amazon-ec2.html>
fn is_of_instance(condition: &Condition, key: &str) -> bool {
    let is_instance = |item: &Item<Text>| item.value.has("ec2:SourceInstanceARN");
    key.eq_ignore_ascii_case("aws:arn")
        && !condition.values.is_empty()
        && condition.values.iter().all(is_instance)
}

/// What is documented for the ARN of the caller, and where it differs.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
const OF_CALLER: &str = "the documented key is `aws:PrincipalArn`; of a session it has the ARN of the role, so write `arn:aws:iam::ACCOUNT:role/NAME` in place of `arn:aws:sts::ACCOUNT:assumed-role/NAME/…`: a Deny with the ARN of a session would deny everyone";

/// The same of a session of IAM Identity Center, whose roles have a path, with a region in it or without.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
const OF_SSO: &str = "the documented key is `aws:PrincipalArn`; of a session it has the ARN of the role, which has a path for IAM Identity Center, so write `arn:aws:iam::ACCOUNT:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_…` in place of `arn:aws:sts::ACCOUNT:assumed-role/AWSReservedSSO_…`: a Deny with the ARN of a session would deny everyone";

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (setting, condition) in conditions(context.graph) {
        let Some(key) = condition.key.value.as_literal() else { continue };
        let Some(unknown) = data::unknown_key(&key).map(|it| by_values(it, condition)) else { continue };
        if is_of_instance(condition, &key) {
            continue;
        }
        // Under what is no operator, what stands there is no key either.
        if let Some(operator) = Operator::parse(&condition.operator.value) {
            found.push(finding(&setting, condition, &key, (unknown, holds(condition, operator))));
        }
    }
}

/// Whether a condition holds for requests without its key, which are all.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
fn holds(condition: &Condition, operator: Operator) -> Answer {
    match &*condition.values {
        [only] if operator.test == Test::Null => match only.value.as_literal().as_deref() {
            Some("true") => Answer::Yes,
            Some("false") => Answer::No,
            _ => Answer::Unknown,
        },
        _ if operator.test == Test::Null => Answer::Unknown,
        _ => operator.holds_when_absent().into(),
    }
}

fn finding(
    setting: &Setting<'_>,
    condition: &Condition,
    key: &str,
    (unknown, holds): (NoKey, Answer),
) -> Diagnostic {
    let is_certain = matches!(unknown, NoKey::Near(_) | NoKey::Bare(_));
    let then = match holds {
        Answer::Yes if is_certain => ": every request meets it",
        Answer::No if is_certain => ": no request meets it",
        // Which way the statement goes wrong, should AWS not have the key either.
        Answer::Yes => ": if there is no such key, every request meets the condition",
        Answer::No => ": if there is no such key, no request meets the condition",
        Answer::Unknown => "",
    };
    let subject = setting.subject();
    // The list of keys is that of one day, and AWS has some that it does not document.
    let (which, label) = match unknown {
        NoKey::Other if !is_of_saml(key) => ("which AWS does not document", "not documented"),
        _ => ("which is not a condition key", "not a condition key"),
    };
    let message = format!("{subject} has a condition on `{key}`, {which}{then}");
    let help = match unknown {
        NoKey::Near(known) => format!("write `{known}`{}", with_set(condition, known)),
        NoKey::Bare(Some(known)) => {
            let set = with_set(condition, known);
            format!("write `{known}`{set}: a key begins with the prefix of a service or `aws:`")
        }
        NoKey::Bare(None) => "write the key with the prefix of its service, or with `aws:`".to_owned(),
        NoKey::Other if is_of_saml(key) => {
            "use one of the `saml:` keys that AWS has; an attribute `https://aws.amazon.com/SAML/Attributes/PrincipalTag:NAME` of the assertion is the key `aws:PrincipalTag/NAME` of later requests, and `aws:RequestTag/NAME` of this one".to_owned()
        }
        NoKey::Other if key.eq_ignore_ascii_case("aws:arn") => {
            let is_sso = |item: &Item<Text>| item.value.has("AWSReservedSSO_");
            if condition.values.iter().any(is_sso) { OF_SSO } else { OF_CALLER }.to_owned()
        }
        NoKey::Other => match data::with_name(key) {
            Some(named) if named.contains("Tag/") => format!("add the name of the tag: `{named}`"),
            Some(named) => format!("add a name: `{named}`"),
            None => "use one of the keys that AWS documents for these actions".to_owned(),
        },
    };
    let mut finding = RULE
        .on(&setting.spot(condition.key.span).also(condition.present), message, label)
        .help(help)
        .about([key]);
    // What every request meets limits nobody, and lets through what a Deny is for.
    if is_certain && if setting.allows() { holds.is_yes() } else { holds.is_no() } {
        finding.effect = Effect::Exposed;
    }
    match unknown {
        NoKey::Bare(Some(known)) if !known.starts_with("aws:") => finding.severity(Severity::Warning),
        NoKey::Near(_) | NoKey::Bare(Some(_)) => finding,
        NoKey::Bare(None) => finding.severity(Severity::Warning),
        NoKey::Other if is_of_saml(key) => finding.severity(Severity::Warning),
        NoKey::Other => finding.severity(Severity::Info),
    }
}

/// The set operator that a key needs of which a request has several values, when the condition has none.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
fn with_set(condition: &Condition, key: &str) -> String {
    let operator = Operator::parse(&condition.operator.value);
    let lacks_one = operator.is_some_and(|operator| operator.set.is_none() && operator.test != Test::Null);
    if !lacks_one || !data::condition_key(key).is_some_and(|key| key.many) {
        return String::new();
    }
    format!(" with `ForAnyValue:{}`, because it can have several values", condition.operator.value)
}

/// The key that is meant as the values show: a path is none of the ID of an organization.
fn by_values(unknown: NoKey, condition: &Condition) -> NoKey {
    let is_path = |item: &Item<Text>| item.value.begins_with("o-") && item.value.has("/");
    let NoKey::Near(known) = unknown else { return unknown };
    let paths = known.strip_suffix("OrgID").filter(|_| condition.values.iter().any(is_path));
    let paths = paths.and_then(|start| data::condition_key(&format!("{start}OrgPaths")));
    paths.map_or(unknown, |key| NoKey::Near(key.name))
}

/// Whether it is meant for an attribute of a SAML assertion: which of them are keys is fixed.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-saml>
fn is_of_saml(key: &str) -> bool {
    key.split_once(':').is_some_and(|(prefix, _)| prefix.eq_ignore_ascii_case("saml"))
}
