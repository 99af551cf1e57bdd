//! Input variables.
//!
//! <https://developer.hashicorp.com/terraform/language/values/variables>

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::blocks::argument;
use super::run::{Instance, Name, Run, Scope};
use crate::parse::hcl::{self, Block, Body, Expression};
use crate::parse::json::placed;
use crate::source::{SourceId, Sources};
use crate::value::{Because, Kind, Map, Value};
use crate::walk::terraform::Modules;
use crate::walk::terraform::deploy::deployment::Deployment;
use crate::walk::terraform::deploy::stand_in;
use crate::walk::terraform::language::convert::Outcome;
use crate::walk::terraform::language::paths::directory;
use crate::walk::terraform::language::types;
use crate::walk::terraform::language::unknown::bounded;
use crate::walk::terraform::parsed;

/// The files that give values to the variables of a root module without being named, the last one winning.
pub(crate) fn value_files<'a>(
    sources: &'a Sources,
    root: &'a str,
) -> impl Iterator<Item = SourceId> + use<'a> {
    let fixed = ["terraform.tfvars", "terraform.tfvars.json"].into_iter().filter_map(move |name| {
        sources.find(&if root.is_empty() { name.to_owned() } else { format!("{root}/{name}") })
    });
    let automatic =
        move |path: &str| path.contains(".auto.tfvars") && is_automatic(path) && directory(path) == root;
    let all = sources.below(root).map(|id| (sources.path(id), id)).chain(sources.links());
    fixed.chain(all.filter(move |(path, _)| automatic(path)).map(|(_, id)| id))
}

/// Whether Terraform takes a file of values without being told.
pub(crate) fn is_automatic(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(name, "terraform.tfvars" | "terraform.tfvars.json")
        || name.ends_with(".auto.tfvars")
        || name.ends_with(".auto.tfvars.json")
}

/// The values that those files give, and those of the deployment.
pub(crate) fn inputs(sources: &Sources, deployment: &Deployment) -> FxHashMap<String, Value> {
    let mut inputs = FxHashMap::default();
    let told = deployment.value_files.iter().filter_map(|path| sources.find(path));
    for file in value_files(sources, &deployment.root).chain(told) {
        for entry in constants(sources, file).entries {
            inputs.insert(entry.key.to_string(), entry.value);
        }
    }
    inputs
}

/// What a file of values says.
pub(crate) fn constants(sources: &Sources, file: SourceId) -> Map {
    let (body, _) = parsed(sources, file);
    let mut values = Map::default();
    for attribute in body.attributes {
        values.insert(&attribute.name.value, attribute.name.span, constant(sources, &attribute.value));
    }
    values
}

/// An expression that refers to nothing.
fn constant(sources: &Sources, expression: &Expression) -> Value {
    let modules = Modules::default();
    let module = super::blocks::Module::default();
    let run = Run::constant(sources, &modules);
    let instance =
        Instance::new(&module, String::new(), None, crate::value::Answer::Yes, FxHashMap::default());
    run.value(&Scope::of(Rc::new(instance)), expression)
}

impl<'a> Run<'a> {
    /// The value of a variable of a module instance.
    pub(crate) fn variable(&self, scope: &Scope<'a>, name: &str) -> Option<Rc<Value>> {
        let instance = &scope.instance;
        if instance.module.is_stand_in
            && let (Some(open), Some((_, call))) = (stand_in::open_variable(name), &instance.caller)
        {
            return self.once(instance, Name::Variable(open), || stand_in::open(instance.module, call, open));
        }
        let (name, block) = instance.module.variables.get_key_value(name)?;
        self.once(instance, Name::Variable(name), || {
            let given = if let Some((caller, call)) = &instance.caller {
                argument(&call.body, name).map(|given| self.value(caller, &given.value))
            } else {
                let written = self.inputs.get(*name).cloned();
                match self.deployment.and_then(|it| it.found.variables.get(*name)) {
                    Some(planned) => Some(self.written_as_planned(instance, block, written, planned)),
                    None => written,
                }
            };
            let value = self.given_or_default(instance, name, block, given);
            self.identified(value, instance, "var.", name)
        })
    }

    /// The value that a plan says, where it is written: in a file of values, as the default, or else at the variable.
    fn written_as_planned(
        &self,
        instance: &Rc<Instance<'a>>,
        block: &Block,
        given: Option<Value>,
        planned: &serde_json::Value,
    ) -> Value {
        let scope = Scope::of(Rc::clone(instance));
        let default = || argument(&block.body, "default").map(|it| self.value(&scope, &it.value));
        let said = |value: &Value| says(value, planned);
        given.filter(said).or_else(|| default().filter(said)).unwrap_or_else(|| placed(planned, block.header))
    }

    /// The value that is given, or else the default, as the declared type makes it.
    fn given_or_default(
        &self,
        instance: &Rc<Instance<'a>>,
        name: &str,
        block: &Block,
        given: Option<Value>,
    ) -> Value {
        let scope = Scope::of(Rc::clone(instance));
        let default = argument(&block.body, "default");
        let nullable = !is_literally_false(&block.body, "nullable");
        let given = given.map(|value| match default {
            Some(default) if !nullable && matches!(value.kind, Kind::Null) => {
                self.value(&scope, &default.value)
            }
            _ => value,
        });
        let value = given.or_else(|| default.map(|default| self.value(&scope, &default.value)));
        let Some(value) = value else {
            let symbol = self.symbol(&format!("{}var.{name}", instance.address), Because::Input);
            return Value::unknown(symbol, block.header);
        };
        let Some(wanted) = argument(&block.body, "type").and_then(|wanted| types::parse(&wanted.value))
        else {
            return value;
        };
        let span = value.span;
        let operands = [value];
        self.distribute(&operands, span, &mut |operands| {
            let Some(value) = operands.first() else { return bounded(span) };
            let default = |expression: &Expression| self.value(&scope, expression);
            match types::convert(value.clone(), &wanted, &default) {
                // What Terraform refuses to convert is kept: a rule may have something to say about it.
                Outcome::Refused | Outcome::Unknown => value.clone(),
                Outcome::Value(converted) => converted,
            }
        })
    }
}

fn is_literally_false(body: &Body, name: &str) -> bool {
    argument(body, name)
        .is_some_and(|attribute| matches!(attribute.value.kind, hcl::ExpressionKind::Bool(false)))
}

/// Whether a value is just what JSON says. The depth is bounded by that of the value.
fn says(value: &Value, json: &serde_json::Value) -> bool {
    use serde_json::Value as Json;
    match (&value.kind, json) {
        (Kind::Null, Json::Null) => true,
        (Kind::Bool(value), Json::Bool(json)) => value == json,
        (Kind::Number(digits), Json::Number(json)) => **digits == *json.to_string(),
        (Kind::Text(text), Json::String(json)) => text.is_literally(json),
        (Kind::List(list), Json::Array(json)) => {
            !list.open
                && list.items.len() == json.len()
                && list.items.iter().zip(json).all(|(item, json)| says(item, json))
        }
        (Kind::Map(map), Json::Object(json)) => {
            !map.open
                && map.entries.len() == json.len()
                && json.iter().all(|(name, json)| map.get(name).is_some_and(|value| says(value, json)))
        }
        _ => false,
    }
}
