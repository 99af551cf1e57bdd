//! What an expression refers to, as whoever evaluates it says.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/references>

use std::sync::Arc;

use super::evaluator::{Bound, Evaluator};
use crate::parse::hcl::{Expression, ExpressionKind, Step};
use crate::source::Span;
use crate::value::{Answer, Kind, Map, Part, Symbol, Text, Value, Words};

/// The entry of the map of something declared that says which it is. No argument is called so.
const MARKER: &str = "\u{0}resource";

/// What names mean where an expression stands.
pub(crate) trait Names {
    /// What a name that is not bound in the expression itself leads to, with the steps after it.
    fn value(&self, asked: &Traversal<'_>) -> Value;

    /// The identity of a name that is declared nowhere. The same name is the same value.
    fn undeclared(&self, name: &str) -> Symbol;

    /// What an attribute returns that is not written, of something declared with the identity `marker`.
    fn computed(&self, _map: &Map, marker: &Symbol, name: &str, span: Span) -> Value {
        Value::unknown(marker.part(Part::Attribute(name.into())), span)
    }

    /// What a function returns that there is only here.
    fn call(&self, _name: &str, _operands: &[Value], _span: Span) -> Option<Value> {
        None
    }

    /// Whether what a variable holds is a tuple and no list or set, which are never equal to one; `None` when that is not known.
    fn is_tuple(&self, _variable: &str, _value: &Value) -> Option<bool> {
        None
    }

    /// Whether all that is written here is shown at the call of a module that is not in the project.
    fn is_shown_at_call(&self) -> bool {
        false
    }
}

/// A name as it is written, with the steps after it.
pub(crate) struct Traversal<'t> {
    evaluator: &'t Evaluator<'t>,
    bound: &'t Bound,
    /// The name that it begins with.
    pub(crate) name: &'t str,
    /// The steps after the name.
    pub(crate) steps: &'t [Step],
    /// The place of the whole.
    pub(crate) span: Span,
}

impl Traversal<'_> {
    /// The steps from one on.
    pub(crate) fn rest(&self, from: usize) -> &[Step] {
        self.steps.get(from..).unwrap_or_default()
    }

    /// The name that a step asks for.
    pub(crate) fn attribute(&self, step: usize) -> Option<&str> {
        self.steps.get(step).and_then(attribute)
    }

    /// What is in the brackets of a step.
    pub(crate) fn index(&self, step: usize) -> Option<Value> {
        match self.steps.get(step) {
            Some(Step::Index(index)) => Some(self.evaluator.value(self.bound, index)),
            _ => None,
        }
    }

    /// What the steps from one on lead to from a value.
    pub(crate) fn follow(&self, value: &Value, from: usize) -> Value {
        self.evaluator.follow(self.bound, value, self.rest(from), self.span)
    }

    /// The same from a value that has a name of its own.
    pub(crate) fn follow_named(&self, value: &Value, from: usize) -> Value {
        let found = self.follow(value, from);
        // What is not known is written nowhere but here.
        if matches!(found.kind, Kind::Unknown(_)) {
            return Value::new(found.kind, self.span);
        }
        found.through(self.span)
    }

    /// A name that is declared nowhere.
    pub(crate) fn undeclared(&self, name: &str) -> Value {
        self.evaluator.undeclared(name, self.span)
    }
}

impl Evaluator<'_> {
    /// What `base` and the steps after it lead to.
    pub(super) fn traversal(&self, bound: &Bound, base: &Expression, steps: &[Step], span: Span) -> Value {
        let ExpressionKind::Variable(name) = &base.kind else {
            return match self.invariant(bound, base) {
                Some(base) => self.follow(bound, &base, steps, span),
                None => self.follow(bound, &self.value(bound, base), steps, span),
            };
        };
        if let Some(value) = bound.get(name) {
            return self.follow(bound, value, steps, span).through(span);
        }
        if bound.is_template {
            return self.undeclared(name, span);
        }
        self.names.value(&Traversal { evaluator: self, bound, name, steps, span })
    }

    fn undeclared(&self, name: &str, span: Span) -> Value {
        self.work.fail(Answer::Yes);
        Value::unknown(self.names.undeclared(name), span)
    }
}

/// Which declared thing a map is.
pub(crate) fn marker(map: &Map) -> Option<&Symbol> {
    match &map.get(MARKER)?.kind {
        Kind::Unknown(symbol) => Some(symbol),
        _ => None,
    }
}

/// Says of a map which declared thing it is.
pub(crate) fn mark(map: &mut Map, marker: Symbol, span: Span) {
    map.insert(MARKER, span, Value::unknown(marker, span));
}

/// Forgets which declared thing a map is.
pub(crate) fn unmark(map: &mut Map) {
    map.entries.retain(|entry| !entry.key.is_literally(MARKER));
}

/// The name of an attribute step.
pub(crate) fn attribute(step: &Step) -> Option<&str> {
    if let Step::Attribute(name) = step { Some(&name.value) } else { None }
}

/// The part of something with several instances that an index leads to.
pub(crate) fn part_at(index: &Value) -> Part {
    match &index.kind {
        Kind::Number(digits) => Part::Index(Arc::clone(digits)),
        _ => match index.as_text() {
            Some(text) => part_under(&text),
            None => Part::SomeItem,
        },
    }
}

/// The part of something with several instances that is under a key.
pub(crate) fn part_under(key: &Text) -> Part {
    Words::of_text(key).map_or(Part::SomeItem, Part::Key)
}
