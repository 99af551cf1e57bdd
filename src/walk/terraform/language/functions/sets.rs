//! Sets.
//!
//! A set is a list here, in Terraform's order when that is known. What may be equal to another item may be
//! missing; strings that are not known keep the order in which they are written.

use super::function::{Function, MANY, at, distinct_items, plain_items};
use super::lists::{holds, list_value};
use crate::bounds;
use crate::source::Span;
use crate::value::{Answer, Kind, List, Value};
use crate::walk::terraform::language::convert::{
    Evaluated, Stop, is_string, list_of, may_be_missing, possibly, same, set_order, unified,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("setintersection", (1, MANY), intersection),
    Function::new("setproduct", (2, MANY), product),
    Function::new("setsubtract", (2, 2), subtract),
    Function::new("setunion", (1, MANY), union),
    Function::nullable("toset", (1, 1), to_set),
];

/// The items as those of a set: of one type, each once, in order.
pub(crate) fn as_set(items: Vec<Value>, open: bool) -> Evaluated<Vec<Value>> {
    let mut items = distinct_items(unified(items, open)?)?;
    set_order(&mut items);
    Ok(items)
}

fn to_set(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    match &argument.kind {
        Kind::Null => Ok(argument.clone()),
        Kind::Unknown(symbol) if !is_string(symbol) => Ok(argument.clone()),
        _ => {
            let list = list_of(argument)?;
            let mut value = argument.clone();
            value.kind = list_value(as_set(list.items.clone(), list.open)?, list.open, span)?.kind;
            Ok(value)
        }
    }
}

/// The sets of all arguments, of one type; what is not known is an open set.
fn sets(arguments: &[Value]) -> Evaluated<Vec<List>> {
    let mut lists = Vec::new();
    for argument in arguments {
        lists.push(match list_of(argument) {
            Ok(list) => list.clone(),
            Err(Stop::Unknown) => List { items: Vec::new(), open: true },
            Err(Stop::Refused) => return Err(Stop::Refused),
        });
    }
    let open = lists.iter().any(|list| list.open);
    let all = lists.iter().flat_map(|list| list.items.iter().cloned()).collect();
    let mut all = unified(all, open)?.into_iter();
    for list in &mut lists {
        list.items = as_set(all.by_ref().take(list.items.len()).collect(), open)?;
    }
    // Comparing every item with every other has its limit.
    let counts = lists.iter().map(|list| list.items.len().max(1));
    if lists.len() > 1 && counts.fold(1usize, usize::saturating_mul) > bounds::COMPARISONS {
        return Err(Stop::Unknown);
    }
    Ok(lists)
}

fn union(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let sets = sets(arguments)?;
    let open = sets.iter().any(|set| set.open);
    let items = sets.into_iter().flat_map(|set| set.items).collect();
    list_value(as_set(items, open)?, open, span)
}

fn intersection(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let sets = sets(arguments)?;
    // What is in all is in one that is wholly known, if there is one.
    let base = sets.iter().position(|set| !set.open).unwrap_or(0);
    let mut kept = Vec::new();
    for item in sets.get(base).map_or(&[][..], |set| &set.items) {
        let others = sets.iter().enumerate().filter(|(place, _)| *place != base);
        match Answer::all(others.map(|(_, other)| holds_item(other, item))) {
            Answer::Yes => kept.push(item.clone()),
            Answer::No => {}
            Answer::Unknown => kept.push(possibly(item.clone())),
        }
    }
    list_value(kept, sets.iter().all(|set| set.open), span)
}

fn subtract(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let sets = sets(arguments)?;
    let [from, what] = sets.as_slice() else { return Err(Stop::Refused) };
    let mut kept = Vec::new();
    for item in &from.items {
        match holds_item(what, item) {
            Answer::Yes => {}
            Answer::No => kept.push(item.clone()),
            Answer::Unknown => kept.push(possibly(item.clone())),
        }
    }
    list_value(kept, from.open, span)
}

/// Whether a set has an item, which may itself be missing where it comes from.
fn holds_item(set: &List, item: &Value) -> Answer {
    let there = item.alternatives().iter().filter(|item| !matches!(item.kind, Kind::Absent));
    let answers: Vec<Answer> = there.map(|item| holds(set, item, same)).collect();
    match answers.as_slice() {
        [first, rest @ ..] if rest.iter().all(|it| it == first) => *first,
        _ => Answer::Unknown,
    }
}

fn product(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    let mut columns = Vec::new();
    for argument in arguments {
        // Items that may be missing make rows that may be missing.
        let list = list_of(argument)?;
        if list.open {
            plain_items(argument)?;
        }
        columns.push(unified(list.items.clone(), false)?);
    }
    let total = columns.iter().map(Vec::len).fold(1usize, usize::saturating_mul);
    if total > bounds::ITEMS {
        return Err(Stop::Unknown);
    }
    for column in &columns {
        let longer = rows.iter().flat_map(|row| {
            column.iter().map(move |item| row.iter().cloned().chain([item.clone()]).collect::<Vec<Value>>())
        });
        rows = longer.collect();
    }
    let tuple = |row: Vec<Value>| {
        let missing = row.iter().any(may_be_missing);
        let parts = row.iter().map(|item| Value::choice(super::function::without_absent(item), item.span));
        let tuple = Value::list(parts.collect(), span);
        if missing { possibly(tuple) } else { tuple }
    };
    Ok(Value::list(rows.into_iter().map(tuple).collect(), span))
}
