//! The comments of a file.

use std::borrow::Cow;

use granit_parser::{Event, Options, Parser, ScanError};

use super::{blank, character, glued_comment};
use crate::bounds;
use crate::diagnostic::Problem;
use crate::parse::Trivia;
use crate::source::{SourceId, Span};

/// Reads the comments of a file, up to where it cannot be read.
pub fn trivia(source: SourceId, text: &str) -> Trivia {
    let mut text = Cow::Borrowed(text);
    for _ in 0..bounds::YAML_GLUED_COMMENTS {
        let (found, error) = read(source, &text);
        let Some(error) = error else { return found };
        let at = error.marker().byte_offset().unwrap_or(0);
        let problem = Problem::new(character(source, &text, at), error.info());
        match glued_comment(&problem, &text) {
            Some(comment) => blank(&mut text, comment),
            None => return found,
        }
    }
    read(source, &text).0
}

fn read(source: SourceId, text: &str) -> (Trivia, Option<ScanError>) {
    let mut found = Trivia::default();
    // As many comments as there are may stand before what they belong to.
    let mut options = Options::default();
    options.max_buffered_comment_events = usize::MAX;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => return (found, Some(error)),
        };
        let range = span.byte_range().unwrap_or(0..0);
        let place = Span::new(source, range.start.min(text.len()), range.end.min(text.len()));
        match event {
            Event::Comment(..) => found.comments.push(place),
            Event::Scalar(..) if text.get(range).is_some_and(|written| written.contains('\n')) => {
                found.runs.push(place);
            }
            _ => {}
        }
    }
    // A comment may come before the scalar that it stands behind.
    found.comments.sort_unstable_by_key(|span| span.start);
    found.runs.sort_unstable_by_key(|span| span.start);
    (found, None)
}
