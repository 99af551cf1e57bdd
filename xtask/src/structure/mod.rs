//! The structure of a crate, from its parsed code: which file uses which, in what layers they stand, and how its functions
//! are.
//!
//! `cargo xtask structure` prints it and `tests/house.rs` holds the program to it. What is compiled for tests only is left
//! out; an attribute `#[cfg(test)]` ends with its item. A file uses another where a `use` or a path in its code leads to
//! something that is defined there, through all `pub use` on the way, and where a method calls on `self` a method of the same
//! type that is defined there. What methods are called on other values is not seen; their type had to be named somewhere.

mod circles;
mod code;
mod layers;
mod names;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use self::code::Module;
pub(crate) use self::layers::{Back, Layers};

/// What is known of a crate.
pub(crate) struct Structure {
    /// All files that are part of it, by path.
    pub(crate) files: BTreeMap<String, File>,
    /// Which file uses which.
    pub(crate) arrows: BTreeSet<Arrow>,
    modules: Vec<Module>,
}

/// One file.
#[derive(Debug, Default)]
pub(crate) struct File {
    /// The module it is, from the root of the crate on.
    pub(crate) module: Vec<String>,
    /// The text of its own documentation.
    pub(crate) docs: String,
    /// Lines of code, without blank ones and comments.
    pub(crate) lines: usize,
    /// Calls of `.clone()`.
    pub(crate) clones: usize,
    /// Its functions, with the lines that each has from its name to its last brace.
    pub(crate) functions: Vec<(String, usize)>,
    /// What is `pub` and has no documentation.
    pub(crate) undocumented: Vec<String>,
    /// Its constants and statics, with their types.
    pub(crate) constants: Vec<(String, String)>,
}

/// One file uses another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrow {
    /// The file that uses.
    pub(crate) from: String,
    /// The file where what is used is defined.
    pub(crate) to: String,
    /// The modules that are named on the way there, from the root of the crate on.
    pub(crate) through: Vec<Vec<String>>,
}

impl Structure {
    /// Reads the crate whose `lib.rs` is in a directory.
    pub(crate) fn read(directory: &Path) -> Result<Self, String> {
        Self::of(&mut |path| {
            #[expect(clippy::disallowed_methods, reason = "a development task reads its inputs itself")]
            std::fs::read_to_string(directory.join(path)).ok()
        })
    }

    /// The structure of the files that `text` gives by their paths, from `lib.rs` on.
    pub(crate) fn of(text: &mut dyn FnMut(&str) -> Option<String>) -> Result<Self, String> {
        let (files, modules) = code::read(text)?;
        let arrows = names::arrows(&modules);
        Ok(Self { files, arrows, modules })
    }

    /// The largest sets of files of which each uses each other in the end, the largest first. With `below`, only files below
    /// that module count.
    pub(crate) fn circles(&self, below: &[String]) -> Vec<Vec<&str>> {
        let inside = |path: &str| self.files.get(path).is_some_and(|file| file.module.starts_with(below));
        let mut uses: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for path in self.files.keys().filter(|path| inside(path)) {
            uses.insert(path, Vec::new());
        }
        for (from, to) in self.pairs() {
            if let Some(list) = uses.get_mut(from).filter(|_| inside(to)) {
                list.push(to);
            }
        }
        circles::circles(&uses)
    }

    /// The tables of layers that the documentation of modules has, by module.
    pub(crate) fn layers(&self) -> Result<BTreeMap<Vec<String>, Layers>, String> {
        let tables = self.files.values().filter_map(|file| {
            let table = Layers::read(&file.docs)?;
            Some(
                table
                    .map(|table| (file.module.clone(), table))
                    .map_err(|error| format!("{}: {error}", file.module.join("::"))),
            )
        });
        tables.collect()
    }

    /// The arrows that run against the layers of the modules below a module, and the modules that have no layer.
    pub(crate) fn back(&self, of: &[String], layers: &Layers) -> Vec<Back> {
        layers.back(of, self)
    }

    /// The arrows from one file to another.
    pub(crate) fn pairs(&self) -> BTreeSet<(&str, &str)> {
        let all = self.arrows.iter().map(|arrow| (&*arrow.from, &*arrow.to));
        all.filter(|(from, to)| from != to).collect()
    }

    /// The file of a module.
    fn file_of(&self, module: &[String]) -> &str {
        self.modules.iter().find(|one| one.path == module).map_or("", |one| &one.file)
    }

    /// The modules right below a module.
    pub(crate) fn children(&self, of: &[String]) -> BTreeSet<&str> {
        let below = self
            .modules
            .iter()
            .filter(|module| module.path.len() == of.len() + 1 && module.path.starts_with(of));
        below.filter_map(|module| module.path.last()).map(String::as_str).collect()
    }

    /// Calls of `.clone()` for each thousand lines of code.
    pub(crate) fn clones_per_thousand_lines(&self) -> f64 {
        let [clones, lines] = [|file: &File| file.clones, |file: &File| file.lines]
            .map(|of| self.files.values().map(of).sum::<usize>());
        #[expect(clippy::cast_precision_loss, reason = "counts of lines are small")]
        let share = clones as f64 * 1000.0 / lines.max(1) as f64;
        share
    }

    /// The functions that are longer than so many lines, with their file and length, the longest first.
    pub(crate) fn long_functions(&self, lines: usize) -> Vec<(&str, &str, usize)> {
        let all = self.files.iter().flat_map(|(path, file)| {
            file.functions.iter().map(move |(name, length)| (path.as_str(), name.as_str(), *length))
        });
        let mut long: Vec<_> = all.filter(|(.., length)| *length > lines).collect();
        long.sort_by_key(|(path, name, length)| (std::cmp::Reverse(*length), *path, *name));
        long
    }
}
