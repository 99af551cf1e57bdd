//! Which account a unit is deployed to, and whose account another one is.
//!
//! The first of these wins, and what won is shown by `trustlint accounts`: `--account`, the configured paths,
//! what the template says (provider blocks, a CDK manifest), a directory named like an account, else unknown. An
//! unknown account is a term of its own and never guessed.

mod key;
mod look_ups;
pub mod normalise;

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::config::{Config, ConfigAccount, Covered, letters};
use crate::facts::{AccountHint, Coverage, Declaration, Placed, Unit};
use crate::iam::arn::is_account_id;
use crate::iam::data;
use crate::iam::glob;
use crate::source::Span;
use crate::value::{Answer, Because, Class, Origin, OriginKind, Symbol, Text, UnitKey, Value};
use look_ups::LookUps;

/// The accounts of all units, and what is known about other accounts.
#[derive(Debug)]
pub struct Accounts {
    units: BTreeMap<UnitKey, Assignment>,
    /// The regions of units, where the template says.
    regions: FxHashMap<UnitKey, Text>,
    look_ups: LookUps,
    names: FxHashMap<String, String>,
    own: FxHashSet<String>,
    vendors: FxHashMap<String, String>,
    /// What the analyzed files hold to the last one, by the identity of the account in the configuration.
    covered: FxHashMap<String, Vec<Covered>>,
    /// The accounts of which snapshots hold all identities of a kind, by the identity of the account.
    seen: FxHashMap<String, Vec<Coverage>>,
    /// The accounts of the configuration, by the letters and digits of their names; `None` where several have the same.
    called: FxHashMap<String, Option<Text>>,
    /// Whether somebody has said which accounts are ours: see [`Accounts::lists_any`].
    told: bool,
    /// Whether there is one configuration only, so that accounts with different names are different.
    one_project: bool,
    organization: Option<String>,
    /// The organizations of accounts by their IDs; `None` for what is said to be in several.
    organizations: FxHashMap<String, Option<String>>,
}

/// The account of a unit, and how it is known.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The account: literal digits, a name from the configuration as a symbol, or a symbol of the unit.
    pub account: Text,
    /// How it is known; empty when it is not.
    pub evidence: String,
    /// Where the template says so.
    pub span: Option<Span>,
}

/// Whose account it is, seen from the unit that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone<'a> {
    /// The very account of the unit.
    Same,
    /// Another account of ours: configured, or the account of another unit.
    Own,
    /// An outside party we deal with, by name; `declared` in the configuration or known to the world.
    Vendor {
        /// Its name.
        name: &'a str,
        /// Whether the configuration names it.
        declared: bool,
    },
    /// An account AWS uses for a service, such as log delivery.
    Aws {
        /// Whether it assumes roles of customers from there.
        assumes_roles: bool,
    },
    /// A literal account that is none of these.
    Outside,
    /// Not known which account it is.
    Unknown,
}

impl Accounts {
    /// Assigns every unit its account.
    pub fn new(units: &[Unit], config: &Config) -> Self {
        let mut accounts = Self {
            units: BTreeMap::new(),
            regions: FxHashMap::default(),
            look_ups: LookUps::default(),
            names: FxHashMap::default(),
            own: FxHashSet::default(),
            vendors: FxHashMap::default(),
            covered: FxHashMap::default(),
            seen: FxHashMap::default(),
            called: FxHashMap::default(),
            told: says_whose(units, config),
            one_project: config.projects.is_empty(),
            organization: config.all().find_map(|config| config.organization.clone()),
            organizations: FxHashMap::default(),
        };
        let mut regions: FxHashMap<String, Option<Text>> = FxHashMap::default();
        for config in config.all() {
            accounts.add(config);
            for (account, region) in config.accounts.iter().filter_map(only_region) {
                let one = regions.entry(account).or_insert_with(|| Some(region.clone()));
                *one = one.take().filter(|known| *known == region);
            }
        }
        for unit in units {
            let assignment = assign(unit, config);
            if let Some(id) = assignment.account.as_literal() {
                accounts.own.insert(id.into_owned());
            }
            let own = unit.region.as_ref().filter(|region| region.as_literal().is_some());
            let configured = || regions.get(identity_of(&assignment.account)?.as_ref())?.as_ref();
            if let Some(region) = own.or_else(configured) {
                accounts.regions.insert(unit.key.clone(), region.clone());
            }
            accounts.units.insert(unit.key.clone(), assignment);
        }
        accounts.join_units();
        accounts
    }

