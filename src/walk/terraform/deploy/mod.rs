//! Which modules are deployed, how often and with which values; what other states and units say is handed in.

mod accounts;
mod credentials;
mod deployment;
pub mod installed;
mod marked;
mod memory;
mod named;
pub mod plan;
mod profiles;
mod read;
mod root;
mod stand_in;
mod states;
mod terms;
mod terragrunt;
mod values;
mod workspaces;

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

pub use self::deployment::{Deployment, Told};
pub use self::marked::written_secrets;
pub use self::memory::Memory;
pub use self::named::named;
pub use self::read::{claims, holds_json};
pub use self::terms::expression;
use super::module::blocks::Module;
pub use super::module::modules::Mapping;
use super::module::modules::Modules;
use crate::facts::Walked;
use crate::parallel::{self, free};
use crate::source::{Before, SourceId, Sources};
use crate::walk::memory::Recall;

/// What is told about how Terraform is deployed, besides what stands in the files of the project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Deployments of root modules.
    pub deployments: Vec<Deployment>,
    /// Files of values for every root module, below the project root.
    pub value_files: Vec<String>,
    /// Where modules of a source lie, below the project root.
    pub modules: Vec<Mapping>,
    /// Expressions of which it is asked what they stand for in each root module.
    pub terms: Vec<Arc<str>>,
}

/// Reads the Terraform files of a project and evaluates every root module, as often as it is deployed.
///
/// `plans` are plans or states as JSON.
pub fn walk(
    sources: &Sources,
    plans: &[SourceId],
    inputs: &Inputs,
    before: Option<(&Before, &Memory)>,
) -> Walked {
    let files = Recall::of(sources, before, Memory::files);
    let mut walked = Walked::default();
    let directories = read::read(sources, &mut walked.problems, files);
    let named: Vec<_> = directories.iter().collect();
    let mut modules = Modules {
        by_directory: parallel::each(&named, |(name, directory)| (name.as_str(), directory.module(name)))
            .into_iter()
            .collect(),
        installed: FxHashMap::default(),
        installed_from: &[],
        sources: &inputs.modules,
        files: Some(sources),
    };
    let (packages, installed_from) = installed::read(sources, &modules);
    modules.installed = installed::by_root(&packages);
    modules.installed_from = &installed_from;
    let modules = modules;
    let plans = plan::read(sources, plans, &modules, &inputs.deployments);
    walked.extend(plans.walked);
    let deployments = deployments((sources, before), &modules, inputs, plans.deployments);
    let told = deployments.iter().flat_map(|one| &one.value_files).filter_map(|path| sources.find(path));
    walked.problems.extend(read::broken(sources, told, files));
    let evaluated = Recall::of(sources, before, Memory::evaluated);
    for one in states::evaluate(sources, &modules, &deployments, &inputs.terms, evaluated) {
        walked.extend(one);
    }
    drop(modules);
    free((directories, packages));
    walked.units.sort_by(|a, b| a.key.cmp(&b.key));
    walked.units.dedup_by(|a, b| a.key == b.key);
    walked.consumed.sort_unstable();
    walked.consumed.dedup();
    walked
}

/// The deployments of all root modules: those that the configuration, plans and Terragrunt tell, and those of what else
/// is evaluated on its own.
fn deployments(
    (sources, before): (&Sources, Option<(&Before, &Memory)>),
    modules: &Modules<'_>,
    inputs: &Inputs,
    planned: Vec<Deployment>,
) -> Vec<Deployment> {
    let mut told: Vec<Deployment> = inputs
        .deployments
        .iter()
        .filter(|told| told.plan.is_none() || planned.iter().all(|it| it.plan != told.plan))
        .cloned()
        .collect();
    told.extend(planned);
    told.extend(terragrunt::deployments(sources, modules, Recall::of(sources, before, Memory::terragrunt)));
    let no_module = Module::default();
    // What is told to be deployed is, also when other modules call it.
    let mut all: BTreeSet<&str> = roots(sources, modules).into_iter().collect();
    all.extend(told.iter().filter_map(|told| modules.by_directory.name(&told.root)));
    let value_files = deployment::value_files(sources);
    let recall = Recall::of(sources, before, Memory::deployments);
    let of = |root: &&str| {
        let told = || told.iter().filter(|told| told.root == **root);
        let telling =
            (|| told().cloned().collect(), |last: &Vec<Deployment>, _: &Vec<Deployment>| told().eq(last));
        let make = || {
            let module = modules.by_directory.get(root).unwrap_or(&no_module);
            let told = told().cloned().collect();
            deployment::deployments(sources, root, module, told, &inputs.value_files, &value_files)
        };
        recall.again_if(|| (*root).to_owned(), telling, make)
    };
    let all: Vec<&str> = all.into_iter().collect();
    parallel::each(&all, of).into_iter().flat_map(Arc::unwrap_or_clone).collect()
}

/// The directories that are evaluated on their own: those that no module of the project calls, and those that
/// say of themselves that they are deployed (a backend, a `terraform.tfvars`). Modules that call each other in a
/// circle are refused by Terraform, but each is read once.
fn roots<'a>(sources: &Sources, modules: &Modules<'a>) -> Vec<&'a str> {
    let mut directories: Vec<&'a str> = modules.by_directory.names().collect();
    directories.sort_unstable();
    let called: BTreeSet<&str> = directories
        .iter()
        .filter_map(|directory| modules.by_directory.get(directory))
        .flat_map(|module| module.calls.values().flat_map(|call| modules.named(module, call)))
        .collect();
    let deployed = |directory: &str| {
        let module = modules.by_directory.get(directory);
        module.is_some_and(|module| module.has_backend)
            || values::value_files(sources, directory).next().is_some()
    };
    let mut roots: Vec<&'a str> = Vec::new();
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let (sure, others): (Vec<&'a str>, Vec<&'a str>) =
        directories.into_iter().partition(|directory| !called.contains(directory) || deployed(directory));
    for directory in sure.into_iter().chain(others) {
        let is_sure = !called.contains(directory) || deployed(directory);
        if is_sure || !reached.contains(directory) {
            roots.push(directory);
            modules.reach(directory, &mut reached);
        }
    }
    roots.sort_unstable();
    roots
}
