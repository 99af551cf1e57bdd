//! What one analysis takes, and what comes of it.

use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use crate::cli::project::{Loaded, ProjectArgs};
use crate::cli::shared::Stop;
use crate::diagnostic::{Diagnostic, Severity};
use crate::graph::Graph;
use crate::outcome::Checked;
use crate::run::Profile;
use crate::source::SourceText;
use crate::walk::Memory;

/// What is to be analyzed.
#[derive(Debug)]
pub(super) struct Job {
    /// The folders that are open.
    pub(super) folders: Vec<PathBuf>,
    /// The texts that are open, saved or not.
    pub(super) open: Vec<(PathBuf, SourceText)>,
    /// What to report.
    pub(super) profile: Profile,
    /// What the last analysis of each folder left.
    pub(super) memories: FxHashMap<PathBuf, Memory>,
    /// How many messages had come by then.
    pub(super) revision: u64,
}

/// What came of a folder.
pub(super) struct Analysis {
    pub(super) folder: PathBuf,
    pub(super) loaded: Loaded,
    pub(super) checked: Checked,
    pub(super) graph: Graph,
}

/// What came of all folders, in their order.
pub(super) struct Analyzed {
    pub(super) revision: u64,
    pub(super) each: Vec<Result<Analysis, String>>,
    /// What each of them leaves to the next one.
    pub(super) memories: FxHashMap<PathBuf, Memory>,
}

impl Job {
    /// Analyzes. A bug in it ends the analysis and not the server.
    pub(super) fn done(mut self) -> Analyzed {
        let mut memories = FxHashMap::default();
        let one = |folder: &PathBuf| {
            let mut memory = self.memories.remove(folder).unwrap_or_default();
            let analyzed = || Analysis::of(folder, self.profile, &self.open, &mut memory);
            match panic::catch_unwind(AssertUnwindSafe(analyzed)) {
                Ok(analyzed) => {
                    memories.insert(folder.clone(), memory);
                    analyzed.map_err(|stop| stop.to_string())
                }
                Err(_) => Err("error: this is a bug in trustlint, not in your templates".to_owned()),
            }
        };
        let each = self.folders.iter().map(one).collect();
        Analyzed { revision: self.revision, each, memories }
    }
}

impl Analysis {
    fn of(
        folder: &Path,
        profile: Profile,
        open: &[(PathBuf, SourceText)],
        memory: &mut Memory,
    ) -> Result<Self, Stop> {
        let loaded = ProjectArgs::edited(folder).load_edited(profile, open)?;
        let (checked, graph) = loaded.check_again(memory)?;
        Ok(Self { folder: folder.to_path_buf(), loaded, checked, graph })
    }

    /// The findings that are shown of the folder.
    pub(super) fn shown(&self, least: Severity) -> impl Iterator<Item = &Diagnostic> {
        let (project, sources) = (&self.loaded.project, &self.loaded.project.sources);
        self.checked.findings.iter().filter(move |finding| {
            let is_given = || finding.places().any(|place| project.is_given(sources.path(place.source)));
            finding.severity >= least && is_given()
        })
    }

    /// The root of the project.
    pub(super) fn root(&self) -> &Path {
        &self.loaded.project.root
    }
}
