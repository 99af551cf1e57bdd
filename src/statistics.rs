//! How much of the policies is resolved, for each template language.
//!
//! A leaf is one principal, action, resource or condition value of a policy that is written in the analyzed
//! files. A document counts once, however often its template is deployed and whatever it protects.

use std::cell::{LazyCell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::accounts::Accounts;
use crate::accounts::normalise::{Key, is_identity, key};
use crate::carriers;
use crate::facts::{self, Declaration, Language, Unit};
use crate::graph::{DeclarationId, Graph};
use crate::iam::policy::{Item, Policy, Statement};
use crate::iam::principal::Principal;
use crate::iam::read::DefectKind;
use crate::source::{SourceId, Span};
use crate::value::{Because, Class, PieceKind, Symbol, Text, UnitKey};

/// How well a leaf is known. The order is from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolution {
    /// Every letter.
    Concrete,
    /// Up to what belongs to a declaration or a unit: its generated name, its account, its region; or the ARN of
    /// something that is declared in the analyzed files, whatever its name will be.
    Entity,
    /// Up to values that are not known but have an identity: variables, parameters, imports.
    Keyed,
    /// Some of it; the rest has no identity.
    Partly,
    /// Nothing of it.
    Unknown,
}

/// How many leaves are known how well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// By [`Resolution`].
    pub levels: [usize; 5],
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Element {
    /// Whole policies; each is as good as its worst leaf.
    Policies,
    /// Principals of all kinds, `*` included.
    Principals,
    /// Those of them that are of AWS accounts: no services, no identity providers.
    AwsPrincipals,
    /// Actions.
    Actions,
    /// Resources.
    Resources,
    /// Condition values.
    Conditions,
}

impl Element {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 6] = [
        Self::Policies,
        Self::Principals,
        Self::AwsPrincipals,
        Self::Actions,
        Self::Resources,
        Self::Conditions,
    ];
}

/// Counts for one template language.
#[derive(Clone, Debug, Default)]
pub struct ByLanguage {
    counts: BTreeMap<Element, Count>,
    /// Why leaves are not concrete, and how many of them.
    pub causes: BTreeMap<Because, usize>,
    /// What is not as the grammar of policies has it.
    pub defects: BTreeMap<DefectKind, usize>,
    /// Whole policies that could not be read.
    pub unread: usize,
}

/// What of the policies could not be resolved: what limits the promise of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unresolved {
    /// Whole policies that could not be read.
    pub policies: usize,
    /// Principals.
    pub principals: usize,
    /// Actions.
    pub actions: usize,
    /// Resources.
    pub resources: usize,
    /// Condition values.
    pub conditions: usize,
    /// What is not as the grammar of policies has it.
    pub defects: usize,
}

/// Counts for all template languages that occur.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    /// By language.
    pub languages: BTreeMap<Language, ByLanguage>,
}

impl Count {
    fn add(&mut self, level: Resolution) {
        if let Some(count) = self.levels.get_mut(level as usize) {
            *count += 1;
        }
    }

    /// All leaves.
    pub fn total(&self) -> usize {
        self.levels.iter().sum()
    }

    /// Those that are at least as well known as `level`.
    pub fn up_to(&self, level: Resolution) -> usize {
        self.levels.iter().take(level as usize + 1).sum()
    }

    /// Those that hang on something unknown, other than what a deployment always fills in.
    pub fn unresolved(&self) -> usize {
        self.total() - self.up_to(Resolution::Entity)
    }
}

impl ByLanguage {
    fn unresolved(&self) -> Unresolved {
        let of = |element: Element| self.count(element).unresolved();
        Unresolved {
            policies: self.unread,
            principals: of(Element::Principals),
            actions: of(Element::Actions),
            resources: of(Element::Resources),
            conditions: of(Element::Conditions),
            defects: self.defects.values().sum(),
        }
    }

    /// The counts of an element.
    pub fn count(&self, element: Element) -> Count {
        self.counts.get(&element).copied().unwrap_or_default()
    }

    fn add(&mut self, element: Element, level: Resolution) {
        self.counts.entry(element).or_default().add(level);
    }
}

/// Counts the leaves of policies.
struct Counter<'c, 'g> {
    counts: &'c mut ByLanguage,
    declared: &'c Declared<'g>,
}

impl Counter<'_, '_> {
    /// Adds the leaves of a clause. One that is open hangs on what it lists, or else on nothing that is known.
    fn clause<T>(&mut self, element: Element, items: &[Item<T>], open: bool) -> Resolution {
        let mut worst = Resolution::Concrete;
        for item in items {
            worst = worst.max(self.leaf(element, &item.text));
        }
        // A variable or what a custom resource returns may be a list: it is known by its name all the same, and so is
        // what a loop makes of each of its items.
        let named = |text: &Text| {
            text.as_symbol().is_some_and(|symbol| symbol.class == Class::Keyed) || text.symbols().any(is_any)
        };
        if open && items.iter().any(|item| named(&item.text)) {
            worst = worst.max(Resolution::Keyed);
        } else if open && worst < Resolution::Keyed {
            self.counts.add(element, Resolution::Unknown);
            worst = Resolution::Unknown;
        }
        worst
    }

