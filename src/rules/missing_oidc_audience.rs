//! Federated trust that does not restrict the audience.

use super::common::{apart_from_others, beside, label, listed, tokens_of, told_by_subject};
use super::{Context, Rule, missing_oidc_subject};
use crate::ask::{Setting, Spot, trusting};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Provider;
use crate::iam::condition;
use crate::iam::data::{self, SharedIssuer};
use crate::iam::federation::{self, Claim, Limit};
use crate::iam::policy::Item;
use crate::iam::principal::{COGNITO, Principal};
use crate::source::Span;
use crate::value::{Answer, Text};

pub(super) static RULE: Rule = Rule {
    name: "missing-oidc-audience",
    summary: "a role trusts an OIDC provider without restricting the audience",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "federation",
    since: "0.1.0",
    page: include_str!("../../rules/missing-oidc-audience.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in trusting(context.graph) {
        for (item, issuer) in setting.token_issuers() {
            let shared = issuer.as_literal().and_then(|issuer| data::shared_oidc_issuer(&issuer));
            let open = match shared.filter(|shared| !told_by_subject(shared)) {
                Some(shared) => told_by_audience(&setting, (item, issuer), &shared, request),
                None => not_asked(context, &setting, (item, issuer)),
            };
            if let Some(finding) = open.filter(|_| setting.unusable_provider(item, request).is_none()) {
                found.push(finding);
            }
        }
    }
}

/// Providers that many share and that tell their customers by the audience.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html>
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html#trust-policies>
fn told_by_audience(
    setting: &Setting<'_>,
    (item, issuer): (&Item<Principal>, &Text),
    shared: &SharedIssuer,
    request: &condition::Context,
) -> Option<Diagnostic> {
    let name = shared.tenant_key.strip_prefix(shared.issuer)?.strip_prefix(':')?;
    let claim = federation::claim(setting.statement, issuer, name, request);
    let is_missing = matches!(claim, Claim::Missing);
    let (reason, span) = match claim {
        Claim::Missing => (format!("no condition on `{}`", shared.tenant_key), item.span),
        Claim::Ineffective { span, reason } => (reason, span),
        Claim::Present { .. } => {
            let limits = federation::limits(setting.statement, issuer, name, request)?;
            // All conditions hold: one that names the audience is enough.
            let open: Option<Vec<_>> = limits.iter().map(any_value).collect();
            let first = open?.into_iter().next()?;
            (format!("`{}` also matches others", first.text), first.span)
        }
        Claim::Unknown => return None,
    };
    let someone = pins_somebody(setting, issuer, request);
    if someone == Answer::Unknown {
        return None;
    }
    let any = tokens_of(shared.issuer).map(|(whose, _)| whose.to_owned());
    let (message, severity) = if someone.is_yes() {
        let message =
            format!("{} accepts tokens of `{issuer}` for any audience: {reason}", setting.subject());
        // Google's own guides for its transfer services ask for the subject alone.
        (message, if shared.required_key.is_some() { Severity::Warning } else { Severity::Info })
    } else if is_missing && COGNITO.contains(&shared.issuer) {
        // STS rejects the tokens of other accounts' pools where there is no condition at all.
        let any = "any Cognito identity pool of the account";
        (format!("{any} can assume {}: {reason}", setting.subject()), Severity::Error)
    } else {
        let any = any.unwrap_or_else(|| format!("any customer of `{issuer}`"));
        (format!("{any} can assume {}: {reason}", setting.subject()), Severity::Error)
    };
    Some(finding(setting, item, (span, message)).severity(severity).help(format!(
        "add `StringEquals` on `{}` with {}{}",
        shared.tenant_key,
        own_value(shared),
        apart_from_others(setting, item)
    )))
}

/// What a customer of an issuer writes.
fn own_value(shared: &SharedIssuer) -> &'static str {
    match shared.issuer {
        issuer if COGNITO.contains(&issuer) => "the ID of your identity pool",
        "accounts.google.com" => "your client ID, or the unique ID of your service account",
        "graph.facebook.com" | "www.amazon.com" => "the ID of your app",
        _ => "the audience of your organization",
    }
}

