//! A document that does not come from the disk: what an editor or a pipe holds of a file.

use std::io;
use std::path::{Path, PathBuf};

use super::{Error, Project, Request, canonical, relative, slashed};
use crate::source::Sources;

/// A text that is not read from the disk, as an editor holds one.
#[derive(Clone, Debug)]
pub struct Document {
    /// The path of the file that it stands for, which need not be there; alone it is of no project.
    pub path: Option<PathBuf>,
    /// What it says.
    pub text: String,
}

impl Document {
    /// What a text without a path is called, so that it is read as what it is.
    fn name(&self) -> &'static str {
        let begins = |word: &str| self.text.lines().any(|line| line.starts_with(word));
        if self.text.trim_start().starts_with(['{', '[']) {
            "stdin.json"
        } else if ["Resources:", "AWSTemplateFormatVersion:", "apiVersion:", "service:"]
            .into_iter()
            .any(begins)
        {
            "stdin.yaml"
        } else {
            "stdin.tf"
        }
    }

    /// A project of nothing else.
    pub(super) fn alone(&self, root: PathBuf) -> Project {
        let sources = Sources::in_memory([(self.name().to_owned(), self.text.clone())]);
        Project {
            root,
            repository: None,
            sources,
            config: None,
            nested: Vec::new(),
            given: Vec::new(),
            value_files: Vec::new(),
            repository_prefix: String::new(),
            problems: Vec::new(),
            hints: Vec::new(),
            index: None,
        }
    }
}

/// Where the file is that a document stands for. It may be one that is only about to be written, in a directory that is there.
pub(super) fn place(here: &Path, path: &Path) -> Result<PathBuf, Error> {
    let found = canonical(here, path);
    let is_new = matches!(&found, Err(Error::Read { cause, .. }) if cause.kind() == io::ErrorKind::NotFound);
    let Some(name) = path.file_name().filter(|_| is_new) else { return found };
    let directory = path.parent().map_or_else(|| here.to_path_buf(), |parent| here.join(parent));
    Ok(canonical(here, &directory)?.join(name))
}

/// Puts a document in the place of its file.
pub(super) fn put(request: &Request, sources: &mut Sources, (root, given): (&Path, &[PathBuf])) {
    if let (Some(document), [path]) = (&request.document, given)
        && let Some(id) = sources.find(&slashed(&relative(root, path)))
    {
        sources.replace(id, document.text.clone());
    }
}
