//! Stacks: units that a file makes of templates.
//!
//! <https://terragrunt.gruntwork.io/docs/features/stacks>

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::configuration::{Configuration, Place, Reader};
use super::{CONFIG, at};
use crate::bounds;
use crate::parse::hcl::{Block, Body};
use crate::source::Sources;
use crate::source::paths::{directory, joined};
use crate::value::{Kind, Map, Value};
use crate::walk::terraform::deploy::deployment::StackUnit;
use crate::walk::terraform::deploy::read::parsed;
use crate::walk::terraform::language::evaluator::Bound;
use crate::walk::terraform::module::blocks::argument;
use crate::walk::terraform::module::modules::{Modules, mapped};

/// The file of a stack, by its name.
const STACK: &str = "terragrunt.stack.hcl";
/// Where units are put, below the directory of the stack.
const BELOW: &str = ".terragrunt-stack";

/// What its stack gives a unit.
pub(super) fn values(unit: &StackUnit, sources: &Sources) -> Option<Value> {
    let (first, _) = unit.steps.first()?;
    let mut place = directory(first).to_owned();
    let mut values = None;
    for (file, name) in &unit.steps {
        let stack = Stack::read(sources, file, &place, values.as_ref())?;
        let made = stack.made.into_iter().find(|made| made.name == *name)?;
        (place, values) = (made.directory, Some(made.values));
    }
    values
}

/// What a block of a stack makes.
struct Made {
    is_stack: bool,
    name: String,
    /// Where its template is.
    source: Option<String>,
    directory: String,
    values: Value,
}

struct Stack {
    made: Vec<Made>,
}

impl Stack {
    /// Reads the file of a stack that is put in a directory.
    fn read(sources: &Sources, file: &str, place: &str, values: Option<&Value>) -> Option<Self> {
        let (body, _) = parsed(sources, sources.find(file)?);
        let here = directory(file).to_owned();
        let bodies = [body];
        let at = Place {
            directory: place.to_owned(),
            unit: place.to_owned(),
            original: place.to_owned(),
            includes: RefCell::default(),
        };
        let read = Configuration::new(Reader { sources, states: None, values }, &here, &bodies, (at, 0));
        let bound = read.values();
        let body: &Body = bodies.first()?;
        let made = body.blocks.iter().filter_map(|block| made(&read, &bound, block, place)).collect();
        Some(Self { made })
    }
}

fn made(read: &Configuration<'_>, bound: &Bound, block: &Block, place: &str) -> Option<Made> {
    let is_stack = match &*block.kind.value {
        "unit" => false,
        "stack" => true,
        _ => return None,
    };
    let value = |name: &str| argument(&block.body, name).map(|it| read.value(bound, &it.value));
    let text = |name: &str| value(name).as_ref().and_then(Value::as_str).map(std::borrow::Cow::into_owned);
    let beside = value("no_dot_terragrunt_stack").is_some_and(|it| matches!(it.kind, Kind::Bool(true)));
    let path = text("path")?;
    let below = if beside { path } else { format!("{BELOW}/{path}") };
    let none = || Value::new(Kind::Map(Map::default()), block.header);
    Some(Made {
        is_stack,
        name: block.labels.first()?.value.to_string(),
        source: text("source"),
        directory: joined(place, &below)?,
        values: value("values").unwrap_or_else(none),
    })
}

/// The units that stacks of a project make, each with the configuration it is made of.
pub(super) fn units(sources: &Sources, modules: &Modules<'_>) -> Vec<(String, StackUnit)> {
    let files = sources.ids().map(|id| sources.path(id));
    let files = files.filter(|path| path.rsplit('/').next() == Some(STACK));
    let mut found = Vec::new();
    let mut inner = BTreeSet::new();
    let mut outer: Vec<&str> = files.collect();
    for pass in [false, true] {
        // What another stack is made of is no stack of its own; which these are is known when all were read.
        found.clear();
        if pass {
            outer.retain(|file| !inner.contains(*file));
        }
        for file in &outer {
            let mut walk = Walk { sources, modules, found: &mut found, inner: &mut inner };
            walk.stack(file, directory(file), None, &[]);
        }
    }
    found
}

struct Walk<'w, 's> {
    sources: &'s Sources,
    modules: &'w Modules<'s>,
    found: &'w mut Vec<(String, StackUnit)>,
    inner: &'w mut BTreeSet<String>,
}

impl Walk<'_, '_> {
    fn stack(&mut self, file: &str, place: &str, values: Option<&Value>, steps: &[(String, String)]) {
        if steps.len() > bounds::TERRAGRUNT_DEPTH {
            return;
        }
        let Some(stack) = Stack::read(self.sources, file, place, values) else { return };
        for made in stack.made {
            let Some(source) = made.source.and_then(|source| self.template(directory(file), &source)) else {
                continue;
            };
            let mut steps = steps.to_vec();
            steps.push((file.to_owned(), made.name));
            let name = if made.is_stack { STACK } else { CONFIG };
            let Some(path) = joined(&source, name).filter(|path| self.sources.find(path).is_some()) else {
                continue;
            };
            if made.is_stack {
                self.stack(&path, &made.directory, Some(&made.values), &steps);
                self.inner.insert(path);
            } else if self.found.len() < bounds::TERRAGRUNT_UNITS {
                self.found.push((path, StackUnit { directory: made.directory, steps }));
            }
        }
    }

    /// The directory of a template: one that the configuration says, or one of the project.
    fn template(&self, here: &str, source: &str) -> Option<String> {
        if let Some(mapped) = mapped(self.modules.sources, here, source) {
            return Some(mapped);
        }
        let path = source.split('?').next().unwrap_or(source);
        if path.contains(':') {
            return None;
        }
        at(here, &path.replace("//", "/"))
    }
}
