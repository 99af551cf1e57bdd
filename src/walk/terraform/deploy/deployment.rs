//! How often a root module is deployed, and with which values.
//!
//! A root module with one file of values for each environment (`prod.tfvars`, `envs/prod.tfvars`) is several
//! deployments. Terraform is told on its command line which of the files to take; here each is taken for itself.

use std::collections::BTreeMap;

use super::read::parsed;
use super::values::is_automatic;
use super::workspaces;
use crate::bounds;
use crate::parse::hcl::Attribute;
use crate::source::paths::{directory, joined};
use crate::source::{SourceId, Sources, Span};
use crate::value::{UnitKey, Within};
use crate::walk::terraform::module::blocks::{Module, argument};

/// Directories beside or below a root module where files of values are kept.
const KEPT_IN: &[&str] =
    &["config", "configs", "env", "environment", "environments", "envs", "etc", "inputs", "tfvars", "vars"];

/// Words in the names of files that nobody deploys with.
const SHOWN_ONLY: &[&str] = &["example", "sample", "template", "test"];

/// A root module with the values it is deployed with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployment {
    /// The directory of the root module, below the project root.
    pub root: String,
    /// What tells it from other deployments of the same root.
    pub name: Option<String>,
    /// Files of values, below the project root, besides those that Terraform takes by itself; the last one wins.
    pub value_files: Vec<String>,
    /// `terraform.workspace`.
    pub workspace: Option<String>,
    /// The account it goes to: an id, or a name of the configuration.
    pub account: Option<String>,
    /// Where the configuration says which account that is.
    pub told: Option<Told>,
    /// The configuration of Terragrunt that makes it, below the project root.
    pub terragrunt: Option<String>,
    /// How a stack of Terragrunt makes it of that configuration.
    pub stack: Option<StackUnit>,
    /// A plan of it, below the project root.
    pub plan: Option<String>,
    /// What the plan says.
    pub found: Found,
}

/// A place in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The file, below the project root; nothing while that is not known.
    pub file: Option<String>,
    /// The bytes.
    pub range: (usize, usize),
}

impl Told {
    /// The place in the file, when that is one of the project.
    pub(super) fn in_file(&self, sources: &Sources) -> Option<Span> {
        let file = sources.find(self.file.as_deref()?)?;
        Some(Span::new(file, self.range.0, self.range.1))
    }
}

/// A unit that a stack makes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StackUnit {
    /// Where it is put, below the project root.
    pub directory: String,
    /// The files of the stacks, each with the name of what it makes, the outermost first.
    pub steps: Vec<(String, String)>,
}

/// What a plan says of the module that it was made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The variables of the root module.
    pub variables: BTreeMap<String, serde_json::Value>,
    /// What data sources returned, by address.
    pub data: BTreeMap<String, serde_json::Value>,
    /// The accounts of provider configurations: of `aws`, of `aws.eu`.
    pub accounts: BTreeMap<String, String>,
}

impl Deployment {
    /// Its default unit.
    pub(crate) fn unit(&self) -> UnitKey {
        if let Some(directory) = self.unit_directory() {
            return UnitKey::of(directory);
        }
        let root = UnitKey::of(if self.root.is_empty() { "." } else { self.root.as_str() });
        match &self.name {
            Some(name) => root.within(Within::Deployment, name.as_str()),
            None => root,
        }
    }

    /// The directory of the unit of Terragrunt that it is.
    pub(super) fn unit_directory(&self) -> Option<&str> {
        match (&self.stack, &self.terragrunt) {
            (Some(stack), _) => Some(&stack.directory),
            (None, config) => config.as_deref().map(directory),
        }
    }
}

/// The deployments of a root module: those of it that are told, else one for each file of values that is made for it, else one for
/// each workspace, else the only one.
pub(super) fn deployments(
    sources: &Sources,
    root: &str,
    module: &Module<'_>,
    told: Vec<Deployment>,
    for_all: &[String],
    value_files: &ValueFiles<'_>,
) -> Vec<Deployment> {
    let mut all = told;
    if all.is_empty() && for_all.is_empty() {
        all = found(sources, root, module, value_files);
    }
    if all.is_empty() {
        let of = |name: String| Deployment {
            root: root.to_owned(),
            name: Some(name.clone()),
            workspace: Some(name),
            ..Deployment::default()
        };
        all.extend(workspaces::of(sources, root, module).into_iter().map(of));
    }
    if all.is_empty() {
        all.push(Deployment { root: root.to_owned(), ..Deployment::default() });
    }
    for deployment in &mut all {
        deployment.value_files.extend(for_all.iter().cloned());
    }
    all
}

