//! Condition keys that requests of some principals never have.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>

use super::operator::Test;
use crate::iam::arn::Arn;
use crate::iam::policy::{Condition, Item};
use crate::iam::principal::Principal;
use crate::value::Text;

/// Why a key is never there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyMisuse {
    /// Whose requests lack it: "AWS services".
    pub(crate) whose: &'static str,
    /// What to write.
    pub(crate) help: &'static str,
}

/// Why no principal has an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WrongArn {
    /// Why, as a clause that stands alone.
    pub(crate) reason: &'static str,
    /// What to write.
    pub(crate) help: &'static str,
}

/// Who calls, as far as it decides which keys a request has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Service,
    Provider,
    /// A role, user or account, which calls by itself.
    Iam,
}

const OWN_STATEMENT: &str = "name the role that makes these requests in place of the service, or give the service a statement of its own that is limited by `aws:SourceAccount`";

/// Keys and whose requests never have them.
const NEVER: &[(&str, Sort, &str)] = &[
    ("aws:principalorgid", Sort::Service, "use `aws:SourceOrgID` for AWS services"),
    ("aws:principalorgpaths", Sort::Service, "use `aws:SourceOrgPaths` for AWS services"),
    ("aws:principaltag/", Sort::Service, OWN_STATEMENT),
    ("aws:username", Sort::Service, OWN_STATEMENT),
    ("aws:multifactorauthpresent", Sort::Service, OWN_STATEMENT),
    ("aws:multifactorauthage", Sort::Service, OWN_STATEMENT),
    ("sts:externalid", Sort::Provider, "use the claims of the token, such as `:aud` and `:sub`"),
    ("aws:multifactorauthpresent", Sort::Provider, "require MFA at the identity provider"),
    ("aws:multifactorauthage", Sort::Provider, "require MFA at the identity provider"),
    ("aws:principalorgid", Sort::Provider, "use the claims of the token, such as `:aud` and `:sub`"),
    ("aws:sourcearn", Sort::Provider, "use the claims of the token, such as `:aud` and `:sub`"),
    ("aws:sourceaccount", Sort::Provider, "use the claims of the token, such as `:aud` and `:sub`"),
    ("aws:sourcearn", Sort::Iam, "use `aws:PrincipalArn` for roles and users"),
    ("aws:sourceaccount", Sort::Iam, "use `aws:PrincipalAccount` for roles and users"),
    ("aws:sourceorgid", Sort::Iam, "use `aws:PrincipalOrgID` for roles and users"),
    ("aws:sourceorgpaths", Sort::Iam, "use `aws:PrincipalOrgPaths` for roles and users"),
    ("aws:principalservicename", Sort::Iam, "name the service as the principal"),
    ("aws:principalservicenameslist", Sort::Iam, "name the service as the principal"),
];

/// Whether requests of a principal to a service never have a key that a condition asks for.
///
/// Policies of event buses are left out: `EventBridge` itself shows `aws:SourceArn` for accounts.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-permissions.html>
/// So is IAM Roles Anywhere, which makes tags of the principal from its certificate.
/// <https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html>
pub(crate) fn never_has(
    principal: &Principal,
    key: &str,
    condition: &Condition,
    service: &str,
) -> Option<KeyMisuse> {
    let (sort, whose) = match principal {
        Principal::Service(_) => (Sort::Service, "AWS services"),
        Principal::Oidc { .. } | Principal::Saml { .. } | Principal::BuiltInProvider(_) => {
            (Sort::Provider, "users of an identity provider")
        }
        Principal::Account { .. }
        | Principal::Role { .. }
        | Principal::User { .. }
        | Principal::RoleSession { .. }
        | Principal::FederatedUser { .. } => (Sort::Iam, "roles and users"),
        _ => return None,
    };
    let makes_tags = matches!(principal, Principal::Service(name) if name.begins_with("rolesanywhere."));
    if sort == Sort::Iam && service == "events" || makes_tags {
        return None;
    }
    let is_key = |known: &str| match known.strip_suffix('/') {
        Some(_) => key.get(..known.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(known)),
        None => key.eq_ignore_ascii_case(known),
    };
    if sort == Sort::Service && is_key("aws:principalarn") {
        // The values say whose ARN it is, and a service is none of these.
        let is_iam =
            condition.values.iter().all(|item| item.value.begins_with("arn:") && item.value.has(":iam:"));
        let misuse = KeyMisuse { whose, help: "use `aws:SourceArn` or `aws:SourceAccount` for AWS services" };
        return (is_iam && !condition.open && !condition.values.is_empty()).then_some(misuse);
    }
    let row = NEVER.iter().find(|(known, of, _)| *of == sort && is_key(known))?;
    if sort == Sort::Iam && is_key("aws:sourcearn") && names_resources(condition) {
        let help = "name the service that acts for these resources as the principal, such as `s3.amazonaws.com` for a bucket";
        return Some(KeyMisuse { whose, help });
    }
    Some(KeyMisuse { whose, help: row.2 })
}

/// Whether all values are ARNs of something that services act for, rather than of roles and users.
fn names_resources(condition: &Condition) -> bool {
    let is_resource = |item: &Item<Text>| {
        let arn = Arn::parse(&item.value);
        arn.is_some_and(|arn| {
            arn.service.as_literal().is_some_and(|service| !matches!(&*service, "iam" | "sts" | "*"))
        })
    };
    !condition.values.is_empty() && condition.values.iter().all(is_resource)
}

/// Why no principal has an ARN that `aws:PrincipalArn` is compared with: of a session the key holds the role, with its path.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
pub(crate) fn wrong_principal_arn(value: &Text, test: Test) -> Option<WrongArn> {
    if !matches!(test, Test::Exact | Test::Folded | Test::Like | Test::Arn) {
        return None;
    }
    let arn = Arn::parse(value)?;
    if arn.service.is_literally("sts") && arn.resource.begins_with("assumed-role/") {
        let help = if arn.resource.begins_with("assumed-role/AWSReservedSSO_") {
            "write the ARN of the role with its path: `arn:aws:iam::ACCOUNT:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_…` with `ArnLike`"
        } else {
            "write the ARN of the role: `arn:aws:iam::ACCOUNT:role/NAME`"
        };
        return Some(WrongArn {
            reason: "`aws:PrincipalArn` of a role session is the ARN of the role",
            help,
        });
    }
    let is_sso = arn.service.is_literally("iam") && arn.resource.begins_with("role/AWSReservedSSO_");
    is_sso.then_some(WrongArn {
        reason: "roles of IAM Identity Center have a path",
        help: "write `role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_…` with `ArnLike`, and without the `*/` where \
               Identity Center is in us-east-1",
    })
}
