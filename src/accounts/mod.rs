//! Which account a unit is deployed to, and whose account another one is.
//!
//! All evidence has its place in an order ([`assign`]), and what won is shown by `trustlint accounts`. What stands for an account
//! whose ID is not written is the same account wherever it occurs ([`terms`]). An unknown account is a term of its own and never
//! guessed.

mod assign;
mod by_unit;
mod key;
mod look_ups;
pub mod normalise;
mod own;
mod terms;

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::config::{Config, ConfigAccount, ConfigTenant, Covered, Tier, letters};
use crate::facts::{Coverage, Declaration, Language, Placed, Term, Unit};
use crate::iam::arn::is_account_id;
use crate::iam::data;
use crate::iam::glob;
use crate::source::Span;
use crate::value::{Answer, Because, Class, Origin, OriginKind, Symbol, Text, UnitKey, Value};
use by_unit::ByUnit;
use look_ups::LookUps;
use terms::Terms;

pub use assign::{Assignment, Grade, Source, Witness};

/// The accounts of all units, and what is known about other accounts.
#[derive(Debug)]
pub struct Accounts {
    units: ByUnit,
    /// The regions of units, where the template says.
    regions: FxHashMap<UnitKey, Text>,
    look_ups: LookUps,
    terms: Terms,
    names: FxHashMap<String, String>,
    own: FxHashSet<String>,
    vendors: FxHashMap<String, String>,
    /// What the analyzed files hold to the last one, by the identity of the account in the configuration.
    covered: FxHashMap<String, Vec<Covered>>,
    /// The role or user with which Terraform runs, by account.
    deployers: FxHashMap<String, String>,
    /// The accounts of which snapshots hold all identities of a kind, by the identity of the account.
    seen: FxHashMap<String, Vec<Coverage>>,
    /// The units that are snapshots.
    snapshots: FxHashSet<UnitKey>,
    /// The accounts of the configuration, by the letters and digits of their names; `None` where several have the same.
    called: FxHashMap<String, Option<Text>>,
    /// Whether somebody has said which accounts are ours: see [`Accounts::lists_any`].
    told: bool,
    /// Whether there is one configuration only, so that accounts with different names are different.
    one_project: bool,
    organization: Option<String>,
    /// The organizations that configurations call theirs.
    own_organizations: FxHashSet<String>,
    /// Our tenants of shared identity providers.
    tenants: Vec<ConfigTenant>,
    /// How much accounts matter, by their identity in the configuration.
    tiers: FxHashMap<String, Tier>,
    /// The organizations of accounts by their IDs; `None` for what is said to be in several.
    organizations: FxHashMap<String, Option<String>>,
    /// Accounts with an ID that documentation uses, which somebody lists: it stands for itself then.
    listed_examples: FxHashMap<String, Text>,
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
    /// Assigns every unit its account; `declarations` are what they declare, and `terms` what expressions stand for that the
    /// configuration names.
    pub fn new(units: &[Unit], declarations: &[Declaration], terms: &[Term], config: &Config) -> Self {
        let owned = own::owned(units, declarations);
        let mut accounts = Self {
            units: ByUnit::default(),
            regions: FxHashMap::default(),
            look_ups: LookUps::default(),
            terms: Terms::default(),
            names: FxHashMap::default(),
            own: FxHashSet::default(),
            vendors: FxHashMap::default(),
            covered: FxHashMap::default(),
            deployers: FxHashMap::default(),
            seen: FxHashMap::default(),
            snapshots: FxHashSet::default(),
            called: FxHashMap::default(),
            told: says_whose(units, &owned, config),
            one_project: config.projects.is_empty(),
            organization: config.all().find_map(|config| config.organization.clone()),
            own_organizations: FxHashSet::default(),
            tenants: Vec::new(),
            tiers: FxHashMap::default(),
            organizations: FxHashMap::default(),
            listed_examples: FxHashMap::default(),
        };
        let mut regions: FxHashMap<String, Option<Text>> = FxHashMap::default();
        for config in config.all() {
            accounts.add(config);
            for (account, region) in config.accounts.iter().filter_map(only_region) {
                let one = regions.entry(account).or_insert_with(|| Some(region.clone()));
                *one = one.take().filter(|known| *known == region);
            }
        }
        let snapshots = units.iter().filter(|unit| unit.language == Language::Snapshot);
        accounts.snapshots = snapshots.map(|unit| unit.key.clone()).collect();
        let assigned =
            units.iter().map(|unit| (unit.key.clone(), assign::assign(unit, config, owned.get(&unit.key))));
        accounts.units = assigned.collect();
        accounts.join_units();
        accounts.terms = std::mem::take(&mut accounts.terms).with(terms, &accounts);
        accounts.join_terms();
        for unit in units {
            let account = accounts.of(&unit.key);
            let own = unit.region.as_ref().filter(|region| region.as_literal().is_some());
            let configured = || regions.get(identity_of(&account)?.as_ref())?.as_ref();
            let (region, id) = (own.or_else(configured).cloned(), account.as_literal().map(Cow::into_owned));
            accounts.own.extend(id);
            accounts.regions.extend(region.map(|region| (unit.key.clone(), region)));
        }
        let listed = accounts.names.keys().chain(accounts.vendors.keys()).chain(&accounts.own);
        let examples = listed.filter(|id| data::is_example_account(id));
        let nowhere = Span::start_of(no_source());
        accounts.listed_examples =
            examples.map(|id| (id.to_owned(), Text::literal(id.as_str(), nowhere))).collect();
        accounts
    }

