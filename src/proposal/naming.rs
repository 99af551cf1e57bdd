//! How proposed accounts are called.

use std::collections::{BTreeMap, BTreeSet};

use crate::evidence::{Named, NamedBy, called};
use crate::outcome::SurveyedUnit;

/// Words with which people call accounts, and directories for what is deployed to one.
pub(super) const ENVIRONMENTS: [&str; 46] = [
    "acceptance",
    "alpha",
    "audit",
    "backup",
    "beta",
    "demo",
    "dev",
    "develop",
    "development",
    "devops",
    "hub",
    "identity",
    "int",
    "integration",
    "log-archive",
    "logarchive",
    "logging",
    "logs",
    "management",
    "master",
    "mgmt",
    "network",
    "networking",
    "non-prod",
    "nonprod",
    "payer",
    "pre-prod",
    "preprod",
    "prd",
    "prod",
    "production",
    "qa",
    "root",
    "sandbox",
    "sec",
    "security",
    "shared",
    "shared-services",
    "sharedservices",
    "stage",
    "staging",
    "stg",
    "test",
    "testing",
    "tools",
    "uat",
];

/// Those of them that are never the name of a part of a system.
pub(super) const STAGES: [&str; 19] = [
    "acceptance",
    "dev",
    "develop",
    "development",
    "non-prod",
    "nonprod",
    "pre-prod",
    "preprod",
    "prd",
    "prod",
    "production",
    "qa",
    "sandbox",
    "stage",
    "staging",
    "stg",
    "test",
    "testing",
    "uat",
];

/// Segments of paths that say how a repository is laid out, not for which account.
const LAYOUT: [&str; 26] = [
    "account",
    "accounts",
    "aws",
    "cloudformation",
    "components",
    "deploy",
    "deployments",
    "env",
    "environment",
    "environments",
    "envs",
    "global",
    "iac",
    "infra",
    "infrastructure",
    "live",
    "main",
    "modules",
    "regions",
    "resources",
    "roots",
    "src",
    "stacks",
    "templates",
    "terraform",
    "terragrunt",
];

/// The names that lists give to IDs.
pub(super) struct Names<'e> {
    by_id: BTreeMap<&'e str, Vec<&'e Named>>,
    /// The IDs that a key of a map or a name beside an ID gives.
    by_name: BTreeMap<&'e str, BTreeSet<&'e str>>,
    all: &'e [Named],
}

impl<'e> Names<'e> {
    pub(super) fn new(all: &'e [Named]) -> Self {
        let mut by_id: BTreeMap<&str, Vec<&Named>> = BTreeMap::new();
        let mut by_name: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for named in all {
            by_id.entry(&named.id).or_default().push(named);
            if matches!(named.by, NamedBy::Key | NamedBy::Beside) {
                by_name.entry(&named.name).or_default().insert(&named.id);
            }
        }
        Self { by_id, by_name, all }
    }

    /// What lists call an ID, when it is said in one of these ways: the name that occurs most.
    fn called(&self, id: &str, by: &[NamedBy]) -> Option<&'e Named> {
        // A name that several IDs have is that of a list.
        let is_alone = |named: &&Named| self.by_name.get(&*named.name).is_none_or(|ids| ids.len() == 1);
        let all = self.by_id.get(id)?.iter().copied();
        let all: Vec<&Named> = all.filter(|named| by.contains(&named.by)).filter(is_alone).collect();
        let count = |name: &str| all.iter().filter(|named| named.name == name).count();
        all.iter().copied().min_by_key(|named| {
            let named: &'e Named = named;
            (std::cmp::Reverse(count(&named.name)), named.name.len(), named.name.as_str(), named.span)
        })
    }

    /// The only ID that lists give to a name.
    pub(super) fn id_of(&self, name: &str) -> Option<&'e Named> {
        let ids = self.by_name.get(name)?;
        let id = ids.first().filter(|_| ids.len() == 1)?;
        self.by_id.get(id)?.iter().copied().find(|named| named.name == name)
    }

    /// The entry of a map that an expression names: `var.accounts.shared.id`, `local.ids["core"]`.
    pub(super) fn entry(&self, term: &str) -> Option<&'e Named> {
        let keys = keys_of(term);
        let is_it = |named: &&Named| {
            named.path.strip_prefix(keys.as_slice()).is_some_and(|rest| {
                rest.is_empty() || rest.len() == 1 && rest.iter().all(|key| called(key).is_none())
            })
        };
        let mut found = self.all.iter().filter(|named| keys.len() > 1 && is_it(named));
        let first = found.next()?;
        found.all(|other| other.id == first.id).then_some(first)
    }
}

/// The keys of an expression without what begins it: of `var.accounts["a"].id` these are `accounts`, `a`, `id`.
fn keys_of(term: &str) -> Vec<String> {
    let keys = term.split(['.', '[', ']', '"']).filter(|key| !key.is_empty());
    keys.skip(1).map(str::to_owned).collect()
}

/// What is known of an account that gets a name.
pub(super) struct Asked<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) term: Option<&'a str>,
    pub(super) directory: Option<&'a str>,
    pub(super) units: Vec<usize>,
}

/// The segments of the paths of units, with the names of their deployments and provider configurations.
pub(super) struct Segments {
    of_unit: BTreeMap<usize, BTreeSet<String>>,
    /// How many units have each.
    counts: BTreeMap<String, usize>,
}

