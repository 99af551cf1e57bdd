//! What references to resources return.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::made;
use super::reader::Reader;
use super::template::{Made, Referred, Resource};
use crate::bounds;
use crate::carriers::{self, Fill};
use crate::source::Span;
use crate::value::{Because, Class, Origin, Symbol, Text, Value};
use crate::walk::cloudformation::language::evaluate::bounded;

/// What an attribute of a resource returns; `Ref` is one of them.
pub(in crate::walk::cloudformation) fn attribute(
    on: &Reader<'_>,
    address: &str,
    attribute: &str,
    span: Span,
) -> Value {
    let Some(target) = on.template.referred(address) else {
        if let Some(value) = dotted(on, address, attribute, span) {
            return value;
        }
        let name = if attribute == "Ref" { address.to_owned() } else { format!("{address}.{attribute}") };
        return on.unknown(&name, Because::Undeclared, span);
    };
    let (resource, shown, type_name) = match &target {
        Referred::Written(resource) => (*resource, resource.shown.to_string(), &*resource.type_name),
        Referred::Made(made, owner) => (*owner, made::shown(owner, address), made.type_name),
    };
    let made = if let Referred::Made(made, _) = target { Some(made) } else { None };
    if made.is_none()
        && let Some(value) = of_sam(on, resource, attribute, span)
    {
        return value;
    }
    if let Some(template) = carriers::attribute_template(type_name, attribute) {
        return filled(on, template, &shown, (made, resource), span);
    }
    if made.is_none() && attribute.starts_with("Outputs.") {
        return on.unknown(&format!("{address}.{attribute}"), Because::Module, span);
    }
    let origin = Origin::declared(&on.place().unit, type_name, shown).attribute(attribute);
    // What a custom resource returns may be anything.
    let custom = type_name.starts_with("Custom::") || type_name.starts_with("AWS::CloudFormation::");
    let class = if custom && attribute != "Ref" { Class::Keyed } else { Class::Computed };
    Value::unknown(Symbol::new(class, origin, Because::Computed), span)
}

/// `Ref` with a dot, which SAM resolves: `Function.Version`, `Function.Role`.
fn dotted(on: &Reader<'_>, address: &str, attribute: &str, span: Span) -> Option<Value> {
    let (owner, property) = address.split_once('.')?;
    let resource = on.template.resource(owner)?;
    let made = made::referable(on.template, resource, property)?;
    Some(on.attribute(&made, attribute, span))
}

/// An attribute that SAM resolves: `Role.Arn` of a function.
fn of_sam(on: &Reader<'_>, resource: &Resource<'_>, attribute: &str, span: Span) -> Option<Value> {
    let (property, rest) = attribute.split_once('.').unwrap_or((attribute, "Ref"));
    let made = made::referable(on.template, resource, property)?;
    Some(on.attribute(&made, rest, span))
}

/// Fills a template of the table, once for each combination of the alternatives of its properties.
fn filled(
    on: &Reader<'_>,
    template: &str,
    address: &str,
    (made, resource): (Option<&Made>, &Resource<'_>),
    span: Span,
) -> Value {
    let type_name = made.map_or(&*resource.type_name, |made| made.type_name);
    let of = Origin::declared(&on.place().unit, type_name, address);
    // How many alternatives each property has, and which is taken.
    let picks: RefCell<BTreeMap<String, (usize, usize)>> = RefCell::default();
    let property = |name: &str| {
        let value = match made {
            Some(made) => made::made_property(on, resource, made, name)?,
            None => on.property(resource, name)?,
        };
        let count = value.alternatives().len();
        let taken = picks.borrow_mut().entry(name.to_owned()).or_insert((0, count)).0;
        text_of(value.alternatives().get(taken)?, &of, name, span)
    };
    let fill = Fill { unit: &on.place().unit, of: &of, property: &property, span };
    let mut values = Vec::new();
    loop {
        let text = carriers::expand(template, &fill).shown_at(span).referring(&of);
        values.push(Value::text(text, span));
        if values.len() > bounds::CHOICES {
            return bounded(span);
        }
        if !advance(&mut picks.borrow_mut()) {
            return Value::choice(values, span);
        }
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
