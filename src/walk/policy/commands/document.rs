//! The documents that calls name: a file, a text in the script, or something that is not known.

use super::aws::Call;
use super::evaluate::{Evaluator, Place};
use super::value::{Content, Value as Given, replaced};
use crate::parse::json;
use crate::source::{SourceId, Span};
use crate::value::{Because, Class, Entry, Kind, List, Map, Symbol, Text, Value};
use crate::walk::policy::document::is_policy;
use crate::walk::policy::placeholder::filled;

/// A document.
pub(super) struct Document {
    /// What it says; a symbol when that is not known.
    pub(super) value: Value,
    /// The file that it is written in.
    pub(super) file: SourceId,
    /// Whether it is a file of the project, and no text in the script.
    pub(super) is_file: bool,
    /// Whether a command puts in values before it is used.
    pub(super) is_filled: bool,
}

impl Document {
    /// What is given to an option that takes a document.
    pub(super) fn of(given: &Given, place: Place, span: Span, evaluator: &Evaluator<'_>) -> Self {
        let read = Call::file(given).map(|path| evaluator.read(&path, span, place));
        let read = read.as_ref().unwrap_or(given);
        let known = match read.content() {
            Some(content) => of_file(content, evaluator),
            None => of_text(&read.text(), span, evaluator.file),
        };
        known.unwrap_or_else(|| Self::unknown(span, evaluator.file))
    }

    fn unknown(span: Span, file: SourceId) -> Self {
        let symbol = Symbol::new(Class::Opaque, "a document that a script makes", Because::Expression);
        Self { value: Value::unknown(symbol, span), file, is_file: false, is_filled: false }
    }

    /// Whether anything is known of it.
    pub(super) fn is_known(&self) -> bool {
        is_policy(&self.value)
    }

    /// The document in an attribute, where it stands as a text.
    pub(super) fn of_attributes(self, name: &str) -> Option<Self> {
        let attribute = self.value.as_map()?.get(name)?;
        let text = attribute.as_text()?;
        let value = json::value_from_text(&text, attribute.span).ok()?;
        Some(Self { value, ..self })
    }
}

fn of_text(text: &Text, span: Span, file: SourceId) -> Option<Document> {
    if !text.begins_with("{") && !starts_blank(text) {
        return None;
    }
    let place = text.span().unwrap_or(span);
    let value = json::value_from_text(text, place).ok()?;
    value.as_map()?;
    let value = filled(value, &mut Vec::new());
    Some(Document { value, file, is_file: false, is_filled: false })
}

/// Whether a brace is the first of a text that is no blank.
fn starts_blank(text: &Text) -> bool {
    let first = text.pieces().iter().find_map(|piece| match &piece.kind {
        crate::value::PieceKind::Literal(part) => part.trim_start().chars().next(),
        _ => Some(' '),
    });
    first == Some('{')
}

fn of_file(content: &Content, evaluator: &Evaluator<'_>) -> Option<Document> {
    let text = evaluator.sources.text_or_empty(content.file);
    if !evaluator.charge(content.replaced.len() + 1, text.len()) {
        return None;
    }
    let node = json::parse(content.file, &text).ok()?;
    let value = json::node_to_value(&node);
    let is_filled = !content.replaced.is_empty();
    // What no command fills in, somebody fills in before: the file itself says so.
    let value = if is_filled { put_in(value, &content.replaced) } else { filled(value, &mut Vec::new()) };
    Some(Document { value, file: content.file, is_file: true, is_filled })
}

/// A value with other texts in the place of literal ones. As deep as the document, which its reader bounds.
fn put_in(value: Value, replacements: &[(String, Text)]) -> Value {
    let kind = match value.kind {
        Kind::Text(text) => Kind::Text(replaced(text, replacements)),
        Kind::List(list) => {
            let items = list.items.into_iter().map(|item| put_in(item, replacements)).collect();
            Kind::List(List { items, ..list })
        }
        Kind::Map(map) => {
            let entry = |Entry { key, key_span, value }: Entry| {
                let key = replaced(key.into_text(key_span), replacements);
                Entry::new(key, key_span, put_in(value, replacements))
            };
            Kind::Map(Map { entries: map.entries.into_iter().map(entry).collect(), ..map })
        }
        other => other,
    };
    Value { kind, ..value }
}
