//! Circles: sets of which each member uses each other in the end.

use std::collections::BTreeMap;

/// The sets of more than one member, the largest first (Tarjan's way: each member is entered once; what was entered after it
/// and leads back to it is one set with it).
pub(super) fn circles<'a>(uses: &BTreeMap<&'a str, Vec<&'a str>>) -> Vec<Vec<&'a str>> {
    let mut search = Search { uses, entered: BTreeMap::new(), open: Vec::new(), found: Vec::new() };
    for member in uses.keys() {
        if !search.entered.contains_key(member) {
            search.enter(member);
        }
    }
    search.found.sort_by_key(|set| (std::cmp::Reverse(set.len()), set.first().copied()));
    search.found
}

struct Search<'a, 'b> {
    uses: &'b BTreeMap<&'a str, Vec<&'a str>>,
    /// When each member was entered; the last number for those whose set is found.
    entered: BTreeMap<&'a str, usize>,
    open: Vec<&'a str>,
    found: Vec<Vec<&'a str>>,
}

impl<'a> Search<'a, '_> {
    /// The earliest member of an open set that is reached from here.
    fn enter(&mut self, member: &'a str) -> usize {
        let own = self.entered.len();
        self.entered.insert(member, own);
        self.open.push(member);
        let mut earliest = own;
        for used in self.uses.get(member).into_iter().flatten() {
            let reached = match self.entered.get(used) {
                Some(number) => *number,
                None => self.enter(used),
            };
            earliest = earliest.min(reached);
        }
        if earliest == own {
            let at = self.open.iter().position(|open| *open == member).unwrap_or_default();
            let mut set = self.open.split_off(at);
            self.entered.extend(set.iter().map(|member| (*member, usize::MAX)));
            set.sort_unstable();
            if set.len() > 1 {
                self.found.push(set);
            }
        }
        earliest
    }
}