    /// Adds what a configuration says of accounts. Of two names for one account the first stays.
    fn add(&mut self, config: &Config) {
        for account in &config.accounts {
            if let Some(id) = &account.id {
                self.names.entry(id.clone()).or_insert_with(|| account.name.clone());
                if config.organization.is_some() {
                    let one = self.organizations.entry(id.clone());
                    let one = one.or_insert_with(|| config.organization.clone());
                    *one = one.take().filter(|known| Some(known) == config.organization.as_ref());
                }
            }
            let identity = account.identity().into_owned();
            self.covered.entry(identity).or_default().extend(&account.coverage);
            let term = term_of(account, Span::start_of(no_source()));
            let one = self.called.entry(letters(&account.name)).or_insert_with(|| Some(term.clone()));
            *one = one.take().filter(|known| *known == term);
        }
        for vendor in &config.vendors {
            for id in &vendor.ids {
                self.vendors.entry(id.clone()).or_insert_with(|| vendor.name.clone());
            }
        }
    }

    /// Adds what look-ups find: what the declared parameters of the parameter store hold, by the origin of what reads
    /// them, and the paths of declared identities.
    #[must_use]
    pub fn with_declared(mut self, parameters: &[(Origin, Value)], declarations: &[Declaration]) -> Self {
        self.look_ups = LookUps::new(parameters, declarations, &self);
        for key in self.units.keys().cloned().collect::<Vec<_>>() {
            let account = self.normalised(self.of(&key).into_owned());
            if let Some(id) = account.as_literal() {
                self.own.insert(id.into_owned());
            }
            if let Some(assignment) = self.units.get_mut(&key) {
                assignment.account = account;
            }
        }
        self
    }

    /// Adds of which accounts snapshots hold all identities.
    #[must_use]
    pub fn with_covered(mut self, covered: Vec<Coverage>) -> Self {
        for one in covered {
            if let Some(account) = identity_of(&self.of(&one.unit)).map(Cow::into_owned) {
                self.seen.entry(account).or_default().push(one);
            }
        }
        self
    }

    /// The region of a unit, where the template says it.
    pub fn region(&self, unit: &UnitKey) -> Option<&Text> {
        self.regions.get(unit)
    }

    /// Gives units that are said to be in the account of another unit that account, as far as it is known.
    fn join_units(&mut self) {
        let others = self.units.iter().map(|(key, assignment)| {
            let other = assignment.account.as_symbol().filter(|symbol| symbol.class == Class::Account);
            let other = other.filter(|symbol| !symbol.origin.is_unit(key))?;
            self.units.get(unit_of(other)?).map(|other| other.account.clone())
        });
        let others: Vec<Option<Text>> = others.collect();
        for (assignment, other) in self.units.values_mut().zip(others) {
            if let Some(account) = other {
                assignment.account = account;
            }
        }
    }

