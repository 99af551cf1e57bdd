//! Whom the conditions of a statement leave when its principal is everyone.
//!
//! A condition bounds the callers when it fails for a request without its key, and when every value it accepts
//! names somebody: an account, an organization, a service, a network. Everything else looks like a limit and
//! is none; why is said in [`Loophole`]s.

mod keys;
mod values;

pub use keys::Bounding;
use std::sync::Arc;

use keys::{Subject, subject};
use values::pinned;

use super::condition::{Constraint, Context, Quantity, Test, constraints};
use super::data;
use super::policy::{Effect, Item, Polarity, Policy, Statement};
use super::principal::Principal;
use crate::source::Span;
use crate::value::{Answer, Text};

/// What bounds the callers of a statement, and what looks as if it did.
#[derive(Clone, Debug)]
pub struct Callers {
    /// Whether the callers are bounded at all.
    pub bounded: Answer,
    /// What bounds them; each of the bounds holds.
    pub bounds: Vec<Bound>,
    /// Conditions that limit nothing, and why.
    pub loopholes: Vec<Loophole>,
}

/// A condition that bounds the callers.
#[derive(Clone, Debug)]
pub struct Bound {
    /// What it bounds them to.
    pub kind: Bounding,
    /// The key, in lower case.
    pub key: String,
    /// Whether it does.
    pub answer: Answer,
    /// The values accepted; any of them will do.
    pub values: Arc<[Item<Text>]>,
    /// There may be further values.
    pub open: bool,
    /// The key, where it is written.
    pub key_span: Span,
}

/// A condition that does not limit who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loophole {
    /// Where: the operator, the key or the value.
    pub span: Span,
    /// Why, as a clause that stands alone: "`StringEqualsIfExists` also matches requests without this key".
    pub reason: String,
    /// Which sort of loophole it is.
    pub kind: LoopholeKind,
}

/// Why a condition does not limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoopholeKind {
    /// True when the key is absent: `…IfExists`, `ForAllValues:`.
    Absent,
    /// Negated: matches everyone except the values listed.
    Negated,
    /// A value that everyone has or can choose.
    Value,
    /// The key says nothing about the caller.
    Key,
}

/// Whom the conditions of `statement` leave, taken alone. `service` is the one the policy belongs to: `iam`
/// for a trust policy, `s3`, `sns`, `kms`, `lambda`, …
pub fn callers(statement: &Statement, service: &str, context: &Context) -> Callers {
    let all = constraints(&statement.conditions, context);
    let mut callers = of_constraints(&all, service, false);
    if statement.conditions_open {
        callers.bounded = callers.bounded.or(Answer::Unknown);
    }
    callers
}

/// Whom a policy leaves of those that `statement` admits: its own conditions, and the `Deny` statements beside
/// it that deny everyone else.
pub fn admitted(policy: &Policy, statement: &Statement, service: &str, context: &Context) -> Callers {
    let mut callers = callers(statement, service, context);
    for deny in policy.statements.iter().filter(|deny| deny.effect == Some(Effect::Deny)) {
        let covers = deny.present.and(denies_all_of(deny, statement));
        if covers.is_no() {
            continue;
        }
        let left = spared(deny, service, context);
        callers.bounded = callers.bounded.or(left.bounded.and(covers));
        callers
            .bounds
            .extend(left.bounds.into_iter().map(|bound| Bound { answer: bound.answer.and(covers), ..bound }));
        callers.loopholes.extend(left.loopholes);
    }
    if policy.open {
        callers.bounded = callers.bounded.or(Answer::Unknown);
    }
    callers
}