    fn leaf(&mut self, element: Element, text: &Text) -> Resolution {
        let level = self.declared.level_of(text);
        self.counts.add(element, level);
        if level > Resolution::Entity
            && let Some(symbol) = text.symbols().find(|symbol| !is_entity(symbol))
        {
            *self.counts.causes.entry(symbol.because).or_default() += 1;
        }
        level
    }

    fn statement(&mut self, statement: &Statement) -> Resolution {
        let mut worst = Resolution::Concrete;
        if let Some(principals) = &statement.principals {
            worst = worst.max(self.clause(Element::Principals, &principals.items, principals.open));
            for item in principals.items.iter().filter(|item| is_aws(&item.value)) {
                self.counts.add(Element::AwsPrincipals, self.declared.level_of(&item.text));
            }
        }
        worst = worst.max(self.clause(Element::Actions, &statement.actions.items, statement.actions.open));
        if let Some(resources) = &statement.resources {
            worst = worst.max(self.clause(Element::Resources, &resources.items, resources.open));
        }
        for condition in &statement.conditions {
            worst = worst.max(self.clause(Element::Conditions, &condition.values, condition.open));
        }
        if statement.conditions_open && statement.conditions.is_empty() {
            self.counts.add(Element::Conditions, Resolution::Unknown);
            worst = Resolution::Unknown;
        }
        worst
    }

    fn policy(&mut self, policy: &Policy) {
        let mut worst = Resolution::Concrete;
        for statement in &policy.statements {
            worst = worst.max(self.statement(statement));
        }
        if policy.open {
            // Statements that a loop makes of a list with a name are known by that name, as its items are.
            worst = if policy.statements.iter().any(is_looped) {
                worst.max(Resolution::Keyed)
            } else {
                Resolution::Unknown
            };
        }
        self.counts.add(Element::Policies, worst);
        for defect in &policy.defects {
            *self.counts.defects.entry(defect.kind).or_default() += 1;
        }
    }
}

/// Whether a symbol stands for each item of a list that has a name.
fn is_any(symbol: &Symbol) -> bool {
    symbol.class == Class::Keyed && symbol.origin.is_of_any()
}

/// Whether a statement is made of each item of such a list.
fn is_looped(statement: &Statement) -> bool {
    let of_items = |items: &[Item<Text>]| items.iter().any(|item| item.text.symbols().any(is_any));
    let principals = statement.principals.iter().flat_map(|it| &it.items).map(|item| &item.text);
    of_items(&statement.actions.items)
        || statement.resources.iter().any(|resources| of_items(&resources.items))
        || principals.flat_map(Text::symbols).any(is_any)
}

/// Whether a principal belongs to an AWS account.
fn is_aws(principal: &Principal) -> bool {
    !matches!(
        principal,
        Principal::Service(_)
            | Principal::Oidc { .. }
            | Principal::Saml { .. }
            | Principal::BuiltInProvider(_)
            | Principal::Invalid(_)
    )
}

/// The ARNs of what is declared, as keys. Those of a service are put together when the first leaf asks for one of it: where every
/// letter is known, none does.
struct Declared<'g> {
    graph: &'g Graph,
    /// By the service of their ARNs, which is empty where not all of a type have the same.
    services: LazyCell<Services, Box<dyn FnOnce() -> Services + 'g>>,
    /// Whether what belongs to a unit is known by nothing but the name of something else.
    named: RefCell<FxHashMap<&'g UnitKey, bool>>,
}

type Services = FxHashMap<&'static str, OfService>;

/// What is declared with an ARN of one service.
#[derive(Default)]
struct OfService {
    declarations: Vec<DeclarationId>,
    arns: OnceCell<FxHashSet<Key>>,
}

