//! Terragrunt: units that deploy a module with inputs.
//!
//! Read is what says which module a unit deploys, with which inputs and to which account. What is not understood is
//! not known, never an error. Paths that Terragrunt's functions return are absolute there; here they begin at the project
//! root, with a slash.
//!
//! <https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/>

mod configuration;
mod extra;
mod functions;
mod generated;
mod stack;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use self::configuration::{Configuration, Place, Reader};
use self::generated::{Contents, Generated};
use super::credentials::of_profile;
use super::deployment::{Deployment, StackUnit};
use super::read::parsed;
use crate::bounds;
use crate::facts::AccountHint;
use crate::iam::arn::is_account_id;
use crate::parse::hcl::Body;
use crate::source::paths::{directory, joined};
use crate::source::{SourceId, Sources, Span};
use crate::value::{
    Because, Class, Kind, Map, Operand, Origin, OriginKind, Symbol, Text, UnitKey, Value, Words,
};
use crate::walk::memory::Recall;
use crate::walk::terraform::language::evaluator::Bound;
use crate::walk::terraform::module::blocks::{argument, literal};
use crate::walk::terraform::module::modules::{Modules, mapped};
use crate::walk::terraform::module::run::States;

/// The configuration of a unit, by its usual name.
const CONFIG: &str = "terragrunt.hcl";

/// Names of locals that hold the account a directory is for.
const ACCOUNT_LOCALS: [&str; 4] = ["account_id", "aws_account_id", "account", "aws_account"];

/// Names of locals that hold the profile of such an account.
const PROFILE_LOCALS: [&str; 3] = ["aws_profile", "aws_profile_name", "profile"];

/// Whether a file is a configuration of Terragrunt, so that its blocks are not Terraform's.
pub(super) fn is_unit(path: &str) -> bool {
    path.rsplit('/').next() == Some(CONFIG)
}

/// What a configuration says.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    locals: Map,
    pub(crate) inputs: Map,
    dependencies: Map,
    /// Whether inputs are merged with those of an include at every depth.
    deep: bool,
    /// Where the module comes from, as it is written.
    source: Option<String>,
    /// The files that it generates, by name.
    files: BTreeMap<String, Contents>,
    /// What they say of providers, in a unit.
    generated: Vec<Generated>,
    /// The account of the role that Terragrunt runs Terraform with.
    role: Option<AccountHint>,
    /// Accounts that well-known locals name.
    named: Vec<AccountHint>,
    /// What its blocks of extra arguments give, by label.
    extra: BTreeMap<String, extra::Arguments>,
    /// The states that inputs depend on.
    pub(crate) asked: FxHashSet<Origin>,
}

impl Config {
    /// Whether it generates files, which can declare anything.
    pub(super) fn generates(&self) -> bool {
        !self.generated.is_empty()
    }

    /// The provider configurations that it generates.
    pub(crate) fn providers(&self) -> impl Iterator<Item = &generated::Provider> {
        self.generated.iter().flat_map(|generated| &generated.providers)
    }

    /// The default one of them.
    pub(super) fn default_provider(&self) -> Option<&generated::Provider> {
        self.providers().find(|provider| provider.alias.is_none())
    }

    /// What it says of the account of the default provider.
    pub(crate) fn hints(&self) -> impl Iterator<Item = &AccountHint> {
        let provider = self.default_provider().into_iter().flat_map(|provider| &provider.hints);
        provider.chain(&self.role).chain(&self.named)
    }

    /// What it gives to variables: what it hands over in the environment, and the files of values, below the project root,
    /// which take precedence.
    pub(super) fn variables(&mut self) -> (Map, Vec<String>) {
        let mut given = mem::take(&mut self.inputs);
        let mut files = Vec::new();
        for arguments in mem::take(&mut self.extra).into_values() {
            // What is set in the environment already is not replaced by inputs.
            given = merged(given, arguments.environment, false, 0);
            files.extend(arguments.value_files);
        }
        (given, files)
    }

    /// Whether the default provider that it generates may bring credentials.
    pub(super) fn logs_in(&self) -> bool {
        self.default_provider().is_some_and(|provider| provider.logs_in)
            || self.generated.iter().any(|generated| generated.unknown)
    }
}