/// Whether the `Deny` statements beside `statement` leave nobody: one of them denies everybody just what the statement allows, under
/// each condition under which it allows it.
pub fn leaves_nobody(policy: &Policy, statement: &Statement, context: &Context) -> Answer {
    let denies = policy.statements.iter().filter(|deny| deny.effect == Some(Effect::Deny));
    Answer::any(denies.map(|deny| {
        let everybody = deny.principals.as_ref().map_or(Answer::No, |principals| match principals.polarity {
            Polarity::In => principals.listed(|item| (item.value == Principal::Everyone).into()),
            Polarity::NotIn => Answer::No,
        });
        let covers = deny.present.and(everybody);
        let covers = if covers.is_no() { covers } else { covers.and(denies_all_of(deny, statement)) };
        if covers.is_no() { covers } else { covers.and(holds_whenever(deny, statement, context)) }
    }))
}

/// Whether the conditions of `deny` hold for each request for which those of `statement` do.
fn holds_whenever(deny: &Statement, statement: &Statement, context: &Context) -> Answer {
    let allowed = constraints(&statement.conditions, context);
    let mut holds = if deny.conditions_open { Answer::Unknown } else { Answer::Yes };
    for one in &constraints(&deny.conditions, context) {
        let turned = one.turned();
        let both = allowed.iter().chain(std::iter::once(&turned));
        holds = holds.and(!super::condition::satisfiable_all(both, context)).and(one.present);
    }
    holds
}

/// Whether `deny` covers every action and resource of `statement`.
fn denies_all_of(deny: &Statement, statement: &Statement) -> Answer {
    let actions = match statement.actions.polarity {
        Polarity::In => {
            Answer::all(statement.actions.items.iter().map(|item| deny.actions.covers_actions(&item.value)))
        }
        Polarity::NotIn => everything(&deny.actions),
    };
    let actions = if statement.actions.open {
        actions.and(Answer::Unknown).or(everything(&deny.actions))
    } else {
        actions
    };
    if actions.is_no() {
        return actions;
    }
    let resources = match (&deny.resources, &statement.resources) {
        (None, _) => Answer::Yes,
        (Some(denied), Some(allowed)) if allowed.polarity == Polarity::In && !allowed.open => {
            Answer::all(allowed.items.iter().map(|item| denied.covers_arns(&item.value)))
        }
        (Some(denied), _) => everything(denied).or(Answer::Unknown),
    };
    actions.and(resources)
}

fn everything(clause: &super::policy::Clause<Text>) -> Answer {
    clause.matches(|item| item.value.is_literally("*").into())
}

/// Whom a `Deny` does not deny.
fn spared(deny: &Statement, service: &str, context: &Context) -> Callers {
    let nobody = Callers { bounded: Answer::No, bounds: Vec::new(), loopholes: Vec::new() };
    let Some(principals) = &deny.principals else { return nobody };
    let turned: Vec<_> = constraints(&deny.conditions, context).iter().map(Constraint::turned).collect();
    // A Deny with several conditions spares whoever fails one of them, so every one must bound.
    let mut left = Callers { bounded: Answer::Yes, ..nobody };
    for one in &turned {
        let by = of_constraints(std::slice::from_ref(one), service, true);
        left.bounded = left.bounded.and(by.bounded);
        left.bounds.extend(by.bounds);
        left.loopholes.extend(by.loopholes);
    }
    if deny.conditions_open {
        left.bounded = left.bounded.and(Answer::Unknown);
    }
    let whom = match principals.polarity {
        Polarity::In => principals.listed(|item| (item.value == Principal::Everyone).into()),
        // Everyone but those listed is denied.
        Polarity::NotIn => !principals.listed(|item| match item.value {
            Principal::Everyone => Answer::Yes,
            Principal::Unknown(_) => Answer::Unknown,
            _ => Answer::No,
        }),
    };
    left.bounded = left.bounded.and(whom);
    if left.bounded.is_no() {
        left.bounds.clear();
    }
    left
}

