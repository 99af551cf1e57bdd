//! YAML with spans and tags, as `CloudFormation` reads it.
//!
//! Scalars keep their digits: an account id such as `012345678901` must not become a number and lose its
//! zero. `yes`, `no`, `on` and `off` are booleans, as YAML 1.1 has them.

mod builder;
mod plain;
mod scalar;
#[cfg(test)]
mod tests;
mod trivia;

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{Event, Options, Parser};

use self::builder::Builder;
pub use self::trivia::trivia;
use super::Node;
use crate::bounds;
use crate::diagnostic::Problem;
use crate::source::{SourceId, Span};

/// What the parser says about a comment right behind something.
const NOT_SEPARATED: &str = "comments must be separated from other tokens by whitespace";

/// Reads a YAML file, which has to be one document.
///
/// Anchors are expanded within a budget and merge keys applied; duplicate keys are kept. The node is `None`
/// when the file has no document or several, or cannot be read to its end.
pub fn parse(source: SourceId, text: &str) -> (Option<Node>, Vec<Problem>) {
    if let Some(root) = plain(source, text) {
        return (Some(root), Vec::new());
    }
    whole(source, text)
}

/// Reads a file the quick way, which gives up where it is not sure.
pub fn plain(source: SourceId, text: &str) -> Option<Node> {
    plain::read(source, text)
}

/// As [`parse`], with the whole parser, which knows all of YAML.
pub fn whole(source: SourceId, text: &str) -> (Option<Node>, Vec<Problem>) {
    let mut text = Cow::Borrowed(text);
    for _ in 0..bounds::YAML_GLUED_COMMENTS {
        let (node, problems) = read(source, &text);
        match problems.last().and_then(|problem| glued_comment(problem, &text)) {
            Some(comment) => blank(&mut text, comment),
            None => return (node, problems),
        }
    }
    read(source, &text)
}

/// Reads all documents of a YAML file, up to the first place that cannot be read.
///
/// Otherwise as [`parse`].
pub fn documents(source: SourceId, text: &str) -> (Vec<Node>, Vec<Problem>) {
    if let Some(root) = plain(source, text) {
        return (vec![root], Vec::new());
    }
    let mut builder = Builder::new(source, text);
    let mut found = Vec::new();
    let mut options = Options::default();
    options.emit_comments = false;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(0);
                builder.problems.push(Problem::new(character(source, text, at), error.info()));
                break;
            }
        };
        let is_end = matches!(event, Event::DocumentEnd);
        if !builder.event(event, &span) {
            break;
        }
        if is_end {
            found.extend(builder.root.take());
        }
    }
    (found, builder.problems)
}

/// Blanks of the same length keep every place.
fn blank(text: &mut Cow<'_, str>, part: Range<usize>) {
    let blanks = " ".repeat(part.len());
    text.to_mut().replace_range(part, &blanks);
}

/// A comment right behind a quote or bracket, which readers of YAML 1.1 accept and ours does not.
fn glued_comment(problem: &Problem, text: &str) -> Option<Range<usize>> {
    let at = problem.span.start as usize;
    if problem.message != NOT_SEPARATED {
        return None;
    }
    let start = at + text.get(at..)?.find('#')?;
    let rest = text.get(start..)?;
    let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
    text.get(at..start).is_some_and(|between| !between.contains('\n')).then_some(start..start + length)
}

fn read(source: SourceId, text: &str) -> (Option<Node>, Vec<Problem>) {
    let mut builder = Builder::new(source, text);
    let mut documents = 0;
    let mut second = None;
    // Comments are nothing here, and the parser gives up at many of them in a row.
    let mut options = Options::default();
    options.emit_comments = false;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(0);
                builder.problems.push(Problem::new(character(source, text, at), error.info()));
                return (None, builder.problems);
            }
        };
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            second = second.or((documents == 2).then_some(span));
        }
        if let Some(second) = &second {
            // Nothing after a last `---` is no document.
            let content = match &event {
                Event::Scalar(value, ..) => {
                    !span.byte_range().is_none_or(|range| range.is_empty()) && !value.is_empty()
                }
                Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_) => true,
                _ => false,
            };
            if content {
                let at = second.byte_range().map_or(0, |range| range.start);
                let message = "a template is one YAML document, and this file has several";
                builder.problems.push(Problem::new(character(source, text, at), message));
                return (None, builder.problems);
            }
            continue;
        }
        if !builder.event(event, &span) {
            return (None, builder.problems);
        }
    }
    (builder.root, builder.problems)
}

/// The character at or after `at`, or the end of the text.
fn character(source: SourceId, text: &str, at: usize) -> Span {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    let width = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    Span::new(source, at, at + width)
}
