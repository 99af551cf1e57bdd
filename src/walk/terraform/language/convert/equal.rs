//! Whether two values are equal, in three answers.

use std::cell::Cell;
use std::cmp::Ordering;

use super::{canonical, is_set, is_string, may_be_missing, sorted_entries, text_of, written_json};
use crate::bounds;
use crate::value::{Answer, Class, Encoded, Kind, List, Map, Piece, PieceKind, Symbol, Text, Value};

/// Whether Terraform's `==` holds.
///
/// Lists that look equal may yet differ, because a list is never equal to a tuple; so may maps and objects.
pub(crate) fn equal(a: &Value, b: &Value) -> Answer {
    Comparison { steps: Cell::new(0), types_matter: true }.values(a, b)
}

/// Whether two values of the same type are equal: items of one list.
pub(crate) fn same(a: &Value, b: &Value) -> Answer {
    Comparison { steps: Cell::new(0), types_matter: false }.values(a, b)
}

struct Comparison {
    steps: Cell<usize>,
    /// Whether what looks equal may still have another type.
    types_matter: bool,
}

impl Comparison {
    fn values(&self, a: &Value, b: &Value) -> Answer {
        self.steps.set(self.steps.get().saturating_add(1));
        if self.steps.get() > bounds::COMPARISONS {
            return Answer::Unknown;
        }
        match (&a.kind, &b.kind) {
            (Kind::Absent, _) | (_, Kind::Absent) => Answer::Unknown,
            (Kind::Choice(_), _) | (_, Kind::Choice(_)) => self.choices(a, b),
            (Kind::Unknown(x), Kind::Unknown(y)) if x.same(y) => Answer::Yes,
            (Kind::Unknown(x), _) if is_string(x) => self.values(&as_text(a), b),
            (_, Kind::Unknown(y)) if is_string(y) => self.values(a, &as_text(b)),
            (Kind::Unknown(_), _) | (_, Kind::Unknown(_)) => Answer::Unknown,
            (Kind::Null, Kind::Null) => Answer::Yes,
            (Kind::Bool(x), Kind::Bool(y)) => Answer::from(x == y),
            (Kind::Number(x), Kind::Number(y)) => numbers(x, y),
            (Kind::Text(x), Kind::Text(y)) => texts_equal(x, y),
            (Kind::Json(x), Kind::Json(y)) => {
                // The same text, whatever the types were.
                Comparison { steps: Cell::new(self.steps.get()), types_matter: false }.values(x, y)
            }
            (Kind::Json(json), Kind::Text(text)) | (Kind::Text(text), Kind::Json(json)) => {
                match (written_json(json), text.as_literal()) {
                    (Ok(json), Some(text)) => Answer::from(json == text),
                    _ => Answer::Unknown,
                }
            }
            (Kind::List(x), Kind::List(y)) => self.lists(x, y),
            (Kind::Map(x), Kind::Map(y)) => self.maps(x, y),
            _ => Answer::No,
        }
    }

    fn choices(&self, a: &Value, b: &Value) -> Answer {
        let mut seen = None;
        for x in a.alternatives() {
            for y in b.alternatives() {
                let answer = self.values(x, y);
                if answer == Answer::Unknown || seen.is_some_and(|seen| seen != answer) {
                    return Answer::Unknown;
                }
                seen = Some(answer);
            }
        }
        seen.unwrap_or(Answer::Unknown)
    }

    fn lists(&self, a: &List, b: &List) -> Answer {
        let certain = |list: &List| list.items.iter().filter(|item| !may_be_missing(item)).count();
        let most = |list: &List| if list.open { usize::MAX } else { list.items.len() };
        if certain(a) > most(b) || certain(b) > most(a) {
            return Answer::No;
        }
        if a.open || b.open || certain(a) < a.items.len() || certain(b) < b.items.len() {
            return Answer::Unknown;
        }
        let all = Answer::all(a.items.iter().zip(&b.items).map(|(x, y)| self.values(x, y)));
        if self.types_matter { all.and(Answer::Unknown) } else { all }
    }

