//! Conditions over one concrete request: every key has its values, or is not there.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use std::collections::BTreeMap;

use super::model::Condition;

/// The keys of a request, in lower case, with their values.
pub(crate) type Request = BTreeMap<String, Vec<String>>;

/// Whether a text fits a pattern with `*` and `?`.
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    fits(&pattern, &text)
}

fn fits(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|skipped| fits(rest, &text[skipped..])),
        Some((first, rest)) => {
            text.split_first().is_some_and(|(one, more)| (*first == '?' || first == one) && fits(rest, more))
        }
    }
}

/// Whether an ARN fits a pattern, part by part; the sixth part may hold further colons.
pub(crate) fn arn_like(pattern: &str, arn: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let parts = |text: &str| text.splitn(6, ':').map(ToOwned::to_owned).collect::<Vec<_>>();
    let (pattern, arn) = (parts(pattern), parts(arn));
    pattern.len() == 6 && arn.len() == 6 && pattern.iter().zip(&arn).all(|(one, other)| like(one, other))
}

/// A text with its policy variables replaced; `None` when one has no value.
pub(crate) fn expanded(text: &str, request: &Request) -> Option<String> {
    let Some((before, rest)) = text.split_once("${") else { return Some(text.to_owned()) };
    let (key, after) = rest.split_once('}')?;
    let [value] = request.get(&key.to_ascii_lowercase())?.as_slice() else { return None };
    Some(format!("{before}{value}{}", expanded(after, request)?))
}

pub(crate) fn all_hold(conditions: &[Condition], request: &Request) -> bool {
    conditions.iter().all(|condition| holds(condition, request))
}

fn holds(condition: &Condition, request: &Request) -> bool {
    let present = request.get(&condition.key.to_ascii_lowercase());
    if condition.operator == "Null" {
        return condition.values.iter().any(|value| (value == "true") == present.is_none());
    }
    let (set, operator) = match condition.operator.split_once(':') {
        Some((set, rest)) => (Some(set), rest),
        None => (None, condition.operator.as_str()),
    };
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(rest) => (rest, true),
        None => (operator, false),
    };
    let negated = operator.contains("Not");
    let operator = operator.replace("Not", "");
    let fits = |actual: &String| {
        let mut values = condition.values.iter().filter_map(|value| expanded(value, request));
        values.any(|value| compare(&operator, &value, actual)) != negated
    };
    match (set, present) {
        (Some("ForAllValues"), None) => true,
        (Some("ForAllValues"), Some(values)) => values.iter().all(fits),
        (Some(_), None) => if_exists,
        (Some(_), Some(values)) => values.iter().any(fits),
        (None, None) => negated || if_exists,
        (None, Some(values)) => values.len() == 1 && values.iter().all(fits),
    }
}

fn compare(operator: &str, value: &str, actual: &str) -> bool {
    match operator {
        "StringEquals" => value == actual,
        "StringEqualsIgnoreCase" | "Bool" => value.eq_ignore_ascii_case(actual),
        "StringLike" => like(value, actual),
        "ArnEquals" | "ArnLike" => arn_like(value, actual),
        "DateLessThan" => actual < value,
        "DateGreaterThan" => actual > value,
        "IpAddress" => in_network(value, actual),
        other => panic!("no operator {other}"),
    }
}

/// Networks are written with whole bytes here: `10.0.0.0/8`.
fn in_network(network: &str, address: &str) -> bool {
    let (base, bits) = network.split_once('/').unwrap_or((network, "32"));
    let bytes = bits.parse::<usize>().unwrap() / 8;
    base.split('.').take(bytes).eq(address.split('.').take(bytes))
}
