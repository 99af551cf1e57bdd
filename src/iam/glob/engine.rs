//! Intersection and inclusion of token sequences.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Token;
use crate::bounds;

/// The question was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Overflow;

/// Whether some word is described by both: reachability over pairs of positions.
pub(super) fn intersect(p: &[Token], q: &[Token]) -> Result<bool, Overflow> {
    let mut seen = FxHashSet::default();
    let mut next = vec![(0, 0)];
    while let Some((i, j)) = next.pop() {
        if i == p.len() && j == q.len() {
            return Ok(true);
        }
        if !seen.insert((i, j)) {
            continue;
        }
        if seen.len() > bounds::GLOB_STATES {
            return Err(Overflow);
        }
        let (a, b) = (p.get(i).copied(), q.get(j).copied());
        if a.is_some_and(Token::repeats) {
            next.push((i + 1, j));
        }
        if b.is_some_and(Token::repeats) {
            next.push((i, j + 1));
        }
        let (Some(a), Some(b)) = (a, b) else { continue };
        if a.meets(b) {
            // Two repeating tokens gain nothing by repeating together.
            match (a.repeats(), b.repeats()) {
                (true, true) => {}
                (true, false) => next.push((i, j + 1)),
                (false, true) => next.push((i + 1, j)),
                (false, false) => next.push((i + 1, j + 1)),
            }
        }
    }
    Ok(false)
}

/// A set of positions in the outer patterns, sorted: pattern and position.
type Positions = Vec<(usize, usize)>;

/// Whether every word of `inner` is a word of one of `outer`.
///
/// `inner` is run against all of `outer` at once. A wildcard of `inner` is fed a letter that occurs nowhere:
/// only wildcards of `outer` take it, so a set of patterns that takes it takes every other letter as well.
pub(super) fn included(inner: &[Token], outer: &[Vec<Token>]) -> Result<bool, Overflow> {
    if inner.len() + outer.iter().map(Vec::len).sum::<usize>() > bounds::GLOB_STATES {
        return Err(Overflow);
    }
    let start = closure((0..outer.len()).map(|pattern| (pattern, 0)).collect(), outer);
    let mut seen: FxHashMap<usize, Vec<Rc<Positions>>> = FxHashMap::default();
    let mut next = vec![(0, Rc::new(start))];
    let mut states = 0usize;
    while let Some((at, set)) = next.pop() {
        if set.is_empty() {
            return Ok(false);
        }
        let before = seen.entry(at).or_default();
        // A smaller set that was, or will be, found good makes this one good.
        if before.iter().any(|smaller| smaller.iter().all(|position| set.binary_search(position).is_ok())) {
            continue;
        }
        before.push(Rc::clone(&set));
        states += set.len().max(1);
        if states > bounds::GLOB_STATES {
            return Err(Overflow);
        }
        let Some(token) = inner.get(at).copied() else {
            let ends = |&(pattern, position): &(usize, usize)| {
                outer.get(pattern).is_some_and(|p| p.len() == position)
            };
            if set.iter().any(ends) {
                continue;
            }
            return Ok(false);
        };
        match token {
            Token::Star => {
                next.push((at, Rc::new(step(&set, outer, Token::One))));
                next.push((at + 1, set));
            }
            // The filling of an unknown is chosen, so every place it can lead to counts.
            Token::Hole | Token::Segment => next.push((at + 1, Rc::new(reach(&set, outer, token)))),
            Token::Digit | Token::One | Token::Char(_) | Token::Letter { .. } => {
                next.push((at + 1, Rc::new(step(&set, outer, token))));
            }
        }
    }
    Ok(true)
}

/// The positions after one letter. `Token::One` as a letter is the one that occurs nowhere.
fn step(set: &Positions, outer: &[Vec<Token>], letter: Token) -> Positions {
    let mut after = Positions::new();
    for &(pattern, position) in set {
        let Some(token) = outer.get(pattern).and_then(|tokens| tokens.get(position)).copied() else {
            continue;
        };
        let takes = match (letter, token) {
            (Token::One, Token::One) => true,
            (Token::One, other) => other.repeats(),
            _ => letter.meets(token),
        };
        if takes {
            after.push((pattern, if token.repeats() { position } else { position + 1 }));
        }
    }
    closure(after, outer)
}

/// The positions after some word of `unknown`.
fn reach(set: &Positions, outer: &[Vec<Token>], unknown: Token) -> Positions {
    let mut known: FxHashSet<(usize, usize)> = set.iter().copied().collect();
    let mut all: Positions = set.clone();
    let mut index = 0;
    while let Some(&(pattern, position)) = all.get(index) {
        index += 1;
        let Some(token) = outer.get(pattern).and_then(|tokens| tokens.get(position)).copied() else {
            continue;
        };
        let following = (pattern, position + 1);
        if (token.repeats() || unknown.meets(token)) && known.insert(following) {
            all.push(following);
        }
    }
    all.sort_unstable();
    all
}

/// Adds what is reached by letting repeating tokens stand for nothing.
fn closure(mut set: Positions, outer: &[Vec<Token>]) -> Positions {
    let mut index = 0;
    while let Some(&(pattern, position)) = set.get(index) {
        index += 1;
        let token = outer.get(pattern).and_then(|tokens| tokens.get(position)).copied();
        if token.is_some_and(Token::repeats) {
            set.push((pattern, position + 1));
        }
    }
    set.sort_unstable();
    set.dedup();
    set
}
