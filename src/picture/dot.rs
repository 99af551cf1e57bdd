//! A picture in the language of Graphviz, with a cluster for each account.

use std::fmt::Write as _;

use super::{Node, Picture, Sort, State};
use crate::report::escaped;

pub(super) fn write(picture: &Picture) -> String {
    let title = quoted(&picture.title());
    let mut text = String::from("digraph access {\n");
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "  graph [rankdir=LR, fontname=\"Helvetica\", label={title}, labelloc=t, tooltip={title}]"
    );
    text.push_str("  node [fontname=\"Helvetica\", shape=box, style=\"rounded,filled\", fillcolor=white]\n");
    text.push_str("  edge [fontname=\"Helvetica\", fontsize=10]\n");
    for (at, group) in picture.groups.iter().enumerate() {
        let style = if group.whose.is_foreign() { "dashed,bold" } else { "rounded" };
        let name = quoted(&group.name);
        let _ = writeln!(text, "  subgraph cluster_{at} {{");
        let _ = writeln!(text, "    label={name}; tooltip={name}; style={};", quoted(style));
        for (index, one) in picture.nodes_of(at) {
            let _ = writeln!(text, "    n{index} [{}]", node(one));
        }
        text.push_str("  }\n");
    }
    for edge in &picture.edges {
        let line = match edge.state {
            State::Allowed | State::Partly | State::Delegated => "solid",
            _ => "dashed",
        };
        let mark = if edge.found > 0 { ", color=\"#b00020\", penwidth=2" } else { "" };
        let places: Vec<String> = edge.places.iter().map(super::Place::shown).collect();
        let (label, tooltip) = (quoted(&edge.label()), quoted(&places.join(", ")));
        let _ = writeln!(
            text,
            "  n{} -> n{} [label={label}, tooltip={tooltip}, style={line}{mark}]",
            edge.from, edge.to
        );
    }
    text.push_str("}\n");
    text
}

fn node(one: &Node) -> String {
    let shape = match one.sort {
        Sort::Resource => "cylinder",
        Sort::Service | Sort::Provider => "hexagon",
        Sort::Anyone => "circle",
        Sort::Account | Sort::Role | Sort::User | Sort::Principal => "box",
    };
    let name = if one.sort == Sort::Account { "every principal" } else { &one.name };
    let place = one.place.as_ref().map_or_else(|| one.name.clone(), super::Place::shown);
    format!("label={}, shape={shape}, tooltip={}", quoted(name), quoted(&place))
}

/// A text in quotes, in which nothing is an escape or an entity.
fn quoted(text: &str) -> String {
    let text = escaped(text).replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;");
    format!("\"{text}\"")
}
