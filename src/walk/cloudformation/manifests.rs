//! Manifests that say which template goes to which account.

use std::collections::BTreeMap;

use super::deployments::Deployment;
use super::project::Project;
use crate::source::SourceId;

/// What manifests say, by template.
#[derive(Default)]
pub(super) struct Manifests(BTreeMap<SourceId, Vec<Deployment>>);

impl Manifests {
    /// The deployments of a template.
    pub(super) fn of(&self, template: SourceId) -> Vec<Deployment> {
        self.0.get(&template).cloned().unwrap_or_default()
    }
}

/// Reads the manifests of the project.
pub(super) fn read(_project: &Project<'_>) -> Manifests {
    Manifests::default()
}
