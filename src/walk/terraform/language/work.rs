//! What one evaluation has cost, and whether Terraform refuses what is being evaluated.

use std::cell::{Cell, RefCell};
use std::hash::Hash;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::bounds;
use crate::parse::hcl::Expression;
use crate::value::{Answer, Value};

/// A value, and whether evaluating it is refused.
pub(super) type Remembered = (Rc<Value>, Answer);

/// What is evaluated once, by its name. `None` stands for what is being evaluated.
pub(crate) struct Memory<N>(RefCell<FxHashMap<N, Option<Remembered>>>);

impl<N> Default for Memory<N> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<N: Copy + Eq + Hash> Memory<N> {
    /// What has this name; `None` when it depends on itself.
    pub(crate) fn once(&self, work: &Work, name: N, evaluate: impl FnOnce() -> Value) -> Option<Rc<Value>> {
        if let Some(known) = self.0.borrow().get(&name) {
            let (value, failure) = known.as_ref()?;
            work.fail(*failure);
            return Some(Rc::clone(value));
        }
        self.0.borrow_mut().insert(name, None);
        let (value, failure) = work.remembered(evaluate);
        self.0.borrow_mut().insert(name, Some((Rc::clone(&value), failure)));
        work.fail(failure);
        Some(value)
    }
}

/// The budget of one evaluation, and what it noted.
pub(crate) struct Work {
    /// The names that expressions mention, by their place.
    pub(super) mentions: RefCell<FxHashMap<*const Expression, Rc<[Arc<str>]>>>,
    /// Whether what is being evaluated fails, as far as that is known.
    failure: Cell<Answer>,
    depth: Cell<u32>,
    steps: Cell<u32>,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            mentions: RefCell::default(),
            failure: Cell::new(Answer::No),
            depth: Cell::new(0),
            steps: Cell::new(0),
        }
    }
}

impl Work {
    /// One level deeper; `None` when a bound is reached.
    pub(crate) fn deeper<T>(&self, evaluate: impl FnOnce() -> T) -> Option<T> {
        self.steps.set(self.steps.get().saturating_add(1));
        if self.depth.get() >= bounds::EXPRESSION_DEPTH || self.steps.get() > bounds::EVALUATION_STEPS {
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        let result = evaluate();
        self.depth.set(self.depth.get() - 1);
        Some(result)
    }

    /// Counts work that is not an expression of its own.
    pub(crate) fn pay(&self, steps: usize) {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        self.steps.set(self.steps.get().saturating_add(steps));
    }

    /// Notes that Terraform refuses what is being evaluated (`Yes`), or that it may (`Unknown`).
    pub(crate) fn fail(&self, certain: Answer) {
        self.failure.set(self.failure.get().or(certain));
    }

    /// Evaluates something on its own, and says whether Terraform refuses it.
    pub(crate) fn watch<T>(&self, evaluate: impl FnOnce() -> T) -> (T, Answer) {
        let outer = self.failure.replace(Answer::No);
        let result = evaluate();
        (result, self.failure.replace(outer))
    }

    /// The same, to be kept: the failure is noted again whenever the value is used.
    pub(super) fn remembered(&self, evaluate: impl FnOnce() -> Value) -> Remembered {
        let (value, failure) = self.watch(evaluate);
        (Rc::new(value), failure)
    }
}
