//! What is known of a request.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;

use crate::iam::data;
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
    /// The service that is asked, as far as it is known: one of those with [keys of their own](KEPT), or none of them.
    asked: Option<&'static str>,
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

/// Services whose keys only requests to them carry. Keys of other services may go with the caller to every service:
/// `ec2:SourceInstanceArn`, `lambda:SourceFunctionArn`.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>
const KEPT: &[&str] = &["kms", "s3", "secretsmanager", "sns", "sqs", "sts"];

impl Context {
    /// A request of which only the time is known: `now` or later.
    pub fn new(now: Timestamp) -> Self {
        Self { said: None, is_closed: false, asked: None, now, variables: true }
    }

    /// Says what is known of a key.
    #[must_use]
    pub fn with(&self, key: impl Into<Cow<'static, str>>, presence: Presence) -> Self {
        let before = self.said.as_ref().map(Arc::clone);
        let said = Some(Arc::new(Said { key: key.into(), presence, before }));
        Self { said, ..*self }
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

    /// Any request at the same time, of which nothing else is known.
    #[must_use]
    pub fn of_any(&self) -> Self {
        Self { said: None, is_closed: false, asked: None, ..*self }
    }

    /// Says that every key of which nothing is known is absent: one request rather than all.
    #[must_use]
    pub fn closed(mut self) -> Self {
        self.is_closed = true;
        self
    }

    /// Says which action is asked for: keys that only requests to other services carry are absent.
    #[must_use]
    pub fn asking(mut self, action: &str) -> Self {
        let service = action.split(':').next().unwrap_or_default();
        // `s3-outposts` and its like may bring keys of `s3`.
        let begins =
            |kept: &&&str| service.get(..kept.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(kept));
        let is_known = !service.is_empty() && !service.contains(['*', '?']);
        self.asked = is_known.then(|| KEPT.iter().find(begins).copied().unwrap_or_default());
        self
    }

    /// Says whether `${…}` in values is a policy variable.
    #[must_use]
    pub fn variables(&self, expand: bool) -> Self {
        let said = self.said.as_ref().map(Arc::clone);
        Self { said, variables: expand, ..*self }
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
            None if self.is_closed || self.is_of_another_service(key) || data::is_no_key(key) => {
                &Presence::Absent
            }
            None => &Presence::Free,
        }
    }

    /// Whether only requests to another service carry a key.
    fn is_of_another_service(&self, key: &str) -> bool {
        let (Some(asked), Some((service, _))) = (self.asked, key.split_once(':')) else { return false };
        KEPT.iter().any(|kept| *kept != asked && kept.eq_ignore_ascii_case(service))
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
