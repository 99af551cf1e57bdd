//! A module as one call makes it, and where its expressions stand.

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::blocks::Module;
use super::call::Children;
use super::expand::Copies;
use crate::parse::hcl::Block;
use crate::source::Span;
use crate::value::{Answer, UnitKey, Value, When};
use crate::walk::terraform::language::evaluator::Bound;
use crate::walk::terraform::language::invariant::Invariants;
use crate::walk::terraform::language::work::Memory;

/// A module as one call makes it.
pub(crate) struct Instance<'a> {
    pub(crate) module: &'a Module<'a>,
    /// What its addresses begin with: `module.a["x"].`; empty for the root.
    pub(crate) address: String,
    /// The call that made it, and where that stands. `None` for the root.
    pub(crate) caller: Option<(Scope<'a>, &'a Block)>,
    /// The call of the root module that leads here, where it is written.
    pub(super) outermost: Option<Span>,
    /// Whether it is deployed at all.
    pub(super) present: Answer,
    /// The choices that lead to it, as far as they have names.
    pub(super) when: When,
    /// The unit of each provider configuration: `aws`, `aws.eu`.
    pub(super) units: FxHashMap<String, UnitKey>,
    pub(super) children: RefCell<FxHashMap<&'a str, Rc<Children<'a>>>>,
    pub(super) memory: Memory<Name<'a>>,
    /// The instances of resources, by the place of their blocks, and whether evaluating them is refused.
    pub(super) copies: RefCell<FxHashMap<*const Block, (Rc<Copies>, Answer)>>,
    /// Calls inside loops that do not depend on the loop.
    pub(super) invariants: Invariants,
}

/// Something that is evaluated once for each instance of a module.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Name<'a> {
    Variable(&'a str),
    Local(&'a str),
    Output(&'a str),
    /// A resource or data source with all its instances, by the place of its block.
    Resource(*const Block),
    /// The same with only those arguments that are read for access.
    Essence(*const Block),
    /// A module call with all outputs of all its instances.
    Module(&'a str),
}

/// Where an expression stands: in which instance, and which names are bound there.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    pub(crate) instance: Rc<Instance<'a>>,
    pub(super) bound: Bound,
}

impl<'a> Instance<'a> {
    /// An instance of which nothing is evaluated yet.
    pub(super) fn new(
        module: &'a Module<'a>,
        address: String,
        caller: Option<(Scope<'a>, &'a Block)>,
        (present, when): (Answer, When),
        units: FxHashMap<String, UnitKey>,
    ) -> Self {
        let outermost = caller.as_ref().map(|(scope, call)| scope.instance.outermost.unwrap_or(call.span));
        Self {
            module,
            address,
            caller,
            outermost,
            present,
            when,
            units,
            children: RefCell::default(),
            memory: Memory::default(),
            copies: RefCell::default(),
            invariants: Invariants::default(),
        }
    }

    /// Lets go of all instances below it. Each has the one that calls it, so that none would ever be freed.
    fn release(&self) {
        let mut left: Vec<Rc<Children<'a>>> = self.children.take().into_values().collect();
        while let Some(children) = left.pop() {
            left.extend(children.instances.iter().flat_map(|one| one.children.take().into_values()));
        }
    }
}

/// The scope of a root module, which is freed with everything below it.
pub(crate) struct RootScope<'a>(Scope<'a>);

impl<'a> RootScope<'a> {
    pub(super) fn of(instance: Instance<'a>) -> Self {
        Self(Scope::of(Rc::new(instance)))
    }
}

impl<'a> Deref for RootScope<'a> {
    type Target = Scope<'a>;

    fn deref(&self) -> &Scope<'a> {
        &self.0
    }
}

impl Drop for RootScope<'_> {
    fn drop(&mut self) {
        self.0.instance.release();
    }
}

impl<'a> Scope<'a> {
    /// The scope of the blocks of a module.
    pub(crate) fn of(instance: Rc<Instance<'a>>) -> Self {
        Self { instance, bound: Bound::default() }
    }

    /// The same with one more name.
    #[must_use]
    pub(super) fn bind(&self, name: impl Into<Arc<str>>, value: Value) -> Self {
        Self { instance: Rc::clone(&self.instance), bound: self.bound.bind(name, value) }
    }
}
