//! YAML as nearly every template has it, read at once.
//!
//! Mappings and sequences by indentation, scalars on one line, literal and folded blocks, tags, comments, and collections in
//! brackets. What is written in any other way, and whatever may be wrong, is left to the whole parser, which reads the
//! same out of this: `None` means that nothing is known. Anchors, aliases, merge keys and several documents are among that.

mod block;
mod flow;

use std::sync::Arc;

use granit_parser::ScalarStyle;

use super::builder::end_of;
use super::scalar;
use crate::bounds;
use crate::parse::shared::Shared;
use crate::parse::{Member, Node, NodeKind, Parts};
use crate::source::{SourceId, Span};

/// Reads a text that is one document.
pub(super) fn read(source: SourceId, text: &str) -> Option<Node> {
    if !is_ordinary(text) {
        return None;
    }
    let mut reader = Reader {
        source,
        text,
        bytes: text.as_bytes(),
        at: 0,
        line: 0,
        first: 0,
        begun: false,
        tagged: 0,
        depth: 0,
        items: Vec::new(),
        members: Vec::new(),
        shared: Shared::default(),
    };
    reader.document()
}

/// Whether there is nothing in a text that only the whole parser knows what to make of: control characters, and characters that
/// some readers take for line breaks or byte order marks.
fn is_ordinary(text: &str) -> bool {
    let (ones, high) = (u64::from_ne_bytes([0x01; 8]), u64::from_ne_bytes([0x80; 8]));
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(first) = bytes.get(at) {
        // Eight bytes between the blank and the tilde at once.
        if let Some(word) = bytes.get(at..at + 8).and_then(|eight| <[u8; 8]>::try_from(eight).ok()) {
            let word = u64::from_le_bytes(word);
            if (word | word.wrapping_sub(ones * 0x20) | word.wrapping_add(ones)) & high == 0 {
                at += 8;
                continue;
            }
        }
        match first {
            b' '..=b'~' | b'\n' | b'\t' => {}
            b'\r' if bytes.get(at + 1) == Some(&b'\n') => {}
            0x80.. => return is_ordinary_beyond_ascii(text),
            _ => return false,
        }
        at += 1;
    }
    true
}

fn is_ordinary_beyond_ascii(text: &str) -> bool {
    let unlike = |c: char| match c {
        '\n' | '\t' => false,
        '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => c.is_control(),
    };
    !text.replace("\r\n", "\n").contains(unlike)
}

struct Reader<'t> {
    source: SourceId,
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// Where the line begins that `at` is in.
    line: usize,
    /// The last place that was found to be the first of its line.
    first: usize,
    /// Whether the document has begun, so that another mark would begin the next one.
    begun: bool,
    /// Where the last tag ends.
    tagged: usize,
    depth: usize,
    /// The items of all sequences that are open, and the members of all mappings: each takes its own when it is closed.
    items: Vec<Node>,
    members: Vec<Member>,
    shared: Shared,
}

/// What `blank` found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Something on the same line.
    Here,
    /// Something on a later line.
    Below,
    End,
}

