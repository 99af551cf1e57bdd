//! What `terraform init` fetched: the modules that `.terraform/modules/modules.json` lists.
//!
//! It names for each call, by the path of calls that leads to it from the root module, the source, the version and the
//! directory below the root module. A call takes what is installed when the source and the version are still what the
//! call says; else Terraform would refuse to go on before the next `terraform init`, and nothing is known of the module.
//!
//! Such a copy is not kept with the project and nobody changes it. So what is written in it is placed at the call in
//! the project that leads to it, as with stand-ins, and it is never a root module.
//!
//! <https://developer.hashicorp.com/terraform/cli/commands/init#child-module-installation>

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::read::is_read;
use crate::bounds;
use crate::parallel;
use crate::parse::hcl::{self, Block, Body};
use crate::source::paths::{directory, joined};
use crate::source::{SourceId, Sources, Span};
use crate::walk::terraform::module::blocks::{Module, is_override, merge_overrides};
use crate::walk::terraform::module::modules::{self, Installed, Modules};

/// Where the list lies, in the directory of a root module.
pub const MANIFEST: &str = ".terraform/modules/modules.json";

/// The list, as Terraform and `OpenTofu` write it.
#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "Modules", default)]
    entries: Vec<Entry>,
}

#[derive(Clone, Deserialize)]
struct Entry {
    #[serde(rename = "Key", default)]
    key: String,
    #[serde(rename = "Source", default)]
    source: String,
    #[serde(rename = "Version", default)]
    version: String,
    #[serde(rename = "Dir", default)]
    directory: String,
}

/// The modules that a list names. One that names a module twice is no list: Terraform refuses it.
fn entries(text: &str) -> Vec<Entry> {
    if text.len() > bounds::INSTALLED_LIST_BYTES {
        return Vec::new();
    }
    let Ok(Manifest { entries }) = serde_json::from_str(text) else { return Vec::new() };
    let keys: BTreeSet<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    if keys.len() != entries.len() || entries.len() > bounds::INSTALLED_MODULES {
        return Vec::new();
    }
    entries
}

/// A directory below the project root that a list in `root` names, when it is one that `terraform init` makes.
fn installed_at(root: &str, entry: &Entry) -> Option<String> {
    let directory = joined(root, &entry.directory)?;
    directory.split('/').any(|name| name == ".terraform").then_some(directory)
}

/// The directories that the list of a root module names, below the project root.
pub fn directories(root: &str, manifest: &str) -> BTreeSet<String> {
    entries(manifest).iter().filter_map(|entry| installed_at(root, entry)).collect()
}

/// A module that is installed for one call of one root module.
pub(super) struct Package {
    root: String,
    entry: Entry,
    directory: String,
    /// The call in the project that leads to it.
    call: Span,
    bodies: Vec<Body>,
}

/// A module that is installed: the root module, its entry, where it lies, the call and its files.
type Wanted<'b> = (String, Entry, String, &'b Block, Vec<SourceId>);

/// Reads what is installed for the calls of all root modules, and says which files were read for it.
pub(super) fn read(sources: &Sources, modules: &Modules<'_>) -> (Vec<Package>, Vec<SourceId>) {
    let mut files: BTreeMap<&str, Vec<SourceId>> = BTreeMap::new();
    for id in sources.installed() {
        files.entry(directory(sources.path(id))).or_default().push(id);
    }
    let (mut wanted, mut from) = (Vec::new(), Vec::new());
    let mut left = bounds::INSTALLED_BYTES;
    for id in files.values().flatten() {
        let path = sources.path(*id);
        let Some(root) = path.strip_suffix(MANIFEST) else { continue };
        if !root.is_empty() && !root.ends_with('/') {
            continue;
        }
        let root = root.trim_end_matches('/');
        from.push(*id);
        for entry in entries(&sources.text_or_empty(*id)) {
            let Some(call) = call_in_project(modules, root, &entry.key) else { continue };
            let Some(at) = installed_at(root, &entry) else { continue };
            let own = files.get(at.as_str()).map_or(&[][..], Vec::as_slice);
            let own = own.iter().copied().filter(|id| is_read(sources, sources.path(*id)));
            let own: Vec<SourceId> = own.collect();
            from.extend(&own);
            let size: usize = own.iter().map(|id| sources.text(*id).map_or(0, |text| text.len())).sum();
            let Some(rest) = left.checked_sub(size) else { return (Vec::new(), from) };
            left = rest;
            wanted.push((root.to_owned(), entry, at, call, own));
        }
    }
    let bodies = parallel::each(&wanted, |(.., call, files): &Wanted<'_>| bodies(sources, files, call));
    let package = |((root, entry, directory, call, _), bodies): (Wanted<'_>, Option<Vec<Body>>)| {
        Some(Package { root, entry, directory, call: call.span, bodies: bodies? })
    };
    (wanted.into_iter().zip(bodies).filter_map(package).collect(), from)
}

/// What is installed, by the directory of the root module.
pub(super) fn by_root(packages: &[Package]) -> FxHashMap<&str, Installed<'_>> {
    let mut all: FxHashMap<&str, Installed<'_>> = FxHashMap::default();
    for package in packages {
        let mut module = Module::new(&package.directory, &package.bodies);
        module.shown_at = Some(package.call);
        let installed = all.entry(&package.root).or_default();
        let (source, version) = (package.entry.source.as_str(), package.entry.version.as_str());
        installed.insert(&package.entry.key, modules::Package { source, version, module });
    }
    all
}

/// The call that leaves the project, on the way that a key names from a root module.
fn call_in_project<'a>(modules: &Modules<'a>, root: &str, key: &str) -> Option<&'a Block> {
    let mut module = modules.by_directory.get(root)?;
    for name in key.split('.') {
        let call = *module.calls.get(name)?;
        match modules.local(module, call) {
            Some(directory) => module = modules.by_directory.get(directory)?,
            None => return Some(call),
        }
    }
    None
}

/// The files of an installed module, all placed at a call; `None` when there are none, or one cannot be read.
fn bodies(sources: &Sources, files: &[SourceId], call: &Block) -> Option<Vec<Body>> {
    let (mut normal, mut overrides) = (Vec::new(), Vec::new());
    for id in files {
        let path = sources.path(*id);
        // Half a module would be another one.
        if path.rsplit_once('.').is_some_and(|(_, extension)| extension == "json") {
            return None;
        }
        let body = hcl::parse_placed(&sources.text(*id).ok()?, call.header).ok()?;
        if is_override(path) { overrides.push(body) } else { normal.push(body) }
    }
    merge_overrides(&mut normal, overrides);
    (!normal.is_empty()).then_some(normal)
}
