//! How a project is deployed, where its files leave that open: which account everything is in, and the parameters that say so.

mod terms;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use trustlint::internals::facts::{Language, Unit};
use trustlint::internals::graph::{Graph, Identity};
use trustlint::internals::iam::arn::Arn;
use trustlint::internals::iam::policy::Statement;
use trustlint::internals::iam::principal::Principal;
use trustlint::internals::value::{Text, UnitKey};
use trustlint::internals::walk;

use crate::checkout::Project;
use terms::{Parameter, Shape, Terms, parameter_of};

/// A deployment: files of values and a configuration, both made up.
#[derive(Default)]
pub(crate) struct Deployment {
    /// Files of values for Terraform, by path.
    pub(crate) files: BTreeMap<String, String>,
    /// The configuration.
    pub(crate) config: String,
}

/// Names shorter than this are found everywhere by chance.
const SHORTEST_NAME: usize = 4;

/// Words for parameters that are part of names: the same for each parameter of a name, so that templates that put a name
/// together from the same parameters mean the same.
pub(crate) fn words(project: &Project) -> BTreeMap<Parameter, String> {
    let graph = &project.graph;
    let mut words = BTreeMap::new();
    let mut add = |text: &Text| {
        for parameter in text.symbols().filter_map(parameter_of).filter(|it| it.shape == Shape::Text) {
            let letters = parameter.name.to_lowercase();
            let word: String = letters.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
            if !["account", "arn", "principal", "role"].iter().any(|it| letters.contains(it)) {
                words.insert(parameter, word);
            }
        }
    };
    graph.identities.iter().for_each(|it| add(&it.name));
    for resource in &graph.resources {
        if let Some(arn) = Arn::parse(&resource.arn) {
            add(&arn.resource);
        }
    }
    for statement in graph.documents.iter().flat_map(|it| &it.policy.statements) {
        let resources = statement.resources.iter().flat_map(|it| &it.items).map(|it| &it.text);
        let principals = statement.principals.iter().flat_map(|it| &it.items).map(|it| &it.text);
        for arn in resources.chain(principals).filter_map(Arn::parse) {
            add(&arn.resource);
        }
    }
    words
}

/// A deployment that only has these words.
pub(crate) fn of_words(project: &Project, words: &BTreeMap<Parameter, String>) -> Deployment {
    let mut deployment = Deployment::default();
    write_values(project, words, &mut deployment);
    deployment
}

/// A deployment under which every account is covered: units that no template says the account of are where others say
/// that they are, and parameters that stand for accounts are those accounts.
pub(crate) fn of(project: &Project, words: &BTreeMap<Parameter, String>) -> Deployment {
    let (walked, _) = walk::project(&project.sources, project.inputs());
    let mut world = World::new(project, &walked.units);
    world.meet_accounts();
    world.join_by_names();
    world.find_roles();
    world.terms.join_by_parameters();
    world.join_by_accounts();
    let values = world.values(words);
    let mut deployment = Deployment::default();
    write_values(project, &values, &mut deployment);
    world.write_accounts(&mut deployment.config);
    deployment
}

/// A name that a statement of one unit gives something in an account.
struct Mention<'g> {
    unit: &'g UnitKey,
    account: Text,
    name: String,
    is_permission: bool,
}

struct World<'g> {
    graph: &'g Graph,
    units: &'g [Unit],
    terms: Terms,
    declared: BTreeMap<String, BTreeSet<&'g UnitKey>>,
    /// Units whose permissions name what another unit declares: (from, to).
    links: BTreeSet<(&'g UnitKey, &'g UnitKey)>,
    /// Parameters that are the ARN of a role: its account, and the rest.
    roles: BTreeMap<Parameter, (usize, String)>,
}

fn statements(graph: &Graph) -> impl Iterator<Item = (&UnitKey, &Statement)> {
    graph.documents.iter().flat_map(|document| {
        let unit = &graph.declarations[document.declaration].unit;
        document.policy.statements.iter().map(move |statement| (unit, statement))
    })
}

/// The accounts that a statement grants something to, as far as it names any.
fn accounts_of(statement: &Statement) -> impl Iterator<Item = &Text> {
    let items = statement.principals.iter().flat_map(|it| &it.items);
    items.filter_map(|item| match &item.value {
        Principal::Account { account }
        | Principal::Role { account, .. }
        | Principal::User { account, .. } => Some(account),
        Principal::Unknown(text) => Some(text),
        _ => None,
    })
}

