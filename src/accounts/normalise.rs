//! Values with the accounts of units put in, and JSON inside strings read.

pub use super::key::{Key, in_one_partition, is_identity, key};

use super::Accounts;
use crate::bounds;
use crate::parse::json;
use crate::source::Span;
use crate::value::{Answer, Because, Entry, Extended as _, Kind, List, Map, PieceKind, Text, Value, When};

/// Why a value is no policy document.
#[derive(Debug)]
pub struct Unreadable {
    /// Where.
    pub span: Span,
    /// Why, as the end of a sentence.
    pub reason: String,
    /// Whether it is a text, known to the end, that is not JSON.
    pub is_malformed: bool,
    /// Why what it hangs on is not known, when that is it.
    pub because: Option<Because>,
    /// Whether it is the policy, and no alternative of which nobody knows when it is taken.
    pub present: Answer,
    /// The choices that it is the policy under.
    pub when: When,
}

impl Unreadable {
    /// Something that is not known, or no document at all.
    pub fn new(span: Span, reason: impl Into<String>) -> Self {
        let (present, when) = (Answer::Yes, When::default());
        Self { span, reason: reason.into(), is_malformed: false, because: None, present, when }
    }

    /// The same, of an alternative of a choice.
    fn chosen(self, when: &When) -> Self {
        let when = self.when.and(when).filter(|_| !when.is_empty()).unwrap_or_default();
        Self { present: Answer::Unknown, when, ..self }
    }
}

/// The value of a policy document: accounts put in, and a document written as a JSON string read.
///
/// # Errors
///
/// When the value is a string that is not JSON: where, and what was expected.
pub fn document(value: Value, accounts: &Accounts) -> Result<Value, Unreadable> {
    match &value.kind {
        Kind::Text(text) if text.as_symbol().is_none() && !text.is_empty() => {
            let read = json::value_from_text(text, value.span).map_err(|problem| {
                if starts_otherwise(text) {
                    return Unreadable::new(value.span, "it is not a policy document");
                }
                let reason = format!("its JSON cannot be read: {}", problem.message);
                let is_malformed = text.as_literal().is_some();
                Unreadable { is_malformed, ..Unreadable::new(problem.span, reason) }
            })?;
            Ok(Value { via: value.via, ..put_in(read, accounts, 0) })
        }
        Kind::Json(_) => {
            let Kind::Json(inner) = value.kind else { return Ok(value) };
            let mut inner = document(inner.into_value(), accounts)?;
            if inner.via.spans().next().is_none() {
                inner.via = value.via;
            }
            Ok(inner)
        }
        Kind::Choice(alternatives) => {
            let read: Result<Vec<_>, _> =
                alternatives.iter().map(|one| of_alternative(one, accounts)).collect();
            Ok(Value { via: value.via, span: value.span, ..Value::choice(read?, value.span) })
        }
        _ => Ok(put_in(value, accounts, 0)),
    }
}

fn of_alternative(one: &Value, accounts: &Accounts) -> Result<Value, Unreadable> {
    document(one.clone(), accounts).map_err(|unreadable| unreadable.chosen(&one.when()))
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
pub fn put_in(mut value: Value, accounts: &Accounts, depth: usize) -> Value {
    // Only symbols are of accounts.
    if depth > bounds::VALUE_DEPTH || !value.extent().has_unknown {
        return value;
    }
    let deeper = |inner: Value| put_in(inner, accounts, depth + 1);
    value.kind = match value.kind {
        Kind::Text(text) => Kind::Text(accounts.normalised(text)),
        Kind::Unknown(symbol) => match accounts.known(&symbol) {
            Some(known) if !known.as_symbol().is_some_and(|known| known.same(&symbol)) => {
                Kind::Text(known.shown_at(value.span))
            }
            _ => Kind::Unknown(symbol),
        },
        Kind::List(list) => {
            Kind::List(List { items: list.items.into_iter().map(deeper).collect(), open: list.open })
        }
        Kind::Map(map) => {
            let entries = map.entries.into_iter().map(|Entry { key, key_span, value }| {
                Entry::new(accounts.normalised(key.into_text(key_span)), key_span, deeper(value))
            });
            Kind::Map(Map { entries: entries.collect(), open: map.open })
        }
        Kind::Json(inner) => Kind::Json(deeper(inner.into_value()).into()),
        Kind::Choice(all) => Kind::Choice(all.iter().cloned().map(deeper).collect()),
        kind @ (Kind::Null | Kind::Absent | Kind::Bool(_) | Kind::Number(_)) => kind,
    };
    value
}
