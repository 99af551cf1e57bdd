//! `replace`, `regex` and `regexall`.
//!
//! Terraform has the regular expressions of Go, which are rewritten for the crate used here.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::{Regex, RegexBuilder};
use rustc_hash::FxHashMap;

use super::flat::Flat;
use super::function::{Function, at};
use super::strings::structured;
use crate::bounds;
use crate::source::Span;
use crate::value::{Because, Class, Entry, Kind, List, Map, Piece, PieceKind, Symbol, Text, Value};
use crate::walk::terraform::language::convert::{
    Evaluated, Stop, is_string, literal_of, symbol_can_contain, text_of,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("regex", (2, 2), first_match),
    Function::new("regexall", (2, 2), all_matches),
    Function::new("replace", (3, 3), replace),
];

fn replace(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let [subject, needle, replacement] = [at(arguments, 0)?, at(arguments, 1)?, at(arguments, 2)?];
    let needle = literal_of(needle)?;
    let replacement = text_of(replacement)?;
    let pattern = needle.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    if let Some(pattern) = pattern {
        let compiled = compiled(pattern)?;
        if !matches!(subject.kind, Kind::Json(_))
            && is_class(pattern)
            && let Some(literal) = replacement.as_literal().filter(|literal| !literal.contains('$'))
        {
            return replaced_characters(subject, pattern, &compiled, &literal);
        }
        let text = literal_text(subject, span)?;
        return Ok(Value::text(replaced_matches(&text, &compiled, &replacement)?, subject.span));
    }
    match &subject.kind {
        Kind::Json(value) => match literal_text(subject, span) {
            Ok(text) if !is_inner(&needle, &replacement) => {
                Ok(Value::text(replaced(&text, &needle, &replacement)?, subject.span))
            }
            _ if is_inner(&needle, &replacement) => {
                let inner = replaced_inside(value, &needle, &replacement);
                Ok(subject.with_kind(Kind::Json(inner.into())))
            }
            _ => Err(Stop::Unknown),
        },
        Kind::Unknown(symbol) if !is_string(symbol) => Err(Stop::Unknown),
        _ => {
            let text = text_of(subject)?;
            let kind = Kind::Text(replaced(&text, &needle, &replacement)?);
            Ok(subject.with_kind(kind))
        }
    }
}

/// Whether a pattern is one class of characters, and so says of each character alone whether it is replaced.
fn is_class(pattern: &str) -> bool {
    let inner = pattern.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner
        .is_some_and(|inner| !inner.is_empty() && inner != "^" && !inner.contains(['[', ']', '\\', '&', '~']))
}

/// Replaces single characters. What is not known becomes a symbol of its own, unless no such character can be in it.
fn replaced_characters(
    subject: &Value,
    pattern: &str,
    compiled: &Regex,
    replacement: &str,
) -> Evaluated<Value> {
    let text = structured(subject)?;
    let untouched = |symbol: &Symbol| {
        let mut characters =
            (' '..='~').chain(['\t', '\n', 'é']).filter(|it| symbol_can_contain(symbol, *it));
        characters.all(|character| !compiled.is_match(character.encode_utf8(&mut [0; 4])))
    };
    let mut out = Text::default();
    for Piece { kind, span, .. } in text.into_owned().into_pieces() {
        match kind {
            PieceKind::Literal(literal) => {
                out.push_str(compiled.replace_all(&literal, replacement).into_owned(), span);
            }
            PieceKind::Symbol(symbol) if is_string(&symbol) && untouched(&symbol) => {
                out.push(PieceKind::Symbol(symbol), span);
            }
            PieceKind::Symbol(symbol) => {
                let part = symbol.part(replaced_by(&format!("/{pattern}/, {replacement:?}")));
                out.push(PieceKind::Symbol(part), span);
            }
            PieceKind::Json(_) => return Err(Stop::Unknown),
        }
    }
    Ok(subject.with_kind(Kind::Text(out)))
}

/// A text of which everything is known.
fn literal_text(value: &Value, span: Span) -> Evaluated<Cow<'_, Text>> {
    if matches!(value.kind, Kind::Json(_)) {
        return Ok(Cow::Owned(Text::literal(literal_of(value)?.into_owned(), span)));
    }
    let text = text_of(value)?;
    if text.as_literal().is_some() { Ok(text) } else { Err(Stop::Unknown) }
}

fn replaced_by(what: &str) -> crate::value::Part {
    crate::value::Part::function("replace", what)
}

fn replaced(text: &Text, needle: &str, replacement: &Text) -> Evaluated<Text> {
    let flat = Flat::new(text);
    if needle.is_empty() {
        return spread(&flat, replacement);
    }
    let mut out = Text::default();
    let mut from = 0;
    for at in flat.find(needle) {
        push_part(&mut out, flat.slice(from..at), needle)?;
        out.append(replacement);
        from = at + needle.len();
        if out.pieces().len() > bounds::PIECES {
            return Err(Stop::Unknown);
        }
    }
    push_part(&mut out, flat.slice(from..flat.buffer.len()), needle)?;
    Ok(out)
}

