//! Allow and Deny together.

use crate::iam::condition::{Constraint, Context, constraints, constraints_satisfiable};
use crate::iam::policy::{Effect, Statement};
use crate::value::Answer;

/// A statement that speaks of what is asked.
pub(super) struct Candidate<'a> {
    pub(super) statement: &'a Statement,
    /// Whether principal, action and resource match, and the statement is there.
    pub(super) answer: Answer,
    pub(super) context: Context,
}

pub(super) struct Decision<'a> {
    pub(super) answer: Answer,
    pub(super) allowed_by: Vec<&'a Statement>,
    pub(super) denied_by: Vec<&'a Statement>,
}

/// Ways to get round several denials are tried one by one; more than these are not.
const WAYS: usize = 1_000;

/// So many denials are looked at together.
const DENIALS: usize = 64;

/// Whether some request is allowed by a statement and denied by none. `open` says that there may be more
/// statements.
pub(super) fn decide<'a>(candidates: &[Candidate<'a>], open: bool) -> Decision<'a> {
    let denies: Vec<_> =
        candidates.iter().filter(|one| one.statement.effect != Some(Effect::Allow)).collect();
    let mut decision = Decision { answer: Answer::No, allowed_by: Vec::new(), denied_by: Vec::new() };
    for allow in candidates.iter().filter(|one| one.statement.effect != Some(Effect::Deny)) {
        let (answer, denied_by) = allows(allow, &denies);
        if !answer.is_no() {
            decision.allowed_by.push(allow.statement);
        }
        for statement in denied_by {
            if !decision.denied_by.iter().any(|known| std::ptr::eq(*known, statement)) {
                decision.denied_by.push(statement);
            }
        }
        decision.answer = decision.answer.or(answer);
    }
    if open {
        decision.answer = Answer::Unknown;
    }
    decision
}

fn allows<'a>(allow: &Candidate<'a>, denies: &[&Candidate<'a>]) -> (Answer, Vec<&'a Statement>) {
    let base = constraints(&allow.statement.conditions, &allow.context);
    let open = allow.statement.conditions_open;
    let alone = constraints_satisfiable(&base, open, &allow.context);
    if alone.is_no() {
        return (Answer::No, Vec::new());
    }
    let sure = |wanted: &dyn Fn(&&&Candidate<'a>) -> bool,
                keep: &dyn Fn(&Constraint) -> bool|
     -> Vec<Vec<Constraint>> {
        denies.iter().filter(wanted).map(|deny| ways_round(deny, keep)).collect()
    };
    // For `Yes` every denial that may be there must be got round, and only by what is surely written in it.
    let all = sure(&|_| true, &|one| one.present.is_yes());
    let must = if all.len() > DENIALS {
        Answer::Unknown
    } else {
        evades(&base, open, &all, &allow.context, &mut WAYS.clone())
    };
    // For `No` only denials count that are surely there.
    // With fewer of them more is allowed, so some may be left out: those that are hardest to use.
    let mut certain = sure(&|deny| is_certain(deny), &|_| true);
    certain.sort_by_key(Vec::len);
    certain.truncate(DENIALS);
    let may = evades(&base, open, &certain, &allow.context, &mut WAYS.clone());
    let known = allow.statement.effect.is_some();
    let answer = if may.is_no() {
        Answer::No
    } else if must.is_yes() && allow.answer.is_yes() && known {
        Answer::Yes
    } else {
        Answer::Unknown
    };
    let denied_by = denies
        .iter()
        .filter(|deny| {
            let ways = ways_round(deny, &|_| true);
            !evades(&base, open, &[ways], &allow.context, &mut WAYS.clone()).is_yes()
        })
        .map(|deny| deny.statement)
        .collect();
    (answer, denied_by)
}

fn is_certain(deny: &Candidate<'_>) -> bool {
    deny.answer.is_yes() && !deny.statement.conditions_open && deny.statement.effect == Some(Effect::Deny)
}

/// A denial with conditions is got round by failing one of them.
fn ways_round(deny: &Candidate<'_>, keep: &dyn Fn(&Constraint) -> bool) -> Vec<Constraint> {
    constraints(&deny.statement.conditions, &deny.context)
        .iter()
        .filter(|one| keep(one))
        .map(|one| Constraint { present: Answer::Yes, ..one.turned() })
        .collect()
}

/// Whether some request satisfies `base` and gets round every denial.
fn evades(
    base: &[Constraint],
    open: bool,
    denials: &[Vec<Constraint>],
    context: &Context,
    budget: &mut usize,
) -> Answer {
    let Some((first, rest)) = denials.split_first() else {
        return constraints_satisfiable(base, open, context);
    };
    let mut answer = Answer::No;
    for way in first {
        let Some(left) = budget.checked_sub(1) else { return answer.or(Answer::Unknown) };
        *budget = left;
        let mut with = base.to_vec();
        with.push(way.clone());
        // What fails already fails with more.
        if constraints_satisfiable(&with, open, context).is_no() {
            continue;
        }
        answer = answer.or(evades(&with, open, rest, context, budget));
        if answer.is_yes() {
            break;
        }
    }
    answer
}
