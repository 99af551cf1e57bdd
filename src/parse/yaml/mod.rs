//! YAML with spans and tags, as `CloudFormation` reads it.
//!
//! Scalars keep their digits: an account id such as `012345678901` must not become a number and lose its
//! zero. `yes`, `no`, `on` and `off` stay strings, which is what policy documents need.

mod builder;
mod scalar;
#[cfg(test)]
mod tests;

use granit_parser::{Event, Parser};

use self::builder::Builder;
use super::Node;
use crate::diagnostic::Problem;
use crate::source::{SourceId, Span};

/// Reads the first document of a YAML file.
///
/// Anchors are expanded within a budget and merge keys applied; duplicate keys are kept. The node is `None`
/// when the file has no document or cannot be read to its end.
pub fn parse(source: SourceId, text: &str) -> (Option<Node>, Vec<Problem>) {
    let mut builder = Builder::new(source, text);
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
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
            if documents > 1 {
                let at = span.byte_range().map_or(0, |range| range.start);
                let message = "only the first YAML document of a file is read";
                builder.problems.push(Problem::new(character(source, text, at), message));
                break;
            }
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
