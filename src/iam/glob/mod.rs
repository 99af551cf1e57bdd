//! Matching with `*` and `?` over texts that are partly unknown.
//!
//! Every question is asked twice. For *must*, a symbol is a letter of its own that equals only itself: what
//! holds then holds for every filling. For *may*, a symbol is any text its class allows: what fails then fails
//! for every filling. Between the two the answer is `Unknown`.
//!
//! A symbol of [`Class::Partition`] is taken to be the partition the other side names: whoever writes
//! `arn:aws:` deploys to that partition, and a template written for every partition is deployed to it too. So is that of
//! [`Class::Region`] in two ARNs.

mod arn;
mod engine;
pub(super) mod plain;
mod tokens;

pub use arn::{arn_includes, arn_intersects, arn_like, arn_matches};
use engine::Overflow;
pub(crate) use tokens::ESCAPED;
use tokens::{Letters, Mode, Role, Token, tokens};

use std::borrow::Cow;

use crate::iam::arn::is_account_id;
use crate::value::{Answer, Class, OriginKind, PieceKind, Symbol, Text};

/// What stands outside of policy variables in a literal part of a text, where `${…}` is one.
pub(crate) fn outside_variables(part: &str) -> impl Iterator<Item = &str> {
    let mut behind = part.split("${");
    let first = behind.next().unwrap_or_default();
    let after = behind.map(|rest| rest.split_once('}').map_or(rest, |(_, after)| after));
    std::iter::once(first).chain(after)
}

/// Whether letters are compared by case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// `a` is not `A`.
    Sensitive,
    /// `a` is `A`: action names, condition keys.
    Folded,
}

/// Whether `pattern` (with `*` and `?`) matches `subject` (taken literally).
pub fn matches(pattern: &Text, subject: &Text, case: Case) -> Answer {
    if pattern.is_literally("*") {
        return Answer::Yes;
    }
    compare((pattern, Role::Pattern), (subject, Role::Literal), case)
}

/// Whether both texts are the same, wildcards being ordinary characters.
pub fn equals(a: &Text, b: &Text, case: Case) -> Answer {
    compare((a, Role::Literal), (b, Role::Literal), case)
}

/// Whether some text is matched by both patterns.
pub fn intersects(p: &Text, q: &Text, case: Case) -> Answer {
    compare((p, Role::Pattern), (q, Role::Pattern), case)
}

/// Whether everything that `inner` matches is matched by one of `outer`.
pub fn includes(outer: &[&Text], inner: &Text, case: Case) -> Answer {
    if let Some(inner) = plain::plain(inner)
        && let Some(outer) = outer.iter().map(|outer| plain::starred(outer)).collect::<Option<Vec<_>>>()
    {
        return outer.iter().any(|outer| plain::matches(outer, &inner, case)).into();
    }
    let differ =
        |outer: &Text| plain::begin_otherwise(outer, inner, case) || plain::end_otherwise(outer, inner, case);
    let outer: Vec<&Text> = outer.iter().copied().filter(|outer| !differ(outer)).collect();
    if outer.is_empty() {
        return Answer::No;
    }
    included_generally(&outer, inner, case)
}

fn included_generally(outer: &[&Text], inner: &Text, case: Case) -> Answer {
    let ask = |mode: Mode| {
        let mut letters = Letters::default();
        let inner = tokens(inner, Role::Pattern, mode, case, &mut letters);
        let outer: Vec<_> =
            outer.iter().map(|text| tokens(text, Role::Pattern, mode, case, &mut letters)).collect();
        engine::included(&inner, &outer)
    };
    answer(ask)
}

fn compare(a: (&Text, Role), b: (&Text, Role), case: Case) -> Answer {
    if let (Some(left), Some(right)) = (plain::plain(a.0), plain::plain(b.0)) {
        match (a.1, b.1) {
            (Role::Literal, Role::Literal) => return plain::equals(&left, &right, case).into(),
            (Role::Pattern, _) if b.1 == Role::Literal || !plain::is_wild(&right) => {
                return plain::matches(&left, &right, case).into();
            }
            (_, Role::Pattern) if a.1 == Role::Literal || !plain::is_wild(&left) => {
                return plain::matches(&right, &left, case).into();
            }
            _ => {}
        }
        let met = plain::meets_beginning(&left, &right, case);
        if let Some(met) = met.or_else(|| plain::meets_beginning(&right, &left, case)) {
            return met.into();
        }
    }
    if plain::begin_otherwise(a.0, b.0, case) || plain::end_otherwise(a.0, b.0, case) {
        return Answer::No;
    }
    let at_a_glance = plain::meets_symbol(a.0, b.0).or_else(|| plain::meets_symbol(b.0, a.0));
    if let Some(answer) = at_a_glance {
        return answer;
    }
    if [(a, b), (b, a)].into_iter().any(|(a, b)| a.1 == Role::Pattern && plain::goes_on(a.0, b.0, case)) {
        return Answer::Yes;
    }
    generally(a, b, case)
}