/// Adds what lies between two occurrences. Its symbols become symbols of their own when they may contain the
/// needle; a needle of several characters could also lie across their ends.
fn push_part(out: &mut Text, part: Text, needle: &str) -> Evaluated<()> {
    let single = needle.chars().nth(1).is_none();
    let spared = |symbol: &Symbol| {
        is_string(symbol) && needle.chars().all(|character| !symbol_can_contain(symbol, character))
    };
    for Piece { kind, span, .. } in part.into_pieces() {
        match kind {
            PieceKind::Literal(_) => out.push(kind, span),
            PieceKind::Symbol(symbol) => {
                if spared(&symbol) {
                    out.push(PieceKind::Symbol(symbol), span);
                } else if single {
                    out.push(PieceKind::Symbol(symbol.part(replaced_by(needle))), span);
                } else {
                    return Err(Stop::Unknown);
                }
            }
            PieceKind::Json(_) => return Err(Stop::Unknown),
        }
    }
    Ok(())
}

/// An empty needle is found before and after every character.
fn spread(flat: &Flat<'_>, replacement: &Text) -> Evaluated<Text> {
    if flat.holes().next().is_some() || flat.buffer.len() > bounds::ITEMS {
        return Err(Stop::Unknown);
    }
    let mut out = replacement.clone();
    for (at, character) in flat.buffer.char_indices() {
        out.append(&flat.slice(at..at + character.len_utf8()));
        out.append(replacement);
    }
    Ok(out)
}

/// Whether a text can only be found, and put, inside the strings of a JSON text.
fn is_inner(needle: &str, replacement: &Text) -> bool {
    // Neither the structure nor an escape, and nothing of which numbers, `true`, `false` and `null` are made.
    let harmless = |text: &str| !text.contains(['"', '\\', '{', '}', '[', ']', ':', ',', '<', '>', '&']);
    let printable = |text: &str| text.chars().all(|character| !character.is_control());
    let telling = needle.chars().any(|character| !"truefalsn0123456789.-+E".contains(character));
    let literals = replacement.pieces().iter().filter_map(|piece| match &piece.kind {
        PieceKind::Literal(literal) => Some(literal),
        PieceKind::Symbol(_) | PieceKind::Json(_) => None,
    });
    // What is put inside a string stays inside, unless it ends the string or begins an escape; `<`, `>` and `&` are
    // written as escapes.
    let stays = |text: &str| !text.contains(['"', '\\', '<', '>', '&', '\u{2028}', '\u{2029}']);
    telling
        && harmless(needle)
        && printable(needle)
        && literals.into_iter().all(|it| stays(it) && printable(it))
}

/// Replaces in every string of a value; a string of which the result is not known becomes a symbol.
fn replaced_inside(value: &Value, needle: &str, replacement: &Text) -> Value {
    let text = |text: &Text| {
        replaced(text, needle, replacement).unwrap_or_else(|_| {
            let symbol = Symbol::new(Class::Opaque, format!("replace({needle})"), Because::Expression);
            Text::symbol(symbol, value.span)
        })
    };
    let inside = |value: &Value| replaced_inside(value, needle, replacement);
    let kind = match &value.kind {
        Kind::Text(inner) => Kind::Text(text(inner)),
        Kind::Json(inner) => Kind::Json(inside(inner).into()),
        Kind::List(list) => {
            Kind::List(List { items: list.items.iter().map(inside).collect(), open: list.open })
        }
        Kind::Map(map) => {
            let entries = map
                .entries
                .iter()
                .map(|entry| Entry::new(text(&entry.key_text()), entry.key_span, inside(&entry.value)));
            Kind::Map(Map { entries: entries.collect(), open: map.open })
        }
        Kind::Choice(all) => Kind::Choice(all.iter().map(inside).collect()),
        Kind::Unknown(symbol) if !is_string(symbol) => Kind::Unknown(symbol.part(replaced_by(needle))),
        Kind::Null | Kind::Absent | Kind::Bool(_) | Kind::Number(_) | Kind::Unknown(_) => value.kind.clone(),
    };
    value.with_kind(kind)
}

