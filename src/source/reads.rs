//! Which texts a piece of work reads, for who wants to do it again only when one of them is another.
//!
//! It is noted for the thread that does the work, where [`Sources`](super::Sources) is asked for a text: so nothing that reads one
//! can forget to say so. What is handed to other threads meanwhile is not noted.

use std::cell::RefCell;

use rustc_hash::FxHashSet;

use super::SourceId;

thread_local! {
    static NOTED: RefCell<Option<FxHashSet<SourceId>>> = const { RefCell::new(None) };
}

/// Does something on this thread, and says which texts that read.
pub fn noted<T>(work: impl FnOnce() -> T) -> (T, Vec<SourceId>) {
    let outer = NOTED.with_borrow_mut(|noted| noted.replace(FxHashSet::default()));
    let result = work();
    let own = NOTED.with_borrow_mut(|noted| std::mem::replace(noted, outer)).unwrap_or_default();
    let own: Vec<SourceId> = own.into_iter().collect();
    // Who does something around it has read them too.
    note(&own);
    (result, own)
}

/// Takes note of texts, for who has something that was made of them before.
pub fn note(read: &[SourceId]) {
    NOTED.with_borrow_mut(|noted| {
        if let Some(noted) = noted {
            noted.extend(read);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn three() -> (Sources, [SourceId; 3]) {
        let sources =
            Sources::in_memory(["a", "b", "c"].map(|path| (path.to_owned(), format!("{path}\n{path}"))));
        let ids = ["a", "b", "c"].map(|path| sources.find(path).unwrap());
        (sources, ids)
    }

    #[test]
    fn what_is_read_inside_is_read_outside_too() {
        let (sources, [a, b, c]) = three();
        let ((_, inner), mut outer) = noted(|| {
            assert_eq!(&*sources.text_or_empty(a), "a\na");
            let inner = noted(|| sources.text_or_empty(b));
            assert_eq!(sources.position(c, 2).line, 2);
            inner
        });
        outer.sort();
        assert_eq!((inner, outer), (vec![b], vec![a, b, c]));
    }

    #[test]
    fn a_text_that_was_read_before_is_noted_again() {
        let (sources, [a, ..]) = three();
        for _ in 0..2 {
            assert_eq!(noted(|| sources.position(a, 2).line).1, [a]);
            assert_eq!(noted(|| sources.look(a).map(drop)).1, [a]);
        }
        assert_eq!(noted(|| sources.find("a")).1, []);
    }
}
