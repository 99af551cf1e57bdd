//! Strings.
//!
//! Texts are handled piece by piece: a symbol goes through unchanged where its value cannot be touched.

use std::borrow::Cow;
use std::iter;

use super::flat::Flat;
use super::function::{Function, MANY, at, choice_of};
use super::lists::{list_value, truth};
use crate::bounds;
use crate::source::Span;
use crate::value::{Answer, Kind, Part, Piece, PieceKind, Symbol, Text, Value};
use crate::walk::terraform::language::convert::{
    Evaluated, Stop, is_string, list_of, literal_of, symbol_can_contain, text_of, whole_of,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("endswith", (2, 2), ends_with),
    Function::new("indent", (2, 2), indent),
    Function::new("join", (2, MANY), join),
    Function::new("lower", (1, 1), |arguments, span| cased(arguments, span, "lower", lower)),
    Function::new("split", (2, 2), split),
    Function::new("startswith", (2, 2), starts_with),
    Function::new("strcontains", (2, 2), contains),
    Function::new("strrev", (1, 1), reverse),
    Function::new("substr", (3, 3), part),
    Function::new("title", (1, 1), title),
    Function::new("upper", (1, 1), |arguments, span| cased(arguments, span, "upper", upper)),
];

/// The text of an argument of which more is known than its identity.
pub(super) fn structured(argument: &Value) -> Evaluated<Cow<'_, Text>> {
    let text = text_of(argument)?;
    match text.as_symbol() {
        Some(symbol) if !is_string(symbol) => Err(Stop::Unknown),
        _ => Ok(text),
    }
}

fn join(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let (separator, lists) = arguments.split_first().ok_or(Stop::Refused)?;
    let separator = text_of(separator)?;
    let mut texts = vec![(Text::default(), true)];
    for argument in lists {
        let list = list_of(argument)?;
        if list.open {
            return Err(Stop::Unknown);
        }
        for item in &list.items {
            texts = joined(texts, &separator, item)?;
        }
    }
    choice_of(texts.into_iter().map(|(text, _)| Value::text(text, span)), span)
}

/// Every text so far with every alternative of an item; whether it is still without an item.
fn joined(texts: Vec<(Text, bool)>, separator: &Text, item: &Value) -> Evaluated<Vec<(Text, bool)>> {
    let alternatives = item.alternatives();
    if texts.len().saturating_mul(alternatives.len()) > bounds::CHOICES {
        return Err(Stop::Unknown);
    }
    let mut longer = Vec::new();
    for (text, empty) in texts {
        for (alternative, text) in alternatives.iter().zip(iter::repeat_n(text, alternatives.len())) {
            longer.push(extended(text, empty, separator, alternative)?);
        }
    }
    Ok(longer)
}

fn extended(mut text: Text, empty: bool, separator: &Text, item: &Value) -> Evaluated<(Text, bool)> {
    if matches!(item.kind, Kind::Absent) {
        return Ok((text, empty));
    }
    if !empty {
        text.append(separator);
    }
    text.append(&*text_of(item)?);
    if text.pieces().len() > bounds::PIECES { Err(Stop::Unknown) } else { Ok((text, false)) }
}

fn split(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let separator = literal_of(at(arguments, 0)?)?;
    let text = structured(at(arguments, 1)?)?;
    let flat = Flat::new(&text);
    let whole = flat
        .symbols()
        .all(|symbol| symbol.is_some_and(|symbol| separator.chars().all(|c| !symbol_can_contain(symbol, c))));
    if separator.is_empty() {
        if flat.holes().next().is_some() {
            return Err(Stop::Unknown);
        }
        let ends = flat.buffer.char_indices().map(|(at, c)| at..at + c.len_utf8());
        return list_value(
            ends.map(|range| Value::text(flat.slice(range), span)).collect::<Vec<_>>(),
            false,
            span,
        );
    }
    let (mut parts, mut from) = (Vec::new(), 0);
    for at in flat.find(&separator) {
        parts.push(flat.slice(from..at));
        from = at + separator.len();
    }
    parts.push(flat.slice(from..flat.buffer.len()));
    let mut open = false;
    if !whole {
        // The first five fields of an ARN have no colon in them, whatever they are.
        let arn = &*separator == ":" && flat.known_start().starts_with("arn:") && parts.len() > 5;
        if !arn {
            return Err(Stop::Unknown);
        }
        let rest = parts.split_off(5);
        open = rest.iter().any(|part| part.as_literal().is_none());
        parts.extend(if open { Vec::new() } else { rest });
    }
    let values = parts.into_iter().map(|part| {
        let place = part.span().unwrap_or(span);
        Value::text(part, place)
    });
    list_value(values.collect::<Vec<_>>(), open, span)
}

