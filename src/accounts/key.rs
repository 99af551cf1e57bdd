//! Keys under which equal texts meet in an index.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::hash::{Hash as _, Hasher as _};
use std::ops::Add;

use rustc_hash::FxHasher;

use crate::iam::arn::in_other_partition;
use crate::value::{Class, Origin, PieceKind, Symbol, Text, fitted};

/// What identifies a text in an index. It is compared, and nothing is ever read back from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// No two texts follow each other.
    parts: Parts,
    /// A part of it is the same as nothing else, not even itself.
    is_open: bool,
}

/// Most keys are one text, which then needs no place of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
enum Parts {
    #[default]
    None,
    One(Part),
    /// More than one.
    #[expect(clippy::box_collection, reason = "a key has the size of its only part")]
    Many(Box<Vec<Part>>),
}

impl PartialOrd for Parts {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Parts {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl Parts {
    fn as_slice(&self) -> &[Part] {
        match self {
            Self::None => &[],
            Self::One(part) => std::slice::from_ref(part),
            Self::Many(parts) => parts,
        }
    }

    fn as_mut_slice(&mut self) -> &mut [Part] {
        match self {
            Self::None => &mut [],
            Self::One(part) => std::slice::from_mut(part),
            Self::Many(parts) => parts,
        }
    }

    fn push(&mut self, part: Part) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(part),
            Self::One(first) => {
                let mut parts = Vec::with_capacity(4);
                parts.extend([first, part]);
                Self::Many(Box::new(parts))
            }
            Self::Many(mut parts) => {
                parts.push(part);
                Self::Many(parts)
            }
        };
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Part {
    Text(String),
    Symbol(Class, Origin),
}

/// An ARN as the key of its text has it, in whatever partition it is.
pub fn in_one_partition(arn: &str) -> Cow<'_, str> {
    match in_other_partition(arn) {
        Some(rest) => Cow::Owned(format!("arn:aws:{rest}")),
        None => Cow::Borrowed(arn),
    }
}

/// A key under which equal texts meet in an index. Symbols keep their class and identity; partitions are taken
/// as equal, because accounts of different partitions cannot reach each other at all.
pub fn key(text: &Text) -> Key {
    Key::default() + text
}

/// Whether a text is literally this, in whatever partition it is.
fn is_written(mut literal: &str, text: &Text) -> bool {
    for piece in text.pieces() {
        let part = match &piece.kind {
            PieceKind::Literal(part) => part,
            PieceKind::Symbol(symbol) if symbol.class == Class::Partition => "aws",
            PieceKind::Symbol(_) | PieceKind::Json(_) => return false,
        };
        let Some(rest) = literal.strip_prefix(part) else { return false };
        literal = rest;
    }
    literal.is_empty()
}

/// Whether a key can meet another one: opaque values are equal to nothing, not even themselves.
pub fn is_identity(key: &Key) -> bool {
    !key.is_open && !matches!(key.parts, Parts::None)
}

impl Key {
    /// The key in just the room that it needs, for an index that keeps it.
    #[must_use]
    pub fn fitted(mut self) -> Self {
        for part in self.parts.as_mut_slice() {
            if let Part::Text(text) = part {
                text.shrink_to_fit();
            }
        }
        if let Parts::Many(parts) = &mut self.parts {
            **parts = fitted(std::mem::take(&mut **parts));
        }
        self
    }

    /// A number that equal keys have, and others seldom.
    pub fn short_hash(&self) -> u32 {
        let mut hasher = FxHasher::default();
        self.hash(&mut hasher);
        let hash = hasher.finish();
        u32::try_from(hash >> 32 ^ hash & u64::from(u32::MAX)).unwrap_or_default()
    }

    /// Whether it is the key of a text.
    pub fn is_of(&self, text: &Text) -> bool {
        self.as_literal().is_some_and(|mine| is_written(mine, text)) || key(text) == *self
    }

