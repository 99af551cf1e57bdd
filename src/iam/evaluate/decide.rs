//! Allow and Deny together, of one policy or of many that must all allow.

use std::rc::Rc;

use crate::bounds;
use crate::iam::condition::{Constraint, Context, constraints, constraints_satisfiable};
use crate::iam::policy::{Effect, Statement};
use crate::value::Answer;

/// A statement that speaks of what is asked.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'a> {
    pub(super) statement: &'a Statement,
    /// Whether principal, action and resource match, and the statement is there.
    pub(super) answer: Answer,
    pub(super) context: Rc<Context>,
}

/// What must allow a request: one of these statements, or, when `open`, one that is not known.
pub(super) struct Need<'c, 'a> {
    pub(super) choices: Vec<&'c Candidate<'a>>,
    pub(super) open: bool,
}

#[derive(Debug)]
pub(super) struct Decision<'a> {
    pub(super) answer: Answer,
    pub(super) allowed_by: Vec<&'a Statement>,
    pub(super) denied_by: Vec<&'a Statement>,
}

/// Whether some request is allowed by one statement of every need and denied by none. `open` says that there may be
/// denials that are not known.
pub(super) fn decide<'a>(needs: &[&Need<'_, 'a>], denials: &Denials<'_, 'a>, open: bool) -> Decision<'a> {
    let mut search = Search {
        denials,
        decision: Decision { answer: Answer::No, allowed_by: Vec::new(), denied_by: Vec::new() },
        budget: bounds::COMBINATIONS,
    };
    search.combine(needs, &mut Combination::default());
    let mut decision = search.decision;
    if decision.answer.is_no() {
        // What no request gets round denies, also when nothing allows.
        denials.unavoidable().for_each(|statement| note(&mut decision.denied_by, statement));
    }
    if open {
        decision.answer = decision.answer.and(Answer::Unknown);
    }
    decision
}

/// Whether anything meets the need, leaving denials aside.
pub(super) fn meets(need: &Need<'_, '_>) -> Answer {
    let choices = need.choices.iter().map(|choice| {
        let conditions = constraints(&choice.statement.conditions, &choice.context);
        let open = choice.statement.conditions_open;
        choice.sure().and(constraints_satisfiable(&conditions, open, &choice.context))
    });
    let open = if need.open { Answer::Unknown } else { Answer::No };
    Answer::any(choices.chain(std::iter::once(open)))
}

impl Candidate<'_> {
    /// Whether it speaks of what is asked, and surely allows.
    fn sure(&self) -> Answer {
        let effect = if self.statement.effect.is_some() { Answer::Yes } else { Answer::Unknown };
        self.answer.and(effect)
    }

    fn is_certain_denial(&self) -> bool {
        self.answer.is_yes() && !self.statement.conditions_open && self.statement.effect == Some(Effect::Deny)
    }

    /// A denial with conditions is got round by failing one of them.
    fn ways_round(&self, keep: impl Fn(&Constraint) -> bool) -> Rc<[Constraint]> {
        constraints(&self.statement.conditions, &self.context)
            .iter()
            .filter(|one| keep(one))
            .map(|one| Constraint { present: Answer::Yes, ..one.turned() })
            .collect()
    }
}

/// The statements that deny, or may, and the ways round them.
pub(super) struct Denials<'c, 'a> {
    all: Vec<(&'c Candidate<'a>, Rc<[Constraint]>)>,
    /// For `Yes` every denial that may be there must be got round, and only by what is surely written in it.
    /// `None` when they are too many.
    possible: Option<Vec<Rc<[Constraint]>>>,
    /// For `No` only denials count that are surely there.
    certain: Vec<Rc<[Constraint]>>,
    /// Whether all are surely there, and all that is written in them.
    is_clear: bool,
}

impl<'c, 'a> Denials<'c, 'a> {
    pub(super) fn of(denies: impl IntoIterator<Item = &'c Candidate<'a>>) -> Self {
        let all: Vec<_> = denies.into_iter().map(|deny| (deny, deny.ways_round(|_| true))).collect();
        let few = all.len() <= bounds::DENIALS;
        let possible =
            few.then(|| all.iter().map(|(deny, _)| deny.ways_round(|one| one.present.is_yes())).collect());
        let is_written = |deny: &Candidate<'_>| {
            deny.is_certain_denial() && deny.statement.conditions.iter().all(|one| one.present.is_yes())
        };
        let is_clear = few && all.iter().all(|(deny, _)| is_written(deny));
        let certain = all.iter().filter(|(deny, _)| deny.is_certain_denial());
        let mut certain: Vec<_> = certain.map(|(_, ways)| Rc::clone(ways)).collect();
        // With fewer of them more is allowed, so some may be left out: those that are hardest to use.
        certain.sort_by_key(|ways| ways.len());
        certain.truncate(bounds::DENIALS);
        Self { all, possible, certain, is_clear }
    }

    /// The statements that surely deny every request.
    fn unavoidable(&self) -> impl Iterator<Item = &'a Statement> {
        let denies = |(deny, ways): &&(&Candidate<'a>, Rc<[Constraint]>)| {
            let base = Base { conditions: &[], open: false, context: &deny.context };
            deny.is_certain_denial() && base.evades(std::slice::from_ref(ways)).is_no()
        };
        self.all.iter().filter(denies).map(|(deny, _)| deny.statement)
    }
}

