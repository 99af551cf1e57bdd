//! The properties of resources as their types call them, with what `Globals` adds.

use super::api;
use super::globals::section;
use super::kinds::Kind;
use super::reader::Reader;
use super::role::makes_role;
use super::template::Resource;
use crate::carriers::PropertiesRead;
use crate::parse::Node;
use crate::source::Span;
use crate::value::{Entry, Kind as ValueKind, Map, Name, Value};
use crate::walk::cloudformation::language::evaluate::is_call;

/// The properties that a resource has, as its type calls them.
pub(in crate::walk::cloudformation) fn properties(on: &Reader<'_>, resource: &Resource<'_>) -> Map {
    some(on, resource, &|_| true)
}

/// Those of them that are read for access, as far as the tables know the type: of custom resources they say nothing.
pub(in crate::walk::cloudformation) fn essential(on: &Reader<'_>, resource: &Resource<'_>) -> Map {
    if resource.sam.is_some() || !resource.type_name.starts_with("AWS::") {
        return properties(on, resource);
    }
    let read = PropertiesRead::of(&resource.type_name);
    some(on, resource, &|name| read.contains(name))
}

fn some(on: &Reader<'_>, resource: &Resource<'_>, wanted: &dyn Fn(&str) -> bool) -> Map {
    let mut map = Map::default();
    if let Some(node) = resource.node.get("Properties") {
        on.of(resource, || {
            if !is_call(node) {
                on.evaluator.add_some(node.members(), wanted, &mut map);
                return;
            }
            // A macro writes the properties.
            match on.value(node).kind {
                ValueKind::Map(inner) => map = inner,
                _ => map.open = true,
            }
        });
    }
    if let Some(kind) = resource.sam {
        map = on.of(resource, || transformed(on, resource, kind, map));
    }
    map.entries.fit();
    map
}

/// The properties of what a resource becomes, with what `Globals` adds.
fn transformed(on: &Reader<'_>, resource: &Resource<'_>, kind: &Kind, written: Map) -> Map {
    let mut map = Map { open: written.open, ..Map::default() };
    for entry in written.entries {
        let name = entry.key.as_literal().unwrap_or_default();
        if kind.own.contains(&&*name) {
            continue;
        }
        let real = kind.renamed.iter().find(|(_, written)| *written == name);
        let key = real.map_or_else(|| entry.key.clone(), |(real, _)| Name::word(*real));
        map.entries.push(Entry { key, ..entry });
    }
    for (name, place, value) in inherited(on, resource, kind) {
        if kind.own.contains(&name) {
            continue;
        }
        map.put(name, place, value);
    }
    match kind.section() {
        "Function" => with_role(on, resource, "Role", &mut map),
        "StateMachine" => with_role(on, resource, "RoleArn", &mut map),
        "Api" => {
            if let Some(policy) = api::policy(on, resource) {
                map.insert("Policy", policy.span, policy);
            }
        }
        _ => {}
    }
    map
}

/// Puts in the role that is made, wherever none is given.
fn with_role(on: &Reader<'_>, resource: &Resource<'_>, name: &str, map: &mut Map) {
    if makes_role(on, resource).is_no() {
        return;
    }
    let made = on.attribute(&format!("{}Role", resource.address), "Arn", resource.span);
    let given = on.property(resource, name);
    let given = given.iter().flat_map(Value::alternatives).filter(|one| !one.is_unset()).cloned();
    let value = Value::choice(given.chain([made]).collect::<Vec<_>>(), resource.span);
    map.entries.retain(|entry| !entry.key.is_literally(name));
    map.insert(name, resource.span, value);
}

/// The properties that a resource only has from `Globals`: name, place and value.
fn inherited<'a>(on: &Reader<'a>, resource: &Resource<'_>, kind: &Kind) -> Vec<(&'a str, Span, Value)> {
    let members = section(on.template, kind).map_or(&[][..], Node::members);
    let each = members.iter().filter_map(|member| {
        let value = on.property(resource, &member.key)?;
        Some((&*member.key, member.key_span, value))
    });
    each.collect()
}
