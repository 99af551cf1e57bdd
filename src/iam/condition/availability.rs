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
    /// What limits these requests in place of the key.
    instead: Instead,
}

/// What limits the requests of some principals in place of a key that they never have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instead {
    /// These keys, as a help text says them.
    Keys(&'static str),
    /// The claims of a token.
    Claims,
    /// What the identity provider asks for.
    Mfa,
    /// The service as the principal.
    Service,
    /// The service that acts for the resources that are named, as the principal; whether their ARNs have no account.
    Acting { no_account: bool },
    /// Nothing that compares with the same value.
    Nothing,
}

impl KeyMisuse {
    /// What to write. `apart` names the principals without the key, one or several, where the statement has others that have it.
    pub(crate) fn help(self, apart: Option<(&str, bool)>) -> String {
        let whose = self.whose;
        if let Some((apart, are_several)) = apart {
            let own = if are_several {
                format!("give {apart} a statement of their own")
            } else {
                format!("give {apart} a statement of its own")
            };
            return match self.instead {
                Instead::Keys(keys) => format!("{own} with {keys}"),
                Instead::Claims => {
                    format!("{own} with the claims of the token, such as `:aud` and `:sub`")
                }
                Instead::Mfa => {
                    format!("{own} without this condition, and require MFA at the identity provider")
                }
                Instead::Service | Instead::Acting { .. } => {
                    let it = if are_several { "them" } else { "it" };
                    format!("{own} with `aws:PrincipalArn`, or remove {it}")
                }
                Instead::Nothing => OWN_STATEMENT.to_owned(),
            };
        }
        match self.instead {
            Instead::Keys(keys) => format!("use {keys} for {whose}"),
            Instead::Claims => "use the claims of the token, such as `:aud` and `:sub`".to_owned(),
            Instead::Mfa => "require MFA at the identity provider".to_owned(),
            Instead::Service => "name the service as the principal".to_owned(),
            Instead::Acting { no_account } => {
                let help = "name the service that acts for these resources as the principal, such as `s3.amazonaws.com` for a bucket";
                let also = ", and add a condition on `aws:SourceAccount`: the ARN has no account ID";
                format!("{help}{}", if no_account { also } else { "" })
            }
            Instead::Nothing => OWN_STATEMENT.to_owned(),
        }
    }
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
const NEVER: &[(&str, Sort, Instead)] = &[
    ("aws:principalorgid", Sort::Service, Instead::Keys("`aws:SourceOrgID`")),
    ("aws:principalorgpaths", Sort::Service, Instead::Keys("`aws:SourceOrgPaths`")),
    ("aws:principaltag/", Sort::Service, Instead::Nothing),
    ("aws:username", Sort::Service, Instead::Nothing),
    ("aws:multifactorauthpresent", Sort::Service, Instead::Nothing),
    ("aws:multifactorauthage", Sort::Service, Instead::Nothing),
    ("sts:externalid", Sort::Provider, Instead::Claims),
    ("aws:multifactorauthpresent", Sort::Provider, Instead::Mfa),
    ("aws:multifactorauthage", Sort::Provider, Instead::Mfa),
    ("aws:principalorgid", Sort::Provider, Instead::Claims),
    ("aws:sourcearn", Sort::Provider, Instead::Claims),
    ("aws:sourceaccount", Sort::Provider, Instead::Claims),
    ("aws:sourcearn", Sort::Iam, Instead::Keys("`aws:PrincipalArn`")),
    ("aws:sourceaccount", Sort::Iam, Instead::Keys("`aws:PrincipalAccount`")),
    ("aws:sourceorgid", Sort::Iam, Instead::Keys("`aws:PrincipalOrgID`")),
    ("aws:sourceorgpaths", Sort::Iam, Instead::Keys("`aws:PrincipalOrgPaths`")),
    ("aws:principalservicename", Sort::Iam, Instead::Service),
    ("aws:principalservicenameslist", Sort::Iam, Instead::Service),
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
        let misuse = KeyMisuse { whose, instead: Instead::Keys("`aws:SourceArn` or `aws:SourceAccount`") };
        return (is_iam && !condition.open && !condition.values.is_empty()).then_some(misuse);
    }
    let row = NEVER.iter().find(|(known, of, _)| *of == sort && is_key(known))?;
    if sort == Sort::Iam && is_key("aws:sourcearn") && names_resources(condition) {
        let has_none = |item: &Item<Text>| {
            Arn::parse(&item.value).is_some_and(|arn| arn.account.is_empty() || arn.account.is_literally("*"))
        };
        let no_account = condition.values.iter().any(has_none);
        return Some(KeyMisuse { whose, instead: Instead::Acting { no_account } });
    }
    Some(KeyMisuse { whose, instead: row.2 })
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
