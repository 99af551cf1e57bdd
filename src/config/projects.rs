//! Several projects in one run: a configuration holds below its directory, and the nearest one first.
//!
//! What a configuration says of accounts, vendors, deployments and modules is true whatever the ones below it say, so it
//! is asked for when these say nothing. Levels of rules and ignores are decisions of a project: those of the nearest
//! configuration hold, so that a project is judged alike on its own and together with others.

use std::collections::BTreeMap;

use super::{Config, ConfigAccount, letters};
use crate::walk::policy::configured::Row;

impl Config {
    /// Adds the configuration of a project in a directory below this one. Those further up are added first.
    pub fn add_project(&mut self, directory: &str, project: Self) {
        let mut project = Self { directory: directory.to_owned(), ..project };
        for account in &mut project.accounts {
            directory.clone_into(&mut account.project);
        }
        for at in 0..project.accounts.len() {
            let found = project.accounts.get(at).filter(|account| account.id.is_none());
            let Some(known) = found.and_then(|account| self.known_above(directory, account)) else {
                continue;
            };
            let (id, of) = (known.id.clone(), known.project.clone());
            let is_free = id.is_none() || project.accounts.iter().all(|account| account.id != id);
            if let Some(account) = project.accounts.get_mut(at).filter(|_| is_free) {
                (account.id, account.project) = (id, of);
            }
        }
        self.add_inputs(directory, &mut project);
        self.projects.insert(directory.to_owned(), project);
    }

    /// The account that the nearest configuration above a directory has under the name of one without an ID.
    fn known_above(&self, directory: &str, account: &ConfigAccount) -> Option<&ConfigAccount> {
        let wanted = letters(&account.name);
        self.above(directory).find_map(|(config, _)| {
            let mut named = config.accounts.iter().filter(|known| letters(&known.name) == wanted);
            let exact = config.accounts.iter().find(|known| known.name == account.name);
            exact.or_else(|| named.next().filter(|_| named.next().is_none()))
        })
    }

    /// Moves the deployments and modules of a project here. Of two deployments with one root and name its own holds.
    fn add_inputs(&mut self, directory: &str, project: &mut Self) {
        let below = |path: &str| {
            if path.is_empty() { directory.to_owned() } else { format!("{directory}/{path}") }
        };
        let (all, own) = (&mut self.inputs, std::mem::take(&mut project.inputs));
        for mut deployment in own.terraform.deployments {
            deployment.root = below(&deployment.root);
            for file in deployment.value_files.iter_mut().chain(&mut deployment.plan) {
                *file = below(file);
            }
            all.terraform
                .deployments
                .retain(|other| (&other.root, &other.name) != (&deployment.root, &deployment.name));
            all.terraform.deployments.push(deployment);
        }
        for mut mapping in own.terraform.modules {
            mapping.directory = below(&mapping.directory);
            directory.clone_into(&mut mapping.callers);
            all.terraform.modules.push(mapping);
        }
        let nearer = own.policies.rows.into_iter().map(|row| Row { directory: directory.to_owned(), ..row });
        all.policies.rows.splice(..0, nearer);
        all.terraform.terms.extend(own.terraform.terms);
        for mut stack in own.cloudformation.stacks {
            stack.template = below(&stack.template);
            stack.parameter_file = stack.parameter_file.as_deref().map(below);
            if !all.cloudformation.stacks.contains(&stack) {
                all.cloudformation.stacks.push(stack);
            }
        }
    }

    /// This configuration and those of all projects below it, those further up first.
    pub fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.projects.values())
    }

    /// Does something to this configuration and to those of all projects below it.
    pub fn for_all(&mut self, mut change: impl FnMut(&mut Self)) {
        change(self);
        self.projects.values_mut().for_each(change);
    }

    /// The configurations of the directories that hold a path, the nearest first, each with the path as seen from it.
    pub fn above<'c, 'p>(&'c self, path: &'p str) -> impl Iterator<Item = (&'c Self, &'p str)> {
        let whole = Some(path).filter(|_| !self.projects.is_empty());
        let parents = std::iter::successors(whole, |path| Some(path.rsplit_once('/')?.0));
        let nested = parents.filter_map(move |directory| {
            let rest = path.get(directory.len()..).unwrap_or_default().trim_start_matches('/');
            Some((self.projects.get(directory)?, rest))
        });
        nested.chain(std::iter::once((self, path)))
    }

    /// The configuration nearest to a path.
    pub fn nearest(&self, path: &str) -> &Self {
        self.above(path).next().map_or(self, |(config, _)| config)
    }

    /// A path of the whole run as seen from the directory of this configuration, when it lies there.
    pub fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        if self.directory.is_empty() {
            return Some(path);
        }
        let rest = path.strip_prefix(self.directory.as_str())?;
        if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
    }

    /// Accounts that are in one organization here and in another one there: the configuration that is later, and what
    /// to say of it.
    pub fn in_two_organizations(&self) -> Vec<(&Self, String)> {
        let mut known: BTreeMap<&str, (&str, &Self)> = BTreeMap::new();
        let mut found = Vec::new();
        for config in self.all() {
            let Some(organization) = config.organization.as_deref() else { continue };
            let other = config.accounts.iter().find_map(|account| {
                let id = account.id.as_deref()?;
                let (other, of) = *known.entry(id).or_insert((organization, config));
                (other != organization).then_some((id, other, of))
            });
            if let Some((id, other, of)) = other {
                let file = of.path.as_deref().unwrap_or_default();
                found.push((config, format!(
                    "account {id} belongs to organization `{organization}` here and to `{other}` in `{file}`, so its \
                     organization is not known"
                )));
            }
        }
        found
    }
}