fn replaced_matches(text: &Text, pattern: &Regex, replacement: &Text) -> Evaluated<Text> {
    let flat = Flat::new(text);
    let template = Flat::new(replacement);
    if !template.symbols().all(|symbol| symbol.is_some_and(|symbol| !symbol_can_contain(symbol, '$'))) {
        return Err(Stop::Unknown);
    }
    let mut out = Text::default();
    let mut from = 0;
    for (count, captures) in pattern.captures_iter(&flat.buffer).enumerate() {
        let Some(whole) = captures.get(0) else { continue };
        if count >= bounds::ITEMS {
            return Err(Stop::Unknown);
        }
        out.append(&flat.slice(from..whole.start()));
        expand(&mut out, &template, |name| {
            let group = match name.parse() {
                Ok(index) => captures.get(index),
                Err(_) => captures.name(name),
            };
            group.map_or_else(Text::default, |group| flat.slice(group.range()))
        });
        from = whole.end();
    }
    out.append(&flat.slice(from..flat.buffer.len()));
    Ok(out)
}

/// Puts in a replacement, with groups for `$name` and `${name}`, and a dollar sign for `$$`.
fn expand(out: &mut Text, template: &Flat<'_>, group: impl Fn(&str) -> Text) {
    let (buffer, mut from) = (&template.buffer, 0);
    while let Some(at) = buffer.get(from..).and_then(|rest| rest.find('$')).map(|at| at + from) {
        out.append(&template.slice(from..at));
        let rest = buffer.get(at + 1..).unwrap_or_default();
        let word = |text: &str| {
            let ends = |character: char| !(character.is_ascii_alphanumeric() || character == '_');
            text.find(ends).unwrap_or(text.len())
        };
        if rest.starts_with('$') {
            out.append(&template.slice(at..at + 1));
            from = at + 2;
            continue;
        }
        let (name, length) = match rest.strip_prefix('{') {
            Some(braced) => {
                let length = word(braced);
                let closed = braced.get(length..).is_some_and(|rest| rest.starts_with('}'));
                (braced.get(..length).filter(|_| closed), length + 2)
            }
            None => (rest.get(..word(rest)), word(rest)),
        };
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            out.append(&group(name));
            from = at + 1 + length;
        } else {
            out.append(&template.slice(at..at + 1));
            from = at + 1;
        }
    }
    out.append(&template.slice(from..buffer.len()));
}

fn first_match(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let pattern = compiled(&literal_of(at(arguments, 0)?)?)?;
    let text = literal_text(at(arguments, 1)?, span)?;
    let flat = Flat::new(&text);
    let captures = pattern.captures(&flat.buffer).ok_or(Stop::Refused)?;
    matched(&pattern, &flat, &captures, span)
}

fn all_matches(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let pattern = compiled(&literal_of(at(arguments, 0)?)?)?;
    let text = literal_text(at(arguments, 1)?, span)?;
    let flat = Flat::new(&text);
    let mut found = Vec::new();
    for captures in pattern.captures_iter(&flat.buffer) {
        if found.len() >= bounds::ITEMS {
            return Err(Stop::Unknown);
        }
        found.push(matched(&pattern, &flat, &captures, span)?);
    }
    Ok(Value::list(found, span))
}

/// A match: the text, or its groups as a list, or its named groups as an object.
fn matched(pattern: &Regex, flat: &Flat<'_>, captures: &regex::Captures<'_>, span: Span) -> Evaluated<Value> {
    let value = |group: Option<regex::Match<'_>>| match group {
        Some(group) => {
            let text = flat.slice(group.range());
            let place = text.span().unwrap_or(span);
            Value::text(text, place)
        }
        None => Value::new(Kind::Null, span),
    };
    let names: Vec<Option<&str>> = pattern.capture_names().skip(1).collect();
    if names.is_empty() {
        return Ok(value(captures.get(0)));
    }
    if names.iter().all(Option::is_none) {
        return Ok(Value::list(captures.iter().skip(1).map(value).collect(), span));
    }
    let mut map = Map::default();
    for name in names {
        let name = name.ok_or(Stop::Refused)?;
        map.insert(name, span, value(captures.name(name)));
    }
    Ok(Value::new(Kind::Map(map), span))
}

/// A pattern, compiled once for all calls with it. What cannot be compiled is remembered as well.
fn compiled(pattern: &str) -> Evaluated<Arc<Regex>> {
    static KNOWN: LazyLock<Mutex<FxHashMap<String, Option<Arc<Regex>>>>> = LazyLock::new(Mutex::default);
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known().get(pattern) {
        return known.clone().ok_or(Stop::Unknown);
    }
    let made = compiled_anew(pattern).map(Arc::new);
    let mut known = known();
    if known.len() < bounds::PATTERNS_KEPT {
        known.insert(pattern.to_owned(), made.as_ref().ok().cloned());
    }
    made
}

fn compiled_anew(pattern: &str) -> Evaluated<Regex> {
    let rewritten = super::syntax::rewritten(pattern).ok_or(Stop::Unknown)?;
    let mut builder = RegexBuilder::new(&rewritten);
    builder
        .size_limit(bounds::PATTERN_BYTES)
        .dfa_size_limit(bounds::PATTERN_BYTES)
        .nest_limit(bounds::PATTERN_DEPTH);
    builder.build().map_err(|_| Stop::Unknown)
}
