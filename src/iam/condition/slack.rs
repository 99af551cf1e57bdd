//! Conditions that look like a limit and are none.

use super::constraint::{Constraint, Quantity};
use super::constraints;
use super::context::Context;
use super::fitting::{is_any, with_wildcards};
use super::operator::Test;
use super::variables::stands_in;
use crate::iam::data;
use crate::iam::policy::{Condition, Item, Statement};
use crate::value::{Answer, Text};

/// A condition that does not limit.
#[derive(Clone, Debug)]
pub(crate) struct Slack<'s> {
    /// The condition.
    pub(crate) condition: &'s Condition,
    /// The value that spoils it, if it is not the operator.
    pub(crate) item: Option<&'s Item<Text>>,
    /// Why, as a clause that stands alone.
    pub(crate) reason: String,
    /// What is to be seen there.
    pub(crate) label: &'static str,
    /// What to write.
    pub(crate) help: String,
    /// Whether little hangs on it.
    pub(crate) minor: bool,
}

/// Keys that all signed requests have, so that it does no harm when a condition also holds without them.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const ALWAYS: [&str; 13] = [
    "aws:currenttime",
    "aws:epochtime",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principaltype",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:securetransport",
    "aws:sourceip",
    "aws:useragent",
    "aws:userid",
    "aws:viaawsservice",
];

/// Keys of networks and of MFA, which many requests do not have: whoever limits by them means those that lack them.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent>
const OFTEN_ABSENT: [&str; 7] = [
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
];

/// Keys that a request has when it is about what they name: without them, it is about none.
///
/// <https://docs.aws.amazon.com/dtconsole/latest/userguide/security-iam.html>
const OF_WHAT_IS_USED: [&str; 2] =
    ["codeconnections:fullrepositoryid", "codestar-connections:fullrepositoryid"];

/// The conditions of an Allow that do not limit.
pub(crate) fn slack<'s>(statement: &'s Statement, context: &Context) -> Vec<Slack<'s>> {
    let conditions = &statement.conditions;
    if !conditions.iter().any(is_suspect) {
        return Vec::new();
    }
    let all = constraints(conditions, context);
    let pairs = conditions.iter().zip(&all).filter(|(condition, _)| is_suspect(condition));
    pairs.filter_map(|(condition, constraint)| of(condition, constraint, &all, context)).collect()
}

/// Whether a look at the operator and the values gives reason to look closer.
fn is_suspect(condition: &Condition) -> bool {
    let written = condition.operator.value.as_bytes();
    let ends = |end: &[u8]| {
        written
            .len()
            .checked_sub(end.len())
            .and_then(|at| written.get(at..))
            .is_some_and(|it| it.eq_ignore_ascii_case(end))
    };
    let is_set = written.get(..12).is_some_and(|it| it.eq_ignore_ascii_case(b"ForAllValues"));
    let wild = |item: &Item<Text>| item.value.has("*") || item.value.has("?") || item.value.has("/0");
    is_set || ends(b"IfExists") || condition.values.iter().any(wild)
}

