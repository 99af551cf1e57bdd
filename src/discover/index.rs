//! What is staged for the next commit, in place of what lies in the working tree.
//!
//! A file whose bytes are those that git has is read where it lies; of one that differs, git is asked for what is staged. What git
//! does not know is no part of the commit; what it ignores is there as it lies, as it will be when the commit is checked out here.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};
use std::io;
use std::path::Path;

use rustc_hash::FxHashMap;
use sha1::{Digest as _, Sha1};

use super::disk::{self, ENCRYPTED};
use super::{CONFIG_NAMES, may_be_read};

/// What git keeps of a file that a large file storage holds.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

/// What is staged at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file, by the hash of its bytes.
    File {
        /// The hash.
        hash: String,
        /// Whether it is left out of the working tree on purpose.
        skipped: bool,
    },
    /// A repository of its own, or what is not decided: it is read as it lies.
    AsItLies,
}

/// Reads what git has under a hash.
type Reader = dyn Fn(&str) -> io::Result<Vec<u8>> + Send + Sync;

/// What is staged in a repository.
pub struct Listed {
    /// By the path below the repository.
    pub entries: Vec<(String, Entry)>,
    /// Reads what git has under a hash.
    pub read: Box<Reader>,
}

/// Asks for what is staged in a repository.
pub type ListStaged = fn(&Path) -> Result<Listed, String>;

/// What is staged below a project root.
pub struct Index {
    entries: FxHashMap<String, Entry>,
    /// Directories whose files git knows nothing of here, each with a `/` behind it.
    apart: BTreeSet<String>,
    /// The directory of the repository when it lies below the project root, with a `/` behind it.
    within: Option<String>,
    read: Box<Reader>,
}

impl fmt::Debug for Index {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Index").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

impl Index {
    /// The entries of a repository, of which the project root is a directory (`Ok`), or which lies in one of the project (`Err`): each
    /// nothing, or with a `/` behind it.
    pub(super) fn new(listed: Listed, directory: Result<String, String>) -> Self {
        let Listed { entries, read } = listed;
        let known = |path: String| match &directory {
            Ok(directory) => path.strip_prefix(directory.as_str()).map(str::to_owned),
            Err(directory) => Some(format!("{directory}{path}")),
        };
        let known = entries.into_iter().filter_map(|(path, entry)| Some((known(path)?, entry)));
        let entries: FxHashMap<String, Entry> = known.collect();
        let apart = entries.iter().filter(|(_, entry)| **entry == Entry::AsItLies);
        let apart = apart.map(|(path, _)| format!("{path}/")).collect();
        Self { entries, apart, within: directory.err(), read }
    }

    /// Leaves out of the files that were found what is not staged, and adds what is staged and gone.
    pub(super) fn settle(&self, root: &Path, files: &mut BTreeSet<String>) {
        files.retain(|path| self.keeps(path));
        let is_gone = |path: &str| root.join(path).symlink_metadata().is_err();
        let staged = self.entries.iter().filter(|(_, it)| matches!(it, Entry::File { skipped: false, .. }));
        let gone: Vec<String> = staged
            .map(|(path, _)| path)
            .filter(|path| !files.contains(*path) && may_be_read(path) && is_gone(path))
            .cloned()
            .collect();
        files.extend(gone);
    }

    /// Whether a file of the working tree counts: it is staged, lies in a repository of its own, or says how to look at others.
    fn keeps(&self, path: &str) -> bool {
        let is_configuration = || {
            CONFIG_NAMES.iter().any(|name| {
                path.strip_suffix(name)
                    .is_some_and(|directory| directory.is_empty() || directory.ends_with('/'))
            })
        };
        self.entries.contains_key(path)
            || self.within.as_ref().is_some_and(|directory| !path.starts_with(directory.as_str()))
            || self.apart.iter().any(|directory| path.starts_with(directory.as_str()))
            || is_configuration()
    }

    /// Whether a text is what is staged at a path; true of what git does not know.
    pub(super) fn is_as_staged(&self, path: &str, text: &str) -> bool {
        match self.entries.get(path) {
            Some(Entry::File { hash, .. }) => is_hash_of(text.as_bytes(), hash),
            Some(Entry::AsItLies) | None => true,
        }
    }
}

/// What is staged at a path of which the working tree has this; the same when it does not differ or nothing is known of it.
pub(super) fn staged(index: Option<&Index>, path: &str, on_disk: io::Result<String>) -> io::Result<String> {
    let Some(index) = index else { return on_disk };
    let Some(Entry::File { hash, .. }) = index.entries.get(path) else { return on_disk };
    if on_disk.as_ref().is_ok_and(|text| is_hash_of(text.as_bytes(), hash)) {
        return on_disk;
    }
    let bytes = (index.read)(hash)?;
    // What a program made of the file before git got it cannot be read: the file can.
    if bytes.starts_with(ENCRYPTED) || bytes.starts_with(POINTER) {
        return on_disk;
    }
    disk::text(bytes)
}

/// Whether bytes are those of a hash of git, but for line ends, which git may write in another way.
pub fn is_hash_of(bytes: &[u8], known: &str) -> bool {
    if hash(bytes) == known {
        return true;
    }
    let text = String::from_utf8_lossy(bytes);
    text.contains("\r\n") && hash(text.replace("\r\n", "\n").as_bytes()) == known
}

/// What git calls a file with these bytes.
fn hash(bytes: &[u8]) -> String {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    let mut text = String::new();
    for byte in hash.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
