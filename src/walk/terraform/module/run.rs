//! One evaluation of a root module: what it remembers, and its bounds.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::blocks::Module;
use super::call::Children;
use crate::facts::Walked;
use crate::parse::hcl::{Block, Expression};
use crate::source::{SourceId, Sources};
use crate::value::{Answer, Origin, UnitKey, Value};
use crate::walk::terraform::Modules;
use crate::walk::terraform::deploy::deployment::Deployment;
use crate::walk::terraform::deploy::states::{Evaluated, States};
use crate::walk::terraform::deploy::terragrunt::{self, Place};

/// Expressions inside expressions, references followed.
const MAX_DEPTH: u32 = 150;
/// Expressions evaluated for one root module.
const MAX_STEPS: u32 = 3_000_000;
/// Alternatives of one value.
pub(crate) const MAX_CHOICES: usize = 64;
/// Items of a list that is made by evaluation; instances of a resource.
pub(crate) const MAX_ITEMS: usize = 4096;

/// The evaluation of one root module with everything it calls.
pub(crate) struct Run<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) modules: &'a Modules<'a>,
    /// The directory of the root module.
    pub(crate) root: &'a str,
    /// What other root modules publish in their states, by the key of what reads it.
    pub(crate) states: Option<&'a States>,
    /// The states that are read.
    pub(crate) asked: RefCell<FxHashSet<Origin>>,
    /// The key of the unit of the root's default provider.
    pub(crate) unit: UnitKey,
    /// The deployment of the root module; `None` for expressions that refer to nothing.
    pub(crate) deployment: Option<&'a Deployment>,
    /// Where a configuration of Terragrunt is evaluated, and how deep in others.
    pub(crate) terragrunt: Option<(Place, usize)>,
    /// What the unit of Terragrunt says that deploys the root module.
    pub(super) unit_config: Option<terragrunt::Config>,
    /// Files that were read as values.
    pub(crate) consumed: RefCell<FxHashSet<SourceId>>,
    /// The values that `terraform.tfvars` and its like give.
    pub(crate) inputs: FxHashMap<String, Value>,
    /// The arguments of a type that are read for access.
    pub(super) essential: RefCell<FxHashMap<Arc<str>, Rc<FxHashSet<String>>>>,
    /// The names that expressions mention, by their place.
    pub(crate) mentions: RefCell<FxHashMap<*const Expression, Rc<[Arc<str>]>>>,
    /// Whether what is being evaluated fails, as far as that is known.
    failure: Cell<Answer>,
    depth: Cell<u32>,
    steps: Cell<u32>,
}

/// A module as one call makes it.
pub(crate) struct Instance<'a> {
    pub(crate) module: &'a Module<'a>,
    /// What its addresses begin with: `module.a["x"].`; empty for the root.
    pub(crate) address: String,
    /// The call that made it, and where that stands. `None` for the root.
    pub(crate) caller: Option<(Scope<'a>, &'a Block)>,
    /// Whether it is deployed at all.
    pub(crate) present: Answer,
    /// The unit of each provider configuration: `aws`, `aws.eu`.
    pub(crate) units: FxHashMap<String, UnitKey>,
    pub(super) children: RefCell<FxHashMap<&'a str, Rc<Children<'a>>>>,
    memory: RefCell<FxHashMap<Name<'a>, Option<Remembered>>>,
    /// Calls inside loops that do not depend on the loop, by the place of their expression.
    pub(crate) invariant: RefCell<FxHashMap<*const Expression, Remembered>>,
}

/// A value, and whether evaluating it is refused. `None` stands for one that is being evaluated.
pub(super) type Remembered = (Rc<Value>, Answer);

/// Something that is evaluated once for each instance of a module.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Name<'a> {
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

/// Where an expression stands: what its names mean.
#[derive(Clone)]
pub(crate) struct Scope<'a> {
    pub(crate) instance: Rc<Instance<'a>>,
    /// Names bound by `for`, `dynamic`, `count`, `for_each` and template arguments.
    names: Option<Rc<Binding>>,
    /// A template file sees its arguments and nothing else.
    pub(crate) is_template: bool,
}

struct Binding {
    name: Arc<str>,
    value: Value,
    outer: Option<Rc<Binding>>,
}

impl<'a> Instance<'a> {
    pub(crate) fn new(
        module: &'a Module<'a>,
        address: String,
        caller: Option<(Scope<'a>, &'a Block)>,
        present: Answer,
        units: FxHashMap<String, UnitKey>,
    ) -> Self {
        Self {
            module,
            address,
            caller,
            present,
            units,
            children: RefCell::default(),
            memory: RefCell::default(),
            invariant: RefCell::default(),
        }
    }
}

impl<'a> Scope<'a> {
    /// The scope of the blocks of a module.
    pub(crate) fn of(instance: Rc<Instance<'a>>) -> Self {
        Self { instance, names: None, is_template: false }
    }

