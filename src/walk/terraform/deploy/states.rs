//! States: what a root module publishes in its own, and another one reads there.
//!
//! Root modules are evaluated on their own. Those that read the state of another one are evaluated again once it is
//! known what that publishes.
//!
//! <https://developer.hashicorp.com/terraform/language/state/remote-state-data>

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::deployment::Deployment;
use super::root::{self, Evaluated};
use crate::bounds;
use crate::facts::Walked;
use crate::source::Sources;
use crate::value::Origin;
use crate::walk::terraform::module::modules::Modules;
use crate::walk::terraform::module::run::States;

/// Evaluates all deployments of root modules, those that read states of others with what these publish.
///
/// `terms` are the expressions of which it is asked what they stand for.
pub(super) fn evaluate(
    sources: &Sources,
    modules: &Modules<'_>,
    deployments: &[Deployment],
    terms: &[Arc<str>],
) -> Vec<Walked> {
    let is_read = deployments.iter().any(|one| one.terragrunt.is_some())
        || modules.by_directory.values().any(|module| {
            module.resources.iter().any(|declared| &*declared.type_name == "data.terraform_remote_state")
        });
    let run = |states: &States, deployment: &Deployment| {
        root::evaluate(sources, modules, states, deployment, (is_read, terms))
    };
    let nothing = States::default();
    let mut all: Vec<Evaluated> = deployments.par_iter().map(|one| run(&nothing, one)).collect();
    let mut changed: FxHashSet<Origin> = keys(&all).cloned().collect();
    for _ in 1..bounds::STATE_PASSES {
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

fn keys(all: &[Evaluated]) -> impl Iterator<Item = &Origin> {
    all.iter().filter_map(|one| one.published.as_ref()).map(|(key, _)| key)
}

/// The states that one root module alone has.
fn unique(all: &[Evaluated]) -> States {
    let mut counts: FxHashMap<&Origin, usize> = FxHashMap::default();
    for key in keys(all) {
        *counts.entry(key).or_default() += 1;
    }
    let published = all.iter().filter_map(|one| one.published.as_ref());
    published.filter(|(key, _)| counts.get(key) == Some(&1)).cloned().collect()
}
