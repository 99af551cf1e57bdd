//! JSON with a span for every key and value, and with holes.
//!
//! One reader serves template files, policy documents and JSON text that Terraform or `CloudFormation` puts
//! together from pieces: the pieces are laid end to end, what is unknown becomes a hole, and every place is
//! mapped back to the file it was written in. Trailing commas and comments are tolerated, because they occur
//! in real templates and hide nothing; what is a string must be JSON as it stands, for AWS or Terraform reads it.

mod input;
mod plain;
mod reader;
mod stream;
mod string;
#[cfg(test)]
pub(in crate::parse) mod tests;

use std::sync::Arc;

use self::input::Input;
use self::reader::Reader;
pub use self::stream::Stream;
use super::{Member, Node, NodeKind, Parts};
use crate::diagnostic::Problem;
use crate::source::{SourceId, Span};
use crate::value::{Entry, Kind, List, Map, Name, Piece, PieceKind, Text, Value};

/// Reads a JSON file. Duplicate members are kept; a byte order mark is skipped.
///
/// # Errors
///
/// The first place that cannot be read, or nesting deeper than 256 levels.
pub fn parse(source: SourceId, text: &str) -> Result<Node, Problem> {
    if let Some(node) = plain::read::<plain::Nodes>(text, Span::new(source, 0, text.len())) {
        return Ok(node);
    }
    carefully(source, text)
}

/// As [`parse`], with the reader that knows what to say of a mistake.
///
/// # Errors
///
/// As those of [`parse`].
pub fn carefully(source: SourceId, text: &str) -> Result<Node, Problem> {
    let text = Text::literal(text, Span::new(source, 0, text.len()));
    let input = Input::new(&text, Span::start_of(source));
    Reader::new(&input).document().map(value_to_node)
}

/// As [`parse`], as a value.
///
/// # Errors
///
/// As those of [`parse`].
pub fn value(source: SourceId, text: &str) -> Result<Value, Problem> {
    let place = Span::new(source, 0, text.len());
    if let Some(value) = plain::read::<plain::Values>(text, place) {
        return Ok(value);
    }
    let text = Text::literal(text, place);
    Reader::new(&Input::new(&text, Span::start_of(source))).document()
}

/// As [`parse`], with the first comma after the last item of a list or map, or the first comment: readers of policies refuse both.
///
/// # Errors
///
/// As those of [`parse`].
pub fn parse_strictly(source: SourceId, text: &str) -> Result<(Node, Option<Problem>), Problem> {
    if let Some(node) = plain::read::<plain::Nodes>(text, Span::new(source, 0, text.len())) {
        return Ok((node, None));
    }
    let text = Text::literal(text, Span::new(source, 0, text.len()));
    let input = Input::new(&text, Span::start_of(source));
    let mut reader = Reader::new(&input);
    let node = value_to_node(reader.document()?);
    Ok((node, reader.trailing.or(reader.comment)))
}

/// Reads JSON that is the content of a string: a policy in a heredoc, in `Fn::Sub`, in a block scalar.
///
/// A symbol inside a quoted string becomes a piece of that string. A bare symbol is an unknown value; where
/// a list item or a member is expected it may stand for any number of them, so the list or map is open.
/// Encoded JSON in value position is the value itself.
///
/// # Errors
///
/// The first place that cannot be read, a comma after the last item, or nesting deeper than 256 levels.
pub fn value_from_text(text: &Text, span: Span) -> Result<Value, Problem> {
    if let [Piece { kind: PieceKind::Literal(literal), span, .. }] = text.pieces()
        && literal.len() == span.len()
        && let Some(value) = plain::read::<plain::Values>(literal, *span)
    {
        return Ok(value);
    }
    let input = Input::new(text, span);
    if text.pieces().len() > 1
        && text.is_literal()
        && let Some(value) = plain::read_cut::<plain::Values>(&input, span)
    {
        return Ok(value);
    }
    let mut reader = Reader::new(&input);
    let value = reader.document()?;
    match reader.trailing {
        Some(problem) if text.as_literal().is_some() => Err(problem),
        _ => Ok(value),
    }
}

