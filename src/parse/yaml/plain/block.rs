//! What is told by indentation.

use std::sync::Arc;

use granit_parser::ScalarStyle;

use super::{Next, Reader, folded_lines};
use crate::bounds;
use crate::parse::yaml::scalar;
use crate::parse::{Node, NodeKind, Parts};

/// Where the text of a plain scalar ends.
enum PlainEnd {
    /// Before the colon of a key, which is at the second place.
    Key(usize, usize),
    /// With its line or a comment.
    Value(usize),
}

impl Reader<'_> {
    /// A node that begins here, the first of its line or behind the marks of sequences. `parent` is how far what it stands in is
    /// indented.
    pub(super) fn block(&mut self, parent: Option<usize>) -> Option<Node> {
        match self.peek()? {
            b'-' if self.is_blank(self.at + 1) => self.deeper(|reader| reader.sequence(None, false)),
            b'!' => {
                let parent = parent?;
                let tag = self.tag().ok()?;
                self.value(parent, tag, None)
            }
            b'"' | b'\'' => {
                let (start, column) = (self.at, self.column());
                let node = self.quoted(None, parent)?;
                if self.line == start - column && self.comes_to_colon() {
                    return self.deeper(|reader| reader.mapping(start, column, node, None));
                }
                self.ends_line().then_some(node)
            }
            b'[' | b'{' => {
                let node = self.deeper(|reader| reader.flow(parent, None))?;
                self.ends_line().then_some(node)
            }
            b'|' | b'>' => self.scalar_block(parent?, None),
            _ => {
                let (start, column) = (self.at, self.column());
                match self.plain_end()? {
                    PlainEnd::Key(end, colon) => {
                        let key = self.plain_key(start, end, colon)?;
                        self.deeper(|reader| reader.mapping(start, column, key, None))
                    }
                    PlainEnd::Value(end) => self.plain_value(start, end, parent, None),
                }
            }
        }
    }

    /// Skips the blanks before the colon of a key, if there is one.
    fn comes_to_colon(&mut self) -> bool {
        let mut at = self.at;
        while self.byte(at) == Some(b' ') {
            at += 1;
        }
        let found = self.byte(at) == Some(b':') && self.is_blank(at + 1);
        if found {
            self.at = at;
        }
        found
    }

    /// A plain scalar, and what of it is on the lines below.
    fn plain_value(
        &mut self,
        start: usize,
        end: usize,
        parent: Option<usize>,
        tag: Option<Arc<str>>,
    ) -> Option<Node> {
        self.at = end;
        let goes_on =
            |reader: &Self, next| next != Next::End && parent.is_none_or(|parent| reader.column() > parent);
        let (mut end, mut line, mut is_one) = (end, self.line, true);
        // What follows a comment is no part of it, and would be wrong.
        let mut commented = false;
        loop {
            commented |= self.behind(end) != self.blanks(end);
            let next = self.blank()?;
            if !goes_on(self, next) {
                break;
            }
            if commented || self.text.get(end..self.at)?.contains('#') {
                return None;
            }
            match self.plain_text()? {
                PlainEnd::Key(..) => return None,
                PlainEnd::Value(next) => end = next,
            }
            (self.at, line, is_one) = (end, self.line, false);
        }
        (self.at, self.line) = (end, line);
        if is_one {
            return self.plain(start, end, tag);
        }
        let value = folded_lines(self.text.get(start..end)?, |line| Some(line.to_owned()))?;
        Some(scalar::node(self.text, self.span(start, end), &value, ScalarStyle::Plain, tag))
    }

    fn plain_key(&mut self, start: usize, end: usize, colon: usize) -> Option<Node> {
        if end - start > bounds::YAML_PLAIN_KEY || self.bytes.get(start..end)? == b"<<" {
            return None;
        }
        let key = self.plain(start, end, None)?;
        self.at = colon;
        Some(key)
    }

    /// The end of the plain scalar that begins here. `None` when it does not begin as one.
    fn plain_end(&self) -> Option<PlainEnd> {
        match self.peek()? {
            b'-' | b'?' | b':' if self.is_blank(self.at + 1) => return None,
            b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`' | b'#' | b'[' | b']'
            | b'{' | b'}' | b',' => {
                return None;
            }
            _ => {}
        }
        self.plain_text()
    }

    /// The end of what is on this line of a plain scalar.
    fn plain_text(&self) -> Option<PlainEnd> {
        let mut end = self.at;
        for (index, byte) in self.bytes.get(self.at..)?.iter().enumerate() {
            let at = self.at + index;
            match byte {
                b' ' | b'\r' => {}
                b'\n' => break,
                b'#' if end < at => break,
                b':' if self.is_blank(at + 1) => return Some(PlainEnd::Key(end, at)),
                b'\t' => return None,
                _ => end = at + 1,
            }
        }
        Some(PlainEnd::Value(end))
    }

    /// Whether nothing but blanks and a comment follows on the line.
    fn ends_line(&self) -> bool {
        let mut at = self.at;
        while self.byte(at) == Some(b' ') {
            at += 1;
        }
        match self.byte(at) {
            None | Some(b'\n') => true,
            Some(b'\r') => self.byte(at + 1) == Some(b'\n'),
            Some(b'#') => at.checked_sub(1).and_then(|before| self.byte(before)) == Some(b' '),
            _ => false,
        }
    }

    /// A sequence whose first mark is here. One that is not indented further than its key begins, for the whole parser, with its
    /// first item.
    fn sequence(&mut self, tag: Option<Arc<str>>, at_key: bool) -> Option<Node> {
        let (column, first) = (self.column(), self.items.len());
        let start = if at_key { self.behind(self.at + 1) } else { self.at };
        loop {
            self.at += 1;
            let empty = self.behind(self.at);
            let item = match self.blank()? {
                Next::Here => self.block(Some(column))?,
                Next::Below if self.column() > column => self.block(Some(column))?,
                _ => self.nothing(empty, None),
            };
            self.items.push(item);
            let next = self.blank()?;
            let is_item = next == Next::Below && self.column() == column;
            if !(is_item && self.peek() == Some(b'-') && self.is_blank(self.at + 1)) {
                break;
            }
        }
        Some(self.list(first, start, self.at, tag))
    }

    fn blanks(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| **byte == b' ').count()
    }

    /// The place behind the blanks and the comment that follow on a line.
    fn behind(&self, from: usize) -> usize {
        let at = self.blanks(from);
        if at > from && self.byte(at) == Some(b'#') { self.line_end(at) } else { at }
    }

    /// A mapping of which the first key was just read.
    fn mapping(&mut self, start: usize, column: usize, key: Node, tag: Option<Arc<str>>) -> Option<Node> {
        let first = self.members.len();
        let mut key = key;
        loop {
            if self.peek() != Some(b':') {
                return None;
            }
            let value = self.value_of_key(column)?;
            self.member(&key, value)?;
            let next = self.blank()?;
            if next == Next::End || self.column() < column {
                break;
            }
            if next == Next::Here || self.column() > column {
                return None;
            }
            if self.peek() == Some(b'-') && self.is_blank(self.at + 1) {
                return None;
            }
            key = self.next_key()?;
        }
        Some(self.map(first, start, self.at, tag))
    }

    fn next_key(&mut self) -> Option<Node> {
        let start = self.at;
        if matches!(self.peek()?, b'"' | b'\'') {
            let key = self.quoted(None, None)?;
            return (self.at - start <= bounds::YAML_PLAIN_KEY && self.comes_to_colon()).then_some(key);
        }
        match self.plain_end()? {
            PlainEnd::Key(end, colon) => self.plain_key(start, end, colon),
            PlainEnd::Value(_) => None,
        }
    }

    /// What stands behind the colon of a key.
    fn value_of_key(&mut self, column: usize) -> Option<Node> {
        let colon = self.at;
        self.at += 1;
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
        let tag = self.tag().ok()?;
        self.value(column, tag, Some(colon))
    }

    /// What stands behind a tag or the colon of a key: on the line, or below it.
    fn value(&mut self, parent: usize, tag: Option<Arc<str>>, colon: Option<usize>) -> Option<Node> {
        if !self.ends_line() {
            return self.inline(parent, tag);
        }
        let (at, line) = (self.at, self.line);
        let next = self.blank()?;
        let column = self.column();
        let is_item = self.peek() == Some(b'-') && self.is_blank(self.at + 1);
        if next == Next::End || column < parent || column == parent && !(is_item && colon.is_some()) {
            (self.at, self.line) = (at, line);
            let place = if tag.is_some() { self.tagged } else { colon? };
            return Some(self.nothing(place, tag));
        }
        let at_key = column == parent;
        if tag.is_none() {
            let sequence = |reader: &mut Self| reader.sequence(None, true);
            return if at_key { self.deeper(sequence) } else { self.block(Some(parent)) };
        }
        // A tag on a line of its own: of the collection below, and not of its first key.
        let start = self.at;
        if is_item {
            return self.deeper(|reader| reader.sequence(tag, at_key));
        }
        let key = self.next_key()?;
        self.deeper(|reader| reader.mapping(start, column, key, tag))
    }

    /// A value on the line of its key or tag.
    fn inline(&mut self, parent: usize, tag: Option<Arc<str>>) -> Option<Node> {
        match self.peek()? {
            b'"' | b'\'' => {
                let node = self.quoted(tag, Some(parent))?;
                self.ends_line().then_some(node)
            }
            b'[' | b'{' => {
                let node = self.deeper(|reader| reader.flow(Some(parent), tag))?;
                self.ends_line().then_some(node)
            }
            b'|' | b'>' => self.scalar_block(parent, tag),
            _ => match self.plain_end()? {
                PlainEnd::Key(..) => None,
                PlainEnd::Value(end) => self.plain_value(self.at, end, Some(parent), tag),
            },
        }
    }

    /// What is there where nothing is written.
    fn nothing(&self, at: usize, tag: Option<Arc<str>>) -> Node {
        let kind = if tag.is_none() { NodeKind::Null } else { NodeKind::String(Parts::Many(Box::default())) };
        Node { kind, span: self.span(at, at), tag }
    }

    /// A literal or folded block, which ends before the first line that is indented less.
    fn scalar_block(&mut self, parent: usize, tag: Option<Arc<str>>) -> Option<Node> {
        let is_folded = self.peek()? == b'>';
        self.at += 1;
        let is_stripped = self.peek() == Some(b'-');
        self.at += usize::from(is_stripped);
        if !self.ends_line() {
            return None;
        }
        let mut lines = self.lines(parent)?;
        let span = self.span(lines.start, lines.end);
        let style = if is_folded { ScalarStyle::Folded } else { ScalarStyle::Literal };
        if is_folded {
            lines.fold()?;
        }
        let mut value = lines.value;
        if !is_stripped {
            value.push('\n');
        }
        Some(scalar::node(self.text, span, &value, style, tag))
    }

    /// The lines of a block, from the end of its header on.
    fn lines(&mut self, parent: usize) -> Option<Lines> {
        let mut found: Option<Lines> = None;
        let mut breaks = 0;
        let mut at = memchr::memchr(b'\n', self.bytes.get(self.at..)?).map(|end| self.at + end + 1)?;
        loop {
            let line = at;
            while self.byte(at) == Some(b' ') {
                at += 1;
            }
            let end = self.line_end(at);
            let indent = at - line;
            let own = found.as_ref().map_or(indent, |found| found.indent);
            // Blanks beyond the indentation belong to the text.
            let is_empty = at == end && indent <= own;
            if is_empty {
                if found.is_none() && indent > 0 {
                    return None;
                }
                breaks += 1;
            } else if self.byte(at) == Some(b'\t') && indent <= own {
                return None;
            } else if indent < own || indent <= parent {
                let comment = self.byte(at) == Some(b'#');
                if comment && indent > parent || self.is_mark_at(line) {
                    return None;
                }
                (self.at, self.line) = (line, line);
                break;
            } else {
                let start = line + own;
                let lines =
                    found.get_or_insert_with(|| Lines { value: String::new(), start, end: 0, indent });
                lines.value.extend(std::iter::repeat_n('\n', breaks));
                lines.value.push_str(self.text.get(start..end)?);
                breaks = 1;
            }
            match memchr::memchr(b'\n', self.bytes.get(end..)?) {
                Some(next) if end + next + 1 < self.bytes.len() => at = end + next + 1,
                None if at == end => return None,
                _ => {
                    (at, self.at, self.line) = (self.bytes.len(), self.bytes.len(), self.bytes.len());
                    break;
                }
            }
        }
        found.map(|lines| Lines { end: at.min(self.bytes.len()), ..lines })
    }

    fn is_mark_at(&self, line: usize) -> bool {
        matches!(self.bytes.get(line..line + 3), Some(b"---" | b"..."))
    }
}

/// The text of a block, without the last line break.
struct Lines {
    value: String,
    /// Where its first character is, and the first one behind it that is no blank.
    start: usize,
    end: usize,
    indent: usize,
}

impl Lines {
    /// Makes one line of those that follow each other. What is indented further stays as it is, which is left to the whole parser.
    fn fold(&mut self) -> Option<()> {
        if self.value.starts_with('\n') || self.value.split('\n').any(|line| line.starts_with([' ', '\t'])) {
            return None;
        }
        let mut folded = String::with_capacity(self.value.len());
        let mut breaks = 0;
        for line in self.value.split('\n') {
            if line.is_empty() {
                breaks += 1;
                continue;
            }
            if !folded.is_empty() {
                match breaks {
                    0 => folded.push(' '),
                    _ => folded.extend(std::iter::repeat_n('\n', breaks)),
                }
            }
            folded.push_str(line);
            breaks = 0;
        }
        self.value = folded;
        Some(())
    }
}
