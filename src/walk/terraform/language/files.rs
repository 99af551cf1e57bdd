//! The files that an expression sees.

use std::cell::RefCell;

use rustc_hash::FxHashSet;

use crate::source::paths::joined;
use crate::source::{SourceId, SourceText, Sources};

/// The files that functions read, by their paths as an expression writes them.
pub(crate) trait Files {
    /// The file that a path leads to.
    fn find(&self, path: &str) -> Option<SourceId>;

    /// The path below the root of the project where a file is looked for first, when it is there.
    fn place(&self, path: &str) -> Option<String>;

    /// Whether a path leads to a directory.
    fn is_directory(&self, path: &str) -> bool;

    /// The files below a directory whose paths from there on fit.
    fn below(&self, directory: &str, fits: &dyn Fn(&str) -> bool) -> Vec<String>;

    /// What is written in a file.
    fn text(&self, file: SourceId) -> Option<SourceText>;

    /// Notes that what is written in a file has become part of a value.
    fn consume(&self, file: SourceId);

    /// Whether a file is shown nowhere, so that what is written in it is shown where it is read.
    fn is_hidden(&self, file: SourceId) -> bool;
}

/// The files below the root of the project, as a module sees them.
pub(crate) struct Below<'f> {
    /// All files.
    pub(crate) sources: &'f Sources,
    /// The directory of the root module.
    pub(crate) root: &'f str,
    /// The directory of the module.
    pub(crate) directory: &'f str,
    /// Whether paths that begin with a slash begin at the root of the project.
    pub(crate) is_rooted: bool,
    /// The files that became part of a value.
    pub(crate) consumed: &'f RefCell<FxHashSet<SourceId>>,
}

impl Below<'_> {
    /// Where a path may lead to, the likelier one first: `path.module` is below the project root already; other
    /// relative paths are seen from the root module.
    fn seen(&self, path: &str) -> [Option<String>; 2] {
        let path = if self.is_rooted { path.trim_start_matches('/') } else { path };
        let (direct, from_root) = (joined("", path), joined(self.root, path));
        let below = path.starts_with(self.directory) || path.starts_with(self.root);
        if below { [direct, from_root] } else { [from_root, direct] }
    }
}

impl Files for Below<'_> {
    fn find(&self, path: &str) -> Option<SourceId> {
        self.seen(path).into_iter().flatten().find_map(|path| self.sources.find(&path))
    }

    fn place(&self, path: &str) -> Option<String> {
        let [likelier, _] = self.seen(path);
        likelier
    }

    fn is_directory(&self, path: &str) -> bool {
        let [likelier, _] = self.seen(path);
        likelier.is_some_and(|path| path.is_empty() || self.sources.below(&path).next().is_some())
    }

    fn below(&self, directory: &str, fits: &dyn Fn(&str) -> bool) -> Vec<String> {
        let files = |directory: String| -> Vec<String> {
            let prefix = if directory.is_empty() { directory } else { format!("{directory}/") };
            let ids = self.sources.below(prefix.trim_end_matches('/'));
            let below = ids.filter_map(|id| self.sources.path(id).strip_prefix(&prefix));
            below.filter(|path| fits(path)).map(str::to_owned).collect()
        };
        let seen = self.seen(directory).into_iter().flatten().map(files);
        seen.into_iter().find(|files| !files.is_empty()).unwrap_or_default()
    }

    fn text(&self, file: SourceId) -> Option<SourceText> {
        self.sources.text(file).ok()
    }

    fn consume(&self, file: SourceId) {
        self.consumed.borrow_mut().insert(file);
    }

    fn is_hidden(&self, file: SourceId) -> bool {
        self.sources.is_installed(file)
    }
}
