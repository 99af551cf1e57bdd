//! How a rule is reported, and the words that mean rules: a name, a family, an effect.

use super::{Config, suggestion};
use crate::diagnostic::Severity;

/// How a rule is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Not at all.
    Off,
    /// As the rule itself says, where its family or effect is configured otherwise.
    Usual,
    /// With this severity.
    As(Severity),
}

impl Level {
    /// The words for each.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("off", Self::Off),
        ("default", Self::Usual),
        ("info", Self::As(Severity::Info)),
        ("warning", Self::As(Severity::Warning)),
        ("error", Self::As(Severity::Error)),
    ];

    /// The level of this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::WORDS.into_iter().find(|(name, _)| *name == word).map(|(_, level)| level)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::WORDS.into_iter().find(|(_, level)| *level == self).map_or("", |(name, _)| name)
    }
}

/// What a rule is called, alone and together with others.
#[derive(Clone, Copy, Debug)]
pub struct Called<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its family: `trust`, `both sides`.
    pub family: &'a str,
    /// What is wrong when it speaks: `exposed`.
    pub effect: &'a str,
}

/// How closely a word means a rule: what is said of its name holds over what is said of its family, and that over what is
/// said of its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// By its effect.
    Effect,
    /// By its family.
    Family,
    /// By its name.
    Name,
}

impl Called<'_> {
    /// How closely a word means it; `None` when it does not.
    pub fn meant_by(&self, word: &str) -> Option<Closeness> {
        if self.name == word {
            Some(Closeness::Name)
        } else if is_family(self.family, word) {
            Some(Closeness::Family)
        } else {
            (self.effect == word).then_some(Closeness::Effect)
        }
    }
}

/// Whether a word means a family, whose name may have a space in it: `both-sides`.
fn is_family(family: &str, word: &str) -> bool {
    let letters = |text: &str| text.len() == word.len();
    letters(family)
        && family.bytes().zip(word.bytes()).all(|(own, other)| own == other || (own == b' ' && other == b'-'))
}

/// The words that `[rules]`, `--select` and `--ignore` take.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selectors<'a> {
    /// The names of all rules.
    pub rules: &'a [&'a str],
    /// Their families and effects.
    pub groups: &'a [&'a str],
}

impl<'a> From<&'a [&'a str]> for Selectors<'a> {
    fn from(rules: &'a [&'a str]) -> Self {
        Self { rules, groups: &[] }
    }
}

impl<'a> From<&'a Vec<&'a str>> for Selectors<'a> {
    fn from(rules: &'a Vec<&'a str>) -> Self {
        rules.as_slice().into()
    }
}

impl Selectors<'_> {
    /// What is wrong with a word that means no rule; `None` when it means one.
    pub fn wrong(&self, word: &str) -> Option<String> {
        if self.rules.contains(&word) || self.groups.contains(&word) {
            return None;
        }
        let near = suggestion(word, self.rules.iter().chain(self.groups).copied());
        let or_groups = if self.groups.is_empty() { "" } else { ", family or effect" };
        Some(format!("there is no rule{or_groups} `{word}`{near}"))
    }
}

impl Config {
    /// How a rule is reported, and how closely that is said of it.
    pub fn level(&self, rule: &Called<'_>) -> Option<(Closeness, Level)> {
        if self.levels.is_empty() {
            return None;
        }
        let said = |word: &str| self.levels.get(word).copied();
        let of_family = || said(rule.family).or_else(|| said(&rule.family.replace(' ', "-")));
        // From what means it most closely on.
        let name = said(rule.name).map(|level| (Closeness::Name, level));
        let family = || of_family().map(|level| (Closeness::Family, level));
        let effect = || said(rule.effect).map(|level| (Closeness::Effect, level));
        name.or_else(family).or_else(effect)
    }

    /// The severity a rule is reported with, or `None` when it is switched off.
    pub fn severity(&self, rule: &Called<'_>, default: Severity) -> Option<Severity> {
        match self.level(rule) {
            None | Some((_, Level::Usual)) => Some(default),
            Some((_, Level::As(severity))) => Some(severity),
            Some((_, Level::Off)) => None,
        }
    }
}
