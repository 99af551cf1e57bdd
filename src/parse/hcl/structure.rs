//! Bodies, arguments and blocks.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::reader::{Name, Read, Reader};
use super::template::Style;
use super::tree::{Attribute, Block, Body, ExpressionKind, TemplatePart};
use crate::bounds;
use crate::diagnostic::Problem;
use crate::source::Spanned;

const QUOTED: &str = "an argument name must not be in quotes: Terraform rejects it since 0.12";
const QUOTED_BLOCK: &str = "the type of a block must not be in quotes: Terraform rejects it since 0.12";

impl Reader<'_> {
    /// Reads what stands at the top, from here to the end.
    pub(super) fn top(&mut self) -> Read<()> {
        (self.multi, self.depth) = (false, 0);
        self.blank_lines();
        while self.peek().is_some() {
            self.item_start = self.at;
            self.item()?;
            self.blank_lines();
        }
        Ok(())
    }

    /// The body of what was read since the stacks were as long as this.
    pub(super) fn body(&mut self, attributes: usize, blocks: usize) -> Body {
        let mut body = Body {
            attributes: self.stacks.attributes.drain(attributes..).collect(),
            blocks: self.stacks.blocks.drain(blocks..).collect(),
            is_former: false,
        };
        if may_repeat(&body.attributes) {
            self.drop_repeated(&mut body.attributes);
        }
        body.is_former = self.is_former || self.has_quoted;
        body
    }

    /// Reads an argument or block with the end of its line.
    fn item(&mut self) -> Read<()> {
        let start = self.at;
        if self.peek() == Some(b'"') {
            return self.quoted_item();
        }
        if !self.is_word() {
            return self.expected("an argument or a block");
        }
        self.advance(self.word_length());
        let name = self.named(start, self.end);
        match self.peek() {
            Some(b'=') if self.peek_at(1) != Some(b'=') => {
                self.argument(name)?;
                self.line_end("the line must end behind the value")
            }
            Some(b'{' | b'"') => self.block(name, start),
            _ if self.is_word() => self.block(name, start),
            _ => self.expected("`=` or a block"),
        }
    }

    fn argument(&mut self, name: Name) -> Read<()> {
        self.advance(1);
        let value = self.expression()?;
        self.stacks.attributes.push(Attribute { name, value });
        Ok(())
    }

    /// An argument whose name or a block whose type is in quotes, as Terraform 0.11 allowed.
    fn quoted_item(&mut self) -> Read<()> {
        let start = self.at;
        let name = self.label()?;
        match self.peek() {
            Some(b'=') if self.peek_at(1) != Some(b'=') => {
                self.tell_once(QUOTED, start);
                self.argument(name)?;
                self.line_end("the line must end behind the value")
            }
            Some(b'{') => {
                self.tell_once(QUOTED_BLOCK, start);
                self.block(name, start)
            }
            _ => {
                self.at = start;
                self.expected("an argument or a block")
            }
        }
    }

    /// Takes note of what Terraform accepted once, from `start` to here, and what is read as it was meant: once for a file.
    fn tell_once(&mut self, message: &str, start: usize) {
        if !self.has_quoted {
            self.has_quoted = true;
            let span = self.span(start, self.end);
            self.problems.push(Problem::note(span, message));
        }
    }

    fn line_end(&mut self, message: &str) -> Read<()> {
        if self.is_line_end() {
            return Ok(());
        }
        let (start, rest) = (self.at, self.written(self.at, self.bytes.len()));
        if rest.starts_with([';', '/']) {
            return self.expected("the end of the line");
        }
        let width = rest.chars().next().map_or(0, char::len_utf8);
        if rest.starts_with(',') {
            return self.fail(start, start + width, "arguments are separated by line breaks, not by `,`");
        }
        self.fail(start, start + width, message)
    }

    fn block(&mut self, kind: Name, start: usize) -> Read<()> {
        self.deeper()?;
        let from = self.stacks.labels.len();
        loop {
            let label = match self.peek() {
                Some(b'{') => break,
                Some(b'"') => self.label()?,
                _ => self.word("`{` or a label of the block")?,
            };
            self.stacks.labels.push(label);
        }
        let labels: Vec<_> = self.stacks.labels.drain(from..).collect();
        let header = self.span(start, self.end);
        let (attributes, blocks) = (self.stacks.attributes.len(), self.stacks.blocks.len());
        self.block_content()?;
        let span = self.span(start, self.at);
        let body = self.body(attributes, blocks);
        self.stacks.blocks.push(Block { kind, labels, body, header, span });
        self.depth -= 1;
        self.advance(0);
        self.line_end("the line must end behind the block")
    }

    /// Reads from `{` to `}`, and stays behind it.
    fn block_content(&mut self) -> Read<()> {
        let open = self.at;
        self.advance(1);
        if self.is_line_end() {
            loop {
                self.blank_lines();
                match self.peek() {
                    Some(b'}') => break,
                    None => return self.fail(open, open + 1, "the block that begins here is never closed"),
                    Some(_) => self.item()?,
                }
            }
        } else if self.peek() != Some(b'}') {
            let name = self.word("an argument or `}`")?;
            if self.peek() != Some(b'=') || self.peek_at(1) == Some(b'=') {
                return self.expected("`=`: on one line with its braces, a block holds one argument at most");
            }
            self.argument(name)?;
            if self.peek() != Some(b'}') {
                return self.expected("`}`: on one line with its braces, a block holds one argument at most");
            }
        }
        self.at += 1;
        self.end = self.at;
        Ok(())
    }

    /// A quoted label; what is underlined is between the quotes.
    fn label(&mut self) -> Read<Name> {
        let open = self.at;
        let start = open + 1;
        let mut end = self.plain_end(start);
        let mut has_escape = false;
        loop {
            match self.bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => (has_escape, end) = (true, end + 2),
                Some(b'$' | b'%') if self.bytes.get(end + 1) == Some(&b'{') => {
                    return self.fail(end, end + 2, "a label must be a plain text");
                }
                None | Some(b'\n') => return self.never_closed(open),
                Some(_) => end += 1,
            }
        }
        self.note_text(open..end + 1);
        let label = if has_escape {
            let mut parts = Vec::new();
            self.literal(start..end, Style::Quoted, true, &mut parts);
            let literal = |part: &TemplatePart| match part {
                TemplatePart::Literal(text, _) => Some(Arc::clone(text)),
                _ => None,
            };
            let text: String = parts.iter().filter_map(literal).map(|text| text.to_string()).collect();
            Spanned::new(Arc::from(text), self.span(start, end))
        } else {
            self.named(start, end)
        };
        self.at = end;
        self.advance(1);
        Ok(label)
    }

    pub(super) fn never_closed<T>(&mut self, quote: usize) -> Read<T> {
        self.fail(quote, quote + 1, "the text that begins here must end on its line")
    }

    /// Notes arguments that are set again, and drops them: what stands last is read.
    fn drop_repeated(&mut self, attributes: &mut Vec<Attribute>) {
        let is_set_again = |(index, one): (usize, &Attribute)| {
            attributes.iter().skip(index + 1).any(|after| after.name.value == one.name.value)
        };
        let few = attributes.len() <= bounds::HCL_COMPARED_NAMES;
        if few && !attributes.iter().enumerate().any(is_set_again) {
            return;
        }
        let mut names: FxHashSet<Arc<str>> = FxHashSet::default();
        let mut is_last: Vec<bool> =
            attributes.iter().rev().map(|one| names.insert(Arc::clone(&one.name.value))).collect();
        attributes.retain(|attribute| {
            let is_last = is_last.pop().unwrap_or(true);
            if !is_last {
                self.is_former |= is_object(attribute);
                self.problems.push(Problem::new(attribute.name.span, twice(attribute)));
            }
            is_last
        });
    }
}

