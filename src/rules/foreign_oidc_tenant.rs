//! Workflows of organizations that are not ours.

use super::common::beside;
use super::{Context, Rule};
use crate::ask::{Setting, principals};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::data::{SharedIssuer, shared_oidc_issuer};
use crate::iam::federation;
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

/// What a statement asks of tokens that only those of a tenant have which is not ours. A token meets all conditions, so another one
/// can take a tenant away again, and lets in no further one.
fn foreign(
    context: &Context<'_>,
    setting: &Setting<'_>,
    (item, issuer): (&Item<Principal>, &Text),
    shared: &SharedIssuer,
) -> Vec<Diagnostic> {
    let accounts = &context.graph.accounts;
    if accounts.is_own_tenant(shared.issuer, "").is_none() {
        return Vec::new();
    }
    let owners = federation::owners(setting.statement, issuer, shared, context.request()).unwrap_or_default();
    let mut seen: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for named in &owners {
        for (value, tenant) in named.values.iter().filter_map(|(value, it)| Some((value, it.as_ref()?))) {
            let is_foreign = accounts.is_own_tenant(shared.issuer, tenant) == Some(false);
            if is_foreign && owners.iter().all(|one| one.admit(tenant)) && !seen.contains(tenant) {
                found.push(finding(setting, item, (value, named.claim), (shared, tenant)));
                seen.push(tenant.clone());
            }
        }
    }
    found
}

fn finding(
    setting: &Setting<'_>,
    item: &Item<Principal>,
    (value, claim): (&Item<Text>, &str),
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
    let what = if claim == "sub" { "subject".to_owned() } else { format!("value of `{claim}`") };
    let help = format!(
        "if it is yours, add `\"{short}:{tenant}\"` to `oidc` under `[organization]` in trustlint.toml; otherwise remove the {what}"
    );
    RULE.on(&setting.item(value).also(item.present), message, "organization that is not listed")
        .related(beside(setting, item.span, "identity provider"))
        .help(help)
        .about([value.text.to_string()])
}
