//! States: what a root module publishes in its own, and another one reads there.
//!
//! Root modules are evaluated on their own. Those that read the state of another one are evaluated again once it is
//! known what that publishes.
//!
//! <https://developer.hashicorp.com/terraform/language/state/remote-state-data>

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::deployment::Deployment;
use super::memory::Memory;
use super::read;
use super::root::{self, Evaluated};
use super::trees::Trees;
use crate::bounds;
use crate::facts::Walked;
use crate::parallel::{self, free};
use crate::source::{Before, SourceId, Sources};
use crate::value::Origin;
use crate::walk::memory::Recall;
use crate::walk::terraform::module::modules::{Modules, Table};
use crate::walk::terraform::module::run::States;

/// What the evaluation of a deployment is told, besides the states that it asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) deployment: Deployment,
    pub(super) with_state: bool,
    /// The files that were read for what `terraform init` installed: how much of it is read depends on all of them.
    pub(super) installed_from: Vec<SourceId>,
}

impl Told {
    fn of(deployment: &Deployment, with_state: bool, installed_from: &[SourceId]) -> Self {
        Self { deployment: deployment.clone(), with_state, installed_from: installed_from.to_vec() }
    }
}

/// Evaluates all deployments of root modules, those that read states of others with what these publish.
///
/// `terms` are the expressions of which it is asked what they stand for; `is_read` says whether anybody reads a state.
pub(super) fn evaluate(
    (sources, before): (&Sources, Option<(&Before, &Memory)>),
    (modules, trees): (&Modules<'_>, &Trees),
    deployments: &[Deployment],
    (is_read, terms): (bool, &[Arc<str>]),
) -> Vec<Walked> {
    let recall = Recall::of(sources, before, Memory::evaluated);
    let files = Recall::of(sources, before, Memory::files);
    let run = |pass: usize, (states, published): (&States, &Published), deployment: &Deployment| {
        let installed_from = modules.installed_from;
        let tell = || Told::of(deployment, is_read, installed_from);
        let fits = |told: &Told, made: &Evaluated| {
            told.deployment == *deployment
                && told.with_state == is_read
                && told.installed_from == installed_from
                && made.asked.iter().all(|(key, number)| published.get(key) == number.as_ref())
        };
        let evaluate = |own: &Table<'_>| {
            let modules = Modules { by_directory: modules.by_directory.with(own), ..*modules };
            let mut made = root::evaluate(sources, &modules, states, deployment, (is_read, terms));
            for (key, number) in &mut made.asked {
                *number = published.get(key).copied();
            }
            made
        };
        let evaluate = || trees.with_own(deployment, |file| read::again(sources, file, files), evaluate);
        let made = recall.again_if(|| (deployment.unit(), pass), (tell, fits), evaluate);
        trees.evaluated(deployment);
        made
    };
    let nothing = (States::default(), Published::default());
    let size = |one: &&Deployment| trees.size(sources, one);
    trees.expect(deployments);
    let first: Vec<&Deployment> = deployments.iter().collect();
    let mut all: Vec<Arc<Evaluated>> =
        parallel::largest_first(&first, size, |one| run(0, (&nothing.0, &nothing.1), one));
    let mut changed: FxHashSet<Origin> = keys(&all).cloned().collect();
    for pass in 1..bounds::STATE_PASSES {
        let (states, numbers) = unique(&all);
        let waits =
            |one: &Evaluated| one.asked.keys().any(|key| changed.contains(key) && states.contains_key(key));
        let (waiting, mut before): (Vec<&Deployment>, Vec<&mut Arc<Evaluated>>) =
            deployments.iter().zip(&mut all).filter(|(_, one)| waits(one)).unzip();
        if waiting.is_empty() {
            break;
        }
        // Nobody holds two evaluations of one deployment.
        free(before.iter_mut().map(|one| std::mem::take(*one)).collect::<Vec<_>>());
        trees.expect(waiting.iter().copied());
        let again = parallel::largest_first(&waiting, size, |one| run(pass, (&states, &numbers), one));
        changed = keys(&again).cloned().collect();
        for (one, again) in before.into_iter().zip(again) {
            *one = again;
        }
    }
    all.into_iter()
        .map(|one| Arc::try_unwrap(one).map_or_else(|one| one.walked.clone(), |one| one.walked))
        .collect()
}

fn keys(all: &[Arc<Evaluated>]) -> impl Iterator<Item = &Origin> {
    all.iter().filter_map(|one| one.published.as_ref()).map(|(key, _)| key)
}

/// By which evaluation each state was published.
type Published = FxHashMap<Origin, u64>;

/// The states that one root module alone has.
fn unique(all: &[Arc<Evaluated>]) -> (States, Published) {
    let mut counts: FxHashMap<&Origin, usize> = FxHashMap::default();
    for key in keys(all) {
        *counts.entry(key).or_default() += 1;
    }
    let (mut states, mut numbers) = (States::default(), Published::default());
    for one in all {
        if let Some((key, value)) = one.published.as_ref().filter(|(key, _)| counts.get(key) == Some(&1)) {
            states.insert(key.clone(), value.clone());
            numbers.insert(key.clone(), one.number);
        }
    }
    (states, numbers)
}
