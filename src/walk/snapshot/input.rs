//! Which files are snapshots, and what is told of them.

use std::sync::Arc;

use jiff::civil::Date;

use crate::source::{SourceId, Span};

/// A file that says what is in live accounts.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its text.
    pub source: SourceId,
    /// The account that it is listed under.
    pub owner: Option<Arc<Owner>>,
    /// The ARN of the resource that it is the policy of, when it does not say itself.
    pub resource: Option<Arc<str>>,
    /// The day on which it was taken, when the configuration says that.
    pub taken: Option<Date>,
    /// How many days it may be old before a run says so.
    pub max_age: Option<u32>,
    /// Where a configuration names it.
    pub named_at: Option<Span>,
}

/// The account that a snapshot is listed under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its name in the configuration.
    pub name: Arc<str>,
    /// Its ID, when the configuration has it.
    pub id: Option<Arc<str>>,
}
