//! Which directories call which: what is evaluated on its own, and what only one of these needs.

use std::collections::{BTreeMap, BTreeSet};

use super::values;
use crate::source::Sources;
use crate::walk::terraform::module::modules::{Modules, is_open};

/// The directories of all modules, each with those that it may call.
pub(super) struct Calls<'a> {
    of: BTreeMap<&'a str, Vec<&'a str>>,
    /// Whether a call says only when it is evaluated which module it means.
    is_open: bool,
}

impl<'a> Calls<'a> {
    pub(super) fn of(modules: &Modules<'a>) -> Self {
        let (mut of, mut any_is_open) = (BTreeMap::new(), false);
        for directory in modules.by_directory.names() {
            let Some(module) = modules.by_directory.get(directory) else { continue };
            let calls = module.calls.values();
            any_is_open |= calls.clone().any(|call| is_open(call));
            of.insert(directory, calls.flat_map(|call| modules.named(module, call)).collect());
        }
        Self { of, is_open: any_is_open }
    }

    fn called_by(&self, directory: &str) -> &[&'a str] {
        self.of.get(directory).map_or(&[], Vec::as_slice)
    }

    /// The directories that are evaluated on their own: those that no module of the project calls, and those that
    /// say of themselves that they are deployed (a backend, a `terraform.tfvars`). Modules that call each other in a
    /// circle are refused by Terraform, but each is read once.
    pub(super) fn roots(&self, sources: &Sources, modules: &Modules<'a>) -> Vec<&'a str> {
        let called: BTreeSet<&str> = self.of.values().flatten().copied().collect();
        let is_deployed = |directory: &str| {
            let module = modules.by_directory.get(directory);
            module.is_some_and(|module| module.has_backend)
                || values::value_files(sources, directory).next().is_some()
        };
        let (sure, others): (Vec<&'a str>, Vec<&'a str>) =
            self.of.keys().partition(|directory| !called.contains(**directory) || is_deployed(directory));
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        let mut roots = sure;
        for directory in &roots {
            self.reach(directory, &mut reached);
        }
        for directory in others {
            if !reached.contains(directory) {
                roots.push(directory);
                self.reach(directory, &mut reached);
            }
        }
        roots.sort_unstable();
        roots
    }

    fn reach(&self, directory: &'a str, reached: &mut BTreeSet<&'a str>) {
        let mut left = vec![directory];
        while let Some(directory) = left.pop() {
            if reached.insert(directory) {
                left.extend(self.called_by(directory));
            }
        }
    }

    /// The directories that one of these alone needs, each with that one.
    pub(super) fn needed_by_one(
        &self,
        roots: impl IntoIterator<Item = &'a str>,
    ) -> BTreeMap<&'a str, &'a str> {
        let mut needed: BTreeMap<&'a str, Option<&'a str>> = BTreeMap::new();
        for root in roots.into_iter().filter(|_| !self.is_open) {
            let mut left = vec![(root, Some(root))];
            while let Some((directory, by)) = left.pop() {
                let by = match needed.get(directory) {
                    // What was followed for it, or for several.
                    Some(known) if *known == by || known.is_none() => continue,
                    Some(_) => None,
                    None => by,
                };
                needed.insert(directory, by);
                left.extend(self.called_by(directory).iter().map(|called| (*called, by)));
            }
        }
        needed.into_iter().filter_map(|(directory, by)| Some((directory, by?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_call_is_needed_by_no_one_alone_nor_is_what_that_calls() {
        let calls = [
            ("a", vec!["own", "shared"]),
            ("b", vec!["shared", "late"]),
            ("below", vec![]),
            ("c", vec!["late"]),
            ("late", vec!["own"]),
            ("own", vec!["own below"]),
            ("own below", vec!["own"]),
            ("shared", vec!["below"]),
        ];
        let mut calls = Calls { of: calls.into_iter().collect(), is_open: false };
        let needed = |calls: &Calls<'static>, roots: &[&'static str]| -> Vec<(&str, &str)> {
            calls.needed_by_one(roots.iter().copied()).into_iter().collect()
        };
        assert_eq!(needed(&calls, &["a"]).len(), 5);
        assert_eq!(needed(&calls, &["a", "b"]), [("a", "a"), ("b", "b"), ("late", "b")]);
        assert_eq!(needed(&calls, &["a", "b", "c"]), [("a", "a"), ("b", "b"), ("c", "c")]);
        calls.is_open = true;
        assert_eq!(needed(&calls, &["a", "b", "c"]), []);
    }
}