/// Whether two names may be the same: two that are have the same length, and begin and end alike.
fn may_repeat(attributes: &[Attribute]) -> bool {
    let mut seen = 0_u64;
    attributes.iter().any(|attribute| {
        let name = attribute.name.value.as_bytes();
        let byte = |at: usize| name.get(at).copied().map_or(0, u32::from);
        let last = name.len().wrapping_sub(1);
        let mixed = byte(0) * 5 + byte(last) * 11 + byte(last / 2) * 19;
        let bit = 1_u64 << (mixed.wrapping_add(u32::try_from(name.len()).unwrap_or_default()) % 64);
        let is_seen = seen & bit != 0;
        seen |= bit;
        is_seen
    })
}

/// What is said of an argument that is set again. Terraform 0.11 took several of the form `name = { … }` for blocks.
///
/// <https://www.terraform.io/upgrade-guides/0-12.html>
fn twice(attribute: &Attribute) -> String {
    let name = &attribute.name.value;
    if is_object(attribute) {
        format!("`{name}` is set twice: if it is a block, remove the `=`, which Terraform rejects since 0.12")
    } else {
        format!("`{name}` is set twice, which Terraform rejects since 0.12")
    }
}

fn is_object(attribute: &Attribute) -> bool {
    matches!(attribute.value.kind, ExpressionKind::Object(_))
}
