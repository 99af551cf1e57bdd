//! A picture in the language of mermaid, as GitHub and GitLab draw it.
//!
//! Shape, line and words say what something is; colors only stress it.

use std::fmt::Write as _;

use super::{Edge, Node, Picture, Sort};
use crate::report::escaped;

pub(super) fn write(picture: &Picture) -> String {
    let mut text = String::from("flowchart LR\n");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "  accTitle: Cross-account access");
    let _ = writeln!(text, "  accDescr: {}", picture.title());
    for (at, group) in picture.groups.iter().enumerate() {
        let inside: Vec<_> = picture.nodes_of(at).collect();
        // An account that is one node needs no box around it.
        if let [(index, Node { sort: sort @ (Sort::Account | Sort::Anyone), .. })] = inside.as_slice() {
            let _ = writeln!(text, "  {}", node(*index, &group.name, *sort));
            continue;
        }
        let _ = writeln!(text, "  subgraph g{at}[\"{}\"]", label(&group.name));
        for (index, one) in inside {
            let name = if one.sort == Sort::Account { "every principal" } else { &one.name };
            let _ = writeln!(text, "    {}", node(index, name, one.sort));
        }
        text.push_str("  end\n");
    }
    for edge in &picture.edges {
        let _ = writeln!(text, "  n{} {} n{}", edge.from, arrow(picture, edge), edge.to);
    }
    let foreign = picture.nodes.iter().enumerate();
    let foreign =
        foreign.filter(|(_, one)| picture.groups.get(one.group).is_some_and(|it| it.whose.is_foreign()));
    let foreign: Vec<String> = foreign.map(|(at, _)| format!("n{at}")).collect();
    if !foreign.is_empty() {
        text.push_str(
            "  classDef foreign fill:#fff,stroke:#000,stroke-width:3px,stroke-dasharray:6 3,color:#000\n",
        );
        let _ = writeln!(text, "  class {} foreign", foreign.join(","));
    }
    let found = picture.edges.iter().enumerate().filter(|(_, edge)| edge.found > 0);
    let found: Vec<String> = found.map(|(at, _)| at.to_string()).collect();
    if !found.is_empty() {
        let _ = writeln!(text, "  linkStyle {} stroke:#b00020,stroke-width:2px", found.join(","));
    }
    text
}

fn node(index: usize, name: &str, sort: Sort) -> String {
    let (open, close) = match sort {
        Sort::Resource => ("[(", ")]"),
        Sort::Service | Sort::Provider => ("{{", "}}"),
        Sort::Anyone => ("((", "))"),
        Sort::Principal => ("([", "])"),
        Sort::Account | Sort::Role | Sort::User => ("[", "]"),
    };
    format!("n{index}{open}\"{}\"{close}", label(name))
}

/// Solid where it is allowed, thick where it is allowed from outside, dotted where it is not or nobody knows.
fn arrow(picture: &Picture, edge: &Edge) -> String {
    let is_foreign = picture.group_of(edge.from).is_some_and(|group| group.whose.is_foreign());
    let label = label(&edge.label());
    if edge.state.is_denied() || edge.state == super::State::Unknown {
        format!("-. \"{label}\" .->")
    } else if is_foreign {
        format!("== \"{label}\" ==>")
    } else {
        format!("-- \"{label}\" -->")
    }
}

/// A text in quotes: what could be anything but text is written as a code.
fn label(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in escaped(text).chars() {
        if char.is_alphanumeric() || " .,/:-_()+=".contains(char) {
            safe.push(char);
        } else {
            let _ = write!(safe, "#{};", u32::from(char));
        }
    }
    safe
}
