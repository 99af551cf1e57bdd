//! Federated trust that does not say whose workload it means.

use super::common::{beside, names_tenant, told_by_subject};
use super::{Context, Rule};
use crate::ask::{Setting, Spot, principals};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::condition;
use crate::iam::data;
use crate::iam::federation::{self, Claim};
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::source::Span;

pub(super) static RULE: Rule = Rule {
    name: "missing-oidc-subject",
    summary: "a role trusts the tokens of an identity provider without saying whose",
    effect: Effect::Exposed,
    severity: Severity::Error,
    family: "federation",
    since: "0.1.0",
    page: include_str!("../../rules/missing-oidc-subject.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in principals(context.graph).filter(Setting::is_trust) {
        // An action that does not fit is the business of `wrong-assume-action`: nobody gets in.
        if !setting.statement.actions.takes("sts:AssumeRoleWithWebIdentity").is_yes() {
            continue;
        }
        for item in setting.listed() {
            if let Some((reason, span)) = open_subject(&setting, item, request) {
                found.push(finding(&setting, item, &reason, span));
            }
        }
    }
}

/// Why the statement admits any subject of the provider, and where to look; `None` when it does not, or when
/// that cannot be said.
fn open_subject(
    setting: &Setting<'_>,
    item: &Item<Principal>,
    request: &condition::Context,
) -> Option<(String, Span)> {
    let Principal::Oidc { issuer, .. } = &item.value else { return None };
    let written = issuer.as_literal()?;
    let shared = data::shared_oidc_issuer(&written).filter(told_by_subject);
    let cluster = is_cluster(&written);
    if shared.is_none() && !cluster {
        return None;
    }
    match federation::claim(setting.statement, issuer, "sub", request) {
        Claim::Missing if names_tenant(setting.statement, issuer, request) => None,
        Claim::Missing => Some(("no condition on `sub`".to_owned(), item.span)),
        Claim::Ineffective { span, reason, .. } => Some((reason, span)),
        Claim::Present { values, wildcards: true, .. } if cluster => values.iter().find_map(|value| {
            let text = value.text.as_literal()?;
            let any = matches!(
                text.as_ref(),
                "*" | "system:*" | "system:serviceaccount:*" | "system:serviceaccount:*:*"
            );
            any.then(|| (format!("`{text}` is every service account of the cluster"), value.span))
        }),
        Claim::Present { .. } | Claim::Unknown => None,
    }
}

/// Whether an issuer is an EKS cluster: every pod of the cluster gets tokens from it.
///
/// <https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html>
fn is_cluster(issuer: &str) -> bool {
    issuer.starts_with("oidc.eks.") && issuer.contains("/id/")
}

fn finding(setting: &Setting<'_>, item: &Item<Principal>, reason: &str, span: Span) -> Diagnostic {
    let issuer = match &item.value {
        Principal::Oidc { issuer, .. } => issuer.to_string(),
        _ => item.text.to_string(),
    };
    let message = format!("{} can be assumed by any subject of `{issuer}`: {reason}", setting.subject());
    let mut finding = RULE
        .on(&Spot { span, ..setting.item(item) }, message, "any subject gets in")
        .help(format!(
            "require `{issuer}:sub` to be the repository, project or service account that may assume the role"
        ))
        .about([issuer.as_str()]);
    if span != item.span {
        finding = finding.related(beside(setting, item.span, "the identity provider"));
    }
    finding
}