fn of<'s>(
    condition: &'s Condition,
    constraint: &Constraint,
    all: &[Constraint],
    context: &Context,
) -> Option<Slack<'s>> {
    let operator = constraint.parsed?;
    // Of what is no key, it is said that it is none.
    let key = constraint.name().filter(|key| !data::is_no_key(key))?;
    let is_needed = !constraint.needed_beside(all).is_no();
    let written = &condition.operator.value;
    let slack =
        |item, reason, label, help, minor| Some(Slack { condition, item, reason, label, help, minor });
    let plain = written.split_once(':').map_or(written.as_str(), |(_, plain)| plain);
    let is_all_of_one = constraint.quantity == Quantity::All
        && is_single(&key)
        && !has_own_rule(&key)
        && !OF_WHAT_IS_USED.contains(&key.as_str());
    // Whoever adds `IfExists` means requests without the key.
    if is_all_of_one && !is_needed && !operator.if_exists {
        let minor = !is_global(&key);
        let (reason, label) = lenient(&key, written);
        let help = without_set(condition, &key, (plain, operator.negated));
        return slack(None, reason, label, help, minor);
    }
    let is_open = operator.if_exists && !operator.negated && !is_needed;
    if is_open && OFTEN_ABSENT.contains(&key.as_str()) && !is_false(constraint) {
        let plain = plain.strip_suffix("IfExists").unwrap_or(plain);
        let without = match key.as_str() {
            "aws:multifactorauthpresent" => "with access keys, which have no such key",
            "aws:multifactorauthage" => "without MFA, which have no such key",
            _ => "that come through no endpoint",
        };
        let reason = format!("`{written}` also matches requests {without}");
        return slack(None, reason, "matches without the key", format!("write `{plain}`"), false);
    }
    if operator.negated && matches!(operator.test, Test::Exact | Test::Folded) {
        let item = condition.values.iter().find(|item| stands_in(&item.value, &['*'], context))?;
        let only = condition.values.len() == 1 && !constraint.open;
        let reason = format!("`{written}` has no wildcards, so every request matches");
        let like = negated_like(&key, &item.value);
        return only.then(|| slack(Some(item), reason, "not a wildcard here", like, false)).flatten();
    }
    let counts = ALWAYS.contains(&key.as_str()) && key != "aws:resourceaccount";
    let is_everything = |item: &&Item<Text>| item.present.is_yes() && is_all(&item.value, operator.test);
    if counts
        && !operator.negated
        && let Some(item) = condition.values.iter().find(is_everything)
    {
        let reason = format!("`{}` matches every value", item.text);
        return slack(
            Some(item),
            reason,
            "matches everything",
            "write the values that are meant".to_owned(),
            true,
        );
    }
    None
}

fn is_all(value: &Text, test: Test) -> bool {
    let written = value.as_literal().unwrap_or_default();
    match test {
        Test::Like | Test::Arn => !written.is_empty() && written.bytes().all(|byte| byte == b'*'),
        Test::Ip => written == "0.0.0.0/0" || written == "::/0",
        _ => false,
    }
}

/// Whether a key has one value, and not in every request.
fn is_single(key: &str) -> bool {
    if ALWAYS.contains(&key) {
        return false;
    }
    data::condition_key(key).is_some_and(|known| !known.many)
}

/// Keys of which a rule of their own says how they limit.
fn has_own_rule(key: &str) -> bool {
    key == "sts:externalid" || key.ends_with(":sub") || key.ends_with(":aud")
}

/// Why a set operator does not limit by a key that has one value, and what is to be seen there.
fn lenient(key: &str, written: &str) -> (String, &'static str) {
    if key.contains("resourcetag/") {
        let reason = format!("`{written}` also matches resources without the tag");
        return (reason, "matches without the tag");
    }
    let reason = if is_global(key) {
        format!("`{written}` also matches requests without the key, which has one value only")
    } else {
        format!("`{written}` also matches those without it, and the key has one value only")
    };
    (reason, "matches without the key")
}

/// The operator with wildcards for a value; none where it would match nobody.
fn negated_like(key: &str, value: &Text) -> String {
    if is_any(key, value) {
        return "write the value that is meant".to_owned();
    }
    format!("use `{}`", with_wildcards(key, [value], true))
}

/// What to write in place of a set operator. Where requests that are meant may lack the key, as those that create something without
/// a tag, the plain operator would deny them.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IfExists>
fn without_set(condition: &Condition, key: &str, (plain, negated): (&str, bool)) -> String {
    // A negated operator also holds when the key is absent.
    if negated {
        let key = &condition.key.value;
        return format!(
            "write `{plain}` together with `\"Null\": {{\"{key}\": \"false\"}}`: `{plain}` alone also matches requests without the key"
        );
    }
    if OFTEN_ABSENT.contains(&key) {
        return format!("write `{plain}`");
    }
    let lenient = if plain.ends_with("IfExists") { plain.to_owned() } else { format!("{plain}IfExists") };
    format!("write `{plain}`, or `{lenient}` if requests without the key are meant")
}

fn is_global(key: &str) -> bool {
    key.starts_with("aws:")
}

/// Whether it asks that there be none: `BoolIfExists … false`.
fn is_false(constraint: &Constraint) -> bool {
    constraint.test() == Some(Test::Bool)
        && constraint.listed(|item| Answer::from(item.value.is_literally("true"))).is_no()
}
