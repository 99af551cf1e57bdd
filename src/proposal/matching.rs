//! Which units a witness speaks of.

use std::collections::{BTreeMap, BTreeSet};

use crate::bounds;
use crate::evidence::{Kind, Target, Witness};
use crate::outcome::{Survey, SurveyedUnit};

/// How a root module is deployed, where the project has one deployment of it and a witness tells of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Told<'a> {
    pub(super) values: Option<&'a str>,
    pub(super) workspace: Option<&'a str>,
}

/// The units of a project by what witnesses name.
pub(super) struct Matching<'s, 'u> {
    survey: &'s Survey,
    /// The units that are looked at.
    units: &'u [usize],
    by_path: BTreeMap<&'s str, Vec<usize>>,
    logins: &'s BTreeSet<String>,
}

impl<'s, 'u> Matching<'s, 'u> {
    pub(super) fn new(survey: &'s Survey, units: &'u [usize], logins: &'s BTreeSet<String>) -> Self {
        let mut by_path: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for index in units {
            if let Some(unit) = survey.surveyed.get(*index).filter(|unit| unit.key.is_default()) {
                by_path.entry(&unit.path).or_default().push(*index);
            }
        }
        Self { survey, units, by_path, logins }
    }

    fn unit(&self, index: usize) -> Option<&'s SurveyedUnit> {
        self.survey.surveyed.get(index)
    }

    fn at(&self, path: &str) -> &[usize] {
        self.by_path.get(path).map_or(&[], Vec::as_slice)
    }

    /// The units that a witness speaks of, each with how it is deployed where the project does not say that.
    pub(super) fn of(&self, witness: &'s Witness) -> Vec<(usize, Option<Told<'s>>)> {
        let plain = |found: Vec<usize>| found.into_iter().map(|index| (index, None)).collect();
        match &witness.target {
            Target::At { path, values: None, workspace: None } => match self.at(path) {
                [only] => vec![(*only, None)],
                _ => Vec::new(),
            },
            Target::At { path, values, workspace } => {
                self.deployment(path, values.as_deref(), workspace.as_deref())
            }
            Target::Below(directory) => {
                let below = self.by_path.iter().filter(|(path, _)| is_below(path, directory));
                let all = below.flat_map(|(_, units)| units.iter().copied());
                plain(all.take(bounds::ITEMS).collect())
            }
            Target::Values(file) => {
                let with = |index: &&usize| {
                    self.unit(**index).is_some_and(|unit| unit.key.is_default() && unit.files.contains(file))
                };
                plain(self.units.iter().filter(with).copied().collect())
            }
            Target::Only => {
                let all: Vec<usize> = self.by_path.values().flatten().copied().collect();
                if let [only] = all.as_slice() { vec![(*only, None)] } else { Vec::new() }
            }
            Target::Role(name) => {
                let mut declared = self.survey.roles.iter().filter(|(role, _)| role == name);
                let (Some((_, key)), None) = (declared.next(), declared.next()) else { return Vec::new() };
                let at =
                    self.units.iter().find(|index| self.unit(**index).is_some_and(|unit| unit.key == *key));
                plain(at.copied().into_iter().collect())
            }
        }
    }

    /// A deployment of a root module with a file of values or in a workspace.
    fn deployment(
        &self,
        path: &str,
        values: Option<&'s str>,
        workspace: Option<&'s str>,
    ) -> Vec<(usize, Option<Told<'s>>)> {
        let all = self.at(path);
        let is_it = |index: &&usize| {
            self.unit(**index).is_some_and(|unit| match values {
                Some(values) => unit.files.iter().any(|file| file == values),
                None => workspace.is_some_and(|name| unit.key.deployment_name() == Some(name)),
            })
        };
        if let Some(found) = all.iter().find(is_it) {
            return vec![(*found, None)];
        }
        match all {
            [only] if self.unit(*only).is_some_and(|unit| unit.key.is_plain() && unit.files.is_empty()) => {
                let told = Told { values, workspace };
                vec![(*only, Some(told))]
            }
            _ => Vec::new(),
        }
    }

    /// Whether a witness can speak of a unit: what is said of credentials says nothing of a provider that logs in elsewhere.
    pub(super) fn can_speak(&self, witness: &Witness, index: usize) -> bool {
        self.unit(index).is_some_and(|unit| {
            let logs_in = unit.assumes || unit.shown_term.is_some() || self.logins.contains(&unit.path);
            let is_weak = witness.kind == Kind::Role && unit.shown_term.is_some();
            !(is_weak || witness.kind.is_of_credentials() && logs_in)
        })
    }
}

/// Whether a path lies in a directory.
pub(super) fn is_below(path: &str, directory: &str) -> bool {
    directory.is_empty()
        || path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
