//! ARN patterns, field by field.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>

use super::{Case, aligned, includes, intersects, matches, plain};
use crate::value::{Answer, Class, PieceKind, Text};

/// Whether the ARN pattern matches the ARN.
///
/// The first five fields are matched one by one, so that a `*` there does not reach over a colon. AWS says
/// that a `*` at the end of a field can: where only that makes a match, the answer is `Unknown`. A pattern
/// with too few fields, as identity policies may have, is filled up with `*`.
pub fn arn_matches(pattern: &Text, arn: &Text) -> Answer {
    match (plain::plain(pattern), plain::plain(arn)) {
        (Some(pattern), Some(arn)) => plain::arn_matches(&pattern, &arn),
        _ => by_field(pattern, arn, matches),
    }
}

/// Whether the value of an `Arn…` condition operator matches the ARN: all six fields must be there, and a `*`
/// never reaches over a colon between them.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>
pub fn arn_like(pattern: &Text, arn: &Text) -> Answer {
    let whole = |text: &Text| text.as_literal().is_none() || text.splitn(6, ':').len() == 6;
    if pattern.is_literally("*") {
        return Answer::Yes;
    }
    // Whether these two fields stand for all six, as `*` alone does, AWS does not say.
    if pattern.is_literally("arn:*") && whole(arn) {
        return Answer::Unknown;
    }
    if !whole(pattern) || !whole(arn) {
        return Answer::No;
    }
    let (pattern, arn) = aligned(pattern, arn);
    strictly_by_field(&pattern, &arn, &matches).unwrap_or_else(|| as_wholes(&pattern, &arn, &matches))
}

/// Whether some ARN is matched by both patterns.
pub fn arn_intersects(p: &Text, q: &Text) -> Answer {
    if q.is_literally("*") {
        return Answer::Yes;
    }
    match (plain::plain(p), plain::plain(q)) {
        (Some(p), Some(q)) if plain::is_one_arn(&q) => plain::arn_matches(&p, &q),
        (Some(p), Some(q)) if plain::is_one_arn(&p) => plain::arn_matches(&q, &p),
        _ => by_field(p, q, intersects),
    }
}

/// Whether every ARN that `inner` matches is matched by one of `outer`.
pub fn arn_includes(outer: &[&Text], inner: &Text) -> Answer {
    let one = |outer: &Text| match (plain::starred(outer), plain::plain(inner)) {
        (Some(outer), Some(inner)) => plain::arn_matches(&outer, &inner),
        _ => by_field(outer, inner, |p, q, case| includes(&[p], q, case)),
    };
    let any = Answer::any(outer.iter().map(|outer| one(outer)));
    if !any.is_no() {
        return any;
    }
    // Several together may include what none includes alone.
    let touching = outer.iter().filter(|outer| !arn_intersects(outer, inner).is_no()).count();
    if touching > 1 { Answer::Unknown } else { Answer::No }
}

pub(super) fn by_field(
    pattern: &Text,
    subject: &Text,
    compare: impl Fn(&Text, &Text, Case) -> Answer,
) -> Answer {
    if pattern.is_literally("*") || pattern == subject {
        return Answer::Yes;
    }
    if plain::begin_otherwise(pattern, subject, Case::Sensitive) {
        return Answer::No;
    }
    let (pattern, subject) = &aligned(pattern, subject);
    let Some(answer) = strictly_by_field(pattern, subject, &compare) else {
        return as_wholes(pattern, subject, &compare);
    };
    let reaches = |text: &Text| text.splitn(6, ':').iter().take(5).any(ends_in_star);
    if answer.is_no()
        && (reaches(pattern) || reaches(subject))
        && !compare(pattern, subject, Case::Sensitive).is_no()
    {
        return Answer::Unknown;
    }
    answer
}

/// Compares the six fields; `None` when they are not all seen.
fn strictly_by_field(
    pattern: &Text,
    subject: &Text,
    compare: &impl Fn(&Text, &Text, Case) -> Answer,
) -> Option<Answer> {
    let (fields, others) = (fields(pattern)?, fields(subject)?);
    let field = |index: usize, (pattern, subject): (&Text, &Text)| {
        let partition = index == 1 && [pattern, subject].iter().any(|text| is_partition(text));
        if partition { Answer::Yes } else { compare(pattern, subject, Case::Sensitive) }
    };
    Some(Answer::all(fields.iter().zip(&others).enumerate().map(|(index, pair)| field(index, pair))))
}

fn is_partition(text: &Text) -> bool {
    text.as_symbol().is_some_and(|symbol| symbol.class == Class::Partition)
}

fn ends_in_star(text: &Text) -> bool {
    matches!(text.pieces().last().map(|piece| &piece.kind), Some(PieceKind::Literal(part)) if part.ends_with('*'))
}

/// The six fields of an ARN pattern; `None` when it may have more than those that are seen.
fn fields(text: &Text) -> Option<Vec<Text>> {
    let mut fields = text.splitn(6, ':');
    if fields.len() == 6 {
        return Some(fields);
    }
    let (Some(literal), Some(span)) = (text.as_literal(), text.span()) else { return None };
    if !literal.starts_with("arn:") {
        return None;
    }
    while fields.len() < 6 {
        fields.push(Text::literal("*", span));
    }
    Some(fields)
}

/// ARNs that are not seen field by field: an attribute that is one, with something after it.
fn as_wholes(pattern: &Text, subject: &Text, compare: &impl Fn(&Text, &Text, Case) -> Answer) -> Answer {
    let whole = compare(pattern, subject, Case::Sensitive);
    if pattern.as_literal().is_some() && subject.as_literal().is_some() {
        // At least one of them is no ARN.
        return whole.and(Answer::No);
    }
    let same_head = match (pattern.pieces().first(), subject.pieces().first()) {
        (Some(p), Some(q)) => match (&p.kind, &q.kind) {
            (PieceKind::Symbol(p), PieceKind::Symbol(q)) => p.same(q),
            _ => false,
        },
        _ => false,
    };
    if same_head { whole } else { whole.and(Answer::Unknown) }
}
