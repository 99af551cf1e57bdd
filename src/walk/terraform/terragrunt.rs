//! Terragrunt: units that deploy a module with inputs.
//!
//! Read is what says which module a unit deploys, with which inputs and to which account. What is not understood is
//! not known, never an error. Paths that Terragrunt's functions return are absolute there; here they begin at the project
//! root, with a slash.
//!
//! <https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/>

use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::blocks::{Module, argument, literal};
use super::deployment::Deployment;
use super::evaluate::{Instance, Run, Scope};
use super::files::{directory, joined};
use super::module::mapped;
use super::states::States;
use super::{Modules, parsed};
use crate::facts::AccountHint;
use crate::iam::arn::is_account_id;
use crate::parse::hcl::{self, Block, Body, ExpressionKind};
use crate::source::{SourceId, Sources, Span};
use crate::value::{Answer, Because, Class, Kind, List, Map, Symbol, Text, Value};

/// Configurations that include or read others.
const MAX_DEPTH: usize = 8;

/// Values inside of values that one unit takes from another.
const MAX_NESTING: usize = 32;

/// The configuration of a unit, by its usual name.
const CONFIG: &str = "terragrunt.hcl";

/// Names of locals that hold the account a directory is for.
const ACCOUNT_LOCALS: [&str; 4] = ["account_id", "aws_account_id", "account", "aws_account"];

/// Whether a file is a configuration of Terragrunt, so that its blocks are not Terraform's.
pub(super) fn is_unit(path: &str) -> bool {
    path.rsplit('/').next() == Some(CONFIG)
}

/// Where a configuration is read: what its functions are about.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The directory of the file.
    directory: String,
    /// The directory of the unit that includes it; the same for the unit itself.
    unit: String,
}

/// What a configuration says.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    locals: Map,
    pub(super) inputs: Map,
    /// Whether inputs are merged with those of an include at every depth.
    deep: bool,
    /// Where the module comes from, as it is written.
    source: Option<String>,
    /// Accounts that provider blocks and well-known locals name.
    pub(super) hints: Vec<AccountHint>,
    /// Whether the provider that it generates may bring credentials.
    pub(super) logs_in: bool,
    /// The states that inputs depend on.
    pub(super) asked: BTreeSet<String>,
}

/// The units of a project whose modules are in it.
pub(super) fn deployments(sources: &Sources, modules: &Modules<'_>) -> Vec<Deployment> {
    let units = sources.ids().map(|id| sources.path(id)).filter(|path| is_unit(path));
    let each = units.filter_map(|path| {
        let source = config(sources, path, None)?.source?;
        let module = directory_of(modules, directory(path), &source)?;
        let module = modules.directory(&module)?.to_owned();
        Some(Deployment { root: module, terragrunt: Some(path.to_owned()), ..Deployment::default() })
    });
    each.collect()
}

/// What the configuration in a file says; `states` are what other units publish.
pub(super) fn config(sources: &Sources, path: &str, states: Option<&States>) -> Option<Config> {
    Reader { sources, states }.config(path, directory(path), 0)
}

/// How the state of a unit is called.
pub(super) fn state_key(unit: &str) -> String {
    format!("#data.terraform_remote_state[\"terragrunt://{unit}\"].outputs")
}

struct Reader<'s> {
    sources: &'s Sources,
    states: Option<&'s States>,
}

