//! Organizations that are not ours.

use std::collections::BTreeSet;

use super::common::actions_of;
use super::{Context, Rule};
use crate::ask::{Setting, principals};
use crate::diagnostic::{Diagnostic, Effect, Severity, said};
use crate::iam::callers;
use crate::iam::condition;
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "unknown-organization",
    summary: "a policy is limited by an organization only, and that is not yours",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/unknown-organization.md"),
    check,
};

/// The keys that hold an organization, or a path in one.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const OF_CALLERS: &[&str] =
    &["aws:principalorgid", "aws:principalorgpaths", "aws:vpceorgid", "aws:vpceorgpaths"];

/// The same, for what a service acts for.
const OF_SOURCES: &[&str] = &["aws:sourceorgid", "aws:sourceorgpaths"];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut named: Vec<(Setting<'_>, &Item<Text>, String)> = Vec::new();
    for setting in principals(context.graph) {
        if !setting.statement.conditions.is_empty() {
            named.extend(only_limits(context, &setting));
        }
    }
    let organizations: BTreeSet<&str> = named.iter().map(|(_, _, id)| id.as_str()).collect();
    let is_alone = organizations.len() < 2;
    for (setting, item, id) in &named {
        match context.graph.accounts.is_own_organization(id) {
            Some(true) => {}
            Some(false) => found.push(finding(setting, item, id, Severity::Warning)),
            // One that stands everywhere is most likely ours.
            None if is_alone => {}
            None => found.push(finding(setting, item, id, Severity::Info)),
        }
    }
}

/// The organizations that a statement is limited to, when nothing else limits whom it lets in.
fn only_limits<'g>(
    context: &Context<'_>,
    setting: &Setting<'g>,
) -> Vec<(Setting<'g>, &'g Item<Text>, String)> {
    let (document, statement) = (setting.document, setting.statement);
    let keys = |item: &Item<Principal>| match item.value {
        Principal::Everyone => Some(OF_CALLERS),
        Principal::Service(_) => Some(OF_SOURCES),
        _ => None,
    };
    let is_meant = |keys: &[&str]| keys.iter().any(|key| condition::on_key(statement, key).next().is_some());
    let Some(keys) = setting.listed().iter().filter_map(keys).find(|keys| is_meant(keys)) else {
        return Vec::new();
    };
    let admitted = callers::admitted(&document.policy, statement, &document.service, context.request());
    let mut bounds = admitted.bounds.iter().filter(|bound| !bound.answer.is_no());
    let is_of_organization =
        |bound: &callers::Bound| keys.contains(&bound.key.as_str()) && bound.answer.is_yes() && !bound.open;
    if statement.conditions_open || admitted.bounds.is_empty() || !bounds.all(is_of_organization) {
        return Vec::new();
    }
    let values =
        keys.iter().flat_map(|key| condition::on_key(statement, key)).flat_map(|it| it.values.iter());
    values.filter_map(|item| Some((*setting, item, organization(&item.value)?))).collect()
}

/// The ID in a value: of an organization, or of one at the beginning of a path.
fn organization(value: &Text) -> Option<String> {
    let literal = value.as_literal()?;
    let id = literal.split('/').next().unwrap_or_default();
    // A placeholder such as `o-xxxxxxxxxxx` is nobody's.
    // https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html
    let rest = id.strip_prefix("o-")?;
    let is_legal = (10..=32).contains(&rest.len())
        && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_varied = rest.bytes().skip(1).zip(rest.bytes()).any(|(one, other)| one != other);
    (is_legal && is_varied).then(|| id.to_owned())
}

fn finding(setting: &Setting<'_>, item: &Item<Text>, id: &str, severity: Severity) -> Diagnostic {
    let every = if severity == Severity::Warning {
        "which is not yours"
    } else {
        "one of several in these templates"
    };
    let of_endpoints = ["aws:vpceorgid", "aws:vpceorgpaths"].into_iter();
    let mut of_endpoints = of_endpoints.flat_map(|key| condition::on_key(setting.statement, key));
    let is_of_endpoints = of_endpoints.any(|it| it.values.iter().any(|value| value.span == item.span));
    let whom = if is_of_endpoints { "everyone who comes through a VPC endpoint" } else { "every account" };
    let what = if setting.is_trust() {
        format!("{whom} of organization {id}, {every}, can assume {}", setting.subject())
    } else {
        let actions = actions_of(setting.statement);
        format!("{} grants {actions} to {whom} of organization {id}, {every}", setting.subject())
    };
    let help = format!(
        "if this organization is yours, set `id = \"{id}\"` under `[organization]` in trustlint.toml; otherwise name the accounts that need access"
    );
    let mut finding =
        RULE.on(&setting.item(item), what, "another organization").severity(severity).help(help).about([id]);
    finding.group = Some(said(id));
    finding
}
