//! A picture as indented text, for terminals, logs and screen readers.

use super::{Picture, Sort};
use crate::report::escaped;

pub(super) fn write(picture: &Picture) -> String {
    let mut text = String::new();
    let mut line = |indent: usize, what: &str| {
        text.extend([&" ".repeat(indent), &*escaped(what), "\n"]);
    };
    line(0, &picture.title());
    for (at, group) in picture.groups.iter().enumerate() {
        let sends = |(index, _): &(usize, &super::Node)| !picture.edges_from(*index).is_empty();
        let inside: Vec<_> = picture.nodes_of(at).filter(sends).collect();
        if !inside.is_empty() {
            line(0, &group.name);
        }
        for (index, node) in inside {
            // An account as a whole, or anyone, is its own heading.
            let indent = if matches!(node.sort, Sort::Account | Sort::Anyone) { 2 } else { 4 };
            if indent == 4 {
                line(2, &node.name);
            }
            for edge in picture.edges_from(index) {
                line(indent, &format!("-> {}: {}", picture.called(edge.to), edge.label()));
                for condition in &edge.conditions {
                    line(indent + 3, &format!("if {condition}"));
                }
            }
        }
    }
    text
}
