//! Places as editors have them: addresses of files, lines and columns from 0, columns in units that both sides agreed on.

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use lsp_types::{ClientCapabilities, Location, Position, PositionEncodingKind, Range, Uri};
use percent_encoding::percent_decode_str;

use crate::source::{SourceId, Sources, Span};

/// In which units columns are counted.
///
/// <https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#positionEncodingKind>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16, which every editor knows.
    Utf16,
}

impl Encoding {
    /// Bytes where the editor knows them, as these are what everything here is counted in.
    pub(super) fn negotiated(capabilities: &ClientCapabilities) -> Self {
        let offered = capabilities.general.as_ref().and_then(|general| general.position_encodings.as_ref());
        let knows_bytes = offered.is_some_and(|all| all.contains(&PositionEncodingKind::UTF8));
        if knows_bytes { Self::Utf8 } else { Self::Utf16 }
    }

    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn position(self, sources: &Sources, id: SourceId, offset: u32) -> Position {
        let (line, column) = match self {
            Self::Utf16 => sources.position_in_utf_16(id, offset),
            Self::Utf8 => {
                let line = sources.position(id, offset).line;
                let start = sources.line_starts(id).get(line.saturating_sub(1)).copied().unwrap_or(0);
                (line, offset.saturating_sub(start) as usize + 1)
            }
        };
        let counted = |from_one: usize| u32::try_from(from_one.saturating_sub(1)).unwrap_or(u32::MAX);
        Position { line: counted(line), character: counted(column) }
    }

    /// A place in a file.
    pub(super) fn range(self, sources: &Sources, span: Span) -> Range {
        let end = self.position(sources, span.source, span.end);
        Range { start: self.position(sources, span.source, span.start), end }
    }

    /// The byte that a position of an editor means; `None` beyond the end of the file.
    pub(super) fn offset(self, sources: &Sources, id: SourceId, position: Position) -> Option<u32> {
        let starts = sources.line_starts(id);
        let line = position.line as usize;
        let start = *starts.get(line)? as usize;
        let text = sources.text_or_empty(id);
        let end = starts.get(line + 1).map_or(text.len(), |next| *next as usize);
        let line = text.get(start..end)?;
        let line = line.trim_end_matches(['\r', '\n']);
        let mut column = 0;
        for (at, char) in line.char_indices() {
            if column >= position.character as usize {
                return u32::try_from(start + at).ok();
            }
            column += match self {
                Self::Utf8 => char.len_utf8(),
                Self::Utf16 => char.len_utf16(),
            };
        }
        u32::try_from(start + line.len()).ok()
    }
}

/// Where a file of a project lies; `None` for what is another project's.
pub(super) fn path_of(root: &Path, sources: &Sources, id: SourceId) -> Option<PathBuf> {
    let path = sources.path(id);
    (!path.starts_with("//")).then(|| plain(&root.join(path)))
}

/// A place with the address of its file.
pub(super) fn location(root: &Path, sources: &Sources, span: Span, encoding: Encoding) -> Option<Location> {
    let uri = uri_of(&path_of(root, sources, span.source)?)?;
    Some(Location { uri, range: encoding.range(sources, span) })
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// The file that an address means; `None` for what is no file.
///
/// <https://datatracker.ietf.org/doc/html/rfc8089>
pub(super) fn path_in(uri: &Uri) -> Option<PathBuf> {
    let path = uri.as_str().strip_prefix("file://")?;
    // The host, which is empty or this one.
    let path = path.get(path.find('/')?..)?;
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let drive = path.strip_prefix('/').filter(|rest| {
        let mut letters = rest.bytes();
        letters.next().is_some_and(|it| it.is_ascii_alphabetic()) && letters.next() == Some(b':')
    });
    Some(PathBuf::from(drive.unwrap_or(&path)))
}

/// The address of a file.
pub(super) fn uri_of(path: &Path) -> Option<Uri> {
    let path = path.to_str()?.replace('\\', "/");
    let mut uri = String::from(if path.starts_with('/') { "file://" } else { "file:///" });
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            write!(uri, "%{byte:02X}").ok()?;
        }
    }
    Uri::from_str(&uri).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> (Sources, SourceId) {
        let sources = Sources::in_memory([("a.tf".to_owned(), text.to_owned())]);
        let id = sources.find("a.tf").unwrap();
        (sources, id)
    }

    #[test]
    fn positions_and_bytes_say_the_same_in_both_encodings() {
        let text = "a = \"é😀x\"\r\nbb\n\n";
        let (sources, id) = one(text);
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let offsets = text.char_indices().filter(|(_, char)| !"\r\n".contains(*char));
            for offset in offsets.filter_map(|(at, _)| u32::try_from(at).ok()) {
                let position = encoding.position(&sources, id, offset);
                assert_eq!(
                    encoding.offset(&sources, id, position),
                    Some(offset),
                    "{encoding:?} {position:?}"
                );
            }
        }
        assert_eq!(Encoding::Utf16.position(&sources, id, 11), Position { line: 0, character: 8 });
        assert_eq!(Encoding::Utf8.position(&sources, id, 11), Position { line: 0, character: 11 });
    }

    #[test]
    fn a_column_beyond_its_line_is_its_end_and_a_line_beyond_the_file_is_nothing() {
        let (sources, id) = one("ab\ncd");
        let at = |line, character| Encoding::Utf16.offset(&sources, id, Position { line, character });
        assert_eq!(at(0, 99), Some(2));
        assert_eq!(at(1, 99), Some(5));
        assert_eq!(at(2, 0), None);
    }

    #[test]
    fn addresses_of_files_come_back_as_they_went() {
        for path in ["/a/b c/ü.tf", "/a/%41#?.tf", "/x/[1]/{y}.yaml"] {
            let uri = uri_of(Path::new(path)).unwrap();
            assert_eq!(path_in(&uri).unwrap(), Path::new(path), "{}", uri.as_str());
        }
        assert_eq!(path_in(&Uri::from_str("file:///c%3A/x.tf").unwrap()).unwrap(), Path::new("c:/x.tf"));
        assert_eq!(path_in(&Uri::from_str("untitled:Untitled-1").unwrap()), None);
    }
}
