//! Lists and tuples.

use super::{Function, MANY, at, choice_of, distinct_items, plain_items, without_absent};
use crate::source::Span;
use crate::value::{Answer, Kind, List, Text, Value};
use crate::walk::terraform::convert::{
    Evaluated, MAX_CHOICES, MAX_ITEMS, Number, Stop, bool_of, could_be_empty, equal, is_string, list_of,
    may_be_missing, number_of, number_value, possibly, same, sort_by_text, text_of, texts_equal, unified,
    whole_of,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("alltrue", (1, 1), |arguments, span| logical(arguments, false, span)),
    Function::new("anytrue", (1, 1), |arguments, span| logical(arguments, true, span)),
    Function::new("chunklist", (2, 2), chunklist),
    Function::new("compact", (1, 1), compact),
    Function::new("concat", (1, MANY), concat),
    Function::new("contains", (2, 2), contains),
    Function::new("distinct", (1, 1), distinct),
    Function::new("element", (2, 2), element),
    Function::new("flatten", (1, 1), flatten),
    Function::new("index", (2, 2), index),
    Function::new("length", (1, 1), length),
    Function::new("matchkeys", (3, 3), matchkeys),
    Function::new("one", (1, 1), one),
    Function::new("range", (1, 3), range),
    Function::new("reverse", (1, 1), reverse),
    Function::new("slice", (3, 3), slice),
    Function::new("sort", (1, 1), sort),
    Function::new("sum", (1, 1), sum),
    Function::nullable("tolist", (1, 1), to_list),
];

/// A list that is not longer than a list may be.
pub(super) fn list_value(items: Vec<Value>, open: bool, span: Span) -> Evaluated<Value> {
    if items.len() > MAX_ITEMS || (open && items.is_empty()) {
        return Err(Stop::Unknown);
    }
    Ok(Value::new(Kind::List(List { items, open }), span))
}

fn concat(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let (mut items, mut open) = (Vec::new(), false);
    for argument in arguments {
        match list_of(argument) {
            Ok(list) => {
                items.extend(list.items.iter().cloned());
                open |= list.open;
            }
            Err(Stop::Unknown) => open = true,
            Err(Stop::Refused) => return Err(Stop::Refused),
        }
    }
    list_value(items, open, span)
}

fn flatten(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let list = list_of(at(arguments, 0)?)?;
    let mut flat = List { items: Vec::new(), open: list.open };
    for item in &list.items {
        add_flat(&mut flat, item)?;
    }
    list_value(flat.items, flat.open, span)
}

fn add_flat(flat: &mut List, item: &Value) -> Evaluated<()> {
    if flat.items.len() > MAX_ITEMS {
        return Err(Stop::Unknown);
    }
    match &item.kind {
        Kind::List(list) => {
            flat.open |= list.open;
            for item in &list.items {
                add_flat(flat, item)?;
            }
        }
        // It may be a list of any length, or an item.
        Kind::Unknown(symbol) if !is_string(symbol) => {
            flat.open = true;
            flat.items.push(possibly(item.clone()));
        }
        Kind::Choice(alternatives)
            if alternatives.iter().any(|it| matches!(it.kind, Kind::List(_) | Kind::Unknown(_))) =>
        {
            for alternative in alternatives.iter() {
                let before = flat.items.len();
                add_flat(flat, alternative)?;
                for added in flat.items.iter_mut().skip(before) {
                    *added = possibly(added.clone());
                }
            }
        }
        Kind::Absent => {}
        _ => flat.items.push(item.clone()),
    }
    Ok(())
}

fn element(arguments: &[Value], _: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    let items = plain_items(argument)?;
    if items.is_empty() {
        return Err(Stop::Refused);
    }
    match whole_of(at(arguments, 1)?) {
        Ok(index) => {
            let length = i128::try_from(items.len()).map_err(|_| Stop::Unknown)?;
            // Terraform 1.11 fails at a negative index, later versions count from the end.
            let index = usize::try_from(index.checked_rem(length).ok_or(Stop::Refused)?);
            index.ok().and_then(|index| items.get(index)).cloned().ok_or(Stop::Refused)
        }
        Err(Stop::Unknown) => choice_of(items.iter().cloned(), argument.span),
        Err(Stop::Refused) => Err(Stop::Refused),
    }
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
            Answer::Yes => return Ok(number_value(Number::whole(place), span)),
            Answer::No => {}
            Answer::Unknown => return Err(Stop::Unknown),
        }
    }
    Err(Stop::Refused)
}

