//! `Globals`: properties that several resources have in common.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>

use super::kinds::Kind;
use super::template::{Resource, Template};
use crate::parse::Node;
use crate::value::{Kind as ValueKind, List, Map, Value};

/// What `Globals` says of a property of a resource, by SAM's name.
pub(super) fn global<'a>(template: &Template<'a>, resource: &Resource<'_>, name: &str) -> Option<&'a Node> {
    let kind = resource.sam?;
    let ignored = resource.node.get("IgnoreGlobals");
    let is_ignored = |node: &Node| node.as_str().is_some_and(|it| it == "*" || it == name);
    if ignored.is_some_and(|node| is_ignored(node) || node.items().iter().any(is_ignored)) {
        return None;
    }
    section(template, kind)?.get(name)
}

pub(super) fn section<'a>(template: &Template<'a>, kind: &Kind) -> Option<&'a Node> {
    template.sections.root.get("Globals")?.get(kind.section())
}

/// What both say: maps and lists are joined, the resource wins otherwise.
pub(super) fn merged(global: Value, own: Value) -> Value {
    let kind = match (global.kind, own.kind) {
        (ValueKind::Map(global), ValueKind::Map(own)) => ValueKind::Map(joined(global, own)),
        (ValueKind::List(global), ValueKind::List(own)) => ValueKind::List(List {
            open: global.open || own.open,
            items: global.items.into_iter().chain(own.items).collect(),
        }),
        (_, own) => own,
    };
    Value { kind, span: own.span, via: own.via }
}

fn joined(global: Map, own: Map) -> Map {
    let mut out = Map { entries: global.entries, open: global.open || own.open };
    for entry in own.entries {
        let same = out.entries.iter().position(|known| known.key == entry.key);
        match same {
            Some(index) => {
                let mut entries = out.entries.edit();
                let known = entries.remove(index);
                let value = merged(known.value, entry.value);
                entries.insert(index, crate::value::Entry { value, ..entry });
            }
            None => out.entries.push(entry),
        }
    }
    out
}
