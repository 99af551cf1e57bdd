//! Conditions: what they are whatever is deployed, and what they usually are.

use std::sync::Arc;

use super::evaluate::{Evaluator, call};
use super::scope::replace;
use crate::iam::glob::{self, Case};
use crate::parse::{Node, NodeKind};
use crate::value::{Answer, Because, Kind, Origin, Value, When};

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
        if let Some(holds) = self.presumed(name) {
            return Outcome { definite: holds.into(), usual: holds.into() };
        }
        if let Some(known) = self.world.borrow().outcomes.get(name) {
            return known.unwrap_or(Outcome::UNKNOWN);
        }
        let Some((node, scope)) = self.lookup().condition(name) else { return Outcome::UNKNOWN };
        self.world.borrow_mut().outcomes.insert(name.to_owned(), None);
        let outcome = self.within(scope, || self.condition_of(node));
        self.world.borrow_mut().outcomes.insert(name.to_owned(), Some(outcome));
        outcome
    }

    /// Whether the condition that a place names holds, whatever the parameters are set to.
    pub(in crate::walk::cloudformation) fn holds(&self, name: &str) -> Answer {
        self.named_condition(name).definite
    }

    /// The choice that a place makes, whose condition need not hold and does not with the defaults of the parameters.
    pub(in crate::walk::cloudformation) fn unusual(&self, name: &str) -> When {
        let outcome = self.named_condition(name);
        if outcome.definite != Answer::Unknown || outcome.usual.is_yes() {
            return When::default();
        }
        let when = self.chosen_by(&replace(name, &self.scope.borrow()), true);
        if outcome.usual.is_no() { when.off_by_default() } else { when }
    }

    /// The condition that a place names, which may stand in a loop.
    pub(super) fn named_condition(&self, name: &str) -> Outcome {
        let name = replace(name, &self.scope.borrow());
        self.condition(&name)
    }

    fn condition_of(&self, node: &Node) -> Outcome {
        let Some(_deeper) = self.enter() else { return Outcome::UNKNOWN };
        if let Some(name) = condition_named(node) {
            return self.named_condition(&name);
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

    /// The parameters that decide a condition alone; none when something else has a say.
    pub(super) fn deciders(&self, name: &str) -> Arc<[Origin]> {
        if let Some(known) = self.world.borrow().deciders.get(name) {
            return Arc::clone(known);
        }
        // One that names itself is decided by nothing.
        self.world.borrow_mut().deciders.insert(name.to_owned(), Arc::default());
        let mut found = Vec::new();
        let by = self
            .lookup()
            .condition(name)
            .and_then(|(node, _)| self.decide(node, &mut found).then_some(found));
        let by: Arc<[Origin]> = by.unwrap_or_default().into();
        self.world.borrow_mut().deciders.insert(name.to_owned(), Arc::clone(&by));
        by
    }

    /// Adds the parameters that a condition compares; `false` when it says something else too.
    fn decide(&self, node: &Node, found: &mut Vec<Origin>) -> bool {
        let Some(_deeper) = self.enter() else { return false };
        if let Some(name) = condition_named(node) {
            let by = self.deciders(&name);
            found.extend(by.iter().cloned());
            return !by.is_empty();
        }
        let Some(call) = call(node) else { return node.as_str().is_some() && !is_put_in(node) };
        match call.name {
            "Ref" => {
                let named = call.argument.as_str();
                let named = named.filter(|name| self.lookup().parameters().declared.contains_key(&**name));
                found.extend(named.iter().map(|name| self.place().keyed(name, Because::Input).origin));
                named.is_some()
            }
            "Equals" | "Not" | "And" | "Or" => {
                call.argument.items().iter().all(|item| self.decide(item, found))
            }
            _ => false,
        }
    }

    fn equals(&self, left: &Node, right: &Node) -> Outcome {
        if is_put_in(left) || is_put_in(right) {
            return Outcome::UNKNOWN;
        }
        let compare = || self.equal(&self.value(left), &self.value(right));
        let usual = compare();
        Outcome { definite: self.freely(compare).unwrap_or(usual), usual }
    }

    /// Whether a parameter that somebody can set occurs below a node. Errs towards yes.
    pub(in crate::walk::cloudformation) fn is_settable(&self, node: &Node) -> bool {
        let Some(_deeper) = self.enter() else { return true };
        match &node.kind {
            NodeKind::String(_) => node.as_str().is_some_and(|text| {
                self.lookup().parameters().is_settable_in(&text) || self.condition_is_settable(&text)
            }),
            NodeKind::List(items) => items.iter().any(|item| self.is_settable(item)),
            NodeKind::Map(members) => members.iter().any(|member| self.is_settable(&member.value)),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => false,
        }
    }

    /// Whether a text names a condition that is not decided: `Fn::If` hangs on it.
    fn condition_is_settable(&self, text: &str) -> bool {
        self.lookup().condition(text).is_some() && self.condition(text).definite == Answer::Unknown
    }

    /// Whether two values are the same text.
    fn equal(&self, left: &Value, right: &Value) -> Answer {
        let mut answers = Vec::new();
        for left in left.alternatives() {
            for right in right.alternatives() {
                answers.push(self.same(left, right));
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

    fn same(&self, left: &Value, right: &Value) -> Answer {
        let (Some(one), Some(other)) = (left.as_text(), right.as_text()) else {
            let both_known = left.is_known() && right.is_known();
            let lists = matches!((&left.kind, &right.kind), (Kind::List(_), Kind::List(_)));
            return if both_known && !lists { Answer::No } else { Answer::Unknown };
        };
        let [one, other] = [one, other].map(|text| self.place().located(&text));
        glob::equals(&one, &other, Case::Sensitive)
    }
}

/// The condition that a node names. Only here is `Condition` a function: in policies it is an element of a statement.
fn condition_named(node: &Node) -> Option<String> {
    match (node.tag.as_deref(), node.members()) {
        (Some("!Condition"), _) => node.as_str(),
        (None, [only]) if &*only.key == "Condition" => only.value.as_str(),
        _ => None,
    }
}

/// Whether org-formation puts a text in before it deploys: `Fn::TargetCount Binding`.
fn is_put_in(node: &Node) -> bool {
    node.as_str().is_some_and(|text| text.starts_with("Fn::"))
}
