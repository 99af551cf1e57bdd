//! Files outside of what is analyzed as templates: where they lie, and how they are read.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::{relative, slashed};
use crate::bounds;
use crate::config::{Named, NamedFile, PathGlob};

/// What a pattern is not the name of a file with.
const PATTERN: [char; 5] = ['*', '?', '[', '{', '\\'];

/// Whether a path is one that is named.
type Meant<'a> = Box<dyn Fn(&str) -> bool + 'a>;

/// The files that are named, in the order of their paths: of a directory all in it.
///
/// # Errors
///
/// When a path of the command line is not there, when there are too many files, or when one leads out of the project.
pub fn named(root: &Path, here: &Path, named: Named<'_>) -> Result<Vec<NamedFile>, String> {
    if let Named::Anywhere(path) = named
        && is_stream(&here.join(path))
    {
        let stream = here.join(path);
        return Ok(vec![NamedFile { path: path.to_owned(), read: Box::new(move || read(&stream)) }]);
    }
    let (base, start, is_meant): (PathBuf, PathBuf, Meant<'_>) = match named {
        Named::Anywhere(path) if path.contains(PATTERN) && !here.join(path).exists() => {
            let (base, pattern) = fixed(here, path);
            let glob = PathGlob::new(&pattern)?;
            let start = base.as_path().to_owned();
            (base, start, Box::new(move |path| glob.matches(path)))
        }
        Named::Anywhere(path) => {
            let start = fs::canonicalize(here.join(path)).map_err(|error| format!("`{path}`: {error}"))?;
            (root.to_path_buf(), start, Box::new(|_| true))
        }
        Named::Below(directory, glob) => {
            let base = root.join(directory);
            let written = glob.as_str().trim_start_matches("./");
            let fixed = written.split('/').take_while(|part| !part.contains(PATTERN));
            let start = base.join(fixed.collect::<PathBuf>());
            (base, start, Box::new(|path| glob.matches(path)))
        }
    };
    let mut found = Vec::new();
    files(&start, bounds::SNAPSHOT_DEPTH, &mut found, &mut BTreeSet::new())?;
    let within = |file: &PathBuf| is_meant(&slashed(&relative(&base, file)));
    let mut each: Vec<NamedFile> = Vec::new();
    for file in found.into_iter().filter(within) {
        let real = fs::canonicalize(&file).map_err(|error| error.to_string())?;
        if matches!(named, Named::Below(..)) && !real.starts_with(root) {
            return Err(format!("`{}` lies outside the project", slashed(&relative(root, &file))));
        }
        let path = slashed(&relative(root, &file));
        each.push(NamedFile { path, read: Box::new(move || read(&real)) });
    }
    each.sort_by(|a, b| a.path.cmp(&b.path));
    match named {
        Named::Anywhere(path) if each.is_empty() => Err(format!("`{path}` matches no file")),
        _ => Ok(each),
    }
}

/// The directory before the first pattern of a path, and the rest of the path.
fn fixed(here: &Path, path: &str) -> (PathBuf, String) {
    let at = path.find(PATTERN).unwrap_or(path.len());
    let (before, after) = path.split_at_checked(at).unwrap_or((path, ""));
    let (directory, name) = before.rsplit_once('/').unwrap_or(("", before));
    let directory = if before.starts_with('/') && directory.is_empty() { "/" } else { directory };
    (here.join(directory), format!("{name}{after}"))
}

/// Whether a path is that of something that can be read but is no file: what `<(aws …)` of a shell stands for.
fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir())
}

/// Adds a file, or the files of a directory. Hidden ones are those of tools. Of several paths to one directory, as symbolic links
/// make them, the first is followed.
fn files(
    path: &Path,
    depth: usize,
    found: &mut Vec<PathBuf>,
    looked_into: &mut BTreeSet<PathBuf>,
) -> Result<(), String> {
    if path.is_file() {
        found.push(path.to_path_buf());
    }
    if found.len() > bounds::SNAPSHOT_FILES {
        return Err(format!("there are more than {} files", bounds::SNAPSHOT_FILES));
    }
    if depth == 0 || !path.is_dir() {
        return Ok(());
    }
    let real = fs::canonicalize(path).map_err(|error| error.to_string())?;
    if !looked_into.insert(real) {
        return Ok(());
    }
    let entries = fs::read_dir(path).map_err(|error| error.to_string())?;
    let mut entries: Vec<_> = entries.flatten().collect();
    // What is no link first: it is at its own path.
    entries.sort_by_cached_key(|it| (it.file_type().is_ok_and(|kind| kind.is_symlink()), it.file_name()));
    for entry in entries {
        if !entry.file_name().to_string_lossy().starts_with('.') {
            files(&entry.path(), depth - 1, found, looked_into)?;
        }
    }
    Ok(())
}

