//! What is read: files, template files, and texts that no file holds.

use super::reader::{Place, Reader};
use super::recover;
use super::tree::{Body, Template};
use crate::diagnostic::Problem;
use crate::source::{SourceId, Span};

/// Reads a Terraform file.
///
/// Of a file with something wrong in it, what is not concerned is read as well ([`recover`]).
pub fn parse(source: SourceId, text: &str) -> (Body, Vec<Problem>) {
    let mut reader = Reader::new(text, Place::File(source, 0));
    recover::file(&mut reader);
    let body = reader.body(0, 0);
    reader.problems.sort_by_key(|problem| problem.span.start);
    (body, std::mem::take(&mut reader.problems))
}

/// Reads a template file, or the text of a JSON string in Terraform's JSON syntax; `text` is what is written at
/// `span`.
///
/// # Errors
///
/// The first place that is no template.
pub fn parse_template(source: SourceId, text: &str, span: Span) -> Result<Template, Problem> {
    template(text, Place::File(source, span.start as usize), span)
}

/// Reads text whose bytes do not map onto the source, such as a JSON string with escapes: everything in it is
/// placed at `span`.
///
/// # Errors
///
/// When it is no template.
pub fn parse_unmapped_template(text: &str, span: Span) -> Result<Template, Problem> {
    template(text, Place::At(span), span)
}

fn template(text: &str, place: Place, span: Span) -> Result<Template, Problem> {
    let mut reader = Reader::new(text, place);
    reader.bare_template().map_err(|_| reader.first_problem(span))
}

/// Reads a body that no file of the project holds: everything in it is placed at `span`.
///
/// # Errors
///
/// When something is wrong in it.
pub fn parse_placed(text: &str, span: Span) -> Result<Body, Problem> {
    let mut reader = Reader::new(text, Place::At(span));
    reader.skip_mark();
    let is_read = reader.top().is_ok();
    let body = reader.body(0, 0);
    if is_read && reader.problems.is_empty() { Ok(body) } else { Err(reader.first_problem(span)) }
}
