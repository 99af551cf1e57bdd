//! Identity providers as principals of policies that are no trust policies.

use super::{Context, Rule};
use crate::ask::{Setting, principals};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Purpose;
use crate::iam::policy::Item;
use crate::iam::principal::Principal;

pub(super) static RULE: Rule = Rule {
    name: "federated-principal-outside-trust",
    summary: "a resource policy names an identity provider, which only trust policies of roles can do",
    effect: Effect::Dead,
    severity: Severity::Error,
    family: "federation",
    since: "0.1.0",
    page: include_str!("../../rules/federated-principal-outside-trust.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in principals(context.graph) {
        let federated = setting.listed().iter().find_map(|item| Some((item, called(&item.value)?)));
        if let Some((item, called)) = federated
            && is_of_resource(&setting)
        {
            found.push(finding(&setting, item, called));
        }
    }
}

/// Whether the policy protects a resource other than a role. That of a file says so by actions that are not of STS.
fn is_of_resource(setting: &Setting<'_>) -> bool {
    match setting.document.purpose {
        Purpose::Resource(_) => true,
        Purpose::File => !setting.is_trust() && setting.statement.resources.is_some(),
        Purpose::Trust(_) | Purpose::Identity | Purpose::Limit => false,
    }
}

/// What messages call an identity provider.
fn called(principal: &Principal) -> Option<&'static str> {
    match principal {
        Principal::Oidc { .. } | Principal::BuiltInProvider(_) => Some("OIDC provider"),
        Principal::Saml { .. } => Some("SAML provider"),
        _ => None,
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-federated-web-identity>
fn finding(setting: &Setting<'_>, item: &Item<Principal>, called: &str) -> Diagnostic {
    let message = format!(
        "the policy of {} grants access to {called} `{}`, but federated principals only work in trust policies of roles",
        setting.subject(),
        item.text
    );
    RULE.on(&setting.item(item), message, "matches no request here")
        .help("grant access to a role that trusts the provider")
        .about([item.text.to_string()])
}