impl Reader<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn peek(&self) -> Option<u8> {
        self.byte(self.at)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source, start, end)
    }

    /// How far what comes next is indented, or stands from the beginning of its line.
    fn column(&self) -> usize {
        self.at - self.line
    }

    fn document(&mut self) -> Option<Node> {
        let mut next = self.blank()?;
        if next != Next::End && self.at == self.line && self.bytes.get(self.at..self.at + 3) == Some(b"---") {
            self.at += 3;
            self.begun = true;
            next = self.blank()?;
            // What begins on the line of the mark has rules of its own.
            if next == Next::Here {
                return None;
            }
        }
        // A document that ends before it begins is left to the other reader.
        let ends = !self.begun && self.at == self.line && self.is_mark();
        if next == Next::End || self.peek() == Some(b'%') || ends {
            return None;
        }
        self.begun = true;
        let root = self.block(None)?;
        // A scalar alone is no template.
        let is_collection = matches!(root.kind, NodeKind::List(_) | NodeKind::Map(_));
        (self.blank()? == Next::End && is_collection).then_some(root)
    }

    /// Skips blanks, comments and line breaks. `None` where a tab indents, and at marks of documents.
    fn blank(&mut self) -> Option<Next> {
        let mut next = if self.at == self.line || self.at == self.first { Next::Below } else { Next::Here };
        // A comment stands behind a blank or at the beginning of a line.
        let before = self.at.checked_sub(1).and_then(|before| self.byte(before));
        let mut is_apart = before.is_none_or(|before| matches!(before, b' ' | b'\n'));
        loop {
            match self.peek() {
                None => return Some(Next::End),
                Some(b' ') => {
                    let rest = self.bytes.get(self.at..).unwrap_or_default();
                    self.at += rest.iter().take_while(|byte| **byte == b' ').count();
                    is_apart = true;
                }
                Some(b'\n') => {
                    self.at += 1;
                    self.line = self.at;
                    (next, is_apart) = (Next::Below, true);
                }
                Some(b'\r') => self.at += 1,
                Some(b'#') if is_apart => self.at = self.line_end(self.at),
                Some(b'\t') => return None,
                Some(b'-' | b'.') if self.begun && self.at == self.line && self.is_mark() => return None,
                Some(_) => {
                    if next == Next::Below {
                        self.first = self.at;
                    }
                    return Some(next);
                }
            }
        }
    }

    /// Whether here is a mark between documents.
    fn is_mark(&self) -> bool {
        matches!(self.bytes.get(self.at..self.at + 3), Some(b"---" | b"..."))
    }

    /// The line break after a place, or the end.
    fn line_end(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        let mut end = from + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        if end > from && self.byte(end - 1) == Some(b'\r') {
            end -= 1;
        }
        end
    }

    /// Whether a value ends at a byte: with a blank or line break.
    fn is_blank(&self, at: usize) -> bool {
        matches!(self.byte(at), None | Some(b' ' | b'\n' | b'\r'))
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= bounds::YAML_PLAIN_DEPTH {
            return None;
        }
        self.depth += 1;
        let found = read(self);
        self.depth -= 1;
        found
    }

    /// A tag of a name, such as `!Sub`, with the blank behind it, if there is one; an error for any other tag.
    fn tag(&mut self) -> Result<Option<Arc<str>>, ()> {
        if self.peek() != Some(b'!') {
            return Ok(None);
        }
        let start = self.at;
        self.at += 1;
        while let Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b':' | b'.' | b'_' | b'-') = self.peek() {
            self.at += 1;
        }
        let tag = self.text.get(start..self.at).filter(|tag| tag.len() > 1).ok_or(())?;
        if !self.is_blank(self.at) {
            return Err(());
        }
        let tag = self.shared.text(tag);
        self.tagged = self.at;
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        Ok(Some(tag))
    }

    /// A scalar in quotes. Its span is without them. It may go on on lines that are indented further than `parent`.
    fn quoted(&mut self, tag: Option<Arc<str>>, parent: Option<usize>) -> Option<Node> {
        let (opening, quote) = (self.at, self.peek()?);
        let start = opening + 1;
        self.at = start;
        let (mut escaped, mut folded) = (false, false);
        loop {
            let rest = self.bytes.get(self.at..)?;
            let special = if quote == b'"' { b'\\' } else { b'\'' };
            self.at += memchr::memchr3(quote, special, b'\n', rest)?;
            match self.peek()? {
                b'\n' => {
                    self.line = self.at + 1;
                    self.at = self.line;
                    while self.peek()? == b' ' {
                        self.at += 1;
                    }
                    // Of lines with nothing on them only the break counts.
                    let is_inside = matches!(self.peek()?, b'\n' | b'\r') || self.column() > parent?;
                    if !is_inside || self.peek()? == b'\t' {
                        return None;
                    }
                    folded = true;
                    continue;
                }
                b'\\' if matches!(self.byte(self.at + 1)?, b'"' | b'\\' | b'/' | b'n' | b't' | b'r') => {}
                b'\'' if self.byte(self.at + 1) == Some(b'\'') => {}
                b'\\' => return None,
                _ => break,
            }
            escaped = true;
            self.at += 2;
        }
        let written = self.text.get(start..self.at)?;
        self.at += 1;
        let span = self.span(start, self.at - 1);
        if !escaped && !folded {
            let kind = NodeKind::String(if written.is_empty() {
                Parts::Many(Box::default())
            } else {
                Parts::One(self.shared.text(written))
            });
            return Some(Node { kind, span, tag });
        }
        let is_double = quote == b'"';
        let style = if is_double { ScalarStyle::DoubleQuoted } else { ScalarStyle::SingleQuoted };
        let one = |line: &str| if is_double { unescaped(line) } else { Some(line.replace("''", "'")) };
        let value = folded_lines(written, one)?;
        Some(scalar::node(self.text, self.span(opening, self.at), &value, style, tag))
    }

    /// A plain scalar that is written between two places, none of them a blank.
    fn plain(&mut self, start: usize, end: usize, tag: Option<Arc<str>>) -> Option<Node> {
        let written = self.text.get(start..end)?;
        let span = self.span(start, end);
        let known = if tag.is_none() { scalar::plain(written) } else { None };
        let kind = known.unwrap_or_else(|| NodeKind::String(Parts::One(self.shared.text(written))));
        Some(Node { kind, span, tag })
    }

    fn list(&mut self, first: usize, start: usize, end: usize, tag: Option<Arc<str>>) -> Node {
        let kind = NodeKind::List(self.items.split_off(first).into());
        self.collection(kind, start, end, tag)
    }

    fn map(&mut self, first: usize, start: usize, end: usize, tag: Option<Arc<str>>) -> Node {
        let kind = NodeKind::Map(self.members.split_off(first).into());
        self.collection(kind, start, end, tag)
    }

    fn collection(&self, kind: NodeKind, start: usize, end: usize, tag: Option<Arc<str>>) -> Node {
        let end = end_of(self.text, &kind, start, end);
        Node { kind, span: self.span(start, end), tag }
    }

    /// Adds a member. A merge key is left to the whole parser.
    fn member(&mut self, key: &Node, value: Node) -> Option<()> {
        if key.tag.is_some() {
            return None;
        }
        let name = scalar::key(key, self.text)?;
        let key_span = key.span;
        self.members.push(Member { key: name, key_span, value });
        Some(())
    }
}

