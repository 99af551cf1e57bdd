//! JSON as nearly every file has it, read at once.
//!
//! What has holes, comments, a comma too many or a mistake is left to the careful reader, which knows what to say of it. Both
//! read the same out of the same text.

use std::sync::Arc;

use super::input::Input;
use crate::bounds;
use crate::parse::shared::Shared;
use crate::parse::{Member, Node, NodeKind, Parts};
use crate::source::Span;
use crate::value::{Entry, Kind, List, Map, Text, Value};

/// What is made of a document.
pub(super) trait Make {
    /// A value of it.
    type Value;
    /// A member of a map.
    type Entry;

    fn null(span: Span) -> Self::Value;
    fn bool(value: bool, span: Span) -> Self::Value;
    fn number(digits: Arc<str>, span: Span) -> Self::Value;
    fn text(text: Arc<str>, span: Span) -> Self::Value;
    /// A string with escapes, each of which is a part of its own, or an empty one.
    fn parts(parts: Vec<(Arc<str>, Span)>, span: Span) -> Self::Value;
    fn list(items: Vec<Self::Value>, span: Span) -> Self::Value;
    fn map(entries: Vec<Self::Entry>, span: Span) -> Self::Value;
    fn entry(key: Key, key_span: Span, value: Self::Value) -> Self::Entry;
}

/// The key of a member.
pub(super) enum Key {
    /// Without escapes.
    Text(Arc<str>),
    /// With escapes, or empty.
    Parts(Vec<(Arc<str>, Span)>),
}

impl Key {
    fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// Makes nodes.
pub(super) struct Nodes;

impl Make for Nodes {
    type Value = Node;
    type Entry = Member;

    fn null(span: Span) -> Node {
        Node::new(NodeKind::Null, span)
    }

    fn bool(value: bool, span: Span) -> Node {
        Node::new(NodeKind::Bool(value), span)
    }

    fn number(digits: Arc<str>, span: Span) -> Node {
        Node::new(NodeKind::Number(digits), span)
    }

    fn text(text: Arc<str>, span: Span) -> Node {
        Node::string(text, span)
    }

    fn parts(parts: Vec<(Arc<str>, Span)>, span: Span) -> Node {
        Node::new(NodeKind::String(Parts::new(parts, span)), span)
    }

    fn list(items: Vec<Node>, span: Span) -> Node {
        Node::new(NodeKind::List(items.into()), span)
    }

    fn map(entries: Vec<Member>, span: Span) -> Node {
        Node::new(NodeKind::Map(entries.into()), span)
    }

    fn entry(key: Key, key_span: Span, value: Node) -> Member {
        let key = match key {
            Key::Text(key) => key,
            Key::Parts(parts) => parts.iter().map(|(text, _)| &**text).collect::<String>().into(),
        };
        Member { key, key_span, value }
    }
}

/// Makes values.
pub(super) struct Values;

impl Make for Values {
    type Value = Value;
    type Entry = Entry;

    fn null(span: Span) -> Value {
        Value::new(Kind::Null, span)
    }

    fn bool(value: bool, span: Span) -> Value {
        Value::new(Kind::Bool(value), span)
    }

    fn number(digits: Arc<str>, span: Span) -> Value {
        Value::new(Kind::Number(digits), span)
    }

    fn text(text: Arc<str>, span: Span) -> Value {
        Value::literal(text, span)
    }

    fn parts(parts: Vec<(Arc<str>, Span)>, span: Span) -> Value {
        Value::text(text_of(parts), span)
    }

    fn list(items: Vec<Value>, span: Span) -> Value {
        Value::new(Kind::List(List { items: items.into(), open: false }), span)
    }

    fn map(entries: Vec<Entry>, span: Span) -> Value {
        Value::new(Kind::Map(Map { entries: entries.into(), open: false }), span)
    }

