//! What a list element holds: single values, lists, choices, unknowns.

use crate::bounds;
use crate::iam::policy::Item;
use crate::value::{Class, Kind, Presence, Text, Value, When};

/// Calls `visit` with every value that is or may be listed, and says whether there may be more.
///
/// A single value is a list of one. What stands in a choice may be missing.
pub(super) fn each(value: &Value, present: &Presence, visit: &mut dyn FnMut(&Value, &Presence)) -> bool {
    walk(value, present, bounds::POLICY_DEPTH, visit)
}

fn walk(value: &Value, present: &Presence, depth: usize, visit: &mut dyn FnMut(&Value, &Presence)) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    match &value.kind {
        // What nobody has set yet may be anything, and a list of it may have items.
        Kind::Null | Kind::Absent => value.awaited().is_some_and(|later| walk(&later, present, depth, visit)),
        Kind::List(list) => {
            let mut open = list.open || value.unset_input().is_some();
            for item in &list.items {
                let later = item.awaited();
                let item = later.as_ref().unwrap_or(item);
                // An item of a list is one value; only the list itself can be longer than it looks.
                if let Kind::Unknown(_) = item.kind {
                    visit(item, present);
                } else {
                    open |= walk(item, present, depth, visit);
                }
            }
            open
        }
        Kind::Choice(all) => {
            let mut open = false;
            for (alternative, present) in alternatives(all, present) {
                open |= walk(alternative, &present, depth, visit);
            }
            open
        }
        Kind::Unknown(symbol) => {
            visit(value, present);
            // A variable may hold a list; an attribute or a pseudo value is one string.
            matches!(symbol.class, Class::Keyed | Class::Opaque)
        }
        Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Map(_) | Kind::Json(_) => {
            visit(value, present);
            false
        }
    }
}

/// The alternatives that there can be, each with its choices when all of them are told apart by theirs.
pub fn alternatives<'v>(all: &'v [Value], present: &Presence) -> Vec<(&'v Value, Presence)> {
    let whens: Vec<When> = all.iter().map(Value::when).collect();
    let named = When::tell_apart(&whens);
    all.iter().zip(whens).filter_map(|(one, when)| Some((one, present.alternative(&when, named)?))).collect()
}

/// An item as it is written, and what it means.
pub(super) fn item<T>(
    value: &Value,
    meant: T,
    text: Text,
    present: &Presence,
    kind: &'static str,
) -> Item<T> {
    Item {
        value: meant,
        text,
        span: value.span,
        via: value.via.clone(),
        present: present.answer,
        when: present.choices(),
        kind,
        number: matches!(value.kind, Kind::Number(_)),
    }
}

/// A scalar as text; `None` for what is no scalar.
pub(super) fn scalar(value: &Value) -> Option<Text> {
    value.as_text()
}
