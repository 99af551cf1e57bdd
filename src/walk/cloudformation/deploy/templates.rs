//! Reading the templates of a project.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::files::{Files, parse};
use super::{include, serverless};
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
    let mut found = Files { by_name, ..Files::default() };
    let parsed: Vec<_> = files
        .par_iter()
        .map(|file| {
            let (root, problems) = parse(sources, *file);
            let mut included = BTreeSet::new();
            let root = root.map(|root| include::expanded(sources, &found, *file, root, &mut included));
            let root = root.map(Arc::new);
            let service = root.as_ref().and_then(|root| serverless::made(sources, *file, root));
            (*file, root, problems, included, service)
        })
        .collect();
    let (mut read, mut parts) = (Read::default(), BTreeSet::new());
    for (file, root, problems, included, service) in parsed {
        read.problems.extend(problems);
        read.included.extend(included);
        let Some(service) = service else {
            // A service that does not go to AWS declares nothing here.
            let template = root.filter(|root| !serverless::is_service(root));
            found.templates.extend(template.map(|root| (file, root)));
            continue;
        };
        found.templates.insert(file, Arc::new(service.template));
        found.services.insert(file, service.target);
        read.included.extend(service.read);
        parts.extend(service.parts);
    }
    // What a service puts into its template is deployed with it.
    found.templates.retain(|file, _| found.services.contains_key(file) || !parts.contains(file));
    (found, read)
}
