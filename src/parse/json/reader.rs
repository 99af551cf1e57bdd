//! The grammar of JSON, with holes.

use super::input::Input;
use crate::bounds;
use crate::diagnostic::Problem;
use crate::source::Span;
use crate::value::{Because, Class, Entry, Kind, List, Map, PieceKind, Symbol, Text, Value};

pub(super) struct Reader<'a> {
    pub(super) input: &'a Input<'a>,
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    depth: usize,
    /// The first comma that stands after the last item of a list or map.
    pub(super) trailing: Option<Problem>,
    /// The first comment.
    pub(super) comment: Option<Problem>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a Input<'a>) -> Self {
        let at = if input.buffer.starts_with('\u{feff}') { 3 } else { 0 };
        Self { input, bytes: input.buffer.as_bytes(), at, depth: 0, trailing: None, comment: None }
    }

    pub(super) fn document(&mut self) -> Result<Value, Problem> {
        self.blank()?;
        let value = self.value()?;
        self.blank()?;
        if self.at < self.bytes.len() { Err(self.expected("the end of the document")) } else { Ok(value) }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn hole(&self) -> Option<(&'a PieceKind, Span)> {
        if self.peek() == Some(0) { self.input.hole(self.at) } else { None }
    }

    /// A problem with the character at the current place.
    pub(super) fn problem(&self, message: impl Into<String>) -> Problem {
        let rest = self.input.buffer.get(self.at..).unwrap_or_default();
        let width = rest.chars().next().map_or(0, char::len_utf8);
        Problem::new(self.input.span(self.at, self.at + width), message)
    }

    fn expected(&self, what: &str) -> Problem {
        let at_end = if self.at >= self.bytes.len() { ", but the text ends" } else { "" };
        self.problem(format!("expected {what}{at_end}"))
    }

    /// Skips blanks and comments.
    fn blank(&mut self) -> Result<(), Problem> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'/') => self.comment()?,
                _ => return Ok(()),
            }
        }
    }

    fn comment(&mut self) -> Result<(), Problem> {
        let rest = self.input.buffer.get(self.at..).unwrap_or_default();
        let length = match self.bytes.get(self.at + 1) {
            Some(b'/') => rest.find('\n').unwrap_or(rest.len()),
            Some(b'*') => {
                let inner = rest.get(2..).unwrap_or_default();
                inner.find("*/").ok_or_else(|| self.problem("the comment is not closed"))? + 4
            }
            _ => return Err(self.expected("a value, `,` or a bracket")),
        };
        if self.comment.is_none() {
            let place = self.input.span(self.at, self.at + 2);
            self.comment = Some(Problem::new(place, "a comment is not JSON"));
        }
        self.at += length;
        Ok(())
    }

    fn value(&mut self) -> Result<Value, Problem> {
        if let Some((hole, span)) = self.hole() {
            return Ok(self.bare_hole(hole, span));
        }
        match self.peek() {
            Some(b'{') => self.nested(Self::map),
            Some(b'[') => self.nested(Self::list),
            Some(b'"') => {
                let (text, span) = self.string()?;
                Ok(Value::text(text, span))
            }
            Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_') => self.word(),
            _ => Err(self.expected("a value")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value, Problem>) -> Result<Value, Problem> {
        if self.depth >= bounds::DOCUMENT_DEPTH {
            return Err(self.problem(format!("nested deeper than {} levels", bounds::DOCUMENT_DEPTH)));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    /// A hole in value position. Text that touches it makes it part of a larger unknown.
    fn bare_hole(&mut self, hole: &PieceKind, span: Span) -> Value {
        let start = self.at;
        self.at += 1;
        if self.skip_word() {
            return self.opaque(start);
        }
        match hole {
            PieceKind::Symbol(symbol) => Value::unknown(symbol.clone(), span),
            PieceKind::Json(value) => value.clone().into_value(),
            PieceKind::Literal(_) => self.opaque(start),
        }
    }

    fn opaque(&self, start: usize) -> Value {
        let symbol = Symbol::new(Class::Opaque, "json", Because::Expression);
        Value::unknown(symbol, self.input.span(start, self.at))
    }

    /// Skips what can belong to a bare word, holes included; whether there was any.
    fn skip_word(&mut self) -> bool {
        let start = self.at;
        while self.hole().is_some()
            || matches!(
                self.peek(),
                Some(b'-' | b'+' | b'.' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z')
            )
        {
            self.at += 1;
        }
        self.at > start
    }

    /// `true`, `false`, `null` or a number.
    fn word(&mut self) -> Result<Value, Problem> {
        let start = self.at;
        self.skip_word();
        let word = self.input.buffer.get(start..self.at).unwrap_or_default();
        let span = self.input.span(start, self.at);
        let kind = match word {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "null" => Kind::Null,
            _ if is_number(word.as_bytes()) => Kind::Number(word.into()),
            _ if (start..self.at).any(|at| self.bytes.get(at) == Some(&0)) => return Ok(self.opaque(start)),
            _ => {
                return Err(Problem::new(
                    span,
                    "expected a value: neither a number nor `true`, `false`, `null`",
                ));
            }
        };
        Ok(Value::new(kind, span))
    }

    fn list(&mut self) -> Result<Value, Problem> {
        let start = self.at;
        self.at += 1;
        let mut list = List { open: false, ..List::default() };
        // What stands before the next item: nothing yet, a comma, an item, or a hole (which may bring its
        // own commas).
        let mut comma_needed = false;
        loop {
            self.blank()?;
            match (self.hole(), self.peek()) {
                (Some((PieceKind::Symbol(_), _)), _) => {
                    list.open = true;
                    self.at += 1;
                    self.skip_word();
                    comma_needed = false;
                    self.blank()?;
                    self.skip_comma();
                }
                (_, Some(b']')) => {
                    self.close(comma_needed || list.items.is_empty());
                    self.at += 1;
                    return Ok(Value::new(Kind::List(list), self.input.span(start, self.at)));
                }
                (_, Some(_)) if !comma_needed => {
                    list.items.push(self.value()?);
                    self.blank()?;
                    comma_needed = !self.skip_comma();
                }
                _ => return Err(self.expected("`,` or `]`")),
            }
        }
    }

    /// Takes note of a comma before the bracket that is read next.
    fn close(&mut self, is_json: bool) {
        if is_json || self.trailing.is_some() {
            return;
        }
        let before = self.input.buffer.get(..self.at).unwrap_or_default();
        // Behind the comma there may be comments.
        let comma = before.rfind(',').unwrap_or(self.at);
        let place = self.input.span(comma, comma + 1);
        self.trailing = Some(Problem::new(place, "a comma after the last item is not JSON"));
    }

    fn skip_comma(&mut self) -> bool {
        let comma = self.peek() == Some(b',');
        self.at += usize::from(comma);
        comma
    }

    fn map(&mut self) -> Result<Value, Problem> {
        let start = self.at;
        self.at += 1;
        let mut map = Map { open: false, ..Map::default() };
        let mut comma_needed = false;
        loop {
            self.blank()?;
            match (self.hole(), self.peek()) {
                (Some((hole, span)), _) => {
                    comma_needed = self.hole_in_map(&mut map, hole, span)?;
                }
                (_, Some(b'}')) => {
                    self.close(comma_needed || map.entries.is_empty());
                    self.at += 1;
                    return Ok(Value::new(Kind::Map(map), self.input.span(start, self.at)));
                }
                (_, Some(b'"')) if !comma_needed => {
                    let (key, key_span) = self.string()?;
                    self.member(&mut map, key, key_span)?;
                    comma_needed = !self.skip_comma();
                }
                _ if comma_needed => return Err(self.expected("`,` or `}`")),
                _ => return Err(self.expected("a key in double quotes or `}`")),
            }
        }
    }

    /// A hole where a member is expected: a key when a colon follows, otherwise any number of members.
    fn hole_in_map(&mut self, map: &mut Map, hole: &PieceKind, span: Span) -> Result<bool, Problem> {
        self.at += 1;
        self.blank()?;
        if self.peek() == Some(b':') {
            let mut key = Text::default();
            key.push(hole.clone(), span);
            self.member(map, key, span)?;
            return Ok(!self.skip_comma());
        }
        map.open = true;
        self.skip_comma();
        Ok(false)
    }

    fn member(&mut self, map: &mut Map, key: Text, key_span: Span) -> Result<(), Problem> {
        self.blank()?;
        if self.peek() != Some(b':') {
            return Err(self.expected("`:`"));
        }
        self.at += 1;
        self.blank()?;
        let value = self.value()?;
        map.entries.push(Entry::new(key, key_span, value));
        self.blank()
    }
}

/// Whether a word is a number as JSON writes them.
pub(super) fn is_number(word: &[u8]) -> bool {
    let word = word.strip_prefix(b"-").unwrap_or(word);
    let (whole, rest) = digits(word);
    if whole.is_empty() || (whole.len() > 1 && whole.first() == Some(&b'0')) {
        return false;
    }
    let rest = match rest.strip_prefix(b".") {
        Some(rest) => match digits(rest) {
            ([], _) => return false,
            (_, rest) => rest,
        },
        None => rest,
    };
    let Some(rest) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) else {
        return rest.is_empty();
    };
    let rest = rest.strip_prefix(b"+").or_else(|| rest.strip_prefix(b"-")).unwrap_or(rest);
    matches!(digits(rest), ([_, ..], []))
}

fn digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    bytes.split_at_checked(count).unwrap_or((bytes, &[]))
}