    /// The text, when it is wholly known.
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] if !self.is_open => Some(""),
            [Part::Text(text)] if !self.is_open => Some(text),
            _ => None,
        }
    }

    /// The service of an ARN, when it is known.
    pub fn service(&self) -> Option<&str> {
        let Some(Part::Text(start)) = self.parts.as_slice().first() else { return None };
        start.strip_prefix("arn:aws:")?.split_once(':').map(|(service, _)| service)
    }

    /// What the only symbol comes from, when the key is one.
    pub fn as_origin(&self) -> Option<&Origin> {
        match self.parts.as_slice() {
            [Part::Symbol(_, origin)] if !self.is_open => Some(origin),
            _ => None,
        }
    }

    /// The key with its letters in small.
    #[must_use]
    pub fn in_small(mut self) -> Self {
        for part in self.parts.as_mut_slice() {
            if let Part::Text(text) = part {
                *text = text.to_lowercase();
            }
        }
        self
    }

    /// The key with one mark in the place of each region, whether it is written or that of a unit that does not say which;
    /// `None` when there is no region in it.
    pub fn in_any_region(&self) -> Option<Self> {
        let mut marked = Self { parts: Parts::None, is_open: self.is_open };
        for part in self.parts.as_slice() {
            match part {
                Part::Text(text) => marked.push(&without_regions(text)),
                Part::Symbol(Class::Region, _) => marked.push(REGION),
                Part::Symbol(..) => marked.parts.push(part.clone()),
            }
        }
        (marked != *self).then_some(marked)
    }

    /// Whether a part of it is the region of a unit that does not say which.
    pub fn has_open_region(&self) -> bool {
        self.parts.as_slice().iter().any(|part| matches!(part, Part::Symbol(Class::Region, _)))
    }

    /// The whole, and what stands before each of these letters behind which all is known: the longest first.
    pub fn openings<'k>(&'k self, at: &'k [char]) -> impl Iterator<Item = Self> + 'k {
        let last = match self.parts.as_slice().split_last() {
            Some((Part::Text(text), before)) if !self.is_open => Some((text, before)),
            _ => None,
        };
        let shorter = last.into_iter().flat_map(move |(text, before)| {
            text.rmatch_indices(at).filter_map(move |(offset, _)| {
                let text = text.get(..offset)?;
                let rest = (!text.is_empty()).then(|| Part::Text(text.to_owned()));
                let mut opening = Self::default();
                before.iter().cloned().chain(rest).for_each(|part| opening.parts.push(part));
                Some(opening)
            })
        });
        std::iter::once(self.clone()).chain(shorter)
    }

    fn push(&mut self, text: &str) {
        match self.parts.as_mut_slice().last_mut() {
            _ if text.is_empty() => {}
            Some(Part::Text(last)) => last.push_str(text),
            _ => {
                // As a rule more follows: most begin an ARN.
                let mut begun = String::with_capacity(text.len().max(32));
                begun.push_str(text);
                self.parts.push(Part::Text(begun));
            }
        }
    }

    fn push_symbol(&mut self, symbol: &Symbol) {
        match symbol.class {
            Class::Partition => self.push("aws"),
            Class::DnsSuffix => self.push("amazonaws.com"),
            Class::Opaque => self.is_open = true,
            Class::Account | Class::Region | Class::Organization => {
                self.parts.push(Part::Symbol(symbol.class, symbol.origin.clone()));
            }
            Class::Computed | Class::AccountId | Class::Word | Class::Keyed => {
                self.parts.push(Part::Symbol(Class::Keyed, symbol.origin.clone()));
            }
        }
    }

    /// How many parts there are, and how long the last is when it is a text.
    fn end(&self) -> (usize, usize) {
        let parts = self.parts.as_slice();
        match parts.split_last() {
            Some((Part::Text(last), before)) => (before.len(), last.len()),
            _ => (parts.len(), 0),
        }
    }

    /// Takes what was added at an end as that of an ARN in any partition.
    fn in_one_partition_from(&mut self, (part, at): (usize, usize)) {
        if let Some(Part::Text(added)) = self.parts.as_mut_slice().get_mut(part)
            && let Some(Cow::Owned(whole)) = added.get(at..).map(in_one_partition)
        {
            added.truncate(at);
            added.push_str(&whole);
        }
    }
}

/// What stands for a region. No name has such a letter.
const REGION: &str = "\u{0}";

/// The second part of the names of regions: `eu-west-1`.
///
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
const DIRECTIONS: [&str; 9] = [
    "-north-",
    "-south-",
    "-east-",
    "-west-",
    "-central-",
    "-northeast-",
    "-northwest-",
    "-southeast-",
    "-southwest-",
];

/// A text with a mark in the place of each region.
fn without_regions(text: &str) -> String {
    let mut rest = text;
    let mut marked = String::with_capacity(text.len());
    while let Some((before, after)) = next_region(rest) {
        marked.push_str(before);
        marked.push_str(REGION);
        rest = after;
    }
    marked.push_str(rest);
    marked
}