impl Reader<'_> {
    fn config(&self, path: &str, unit: &str, depth: usize) -> Option<Config> {
        if depth > MAX_DEPTH {
            return None;
        }
        let (body, _) = parsed(self.sources, self.sources.find(path)?);
        let here = directory(path).to_owned();
        let bodies = [body];
        let module = Module::new(&here, &bodies);
        let none = Modules::default();
        let place = Place { directory: here.clone(), unit: unit.to_owned() };
        let run = Run::in_terragrunt(self.sources, &none, &here, (place, depth));
        let instance = Instance::new(&module, String::new(), None, Answer::Yes, FxHashMap::default());
        let scope = Scope::of(Rc::new(instance));
        let body = bodies.first()?;
        let mut found = Config::default();
        let scope = self.included(&run, &scope, body, (unit, depth), &mut found);
        let scope = self.dependencies(&run, &scope, body, unit, &mut found);
        Self::own(&run, &scope, (&module, body), &mut found);
        Some(found)
    }

    /// What the configuration includes; `include` has its locals and inputs.
    fn included<'r>(
        &self,
        run: &Run<'r>,
        scope: &Scope<'r>,
        body: &'r Body,
        (unit, depth): (&str, usize),
        found: &mut Config,
    ) -> Scope<'r> {
        let mut includes = Map::default();
        for block in body.blocks.iter().filter(|block| &*block.kind.value == "include") {
            let path = argument(&block.body, "path").map(|path| run.value(scope, &path.value));
            let path = path.as_ref().and_then(Value::as_str).and_then(|path| at(unit, &path));
            let Some(parent) = path.and_then(|path| self.config(&path, unit, depth + 1)) else { continue };
            let shown = exposed(&parent, block.header);
            match block.labels.first() {
                Some(label) => includes.insert(&label.value, block.header, shown),
                None => {
                    includes.entries.extend(shown.as_map().into_iter().flat_map(|map| map.entries.clone()));
                }
            }
            found.asked.extend(parent.asked);
            let strategy = argument(&block.body, "merge_strategy").and_then(|it| literal(&it.value));
            if strategy.as_deref() == Some("no_merge") {
                continue;
            }
            found.deep |= strategy.as_deref() == Some("deep");
            found.inputs = merged(&found.inputs, &parent.inputs, found.deep, 0);
            found.source = parent.source.or(found.source.take());
            found.hints.extend(parent.hints);
        }
        scope.bind("include", Value::new(Kind::Map(includes), place_of(body)))
    }

    /// The outputs of the units that this one depends on.
    fn dependencies<'r>(
        &self,
        run: &Run<'r>,
        scope: &Scope<'r>,
        body: &'r Body,
        unit: &str,
        found: &mut Config,
    ) -> Scope<'r> {
        let mut all = Map::default();
        for block in body.blocks.iter().filter(|block| &*block.kind.value == "dependency") {
            let Some(label) = block.labels.first() else { continue };
            let path = argument(&block.body, "config_path").map(|path| run.value(scope, &path.value));
            let key = match path.as_ref().and_then(Value::as_str).and_then(|path| at(unit, &path)) {
                Some(other) => state_key(&other),
                None => format!("{unit}#dependency.{}.outputs", label.value),
            };
            found.asked.insert(key.clone());
            let known = self.states.and_then(|states| states.get(&key)).cloned();
            let unknown =
                || Value::unknown(Symbol::new(Class::Keyed, key.as_str(), Because::Remote), block.header);
            let mut dependency = Map::default();
            dependency.insert(
                "outputs",
                block.header,
                known.map_or_else(unknown, |known| seen_from(known, block.header, 0)),
            );
            all.insert(&label.value, block.header, Value::new(Kind::Map(dependency), block.header));
        }
        scope.bind("dependency", Value::new(Kind::Map(all), place_of(body)))
    }

    /// What the configuration says itself.
    fn own<'r>(
        run: &Run<'r>,
        scope: &Scope<'r>,
        (module, body): (&Module<'r>, &'r Body),
        found: &mut Config,
    ) {
        for (name, local) in &module.locals {
            found.locals.insert(name, local.name.span, run.value(scope, &local.value));
        }
        // The order of a hash map is no order.
        found.locals.entries.sort_by_key(|entry| entry.key_span);
        let place = found.locals.entries.first().map_or(place_of(body), |entry| entry.key_span);
        let scope = &scope.bind("local", Value::new(Kind::Map(found.locals.clone()), place));
        if let Some(inputs) = argument(body, "inputs")
            && let Kind::Map(inputs) = run.value(scope, &inputs.value).kind
        {
            found.inputs = merged(&found.inputs, &inputs, found.deep, 0);
        }
        for block in &body.blocks {
            match &*block.kind.value {
                "terraform" => {
                    let source =
                        argument(&block.body, "source").map(|source| run.value(scope, &source.value));
                    let source = source.as_ref().and_then(Value::as_str).map(std::borrow::Cow::into_owned);
                    found.source = source.or(found.source.take());
                }
                "generate" => found.hints.extend(generated(run, scope, block)),
                _ => {}
            }
        }
        found.hints.extend(account_of(run.sources, &found.locals));
    }
}

