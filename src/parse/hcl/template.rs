//! Templates: quoted texts, heredocs and files, read as the flat list of parts that they are written as.
//!
//! <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-sub-language>

use std::ops::Range;
use std::sync::Arc;

use super::reader::{Name, Read, Reader};
use super::tree::{Expression, ExpressionKind, Template, TemplatePart, TemplateParts};
use super::trim;
use crate::diagnostic::Problem;

/// How a template is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// In double quotes: backslash escapes, and a strip marker takes all blanks next to it.
    Quoted,
    /// A heredoc or template file: no escapes but `$${`, and a strip marker takes blanks up to the next line
    /// break, which it takes with it, because each line is a token of its own.
    Lines,
    /// `<<-`: as `Lines`, and the smallest indentation is taken from every line.
    Flush,
}

/// One part of a template.
pub(super) struct Part {
    pub(super) kind: PartKind,
    /// Where it is written.
    pub(super) range: Range<usize>,
    /// Whether the blanks before it go.
    pub(super) before: bool,
    /// Whether the blanks after it go.
    pub(super) after: bool,
    /// Whether an escape may be in it.
    pub(super) has_escape: bool,
}

pub(super) enum PartKind {
    /// Text: of lines, one line at most.
    Literal,
    Interpolation(Box<Expression>),
    If(Box<Expression>),
    Else,
    EndIf,
    For(Box<(Option<Name>, Name, Expression)>),
    EndFor,
}

