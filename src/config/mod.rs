//! `trustlint.toml`: accounts, vendors, levels of rules, ignores.
//!
//! Works on text. Which file is the configuration, and reading it, is the business of `discover`.

mod bundles;
mod check;
mod imports;
mod levels;
mod organizations;
mod projects;
mod read;
mod tier;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use rustc_hash::FxHashMap;

use crate::walk::Inputs;

pub use check::{ConfigCheck, FailOn, Profile, SEVERITIES};
pub use imports::{Named, NamedFile};
pub use levels::{Called, Closeness, Level, Selectors};
pub use tier::Tier;

/// The JSON schema of a configuration: <https://json-schema.org/draft/2020-12>
pub const SCHEMA: &str = include_str!("schema.json");

/// The configuration of a project.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The path of the file it came from, below the project root; `None` when there is no file.
    pub path: Option<String>,
    /// The directory that it holds for, below the project root; empty for the root.
    pub directory: String,
    /// The configurations of projects below it, by their directories.
    pub projects: BTreeMap<String, Config>,
    /// `organization.id`, such as `o-a1b2c3d4e5`.
    pub organization: Option<String>,
    /// Where `organization.id` is written: a byte range of the configuration.
    pub organization_range: (usize, usize),
    /// `organization.oidc`: our tenants of shared identity providers.
    pub tenants: Vec<ConfigTenant>,
    /// Our own accounts, in the order written; those of `accounts.file` come last.
    pub accounts: Vec<ConfigAccount>,
    /// `accounts.file`, and where it is written. Its content is added with [`Config::add_organization`].
    pub accounts_file: Option<AccountsFile>,
    /// `[[snapshot]]`: what files that say something of live accounts do not say themselves.
    pub snapshots: Vec<ConfigSnapshot>,
    /// `accounts.maps`: collections in templates whose keys are names of accounts; `*` stands for the key.
    pub maps: Vec<String>,
    /// `imports.bundles`: what other projects declare.
    pub bundles: Vec<PathGlob>,
    /// Outside parties we deal with.
    pub vendors: Vec<ConfigVendor>,
    /// How the rules are reported that a word of `[rules]` means: a name, a family, an effect.
    pub levels: FxHashMap<String, Level>,
    /// `[check]`: what is wanted of a run.
    pub check: ConfigCheck,
    /// Findings that are accepted.
    pub ignores: Vec<ConfigIgnore>,
    /// `[[terraform.root]]`, `--var-file` and `--parameter`: how templates are deployed.
    pub inputs: Inputs,
    /// `--account GLOB=ID`: the paths, and the index of the account they belong to.
    pub overrides: Vec<(PathGlob, usize)>,
}

/// One account of ours.
#[derive(Clone, Debug, Default)]
pub struct ConfigAccount {
    /// The name used in messages; the id when it has no name.
    pub name: String,
    /// The directory of the configuration whose name it is; empty for the root.
    pub project: String,
    /// The twelve digits. A name without an id is still an account different from the others.
    pub id: Option<String>,
    /// The paths deployed to it.
    pub paths: Vec<PathGlob>,
    /// What of it the analyzed files hold to the last one: nothing, when there may be more of everything.
    pub coverage: Vec<Covered>,
    /// What templates call it: profiles (`profile:NAME`), expressions as they are written, names in an organization.
    pub aliases: Vec<String>,
    /// The regions that are used in it. What does not say its region is in the only one.
    pub regions: Vec<String>,
    /// Files that say what is in the live account.
    pub snapshots: Vec<PathGlob>,
    /// The ARN of the role or user with which Terraform runs that assumes a role in it.
    pub deployer: Option<String>,
    /// How much it matters, when somebody says so.
    pub tier: Option<Tier>,
}

/// One tenant of ours at an identity provider that many share: `github:acme`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigTenant {
    /// The issuer, without scheme.
    pub issuer: &'static str,
    /// The organization, group or project there.
    pub name: String,
}

/// `[[snapshot]]`.
#[derive(Clone, Debug)]
pub struct ConfigSnapshot {
    /// The files.
    pub path: PathGlob,
    /// The ARN of the resource that they are the policy of.
    pub resource: Option<String>,
    /// The day on which they were taken.
    pub taken: Option<Date>,
    /// How many days they may be old before a run says so.
    pub max_age: Option<u32>,
}

impl ConfigAccount {
    /// An account of which only the ID is known.
    fn of_id(id: &str) -> Self {
        Self { name: id.to_owned(), id: Some(id.to_owned()), ..Self::default() }
    }

