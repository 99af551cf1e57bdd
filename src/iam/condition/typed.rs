//! Values that a condition never matches, because they are not of the kind that its operator or its key compares.

use std::borrow::Cow;

use jiff::civil::DateTime;

use super::compare::{network, number};
use super::fitting::fitting;
use super::operator::{Operator, Test};
use crate::iam::arn::is_account_id;
use crate::iam::data::{self, ValueKind};
use crate::iam::policy::{Condition, Item};
use crate::iam::read::is_placeholder;
use crate::value::Text;

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistyped {
    /// What it is not, as what follows the value: "is not an account ID".
    pub(crate) reason: &'static str,
    /// What to write.
    pub(crate) help: Cow<'static, str>,
    /// Whether AWS documents that it matches nothing.
    pub(crate) certain: bool,
}

/// Keys whose values are account IDs.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
/// <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>
const ACCOUNTS: [&str; 7] = [
    "aws:principalaccount",
    "aws:resourceaccount",
    "aws:sourceaccount",
    "aws:vpceaccount",
    "kms:calleraccount",
    "s3:dataaccesspointaccount",
    "s3:resourceaccount",
];

const NO_ACCOUNT: Mistyped = Mistyped {
    reason: "is not an account ID",
    help: Cow::Borrowed("write the twelve digits of the account ID"),
    certain: true,
};

/// Keys whose values are IDs of organizations.
const ORGANIZATIONS: [&str; 4] =
    ["aws:principalorgid", "aws:resourceorgid", "aws:sourceorgid", "aws:vpceorgid"];

/// Keys whose values are paths from an organization to a unit or account.
const PATHS: [&str; 4] =
    ["aws:principalorgpaths", "aws:resourceorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"];

/// What is wrong with a value of a condition, when no request can have what it asks for. Nothing is said of values that are
/// empty or have policy variables, nor of others that are not wholly known than ARNs in place of account IDs.
pub(crate) fn mistyped(condition: &Condition, operator: Operator, item: &Item<Text>) -> Option<Mistyped> {
    let compares_texts = matches!(operator.test, Test::Exact | Test::Folded | Test::Like);
    if compares_texts && item.value.begins_with("arn:") {
        let key = condition.key.value.as_literal()?.to_ascii_lowercase();
        if ACCOUNTS.contains(&&*key) {
            return Some(NO_ACCOUNT);
        }
    }
    let written = item.value.as_literal()?;
    let written = written.as_ref();
    if written.is_empty() || written.contains("${") {
        return None;
    }
    let is_wild = written.contains(['*', '?']);
    match operator.test {
        Test::Numeric(_) => number(operator.test, written).is_none().then(|| Mistyped {
            reason: "is not a number",
            help: of_kind(condition, operator).unwrap_or_else(|| "write a number".into()),
            certain: true,
        }),
        Test::Date(_) => of_date(condition, operator, written),
        Test::Ip => network(written).is_none().then(|| Mistyped {
            reason: "is not an IP address or a range in CIDR format",
            help: of_kind(condition, operator)
                .unwrap_or_else(|| "write an address or a range, such as `203.0.113.0/24`".into()),
            certain: true,
        }),
        Test::Arn => of_arn(condition, operator, written),
        // Wildcards of these are for `literal-wildcard`.
        Test::Exact | Test::Folded | Test::Like if is_wild || item.number => None,
        Test::Exact | Test::Folded | Test::Like => {
            let key = condition.key.value.as_literal()?.to_ascii_lowercase();
            of_key(&key, written, operator)
        }
        // What becomes of a value of `Bool` that is neither true nor false is not documented.
        Test::Bool | Test::Null => None,
    }
}

/// Whether a value holds the place of what somebody still fills in.
pub(crate) fn is_stand_in(value: &str) -> bool {
    is_placeholder(value)
        || value.starts_with("o-123")
        || value.eq_ignore_ascii_case("none")
        || value.split(['.', '/']).all(|part| part.bytes().all(|byte| matches!(byte, b'x' | b'X')))
}

/// Whether a condition has a value of the wrong kind that holds the place of another: what it will match is not known.
pub(crate) fn is_to_be_filled(condition: &Condition) -> bool {
    let Some(operator) = Operator::parse(&condition.operator.value) else { return false };
    condition.values.iter().any(|item| {
        item.value.as_literal().is_some_and(|value| is_stand_in(&value))
            && mistyped(condition, operator, item).is_some()
    })
}

/// Dates without a zone are left out: whether they are taken is not documented.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date>
fn of_date(condition: &Condition, operator: Operator, written: &str) -> Option<Mistyped> {
    let is_date = number(operator.test, written).is_some()
        || written.parse::<DateTime>().is_ok()
        || written.bytes().all(|byte| byte.is_ascii_digit());
    (!is_date).then(|| Mistyped {
        reason: "is not a date in ISO 8601 format or a number of seconds",
        help: of_kind(condition, operator)
            .unwrap_or_else(|| "write a date such as `2027-01-31T00:00:00Z`".into()),
        certain: true,
    })
}

/// What to write where not the value is wrong, but the operator: the key holds values of another kind than it compares.
fn of_kind(condition: &Condition, operator: Operator) -> Option<Cow<'static, str>> {
    let key = condition.key.value.as_literal()?;
    let (kind, holds) = (data::condition_key(&key)?.kind, |it: &str| format!("`{key}` holds {it}"));
    if kind == ValueKind::IpAddress && operator.test == Test::Ip {
        return None;
    }
    let holds = match kind {
        ValueKind::Arn => holds("an ARN"),
        ValueKind::Bool => holds("`true` or `false`"),
        ValueKind::IpAddress => holds("an address"),
        ValueKind::String => holds("text"),
        ValueKind::Numeric | ValueKind::Date => return None,
    };
    let fitting = fitting(&key, condition.values.iter().map(|item| &item.value), operator.negated)?;
    Some(format!("use `{fitting}`: {holds}").into())
}

