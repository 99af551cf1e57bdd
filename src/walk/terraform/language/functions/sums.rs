//! What all items say together: how many they are, their sum, whether all are true.

use super::function::{Function, at, choice_of, plain_items, without_absent};
use crate::bounds;
use crate::source::Span;
use crate::value::{Kind, Map, Text, Value};
use crate::walk::terraform::language::convert::{
    Evaluated, Number, Stop, bool_of, list_of, literal_of, may_be_missing, number_of, number_value,
    sorted_entries, texts_equal,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("alltrue", (1, 1), |arguments, span| logical(arguments, false, span)),
    Function::new("anytrue", (1, 1), |arguments, span| logical(arguments, true, span)),
    Function::new("length", (1, 1), length),
    Function::new("one", (1, 1), one),
    Function::new("range", (1, 3), range),
    Function::new("sum", (1, 1), sum),
];

fn length(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    let count = match &argument.kind {
        Kind::List(_) => plain_items(argument)?.len(),
        Kind::Map(map) => size(map)?,
        Kind::Text(_) | Kind::Json(_) => {
            let text = literal_of(argument)?;
            super::strings::characters(&text).ok_or(Stop::Unknown)?.len()
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => return Err(Stop::Refused),
        Kind::Unknown(_) | Kind::Choice(_) | Kind::Absent => return Err(Stop::Unknown),
    };
    let count = i128::try_from(count).map_err(|_| Stop::Unknown)?;
    Ok(number_value(Number::whole(count), span))
}

/// How many entries a map has, when that is certain: keys that are not known may be the same.
fn size(map: &Map) -> Evaluated<usize> {
    let entries = sorted_entries(map);
    let unknown: Vec<usize> =
        (0..).zip(&entries).filter(|(_, entry)| entry.key.as_literal().is_none()).map(|(at, _)| at).collect();
    if map.open
        || entries.iter().any(|entry| may_be_missing(&entry.value))
        || unknown.len().saturating_mul(entries.len()) > bounds::COMPARISONS
    {
        return Err(Stop::Unknown);
    }
    let apart = |place: usize, key: &Text| {
        (0..).zip(&entries).all(|(at, other)| at == place || texts_equal(key, &other.key_text()).is_no())
    };
    let certain =
        unknown.iter().all(|at| entries.get(*at).is_some_and(|entry| apart(*at, &entry.key_text())));
    if certain { Ok(entries.len()) } else { Err(Stop::Unknown) }
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
    // A step of zero is refused when it would have to be taken.
    let wrong_way = if step.signum() < 0 { order(end, start)?.is_gt() } else { down };
    if wrong_way {
        return Err(Stop::Refused);
    }
    let (mut items, mut next) = (Vec::new(), start);
    while if step.signum() >= 0 { order(next, end)?.is_lt() } else { order(next, end)?.is_gt() } {
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
        // What would be refused is not among what it can be.
        if decides.iter().all(|it| *it == Err(Stop::Refused)) {
            return Err(Stop::Refused);
        }
        decides.retain(|it| *it != Err(Stop::Refused));
        if decides.iter().all(|it| *it == Ok(true)) {
            return Ok(Value::new(Kind::Bool(decisive), span));
        }
        undecided |= decides.iter().any(|it| *it != Ok(false));
    }
    if undecided { Err(Stop::Unknown) } else { Ok(Value::new(Kind::Bool(!decisive), span)) }
}
