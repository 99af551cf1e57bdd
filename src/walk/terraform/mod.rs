//! Terraform and `OpenTofu`: modules, evaluated as far as they can be without running anything.
//!
//! Every root module is evaluated on its own, with the modules it calls. A module that another one calls is
//! judged with the arguments of its calls only. Nothing is executed and nothing is fetched: of a module that is not in
//! the project what `terraform init` installed is evaluated, else for a well-known one a stand-in; others give outputs
//! that are not known, but keep their identity.

mod deploy;
mod language;
mod module;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

pub use self::deploy::deployment::Deployment;
use self::deploy::installed::Installed;
use self::deploy::stand_in::StandIn;
pub use self::deploy::terragrunt::StackUnit;
use self::deploy::{deployment, stand_in, states, terragrunt};
pub use self::deploy::{installed, plan};
use self::language::paths as files;
use self::module::blocks::{Module, is_override, merge_overrides, preferred};
use self::module::{call, variables};
use crate::diagnostic::Problem;
use crate::facts::Walked;
use crate::parse::hcl::{self, Body};
use crate::source::{SourceId, Sources, Span};

/// Whether a file is Terraform's by its name.
pub fn claims(path: &str) -> bool {
    [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|ending| path.ends_with(ending))
}

/// Reads a file in the syntax that its name says.
fn parsed(sources: &Sources, file: SourceId) -> (Body, Vec<Problem>) {
    let text = sources.text_or_empty(file);
    let is_json = sources.path(file).rsplit_once('.').is_some_and(|(_, extension)| extension == "json");
    if is_json { hcl::parse_json(file, &text) } else { hcl::parse(file, &text) }
}

/// All modules of a project.
#[derive(Default)]
pub(crate) struct Modules<'a> {
    by_directory: FxHashMap<&'a str, Module<'a>>,
    /// What stands for a module that is not in the project, by the place of the call.
    stand_ins: FxHashMap<Span, Module<'a>>,
    /// What `terraform init` installed, by the directory of the root module.
    installed: FxHashMap<&'a str, Installed<'a>>,
    /// Where modules of a source lie.
    sources: &'a [(String, String)],
    /// The files, which know links to directories.
    files: Option<&'a Sources>,
}

impl<'a> Modules<'a> {
    fn new(bodies: &'a BTreeMap<String, Vec<Body>>, stand_ins: &'a [StandIn]) -> Self {
        let module = |(directory, bodies): (&'a String, &'a Vec<Body>)| {
            (directory.as_str(), Module::new(directory, bodies))
        };
        Self {
            by_directory: bodies.iter().map(module).collect(),
            stand_ins: stand_ins.iter().map(|one| (one.call, one.module())).collect(),
            installed: FxHashMap::default(),
            sources: &[],
            files: None,
        }
    }

    /// The directory of a module at a path; a link leads to the directory itself.
    fn directory(&self, path: &str) -> Option<&'a str> {
        let known = |path: &str| self.by_directory.get_key_value(path).map(|(directory, _)| *directory);
        known(path).or_else(|| known(&self.files?.resolved(path)))
    }
}

/// What is told about how Terraform is deployed, besides what stands in the files of the project.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Deployments of root modules.
    pub deployments: Vec<Deployment>,
    /// Files of values for every root module, below the project root.
    pub value_files: Vec<String>,
    /// Where modules of a source lie, below the project root.
    pub modules: Vec<(String, String)>,
}

