//! Templates: quoted texts, heredocs and files, read as the flat list of parts that they are written as.
//!
//! <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-sub-language>

use std::ops::Range;
use std::sync::Arc;

use super::reader::{Name, Read, Reader};
use super::tree::{Branches, Expression, ExpressionKind, Loop, Template, TemplatePart};
use super::trim;
use crate::diagnostic::Problem;
use crate::value::fitted;

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
}

pub(super) enum PartKind {
    /// Text: of lines, one line at most.
    Literal,
    Interpolation(Expression),
    If(Expression),
    Else,
    EndIf,
    For(Option<Name>, Name, Expression),
    EndFor,
}

impl Reader<'_> {
    /// Reads a text in quotes.
    pub(super) fn quoted(&mut self) -> Read<Expression> {
        let open = self.at;
        let start = open + 1;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'$' | b'%' | b'\n'));
        let end = start + plain.unwrap_or(rest.len());
        if self.bytes.get(end) == Some(&b'"') {
            self.at = end;
            self.advance(1);
            self.note_text(open..end + 1);
            let span = self.span(start, end);
            let literal =
                (start < end).then(|| TemplatePart::Literal(Arc::from(self.written(start, end)), span));
            let template = Template { parts: literal.into_iter().collect() };
            return Ok(Expression { kind: ExpressionKind::Template(template), span });
        }
        self.deeper()?;
        let mut parts = Vec::new();
        self.at = start;
        self.quoted_parts(open, &mut parts)?;
        let end = self.at;
        if parts.iter().all(|part| matches!(part.kind, PartKind::Literal)) {
            self.note_text(open..end + 1);
        } else {
            self.note_parts(&parts);
        }
        let template = self.template(parts, Style::Quoted)?;
        self.depth -= 1;
        self.advance(1);
        let span = self.span(start, end);
        Ok(Expression { kind: ExpressionKind::Template(template), span })
    }

    /// Reads up to the closing quote and stays before it.
    fn quoted_parts(&mut self, open: usize, parts: &mut Vec<Part>) -> Read<()> {
        let mut run = self.at;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape(),
                Some(b'$' | b'%') if self.is_escaped_brace() => self.at += 3,
                Some(b'$' | b'%') if self.peek_at(1) == Some(b'{') => {
                    push_literal(run..self.at, parts);
                    self.part(parts)?;
                    run = self.at;
                }
                None | Some(b'\n') => return self.never_closed(open),
                Some(_) => self.at += 1,
            }
        }
        push_literal(run..self.at, parts);
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
        let mut parts = Vec::new();
        let found = self.lines(Some(marker), &mut parts)?;
        let Some(end) = found else {
            let message = format!("the heredoc never ends: no line is `{marker}` alone");
            return self.fail(open, from + marker.len(), message);
        };
        self.note_parts(&parts);
        if let Some(seen) = &mut self.seen {
            seen.runs.push(open..self.at);
        }
        let style = if is_flush { Style::Flush } else { Style::Lines };
        let template = self.template(parts, style)?;
        self.depth -= 1;
        self.advance(0);
        Ok(Expression { kind: ExpressionKind::Template(template), span: self.span(start, end) })
    }

    /// Reads lines up to the marker, and stays behind it, or to the end. Gives where the line of the marker begins.
    fn lines(&mut self, marker: Option<&str>, parts: &mut Vec<Part>) -> Read<Option<usize>> {
        let mut run = self.at;
        let mut line_begins = true;
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
                push_literal(run..self.at, parts);
                return Ok(None);
            };
            self.at += next;
            if self.peek() == Some(b'\n') {
                self.at += 1;
                push_literal(run..self.at, parts);
                (run, line_begins) = (self.at, true);
            } else if self.is_escaped_brace() {
                self.at += 3;
            } else if self.peek_at(1) == Some(b'{') {
                push_literal(run..self.at, parts);
                self.part(parts)?;
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
        let mut parts = Vec::new();
        self.lines(None, &mut parts)?;
        self.template(parts, Style::Lines)
    }

    /// Reads `${…}` or `%{…}`, and stays behind it.
    fn part(&mut self, parts: &mut Vec<Part>) -> Read<()> {
        let start = self.at;
        let is_directive = self.peek() == Some(b'%');
        let multi = std::mem::replace(&mut self.multi, true);
        self.at += 2;
        let before = self.peek() == Some(b'~');
        self.advance(usize::from(before));
        let kind = if is_directive { self.directive()? } else { PartKind::Interpolation(self.expression()?) };
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
        parts.push(Part { kind, range: start..self.at, before, after });
        Ok(())
    }

    fn directive(&mut self) -> Read<PartKind> {
        let start = self.at;
        let length = if self.is_word() { self.word_length() } else { 0 };
        let word = self.written(start, start + length);
        if word == "for" {
            let (key, value) = self.loop_names()?;
            return Ok(PartKind::For(key, value, self.expression()?));
        }
        self.advance(length);
        match word {
            "if" => Ok(PartKind::If(self.expression()?)),
            "else" => Ok(PartKind::Else),
            "endif" => Ok(PartKind::EndIf),
            "endfor" => Ok(PartKind::EndFor),
            _ => {
                self.at = start;
                self.expected("`if`, `else`, `endif`, `for` or `endfor`")
            }
        }
    }

    /// The parts as a tree, with blanks taken away where the template asks for it.
    fn template(&mut self, mut parts: Vec<Part>, style: Style) -> Read<Template> {
        trim::strip(self.text, style, &mut parts);
        if style == Style::Flush {
            trim::flush(self.text, &mut parts);
        }
        let mut parts = parts.into_iter();
        let mut template = Template::default();
        match self.nested(&mut parts, style, &mut template)? {
            None => {
                template.parts = fitted(template.parts);
                Ok(template)
            }
            Some(end) => {
                let word = if matches!(end.kind, PartKind::EndFor) { "for" } else { "if" };
                self.fail(end.range.start, end.range.end, format!("no `%{{ {word} }}` stands before this"))
            }
        }
    }

    /// Reads parts up to one that ends or divides what they stand in, which is returned.
    fn nested(
        &mut self,
        parts: &mut std::vec::IntoIter<Part>,
        style: Style,
        template: &mut Template,
    ) -> Read<Option<Part>> {
        let mut run = 0..0;
        while let Some(part) = parts.next() {
            if matches!(part.kind, PartKind::Literal) {
                if run.end == part.range.start {
                    run.end = part.range.end;
                } else {
                    self.literal(std::mem::replace(&mut run, part.range), style, &mut template.parts);
                }
                continue;
            }
            self.literal(std::mem::replace(&mut run, 0..0), style, &mut template.parts);
            let kind = match part.kind {
                PartKind::Interpolation(expression) => TemplatePart::Interpolation(expression),
                PartKind::If(condition) => self.branches(condition, part.range, parts, style)?,
                PartKind::For(key_name, value_name, collection) => {
                    let mut body = Template::default();
                    self.inner(&part.range, parts, style, &mut body, |end| matches!(end, PartKind::EndFor))?;
                    TemplatePart::For(Box::new(Loop { key_name, value_name, collection, body }))
                }
                _ => return Ok(Some(part)),
            };
            template.parts.push(kind);
        }
        self.literal(run, style, &mut template.parts);
        Ok(None)
    }

    fn branches(
        &mut self,
        condition: Expression,
        open: Range<usize>,
        parts: &mut std::vec::IntoIter<Part>,
        style: Style,
    ) -> Read<TemplatePart> {
        let (mut yes, mut no) = (Template::default(), Template::default());
        let is_end = |kind: &PartKind| matches!(kind, PartKind::Else | PartKind::EndIf);
        if matches!(self.inner(&open, parts, style, &mut yes, is_end)?, PartKind::Else) {
            self.inner(&open, parts, style, &mut no, |kind| matches!(kind, PartKind::EndIf))?;
        }
        Ok(TemplatePart::If(Box::new(Branches { condition, yes, no })))
    }

    /// What stands between a directive and its end.
    fn inner(
        &mut self,
        open: &Range<usize>,
        parts: &mut std::vec::IntoIter<Part>,
        style: Style,
        template: &mut Template,
        is_end: impl Fn(&PartKind) -> bool,
    ) -> Read<PartKind> {
        self.deeper()?;
        let end = self.nested(parts, style, template)?;
        self.depth -= 1;
        match end {
            Some(end) if is_end(&end.kind) => Ok(end.kind),
            Some(end) => self.fail(end.range.start, end.range.end, "this directive does not belong here"),
            None => self.fail(open.start, open.end, "this directive is never ended"),
        }
    }

    /// Adds a literal that needs no trimming.
    pub(super) fn literal(&mut self, range: Range<usize>, style: Style, parts: &mut Vec<TemplatePart>) {
        let written = self.written(range.start, range.end);
        let mut run = 0;
        for at in memchr::memchr3_iter(b'$', b'%', b'\\', written.as_bytes()) {
            // What an escape is made of begins no other one.
            let Some(rest) = written.get(at..).filter(|_| at >= run) else { continue };
            if let Some((text, length)) = trim::escape(rest, style) {
                self.exact(range.start + run..range.start + at, parts);
                let place = self.span(range.start + at, range.start + at + length);
                parts.push(TemplatePart::Literal(text, place));
                run = at + length;
            }
        }
        self.exact(range.start + run..range.end, parts);
    }

    fn exact(&self, range: Range<usize>, parts: &mut Vec<TemplatePart>) {
        if !range.is_empty() {
            let text = Arc::from(self.written(range.start, range.end));
            parts.push(TemplatePart::Literal(text, self.span(range.start, range.end)));
        }
    }

    /// Notes a text in which nothing is a comment.
    pub(super) fn note_text(&mut self, range: Range<usize>) {
        if let Some(seen) = &mut self.seen {
            seen.texts.push(range);
        }
    }

    fn note_parts(&mut self, parts: &[Part]) {
        let Some(seen) = &mut self.seen else { return };
        let literals = parts.iter().filter(|part| matches!(part.kind, PartKind::Literal));
        seen.texts.extend(literals.map(|part| part.range.clone()));
    }
}

fn push_literal(range: Range<usize>, parts: &mut Vec<Part>) {
    if !range.is_empty() {
        parts.push(Part { kind: PartKind::Literal, range, before: false, after: false });
    }
}
