//! One value of a request against one value of a policy.

use ipnet::IpNet;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::operator::{Comparison, Test};
use crate::iam::glob::{self, Case};
use crate::value::{Answer, Text};

/// Whether the policy's value matches the request's.
///
/// What cannot be read as a number, date or network matches nothing.
pub(super) fn value_matches(test: Test, policy: &Text, request: &Text) -> Answer {
    match test {
        Test::Exact => glob::equals(policy, request, Case::Sensitive),
        Test::Folded | Test::Bool => glob::equals(policy, request, Case::Folded),
        Test::Like => glob::matches(policy, request, Case::Sensitive),
        Test::Arn => glob::arn_like(policy, request),
        Test::Numeric(comparison) | Test::Date(comparison) => {
            let read = |text: &Text| text.as_literal().map(|literal| number(test, &literal));
            match (read(policy), read(request)) {
                (Some(Some(policy)), Some(Some(request))) => compare(comparison, request, policy).into(),
                (Some(None), _) | (_, Some(None)) => Answer::No,
                _ => Answer::Unknown,
            }
        }
        Test::Ip => match (policy.as_literal(), request.as_literal()) {
            (Some(policy), Some(request)) => match (network(&policy), network(&request)) {
                (Some(policy), Some(request)) => policy.contains(&request).into(),
                _ => Answer::No,
            },
            _ => Answer::Unknown,
        },
        Test::Null => Answer::Unknown,
    }
}

/// The order of two numbers, the request's first.
#[expect(clippy::float_cmp, reason = "equality of the numbers as written is what the operator asks for")]
pub(super) fn compare(comparison: Comparison, request: f64, policy: f64) -> bool {
    match comparison {
        Comparison::Equal => request == policy,
        Comparison::Less => request < policy,
        Comparison::LessOrEqual => request <= policy,
        Comparison::Greater => request > policy,
        Comparison::GreaterOrEqual => request >= policy,
    }
}

/// A number, or a date in seconds since 1970.
pub(super) fn number(test: Test, text: &str) -> Option<f64> {
    if matches!(test, Test::Date(_)) {
        return seconds(text);
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A date: ISO 8601 with as few parts as the W3C profile allows, or seconds since 1970.
///
/// <https://www.w3.org/TR/NOTE-datetime>
fn seconds(text: &str) -> Option<f64> {
    if text.len() > 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(in_seconds(instant));
    }
    let date = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    if date.contains('T') {
        return None;
    }
    let day: Date = date.parse().ok()?;
    let instant = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(in_seconds(instant))
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of any date jiff knows fit exactly")]
pub(super) fn in_seconds(instant: Timestamp) -> f64 {
    instant.as_millisecond() as f64 / 1000.0
}

/// A network; an address alone is a network of one.
pub(crate) fn network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>()
        .ok()
        .or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
        .map(|net| net.trunc())
}