impl Segments {
    pub(super) fn new<'u>(units: impl Iterator<Item = (usize, &'u SurveyedUnit)>) -> Self {
        let mut segments = Self { of_unit: BTreeMap::new(), counts: BTreeMap::new() };
        for (index, unit) in units {
            // What a deployment or a provider configuration is called tells as much as a directory.
            let parts =
                unit.path.split('/').chain(unit.key.deployment_name()).chain(unit.key.provider_name());
            let names = parts.filter(|part| !part.contains('.')).filter_map(called);
            let names: BTreeSet<String> = names.collect();
            for name in &names {
                *segments.counts.entry(name.as_str().to_owned()).or_default() += 1;
            }
            segments.of_unit.insert(index, names);
        }
        segments
    }

    /// The segments that all these units have and no other.
    fn shared(&self, units: &[usize]) -> Vec<&str> {
        let mut all = units.iter().filter_map(|unit| self.of_unit.get(unit));
        let mut shared: Vec<&str> = all.next().into_iter().flatten().map(String::as_str).collect();
        for other in all {
            shared.retain(|segment| other.contains(*segment));
        }
        shared.retain(|segment| self.counts.get(*segment) == Some(&units.len()) && !LAYOUT.contains(segment));
        shared
    }

    /// The one of them with which people call accounts.
    fn usual(&self, units: &[usize]) -> Option<&str> {
        self.shared(units).into_iter().find(|segment| ENVIRONMENTS.contains(segment))
    }

    /// The only one of them. Where there is no other account, each segment is one that no other has.
    fn only(&self, units: &[usize]) -> Option<&str> {
        let shared = self.shared(units);
        let is_all = units.len() == self.of_unit.len();
        shared.first().filter(|_| shared.len() == 1 && !is_all).copied()
    }
}

/// The name of an account.
pub(super) fn name(names: &Names<'_>, segments: &Segments, profiles: &str, asked: &Asked<'_>) -> String {
    let by = |by: &[NamedBy]| Some(names.called(asked.id?, by)?.name.as_str().to_owned());
    let of_profile = || {
        let profile = asked.term?.strip_prefix(PROFILE)?;
        called(profile.strip_prefix(profiles).unwrap_or(profile)).or_else(|| called(profile))
    };
    let of_term = || {
        let term = asked.term.filter(|term| !term.starts_with(PROFILE))?;
        keys_of(term).iter().rev().find_map(|key| called(key)).or_else(|| called(term))
    };
    let found = by(&[NamedBy::Key])
        .or_else(|| by(&[NamedBy::Beside]))
        .or_else(|| asked.directory.map(str::to_owned))
        .or_else(|| segments.usual(&asked.units).map(str::to_owned))
        .or_else(of_profile)
        .or_else(of_term)
        .or_else(|| segments.only(&asked.units).map(str::to_owned))
        .or_else(|| by(&[NamedBy::Comment]))
        .or_else(|| by(&[NamedBy::Table]));
    found.unwrap_or_else(|| asked.id.map_or_else(|| "account".to_owned(), |id| format!("account-{id}")))
}

/// Whether a term stands for one account wherever it is written: a profile, an entry of a collection, a name in an organization. A
/// variable alone has another value in each root module.
pub(super) fn is_alias(term: &str) -> bool {
    let is_name = term.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_'));
    term.starts_with(PROFILE) || is_name || keys_of(term).len() > 1
}

/// What terms of profiles begin with.
pub(super) const PROFILE: &str = "profile:";

/// What all profiles begin with, up to a separator.
pub(super) fn shared_by_profiles<'t>(terms: impl Iterator<Item = &'t str>) -> String {
    let profiles: BTreeSet<&str> = terms.filter_map(|term| term.strip_prefix(PROFILE)).collect();
    let (Some(first), Some(last)) = (profiles.first(), profiles.last()) else { return String::new() };
    let ends = first.match_indices(['-', '_', '.', '/']).map(|(at, _)| at + 1);
    let mut starts = ends.rev().filter_map(|end| first.get(..end)).filter(|_| profiles.len() > 1);
    let is_shared = |start: &&str| last.starts_with(start) && profiles.iter().all(|it| it.starts_with(start));
    starts.find(is_shared).unwrap_or_default().to_owned()
}

/// Makes a name unlike those that are taken, and unlike keys that mean something else.
pub(super) fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let name = if matches!(name, "file" | "maps") { format!("{name}-account") } else { name.to_owned() };
    let mut numbered = (2..).map(|number| format!("{name}-{number}"));
    let free = if taken.contains(&name) { numbered.find(|name| !taken.contains(name)) } else { None };
    let free = free.unwrap_or(name);
    taken.insert(free.as_str().to_owned());
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_profiles_share_is_no_part_of_a_name() {
        let of = |profiles: &[&str]| shared_by_profiles(profiles.iter().copied());
        assert_eq!(of(&["profile:acme-dev", "profile:acme-prod", "var.x"]), "acme-");
        assert_eq!(of(&["profile:acme-dev"]), "");
        assert_eq!(of(&["profile:dev", "profile:prod"]), "");
    }

    #[test]
    fn keys_of_expressions_are_told() {
        assert_eq!(keys_of("var.accounts[\"a\"].id"), ["accounts", "a", "id"]);
        assert_eq!(keys_of("hub"), Vec::<String>::new());
    }
}
