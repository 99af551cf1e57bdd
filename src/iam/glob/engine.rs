//! Intersection and inclusion of token sequences.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Token;
use crate::bounds;

/// The question was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Overflow;

/// Whether some word is described by both: reachability over pairs of positions.
///
/// Between two letters there is one way on, which no other pair leads to, so only pairs are noted that follow a branch or are one.
pub(super) fn intersect(left: &[Token], right: &[Token]) -> Result<bool, Overflow> {
    let mut seen = Pairs::of(left.len(), right.len())?;
    let mut next = vec![(0, 0)];
    let mut states = 0usize;
    while let Some((i, j)) = next.pop() {
        if (i, j) != (0, 0) && !seen.insert(i, j) {
            continue;
        }
        let is_letter = |token: Option<&Token>| token.is_some_and(|token| !token.repeats());
        let are_letters = is_letter(left.get(i)) && is_letter(right.get(j));
        let rest = (left.get(i..).unwrap_or_default(), right.get(j..).unwrap_or_default());
        let together = if are_letters { alike(rest.0, rest.1) } else { 0 };
        let (i, j) = (i + together, j + together);
        let (a, b) = (left.get(i).copied(), right.get(j).copied());
        let is_branch = [a, b].into_iter().flatten().any(Token::repeats);
        let is_known = together > 0 && is_branch && !seen.insert(i, j);
        let is_end = i == left.len() && j == right.len();
        states += together + usize::from(!is_known && !is_end);
        if states > bounds::GLOB_STATES {
            return Err(Overflow);
        }
        if is_end {
            return Ok(true);
        }
        if is_known {
            continue;
        }
        if a.is_some_and(Token::repeats) {
            next.push((i + 1, j));
        }
        if b.is_some_and(Token::repeats) {
            next.push((i, j + 1));
        }
        let (Some(a), Some(b)) = (a, b) else { continue };
        // Two repeating tokens gain nothing by repeating together.
        match (a.repeats(), b.repeats()) {
            (true, false) if a.meets(b) => next.push((i, j + 1)),
            (false, true) if a.meets(b) => next.push((i + 1, j)),
            _ => {}
        }
    }
    Ok(false)
}

/// Pairs of positions in two sequences, a bit for each.
struct Pairs {
    width: usize,
    size: usize,
    /// Empty as long as no pair was noted, which most questions need none for.
    bits: Vec<u64>,
}

impl Pairs {
    fn of(left: usize, right: usize) -> Result<Self, Overflow> {
        let width = right + 1;
        let size = width.checked_mul(left + 1).filter(|size| *size <= bounds::GLOB_PAIRS).ok_or(Overflow)?;
        Ok(Self { width, size, bits: Vec::new() })
    }

    /// Notes a pair; whether it is a new one.
    fn insert(&mut self, i: usize, j: usize) -> bool {
        if self.bits.is_empty() {
            self.bits.resize(self.size.div_ceil(64), 0);
        }
        let at = i * self.width + j;
        let Some(word) = self.bits.get_mut(at / 64) else { return false };
        let bit = 1 << (at % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }
}

/// How far both go together letter by letter.
fn alike(p: &[Token], q: &[Token]) -> usize {
    p.iter().zip(q).take_while(|(a, b)| !a.repeats() && !b.repeats() && a.meets(**b)).count()
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
    let mut start: Positions = (0..outer.len()).map(|pattern| (pattern, 0)).collect();
    close(&mut start, outer);
    let mut seen: FxHashMap<usize, Vec<Positions>> = FxHashMap::default();
    let mut next = vec![(0, start)];
    let (mut states, mut after) = (0usize, Positions::new());
    while let Some((mut at, mut set)) = next.pop() {
        let before = seen.entry(at).or_default();
        // A smaller set that was, or will be, found good makes this one good.
        if before.iter().any(|smaller| smaller.iter().all(|position| set.binary_search(position).is_ok())) {
            continue;
        }
        before.push(set.clone());
        // A letter leads on in one way, so what follows it is not noted.
        loop {
            if set.is_empty() {
                return Ok(false);
            }
            states += set.len();
            if states > bounds::GLOB_STATES {
                return Err(Overflow);
            }
            match inner.get(at).copied() {
                None => {
                    let ends = |&(pattern, position): &(usize, usize)| {
                        outer.get(pattern).is_some_and(|p| p.len() == position)
                    };
                    if set.iter().any(ends) {
                        break;
                    }
                    return Ok(false);
                }
                Some(Token::Star) => {
                    step(&set, outer, Token::One, &mut after);
                    next.push((at, std::mem::take(&mut after)));
                    next.push((at + 1, set));
                    break;
                }
                // The filling of an unknown is chosen, so every place it can lead to counts.
                Some(unknown @ (Token::Hole | Token::Segment)) => {
                    next.push((at + 1, reach(&set, outer, unknown)));
                    break;
                }
                Some(letter @ (Token::Digit | Token::One | Token::Char(_) | Token::Letter { .. })) => {
                    step(&set, outer, letter, &mut after);
                    std::mem::swap(&mut set, &mut after);
                    at += 1;
                }
            }
        }
    }
    Ok(true)
}

/// The positions after one letter. `Token::One` as a letter is the one that occurs nowhere.
fn step(set: &[(usize, usize)], outer: &[Vec<Token>], letter: Token, after: &mut Positions) {
    after.clear();
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
    close(after, outer);
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
fn close(set: &mut Positions, outer: &[Vec<Token>]) {
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
}
