//! Lists, principals and conditions of a block, as the provider writes them.

use std::{iter, mem};

use rustc_hash::FxHashSet;

use super::block::{Place, places};
use super::perhaps;
use crate::bounds;
use crate::source::Span;
use crate::value::{Class, Entry, Kind, List, Map, Text, Value};

/// A set of strings; `None` when it is empty, which is as if it were not written.
pub(super) fn set(mut value: Value) -> Option<Value> {
    match &value.kind {
        // What nobody has set yet must be there.
        _ if value.unset_input().is_some() => Some(value),
        Kind::Null | Kind::Absent => None,
        Kind::List(list) if list.items.is_empty() && !list.open => None,
        Kind::Choice(_) => {
            let (span, via) = (value.span, mem::take(&mut value.via));
            let absent = || Value::new(Kind::Absent, span);
            let each = Value::flattened([value]).into_iter().map(|one| set(one).unwrap_or_else(absent));
            Some(Value { via, ..Value::choice(each, span) })
        }
        _ => Some(list(value)),
    }
}

/// A list of strings. One string alone is no list.
fn list(mut value: Value) -> Value {
    // What stands for a list may be any number of strings.
    if is_any_list(&value.kind) {
        return value.with_kind(Kind::List(List { items: vec![value.clone()].into(), open: true }));
    }
    let when = value.when();
    value.kind = match value.kind {
        Kind::List(list) => {
            let mut seen: FxHashSet<String> = FxHashSet::default();
            let mut items = Vec::new();
            for item in list.items.into_iter().filter(|item| !item.is_left_out()) {
                let item = scalar(item);
                if item.as_str().is_none_or(|text| seen.insert(text.into_owned())) {
                    items.push(item);
                }
            }
            if let [Value { kind: Kind::Text(_), .. }] = items.as_slice()
                && !list.open
            {
                return items.remove(0).chosen(&when);
            }
            Kind::List(List { items: items.into(), open: list.open })
        }
        Kind::Choice(all) => Kind::Choice(all.into_iter().map(alternative).collect()),
        _ => return scalar(value),
    };
    value
}

/// The list of strings of an argument; `None` when it is not set.
fn list_under(block: &Map, name: &str) -> Option<Value> {
    let value = block.get(name).filter(|value| !value.is_left_out())?;
    Some(value.awaited().unwrap_or_else(|| list(value.clone())))
}

fn is_any_list(kind: &Kind) -> bool {
    matches!(kind, Kind::Unknown(symbol) if !matches!(symbol.class, Class::Keyed | Class::Opaque))
}

fn alternative(value: Value) -> Value {
    if matches!(value.kind, Kind::Choice(_)) { value } else { list(value) }
}

/// A string. Terraform makes strings of numbers and booleans; leading zeros of numbers are lost.
pub(super) fn scalar(mut value: Value) -> Value {
    if let Some(text) = written(&value) {
        value.kind = Kind::Text(text);
    }
    value
}

/// The text of a number or boolean.
fn written(value: &Value) -> Option<Text> {
    match &value.kind {
        Kind::Number(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            let kept = digits.trim_start_matches('0');
            Some(Text::literal(if kept.is_empty() { "0" } else { kept }, value.span))
        }
        Kind::Number(_) | Kind::Bool(_) => value.as_text(),
        _ => None,
    }
}

/// What is written under some keys, each time with whether it is certainly there.
#[derive(Default)]
struct Table {
    rows: Vec<Row>,
    /// There may be more keys.
    open: bool,
}

struct Row {
    key: Text,
    key_span: Span,
    parts: Vec<(Value, bool)>,
}

impl Table {
    fn add(&mut self, (key, key_span): (Text, Span), value: Value, certain: bool) {
        match self.rows.iter_mut().find(|row| row.key == key) {
            Some(row) => row.parts.push((value, certain)),
            None => self.rows.push(Row { key, key_span, parts: vec![(value, certain)] }),
        }
    }

    fn into_map(self) -> Map {
        let entry = |Row { key, key_span, parts }| Entry::new(key, key_span, together(parts, key_span));
        Map { entries: self.rows.into_iter().map(entry).collect(), open: self.open }
    }
}

/// Several lists as one. When none of them is certainly there, neither is the whole.
fn together(parts: Vec<(Value, bool)>, fallback: Span) -> Value {
    let any = parts.iter().any(|(_, certain)| *certain);
    let span = parts.first().map_or(fallback, |(value, _)| value.span);
    let single = parts.len() == 1;
    let mut whole = List::default();
    for (value, certain) in parts {
        if single {
            return if certain { value } else { perhaps(value) };
        }
        whole.open |= matches!(value.kind, Kind::Unknown(_));
        match value.kind {
            Kind::List(list) if certain || !any => {
                whole.items.extend(list.items);
                whole.open |= list.open;
            }
            _ if certain || !any => whole.items.push(value),
            _ => whole.items.push(perhaps(value)),
        }
    }
    let whole = Value::new(Kind::List(whole), span);
    if any { whole } else { perhaps(whole) }
}

