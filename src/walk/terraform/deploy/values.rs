//! Files of values: which of them Terraform takes, and what they say.
//!
//! <https://developer.hashicorp.com/terraform/language/values/variables#variable-definitions-tfvars-files>

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::deployment::Deployment;
use super::read::parsed;
use crate::parse::hcl::Expression;
use crate::source::{SourceId, Sources};
use crate::value::{Because, Map, Symbol, UnitKey, Value};
use crate::walk::terraform::language::evaluator::{Bound, Evaluator};
use crate::walk::terraform::language::files::Below;
use crate::walk::terraform::language::invariant::Invariants;
use crate::walk::terraform::language::names::{Names, Traversal};
use crate::walk::terraform::language::paths::directory;
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

/// The values that those files give, and those of the deployment.
pub(super) fn inputs(sources: &Sources, deployment: &Deployment) -> FxHashMap<String, Value> {
    let mut inputs = FxHashMap::default();
    let told = deployment.value_files.iter().filter_map(|path| sources.find(path));
    for file in value_files(sources, &deployment.root).chain(told) {
        for entry in constants(sources, file).entries {
            inputs.insert(entry.key.to_string(), entry.value);
        }
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
