//! What a plan or state says to be a secret: it stands there in plain text, and must not be shown.

use std::borrow::Cow;

use serde_json::Value as Json;

use crate::source::Span;
use crate::value::{Because, Class, Entry, Kind, List, Map, Origin, Part, Symbol, Value};

/// The value with a symbol for each secret in it. `secret` has the shape of the value, with `true` for a secret.
/// `origin` identifies the value; its recursion is bounded by that of the reader of `secret`.
pub(super) fn masked(value: Value, secret: &Json, origin: Origin) -> Value {
    let kind = match (value.kind, secret) {
        (_, Json::Bool(true)) => return unknown(origin, value.span),
        (Kind::Map(map), Json::Object(parts)) => {
            let entry = |entry: Entry| {
                let name = entry.key.as_literal().map(Cow::into_owned).unwrap_or_default();
                match parts.get(&name) {
                    Some(part) => {
                        Entry { value: masked(entry.value, part, origin.attribute(name.as_str())), ..entry }
                    }
                    None => entry,
                }
            };
            Kind::Map(Map { entries: map.entries.into_iter().map(entry).collect(), open: map.open })
        }
        (Kind::List(list), Json::Array(parts)) => {
            let item = |(index, item): (usize, Value)| match parts.get(index) {
                Some(part) => masked(item, part, origin.part(Part::Index(index.to_string().into()))),
                None => item,
            };
            Kind::List(List {
                items: list.items.into_iter().enumerate().map(item).collect(),
                open: list.open,
            })
        }
        (kind, _) => kind,
    };
    Value { kind, ..value }
}

/// The place is empty, so that nothing of the secret is underlined.
fn unknown(origin: Origin, span: Span) -> Value {
    Value::unknown(Symbol::new(Class::Keyed, origin, Because::Computed), span.part(0, 0))
}

/// The attributes of a data source without those that have a secret in them.
pub(super) fn removed(mut values: Json, secret: &Json) -> Json {
    if *secret == Json::Bool(true) {
        return Json::Null;
    }
    if let (Json::Object(values), Json::Object(secret)) = (&mut values, secret) {
        values.retain(|name, _| !secret.get(name).is_some_and(marks));
    }
    values
}

/// Whether something is said of a value, or of a part of it.
pub(super) fn marks(shape: &Json) -> bool {
    match shape {
        Json::Bool(is_marked) => *is_marked,
        Json::Array(items) => items.iter().any(marks),
        Json::Object(members) => members.values().any(marks),
        Json::Null | Json::Number(_) | Json::String(_) => false,
    }
}