fn starts_with(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let [text, prefix] = [text_of(at(arguments, 0)?)?, text_of(at(arguments, 1)?)?];
    truth(begins(&text, &prefix), span)
}

/// Whether a text begins with another.
pub(super) fn begins(text: &Text, prefix: &Text) -> Answer {
    let (Some(prefix), flat) = (prefix.as_literal(), Flat::new(text)) else { return Answer::Unknown };
    let start = flat.known_start();
    if start.starts_with(&*prefix) {
        return Answer::Yes;
    }
    match prefix.strip_prefix(start) {
        Some(rest) if flat.holes().next().is_some() => first_symbol_can_begin(&flat, rest),
        _ => Answer::No,
    }
}

/// Whether what follows the known start can begin with `rest`.
fn first_symbol_can_begin(flat: &Flat<'_>, rest: &str) -> Answer {
    match (flat.symbols().next().flatten(), rest.chars().next()) {
        (Some(symbol), Some(first)) if is_string(symbol) && !symbol_can_contain(symbol, first) => Answer::No,
        _ => Answer::Unknown,
    }
}

fn ends_with(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let [text, suffix] = [text_of(at(arguments, 0)?)?, text_of(at(arguments, 1)?)?];
    truth(ends(&text, &suffix), span)
}

/// Whether a text ends with another.
pub(super) fn ends(text: &Text, suffix: &Text) -> Answer {
    let (Some(suffix), flat) = (suffix.as_literal(), Flat::new(text)) else { return Answer::Unknown };
    let end = flat.known_end();
    if end.ends_with(&*suffix) {
        return Answer::Yes;
    }
    match suffix.strip_suffix(end) {
        Some(rest) if flat.holes().next().is_some() => {
            match (flat.symbols().last().flatten(), rest.chars().next_back()) {
                (Some(symbol), Some(last)) if is_string(symbol) && !symbol_can_contain(symbol, last) => {
                    Answer::No
                }
                _ => Answer::Unknown,
            }
        }
        _ => Answer::No,
    }
}

fn contains(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let text = text_of(at(arguments, 0)?)?;
    let wanted = literal_of(at(arguments, 1)?)?;
    let flat = Flat::new(&text);
    let answer = if wanted.is_empty() || !flat.find(&wanted).is_empty() {
        Answer::Yes
    } else if flat.holes().next().is_none() || untouched(&flat, &wanted) {
        Answer::No
    } else {
        Answer::Unknown
    };
    truth(answer, span)
}

/// Whether a text cannot lie in or across the unknown parts.
fn untouched(flat: &Flat<'_>, wanted: &str) -> bool {
    flat.symbols().all(|symbol| {
        symbol.is_some_and(|symbol| {
            is_string(symbol) && wanted.chars().all(|character| !symbol_can_contain(symbol, character))
        })
    })
}

/// Replaces every character of a text; symbols become symbols of their own where that may change them.
fn cased(
    arguments: &[Value],
    _: Span,
    function: &'static str,
    change: fn(char) -> Option<char>,
) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    let text = structured(argument)?;
    let unchanged = |symbol: &Symbol| {
        let letters = ('a'..='z').chain('A'..='Z');
        letters.filter(|c| symbol_can_contain(symbol, *c)).all(|letter| change(letter) == Some(letter))
    };
    let mut changed = Text::default();
    for Piece { kind, span, .. } in text.into_owned().into_pieces() {
        match kind {
            PieceKind::Literal(literal) => {
                let characters: Option<String> = literal.chars().map(change).collect();
                changed.push_str(characters.ok_or(Stop::Unknown)?, span);
            }
            PieceKind::Symbol(symbol) if is_string(&symbol) && unchanged(&symbol) => {
                changed.push(PieceKind::Symbol(symbol), span);
            }
            PieceKind::Symbol(symbol) => {
                changed.push(PieceKind::Symbol(symbol.part(Part::function(function, ""))), span);
            }
            PieceKind::Json(_) => return Err(Stop::Unknown),
        }
    }
    Ok(with_text(argument, changed))
}

/// The value with another text, at its place.
pub(super) fn with_text(value: &Value, text: Text) -> Value {
    value.with_kind(Kind::Text(text))
}

/// The lower-case letter, as far as that is one letter.
pub(super) fn lower(character: char) -> Option<char> {
    let mut lower = character.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(only), None) => Some(only),
        // Go maps letter by letter.
        _ if character == '\u{130}' => Some('i'),
        _ => None,
    }
}

