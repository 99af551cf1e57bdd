//! Reading what a template declares.

use std::sync::Arc;

use super::globals::{global, merged};
use super::template::{Resource, Template};
use crate::parse::Node;
use crate::source::Span;
use crate::value::{Answer, Because, Value, When};
use crate::walk::cloudformation::language::evaluate::{Evaluator, is_call};
use crate::walk::cloudformation::language::place::Place;
use crate::walk::cloudformation::language::scope::{Scope, replace};

/// Reads what a template declares: its resources, and what evaluates their properties.
#[derive(Clone, Copy)]
pub(in crate::walk::cloudformation) struct Reader<'a> {
    pub(in crate::walk::cloudformation) evaluator: &'a Evaluator<'a>,
    pub(in crate::walk::cloudformation) template: &'a Template<'a>,
}

impl<'a> Reader<'a> {
    /// Where the template goes.
    pub(in crate::walk::cloudformation) fn place(&self) -> &'a Place {
        self.evaluator.place()
    }

    /// What a node says.
    pub(in crate::walk::cloudformation) fn value(&self, node: &Node) -> Value {
        self.evaluator.value(node)
    }

    /// The value without what a loop around it left in place.
    pub(in crate::walk::cloudformation) fn within<T>(
        &self,
        scope: &Scope,
        evaluate: impl FnOnce() -> T,
    ) -> T {
        self.evaluator.within(scope, evaluate)
    }

    /// What `Ref` of a name returns.
    pub(in crate::walk::cloudformation) fn reference(&self, name: &str, span: Span) -> Value {
        self.evaluator.reference(name, span)
    }

    /// What an attribute of a resource returns; `Ref` is one of them.
    pub(in crate::walk::cloudformation) fn attribute(
        &self,
        address: &str,
        attribute: &str,
        span: Span,
    ) -> Value {
        self.evaluator.attribute(address, attribute, span)
    }

    /// A value of which only that it comes from `name` is known.
    pub(in crate::walk::cloudformation) fn unknown(&self, name: &str, because: Because, span: Span) -> Value {
        self.evaluator.unknown(name, because, span)
    }

    /// Whether a resource is certainly not deployed.
    pub(in crate::walk::cloudformation) fn is_gone(&self, resource: &Resource<'_>) -> bool {
        self.presence(resource).is_no()
    }

    /// Evaluates something of a resource: within its loops, and where its condition holds.
    pub(in crate::walk::cloudformation) fn of<T>(
        &self,
        resource: &Resource<'_>,
        evaluate: impl FnOnce() -> T,
    ) -> T {
        let condition = resource.node.get("Condition").and_then(Node::as_str);
        let condition = condition.map(|name| replace(&name, &resource.scope));
        self.within(&resource.scope, || self.evaluator.apart(condition.as_deref(), evaluate))
    }

    /// Whether a resource is deployed, as its condition says.
    pub(in crate::walk::cloudformation) fn presence(&self, resource: &Resource<'_>) -> Answer {
        let Some(name) = resource.node.get("Condition").and_then(Node::as_str) else { return Answer::Yes };
        self.within(&resource.scope, || self.evaluator.holds(&name))
    }

    /// The choices that lead to a resource, as its condition has them: none when it is there with the usual parameters.
    pub(in crate::walk::cloudformation) fn choices(&self, resource: &Resource<'_>) -> When {
        let Some(name) = resource.node.get("Condition").and_then(Node::as_str) else {
            return When::default();
        };
        self.within(&resource.scope, || self.evaluator.unusual(&name))
    }

    /// A property of a resource by the name its type gives it, evaluated once. `None` when it is not set, and
    /// while it is being evaluated: a name that is made of itself.
    pub(in crate::walk::cloudformation) fn property(
        &self,
        resource: &Resource<'_>,
        name: &str,
    ) -> Option<Value> {
        let written = resource.sam.map_or(name, |kind| kind.written(name));
        let own = resource.node.get("Properties").and_then(|properties| properties.get(written));
        let global = global(self.template, resource, written);
        if own.is_none() && global.is_none() {
            return None;
        }
        let key = (Arc::clone(&resource.address), written.to_owned());
        if let Some(known) = self.template.properties.borrow().get(&key) {
            return known.clone();
        }
        self.template.properties.borrow_mut().insert(key.clone(), None);
        let own_value = own.map(|node| self.of(resource, || self.value(node)));
        let global_value = |node: &Node| self.evaluator.apart(None, || self.value(node));
        let value = match (own_value, global) {
            (Some(own), None) => own,
            // To SAM a function is one value, not something to be joined.
            (Some(value), Some(_)) if own.is_some_and(is_call) => value,
            (Some(own), Some(global)) => merged(global_value(global), own),
            (None, global) => global_value(global?),
        };
        let value = (!value.is_unset()).then_some(value);
        self.template.properties.borrow_mut().insert(key, value.clone());
        value
    }
}
