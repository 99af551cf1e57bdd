//! Policies that stand in a plan as texts.

use std::sync::Arc;

use crate::carriers::{self, Step, ValueKind};
use crate::parse::json;
use crate::source::Span;
use crate::value::{Kind, Map, Text, Value};

/// The properties of a type with each policy in them read. As a text it has a piece for each `\"`, ten times what the policy itself
/// takes.
pub(super) fn read(mut properties: Map, type_name: &str) -> Map {
    for row in carriers::carriers(type_name).iter().filter(|row| row.value_kind == ValueKind::JsonPolicy) {
        properties = below(properties, &row.path);
    }
    properties
}

fn below(mut map: Map, path: &[Step]) -> Map {
    let Some((Step::Property(name), rest)) = path.split_first() else { return map };
    let Some(at) = map.entries.iter().rposition(|entry| entry.key.is_literally(name)) else { return map };
    if let Some(entry) = map.entries.edit().get_mut(at) {
        let empty = Value::new(Kind::Null, entry.value.span);
        entry.value = at_path(std::mem::replace(&mut entry.value, empty), rest);
    }
    map
}

/// What is at the end of a path, which bounds the recursion.
fn at_path(value: Value, path: &[Step]) -> Value {
    let kind = match (value.kind, path.split_first()) {
        (Kind::Text(text), None) => tree(text, value.span),
        (Kind::List(list), Some((Step::Each, rest))) => Kind::List(list.map(|item| at_path(item, rest))),
        (Kind::List(list), Some((Step::Property(_), _))) => Kind::List(list.map(|item| at_path(item, path))),
        (Kind::Map(map), Some((Step::Property(_), _))) => Kind::Map(below(map, path)),
        (kind, _) => kind,
    };
    Value { kind, ..value }
}

/// A text as the tree that it is the encoding of. What is no JSON stays as it is, so that it is said where it is looked for.
fn tree(text: Text, span: Span) -> Kind {
    let is_cut = text.pieces().len() > 1 && text.begins_with("{");
    match is_cut.then(|| json::value_from_text(&text, span)) {
        Some(Ok(tree)) => Kind::Json(Arc::new(tree)),
        _ => Kind::Text(text),
    }
}