/// What an argument that must be a word says: each word it may be, and where.
fn words(value: Option<&Value>) -> Vec<(Text, Span)> {
    let alternatives = value.map_or(&[][..], Value::alternatives);
    let word = |one: &Value| Some((written(one).or_else(|| one.as_text())?, one.span));
    alternatives.iter().take(bounds::CHOICES).filter_map(word).collect()
}

/// Whether `words` leaves one out.
fn left_out(value: Option<&Value>, words: &[(Text, Span)]) -> bool {
    value.is_none_or(|value| value.alternatives().len() > words.len())
}

/// Whether principals of another kind than `*` certainly stand beside a block.
fn stands_beside(places: &[Place<'_>], star: &Place<'_>) -> bool {
    places.iter().filter(|other| !std::ptr::eq(*other, star) && other.is_certain()).any(|other| {
        let kind = other.blocks.first().and_then(|(block, _)| block.get("type")?.as_str());
        kind.is_some_and(|kind| &*kind != "*")
    })
}

/// `principals` blocks as an element; `None` when there are none, unless there will be when somebody sets an input.
///
/// The only form with `type = "*"` that is a principal is one block with the one identifier `*`.
pub(super) fn principals(value: &Value) -> Option<Value> {
    let (places, open) = places(Some(value));
    let mut table = Table { rows: Vec::new(), open };
    let mut everyone = None;
    for place in &places {
        for (block, _) in &place.blocks {
            let kinds = words(block.get("type"));
            table.open |= block.open || left_out(block.get("type"), &kinds);
            let Some(identifiers) = list_under(block, "identifiers") else {
                table.open = true;
                continue;
            };
            let certain = place.is_certain() && kinds.len() == 1;
            let each = iter::repeat_n(identifiers, kinds.len());
            for (kind, identifiers) in kinds.into_iter().zip(each) {
                if kind.0.is_literally("*") {
                    // Beside others it is not a principal. What else it means is not known.
                    table.open |= !certain || !stands_beside(&places, place);
                    let alone = identifiers.as_str().is_some_and(|only| only == "*");
                    let others = places.iter().filter(|other| !std::ptr::eq(*other, place));
                    if alone && others.into_iter().all(|other| other.absent) {
                        everyone = Some((identifiers.clone(), certain));
                    }
                }
                table.add(kind, identifiers, certain);
            }
        }
    }
    if table.rows.is_empty() && !table.open {
        return value.unset_input().is_some().then(|| value.clone());
    }
    let map = |table: Table| Value::new(Kind::Map(table.into_map()), value.span);
    Some(match everyone {
        Some((everyone, true)) if places.len() == 1 && !open => everyone,
        Some((everyone, _)) => Value::choice([everyone, map(table)], value.span),
        None => map(table),
    })
}

/// `condition` blocks as an element; `None` when there are none.
pub(super) fn conditions(value: &Value) -> Option<Value> {
    let (places, open) = places(Some(value));
    let mut tests: Vec<(Text, Span, Span, Table)> = Vec::new();
    let mut open = open;
    for place in &places {
        for (block, whole) in &place.blocks {
            let (names, variables) = (words(block.get("test")), words(block.get("variable")));
            open |= block.open
                || left_out(block.get("test"), &names)
                || left_out(block.get("variable"), &variables);
            let Some(values) = list_under(block, "values") else {
                open = true;
                continue;
            };
            let certain = place.is_certain() && names.len() == 1 && variables.len() == 1;
            let mut each = iter::repeat_n(values, names.len() * variables.len());
            for (name, name_span) in names {
                let known = tests.iter().position(|(test, ..)| *test == name);
                let at = known.unwrap_or_else(|| {
                    tests.push((name, name_span, whole.span, Table::default()));
                    tests.len() - 1
                });
                let Some((.., table)) = tests.get_mut(at) else { continue };
                for (variable, values) in variables.iter().zip(&mut each) {
                    table.add(variable.clone(), values, certain);
                }
            }
        }
    }
    if tests.is_empty() && !open {
        return None;
    }
    let entry = |(key, key_span, span, table): (Text, Span, Span, Table)| {
        Entry::new(key, key_span, Value::new(Kind::Map(table.into_map()), span))
    };
    let map = Map { entries: tests.into_iter().map(entry).collect(), open };
    Some(Value::new(Kind::Map(map), value.span))
}
