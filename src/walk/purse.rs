//! What evaluation may cost, divided so that nobody spends what another one needs.
//!
//! Everything that is declared has a reserve of its own, which is spent first. What needs more takes it from what all have in
//! common, whoever comes first. So a declaration that would be evaluated for ever costs the others nothing but the common part,
//! and hardly any declaration ever needs that.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::source::Span;

/// Who pays: the outermost call that leads to it, when there is one, and what is declared, where both are written. All instances
/// that loops make of it have one reserve.
pub(in crate::walk) type Payer = (Option<Span>, Span);

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub(in crate::walk) struct Limits {
    /// What all have in common.
    pub(in crate::walk) common: u32,
    /// What each has for itself.
    pub(in crate::walk) reserve: u32,
    /// What all may take from their reserves together.
    pub(in crate::walk) reserves: u32,
}

/// What may be spent, and who spends it.
pub(in crate::walk) struct Purse {
    reserve: u32,
    common: Cell<u32>,
    reserves: Cell<u32>,
    /// What is left of the reserve of whoever spends now.
    own: Cell<u32>,
    /// What is left of the reserves of those who took from them.
    left: RefCell<FxHashMap<Payer, u32>>,
    /// Where somebody spends now, and how often that changed.
    place: Cell<Option<Span>>,
    turn: Cell<u32>,
    /// Where there was not enough.
    refused: RefCell<BTreeSet<Span>>,
}

impl Purse {
    /// A purse from which nothing is spent yet.
    pub(in crate::walk) fn new(limits: Limits) -> Self {
        Self {
            reserve: limits.reserve,
            common: Cell::new(limits.common),
            reserves: Cell::new(limits.reserves),
            own: Cell::new(0),
            left: RefCell::default(),
            place: Cell::default(),
            turn: Cell::default(),
            refused: RefCell::default(),
        }
    }

    /// Does something that `payer` pays for. When it is not enough, that is said at `place`.
    pub(in crate::walk) fn pays<T>(&self, payer: Payer, place: Span, work: impl FnOnce() -> T) -> T {
        let left = self.left.borrow().get(&payer).copied().unwrap_or(self.reserve);
        let had = left.min(self.reserves.get());
        let (outer_own, outer_place) = (self.own.replace(had), self.place.replace(Some(place)));
        let outer_turn = self.turn.get();
        self.turn.set(outer_turn.wrapping_add(1));
        let result = work();
        let spent = had.saturating_sub(self.own.get());
        if spent > 0 {
            self.left.borrow_mut().insert(payer, left.saturating_sub(spent));
            self.reserves.set(self.reserves.get().saturating_sub(spent));
        }
        self.own.set(outer_own);
        self.place.set(outer_place);
        result
    }

    /// Takes something; `false` when there is not enough, and then nothing is left.
    pub(in crate::walk) fn take(&self, amount: u32) -> bool {
        let own = self.own.get();
        if own >= amount {
            self.own.set(own - amount);
            return true;
        }
        self.own.set(0);
        let wanted = amount - own;
        let common = self.common.get();
        self.common.set(common.saturating_sub(wanted));
        if common >= wanted {
            return true;
        }
        if let Some(place) = self.place.get() {
            self.refused.borrow_mut().insert(place);
        }
        false
    }

    /// Changes whenever somebody else pays.
    pub(in crate::walk) fn turn(&self) -> u32 {
        self.turn.get()
    }

    /// Where there was not enough, in the order of the places.
    pub(in crate::walk) fn refused(&self) -> Vec<Span> {
        self.refused.borrow().iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    const LIMITS: Limits = Limits { common: 10, reserve: 4, reserves: 100 };

    fn place(at: usize) -> Span {
        Span::new(SourceId::first(), at, at + 1)
    }

    fn spent(purse: &Purse, at: usize, most: u32) -> u32 {
        purse.pays((None, place(at)), place(at), || {
            (0..most).take_while(|_| purse.take(1)).fold(0, |all, _| all + 1)
        })
    }

    #[test]
    fn who_spends_everything_leaves_the_others_their_reserves() {
        let purse = Purse::new(LIMITS);
        assert_eq!(spent(&purse, 0, 1_000), 14);
        assert_eq!(spent(&purse, 0, 1_000), 0, "all instances of it have one reserve");
        assert_eq!(spent(&purse, 1, 1_000), 4);
        assert_eq!(purse.refused(), [place(0), place(1)]);
    }

    #[test]
    fn what_is_taken_from_a_reserve_is_not_taken_from_the_common_part() {
        let purse = Purse::new(LIMITS);
        (0..20).for_each(|at| assert_eq!(spent(&purse, at, 4), 4));
        assert_eq!(spent(&purse, 20, 1_000), 14);
        assert_eq!(purse.refused(), [place(20)]);
    }

    #[test]
    fn all_reserves_together_have_a_bound() {
        let purse = Purse::new(Limits { common: 0, reserve: 4, reserves: 6 });
        assert_eq!([0, 1, 2].map(|at| spent(&purse, at, 9)), [4, 2, 0]);
    }

    #[test]
    fn what_is_done_for_another_inside_is_paid_by_that_one() {
        let purse = Purse::new(LIMITS);
        purse.pays((None, place(0)), place(0), || {
            assert!(purse.take(3));
            assert_eq!(spent(&purse, 1, 4), 4);
            assert!(purse.take(1));
        });
        assert_eq!(spent(&purse, 2, 1_000), 14);
    }
}
