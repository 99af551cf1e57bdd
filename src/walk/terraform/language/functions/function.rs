//! What a function is, and what several functions need.

use crate::bounds;
use crate::source::Span;
use crate::value::{Answer, Kind, Piece, PieceKind, Value};
use crate::walk::terraform::language::convert::{
    Evaluated, Stop, is_string, list_of, may_be_missing, possibly, same, written_json,
};

/// A function.
pub(super) struct Function {
    pub(super) name: &'static str,
    /// The fewest and the most arguments.
    arity: (usize, usize),
    /// Whether `null` may be given; otherwise it is refused before the function is asked.
    nulls: bool,
    evaluate: fn(&[Value], Span) -> Evaluated<Value>,
}

/// As many arguments as one likes.
pub(super) const MANY: usize = usize::MAX;

impl Function {
    pub(super) const fn new(
        name: &'static str,
        arity: (usize, usize),
        evaluate: fn(&[Value], Span) -> Evaluated<Value>,
    ) -> Self {
        Self { name, arity, nulls: false, evaluate }
    }

    /// A function that can be given `null`.
    pub(super) const fn nullable(
        name: &'static str,
        arity: (usize, usize),
        evaluate: fn(&[Value], Span) -> Evaluated<Value>,
    ) -> Self {
        Self { name, arity, nulls: true, evaluate }
    }

    pub(super) fn call(&self, arguments: &[Value], span: Span) -> Evaluated<Value> {
        let (fewest, most) = self.arity;
        if !(fewest..=most).contains(&arguments.len()) {
            return Err(Stop::Refused);
        }
        if !self.nulls && arguments.iter().any(|argument| matches!(argument.kind, Kind::Null)) {
            return Err(Stop::Refused);
        }
        let value = (self.evaluate)(arguments, span)?;
        if is_too_long(&value) { Err(Stop::Unknown) } else { Ok(value) }
    }
}

/// Whether a text has grown beyond what anybody writes.
fn is_too_long(value: &Value) -> bool {
    let Kind::Text(text) = &value.kind else { return false };
    let length = |piece: &Piece| match &piece.kind {
        PieceKind::Literal(literal) => literal.len(),
        PieceKind::Symbol(_) | PieceKind::Json(_) => 1,
    };
    text.pieces().len() > bounds::PIECES
        || text.pieces().iter().map(length).sum::<usize>() > bounds::TEXT_BYTES
}

/// The argument at a place that the number of arguments guarantees.
pub(super) fn at(arguments: &[Value], place: usize) -> Evaluated<&Value> {
    arguments.get(place).ok_or(Stop::Refused)
}

/// What an argument encodes, when it is an encoding of which all is known.
pub(super) fn encoded(argument: &Value) -> Option<Value> {
    if let Kind::Json(value) = &argument.kind { Some(value.clone().into_value()) } else { None }
}

/// An argument as another type: null, and what may have the type already, as it is.
pub(super) fn typed(argument: &Value, kind: impl FnOnce() -> Evaluated<Kind>) -> Evaluated<Value> {
    match &argument.kind {
        Kind::Null => {}
        Kind::Unknown(symbol) if !is_string(symbol) => {}
        _ => return Ok(argument.with_kind(kind()?)),
    }
    Ok(argument.clone())
}

/// The items of a list that has just these, each of which is there.
pub(super) fn plain_items(value: &Value) -> Evaluated<&[Value]> {
    let list = list_of(value)?;
    if list.open || list.items.iter().any(may_be_missing) {
        return Err(Stop::Unknown);
    }
    Ok(&list.items)
}

/// One of several values, not too many and each once.
pub(super) fn choice_of(alternatives: impl IntoIterator<Item = Value>, span: Span) -> Evaluated<Value> {
    let mut different: Vec<Value> = Vec::new();
    for alternative in Value::flattened(alternatives) {
        let again = |known: &Value| match (&known.kind, &alternative.kind) {
            (Kind::Absent, Kind::Absent) => true,
            (Kind::Text(a), Kind::Text(b)) => a == b,
            (Kind::Unknown(a), Kind::Unknown(b)) => a.same(b),
            _ => false,
        };
        if !different.iter().any(again) {
            different.push(alternative);
        }
        if different.len() > bounds::CHOICES {
            return Err(Stop::Unknown);
        }
    }
    Ok(Value::choice(different, span))
}

/// What a value can be when it is there.
pub(super) fn without_absent(value: &Value) -> impl Iterator<Item = Value> + use<'_> {
    value.alternatives().iter().filter(|alternative| !matches!(alternative.kind, Kind::Absent)).cloned()
}

/// The items without those that are certainly there already. What may be equal to another one may be missing;
/// of two such, that is the one of which less is known, or the later one.
pub(super) fn distinct_items(items: Vec<Value>) -> Evaluated<Vec<Value>> {
    let mut kept: Vec<(Value, bool)> = Vec::new();
    let mut known = rustc_hash::FxHashSet::default();
    let written: Vec<Option<String>> = items.iter().map(|item| written_json(item).ok()).collect();
    // Each of these is compared with every other.
    let unknown = written.iter().filter(|written| written.is_none()).count();
    if unknown.saturating_mul(items.len()) > bounds::COMPARISONS {
        return Err(Stop::Unknown);
    }
    for (item, written) in items.into_iter().zip(written) {
        if let Some(written) = written {
            // JSON tells everything apart but a text from the encoding that it is.
            if known.insert((written, matches!(item.kind, Kind::Json(_)))) {
                kept.push((item, true));
            }
            continue;
        }
        let again = kept.iter().position(|(other, sure)| !sure && same(other, &item).is_yes());
        match again.and_then(|place| kept.get_mut(place)) {
            Some((other, _)) if may_be_missing(other) && !may_be_missing(&item) => *other = item,
            Some(_) => {}
            None => kept.push((item, false)),
        }
    }
    let doubtful: Vec<bool> = kept
        .iter()
        .enumerate()
        .map(|(place, (item, known))| {
            !known
                && kept.iter().enumerate().any(|(at, (other, sure))| {
                    (*sure || at < place) && present(item, other) == Answer::Unknown
                })
        })
        .collect();
    let marked = kept.into_iter().zip(doubtful);
    Ok(marked.map(|((item, _), doubtful)| if doubtful { possibly(item) } else { item }).collect())
}

/// Whether two items are the same, if they are there.
fn present(a: &Value, b: &Value) -> Answer {
    let there = |value: &Value| Value::choice(without_absent(value), value.span);
    same(&there(a), &there(b))
}
