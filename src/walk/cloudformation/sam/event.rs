//! `Events` of a resource as they are written.

use super::build::into_map;
use super::reader::Reader;
use super::template::Resource;
use crate::parse::Node;
use crate::value::{Map, Value};

/// One event of a resource.
pub(super) struct Event<'v> {
    /// The logical id of what is made for it.
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) node: &'v Node,
    pub(super) properties: Map,
}

impl Event<'_> {
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.properties.get(name).filter(|value| !value.is_unset())
    }
}

/// The events of a resource, evaluated.
pub(super) fn read<'v>(on: &Reader<'_>, resource: &Resource<'v>) -> Vec<Event<'v>> {
    let each = events(resource).map(|(name, node)| {
        let properties = node.get("Properties");
        let properties = properties.map(|node| on.of(resource, || on.value(node)));
        Event {
            id: format!("{}{name}", resource.address),
            kind: node.get("Type").and_then(Node::as_str).unwrap_or_default(),
            node,
            properties: properties.map(into_map).unwrap_or_default(),
        }
    });
    each.collect()
}

/// The events of a resource as they are written.
pub(super) fn events<'n>(resource: &Resource<'n>) -> impl Iterator<Item = (&'n str, &'n Node)> + use<'n> {
    let node: &'n Node = resource.node;
    let events = node.get("Properties").and_then(|properties| properties.get("Events"));
    events.map_or(&[][..], Node::members).iter().map(|member| (&*member.key, &member.value))
}

/// The name in `!Ref name`.
pub(super) fn referred(node: &Node) -> Option<String> {
    match node.tag.as_deref() {
        Some("!Ref") => node.as_str(),
        Some(_) => None,
        None => node.get("Ref")?.as_str(),
    }
}
