//! The table of all origins, in which each is once.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use rustc_hash::FxHashSet;

use super::{Node, Origin};

/// The table is in parts with a lock each, so that threads seldom wait for one another.
const SHARDS: usize = 64;
/// Origins in a part before those are dropped that nothing refers to anymore.
const MIN_SWEPT: usize = 1 << 14;

static SHARD: LazyLock<[Mutex<Shard>; SHARDS]> = LazyLock::new(|| std::array::from_fn(|_| Mutex::default()));

#[derive(Default)]
struct Shard {
    known: FxHashSet<Stored>,
    /// Origins that were left when it was last swept.
    left: usize,
}

struct Stored(Arc<Node>);

impl Hash for Node {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.project == other.project && self.kind == other.kind
    }
}

impl Eq for Node {}

impl Hash for Stored {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl PartialEq for Stored {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Stored {}

impl Borrow<Node> for Stored {
    fn borrow(&self) -> &Node {
        &self.0
    }
}

/// The one origin that is as `node` says.
pub(super) fn interned(node: Node) -> Origin {
    let index = usize::try_from(node.hash >> 32).unwrap_or_default() % SHARDS;
    let Some(shard) = SHARD.get(index) else { return Origin(Arc::new(node)) };
    let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = shard.known.get(&node) {
        return Origin(Arc::clone(&known.0));
    }
    if shard.known.len() >= MIN_SWEPT.max(shard.left * 2) {
        // What only the table refers to cannot be reached by anybody else while it is locked.
        shard.known.retain(|stored| Arc::strong_count(&stored.0) > 1);
        shard.left = shard.known.len();
    }
    let made = Arc::new(node);
    shard.known.insert(Stored(Arc::clone(&made)));
    Origin(made)
}
