//! One type for the items of a list, a set or a map.

use super::{Evaluated, MAX_ITEMS, Stop, text_of};
use crate::value::{Kind, List, Map, Text, Value};

/// What the items of a collection are.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "a set of kinds")]
struct Seen {
    text: bool,
    number: bool,
    bool: bool,
    list: bool,
    map: bool,
    unknown: bool,
}

impl Seen {
    fn add(&mut self, value: &Value) {
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
/// When there is no such type.
pub(in crate::walk::terraform) fn unified(mut items: Vec<Value>) -> Evaluated<Vec<Value>> {
    if items.len() > MAX_ITEMS {
        return Err(Stop::Unknown);
    }
    let mut references: Vec<&mut Value> = items.iter_mut().collect();
    unify(&mut references)?;
    Ok(items)
}

fn unify(items: &mut [&mut Value]) -> Evaluated<()> {
    let mut seen = Seen::default();
    for item in items.iter() {
        seen.add(item);
    }
    let kinds = [seen.primitive(), seen.list, seen.map].iter().filter(|seen| **seen).count();
    if kinds > 1 {
        return Err(Stop::Refused);
    }
    if seen.number && seen.bool && !seen.text {
        return Err(if seen.unknown { Stop::Unknown } else { Stop::Refused });
    }
    if seen.text && (seen.number || seen.bool) {
        for item in items.iter_mut() {
            to_string(item);
        }
    }
    if seen.list {
        return unify_lists(items);
    }
    if seen.map { unify_maps(items) } else { Ok(()) }
}

fn to_string(item: &mut Value) {
    if let Kind::Choice(alternatives) = &item.kind {
        let mut alternatives: Vec<Value> = alternatives.to_vec();
        alternatives.iter_mut().for_each(to_string);
        item.kind = Kind::Choice(alternatives.into());
    } else if matches!(item.kind, Kind::Number(_) | Kind::Bool(_))
        && let Ok(text) = text_of(item)
    {
        item.kind = Kind::Text(text);
    }
}

/// Tuples of one length are unified place by place, others as lists.
fn unify_lists(items: &mut [&mut Value]) -> Evaluated<()> {
    let mut lists: Vec<&mut List> = Vec::new();
    for item in items.iter_mut() {
        // What is inside a choice stays as it is.
        if let Kind::List(list) = &mut item.kind {
            lists.push(list);
        }
    }
    let length = lists.first().map_or(0, |list| list.items.len());
    if lists.iter().all(|list| list.items.len() == length) {
        for at in 0..length {
            let mut column: Vec<&mut Value> =
                lists.iter_mut().filter_map(|list| list.items.get_mut(at)).collect();
            unify(&mut column)?;
        }
        return Ok(());
    }
    let mut all: Vec<&mut Value> = lists.into_iter().flat_map(|list| &mut list.items).collect();
    unify(&mut all)
}

/// Objects with the same keys are unified key by key, others as maps.
fn unify_maps(items: &mut [&mut Value]) -> Evaluated<()> {
    let mut maps: Vec<&mut Map> = Vec::new();
    for item in items.iter_mut() {
        if let Kind::Map(map) = &mut item.kind {
            maps.push(map);
        }
    }
    let keys: Vec<Text> =
        maps.first().map_or_else(Vec::new, |map| map.entries.iter().map(|e| e.key.clone()).collect());
    let same_keys = maps.iter().all(|map| {
        map.entries.len() == keys.len() && keys.iter().all(|key| map.entries.iter().any(|e| e.key == *key))
    });
    if same_keys {
        for key in &keys {
            let mut column: Vec<&mut Value> = maps
                .iter_mut()
                .filter_map(|map| map.entries.iter_mut().rfind(|entry| entry.key == *key))
                .map(|entry| &mut entry.value)
                .collect();
            unify(&mut column)?;
        }
        return Ok(());
    }
    let entries = maps.into_iter().flat_map(|map| &mut map.entries);
    let mut all: Vec<&mut Value> = entries.map(|entry| &mut entry.value).collect();
    unify(&mut all)
}
