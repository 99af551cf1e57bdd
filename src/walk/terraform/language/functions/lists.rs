//! Lists and tuples.

use std::borrow::Cow;

use super::function::{Function, MANY, at, choice_of, distinct_items, plain_items, typed, without_absent};
use crate::bounds;
use crate::source::Span;
use crate::value::{Answer, Kind, List, Shared, Text, Value};
use crate::walk::terraform::language::convert::{
    Evaluated, Number, Stop, could_be_empty, equal, is_string, list_of, may_be_missing, number_value,
    perhaps_text, possibly, same, sort_by_text, text_of, unified, unified_items, whole_of,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("chunklist", (2, 2), chunklist),
    Function::new("compact", (1, 1), compact),
    Function::new("concat", (1, MANY), concat),
    Function::new("contains", (2, 2), contains),
    Function::new("distinct", (1, 1), distinct),
    Function::new("element", (2, 2), element),
    Function::new("flatten", (1, 1), flatten),
    Function::new("index", (2, 2), index),
    // Terraform has neither `list` nor `map` since 0.15; what uses them was written for an earlier version.
    Function::nullable("list", (0, MANY), listed),
    Function::new("matchkeys", (3, 3), matchkeys),
    Function::new("reverse", (1, 1), reverse),
    Function::new("slice", (3, 3), slice),
    Function::new("sort", (1, 1), sort),
    Function::nullable("tolist", (1, 1), to_list),
];

/// A list that is not longer than a list may be.
pub(super) fn list_value(items: impl Into<Shared<Value>>, open: bool, span: Span) -> Evaluated<Value> {
    let items = items.into();
    if items.len() > bounds::ITEMS || (open && items.is_empty()) {
        return Err(Stop::Unknown);
    }
    Ok(Value::new(Kind::List(List { items, open }), span))
}

/// <https://developer.hashicorp.com/terraform/language/functions/list>
fn listed(arguments: &[Value], span: Span) -> Evaluated<Value> {
    list_value(arguments.to_vec(), false, span)
}

fn concat(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let (mut items, mut open) = (Vec::new(), false);
    // All lists, they are one list of strings; with a tuple among them, a tuple.
    let kinds: Vec<Items> = arguments.iter().filter_map(|it| it.as_list().map(items_of)).collect();
    let lists = !kinds.contains(&Items::Mixed) && kinds.contains(&Items::Texts);
    for argument in arguments {
        match list_of(argument) {
            Ok(list) => {
                let kept = list.items.iter().cloned();
                items.extend(kept.map(|item| if lists { perhaps_text(item) } else { item }));
                open |= list.open;
            }
            Err(Stop::Unknown) => open = true,
            Err(Stop::Refused) => return Err(Stop::Refused),
        }
    }
    list_value(items, open, span)
}

/// What the items of a list are, if it may be a list of one simple type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Items {
    None,
    Texts,
    Others,
    Mixed,
}

fn items_of(list: &List) -> Items {
    let all = |is: fn(&Kind) -> bool| list.items.iter().all(|item| is(&item.kind));
    let number = |kind: &Kind| matches!(kind, Kind::Number(_));
    let boolean = |kind: &Kind| matches!(kind, Kind::Bool(_));
    if list.items.is_empty() {
        Items::None
    } else if all(|kind| matches!(kind, Kind::Text(_) | Kind::Json(_))) {
        Items::Texts
    } else if all(number) || all(boolean) {
        Items::Others
    } else {
        Items::Mixed
    }
}

fn flatten(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let list = list_of(at(arguments, 0)?)?;
    let mut flat = List { open: list.open, ..List::default() };
    for item in &list.items {
        add_flat(&mut flat, item)?;
    }
    list_value(flat.items, flat.open, span)
}

fn add_flat(flat: &mut List, item: &Value) -> Evaluated<()> {
    if flat.items.len() > bounds::ITEMS {
        return Err(Stop::Unknown);
    }
    match &item.kind {
        Kind::List(list) => {
            flat.open |= list.open;
            for item in &list.items {
                add_flat(flat, item)?;
            }
        }
        Kind::Choice(alternatives)
            if alternatives.iter().any(|it| matches!(it.kind, Kind::List(_) | Kind::Unknown(_))) =>
        {
            for alternative in alternatives {
                let before = flat.items.len();
                add_flat(flat, alternative)?;
                let added = flat.items.edit().split_off(before);
                flat.items.extend(added.into_iter().map(possibly));
            }
        }
        Kind::Absent => {}
        kind => {
            // It may be a list of any length, or an item.
            let is_any = matches!(kind, Kind::Unknown(symbol) if !is_string(symbol));
            flat.open |= is_any;
            let item = item.clone();
            flat.items.push(if is_any { possibly(item) } else { item });
        }
    }
    Ok(())
}

