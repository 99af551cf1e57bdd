//! What evaluates an expression, and the names that are bound inside of one.

use std::rc::Rc;
use std::sync::Arc;

use super::files::Files;
use super::invariant::Invariants;
use super::names::Names;
use super::work::Work;
use crate::value::Value;

/// Evaluates expressions that stand in one place: what their names mean and which files they see is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Evaluator<'e> {
    /// What names mean.
    pub(crate) names: &'e dyn Names,
    /// The files that functions read.
    pub(crate) files: &'e dyn Files,
    /// What it may cost.
    pub(crate) work: &'e Work,
    /// What means the same whenever it is evaluated with these names.
    pub(crate) invariants: &'e Invariants,
}

/// Names bound by `for`, `dynamic`, `count`, `for_each` and template arguments.
#[derive(Clone, Default)]
pub(crate) struct Bound {
    innermost: Option<Rc<Binding>>,
    /// A template file sees its arguments and nothing else.
    pub(super) is_template: bool,
}

struct Binding {
    name: Arc<str>,
    value: Value,
    outer: Option<Rc<Binding>>,
}

impl Bound {
    /// The same with one more name.
    #[must_use]
    pub(crate) fn bind(&self, name: impl Into<Arc<str>>, value: Value) -> Self {
        let binding = Binding { name: name.into(), value, outer: self.innermost.as_ref().map(Rc::clone) };
        Self { innermost: Some(Rc::new(binding)), is_template: self.is_template }
    }

    /// The same with the names of an element of a collection: that of its key, if it has one, and that of its value.
    pub(super) fn bind_element(
        &self,
        (key_name, key): (Option<&Arc<str>>, Value),
        (value_name, value): (&Arc<str>, Value),
    ) -> Self {
        match key_name {
            Some(name) => self.bind(Arc::clone(name), key).bind(Arc::clone(value_name), value),
            None => self.bind(Arc::clone(value_name), value),
        }
    }

    /// What a template file sees: these names and no others.
    pub(super) fn template(names: impl IntoIterator<Item = (Arc<str>, Value)>) -> Self {
        let empty = Self { innermost: None, is_template: true };
        names.into_iter().fold(empty, |bound, (name, value)| bound.bind(name, value))
    }

    /// Whether one of the names is bound here.
    pub(super) fn has_any(&self, names: &[Arc<str>]) -> bool {
        names.iter().any(|name| self.get(name).is_some())
    }

    /// Whether nothing is bound, as in a block itself, in which nothing is evaluated twice.
    pub(super) fn is_empty(&self) -> bool {
        self.innermost.is_none()
    }

    /// The value of a bound name.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let mut next = self.innermost.as_ref();
        while let Some(binding) = next {
            if *binding.name == *name {
                return Some(&binding.value);
            }
            next = binding.outer.as_ref();
        }
        None
    }
}
