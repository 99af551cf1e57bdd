//! Which modules are deployed, how often and with which values; what other states and units say is handed in.

mod accounts;
mod calls;
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
mod trees;
mod values;
mod workspaces;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::calls::Calls;
pub use self::deployment::{Deployment, Told};
use self::installed::Package;
pub use self::marked::written_secrets;
pub use self::memory::Memory;
pub use self::named::named;
pub use self::read::{claims, holds_json};
pub use self::terms::expression;
use self::trees::Trees;
use super::module::blocks::Module;
pub use super::module::modules::Mapping;
use super::module::modules::{ByDirectory, Modules};
use super::module::provider_version::constraints;
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
    let mut walked = Walked::default();
    let (found, trees) = found((sources, before), plans, inputs, &mut walked);
    let (table, installed) = (trees.table(), installed::by_root(&found.packages));
    let modules = Modules {
        by_directory: ByDirectory::of(&table),
        installed: Some(&installed),
        installed_from: &found.installed_from,
        sources: &inputs.modules,
        files: Some(sources),
        constraints: (&found.constraints, &found.constrained),
    };
    let terms = (found.reads_states, &*inputs.terms);
    for one in states::evaluate((sources, before), (&modules, &trees), &found.deployments, terms) {
        walked.extend(one);
    }
    drop((table, installed));
    free((trees, found));
    walked.units.sort_by(|a, b| a.key.cmp(&b.key));
    walked.units.dedup_by(|a, b| a.key == b.key);
    walked.consumed.sort_unstable();
    walked.consumed.dedup();
    walked
}

/// What is known of a project before anything of it is evaluated.
struct Found {
    deployments: Vec<Deployment>,
    packages: Vec<Package>,
    installed_from: Vec<SourceId>,
    /// The constraints on the version of the AWS provider in all modules, and the files that these are made of.
    constraints: Vec<String>,
    constrained: Vec<SourceId>,
    /// Whether anybody reads the state of another.
    reads_states: bool,
}

/// Reads the files of all modules and finds out what is deployed of them.
fn found(
    (sources, before): (&Sources, Option<(&Before, &Memory)>),
    plans: &[SourceId],
    inputs: &Inputs,
    walked: &mut Walked,
) -> (Found, Trees) {
    let files = Recall::of(sources, before, Memory::files);
    let directories = read::read(sources, &mut walked.problems, files);
    let table = trees::table(&directories);
    let by_directory = ByDirectory::of(&table);
    let mut modules =
        Modules { by_directory, sources: &inputs.modules, files: Some(sources), ..Modules::default() };
    let (packages, installed_from) = installed::read(sources, &modules);
    modules.installed_from = &installed_from;
    let plans = plan::read(sources, plans, &modules, &inputs.deployments);
    walked.extend(plans.walked);
    let calls = Calls::of(&modules);
    let deployments = deployments((sources, before), (&modules, &calls), inputs, plans.deployments);
    let told = deployments.iter().flat_map(|one| &one.value_files).filter_map(|path| sources.find(path));
    walked.problems.extend(read::broken(sources, told, files));
    let roots = deployments.iter().filter_map(|one| by_directory.name(&one.root));
    let needed = calls.needed_by_one(roots);
    let needed = needed.into_iter().map(|(name, root)| (name.to_owned(), root.to_owned())).collect();
    let (constraints, constrained) = (
        constraints(by_directory.all()),
        by_directory.all().flat_map(|module| module.files).copied().collect(),
    );
    let reads_state = |module: &Module<'_>| {
        module.resources.iter().any(|declared| &*declared.type_name == "data.terraform_remote_state")
    };
    let reads_states =
        deployments.iter().any(|one| one.terragrunt.is_some()) || by_directory.all().any(reads_state);
    drop(table);
    let found = Found { deployments, packages, installed_from, constraints, constrained, reads_states };
    (found, Trees::new(directories, needed))
}

/// The deployments of all root modules: those that the configuration, plans and Terragrunt tell, and those of what else
/// is evaluated on its own.
fn deployments(
    (sources, before): (&Sources, Option<(&Before, &Memory)>),
    (modules, calls): (&Modules<'_>, &Calls<'_>),
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
    let mut all: BTreeSet<&str> = calls.roots(sources, modules).into_iter().collect();
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
