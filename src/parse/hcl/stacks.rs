//! What a reader needs room for, kept for the next text that the same thread reads.

use std::cell::Cell;
use std::sync::Arc;

use super::reader::Name;
use super::template::Part;
use super::tree::{Attribute, Block, Expression, ObjectItem, Step, TemplatePart};
use crate::bounds;

thread_local! {
    static KEPT: Cell<Option<Stacks>> = const { Cell::new(None) };
}

/// What is read of a collection whose end is not met yet, and the names that were met.
#[derive(Default)]
pub(super) struct Stacks {
    pub(super) attributes: Vec<Attribute>,
    pub(super) blocks: Vec<Block>,
    pub(super) labels: Vec<Name>,
    pub(super) expressions: Vec<Expression>,
    pub(super) items: Vec<ObjectItem>,
    pub(super) steps: Vec<Step>,
    pub(super) parts: Vec<Part>,
    pub(super) made: Vec<TemplatePart>,
    pub(super) names: Names,
}

impl Stacks {
    /// Those that the last reader of this thread left.
    pub(super) fn take() -> Self {
        KEPT.take().unwrap_or_default()
    }

    /// Leaves them for the next one.
    pub(super) fn keep(mut self) {
        self.attributes.clear();
        self.blocks.clear();
        self.clear_inner();
        KEPT.set(Some(self));
    }

    /// Drops what belongs to no body yet.
    pub(super) fn clear_inner(&mut self) {
        self.labels.clear();
        self.expressions.clear();
        self.items.clear();
        self.steps.clear();
        self.parts.clear();
        self.made.clear();
    }
}

/// Names that were read before, so that there is one copy of most.
#[derive(Default)]
pub(super) struct Names(Vec<Known>);

/// A name with its first and last eight bytes.
#[derive(Clone, Default)]
struct Known {
    ends: (u64, u64),
    name: Option<Arc<str>>,
}

impl Names {
    /// The name that is written from this offset of a text to that.
    pub(super) fn shared(&mut self, text: &str, start: usize, end: usize) -> Arc<str> {
        if self.0.is_empty() {
            self.0.resize(bounds::HCL_SHARED_NAMES, Known::default());
        }
        let length = end - start;
        let ends = ends(text.as_bytes(), start, length);
        let mixed = (ends.0 ^ ends.1.rotate_left(29)).wrapping_add(length as u64);
        let slot = (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize % bounds::HCL_SHARED_NAMES;
        let written = || text.get(start..end).unwrap_or_default();
        let Some(known) = self.0.get_mut(slot) else { return Arc::from(written()) };
        match &known.name {
            Some(name)
                if known.ends == ends && name.len() == length && (length <= 16 || **name == *written()) =>
            {
                Arc::clone(name)
            }
            _ => {
                let name = Arc::from(written());
                *known = Known { ends, name: Some(Arc::clone(&name)) };
                name
            }
        }
    }
}

/// The first and the last eight bytes of a word, which are all that one of up to sixteen has.
fn ends(bytes: &[u8], start: usize, length: usize) -> (u64, u64) {
    let first = eight(bytes, start);
    if length >= 8 {
        return (first.unwrap_or_default(), eight(bytes, start + length - 8).unwrap_or_default());
    }
    let first = first.map_or_else(
        || {
            let rest = bytes.get(start..start + length).unwrap_or_default();
            rest.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
        },
        |first| first & !(u64::MAX << (8 * length)),
    );
    (first, 0)
}

/// Eight bytes from here on, the first one lowest.
pub(super) fn eight(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk::<8>().map(|chunk| u64::from_le_bytes(*chunk))
}