/// The units of a project whose modules are in it.
pub(super) fn deployments(
    sources: &Sources,
    modules: &Modules<'_>,
    recall: Recall<'_, (String, Option<StackUnit>), Option<Deployment>>,
) -> Vec<Deployment> {
    let in_stacks = stack::units(sources, modules);
    let is_template = |path: &str| in_stacks.iter().any(|(config, _)| config == path);
    let plain = sources.ids().map(|id| sources.path(id)).filter(|path| is_unit(path) && !is_template(path));
    let plain: Vec<_> = plain.map(|path| (path.to_owned(), None)).collect();
    let stacked = in_stacks.into_iter().map(|(path, unit)| (path, Some(unit)));
    let deployment = |path: String, stack: Option<StackUnit>| {
        let mut deployment = Deployment { terragrunt: Some(path), stack, ..Deployment::default() };
        let unit = deployment.unit_directory()?;
        let module = match config(sources, &deployment, None)?.source {
            Some(source) => directory_of(modules, unit, &source)?,
            // Without a source, the code beside the configuration is run where it lies.
            // https://terragrunt.gruntwork.io/docs/reference/hcl/blocks/#terraform
            None => unit.to_owned(),
        };
        modules.directory(&module)?.clone_into(&mut deployment.root);
        Some(deployment)
    };
    let each = plain.into_iter().chain(stacked).filter_map(|(path, stack)| {
        let made = recall.again((path.clone(), stack.clone()), || deployment(path, stack));
        Arc::unwrap_or_clone(made)
    });
    each.collect()
}

/// What the configuration of a unit says; `states` are what other units publish.
pub(crate) fn config(sources: &Sources, deployment: &Deployment, states: Option<&States>) -> Option<Config> {
    let path = deployment.terragrunt.as_deref()?;
    let values = deployment.stack.as_ref().and_then(|unit| stack::values(unit, sources));
    let unit = deployment.unit_directory()?;
    Reader { sources, states, values: values.as_ref() }.config(path, (unit, unit), 0)
}

/// How the state of a unit is called.
pub(super) fn state_of(unit: &str) -> Origin {
    let settings = [Operand::Text(Words::literal(unit))].into();
    Origin::new(OriginKind::State { backend: "terragrunt".into(), settings, workspace: None })
}

