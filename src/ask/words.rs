//! What a condition asks of a request, in words.

use crate::iam::condition::{Operator, Test};
use crate::iam::evaluate::Demand;
use crate::iam::policy::Condition;
use crate::value::Text;

/// What a condition asks of a request, as what follows "the request must".
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
pub fn words(demand: &Demand<'_>) -> String {
    let condition = demand.condition;
    let key = condition.key.value.to_string();
    let folded = key.to_ascii_lowercase();
    let operator = Operator::parse(&condition.operator.value);
    let test = operator.map(|it| it.test);
    let is_negative = operator.is_some_and(|it| it.negated) != demand.denies;
    let values = values(condition);
    let not = if is_negative { "not " } else { "" };
    let is_true =
        condition.values.first().is_some_and(|item| item.value.is_literally("true")) != demand.denies;
    let is_text = matches!(test, Some(Test::Exact | Test::Folded | Test::Like | Test::Arn | Test::Ip));
    match (folded.as_str(), test) {
        ("sts:externalid", Some(Test::Null)) => {
            if is_true { "send no external ID" } else { "send an external ID" }.to_owned()
        }
        ("aws:multifactorauthpresent", Some(Test::Bool)) => {
            if is_true { "have MFA" } else { "have no MFA" }.to_owned()
        }
        ("aws:securetransport", Some(Test::Bool)) if is_true => "use TLS".to_owned(),
        ("sts:externalid", _) if is_text => format!("{not}send the external ID {values}"),
        ("aws:sourceip" | "aws:vpcsourceip", _) if is_text => format!("{not}come from {values}"),
        ("aws:sourcevpc" | "aws:sourcevpce" | "kms:viaservice", _) if is_text => {
            format!("{not}come through {values}")
        }
        ("aws:requestedregion", _) if is_text => format!("{not}go to {values}"),
        ("aws:sourcearn", _) if is_text => format!("{not}be made for {values}"),
        ("aws:sourceaccount", _) if is_text => format!("{not}be made for account {values}"),
        ("sts:rolesessionname", _) if is_text => format!("{not}use the session name {values}"),
        ("aws:principalorgid", _) if is_text => format!("{not}come from organization {values}"),
        ("aws:principalarn", _) if is_text => format!("{not}be made by {values}"),
        (other, _) if is_text && other.ends_with(":sub") => {
            format!("{not}bring a token with the subject {values}")
        }
        (other, _) if is_text && other.ends_with(":aud") => {
            format!("{not}bring a token with the audience {values}")
        }
        (other, _) if is_text && other.contains("tag/") => {
            let (kind, tag) = key.split_once('/').unwrap_or(("", &key));
            match kind.to_ascii_lowercase().as_str() {
                "aws:requesttag" => format!("{not}send the tag `{tag}` with {values}"),
                "aws:principaltag" => format!("{not}be made by a principal with the tag `{tag}` = {values}"),
                _ => format!("{not}be about a resource with the tag `{tag}` = {values}"),
            }
        }
        _ => {
            let not = if demand.denies { "not " } else { "" };
            format!("{not}meet `{}` `{key}` {values}", condition.operator.value)
        }
    }
}

/// The values of a condition: `a` or `b`.
fn values(condition: &Condition) -> String {
    let shown = |text: &Text| format!("`{text}`");
    let mut all: Vec<String> = condition.values.iter().take(3).map(|item| shown(&item.value)).collect();
    if condition.values.len() > all.len() || condition.open {
        all.push("…".to_owned());
    }
    if all.is_empty() { "no value".to_owned() } else { all.join(" or ") }
}