impl Reader<'_> {
    /// Reads a text in quotes.
    pub(super) fn quoted(&mut self) -> Read<Expression> {
        let open = self.at;
        let start = open + 1;
        let end = self.plain_end(start);
        if self.bytes.get(end) == Some(&b'"') {
            self.at = end;
            self.advance(1);
            self.note_text(open..end + 1);
            let span = self.span(start, end);
            let parts = if start < end {
                TemplateParts::One(TemplatePart::Literal(Arc::from(self.written(start, end)), span))
            } else {
                TemplateParts::default()
            };
            return Ok(Expression { kind: ExpressionKind::Template(Template { parts }), span });
        }
        self.deeper()?;
        let from = self.stacks.parts.len();
        self.at = start;
        self.quoted_parts(open)?;
        let end = self.at;
        if self.seen.is_some() {
            let mut parts = self.stacks.parts.iter().skip(from);
            if parts.all(|part| matches!(part.kind, PartKind::Literal)) {
                self.note_text(open..end + 1);
            } else {
                self.note_parts(from);
            }
        }
        let template = self.template(from, Style::Quoted)?;
        self.depth -= 1;
        self.advance(1);
        let span = self.span(start, end);
        Ok(Expression { kind: ExpressionKind::Template(template), span })
    }

    /// Reads up to the closing quote and stays before it.
    fn quoted_parts(&mut self, open: usize) -> Read<()> {
        let mut run = self.at;
        let mut has_escape = false;
        loop {
            self.at = self.plain_end(self.at);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    has_escape = true;
                    self.escape();
                }
                Some(b'$' | b'%') if self.is_escaped_brace() => (has_escape, self.at) = (true, self.at + 3),
                Some(b'$' | b'%') if self.peek_at(1) == Some(b'{') => {
                    self.push_literal(run..self.at, std::mem::take(&mut has_escape));
                    self.part()?;
                    run = self.at;
                }
                None | Some(b'\n') => return self.never_closed(open),
                Some(_) => self.at += 1,
            }
        }
        self.push_literal(run..self.at, has_escape);
        Ok(())
    }

    /// Goes past a backslash and what it stands before.
    fn escape(&mut self) {
        let rest = self.written(self.at, self.bytes.len());
        if let Some((_, length)) = trim::escape(rest, Style::Quoted) {
            self.at += length;
            return;
        }
        let next = rest.chars().nth(1).filter(|char| !matches!(char, '\n' | '\r'));
        let end = self.at + 1 + next.map_or(0, char::len_utf8);
        let message = "`\\` must stand before one of `n`, `r`, `t`, `\"`, `\\`, `uNNNN` and `UNNNNNNNN`";
        let span = self.span(self.at, end);
        self.problems.push(Problem::new(span, message));
        self.at = end;
    }

    fn is_escaped_brace(&self) -> bool {
        self.peek() == self.peek_at(1) && self.peek_at(2) == Some(b'{')
    }

    /// Reads a heredoc, up to the line that is its marker.
    pub(super) fn heredoc(&mut self) -> Read<Expression> {
        let open = self.at;
        self.deeper()?;
        self.at += 2;
        let is_flush = self.peek() == Some(b'-');
        self.at += usize::from(is_flush);
        if !self.is_word() {
            return self.expected("the marker of a heredoc");
        }
        let from = self.at;
        self.at += self.word_length();
        let marker = self.written(from, self.at);
        if !self.is_line_end() {
            return self.expected("the end of the line behind the marker of a heredoc");
        }
        self.at += if self.peek() == Some(b'\r') { 2 } else { 1 };
        let start = self.at.min(self.bytes.len());
        let first = self.stacks.parts.len();
        let found = self.lines(Some(marker))?;
        let Some(end) = found else {
            let message = format!("the heredoc never ends: no line is `{marker}` alone");
            return self.fail(open, from + marker.len(), message);
        };
        self.note_parts(first);
        if let Some(seen) = &mut self.seen {
            seen.runs.push(open..self.at);
        }
        let style = if is_flush { Style::Flush } else { Style::Lines };
        let template = self.template(first, style)?;
        self.depth -= 1;
        self.advance(0);
        Ok(Expression { kind: ExpressionKind::Template(template), span: self.span(start, end) })
    }

    /// Reads lines up to the marker, and stays behind it, or to the end. Gives where the line of the marker begins.
    fn lines(&mut self, marker: Option<&str>) -> Read<Option<usize>> {
        let mut run = self.at;
        let mut line_begins = true;
        let mut has_escape = false;
        loop {
            if std::mem::take(&mut line_begins)
                && let Some(marker) = marker
                && let Some(end) = self.marker_end(marker)
            {
                let start = self.at;
                self.at = end;
                return Ok(Some(start));
            }
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(next) = memchr::memchr3(b'\n', b'$', b'%', rest) else {
                self.at = self.bytes.len();
                self.push_literal(run..self.at, has_escape);
                return Ok(None);
            };
            self.at += next;
            if self.peek() == Some(b'\n') {
                self.at += 1;
                self.push_literal(run..self.at, std::mem::take(&mut has_escape));
                (run, line_begins) = (self.at, true);
            } else if self.is_escaped_brace() {
                (has_escape, self.at) = (true, self.at + 3);
            } else if self.peek_at(1) == Some(b'{') {
                self.push_literal(run..self.at, std::mem::take(&mut has_escape));
                self.part()?;
                run = self.at;
            } else {
                self.at += 1;
            }
        }
    }

    /// Where the marker ends, if the line that begins here is nothing else.
    fn marker_end(&self, marker: &str) -> Option<usize> {
        let rest = self.bytes.get(self.at..)?;
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let after = rest.get(blanks..)?.strip_prefix(marker.as_bytes())?;
        let end = after.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r'));
        end.is_none_or(|end| after.get(end) == Some(&b'\n')).then_some(self.at + blanks + marker.len())
    }

    /// Reads the template that goes to the end of the text.
    pub(super) fn bare_template(&mut self) -> Read<Template> {
        let from = self.stacks.parts.len();
        self.lines(None)?;
        self.template(from, Style::Lines)
    }

    /// Reads `${…}` or `%{…}`, and stays behind it.
    fn part(&mut self) -> Read<()> {
        let start = self.at;
        let is_directive = self.peek() == Some(b'%');
        let multi = std::mem::replace(&mut self.multi, true);
        self.at += 2;
        let before = self.peek() == Some(b'~');
        self.advance(usize::from(before));
        let kind = if is_directive {
            self.directive()?
        } else {
            PartKind::Interpolation(Box::new(self.expression()?))
        };
        let after = self.peek() == Some(b'~');
        self.at += usize::from(after);
        if self.peek() != Some(b'}') {
            if self.peek().is_none() {
                return self.fail(start, start + 2, "the bracket that is opened here is never closed");
            }
            return self.expected("`}`");
        }
        self.at += 1;
        self.multi = multi;
        self.stacks.parts.push(Part { kind, range: start..self.at, before, after, has_escape: false });
        Ok(())
    }

    fn directive(&mut self) -> Read<PartKind> {
        let start = self.at;
        let length = if self.is_word() { self.word_length() } else { 0 };
        let word = self.written(start, start + length);
        if word == "for" {
            let (key, value) = self.loop_names()?;
            return Ok(PartKind::For(Box::new((key, value, self.expression()?))));
        }
        self.advance(length);
        match word {
            "if" => Ok(PartKind::If(Box::new(self.expression()?))),
            "else" => Ok(PartKind::Else),
            "endif" => Ok(PartKind::EndIf),
            "endfor" => Ok(PartKind::EndFor),
            _ => {
                self.at = start;
                self.expected("`if`, `else`, `endif`, `for` or `endfor`")
            }
        }
    }

    /// Notes a text in which nothing is a comment.
    pub(super) fn note_text(&mut self, range: Range<usize>) {
        if let Some(seen) = &mut self.seen {
            seen.texts.push(range);
        }
    }

    fn note_parts(&mut self, from: usize) {
        let Some(seen) = &mut self.seen else { return };
        let literals =
            self.stacks.parts.iter().skip(from).filter(|part| matches!(part.kind, PartKind::Literal));
        seen.texts.extend(literals.map(|part| part.range.clone()));
    }

    fn push_literal(&mut self, range: Range<usize>, has_escape: bool) {
        if !range.is_empty() {
            let part = Part { kind: PartKind::Literal, range, before: false, after: false, has_escape };
            self.stacks.parts.push(part);
        }
    }
}
