//! What a stack is told besides the texts that it reads: with another of these it may declare something else.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::stack::Stack;
use crate::source::SourceId;

/// What every stack of a project may ask, besides texts: which files are templates, and what assemblies say of them. Both are the
/// same nearly always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct World {
    pub(super) templates: BTreeSet<SourceId>,
    /// The reading of the assemblies.
    pub(super) assemblies: u64,
    /// Whether all properties are evaluated.
    pub(super) whole: bool,
}

/// What a stack is told, besides what it reads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    source: SourceId,
    world: Arc<World>,
    /// Its parameters and where it goes, with their places, as they are written out: they have no equality that looks at places.
    given: String,
    /// What the stacks of the project offer it: by which evaluation of each.
    offers: Vec<u64>,
    /// Whether more is asked of each stack than its exports.
    with_outputs: bool,
}

impl Told {
    pub(super) fn of(stack: &Stack, world: &Arc<World>, offers: &[u64], with_outputs: bool) -> Self {
        let given = format!("{:?} {:?}", stack.given, stack.place.target);
        Self { source: stack.source, world: Arc::clone(world), given, offers: offers.to_vec(), with_outputs }
    }

    /// Whether what a stack made of the one is right for the other. What others offer matters only to who asks for it.
    pub(super) fn fits(&self, other: &Self, asks: bool) -> bool {
        self.source == other.source
            && self.world == other.world
            && self.given == other.given
            && self.with_outputs == other.with_outputs
            && (!asks || self.offers == other.offers)
    }
}
