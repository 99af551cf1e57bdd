//! States: what a root module publishes in its own, and another one reads there.
//!
//! Root modules are evaluated on their own. Those that read the state of another one are evaluated again once it is
//! known what that publishes.
//!
//! <https://developer.hashicorp.com/terraform/language/state/remote-state-data>

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::deployment::Deployment;
use super::terragrunt;
use crate::facts::Walked;
use crate::source::{Sources, Span};
use crate::value::{Kind, Map, Origin, OriginKind, Value};
use crate::walk::terraform::Modules;
use crate::walk::terraform::module::data;
use crate::walk::terraform::module::run::{Run, Scope};

/// How long a chain of states is followed.
const MAX_PASSES: usize = 4;

/// The outputs of root modules, by the states that they are in.
pub(crate) type States = FxHashMap<Origin, Value>;

/// What the evaluation of a root module gives.
pub(crate) struct Evaluated {
    pub(crate) walked: Walked,
    /// Its state, and its outputs.
    pub(crate) published: Option<(Origin, Value)>,
    /// The states that it reads.
    pub(crate) asked: FxHashSet<Origin>,
}

/// Evaluates all deployments of root modules, those that read states of others with what these publish.
pub(crate) fn evaluate(sources: &Sources, modules: &Modules<'_>, deployments: &[Deployment]) -> Vec<Walked> {
    let is_read = deployments.iter().any(|one| one.terragrunt.is_some())
        || modules.by_directory.values().any(|module| {
            module.resources.iter().any(|declared| &*declared.type_name == "data.terraform_remote_state")
        });
    let run = |states: &States, deployment: &Deployment| {
        Run::new(sources, modules, states, deployment).walk(is_read)
    };
    let nothing = States::default();
    let mut all: Vec<Evaluated> = deployments.par_iter().map(|one| run(&nothing, one)).collect();
    let mut changed: FxHashSet<Origin> = keys(&all).collect();
    for _ in 1..MAX_PASSES {
        let states = unique(&all);
        let waits =
            |one: &Evaluated| one.asked.iter().any(|key| changed.contains(key) && states.contains_key(key));
        let waiting: Vec<(&Deployment, &mut Evaluated)> =
            deployments.iter().zip(&mut all).filter(|(_, one)| waits(one)).collect();
        if waiting.is_empty() {
            break;
        }
        let published = waiting.into_par_iter().filter_map(|(deployment, one)| {
            *one = run(&states, deployment);
            one.published.as_ref().map(|(key, _)| key.clone())
        });
        changed = published.collect();
    }
    all.into_iter().map(|one| one.walked).collect()
}

fn keys(all: &[Evaluated]) -> impl Iterator<Item = Origin> {
    all.iter().filter_map(|one| one.published.as_ref()).map(|(key, _)| key.clone())
}

/// The states that one root module alone has.
fn unique(all: &[Evaluated]) -> States {
    let mut counts: FxHashMap<Origin, usize> = FxHashMap::default();
    for key in keys(all) {
        *counts.entry(key).or_default() += 1;
    }
    let published = all.iter().filter_map(|one| one.published.as_ref());
    published.filter(|(key, _)| counts.get(key) == Some(&1)).cloned().collect()
}

impl<'a> Run<'a> {
    /// The state of the root module, as what reads it calls it, and its outputs.
    pub(crate) fn published(&self, root: &Scope<'a>) -> Option<(Origin, Value)> {
        let module = root.instance.module;
        if let Some(unit) = self.deployment.and_then(Deployment::unit_directory) {
            let span = module.outputs.values().next()?.header;
            return Some((terragrunt::state_of(unit), self.outputs_of(root, span)));
        }
        let (backend, config, span) = match module.backend {
            Some(block) => {
                let config = self.properties(root, &block.body);
                let label = block.labels.first().map(|label| label.value.to_string());
                (label.unwrap_or_else(|| "remote".to_owned()), config, block.header)
            }
            None if module.has_backend => return None,
            None => ("local".to_owned(), Map::default(), module.outputs.values().next()?.header),
        };
        let state = data::state(&self.unit, &backend, config, span)?;
        Some((state, self.outputs_of(root, span)))
    }

    fn outputs_of(&self, root: &Scope<'a>, span: Span) -> Value {
        let mut outputs = Map { entries: Vec::new(), open: true };
        for (name, block) in &root.instance.module.outputs {
            if let Some(value) = self.output(root, name) {
                outputs.insert(name, block.header, (*value).clone());
            }
        }
        Value::new(Kind::Map(outputs), span)
    }

    /// The value, or what is in the state that it is read from.
    pub(crate) fn with_state(&self, value: Value, span: Span) -> Value {
        match &value.kind {
            Kind::Unknown(symbol) if matches!(symbol.origin.kind(), OriginKind::State { .. }) => {
                self.asked.borrow_mut().insert(symbol.origin.clone());
                let known = self.states.and_then(|states| states.get(&symbol.origin));
                known.map_or_else(|| value.clone(), |known| known.clone().through(span))
            }
            Kind::Choice(all) => {
                let each = all.iter().map(|one| self.with_state(one.clone(), span)).collect();
                self.either(each, span)
            }
            _ => value,
        }
    }
}
