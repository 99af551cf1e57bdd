//! How much of snapshots is read.

use rustc_hash::FxHashSet;

use super::ids::DeclarationId;

/// How much of snapshots is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Everything.
    Whole,
    /// What the project can touch.
    Touched,
}

impl Seen {
    /// What a check needs, which reports what lies wholly in imports or not.
    pub fn needed(reports_imports: bool) -> Self {
        if reports_imports { Self::Whole } else { Self::Touched }
    }
}

/// What is not read: identities and managed policies of snapshots that the project cannot touch.
#[derive(Debug, Default)]
pub(super) struct Untouched(FxHashSet<DeclarationId>);

impl Untouched {
    /// Of these declarations.
    pub(super) fn new(all: impl Iterator<Item = DeclarationId>) -> Self {
        Self(all.collect())
    }

    /// Whether a declaration is left unread.
    pub(super) fn has(&self, id: DeclarationId) -> bool {
        self.0.contains(&id)
    }
}
