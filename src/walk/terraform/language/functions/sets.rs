//! Sets.
//!
//! A set is a list here, in Terraform's order when that is known. What may be equal to another item may be
//! missing; strings that are not known keep the order in which they are written.

use super::function::{Function, MANY, at, distinct_items, plain_items, typed};
use super::lists::{holds, list_value};
use crate::bounds;
use crate::source::Span;
use crate::value::{Answer, Kind, List, Value};
use crate::walk::terraform::language::convert::{
    Evaluated, Stop, list_of, may_be_missing, possibly, same, set_order, unified, unified_items,
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
    ordered(unified(items, open)?)
}

/// Items of one type, each once, in order.
fn ordered(items: Vec<Value>) -> Evaluated<Vec<Value>> {
    let mut items = distinct_items(items)?;
    set_order(&mut items);
    Ok(items)
}

fn to_set(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    typed(argument, || {
        let list = list_of(argument)?;
        Ok(list_value(ordered(unified_items(list)?)?, list.open, span)?.kind)
    })
}

/// The sets of all arguments, of one type; what is not known is an open set.
fn sets(arguments: &[Value]) -> Evaluated<Vec<List>> {
    let mut given: Vec<(&[Value], bool)> = Vec::new();
    for argument in arguments {
        given.push(match list_of(argument) {
            Ok(list) => (&list.items, list.open),
            Err(Stop::Unknown) => (&[], true),
            Err(Stop::Refused) => return Err(Stop::Refused),
        });
    }
    let any_open = given.iter().any(|(_, open)| *open);
    let all = given.iter().flat_map(|(items, _)| items.iter().cloned()).collect();
    let mut all = unified(all, any_open)?.into_iter();
    let mut lists = Vec::new();
    for (items, open) in given {
        lists.push(List { items: as_set(all.by_ref().take(items.len()).collect(), any_open)?.into(), open });
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
    let mut sets = sets(arguments)?;
    let open = sets.iter().all(|set| set.open);
    // What is in all is in one that is wholly known, if there is one.
    let base = sets.iter().position(|set| !set.open).unwrap_or(0);
    let base = if sets.is_empty() { List::default() } else { sets.remove(base) };
    let mut kept = Vec::new();
    for item in base.items {
        match Answer::all(sets.iter().map(|other| holds_item(other, &item))) {
            Answer::Yes => kept.push(item),
            Answer::No => {}
            Answer::Unknown => kept.push(possibly(item)),
        }
    }
    list_value(kept, open, span)
}

fn subtract(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let sets = <[List; 2]>::try_from(sets(arguments)?);
    let Ok([from, what]) = sets else { return Err(Stop::Refused) };
    let mut kept = Vec::new();
    for item in from.items {
        match holds_item(&what, &item) {
            Answer::Yes => {}
            Answer::No => kept.push(item),
            Answer::Unknown => kept.push(possibly(item)),
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
    let mut rows: Vec<Vec<&Value>> = vec![Vec::new()];
    let mut columns = Vec::new();
    for argument in arguments {
        // Items that may be missing make rows that may be missing.
        let list = list_of(argument)?;
        if list.open {
            plain_items(argument)?;
        }
        columns.push(unified_items(list)?);
    }
    let total = columns.iter().map(Vec::len).fold(1usize, usize::saturating_mul);
    if total > bounds::ITEMS {
        return Err(Stop::Unknown);
    }
    for column in &columns {
        let longer = rows.iter().flat_map(|row| {
            column.iter().map(move |item| row.iter().copied().chain([item]).collect::<Vec<&Value>>())
        });
        rows = longer.collect();
    }
    let tuple = |row: Vec<&Value>| {
        let missing = row.iter().any(|item| may_be_missing(item));
        let parts = row.iter().map(|item| Value::choice(super::function::without_absent(item), item.span));
        let tuple = Value::list(parts.collect(), span);
        if missing { possibly(tuple) } else { tuple }
    };
    Ok(Value::list(rows.into_iter().map(tuple).collect(), span))
}
