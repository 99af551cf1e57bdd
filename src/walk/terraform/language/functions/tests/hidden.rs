//! Functions and operators of arguments of which parts are hidden.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::evaluator::{Evaluator, Hide, parsed};
use super::{RECORD, unordered};
use crate::value::{Entry, Kind, List, Map, OriginKind, PieceKind, Symbol, Text, Value};
use crate::walk::terraform::language::convert::Outcome;
use crate::walk::terraform::language::convert::written_json;

/// How often parts of each expression are hidden.
const ROUNDS: u64 = 3;

/// Compares what is returned for partly hidden arguments with what is returned for all of them.
struct Cover<'v> {
    hidden: &'v [Value],
    /// Whether items may stand in another order: sets and sorted lists with unknown items.
    any_order: bool,
    loose_text: bool,
}

impl Cover<'_> {
    /// What a symbol stands for; nothing when it was made by a function.
    fn known(&self, symbol: &Symbol) -> Option<&Value> {
        let OriginKind::Written { file, place } = symbol.origin.kind() else { return None };
        if **file == *"hidden" { self.hidden.get(place.parse::<usize>().unwrap()) } else { None }
    }

    /// Whether a value may be the real one.
    fn value(&self, value: &Value, real: &Value) -> bool {
        match (&value.kind, &real.kind) {
            (_, Kind::Choice(all)) => all.iter().any(|real| self.value(value, real)),
            (Kind::Choice(all), _) => all.iter().any(|one| self.value(one, real)),
            (Kind::Unknown(symbol), _) => self.known(symbol).is_none_or(|known| same_written(known, real)),
            // A set is joined in the order in which it is written, and `%q` takes symbols to need no escapes.
            (Kind::Text(_), _) if self.loose_text => true,
            (Kind::Text(text), _) => written_text(real).is_none_or(|real| self.text(text, &real)),
            (Kind::List(list), Kind::List(real)) => self.list(list, &real.items),
            (Kind::Map(map), Kind::Map(real)) => self.map(map, real),
            (Kind::Json(inner), Kind::Json(real)) => self.value(inner, real),
            _ => same_written(value, real),
        }
    }

    /// Whether a text may be the real one: symbols are filled in, and what a function made of them is anything.
    fn text(&self, text: &Text, real: &str) -> bool {
        if let Some(literal) = text.as_literal() {
            return literal == real;
        }
        let mut pattern = String::from("(?s)^");
        for piece in text.pieces() {
            let known = match &piece.kind {
                PieceKind::Literal(literal) => Some(literal.to_string()),
                PieceKind::Symbol(symbol) => self.known(symbol).and_then(written_text),
                PieceKind::Json(inner) => written_json(inner).ok(),
            };
            pattern.push_str(&known.map_or_else(|| ".*".to_owned(), |known| regex::escape(&known)));
        }
        pattern.push('$');
        regex::Regex::new(&pattern).unwrap().is_match(real)
    }

    fn list(&self, list: &List, real: &[Value]) -> bool {
        let certain = |item: &&Value| !item.alternatives().iter().any(|it| matches!(it.kind, Kind::Absent));
        let all_there =
            list.items.iter().filter(certain).all(|item| real.iter().any(|it| self.value(item, it)));
        let all_known = real.iter().all(|it| list.items.iter().any(|item| self.value(item, it)));
        if list.open || self.any_order {
            all_there && (list.open || all_known)
        } else {
            self.aligned(&list.items, real)
        }
    }

    fn aligned(&self, items: &[Value], real: &[Value]) -> bool {
        let Some((first, rest)) = items.split_first() else { return real.is_empty() };
        let missing = first.alternatives().iter().any(|it| matches!(it.kind, Kind::Absent));
        (missing && self.aligned(rest, real))
            || real
                .split_first()
                .is_some_and(|(it, others)| self.value(first, it) && self.aligned(rest, others))
    }

    fn map(&self, map: &Map, real: &Map) -> bool {
        let entry_covers = |entry: &Entry, it: &Entry| {
            self.text(&entry.key_text(), &it.key.as_literal().unwrap()) && self.value(&entry.value, &it.value)
        };
        let last = |map: &Map| -> Vec<Entry> {
            crate::walk::terraform::language::convert::sorted_entries(map).into_iter().cloned().collect()
        };
        let (entries, real) = (last(map), last(real));
        let certain =
            |entry: &&Entry| !entry.value.alternatives().iter().any(|it| matches!(it.kind, Kind::Absent));
        // A key that is not known may be that of another entry, which then counts.
        let literal = |entry: &&Entry| entry.key.as_literal().is_some();
        let last_unknown = map.entries.iter().rposition(|entry| entry.key.as_literal().is_none());
        let later: Vec<&Entry> = map.entries.iter().skip(last_unknown.map_or(0, |at| at + 1)).collect();
        let counts = |entry: &&Entry| later.iter().any(|it| it.key == entry.key);
        let sure = entries.iter().filter(certain).filter(literal).filter(counts);
        sure.into_iter().all(|entry| real.iter().any(|it| entry_covers(entry, it)))
            && (map.open || real.iter().all(|it| entries.iter().any(|entry| entry_covers(entry, it))))
    }
}

