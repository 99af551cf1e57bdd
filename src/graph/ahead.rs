//! Reading policy documents in parallel, before they get their places in the graph one after the other.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::accounts::normalise::Unreadable;
use crate::carriers::{self, ValueKind};
use crate::facts::Declaration;
use crate::iam::policy::Policy;
use crate::value::Value;

/// Documents that were read, by where their values lie in memory. Declarations stay where they are while a graph is built.
#[derive(Default)]
pub(super) struct ReadAhead(FxHashMap<usize, Result<Policy, Unreadable>>);

impl ReadAhead {
    /// The documents that declarations write where policies are written as a whole, as `read` reads them.
    pub(super) fn of<'d>(
        declarations: impl Iterator<Item = &'d Declaration>,
        read: impl Fn(&Value) -> Result<Policy, Unreadable> + Sync,
    ) -> Self {
        // With one thread nothing is won.
        if rayon::current_num_threads() == 1 {
            return Self::default();
        }
        let mut values: Vec<&Value> = declarations.flat_map(documents).collect();
        values.sort_unstable_by_key(|value| address(value));
        values.dedup_by_key(|value| address(value));
        Self(values.into_par_iter().map(|value| (address(value), read(value))).collect())
    }

    /// What was read of a value, once.
    pub(super) fn take(&mut self, value: &Value) -> Option<Result<Policy, Unreadable>> {
        if self.0.is_empty() { None } else { self.0.remove(&address(value)) }
    }
}

fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

fn documents(declaration: &Declaration) -> impl Iterator<Item = &Value> {
    let rows = carriers::carriers(&declaration.type_name).iter();
    let rows = rows.filter(|row| row.value_kind == ValueKind::JsonPolicy);
    let values = rows.flat_map(|row| carriers::chosen(&declaration.properties, &row.path));
    // One of several alternatives is read together with the others.
    values.filter(|(_, part_of)| part_of.is_none()).map(|(value, _)| value)
}
