//! What stands for an account where its ID is not written: profiles, variables, outputs, names in an organization.
//!
//! A term is the same account wherever it occurs. Which one it is, the configuration says (`aliases`, `maps`), or a unit that has
//! the term and whose account is known by something else. What a person writes in the configuration is what is shown of a term:
//! that is the one thing shown that is compared.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Accounts;
use crate::config::Config;
use crate::facts::Term;
use crate::value::{Origin, OriginKind, Part, Symbol, Text};

/// The terms that are known.
#[derive(Debug, Default)]
pub(super) struct Terms {
    /// `aliases` that are profiles.
    profiles: FxHashMap<Origin, Text>,
    /// What units say; `None` for what would have to be several accounts.
    learned: FxHashMap<Origin, Option<Text>>,
    /// `aliases` that are expressions or names, each with the directory of its configuration.
    aliases: FxHashMap<String, Vec<(String, Text)>>,
    /// `maps`: collections whose keys are names of accounts.
    maps: Vec<Collection>,
    /// What expressions of the configuration stand for in root modules.
    expressions: FxHashMap<Origin, Text>,
}

/// A collection whose keys are names of accounts.
#[derive(Debug)]
struct Collection {
    /// As it is written, with `.*` and without.
    whole: String,
    written: String,
    /// What it is in root modules.
    origins: FxHashSet<Origin>,
    /// The attributes between the key and the ID.
    below: Vec<String>,
}

impl Terms {
    /// What the configurations say; `term` is what stands for an account of theirs.
    pub(super) fn add(&mut self, config: &Config, accounts: impl Iterator<Item = (String, Text)>) {
        for (alias, account) in accounts {
            let written = alias.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or(&alias);
            if let Some(profile) = written.strip_prefix("profile:") {
                self.profiles.entry(OriginKind::Profile(profile.into()).into()).or_insert(account);
            } else {
                let all = self.aliases.entry(written.to_owned()).or_default();
                all.push((config.directory.clone(), account));
            }
        }
        for written in &config.maps {
            let whole = written.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or(written);
            let (written, below) = whole.split_once(".*").unwrap_or((whole, ""));
            let below = below.split('.').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            let (whole, written) = (whole.to_owned(), written.to_owned());
            self.maps.push(Collection { whole, written, origins: FxHashSet::default(), below });
        }
    }

    /// Adds what expressions of the configuration stand for.
    pub(super) fn with(mut self, terms: &[Term], accounts: &Accounts) -> Self {
        for term in terms {
            let map = self.maps.iter_mut().find(|map| *map.whole == *term.written);
            let account = match (map, &term.key) {
                (Some(_), Some(key)) => accounts.called(key).cloned(),
                (Some(map), None) => {
                    map.origins.insert(term.origin.clone());
                    None
                }
                (None, _) => self.named(&term.written, term.unit.path()).cloned(),
            };
            if let Some(account) = account {
                self.expressions.entry(term.origin.clone()).or_insert(account);
            }
        }
        self
    }

    /// Whether nothing is known of any.
    pub(super) fn is_empty(&self) -> bool {
        self.profiles.is_empty() && self.aliases.is_empty() && self.maps.is_empty() && self.learned.is_empty()
    }

    /// Takes note of the account that a term is. One that would be two is not known.
    pub(super) fn learn(&mut self, term: &Origin, account: &Text) {
        let known = self.learned.entry(term.clone()).or_insert_with(|| Some(account.clone()));
        *known = known.take().filter(|known| known == account);
    }

    /// The account that a symbol is.
    pub(super) fn account<'t>(&'t self, symbol: &Symbol, accounts: &'t Accounts) -> Option<&'t Text> {
        if self.is_empty() {
            return None;
        }
        let by_origin =
            [&self.profiles, &self.expressions].into_iter().find_map(|all| all.get(&symbol.origin));
        let told = by_origin.or_else(|| self.alias(symbol));
        let mapped = || self.maps.iter().find_map(|map| accounts.called(&map.key(&symbol.origin)?));
        told.or_else(mapped).or_else(|| self.learned.get(&symbol.origin)?.as_ref())
    }

    /// The account that has an alias for what the symbol is written as.
    fn alias(&self, symbol: &Symbol) -> Option<&Text> {
        if self.aliases.is_empty() {
            return None;
        }
        // What belongs to no unit is the same in all projects.
        self.named(symbol.origin.shown(), symbol.origin.unit().map_or("", |unit| unit.path()))
    }

    /// The account of which this is an alias in the configuration nearest to a place.
    fn named(&self, written: &str, place: &str) -> Option<&Text> {
        let holds = |directory: &str| {
            directory.is_empty()
                || place.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let near = self.aliases.get(written)?.iter().filter(|(directory, _)| holds(directory));
        near.max_by_key(|(directory, _)| directory.len()).map(|(_, account)| account)
    }
}

impl Collection {
    /// The key under which something stands in it.
    fn key(&self, origin: &Origin) -> Option<String> {
        let mut at = origin;
        for name in self.below.iter().rev() {
            let OriginKind::Part { of, part: Part::Attribute(attribute) } = at.kind() else { return None };
            if **attribute != **name {
                return None;
            }
            at = of;
        }
        let OriginKind::Part { of, part } = at.kind() else { return None };
        let key = match part {
            Part::Attribute(name) => name.to_string(),
            Part::Key(words) => words.as_literal()?.to_owned(),
            _ => return None,
        };
        (self.origins.contains(of) || of.shown() == self.written).then_some(key)
    }
}
