//! Reading the templates of a project.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::files::{Files, parse};
use super::{include, serverless};
use crate::diagnostic::Problem;
use crate::parallel;
use crate::parse::Node;
use crate::source::{SourceId, Sources};
use crate::walk::memory::Recall;

/// What reading the templates gave besides them.
#[derive(Default)]
pub(super) struct Read {
    pub(super) problems: Vec<Problem>,
    /// Files that others include.
    pub(super) included: BTreeSet<SourceId>,
}

/// Reads the templates and puts in what they include.
pub(super) fn read(
    sources: &Sources,
    files: &[SourceId],
    recall: Recall<'_, SourceId, Template>,
) -> (Files, Read) {
    let mut by_name: BTreeMap<String, Vec<SourceId>> = BTreeMap::new();
    for id in sources.ids() {
        let name = sources.path(id).rsplit('/').next().unwrap_or_default();
        by_name.entry(name.to_owned()).or_default().push(id);
    }
    let mut found = Files::default();
    found.by_name = by_name;
    let parsed = parallel::each(files, |file| {
        let one = recall.again(*file, || Template::read(sources, &found, *file));
        (*file, one, recall.read(file))
    });
    let (mut read, mut parts) = (Read::default(), BTreeSet::<SourceId>::new());
    for (file, one, made_of) in parsed {
        read.problems.extend(one.problems.iter().cloned());
        read.included.extend(&one.included);
        let Some(service) = &one.service else {
            // A service that does not go to AWS declares nothing here.
            if let Some(root) = one.root.as_ref().filter(|root| !serverless::is_service(root)) {
                found.add(file, Arc::clone(root), made_of);
            }
            continue;
        };
        found.add(file, Arc::clone(&service.template), made_of);
        found.services.insert(file, service.target.clone());
        read.included.extend(&service.read);
        parts.extend(&service.parts);
    }
    // What a service puts into its template is deployed with it.
    let services: BTreeSet<SourceId> = found.services.keys().copied().collect();
    found.retain(|file| services.contains(file) || !parts.contains(file));
    (found, read)
}

/// A file with all that is put into it.
#[derive(Debug)]
pub(super) struct Template {
    root: Option<Arc<Node>>,
    problems: Vec<Problem>,
    included: BTreeSet<SourceId>,
    service: Option<serverless::Made>,
}

impl Template {
    fn read(sources: &Sources, files: &Files, file: SourceId) -> Self {
        let (root, problems) = parse(sources, file);
        let mut included = BTreeSet::new();
        let root = root.map(|root| include::expanded(sources, files, file, root, &mut included));
        let root = root.map(Arc::new);
        let service = root.as_ref().and_then(|root| serverless::made(sources, file, root));
        Self { root, problems, included, service }
    }
}