/// Reads what a command or a service wrote: also packed with gzip, as AWS Config delivers it, or in the UTF-16 that `>` of
/// Windows PowerShell writes.
///
/// <https://docs.aws.amazon.com/config/latest/developerguide/deliver-snapshot-cli.html>
/// <https://learn.microsoft.com/en-us/powershell/module/microsoft.powershell.core/about/about_character_encoding>
fn read(file: &Path) -> io::Result<String> {
    let metadata = fs::metadata(file)?;
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, "the file is larger than 1 GiB");
    if metadata.len() > bounds::SNAPSHOT_BYTES {
        return Err(too_large());
    }
    // Room for all of it at once: to grow would copy hundreds of megabytes several times.
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 1);
    #[expect(clippy::disallowed_methods, reason = "the one place where imported files are read")]
    fs::File::open(file)?.take(bounds::SNAPSHOT_BYTES).read_to_end(&mut bytes)?;
    if bytes.starts_with(GZIP) {
        bytes = unpacked(&bytes)?;
    }
    text(bytes)
}

/// What a file begins with that gzip packed with its only method.
const GZIP: &[u8] = &[0x1f, 0x8b, 8];

/// Unpacks the members of a gzip file.
///
/// <https://www.rfc-editor.org/rfc/rfc1952>
fn unpacked(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "the file is packed with gzip and is damaged");
    let deflated = bytes.get(header(bytes).ok_or_else(broken)?..).ok_or_else(broken)?;
    let most = usize::try_from(bounds::SNAPSHOT_BYTES).unwrap_or(usize::MAX);
    miniz_oxide::inflate::decompress_to_vec_with_limit(deflated, most).map_err(|_| broken())
}

/// How long the header of a gzip file is.
fn header(bytes: &[u8]) -> Option<usize> {
    let flags = *bytes.get(3)?;
    let mut at = 10;
    if flags & 4 != 0 {
        let length = bytes.get(at..at + 2)?;
        at += 2 + usize::from(*length.first()?) + 256 * usize::from(*length.get(1)?);
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            at += bytes.get(at..)?.iter().position(|byte| *byte == 0)? + 1;
        }
    }
    Some(if flags & 2 != 0 { at + 2 } else { at })
}

/// The text of bytes in the encoding that they begin with.
fn text(bytes: Vec<u8>) -> io::Result<String> {
    let utf_16 = |unit: fn([u8; 2]) -> u16| {
        let units = bytes.as_chunks().0.iter().skip(1).map(|pair| unit(*pair));
        let read: Result<String, _> = char::decode_utf16(units).collect();
        read.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the file is not UTF-16, as it begins"))
    };
    match bytes.as_slice() {
        [0xff, 0xfe, ..] => utf_16(u16::from_le_bytes),
        [0xfe, 0xff, ..] => utf_16(u16::from_be_bytes),
        _ => {
            let mut text = String::from_utf8(bytes).map_err(|error| {
                let at = error.utf8_error().valid_up_to();
                io::Error::new(io::ErrorKind::InvalidData, format!("the file is not UTF-8 (byte {at})"))
            })?;
            if text.starts_with('\u{feff}') {
                text.drain(..'\u{feff}'.len_utf8());
            }
            Ok(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_of_both_orders_is_read() {
        let little: Vec<u8> = "\u{feff}{\"ä\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "\u{feff}{\"ä\"}".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!((text(little).unwrap(), text(big).unwrap()), ("{\"ä\"}".into(), "{\"ä\"}".into()));
        assert_eq!(text("\u{feff}{}".into()).unwrap(), "{}");
        assert!(text(vec![0xff, 0xfe, 0, 0xd8]).is_err());
    }

    /// The paths that are found for what is named.
    fn found(root: &Path, what: Named<'_>) -> Vec<String> {
        named(root, root, what).unwrap().into_iter().map(|file| file.path).collect()
    }

    #[test]
    #[cfg(unix)]
    fn links_of_directories_lead_round_in_no_circle() {
        let directory = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(directory.path()).unwrap();
        fs::create_dir_all(root.join("saved/a")).unwrap();
        fs::write(root.join("saved/a/one.json"), "{}").unwrap();
        for (link, to) in [("saved/again", ".."), ("saved/a/up", "../.."), ("saved/latest", "a")] {
            std::os::unix::fs::symlink(to, root.join(link)).unwrap();
        }
        assert_eq!(found(&root, Named::Anywhere("saved")), ["saved/a/one.json"]);
    }

    #[test]
    #[cfg(unix)]
    fn what_a_command_writes_is_read_once() {
        assert_eq!(found(Path::new("/"), Named::Anywhere("/dev/null")), ["/dev/null"]);
    }

    #[test]
    fn gzip_is_unpacked_with_a_name_in_its_header() {
        let packed = miniz_oxide::deflate::compress_to_vec(b"{\"a\": 1}", 6);
        let plain = [GZIP, &[0; 7], &packed].concat();
        let named = [GZIP, &[8], &[0; 6], b"snapshot.json\0", &packed].concat();
        for bytes in [&plain, &named] {
            assert_eq!(unpacked(bytes).unwrap(), b"{\"a\": 1}");
        }
        for length in 0..plain.len() {
            assert!(unpacked(plain.get(..length).unwrap()).is_err(), "{length}");
        }
    }
}