    /// The account of a unit: literal digits when known, else a symbol.
    pub fn of(&self, unit: &UnitKey) -> Cow<'_, Text> {
        let unknown = || {
            let symbol = Symbol::new(Class::Account, unit, Because::Run);
            Cow::Owned(Text::symbol(symbol, Span::start_of(no_source())))
        };
        self.units.get(unit).map_or_else(unknown, |assignment| Cow::Borrowed(&assignment.account))
    }

    /// All units with their accounts, in the order of their keys.
    pub fn units(&self) -> impl Iterator<Item = (&UnitKey, &Assignment)> {
        self.units.iter()
    }

    /// How many different accounts units are deployed to, as far as known.
    pub fn count(&self) -> usize {
        self.distinct(|_| true)
    }

    /// How many of these are known without their ID.
    pub fn count_without_id(&self) -> usize {
        self.distinct(|account| account.as_literal().is_none())
    }

    fn distinct(&self, counts: impl Fn(&Text) -> bool) -> usize {
        let known = self.units.values().filter(|assignment| !assignment.evidence.is_empty());
        let accounts = known.map(|assignment| &assignment.account).filter(|account| !is_of_a_unit(account));
        let mut ids: Vec<String> = accounts.filter(|account| counts(account)).map(Text::to_string).collect();
        ids.sort();
        ids.dedup();
        ids.len()
    }

    /// What stands for the account of a unit whose ID is not known, when it is the account of other units, too.
    pub fn identity(&self, unit: &UnitKey, assignment: &Assignment) -> Option<String> {
        let account = &assignment.account;
        if assignment.evidence.is_empty() || self.is_assigned(account) {
            return None;
        }
        match account.as_symbol().and_then(unit_of) {
            // Who runs Terraform for one root need not run it for another.
            Some(other) if other == unit || other.is_runner() => None,
            Some(other) => Some(format!("the account of {other}")),
            None => Some(account.to_string()),
        }
    }

    /// Whether the configuration lists vendors, or an account that no template says it is deployed to. Only then is an account
    /// that it does not list likely somebody else's: of the accounts that a project deploys to, the templates name some, and
    /// trust others of the same owner. To give these a name says nothing about others.
    pub fn lists_any(&self) -> bool {
        self.told || !self.vendors.is_empty()
    }

    /// The organization of an account: ours, when the account is listed as one of ours and the organization has an id.
    pub fn organization_of(&self, account: &Text) -> Option<Text> {
        let account = self.normalise(account);
        let organization = self.organizations.get(account.as_literal()?.as_ref())?.as_deref()?;
        Some(Text::literal(organization, Span::start_of(no_source())))
    }

    /// The id of our organization, when configured.
    pub fn organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }

    /// Replaces the account and region symbols of units by what is known of them, and look-ups by what
    /// they find among what is declared.
    pub fn normalise<'t>(&self, text: &'t Text) -> Cow<'t, Text> {
        if text.symbols().any(|symbol| self.known(symbol).is_some()) {
            Cow::Owned(text.substitute(|symbol| self.known(symbol).map(Cow::Borrowed)))
        } else {
            Cow::Borrowed(text)
        }
    }

    /// The same of a text that nobody else needs.
    pub fn normalised(&self, text: Text) -> Text {
        match self.normalise(&text) {
            Cow::Owned(known) => known,
            Cow::Borrowed(_) => text,
        }
    }

    fn known(&self, symbol: &Symbol) -> Option<&Text> {
        match symbol.class {
            Class::Account => unit_of(symbol)
                .and_then(|unit| self.units.get(unit))
                .map(|assignment| &assignment.account)
                .filter(|account| account.as_symbol() != Some(symbol)),
            Class::Region => self.regions.get(unit_of(symbol)?),
            Class::Keyed | Class::Computed => self.look_ups.value(symbol, self),
            _ => None,
        }
    }

    /// The account of the configuration that has the name of a declared one.
    fn called(&self, name: &str) -> Option<&Text> {
        self.called.get(&letters(name))?.as_ref()
    }

    /// Whether two accounts are the same one.
    pub fn same(&self, a: &Text, b: &Text) -> Answer {
        glob::same(&self.normalise(a), &self.normalise(b))
    }

    /// Whose account it is, seen from a unit in `owner`.
    pub fn zone(&self, account: &Text, owner: &Text) -> Zone<'_> {
        let account = self.normalise(account);
        if self.same(&account, owner).is_yes() {
            return Zone::Same;
        }
        let Some(id) = account.as_literal() else {
            // The account of another unit of the project is one of ours, even when its id is not known.
            let unit = account.as_symbol().is_some_and(|symbol| symbol.class == Class::Account);
            return if unit { Zone::Own } else { Zone::Unknown };
        };
        let id = id.as_ref();
        if self.own.contains(id) || self.names.contains_key(id) {
            return Zone::Own;
        }
        if let Some(name) = self.vendors.get(id) {
            return Zone::Vendor { name, declared: true };
        }
        match data::known_account(id) {
            Some(known) => match known.owner {
                data::Owner::Aws { assumes_roles } => Zone::Aws { assumes_roles },
                data::Owner::Vendor => Zone::Vendor { name: known.name, declared: false },
            },
            None if is_account_id(id) => Zone::Outside,
            None => Zone::Unknown,
        }
    }

    /// Whether the configuration has this name for the account.
    pub fn is_called(&self, account: &Text, name: &str) -> bool {
        self.name_of(&self.normalise(account)) == Some(name)
    }

    /// The name that the configuration has for an account.
    fn name_of<'a>(&'a self, account: &'a Text) -> Option<&'a str> {
        match (account.as_literal(), account.as_symbol()) {
            (Some(id), _) => self.names.get(id.as_ref()).map(String::as_str),
            (None, Some(symbol)) => symbol.origin.configured(),
            _ => None,
        }
    }

    /// Whether the configuration says that the analyzed files hold all there is of a kind in an account. What is not
    /// declared there does not exist then.
    pub fn covers(&self, account: &Text, kind: Covered) -> bool {
        let account = self.normalise(account);
        let covered = identity_of(&account).and_then(|identity| self.covered.get(identity.as_ref()));
        let is_seen = || self.seen_by(&account, false).and(self.seen_by(&account, true)).is_some();
        covered.is_some_and(|covered| covered.contains(&kind)) || kind == Covered::Identities && is_seen()
    }

    /// The snapshot that holds all roles, or else all users, of an account: `snapshot of 2026-11-20`.
    pub fn seen_by(&self, account: &Text, users: bool) -> Option<&str> {
        let account = self.normalise(account);
        let all = self.seen.get(identity_of(&account)?.as_ref())?;
        all.iter().find(|one| if users { one.users } else { one.roles }).map(|one| one.by.as_str())
    }

    /// How an account is shown: `prod (222222222222)`, `222222222222`, `Datadog (464622532012)`, or the
    /// variable that holds it.
    pub fn shown(&self, account: &Text) -> String {
        let account = self.normalise(account);
        let Some(id) = account.as_literal() else {
            return match account.as_symbol() {
                Some(symbol) if symbol.class == Class::Account => symbol.origin.shown().to_owned(),
                _ => account.to_string(),
            };
        };
        let name = self.names.get(id.as_ref()).or_else(|| self.vendors.get(id.as_ref())).cloned();
        let name = name.or_else(|| data::known_account(&id).map(|known| known.name.to_owned()));
        name.map_or_else(|| id.to_string(), |name| format!("{name} ({id})"))
    }

    /// Whether an account may turn out to be any other.
    pub fn may_be_another(&self, account: &Text) -> bool {
        let is_named =
            |symbol: &Symbol| symbol.class == Class::Account && symbol.origin.configured().is_some();
        let is_told = account.as_symbol().is_some_and(|symbol| self.one_project && is_named(symbol));
        account.as_literal().is_none() && !is_told
    }

    /// Whether an account is known well enough to be shown.
    pub fn is_assigned(&self, account: &Text) -> bool {
        let account = self.normalise(account);
        account.as_literal().is_some_and(|id| is_account_id(&id))
            || account.as_symbol().is_some_and(|symbol| symbol.origin.configured().is_some())
    }
}