/// What stands before and behind the first region in a text.
fn next_region(text: &str) -> Option<(&str, &str)> {
    let is_word = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    text.match_indices('-').find_map(|(at, _)| {
        let (before, rest) = text.split_at_checked(at)?;
        let rest = DIRECTIONS.iter().find_map(|direction| rest.strip_prefix(direction))?;
        let rest = rest.strip_prefix(|first: char| first.is_ascii_digit())?;
        let area = before.strip_suffix("-gov").unwrap_or(before);
        let (before, area) = area.split_at_checked(area.len().checked_sub(2)?)?;
        let is_area = area.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_alone = !is_word(before.bytes().next_back()) && !is_word(rest.bytes().next());
        (is_area && is_alone).then_some((before, rest))
    })
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        let mut key = Self::default();
        key.push(text);
        key
    }
}

impl Add<&str> for Key {
    type Output = Self;

    fn add(mut self, text: &str) -> Self {
        self.push(text);
        self
    }
}

impl Add<&Text> for Key {
    type Output = Self;

    fn add(mut self, text: &Text) -> Self {
        let end = self.end();
        for piece in text.pieces() {
            match &piece.kind {
                PieceKind::Literal(text) => self.push(text),
                PieceKind::Symbol(symbol) => self.push_symbol(symbol),
                PieceKind::Json(_) => self.is_open = true,
            }
        }
        self.in_one_partition_from(end);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{SourceId, Span};
    use crate::value::{Because, Symbol, UnitKey};

    fn account() -> Text {
        let symbol = Symbol::new(Class::Account, &UnitKey::of("envs/prod"), Because::Run);
        Text::symbol(symbol, span())
    }

    fn span() -> Span {
        Span::start_of(SourceId::first())
    }

    #[test]
    fn equal_texts_meet_however_they_are_cut_and_opaque_ones_do_not() {
        let mut cut = Text::literal("arn:aws-cn:", span());
        cut.push_str("iam::", span());
        cut.append(&account());
        let built = Key::from("arn:aws:iam::") + &account();
        assert_eq!(key(&cut), built);
        for other in ["aws-us-gov", "aws-iso-e", "aws-iso-f", "aws-eusc"] {
            assert_eq!(in_one_partition(&format!("arn:{other}:iam::1")), "arn:aws:iam::1", "{other}");
        }
        assert_eq!(in_one_partition("arn:aws-x:iam::1"), "arn:aws-x:iam::1");
        assert!(is_identity(&built) && built.as_literal().is_none());
        let opaque = Text::symbol(Symbol::new(Class::Opaque, "x", Because::Run), span());
        assert!(!is_identity(&(Key::from("a") + &opaque)) && !is_identity(&Key::default()));
        // What people see of it is not what it is.
        assert_ne!(key(&Text::literal("AccountId", span())), key(&account()));
    }

    #[test]
    fn a_region_that_is_not_known_meets_one_that_is_written() {
        let region = Symbol::new(Class::Region, &UnitKey::of("envs/prod"), Because::Run);
        let open = Key::from("role/deploy-") + &Text::symbol(region, span()) + "-x";
        assert!(open.has_open_region());
        for written in ["role/deploy-eu-west-1-x", "role/deploy-us-gov-east-1-x"] {
            let written = Key::from(written);
            assert_eq!(written.in_any_region(), open.in_any_region(), "{written:?}");
            assert!(!written.has_open_region());
        }
        for other in ["role/deploy-west-1-x", "role/deploy-beu-west-1-x", "role/deploy-eu-west-12", "x"] {
            assert_eq!(Key::from(other).in_any_region(), None, "{other}");
        }
    }

    #[test]
    fn a_key_is_cut_at_letters_of_its_texts() {
        let whole = Key::from("arn:") + &account() + "/a";
        let account = Key::from("arn:") + &account();
        let openings: Vec<_> = whole.openings(&[':', '/']).collect();
        // Behind the first colon stands a symbol.
        assert_eq!(openings, [whole.clone(), account]);
        let plain = Key::from("arn:a/b");
        let openings: Vec<_> = plain.openings(&[':', '/']).collect();
        assert_eq!(openings, [plain.clone(), Key::from("arn:a"), Key::from("arn")]);
    }
}