impl<'g> Declared<'g> {
    fn of(graph: &'g Graph) -> Self {
        let services = LazyCell::new(Box::new(|| {
            let mut of_types: FxHashMap<&str, Option<&'static str>> = FxHashMap::default();
            let mut services = Services::default();
            for (id, declaration) in graph.declarations.with_ids() {
                let type_name = &*declaration.type_name;
                let of_type = of_types.entry(type_name).or_insert_with(|| carriers::arn_service(type_name));
                let is_given = declaration.properties.get(facts::ARN).is_some();
                let service = of_type.filter(|_| !is_given);
                services.entry(service.unwrap_or_default()).or_default().declarations.push(id);
            }
            services
        }) as Box<dyn FnOnce() -> Services + 'g>);
        Self { graph, services, named: RefCell::default() }
    }

    /// How well a leaf is known. One that names something declared, or what is inside it, is as good as a name.
    fn level_of(&self, text: &Text) -> Resolution {
        let level = level_of(text);
        if level > Resolution::Entity && self.names(&key(text)) { Resolution::Entity } else { level }
    }

    /// Whether `key` is a declared ARN, followed at most by what is known to the last letter.
    fn names(&self, key: &Key) -> bool {
        let asked = std::iter::once("").chain(key.service());
        let services = asked.filter_map(|service| self.services.get(service));
        let arns: Vec<&FxHashSet<Key>> = services.map(|service| self.arns(service)).collect();
        key.openings(&['/', ':']).any(|arn| arns.iter().any(|known| known.contains(&arn)))
    }

    fn arns<'s>(&self, service: &'s OfService) -> &'s FxHashSet<Key> {
        service.arns.get_or_init(|| {
            let is_asking = |id: &&DeclarationId| self.may_ask(&self.graph.declarations[**id]);
            let asking = service.declarations.iter().filter(is_asking);
            let arns = asking.filter_map(|id| self.graph.arn_of(*id));
            arns.map(|arn| key(&arn)).filter(is_identity).collect()
        })
    }

    /// Whether a leaf that asks may be a declaration: what is better known than such a leaf is no part of it.
    fn may_ask(&self, declaration: &'g Declaration) -> bool {
        let properties = &declaration.properties;
        let unit = &declaration.unit;
        let named = || {
            let mut named = self.named.borrow_mut();
            *named.entry(unit).or_insert_with(|| is_named(unit, &self.graph.accounts))
        };
        named() || properties.open || properties.entries.extent().has_unknown
    }
}

/// Whether the account or the region of a unit is known by nothing but the name of something else.
fn is_named(unit: &UnitKey, accounts: &Accounts) -> bool {
    let place = Span::start_of(SourceId::first());
    [Class::Account, Class::Region].into_iter().any(|class| {
        let symbol = Text::symbol(Symbol::new(class, unit, Because::Run), place);
        level_of(&accounts.normalised(symbol)) > Resolution::Entity
    })
}

/// How well a text is known by itself.
fn level_of(text: &Text) -> Resolution {
    let mut worst = Resolution::Concrete;
    for symbol in text.symbols() {
        worst = worst.max(match symbol.class {
            Class::Opaque if text.as_symbol().is_some() => Resolution::Unknown,
            Class::Opaque => Resolution::Partly,
            _ if is_entity(symbol) => Resolution::Entity,
            _ => Resolution::Keyed,
        });
    }
    if text.pieces().iter().any(|piece| matches!(piece.kind, PieceKind::Json(_))) {
        worst = worst.max(Resolution::Partly);
    }
    worst
}

/// Whether a symbol belongs to a declaration or a unit.
fn is_entity(symbol: &Symbol) -> bool {
    match symbol.class {
        Class::AccountId | Class::Word | Class::Opaque => false,
        // The name of a stack or workspace belongs to the unit as its account does; a part of a generated name to
        // the declaration.
        Class::Keyed => matches!(symbol.because, Because::Run | Because::Computed),
        _ => true,
    }
}

impl Unresolved {
    fn plus(self, other: Self) -> Self {
        Self {
            policies: self.policies + other.policies,
            principals: self.principals + other.principals,
            actions: self.actions + other.actions,
            resources: self.resources + other.resources,
            conditions: self.conditions + other.conditions,
            defects: self.defects + other.defects,
        }
    }
}

impl Statistics {
    /// What could not be resolved, in all languages.
    pub fn unresolved(&self) -> Unresolved {
        let each = self.languages.values().map(ByLanguage::unresolved);
        each.fold(Unresolved::default(), Unresolved::plus)
    }

    /// Counts the policies of a graph.
    pub fn of(graph: &Graph, units: &[Unit]) -> Self {
        Self::of_some(graph, units, |_| true)
    }

    /// Counts those policies of these units that `counted` accepts.
    pub fn of_some(graph: &Graph, units: &[Unit], counted: impl Fn(&Policy) -> bool) -> Self {
        let languages: BTreeMap<&UnitKey, Language> =
            units.iter().map(|unit| (&unit.key, unit.language)).collect();
        let language =
            |declaration: DeclarationId| languages.get(&graph.declarations[declaration].unit).copied();
        let declared = Declared::of(graph);
        let mut statistics = Self::default();
        let mut seen = BTreeSet::new();
        for document in &graph.documents {
            let Some(language) = language(document.declaration) else { continue };
            if counted(&document.policy) && seen.insert(document.policy.span) {
                let counts = statistics.languages.entry(language).or_default();
                Counter { counts, declared: &declared }.policy(&document.policy);
            }
        }
        for unread in &graph.unread {
            let Some(language) = language(unread.declaration) else { continue };
            if seen.insert(unread.span) {
                let counts = statistics.languages.entry(language).or_default();
                counts.add(Element::Policies, Resolution::Unknown);
                counts.unread += 1;
            }
        }
        statistics
    }
}