/// The region of an account that is used in one only, by the identity of the account.
fn only_region(account: &ConfigAccount) -> Option<(String, Text)> {
    let [region] = account.regions.as_slice() else { return None };
    Some((account.identity().into_owned(), Text::literal(region.as_str(), Span::start_of(no_source()))))
}

/// What identifies an account that the configuration may list.
fn identity_of(account: &Text) -> Option<Cow<'_, str>> {
    account.as_literal().or_else(|| account.as_symbol()?.origin.configured().map(Cow::Borrowed))
}

fn assign(unit: &Unit, config: &Config) -> Assignment {
    let span = unit.hints.first().map(|hint| hint.span);
    let nowhere = Span::start_of(span.map_or_else(no_source, |span| span.source));
    // A path says where the default configuration, or the file itself, goes; what goes elsewhere says so.
    let elsewhere = !(unit.key.is_plain() && unit.key.path() == unit.path);
    if elsewhere && let Some(hinted) = hinted(unit, config) {
        return hinted;
    }
    let paths: Vec<&String> = match unit.placed {
        Placed::Apart => Vec::new(),
        Placed::Deployed | Placed::Perhaps => unit.files.iter().rev().chain([&unit.path]).collect(),
    };
    if let Some(account) = paths.iter().find_map(|path| config.account_for_path(path)) {
        return Assignment {
            account: term_of(account, nowhere),
            evidence: format!("the configured paths of `{}`", account.name),
            span: None,
        };
    }
    if let Some(hinted) = hinted(unit, config) {
        return hinted;
    }
    let by_name = unit.placed == Placed::Deployed;
    if let Some((id, segment)) = paths.iter().find_map(|path| account_directory(path, config, by_name)) {
        let directory = unit.path.split('/').any(|part| part == segment);
        let what = if directory { "directory" } else { "file of values" };
        let (account, evidence) = (Text::literal(id, nowhere), format!("{what} `{segment}`"));
        return Assignment { account, evidence, span: None };
    }
    let symbol = Symbol::new(Class::Account, &unit.key, Because::Run);
    Assignment { account: Text::symbol(symbol, nowhere), evidence: String::new(), span: None }
}

