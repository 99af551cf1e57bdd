//! Short texts that occur often, kept once.

use std::cell::Cell;
use std::sync::Arc;

use crate::bounds;

type Slots = [Option<Arc<str>>; bounds::TEXTS_SHARED];

thread_local! {
    /// What the last reader of this thread remembered.
    static LAST: Cell<Option<Box<Slots>>> = const { Cell::new(None) };
}

/// Remembers the last short texts, so that a key that every item of a list has is in memory once; the next reader of the thread goes on
/// with them. A text may be forgotten, and is then kept again.
pub(super) struct Shared {
    /// `None` once it was given back.
    slots: Option<Box<Slots>>,
}

impl Default for Shared {
    fn default() -> Self {
        let last = LAST.try_with(Cell::take).ok().flatten();
        Self { slots: Some(last.unwrap_or_else(|| Box::new([const { None }; bounds::TEXTS_SHARED]))) }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let slots = self.slots.take();
        _ = LAST.try_with(|last| last.set(slots));
    }
}

impl Shared {
    /// The text, shared with an equal one if that is remembered.
    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        if text.len() > bounds::TEXT_SHARED {
            return Arc::from(text);
        }
        let slot = self.slots.as_deref_mut().and_then(|slots| slots.get_mut(slot(text.as_bytes())));
        let Some(slot) = slot else { return Arc::from(text) };
        match slot {
            Some(known) if &**known == text => Arc::clone(known),
            _ => Arc::clone(slot.insert(Arc::from(text))),
        }
    }
}

/// Of the first and last bytes and the length: equal texts have the same, and others seldom.
fn slot(bytes: &[u8]) -> usize {
    let word = |bytes: Option<&[u8]>| {
        bytes.and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()).map_or(0, u32::from_le_bytes)
    };
    let (first, last) = if bytes.len() >= 4 {
        (word(bytes.get(..4)), word(bytes.get(bytes.len() - 4..)))
    } else {
        (bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)), 0)
    };
    let mixed = (first ^ last.rotate_left(15)).wrapping_add(u32::try_from(bytes.len()).unwrap_or_default());
    (mixed.wrapping_mul(0x9e37_79b1) >> 20) as usize % bounds::TEXTS_SHARED
}
