//! Maps and objects.

use std::{iter, mem, slice};

use rustc_hash::FxHashMap;

use super::function::{Function, MANY, at, choice_of, plain_items, typed, without_absent};
use crate::bounds;
use crate::source::Span;
use crate::value::{Answer, Because, Class, Entry, Kind, List, Map, Part, Symbol, Text, Value, Words};
use crate::walk::terraform::language::convert::{
    Evaluated, Stop, literal_of, map_of, may_be_missing, perhaps_text, possibly, sorted_entries, text_of,
    texts_equal, unified_entries,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("keys", (1, 1), keys),
    Function::nullable("lookup", (2, 3), lookup),
    Function::nullable("map", (0, MANY), paired),
    Function::nullable("merge", (0, MANY), merge),
    Function::nullable("tomap", (1, 1), to_map),
    Function::new("transpose", (1, 1), transpose),
    Function::new("values", (1, 1), values),
    Function::new("zipmap", (2, 2), zipmap),
];

/// <https://developer.hashicorp.com/terraform/language/functions/map>
fn paired(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let mut map = Map::default();
    let mut given = arguments.iter().cloned();
    while let Some(key) = given.next() {
        let Some(value) = given.next() else { return Err(Stop::Refused) };
        map.entries.push(Entry::new(text_of(&key)?.into_owned(), key.span, value));
    }
    Ok(Value::new(Kind::Map(map), span))
}

fn keys(arguments: &[Value], span: Span) -> Evaluated<Value> {
    each(arguments, span, |entry| {
        let key = entry.key_value();
        if may_be_missing(&entry.value) { possibly(key) } else { key }
    })
}

fn values(arguments: &[Value], span: Span) -> Evaluated<Value> {
    each(arguments, span, |entry| entry.value.clone())
}

fn each(arguments: &[Value], span: Span, item: impl Fn(&Entry) -> Value) -> Evaluated<Value> {
    let map = map_of(at(arguments, 0)?)?;
    super::lists::list_value(sorted_entries(map).into_iter().map(item).collect::<Vec<_>>(), map.open, span)
}

fn lookup(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let [map, key] = [at(arguments, 0)?, at(arguments, 1)?];
    let default = arguments.get(2);
    let map = map_of(map)?;
    let (mut found, certain) = reached(map, &*text_of(key)?);
    if certain {
        return choice_of(found, span);
    }
    if map.open {
        return Err(Stop::Unknown);
    }
    match default {
        Some(default) => {
            let texts = map.entries.iter().all(|entry| matches!(entry.value.kind, Kind::Text(_)));
            let default = default.clone();
            found.push(if texts && !map.entries.is_empty() { perhaps_text(default) } else { default });
        }
        None if found.is_empty() => return Err(Stop::Refused),
        None => {}
    }
    choice_of(found, span)
}

/// What may stand under a key, and whether one of these certainly does.
fn reached(map: &Map, key: &Text) -> (Vec<Value>, bool) {
    let mut found = Vec::new();
    for entry in map.entries.iter().rev() {
        let answer = texts_equal(&entry.key_text(), key);
        if answer.is_no() {
            continue;
        }
        found.extend(without_absent(&entry.value));
        if answer.is_yes() && !may_be_missing(&entry.value) {
            return (found, true);
        }
    }
    (found, false)
}

fn merge(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let mut merged = Merged::default();
    for argument in arguments {
        match (&argument.kind, map_of(argument)) {
            (Kind::Null, _) => {}
            (_, Ok(map)) => {
                if map.open {
                    merged.shadow(argument);
                }
                for entry in &map.entries {
                    merged.insert(entry.clone())?;
                }
            }
            (_, Err(Stop::Unknown)) => merged.shadow(argument),
            (_, Err(Stop::Refused)) => return Err(Stop::Refused),
        }
    }
    let map = merged.into_map();
    if map.open && map.entries.is_empty() {
        return Err(Stop::Unknown);
    }
    Ok(Value::new(Kind::Map(map), span))
}

/// Maps laid over each other.
#[derive(Default)]
struct Merged {
    entries: Vec<Entry>,
    open: bool,
    /// Where the literal keys are.
    literal: FxHashMap<String, usize>,
    /// Where the keys are that have unknown parts.
    other: Vec<usize>,
    /// Keys compared so far.
    compared: usize,
    /// How often it was not known whether two keys are the same.
    doubtful: usize,
}

impl Merged {
    fn into_map(self) -> Map {
        Map { entries: self.entries.into(), open: self.open }
    }