fn element(arguments: &[Value], _: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    let list = list_of(argument)?;
    let index = whole_of(at(arguments, 1)?);
    if list.open || index == Err(Stop::Refused) {
        return Err(index.err().unwrap_or(Stop::Unknown));
    }
    let certain = list.items.iter().filter(|item| !may_be_missing(item)).count();
    match index {
        _ if list.items.is_empty() => Err(Stop::Refused),
        Ok(index) if certain == list.items.len() => {
            let length = i128::try_from(certain).map_err(|_| Stop::Unknown)?;
            // For a tuple, Terraform 1.11 fails at a negative index.
            let index = usize::try_from(index.checked_rem_euclid(length).ok_or(Stop::Refused)?);
            index.ok().and_then(|index| list.items.get(index)).cloned().ok_or(Stop::Refused)
        }
        Ok(index) => match usize::try_from(index) {
            Ok(index) if index < certain => choice_of(possible_at(list, index), argument.span),
            _ => Err(Stop::Unknown),
        },
        Err(_) => choice_of(list.items.iter().flat_map(without_absent), argument.span),
    }
}

/// What may stand at an index when items before it may be missing.
fn possible_at(list: &List, index: usize) -> Vec<Value> {
    let (mut possible, mut certain_before) = (Vec::new(), 0);
    for (before, item) in list.items.iter().enumerate() {
        if (certain_before..=before).contains(&index) {
            possible.extend(without_absent(item));
        }
        certain_before += usize::from(!may_be_missing(item));
    }
    possible
}

fn contains(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let list = list_of(at(arguments, 0)?)?;
    let wanted = at(arguments, 1)?;
    let answer = holds(list, wanted, equal);
    truth(answer, span)
}

/// Whether a list has a value.
pub(super) fn holds(list: &List, wanted: &Value, equal: fn(&Value, &Value) -> Answer) -> Answer {
    let found = Answer::any(list.items.iter().map(|item| {
        // An item that may be missing is there or not; it is the value or not.
        let each: Vec<Answer> = item
            .alternatives()
            .iter()
            .map(|item| if matches!(item.kind, Kind::Absent) { Answer::No } else { equal(item, wanted) })
            .collect();
        match each.as_slice() {
            [first, rest @ ..] if rest.iter().all(|it| it == first) => *first,
            _ => Answer::Unknown,
        }
    }));
    if list.open { found.or(Answer::Unknown) } else { found }
}

/// A boolean that is known.
pub(super) fn truth(answer: Answer, span: Span) -> Evaluated<Value> {
    match answer {
        Answer::Yes => Ok(Value::new(Kind::Bool(true), span)),
        Answer::No => Ok(Value::new(Kind::Bool(false), span)),
        Answer::Unknown => Err(Stop::Unknown),
    }
}

fn index(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let items = plain_items(at(arguments, 0)?)?;
    let wanted = at(arguments, 1)?;
    for (place, item) in (0..).zip(items) {
        match equal(item, wanted) {
            Answer::No => {}
            // What may have another type has none: Terraform refuses what is not in the list.
            _ if same(item, wanted).is_yes() => return Ok(number_value(Number::whole(place), span)),
            _ => return Err(Stop::Unknown),
        }
    }
    Err(Stop::Refused)
}