/// The directory of a module: a path as a unit writes it, or a source that the configuration maps to one.
fn directory_of(modules: &Modules<'_>, unit: &str, source: &str) -> Option<String> {
    let path = source.split('?').next().unwrap_or(source);
    if path.starts_with(['.', '/']) {
        at(unit, &path.replace("//", "/"))
    } else {
        mapped(modules.sources, source)
    }
}

/// What `include.x` and `read_terragrunt_config(…)` show of a configuration.
fn exposed(config: &Config, span: Span) -> Value {
    let mut map = Map { entries: Vec::new(), open: true };
    map.insert("locals", span, Value::new(Kind::Map(config.locals.clone()), span));
    map.insert("inputs", span, Value::new(Kind::Map(config.inputs.clone()), span));
    Value::new(Kind::Map(map), span)
}

/// A value of another unit, as if it were written where this one takes it.
fn seen_from(value: Value, place: Span, depth: usize) -> Value {
    let inner = |value: Value| seen_from(value, place, depth + 1);
    let kind = match value.kind {
        _ if depth > MAX_NESTING => return value,
        Kind::Text(text) => {
            let mut seen = Text::default();
            text.pieces().iter().for_each(|piece| seen.push(piece.kind.clone(), place));
            Kind::Text(seen)
        }
        Kind::List(list) => {
            Kind::List(List { items: list.items.into_iter().map(inner).collect(), open: list.open })
        }
        Kind::Map(mut map) => {
            for entry in &mut map.entries {
                entry.value = inner(entry.value.clone());
            }
            Kind::Map(map)
        }
        Kind::Choice(all) => Kind::Choice(all.iter().cloned().map(inner).collect()),
        other => other,
    };
    Value { kind, span: place, ..value }
}

/// A place in the file of a body.
fn place_of(body: &Body) -> Span {
    Span::start_of(body.blocks.first().map_or_else(SourceId::first, |block| block.span.source))
}

/// A path as a configuration in a directory writes it, below the project root.
fn at(directory: &str, path: &str) -> Option<String> {
    match path.strip_prefix('/') {
        Some(below) => joined("", below),
        None => joined(directory, path),
    }
}

/// The entries of both; those of the second win, or are merged with those of the first at every depth.
fn merged(first: &Map, second: &Map, deep: bool, depth: usize) -> Map {
    let mut map = first.clone();
    map.open |= second.open;
    for entry in &second.entries {
        let old = entry.key.as_literal().and_then(|key| map.get(&key).cloned());
        map.entries.retain(|other| other.key != entry.key);
        let mut entry = entry.clone();
        if let Some(old) = old.filter(|_| deep && depth < MAX_NESTING) {
            match (old.kind, &mut entry.value.kind) {
                (Kind::Map(old), Kind::Map(new)) => *new = merged(&old, new, true, depth + 1),
                (Kind::List(old), Kind::List(new)) => {
                    new.items.splice(0..0, old.items);
                    new.open |= old.open;
                }
                _ => {}
            }
        }
        map.entries.push(entry);
    }
    map
}

/// The account that well-known locals name, as in an `account.hcl`.
fn account_of(sources: &Sources, locals: &Map) -> Option<AccountHint> {
    ACCOUNT_LOCALS.iter().find_map(|name| {
        let value = locals.get(name)?;
        let account = value.as_text()?;
        let evidence = format!("`{name}` of Terragrunt");
        // Another local of that name may be the account of somebody else.
        let own = sources.path(value.span.source).rsplit('/').next() == Some("account.hcl");
        let known = own && account.as_literal().is_some_and(|id| is_account_id(&id));
        known.then_some(AccountHint { account, span: value.span, evidence })
    })
}

