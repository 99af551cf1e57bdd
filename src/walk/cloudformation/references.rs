//! `Ref` and `Fn::GetAtt`: parameters, pseudo parameters, attributes of resources.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::evaluate::{Evaluator, MAX_CHOICES, bounded};
use super::template::{Resource, Target};
use crate::carriers::{self, Fill};
use crate::parse::{Node, NodeKind};
use crate::source::Span;
use crate::value::{Because, Class, Kind, List, Piece, Symbol, Text, Value};

/// Allowed values that are kept as a choice.
const MAX_ALLOWED: usize = 16;
/// Items of a list parameter.
const MAX_LIST: usize = 1_000;

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
            _ => return Some(self.unknown(name, Because::Run, span)),
        };
        let symbol = Symbol::new(class, Arc::clone(&self.template.unit), Because::Run);
        Some(Value::text(Text::symbol(symbol, span), span))
    }

    fn parameter(&self, name: &str, parameter: &Node) -> Value {
        let type_name = parameter.get("Type").and_then(Node::as_str).unwrap_or_default();
        let default = parameter.get("Default");
        // The default is the name under which the value is looked up:
        // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
        if type_name.starts_with("AWS::SSM::Parameter::Value") {
            let place = default.map_or(parameter.span, |node| node.span);
            let key = default.and_then(Node::as_str).map_or_else(|| name.to_owned(), |d| format!("ssm:{d}"));
            return self.unknown(&key, Because::Lookup, place);
        }
        let is_list = type_name == "CommaDelimitedList" || type_name.starts_with("List<");
        if let Some(default) = default {
            return if is_list { list_of(default) } else { self.plain(default) };
        }
        let allowed = parameter.get("AllowedValues").map_or(&[][..], Node::items);
        if !is_list && !allowed.is_empty() && allowed.len() <= MAX_ALLOWED {
            return Value::choice(allowed.iter().map(|node| self.plain(node)), parameter.span);
        }
        self.unknown(name, Because::Input, parameter.span)
    }

    /// What an attribute of a resource returns; `Ref` is one of them.
    pub(super) fn attribute(&self, address: &str, attribute: &str, span: Span) -> Value {
        let Some(target) = self.template.target(address) else {
            let name = if attribute == "Ref" { address.to_owned() } else { format!("{address}.{attribute}") };
            return self.unknown(&name, Because::Undeclared, span);
        };
        let (type_name, resource) = match &target {
            Target::Written(resource) => (&*resource.type_name, Some(*resource)),
            Target::MadeRole => ("AWS::IAM::Role", None),
        };
        if let Some(value) = self.made_here(address, attribute, resource, span) {
            return value;
        }
        if let Some(template) = carriers::attribute_template(type_name, attribute) {
            return self.filled(template, address, resource, span);
        }
        if let Some(value) = resource.and_then(|resource| self.stack_output(resource, attribute, span)) {
            return value;
        }
        let key = format!("{}#{address}.{attribute}", self.template.unit);
        Value::unknown(Symbol::new(Class::Computed, key, Because::Computed), span)
    }

    /// The role that SAM makes is named after the function; a role that is given is what `Role` says.
    fn made_here(
        &self,
        address: &str,
        attribute: &str,
        resource: Option<&Resource<'_>>,
        span: Span,
    ) -> Option<Value> {
        let (owner, attribute) = (resource?, attribute.strip_prefix("Role.")?);
        let sam = owner.type_name.starts_with("AWS::Serverless::");
        sam.then(|| self.attribute(&format!("{address}Role"), attribute, span))
    }

    fn stack_output(&self, resource: &Resource<'_>, attribute: &str, span: Span) -> Option<Value> {
        let nested =
            matches!(&*resource.type_name, "AWS::CloudFormation::Stack" | "AWS::Serverless::Application");
        (nested && attribute.starts_with("Outputs."))
            .then(|| self.unknown(&format!("{}.{attribute}", resource.address), Because::Module, span))
    }

    /// Fills a template of the table, once for each combination of the alternatives of its properties.
    fn filled(&self, template: &str, address: &str, resource: Option<&Resource<'_>>, span: Span) -> Value {
        // How many alternatives each property has, and which is taken.
        let picks: RefCell<BTreeMap<String, (usize, usize)>> = RefCell::default();
        let property = |name: &str| {
            let value = self.property(resource?, name)?;
            let count = value.alternatives().len();
            let taken = picks.borrow_mut().entry(name.to_owned()).or_insert((0, count)).0;
            text_of(value.alternatives().get(taken)?, self, address, name, span)
        };
        let fill = Fill { unit: &self.template.unit, address, property: &property, span };
        let mut values = Vec::new();
        loop {
            values.push(Value::text(shown_at(&carriers::expand(template, &fill), span), span));
            if values.len() > MAX_CHOICES {
                return bounded(span);
            }
            if !advance(&mut picks.borrow_mut()) {
                return Value::choice(values, span);
            }
        }
    }

    /// A property of a resource, evaluated once. `None` when it is not set, and while it is being evaluated:
    /// a name that is made of itself.
    pub(super) fn property(&self, resource: &Resource<'_>, name: &str) -> Option<Value> {
        let node = resource.node.get("Properties")?.get(name)?;
        let key = (Arc::clone(&resource.address), name.to_owned());
        if let Some(known) = self.properties.borrow().get(&key) {
            return known.clone();
        }
        self.properties.borrow_mut().insert(key.clone(), None);
        let outer = self.scope.replace(resource.scope.clone());
        let value = self.value(node);
        self.scope.replace(outer);
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
fn text_of(value: &Value, on: &Evaluator<'_>, address: &str, name: &str, span: Span) -> Option<Text> {
    if value.is_unset() {
        return None;
    }
    Some(value.as_text().unwrap_or_else(|| {
        let key = format!("{}#{address}.{name}", on.template.unit);
        Text::symbol(Symbol::new(Class::Computed, key, Because::Expression), span)
    }))
}

/// The text with every piece shown at `span`: what a reference returns is written where the reference is.
fn shown_at(text: &Text, span: Span) -> Text {
    let mut out = Text::default();
    for Piece { kind, .. } in text.pieces() {
        out.push(kind.clone(), span);
    }
    out
}

/// The default of a list parameter, cut at its commas.
fn list_of(default: &Node) -> Value {
    let mut list = List::default();
    let whole = match &default.kind {
        NodeKind::String(parts) => {
            let mut text = Text::default();
            for (part, span) in parts {
                text.push_str(Arc::clone(part), *span);
            }
            text
        }
        _ => Text::literal(default.as_str().unwrap_or_default(), default.span),
    };
    if whole.is_empty() {
        return Value::new(Kind::List(list), default.span);
    }
    for item in whole.splitn(MAX_LIST + 1, ',') {
        if list.items.len() == MAX_LIST {
            list.open = true;
            break;
        }
        let item = trimmed(&item);
        let span = item.span().unwrap_or(default.span);
        list.items.push(Value::text(item, span));
    }
    Value::new(Kind::List(list), default.span)
}

/// The text without spaces around it, when it is one literal.
pub(super) fn trimmed(text: &Text) -> Text {
    let [Piece { kind: crate::value::PieceKind::Literal(literal), span }] = text.pieces() else {
        return text.clone();
    };
    let kept = literal.trim();
    let before = literal.len() - literal.trim_start().len();
    let exact = span.len() == literal.len();
    let place = if exact { span.part(before, before + kept.len()) } else { *span };
    Text::literal(kept, place)
}
