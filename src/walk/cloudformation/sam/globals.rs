//! `Globals`: properties that several resources have in common.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html>

use super::super::evaluate::Evaluator;
use super::super::template::Resource;
use super::Kind;
use crate::parse::Node;
use crate::source::Span;
use crate::value::{Kind as ValueKind, List, Map, Value};

/// What `Globals` says of a property of a resource, by SAM's name.
pub(in super::super) fn global<'a>(
    on: &Evaluator<'a>,
    resource: &Resource<'_>,
    name: &str,
) -> Option<&'a Node> {
    let kind = resource.sam?;
    let ignored = resource.node.get("IgnoreGlobals");
    let is_ignored = |node: &Node| node.as_str().is_some_and(|it| it == "*" || it == name);
    if ignored.is_some_and(|node| is_ignored(node) || node.items().iter().any(is_ignored)) {
        return None;
    }
    section(on, kind)?.get(name)
}

fn section<'a>(on: &Evaluator<'a>, kind: &Kind) -> Option<&'a Node> {
    on.stack().root.get("Globals")?.get(kind.section())
}

/// The properties that a resource only has from `Globals`: name, place and value.
pub(super) fn inherited<'a>(
    on: &Evaluator<'a>,
    resource: &Resource<'_>,
    kind: &Kind,
) -> Vec<(&'a str, Span, Value)> {
    let members = section(on, kind).map_or(&[][..], Node::members);
    let each = members.iter().filter_map(|member| {
        let value = on.property(resource, &member.key)?;
        Some((&*member.key, member.key_span, value))
    });
    each.collect()
}

/// What both say: maps and lists are joined, the resource wins otherwise.
pub(in super::super) fn merged(global: Value, own: Value) -> Value {
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
                let known = out.entries.remove(index);
                let value = merged(known.value, entry.value);
                out.entries.insert(index, crate::value::Entry { value, ..entry });
            }
            None => out.entries.push(entry),
        }
    }
    out
}