impl Reader<'_> {
    /// `original` is the unit that everything is read for.
    fn config(&self, path: &str, (unit, original): (&str, &str), depth: usize) -> Option<Config> {
        if depth > bounds::TERRAGRUNT_DEPTH {
            return None;
        }
        let (body, _) = parsed(self.sources, self.sources.find(path)?);
        let here = directory(path);
        let bodies = [body];
        // A unit of a stack is put elsewhere.
        let is_unit = depth == 0;
        let place = Place {
            directory: (if is_unit { unit } else { here }).to_owned(),
            unit: unit.to_owned(),
            original: original.to_owned(),
            includes: RefCell::default(),
        };
        let read = Configuration::new(*self, here, &bodies, (place, depth));
        let body = bodies.first()?;
        let mut found = Config::default();
        let bound = features(&read, &read.values(), body);
        let bound = self.included(&read, &bound, body, (unit, original, depth), &mut found);
        let bound = self.dependencies(&read, &bound, body, unit, &mut found);
        Self::own(&read, &bound, body, &mut found);
        if is_unit {
            found.generated = found.files.values().map(|file| file.read(&found.inputs)).collect();
        }
        found.asked.extend(read.asked.take());
        Some(found)
    }

    /// What the configuration includes; `include` has its locals and inputs.
    fn included(
        &self,
        read: &Configuration<'_>,
        bound: &Bound,
        body: &Body,
        (unit, original, depth): (&str, &str, usize),
        found: &mut Config,
    ) -> Bound {
        let mut includes = Map::default();
        for block in body.blocks.iter().filter(|block| &*block.kind.value == "include") {
            let path = argument(&block.body, "path").map(|path| read.value(bound, &path.value));
            let path = path.as_ref().and_then(Value::as_str).and_then(|path| at(unit, &path));
            let Some(path) = path else { continue };
            let name = block.labels.first().map(|label| label.value.to_string());
            read.place.includes.borrow_mut().push((name, directory(&path).to_owned()));
            let Some(mut parent) = self.config(&path, (unit, original), depth + 1) else { continue };
            let locals = mem::take(&mut parent.locals);
            let shown = exposed(locals, parent.inputs.clone(), parent.dependencies, block.header);
            match block.labels.first() {
                Some(label) => {
                    includes.insert(&label.value, block.header, Value::new(Kind::Map(shown), block.header));
                }
                None => includes.entries.extend(shown.entries),
            }
            found.asked.extend(parent.asked);
            let strategy = argument(&block.body, "merge_strategy").and_then(|it| literal(&it.value));
            if strategy.as_deref() == Some("no_merge") {
                continue;
            }
            found.deep |= strategy.as_deref() == Some("deep");
            found.inputs = merged(mem::take(&mut found.inputs), parent.inputs, found.deep, 0);
            found.source = parent.source.or(found.source.take());
            found.files.extend(parent.files);
            found.extra.extend(parent.extra);
            found.role = parent.role.or(found.role.take());
            found.named.extend(parent.named);
        }
        bound.bind("include", Value::new(Kind::Map(includes), place_of(body)))
    }

    /// The outputs of the units that this one depends on.
    fn dependencies(
        &self,
        read: &Configuration<'_>,
        bound: &Bound,
        body: &Body,
        unit: &str,
        found: &mut Config,
    ) -> Bound {
        let mut all = Map::default();
        for block in body.blocks.iter().filter(|block| &*block.kind.value == "dependency") {
            let Some(label) = block.labels.first() else { continue };
            let path = argument(&block.body, "config_path").map(|path| read.value(bound, &path.value));
            let key = match path.as_ref().and_then(Value::as_str).and_then(|path| at(unit, &path)) {
                Some(other) => state_of(&other),
                None => Origin::named(&UnitKey::of(unit), format!("dependency.{}.outputs", label.value)),
            };
            let outputs = match self.states.and_then(|states| states.get(&key)).cloned() {
                Some(known) => seen_from(known, block.header, 0),
                None => Value::unknown(Symbol::new(Class::Keyed, key.clone(), Because::Remote), block.header),
            };
            found.asked.insert(key);
            let mut dependency = Map::default();
            dependency.insert("outputs", block.header, outputs);
            all.insert(&label.value, block.header, Value::new(Kind::Map(dependency), block.header));
        }
        found.dependencies = all.clone();
        bound.bind("dependency", Value::new(Kind::Map(all), place_of(body)))
    }

    /// What the configuration says itself.
    fn own(read: &Configuration<'_>, bound: &Bound, body: &Body, found: &mut Config) {
        for (name, local) in &read.module.locals {
            let value = read.value(bound, &local.value).default_of(read.empty(name));
            found.locals.insert(name, local.name.span, value);
        }
        // The order of a hash map is no order.
        found.locals.entries.edit().sort_by_key(|entry| entry.key_span);
        let place = found.locals.entries.first().map_or(place_of(body), |entry| entry.key_span);
        let bound = &bound.bind("local", Value::new(Kind::Map(found.locals.clone()), place));
        if let Some(inputs) = argument(body, "inputs")
            && let Kind::Map(inputs) = read.value(bound, &inputs.value).kind
        {
            found.inputs = merged(mem::take(&mut found.inputs), inputs, found.deep, 0);
        }
        for block in &body.blocks {
            match &*block.kind.value {
                "terraform" => {
                    let source =
                        argument(&block.body, "source").map(|source| read.value(bound, &source.value));
                    let source = source.as_ref().and_then(Value::as_str).map(std::borrow::Cow::into_owned);
                    found.source = source.or(found.source.take());
                    extra::add(read, bound, &block.body, &mut found.extra);
                }
                "generate" => generated::add(read, bound, block, &mut found.files),
                _ => {}
            }
        }
        if let Some(role) = argument(body, "iam_role") {
            found.role = generated::of_role(&read.value(bound, &role.value), "iam_role of Terragrunt");
        }
        found.named.extend(account_of(read.reader.sources, &found.locals));
    }
}