fn written_text(value: &Value) -> Option<String> {
    crate::walk::terraform::language::convert::literal_of(value).ok().map(std::borrow::Cow::into_owned)
}

/// Equal, but for numbers and booleans that became strings, and for the order of a set, which `toset` makes of
/// a list without giving it another name.
fn same_written(a: &Value, b: &Value) -> bool {
    let written = |value: &Value| match &value.kind {
        Kind::List(_) | Kind::Map(_) | Kind::Null => written_json(value).ok(),
        _ => written_text(value),
    };
    match (written(a), written(b)) {
        (Some(x), Some(y)) => {
            let items = |text: &str| unordered(&text.replace(['"', '\\'], "").replace(['[', ']'], ","));
            let loose =
                |text: &str| items(text).concat().split(',').map(str::to_owned).collect::<BTreeSet<_>>();
            x == y || sorted_bytes(&x) == sorted_bytes(&y) || loose(&x) == loose(&y)
        }
        _ => false,
    }
}

/// The characters of a text but for quotes, in order.
fn sorted_bytes(text: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = text.bytes().filter(|byte| *byte != b'"').collect();
    bytes.sort_unstable();
    bytes
}

#[test]
fn what_is_hidden_is_never_guessed() {
    let (mut wrong, mut returned) = (Vec::new(), 0);
    for (number, line) in (1u64..).zip(RECORD.lines()) {
        let (expression, expected) = line.split_once('\t').unwrap();
        let tree = parsed(expression);
        let Outcome::Value(real) = (Evaluator { hide: None }).evaluate(&tree) else { continue };
        if expected == "refused" {
            continue;
        }
        for round in 0..ROUNDS {
            let dice = (number << 8 | round).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            let evaluator = Evaluator { hide: Some(RefCell::new(Hide { dice, values: Vec::new() })) };
            let outcome = evaluator.evaluate(&tree);
            let hidden = evaluator.hide.unwrap().into_inner().values;
            let any_order = ["set", "distinct(", "sort(", "keys(", "values("]
                .iter()
                .any(|name| expression.contains(name));
            let joins_set = expression.starts_with("join(") && expression.contains("toset(");
            let loose_text = joins_set || expression.contains("%q");
            let right = match &outcome {
                Outcome::Value(value) => {
                    returned += 1;
                    Cover { hidden: &hidden, any_order, loose_text }.value(value, &real)
                }
                Outcome::Unknown => true,
                Outcome::Refused => false,
            };
            if !right {
                wrong.push(format!("{expression}\n  {outcome:?}\n  {expected}\n  {hidden:?}"));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(returned > 6_000, "{returned} values");
}
