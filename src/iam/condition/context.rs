//! What is known of a request.

use std::borrow::Cow;
use std::sync::Arc;

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
    /// What was said last comes first.
    said: Option<Arc<Said>>,
    /// Every key of which nothing is known is absent.
    is_closed: bool,
    /// Requests are made from now on: a time window that is over is over.
    pub(super) now: Timestamp,
    /// Whether `${…}` in values is a policy variable (`Version` 2012-10-17) or text.
    pub(super) variables: bool,
}

/// What is known of one key, and what was said before. Contexts that say more share what they have in common.
#[derive(Debug)]
struct Said {
    /// In any case.
    key: Cow<'static, str>,
    presence: Presence,
    before: Option<Arc<Self>>,
}

/// Keys that every request carries.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const ALWAYS: &[&str] = &["aws:currenttime", "aws:epochtime", "aws:securetransport", "aws:principaltype"];

impl Context {
    /// A request of which only the time is known: `now` or later.
    pub fn new(now: Timestamp) -> Self {
        Self { said: None, is_closed: false, now, variables: true }
    }

    /// Says what is known of a key.
    #[must_use]
    pub fn with(&self, key: impl Into<Cow<'static, str>>, presence: Presence) -> Self {
        let before = self.said.as_ref().map(Arc::clone);
        let said = Some(Arc::new(Said { key: key.into(), presence, before }));
        Self { said, is_closed: self.is_closed, now: self.now, variables: self.variables }
    }

    /// Says what is known of a key unless something is known already.
    #[must_use]
    pub fn or(mut self, key: impl Into<Cow<'static, str>>, presence: Presence) -> Self {
        let key = key.into();
        if self.known(&key).is_none() {
            self.said = Some(Arc::new(Said { key, presence, before: self.said }));
        }
        self
    }

    /// Says that every key of which nothing is known is absent: one request rather than all.
    #[must_use]
    pub fn closed(mut self) -> Self {
        self.is_closed = true;
        self
    }

    /// Says whether `${…}` in values is a policy variable.
    #[must_use]
    pub fn variables(&self, expand: bool) -> Self {
        let said = self.said.as_ref().map(Arc::clone);
        Self { said, is_closed: self.is_closed, now: self.now, variables: expand }
    }

    /// Whether `${…}` in values is a policy variable.
    pub fn expands(&self) -> bool {
        self.variables
    }

    /// What is known of a key, written in any case.
    pub fn get(&self, key: &str) -> &Presence {
        let is_always = || ALWAYS.iter().any(|always| always.eq_ignore_ascii_case(key));
        match self.known(key) {
            Some(presence) => presence,
            None if is_always() => &Presence::Present,
            None if self.is_closed => &Presence::Absent,
            None => &Presence::Free,
        }
    }

    /// What was said of a key.
    fn known(&self, key: &str) -> Option<&Presence> {
        let mut next = self.said.as_deref();
        while let Some(said) = next {
            if said.key.eq_ignore_ascii_case(key) {
                return Some(&said.presence);
            }
            next = said.before.as_deref();
        }
        None
    }
}