/// What [`compare`] answers, for all texts.
fn generally(a: (&Text, Role), b: (&Text, Role), case: Case) -> Answer {
    let (left, right) = aligned(a.0, b.0);
    let ask = |mode: Mode| {
        let mut letters = Letters::default();
        let p = tokens(&left, a.1, mode, case, &mut letters);
        let q = tokens(&right, b.1, mode, case, &mut letters);
        engine::intersect(&p, &q)
    };
    if is_plain(&left) && is_plain(&right) {
        return ask(Mode::Must).map_or(Answer::Unknown, Answer::from);
    }
    answer(ask)
}

/// What is answered for what may be meant, and for what must be. Most texts that are compared differ in what is known.
fn answer(ask: impl Fn(Mode) -> Result<bool, Overflow>) -> Answer {
    if ask(Mode::May) == Ok(false) {
        return Answer::No;
    }
    if ask(Mode::Must) == Ok(true) { Answer::Yes } else { Answer::Unknown }
}

fn is_plain(text: &Text) -> bool {
    text.pieces().iter().all(|piece| matches!(piece.kind, PieceKind::Literal(_)))
}

/// Gives the partition and region symbols of one ARN the partition and region that the other names.
///
/// What is the same but for a region that a template does not say is taken for the same: a template is deployed with the
/// same policies wherever it goes.
fn aligned<'t>(a: &'t Text, b: &'t Text) -> (Cow<'t, Text>, Cow<'t, Text>) {
    (with_place_of(b, a), with_place_of(a, b))
}

fn with_place_of<'t>(other: &Text, text: &'t Text) -> Cow<'t, Text> {
    let is_place = |symbol: &Symbol| matches!(symbol.class, Class::Partition | Class::Region);
    if !text.symbols().any(is_place) {
        return Cow::Borrowed(text);
    }
    let fields = other.splitn(5, ':');
    let [arn, partition, _, region, _] = fields.as_slice() else {
        return with_partition_of(other, text);
    };
    if !arn.is_literally("arn") {
        return Cow::Borrowed(text);
    }
    let own = text.splitn(5, ':');
    let own_region = own.get(3).and_then(Text::as_symbol).filter(|symbol| symbol.class == Class::Region);
    let is_region = |text: &Text| text.as_literal().is_some_and(|region| is_region_name(&region));
    Cow::Owned(text.substitute(|symbol| match symbol.class {
        Class::Partition => partition.as_literal().is_some().then_some(Cow::Borrowed(partition)),
        Class::Region => (own_region == Some(symbol) && is_region(region)).then_some(Cow::Borrowed(region)),
        _ => None,
    }))
}

/// Whether a text is the name of a region, without anything to match.
fn is_region_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// As [`with_place_of`], for what may be the beginning of an ARN only.
fn with_partition_of<'t>(other: &Text, text: &'t Text) -> Cow<'t, Text> {
    let fields = other.splitn(3, ':');
    let named = match fields.as_slice() {
        [arn, partition, _] if arn.is_literally("arn") => Some(partition),
        _ => None,
    };
    let named = named.filter(|partition| partition.as_literal().is_some());
    let Some(named) = named else { return Cow::Borrowed(text) };
    Cow::Owned(text.substitute(|symbol| (symbol.class == Class::Partition).then_some(Cow::Borrowed(named))))
}

/// Whether two texts are the same account, or another thing that is named and not matched.
///
/// Accounts that one configuration names are different when their names are; two projects may name one differently.
pub fn same(a: &Text, b: &Text) -> Answer {
    if a == b {
        return Answer::Yes;
    }
    if let (Some(a), Some(b)) = (a.as_symbol(), b.as_symbol()) {
        let both = project_of(a).is_some_and(|project| Some(project) == project_of(b));
        return if both || are_members(a, b) { Answer::No } else { Answer::Unknown };
    }
    for (symbol, literal) in [(a, b), (b, a)] {
        if symbol.as_symbol().is_some_and(|it| matches!(it.class, Class::Account | Class::AccountId))
            && literal.as_literal().is_some_and(|literal| !is_account_id(&literal))
        {
            return Answer::No;
        }
    }
    equals(a, b, Case::Sensitive)
}

/// Whether two accounts that are not the same are accounts of one organization, each by its name there.
fn are_members(a: &Symbol, b: &Symbol) -> bool {
    match (a.origin.kind(), b.origin.kind()) {
        (OriginKind::Member { organization: one, .. }, OriginKind::Member { organization: other, .. }) => {
            one == other
        }
        _ => false,
    }
}

/// The directory of the configuration that an account without an ID is named in.
fn project_of(account: &Symbol) -> Option<&str> {
    let name = account.origin.configured()?;
    Some(name.rsplit_once('/').map_or("", |(project, _)| project))
}

#[cfg(test)]
mod tests;
