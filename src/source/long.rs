//! Texts that are too long to be held as a whole, such as plans: what is asked for is read where it lies.

use std::borrow::Cow;
use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{BLOCK, SourceText, Span};

/// The bytes of a file that stays where it is.
pub trait ReadAt: Send + Sync {
    /// Reads bytes from a place on; none at the end.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize>;
}

/// A long text.
pub struct Long {
    file: Box<dyn ReadAt>,
    length: u32,
    lines: OnceLock<Lines>,
    /// The block that was counted in last: places are shown in their order.
    last: Mutex<(usize, Vec<u8>)>,
}

/// Where the lines of a long text begin, and how many characters and pairs there are before each block.
#[derive(Default)]
struct Lines {
    starts: Vec<u32>,
    characters: Vec<u32>,
    pairs: Vec<u32>,
}

impl Long {
    /// A text of so many bytes.
    pub fn new(file: Box<dyn ReadAt>, length: u32) -> Self {
        Self { file, length, lines: OnceLock::new(), last: Mutex::default() }
    }

    fn read(&self, at: usize, into: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = into.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at((at + filled) as u64, rest) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    fn bytes(&self, start: usize, end: usize) -> Vec<u8> {
        let mut bytes = vec![0; end.min(self.length as usize).saturating_sub(start)];
        let read = self.read(start, &mut bytes).unwrap_or_default();
        bytes.truncate(read);
        bytes
    }

    pub(super) fn slice(&self, span: Span) -> Option<String> {
        String::from_utf8(self.bytes(span.range().start, span.range().end)).ok()
    }

    pub(super) fn len(&self) -> u32 {
        self.length
    }

    pub(super) fn line_starts(&self) -> &[u32] {
        &self.lines().starts
    }

    fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| {
            let mut lines = Lines { starts: vec![0], ..Lines::default() };
            let (mut characters, mut pairs) = (0, 0);
            for start in (0..self.length as usize).step_by(BLOCK) {
                lines.characters.push(characters);
                lines.pairs.push(pairs);
                let block = self.bytes(start, start + BLOCK);
                characters += count(&block, super::begins_character);
                pairs += count(&block, super::begins_pair);
                let ends = memchr::memchr_iter(b'\n', &block);
                lines.starts.extend(ends.map(|at| u32::try_from(start + at + 1).unwrap_or(u32::MAX)));
            }
            lines
        })
    }

    pub(super) fn characters(&self, start: usize, end: usize) -> usize {
        self.counted((start, end), &self.lines().characters, super::begins_character)
    }

    pub(super) fn pairs(&self, start: usize, end: usize) -> usize {
        self.counted((start, end), &self.lines().pairs, super::begins_pair)
    }

    fn counted(&self, (start, end): (usize, usize), blocks: &[u32], is_counted: fn(u8) -> bool) -> usize {
        let before = |offset: usize| {
            let offset = offset.min(self.length as usize);
            let block = offset / BLOCK;
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.0 != block || last.1.is_empty() {
                *last = (block, self.bytes(block * BLOCK, (block + 1) * BLOCK));
            }
            let inside = last.1.get(..offset - block * BLOCK).unwrap_or_default();
            blocks.get(block).copied().unwrap_or_default() + count(inside, is_counted)
        };
        before(end).saturating_sub(before(start)) as usize
    }
}

fn count(bytes: &[u8], is_counted: fn(u8) -> bool) -> u32 {
    bytes.iter().map(|byte| u32::from(is_counted(*byte))).sum()
}

/// A text that is read from its beginning to its end, and then here and there: in memory, or where it lies.
pub enum Opened<'s> {
    /// The text.
    Whole(SourceText),
    /// A long one.
    Long(&'s Long),
}

impl Opened<'_> {
    /// How many bytes it has.
    pub fn len(&self) -> usize {
        match self {
            Self::Whole(text) => text.len(),
            Self::Long(long) => long.length as usize,
        }
    }

    /// Its bytes from a place on, as many as there is room for.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub fn read(&self, at: usize, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Whole(text) => {
                let rest = text.as_bytes().get(at..).unwrap_or_default();
                let count = rest.len().min(into.len());
                if let (Some(from), Some(to)) = (rest.get(..count), into.get_mut(..count)) {
                    to.copy_from_slice(from);
                }
                Ok(count)
            }
            Self::Long(long) => long.read(at, into),
        }
    }

    /// What is written at a place; `None` when that does not fit the text.
    pub fn part(&self, span: Span) -> Option<Cow<'_, str>> {
        match self {
            Self::Whole(text) => text.get(span.range()).map(Cow::Borrowed),
            Self::Long(long) => long.slice(span).map(Cow::Owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Files, Sources};
    use super::*;

    struct Text(String);

    impl ReadAt for Text {
        /// A few bytes at a time, as a reader may.
        fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
            let rest = self.0.as_bytes().get(usize::try_from(at).unwrap()..).unwrap_or_default();
            let count = rest.len().min(into.len()).min(1_000);
            into[..count].copy_from_slice(&rest[..count]);
            Ok(count)
        }
    }

    struct OneLong(String);

    impl Files for OneLong {
        fn read(&self, _: &str) -> io::Result<String> {
            Err(io::Error::other("it is not read as a whole"))
        }

        fn long(&self, _: &str) -> io::Result<Option<(Box<dyn ReadAt>, u64)>> {
            Ok(Some((Box::new(Text(self.0.clone())), self.0.len() as u64)))
        }
    }

    #[test]
    fn a_long_text_has_the_places_and_parts_of_a_short_one() {
        let text = format!("{}\n{}\nx", "ü€a😀".repeat(BLOCK / 3), "😀b".repeat(BLOCK));
        let short = Sources::in_memory([("a.json".to_owned(), text.clone())]);
        let long = Sources::new(vec!["a.json".to_owned()], OneLong(text.clone()));
        let id = short.find("a.json").unwrap();
        assert!(long.long(id).is_some());
        assert_eq!((long.line_starts(id), long.length(id)), (short.line_starts(id), short.length(id)));
        for (at, char) in text.char_indices().step_by(777).chain([(text.len(), ' ')]) {
            let offset = u32::try_from(at).unwrap();
            assert_eq!(long.position(id, offset), short.position(id, offset), "{at}");
            assert_eq!(long.position_in_utf_16(id, offset), short.position_in_utf_16(id, offset), "{at}");
            let span = Span::new(id, at, at + char.len_utf8());
            assert_eq!(long.slice(span), short.slice(span), "{at}");
        }
        assert!(matches!(long.open(id), Ok(Opened::Long(_))));
    }
}
