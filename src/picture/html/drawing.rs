//! The drawing of the page: who reaches on the left, what is reached on the right, each in the box of its account.

use std::fmt::Write as _;

use super::text;
use crate::picture::{Edge, Picture, Sort};

const ROW: usize = 26;
const HEAD: usize = 28;
const GAP: usize = 14;
const BOX: usize = 340;
const BETWEEN: usize = 340;
const WIDTH: usize = 2 * BOX + BETWEEN;
/// Characters of a name that have room in a box.
const NAME: usize = 46;

/// One of both sides: the middle of each node's row, by its index.
struct Side {
    rows: Vec<Option<usize>>,
    height: usize,
    boxes: String,
}

pub(super) fn svg(picture: &Picture) -> String {
    let left = side(picture, 0, |edge| edge.from);
    let right = side(picture, BOX + BETWEEN, |edge| edge.to);
    let height = left.height.max(right.height).max(ROW);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"group\" aria-label=\"{}\">\n",
        text(&picture.title())
    );
    for edge in &picture.edges {
        let row = |side: &Side, node: usize| side.rows.get(node).copied().flatten().unwrap_or_default();
        line(picture, edge, (row(&left, edge.from), row(&right, edge.to)), &mut svg);
    }
    svg.push_str(&left.boxes);
    svg.push_str(&right.boxes);
    svg.push_str("</svg>\n");
    svg
}

fn side(picture: &Picture, x: usize, end: impl Fn(&Edge) -> usize) -> Side {
    let mut rows: Vec<Option<usize>> = vec![None; picture.nodes.len()];
    let mut is_there = vec![false; picture.nodes.len()];
    for edge in &picture.edges {
        if let Some(there) = is_there.get_mut(end(edge)) {
            *there = true;
        }
    }
    let (mut y, mut boxes) = (0, String::new());
    for (at, group) in picture.groups.iter().enumerate() {
        let inside = picture.nodes_of(at).filter(|(index, _)| is_there.get(*index) == Some(&true));
        let inside: Vec<_> = inside.collect();
        if inside.is_empty() {
            continue;
        }
        let height = HEAD + inside.len() * ROW;
        let class = if group.whose.is_foreign() { "account foreign" } else { "account" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            boxes,
            "<rect class=\"{class}\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"{height}\" rx=\"6\"/><text class=\"name\" x=\"{}\" y=\"{}\">{}</text>",
            x + 1,
            BOX - 2,
            x + 10,
            y + 19,
            shortened(&group.name)
        );
        for (row, (index, node)) in inside.into_iter().enumerate() {
            let middle = y + HEAD + row * ROW + ROW / 2;
            if let Some(known) = rows.get_mut(index) {
                *known = Some(middle);
            }
            let name = match node.sort {
                Sort::Account => "every principal",
                _ => &node.name,
            };
            // A click or the enter key searches the table for it.
            let _ = writeln!(
                boxes,
                "<g class=\"node\" tabindex=\"0\" role=\"button\" data-search=\"{}\"><title>{}</title><text x=\"{}\" y=\"{}\">{}</text></g>",
                text(if node.sort == Sort::Account { &group.name } else { &node.name }),
                text(&picture.called(index)),
                x + 18,
                middle + 5,
                shortened(name)
            );
        }
        y += height + GAP;
    }
    Side { rows, height: y, boxes }
}

fn line(picture: &Picture, edge: &Edge, (from, to): (usize, usize), svg: &mut String) {
    let (start, end, middle) = (BOX, BOX + BETWEEN, BOX + BETWEEN / 2);
    let solid = if edge.state.is_denied() || edge.state == crate::picture::State::Unknown {
        "dotted"
    } else {
        "solid"
    };
    let found = if edge.found > 0 { " found" } else { "" };
    let said = format!("{} -> {}: {}", picture.called(edge.from), picture.called(edge.to), edge.label());
    let _ = writeln!(
        svg,
        "<path class=\"edge {solid}{found}\" d=\"M{start} {from}C{middle} {from} {middle} {to} {end} {to}\"><title>{}</title></path>",
        text(&said)
    );
}

/// A name that has room; the title has all of it.
fn shortened(name: &str) -> String {
    let length = name.chars().count();
    if length <= NAME {
        return text(name);
    }
    let end: String = name.chars().skip(length - NAME + 1).collect();
    text(&format!("…{end}"))
}