fn length(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    let count = match &argument.kind {
        Kind::List(_) => plain_items(argument)?.len(),
        Kind::Map(map) => {
            let entries = crate::walk::terraform::convert::sorted_entries(map);
            let certain = entries.iter().enumerate().all(|(place, entry)| {
                let apart = |other: &&&crate::value::Entry| texts_equal(&entry.key, &other.key).is_no();
                let known = entry.key.as_literal().is_some();
                !may_be_missing(&entry.value) && (known || entries.iter().skip(place + 1).all(|e| apart(&e)))
            });
            // Literal keys are apart from each other; unknown keys come last where they cannot be sorted.
            let all_known = entries.iter().filter(|entry| entry.key.as_literal().is_none()).count() <= 1;
            if map.open || !certain || !all_known && entries.len() > MAX_CHOICES {
                return Err(Stop::Unknown);
            }
            entries.len()
        }
        Kind::Text(_) | Kind::Json(_) => {
            let text = crate::walk::terraform::convert::literal_of(argument)?;
            super::strings::characters(&text).ok_or(Stop::Unknown)?.len()
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => return Err(Stop::Refused),
        Kind::Unknown(_) | Kind::Choice(_) | Kind::Absent => return Err(Stop::Unknown),
    };
    let count = i128::try_from(count).map_err(|_| Stop::Unknown)?;
    Ok(number_value(Number::whole(count), span))
}

fn one(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let list = list_of(at(arguments, 0)?)?;
    let certain: Vec<&Value> = list.items.iter().filter(|item| !may_be_missing(item)).collect();
    match certain.as_slice() {
        // With any other it would be refused.
        [only] => Ok((*only).clone()),
        [] if list.open => Err(Stop::Unknown),
        [] => {
            let null = Value::new(Kind::Null, span);
            choice_of(list.items.iter().flat_map(without_absent).chain([null]), span)
        }
        _ => Err(Stop::Refused),
    }
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
                    let mut value = alternative.clone();
                    if matches!(value.kind, Kind::Number(_) | Kind::Bool(_)) {
                        value.kind = Kind::Text(text.clone());
                    }
                    if !text.is_empty() {
                        alternatives.push(value);
                    }
                    if could_be_empty(&text) {
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
    list_value(distinct_items(unified(list.items.clone())?)?, list.open, span)
}

fn slice(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let items = plain_items(at(arguments, 0)?)?;
    let [from, to] = [whole_of(at(arguments, 1)?)?, whole_of(at(arguments, 2)?)?];
    let [from, to] = [from, to].map(|place| usize::try_from(place).map_err(|_| Stop::Refused));
    items.get(from?..to?).map(|part| Value::list(part.to_vec(), span)).ok_or(Stop::Refused)
}

fn reverse(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let list = list_of(at(arguments, 0)?)?;
    list_value(list.items.iter().rev().cloned().collect(), list.open, span)
}

/// Items whose order is not decided keep their places.
fn sort(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let list = list_of(at(arguments, 0)?)?;
    let mut texts: Vec<(Text, Value)> = Vec::with_capacity(list.items.len());
    for item in strings(list.items.clone())? {
        match text_of(&item) {
            Ok(text) => texts.push((text, item)),
            Err(Stop::Unknown) => return list_value(list.items.clone(), list.open, span),
            Err(Stop::Refused) => return Err(Stop::Refused),
        }
    }
    sort_by_text(&mut texts, |(text, _)| text);
    list_value(texts.into_iter().map(|(_, item)| item).collect(), list.open, span)
}

/// Items as strings: numbers and booleans are written, lists and maps refused.
pub(super) fn strings(mut items: Vec<Value>) -> Evaluated<Vec<Value>> {
    for item in &mut items {
        match &item.kind {
            Kind::Number(_) | Kind::Bool(_) => item.kind = Kind::Text(text_of(item)?),
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
    let items = unified(plain_items(argument)?.to_vec())?;
    let size = usize::try_from(whole_of(at(arguments, 1)?)?).map_err(|_| Stop::Refused)?;
    let size = if size == 0 { items.len().max(1) } else { size };
    let chunks = items.chunks(size).map(|chunk| Value::list(chunk.to_vec(), argument.span));
    Ok(Value::list(chunks.collect(), span))
}

fn range(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let numbers: Vec<Number> = arguments.iter().map(number_of).collect::<Result<_, _>>()?;
    let zero = Number::whole(0);
    let (start, end, step) = match *numbers.as_slice() {
        [end] => (zero, end, None),
        [start, end] => (start, end, None),
        [start, end, step] => (start, end, Some(step)),
        _ => return Err(Stop::Refused),
    };
    let order = |a: Number, b: Number| a.compare(b).ok_or(Stop::Unknown);
    let down = order(end, start)?.is_lt();
    let step = step.unwrap_or(Number::whole(if down { -1 } else { 1 }));
    let wrong_way = match step.signum() {
        0 => true,
        1 => down,
        _ => order(end, start)?.is_gt(),
    };
    if wrong_way {
        return Err(Stop::Refused);
    }
    let (mut items, mut next) = (Vec::new(), start);
    while if step.signum() > 0 { order(next, end)?.is_lt() } else { order(next, end)?.is_gt() } {
        if items.len() >= 1024 {
            return Err(Stop::Refused);
        }
        items.push(number_value(next, span));
        next = next.add(step).ok_or(Stop::Unknown)?;
    }
    Ok(Value::list(items, span))
}

fn sum(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let items = plain_items(at(arguments, 0)?)?;
    if items.is_empty() {
        return Err(Stop::Refused);
    }
    let mut total = Number::whole(0);
    for item in items {
        total = total.add(number_of(item)?).ok_or(Stop::Unknown)?;
    }
    Ok(number_value(total, span))
}

/// `alltrue` is decided by a `false`, `anytrue` by a `true`.
fn logical(arguments: &[Value], decisive: bool, span: Span) -> Evaluated<Value> {
    let list = list_of(at(arguments, 0)?)?;
    let mut undecided = list.open;
    for item in &list.items {
        let mut decides = Vec::new();
        for alternative in item.alternatives() {
            decides.push(match alternative.kind {
                // A null is not true.
                Kind::Null => Ok(!decisive),
                Kind::Absent => Ok(false),
                _ => bool_of(alternative).map(|value| value == decisive),
            });
        }
        if decides.contains(&Err(Stop::Refused)) {
            return Err(Stop::Refused);
        }
        if decides.iter().all(|it| *it == Ok(true)) {
            return Ok(Value::new(Kind::Bool(decisive), span));
        }
        undecided |= decides.iter().any(|it| *it != Ok(false));
    }
    if undecided { Err(Stop::Unknown) } else { Ok(Value::new(Kind::Bool(!decisive), span)) }
}

fn matchkeys(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let [values, keys] = [plain_items(at(arguments, 0)?)?, plain_items(at(arguments, 1)?)?];
    let wanted = list_of(at(arguments, 2)?)?;
    if values.len() != keys.len() {
        return Err(Stop::Refused);
    }
    let both = unified(keys.iter().chain(&wanted.items).cloned().collect())?;
    let (keys, searched) = both.split_at_checked(keys.len()).ok_or(Stop::Unknown)?;
    let searched = List { items: searched.to_vec(), open: wanted.open };
    if keys.len().saturating_mul(searched.items.len()) > 100_000 {
        return Err(Stop::Unknown);
    }
    let mut kept = Vec::new();
    for (value, key) in unified(values.to_vec())?.into_iter().zip(keys) {
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
    match &argument.kind {
        Kind::Null => Ok(argument.clone()),
        Kind::Unknown(symbol) if !is_string(symbol) => Ok(argument.clone()),
        _ => {
            let list = list_of(argument)?;
            let mut value = argument.clone();
            value.kind = list_value(unified(list.items.clone())?, list.open, span)?.kind;
            Ok(value)
        }
    }
}
