//! Texts without unknown parts, compared where they lie.
//!
//! Most texts are: this is the same as the general way, and a hundred times faster. What is not ASCII goes the general
//! way, because a letter may become several when its case is dropped, and because [`ESCAPED`](super::ESCAPED)
//! characters stand for others.

use std::borrow::Cow;

use super::Case;
use crate::bounds;
use crate::iam::arn::is_account_id;
use crate::value::{Answer, Class, Piece, PieceKind, Text};

/// The text, when it can be compared here.
pub(super) fn plain(text: &Text) -> Option<Cow<'_, str>> {
    text.as_literal().filter(|literal| literal.is_ascii() && literal.len() <= bounds::GLOB_LENGTH)
}

/// The text, when it can be compared here and `*` is its only wildcard. Then it includes another pattern just when it matches
/// it as it is written: no letter of its own equals a wildcard, so only its stars reach over those of the other.
pub(super) fn starred(text: &Text) -> Option<Cow<'_, str>> {
    plain(text).filter(|text| !text.contains('?'))
}

/// Whether a wildcard stands in it.
pub(super) fn is_wild(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Whether it is an ARN that stands for itself alone.
pub(super) fn is_one_arn(text: &str) -> bool {
    !is_wild(text) && text.splitn(6, ':').count() == 6
}

/// Whether both are the same, wildcards being ordinary characters.
pub(super) fn equals(a: &str, b: &str, case: Case) -> bool {
    match case {
        Case::Sensitive => a == b,
        Case::Folded => a.eq_ignore_ascii_case(b),
    }
}

/// Whether some text is matched by two patterns, told at a glance where one of them is a beginning and a star: as soon as the
/// other one has a star as well, both can be met.
pub(super) fn meets_beginning(pattern: &str, other: &str, case: Case) -> Option<bool> {
    let beginning = pattern.strip_suffix('*').filter(|beginning| !is_wild(beginning))?;
    let mut rest = other.bytes();
    for expected in beginning.bytes() {
        match rest.next() {
            Some(b'*') => return Some(true),
            Some(b'?') => {}
            Some(byte) if same(expected, byte, case) => {}
            _ => return Some(false),
        }
    }
    Some(true)
}

/// What is answered for a text that is one symbol and another one in which something is written: the symbol may stand for that,
/// and is never certainly that. An account may be only what has the form of one.
pub(super) fn meets_symbol(one: &Text, other: &Text) -> Option<Answer> {
    let symbol = one.as_symbol()?;
    match symbol.class {
        // What the other one names may be put in for these.
        Class::Partition | Class::Region => None,
        Class::Account | Class::AccountId => {
            let written = plain(other).filter(|written| !written.is_empty() && !is_wild(written))?;
            Some(if is_account_id(&written) { Answer::Unknown } else { Answer::No })
        }
        _ => {
            let is_written = |piece: &Piece| match &piece.kind {
                PieceKind::Literal(part) => part.bytes().any(|byte| byte != b'*'),
                PieceKind::Symbol(_) | PieceKind::Json(_) => false,
            };
            other.pieces().iter().any(is_written).then_some(Answer::Unknown)
        }
    }
}

/// Whether a pattern is a beginning and a star, and another text certainly begins so.
pub(super) fn goes_on(pattern: &Text, other: &Text, case: Case) -> bool {
    let Some(pattern) = plain(pattern) else { return false };
    let beginning = pattern.strip_suffix('*').filter(|beginning| !is_wild(beginning));
    beginning.is_some_and(|beginning| match case {
        Case::Sensitive => other.begins_with(beginning),
        Case::Folded => other.begins_with_folded(beginning),
    })
}

fn same(a: u8, b: u8, case: Case) -> bool {
    match case {
        Case::Sensitive => a == b,
        Case::Folded => a.eq_ignore_ascii_case(&b),
    }
}

/// Whether two patterns, or texts that are taken for patterns, certainly begin otherwise.
pub(super) fn begin_otherwise(p: &Text, q: &Text, case: Case) -> bool {
    match (p.pieces().first(), q.pieces().first()) {
        (
            Some(Piece { kind: PieceKind::Literal(p), .. }),
            Some(Piece { kind: PieceKind::Literal(q), .. }),
        ) => differ(p.bytes(), q.bytes(), case),
        _ => false,
    }
}

/// The same of how they end.
pub(super) fn end_otherwise(p: &Text, q: &Text, case: Case) -> bool {
    match (p.pieces().last(), q.pieces().last()) {
        (
            Some(Piece { kind: PieceKind::Literal(p), .. }),
            Some(Piece { kind: PieceKind::Literal(q), .. }),
        ) => differ(p.bytes().rev(), q.bytes().rev(), case),
        _ => false,
    }
}

/// Whether two letters differ before the first that stands, or may stand, for others.
fn differ(p: impl Iterator<Item = u8>, q: impl Iterator<Item = u8>, case: Case) -> bool {
    let stands_for_others = |byte: u8| matches!(byte, b'*' | b'?') || !byte.is_ascii();
    let mut pairs = p.zip(q).take_while(|(p, q)| !stands_for_others(*p) && !stands_for_others(*q));
    pairs.any(|(p, q)| !same(p, q, case))
}

/// Whether `pattern` matches `text`, of which at least one is ASCII. After a mismatch the last star takes one byte
/// more, so it takes at most the product of both lengths.
pub(in crate::iam) fn matches(pattern: &str, text: &str, case: Case) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while let Some(byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(expected) if *expected == b'?' || same(*expected, *byte, case) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                (p, t) = (at + 1, taken + 1);
            }
        }
    }
    pattern.iter().skip(p).all(|byte| *byte == b'*')
}

/// What [`arn_matches`](super::arn_matches) answers.
pub(super) fn arn_matches(pattern: &str, arn: &str) -> Answer {
    if pattern == "*" || pattern == arn {
        return Answer::Yes;
    }
    // At least one of them is no ARN.
    let (Some(fields), Some(others)) = (fields(pattern), fields(arn)) else { return Answer::No };
    let by_field =
        fields.iter().zip(&others).all(|(pattern, field)| matches(pattern, field, Case::Sensitive));
    let reaches = |text: &str| text.splitn(6, ':').take(5).any(|field| field.ends_with('*'));
    if !by_field && (reaches(pattern) || reaches(arn)) && matches(pattern, arn, Case::Sensitive) {
        return Answer::Unknown;
    }
    by_field.into()
}

fn fields(text: &str) -> Option<[&str; 6]> {
    let mut fields = ["*"; 6];
    let mut seen = 0;
    for (slot, field) in fields.iter_mut().zip(text.splitn(6, ':')) {
        *slot = field;
        seen += 1;
    }
    (seen == 6 || text.starts_with("arn:")).then_some(fields)
}
