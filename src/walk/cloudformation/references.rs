//! `Ref` and `Fn::GetAtt`: parameters, pseudo parameters, attributes of resources.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::evaluate::{Evaluator, MAX_CHOICES, bounded, call};
use super::template::{Resource, Target};
use super::{nested, parameters, sam};
use crate::carriers::{self, Fill};
use crate::parse::Node;
use crate::source::Span;
use crate::value::{Because, Class, Kind, Origin, Symbol, Text, Value};

impl Evaluator<'_> {
    /// What `Ref` of a name returns. The value has come through `span`.
    pub(super) fn reference(&self, name: &str, span: Span) -> Value {
        let bound = self.scope.borrow().iter().rev().find(|(known, _)| **known == *name).cloned();
        if let Some((_, text)) = bound {
            return Value::text(text, span);
        }
        if let Some(value) = self.pseudo(name, span) {
            return value;
        }
        if let Some(parameter) = self.template.parameters.get(name) {
            return self.parameter(name, parameter).through(span);
        }
        self.attribute(name, "Ref", span)
    }

    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>
    fn pseudo(&self, name: &str, span: Span) -> Option<Value> {
        let class = match name.strip_prefix("AWS::")? {
            "AccountId" => Class::Account,
            "Region" => Class::Region,
            "Partition" => Class::Partition,
            "URLSuffix" => Class::DnsSuffix,
            "NoValue" => return Some(Value::new(Kind::Absent, span)),
            "StackName" => {
                let known = self.stack().target.stack_name.as_ref().map(|name| name.shown_at(span));
                let unknown = || Text::symbol(self.stack().keyed(name, Because::Run), span);
                return Some(Value::text(known.unwrap_or_else(unknown), span));
            }
            _ => return Some(self.unknown(name, Because::Run, span)),
        };
        Some(Value::text(self.stack().pseudo(class, span), span))
    }

    fn parameter(&self, name: &str, parameter: &Node) -> Value {
        let kind = parameters::Kind::of(parameter);
        if let Some(argument) = self.stack().given.values.get(name) {
            return parameters::converted(kind, &argument.value, self.stack());
        }
        let default = parameter.get("Default").map(|node| self.plain(node));
        if let Some(default) = default {
            return parameters::converted(kind, &default, self.stack());
        }
        parameters::without_value(name, parameter, self.stack())
    }

    /// What an attribute of a resource returns; `Ref` is one of them.
    pub(super) fn attribute(&self, address: &str, attribute: &str, span: Span) -> Value {
        let Some(target) = self.template.target(address) else {
            if let Some(value) = self.dotted(address, attribute, span) {
                return value;
            }
            let name = if attribute == "Ref" { address.to_owned() } else { format!("{address}.{attribute}") };
            return self.unknown(&name, Because::Undeclared, span);
        };
        let (resource, shown, type_name) = match &target {
            Target::Written(resource) => (*resource, resource.shown.to_string(), &*resource.type_name),
            Target::Made(made, owner) => (*owner, sam::shown(owner, address), made.type_name),
        };
        let made = if let Target::Made(made, _) = target { Some(made) } else { None };
        if made.is_none()
            && let Some(value) = self.of_sam(resource, attribute, span)
        {
            return value;
        }
        if let Some(template) = carriers::attribute_template(type_name, attribute) {
            return self.filled(template, &shown, (made, resource), span);
        }
        if made.is_none()
            && let Some(output) = attribute.strip_prefix("Outputs.")
        {
            if let Some(value) = nested::output(self, resource, output) {
                return value.through(span);
            }
            return self.unknown(&format!("{address}.{attribute}"), Because::Module, span);
        }
        let origin = Origin::declared(&self.stack().unit, type_name, shown).attribute(attribute);
        // What a custom resource returns may be anything.
        let custom = type_name.starts_with("Custom::") || type_name.starts_with("AWS::CloudFormation::");
        let class = if custom && attribute != "Ref" { Class::Keyed } else { Class::Computed };
        Value::unknown(Symbol::new(class, origin, Because::Computed), span)
    }

    /// `Ref` with a dot, which SAM resolves: `Function.Version`, `Function.Role`.
    fn dotted(&self, address: &str, attribute: &str, span: Span) -> Option<Value> {
        let (owner, property) = address.split_once('.')?;
        let resource = self.template.resource(owner)?;
        let made = sam::referable(self, resource, property)?;
        Some(self.attribute(&made, attribute, span))
    }

    /// An attribute that SAM resolves: `Role.Arn` of a function.
    fn of_sam(&self, resource: &Resource<'_>, attribute: &str, span: Span) -> Option<Value> {
        let (property, rest) = attribute.split_once('.').unwrap_or((attribute, "Ref"));
        let made = sam::referable(self, resource, property)?;
        Some(self.attribute(&made, rest, span))
    }

    /// Fills a template of the table, once for each combination of the alternatives of its properties.
    fn filled(
        &self,
        template: &str,
        address: &str,
        (made, resource): (Option<&sam::Made>, &Resource<'_>),
        span: Span,
    ) -> Value {
        let type_name = made.map_or(&*resource.type_name, |made| made.type_name);
        let of = Origin::declared(&self.stack().unit, type_name, address);
        // How many alternatives each property has, and which is taken.
        let picks: RefCell<BTreeMap<String, (usize, usize)>> = RefCell::default();
        let property = |name: &str| {
            let value = match made {
                Some(made) => sam::made_property(self, resource, made, name)?,
                None => self.property(resource, name)?,
            };
            let count = value.alternatives().len();
            let taken = picks.borrow_mut().entry(name.to_owned()).or_insert((0, count)).0;
            text_of(value.alternatives().get(taken)?, &of, name, span)
        };
        let fill = Fill { unit: &self.stack().unit, of: &of, property: &property, span };
        let mut values = Vec::new();
        loop {
            let text = carriers::expand(template, &fill).shown_at(span).referring(&of);
            values.push(Value::text(text, span));
            if values.len() > MAX_CHOICES {
                return bounded(span);
            }
            if !advance(&mut picks.borrow_mut()) {
                return Value::choice(values, span);
            }
        }
    }

    /// A property of a resource by the name its type gives it, evaluated once. `None` when it is not set, and
    /// while it is being evaluated: a name that is made of itself.
    pub(super) fn property(&self, resource: &Resource<'_>, name: &str) -> Option<Value> {
        let written = resource.sam.map_or(name, |kind| kind.written(name));
        let own = resource.node.get("Properties").and_then(|properties| properties.get(written));
        let global = sam::global(self, resource, written);
        if own.is_none() && global.is_none() {
            return None;
        }
        let key = (Arc::clone(&resource.address), written.to_owned());
        if let Some(known) = self.properties.borrow().get(&key) {
            return known.clone();
        }
        self.properties.borrow_mut().insert(key.clone(), None);
        let own_value = own.map(|node| self.within(&resource.scope, || self.value(node)));
        let value = match (own_value, global) {
            (Some(own), None) => own,
            // To SAM a function is one value, not something to be joined.
            (Some(value), Some(_)) if own.is_some_and(|node| call(node).is_some()) => value,
            (Some(own), Some(global)) => sam::merged(self.value(global), own),
            (None, global) => self.value(global?),
        };
        let value = (!value.is_unset()).then_some(value);
        self.properties.borrow_mut().insert(key, value.clone());
        value
    }
}

/// The next combination; false after the last one.
fn advance(picks: &mut BTreeMap<String, (usize, usize)>) -> bool {
    for (taken, count) in picks.values_mut() {
        *taken += 1;
        if *taken < *count {
            return true;
        }
        *taken = 0;
    }
    false
}

/// A property as text; one that is set to something that is no text is a symbol of its own.
fn text_of(value: &Value, of: &Origin, name: &str, span: Span) -> Option<Text> {
    if value.is_unset() {
        return None;
    }
    Some(value.as_text().unwrap_or_else(|| {
        Text::symbol(Symbol::new(Class::Computed, of.attribute(name), Because::Expression), span)
    }))
}
