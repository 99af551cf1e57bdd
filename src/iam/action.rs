//! What a statement's `Action` and `Resource` cover.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>

use super::glob::{self, Case};
use super::policy::{Clause, Item, Polarity};
use crate::value::{Answer, Text};

impl<T> Clause<T> {
    /// Whether the clause matches, given what one item matches.
    ///
    /// An empty `Not…` list is refused by some services and matches everything in others: `Unknown`.
    pub fn matches(&self, matches: impl FnMut(&Item<T>) -> Answer) -> Answer {
        let listed = self.listed(matches);
        match self.polarity {
            Polarity::In => listed,
            Polarity::NotIn if self.items.is_empty() => Answer::Unknown,
            Polarity::NotIn => !listed,
        }
    }

    /// Whether one of the items matches, whatever the polarity.
    pub fn listed(&self, mut matches: impl FnMut(&Item<T>) -> Answer) -> Answer {
        let any = Answer::any(self.items.iter().map(|item| item.present.and(matches(item))));
        if self.open { any.or(Answer::Unknown) } else { any }
    }
}

/// How two patterns of the same element are compared.
trait Patterns {
    fn intersects(p: &Text, q: &Text) -> Answer;
    fn includes(outer: &[&Text], inner: &Text) -> Answer;
}

struct Actions;
struct Arns;

impl Patterns for Actions {
    fn intersects(p: &Text, q: &Text) -> Answer {
        glob::intersects(p, q, Case::Folded)
    }

    fn includes(outer: &[&Text], inner: &Text) -> Answer {
        glob::includes(outer, inner, Case::Folded)
    }
}

impl Patterns for Arns {
    fn intersects(p: &Text, q: &Text) -> Answer {
        glob::arn_intersects(p, q)
    }

    fn includes(outer: &[&Text], inner: &Text) -> Answer {
        glob::arn_includes(outer, inner)
    }
}

/// Whether an action pattern matches an action. Letters are compared without case.
pub fn action_matches(pattern: &Text, action: &Text) -> Answer {
    if let (Some(one), Some(other)) = (pattern.as_literal(), action.as_literal())
        && let Some(same) = same_name(&one, &other)
    {
        return same.into();
    }
    let answer = glob::matches(pattern, action, Case::Folded);
    // Only a bare `*` reaches over services; AWS refuses other wildcards in the prefix.
    let refused = pattern.as_literal().is_some_and(|literal| match literal.split_once(':') {
        Some((prefix, _)) => prefix.contains(['*', '?']),
        None => literal != "*",
    });
    if refused { answer.and(Answer::Unknown) } else { answer }
}

/// Whether an action is called as a pattern says, told by the first letter that differs: most of long lists are names of other
/// actions. `None` when a wildcard comes before that.
fn same_name(pattern: &str, action: &str) -> Option<bool> {
    let mut rest = action.bytes();
    for expected in pattern.bytes() {
        if matches!(expected, b'*' | b'?') || !expected.is_ascii() {
            return None;
        }
        match rest.next() {
            Some(byte) if !byte.is_ascii() => return None,
            Some(byte) if byte.eq_ignore_ascii_case(&expected) => {}
            _ => return Some(false),
        }
    }
    match rest.next() {
        Some(_) => Some(false),
        None => pattern.contains(':').then_some(true),
    }
}

impl Clause<Text> {
    /// Whether it is an `Action` (or `NotAction`) that covers `action`, such as `sts:AssumeRole`.
    pub fn takes(&self, action: &str) -> Answer {
        self.covers_action(&Text::literal(action, self.key_span))
    }

    /// Whether it covers this one action.
    pub fn covers_action(&self, action: &Text) -> Answer {
        self.matches(|item| action_matches(&item.value, action))
    }

    /// Whether it covers every action that `pattern` matches.
    pub fn covers_actions(&self, pattern: &Text) -> Answer {
        self.covers_all::<Actions>(pattern)
    }

    /// Whether it covers some action that `pattern` matches.
    pub fn touches_actions(&self, pattern: &Text) -> Answer {
        self.covers_some::<Actions>(pattern)
    }

    /// Whether it is a `Resource` (or `NotResource`) that covers `arn`.
    pub fn covers_arn(&self, arn: &Text) -> Answer {
        self.matches(|item| glob::arn_matches(&item.value, arn))
    }

    /// Whether it covers every ARN that `pattern` matches.
    pub fn covers_arns(&self, pattern: &Text) -> Answer {
        self.covers_all::<Arns>(pattern)
    }

    /// Whether it covers some ARN that `pattern` matches.
    pub fn touches_arns(&self, pattern: &Text) -> Answer {
        self.covers_some::<Arns>(pattern)
    }

    fn covers_all<P: Patterns>(&self, pattern: &Text) -> Answer {
        match self.polarity {
            Polarity::In => self.include::<P>(pattern),
            Polarity::NotIn if self.items.is_empty() => Answer::Unknown,
            Polarity::NotIn => !self.listed(|item| P::intersects(&item.value, pattern)),
        }
    }

    fn covers_some<P: Patterns>(&self, pattern: &Text) -> Answer {
        match self.polarity {
            Polarity::In => self.listed(|item| P::intersects(&item.value, pattern)),
            Polarity::NotIn if self.items.is_empty() => Answer::Unknown,
            Polarity::NotIn => !self.include::<P>(pattern),
        }
    }

    /// Whether the items together include everything `pattern` matches.
    fn include<P: Patterns>(&self, pattern: &Text) -> Answer {
        let all: Vec<_> = self.items.iter().map(|item| &item.value).collect();
        let sure: Vec<_> =
            self.items.iter().filter(|item| item.present.is_yes()).map(|item| &item.value).collect();
        let with_all = P::includes(&all, pattern);
        let answer = if sure.len() == all.len() {
            with_all
        } else if P::includes(&sure, pattern).is_yes() {
            Answer::Yes
        } else {
            with_all.and(Answer::Unknown)
        };
        if self.open { answer.or(Answer::Unknown) } else { answer }
    }
}