    /// What identifies it: its ID, else its name with the directory of its project, as projects may have one name for
    /// different accounts.
    pub fn identity(&self) -> Cow<'_, str> {
        match &self.id {
            Some(id) => Cow::Borrowed(id),
            None if self.project.is_empty() => Cow::Borrowed(&self.name),
            None => Cow::Owned(format!("{}/{}", self.project, self.name)),
        }
    }

    /// The account as it is shown: `prod (222222222222)`.
    pub fn shown(&self) -> String {
        match &self.id {
            Some(id) if *id != self.name => format!("{} ({id})", self.name),
            _ => self.name.clone(),
        }
    }
}

/// What of an account the analyzed files can hold to the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Covered {
    /// Its roles, users and groups, with all that is attached to them.
    Identities,
    /// Its buckets, keys, queues and whatever else can have a policy.
    Resources,
}

/// `accounts.file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountsFile {
    /// The path, relative to the configuration.
    pub path: String,
    /// Its place in the configuration, for messages.
    pub line: usize,
    /// Its place in the configuration, for messages.
    pub column: usize,
}

/// An outside party we deal with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigVendor {
    /// The name used in messages.
    pub name: String,
    /// Its accounts.
    pub ids: Vec<String>,
}

/// A finding that is accepted. Every part that is given must match.
#[derive(Clone, Debug, Default)]
pub struct ConfigIgnore {
    /// The rule.
    pub rule: Option<String>,
    /// The address of the declaration.
    pub address: Option<String>,
    /// The files.
    pub path: Option<PathGlob>,
    /// The principal as written, such as an account id or an ARN.
    pub principal: Option<String>,
    /// The fingerprint.
    pub fingerprint: Option<String>,
    /// Why it is accepted.
    pub reason: Option<String>,
    /// The last day it holds.
    pub until: Option<Date>,
    /// Where it is written: a byte range of the configuration.
    pub range: (usize, usize),
}

/// A mistake in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: error: {message}")]
pub struct ConfigError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// A pattern for paths below the project root: `*` stays inside one directory, `**` does not.
///
/// A pattern also covers what lies below it, so `prod`, `prod/` and `prod/**` say the same; and `prod/**` covers
/// the directory `prod`, since a Terraform module is known by its directory.
#[derive(Clone)]
pub struct PathGlob {
    written: String,
    set: globset::GlobSet,
    /// Where it is written: a byte range of the configuration; `None` for one of the command line.
    range: Option<(usize, usize)>,
}

impl fmt::Debug for PathGlob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.fmt(formatter)
    }
}

impl PathGlob {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// When the pattern is malformed; the text says how.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let cleaned = pattern.trim_start_matches("./").trim_end_matches('/');
        let base = cleaned.strip_suffix("/**").unwrap_or(cleaned);
        if base.is_empty() {
            return Err("an empty pattern matches nothing; write `**` for everything".to_owned());
        }
        if base.split('/').any(|part| part == "..") || base.starts_with('/') {
            return Err(format!("`{pattern}` leaves the project; paths are relative to it"));
        }
        let mut set = globset::GlobSetBuilder::new();
        for pattern in
            if base == "." { vec!["**".to_owned()] } else { vec![base.to_owned(), format!("{base}/**")] }
        {
            let glob = globset::GlobBuilder::new(&pattern).literal_separator(true).build();
            set.add(glob.map_err(|error| error.kind().to_string())?);
        }
        let set = set.build().map_err(|error| error.kind().to_string())?;
        Ok(Self { written: pattern.to_owned(), set, range: None })
    }

    /// The same, written at this byte range of the configuration.
    #[must_use]
    fn at(self, start: usize, end: usize) -> Self {
        Self { range: Some((start, end)), ..self }
    }

    /// Where it is written: a byte range of the configuration.
    pub fn range(&self) -> Option<(usize, usize)> {
        self.range
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether the path of a file or directory, below the project root and with `/`, matches.
    pub fn matches(&self, path: &str) -> bool {
        self.set.is_match(path)
    }
}

