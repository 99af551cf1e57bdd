//! What is known of a project before its stacks are evaluated.

use super::cdk::Assemblies;
use super::exports::Exports;
use super::files::{Files, directory, joined};
use crate::source::{SourceId, Sources};

/// The templates of a project, and what they offer one another.
pub(super) struct Project<'p> {
    pub(super) sources: &'p Sources,
    pub(super) files: Files,
    pub(super) assemblies: Assemblies,
    pub(super) exports: Exports,
    /// Whether all properties of what is declared are evaluated, and not only those that are read for access.
    pub(super) whole: bool,
}

impl Project<'_> {
    /// The file at a path seen from the directory of another.
    pub(super) fn beside(&self, from: SourceId, path: &str) -> Option<SourceId> {
        self.sources.find(&joined(directory(self.sources.path(from)), path)?)
    }
}
