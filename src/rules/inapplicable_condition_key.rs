//! Conditions on keys that the requests in question never have.

use super::common::{beside, listed};
use super::{Context, Rule};
use crate::ask::{Setting, conditions};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::condition::{self, KeyMisuse, Operator, Presence, Test};
use crate::iam::policy::{self, Condition, Item, Polarity};
use crate::iam::principal::Principal;
use crate::value::{Answer, Text};

pub(super) static RULE: Rule = Rule {
    name: "inapplicable-condition-key",
    summary: "a condition asks for a key that requests of this principal or action never have",
    effect: Effect::Dead,
    severity: Severity::Warning,
    family: "condition",
    since: "0.1.0",
    page: include_str!("../../rules/inapplicable-condition-key.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (setting, condition) in conditions(context.graph) {
        found.extend(wrong_arn(&setting, condition));
        let asks = Operator::parse(&condition.operator.value)
            .is_some_and(|operator| operator.test != Test::Null && !operator.holds_when_absent());
        let allows = setting.statement.effect == Some(policy::Effect::Allow);
        if !asks || !allows {
            continue;
        }
        let Some(key) = condition.key.value.as_literal() else { continue };
        if is_of_other_service(context.request(), &setting, &key) {
            found.push(of_action(&setting, condition));
        } else {
            found.extend(of_principal(&setting, condition, &key));
        }
    }
}

/// Whether only requests to another service than those of all actions of the statement have the key.
fn is_of_other_service(request: &condition::Context, setting: &Setting<'_>, key: &str) -> bool {
    let actions = &setting.statement.actions;
    let lacks = |action: &Item<Text>| {
        let Some(action) = action.value.as_literal() else { return false };
        matches!(request.clone().asking(&action).get(key), Presence::Absent)
    };
    !key.contains('/')
        && !key.get(..4).is_some_and(|begins| begins.eq_ignore_ascii_case("aws:"))
        && actions.polarity == Polarity::In
        && !actions.open
        && !actions.items.is_empty()
        && actions.items.iter().all(lacks)
}

fn of_action(setting: &Setting<'_>, condition: &Condition) -> Diagnostic {
    let key = &condition.key.value;
    let service = key.to_string().split(':').next().unwrap_or_default().to_owned();
    let message = format!(
        "{} allows nothing: only requests to `{service}` have `{key}`, and the statement has no action of it",
        setting.subject()
    );
    let is_open = setting.listed().iter().any(|item| item.value == Principal::Everyone);
    let is_service = |item: &Item<Principal>| matches!(item.value, Principal::Service(_));
    let help = if is_open {
        "put the condition into the statement whose actions have the key, and write here what is meant: without a condition, the statement lets everyone in"
    } else if setting.listed().iter().any(is_service) {
        "put the condition into the statement whose actions have the key, and write here what limits the service, such as `aws:SourceArn` or `aws:SourceAccount`"
    } else {
        "remove the condition, or put it into the statement whose actions have the key"
    };
    RULE.on(&setting.spot(condition.key.span).also(condition.present), message, "never in these requests")
        .help(help)
        .about([key.to_string()])
}

/// The principals of the statement whose requests never have the key of a condition.
fn misuses<'g>(
    setting: &Setting<'g>,
    condition: &Condition,
    key: &str,
) -> Vec<(&'g Item<Principal>, KeyMisuse)> {
    let service = if setting.is_trust() { "iam" } else { &setting.document.service };
    let misused = |item: &Item<Principal>| condition::never_has(&item.value, key, condition, service);
    setting.listed().iter().filter_map(|item| Some((item, misused(item)?))).collect()
}

/// What limits the principals of a statement in place of a key that none of them has.
pub(super) fn in_place_of(setting: &Setting<'_>, condition: &Condition) -> Option<String> {
    let misuses = misuses(setting, condition, &condition.key.value.as_literal()?);
    let (_, first) = *misuses.first()?;
    (misuses.len() == setting.listed().len() && misuses.iter().all(|(_, one)| one.whose == first.whose))
        .then(|| first.help(None))
}

/// The principals of the statement whose requests never have the key, of the first sort of which there is one.
fn of_principal(setting: &Setting<'_>, condition: &Condition, key: &str) -> Option<Diagnostic> {
    let misuses = misuses(setting, condition, key);
    let (_, first) = *misuses.first()?;
    let whose = first.whose;
    let of_sort = misuses.iter().filter(|(_, one)| one.whose == whose);
    // Where one of them is certainly there, those that may be add nothing.
    let mut lacking: Vec<&Item<Principal>> = of_sort.map(|(item, _)| *item).collect();
    let present = lacking.iter().map(|item| item.present).fold(Answer::No, Answer::or);
    lacking.retain(|item| !present.is_yes() || item.present.is_yes());
    let mut names: Vec<String> = Vec::new();
    for item in &lacking {
        let name = format!("`{}`", item.text);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let who = listed(names.iter().cloned());
    let message = format!(
        "{} grants nothing to {who}: requests of {whose} never have `{}`",
        setting.subject(),
        condition.key.value
    );
    // What limits these principals would keep out the others.
    let is_alone =
        misuses.iter().all(|(_, one)| one.whose == whose) && misuses.len() == setting.listed().len();
    let help = first.help((!is_alone).then_some((who.as_str(), names.len() > 1)));
    let spot = setting.spot(condition.key.span).also(condition.present).also(present);
    let mut finding = RULE.on(&spot, message, "never in these requests").help(help);
    for item in lacking.iter().take(bounds::WITNESSES) {
        finding = finding.related(beside(setting, item.span, "sends no such key"));
    }
    let whom = lacking.iter().map(|item| item.text.to_string());
    Some(finding.about([condition.key.value.to_string()]).about(whom))
}

/// A value of `aws:PrincipalArn` that no principal has.
fn wrong_arn(setting: &Setting<'_>, condition: &Condition) -> Option<Diagnostic> {
    let is_arn =
        condition.key.value.as_literal().is_some_and(|key| key.eq_ignore_ascii_case("aws:PrincipalArn"));
    if !is_arn {
        return None;
    }
    let operator = Operator::parse(&condition.operator.value)?;
    let wrong = |item: &Item<Text>| condition::wrong_principal_arn(&item.value, operator.test);
    let (item, wrong) = condition.values.iter().find_map(|item| wrong(item).map(|why| (item, why)))?;
    let message = format!("no principal matches `{}` in {}: {}", item.text, setting.subject(), wrong.reason);
    let finding = RULE
        .on(&setting.item(item).also(condition.present), message, "never the ARN of a principal")
        .help(wrong.help)
        .about([item.text.to_string()]);
    let has_others = condition
        .values
        .iter()
        .any(|item| condition::wrong_principal_arn(&item.value, operator.test).is_none());
    Some(if has_others { finding.severity(Severity::Info) } else { finding })
}
