//! The order of the items of a set.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Number, Reading, number, sort_by_text, sorted_entries, text_of};
use crate::bounds;
use crate::value::{Kind, Text, Value};

/// Puts the items of a set into Terraform's order: strings by their bytes, numbers by size, others by an
/// encoding of their content. Items of which the order is not known keep their places.
pub(crate) fn set_order(items: &mut Vec<Value>) {
    // A null comes last.
    let (mut nulls, mut others): (Vec<Value>, Vec<Value>) =
        std::mem::take(items).into_iter().partition(|item| matches!(item.kind, Kind::Null));
    let any = |is: fn(&Kind) -> bool| others.iter().any(|item| is(&item.kind));
    if any(|kind| matches!(kind, Kind::Number(_))) {
        sort_numbers(&mut others);
    } else if any(|kind| matches!(kind, Kind::Bool(_))) {
        others.sort_by_key(|item| matches!(item.kind, Kind::Bool(true)));
    } else if any(|kind| matches!(kind, Kind::List(_) | Kind::Map(_))) {
        sort_encoded(&mut others);
    } else {
        sort_texts(&mut others);
    }
    items.append(&mut others);
    items.append(&mut nulls);
}

/// The only value that an item can be, if it is there.
fn only(item: &Value) -> Option<&Value> {
    let mut there = item.alternatives().iter().filter(|item| !matches!(item.kind, Kind::Absent));
    there.next().filter(|_| there.next().is_none())
}

fn sort_texts(items: &mut Vec<Value>) {
    let text = |item: &Value| text_of(only(item)?).ok().map(Cow::into_owned);
    let texts: Option<Vec<Text>> = items.iter().map(text).collect();
    let Some(texts) = texts else { return };
    let mut both: Vec<(Text, Value)> = texts.into_iter().zip(std::mem::take(items)).collect();
    sort_by_text(&mut both, |(text, _)| Cow::Borrowed(text));
    items.extend(both.into_iter().map(|(_, item)| item));
}

fn sort_numbers(items: &mut [Value]) {
    let number = |item: &Value| match &item.kind {
        Kind::Number(digits) => match Number::read(digits) {
            Reading::Number(number) => Some(number),
            Reading::Other | Reading::None => None,
        },
        _ => None,
    };
    let numbers: Vec<Option<Number>> = items.iter().map(number).collect();
    let comparable = |a: &Option<Number>, b: &Option<Number>| a.zip(*b).and_then(|(a, b)| a.compare(b));
    // Where everything can be compared with zero and the greatest, it can be compared with each other.
    let decided = numbers
        .iter()
        .all(|a| numbers.iter().take(bounds::SORTED_NUMBERS).all(|b| comparable(a, b).is_some()));
    if decided && numbers.len() <= bounds::SORTED_NUMBERS {
        items.sort_by(|a, b| comparable(&number(a), &number(b)).unwrap_or(Ordering::Equal));
    } else if numbers.iter().all(|it| it.is_some_and(|number| number.as_whole().is_some())) {
        items.sort_by_key(|item| number(item).and_then(Number::as_whole));
    }
}

fn sort_encoded(items: &mut Vec<Value>) {
    let encoded: Option<Vec<String>> = items
        .iter()
        .map(|item| {
            let mut out = String::new();
            encode(&mut out, only(item)?).then_some(out)
        })
        .collect();
    let Some(encoded) = encoded else { return };
    let mut both: Vec<(String, Value)> = encoded.into_iter().zip(std::mem::take(items)).collect();
    both.sort_by(|(a, _), (b, _)| a.cmp(b));
    items.extend(both.into_iter().map(|(_, item)| item));
}

/// The encoding by which Terraform orders what is neither string nor number nor boolean (`makeSetHashBytes` of
/// go-cty). Whether it is known.
fn encode(out: &mut String, value: &Value) -> bool {
    match &value.kind {
        Kind::Null => out.push('~'),
        Kind::Bool(value) => out.push(if *value { 'T' } else { 'F' }),
        Kind::Number(digits) => match number::ten_digits(digits) {
            Some(digits) => out.push_str(&digits),
            None => return false,
        },
        Kind::Text(text) => match text.as_literal() {
            Some(text) => return encode_text(out, &text),
            None => return false,
        },
        Kind::List(list) => {
            out.push('[');
            for item in &list.items {
                if !encode(out, item) {
                    return false;
                }
                out.push(';');
            }
            out.push(']');
            return !list.open;
        }
        Kind::Map(map) => {
            out.push('{');
            for entry in sorted_entries(map) {
                let Some(key) = entry.key.as_literal() else { return false };
                if !encode_text(out, &key) {
                    return false;
                }
                out.push(':');
                if !encode(out, &entry.value) {
                    return false;
                }
                out.push(';');
            }
            out.push('}');
            return !map.open;
        }
        Kind::Json(_) | Kind::Absent | Kind::Choice(_) | Kind::Unknown(_) => return false,
    }
    true
}

fn encode_text(out: &mut String, text: &str) -> bool {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            ' '..='~' => out.push(character),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character.is_alphanumeric() => out.push(character),
            _ => return false,
        }
    }
    out.push('"');
    true
}
