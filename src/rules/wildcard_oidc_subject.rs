//! Subjects that other organizations can have.

use super::common::{beside, names_tenant, tokens_of, told_by_subject};
use super::{Context, Rule};
use crate::ask::{Setting, trusting};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::condition;
use crate::iam::data::{self, SharedIssuer, Tenant};
use crate::iam::federation::{self, Grammar, Limit};
use crate::iam::glob::{self, Case};
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::value::{Answer, Text};

pub(super) static RULE: Rule = Rule {
    name: "wildcard-oidc-subject",
    summary: "a pattern for the subject of an OIDC token also matches other organizations",
    effect: Effect::Exposed,
    severity: Severity::Error,
    family: "federation",
    since: "0.1.0",
    page: include_str!("../../rules/wildcard-oidc-subject.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in trusting(context.graph).filter(Setting::is_trust) {
        if !setting.statement.actions.takes("sts:AssumeRoleWithWebIdentity").is_yes() {
            continue;
        }
        for item in setting.listed() {
            for (value, shared) in open_values(&setting, item, request) {
                found.push(finding(&setting, item, &value, &shared));
            }
        }
    }
}

/// Whether subjects of other organizations are accepted.
pub(super) fn is_open(setting: &Setting<'_>, item: &Item<Principal>, request: &condition::Context) -> bool {
    !open_values(setting, item, request).is_empty()
}

/// The patterns for the subject that other organizations match, each with the issuer.
fn open_values(
    setting: &Setting<'_>,
    item: &Item<Principal>,
    request: &condition::Context,
) -> Vec<(Item<Text>, SharedIssuer)> {
    let Principal::Oidc { issuer, .. } = &item.value else { return Vec::new() };
    let Some(shared) = issuer.as_literal().and_then(|it| data::shared_oidc_issuer(&it)) else {
        return Vec::new();
    };
    // A second condition may name the tenant where the subject does not.
    if !told_by_subject(&shared) || names_tenant(setting.statement, issuer, request) {
        return Vec::new();
    }
    let Some(limits) = federation::limits(setting.statement, issuer, "sub", request) else {
        return Vec::new();
    };
    let Some((first, others)) = limits.split_first() else { return Vec::new() };
    let open = first.values.iter().filter(|value| {
        // All conditions hold: what is left is open only if all of them leave it.
        pins(&shared, &value.value, first.wildcards).is_no()
            && others.iter().all(|other| leaves(&shared, other, &value.value))
    });
    let open: Vec<_> = open.map(|value| (value.clone(), shared)).collect();
    if open.is_empty() || !setting.is_usable_provider(item, request) { Vec::new() } else { open }
}

/// Whether a further condition leaves all subjects of a pattern, and is open itself.
fn leaves(shared: &SharedIssuer, limit: &Limit, pattern: &Text) -> bool {
    limit.wildcards
        && limit.values.iter().any(|value| {
            pins(shared, &value.value, true).is_no()
                && glob::includes(&[&value.value], pattern, Case::Sensitive).is_yes()
        })
}

fn finding(
    setting: &Setting<'_>,
    item: &Item<Principal>,
    value: &Item<Text>,
    shared: &SharedIssuer,
) -> Diagnostic {
    let others = tokens_of(shared.issuer)
        .map_or_else(|| format!("tenants of `{}`", shared.issuer), |(_, tenants)| tenants.to_owned());
    let message =
        format!("the sub pattern `{}` of {} also matches other {others}", value.text, setting.subject());
    RULE.on(&setting.item(value).also(item.present), message, "matches other organizations")
        .related(beside(setting, item.span, "identity provider"))
        .help(help(shared))
        .about([value.text.to_string()])
}

/// Whether a subject of the issuer names one tenant only.
fn pins(shared: &SharedIssuer, subject: &Text, wildcards: bool) -> Answer {
    match shared.tenant {
        Tenant::After { prefix, ends } => {
            let ends: Vec<char> = ends.chars().collect();
            let grammar = Grammar { before: &[prefix], end: &ends };
            let own = shared.issuer == "token.actions.githubusercontent.com";
            federation::subject_pins(subject, wildcards, if own { federation::GITHUB } else { grammar })
        }
        // Whatever the form of the subjects is.
        Tenant::Whole | Tenant::Unknown if wildcards && is_anything(subject) => Answer::No,
        Tenant::Whole | Tenant::Unknown => Answer::Unknown,
    }
}

fn is_anything(pattern: &Text) -> bool {
    pattern.as_literal().is_some_and(|it| it.contains('*') && it.chars().all(|c| matches!(c, '*' | '?')))
}

fn help(shared: &SharedIssuer) -> String {
    let example = match shared.issuer {
        "token.actions.githubusercontent.com" => ", for example `repo:my-org/my-repo:*`",
        "gitlab.com" => ", for example `project_path:my-group/my-project:*`",
        "app.terraform.io" => ", for example `organization:my-org:*`",
        "agent.buildkite.com" => ", for example `organization:my-org:pipeline:my-pipeline:*`",
        _ => "",
    };
    let end = match shared.tenant {
        Tenant::After { ends, .. } => ends.chars().next().map(|end| format!(" including the `{end}`")),
        Tenant::Whole | Tenant::Unknown => None,
    };
    format!("spell out the organization{}{example}", end.unwrap_or_default())
}