/// Makes one line of several: a break is a blank, and lines with nothing on them are breaks.
fn folded_lines(written: &str, one: impl Fn(&str) -> Option<String>) -> Option<String> {
    let Some((first, rest)) = written.split_once('\n') else { return one(written) };
    let blanks = [' ', '\t', '\r'];
    let mut value = one(first.trim_end_matches(blanks))?;
    let mut breaks = 0;
    let mut lines = rest.split('\n').peekable();
    while let Some(line) = lines.next() {
        let line = line.trim_start_matches(blanks);
        let line = if lines.peek().is_some() { line.trim_end_matches(blanks) } else { line };
        if line.is_empty() && lines.peek().is_some() {
            breaks += 1;
            continue;
        }
        match breaks {
            0 => value.push(' '),
            _ => value.extend(std::iter::repeat_n('\n', breaks)),
        }
        value.push_str(&one(line)?);
        breaks = 0;
    }
    Some(value)
}

/// What is written with the escapes that are let through.
fn unescaped(written: &str) -> Option<String> {
    let mut value = String::with_capacity(written.len());
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('\\') {
        value.push_str(before);
        let mut after = after.chars();
        value.push(match after.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            same => same,
        });
        rest = after.as_str();
    }
    value.push_str(rest);
    Some(value)
}
