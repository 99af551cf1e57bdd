//! Files of values: which of them Terraform takes, and what they say.
//!
//! <https://developer.hashicorp.com/terraform/language/values/variables#variable-definitions-tfvars-files>

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::deployment::Deployment;
use super::read::parsed;
use super::terragrunt::Config;
use crate::parse::hcl::Expression;
use crate::source::paths::directory;
use crate::source::{SourceId, Sources};
use crate::value::{Because, Map, Symbol, UnitKey, Value};
use crate::walk::terraform::language::evaluator::{Bound, Evaluator};
use crate::walk::terraform::language::files::Below;
use crate::walk::terraform::language::invariant::Invariants;
use crate::walk::terraform::language::names::{Names, Traversal};
use crate::walk::terraform::language::unknown::own;
use crate::walk::terraform::language::work::Work;

/// The files that give values to the variables of a root module without being named, the last one winning.
pub(super) fn value_files<'a>(
    sources: &'a Sources,
    root: &'a str,
) -> impl Iterator<Item = SourceId> + use<'a> {
    let fixed = ["terraform.tfvars", "terraform.tfvars.json"].into_iter().filter_map(move |name| {
        sources.find(&if root.is_empty() { name.to_owned() } else { format!("{root}/{name}") })
    });
    let automatic =
        move |path: &str| path.contains(".auto.tfvars") && is_automatic(path) && directory(path) == root;
    let all = sources.below(root).map(|id| (sources.path(id), id)).chain(sources.links());
    fixed.chain(all.filter(move |(path, _)| automatic(path)).map(|(_, id)| id))
}

/// Whether Terraform takes a file of values without being told.
pub(super) fn is_automatic(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "terraform.tfvars" | "terraform.tfvars.json")
        || name.ends_with(".auto.tfvars")
        || name.ends_with(".auto.tfvars.json")
}

/// The values that those files give, and those of the deployment. Terragrunt hands inputs over in the environment, which
/// every file of values takes precedence over.
///
/// <https://terragrunt.gruntwork.io/docs/features/inputs/#variable-precedence>
pub(super) fn inputs(
    sources: &Sources,
    deployment: &Deployment,
    config: Option<&mut Config>,
) -> FxHashMap<String, Value> {
    let (environment, extra) = config.map(Config::variables).unwrap_or_default();
    let mut inputs = FxHashMap::default();
    let mut take = |values: Map| {
        for entry in values.entries {
            if let Some(name) = entry.key.as_literal() {
                inputs.insert(name.into_owned(), entry.value);
            }
        }
    };
    take(environment);
    // The files beside a configuration of Terragrunt are copied to the module that it deploys.
    let beside = deployment.unit_directory().filter(|unit| *unit != deployment.root);
    let automatic = std::iter::once(deployment.root.as_str()).chain(beside);
    let automatic = automatic.flat_map(|directory| value_files(sources, directory));
    let told = extra.iter().chain(&deployment.value_files).filter_map(|path| sources.find(path));
    for file in automatic.chain(told) {
        take(constants(sources, file));
    }
    inputs
}

/// What a file of values says.
pub(super) fn constants(sources: &Sources, file: SourceId) -> Map {
    let (body, _) = parsed(sources, file);
    let (invariants, consumed) = (Invariants::default(), RefCell::default());
    let files = Below { sources, root: "", directory: "", is_rooted: false, consumed: &consumed };
    let value = |expression: &Expression| {
        let work = Work::default();
        let evaluator = Evaluator { names: &NoNames, files: &files, work: &work, invariants: &invariants };
        evaluator.value(&Bound::default(), expression)
    };
    let mut values = Map::default();
    for attribute in body.attributes {
        values.insert(&attribute.name.value, attribute.name.span, value(&attribute.value));
    }
    values
}

/// Files of values refer to nothing.
struct NoNames;

impl Names for NoNames {
    fn value(&self, asked: &Traversal<'_>) -> Value {
        asked.undeclared(asked.name)
    }

    fn undeclared(&self, name: &str) -> Symbol {
        own(&UnitKey::of("."), name, Because::Undeclared)
    }
}