/// What stands in a file at `span`, and is known to be JSON; of a map, the members that `is_kept` says. The others are not read.
///
/// # Errors
///
/// As those of [`value_from_text`].
pub fn members(text: &str, span: Span, is_kept: &dyn Fn(&str) -> bool) -> Result<Value, Problem> {
    match plain::members(text, span, is_kept) {
        Some(value) => Ok(value),
        None => value_from_text(&Text::literal(text, span), span),
    }
}

/// The value a document literally says; numbers keep their digits, tags are dropped.
pub fn node_to_value(node: &Node) -> Value {
    let kind = match &node.kind {
        NodeKind::Null => Kind::Null,
        NodeKind::Bool(value) => Kind::Bool(*value),
        NodeKind::Number(digits) => Kind::Number(Arc::clone(digits)),
        NodeKind::String(parts) => {
            let mut text = Text::default();
            for (part, span) in parts.iter(node.span) {
                text.push_str(Arc::clone(part), span);
            }
            Kind::Text(text)
        }
        NodeKind::List(items) => {
            Kind::List(List { items: items.iter().map(node_to_value).collect(), open: false })
        }
        NodeKind::Map(members) => {
            let entry = |member: &Member| Entry {
                key: Name::word(Arc::clone(&member.key)),
                key_span: member.key_span,
                value: node_to_value(&member.value),
            };
            Kind::Map(Map { entries: members.iter().map(entry).collect(), open: false })
        }
    };
    Value::new(kind, node.span)
}

/// A JSON value as if all of it were written at `span`.
pub fn placed(json: &serde_json::Value, span: Span) -> Value {
    let kind = match json {
        serde_json::Value::Null => Kind::Null,
        serde_json::Value::Bool(value) => Kind::Bool(*value),
        serde_json::Value::Number(number) => Kind::Number(number.to_string().into()),
        serde_json::Value::String(text) => return Value::literal(text.as_str(), span),
        serde_json::Value::Array(items) => {
            Kind::List(List { items: items.iter().map(|item| placed(item, span)).collect(), open: false })
        }
        serde_json::Value::Object(members) => {
            let mut map = Map::default();
            for (name, member) in members {
                map.insert(name, span, placed(member, span));
            }
            Kind::Map(map)
        }
    };
    Value::new(kind, span)
}

/// The document of a text without holes, which is all that reaches this.
fn value_to_node(value: Value) -> Node {
    let kind = match value.kind {
        Kind::Bool(value) => NodeKind::Bool(value),
        Kind::Number(digits) => NodeKind::Number(digits),
        Kind::Text(text) => NodeKind::String(Parts::new(parts(&text), value.span)),
        Kind::List(list) => NodeKind::List(list.items.into_iter().map(value_to_node).collect()),
        Kind::Map(map) => NodeKind::Map(map.entries.into_iter().map(member).collect()),
        Kind::Null | Kind::Absent | Kind::Json(_) | Kind::Choice(_) | Kind::Unknown(_) => NodeKind::Null,
    };
    Node::new(kind, value.span)
}

fn member(entry: Entry) -> Member {
    let text = entry.key_text();
    let key = match text.pieces() {
        [only] => parts(&text).into_iter().next().map_or_else(|| Arc::from(only_text(only)), |part| part.0),
        _ => Arc::from(entry.key.as_literal().unwrap_or_default()),
    };
    Member { key, key_span: entry.key_span, value: value_to_node(entry.value) }
}

fn only_text(piece: &Piece) -> &str {
    if let PieceKind::Literal(text) = &piece.kind { text } else { "" }
}

fn parts(text: &Text) -> Vec<(Arc<str>, Span)> {
    let literal = |piece: &Piece| match &piece.kind {
        PieceKind::Literal(text) => Some((Arc::clone(text), piece.span)),
        PieceKind::Symbol(_) | PieceKind::Json(_) => None,
    };
    text.pieces().iter().filter_map(literal).collect()
}