/// Whether a permission is one to assume roles.
fn may_assume(statement: &Statement) -> bool {
    let mut actions = statement.actions.items.iter().map(|it| it.text.to_string().to_lowercase());
    actions.any(|it| it == "sts:assumerole" || it == "sts:*")
}

/// The account and the name that an ARN gives.
fn account_and_name(text: &Text) -> Option<(Text, String)> {
    let arn = Arn::parse(text)?;
    let resource = arn.resource.to_string();
    let name = match arn.service.as_literal()?.as_ref() {
        "s3" => resource.split('/').next(),
        _ => resource.rsplit(['/', ':']).next(),
    };
    Some((arn.account, name?.to_owned()))
}

impl<'g> World<'g> {
    fn new(project: &'g Project, units: &'g [Unit]) -> Self {
        let graph = &project.graph;
        let identities = graph.identities.iter().map(|it| (it.declaration, it.name.to_string()));
        let resources = graph.resources.iter().filter(|it| it.declared);
        let resources = resources.filter_map(|it| Some((it.declaration, account_and_name(&it.arn)?.1)));
        let mut declared: BTreeMap<String, BTreeSet<&UnitKey>> = BTreeMap::new();
        for (declaration, name) in identities.chain(resources) {
            if name.len() >= SHORTEST_NAME && !name.contains("${") {
                declared.entry(name).or_default().insert(&graph.declarations[declaration].unit);
            }
        }
        Self {
            graph,
            units,
            terms: Terms::default(),
            declared,
            links: BTreeSet::new(),
            roles: BTreeMap::new(),
        }
    }

