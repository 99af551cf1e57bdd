//! Federated trust that does not restrict the subject.

use super::common::{apart_from_others, beside, names_tenant, tokens_of, told_by_subject};
use super::{Context, Rule};
use crate::ask::{Setting, Spot, trusting};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::condition;
use crate::iam::data;
use crate::iam::federation::{self, Claim, Limit};
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::source::Span;
use crate::value::{OriginKind, Text};

pub(super) static RULE: Rule = Rule {
    name: "missing-oidc-subject",
    summary: "a role trusts an OIDC provider without restricting the subject",
    effect: Effect::Exposed,
    severity: Severity::Error,
    family: "federation",
    since: "0.1.0",
    page: include_str!("../../rules/missing-oidc-subject.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in trusting(context.graph).filter(Setting::is_trust) {
        // An action that does not fit is handled by `wrong-assume-action`: it gives nobody access.
        if !setting.statement.actions.takes("sts:AssumeRoleWithWebIdentity").is_yes() {
            continue;
        }
        for item in setting.listed() {
            let open = open_subject(&setting, item, request);
            if let Some(open) = open.filter(|_| setting.is_usable_provider(item, request)) {
                found.push(finding(&setting, item, &open));
            }
        }
    }
}

/// Whether this rule says of a trust that it accepts any subject of the provider.
pub(super) fn speaks(setting: &Setting<'_>, item: &Item<Principal>, request: &condition::Context) -> bool {
    open_subject(setting, item, request).is_some_and(|open| open.loose.is_none())
}

/// Why the statement accepts any subject of the provider.
struct Open {
    /// Whose tokens are accepted: "any GitHub Actions workflow".
    whose: String,
    reason: String,
    span: Span,
    /// The condition key that would say whose, when it can be written.
    key: Option<String>,
    /// The operator, when it limits only because every token has a subject.
    loose: Option<String>,
}

/// Whether the statement accepts any subject of a provider that others use, too.
pub(super) fn is_open(setting: &Setting<'_>, item: &Item<Principal>, request: &condition::Context) -> bool {
    let Principal::Oidc { issuer, .. } = &item.value else { return false };
    cluster(issuer).is_none() && speaks(setting, item, request) && setting.is_usable_provider(item, request)
}

/// Whether the statement accepts any subject of the provider; `None` when it does not, or when that cannot be said.
fn open_subject(setting: &Setting<'_>, item: &Item<Principal>, request: &condition::Context) -> Option<Open> {
    let Principal::Oidc { issuer, .. } = &item.value else { return None };
    let written = issuer.as_literal();
    let cluster = cluster(issuer);
    let shared =
        written.as_deref().and_then(|issuer| data::shared_oidc_issuer(issuer).filter(told_by_subject));
    let whose = match (&cluster, &written) {
        (Some(cluster), _) => format!("any service account of {cluster}"),
        (None, Some(written)) if shared.is_some() => tokens_of(&written.to_ascii_lowercase())
            .map_or_else(|| format!("any subject of `{written}`"), |(whose, _)| whose.to_owned()),
        _ => return None,
    };
    let key = written.map(|issuer| format!("{issuer}:sub"));
    let missing = || match &key {
        Some(key) => format!("no condition on `{key}`"),
        None => "no condition on the `:sub` of its OIDC provider".to_owned(),
    };
    let (reason, span) = match federation::claim(setting.statement, issuer, "sub", request) {
        Claim::Missing if names_tenant(setting.statement, issuer, request) => return None,
        Claim::Missing => (missing(), item.span),
        Claim::Ineffective { span, reason } => (reason, span),
        Claim::Present { .. } if cluster.is_some() => {
            let limits = federation::limits(setting.statement, issuer, "sub", request)?;
            // All conditions hold: one that limits is enough.
            let any: Option<Vec<_>> = limits.iter().map(any_account).collect();
            let first = any?.into_iter().next()?;
            (format!("`{}` matches every service account", first.text), first.span)
        }
        Claim::Present { loose: true, operator, span, .. } => {
            return Some(Open { whose, reason: String::new(), span, key, loose: Some(operator) });
        }
        Claim::Present { .. } | Claim::Unknown => return None,
    };
    Some(Open { whose, reason, span, key, loose: None })
}

/// The value of a condition that every service account of a cluster meets.
fn any_account(limit: &Limit) -> Option<&Item<Text>> {
    const ANY: [&str; 4] = ["*", "system:*", "system:serviceaccount:*", "system:serviceaccount:*:*"];
    let is_any = |item: &&Item<Text>| ANY.iter().any(|any| item.value.is_literally(any));
    limit.values.iter().find(is_any).filter(|_| limit.wildcards)
}

/// The EKS cluster that an issuer is, by its address or because it is an attribute of one: every pod of the cluster gets
/// tokens from it.
///
/// <https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html>
pub(super) fn cluster(issuer: &Text) -> Option<String> {
    if let Some(issuer) = issuer.as_literal() {
        let is_cluster = ["oidc.eks.", "oidc-eks."].iter().any(|host| issuer.starts_with(host));
        let is_cluster = is_cluster && issuer.contains("/id/");
        return is_cluster.then(|| format!("the EKS cluster with the issuer `{issuer}`"));
    }
    match issuer.as_symbol()?.origin.whole().kind() {
        OriginKind::Attribute { of, .. } => match of.kind() {
            OriginKind::Declared { type_name, address, .. }
                if ["aws_eks_cluster", "AWS::EKS::Cluster"].contains(&&**type_name) =>
            {
                Some(format!("EKS cluster `{address}`"))
            }
            _ => None,
        },
        _ => None,
    }
}

fn finding(setting: &Setting<'_>, item: &Item<Principal>, open: &Open) -> Diagnostic {
    let issuer = match &item.value {
        Principal::Oidc { issuer, .. } => issuer.to_string(),
        _ => item.text.to_string(),
    };
    if let Some(operator) = &open.loose {
        return loose(setting, item, open.span, operator).about([issuer.as_str()]);
    }
    let message = format!("{} can assume {}: {}", open.whose, setting.subject(), open.reason);
    let key = match &open.key {
        Some(key) => format!("`{key}`"),
        None => "the `:sub` key of the provider".to_owned(),
    };
    let whom = if open.whose.contains("service account") {
        "service account that needs the role, such as `system:serviceaccount:my-namespace:my-account`"
    } else {
        "repository or project that needs the role"
    };
    let mut finding = RULE
        .on(&Spot { span: open.span, ..setting.item(item) }, message, "any subject is accepted")
        .help(format!("add a condition on {key} that names the {whom}{}", apart_from_others(setting, item)))
        .about([issuer.as_str()]);
    if open.span != item.span {
        finding = finding.related(beside(setting, item.span, "identity provider"));
    }
    finding
}

/// What to say of an operator that matches without the subject too, which every token has.
fn loose(setting: &Setting<'_>, item: &Item<Principal>, span: Span, operator: &str) -> Diagnostic {
    let base = operator.rsplit_once(':').map_or(operator, |(_, base)| base);
    let plain = base.strip_suffix("IfExists").unwrap_or(base);
    let message = format!(
        "{} asks for the subject with `{operator}`, which also matches without one",
        setting.subject()
    );
    RULE.on(&Spot { span, ..setting.item(item) }, message, "limits only because every token has a subject")
        .help(format!("write `{plain}`"))
        .severity(Severity::Info)
        .related(beside(setting, item.span, "identity provider"))
}