/// Whether a configuration says more about which accounts are ours than the templates themselves: it has the list of an
/// organization, or an account that no unit is deployed to by what its templates or directories say.
fn says_whose(units: &[Unit], config: &Config) -> bool {
    if config.all().any(|config| config.accounts_file.is_some()) {
        return true;
    }
    let mut listed = config.all().flat_map(|config| &config.accounts).peekable();
    if listed.peek().is_none() {
        return false;
    }
    let nothing = Config::default();
    let proven: FxHashSet<String> = units
        .iter()
        .filter_map(|unit| Some(assign(unit, &nothing).account.as_literal()?.into_owned()))
        .collect();
    listed.any(|account| account.id.as_ref().is_none_or(|id| !proven.contains(id)))
}

/// The account that the template says: an id, a name of the configuration, or else a term that stands for one
/// account.
fn hinted(unit: &Unit, config: &Config) -> Option<Assignment> {
    let literal = unit.hints.iter().find_map(|hint| Some((hint, account_of_hint(hint, &unit.path, config)?)));
    let term = |hint: &&AccountHint| {
        hint.account.as_symbol().is_some_and(|symbol| {
            let is_declared =
                || matches!(symbol.class, Class::Computed) && symbol.origin.attribute_name() == Some("id");
            (matches!(symbol.class, Class::Account | Class::AccountId | Class::Keyed) || is_declared())
                && !symbol.origin.is_unit(&unit.key)
        })
    };
    let (hint, account) = match literal {
        Some(found) => found,
        None => unit.hints.iter().find(term).map(|hint| (hint, Cow::Borrowed(&hint.account)))?,
    };
    let account = account.into_owned();
    Some(Assignment { account, evidence: hint.evidence.clone(), span: Some(hint.span) })
}

/// The account that a template names, by its id or by the name it has in the configuration.
fn account_of_hint<'h>(hint: &'h AccountHint, path: &str, config: &Config) -> Option<Cow<'h, Text>> {
    let written = hint.account.as_literal()?;
    if is_account_id(&written) {
        return Some(Cow::Borrowed(&hint.account));
    }
    Some(Cow::Owned(term_of(config.account_called(&written, path)?, hint.span)))
}

/// An account of the configuration: its ID, or what it is called there.
fn term_of(account: &ConfigAccount, span: Span) -> Text {
    let identity = account.identity();
    if account.id.is_some() {
        return Text::literal(identity.as_ref(), span);
    }
    let origin = OriginKind::Configured(identity.as_ref().into());
    Text::symbol(Symbol::new(Class::Account, origin, Because::Run), span)
}

/// The unit that a symbol is the account or the region of.
fn unit_of(symbol: &Symbol) -> Option<&UnitKey> {
    if let OriginKind::Unit(unit) = symbol.origin.kind() { Some(unit) } else { None }
}

/// Whether an account is only known to be that of a unit, or of whoever runs it.
fn is_of_a_unit(account: &Text) -> bool {
    account.as_symbol().is_some_and(|it| it.class == Class::Account && it.origin.configured().is_none())
}

fn no_source() -> crate::source::SourceId {
    crate::source::SourceId::first()
}

/// Directories of what is not deployed: what is called like an account below them is not meant for it.
const UNDEPLOYED: [&str; 5] = ["examples", "fixtures", "modules", "test", "tests"];

/// The innermost directory or file of values named with an account id, or, `by_name`, with the name of a configured account.
fn account_directory<'a>(path: &'a str, config: &'a Config, by_name: bool) -> Option<(&'a str, &'a str)> {
    let mut above = path;
    path.rsplit('/').find_map(|part| {
        above = above.strip_suffix(part).unwrap_or_default().trim_end_matches('/');
        let segment = part.trim_end_matches(".json").trim_end_matches(".tfvars");
        if is_account_id(segment) {
            return Some((segment, segment));
        }
        if !by_name || above.split('/').any(|part| UNDEPLOYED.contains(&part)) {
            return None;
        }
        let named = config.account_called(segment, path)?;
        named.id.as_deref().map(|id| (id, segment))
    })
}