    fn maps(&self, a: &Map, b: &Map) -> Answer {
        let plain = |map: &Map| {
            !map.open && map.entries.iter().all(|e| e.key.as_literal().is_some() && !may_be_missing(&e.value))
        };
        if !plain(a) || !plain(b) {
            return Answer::Unknown;
        }
        let (a, b) = (sorted_entries(a), sorted_entries(b));
        if a.len() != b.len() || a.iter().zip(&b).any(|(x, y)| x.key != y.key) {
            return Answer::No;
        }
        let all = Answer::all(a.iter().zip(&b).map(|(x, y)| self.values(&x.value, &y.value)));
        if self.types_matter { all.and(Answer::Unknown) } else { all }
    }
}

fn as_text(value: &Value) -> Value {
    Value::text(text_of(value).unwrap_or_default().into_owned(), value.span)
}

fn numbers(a: &str, b: &str) -> Answer {
    let zero = |text: String| if text == "-0" { "0".to_owned() } else { text };
    match (canonical(a).map(zero), canonical(b).map(zero)) {
        (Some(a), Some(b)) => Answer::from(a == b),
        _ => Answer::Unknown,
    }
}

/// A character, or a part that is not known.
#[derive(Clone)]
enum Unit<'t> {
    Char(char),
    Symbol(&'t Symbol),
    Json(&'t Encoded),
}

impl Unit<'_> {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Char(a), Self::Char(b)) => a == b,
            (Self::Symbol(a), Self::Symbol(b)) => a.same(b),
            (Self::Json(a), Self::Json(b)) => a.is_same(b),
            _ => false,
        }
    }
}

fn units(text: &Text) -> Vec<Unit<'_>> {
    let mut units = Vec::new();
    for Piece { kind, .. } in text.pieces() {
        match kind {
            PieceKind::Literal(literal) => units.extend(literal.chars().map(Unit::Char)),
            PieceKind::Symbol(symbol) => units.push(Unit::Symbol(symbol)),
            PieceKind::Json(value) => units.push(Unit::Json(value)),
        }
    }
    units
}

/// Whether two texts are the same text.
pub(crate) fn texts_equal(a: &Text, b: &Text) -> Answer {
    if a.is_literal() && b.is_literal() {
        return Answer::from(a == b);
    }
    if a.differs_at_an_end(b) {
        return Answer::No;
    }
    let (a, b) = (units(a), units(b));
    // What both begin and end with makes no difference.
    let ahead = a.iter().zip(&b).take_while(|(x, y)| x.same(y)).count();
    let (a, b) = (a.get(ahead..).unwrap_or_default(), b.get(ahead..).unwrap_or_default());
    let behind = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x.same(y)).count();
    let (a, b) =
        (a.get(..a.len() - behind).unwrap_or_default(), b.get(..b.len() - behind).unwrap_or_default());
    if a.is_empty() && b.is_empty() {
        return Answer::Yes;
    }
    let differ = |x: Option<&Unit<'_>>, y: Option<&Unit<'_>>| {
        matches!((x, y), (Some(Unit::Char(_)), Some(Unit::Char(_))))
    };
    if differ(a.first(), b.first()) || differ(a.last(), b.last()) {
        return Answer::No;
    }
    if possible(a, b) && possible(b, a) { Answer::Unknown } else { Answer::No }
}

/// Whether the first can be the second, as far as that is asked: when the second is literal.
fn possible(pattern: &[Unit<'_>], literal: &[Unit<'_>]) -> bool {
    let mut characters = Vec::with_capacity(literal.len());
    for unit in literal {
        let Unit::Char(character) = unit else { return true };
        characters.push(*character);
    }
    if characters.len().saturating_mul(characters.len()).saturating_mul(pattern.len()) > bounds::FITTING_STEPS
    {
        return true;
    }
    // Where the pattern so far may have ended.
    let mut ends = vec![false; characters.len() + 1];
    if let Some(first) = ends.first_mut() {
        *first = true;
    }
    for unit in pattern {
        let mut next = vec![false; ends.len()];
        for start in ends.iter().enumerate().filter(|(_, may)| **may).map(|(at, _)| at) {
            extend(unit, &characters, start, &mut next);
        }
        ends = next;
    }
    ends.last().copied().unwrap_or(true)
}