    fn mentions(&self) -> Vec<Mention<'g>> {
        let mut found = Vec::new();
        for (unit, statement) in statements(self.graph) {
            let is_permission = statement.principals.is_none();
            let resources = statement.resources.iter().flat_map(|it| &it.items).map(|it| &it.text);
            let principals = statement.principals.iter().flat_map(|it| &it.items).map(|it| &it.text);
            let texts = resources.filter(|_| is_permission).chain(principals);
            found.extend(texts.filter_map(account_and_name).map(|(account, name)| Mention {
                unit,
                account,
                name,
                is_permission,
            }));
        }
        found
    }

    /// The only other unit that declares a name, or something that begins with it.
    fn owner(&self, mention: &Mention<'g>) -> Option<&'g UnitKey> {
        let (start, is_pattern) = match mention.name.strip_suffix('*') {
            Some(start) => (start, true),
            None => (mention.name.as_str(), false),
        };
        if start.len() < SHORTEST_NAME || start.contains(['*', '?']) {
            return None;
        }
        let from = self.declared.range(start.to_owned()..);
        let named =
            from.take_while(|(name, _)| if is_pattern { name.starts_with(start) } else { *name == start });
        let owners: BTreeSet<&UnitKey> = named.flat_map(|(_, units)| units.iter().copied()).collect();
        match owners.iter().next() {
            Some(only) if owners.len() == 1 && *only != mention.unit => Some(*only),
            _ => None,
        }
    }

    /// Makes every account that a policy names known.
    fn meet_accounts(&mut self) {
        for (_, statement) in statements(self.graph) {
            let resources = statement.resources.iter().flat_map(|it| &it.items);
            let named = resources.filter_map(|it| Some(Arn::parse(&it.text)?.account));
            for account in named.chain(accounts_of(statement).cloned()) {
                self.terms.of(&self.graph.accounts.normalise(&account));
            }
        }
    }

    /// Whoever gives what another unit declares an account says where that unit is.
    fn join_by_names(&mut self) {
        for mention in self.mentions() {
            let Some(owner) = self.owner(&mention) else { continue };
            if mention.is_permission {
                self.links.insert((mention.unit, owner));
            }
            let there = self.graph.accounts.of(owner);
            let meant = self.terms.of(&self.graph.accounts.normalise(&mention.account));
            let there = self.terms.of(&there);
            match (meant, there) {
                (Some(meant), Some(there)) => self.terms.join(meant, there),
                // The ARN of a bucket has no account: what grants to nobody else is used at home.
                (None, Some(there)) if mention.account.is_empty() && !self.grants_abroad(owner) => {
                    let here = self.graph.accounts.of(mention.unit);
                    if let Some(here) = self.terms.of(&here) {
                        self.terms.join(here, there);
                    }
                }
                _ => {}
            }
        }
    }

    /// The accounts to which a unit grants something, when they are not its own.
    fn granted(&self, unit: &UnitKey) -> Vec<&'g Text> {
        let own = self.graph.accounts.of(unit);
        let granting = statements(self.graph).filter(|(of, _)| *of == unit);
        let accounts = granting.flat_map(|(_, statement)| accounts_of(statement));
        accounts.filter(|account| !self.graph.accounts.same(account, &own).is_yes()).collect()
    }

    fn grants_abroad(&self, unit: &UnitKey) -> bool {
        !self.granted(unit).is_empty()
    }

    /// A parameter that is the role to be assumed is a role that another unit declares for others.
    fn find_roles(&mut self) {
        let graph = self.graph;
        let is_for_others = |it: &&Identity| {
            let trust = it.trust.map(|trust| &graph.documents[trust].policy.statements);
            let mut accounts = trust.into_iter().flatten().flat_map(accounts_of);
            let is_named = !it.name.to_string().contains("${");
            is_named && accounts.any(|account| !graph.accounts.same(account, &it.account).is_yes())
        };
        let roles = graph.identities.iter().filter(is_for_others);
        let roles: Vec<(&UnitKey, String)> = roles
            .map(|it| (&graph.declarations[it.declaration].unit, it.arn.splitn(6, ':').pop()))
            .filter_map(|(unit, arn)| Some((unit, arn?.to_string())))
            .collect();
        for (unit, statement) in statements(graph).filter(|(_, it)| it.principals.is_none()) {
            if !may_assume(statement) {
                continue;
            }
            let resources = statement.resources.iter().flat_map(|it| &it.items);
            for parameter in resources.filter_map(|it| parameter_of(it.text.as_symbol()?)) {
                let Some((to, role)) = roles.iter().find(|(of, _)| *of != unit) else { continue };
                let there = graph.accounts.of(to);
                let Some(there) = self.terms.of(&there) else { continue };
                self.links.insert((unit, *to));
                self.roles.insert(parameter, (there, role.clone()));
            }
        }
    }

    /// Who has a permission on what a unit declares is in the account that the unit grants it to.
    fn join_by_accounts(&mut self) {
        let links: Vec<_> = self.links.iter().copied().collect();
        for (from, to) in links {
            let own = self.graph.accounts.of(to);
            let here = self.graph.accounts.of(from);
            let (Some(here), Some(own)) = (self.terms.of(&here), self.terms.of(&own)) else { continue };
            for account in self.granted(to) {
                let meant = self.terms.of(&self.graph.accounts.normalise(account));
                let is_abroad = |other: &usize| !self.terms.are_joined(*other, own);
                if let Some(meant) = meant.filter(|meant| is_abroad(meant) && is_abroad(&here)) {
                    self.terms.join(meant, here);
                }
            }
        }
        self.join_what_is_left();
    }

    /// An account that a unit grants to, and nobody is known to be in, is that of another unit that may do what it grants.
    fn join_what_is_left(&mut self) {
        for unit in self.units {
            let own = self.graph.accounts.of(&unit.key);
            let Some(own) = self.terms.of(&own) else { continue };
            for account in self.granted(&unit.key) {
                // The account of a vendor is called by its name, and nothing here is deployed to it.
                let is_vendor =
                    account.as_literal().is_some_and(|id| self.graph.accounts.shown(account) != id);
                let meant = self.terms.of(&self.graph.accounts.normalise(account));
                let Some(meant) = meant.filter(|_| !is_vendor) else { continue };
                if self.terms.are_joined(meant, own) || self.is_somewhere(meant) {
                    continue;
                }
                let callers = statements(self.graph).filter(|(of, statement)| {
                    **of != unit.key && statement.principals.is_none() && may_assume(statement)
                });
                let callers: Vec<Text> =
                    callers.map(|(of, _)| self.graph.accounts.of(of).into_owned()).collect();
                let free = callers.iter().filter_map(|it| self.terms.of(it)).collect::<Vec<_>>();
                let free = free.into_iter().find(|it| !self.terms.are_joined(*it, own));
                if let Some(here) = free {
                    self.terms.join(meant, here);
                }
            }
        }
    }

    /// Whether some unit is in this account.
    fn is_somewhere(&mut self, account: usize) -> bool {
        let all: Vec<Text> =
            self.units.iter().map(|unit| self.graph.accounts.of(&unit.key).into_owned()).collect();
        all.iter().any(|it| self.terms.of(it).is_some_and(|it| self.terms.are_joined(it, account)))
    }

    /// The values of all parameters: words, and the accounts that they stand for.
    fn values(&mut self, words: &BTreeMap<Parameter, String>) -> BTreeMap<Parameter, String> {
        let mut values = words.clone();
        for (parameter, id) in self.terms.parameters() {
            let name = parameter.name.to_lowercase();
            let is_arn = ["arn", "principal", "role", "user"].iter().any(|it| name.contains(it));
            values.insert(parameter, if is_arn { format!("arn:aws:iam::{id}:root") } else { id });
        }
        for (parameter, (account, role)) in &self.roles {
            values.insert(parameter.clone(), format!("arn:aws:iam::{}:{role}", self.terms.id(*account)));
        }
        values
    }

    fn write_accounts(&mut self, config: &mut String) {
        let mut placed = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for unit in self.units {
            let account = self.graph.accounts.of(&unit.key).into_owned();
            let Some(term) = self.terms.of(&account) else { continue };
            let id = self.terms.id(term);
            let is_open = account.as_literal().is_none();
            let is_plain = unit.path == unit.key.path()
                && !unit.path.contains(['[', ']', '{', '}', '*', '?', '"', '\\']);
            if is_open && is_plain {
                placed.entry(unit.path.clone()).or_insert_with(|| id.clone());
            }
            ids.insert(id);
        }
        // The first pattern that matches wins, and a pattern holds for all directories below it.
        let mut placed: Vec<_> = placed.into_iter().collect();
        placed.sort_by_key(|(path, _)| {
            std::cmp::Reverse(if path.is_empty() { 0 } else { path.split('/').count() })
        });
        for (number, (path, id)) in placed.iter().enumerate() {
            ids.remove(id);
            let path = if path.is_empty() { "**" } else { path };
            writeln!(
                config,
                "[accounts.u{number}]\nid = \"{id}\"\ncoverage = \"full\"\npaths = [\"{path}\"]"
            )
            .unwrap();
        }
        for id in ids {
            writeln!(config, "[accounts.a{id}]\nid = \"{id}\"\ncoverage = \"full\"").unwrap();
        }
    }
}

