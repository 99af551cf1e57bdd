//! Scripts of `sed` that do nothing but put in values.
//!
//! <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/sed.html>

use super::value::{Part, Value};
use crate::value::{Piece, PieceKind, Text};

/// A character of a script, or a value in it.
enum Unit<'p> {
    Character(char, &'p Piece),
    Value(&'p Piece),
}

/// The texts that a script replaces everywhere, and with what; `None` when it does anything else.
pub(super) fn replacements(script: &Value) -> Option<Vec<(String, Text)>> {
    let mut units = Vec::new();
    for part in &script.0 {
        let Part::Text(piece) = part else { return None };
        match &piece.kind {
            PieceKind::Literal(text) => {
                units.extend(text.chars().map(|character| Unit::Character(character, piece)));
            }
            PieceKind::Symbol(_) | PieceKind::Json(_) => units.push(Unit::Value(piece)),
        }
    }
    let mut rest = units.as_slice();
    let mut all = Vec::new();
    loop {
        while let [Unit::Character(' ' | '\t' | '\n' | ';', _), after @ ..] = rest {
            rest = after;
        }
        if rest.is_empty() {
            return Some(all);
        }
        let (one, after) = replacement(rest)?;
        all.push(one);
        rest = after;
    }
}

/// `s/a/b/g`, and what follows it.
fn replacement<'u, 'p>(units: &'u [Unit<'p>]) -> Option<((String, Text), &'u [Unit<'p>])> {
    let [Unit::Character('s', _), Unit::Character(separator, _), rest @ ..] = units else { return None };
    let (wanted, rest) = up_to(*separator, rest)?;
    let (with, rest) = up_to(*separator, rest)?;
    let flags = rest.iter().take_while(|unit| matches!(unit, Unit::Character('g' | 'I' | 'i', _))).count();
    let mut pattern = String::new();
    let mut is_escaped = false;
    for unit in wanted {
        let Unit::Character(character, _) = unit else { return None };
        match character {
            '\\' if !is_escaped => is_escaped = true,
            // Anything that means more than itself; a dot mostly does not.
            '*' | '[' | ']' | '^' | '+' | '?' | '(' | ')' | '|' if !is_escaped => return None,
            '$' if !is_escaped && pattern.is_empty() && wanted.len() == 1 => return None,
            character => {
                if is_escaped
                    && (character.is_alphanumeric() || matches!(character, '(' | ')' | '+' | '?' | '|'))
                {
                    return None;
                }
                is_escaped = false;
                pattern.push(*character);
            }
        }
    }
    let mut text = Text::default();
    for unit in with {
        match unit {
            Unit::Character('&' | '\\', _) => return None,
            Unit::Character(character, piece) => text.push_str(character.to_string(), piece.span),
            Unit::Value(piece) => text.push_piece((*piece).clone()),
        }
    }
    Some(((pattern, text.joined().into_owned()), rest.get(flags..)?))
}

/// The units before a separator, and those behind it.
fn up_to<'u, 'p>(separator: char, units: &'u [Unit<'p>]) -> Option<(&'u [Unit<'p>], &'u [Unit<'p>])> {
    let mut is_escaped = false;
    for (at, unit) in units.iter().enumerate() {
        match unit {
            Unit::Character(character, _) if *character == separator && !is_escaped => {
                return Some((units.get(..at)?, units.get(at + 1..)?));
            }
            Unit::Character('\\', _) => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    None
}
