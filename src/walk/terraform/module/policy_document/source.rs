//! Documents that are given: the source documents and those that override.
//!
//! The provider reads them into what it knows of a policy and writes that again. So names are found without regard
//! to case, what has no name is dropped, and a principal that is a string becomes `*`, whatever it says.

use super::clauses::scalar;
use super::merge::{Document, Part};
use super::perhaps;
use crate::bounds;
use crate::parse::json;
use crate::source::Span;
use crate::value::{Entry, Kind, List, Map, Text, Value, Via};

const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
];

/// The documents of an argument: one document, or a list of them.
pub(super) fn documents(value: Option<&Value>) -> Vec<Document> {
    let mut found = Vec::new();
    if let Some(value) = value {
        given(value, true, bounds::POLICY_DEPTH, &mut found);
    }
    found
}

/// Reads what stands in an argument: encoded documents.
fn given(value: &Value, certain: bool, depth: usize, out: &mut Vec<Document>) {
    let Some(depth) = depth.checked_sub(1) else {
        out.push(Document::unknown());
        return;
    };
    match &value.kind {
        Kind::Null | Kind::Absent => {}
        Kind::List(list) => {
            for item in &list.items {
                given(item, certain, depth, out);
            }
            if list.open {
                out.push(Document::unknown());
            }
        }
        Kind::Choice(all) => {
            for one in all.iter().take(bounds::CHOICES) {
                given(one, false, depth, out);
            }
            if all.len() > bounds::CHOICES {
                out.push(Document::unknown());
            }
        }
        Kind::Json(inner) => decoded(inner, &value.via, certain, depth, out),
        // An empty text is no document.
        Kind::Text(text) if text.is_empty() => {}
        Kind::Text(text) => match json::value_from_text(text, value.span) {
            Ok(inner) => decoded(&inner, &value.via, certain, depth, out),
            Err(_) => out.push(Document::unknown()),
        },
        Kind::Bool(_) | Kind::Number(_) | Kind::Map(_) | Kind::Unknown(_) => out.push(Document::unknown()),
    }
}

/// Reads a document that is no text any more.
fn decoded(value: &Value, via: &Via, certain: bool, depth: usize, out: &mut Vec<Document>) {
    let Some(depth) = depth.checked_sub(1) else {
        out.push(Document::unknown());
        return;
    };
    match &value.kind {
        Kind::Map(map) => out.push(document(map, via, certain)),
        Kind::Json(inner) => decoded(inner, via, certain, depth, out),
        Kind::Choice(all) => {
            for one in all.iter().take(bounds::CHOICES).filter(|one| !one.is_unset()) {
                decoded(one, via, false, depth, out);
            }
            if all.len() > bounds::CHOICES {
                out.push(Document::unknown());
            }
        }
        // `null` is a document without statements.
        Kind::Null | Kind::Absent => {}
        Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) | Kind::Unknown(_) => {
            out.push(Document::unknown());
        }
    }
}

fn document(map: &Map, via: &Via, certain: bool) -> Document {
    let said = |name: &str| {
        let entry = element(map, name).filter(|entry| !entry.value.is_unset())?;
        Some((entry.value.clone(), entry.key_span))
    };
    let mut document = Document { parts: Vec::new(), version: said("Version"), id: said("Id"), certain };
    match element(map, "Statement") {
        Some(entry) => statements(&entry.value, via, bounds::POLICY_DEPTH, &mut document.parts),
        None if is_open(map) => document.parts.push(Part::Unknown),
        None => {}
    }
    document
}

/// The statements that a value holds, which ought to be a list.
fn statements(value: &Value, via: &Via, depth: usize, out: &mut Vec<Part>) {
    let Some(depth) = depth.checked_sub(1) else {
        out.push(Part::Unknown);
        return;
    };
    match &value.kind {
        Kind::Null | Kind::Absent => {}
        Kind::List(list) => {
            for item in &list.items {
                out.extend(Part::new(item.alternatives().iter().map(|one| statement(one, via))));
            }
            if list.open {
                out.push(Part::Unknown);
            }
        }
        Kind::Json(inner) => statements(inner, via, depth, out),
        Kind::Choice(all) => {
            for one in all.iter().take(bounds::CHOICES) {
                let mut parts = Vec::new();
                statements(one, via, depth, &mut parts);
                out.extend(parts.into_iter().map(Part::optional));
            }
            if all.len() > bounds::CHOICES {
                out.push(Part::Unknown);
            }
        }
        Kind::Map(_) => out.extend(Part::new([statement(value, via)])),
        Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Unknown(_) => out.push(Part::Unknown),
    }
}

