//! Conditions that look like a limit and are none.

use super::common::listed;
use super::inapplicable_condition_key::in_place_of;
use super::{Context, Rule};
use crate::ask::{Setting, Spot, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{IdentityKind, Purpose};
use crate::iam::condition::{self, Slack};
use crate::iam::data;
use crate::iam::policy::{self, Item, Polarity};
use crate::iam::principal::Principal;

pub(super) static RULE: Rule = Rule {
    name: "ineffective-condition",
    summary: "a condition of an Allow looks like a limit, and requests that it should keep out satisfy it",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "condition",
    since: "0.1.0",
    page: include_str!("../../rules/ineffective-condition.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in statements(context.graph) {
        let allows = setting.statement.effect == Some(policy::Effect::Allow);
        if !allows || setting.statement.conditions.is_empty() {
            continue;
        }
        let slack = condition::slack(setting.statement, context.request());
        let all = slack.into_iter().filter(|slack| !always_has(&setting, slack));
        found.extend(all.map(|slack| finding(&setting, &slack)));
    }
}

/// Whether only roles can be the principal, and they always have the key: it says whether their session began with MFA.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent>
fn always_has(setting: &Setting<'_>, slack: &Slack<'_>) -> bool {
    let is_of_session = slack.item.is_none()
        && slack.condition.key.value.as_literal().is_some_and(|key| key.eq_ignore_ascii_case(OF_SESSION));
    if !is_of_session {
        return false;
    }
    if let Some(clause) = &setting.statement.principals {
        let is_role = |item: &Item<Principal>| {
            matches!(item.value, Principal::Role { .. } | Principal::RoleSession { .. })
        };
        return clause.polarity == Polarity::In
            && !clause.open
            && !clause.items.is_empty()
            && clause.items.iter().all(is_role);
    }
    let holders = &setting.document.holders;
    setting.document.purpose == Purpose::Identity
        && !holders.is_empty()
        && holders.iter().all(|id| setting.graph.identities[*id].kind == IdentityKind::Role)
}

/// Absent only from requests with the access keys of a user.
const OF_SESSION: &str = "aws:MultiFactorAuthPresent";

fn is_one_of_several(setting: &Setting<'_>, condition: &policy::Condition) -> bool {
    let operator = condition.operator.span;
    setting.statement.conditions.iter().filter(|other| other.operator.span == operator).nth(1).is_some()
}

/// What to write. What acts on no resource would be denied by a condition on tags of the resource that holds.
fn help(setting: &Setting<'_>, slack: &Slack<'_>) -> String {
    let key = slack.condition.key.value.to_string();
    if let Some(instead) = in_place_of(setting, slack.condition).filter(|_| slack.item.is_none()) {
        return instead;
    }
    let is_of_resource = key.to_ascii_lowercase().contains("resourcetag/");
    let acts_on_none = |action: &str| {
        let is_known =
            action.split_once(':').is_some_and(|(service, name)| data::action_exists(service, name));
        is_known && data::resource_types(action).next().is_none()
    };
    let actions = &setting.statement.actions;
    let names = actions.items.iter().filter_map(|item| item.value.as_literal());
    let idle: Vec<String> = names.filter(|name| acts_on_none(name)).map(|name| format!("`{name}`")).collect();
    if !is_of_resource || idle.is_empty() || actions.polarity == Polarity::NotIn {
        return slack.help.clone();
    }
    let acts = if idle.len() == 1 { "acts" } else { "act" };
    let operator = &slack.condition.operator.value;
    let plain = operator.split_once(':').map_or(operator.as_str(), |(_, plain)| plain);
    format!(
        "put {}, which {acts} on no resource, into a statement without this condition, and write `{plain}` here",
        listed(idle)
    )
}

fn finding(setting: &Setting<'_>, slack: &Slack<'_>) -> Diagnostic {
    let key = &slack.condition.key.value;
    // Of a key of one service, nobody knows which requests that are meant have it.
    let limits = if slack.minor && slack.item.is_none() {
        "limits only requests that have the key"
    } else {
        "limits less than it says"
    };
    let message = format!("the condition on `{key}` in {} {limits}: {}", setting.subject(), slack.reason);
    let spot = match slack.item {
        Some(item) => setting.item(item),
        // Blocks of a source document with the same test are one operator.
        None if is_one_of_several(setting, slack.condition) => setting.spot(slack.condition.key.span),
        None => setting.spot(slack.condition.operator.span),
    };
    let spot: Spot<'_> = spot.also(slack.condition.present);
    let finding = RULE.on(&spot, message, slack.label).help(help(setting, slack)).about([key.to_string()]);
    if slack.minor { finding.severity(Severity::Info) } else { finding }
}
