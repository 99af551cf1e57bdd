//! An audience that the OIDC provider does not accept.

use super::common::label;
use super::{Context, Rule};
use crate::ask::{Setting, Spot, trusting};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Provider;
use crate::iam::federation::{self, Limit};
use crate::iam::glob::{self, Case};
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::value::{Answer, Text};

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
            let providers = context.graph.find_providers(item, setting.unit());
            if providers.is_empty() || providers.iter().any(|provider| provider.clients.open) {
                continue;
            }
            if setting.unusable_provider(item, request).is_some() {
                continue;
            }
            let limits = federation::limits(setting.statement, issuer, "aud", request).unwrap_or_default();
            let is_refused = |limit: &&Limit| providers.iter().all(|provider| refuses(provider, limit));
            let refused = limits.iter().find(is_refused);
            found.extend(refused.and_then(|limit| finding(&setting, item, limit, &providers)));
        }
    }
}

/// Whether a provider certainly accepts none of the audiences that a condition lists.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html>
fn refuses(provider: &Provider, limit: &Limit) -> bool {
    let accepts = |value: &Item<Text>| {
        Answer::any(provider.clients.ids.iter().map(|(id, _)| {
            if limit.wildcards {
                glob::matches(&value.value, id, Case::Folded)
            } else {
                glob::equals(&value.value, id, Case::Folded)
            }
        }))
    };
    !limit.values.is_empty() && limit.values.iter().all(|value| accepts(value).is_no())
}

fn finding(
    setting: &Setting<'_>,
    item: &Item<Principal>,
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
    let mut finding = RULE
        .on(&setting.item(first).also(item.present), message, "not accepted by the provider")
        .help(format!(
            "require an audience that the provider accepts, or add `{}` to the client IDs of `{address}`",
            first.text
        ))
        .about([first.text.to_string()]);
    for provider in providers {
        let declared = &graph.declarations[provider.declaration];
        let span = provider.clients.ids.first().map_or(declared.span, |(_, span)| *span);
        let spot = Spot::of(graph, provider.declaration, span, declared.present);
        finding = finding.related(label(&spot, span, "accepted audience"));
    }
    Some(finding)
}
