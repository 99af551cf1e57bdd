//! What is known of a request.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::value::Text;

/// What is known of a condition key in a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Presence {
    /// It is not there.
    Absent,
    /// It has these values.
    Values(Vec<Text>),
    /// The caller chooses: any value, or none.
    Free,
    /// It is there, and the caller chooses the value.
    Present,
    /// Not known, and not for the caller to choose.
    Unknown,
}

/// What is known of a request: some keys; every other one is free, unless the context is
/// [closed](Context::closed).
#[derive(Clone, Debug)]
pub struct Context {
    keys: BTreeMap<String, Presence>,
    rest: Presence,
    /// Requests are made from now on: a time window that is over is over.
    pub(super) now: Timestamp,
    /// Whether `${…}` in values is a policy variable (`Version` 2012-10-17) or text.
    pub(super) variables: bool,
}

/// Keys that every request carries.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const ALWAYS: &[&str] = &["aws:currenttime", "aws:epochtime", "aws:securetransport", "aws:principaltype"];

impl Context {
    /// A request of which only the time is known: `now` or later.
    pub fn new(now: Timestamp) -> Self {
        Self { keys: BTreeMap::new(), rest: Presence::Free, now, variables: true }
    }

    /// Says what is known of a key.
    #[must_use]
    pub fn with(mut self, key: &str, presence: Presence) -> Self {
        self.keys.insert(key.to_ascii_lowercase(), presence);
        self
    }

    /// Says what is known of a key unless something is known already.
    #[must_use]
    pub fn or(mut self, key: &str, presence: Presence) -> Self {
        self.keys.entry(key.to_ascii_lowercase()).or_insert(presence);
        self
    }

    /// Says that every key of which nothing is known is absent: one request rather than all.
    #[must_use]
    pub fn closed(mut self) -> Self {
        self.rest = Presence::Absent;
        self
    }

    /// Says whether `${…}` in values is a policy variable.
    #[must_use]
    pub fn variables(mut self, expand: bool) -> Self {
        self.variables = expand;
        self
    }

    /// What is known of a key, written in any case.
    pub fn get(&self, key: &str) -> Presence {
        let key = key.to_ascii_lowercase();
        match self.keys.get(&key) {
            Some(presence) => presence.clone(),
            None if ALWAYS.contains(&key.as_str()) => Presence::Present,
            None => self.rest.clone(),
        }
    }
}