fn compact(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let list = list_of(at(arguments, 0)?)?;
    let mut kept = Vec::new();
    for item in &list.items {
        let mut alternatives = Vec::new();
        for alternative in item.alternatives() {
            let absent = Value::new(Kind::Absent, alternative.span);
            match &alternative.kind {
                Kind::Null | Kind::Absent => alternatives.push(absent),
                Kind::List(_) | Kind::Map(_) => return Err(Stop::Refused),
                _ => {
                    let text = text_of(alternative)?;
                    let (is_empty, may_be_empty) = (text.is_empty(), could_be_empty(&text));
                    if !is_empty {
                        alternatives.push(match &alternative.kind {
                            Kind::Number(_) | Kind::Bool(_) => {
                                alternative.with_kind(Kind::Text(text.into_owned()))
                            }
                            _ => alternative.clone(),
                        });
                    }
                    if may_be_empty {
                        alternatives.push(absent);
                    }
                }
            }
        }
        if alternatives.iter().any(|alternative| !matches!(alternative.kind, Kind::Absent)) {
            kept.push(choice_of(alternatives, item.span)?);
        }
    }
    list_value(kept, list.open, span)
}

fn distinct(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let list = list_of(at(arguments, 0)?)?;
    list_value(distinct_items(unified_items(list)?)?, list.open, span)
}

fn slice(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let items = plain_items(at(arguments, 0)?)?;
    let [from, to] = [whole_of(at(arguments, 1)?)?, whole_of(at(arguments, 2)?)?];
    let [from, to] = [from, to].map(|place| usize::try_from(place).map_err(|_| Stop::Refused));
    items.get(from?..to?).map(|part| Value::list(part.to_vec(), span)).ok_or(Stop::Refused)
}

fn reverse(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let list = list_of(at(arguments, 0)?)?;
    list_value(list.items.iter().rev().cloned().collect::<Vec<_>>(), list.open, span)
}

/// Items whose order is not decided keep their places.
fn sort(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let list = list_of(at(arguments, 0)?)?;
    let mut texts: Vec<(Text, Value)> = Vec::with_capacity(list.items.len());
    for item in strings(list.items.to_vec())? {
        match text_of(&item) {
            Ok(text) => texts.push((text.into_owned(), item)),
            Err(Stop::Unknown) => return list_value(list.items.clone(), list.open, span),
            Err(Stop::Refused) => return Err(Stop::Refused),
        }
    }
    sort_by_text(&mut texts, |(text, _)| Cow::Borrowed(text));
    list_value(texts.into_iter().map(|(_, item)| item).collect::<Vec<_>>(), list.open, span)
}

/// Items as strings: numbers and booleans are written, lists and maps refused.
pub(super) fn strings(mut items: Vec<Value>) -> Evaluated<Vec<Value>> {
    for item in &mut items {
        match &item.kind {
            Kind::Number(_) | Kind::Bool(_) => item.kind = Kind::Text(text_of(item)?.into_owned()),
            Kind::List(_) | Kind::Map(_) => return Err(Stop::Refused),
            Kind::Choice(alternatives) => {
                item.kind = Kind::Choice(strings(alternatives.to_vec())?.into());
            }
            _ => {}
        }
    }
    Ok(items)
}

fn chunklist(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    let items = unified(plain_items(argument)?.to_vec(), false)?;
    let size = usize::try_from(whole_of(at(arguments, 1)?)?).map_err(|_| Stop::Refused)?;
    let size = if size == 0 { items.len().max(1) } else { size };
    let chunks = items.chunks(size).map(|chunk| Value::list(chunk.to_vec(), argument.span));
    Ok(Value::list(chunks.collect(), span))
}

fn matchkeys(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let [values, keys] = [plain_items(at(arguments, 0)?)?, plain_items(at(arguments, 1)?)?];
    let wanted = list_of(at(arguments, 2)?)?;
    if values.len() != keys.len() {
        return Err(Stop::Refused);
    }
    let both = unified(keys.iter().chain(&wanted.items).cloned().collect(), wanted.open)?;
    let (keys, searched) = both.split_at_checked(keys.len()).ok_or(Stop::Unknown)?;
    let searched = List { items: searched.to_vec().into(), open: wanted.open };
    if keys.len().saturating_mul(searched.items.len()) > bounds::COMPARISONS {
        return Err(Stop::Unknown);
    }
    let mut kept = Vec::new();
    for (value, key) in unified(values.to_vec(), false)?.into_iter().zip(keys) {
        match holds(&searched, key, same) {
            Answer::Yes => kept.push(value),
            Answer::No => {}
            Answer::Unknown => kept.push(possibly(value)),
        }
    }
    Ok(Value::list(kept, span))
}

fn to_list(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    typed(argument, || {
        let list = list_of(argument)?;
        Ok(list_value(unified_items(list)?, list.open, span)?.kind)
    })
}
