//! Values that a condition never matches, because they are not of the kind that its operator or its key compares.

use jiff::civil::DateTime;

use super::compare::{network, number};
use super::operator::{Operator, Test};
use crate::iam::policy::{Condition, Item};
use crate::iam::read::is_placeholder;
use crate::value::Text;

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistyped {
    /// What it is not, as what follows the value: "is not an account ID".
    pub(crate) reason: &'static str,
    /// What to write.
    pub(crate) help: &'static str,
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
    help: "write the twelve digits of the account ID",
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
        Test::Numeric(_) => number(operator.test, written).is_none().then_some(Mistyped {
            reason: "is not a number",
            help: "write a number",
            certain: true,
        }),
        Test::Date(_) => of_date(operator.test, written),
        Test::Ip => network(written).is_none().then_some(Mistyped {
            reason: "is not an IP address or a range in CIDR format",
            help: "write an address or a range, such as `203.0.113.0/24`",
            certain: true,
        }),
        Test::Arn => of_arn(written, operator.negated),
        // Wildcards of these are for `literal-wildcard`.
        Test::Exact | Test::Folded | Test::Like if is_wild || item.number => None,
        Test::Exact | Test::Folded | Test::Like => {
            let key = condition.key.value.as_literal()?.to_ascii_lowercase();
            of_key(&key, written, operator.negated)
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
fn of_date(test: Test, written: &str) -> Option<Mistyped> {
    let is_date = number(test, written).is_some()
        || written.parse::<DateTime>().is_ok()
        || written.bytes().all(|byte| byte.is_ascii_digit());
    (!is_date).then_some(Mistyped {
        reason: "is not a date in ISO 8601 format or a number of seconds",
        help: "write a date such as `2027-01-31T00:00:00Z`",
        certain: true,
    })
}

/// Operators for ARNs compare six fields.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>
fn of_arn(written: &str, negated: bool) -> Option<Mistyped> {
    let begins_wild = written.starts_with(['*', '?']);
    let fields = written.split(':').count();
    if begins_wild || written.starts_with("arn:") && fields >= 6 || written == "anonymous" {
        return None;
    }
    // Whether a star at the end stands for the fields that are missing, no page says.
    let certain = !(written.starts_with("arn:") && written.ends_with('*'));
    let reason =
        if written.starts_with("arn:") { "has fewer than the six fields of an ARN" } else { "is not an ARN" };
    Some(Mistyped {
        reason,
        help: if negated {
            "write the whole ARN, or use `StringNotEquals` for what is not an ARN"
        } else {
            "write the whole ARN, or use `StringEquals` for what is not an ARN"
        },
        certain,
    })
}

fn of_key(key: &str, written: &str, negated: bool) -> Option<Mistyped> {
    let wrong =
        |is_right: bool, reason, help| (!is_right).then_some(Mistyped { reason, help, certain: true });
    if ACCOUNTS.contains(&key) {
        // Too many or too few digits are for `account-id-number`.
        let is_right = written.bytes().all(|byte| byte.is_ascii_digit()) || written == "anonymous";
        return (!is_right).then_some(NO_ACCOUNT);
    }
    if ORGANIZATIONS.contains(&key) {
        return wrong(
            is_organization(written),
            "is not an organization ID",
            "write the ID of the organization, such as `o-a1b2c3d4e5`",
        );
    }
    if PATHS.contains(&key) {
        let organization = written.split('/').next().unwrap_or_default();
        return wrong(
            is_organization(organization) && written.ends_with('/'),
            "is not a path of an organization",
            "write the whole path with a slash at its end, such as `o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/`",
        );
    }
    match key {
        "aws:sourcevpce" => wrong(
            written.starts_with("vpce-"),
            "is not the ID of a VPC endpoint",
            "write the ID of the endpoint, which begins with `vpce-`",
        ),
        "aws:sourcevpc" => wrong(
            written.starts_with("vpc-"),
            "is not the ID of a VPC",
            "write the ID of the VPC, which begins with `vpc-`",
        ),
        "aws:sourceip" => wrong(
            !written.contains('/'),
            "is a range, and the key holds one address",
            if negated {
                "use `NotIpAddress`, which compares with ranges"
            } else {
                "use `IpAddress`, which compares with ranges"
            },
        ),
        _ => None,
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
