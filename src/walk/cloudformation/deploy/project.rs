//! What is known of a project before its stacks are evaluated.

use std::sync::Arc;

use super::cdk::Assemblies;
use super::exports::Exports;
use super::files::{Files, directory, joined};
use super::told::World;
use crate::source::{SourceId, Sources};

/// The templates of a project, and what they offer one another.
pub(super) struct Project<'p> {
    pub(super) sources: &'p Sources,
    pub(super) files: Files,
    pub(super) assemblies: Arc<(Assemblies, u64)>,
    pub(super) exports: Exports,
    /// By which evaluations the exports were offered.
    pub(super) offers: Vec<u64>,
    /// Whether all properties of what is declared are evaluated, and not only those that are read for access.
    pub(super) whole: bool,
}

impl Project<'_> {
    /// What assemblies say.
    pub(super) fn assemblies(&self) -> &Assemblies {
        &self.assemblies.0
    }

    /// What every stack may ask.
    pub(super) fn world(&self) -> Arc<World> {
        Arc::new(World {
            templates: self.files.templates().collect(),
            assemblies: self.assemblies.1,
            whole: self.whole,
        })
    }

    /// The file at a path seen from the directory of another.
    pub(super) fn beside(&self, from: SourceId, path: &str) -> Option<SourceId> {
        self.sources.find(&joined(directory(self.sources.path(from)), path)?)
    }
}
