//! Input variables.
//!
//! <https://developer.hashicorp.com/terraform/language/values/variables>

use std::rc::Rc;

use super::blocks::argument;
use super::instance::{Instance, Name, Scope};
use super::run::Run;
use super::unmodelled;
use crate::facts::Secret;
use crate::parse::hcl::{self, Block, Body, Expression};
use crate::parse::json::placed;
use crate::value::{Because, Kind, Map, Value};
use crate::walk::terraform::language::convert::Outcome;
use crate::walk::terraform::language::types;
use crate::walk::terraform::language::unknown::bounded;

impl<'a> Run<'a> {
    /// The value of a variable of a module instance.
    pub(super) fn variable(&self, instance: &Rc<Instance<'a>>, name: &str) -> Option<Rc<Value>> {
        if instance.module.is_stand_in
            && let (Some(open), Some((_, call))) = (unmodelled::open_variable(name), &instance.caller)
        {
            let value = || unmodelled::open(instance.module, call, open);
            return instance.memory.once(&self.work, Name::Variable(open), value);
        }
        let (name, block) = instance.module.variables.get_key_value(name)?;
        instance.memory.once(&self.work, Name::Variable(name), || {
            let given = if let Some((caller, call)) = &instance.caller {
                argument(&call.body, name).map(|given| self.value(caller, &given.value))
            } else {
                let written = self.told.inputs.get(*name).cloned();
                match self.told.planned.get(*name) {
                    Some(planned) => Some(self.written_as_planned(instance, block, written, planned)),
                    None => written,
                }
            };
            let value = self.given_or_default(instance, name, block, given);
            if is_literally(&block.body, "sensitive", true) {
                let symbol = self.symbol(&format!("{}var.{name}", instance.address), Because::Input);
                self.secrets.borrow_mut().push(Secret::of(&value, symbol));
            }
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
        let nullable = !is_literally(&block.body, "nullable", false);
        let given = given.map(|value| match default {
            Some(default) if !nullable && matches!(value.kind, Kind::Null) => {
                self.value(&scope, &default.value)
            }
            _ => value,
        });
        let symbol = || self.symbol(&format!("{}var.{name}", instance.address), Because::Input);
        let is_given = given.is_some();
        let default = || default.map(|default| self.value(&scope, &default.value));
        let value = given.or_else(|| default().filter(|value| !self.is_refused(&scope, name, block, value)));
        let Some(value) = value else { return Value::unknown(symbol(), block.header) };
        let value = self.as_declared(&scope, block, value);
        // What a module is called with is said by its caller; a file of values may still have to be filled in.
        match &instance.caller {
            Some(_) if is_given => value,
            Some(_) => value.default_of(symbol()),
            // A plan says what there is.
            None if self.told.planned.get(name).is_some() => value.default_of(symbol()),
            None => value.input_default_of(symbol()),
        }
    }

    /// Whether the variable's own validation refuses a default: then each deployment gives a value.
    ///
    /// <https://developer.hashicorp.com/terraform/language/validate#input-variable-validation>
    fn is_refused(&self, scope: &Scope<'a>, name: &str, block: &Block, value: &Value) -> bool {
        let mut validations = block.body.blocks.iter().filter(|inner| &*inner.kind.value == "validation");
        validations.any(|validation| {
            let Some(condition) = argument(&validation.body, "condition") else { return false };
            let mut variables = Map { open: true, ..Map::default() };
            variables.insert(name, value.span, value.clone());
            let scope = scope.bind("var", Value::new(Kind::Map(variables), value.span));
            let holds = self.work.watch(|| self.value(&scope, &condition.value)).0;
            matches!(holds.kind, Kind::Bool(false))
        })
    }

    /// The value as the declared type makes it.
    fn as_declared(&self, scope: &Scope<'a>, block: &Block, value: Value) -> Value {
        let Some(wanted) = argument(&block.body, "type").and_then(|wanted| types::parse(&wanted.value))
        else {
            return value;
        };
        let span = value.span;
        let operands = [value];
        self.work.distribute(&operands, span, &mut |operands| {
            let Some(value) = operands.first() else { return bounded(span) };
            let default = |expression: &Expression| self.value(scope, expression);
            match types::convert(value.clone(), &wanted, &default) {
                // What Terraform refuses to convert is kept: a rule may have something to say about it.
                Outcome::Refused | Outcome::Unknown => value.clone(),
                Outcome::Value(converted) => converted,
            }
        })
    }
}

fn is_literally(body: &Body, name: &str, is: bool) -> bool {
    argument(body, name).is_some_and(
        |attribute| matches!(attribute.value.kind, hcl::ExpressionKind::Bool(value) if value == is),
    )
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