/// Operators for ARNs compare six fields.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>
fn of_arn(condition: &Condition, operator: Operator, written: &str) -> Option<Mistyped> {
    let begins_wild = written.starts_with(['*', '?']);
    let fields = written.split(':').count();
    if begins_wild || written.starts_with("arn:") && fields >= 6 || written == "anonymous" {
        return None;
    }
    // Whether a star at the end stands for the fields that are missing, no page says.
    let certain = !(written.starts_with("arn:") && written.ends_with('*'));
    let reason =
        if written.starts_with("arn:") { "has fewer than the six fields of an ARN" } else { "is not an ARN" };
    Some(Mistyped { reason, help: whole_arn(condition, operator, written), certain })
}

/// What to write in place of what is no ARN: another operator does not help where the key holds nothing but ARNs.
fn whole_arn(condition: &Condition, operator: Operator, written: &str) -> Cow<'static, str> {
    let key = condition.key.value.as_literal().unwrap_or_default();
    let holds_arns = data::condition_key(&key).is_some_and(|known| known.kind == ValueKind::Arn);
    let account = match &*key.to_ascii_lowercase() {
        "aws:principalarn" => Some("aws:PrincipalAccount"),
        "aws:sourcearn" => Some("aws:SourceAccount"),
        _ => None,
    };
    match account {
        Some(account) if is_account_id(written) => {
            return format!("write the whole ARN, or compare the account ID with `{account}`").into();
        }
        _ if holds_arns || written.starts_with("arn:") => return "write the whole ARN".into(),
        _ => {}
    }
    let plain = match (written.contains(['*', '?']), operator.negated) {
        (false, false) => "StringEquals",
        (false, true) => "StringNotEquals",
        (true, false) => "StringLike",
        (true, true) => "StringNotLike",
    };
    format!("write the whole ARN, or use `{plain}` for what is not an ARN").into()
}

fn of_key(key: &str, written: &str, operator: Operator) -> Option<Mistyped> {
    let wrong = |is_right: bool, reason, help: &dyn Fn() -> Cow<'static, str>| {
        (!is_right).then(|| Mistyped { reason, help: help(), certain: true })
    };
    if ACCOUNTS.contains(&key) {
        // Too many or too few digits are for `account-id-number`.
        let is_right = written.bytes().all(|byte| byte.is_ascii_digit()) || written == "anonymous";
        return (!is_right).then_some(NO_ACCOUNT);
    }
    if ORGANIZATIONS.contains(&key) {
        let help = || in_place_of_organization(key, written, operator);
        return wrong(is_organization(written), "is not an organization ID", &help);
    }
    if PATHS.contains(&key) {
        let organization = written.split('/').next().unwrap_or_default();
        let help = || {
            let path = "write the whole path with a slash at its end, such as `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`";
            match operator.set {
                None if !operator.negated => format!("{path}, with `ForAnyValue:StringEquals`").into(),
                _ => path.into(),
            }
        };
        let is_right = is_organization(organization) && written.ends_with('/');
        return wrong(is_right, "is not a path of an organization", &help);
    }
    match key {
        "aws:sourcevpce" => wrong(written.starts_with("vpce-"), "is not the ID of a VPC endpoint", &|| {
            if written.starts_with("vpc-") {
                "write the ID of the endpoint, which begins with `vpce-`, or compare `aws:SourceVpc`".into()
            } else {
                "write the ID of the endpoint, which begins with `vpce-`".into()
            }
        }),
        "aws:sourcevpc" => wrong(written.starts_with("vpc-"), "is not the ID of a VPC", &|| {
            if written.starts_with("vpce-") {
                "write the ID of the VPC, which begins with `vpc-`, or compare `aws:SourceVpce`".into()
            } else {
                "write the ID of the VPC, which begins with `vpc-`".into()
            }
        }),
        "aws:sourceip" => wrong(!written.contains('/'), "is a range, and the key holds one address", &|| {
            if operator.negated {
                "use `NotIpAddress`, which compares with ranges".into()
            } else {
                "use `IpAddress`, which compares with ranges".into()
            }
        }),
        _ => None,
    }
}

/// What to write where something else than an organization is meant: a part of it, or an account. The ID of the organization would let
/// in all of it.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths>
fn in_place_of_organization(key: &str, written: &str, operator: Operator) -> Cow<'static, str> {
    let (paths, account) = match key {
        "aws:resourceorgid" => ("aws:ResourceOrgPaths", "aws:ResourceAccount"),
        "aws:sourceorgid" => ("aws:SourceOrgPaths", "aws:SourceAccount"),
        "aws:vpceorgid" => ("aws:VpceOrgPaths", "aws:VpceAccount"),
        _ => ("aws:PrincipalOrgPaths", "aws:PrincipalAccount"),
    };
    let is_part = ["ou-", "r-"].iter().any(|start| written.starts_with(start)) || written.contains('/');
    if is_account_id(written) {
        format!("compare the account ID with `{account}`").into()
    } else if !is_part {
        "write the ID of the organization, such as `o-a1b2c3d4e5`".into()
    } else if operator.negated {
        format!("compare `{paths}` with the whole path, such as `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*`")
            .into()
    } else {
        format!(
            "use `ForAnyValue:StringLike` on `{paths}` with the whole path, such as `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*`"
        )
        .into()
    }
}

/// `o-` and ten to thirty-two letters and digits.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html>
fn is_organization(written: &str) -> bool {
    written.strip_prefix("o-").is_some_and(|id| {
        (10..=32).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    })
}
