//! The parts of a template, which lie on a stack, as a tree.

use std::ops::Range;
use std::sync::Arc;

use super::reader::{Read, Reader};
use super::template::{Part, PartKind, Style};
use super::tree::{Branches, Expression, Loop, Template, TemplatePart, TemplateParts};
use super::trim;
use crate::value::fitted;

impl Reader<'_> {
    /// The parts that lie on the stack from here on as a tree, with blanks taken away where the template asks for it.
    pub(super) fn template(&mut self, from: usize, style: Style) -> Read<Template> {
        let is_plain = |part: &Part| {
            matches!(part.kind, PartKind::Literal | PartKind::Interpolation(_)) && !part.before && !part.after
        };
        if style != Style::Flush && self.stacks.parts.iter().skip(from).all(is_plain) {
            return Ok(self.plain(from, style));
        }
        let mut parts: Vec<Part> = self.stacks.parts.drain(from..).collect();
        trim::strip(self.text, style, &mut parts);
        if style == Style::Flush {
            trim::flush(self.text, &mut parts);
        }
        let mut parts = parts.into_iter();
        let mut made = Vec::new();
        match self.nested(&mut parts, style, &mut made)? {
            None => Ok(Template { parts: fitted(made).into() }),
            Some(end) => {
                let word = if matches!(end.kind, PartKind::EndFor) { "for" } else { "if" };
                self.fail(end.range.start, end.range.end, format!("no `%{{ {word} }}` stands before this"))
            }
        }
    }

    /// A template of texts and interpolations, of which nothing is taken away.
    fn plain(&mut self, from: usize, style: Style) -> Template {
        let mut parts = std::mem::take(&mut self.stacks.parts);
        let mut made = std::mem::take(&mut self.stacks.made);
        let first = made.len();
        let mut run = Run::default();
        for part in parts.drain(from..) {
            if let PartKind::Interpolation(inner) = part.kind {
                self.literal_run(&mut run, style, &mut made);
                made.push(TemplatePart::Interpolation(inner));
            } else if !run.takes(&part) {
                self.literal_run(&mut run, style, &mut made);
                run.takes(&part);
            }
        }
        self.literal_run(&mut run, style, &mut made);
        let is_one = made.len() == first + 1;
        let one = if is_one { made.pop() } else { None };
        let all = one.map_or_else(|| made.drain(first..).collect(), TemplateParts::One);
        (self.stacks.parts, self.stacks.made) = (parts, made);
        Template { parts: all }
    }

    /// Reads parts up to one that ends or divides what they stand in, which is returned.
    fn nested(
        &mut self,
        parts: &mut std::vec::IntoIter<Part>,
        style: Style,
        made: &mut Vec<TemplatePart>,
    ) -> Read<Option<Part>> {
        let mut run = Run::default();
        while let Some(part) = parts.next() {
            if matches!(part.kind, PartKind::Literal) {
                if !run.takes(&part) {
                    self.literal_run(&mut run, style, made);
                    run.takes(&part);
                }
                continue;
            }
            self.literal_run(&mut run, style, made);
            let kind = match part.kind {
                PartKind::Interpolation(expression) => TemplatePart::Interpolation(expression),
                PartKind::If(condition) => self.branches(*condition, part.range, parts, style)?,
                PartKind::For(head) => {
                    let (key_name, value_name, collection) = *head;
                    let is_end = |end: &PartKind| matches!(end, PartKind::EndFor);
                    let (body, _) = self.inner(&part.range, parts, style, is_end)?;
                    TemplatePart::For(Box::new(Loop { key_name, value_name, collection, body }))
                }
                _ => return Ok(Some(part)),
            };
            made.push(kind);
        }
        self.literal_run(&mut run, style, made);
        Ok(None)
    }

    fn branches(
        &mut self,
        condition: Expression,
        open: Range<usize>,
        parts: &mut std::vec::IntoIter<Part>,
        style: Style,
    ) -> Read<TemplatePart> {
        let is_end = |kind: &PartKind| matches!(kind, PartKind::Else | PartKind::EndIf);
        let (yes, end) = self.inner(&open, parts, style, is_end)?;
        let no = if matches!(end, PartKind::Else) {
            self.inner(&open, parts, style, |kind| matches!(kind, PartKind::EndIf))?.0
        } else {
            Template::default()
        };
        Ok(TemplatePart::If(Box::new(Branches { condition, yes, no })))
    }

    /// What stands between a directive and its end, and that.
    fn inner(
        &mut self,
        open: &Range<usize>,
        parts: &mut std::vec::IntoIter<Part>,
        style: Style,
        is_end: impl Fn(&PartKind) -> bool,
    ) -> Read<(Template, PartKind)> {
        self.deeper()?;
        let mut made = Vec::new();
        let end = self.nested(parts, style, &mut made)?;
        self.depth -= 1;
        match end {
            Some(end) if is_end(&end.kind) => Ok((Template { parts: fitted(made).into() }, end.kind)),
            Some(end) => self.fail(end.range.start, end.range.end, "this directive does not belong here"),
            None => self.fail(open.start, open.end, "this directive is never ended"),
        }
    }

    /// Adds the texts that were taken together, and begins anew.
    fn literal_run(&self, run: &mut Run, style: Style, made: &mut Vec<TemplatePart>) {
        let Run { range, has_escape } = std::mem::take(run);
        self.literal(range, style, has_escape, made);
    }

    /// Adds a literal that needs no trimming.
    pub(super) fn literal(
        &self,
        range: Range<usize>,
        style: Style,
        has_escape: bool,
        parts: &mut Vec<TemplatePart>,
    ) {
        if !has_escape {
            return self.exact(range, parts);
        }
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
}

/// Texts that stand behind one another, which are one.
#[derive(Default)]
struct Run {
    range: Range<usize>,
    has_escape: bool,
}

impl Run {
    /// Takes the text of a part in, if it is the first one or stands right behind.
    fn takes(&mut self, part: &Part) -> bool {
        if self.range.is_empty() {
            self.range = part.range.clone();
        } else if self.range.end == part.range.start {
            self.range.end = part.range.end;
        } else {
            return false;
        }
        self.has_escape |= part.has_escape;
        true
    }
}
