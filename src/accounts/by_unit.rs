//! The accounts of units, found by a hash and listed in the order of their keys.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::Assignment;
use crate::value::UnitKey;

/// What is assigned to units. Which units there are never changes.
#[derive(Debug, Default)]
pub(super) struct ByUnit {
    /// In the order of the keys.
    all: Vec<(UnitKey, Assignment)>,
    places: FxHashMap<UnitKey, usize>,
}

impl ByUnit {
    fn place(&self, unit: &UnitKey) -> Option<usize> {
        self.places.get(unit).copied()
    }

    pub(super) fn get(&self, unit: &UnitKey) -> Option<&Assignment> {
        self.all.get(self.place(unit)?).map(|(_, assignment)| assignment)
    }

    pub(super) fn get_mut(&mut self, unit: &UnitKey) -> Option<&mut Assignment> {
        let place = self.place(unit)?;
        self.all.get_mut(place).map(|(_, assignment)| assignment)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&UnitKey, &Assignment)> {
        self.all.iter().map(|(unit, assignment)| (unit, assignment))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &UnitKey> {
        self.iter().map(|(unit, _)| unit)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Assignment> {
        self.iter().map(|(_, assignment)| assignment)
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut Assignment> {
        self.all.iter_mut().map(|(_, assignment)| assignment)
    }
}

/// Of what is assigned to one unit the last holds.
impl FromIterator<(UnitKey, Assignment)> for ByUnit {
    fn from_iter<I: IntoIterator<Item = (UnitKey, Assignment)>>(assigned: I) -> Self {
        let all: Vec<_> = assigned.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect();
        let places = all.iter().enumerate().map(|(place, (unit, _))| (unit.clone(), place)).collect();
        Self { all, places }
    }
}