impl Config {
    /// Reads a configuration; `rules` are the names of all rules, with their families and effects.
    ///
    /// # Errors
    ///
    /// All mistakes, in the order of their places.
    pub fn parse<'a>(text: &str, rules: impl Into<Selectors<'a>>) -> Result<Self, Vec<ConfigError>> {
        read::read(text, rules.into())
    }

    /// The same, read from a file at this path below the project root.
    #[must_use]
    pub fn from_file(mut self, path: &str) -> Self {
        for row in &mut self.inputs.policies.rows {
            path.clone_into(&mut row.file);
        }
        for told in self.inputs.terraform.deployments.iter_mut().filter_map(|it| it.told.as_mut()) {
            told.file = Some(path.to_owned());
        }
        self.path = Some(path.to_owned());
        self
    }

    /// Adds the accounts of an organization: what `aws organizations list-accounts` prints. An account that is
    /// listed in the configuration keeps its name there; one that is listed without an ID is the one of that name.
    ///
    /// # Errors
    ///
    /// When the text is not such a list.
    pub fn add_organization(&mut self, text: &str) -> Result<(), ConfigError> {
        let listed = organizations::read(text)?;
        let mut alike: BTreeMap<String, usize> = BTreeMap::new();
        for account in &listed {
            *alike.entry(letters(&account.name)).or_default() += 1;
        }
        for account in listed {
            if self.accounts.iter().any(|known| known.id == account.id) {
                continue;
            }
            let wanted = letters(&account.name);
            let only = alike.get(&wanted) == Some(&1);
            let is_it = |known: &&mut ConfigAccount| {
                let same = known.name == account.name || only && letters(&known.name) == wanted;
                known.id.is_none() && same
            };
            match self.accounts.iter_mut().find(is_it) {
                Some(known) => known.id = account.id,
                None => self.accounts.push(account),
            }
        }
        Ok(())
    }

    /// Adds `--account GLOB=ID`. The account is an id or the name of a listed account.
    ///
    /// # Errors
    ///
    /// When it is neither, or the pattern is malformed.
    pub fn add_override(&mut self, glob: &str, account: &str) -> Result<(), String> {
        let glob = PathGlob::new(glob)?;
        let is_it = |known: &ConfigAccount| known.name == account || known.id.as_deref() == Some(account);
        let index = if let Some(index) = self.accounts.iter().position(is_it) {
            index
        } else {
            let added = self.account_of_a_project(account)?;
            self.accounts.push(added);
            self.accounts.len() - 1
        };
        self.overrides.push((glob, index));
        Ok(())
    }

    /// The account that only a project has listed under this ID or name, or one of which only the ID is known.
    fn account_of_a_project(&self, account: &str) -> Result<ConfigAccount, String> {
        let all = || self.all().flat_map(|config| &config.accounts);
        let is_it = |known: &&ConfigAccount| known.name == account || known.id.as_deref() == Some(account);
        if let Some(found) = all().find(is_it) {
            if all().filter(is_it).any(|other| other.identity() != found.identity()) {
                return Err(format!("projects have different accounts `{account}`; write the ID"));
            }
            let unsaid = ConfigAccount { paths: Vec::new(), ..found.clone() };
            return Ok(unsaid);
        }
        if is_account_id(account) {
            return Ok(ConfigAccount::of_id(account));
        }
        let near = suggestion(account, all().map(|known| known.name.as_str()));
        Err(format!("`{account}` is neither twelve digits nor an account of the configuration{near}"))
    }

    /// The account that a file or directory below the project root is deployed to, when the command line says so.
    pub fn given_for_path(&self, path: &str) -> Option<&ConfigAccount> {
        let (_, index) = self.overrides.iter().find(|(glob, _)| glob.matches(path))?;
        self.accounts.get(*index)
    }

    /// The account that a file or directory below the project root is deployed to, when a configuration says so. The first
    /// pattern that matches wins, those of the nearest configuration first.
    pub fn account_for_path(&self, path: &str) -> Option<&ConfigAccount> {
        self.above(path).find_map(|(config, below)| {
            let is_in = |account: &&ConfigAccount| account.paths.iter().any(|glob| glob.matches(below));
            config.accounts.iter().find(is_in)
        })
    }

    /// The account that a path of the project knows by this name: that of the nearest configuration which has it.
    pub fn account_called(&self, name: &str, path: &str) -> Option<&ConfigAccount> {
        self.above(path).find_map(|(config, _)| config.accounts.iter().find(|account| account.name == name))
    }

    /// The account with this id.
    pub fn account(&self, id: &str) -> Option<&ConfigAccount> {
        self.accounts.iter().find(|account| account.id.as_deref() == Some(id))
    }

    /// The vendor that this account id belongs to.
    pub fn vendor(&self, id: &str) -> Option<&ConfigVendor> {
        self.vendors.iter().find(|vendor| vendor.ids.iter().any(|known| known == id))
    }
}

/// The letters and digits of a name, in small: `Prod EU` and `prod-eu` are names of one account.
pub fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Whether the text is an account id: twelve digits.
fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A day, written `2027-01-31` and in no other way.
pub fn day(written: &str) -> Option<Date> {
    let is_usual = written.len() == 10 && written.matches('-').count() == 2;
    written.parse().ok().filter(|_| is_usual)
}

/// `; did you mean ...?` when one of `known` is near to what was written, else nothing.
pub fn suggestion<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(written, known).map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// The name that somebody who wrote another one probably meant.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |name: &&str| strsim::damerau_levenshtein(written, name);
    let nearest = known.into_iter().map(|name| (distance(&name), name)).min();
    let is_near = |distance: usize| distance * 3 <= written.chars().count().max(4);
    nearest.filter(|(distance, _)| is_near(*distance)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests;