/// The flags that a configuration declares, with their defaults.
fn features(read: &Configuration<'_>, bound: &Bound, body: &Body) -> Bound {
    let mut all = Map::default();
    for block in body.blocks.iter().filter(|block| &*block.kind.value == "feature") {
        let default = argument(&block.body, "default").map(|default| read.value(bound, &default.value));
        if let (Some(label), Some(default)) = (block.labels.first(), default) {
            let mut feature = Map::default();
            feature.insert("value", block.header, default);
            all.insert(&label.value, block.header, Value::new(Kind::Map(feature), block.header));
        }
    }
    bound.bind("feature", Value::new(Kind::Map(all), place_of(body)))
}

/// The directory of a module: a path as a unit writes it, or a source that the configuration maps to one.
fn directory_of(modules: &Modules<'_>, unit: &str, source: &str) -> Option<String> {
    let path = source.split('?').next().unwrap_or(source);
    if path.starts_with(['.', '/']) {
        at(unit, &path.replace("//", "/"))
    } else {
        mapped(modules.sources, unit, source)
    }
}

/// What `include.x` and `read_terragrunt_config(…)` show of a configuration.
fn exposed(locals: Map, inputs: Map, dependencies: Map, span: Span) -> Map {
    let mut map = Map { open: true, ..Map::default() };
    for (name, shown) in [("locals", locals), ("inputs", inputs), ("dependency", dependencies)] {
        map.insert(name, span, Value::new(Kind::Map(shown), span));
    }
    map
}

/// A value of another unit, as if it were written where this one takes it.
fn seen_from(value: Value, place: Span, depth: usize) -> Value {
    let inner = |value: Value| seen_from(value, place, depth + 1);
    let kind = match value.kind {
        _ if depth > bounds::VALUE_DEPTH => return value,
        Kind::Text(text) => {
            let mut seen = Text::default();
            text.into_pieces().into_iter().for_each(|piece| seen.push(piece.kind, place));
            Kind::Text(seen)
        }
        Kind::List(list) => Kind::List(list.map(inner)),
        Kind::Map(map) => Kind::Map(map.map(inner)),
        Kind::Choice(all) => Kind::Choice(all.into_iter().map(inner).collect()),
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
fn merged(mut map: Map, second: Map, deep: bool, depth: usize) -> Map {
    map.open |= second.open;
    for mut entry in second.entries {
        let last = || {
            let key = entry.key.as_literal().filter(|_| deep && depth < bounds::VALUE_DEPTH)?;
            map.entries.iter().rposition(|other| other.key.is_literally(&key))
        };
        let old = last().map(|at| map.entries.edit().remove(at).value);
        map.entries.retain(|other| other.key != entry.key);
        if let Some(old) = old {
            match (old.kind, &mut entry.value.kind) {
                (Kind::Map(old), Kind::Map(new)) => *new = merged(old, mem::take(new), true, depth + 1),
                (Kind::List(old), Kind::List(new)) => {
                    new.items.edit().splice(0..0, old.items);
                    new.open |= old.open;
                }
                _ => {}
            }
        }
        map.entries.push(entry);
    }
    map
}

/// The account that well-known locals name, as in an `account.hcl`, and the profile that logs in to it.
fn account_of(sources: &Sources, locals: &Map) -> impl Iterator<Item = AccountHint> {
    // Another local of that name may be the account of somebody else.
    let is_own = |value: &Value| sources.path(value.span.source).rsplit('/').next() == Some("account.hcl");
    let own = |name: &str| locals.get(name).filter(|value| is_own(value));
    let account = ACCOUNT_LOCALS.iter().find_map(|name| {
        let value = own(name)?;
        let account =
            value.as_text().filter(|text| text.as_literal().is_some_and(|id| is_account_id(&id)))?;
        let evidence = format!("`{name}` of Terragrunt");
        Some(AccountHint { account, span: value.span, evidence })
    });
    let profile = PROFILE_LOCALS.iter().find_map(|name| {
        let value = own(name)?;
        of_profile(&value.as_str()?, value.span, &format!("`{name}` of Terragrunt"))
    });
    account.into_iter().chain(profile)
}