    fn entry(key: Key, key_span: Span, value: Value) -> Entry {
        let key = match key {
            Key::Text(key) => Text::literal(key, key_span),
            Key::Parts(parts) => text_of(parts),
        };
        Entry::new(key, key_span, value)
    }
}

fn text_of(parts: Vec<(Arc<str>, Span)>) -> Text {
    let mut text = Text::default();
    for (part, span) in parts {
        text.push_str(part, span);
    }
    text
}

/// Reads a text of which `place` is where it is written, byte for byte. `None` when it is not as expected.
pub(super) fn read<M: Make>(text: &str, place: Span) -> Option<M::Value> {
    whole(Plain::<M>::new(text, place))
}

/// Reads what is laid end to end from pieces without holes, as the escapes of another text are.
pub(super) fn read_cut<M: Make>(input: &Input<'_>, place: Span) -> Option<M::Value> {
    whole(Plain::<M> { cut: Some(input), ..Plain::new(&input.buffer, place) })
}

fn whole<M: Make>(mut reader: Plain<'_, M>) -> Option<M::Value> {
    reader.blank();
    let value = reader.value()?;
    reader.blank();
    (reader.at == reader.text.len()).then_some(value)
}

/// As [`read`], of a map only the members that `is_kept` says. Somebody has read the text before: what is left out is skipped, not
/// judged.
pub(super) fn members(text: &str, place: Span, is_kept: &dyn Fn(&str) -> bool) -> Option<Value> {
    let mut reader = Plain::<Values>::new(text, place);
    reader.blank();
    let value = if reader.peek()? == b'{' { reader.some_members(is_kept)? } else { reader.value()? };
    reader.blank();
    (reader.at == text.len()).then_some(value)
}

/// How many bytes of a text stand for themselves, up to a quote, an escape, a control character or the end.
pub(super) fn run(bytes: &[u8]) -> usize {
    let (ones, high) = (u64::from_ne_bytes([0x01; 8]), u64::from_ne_bytes([0x80; 8]));
    // The high bit of each byte that is zero, and perhaps of bytes above it.
    let zero = |word: u64| word.wrapping_sub(ones) & !word & high;
    let mut at = 0;
    while let Some(word) = word(bytes, at) {
        let control = word.wrapping_sub(ones * 0x20) & !word & high;
        let found = zero(word ^ (ones * 0x22)) | zero(word ^ (ones * 0x5c)) | control;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)).count()
}

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + 8)?;
    Some(u64::from_le_bytes(<[u8; 8]>::try_from(bytes).ok()?))
}

struct Plain<'t, M: Make> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// Where the text begins in its file.
    base: usize,
    place: Span,
    /// What says where it is written, when it is not written byte for byte.
    cut: Option<&'t Input<'t>>,
    depth: usize,
    /// The items of all lists that are open, and the members of all maps: each list takes its own when it is closed, so that it
    /// has just the room that it needs.
    items: Vec<M::Value>,
    entries: Vec<M::Entry>,
    shared: Shared,
}

impl<'t, M: Make> Plain<'t, M> {
    fn new(text: &'t str, place: Span) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let (items, entries, shared) = (Vec::new(), Vec::new(), Shared::default());
        let (bytes, base) = (text.as_bytes(), place.start as usize);
        Self { text, bytes, at, base, place, cut: None, depth: 0, items, entries, shared }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn word(&self, at: usize) -> Option<u64> {
        word(self.bytes, at)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        if let Some(cut) = self.cut {
            let span = cut.span(start, end);
            return if start == end { span.part(0, 0) } else { span };
        }
        Span::new(self.place.source, self.base + start, self.base + end)
    }

    fn blank(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
            // Lines are indented with many.
            while self.word(self.at) == Some(u64::from_ne_bytes([b' '; 8])) {
                self.at += 8;
            }
        }
    }

    fn value(&mut self) -> Option<M::Value> {
        let start = self.at;
        match self.peek()? {
            b'"' => {
                let (text, span) = self.string()?;
                Some(match text {
                    Key::Text(text) => M::text(text, span),
                    Key::Parts(parts) => M::parts(parts, span),
                })
            }
            b'{' => self.nested(Self::map),
            b'[' => self.nested(Self::list),
            b't' => self.literal("true").then(|| M::bool(true, self.span(start, self.at))),
            b'f' => self.literal("false").then(|| M::bool(false, self.span(start, self.at))),
            b'n' => self.literal("null").then(|| M::null(self.span(start, self.at))),
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        }
    }

    fn literal(&mut self, word: &str) -> bool {
        let end = self.at + word.len();
        let found = self.bytes.get(self.at..end) == Some(word.as_bytes());
        self.at = end;
        found
    }

    fn number(&mut self) -> Option<M::Value> {
        let start = self.at;
        while let Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        let digits =
            self.text.get(start..self.at).filter(|digits| super::reader::is_number(digits.as_bytes()))?;
        Some(M::number(self.shared.text(digits), self.span(start, self.at)))
    }

