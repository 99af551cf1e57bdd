//! What Terraform makes of a value where it needs another type.

mod equal;
mod json;
mod number;
mod order;
mod unify;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::mem;
use std::sync::Arc;

pub(crate) use equal::{could_be_empty, equal, same, symbol_can_contain, text_order, texts_equal};
pub(crate) use json::{write_string, written_json};
pub(crate) use number::{Number, Reading, canonical, shortest};
pub(crate) use order::set_order;
pub(crate) use unify::{perhaps_text, unified, unified_entries, unified_items};

use crate::bounds;
use crate::source::Span;
use crate::value::{Because, Class, Entry, Kind, List, Map, Symbol, Text, Value};

/// What an operator or a function returns.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// This.
    Value(Value),
    /// It depends on what is not known. The caller gives it an identity.
    Unknown,
    /// Terraform refuses it.
    Refused,
}

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It depends on what is not known.
    Unknown,
    /// Terraform refuses it.
    Refused,
}

/// A value, or why there is none.
pub(crate) type Evaluated<T> = Result<T, Stop>;

impl From<Evaluated<Value>> for Outcome {
    fn from(evaluated: Evaluated<Value>) -> Self {
        match evaluated {
            Ok(value) => Self::Value(value),
            Err(Stop::Unknown) => Self::Unknown,
            Err(Stop::Refused) => Self::Refused,
        }
    }
}

/// The value as a string. `None` for null, lists, maps and choices.
///
/// Numbers are written as Terraform writes them; JSON becomes a text of one piece.
pub(crate) fn to_text(value: &Value) -> Option<Cow<'_, Text>> {
    text_of(value).ok()
}

/// The value as a boolean. `None` when it is none or is not known.
pub(crate) fn to_bool(value: &Value) -> Option<bool> {
    bool_of(value).ok()
}

/// The value as a number. `None` when it is none or is not known.
pub(crate) fn to_number(value: &Value) -> Option<Number> {
    number_of(value).ok()
}

/// The value as a string, which may have unknown parts.
pub(crate) fn text_of(value: &Value) -> Evaluated<Cow<'_, Text>> {
    Ok(Cow::Owned(match &value.kind {
        Kind::Text(text) => return Ok(Cow::Borrowed(text)),
        Kind::Number(digits) => number_text(digits, value.span),
        Kind::Bool(true) => Text::literal("true", value.span),
        Kind::Bool(false) => Text::literal("false", value.span),
        Kind::Unknown(symbol) => Text::symbol(symbol.clone(), value.span),
        Kind::Json(inner) => {
            let mut text = Text::default();
            text.push(crate::value::PieceKind::Json(inner.clone()), value.span);
            text
        }
        Kind::Null | Kind::List(_) | Kind::Map(_) => return Err(Stop::Refused),
        Kind::Absent | Kind::Choice(_) => return Err(Stop::Unknown),
    }))
}

fn number_text(digits: &Arc<str>, span: Span) -> Text {
    match canonical(digits) {
        Some(written) if *written == **digits => Text::literal(Arc::clone(digits), span),
        Some(written) => Text::literal(written, span),
        None => {
            Text::symbol(Symbol::new(Class::Opaque, "a number of many digits", Because::Expression), span)
        }
    }
}

/// The value as a string that is wholly known.
pub(crate) fn literal_of(value: &Value) -> Evaluated<Cow<'_, str>> {
    match &value.kind {
        Kind::Text(text) => text.as_literal().ok_or(Stop::Unknown),
        Kind::Json(inner) => written_json(inner).map(Cow::Owned),
        _ => text_of(value)?.as_literal().map(|text| Cow::Owned(text.into_owned())).ok_or(Stop::Unknown),
    }
}

/// The value as a boolean: a boolean, or a string that says one.
pub(crate) fn bool_of(value: &Value) -> Evaluated<bool> {
    match &value.kind {
        Kind::Bool(value) => Ok(*value),
        Kind::Text(text) => match text.as_literal().ok_or(Stop::Unknown)?.as_ref() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(Stop::Refused),
        },
        Kind::Null | Kind::Number(_) | Kind::List(_) | Kind::Map(_) => Err(Stop::Refused),
        Kind::Unknown(symbol) if is_string(symbol) => Err(Stop::Refused),
        Kind::Absent | Kind::Choice(_) | Kind::Unknown(_) | Kind::Json(_) => Err(Stop::Unknown),
    }
}

/// The value as a number: a number, or a string that says one.
pub(crate) fn number_of(value: &Value) -> Evaluated<Number> {
    let read = |text: &str| match Number::read(text) {
        Reading::Number(number) => Ok(number),
        Reading::Other => Err(Stop::Unknown),
        Reading::None => Err(Stop::Refused),
    };
    match &value.kind {
        // Other notations come from YAML.
        Kind::Number(digits) => read(digits).map_err(|_| Stop::Unknown),
        Kind::Text(text) => read(&text.as_literal().ok_or(Stop::Unknown)?),
        Kind::Null | Kind::Bool(_) | Kind::List(_) | Kind::Map(_) => Err(Stop::Refused),
        Kind::Absent | Kind::Choice(_) | Kind::Unknown(_) | Kind::Json(_) => Err(Stop::Unknown),
    }
}

/// The value as a whole number.
pub(crate) fn whole_of(value: &Value) -> Evaluated<i128> {
    number_of(value)?.as_whole().ok_or(Stop::Refused)
}