fn of_constraints(all: &[Constraint], service: &str, by_deny: bool) -> Callers {
    let mut callers = Callers { bounded: Answer::No, bounds: Vec::new(), loopholes: Vec::new() };
    for constraint in all.iter().filter(|constraint| !constraint.is_null()) {
        let needed = constraint.needed_beside(all);
        match judge(constraint, needed, service) {
            Judged::Bounds(kind, answer) => {
                let answer = answer.and(constraint.present);
                callers.bounded = callers.bounded.or(answer);
                callers.bounds.push(Bound {
                    kind,
                    key: constraint.name().unwrap_or_default(),
                    answer,
                    values: Arc::clone(&constraint.values),
                    open: constraint.open,
                    key_span: constraint.key_span,
                });
            }
            Judged::Unclear => callers.bounded = callers.bounded.or(Answer::Unknown),
            // A Deny that spares everyone is no limit that somebody believed in.
            Judged::Not(loopholes) if !by_deny => callers.loopholes.extend(loopholes),
            Judged::Not(_) => {}
        }
    }
    callers
}

enum Judged {
    Bounds(Bounding, Answer),
    Unclear,
    Not(Vec<Loophole>),
}

fn judge(constraint: &Constraint, needed: Answer, service: &str) -> Judged {
    let Some(key) = constraint.name() else { return Judged::Unclear };
    let Some(operator) = constraint.parsed else { return Judged::Unclear };
    let written = &constraint.operator.value;
    let hole = |span: Span, kind, reason: String| Judged::Not(vec![Loophole { span, reason, kind }]);
    let kind = match subject(&key, service) {
        Subject::Caller(kind) => kind,
        Subject::Other(_) if compares_owner(&key, constraint) => return of_owner(&key, constraint, needed),
        Subject::Unclear if is_met_by_all(&key, constraint, needed) => {
            let reason = format!("`{written}` matches every request, because there is no such condition key");
            return hole(constraint.operator.span, LoopholeKind::Absent, reason);
        }
        Subject::Unclear => return Judged::Unclear,
        Subject::Other(reason) => return hole(constraint.key_span, LoopholeKind::Key, reason),
    };
    if constraint.negated && operator.test != Test::Bool {
        let reason = format!("`{written}` matches everyone except the listed values");
        return hole(constraint.operator.span, LoopholeKind::Negated, reason);
    }
    let on_absence = constraint.absent.and(!needed);
    if on_absence.is_yes() {
        let reason = match constraint.quantity {
            Quantity::All => "`ForAllValues` also matches requests without this key".to_owned(),
            Quantity::Single | Quantity::Some => {
                format!("`{written}` also matches requests without this key")
            }
        };
        return hole(constraint.operator.span, LoopholeKind::Absent, reason);
    }
    if constraint.lacks_quantifier() {
        return Judged::Unclear;
    }
    let (answer, loopholes) = pinned(kind, &key, constraint);
    match answer {
        Answer::No => Judged::Not(loopholes),
        answer => Judged::Bounds(kind, answer.and(!on_absence)),
    }
}

/// Whether every request meets a condition, because its key is certainly none and the operator holds without it.
fn is_met_by_all(key: &str, constraint: &Constraint, needed: Answer) -> bool {
    constraint.absent.and(!needed).is_yes() && data::is_no_key(key)
}

/// Whether a condition on the account or organization of the resource compares it with that of the caller.
fn compares_owner(key: &str, constraint: &Constraint) -> bool {
    let twin = keys::twin(key);
    let is_twin = |item: &Item<Text>| values::variable(item).is_some_and(|name| Some(name.as_str()) == twin);
    constraint.values.iter().any(is_twin)
}

/// What such a condition bounds the callers to: the account or organization of the resource, which is nobody else's. What
/// is listed beside that may be the account of the resource, and then everyone passes.
fn of_owner(key: &str, constraint: &Constraint, needed: Answer) -> Judged {
    if constraint.negated {
        return Judged::Unclear;
    }
    let kind = if key.contains("org") { Bounding::Organization } else { Bounding::Account };
    let alone = constraint.values.iter().all(|item| values::variable(item).is_some()) && !constraint.open;
    let surely = Answer::from(alone).or(Answer::Unknown);
    let absent = constraint.absent.and(!needed);
    Judged::Bounds(kind, if absent.is_no() { surely } else { Answer::Unknown })
}

#[cfg(test)]
mod tests;
