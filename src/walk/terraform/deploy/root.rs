//! One deployment of a root module, evaluated with what is told of it.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::deployment::Deployment;
use super::stand_in::{self, StandIn};
use super::{terragrunt, values};
use crate::facts::Walked;
use crate::source::{Sources, Span};
use crate::value::{Map, Origin, Value};
use crate::walk::memory::number;
use crate::walk::terraform::module::data;
use crate::walk::terraform::module::instance::Scope;
use crate::walk::terraform::module::modules::Modules;
use crate::walk::terraform::module::run::{Run, States, Told};

/// What the evaluation of a root module gives.
#[derive(Debug, Default)]
pub(super) struct Evaluated {
    pub(super) walked: Walked,
    /// Its state, and its outputs.
    pub(super) published: Option<(Origin, Value)>,
    /// The states that it reads, each with the evaluation that published it.
    pub(super) asked: FxHashMap<Origin, Option<u64>>,
    /// What tells this evaluation from all others.
    pub(super) number: u64,
}

/// A root module while one deployment of it is evaluated.
pub(super) struct Root<'a> {
    pub(super) run: Run<'a>,
    pub(super) sources: &'a Sources,
    pub(super) deployment: &'a Deployment,
    /// What the unit of Terragrunt says that deploys it.
    pub(super) config: Option<terragrunt::Config>,
    /// What its default provider configuration says, once that is asked for.
    pub(super) default: OnceCell<Rc<Map>>,
}

/// Evaluates a root module and everything it calls; `states` are what others publish, and `terms` expressions of which it is asked
/// what they stand for.
pub(super) fn evaluate<'a>(
    sources: &'a Sources,
    modules: &'a Modules<'a>,
    states: &'a States,
    deployment: &'a Deployment,
    (with_state, terms): (bool, &[Arc<str>]),
) -> Evaluated {
    let mut config = terragrunt::config(sources, deployment, Some(states));
    let inputs = values::inputs(sources, deployment, config.as_mut());
    // Each is a tree of its own, of which a project has thousands: they are there only while what calls them is evaluated.
    let placed: Vec<StandIn> = stand_in::of_calls(&modules.calls_below(&deployment.root));
    let stand_ins = placed.iter().map(|one| (one.call, one.module())).collect();
    let told = Told {
        root: &deployment.root,
        unit: deployment.unit(),
        inputs,
        planned: &deployment.found.variables,
        found: &deployment.found.data,
        workspace: deployment.workspace.as_deref(),
        states,
        stand_ins: &stand_ins,
    };
    let run = Run::new(sources, modules, told);
    let root = Root { run, sources, deployment, config, default: OnceCell::new() };
    let (mut walked, mut published) = (Walked::default(), None);
    if let Some(scope) = root.run.root() {
        root.declare_all(&scope, &mut walked);
        walked.terms.extend(terms.iter().flat_map(|written| root.term(&scope, written)));
        published = if with_state { root.published_paid(&scope) } else { None };
    }
    if !root.config.as_ref().is_some_and(terragrunt::Config::generates) {
        walked.problems.extend(root.run.undeclared());
    }
    walked.problems.extend(root.run.unevaluated());
    walked.consumed.extend(root.run.consumed.borrow().iter());
    walked.secrets = root.run.secrets.take();
    let mut asked = root.run.asked.take();
    asked.extend(root.config.into_iter().flat_map(|config| config.asked));
    let asked = asked.into_iter().map(|key| (key, None)).collect();
    Evaluated { walked, published, asked, number: number() }
}

impl<'a> Root<'a> {
    /// Adds the declarations and units of a module instance and of all that it calls.
    fn declare_all(&self, scope: &Scope<'a>, walked: &mut Walked) {
        let instance = &scope.instance;
        match instance.module.providers.first() {
            Some(first) => self.run.paid(instance, first.header, || self.add_units(scope, walked)),
            None => self.add_units(scope, walked),
        }
        for declared in &instance.module.resources {
            let place = declared.block.header;
            self.run.paid(instance, place, || self.run.declare(instance, declared, walked));
        }
        for (name, call) in &instance.module.calls {
            let children = self.run.paid(instance, call.header, || {
                let children = self.run.children(instance, name, call);
                self.run.declare_unseen(instance, (name, call), &children, walked);
                children
            });
            for child in &children.instances {
                self.declare_all(&Scope::of(Rc::clone(child)), walked);
            }
        }
    }

    /// The state of the root module, for which its first output pays.
    fn published_paid(&self, root: &Scope<'a>) -> Option<(Origin, Value)> {
        let module = root.instance.module;
        let first = module.backend.or_else(|| module.outputs.values().next().copied())?;
        self.run.paid(&root.instance, first.header, || self.published(root))
    }

    /// The state of the root module, as what reads it calls it, and its outputs.
    fn published(&self, root: &Scope<'a>) -> Option<(Origin, Value)> {
        let module = root.instance.module;
        let outputs = |span: Span| self.run.outputs_of(&root.instance, true, span);
        if let Some(unit) = self.deployment.unit_directory() {
            let span = module.outputs.values().next()?.header;
            return Some((terragrunt::state_of(unit), outputs(span)));
        }
        let (backend, config, span) = match module.backend {
            Some(block) => {
                let config = self.run.properties(root, &block.body);
                let label = block.labels.first().map(|label| label.value.to_string());
                (label.unwrap_or_else(|| "remote".to_owned()), config, block.header)
            }
            None if module.has_backend => return None,
            None => ("local".to_owned(), Map::default(), module.outputs.values().next()?.header),
        };
        let state = data::state(self.run.unit(), &backend, config, span)?;
        Some((state, outputs(span)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::walk::memory::Recall;
    use crate::walk::terraform::deploy::{memory::Memory, read, trees};
    use crate::walk::terraform::module::modules::{ByDirectory, StandIns};

    #[test]
    fn the_instances_of_modules_are_gone_when_their_root_is() {
        let files = [("main.tf", "module \"a\" {\n  source = \"./a\"\n}\n"), ("a/main.tf", "locals {}\n")];
        let sources = Sources::in_memory(files.map(|(path, text)| (path.to_owned(), text.to_owned())));
        let directories = read::read(&sources, &mut Vec::new(), Recall::of(&sources, None, Memory::files));
        let table = trees::table(&directories);
        let modules = Modules { by_directory: ByDirectory::of(&table), ..Modules::default() };
        let (states, stand_ins, nothing) = (States::default(), StandIns::default(), BTreeMap::new());
        let deployment = Deployment::default();
        let told = Told {
            root: &deployment.root,
            unit: deployment.unit(),
            inputs: FxHashMap::default(),
            planned: &nothing,
            found: &nothing,
            workspace: None,
            states: &states,
            stand_ins: &stand_ins,
        };
        let run = Run::new(&sources, &modules, told);
        let root = run.root().unwrap();
        let (name, call) = root.instance.module.calls.iter().next().unwrap();
        let child = Rc::downgrade(&run.children(&root.instance, name, call).instances[0]);
        assert!(child.upgrade().is_some());
        drop(root);
        assert!(child.upgrade().is_none());
    }
}
