//! An audience that the OIDC provider does not accept.

use super::common::label;
use super::{Context, Rule};
use crate::ask::{Setting, Spot, trusting};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Provider;
use crate::iam::federation::Limit;
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "mismatched-oidc-audience",
    summary: "a trust policy requires an audience that its OIDC provider does not accept",
    effect: Effect::Dead,
    severity: Severity::Warning,
    family: "federation",
    since: "0.1.0",
    page: include_str!("../../rules/mismatched-oidc-audience.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in trusting(context.graph).filter(|it| !it.statement.conditions.is_empty()) {
        for (item, issuer) in setting.token_issuers() {
            if setting.unusable_provider(item, request).is_some() {
                continue;
            }
            let refused = setting.refused_audience(item, request);
            found.extend(
                refused.and_then(|(limit, providers)| finding(&setting, (item, issuer), &limit, &providers)),
            );
        }
    }
}

/// Whether an audience is what tokens have as their subject: the service account of a cluster, the repository or project of a
/// pipeline.
///
/// <https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html>
/// <https://docs.github.com/en/actions/reference/security/oidc>
/// <https://docs.gitlab.com/ci/secrets/id_token_authentication/>
fn is_subject(audience: &Text) -> bool {
    const STARTS: [&str; 3] = ["project_path:", "repo:", "system:serviceaccount:"];
    STARTS.iter().any(|start| audience.begins_with(start))
}

fn finding(
    setting: &Setting<'_>,
    (item, issuer): (&Item<Principal>, &Text),
    limit: &Limit,
    providers: &[&Provider],
) -> Option<Diagnostic> {
    let graph = setting.graph;
    let (first, provider) = (limit.values.first()?, providers.first()?);
    let address = graph.address(provider.declaration);
    let accepted = super::common::listed(provider.clients.ids.iter().map(|(id, _)| format!("`{id}`")));
    let message = format!(
        "no token can be used to assume {}: its trust policy requires the audience `{}`, but the provider only accepts {accepted}",
        setting.subject(),
        first.text
    );
    let help = if is_subject(&first.value) {
        format!("this is a subject: write it under the key `{issuer}:sub`")
    } else {
        format!(
            "require an audience that the provider accepts, or add `{}` to the client IDs of `{address}`",
            first.text
        )
    };
    let mut finding = RULE
        .on(&setting.item(first).also(item.present), message, "not accepted by the provider")
        .help(help)
        .about([first.text.to_string()]);
    for provider in providers {
        let declared = &graph.declarations[provider.declaration];
        let span = provider.clients.ids.first().map_or(declared.span, |(_, span)| *span);
        let spot = Spot::of(graph, provider.declaration, span, declared.present);
        finding = finding.related(label(&spot, span, "accepted audience"));
    }
    Some(finding)
}
