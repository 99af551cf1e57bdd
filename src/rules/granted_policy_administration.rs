//! Policies that let other accounts change them.

use super::common::{account_of, beside, listed, listing};
use super::privileged_outside_trust::severity_of;
use super::{Context, Rule};
use crate::ask::{Question, Setting, What, principals};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Purpose;
use crate::iam::action::action_matches;
use crate::iam::data;
use crate::iam::policy::{Item, Polarity};
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "granted-policy-administration",
    summary: "a resource policy lets another account change the policy itself",
    effect: Effect::Exposed,
    severity: Severity::Error,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/granted-policy-administration.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in principals(context.graph) {
        let Purpose::Resource(id) = setting.document.purpose else { continue };
        let actions: Vec<String> =
            data::administers_policy_across(context.graph.resources[id].service).collect();
        let given = |action: &&String| setting.statement.actions.takes(action).is_yes();
        let given: Vec<&String> = actions.iter().filter(given).collect();
        if given.is_empty() {
            continue;
        }
        for item in setting.listed() {
            found.extend(finding(context, &setting, item, (&given, &What::resource(id))));
        }
    }
}

fn finding(
    context: &Context<'_>,
    setting: &Setting<'_>,
    item: &Item<Principal>,
    (given, target): (&[&String], &What),
) -> Option<Diagnostic> {
    let graph = context.graph;
    let severity = severity_of(setting, item)?;
    let account = account_of(&item.value)?;
    let (_, who) = context.ask.whom(setting, item)?;
    let is_granted = |action: &&&String| {
        let question = Question { caller: &who, target, action, within: None };
        !context.ask.sides(&question).other.is_no()
    };
    let given: Vec<&String> = given.iter().copied().filter(|action| is_granted(&action)).collect();
    if given.is_empty() {
        return None;
    }
    let names = listed(given.iter().map(|action| format!("`{action}`")));
    let shown = graph.accounts.shown(account);
    let whom = match &item.value {
        Principal::Account { .. } => format!("account {shown}"),
        _ => format!("`{}` of account {shown}", item.text),
    };
    let message = format!(
        "{} allows {whom} to call {names}, and with it to change the policy itself",
        setting.subject()
    );
    let fewer = "list only the actions that the other account needs";
    let help = if graph.accounts.lists_any() || severity != Severity::Info {
        fewer.to_owned()
    } else {
        format!("if this account is yours, {}; otherwise {fewer}{}", listing(&shown), context.given_by(item))
    };
    let mut finding = RULE
        .on(&setting.item(item), message, "can change this policy")
        .severity(severity)
        .help(help)
        .about([item.text.to_string()]);
    if let Some(action) = wide(setting, &given) {
        finding = finding.related(beside(setting, action.span, "includes it"));
    }
    Some(finding)
}

/// The pattern that includes such an action, where none is written out.
fn wide<'g>(setting: &Setting<'g>, given: &[&String]) -> Option<&'g Item<Text>> {
    let actions = &setting.statement.actions;
    if actions.polarity == Polarity::NotIn {
        return None;
    }
    let takes = |item: &&Item<Text>| {
        given
            .iter()
            .any(|action| action_matches(&item.value, &Text::literal(action.as_str(), item.span)).is_yes())
    };
    actions.items.iter().find(takes)
}
