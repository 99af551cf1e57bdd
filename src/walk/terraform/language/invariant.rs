//! Calls inside loops that do not depend on the loop: a file that is read and decoded again in every round.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::evaluator::{Bound, Evaluator};
use super::work::Remembered;
use crate::parse::hcl::{Expression, ExpressionKind, ObjectKey, Step, Template, TemplatePart};
use crate::value::Value;

/// What such calls return, by the place of their expression. It means the same as long as the names do.
#[derive(Default)]
pub(crate) struct Invariants(RefCell<FxHashMap<*const Expression, Remembered>>);

impl Evaluator<'_> {
    /// The value of a call that means the same in every round of the loops around it, evaluated once. `None` for
    /// everything else.
    pub(crate) fn invariant(&self, bound: &Bound, expression: &Expression) -> Option<Rc<Value>> {
        let ExpressionKind::Call(written) = &expression.kind else { return None };
        // The tree of a template file lives only as long as it is rendered.
        if bound.is_empty() || bound.is_template {
            return None;
        }
        let place = std::ptr::from_ref(expression);
        if bound.has_any(&self.mentioned(place, expression)) {
            return None;
        }
        let known = self.invariants.0.borrow().get(&place).and_then(|known| self.work.recall(known));
        if known.is_some() {
            return known;
        }
        let call = || self.call(bound, written, expression.span);
        let known = self.work.remembered(call);
        let value = self.work.recall(&known);
        self.invariants.0.borrow_mut().insert(place, known);
        value
    }

    fn mentioned(&self, place: *const Expression, expression: &Expression) -> Rc<[Arc<str>]> {
        if let Some(known) = self.work.mentions.borrow().get(&place) {
            return Rc::clone(known);
        }
        let mut names = Vec::new();
        mentions(expression, &mut names);
        names.sort_unstable();
        names.dedup();
        let names: Rc<[Arc<str>]> = names.into();
        self.work.mentions.borrow_mut().insert(place, Rc::clone(&names));
        names
    }
}

/// Adds every name that an expression begins a traversal with. The recursion is as deep as the tree, which the
/// reader bounds.
fn mentions(expression: &Expression, names: &mut Vec<Arc<str>>) {
    let mut all = |expressions: &[&Expression]| expressions.iter().for_each(|each| mentions(each, names));
    match &expression.kind {
        ExpressionKind::Null | ExpressionKind::Bool(_) | ExpressionKind::Number(_) => {}
        ExpressionKind::Variable(name) => names.push(Arc::clone(name)),
        ExpressionKind::Template(template) => in_template(template, names),
        ExpressionKind::List(items) => items.iter().for_each(|item| mentions(item, names)),
        ExpressionKind::Object(items) => {
            for item in items {
                if let ObjectKey::Expression(key) = &item.key {
                    mentions(key, names);
                }
                mentions(&item.value, names);
            }
        }
        ExpressionKind::Traversal(base, steps) => {
            mentions(base, names);
            for step in steps {
                if let Step::Index(index) = step {
                    mentions(index, names);
                }
            }
        }
        ExpressionKind::Call(call) => call.arguments.iter().for_each(|each| mentions(each, names)),
        ExpressionKind::Conditional(a, b, c) => all(&[a, b, c]),
        ExpressionKind::Binary(a, _, b) => all(&[a, b]),
        ExpressionKind::Unary(_, inner) | ExpressionKind::Parenthesis(inner) => mentions(inner, names),
        ExpressionKind::For(each) => {
            all(&[&each.collection, &each.value]);
            each.key.iter().chain(&each.condition).for_each(|each| mentions(each, names));
        }
    }
}

fn in_template(template: &Template, names: &mut Vec<Arc<str>>) {
    for part in &template.parts {
        match part {
            TemplatePart::Literal(..) => {}
            TemplatePart::Interpolation(inner) => mentions(inner, names),
            TemplatePart::If(inner) => {
                mentions(&inner.condition, names);
                in_template(&inner.yes, names);
                in_template(&inner.no, names);
            }
            TemplatePart::For(inner) => {
                mentions(&inner.collection, names);
                in_template(&inner.body, names);
            }
        }
    }
}
