//! What an access comes to: the questions that it stands for, and their answers together.

use super::{Edge, State};
use crate::ask::{Admitted, Asker, Question, Setting, What, Who, Whom};
use crate::bounds;
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::source::Span;
use crate::value::{Answer, Text};

/// A question that an access stands for.
pub(super) struct Asked<'g> {
    pub(super) who: Who,
    pub(super) whom: Whom,
    /// The statement and the principal that allow it, when the side of the target says so.
    pub(super) admitted: Option<(Setting<'g>, &'g Item<Principal>)>,
    pub(super) target: What,
    pub(super) action: String,
    pub(super) within: Option<Text>,
}

/// An access of which nothing is asked yet.
pub(super) struct Pending<'g> {
    pub(super) edge: Edge,
    /// Whether both are in one account.
    pub(super) same: Answer,
    pub(super) is_service: bool,
    /// Where the principal or target is written, and the whole statement.
    pub(super) spans: Vec<(Span, Span)>,
    pub(super) asked: Vec<Asked<'g>>,
    /// What it comes to as far as no policy is asked.
    pub(super) said: Option<State>,
}

impl<'g> Pending<'g> {
    /// Adds a place that says so, and what to ask.
    pub(super) fn add(&mut self, spans: (Span, Span), asked: Vec<Asked<'g>>) {
        if !self.spans.contains(&spans) {
            self.spans.push(spans);
        }
        for one in asked {
            let is_known = |known: &Asked<'g>| known.action == one.action && known.whom == one.whom;
            if self.asked.len() < bounds::PICTURE_QUESTIONS && !self.asked.iter().any(is_known) {
                self.asked.push(one);
            }
        }
    }

    /// The access with what it comes to.
    pub(super) fn decided(mut self, ask: &Asker<'g>) -> Edge {
        let states = self.asked.iter().map(|one| one.state(ask)).chain(self.said);
        self.edge.state = states.reduce(State::and).unwrap_or(State::Unknown);
        self.edge
    }
}

impl<'g> Asked<'g> {
    fn state(&self, ask: &Asker<'g>) -> State {
        let (caller, target, within) = (&self.who, &self.target, self.within.as_ref());
        let question = Question { caller, target, action: &self.action, within };
        match (self.whom, self.admitted) {
            (Whom::Anyone, Some((setting, item))) => {
                let admitted = Admitted { setting, item: Some(item), whom: self.whom, who: self.who.clone() };
                let explained = ask.explain_admitted(&admitted, &question, Answer::Unknown);
                State::of(explained.ruling.answer, || explained.sides)
            }
            (Whom::Account, _) => {
                let sides = ask.sides(&question);
                if sides.other.is_no() { State::Denied } else { State::Delegated }
            }
            (Whom::Unclear | Whom::Anyone, _) => State::Unknown,
            (Whom::Declared | Whom::Elsewhere, _) => {
                State::of(ask.ask(&question).answer, || ask.sides(&question))
            }
        }
    }
}
