//! Words: quotes, expansions and the texts of heredocs.

use super::reader::{Pending, Reader, Until, name_length};
use super::{Dialect, Layout, Part, PartKind, Word};
use crate::bounds;

/// Where a part of a word stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Bare,
    Quoted,
    /// In the text of a heredoc.
    Body,
    /// In `${NAME:-word}`.
    Braces,
}

impl Place {
    fn is_quoted(self) -> bool {
        matches!(self, Self::Quoted | Self::Body)
    }
}

/// Parts as they are read. Literal text that is written as it is becomes one part.
#[derive(Default)]
struct Parts(Vec<Part>);

impl Reader<'_> {
    /// Reads a word; an empty one where none begins.
    pub(super) fn word(&mut self) -> Word {
        let start = self.at;
        let mut parts = Parts::default();
        self.bare(&mut parts, Place::Bare);
        Word { parts: parts.0, span: self.span(start) }
    }

    /// All that is left of the region as one word.
    pub(super) fn rest_of_region(mut self) -> Word {
        let start = self.at;
        let mut parts = Parts::default();
        while self.peek().is_some() {
            self.in_double(&mut parts, Place::Body);
        }
        Word { parts: parts.0, span: self.span(start) }
    }

    /// Text up to what ends it.
    fn bare(&mut self, parts: &mut Parts, place: Place) {
        loop {
            let rest = self.rest();
            let Some(byte) = self.peek() else { return };
            match byte {
                b'}' if place == Place::Braces => return,
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' if place == Place::Bare => {
                    return;
                }
                b'<' if place == Place::Bare && to_fill_in(rest).is_some() => {
                    let start = self.at;
                    let written = rest.get(..to_fill_in(rest).unwrap_or_default()).unwrap_or_default();
                    self.at += written.len();
                    self.literal(parts, written, start, false);
                }
                b'<' | b'>' if place == Place::Bare => {
                    if !matches!(rest.as_bytes(), [_, b'(', ..]) || !parts.0.is_empty() {
                        return;
                    }
                    self.at += 1;
                    self.opaque(parts, place, Reader::skip_brackets);
                }
                b'`' if self.is_backquoted => return,
                b'`' if self.is_powershell() && is_continued(rest) => return,
                b'`' if self.is_powershell() => self.escaped(parts, place),
                b'\\' if self.is_powershell() => self.literal_character(parts, place),
                b'\'' => self.single(parts),
                b'"' => self.double(parts),
                b'\\' if rest.starts_with("\\\n") => self.at += 2,
                b'\\' if rest.starts_with("\\\r\n") => self.at += 3,
                b'\\' => {
                    self.at += 1;
                    self.literal_character(parts, place);
                }
                b'$' => self.dollar(parts, place),
                b'`' => self.backquote(parts, place),
                b'{' if self.style.dialect == Dialect::Just && rest.starts_with("{{") => {
                    self.of_just(parts, place);
                }
                _ => self.literal_run(parts, place),
            }
        }
    }

    /// One character as it is.
    fn literal_character(&mut self, parts: &mut Parts, place: Place) {
        self.literal_characters(parts, place, |_| false);
    }

    /// One character as it is, and what follows that means nothing else in any word.
    fn literal_run(&mut self, parts: &mut Parts, place: Place) {
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./:,=".contains(byte);
        self.literal_characters(parts, place, is_plain);
    }

    fn literal_characters(&mut self, parts: &mut Parts, place: Place, goes_on: impl Fn(&u8) -> bool) {
        let start = self.at;
        let Some(character) = self.rest().chars().next() else { return };
        self.at += character.len_utf8();
        // The next line may be no part of the word.
        if character != '\n' {
            self.at += self.rest().bytes().take_while(goes_on).count();
        }
        let written = self.text.get(start..self.at).unwrap_or_default();
        self.literal(parts, written, start, place.is_quoted());
    }

    /// Literal text that is written as it is from `start`.
    fn literal(&self, parts: &mut Parts, text: &str, start: usize, is_quoted: bool) {
        let span = self.span(start);
        if let Some(Part { kind: PartKind::Literal(before), span: last, is_quoted: was }) = parts.0.last_mut()
            && last.end == span.start
            && last.len() == before.len()
            && span.len() == text.len()
            && *was == is_quoted
        {
            before.push_str(text);
            last.end = span.end;
            return;
        }
        parts.0.push(Part { kind: PartKind::Literal(text.to_owned()), span, is_quoted });
    }

    /// `'…'`
    fn single(&mut self, parts: &mut Parts) {
        self.at += 1;
        let rest = self.rest();
        let length = rest.find('\'').unwrap_or(rest.len());
        let start = self.at;
        self.at += length;
        if matches!(self.style.dialect, Dialect::Shell | Dialect::PowerShell) {
            self.literal(parts, rest.get(..length).unwrap_or_default(), start, true);
        } else {
            // What puts in values does so before the shell sees quotes.
            let end = self.at;
            self.at = start;
            self.expanded_to(parts, end);
        }
        self.at += usize::from(self.peek() == Some(b'\''));
    }

    /// Single quotes of a language that puts in values itself.
    fn expanded_to(&mut self, parts: &mut Parts, end: usize) {
        while self.at < end {
            let rest = self.rest();
            if self.style.dialect == Dialect::Make && rest.starts_with('$') {
                self.dollar(parts, Place::Quoted);
            } else if self.style.dialect == Dialect::Just && rest.starts_with("{{") {
                self.of_just(parts, Place::Quoted);
            } else {
                self.literal_character(parts, Place::Quoted);
            }
        }
    }

    /// `"…"`
    fn double(&mut self, parts: &mut Parts) {
        self.at += 1;
        let start = self.at;
        loop {
            match self.peek() {
                None => return,
                Some(b'"') => break,
                Some(b'`') if self.is_backquoted => return,
                Some(_) => self.in_double(parts, Place::Quoted),
            }
        }
        if self.at == start {
            self.literal(parts, "", start, true);
        }
        self.at += 1;
    }

    /// What may stand in double quotes or a heredoc.
    fn in_double(&mut self, parts: &mut Parts, place: Place) {
        let rest = self.rest();
        match rest.as_bytes() {
            [b'`', _, ..] if self.is_powershell() => self.escaped(parts, place),
            [b'\\', ..] if self.is_powershell() => self.literal_character(parts, place),
            [b'\\', b'\n', ..] => self.at += 2,
            [b'\\', b'$' | b'`' | b'\\', ..] => self.escaped(parts, place),
            [b'\\', b'"', ..] if place == Place::Quoted => self.escaped(parts, place),
            [b'$', ..] => self.dollar(parts, place),
            [b'`', ..] => self.backquote(parts, place),
            [b'{', b'{', ..] if self.style.dialect == Dialect::Just => self.of_just(parts, place),
            _ => self.literal_run(parts, place),
        }
    }

    fn escaped(&mut self, parts: &mut Parts, place: Place) {
        let start = self.at;
        let text: String = self.rest().chars().skip(1).take(1).collect();
        self.at += 1 + text.len();
        parts.0.push(Part {
            kind: PartKind::Literal(text),
            span: self.span(start),
            is_quoted: place.is_quoted(),
        });
    }

    fn push(&self, parts: &mut Parts, kind: PartKind, start: usize, place: Place) {
        parts.0.push(Part { kind, span: self.span(start), is_quoted: place.is_quoted() });
    }

    /// Something that is passed and not known.
    fn opaque(&mut self, parts: &mut Parts, place: Place, skip: fn(&mut Self)) {
        let start = self.at;
        skip(self);
        self.push(parts, PartKind::Unknown, start, place);
    }

    /// What begins with a dollar sign.
    fn dollar(&mut self, parts: &mut Parts, place: Place) {
        let start = self.at;
        let rest = self.rest();
        if self.style.dialect == Dialect::Make && rest.starts_with("$$") {
            self.at += 1;
            self.style.dialect = Dialect::Shell;
            self.dollar(parts, place);
            self.style.dialect = Dialect::Make;
            return;
        }
        if self.style.dialect == Dialect::Make && rest.starts_with("$(") {
            return self.of_make(parts, place);
        }
        let after = rest.get(1..).unwrap_or_default();
        match after.as_bytes() {
            [b'(', b'(', ..] => {
                self.at += 1;
                self.opaque(parts, place, Reader::skip_brackets);
            }
            [b'(', ..] => {
                self.at += 2;
                self.output(parts, start, place, Until::Bracket);
            }
            [b'{', ..] => self.braces(parts, place),
            [b'\'', ..] if place == Place::Bare => {
                self.at += 1;
                self.ansi(parts);
            }
            [b'"', ..] if place == Place::Bare => self.at += 1,
            [first, ..]
                if first.is_ascii_digit() || matches!(first, b'@' | b'*' | b'#' | b'?' | b'$' | b'!') =>
            {
                self.at += 2;
                let name = after.get(..1).unwrap_or_default().to_owned();
                self.push(parts, PartKind::Variable(name), start, place);
            }
            _ => match name_length(after) {
                0 => self.literal_character(parts, place),
                length => {
                    self.at += 1 + length;
                    let name = after.get(..length).unwrap_or_default().to_owned();
                    self.push(parts, PartKind::Variable(name), start, place);
                }
            },
        }
    }

    /// `$(NAME)` of make; a function of make is not followed.
    fn of_make(&mut self, parts: &mut Parts, place: Place) {
        let start = self.at;
        self.at += 1;
        self.skip_brackets();
        let inner = self.text.get(start + 2..self.at.saturating_sub(1)).unwrap_or_default();
        let kind = if !inner.is_empty() && name_length(inner) == inner.len() {
            PartKind::Variable(inner.to_owned())
        } else {
            PartKind::Unknown
        };
        self.push(parts, kind, start, place);
    }

    /// `{{NAME}}` of just.
    fn of_just(&mut self, parts: &mut Parts, place: Place) {
        let start = self.at;
        let rest = self.rest();
        self.at += rest.find("}}").map_or(rest.len(), |at| at + 2);
        let inner = rest.get(2..(self.at - start).saturating_sub(2)).unwrap_or_default().trim();
        let kind = if !inner.is_empty() && name_length(inner) == inner.len() {
            PartKind::Variable(inner.to_owned())
        } else {
            PartKind::Unknown
        };
        self.push(parts, kind, start, place);
    }

    /// `$(…)`, from behind its bracket.
    fn output(&mut self, parts: &mut Parts, start: usize, place: Place, until: Until) {
        if self.depth >= bounds::SCRIPT_DEPTH {
            self.at = start + 1;
            let skip: fn(&mut Self) =
                if until == Until::Bracket { Reader::skip_brackets } else { Reader::skip_line };
            return self.opaque(parts, place, skip);
        }
        self.depth += 1;
        let block = self.script.open(self.block, super::BlockKind::Branch);
        let was = (self.block, self.is_backquoted);
        self.is_backquoted = until == Until::Backquote;
        let commands = self.commands(block, until);
        (self.block, self.is_backquoted) = was;
        self.depth -= 1;
        self.push(parts, PartKind::Output(commands), start, place);
    }

    fn skip_line(&mut self) {
        let rest = self.rest();
        self.at += rest.find('\n').unwrap_or(rest.len());
    }

    /// `` `…` ``
    fn backquote(&mut self, parts: &mut Parts, place: Place) {
        let start = self.at;
        self.at += 1;
        let rest = self.rest();
        let inner = rest.get(..rest.find('`').unwrap_or(0)).unwrap_or_default();
        // Escapes in it would have to be undone before it is read.
        if inner.contains('\\') || inner.is_empty() {
            self.at += rest.find('`').map_or(rest.len(), |at| at + 1);
            return self.push(parts, PartKind::Unknown, start, place);
        }
        self.output(parts, start, place, Until::Backquote);
    }

    /// `${…}`
    fn braces(&mut self, parts: &mut Parts, place: Place) {
        let start = self.at;
        self.at += 2;
        let rest = self.rest();
        if rest.starts_with('{') {
            return self.of_workflow(parts, start, place);
        }
        let first_digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let length = if first_digits > 0 { first_digits } else { name_length(rest) };
        let name = rest.get(..length).unwrap_or_default().to_owned();
        self.at += length;
        if name == "BASH_SOURCE" && self.rest().starts_with("[0]") {
            self.at += 3;
        }
        let after = self.rest();
        let kind = match after.as_bytes() {
            _ if name.is_empty() => PartKind::Unknown,
            [b'}' | b'?', ..] | [b':', b'?', ..] => PartKind::Variable(name),
            [b':', b'-' | b'=', ..] => {
                self.at += 2;
                PartKind::Default(name, self.default())
            }
            [b'-' | b'=', ..] => {
                self.at += 1;
                PartKind::Default(name, self.default())
            }
            _ => PartKind::Unknown,
        };
        self.closing_brace();
        self.push(parts, kind, start, place);
    }

    /// `${{ … }}` of a workflow on GitHub, which is put in before the shell sees it.
    fn of_workflow(&mut self, parts: &mut Parts, start: usize, place: Place) {
        let rest = self.rest();
        self.at += rest.find("}}").map_or(rest.len(), |at| at + 2);
        let inner = rest.get(1..(self.at - start).saturating_sub(4)).unwrap_or_default().trim();
        self.push(parts, PartKind::Variable(inner.to_owned()), start, place);
    }

    fn default(&mut self) -> Word {
        let start = self.at;
        let mut parts = Parts::default();
        if self.depth < bounds::SCRIPT_DEPTH {
            self.depth += 1;
            self.bare(&mut parts, Place::Braces);
            self.depth -= 1;
        } else {
            parts.0.push(Part { kind: PartKind::Unknown, span: self.span(start), is_quoted: true });
        }
        Word { parts: parts.0, span: self.span(start) }
    }

    /// Goes behind the brace that ends `${…}`.
    fn closing_brace(&mut self) {
        let mut depth = 1_usize;
        for (at, byte) in self.rest().bytes().enumerate() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                b'\n' => {
                    self.at += at;
                    return;
                }
                _ => {}
            }
            if depth == 0 {
                self.at += at + 1;
                return;
            }
        }
        self.at = self.text.len();
    }

    /// `$'…'`
    fn ansi(&mut self, parts: &mut Parts) {
        self.at += 1;
        loop {
            match self.rest().as_bytes() {
                [] => return,
                [b'\'', ..] => {
                    self.at += 1;
                    return;
                }
                [b'\\', b'\'' | b'\\' | b'"', ..] => self.escaped(parts, Place::Quoted),
                [b'\\', b'n' | b't', ..] => {
                    let start = self.at;
                    self.at += 2;
                    let blank = PartKind::Literal(" ".to_owned());
                    self.push(parts, blank, start, Place::Quoted);
                }
                [b'\\', ..] => {
                    let start = self.at;
                    self.at += 1;
                    self.push(parts, PartKind::Unknown, start, Place::Quoted);
                }
                _ => self.literal_character(parts, Place::Quoted),
            }
        }
    }

    /// Reads the texts of heredocs, which begin here.
    pub(super) fn bodies(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            let word = self.body(&pending);
            if let Some(text) = self.heredocs.get_mut(pending.number) {
                *text = Some(word);
            }
        }
    }

    fn body(&mut self, pending: &Pending) -> Word {
        let start = self.at;
        let (length, whole) = self.body_length(pending);
        let end = start + length;
        let mut parts = Parts::default();
        if pending.is_literal {
            self.at = end;
            let text = self.text.get(start..end).unwrap_or_default();
            self.literal(&mut parts, text, start, true);
        } else {
            while self.at < end {
                self.in_double(&mut parts, Place::Body);
            }
            self.at = end;
        }
        let span = self.span(start);
        self.at = start + whole;
        Word { parts: parts.0, span }
    }

    /// How long the text of a heredoc is, and with the line that ends it.
    fn body_length(&self, pending: &Pending) -> (usize, usize) {
        let rest = self.rest();
        let mut at = 0;
        for line in rest.split_inclusive('\n') {
            let written = line.trim_end_matches(['\n', '\r']);
            let is_end = if self.style.layout == Layout::Plain {
                // Tabs may come before it; a blank behind it is a mistake that hides nothing.
                written.trim_start_matches('\t').trim_end() == pending.end
            } else {
                written.trim() == pending.end
            };
            if is_end {
                // The line end stays, for it ends the command.
                return (at, at + line.len());
            }
            at += line.len();
        }
        (rest.len(), rest.len())
    }
}

/// How long something is that stands for a name until somebody writes one, as in `--role-name <role>`: a shell would read it as
/// two redirections.
pub(super) fn to_fill_in(text: &str) -> Option<usize> {
    let end = text.find('>')?;
    let name = text.get(1..end)?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' ');
    let after = text.as_bytes().get(end + 1);
    let is_end = !matches!(after, Some(b' ' | b'\t')) || !name.contains(' ');
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic());
    (begins && !name.ends_with(' ') && name.bytes().all(is_name) && is_end && after != Some(&b'>'))
        .then_some(end + 1)
}

/// Whether a line of `PowerShell` goes on in the next one.
fn is_continued(rest: &str) -> bool {
    rest.starts_with("`\n") || rest.starts_with("`\r\n")
}
