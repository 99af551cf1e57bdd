//! Subjects that no token of the OIDC provider has.

use super::common::{beside, either};
use super::{Context, Rule, missing_oidc_subject};
use crate::ask::{Setting, trusting};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::condition;
use crate::iam::data::shared_oidc_issuer;
use crate::iam::federation::{self, Form, Limit};
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "unmatchable-subject",
    summary: "a trust policy requires a subject that no token of the OIDC provider can have",
    effect: Effect::Dead,
    severity: Severity::Error,
    family: "federation",
    since: "0.1.0",
    page: include_str!("../../rules/unmatchable-subject.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in trusting(context.graph).filter(|it| !it.statement.conditions.is_empty()) {
        for (item, issuer) in setting.token_issuers() {
            let Some(form) = form(issuer) else { continue };
            let limits = federation::limits(setting.statement, issuer, "sub", request).unwrap_or_default();
            for limit in &limits {
                let wrong = limit.values.iter().filter_map(|value| Some((value, why(form, limit, value)?)));
                let wrong: Vec<_> = wrong.collect();
                let all = wrong.len() == limit.values.len();
                if wrong.is_empty() || setting.unusable_provider(item, request).is_some() {
                    continue;
                }
                let severity = if all { Severity::Error } else { Severity::Warning };
                let each =
                    wrong.iter().map(|(value, why)| finding(&setting, item, (value, why)).severity(severity));
                found.extend(each);
            }
            if federation::may_name_owner(setting.statement)
                && limits
                    .iter()
                    .all(|limit| limit.values.iter().all(|value| why(form, limit, value).is_none()))
            {
                found.extend(of_another(&setting, (item, issuer), request));
            }
        }
    }
}

/// A subject of one tenant where another claim has to be of another one.
fn of_another(
    setting: &Setting<'_>,
    (item, issuer): (&Item<Principal>, &Text),
    request: &condition::Context,
) -> Option<Diagnostic> {
    let shared = issuer.as_literal().and_then(|it| shared_oidc_issuer(&it))?;
    let owners = federation::owners(setting.statement, issuer, &shared, request)?;
    let (subjects, others): (Vec<_>, Vec<_>) = owners.iter().partition(|one| one.claim == "sub");
    let mut pairs = subjects.iter().flat_map(|one| others.iter().map(move |other| (*one, *other)));
    let (subject, other) = pairs.find(|(one, other)| one.exclude(other))?;
    let (value, tenant) = subject.values.iter().find_map(|(value, it)| Some((value, it.as_ref()?)))?;
    let named = either(other.tenants().map(|it| format!("`{it}`")));
    let why = format!("it is one of `{tenant}`, and `{issuer}:{}` has to be of {named}", other.claim);
    let is_usable = setting.unusable_provider(item, request).is_none();
    let second = other.values.first().map(|(value, _)| beside(setting, value.span, "another organization"));
    let finding = || finding(setting, item, (value, &why));
    is_usable.then(|| second.into_iter().fold(finding(), Diagnostic::related))
}

/// How subjects of an issuer are made, where that is documented and leaves something out.
fn form(issuer: &Text) -> Option<Form> {
    if missing_oidc_subject::cluster(issuer).is_some() {
        return Some(Form::Kubernetes);
    }
    let issuer = issuer.as_literal()?;
    match &*issuer.to_ascii_lowercase() {
        "token.actions.githubusercontent.com" => Some(Form::GitHub),
        "gitlab.com" => Some(Form::GitLab),
        "app.terraform.io" => Some(Form::Terraform),
        circle if circle.starts_with("oidc.circleci.com/org/") => Some(Form::CircleCi),
        _ => None,
    }
}

/// Why no token has a subject that a value matches. What `StringEquals` makes of wildcards is another question.
fn why(form: Form, limit: &Limit, value: &Item<Text>) -> Option<String> {
    let subject = value.value.as_literal()?;
    if !limit.wildcards && subject.contains(['*', '?']) {
        return None;
    }
    federation::impossible_subject(form, &subject)
}

fn finding(setting: &Setting<'_>, item: &Item<Principal>, (value, why): (&Item<Text>, &str)) -> Diagnostic {
    let message =
        format!("no token has the subject `{}` that {} requires: {why}", value.text, setting.subject());
    RULE.on(&setting.item(value).also(item.present), message, "matches no token")
        .related(beside(setting, item.span, "identity provider"))
        .help("write the subject as the provider issues it; the claims of a token show it")
        .about([value.text.to_string()])
}
