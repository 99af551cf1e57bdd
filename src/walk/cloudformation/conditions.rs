//! Conditions: what they are whatever is deployed, and what they usually are.

use super::evaluate::{Evaluator, call};
use crate::parse::{Node, NodeKind};
use crate::value::{Answer, Kind, Text, Value};

/// What a condition says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    /// Whatever the parameters are set to.
    pub(super) definite: Answer,
    /// With the defaults of the parameters.
    pub(super) usual: Answer,
}

impl Outcome {
    const UNKNOWN: Self = Self { definite: Answer::Unknown, usual: Answer::Unknown };

    fn fold(outcomes: impl Iterator<Item = Self>, join: fn(Answer, Answer) -> Answer, start: Answer) -> Self {
        outcomes.fold(Self { definite: start, usual: start }, |whole, one| Self {
            definite: join(whole.definite, one.definite),
            usual: join(whole.usual, one.usual),
        })
    }
}

impl Evaluator<'_> {
    /// The condition of that name; unknown when it is declared nowhere or names itself.
    pub(super) fn condition(&self, name: &str) -> Outcome {
        if let Some(known) = self.outcomes.borrow().get(name) {
            return known.unwrap_or(Outcome::UNKNOWN);
        }
        let Some(node) = self.template.conditions.get(name) else { return Outcome::UNKNOWN };
        self.outcomes.borrow_mut().insert(name.to_owned(), None);
        let outcome = self.condition_of(node);
        self.outcomes.borrow_mut().insert(name.to_owned(), Some(outcome));
        outcome
    }

    fn condition_of(&self, node: &Node) -> Outcome {
        let Some(_nested) = self.enter() else { return Outcome::UNKNOWN };
        // Only here is `Condition` a function: in policies it is an element of a statement.
        let named = match (&node.tag, node.members()) {
            (Some((tag, _)), _) if &**tag == "!Condition" => node.as_str(),
            (None, [only]) if &*only.key == "Condition" => only.value.as_str(),
            _ => None,
        };
        if let Some(name) = named {
            return self.condition(&name);
        }
        let Some(call) = call(node) else { return Outcome::UNKNOWN };
        let items = call.argument.items();
        match (call.name, items) {
            ("Equals", [left, right]) => self.equals(left, right),
            ("Not", [only]) => {
                let outcome = self.condition_of(only);
                Outcome { definite: !outcome.definite, usual: !outcome.usual }
            }
            ("And", [_, ..]) => {
                Outcome::fold(items.iter().map(|item| self.condition_of(item)), Answer::and, Answer::Yes)
            }
            ("Or", [_, ..]) => {
                Outcome::fold(items.iter().map(|item| self.condition_of(item)), Answer::or, Answer::No)
            }
            _ => Outcome::UNKNOWN,
        }
    }

    fn equals(&self, left: &Node, right: &Node) -> Outcome {
        let usual = equal(&self.value(left), &self.value(right));
        let settable = self.mentions_parameter(left) || self.mentions_parameter(right);
        Outcome { definite: if settable { Answer::Unknown } else { usual }, usual }
    }

    /// Whether a parameter occurs below a node. Errs towards yes.
    fn mentions_parameter(&self, node: &Node) -> bool {
        match &node.kind {
            NodeKind::String(_) => node.as_str().is_some_and(|text| {
                self.template.parameters.contains_key(text.as_str())
                    || self.template.parameters.keys().any(|name| text.contains(&format!("${{{name}}}")))
            }),
            NodeKind::List(items) => items.iter().any(|item| self.mentions_parameter(item)),
            NodeKind::Map(members) => members.iter().any(|member| self.mentions_parameter(&member.value)),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => false,
        }
    }
}

/// Whether two values are the same text.
fn equal(left: &Value, right: &Value) -> Answer {
    let mut answers = Vec::new();
    for left in left.alternatives() {
        for right in right.alternatives() {
            answers.push(same(left, right));
        }
    }
    if answers.iter().all(|answer| answer.is_yes()) {
        Answer::Yes
    } else if answers.iter().all(|answer| answer.is_no()) {
        Answer::No
    } else {
        Answer::Unknown
    }
}

fn same(left: &Value, right: &Value) -> Answer {
    let (Some(one), Some(other)) = (left.as_text(), right.as_text()) else {
        let both_known = left.is_known() && right.is_known();
        let lists = matches!((&left.kind, &right.kind), (Kind::List(_), Kind::List(_)));
        return if both_known && !lists { Answer::No } else { Answer::Unknown };
    };
    match (one.as_literal(), other.as_literal()) {
        (Some(one), Some(other)) => (one == other).into(),
        _ if certainly_same(&one, &other) => Answer::Yes,
        _ => Answer::Unknown,
    }
}

fn certainly_same(one: &Text, other: &Text) -> bool {
    one == other
}