    /// Adds what a configuration says of accounts. Of two names for one account the first stays.
    fn add(&mut self, config: &Config) {
        self.own_organizations.extend(config.organization.clone());
        self.tenants.extend(config.tenants.iter().cloned());
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
            if let Some(deployer) = &account.deployer {
                self.deployers.entry(identity.clone()).or_insert_with(|| deployer.clone());
            }
            if let Some(tier) = account.tier {
                self.tiers.entry(identity.clone()).or_insert(tier);
            }
            self.covered.entry(identity).or_default().extend(&account.coverage);
            let term = term_of(account, Span::start_of(no_source()));
            let one = self.called.entry(letters(&account.name)).or_insert_with(|| Some(term.clone()));
            *one = one.take().filter(|known| *known == term);
        }
        let span = Span::start_of(no_source());
        let aliases = config.accounts.iter().flat_map(|account| {
            account.aliases.iter().map(move |alias| (alias.clone(), term_of(account, span)))
        });
        self.terms.add(config, aliases);
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
        let mut look_ups = std::mem::take(&mut self.look_ups);
        look_ups.place(&self);
        self.look_ups = look_ups;
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

    /// Gives units that are said to be in the account of another unit that account, as far as it is known. Where nothing else
    /// says which account that is, it is the one that all of them say.
    fn join_units(&mut self) {
        let mut said: FxHashMap<UnitKey, Option<Witness>> = FxHashMap::default();
        for assignment in self.units.values() {
            let other = assignment.witnesses.iter().find_map(|witness| unit_of(witness.account.as_symbol()?));
            let Some(other) = other.filter(|other| !other.is_runner()) else { continue };
            let own = |witness: &&Witness| witness.account.as_symbol().is_none_or(|it| unit_of(it).is_none());
            if let Some(witness) = assignment.witnesses.iter().find(own) {
                let one = said.entry(other.clone()).or_insert_with(|| Some(witness.clone()));
                *one = one.take().filter(|known| known.account == witness.account);
            }
        }
        for (unit, witness) in said {
            if let Some(assignment) = self.units.get_mut(&unit).filter(|known| known.witnesses.is_empty())
                && let Some(witness) = witness
            {
                assignment.account.clone_from(&witness.account);
                assignment.witnesses.push(witness);
            }
        }
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

    /// Gives units of which a term is known the account that this is. A unit whose account is known says what its terms are;
    /// an ID of examples does not, as it stands for several accounts.
    fn join_terms(&mut self) {
        let mut terms = std::mem::take(&mut self.terms);
        for assignment in self.units.values() {
            let id = assignment.account.as_literal();
            if !id.is_some_and(|id| is_account_id(&id) && !data::is_example_account(&id)) {
                continue;
            }
            for term in assignment.witnesses.iter().filter(|witness| witness.source == Source::Term) {
                if let Some(symbol) = term.account.as_symbol() {
                    terms.learn(&symbol.origin, &assignment.account);
                }
            }
        }
        if terms.is_empty() {
            return;
        }
        self.terms = terms;
        let known =
            |assignment: &Assignment| self.terms.account(assignment.account.as_symbol()?, self).cloned();
        let known: Vec<Option<Text>> = self.units.values().map(known).collect();
        for (assignment, account) in self.units.values_mut().zip(known) {
            if let Some(account) = account {
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

    /// The account of a unit, with how it is known.
    pub fn assignment(&self, unit: &UnitKey) -> Option<&Assignment> {
        self.units.get(unit)
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
        let known = self.units.values().filter(|assignment| !assignment.witnesses.is_empty());
        let accounts = known.map(|assignment| &assignment.account).filter(|account| !is_of_a_unit(account));
        let mut ids: Vec<String> = accounts.filter(|account| counts(account)).map(Text::to_string).collect();
        ids.sort();
        ids.dedup();
        ids.len()
    }

    /// What stands for the account of a unit whose ID is not known, when it is the account of other units, too.
    pub fn identity(&self, unit: &UnitKey, assignment: &Assignment) -> Option<String> {
        let account = &assignment.account;
        if assignment.witnesses.is_empty() || self.is_assigned(account) {
            return None;
        }
        match account.as_symbol().and_then(unit_of) {
            // Who runs Terraform for one root need not run it for another.
            Some(other) if other == unit || other.is_runner() => None,
            Some(other) => Some(format!("the account of {other}")),
            None => {
                Some(account.as_symbol().map_or_else(|| account.to_string(), |term| term.shown().to_owned()))
            }
        }
    }

    /// How much is known of the account of a unit; `None` when nothing is.
    pub fn grade(&self, unit: &UnitKey, assignment: &Assignment) -> Option<Grade> {
        if self.is_assigned(&assignment.account) {
            return Some(assignment.witnesses.first()?.source.grade());
        }
        self.identity(unit, assignment).map(|_| Grade::Identity)
    }

    /// Units for which two accounts are written, with both pieces of evidence, the one that holds first.
    pub fn contradictions(&self) -> impl Iterator<Item = (&UnitKey, &Witness, &Witness)> {
        self.units.iter().filter_map(|(unit, assignment)| {
            let (first, second) = assignment.contradiction()?;
            Some((unit, first, second))
        })
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

    /// Whether an organization is one of ours; `None` when nobody has said which are.
    pub fn is_own_organization(&self, id: &str) -> Option<bool> {
        (!self.own_organizations.is_empty()).then(|| self.own_organizations.contains(id))
    }

    /// Whether a tenant of a shared identity provider is one of ours; `None` when nobody has said which are. Names of
    /// organizations have no case.
    pub fn is_own_tenant(&self, issuer: &str, name: &str) -> Option<bool> {
        let mut ours = self.tenants.iter().filter(|it| it.issuer == issuer).peekable();
        ours.peek()?;
        Some(ours.any(|it| it.name.eq_ignore_ascii_case(name)))
    }

    /// Whether the configuration names tenants of shared identity providers.
    pub fn lists_tenants(&self) -> bool {
        !self.tenants.is_empty()
    }

    /// How much an account matters, when the configuration says so.
    pub fn tier(&self, account: &Text) -> Option<Tier> {
        if self.tiers.is_empty() {
            return None;
        }
        let account = self.normalise(account);
        self.tiers.get(identity_of(&account)?.as_ref()).copied()
    }

    /// Whether the configuration says of several accounts how much they matter.
    pub fn has_tiers(&self) -> bool {
        self.tiers.len() > 1
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
            Class::Account => match unit_of(symbol) {
                Some(unit) => self.units.get(unit).map(|assignment| &assignment.account),
                None => self.terms.account(symbol, self),
            }
            .filter(|account| account.as_symbol() != Some(symbol)),
            Class::AccountId => {
                let listed = || self.listed_examples.get(symbol.origin.placeholder()?);
                self.terms.account(symbol, self).or_else(listed)
            }
            Class::Region => self.regions.get(unit_of(symbol)?),
            Class::Keyed | Class::Computed => {
                self.terms.account(symbol, self).or_else(|| self.look_ups.value(symbol, self))
            }
            _ => None,
        }
    }

    /// The account of the configuration that has the name of a declared one.
    fn called(&self, name: &str) -> Option<&Text> {
        self.called.get(&letters(name))?.as_ref()
    }

    /// Whether two accounts are the same one.
    pub fn same(&self, a: &Text, b: &Text) -> Answer {
        if let (Some(a), Some(b)) = (a.as_literal(), b.as_literal())
            && is_account_id(&a)
            && is_account_id(&b)
        {
            return (a == b).into();
        }
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

    /// The name that the configuration has for the account.
    pub fn name(&self, account: &Text) -> Option<String> {
        self.name_of(&self.normalise(account)).map(str::to_owned)
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

    /// The ARN of the role or user with which Terraform runs that assumes a role in an account, as the configuration says.
    pub fn deployer(&self, account: &Text) -> Option<&str> {
        let account = self.normalise(account);
        identity_of(&account).and_then(|identity| self.deployers.get(identity.as_ref())).map(String::as_str)
    }

    /// In which language a unit is written.
    pub fn language(&self, unit: &UnitKey) -> Option<Language> {
        self.units.get(unit).map(|assignment| assignment.language)
    }

    /// Whether a unit is a snapshot.
    pub fn is_seen(&self, unit: &UnitKey) -> bool {
        !self.snapshots.is_empty() && self.snapshots.contains(unit)
    }

    /// Whether there are snapshots.
    pub fn has_seen(&self) -> bool {
        !self.snapshots.is_empty()
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
        let name = name.filter(|name| **name != *id);
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

/// Whether a configuration says more about which accounts are ours than the templates themselves: it has the list of an
/// organization, or an account that no unit is deployed to by what its templates or directories say.
fn says_whose(units: &[Unit], owned: &FxHashMap<UnitKey, Witness>, config: &Config) -> bool {
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
        .filter(|unit| unit.placed != Placed::Told && unit.language != Language::Snapshot)
        .filter_map(|unit| {
            let assignment = assign::assign(unit, &nothing, owned.get(&unit.key));
            Some(assignment.account.as_literal()?.into_owned())
        })
        .collect();
    listed.any(|account| account.id.as_ref().is_none_or(|id| !proven.contains(id)))
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
    account.as_symbol().is_some_and(|it| it.class == Class::Account && unit_of(it).is_some())
}

fn no_source() -> crate::source::SourceId {
    crate::source::SourceId::first()
}
