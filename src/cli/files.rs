//! Writing files of the project: whole or not at all, and never through a link.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Puts a text in the place of a file, or makes the file. Who reads it meanwhile sees the old text or the new one.
///
/// # Errors
///
/// When it cannot be written, or when the path is not that of a regular file.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let wrong = |message| io::Error::new(io::ErrorKind::InvalidInput, message);
    let present = fs::symlink_metadata(path).ok();
    if present.as_ref().is_some_and(|it| !it.is_file()) {
        return Err(wrong("it is not a regular file"));
    }
    let (Some(directory), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(wrong("it is not the path of a file"));
    };
    let beside = directory.join(format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id()));
    // What is there already is nobody's but another run's, and is not written over.
    let mut file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
    let written = present
        .map_or(Ok(()), |it| file.set_permissions(it.permissions()))
        .and_then(|()| file.write_all(text.as_bytes()))
        .and_then(|()| file.sync_all());
    drop(file);
    written.and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
        // What is wrong is said already.
        let _ = fs::remove_file(&beside);
    })
}