fn extend(unit: &Unit<'_>, text: &[char], start: usize, next: &mut [bool]) {
    let (shortest, longest) = match unit {
        Unit::Char(character) => {
            if text.get(start) == Some(character) {
                mark(next, start + 1);
            }
            return;
        }
        Unit::Symbol(symbol) => lengths(symbol.class),
        Unit::Json(_) => (1, usize::MAX),
    };
    let fits = |character: char| match unit {
        Unit::Symbol(symbol) => symbol_can_contain(symbol, character),
        _ => true,
    };
    let rest = text.get(start..).unwrap_or_default();
    let run = rest.iter().take_while(|character| fits(**character)).take(longest).count();
    for length in shortest..=run {
        mark(next, start + length);
    }
}

fn mark(ends: &mut [bool], at: usize) {
    if let Some(end) = ends.get_mut(at) {
        *end = true;
    }
}

fn lengths(class: Class) -> (usize, usize) {
    match class {
        Class::Account | Class::AccountId => (12, 12),
        Class::Region | Class::Partition | Class::DnsSuffix | Class::Organization => (1, 64),
        Class::Computed | Class::Word | Class::Keyed | Class::Opaque => (0, usize::MAX),
    }
}

/// Whether the value of a symbol can contain a character.
pub(crate) fn symbol_can_contain(symbol: &Symbol, character: char) -> bool {
    let lower = character.is_ascii_lowercase();
    match symbol.class {
        Class::Account | Class::AccountId => character.is_ascii_digit(),
        Class::Region | Class::Partition | Class::Organization => {
            lower || character.is_ascii_digit() || character == '-'
        }
        Class::DnsSuffix => lower || character.is_ascii_digit() || matches!(character, '-' | '.'),
        // A name, of whatever service; other attributes may be anything.
        Class::Computed => {
            let attribute = symbol.origin.attribute_name().unwrap_or_default();
            let named = matches!(attribute, "name" | "unique_id" | "key_id" | "bucket");
            !named || !matches!(character, ':' | ',' | '|' | ';' | ' ' | '\n' | '%')
        }
        Class::Word | Class::Keyed | Class::Opaque => true,
    }
}

/// Whether a text may turn out to be empty.
pub(crate) fn could_be_empty(text: &Text) -> bool {
    text.pieces().iter().all(|piece| match &piece.kind {
        PieceKind::Literal(literal) => literal.is_empty(),
        PieceKind::Symbol(symbol) => !is_set(symbol),
        PieceKind::Json(_) => false,
    })
}

/// The order of two texts by their bytes, when it is decided before anything unknown.
pub(crate) fn text_order(a: &Text, b: &Text) -> Option<Ordering> {
    if texts_equal(a, b).is_yes() {
        return Some(Ordering::Equal);
    }
    let (a, b) = (units(a), units(b));
    for (x, y) in a.iter().zip(&b) {
        match (x, y) {
            (Unit::Char(x), Unit::Char(y)) if x != y => return Some(x.cmp(y)),
            _ if x.same(y) => {}
            _ => return None,
        }
    }
    // One is the beginning of the other, and the rest is not empty if it has a character.
    let rest = |units: &[Unit<'_>], from: usize| {
        units.get(from..).is_some_and(|rest| rest.iter().any(|unit| matches!(unit, Unit::Char(_))))
    };
    match a.len().cmp(&b.len()) {
        Ordering::Less => rest(&b, a.len()).then_some(Ordering::Less),
        Ordering::Greater => rest(&a, b.len()).then_some(Ordering::Greater),
        Ordering::Equal => Some(Ordering::Equal),
    }
}