/// Reads the Terraform files of a project and evaluates every root module, as often as it is deployed.
///
/// `plans` are plans or states as JSON.
pub fn walk(sources: &Sources, plans: &[SourceId], inputs: &Inputs) -> Walked {
    let mut walked = Walked::default();
    let bodies = read(sources, &mut walked.problems);
    let stand_ins = stand_in::of_calls(bodies.values().flatten());
    let mut modules =
        Modules { sources: &inputs.modules, files: Some(sources), ..Modules::new(&bodies, &stand_ins) };
    let packages = installed::read(sources, &modules);
    modules.installed = installed::by_root(&packages);
    let modules = modules;
    let roots = roots(sources, &modules);
    let plans = plan::read(sources, plans, &modules, &inputs.deployments);
    walked.extend(plans.walked);
    let mut told: Vec<Deployment> = inputs
        .deployments
        .iter()
        .filter(|told| told.plan.is_none() || plans.deployments.iter().all(|it| it.plan != told.plan))
        .cloned()
        .collect();
    told.extend(plans.deployments);
    told.extend(terragrunt::deployments(sources, &modules));
    let no_module = Module::default();
    // What is told to be deployed is, also when other modules call it.
    let mut all: BTreeSet<&str> = roots.iter().copied().collect();
    all.extend(
        told.iter()
            .filter_map(|told| modules.by_directory.get_key_value(told.root.as_str()))
            .map(|(it, _)| *it),
    );
    let value_files = deployment::value_files(sources);
    let deployments: Vec<Deployment> = all
        .iter()
        .flat_map(|root| {
            let module = modules.by_directory.get(root).unwrap_or(&no_module);
            deployment::deployments(sources, root, module, &told, &inputs.value_files, &value_files)
        })
        .collect();
    for one in states::evaluate(sources, &modules, &deployments) {
        walked.extend(one);
    }
    walked.units.sort_by(|a, b| a.key.cmp(&b.key));
    walked.units.dedup_by(|a, b| a.key == b.key);
    walked.consumed.sort_unstable();
    walked.consumed.dedup();
    walked
}

/// Whether a file is one of Terraform, and no other is read in its place.
fn is_read(sources: &Sources, path: &str) -> bool {
    claims(path) && preferred(path).is_none_or(|other| sources.find(&other).is_none())
}

/// The files of each directory, with their override files merged in.
fn read(sources: &Sources, problems: &mut Vec<Problem>) -> BTreeMap<String, Vec<Body>> {
    let files: Vec<SourceId> = sources.ids().filter(|id| is_read(sources, sources.path(*id))).collect();
    let bodies: Vec<_> = files.par_iter().map(|file| (*file, parsed(sources, *file))).collect();
    // A file that is linked into another directory belongs to the module there too.
    let linked = sources.links().filter(|(path, _)| is_read(sources, path));
    let linked: Vec<_> = linked.map(|(path, file)| (path, parsed(sources, file).0)).collect();
    let mut directories: BTreeMap<String, (Vec<Body>, Vec<Body>)> = BTreeMap::new();
    let mut placed = Vec::new();
    for (file, (body, found)) in bodies {
        problems.extend(found);
        placed.push((sources.path(file), body));
    }
    for (path, body) in placed.into_iter().chain(linked) {
        let (normal, overrides) = directories.entry(files::directory(path).to_owned()).or_default();
        if is_override(path) { overrides.push(body) } else { normal.push(body) }
    }
    let merge = |(directory, (mut normal, overrides)): (String, (Vec<Body>, Vec<Body>))| {
        if normal.is_empty() {
            return (directory, overrides);
        }
        merge_overrides(&mut normal, overrides);
        (directory, normal)
    };
    directories.into_iter().map(merge).collect()
}

/// The directories that are evaluated on their own: those that no module of the project calls, and those that
/// say of themselves that they are deployed (a backend, a `terraform.tfvars`). Modules that call each other in a
/// circle are refused by Terraform, but each is read once.
fn roots<'a>(sources: &Sources, modules: &Modules<'a>) -> Vec<&'a str> {
    let mut directories: Vec<&'a str> = modules.by_directory.keys().copied().collect();
    directories.sort_unstable();
    let called: BTreeSet<&str> = directories
        .iter()
        .filter_map(|directory| modules.by_directory.get(directory))
        .flat_map(|module| module.calls.values().filter_map(|it| call::local(modules, module, it)))
        .collect();
    let deployed = |directory: &str| {
        let module = modules.by_directory.get(directory);
        module.is_some_and(|module| module.has_backend)
            || variables::value_files(sources, directory).next().is_some()
    };
    let mut roots: Vec<&'a str> = Vec::new();
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let (sure, others): (Vec<&'a str>, Vec<&'a str>) =
        directories.into_iter().partition(|directory| !called.contains(directory) || deployed(directory));
    for directory in sure.into_iter().chain(others) {
        let is_sure = !called.contains(directory) || deployed(directory);
        if is_sure || !reached.contains(directory) {
            roots.push(directory);
            call::reach(modules, directory, &mut reached);
        }
    }
    roots.sort_unstable();
    roots
}
