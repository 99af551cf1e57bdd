//! One evaluation of a root module with everything it calls: what is told of it, and what it notes.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::instance::{Instance, RootScope};
use super::modules::{Modules, StandIns};
use crate::bounds;
use crate::carriers::PropertiesRead;
use crate::diagnostic::Problem;
use crate::facts::Secret;
use crate::source::{SourceId, Sources, Span};
use crate::value::{Answer, Because, Class, Origin, OriginKind, Symbol, Text, UnitKey, Value, When};
use crate::walk::purse::{Limits, Purse};
use crate::walk::terraform::language::unknown::own;
use crate::walk::terraform::language::work::Work;

/// What other root modules publish, by the states that it is in.
pub(crate) type States = FxHashMap<Origin, Value>;

/// What is told of a root module before it is evaluated. Nothing else is known of how it is deployed.
pub(crate) struct Told<'a> {
    /// The directory of the root module.
    pub(crate) root: &'a str,
    /// The unit of its default provider.
    pub(crate) unit: UnitKey,
    /// The values that its variables are given.
    pub(crate) inputs: FxHashMap<String, Value>,
    /// The values that a plan has for them.
    pub(crate) planned: &'a BTreeMap<String, serde_json::Value>,
    /// What a plan found data sources to return, by address.
    pub(crate) found: &'a BTreeMap<String, serde_json::Value>,
    /// `terraform.workspace`.
    pub(crate) workspace: Option<&'a str>,
    /// The states of others.
    pub(crate) states: &'a States,
    /// What stands for the modules that it calls and that are not in the project.
    pub(crate) stand_ins: &'a StandIns<'a>,
}

/// The evaluation of one root module with everything it calls.
pub(crate) struct Run<'a> {
    pub(super) sources: &'a Sources,
    pub(super) modules: &'a Modules<'a>,
    pub(super) told: Told<'a>,
    pub(super) work: Work,
    /// The instances of modules that it may still make.
    pub(super) instances: Purse,
    /// Calls of modules that are not evaluated, and why.
    pub(super) refused: RefCell<BTreeMap<Span, &'static str>>,
    /// The states that are read.
    pub(crate) asked: RefCell<FxHashSet<Origin>>,
    /// Files that were read as values.
    pub(crate) consumed: RefCell<FxHashSet<SourceId>>,
    /// The values of sensitive variables.
    pub(crate) secrets: RefCell<Vec<Secret>>,
    /// The variables that are used and declared nowhere, by the directory of the module, with one of their places.
    undeclared: RefCell<BTreeMap<&'a str, BTreeMap<String, Span>>>,
    /// The arguments of a type that are read for access.
    pub(super) essential: RefCell<FxHashMap<Arc<str>, Rc<PropertiesRead>>>,
    /// The regions of provider configurations, as far as they were asked for.
    pub(super) regions: RefCell<FxHashMap<UnitKey, Option<Text>>>,
    /// The constraints on the version of the AWS provider.
    pub(super) constraints: OnceCell<Vec<String>>,
}

impl<'a> Run<'a> {
    /// A run in which nothing is evaluated yet.
    pub(crate) fn new(sources: &'a Sources, modules: &'a Modules<'a>, told: Told<'a>) -> Self {
        Self {
            sources,
            modules,
            told,
            work: Work::default(),
            instances: Purse::new(Limits {
                common: bounds::MODULE_INSTANCES,
                reserve: bounds::RESERVED_INSTANCES,
                reserves: bounds::MODULE_INSTANCES,
            }),
            refused: RefCell::default(),
            asked: RefCell::default(),
            consumed: RefCell::default(),
            secrets: RefCell::default(),
            undeclared: RefCell::default(),
            essential: RefCell::default(),
            regions: RefCell::default(),
            constraints: OnceCell::new(),
        }
    }

    /// The scope of the root module; `None` when there is no such module.
    pub(crate) fn root(&self) -> Option<RootScope<'a>> {
        let module = self.modules.by_directory.get(self.told.root)?;
        let (units, always) = (self.root_units(module), (Answer::Yes, When::default()));
        Some(RootScope::of(Instance::new(module, String::new(), None, always, units)))
    }

    /// The unit of its default provider.
    pub(crate) fn unit(&self) -> &UnitKey {
        &self.told.unit
    }

    /// Takes note of a variable that is used and declared nowhere: a file is missing, or a link leads nowhere.
    pub(super) fn note_undeclared(&self, instance: &Instance<'a>, variable: &str, span: Span) {
        if instance.module.shown_at.is_some() {
            return;
        }
        let mut undeclared = self.undeclared.borrow_mut();
        let of_module = undeclared.entry(instance.module.directory).or_default();
        let first = of_module.entry(variable.to_owned()).or_insert(span);
        *first = span.min(*first);
    }

    /// A note for each module that uses variables which it does not declare. Terraform refuses such a module.
    ///
    /// <https://developer.hashicorp.com/terraform/language/values/variables>
    pub(crate) fn undeclared(&self) -> Vec<Problem> {
        let note = |variables: &BTreeMap<String, Span>| {
            let at = variables.values().min()?;
            let names: Vec<String> = variables.keys().take(3).map(|name| format!("`var.{name}`")).collect();
            let more = variables.len().saturating_sub(names.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let (verb, value) =
                if variables.len() > 1 { ("are", "their values are") } else { ("is", "its value is") };
            let names = names.join(", ");
            let message = format!("{names}{more} {verb} not declared in this module: {value} unknown");
            Some(Problem::note(*at, message))
        };
        self.undeclared.borrow().values().filter_map(note).collect()
    }

    /// Evaluates something of an instance of a module that is declared at `place`, and pays for it.
    pub(crate) fn paid<T>(&self, instance: &Instance<'a>, place: Span, evaluate: impl FnOnce() -> T) -> T {
        let shown = instance.module.shown_at.unwrap_or(place);
        self.work.paid((instance.outermost, place), shown, evaluate)
    }

    /// Evaluates something, and says whether no bound cut off anything of it.
    pub(crate) fn whole<T>(&self, evaluate: impl FnOnce() -> T) -> (T, bool) {
        self.work.whole(evaluate)
    }

    /// What was not evaluated because of a bound, or because Terraform refuses it.
    pub(crate) fn unevaluated(&self) -> Vec<Problem> {
        const STEPS: &str = "evaluating this takes too many steps, so not all of its values are known";
        let steps = self.work.unpaid().into_iter().map(|place| Problem::new(place, STEPS));
        let refused = self.refused.borrow();
        let calls = refused.iter().map(|(place, message)| Problem::new(*place, *message));
        steps.chain(calls).collect()
    }

    /// A symbol for a module that is not in the project, or for what is declared in none.
    pub(super) fn module_symbol(&self, address: &str, because: Because) -> Symbol {
        let (unit, name) = (self.told.unit.clone(), address.into());
        Symbol::new(Class::Keyed, OriginKind::Output { unit, name }, because)
    }

    /// A symbol of this root module.
    pub(super) fn symbol(&self, name: &str, because: Because) -> Symbol {
        own(&self.told.unit, name, because)
    }
}