/// The accounts of the provider blocks that a unit generates.
fn generated<'r>(run: &Run<'r>, scope: &Scope<'r>, block: &'r Block) -> Vec<AccountHint> {
    let contents = argument(&block.body, "contents").map(|contents| run.value(scope, &contents.value));
    let Some(text) = contents.as_ref().and_then(Value::as_str) else { return Vec::new() };
    let (body, _) = hcl::parse(block.span.source, &text);
    let providers = body.blocks.iter().filter(|it| {
        &*it.kind.value == "provider" && it.labels.first().is_some_and(|label| &*label.value == "aws")
    });
    let hint = |account: &str, evidence: &str| {
        let account = Text::literal(account, block.header);
        AccountHint { account, span: block.header, evidence: evidence.to_owned() }
    };
    let mut hints = Vec::new();
    for provider in providers.filter(|provider| argument(&provider.body, "alias").is_none()) {
        if let Some(ids) = argument(&provider.body, "allowed_account_ids")
            && let ExpressionKind::List(items) = &ids.value.kind
            && let [only] = items.as_slice()
        {
            hints.extend(literal(only).map(|id| hint(&id, "allowed_account_ids")));
        }
        let roles = provider.body.blocks.iter().filter(|inner| &*inner.kind.value == "assume_role");
        let arns = roles.filter_map(|role| literal(&argument(&role.body, "role_arn")?.value));
        let accounts = arns.filter_map(|arn| arn.split(':').nth(4).map(str::to_owned));
        hints.extend(accounts.map(|account| hint(&account, "assume_role of the provider")));
    }
    hints
}

impl Run<'_> {
    /// Functions that only Terragrunt has; `None` for all others, and where they do not belong.
    ///
    /// <https://terragrunt.gruntwork.io/docs/reference/hcl/functions/>
    pub(super) fn terragrunt_call(&self, name: &str, operands: &[Value], span: Span) -> Option<Value> {
        let (place, depth) = self.terragrunt.as_ref()?;
        let text = |at: usize| operands.get(at).and_then(Value::as_str);
        let path = |path: &str| Value::literal(format!("/{path}"), span);
        Some(match name {
            "find_in_parent_folders" => {
                let wanted = text(0).map_or_else(|| CONFIG.to_owned(), std::borrow::Cow::into_owned);
                match self.above(&place.unit, &wanted) {
                    Some(found) => path(&found),
                    None => {
                        operands.get(1).cloned().unwrap_or_else(|| self.unknown_here(name, &wanted, span))
                    }
                }
            }
            "get_terragrunt_dir" | "get_original_terragrunt_dir" => path(&place.unit),
            "get_parent_terragrunt_dir" => path(&place.directory),
            "get_repo_root" | "get_path_to_repo_root" => Value::literal("", span),
            "get_path_from_repo_root" => Value::literal(place.unit.as_str(), span),
            "path_relative_to_include" => {
                let below =
                    place.unit.strip_prefix(&place.directory).map(|rest| rest.trim_start_matches('/'));
                Value::literal(below.filter(|rest| !rest.is_empty()).unwrap_or("."), span)
            }
            "read_terragrunt_config" => {
                let reader = Reader { sources: self.sources, states: self.states };
                let config = text(0)
                    .and_then(|path| at(&place.unit, &path))
                    .and_then(|path| reader.config(&path, directory(&path), depth + 1));
                match config {
                    Some(config) => exposed(&config, span),
                    None => operands.get(1).cloned().unwrap_or_else(|| self.unknown_here(name, "", span)),
                }
            }
            "get_env" => match operands.get(1) {
                Some(default) => default.clone(),
                None => self.unknown_here(name, &text(0).unwrap_or_default(), span),
            },
            "get_aws_account_id" => {
                let symbol = Symbol::new(Class::Account, place.unit.as_str(), Because::Run);
                Value::text(Text::symbol(symbol, span), span)
            }
            _ if name.starts_with("get_") || matches!(name, "run_cmd" | "sops_decrypt_file") => {
                self.unknown_here(name, &text(0).unwrap_or_default(), span)
            }
            _ => return None,
        })
    }

    /// A file of this name in a directory above the unit.
    fn above(&self, unit: &str, name: &str) -> Option<String> {
        let mut from = unit;
        while !from.is_empty() {
            from = directory(from);
            let path = if from.is_empty() { name.to_owned() } else { format!("{from}/{name}") };
            if self.sources.find(&path).is_some() {
                return Some(path);
            }
        }
        None
    }

    fn unknown_here(&self, name: &str, of: &str, span: Span) -> Value {
        let unit = self.terragrunt.as_ref().map_or("", |(place, _)| place.unit.as_str());
        let symbol = Symbol::new(Class::Keyed, format!("{unit}#{name}({of})"), Because::Run);
        Value::unknown(symbol, span)
    }
}