/// Whether a variable of Terraform is declared as a list.
fn is_list(project: &Project, parameter: &Parameter) -> bool {
    let declared = format!("variable \"{}\"", parameter.name);
    let files = project.sources.below(&parameter.path).filter_map(|id| project.sources.text(id).ok());
    files.into_iter().any(|text| {
        let text = text.to_string();
        let block = text.find(&declared).and_then(|start| text.get(start..));
        let block = block.map(|block| block.split("\n}").next().unwrap_or(block));
        block.is_some_and(|block| {
            block.contains("list(") || block.contains("set(") || block.contains("tolist")
        })
    })
}

fn write_values(project: &Project, values: &BTreeMap<Parameter, String>, deployment: &mut Deployment) {
    let mut of_template: BTreeMap<&str, String> = BTreeMap::new();
    for (parameter, value) in values {
        if parameter.language == Language::Terraform {
            let path = format!("{}/field_values.auto.tfvars", parameter.path);
            let path = path.trim_start_matches('/').to_owned();
            let list = parameter.shape == Shape::List || is_list(project, parameter);
            let value = if list { format!("[\"{value}\"]") } else { format!("\"{value}\"") };
            let file = deployment.files.entry(path).or_default();
            writeln!(file, "{} = {value}", parameter.name).unwrap();
        } else {
            let table = of_template.entry(&parameter.path).or_default();
            write!(table, "{} = \"{value}\", ", parameter.name).unwrap();
        }
    }
    for (template, table) in of_template {
        let table = table.trim_end_matches([',', ' ']);
        writeln!(
            deployment.config,
            "[[cloudformation.stack]]\ntemplate = {template:?}\nparameters = {{ {table} }}"
        )
        .unwrap();
    }
}
