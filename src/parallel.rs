//! Work on many things, on all threads that there are.
//!
//! Threads take what is next one by one, so that none waits while others have much before them, as happens where they are given
//! parts of a list in advance: few files and root modules are long, and those lie together.
//!
//! What evaluates one unit stays on its thread, because the texts that it reads are noted for that
//! ([`source::reads`](crate::source::reads)): a thread that waits for others there would take up something else meanwhile, and what
//! others read would be noted for nobody. Only a plan that is read for itself asks for no text but its own. `tests/house.rs` knows which
//! files use this module and rayon.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

/// What is made of each, in their order.
pub fn each<T: Sync, R: Send>(all: &[T], make: impl Fn(&T) -> R + Sync) -> Vec<R> {
    match threads() {
        1 => all.iter().map(make).collect(),
        threads => on(threads, all.len(), |at| all.get(at).map(&make)),
    }
}

/// The same, where some take much longer than others: the largest are begun first, so that none is left alone at the end.
pub fn largest_first<T: Sync, R: Send, S: Ord>(
    all: &[T],
    size: impl Fn(&T) -> S,
    make: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    match threads() {
        1 => all.iter().map(make).collect(),
        threads => {
            let mut order: Vec<(usize, &T)> = all.iter().enumerate().collect();
            order.sort_by_cached_key(|(_, one)| Reverse(size(one)));
            let made = on(threads, order.len(), |at| order.get(at).map(|(at, one)| (*at, make(one))));
            in_order(made)
        }
    }
}

/// The same, where each takes so little that threads take many at a time.
pub fn each_of_many<T: Sync, R: Send>(all: &[T], make: impl Fn(&T) -> R + Sync) -> Vec<R> {
    match threads() {
        1 => all.iter().map(make).collect(),
        threads => {
            let parts: Vec<&[T]> = all.chunks(all.len() / (threads * 16) + 1).collect();
            let made = each(&parts, |part| part.iter().map(&make).collect::<Vec<R>>());
            made.into_iter().flatten().collect()
        }
    }
}

/// Sorts; what is equal keeps its order.
pub fn sort_by<T: Send>(all: &mut [T], compare: impl Fn(&T, &T) -> std::cmp::Ordering + Sync) {
    match threads() {
        1 => all.sort_by(compare),
        _ => all.par_sort_by(compare),
    }
}

/// Two things at a time.
pub fn both<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    match threads() {
        1 => (one(), other()),
        _ => rayon::join(one, other),
    }
}

/// Frees what nobody needs any more: beside what is done next, where there are threads for both.
pub fn free(unneeded: impl Send + 'static) {
    if threads() > 1 {
        rayon::spawn(move || drop(unneeded));
    }
}

/// How many threads there are.
pub fn threads() -> usize {
    rayon::current_num_threads()
}

/// What `make` makes of the places up to `many`, in their order.
fn on<R: Send>(threads: usize, many: usize, make: impl Fn(usize) -> Option<R> + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < many);
    let own = |_| {
        let mut made = Vec::new();
        while let Some(at) = take() {
            made.extend(make(at).map(|one| (at, one)));
        }
        made
    };
    let made: Vec<Vec<(usize, R)>> =
        (0..threads.min(many)).into_par_iter().with_max_len(1).map(own).collect();
    in_order(made.into_iter().flatten().collect())
}

fn in_order<R>(mut made: Vec<(usize, R)>) -> Vec<R> {
    // Each thread has made its own in order.
    made.sort_by_key(|(at, _)| *at);
    made.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_threads<R: Send>(work: impl Fn() -> R + Sync + Send) -> [R; 3] {
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        [1, 2, 8].map(|threads| pool(threads).install(&work))
    }

    #[test]
    fn what_is_made_has_the_order_of_what_it_is_made_of() {
        let all: Vec<usize> = (0..1_000).map(|at| at * 37 % 1_000).collect();
        let double = |one: &usize| one * 2;
        let doubled: Vec<usize> = all.iter().map(double).collect();
        for made in on_threads(|| (each(&all, double), largest_first(&all, |one| *one, double))) {
            assert_eq!(made, (doubled.clone(), doubled.clone()));
        }
        assert_eq!(on_threads(|| each_of_many(&all, double)), [(); 3].map(|()| doubled.clone()));
        assert_eq!(on_threads(|| each(&[], double)), [const { Vec::<usize>::new() }; 3]);
    }

    #[test]
    fn what_is_equal_keeps_its_order() {
        let sorted = on_threads(|| {
            let mut all: Vec<(usize, usize)> = (0..10_000).map(|at| (at * 37 % 10, at)).collect();
            sort_by(&mut all, |one, other| one.0.cmp(&other.0));
            all
        });
        assert!(sorted.iter().all(|all| all.is_sorted()));
    }

    #[test]
    fn the_largest_are_begun_first() {
        let all = [3, 9, 1, 7];
        let begun = std::sync::Mutex::new(Vec::new());
        let one = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        one.install(|| largest_first(&all, |one| *one, |one| begun.lock().unwrap().push(*one)));
        let begun = begun.into_inner().unwrap();
        assert!(begun.iter().position(|it| *it == 1) > Some(1), "{begun:?}");
    }
}
