//! Templates: escapes, strip markers and the indentation of heredocs, as Terraform applies them.

use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::template::{Directive, Element, Strip, Template as TheirTemplate};

use super::convert::Convert;
use super::{Template, TemplatePart};

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

/// A token of the flat template: text that is left of a line, or something between `{` and `}`.
enum Token {
    Literal(Range<usize>),
    Control(Strip),
}

/// The literal text that is left, in order, as ranges of the text.
struct Kept(Vec<Range<usize>>);

impl Convert<'_> {
    /// A template file.
    pub(super) fn bare_template(&self, template: &TheirTemplate) -> Template {
        self.template(template, Style::Lines)
    }

    pub(super) fn template(&self, elements: &TheirTemplate, style: Style) -> Template {
        let mut tokens = Vec::new();
        self.flatten(elements, style, &mut tokens);
        strip(self.text, style, &mut tokens);
        if style == Style::Flush {
            flush(self.text, &mut tokens);
        }
        let literal = |token| if let Token::Literal(range) = token { Some(range) } else { None };
        let kept = Kept(tokens.into_iter().filter_map(literal).collect());
        self.elements(elements, style, &kept)
    }

    fn flatten(&self, elements: &TheirTemplate, style: Style, tokens: &mut Vec<Token>) {
        for element in elements {
            match element {
                Element::Literal(literal) => {
                    let range = self.range(literal.span());
                    if style == Style::Quoted {
                        tokens.push(Token::Literal(range));
                        continue;
                    }
                    let mut at = range.start;
                    for line in self.written(&range).split_inclusive('\n') {
                        tokens.push(Token::Literal(at..at + line.len()));
                        at += line.len();
                    }
                }
                Element::Interpolation(inner) => tokens.push(Token::Control(inner.strip)),
                Element::Directive(directive) => match &**directive {
                    Directive::If(inner) => {
                        tokens.push(Token::Control(inner.if_expr.strip));
                        self.flatten(&inner.if_expr.template, style, tokens);
                        if let Some(other) = &inner.else_expr {
                            tokens.push(Token::Control(other.strip));
                            self.flatten(&other.template, style, tokens);
                        }
                        tokens.push(Token::Control(inner.endif_expr.strip));
                    }
                    Directive::For(inner) => {
                        tokens.push(Token::Control(inner.for_expr.strip));
                        self.flatten(&inner.for_expr.template, style, tokens);
                        tokens.push(Token::Control(inner.endfor_expr.strip));
                    }
                },
            }
        }
    }

    fn elements(&self, elements: &TheirTemplate, style: Style, kept: &Kept) -> Template {
        let mut template = Template::default();
        for element in elements {
            match element {
                Element::Literal(literal) => {
                    for range in kept.within(&self.range(literal.span())) {
                        self.literal(range, style, &mut template);
                    }
                }
                Element::Interpolation(inner) => {
                    template.parts.push(TemplatePart::Interpolation(self.expression(&inner.expr)));
                }
                Element::Directive(directive) => {
                    template.parts.push(self.directive(directive, style, kept));
                }
            }
        }
        template
    }

    fn directive(&self, directive: &Directive, style: Style, kept: &Kept) -> TemplatePart {
        match directive {
            Directive::If(inner) => TemplatePart::If(
                Box::new(self.expression(&inner.if_expr.cond_expr)),
                self.elements(&inner.if_expr.template, style, kept),
                inner
                    .else_expr
                    .as_ref()
                    .map(|other| self.elements(&other.template, style, kept))
                    .unwrap_or_default(),
            ),
            Directive::For(inner) => TemplatePart::For {
                key_name: inner.for_expr.key_var.as_ref().map(|name| self.name(name.span())),
                value_name: self.name(inner.for_expr.value_var.span()),
                collection: Box::new(self.expression(&inner.for_expr.collection_expr)),
                body: self.elements(&inner.for_expr.template, style, kept),
            },
        }
    }
}

impl Kept {
    /// What is left of a literal; neighbours are joined.
    fn within(&self, literal: &Range<usize>) -> Vec<Range<usize>> {
        let first = self.0.partition_point(|range| range.end <= literal.start);
        let mut joined: Vec<Range<usize>> = Vec::new();
        for range in self.0.iter().skip(first).take_while(|range| range.start < literal.end) {
            match joined.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => joined.push(range.start..range.end),
            }
        }
        joined.retain(|range| !range.is_empty());
        joined
    }
}

