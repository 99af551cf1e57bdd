//! Which operator compares a key with the values that are written, for what is to be written in place of another one.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

use crate::iam::arn::Arn;
use crate::iam::data::{self, ValueKind};
use crate::value::Text;

/// The operator that compares a key with values as they are written: by what the key holds, whether requests have several values of
/// it, and whether the values are patterns. `None` for numbers and dates, of which only the author knows which are meant.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
pub(crate) fn fitting<'t>(
    key: &str,
    values: impl IntoIterator<Item = &'t Text>,
    negated: bool,
) -> Option<String> {
    let values: Vec<&Text> = values.into_iter().collect();
    let known = data::condition_key(key);
    let is_wild = values.iter().any(|value| value.has("*") || value.has("?"));
    let kind = known.map_or(ValueKind::String, |known| known.kind);
    let plain = match (kind, negated) {
        (ValueKind::Numeric | ValueKind::Date, _) => return None,
        (ValueKind::Bool, _) => "Bool",
        (ValueKind::IpAddress, false) => "IpAddress",
        (ValueKind::IpAddress, true) => "NotIpAddress",
        (ValueKind::Arn, _) if are_whole(&values) && is_wild => like(true, negated),
        (ValueKind::String | ValueKind::Arn, _) if is_wild => like(false, negated),
        (ValueKind::Arn, false) if are_whole(&values) => "ArnEquals",
        (ValueKind::Arn, true) if are_whole(&values) => "ArnNotEquals",
        (_, false) => "StringEquals",
        (_, true) => "StringNotEquals",
    };
    let set = if known.is_some_and(|known| known.many) { "ForAnyValue:" } else { "" };
    Some(format!("{set}{plain}"))
}

/// The operator with wildcards for values as they are written. Those for ARNs compare six fields, each by itself.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>
pub(crate) fn with_wildcards<'t>(
    key: &str,
    values: impl IntoIterator<Item = &'t Text>,
    negated: bool,
) -> &'static str {
    let holds_arns = data::condition_key(key).is_some_and(|known| known.kind == ValueKind::Arn);
    let values: Vec<&Text> = values.into_iter().collect();
    like(holds_arns && are_whole(&values), negated)
}

fn like(arns: bool, negated: bool) -> &'static str {
    match (arns, negated) {
        (true, false) => "ArnLike",
        (true, true) => "ArnNotLike",
        (false, false) => "StringLike",
        (false, true) => "StringNotLike",
    }
}

/// Whether each is an ARN with all its fields.
fn are_whole(values: &[&Text]) -> bool {
    values.iter().all(|value| value.begins_with("arn:") && Arn::parse(value).is_some())
}

/// Whether a value, read as a pattern, matches whatever a request has, or whoever some other party is: nothing but stars, any ARN,
/// any organization, and a subject that has a star in place of the name that says whose it is.
pub(crate) fn is_any(key: &str, value: &Text) -> bool {
    let Some(written) = value.as_literal() else { return false };
    let is_wild =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'*' | b'?' | b':'));
    let ends = |end: &str| key.len() >= end.len() && key.to_ascii_lowercase().ends_with(end);
    let scheme = written.split_once(':').filter(|(scheme, _)| {
        ends(":sub") && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    });
    is_wild(&written)
        || written.strip_prefix("arn:").is_some_and(is_wild)
        || ends("orgid") && written.strip_prefix("o-").is_some_and(is_wild)
        || scheme.is_some_and(|(_, name)| name.starts_with(['*', '?']))
        || ends(":sub") && written.starts_with('*')
}
