//! What one evaluation has cost, and whether Terraform refuses what is being evaluated.

use std::cell::{Cell, RefCell};
use std::hash::Hash;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::bounds;
use crate::parse::hcl::Expression;
use crate::source::Span;
use crate::value::{Answer, Value};
use crate::walk::purse::{Limits, Payer, Purse};

/// A value, and whether evaluating it is refused.
#[derive(Clone)]
pub(super) struct Remembered {
    value: Rc<Value>,
    failure: Answer,
    /// When a bound cut it off: whose turn it was, and at which depth. To others, and further out, it may be more.
    cut: Option<(u32, u32)>,
}

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
        if let Some(known) = self.0.borrow().get(&name)
            && let Some(value) = work.recall(known.as_ref()?)
        {
            return Some(value);
        }
        self.0.borrow_mut().insert(name, None);
        let known = work.remembered(evaluate);
        let value = Rc::clone(&known.value);
        self.0.borrow_mut().insert(name, Some(known));
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
    purse: Purse,
    /// Whether a bound cut off something of what is being evaluated.
    cut: Cell<bool>,
}

impl Default for Work {
    fn default() -> Self {
        Self {
            mentions: RefCell::default(),
            failure: Cell::new(Answer::No),
            depth: Cell::new(0),
            purse: Purse::new(Limits {
                common: bounds::EVALUATION_STEPS,
                reserve: bounds::RESERVED_STEPS,
                reserves: bounds::ALL_RESERVED_STEPS,
            }),
            cut: Cell::new(false),
        }
    }
}

impl Work {
    /// One level deeper; `None` when a bound is reached.
    pub(crate) fn deeper<T>(&self, evaluate: impl FnOnce() -> T) -> Option<T> {
        if self.depth.get() >= bounds::EXPRESSION_DEPTH || !self.purse.take(1) {
            self.cut.set(true);
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        let result = evaluate();
        self.depth.set(self.depth.get() - 1);
        Some(result)
    }

    /// Counts work that is not an expression of its own.
    pub(crate) fn pay(&self, steps: usize) {
        self.affords(u32::try_from(steps).unwrap_or(u32::MAX));
    }

    /// The same; `false` when there is not enough left for it.
    pub(crate) fn affords(&self, steps: u32) -> bool {
        let is_paid = self.purse.take(steps);
        self.cut.set(self.cut.get() || !is_paid);
        is_paid
    }

    /// Evaluates something that a declaration pays for.
    pub(crate) fn paid<T>(&self, payer: Payer, place: Span, evaluate: impl FnOnce() -> T) -> T {
        self.purse.pays(payer, place, || self.whole(evaluate).0)
    }

    /// Where evaluation ended because it took too many steps.
    pub(crate) fn unpaid(&self) -> Vec<Span> {
        self.purse.refused()
    }

    /// Evaluates something, and says whether no bound cut off anything of it.
    pub(crate) fn whole<T>(&self, evaluate: impl FnOnce() -> T) -> (T, bool) {
        let outer = self.cut.replace(false);
        let result = evaluate();
        let is_cut = self.cut.replace(outer);
        self.cut.set(outer || is_cut);
        (result, !is_cut)
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

    /// The same, to be kept: the failure is noted now, and again whenever the value is used.
    pub(super) fn remembered(&self, evaluate: impl FnOnce() -> Value) -> Remembered {
        let ((value, failure), is_whole) = self.whole(|| self.watch(evaluate));
        self.fail(failure);
        let cut = (!is_whole).then(|| (self.purse.turn(), self.depth.get()));
        Remembered { value: Rc::new(value), failure, cut }
    }

    /// A value that was kept; `None` when a bound cut it off that is not met here.
    pub(super) fn recall(&self, known: &Remembered) -> Option<Rc<Value>> {
        if let Some((turn, depth)) = known.cut {
            if turn != self.purse.turn() || depth > self.depth.get() {
                return None;
            }
            self.cut.set(true);
        }
        self.fail(known.failure);
        Some(Rc::clone(&known.value))
    }
}