/// Whether the statement asks for one person or workload by another claim.
fn pins_somebody(setting: &Setting<'_>, issuer: &Text, request: &condition::Context) -> Answer {
    let pins = |name: &str| match federation::claim(setting.statement, issuer, name, request) {
        Claim::Present { .. } => match federation::limits(setting.statement, issuer, name, request) {
            Some(limits) => limits.iter().any(|limit| any_value(limit).is_none()).into(),
            None => Answer::Unknown,
        },
        Claim::Unknown => Answer::Unknown,
        Claim::Missing | Claim::Ineffective { .. } => Answer::No,
    };
    pins("sub").or(pins("email"))
}

/// A value of a condition that names nobody: `*`, or what comes before the first name only: `eu-west-1:*`.
fn any_value(limit: &Limit) -> Option<&Item<Text>> {
    let is_any = |item: &&Item<Text>| {
        item.value.as_literal().is_some_and(|pattern| {
            let fixed = pattern.trim_end_matches(['*', '?']);
            let is_end = fixed.is_empty() || fixed.ends_with([':', '/']) || fixed.starts_with('*');
            pattern.contains('*') && is_end
        })
    };
    limit.values.iter().find(is_any).filter(|_| limit.wildcards)
}

/// Any other provider: STS compares the audience with its client IDs, so a condition adds something where there are several.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html>
fn not_asked(
    context: &Context<'_>,
    setting: &Setting<'_>,
    (item, issuer): (&Item<Principal>, &Text),
) -> Option<Diagnostic> {
    let request = context.request();
    let literal = issuer.as_literal();
    let key = match &literal {
        Some(issuer) => format!("`{issuer}:aud`"),
        None => "the `:aud` key of the provider".to_owned(),
    };
    let (reason, span) = match federation::claim(setting.statement, issuer, "aud", request) {
        Claim::Missing => (format!("no condition on {key}"), item.span),
        Claim::Ineffective { span, reason } => (reason, span),
        Claim::Present { .. } | Claim::Unknown => return None,
    };
    // Without a subject, there is more to say.
    if missing_oidc_subject::speaks(setting, item, request) {
        return None;
    }
    let providers = context.graph.find_providers(item, setting.unit());
    let known: Vec<&Provider> = providers.iter().copied().filter(|one| !one.clients.open).collect();
    if !providers.is_empty()
        && known.len() == providers.len()
        && known.iter().all(|one| one.clients.ids.len() == 1)
    {
        return None;
    }
    let several = known.into_iter().find(|one| one.clients.ids.len() > 1);
    let whose = literal.map_or_else(|| "its OIDC provider".to_owned(), |issuer| format!("`{issuer}`"));
    let message = format!(
        "{} accepts tokens of {whose} for every audience of the provider: {reason}",
        setting.subject()
    );
    let finding = finding(setting, item, (span, message)).help(format!(
        "add a condition on {key} with the audience that is meant for this role{}",
        apart_from_others(setting, item)
    ));
    if let Some(provider) = several {
        let declared = &context.graph.declarations[provider.declaration];
        let (_, span) = provider.clients.ids.first()?;
        let spot = Spot::of(context.graph, provider.declaration, *span, declared.present);
        let names = listed(provider.clients.ids.iter().map(|(id, _)| format!("`{id}`")));
        return Some(finding.related(label(&spot, *span, format!("accepts {names}"))));
    }
    // Providers of clusters have one client ID. Others may have one only, too, and then nothing is to be said.
    if is_of_cluster(setting, issuer) {
        return None;
    }
    Some(finding.severity(Severity::Info).possible())
}

/// Whether a provider is that of an EKS cluster, by its name or by the service accounts that the statement trusts: all guides make
/// it with `sts.amazonaws.com` as its only client ID.
///
/// <https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html>
fn is_of_cluster(setting: &Setting<'_>, issuer: &Text) -> bool {
    let is_account = |item: &Item<Text>| item.value.begins_with("system:serviceaccount:");
    let mut conditions = setting.statement.conditions.iter();
    issuer.begins_with("oidc.eks.") || conditions.any(|one| one.values.iter().any(is_account))
}

fn finding(setting: &Setting<'_>, item: &Item<Principal>, (span, message): (Span, String)) -> Diagnostic {
    let finding = RULE
        .on(&Spot { span, ..setting.item(item) }, message, "any audience is accepted")
        .about([item.text.to_string()]);
    if span == item.span { finding } else { finding.related(beside(setting, item.span, "identity provider")) }
}