/// Applies `~`: blanks of the neighbouring literal go.
fn strip(text: &str, style: Style, tokens: &mut [Token]) {
    let markers: Vec<(usize, bool, bool)> = tokens
        .iter()
        .enumerate()
        .filter_map(|(index, token)| match token {
            Token::Control(strip) => Some((index, strip.strip_start(), strip.strip_end())),
            Token::Literal(_) => None,
        })
        .collect();
    for (index, before, after) in markers {
        if before
            && let Some(Token::Literal(range)) = index.checked_sub(1).and_then(|index| tokens.get_mut(index))
        {
            let written = written_at(text, range);
            range.end = range.start + trimmed_end(written, style);
        }
        if after && let Some(Token::Literal(range)) = tokens.get_mut(index + 1) {
            let written = written_at(text, range);
            range.start += blank_start(written, style);
        }
    }
}

/// How many bytes of blanks begin the text; written escapes count where there are any.
fn blank_start(written: &str, style: Style) -> usize {
    let mut rest = written;
    loop {
        rest = rest.trim_start();
        match rest
            .strip_prefix("\\n")
            .or_else(|| rest.strip_prefix("\\t"))
            .or_else(|| rest.strip_prefix("\\r"))
        {
            Some(after) if style == Style::Quoted => rest = after,
            _ => return written.len() - rest.len(),
        }
    }
}

/// The length without blanks at the end.
fn trimmed_end(written: &str, style: Style) -> usize {
    let mut rest = written;
    loop {
        rest = rest.trim_end();
        match rest
            .strip_suffix("\\n")
            .or_else(|| rest.strip_suffix("\\t"))
            .or_else(|| rest.strip_suffix("\\r"))
        {
            // `\\n` is a backslash and an `n`.
            Some(before)
                if style == Style::Quoted
                    && (before.len() - before.trim_end_matches('\\').len()) % 2 == 0 =>
            {
                rest = before;
            }
            _ => return rest.len(),
        }
    }
}

/// Takes the smallest indentation from every line. A line of blanks counts for nothing and keeps its blanks; a
/// line that begins with an interpolation or directive has no indentation.
fn written_at<'t>(text: &'t str, range: &Range<usize>) -> &'t str {
    text.get(range.start..range.end).unwrap_or_default()
}

fn flush(text: &str, tokens: &mut [Token]) {
    let mut smallest = usize::MAX;
    let mut adjusted = Vec::new();
    let mut line_begins = true;
    for (index, token) in tokens.iter().enumerate() {
        let written = match token {
            Token::Literal(range) => Some(written_at(text, range)),
            Token::Control(_) => None,
        };
        if std::mem::take(&mut line_begins) {
            match written {
                Some(written) if written.ends_with('\n') && written.trim().is_empty() => {}
                Some(written) => {
                    let blanks = written.chars().take_while(|char| char.is_whitespace()).count();
                    smallest = smallest.min(blanks);
                    adjusted.push(index);
                }
                None => smallest = 0,
            }
        }
        line_begins = written.is_some_and(|written| written.ends_with('\n'));
    }
    for index in adjusted {
        if let Some(Token::Literal(range)) = tokens.get_mut(index) {
            let written = written_at(text, range);
            range.start += written.chars().take(smallest).map(char::len_utf8).sum::<usize>();
        }
    }
}

/// The escape that `rest` begins with: what it means, and its length.
pub(super) fn escape(rest: &str, style: Style) -> Option<(Arc<str>, usize)> {
    if rest.starts_with("$${") {
        return Some((Arc::from("${"), 3));
    }
    if rest.starts_with("%%{") {
        return Some((Arc::from("%{"), 3));
    }
    if style != Style::Quoted {
        return None;
    }
    let after = rest.strip_prefix('\\')?;
    let plain = |text: &str| Some((Arc::from(text), 2));
    match after.bytes().next()? {
        b'n' => plain("\n"),
        b'r' => plain("\r"),
        b't' => plain("\t"),
        b'"' => plain("\""),
        b'\\' => plain("\\"),
        kind @ (b'u' | b'U') => {
            let digits = if kind == b'u' { 4 } else { 8 };
            let code = u32::from_str_radix(after.get(1..=digits)?, 16).ok()?;
            Some((Arc::from(char::from_u32(code)?.to_string()), digits + 2))
        }
        _ => None,
    }
}
