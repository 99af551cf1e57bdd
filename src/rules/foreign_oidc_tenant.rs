//! Workflows of organizations that are not ours.

use super::common::{beside, names_tenant};
use super::{Context, Rule};
use crate::ask::{Setting, principals};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::data::{SharedIssuer, Tenant, shared_oidc_issuer};
use crate::iam::federation::{self, GITHUB, GITLAB, Grammar, Tenant as Named};
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "foreign-oidc-tenant",
    summary: "a role trusts tokens of an organization that is not listed as yours",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "federation",
    since: "0.1.0",
    page: include_str!("../../rules/foreign-oidc-tenant.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if !context.graph.accounts.lists_tenants() {
        return;
    }
    for setting in principals(context.graph).filter(Setting::is_trust) {
        for item in setting.listed() {
            let Principal::Oidc { issuer, .. } = &item.value else { continue };
            let Some(shared) = issuer.as_literal().and_then(|it| shared_oidc_issuer(&it)) else { continue };
            found.extend(foreign(context, &setting, (item, issuer), &shared));
        }
    }
}

/// The subjects of a statement that name a tenant which is not ours.
fn foreign(
    context: &Context<'_>,
    setting: &Setting<'_>,
    (item, issuer): (&Item<Principal>, &Text),
    shared: &SharedIssuer,
) -> Vec<Diagnostic> {
    let (statement, request, accounts) = (setting.statement, context.request(), &context.graph.accounts);
    // Another claim may say whose tokens are meant, and what two conditions leave is less than each of them says.
    if accounts.is_own_tenant(shared.issuer, "").is_none() || names_tenant(statement, issuer, request) {
        return Vec::new();
    }
    let Some(limits) = federation::limits(statement, issuer, "sub", request) else { return Vec::new() };
    let [limit] = limits.as_slice() else { return Vec::new() };
    let mut seen: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for value in limit.values.iter() {
        let Some(tenant) = tenant(shared, &value.value, limit.wildcards) else { continue };
        if accounts.is_own_tenant(shared.issuer, &tenant) == Some(false) && !seen.contains(&tenant) {
            found.push(finding(setting, item, value, (shared, &tenant)));
            seen.push(tenant);
        }
    }
    found
}

/// The tenant that a subject names, and no other.
fn tenant(shared: &SharedIssuer, subject: &Text, wildcards: bool) -> Option<String> {
    let literal = subject.as_literal()?;
    if !wildcards && literal.contains(['*', '?']) {
        return None;
    }
    let Tenant::After { prefix, ends } = shared.tenant else { return None };
    let ends: Vec<char> = ends.chars().collect();
    let grammar = match shared.issuer {
        "token.actions.githubusercontent.com" => GITHUB,
        "gitlab.com" => GITLAB,
        _ => Grammar { before: &[prefix], end: &ends },
    };
    // An ID is not the name that the configuration lists.
    if literal.starts_with("repository_id:") || literal.starts_with("repository_owner_id:") {
        return None;
    }
    match federation::tenant(&literal, grammar) {
        Named::Pinned { tenant, .. } if !tenant.is_empty() => Some(tenant.to_owned()),
        _ => None,
    }
}

fn finding(
    setting: &Setting<'_>,
    item: &Item<Principal>,
    value: &Item<Text>,
    (shared, tenant): (&SharedIssuer, &str),
) -> Diagnostic {
    let (whose, short) = match shared.issuer {
        "token.actions.githubusercontent.com" => ("GitHub organization", "github"),
        "gitlab.com" => ("GitLab group", "gitlab"),
        "app.terraform.io" => ("HCP Terraform organization", "terraform"),
        "agent.buildkite.com" => ("Buildkite organization", "buildkite"),
        other => ("tenant", other),
    };
    let message = format!(
        "{} trusts the {whose} `{tenant}`, which is not listed under `organization.oidc` in trustlint.toml",
        setting.subject()
    );
    let help = format!(
        "if it is yours, add `\"{short}:{tenant}\"` to `oidc` under `[organization]` in trustlint.toml; otherwise remove the subject"
    );
    RULE.on(&setting.item(value).also(item.present), message, "organization that is not listed")
        .related(beside(setting, item.span, "identity provider"))
        .help(help)
        .about([value.text.to_string()])
}
