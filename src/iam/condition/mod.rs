//! Conditions: what operators mean, and whether a request can satisfy them.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>

mod availability;
mod compare;
pub(crate) mod conflict;
mod constraint;
mod context;
mod fitting;
mod operator;
mod satisfy;
mod slack;
mod typed;
mod variables;

pub(crate) use availability::{KeyMisuse, never_has, wrong_principal_arn};
pub(crate) use compare::network;
pub(crate) use conflict::is_sendable;
pub(crate) use constraint::{Constraint, Quantity, folded};
pub use context::{Context, Presence};
pub(crate) use fitting::{fitting, is_any, with_wildcards};
pub use operator::{Operator, SetOperator, Test};
pub(crate) use satisfy::satisfiable as constraints_satisfiable;
pub(crate) use slack::{Slack, slack};
pub(crate) use typed::{Mistyped, is_stand_in, is_to_be_filled, mistyped};
pub(crate) use variables::{expand, has_variable, have_values, left_as_text, stands_in};

use super::policy::{Condition, Statement};
use crate::value::Answer;

/// Whether some request satisfies all conditions. `open` says that there may be further conditions.
pub fn satisfiable(conditions: &[Condition], open: bool, context: &Context) -> Answer {
    satisfy::satisfiable(&constraints(conditions, context), open, context)
}

/// Whether some request satisfies all that is asked, key by key.
pub(crate) fn satisfiable_all<'c>(
    constraints: impl IntoIterator<Item = &'c Constraint>,
    context: &Context,
) -> Answer {
    satisfy::satisfiable(constraints, false, context)
}

/// Whether every request satisfies all conditions; `Yes` for none.
pub fn tautology(conditions: &[Condition], open: bool, context: &Context) -> Answer {
    let refuted = Answer::any(constraints(conditions, context).iter().map(|constraint| {
        constraint.present.and(satisfy::satisfiable(
            &[Constraint { present: Answer::Yes, ..constraint.turned() }],
            false,
            context,
        ))
    }));
    let answer = !refuted;
    if open { answer.and(Answer::Unknown) } else { answer }
}

/// The first condition of a statement that no request satisfies, whatever the others ask.
pub fn unmet<'s>(statement: &'s Statement, context: &Context) -> Option<&'s Condition> {
    let fails = |condition: &&Condition| {
        satisfy::satisfiable(&[Constraint::of(condition, context)], false, context).is_no()
    };
    statement.conditions.iter().find(fails)
}

/// What the conditions ask, key by key.
pub(crate) fn constraints(conditions: &[Condition], context: &Context) -> Vec<Constraint> {
    conditions.iter().map(|condition| Constraint::of(condition, context)).collect()
}

/// The conditions of a statement on one key, written in any case.
pub fn on_key<'a>(statement: &'a Statement, key: &str) -> impl Iterator<Item = &'a Condition> {
    statement.conditions.iter().filter(move |condition| {
        condition.key.value.as_literal().is_some_and(|name| name.eq_ignore_ascii_case(key))
    })
}

#[cfg(test)]
mod tests;
