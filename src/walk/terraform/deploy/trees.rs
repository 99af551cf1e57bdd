//! How long the trees of files are there: those of what several root modules need, as long as any is evaluated, and those of what one
//! alone needs, until that is.
//!
//! Most of a large project is root modules that call little of one another, so most trees are gone before the last declarations are made.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::deployment::Deployment;
use super::read::{Bodies, Directory, Files, Parsed};
use crate::parallel;
use crate::source::{SourceId, Sources};
use crate::walk::terraform::module::modules::Table;

/// The directories of a project, with their trees as long as somebody needs them.
pub(super) struct Trees {
    shared: BTreeMap<String, Directory>,
    /// By the root module that alone needs them.
    own: BTreeMap<String, Own>,
}

/// The directories that one root module alone needs.
#[derive(Default)]
struct Own {
    directories: Vec<(String, Files)>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// What is in them, while it is there.
    bodies: Option<Arc<Vec<Bodies>>>,
    /// How many evaluations still need it.
    needed: usize,
}

impl Trees {
    /// `needed` are the directories that one root module alone needs, each with that one.
    pub(super) fn new(mut shared: BTreeMap<String, Directory>, needed: BTreeMap<String, String>) -> Self {
        let mut own: BTreeMap<String, Vec<(String, Directory)>> = BTreeMap::new();
        for (name, root) in needed {
            if let Some(directory) = shared.remove(&name) {
                own.entry(root).or_default().push((name, directory));
            }
        }
        Self { shared, own: own.into_iter().map(|(root, all)| (root, Own::of(all))).collect() }
    }

    /// The modules of all directories, without those that one root module alone needs.
    pub(super) fn table(&self) -> Table<'_> {
        let mut table = table(&self.shared);
        let own = self.own.values().flat_map(|own| &own.directories);
        table.extend(own.map(|(name, _)| (name.as_str(), None)));
        table
    }

    /// Notes which deployments are evaluated next.
    pub(super) fn expect<'d>(&self, deployments: impl IntoIterator<Item = &'d Deployment>) {
        for own in deployments.into_iter().filter_map(|one| self.own.get(&one.root)) {
            own.held.lock().unwrap_or_else(PoisonError::into_inner).needed += 1;
        }
    }

    /// Evaluates a deployment with what its root module alone needs; `read` reads what is not there any more.
    pub(super) fn with_own<T>(
        &self,
        deployment: &Deployment,
        read: impl Fn(SourceId) -> Arc<Parsed>,
        evaluate: impl FnOnce(&Table<'_>) -> T,
    ) -> T {
        let Some(own) = self.own.get(&deployment.root) else { return evaluate(&Table::default()) };
        let bodies = own.bodies(read);
        let modules = own.directories.iter().zip(&*bodies);
        let modules =
            modules.map(|((name, files), bodies)| (name.as_str(), Some(files.module(name, bodies))));
        evaluate(&modules.collect())
    }

    /// Notes that a deployment is evaluated.
    pub(super) fn evaluated(&self, deployment: &Deployment) {
        if let Some(own) = self.own.get(&deployment.root) {
            let mut held = own.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.needed = held.needed.saturating_sub(1);
            let last = if held.needed == 0 { held.bodies.take() } else { None };
            drop(held);
            drop(last);
        }
    }

    /// How long the files of a root module are together, in bytes.
    pub(super) fn size(&self, sources: &Sources, deployment: &Deployment) -> u64 {
        let root = &deployment.root;
        let own =
            || self.own.get(root)?.directories.iter().find(|(name, _)| name == root).map(|(_, files)| files);
        let files = own().or_else(|| self.shared.get(root).map(|it| &it.files));
        files.map_or(0, |files| files.length(sources))
    }
}

/// The modules of directories.
pub(super) fn table(directories: &BTreeMap<String, Directory>) -> Table<'_> {
    let all: Vec<(&String, &Directory)> = directories.iter().collect();
    let modules = parallel::each(&all, |(name, it)| it.files.module(name, &it.bodies));
    all.into_iter().zip(modules).map(|((name, _), module)| (name.as_str(), Some(module))).collect()
}

impl Own {
    fn of(all: Vec<(String, Directory)>) -> Self {
        let apart = all.into_iter().map(|(name, Directory { files, bodies })| ((name, files), bodies));
        let (directories, bodies): (Vec<_>, Vec<_>) = apart.unzip();
        Self { directories, held: Mutex::new(Held { bodies: Some(Arc::new(bodies)), needed: 0 }) }
    }

    fn bodies(&self, read: impl Fn(SourceId) -> Arc<Parsed>) -> Arc<Vec<Bodies>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || Arc::new(self.directories.iter().map(|(_, files)| files.read(&read)).collect());
        Arc::clone(held.bodies.get_or_insert_with(read))
    }
}