/// One deployment for each file of values that is made for the module.
fn found(
    sources: &Sources,
    root: &str,
    module: &Module<'_>,
    value_files: &ValueFiles<'_>,
) -> Vec<Deployment> {
    let mut found: Vec<Deployment> = Vec::new();
    for file in kept_for(value_files, root) {
        let path = sources.path(file);
        let Some(stem) = stem(path) else { continue };
        let taken = is_automatic(path) && directory(path) == root;
        if taken || !is_made_for(sources, file, module) {
            continue;
        }
        let name = stem.rsplit('/').next().unwrap_or(stem);
        let above = directory(path).rsplit('/').next().unwrap_or_default();
        let name = if matches!(name, "terraform" | "variables") { above } else { name };
        if SHOWN_ONLY.iter().any(|word| name.contains(word)) {
            continue;
        }
        let known = found.iter().any(|known| known.name.as_deref() == Some(name));
        let name = if known { path } else { name };
        found.push(Deployment {
            root: root.to_owned(),
            name: Some(name.to_owned()),
            value_files: vec![path.to_owned()],
            ..Deployment::default()
        });
        if found.len() == bounds::DEPLOYMENT_FILES {
            break;
        }
    }
    found
}

/// Files of values by the directory that they lie in.
pub(super) type ValueFiles<'s> = BTreeMap<&'s str, Vec<SourceId>>;

/// All files of values of the project.
pub(super) fn value_files(sources: &Sources) -> ValueFiles<'_> {
    let mut all = ValueFiles::default();
    for file in sources.ids().filter(|id| stem(sources.path(*id)).is_some()) {
        all.entry(directory(sources.path(file))).or_default().push(file);
    }
    all
}

/// The path of a file of values without its ending.
fn stem(path: &str) -> Option<&str> {
    path.strip_suffix(".tfvars").or_else(|| path.strip_suffix(".tfvars.json"))
}

/// The files that lie where the values of a root module are kept: with it, or in a directory for such files below or beside
/// it, at most two levels deep.
fn kept_for(all: &ValueFiles<'_>, root: &str) -> Vec<SourceId> {
    let mut kept: Vec<SourceId> = all.get(root).into_iter().flatten().copied().collect();
    let beside = if root.is_empty() { None } else { joined(root, "..") };
    for base in std::iter::once(root).chain(beside.as_deref()) {
        for name in KEPT_IN {
            let inside = if base.is_empty() { [name, "/"].concat() } else { [base, "/", name, "/"].concat() };
            kept.extend(inside.strip_suffix('/').and_then(|holder| all.get(holder)).into_iter().flatten());
            let below = all.range(&*inside..).take_while(|(path, _)| path.starts_with(&inside));
            let below = below
                .filter(|(path, _)| !path.strip_prefix(&*inside).is_some_and(|below| below.contains('/')));
            kept.extend(below.flat_map(|(_, files)| files));
        }
    }
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// Whether a file of values is made for a module. Terraform only warns of a value that is declared nowhere, so several root
/// modules often share one file: then it gives all that a module needs, or most of the file is for it.
///
/// <https://developer.hashicorp.com/terraform/language/values/variables#undefined-values>
fn is_made_for(sources: &Sources, file: SourceId, module: &Module<'_>) -> bool {
    let (body, problems) = parsed(sources, file);
    let given = |name: &str| body.attributes.iter().any(|attribute| &*attribute.name.value == name);
    let declared = |attribute: &&Attribute| module.variables.contains_key(&*attribute.name.value);
    let known = body.attributes.iter().filter(declared).count();
    let mut needed = (module.variables.iter())
        .filter(|(_, block)| argument(&block.body, "default").is_none())
        .map(|(name, _)| given(name))
        .peekable();
    let gives_all = needed.peek().is_some() && needed.all(|given| given);
    problems.is_empty() && known > 0 && (gives_all || known * 2 > body.attributes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_values_are_kept_with_a_module_or_in_directories_for_them_below_or_beside_it() {
        let paths = [
            "envs/a.tfvars",
            "envs/x/y/a.tfvars",
            "live/app/a.tfvars",
            "live/app/envs/prod/a.tfvars",
            "live/app/other/a.tfvars",
            "live/config/a.tfvars",
            "live/env-a/a.tfvars",
            "live/env/a/a.tfvars",
            "live/env/a/b/a.tfvars",
        ];
        let sources = Sources::in_memory(paths.map(|path| (path.to_owned(), String::new())));
        let files = value_files(&sources);
        let kept = |root: &str| -> Vec<&str> {
            kept_for(&files, root).into_iter().map(|file| sources.path(file)).collect()
        };
        let of_app = [
            "live/app/a.tfvars",
            "live/app/envs/prod/a.tfvars",
            "live/config/a.tfvars",
            "live/env/a/a.tfvars",
        ];
        assert_eq!(kept("live/app"), of_app);
        assert_eq!(kept(""), ["envs/a.tfvars"]);
        assert_eq!(kept("live/env"), ["live/config/a.tfvars", "live/env/a/a.tfvars"]);
    }
}
