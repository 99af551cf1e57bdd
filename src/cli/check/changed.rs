//! Findings of changed files only. The whole project is analyzed; what is reported has a place in one of the files.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::{env, fs};

use clap::Args;
use rustc_hash::FxHashMap;

use super::git::{Files, Since, files, is_same, staged};
use crate::bounds;
use crate::cli::Stop;
use crate::cli::project::ProjectArgs;
use crate::discover::Project;

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(super) struct ChangedArgs {
    /// Report only findings with a place in a file that changed since the branch left this revision
    #[arg(long, value_name = "REV", help_heading = "Changes")]
    changed_since: Option<String>,
    /// Look at what is staged for the next commit, and report only findings with a place in a file that it changes
    #[arg(long, help_heading = "Changes")]
    staged: bool,
    /// Report only findings with a place in one of these files: their paths, a line each; `-` is the standard input
    #[arg(long, value_name = "FILE", help_heading = "Changes")]
    report_files_from: Option<PathBuf>,
}

/// The files whose findings are reported.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// Below the project root; a directory stands for all that is in it.
    listed: BTreeSet<String>,
    /// What the index of git has of the other files, by where they are.
    index: FxHashMap<PathBuf, String>,
    root: PathBuf,
    /// Which of these differ from it, as far as somebody asked.
    asked: RefCell<FxHashMap<String, bool>>,
}

impl ChangedArgs {
    /// Whether the list comes from the standard input.
    pub(super) fn reads_input(&self) -> bool {
        self.report_files_from.as_deref() == Some(Path::new("-"))
    }

    /// The project as it is to be looked at.
    pub(super) fn project<'a>(&self, project: &'a ProjectArgs) -> Cow<'a, ProjectArgs> {
        if self.staged { Cow::Owned(project.of_staged(staged)) } else { Cow::Borrowed(project) }
    }

    /// The files, when only some are meant.
    pub(super) fn find(&self, project: &Project) -> Result<Option<Changed>, Stop> {
        let (option, since) = match (&self.changed_since, self.staged) {
            (Some(revision), _) => ("--changed-since", Since::Revision(revision)),
            (None, true) => ("--staged", Since::Staged),
            (None, false) => {
                return self.report_files_from.as_deref().map(|file| listed(file, project)).transpose();
            }
        };
        let wrong = |message: String| Stop::new(format_args!("`{option}`: {message}"));
        let repository = project.repository.as_deref();
        let repository = repository.ok_or_else(|| wrong("this is not a git repository".to_owned()))?;
        let Files { changed, index } = files(repository, since).map_err(wrong)?;
        let paths = changed.iter().map(|path| repository.join(path));
        let listed = paths.filter_map(|path| below(&project.root, &path)).collect();
        let index = index.into_iter().map(|(path, hash)| (repository.join(path), hash)).collect();
        Ok(Some(Changed { listed, index, root: project.root.clone(), ..Changed::default() }))
    }
}

impl Changed {
    /// Whether a file is among them.
    pub(super) fn holds(&self, path: &str) -> bool {
        let mut parents = std::iter::successors(Some(path), |path| Some(path.rsplit_once('/')?.0));
        self.listed.contains("") || parents.any(|path| self.listed.contains(path)) || self.differs(path)
    }

    /// Whether a file differs from what the index has: only those are read of which there is something to report.
    fn differs(&self, path: &str) -> bool {
        if self.index.is_empty() {
            return false;
        }
        let file = self.root.join(path);
        let Some(known) = self.index.get(&file) else { return false };
        let mut asked = self.asked.borrow_mut();
        *asked.entry(path.to_owned()).or_insert_with(|| !is_same(&file, known))
    }
}

/// The files of a list, with a line or a zero byte after each. Those that are gone or lie elsewhere have no findings.
fn listed(file: &Path, project: &Project) -> Result<Changed, Stop> {
    let wrong = |error: io::Error| Stop::new(format_args!("could not read `{}`: {error}", file.display()));
    let mut text = String::new();
    let most = bounds::FILE_BYTES;
    if file == Path::new("-") {
        io::stdin().lock().take(most).read_to_string(&mut text).map_err(wrong)?;
    } else {
        #[expect(clippy::disallowed_methods, reason = "a list of files, which is no file of the project")]
        let list = fs::File::open(file).map_err(wrong)?;
        list.take(most).read_to_string(&mut text).map_err(wrong)?;
    }
    let end = if text.contains('\0') { '\0' } else { '\n' };
    let here = env::current_dir().map_err(Stop::new)?;
    let lines = text.split(end).map(|line| line.trim_end_matches('\r')).filter(|line| !line.is_empty());
    let paths = lines.map(|line| here.join(line));
    let real = paths.map(|path| fs::canonicalize(&path).unwrap_or_else(|_| plain(&path)));
    Ok(Changed {
        listed: real.filter_map(|path| below(&project.root, &path)).collect(),
        ..Changed::default()
    })
}

/// A path below the root, with `/`.
fn below(root: &Path, path: &Path) -> Option<String> {
    let below = path.strip_prefix(root).ok()?;
    let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    Some(parts.join("/"))
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = plain.pop(),
            _ => plain.push(part),
        }
    }
    plain
}
