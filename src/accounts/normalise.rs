//! Values with the accounts of units put in, and JSON inside strings read.

pub use super::key::{Key, has_symbols, is_identity, key};

use super::Accounts;
use crate::bounds;
use crate::parse::json;
use crate::source::Span;
use crate::value::{Entry, Kind, List, Map, PieceKind, Text, Value};

/// The value of a policy document: accounts put in, and a document written as a JSON string read.
///
/// # Errors
///
/// When the value is a string that is not JSON: where, and what was expected.
pub fn document(value: &Value, accounts: &Accounts) -> Result<Value, (Span, String)> {
    match &value.kind {
        Kind::Text(text) if text.as_symbol().is_none() && !text.is_empty() => {
            let read = json::value_from_text(text, value.span).map_err(|problem| {
                if starts_otherwise(text) {
                    return (value.span, "it is not a policy document".to_owned());
                }
                (problem.span, format!("its JSON cannot be read: {}", problem.message))
            })?;
            let mut read = put_in(&read, accounts, 0);
            read.via = value.via.clone();
            Ok(read)
        }
        Kind::Json(inner) => {
            let mut inner = document(inner, accounts)?;
            if inner.via.spans().next().is_none() {
                inner.via = value.via.clone();
            }
            Ok(inner)
        }
        Kind::Choice(alternatives) => {
            let read: Result<Vec<_>, _> =
                alternatives.iter().map(|alternative| document(alternative, accounts)).collect();
            Ok(Value { kind: Value::choice(read?, value.span).kind, ..value.clone() })
        }
        _ => Ok(put_in(value, accounts, 0)),
    }
}

/// Whether a text begins with what no JSON object begins with: the name of a file, an ARN.
fn starts_otherwise(text: &Text) -> bool {
    let first = text.pieces().iter().find_map(|piece| match &piece.kind {
        PieceKind::Literal(part) => part.trim_start().chars().next().map(|first| first != '{'),
        PieceKind::Symbol(_) | PieceKind::Json(_) => Some(false),
    });
    first.unwrap_or(true)
}

/// The value with the accounts of units put in.
pub fn put_in(value: &Value, accounts: &Accounts, depth: usize) -> Value {
    if depth > bounds::VALUE_DEPTH {
        return value.clone();
    }
    let deeper = |inner: &Value| put_in(inner, accounts, depth + 1);
    let kind = match &value.kind {
        Kind::Text(text) => Kind::Text(accounts.normalise(text)),
        Kind::Unknown(symbol) => {
            let text = Text::symbol(symbol.clone(), value.span);
            let known = accounts.normalise(&text);
            if known == text { value.kind.clone() } else { Kind::Text(known) }
        }
        Kind::List(list) => {
            Kind::List(List { items: list.items.iter().map(deeper).collect(), open: list.open })
        }
        Kind::Map(map) => Kind::Map(Map {
            entries: map
                .entries
                .iter()
                .map(|entry| Entry {
                    key: accounts.normalise(&entry.key),
                    key_span: entry.key_span,
                    value: deeper(&entry.value),
                })
                .collect(),
            open: map.open,
        }),
        Kind::Json(inner) => Kind::Json(deeper(inner).into()),
        Kind::Choice(all) => Kind::Choice(all.iter().map(deeper).collect()),
        Kind::Null | Kind::Absent | Kind::Bool(_) | Kind::Number(_) => value.kind.clone(),
    };
    Value { kind, span: value.span, via: value.via.clone() }
}
