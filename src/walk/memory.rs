//! What a run leaves to the next one: what was made of texts that are still the same is not made again.
//!
//! Everything that is kept was made by something that depends on nothing but the texts that it read (noted where
//! [`Sources`] is asked), the list of files, and what it is told, which is kept with it and compared. When the list of files is
//! another one, nothing is kept: an ID would mean another file, and what was not there may be. What a run did not use
//! is dropped at its end.

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::source::reads::{note, noted};
use crate::source::{Before, SourceId, Sources};

/// Things that were made of texts, by what they are called, with what was told besides.
#[derive(Debug)]
pub(in crate::walk) struct Kept<K, V, T = ()> {
    last: FxHashMap<K, Arc<Entry<V, T>>>,
    now: Mutex<FxHashMap<K, Arc<Entry<V, T>>>>,
}

#[derive(Debug)]
struct Entry<V, T> {
    read: Vec<SourceId>,
    told: T,
    made: Arc<V>,
}

impl<K, V, T> Default for Kept<K, V, T> {
    fn default() -> Self {
        Self { last: FxHashMap::default(), now: Mutex::default() }
    }
}

impl<K: Eq + Hash, V, T> Kept<K, V, T> {
    /// Ends a run: what was used in it is left to the next one.
    pub(in crate::walk) fn end(&mut self) {
        self.last = std::mem::take(self.now.get_mut().unwrap_or_else(PoisonError::into_inner));
    }

    /// What is left to the next run.
    #[cfg(test)]
    pub(in crate::walk) fn left(&self) -> impl Iterator<Item = (&K, Arc<V>)> {
        self.last.iter().map(|(key, entry)| (key, Arc::clone(&entry.made)))
    }

    /// Which texts something of this run was made of; none in a run that stands alone.
    fn read(&self, key: &K) -> Vec<SourceId> {
        let now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.get(key).map(|entry| entry.read.clone()).unwrap_or_default()
    }

    fn keep(&self, key: K, entry: Arc<Entry<V, T>>) {
        self.now.lock().unwrap_or_else(PoisonError::into_inner).insert(key, entry);
    }
}

/// What may be used of the things of an earlier run; nothing in a run that stands alone.
#[derive(Debug)]
pub(in crate::walk) struct Recall<'m, K, V, T = ()> {
    sources: &'m Sources,
    before: Option<(&'m Before, &'m Kept<K, V, T>)>,
}

impl<K, V, T> Clone for Recall<'_, K, V, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V, T> Copy for Recall<'_, K, V, T> {}

impl<K: Eq + Hash, V> Recall<'_, K, V> {
    /// What was made under a name of the same texts; else it is made, on this thread.
    pub(in crate::walk) fn again(&self, key: K, make: impl FnOnce() -> V) -> Arc<V> {
        self.again_if(|| key, (|| (), |(), _| true), make)
    }
}

impl<'m, K: Eq + Hash, V, T> Recall<'m, K, V, T> {
    /// What may be used of one sort of the things that an earlier run left.
    pub(in crate::walk) fn of<M>(
        sources: &'m Sources,
        before: Option<(&'m Before, &'m M)>,
        sort: fn(&M) -> &Kept<K, V, T>,
    ) -> Self {
        Self { sources, before: before.map(|(before, all)| (before, sort(all))) }
    }

    /// Which texts something that was asked for is made of, for who is asked for it in turn; none in a run that stands alone.
    pub(in crate::walk) fn read(&self, key: &K) -> Vec<SourceId> {
        self.before.map(|(_, kept)| kept.read(key)).unwrap_or_default()
    }

    /// What was made under a name of the same texts when it fits what is told now: `tell` says what that is, to be kept, and `fits` whether
    /// something that was made when something else was told is right.
    pub(in crate::walk) fn again_if(
        &self,
        key: impl FnOnce() -> K,
        (tell, fits): (impl FnOnce() -> T, impl FnOnce(&T, &V) -> bool),
        make: impl FnOnce() -> V,
    ) -> Arc<V> {
        let Some((before, kept)) = self.before else { return Arc::new(make()) };
        let key = key();
        let is_known = |entry: &&Arc<Entry<V, T>>| {
            fits(&entry.told, &entry.made) && entry.read.iter().all(|id| before.is_same(self.sources, *id))
        };
        let entry = if let Some(known) = kept.last.get(&key).filter(is_known) {
            note(&known.read);
            Arc::clone(known)
        } else {
            let (made, read) = noted(make);
            Arc::new(Entry { read, told: tell(), made: Arc::new(made) })
        };
        let made = Arc::clone(&entry.made);
        kept.keep(key, entry);
        made
    }
}

/// A number that tells what was made in one go from all else.
pub(in crate::walk) fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    struct Run {
        before: Before,
        lengths: Kept<&'static str, usize>,
    }

    impl Run {
        /// The length of a text with that of its neighbour, and how much was made anew.
        fn of(&mut self, a: &str, b: &str, wanted: &[&'static str]) -> (Vec<usize>, usize) {
            let texts = [("a", a), ("b", b), ("c", "ccc")];
            let sources = Sources::in_memory(texts.map(|(path, text)| (path.to_owned(), text.to_owned())));
            if !self.before.begin(&sources) {
                self.lengths = Kept::default();
            }
            let made = Cell::new(0);
            let recall = Recall { sources: &sources, before: Some((&self.before, &self.lengths)) };
            let length = |name: &&'static str| {
                let both = || {
                    made.set(made.get() + 1);
                    let length = |path| sources.find(path).map_or(0, |id| sources.text_or_empty(id).len());
                    length(name) + length("c")
                };
                *recall.again(*name, both)
            };
            let lengths = wanted.iter().map(length).collect();
            self.lengths.end();
            self.before.end(&sources);
            (lengths, made.get())
        }
    }

    #[test]
    fn only_what_read_a_text_that_is_another_is_made_again() {
        let mut run = Run { before: Before::default(), lengths: Kept::default() };
        assert_eq!(run.of("a", "bb", &["a", "b"]), (vec![4, 5], 2));
        assert_eq!(run.of("a", "bb", &["a", "b"]), (vec![4, 5], 0));
        assert_eq!(run.of("a", "b", &["a", "b"]), (vec![4, 4], 1));
    }

    #[test]
    fn what_was_told_something_else_is_made_again_if_it_matters() {
        let sources = Sources::in_memory([]);
        let (mut before, mut kept) = (Before::default(), Kept::<&str, u8, u8>::default());
        let mut made_with = |told: u8| {
            before.begin(&sources);
            let recall = Recall { sources: &sources, before: Some((&before, &kept)) };
            let is_even = |told: u8| told.is_multiple_of(2);
            let telling = (|| told, |last: &u8, _: &u8| is_even(*last) == is_even(told));
            let made = *recall.again_if(|| "x", telling, || told);
            kept.end();
            before.end(&sources);
            made
        };
        assert_eq!([2, 4, 3, 5].map(&mut made_with), [2, 2, 3, 3]);
    }

    #[test]
    fn what_a_run_did_not_use_is_dropped() {
        let mut run = Run { before: Before::default(), lengths: Kept::default() };
        run.of("a", "bb", &["a", "b"]);
        run.of("a", "bb", &["a"]);
        assert_eq!(run.of("a", "bb", &["a", "b"]), (vec![4, 5], 1));
    }
}
