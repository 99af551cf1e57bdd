//! Reading the templates of a project.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::files::{Files, parse};
use super::include;
use crate::diagnostic::Problem;
use crate::source::{SourceId, Sources};

/// What reading the templates gave besides them.
#[derive(Default)]
pub(super) struct Read {
    pub(super) problems: Vec<Problem>,
    /// Files that others include.
    pub(super) included: BTreeSet<SourceId>,
}

/// Reads the templates and puts in what they include.
pub(super) fn read(sources: &Sources, files: &[SourceId]) -> (Files, Read) {
    let mut by_name: BTreeMap<String, Vec<SourceId>> = BTreeMap::new();
    for id in sources.ids() {
        let name = sources.path(id).rsplit('/').next().unwrap_or_default();
        by_name.entry(name.to_owned()).or_default().push(id);
    }
    let mut found = Files { templates: BTreeMap::new(), by_name };
    let parsed: Vec<_> = files
        .par_iter()
        .map(|file| {
            let (root, problems) = parse(sources, *file);
            let mut included = BTreeSet::new();
            let root = root.map(|root| include::expanded(sources, &found, *file, root, &mut included));
            (*file, root, problems, included)
        })
        .collect();
    let mut read = Read::default();
    for (file, root, problems, included) in parsed {
        read.problems.extend(problems);
        read.included.extend(included);
        found.templates.extend(root.map(|root| (file, Arc::new(root))));
    }
    (found, read)
}