/// Statements that allow together: one of each need so far.
#[derive(Default)]
struct Combination<'c, 'a> {
    statements: Vec<&'c Candidate<'a>>,
    conditions: Vec<Constraint>,
    /// There may be conditions that are not known.
    open: bool,
    /// A need is met by what is not known, if at all.
    unknown: bool,
}

struct Search<'d, 'c, 'a> {
    denials: &'d Denials<'c, 'a>,
    decision: Decision<'a>,
    budget: usize,
}

impl<'a> Search<'_, '_, 'a> {
    fn combine<'n>(&mut self, needs: &[&Need<'n, 'a>], so_far: &mut Combination<'n, 'a>) {
        let Some((need, rest)) = needs.split_first() else { return self.judge(so_far) };
        for choice in &need.choices {
            let Some(left) = self.budget.checked_sub(1) else {
                self.decision.answer = self.decision.answer.or(Answer::Unknown);
                return;
            };
            self.budget = left;
            let (conditions, open) = (so_far.conditions.len(), so_far.open);
            so_far.statements.push(choice);
            so_far.conditions.extend(constraints(&choice.statement.conditions, &choice.context));
            so_far.open |= choice.statement.conditions_open;
            // What fails already fails with more.
            if !constraints_satisfiable(&so_far.conditions, so_far.open, &choice.context).is_no() {
                self.combine(rest, so_far);
            }
            so_far.statements.pop();
            so_far.conditions.truncate(conditions);
            so_far.open = open;
        }
        if need.open {
            let unknown = std::mem::replace(&mut so_far.unknown, true);
            self.combine(rest, so_far);
            so_far.unknown = unknown;
        }
    }

    /// What the denials leave of a combination.
    fn judge(&mut self, combination: &Combination<'_, 'a>) {
        let of_statement = combination.statements.first().map(|one| &one.context);
        let Some(context) = of_statement.or(self.denials.all.first().map(|(deny, _)| &deny.context)) else {
            // Nothing needs to allow it, or nothing that is known does; and nothing denies.
            let answer = if combination.unknown { Answer::Unknown } else { Answer::Yes };
            self.decision.answer = self.decision.answer.or(answer);
            return;
        };
        let base = Base { conditions: &combination.conditions, open: combination.open, context };
        let may = base.evades(&self.denials.certain);
        let must = match &self.denials.possible {
            // What gets round some of them only does not get round all.
            _ if self.denials.is_clear || may.is_no() => may,
            Some(all) => base.evades(all),
            None => Answer::Unknown,
        };
        let sure = Answer::all(combination.statements.iter().map(|one| one.sure()));
        let answer = if may.is_no() {
            Answer::No
        } else if must.is_yes() && sure.is_yes() && !combination.unknown {
            Answer::Yes
        } else {
            Answer::Unknown
        };
        // What gets round all gets round each.
        if !must.is_yes() {
            let denies = |ways: &Rc<[Constraint]>| !base.evades(std::slice::from_ref(ways)).is_yes();
            for (deny, _) in self.denials.all.iter().filter(|(_, ways)| denies(ways)) {
                note(&mut self.decision.denied_by, deny.statement);
            }
        }
        if !answer.is_no() {
            for one in &combination.statements {
                note(&mut self.decision.allowed_by, one.statement);
            }
        }
        self.decision.answer = self.decision.answer.or(answer);
    }
}

/// Adds a statement unless it is there.
pub(super) fn note<'a>(known: &mut Vec<&'a Statement>, statement: &'a Statement) {
    if !known.iter().any(|one| std::ptr::eq(*one, statement)) {
        known.push(statement);
    }
}

/// What a request satisfies before it gets round denials.
struct Base<'b> {
    conditions: &'b [Constraint],
    open: bool,
    context: &'b Context,
}

impl<'b> Base<'b> {
    /// Whether some request satisfies it and gets round every denial.
    fn evades(&self, denials: &'b [Rc<[Constraint]>]) -> Answer {
        let mut budget = bounds::EVASIONS;
        self.with(&mut self.conditions.iter().collect(), denials, &mut budget)
    }

    fn with(
        &self,
        so_far: &mut Vec<&'b Constraint>,
        denials: &'b [Rc<[Constraint]>],
        budget: &mut usize,
    ) -> Answer {
        let Some((first, rest)) = denials.split_first() else {
            return constraints_satisfiable(so_far.iter().copied(), self.open, self.context);
        };
        let mut answer = Answer::No;
        for way in first.iter() {
            let Some(left) = budget.checked_sub(1) else { return answer.or(Answer::Unknown) };
            *budget = left;
            so_far.push(way);
            // What fails already fails with more.
            if !constraints_satisfiable(so_far.iter().copied(), self.open, self.context).is_no() {
                answer = answer.or(self.with(so_far, rest, budget));
            }
            so_far.pop();
            if answer.is_yes() {
                break;
            }
        }
        answer
    }
}
