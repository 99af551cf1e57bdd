//! The place in a text, and the smallest things that are read there: blanks, comments, words, numbers.

use std::sync::Arc;

use super::stacks::{Stacks, eight};
use super::trivia::Seen;
use crate::bounds;
use crate::diagnostic::Problem;
use crate::source::{SourceId, Span, Spanned};

/// What is read, or that a problem was met and noted.
pub(super) type Read<T> = Result<T, Failed>;

/// A name, and where it is written.
pub(super) type Name = Spanned<Arc<str>>;

/// A problem was met: [`Reader::failure`] is what and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed;

/// Where a text is written.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// In a file, from this offset on.
    File(SourceId, usize),
    /// Nowhere: all of it is shown here.
    At(Span),
}

/// Reads a text from its first byte to its last.
///
/// What is read of a collection whose end is not met yet lies on a stack ([`Stacks`]); it goes into the tree with its length
/// known.
pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    /// The bytes up to where reading ends.
    pub(super) bytes: &'t [u8],
    pub(super) at: usize,
    /// Where the last thing that is no blank ended.
    pub(super) end: usize,
    /// Whether line breaks are blanks, as they are inside of brackets.
    pub(super) multi: bool,
    pub(super) depth: usize,
    place: Place,
    pub(super) failure: Option<Problem>,
    /// What is wrong with what is read nevertheless.
    pub(super) problems: Vec<Problem>,
    /// Whether a name in quotes was met, and told.
    pub(super) has_quoted: bool,
    /// Whether an object was met in the place of a block, as Terraform before 0.12 took it.
    pub(super) is_former: bool,
    /// Where the item of the file that is being read begins.
    pub(super) item_start: usize,
    pub(super) stacks: Stacks,
    /// Comments and texts, where somebody asked for them.
    pub(super) seen: Option<Box<Seen>>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, place: Place) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            end: 0,
            multi: false,
            depth: 0,
            place,
            failure: None,
            problems: Vec::new(),
            has_quoted: false,
            is_former: false,
            item_start: 0,
            stacks: Stacks::take(),
            seen: None,
        }
    }

    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        match self.place {
            Place::File(source, base) => Span::new(source, base + start, base + end),
            Place::At(span) => span,
        }
    }

    pub(super) fn written(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn peek_at(&self, further: usize) -> Option<u8> {
        self.bytes.get(self.at + further).copied()
    }

    /// Whether this comes next.
    pub(super) fn is_next(&self, wanted: &str) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(wanted.as_bytes()))
    }

    /// Goes past something that is no blank, and the blanks behind it.
    pub(super) fn advance(&mut self, length: usize) {
        self.at += length;
        self.end = self.at;
        // Nothing that is passed here begins with a larger byte.
        if self.peek() == Some(b' ') {
            self.at += 1;
        }
        if self.peek().is_some_and(|byte| byte <= b'/') {
            self.blank();
        }
    }

    /// Goes past blanks and comments: also past line breaks, where they mean nothing.
    pub(super) fn blank(&mut self) {
        loop {
            match self.peek() {
                Some(b' ') => self.spaces(),
                Some(b'\t') => self.at += 1,
                Some(b'\n') if self.multi => self.at += 1,
                Some(b'\r') if self.multi && self.peek_at(1) == Some(b'\n') => self.at += 2,
                Some(b'#') => self.line_comment(),
                Some(b'/') if self.peek_at(1) == Some(b'/') => self.line_comment(),
                Some(b'/') if self.peek_at(1) == Some(b'*') => {
                    let rest = self.bytes.get(self.at + 2..).unwrap_or_default();
                    // One that nothing ends stays, and is no beginning of anything.
                    let Some(length) = memchr::memmem::find(rest, b"*/") else { return };
                    self.comment(self.at, self.at + length + 4);
                }
                _ => return,
            }
        }
    }

    /// Goes past spaces, eight at once.
    fn spaces(&mut self) {
        while let Some(eight) = eight(self.bytes, self.at) {
            let others = eight ^ SPACES;
            if others != 0 {
                self.at += others.trailing_zeros() as usize / 8;
                return;
            }
            self.at += 8;
        }
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at += rest.iter().take_while(|byte| **byte == b' ').count();
    }

    /// Where the plain text that goes on here meets a quote, an escape, a marker of a template, the end of its line or of all.
    pub(super) fn plain_end(&self, mut at: usize) -> usize {
        loop {
            while let Some(eight) = eight(self.bytes, at) {
                // In each byte the highest bit says whether it is one of those below; the lowest one is never wrong.
                let below = |limit: u8| eight.wrapping_sub(ONES * u64::from(limit)) & !eight;
                let backslash = eight ^ (ONES * u64::from(b'\\'));
                let backslash = backslash.wrapping_sub(ONES) & !backslash;
                let met = (below(b'%' + 1) | backslash) & (ONES << 7);
                if met != 0 {
                    at += met.trailing_zeros() as usize / 8;
                    break;
                }
                at += 8;
            }
            match self.bytes.get(at) {
                None | Some(b'"' | b'\\' | b'$' | b'%' | b'\n') => return at,
                Some(_) => at += 1,
            }
        }
    }

    fn line_comment(&mut self) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let ends_in_two = length < rest.len() && length > 0 && rest.get(length - 1) == Some(&b'\r');
        self.comment(self.at, self.at + length - usize::from(ends_in_two));
    }

    fn comment(&mut self, start: usize, end: usize) {
        self.at = end;
        if let Some(seen) = &mut self.seen {
            seen.comment(start..end);
        }
    }

    /// Goes past blanks, comments and empty lines.
    pub(super) fn blank_lines(&mut self) {
        let multi = std::mem::replace(&mut self.multi, true);
        self.blank();
        self.multi = multi;
    }

    pub(super) fn is_line_end(&self) -> bool {
        match self.peek() {
            None | Some(b'\n') => true,
            Some(b'\r') => self.peek_at(1) == Some(b'\n'),
            _ => false,
        }
    }

    /// Notes what is wrong between two offsets.
    pub(super) fn fail<T>(&mut self, start: usize, end: usize, message: impl Into<String>) -> Read<T> {
        let span = self.span(start, end);
        self.failure = Some(Problem::new(span, message));
        Err(Failed)
    }

    /// Something else stands here than what must.
    #[cold]
    pub(super) fn expected<T>(&mut self, what: &str) -> Read<T> {
        let rest = self.text.get(self.at..self.bytes.len()).unwrap_or_default();
        let width = rest.chars().next().map_or(0, char::len_utf8);
        let end = self.at + width;
        if rest.starts_with("/*") {
            return self.fail(self.at, self.at + 2, "the comment that begins here never ends");
        }
        let found = match rest.chars().next() {
            None => "the end of the file".to_owned(),
            Some('\n' | '\r') => "the end of the line".to_owned(),
            Some(';') => return self.fail(self.at, end, SEMICOLON),
            Some(_) if self.is_word() => {
                let (start, end) = (self.at, self.at + self.word_length());
                let word = self.written(start, end);
                let message = format!("expected {what}, found `{word}`");
                return self.fail(start, end, message);
            }
            Some(char) => format!("`{char}`"),
        };
        self.fail(self.at, end, format!("expected {what}, found {found}"))
    }

    /// Goes past one byte that must come next; `what` it is called.
    pub(super) fn expect(&mut self, byte: u8, what: &str) -> Read<()> {
        if self.peek() != Some(byte) {
            return self.expected(what);
        }
        self.advance(1);
        Ok(())
    }

    /// One level deeper: whoever calls this comes back up.
    pub(super) fn deeper(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > bounds::HCL_DEPTH {
            let message = format!("nested in more than {} levels: it is not read", bounds::HCL_DEPTH);
            return self.fail(self.at, self.at, message);
        }
        Ok(())
    }

    /// Whether a word begins here.
    pub(super) fn is_word(&self) -> bool {
        match self.peek() {
            Some(byte @ 0..=0x7f) => byte.is_ascii_alphabetic() || byte == b'_',
            Some(_) => self.char_at(self.at).is_some_and(char::is_alphabetic),
            None => false,
        }
    }

    fn char_at(&self, at: usize) -> Option<char> {
        self.text.get(at..self.bytes.len())?.chars().next()
    }

    /// How long the word is that begins here.
    pub(super) fn word_length(&self) -> usize {
        let mut end = self.at;
        loop {
            let rest = self.bytes.get(end..).unwrap_or_default();
            end += rest.iter().position(|byte| !is_of_word(*byte)).unwrap_or(rest.len());
            if self.bytes.get(end).is_none_or(u8::is_ascii) {
                return end - self.at;
            }
            match self.char_at(end).filter(|char| !char.is_ascii() && continues(*char)) {
                Some(char) => end += char.len_utf8(),
                None => return end - self.at,
            }
        }
    }

    /// Reads a word, and goes past the blanks behind it.
    pub(super) fn word(&mut self, what: &str) -> Read<Name> {
        if !self.is_word() {
            return self.expected(what);
        }
        let start = self.at;
        self.advance(self.word_length());
        Ok(self.named(start, self.end))
    }

    /// Whether this word comes next.
    pub(super) fn is_keyword(&self, word: &str) -> bool {
        self.is_next(word) && self.word_length() == word.len()
    }

    pub(super) fn named(&mut self, start: usize, end: usize) -> Name {
        let name = self.stacks.names.shared(self.text, start, end);
        Spanned::new(name, self.span(start, end))
    }

    pub(super) fn digits(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// Where what begins here as a number ends, as Terraform divides a text: `1.2.3` is one word, and no number, while in `1.a`
    /// the point belongs to what follows.
    pub(super) fn number_end(&self) -> usize {
        let is = |at: usize, wanted: &[u8]| self.bytes.get(at).is_some_and(|byte| wanted.contains(byte));
        let mut end = self.digits(self.at);
        let mut at = end;
        loop {
            let from = match self.bytes.get(at) {
                Some(b'.') => {
                    at += 1;
                    continue;
                }
                Some(b'e' | b'E') => at + 1 + usize::from(is(at + 1, b"+-")),
                _ => at,
            };
            at = self.digits(from);
            if at == from {
                return end;
            }
            end = at;
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        std::mem::take(&mut self.stacks).keep();
    }
}

const SPACES: u64 = ONES * b' ' as u64;
/// One in each byte.
const ONES: u64 = u64::MAX / 255;
const SEMICOLON: &str = "arguments are separated by line breaks, not by `;`";

/// Whether a word goes on with this byte of ASCII.
fn is_of_word(byte: u8) -> bool {
    OF_WORD.get(usize::from(byte)).copied().unwrap_or_default()
}

/// What [`is_of_word`] says of each byte.
static OF_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let (mut rest, mut byte): (&mut [bool], u8) = (&mut table, 0);
    while let Some((entry, others)) = rest.split_first_mut() {
        *entry = byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        (rest, byte) = (others, byte.wrapping_add(1));
    }
    table
};

/// Whether a word goes on with this character, which is not of ASCII.
fn continues(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}')
}