    /// The same with one more name.
    #[must_use]
    pub(crate) fn bind(&self, name: impl Into<Arc<str>>, value: Value) -> Self {
        let binding = Binding { name: name.into(), value, outer: self.names.clone() };
        Self { names: Some(Rc::new(binding)), ..self.clone() }
    }

    /// A scope in which only these names are known.
    pub(crate) fn template(&self, names: impl IntoIterator<Item = (Arc<str>, Value)>) -> Self {
        let empty = Self { names: None, is_template: true, ..self.clone() };
        names.into_iter().fold(empty, |scope, (name, value)| scope.bind(name, value))
    }

    /// Whether a name is bound here.
    pub(crate) fn binds_any(&self, names: &[Arc<str>]) -> bool {
        names.iter().any(|name| self.bound(name).is_some())
    }

    /// Whether this is the scope of a block itself, in which nothing is evaluated twice.
    pub(crate) fn is_plain(&self) -> bool {
        self.names.is_none()
    }

    /// The value of a bound name.
    pub(crate) fn bound(&self, name: &str) -> Option<&Value> {
        let mut next = self.names.as_ref();
        while let Some(binding) = next {
            if *binding.name == *name {
                return Some(&binding.value);
            }
            next = binding.outer.as_ref();
        }
        None
    }
}

impl<'a> Run<'a> {
    pub(crate) fn new(
        sources: &'a Sources,
        modules: &'a Modules<'a>,
        states: &'a States,
        deployment: &'a Deployment,
    ) -> Self {
        let config = terragrunt::config(sources, deployment, Some(states));
        let mut inputs = super::variables::inputs(sources, deployment);
        for entry in config.iter().flat_map(|config| &config.inputs.entries) {
            if let Some(name) = entry.key.as_literal() {
                inputs.insert(name.into_owned(), entry.value.clone());
            }
        }
        Self {
            root: &deployment.root,
            states: Some(states),
            asked: RefCell::new(config.iter().flat_map(|config| config.asked.iter().cloned()).collect()),
            unit_config: config,
            unit: deployment.unit(),
            inputs,
            deployment: Some(deployment),
            ..Self::constant(sources, modules)
        }
    }

    /// For expressions that refer to nothing.
    pub(crate) fn constant(sources: &'a Sources, modules: &'a Modules<'a>) -> Self {
        Self {
            sources,
            modules,
            root: "",
            states: None,
            asked: RefCell::default(),
            unit: UnitKey::of("."),
            deployment: None,
            terragrunt: None,
            unit_config: None,
            consumed: RefCell::default(),
            inputs: FxHashMap::default(),
            essential: RefCell::default(),
            mentions: RefCell::default(),
            failure: Cell::new(Answer::No),
            depth: Cell::new(0),
            steps: Cell::new(0),
        }
    }

    /// For a configuration of Terragrunt in a directory.
    pub(crate) fn in_terragrunt(
        sources: &'a Sources,
        modules: &'a Modules<'a>,
        root: &'a str,
        place: (Place, usize),
    ) -> Self {
        Self { root, terragrunt: Some(place), ..Self::constant(sources, modules) }
    }

    /// Evaluates the root module and everything it calls.
    pub(crate) fn walk(&self, with_state: bool) -> Evaluated {
        let mut walked = Walked::default();
        let mut published = None;
        if let Some(module) = self.modules.by_directory.get(self.root) {
            let units = self.root_units(module);
            let root = Scope::of(Rc::new(Instance::new(module, String::new(), None, Answer::Yes, units)));
            self.declare_all(&root, 0, &mut walked);
            published = if with_state { self.published(&root) } else { None };
        }
        walked.consumed.extend(self.consumed.borrow().iter());
        Evaluated { walked, published, asked: self.asked.take() }
    }

    /// One level deeper; `None` when a bound is reached.
    pub(crate) fn deeper<T>(&self, evaluate: impl FnOnce() -> T) -> Option<T> {
        self.steps.set(self.steps.get().saturating_add(1));
        if self.depth.get() >= MAX_DEPTH || self.steps.get() > MAX_STEPS {
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

    /// What is evaluated once for an instance; `None` when it depends on itself.
    pub(crate) fn once(
        &self,
        instance: &Instance<'a>,
        name: Name<'a>,
        evaluate: impl FnOnce() -> Value,
    ) -> Option<Rc<Value>> {
        if let Some(known) = instance.memory.borrow().get(&name) {
            let (value, failure) = known.as_ref()?;
            self.fail(*failure);
            return Some(Rc::clone(value));
        }
        instance.memory.borrow_mut().insert(name, None);
        let (value, failure) = self.watch(evaluate);
        let value = Rc::new(value);
        instance.memory.borrow_mut().insert(name, Some((Rc::clone(&value), failure)));
        self.fail(failure);
        Some(value)
    }
}
