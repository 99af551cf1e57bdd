//! Texts without unknown parts, compared where they lie.
//!
//! Most texts are: this is the same as the general way, and a hundred times faster. What is not ASCII goes the general
//! way, because a letter may become several when its case is dropped, and because [`ESCAPED`](super::ESCAPED)
//! characters stand for others.

use std::borrow::Cow;

use super::Case;
use crate::bounds;
use crate::value::{Answer, Text};

/// The text, when it can be compared here.
pub(super) fn plain(text: &Text) -> Option<&str> {
    match text.as_literal() {
        Some(Cow::Borrowed(literal)) if literal.is_ascii() && literal.len() <= bounds::GLOB_LENGTH => {
            Some(literal)
        }
        _ => None,
    }
}

/// The text, when it can be compared here and `*` is its only wildcard. Then it includes another pattern just when it matches
/// it as it is written: no letter of its own equals a wildcard, so only its stars reach over those of the other.
pub(super) fn starred(text: &Text) -> Option<&str> {
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

/// Whether `pattern` matches `text`, of which at least one is ASCII. After a mismatch the last star takes one byte
/// more, so it takes at most the product of both lengths.
pub(in crate::iam) fn matches(pattern: &str, text: &str, case: Case) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    let same = |a: u8, b: u8| match case {
        Case::Sensitive => a == b,
        Case::Folded => a.eq_ignore_ascii_case(&b),
    };
    while let Some(byte) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(expected) if *expected == b'?' || same(*expected, *byte) => {
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