/// Whether a symbol can only be a string, and one that is not empty.
pub(crate) fn is_string(symbol: &Symbol) -> bool {
    match symbol.class {
        Class::Account
        | Class::AccountId
        | Class::Region
        | Class::Partition
        | Class::DnsSuffix
        | Class::Organization => true,
        Class::Computed | Class::Word | Class::Keyed | Class::Opaque => false,
    }
}

/// Whether a symbol is certainly neither null nor empty: a name or an ARN that something has once it is created.
pub(crate) fn is_set(symbol: &Symbol) -> bool {
    let attribute = symbol.origin.attribute_name().unwrap_or_default();
    is_string(symbol)
        || symbol.class == Class::Computed
            && matches!(attribute, "arn" | "id" | "name" | "unique_id" | "key_id" | "bucket")
}

/// A number.
pub(crate) fn number_value(number: Number, span: Span) -> Value {
    Value::new(Kind::Number(number.written().into()), span)
}

/// A key or an index, and the value there.
type Item = (Value, Value);

/// The items of a list or map with their indices or keys, in Terraform's order, and whether there may be
/// more. An item that is a choice with [`Kind::Absent`] may be missing. In an open list the unknown items may
/// stand anywhere, so that an index says nothing.
pub(crate) fn items(value: &Value) -> Option<(Vec<Item>, bool)> {
    let owned = |(key, value): (Value, &Value)| (key, value.clone());
    match &value.kind {
        Kind::List(list) => {
            let index = |at: usize| Value::new(Kind::Number(at.to_string().into()), value.span);
            let items = list.items.iter().enumerate().map(|(at, item)| (index(at), item));
            Some((items.map(owned).collect(), list.open))
        }
        Kind::Map(map) => {
            let items = sorted_entries(map).into_iter().map(|entry| (entry.key_value(), &entry.value));
            Some((items.map(owned).collect(), map.open))
        }
        _ => None,
    }
}

/// The entries that count, sorted by key as far as the keys are known.
pub(crate) fn sorted_entries(map: &Map) -> Vec<&Entry> {
    let mut entries: Vec<&Entry> = Vec::with_capacity(map.entries.len());
    let mut last = rustc_hash::FxHashMap::default();
    for (at, entry) in map.entries.iter().enumerate() {
        if let Some(key) = entry.key.as_literal() {
            last.insert(key, at);
        }
    }
    for (at, entry) in map.entries.iter().enumerate() {
        if entry.key.as_literal().is_none_or(|key| last.get(&key) == Some(&at)) {
            entries.push(entry);
        }
    }
    if last.len() == map.entries.len() {
        entries.sort_by(|a, b| a.key.as_literal().cmp(&b.key.as_literal()));
    } else {
        sort_by_text(&mut entries, |entry| entry.key_text());
    }
    entries
}

/// Sorts by texts when their order is known, and otherwise leaves everything as it is. Whether it was sorted.
pub(crate) fn sort_by_text<T>(items: &mut [T], text: impl Fn(&T) -> Cow<'_, Text>) -> bool {
    let literal = |item: &T| text(item).as_literal().is_some();
    if items.iter().all(literal) {
        items.sort_by(|a, b| text(a).as_literal().cmp(&text(b).as_literal()));
        return true;
    }
    // A comparison that is undecided somewhere would make the order arbitrary.
    let decided = items.len() <= bounds::CHOICES
        && items
            .iter()
            .enumerate()
            .all(|(at, a)| items.iter().skip(at + 1).all(|b| text_order(&text(a), &text(b)).is_some()));
    if decided {
        items.sort_by(|a, b| text_order(&text(a), &text(b)).unwrap_or(Ordering::Equal));
    }
    decided
}

/// The list of a value that must be one: a list, a set or a tuple.
pub(crate) fn list_of(value: &Value) -> Evaluated<&List> {
    match &value.kind {
        Kind::List(list) => Ok(list),
        Kind::Unknown(symbol) if is_string(symbol) => Err(Stop::Refused),
        Kind::Unknown(_) | Kind::Choice(_) | Kind::Absent => Err(Stop::Unknown),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Map(_) | Kind::Json(_) => {
            Err(Stop::Refused)
        }
    }
}

/// The list of a value that must be one, taken out of it.
pub(crate) fn take_list(value: &mut Value) -> Evaluated<List> {
    if let Kind::List(list) = &mut value.kind {
        return Ok(mem::take(list));
    }
    Err(list_of(value).err().unwrap_or(Stop::Refused))
}

/// The map of a value that must be one, taken out of it.
pub(crate) fn take_map(value: &mut Value) -> Evaluated<Map> {
    if let Kind::Map(map) = &mut value.kind {
        return Ok(mem::take(map));
    }
    Err(map_of(value).err().unwrap_or(Stop::Refused))
}

/// The map of a value that must be one: a map or an object.
pub(crate) fn map_of(value: &Value) -> Evaluated<&Map> {
    match &value.kind {
        Kind::Map(map) => Ok(map),
        Kind::Unknown(symbol) if is_string(symbol) => Err(Stop::Refused),
        Kind::Unknown(_) | Kind::Choice(_) | Kind::Absent => Err(Stop::Unknown),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) | Kind::Json(_) => {
            Err(Stop::Refused)
        }
    }
}

/// Whether an item of a list or a member of a map may be missing.
pub(crate) fn may_be_missing(value: &Value) -> bool {
    value.alternatives().iter().any(|alternative| matches!(alternative.kind, Kind::Absent))
}

/// The value, or nothing.
pub(crate) fn possibly(value: Value) -> Value {
    if may_be_missing(&value) {
        return value;
    }
    let span = value.span;
    Value::choice([value, Value::new(Kind::Absent, span)], span)
}
