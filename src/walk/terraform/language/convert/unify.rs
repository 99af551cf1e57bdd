//! One type for the items of a list, a set or a map.

use std::borrow::Cow;
use std::mem;

use super::{Evaluated, Stop, text_of};
use crate::bounds;
use crate::value::{Entry, Kind, List, Map, Name, Value};

/// What the items of a collection are.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "any of them may be seen together")]
struct Seen {
    text: bool,
    /// Whether one of them certainly is a string.
    certain_text: bool,
    number: bool,
    bool: bool,
    list: bool,
    map: bool,
    /// Whether the type of one is not known, or not whether it is there.
    unknown: bool,
}

impl Seen {
    fn add(&mut self, value: &Value) {
        let text = |value: &Value| matches!(value.kind, Kind::Text(_) | Kind::Json(_));
        self.certain_text |= value.alternatives().iter().all(text);
        self.unknown |= matches!(value.kind, Kind::Choice(_));
        for alternative in value.alternatives() {
            match alternative.kind {
                Kind::Text(_) | Kind::Json(_) => self.text = true,
                Kind::Number(_) => self.number = true,
                Kind::Bool(_) => self.bool = true,
                Kind::List(_) => self.list = true,
                Kind::Map(_) => self.map = true,
                Kind::Unknown(_) => self.unknown = true,
                Kind::Null | Kind::Absent | Kind::Choice(_) => {}
            }
        }
    }

    fn primitive(&self) -> bool {
        self.text || self.number || self.bool
    }
}

/// Gives all items one type, as Terraform does for a list, a set or a map: beside a string, numbers and
/// booleans become strings.
///
/// # Errors
///
/// When there is no such type. In an open collection there may be items that make one.
pub(crate) fn unified(mut items: Vec<Value>, open: bool) -> Evaluated<Vec<Value>> {
    if items.len() > bounds::ITEMS {
        return Err(Stop::Unknown);
    }
    let mut references: Vec<&mut Value> = items.iter_mut().collect();
    unify(&mut references, open)?;
    Ok(items)
}

/// The same for the items of a list, each of them copied.
pub(crate) fn unified_items(list: &List) -> Evaluated<Vec<Value>> {
    unified(list.items.to_vec(), list.open)
}

/// The same for the values of a map.
pub(crate) fn unified_entries(mut entries: Vec<Entry>, open: bool) -> Evaluated<Vec<Entry>> {
    if entries.len() > bounds::ITEMS {
        return Err(Stop::Unknown);
    }
    let mut references: Vec<&mut Value> = entries.iter_mut().map(|entry| &mut entry.value).collect();
    unify(&mut references, open)?;
    Ok(entries)
}

fn unify(items: &mut [&mut Value], open: bool) -> Evaluated<()> {
    let mut seen = Seen { unknown: open, ..Seen::default() };
    for item in items.iter() {
        seen.add(item);
    }
    let kinds = [seen.primitive(), seen.list, seen.map].iter().filter(|seen| **seen).count();
    let mixed = seen.number && seen.bool && !seen.certain_text;
    if kinds > 1 || mixed {
        return Err(if seen.unknown { Stop::Unknown } else { Stop::Refused });
    }
    if seen.certain_text || seen.text || seen.unknown {
        for item in items.iter_mut() {
            to_string(item, seen.certain_text);
        }
    }
    if seen.list {
        return unify_lists(items, open);
    }
    if seen.map { unify_maps(items, open) } else { Ok(()) }
}

/// Makes a number or boolean a string, or one that may be a string.
fn to_string(item: &mut Value, certainly: bool) {
    if let Kind::Choice(alternatives) = &item.kind {
        let mut alternatives: Vec<Value> = alternatives.to_vec();
        for one in &mut alternatives {
            to_string(one, certainly);
        }
        *item = Value { via: mem::take(&mut item.via), ..Value::choice(alternatives, item.span) };
    } else if certainly {
        if matches!(item.kind, Kind::Number(_) | Kind::Bool(_))
            && let Ok(text) = text_of(item).map(Cow::into_owned)
        {
            item.kind = Kind::Text(text);
        }
    } else {
        let taken = mem::replace(item, Value::new(Kind::Null, item.span));
        *item = perhaps_text(taken);
    }
}

/// A number or boolean that becomes a string if what it stands in is a list or a map of strings, and stays one
/// otherwise.
pub(crate) fn perhaps_text(value: Value) -> Value {
    match (&value.kind, text_of(&value)) {
        (Kind::Number(_) | Kind::Bool(_), Ok(text)) => {
            let written = value.with_kind(Kind::Text(text.into_owned()));
            let span = value.span;
            Value::choice([value, written], span)
        }
        _ => value,
    }
}

/// Tuples of one length are unified place by place, others as lists.
fn unify_lists(items: &mut [&mut Value], open: bool) -> Evaluated<()> {
    let (mut lists, mut open) = (Vec::new(), open);
    for item in items.iter_mut() {
        // What is inside a choice stays as it is.
        if let Kind::List(list) = &mut item.kind {
            open |= list.open;
            lists.push(list.items.edit());
        }
    }
    let length = lists.first().map_or(0, |items| items.len());
    if lists.iter().all(|items| items.len() == length) {
        for at in 0..length {
            let mut column: Vec<&mut Value> =
                lists.iter_mut().filter_map(|items| items.get_mut(at)).collect();
            unify(&mut column, open)?;
        }
        return Ok(());
    }
    let mut all: Vec<&mut Value> = lists.iter_mut().flat_map(|items| items.iter_mut()).collect();
    unify(&mut all, open)
}

/// Keeps the last of several entries with one key.
fn drop_shadowed(map: &mut Map) {
    let mut seen = rustc_hash::FxHashSet::default();
    let mut last: Vec<bool> = Vec::with_capacity(map.entries.len());
    for entry in map.entries.iter().rev() {
        last.push(entry.key.as_literal().is_none_or(|key| seen.insert(key.into_owned())));
    }
    if last.contains(&false) {
        map.entries.edit().retain(|_| last.pop().unwrap_or(true));
    }
}

/// Objects with the same keys are unified key by key, others as maps.
fn unify_maps(items: &mut [&mut Value], open: bool) -> Evaluated<()> {
    let (mut maps, mut open) = (Vec::new(), open);
    for item in items.iter_mut() {
        if let Kind::Map(map) = &mut item.kind {
            drop_shadowed(map);
            open |= map.open;
            maps.push(map.entries.edit());
        }
    }
    let keys: Vec<Name> =
        maps.first().map_or_else(Vec::new, |entries| entries.iter().map(|e| e.key.clone()).collect());
    let same_keys = maps.iter().all(|entries| {
        entries.len() == keys.len() && keys.iter().all(|key| entries.iter().any(|e| e.key == *key))
    });
    if same_keys {
        for key in &keys {
            let mut column: Vec<&mut Value> = maps
                .iter_mut()
                .filter_map(|entries| entries.iter_mut().rfind(|entry| entry.key == *key))
                .map(|entry| &mut entry.value)
                .collect();
            unify(&mut column, open)?;
        }
        return Ok(());
    }
    let entries = maps.iter_mut().flat_map(|entries| entries.iter_mut());
    let mut all: Vec<&mut Value> = entries.map(|entry| &mut entry.value).collect();
    unify(&mut all, open)
}
