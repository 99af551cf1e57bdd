//! The disk: the only place where files of the project are read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::ConfigText;
use super::index::{self, Index};
use crate::bounds;
use crate::source::{Files, ReadAt};
use crate::walk::terraform::plan;

/// The files of a project on the disk.
pub(super) struct Reads {
    pub(super) root: PathBuf,
    pub(super) config: Option<ConfigText>,
    /// What somebody says is there, which may lie behind links.
    pub(super) told: BTreeSet<String>,
    /// Where files lie whose names are not Unicode.
    pub(super) odd: BTreeMap<String, PathBuf>,
    /// What is staged, when that is judged.
    pub(super) index: Option<Arc<Index>>,
}

impl Reads {
    fn is_config(&self, path: &str) -> bool {
        self.config.as_ref().is_some_and(|config| config.path == path)
    }

    /// Where a file lies that the walk found, and what it is. The walk followed no links, so none stands in the path; one that
    /// was put there since is not followed either.
    fn place(&self, path: &str) -> io::Result<(PathBuf, Metadata)> {
        let file = self.root.join(self.odd.get(path).map_or(Path::new(path), PathBuf::as_path));
        let metadata = fs::symlink_metadata(&file)?;
        if metadata.is_symlink() {
            return Err(not_regular());
        }
        Ok((file, metadata))
    }
}

impl Files for Reads {
    fn read(&self, path: &str) -> io::Result<String> {
        let on_disk = match &self.config {
            Some(config) if config.path == path => return Ok(config.text.clone()),
            _ if self.told.contains(path) => read_below(&self.root, Path::new(path)),
            _ => self.place(path).and_then(|(file, metadata)| read_as(&file, &metadata)),
        };
        index::staged(self.index.as_deref(), path, on_disk)
    }

    fn long(&self, path: &str) -> io::Result<Option<(Box<dyn ReadAt>, u64)>> {
        if self.is_config(path) || self.told.contains(path) || self.index.is_some() {
            return Ok(None);
        }
        let (file, metadata) = self.place(path)?;
        let length = metadata.len();
        if !(bounds::LONG_TEXT..=bounds::PLAN_BYTES).contains(&length) || !is_plan(&file)? {
            return Ok(None);
        }
        #[expect(clippy::disallowed_methods, reason = "so is what is read in parts")]
        let opened = fs::File::open(file)?;
        Ok(Some((Box::new(OnDisk(Mutex::new(opened))), length)))
    }
}

/// A file that is read in parts.
struct OnDisk(Mutex<fs::File>);

impl ReadAt for OnDisk {
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(at))?;
        file.read(into)
    }
}

/// Reads a file below the root. Links are resolved first, so that none leads out of the project.
pub(super) fn read_below(root: &Path, path: &Path) -> io::Result<String> {
    read_inside(root, &root.join(path))
}

pub(super) fn read_inside(root: &Path, path: &Path) -> io::Result<String> {
    let file = fs::canonicalize(path)?;
    if !file.starts_with(root) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the file lies outside the project"));
    }
    read_limited(&file)
}

/// Whether a file is a plan by its beginning: of a plan only what matters is kept, so it may be larger.
fn is_plan(file: &Path) -> io::Result<bool> {
    let mut head = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "so is its beginning")]
    fs::File::open(file)?.take(bounds::PLAN_HEAD as u64).read_to_end(&mut head)?;
    Ok(plan::begins(&String::from_utf8_lossy(&head)))
}

/// What a file begins with that git-crypt encrypted.
pub(super) const ENCRYPTED: &[u8] = b"\0GITCRYPT\0";

pub(super) fn read_limited(file: &Path) -> io::Result<String> {
    read_as(file, &fs::metadata(file)?)
}

fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")
}

/// Reads a file of which it is known what it is.
fn read_as(file: &Path, metadata: &Metadata) -> io::Result<String> {
    // A pipe or a device could block for ever.
    if !metadata.is_file() {
        return Err(not_regular());
    }
    if metadata.len() > bounds::FILE_BYTES && !is_plan(file)? {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is larger than 64 MiB"));
    }
    if metadata.len() > bounds::PLAN_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the plan is larger than 1 GiB"));
    }
    #[expect(clippy::disallowed_methods, reason = "the one place where files of the project are read")]
    let bytes = fs::read(file)?;
    text(bytes)
}

/// The text of a file with these bytes.
pub(super) fn text(bytes: Vec<u8>) -> io::Result<String> {
    if bytes.starts_with(ENCRYPTED) {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "the file is encrypted by git-crypt"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        io::Error::new(io::ErrorKind::InvalidData, format!("the file is not UTF-8 (byte {at})"))
    })
}