    /// Lays something unknown over everything so far.
    fn shadow(&mut self, unknown: &Value) {
        self.open = true;
        for entry in &mut self.entries {
            let symbol = match (&unknown.kind, entry.key.as_literal()) {
                (Kind::Unknown(symbol), Some(key)) => symbol.part(Part::Key(Words::literal(&*key))),
                _ => Symbol::new(Class::Opaque, "a map that is not wholly known", Because::Expression),
            };
            let other = Value::unknown(symbol, unknown.span);
            either(&mut entry.value, other);
        }
    }

    /// Lays an entry over everything so far.
    fn insert(&mut self, entry: Entry) -> Evaluated<()> {
        if self.entries.len() >= bounds::ITEMS {
            return Err(Stop::Unknown);
        }
        let literal = entry.key.as_literal();
        let known = literal.as_ref().and_then(|key| self.literal.get(key.as_ref()).copied());
        let all: Vec<usize>;
        let candidates = match (&literal, &known) {
            (Some(_), Some(at)) => slice::from_ref(at),
            (Some(_), None) => &self.other,
            (None, _) => {
                all = (0..self.entries.len()).collect();
                &all
            }
        };
        self.compared = self.compared.saturating_add(candidates.len());
        if self.compared > bounds::COMPARISONS {
            return Err(Stop::Unknown);
        }
        for at in candidates {
            let Some(below) = self.entries.get_mut(*at) else { continue };
            match texts_equal(&below.key_text(), &entry.key_text()) {
                Answer::No => {}
                Answer::Unknown => {
                    self.doubtful += 1;
                    if self.doubtful > bounds::DOUBTFUL_KEYS {
                        return Err(Stop::Unknown);
                    }
                    either(&mut below.value, entry.value.clone());
                }
                Answer::Yes if may_be_missing(&entry.value) => {
                    let (span, old) = (entry.value.span, taken(&mut below.value));
                    below.value = bounded_choice(without_absent(&entry.value).chain([old]), span);
                    return Ok(());
                }
                Answer::Yes => {
                    *below = entry;
                    return Ok(());
                }
            }
        }
        let place = self.entries.len();
        match literal {
            Some(key) => {
                self.literal.insert(key.into_owned(), place);
            }
            None => self.other.push(place),
        }
        self.entries.push(entry);
        Ok(())
    }
}

/// Lets a value be the one above it instead.
fn either(below: &mut Value, above: Value) {
    let (span, old) = (below.span, taken(below));
    *below = bounded_choice([old, above], span);
}

/// A value out of its place, where another one is to be put.
fn taken(value: &mut Value) -> Value {
    let span = value.span;
    mem::replace(value, Value::new(Kind::Null, span))
}

fn bounded_choice(alternatives: impl IntoIterator<Item = Value>, span: Span) -> Value {
    choice_of(alternatives, span).unwrap_or_else(|_| {
        Value::unknown(Symbol::new(Class::Opaque, "too many alternatives", Because::Bound), span)
    })
}

fn zipmap(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let [keys, values] = [plain_items(at(arguments, 0)?)?, plain_items(at(arguments, 1)?)?];
    if keys.len() != values.len() {
        return Err(Stop::Refused);
    }
    let mut merged = Merged::default();
    for (key, value) in keys.iter().zip(values) {
        merged.insert(Entry::new(text_of(key)?.into_owned(), key.span, value.clone()))?;
    }
    Ok(Value::new(Kind::Map(merged.into_map()), span))
}

fn to_map(arguments: &[Value], _: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    typed(argument, || {
        let map = map_of(argument)?;
        let entries = unified_entries(sorted_entries(map).into_iter().cloned().collect(), map.open)?;
        Ok(Kind::Map(Map { entries: entries.into(), open: map.open }))
    })
}

fn transpose(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let map = map_of(at(arguments, 0)?)?;
    if map.open {
        return Err(Stop::Unknown);
    }
    let mut out: Vec<(String, Span, Vec<Value>)> = Vec::new();
    for entry in sorted_entries(map) {
        let key = entry.key_value();
        let items = plain_items(&entry.value)?;
        for (item, key) in items.iter().zip(iter::repeat_n(key, items.len())) {
            let literal = literal_of(item)?;
            let known = out.iter().position(|(name, ..)| *name == *literal);
            let place = known.unwrap_or(out.len());
            if known.is_none() {
                if out.len() >= bounds::TRANSPOSED_KEYS {
                    return Err(Stop::Unknown);
                }
                out.push((literal.into_owned(), item.span, Vec::new()));
            }
            if let Some((_, _, keys)) = out.get_mut(place) {
                keys.push(key);
            }
        }
    }
    let mut turned = Map::default();
    for (name, place, keys) in out {
        turned.insert(&name, place, Value::new(Kind::List(List { items: keys.into(), open: false }), span));
    }
    Ok(Value::new(Kind::Map(turned), span))
}