/// A statement as the provider writes it again. What is no map is left as it is.
fn statement(value: &Value, via: &Via) -> Value {
    let Kind::Map(map) = &value.kind else { return value.clone() };
    let mut statement = Map { open: is_open(map), ..Map::default() };
    for name in ELEMENTS {
        let Some(Entry { key_span, value, .. }) = element(map, name) else { continue };
        let value = value.clone();
        let value = match name {
            "Principal" | "NotPrincipal" => principals(value),
            "Condition" => conditions(value),
            _ => value,
        };
        let nothing = match &value.kind {
            Kind::Null | Kind::Absent => true,
            Kind::Map(map) => map.entries.is_empty() && !map.open,
            Kind::Text(text) => name == "Sid" && text.is_empty(),
            _ => false,
        };
        if !nothing {
            statement.insert(name, *key_span, value);
        }
    }
    let mut statement = value.with_kind(Kind::Map(statement));
    let references: Vec<Span> = via.spans().collect();
    for reference in references.into_iter().rev() {
        statement = statement.through(reference);
    }
    statement
}

/// The principals: a string is everyone, and so is `{"*": "*"}`, but only alone.
fn principals(mut value: Value) -> Value {
    value.kind = match value.kind {
        Kind::Text(_) => Kind::Text(Text::literal("*", value.span)),
        Kind::Map(map) if map.get("*").is_some() => match everyone(&map) {
            Some(everyone) => return everyone.clone(),
            // What `*` means beside others is not known.
            None => Kind::Map(Map { open: true, ..map }),
        },
        Kind::Choice(all) => Kind::Choice(all.into_iter().map(one_principals).collect()),
        kind => kind,
    };
    value
}

fn one_principals(value: Value) -> Value {
    if matches!(value.kind, Kind::Choice(_)) { value } else { principals(value) }
}

/// The `*` of a map that says nothing else.
fn everyone(map: &Map) -> Option<&Value> {
    let [only] = map.entries.as_slice() else { return None };
    let value = match &only.value.kind {
        Kind::List(list) => match list.items.as_slice() {
            [item] if !list.open => item,
            _ => return None,
        },
        _ => &only.value,
    };
    (!map.open && value.as_str().is_some_and(|text| text == "*")).then_some(value)
}

/// The conditions. Those whose value is a number may be missing: the provider drops them without a word, and may
/// not do so for ever.
///
/// <https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/policy_model.go>
fn conditions(value: Value) -> Value {
    each_entry(value, &|tests| each_entry(tests, &condition_values))
}

fn condition_values(values: Value) -> Value {
    let when = values.when();
    match &values.kind {
        Kind::Number(_) => perhaps(values),
        Kind::Bool(_) => scalar(values),
        Kind::List(List { items, open: false }) => match items.as_slice() {
            [only] if is_text(only) => only.clone().chosen(&when),
            _ => values,
        },
        _ => values,
    }
}

fn is_text(value: &Value) -> bool {
    matches!(value.kind, Kind::Text(_))
}

/// A map with each of its values changed; what is no map is left as it is.
fn each_entry(mut value: Value, change: &dyn Fn(Value) -> Value) -> Value {
    value.kind = match value.kind {
        Kind::Map(map) => Kind::Map(map.map(change)),
        kind => kind,
    };
    value
}

/// The entry of a name, without regard to case; the last of several counts.
fn element<'a>(map: &'a Map, name: &str) -> Option<&'a Entry> {
    map.entries
        .iter()
        .rev()
        .find(|entry| entry.key.as_literal().is_some_and(|key| key.eq_ignore_ascii_case(name)))
}

/// Whether a map may have entries with names that are not known.
fn is_open(map: &Map) -> bool {
    map.open || map.entries.iter().any(|entry| entry.key.as_literal().is_none())
}