    fn nested(&mut self, read: fn(&mut Self) -> Option<M::Value>) -> Option<M::Value> {
        if self.depth >= bounds::DOCUMENT_DEPTH {
            return None;
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn list(&mut self) -> Option<M::Value> {
        let (start, first) = (self.at, self.items.len());
        self.at += 1;
        self.blank();
        let mut is_open = self.peek()? != b']';
        self.at += usize::from(!is_open);
        while is_open {
            let item = self.value()?;
            self.items.push(item);
            is_open = self.goes_on(b']')?;
        }
        let items = self.items.split_off(first);
        Some(M::list(items, self.span(start, self.at)))
    }

    fn map(&mut self) -> Option<M::Value> {
        self.some_members(|_| true)
    }

    fn some_members(&mut self, is_kept: impl Fn(&str) -> bool) -> Option<M::Value> {
        let (start, first) = (self.at, self.entries.len());
        self.at += 1;
        self.blank();
        let mut is_open = self.peek()? != b'}';
        self.at += usize::from(!is_open);
        while is_open {
            let (key, key_span) = if self.peek()? == b'"' { self.string()? } else { return None };
            self.blank();
            if self.peek()? != b':' {
                return None;
            }
            self.at += 1;
            self.blank();
            if key.text().is_none_or(&is_kept) {
                let value = self.value()?;
                self.entries.push(M::entry(key, key_span, value));
            } else {
                self.skip()?;
            }
            is_open = self.goes_on(b'}')?;
        }
        let entries = self.entries.split_off(first);
        Some(M::map(entries, self.span(start, self.at)))
    }

    /// Over a value, to what follows it.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => self.skip_string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if depth > 0 => self.at += 1,
                _ => self.skip_word()?,
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn skip_word(&mut self) -> Option<()> {
        let start = self.at;
        while let Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'E') = self.peek() {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn skip_string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            self.run();
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => return None,
            }
        }
        self.at += 1;
        Some(())
    }

    /// After an item: whether another one follows.
    fn goes_on(&mut self, close: u8) -> Option<bool> {
        self.blank();
        let next = self.peek()?;
        self.at += 1;
        if next == b',' {
            self.blank();
            return Some(true);
        }
        (next == close).then_some(false)
    }

    /// A string, and its span without the quotes.
    fn string(&mut self) -> Option<(Key, Span)> {
        self.at += 1;
        let start = self.at;
        self.run();
        // What goes over several pieces has several parts, which the careful reader makes.
        if self.cut.is_some_and(|cut| cut.piece_end(start) < self.at || self.peek() == Some(b'\\')) {
            return None;
        }
        if self.peek()? == b'"' {
            let span = self.span(start, self.at);
            let text = self.text.get(start..self.at)?;
            self.at += 1;
            // The empty string has no part.
            let key =
                if text.is_empty() { Key::Parts(Vec::new()) } else { Key::Text(self.shared.text(text)) };
            return Some((key, span));
        }
        let mut parts = Vec::new();
        let mut from = start;
        loop {
            if from < self.at {
                let run = self.text.get(from..self.at)?;
                parts.push((self.shared.text(run), self.span(from, self.at)));
            }
            match self.peek()? {
                b'"' => break,
                b'\\' => parts.push(self.escape()?),
                _ => return None,
            }
            from = self.at;
            self.run();
        }
        let span = self.span(start, self.at);
        self.at += 1;
        Some((Key::Parts(parts), span))
    }

    /// Skips what stands for itself.
    fn run(&mut self) {
        self.at += run(self.bytes.get(self.at..).unwrap_or_default());
    }

    fn escape(&mut self) -> Option<(Arc<str>, Span)> {
        let start = self.at;
        let plain = match self.bytes.get(start + 1)? {
            b'"' => "\"",
            b'\\' => "\\",
            b'/' => "/",
            b'b' => "\u{8}",
            b'f' => "\u{c}",
            b'n' => "\n",
            b'r' => "\r",
            b't' => "\t",
            b'u' => {
                let (decoded, length) = super::string::unicode(self.text, start)?;
                self.at += length;
                return Some((decoded.to_string().into(), self.span(start, self.at)));
            }
            _ => return None,
        };
        self.at += 2;
        Some((self.shared.text(plain), self.span(start, self.at)))
    }
}
