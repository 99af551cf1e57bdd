//! What identifies a unit of deployment.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::FxHasher;

/// The identity of a unit: where it lies, and which of the things that are deployed from there it is.
///
/// A directory `a@b` and the provider alias `b` of the directory `a` are shown alike and are not the same.
#[derive(Clone)]
pub struct UnitKey(Arc<Inner>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Inner {
    path: Arc<str>,
    within: Vec<(Within, Arc<str>)>,
    hash: u64,
}

/// How a unit is told from others of the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Within {
    /// One of several deployments of a root module or template, by its name.
    Deployment,
    /// A provider configuration other than the default one, by its alias or the module that has it.
    Provider,
    /// What a stack set deploys, by the address of the set.
    StackSet,
    /// An account that a stack set deploys to.
    Account,
    /// Whoever runs Terraform for a unit, whose account need not be that of the unit.
    Runner,
}

impl UnitKey {
    /// The unit of a directory or file, when there is no other there.
    pub fn of(path: impl Into<Arc<str>>) -> Self {
        Self::made(path.into(), Vec::new())
    }

    /// The unit of what belongs to none.
    pub fn nowhere() -> Self {
        Self::of("")
    }

    pub(super) fn is_nowhere(&self) -> bool {
        self.0.path.is_empty()
    }

    /// One of the units that belong to this one.
    #[must_use]
    pub fn within(&self, kind: Within, name: impl Into<Arc<str>>) -> Self {
        let within = self.0.within.iter().cloned().chain([(kind, name.into())]).collect();
        Self::made(Arc::clone(&self.0.path), within)
    }

    /// The account of whoever runs Terraform for it.
    #[must_use]
    pub fn runner(&self) -> Self {
        self.within(Within::Runner, "")
    }

    /// Whether it stands for whoever runs Terraform.
    pub fn is_runner(&self) -> bool {
        self.0.within.last().is_some_and(|(kind, _)| *kind == Within::Runner)
    }

    /// The same one of another place.
    #[must_use]
    pub fn at(&self, path: impl Into<Arc<str>>) -> Self {
        Self::made(path.into(), self.0.within.clone())
    }

    fn made(path: Arc<str>, within: Vec<(Within, Arc<str>)>) -> Self {
        let mut hasher = FxHasher::default();
        (&path, &within).hash(&mut hasher);
        Self(Arc::new(Inner { path, within, hash: hasher.finish() }))
    }

    /// The directory or file, below the project root.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// What tells it from others of the same place, the outermost first.
    pub fn narrowed(&self) -> &[(Within, Arc<str>)] {
        &self.0.within
    }

    /// Whether it is the only unit, or the default one, of a place.
    pub fn is_plain(&self) -> bool {
        self.0.within.is_empty()
    }

    /// The deployment that it belongs to: the same without the provider configuration.
    #[must_use]
    pub fn deployment(&self) -> Self {
        let is_of_it = |(kind, _): &&(Within, Arc<str>)| !matches!(kind, Within::Provider | Within::Runner);
        Self::made(Arc::clone(&self.0.path), self.0.within.iter().take_while(is_of_it).cloned().collect())
    }

    /// Whether it is the default unit of a place, or of one of several deployments of it.
    pub fn is_default(&self) -> bool {
        self.0.within.iter().all(|(kind, _)| *kind == Within::Deployment)
    }

    /// The name of its provider configuration, when that is not the default one.
    pub fn provider_name(&self) -> Option<&str> {
        let named = self.0.within.iter().find(|(kind, _)| *kind == Within::Provider);
        named.map(|(_, name)| &**name)
    }

    /// Which of several deployments of a place it is of, when there are several.
    pub fn deployment_name(&self) -> Option<&str> {
        let named = self.0.within.iter().find(|(kind, _)| *kind == Within::Deployment);
        named.map(|(_, name)| &**name)
    }

    /// The name of the provider configuration, when this is a unit of `whole` with another one than the default.
    pub fn provider_of(&self, whole: &Self) -> Option<&str> {
        match self.0.within.split_last() {
            Some(((Within::Provider, name), rest))
                if self.0.path == whole.0.path && rest == whole.0.within.as_slice() =>
            {
                Some(name)
            }
            _ => None,
        }
    }
}

impl PartialEq for UnitKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Eq for UnitKey {}

impl Hash for UnitKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl PartialOrd for UnitKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for UnitKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

/// `envs/prod`, `envs/prod@eu`: for people, and never compared.
impl fmt::Display for UnitKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What lies in another project begins with slashes, which no path of this one does.
        let mut shown = self.0.path.trim_start_matches('/').to_owned();
        for (kind, name) in &self.0.within {
            shown = match kind {
                Within::Runner => format!("the credentials that {shown} is run with"),
                Within::Account => format!("{shown}/{name}"),
                Within::Deployment | Within::Provider | Within::StackSet => format!("{shown}@{name}"),
            };
        }
        formatter.write_str(&shown)
    }
}

impl fmt::Debug for UnitKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::{UnitKey, Within};

    #[test]
    fn what_is_shown_alike_is_not_the_same() {
        let directory = UnitKey::of("a@b");
        let alias = UnitKey::of("a").within(Within::Provider, "b");
        assert_eq!(directory.to_string(), alias.to_string());
        assert_ne!(directory, alias);
        assert_eq!(alias, UnitKey::of("a").within(Within::Provider, "b"));
        assert_eq!(alias.provider_of(&UnitKey::of("a")), Some("b"));
        assert_eq!(directory.provider_of(&UnitKey::of("a")), None);
    }
}