/// The upper-case letter, as far as that is one letter.
pub(super) fn upper(character: char) -> Option<char> {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(only), None) => Some(only),
        _ if character == 'ß' => Some(character),
        _ => None,
    }
}

fn title(arguments: &[Value], _: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    let text = text_of(argument)?;
    let flat = Flat::new(&text);
    if flat.holes().next().is_some() {
        return Err(Stop::Unknown);
    }
    let mut after_word = false;
    let mut changed = Text::default();
    for Piece { kind, span, .. } in text.pieces() {
        let PieceKind::Literal(literal) = kind else { return Err(Stop::Unknown) };
        let mut titled = String::with_capacity(literal.len());
        for character in literal.chars() {
            titled.push(if after_word { character } else { upper(character).ok_or(Stop::Unknown)? });
            after_word = if character.is_ascii() {
                character.is_ascii_alphanumeric() || character == '_'
            } else {
                character.is_alphanumeric()
            };
        }
        changed.push_str(titled, *span);
    }
    Ok(with_text(argument, changed))
}

/// The byte ranges of the characters as people count them, where that can be told without tables: ASCII, with
/// a carriage return and a line feed together as one.
pub(super) fn characters(text: &str) -> Option<Vec<std::ops::Range<usize>>> {
    let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
    let mut after_return = false;
    for (at, character) in text.char_indices() {
        let simple = character.is_ascii() || matches!(character, '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}');
        if !simple {
            return None;
        }
        match ranges.last_mut() {
            Some(last) if after_return && character == '\n' => last.end = at + 1,
            _ => ranges.push(at..at + character.len_utf8()),
        }
        after_return = character == '\r';
    }
    Some(ranges)
}

fn part(arguments: &[Value], _: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    let text = structured(argument)?;
    let [offset, length] = [whole_of(at(arguments, 1)?)?, whole_of(at(arguments, 2)?)?];
    let flat = Flat::new(&text);
    let known = flat.known_start();
    let places = characters(known).ok_or(Stop::Unknown)?;
    let count = i128::try_from(places.len()).map_err(|_| Stop::Unknown)?;
    // With an offset from the end a length of zero means the rest, too.
    let to_end = length < 0 || (length == 0 && offset < 0);
    let all_known = known.len() == flat.buffer.len();
    if !all_known && (offset < 0 || to_end || offset.saturating_add(length) > count) {
        // The tail after a known start is known to be a tail.
        if !(to_end && (0..=count).contains(&offset)) {
            return Err(Stop::Unknown);
        }
    }
    let from = if offset < 0 { (offset + count).max(0) } else { offset.min(count) };
    let to = if to_end { count } else { from.saturating_add(length).min(count) };
    let byte = |place: i128| {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        places.get(place).map_or(known.len(), |range| range.start)
    };
    let end = if to_end { flat.buffer.len() } else { byte(to) };
    Ok(with_text(argument, flat.slice(byte(from)..end)))
}

fn reverse(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let text = literal_of(at(arguments, 0)?)?;
    let places = characters(&text).ok_or(Stop::Unknown)?;
    let reversed: String = places.into_iter().rev().filter_map(|range| text.get(range)).collect();
    Ok(Value::literal(reversed, span))
}

fn indent(arguments: &[Value], _: Span) -> Evaluated<Value> {
    let count = usize::try_from(whole_of(at(arguments, 0)?)?).map_err(|_| Stop::Refused)?;
    if count > bounds::FILL_WIDTH {
        return Err(Stop::Unknown);
    }
    let argument = at(arguments, 1)?;
    let text = text_of(argument)?;
    let blanks = " ".repeat(count);
    let length = Flat::new(&text).buffer.len();
    if length.saturating_mul(count) > bounds::TEXT_BYTES {
        return Err(Stop::Unknown);
    }
    let mut indented = Text::default();
    for Piece { kind, span, .. } in text.into_owned().into_pieces() {
        match kind {
            PieceKind::Literal(literal) => {
                indented.push_str(literal.replace('\n', &format!("\n{blanks}")), span);
            }
            PieceKind::Symbol(symbol) if is_string(&symbol) => {
                indented.push(PieceKind::Symbol(symbol), span);
            }
            // What `jsonencode` writes has no line breaks.
            PieceKind::Json(_) => indented.push(kind, span),
            PieceKind::Symbol(_) => return Err(Stop::Unknown),
        }
    }
    Ok(with_text(argument, indented))
}
