//! Patterns of actions against patterns of actions.

use super::caller::{Caller, clause_matches};
use crate::iam::condition::{Context, satisfiable, tautology};
use crate::iam::glob::{self, Case};
use crate::iam::policy::{Effect, Item, Polarity, Policy, Statement};
use crate::value::{Answer, Text};

/// How much of a pattern of actions is allowed.
#[derive(Clone, Debug)]
pub struct Coverage<'a> {
    /// Every action of the pattern.
    pub all: Answer,
    /// At least one action of the pattern.
    pub any: Answer,
    /// The statements that allow some of it, or may.
    pub allowed_by: Vec<&'a Statement>,
    /// The statements that deny some of it, or may.
    pub denied_by: Vec<&'a Statement>,
}

/// The action patterns that a resource policy grants to the caller, and how surely. `NotAction` grants are left
/// out: what they grant has no pattern.
pub fn granted_actions<'a>(
    policy: &'a Policy,
    caller: &Caller,
    context: &Context,
) -> Vec<(&'a Item<Text>, &'a Statement, Answer)> {
    let context = caller.context(context).variables(super::expands(policy));
    let mut granted = Vec::new();
    for statement in policy.statements.iter().filter(|one| one.effect == Some(Effect::Allow)) {
        let Some(principals) = &statement.principals else { continue };
        let (named, _) = clause_matches(principals, caller, statement.effect);
        let satisfiable = satisfiable(&statement.conditions, statement.conditions_open, &context);
        let answer = named.and(satisfiable).and(statement.present);
        if answer.is_no() || statement.actions.polarity == Polarity::NotIn {
            continue;
        }
        granted
            .extend(statement.actions.items.iter().map(|item| (item, statement, answer.and(item.present))));
    }
    granted
}

/// How much of an action pattern identity policies allow on resources of the pattern `resource`.
pub fn identity_covers<'a>(
    policies: &[&'a Policy],
    action: &Text,
    resource: &Text,
    context: &Context,
) -> Coverage<'a> {
    let mut coverage =
        Coverage { all: Answer::No, any: Answer::No, allowed_by: Vec::new(), denied_by: Vec::new() };
    // Patterns that surely count, and all that may.
    let (mut sure, mut maybe): (Vec<&Text>, Vec<&Text>) = (Vec::new(), Vec::new());
    let mut denied = (Answer::No, Answer::No);
    for policy in policies {
        let context = context.clone().variables(super::expands(policy));
        for statement in &policy.statements {
            let touch =
                statement.present.and(statement.actions.touches_actions(action)).and(on(statement, resource));
            if touch.is_no() {
                continue;
            }
            if statement.effect == Some(Effect::Deny) {
                let always = tautology(&statement.conditions, statement.conditions_open, &context);
                // A denial with conditions leaves requests that are allowed.
                let some = touch.and(if always.is_no() { Answer::No } else { always });
                denied.0 = denied.0.or(some);
                denied.1 = denied.1.or(some.and(statement.actions.covers_actions(action)));
                if !some.is_no() {
                    coverage.denied_by.push(statement);
                }
                continue;
            }
            let allows = satisfiable(&statement.conditions, statement.conditions_open, &context);
            let known = if statement.effect.is_some() { Answer::Yes } else { Answer::Unknown };
            let whole = statement.present.and(allows).and(known);
            coverage.any = coverage.any.or(touch.and(whole));
            coverage.all = coverage
                .all
                .or(whole.and(statement.actions.covers_actions(action)).and(all_of(statement, resource)));
            if !whole.is_no() {
                coverage.allowed_by.push(statement);
                note_patterns(statement, whole.and(all_of(statement, resource)), &mut sure, &mut maybe);
            }
        }
    }
    union(&mut coverage, action, &sure, &maybe);
    coverage.all = coverage.all.and(!denied.0);
    coverage.any = match denied {
        (_, Answer::Yes) => Answer::No,
        (Answer::No, _) => coverage.any,
        _ => coverage.any.and(Answer::Unknown),
    };
    if policies.iter().any(|policy| policy.open) {
        (coverage.all, coverage.any) = (Answer::Unknown, Answer::Unknown);
    }
    coverage
}

pub(super) fn on(statement: &Statement, resource: &Text) -> Answer {
    statement.resources.as_ref().map_or(Answer::Unknown, |clause| clause.touches_arns(resource))
}

fn all_of(statement: &Statement, resource: &Text) -> Answer {
    statement.resources.as_ref().map_or(Answer::Unknown, |clause| clause.covers_arns(resource))
}

fn note_patterns<'a>(
    statement: &'a Statement,
    whole: Answer,
    sure: &mut Vec<&'a Text>,
    maybe: &mut Vec<&'a Text>,
) {
    if statement.actions.polarity == Polarity::NotIn {
        return;
    }
    for item in &statement.actions.items {
        maybe.push(&item.value);
        if whole.and(item.present).is_yes() {
            sure.push(&item.value);
        }
    }
}

/// Several statements may cover together what none covers alone.
fn union(coverage: &mut Coverage<'_>, action: &Text, sure: &[&Text], maybe: &[&Text]) {
    if coverage.all.is_yes() {
        return;
    }
    if glob::includes(sure, action, Case::Folded).is_yes() {
        coverage.all = Answer::Yes;
        return;
    }
    let negated =
        coverage.allowed_by.iter().any(|one| one.actions.polarity == Polarity::NotIn || one.actions.open);
    if !coverage.allowed_by.is_empty() && (negated || !glob::includes(maybe, action, Case::Folded).is_no()) {
        coverage.all = coverage.all.or(Answer::Unknown);
    }
}
