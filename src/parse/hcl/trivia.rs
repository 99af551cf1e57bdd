//! The comments of a file, and the texts in which nothing is one.

use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::visit::{self, Visit};
use hcl_edit::{Decorated, Spanned};

use super::read::each_tree;
use crate::parse::Trivia;
use crate::source::{SourceId, Span};

/// Reads the comments of a file: `#`, `//`, `/* */`.
///
/// Of a part that does not parse nobody knows where its texts end, so all of it counts as one, but for the comments that
/// stand at its end: they belong to what follows.
pub fn trivia(source: SourceId, text: &str) -> Trivia {
    let mut found = Texts::default();
    each_tree(source, text, &mut |chunk, tree| {
        if let Some(tree) = tree {
            found.offset = chunk.start;
            found.visit_body(&tree.body);
            return;
        }
        let comments = last_comments(text.get(chunk.start..chunk.end).unwrap_or_default());
        found.ranges.push(chunk.start..chunk.end - comments);
    });
    found.ranges.sort_unstable_by_key(|range| range.start);
    found.heredocs.sort_unstable_by_key(|range| range.start);
    let place = |range: Range<usize>| Span::new(source, range.start, range.end);
    Trivia {
        comments: comments(text, &found.ranges).into_iter().map(place).collect(),
        texts: found.ranges.into_iter().map(place).collect(),
        runs: found.heredocs.into_iter().map(place).collect(),
    }
}

/// The length of the comments at the end of a text, on lines of their own.
fn last_comments(text: &str) -> usize {
    let is_comment = |line: &&str| {
        let line = line.trim_start();
        line.is_empty() || line.starts_with('#') || line.starts_with("//")
    };
    text.split_inclusive('\n').rev().take_while(is_comment).map(str::len).sum()
}

/// What stands outside of the texts and begins like a comment.
fn comments(text: &str, texts: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut texts = texts.iter().peekable();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(next) = rest.find(['#', '/']) else { break };
        let start = at + next;
        while texts.next_if(|range| range.end <= start).is_some() {}
        if let Some(inside) = texts.peek().filter(|range| range.contains(&start)) {
            at = inside.end;
            continue;
        }
        let rest = text.get(start..).unwrap_or_default();
        let length = if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with('#') || rest.starts_with("//") {
            rest.find(['\n', '\r']).unwrap_or(rest.len())
        } else {
            at = start + 1;
            continue;
        };
        found.push(start..start + length);
        at = start + length;
    }
    found
}

/// The texts of a tree.
#[derive(Default)]
struct Texts {
    /// Where the tree begins in the file.
    offset: usize,
    ranges: Vec<Range<usize>>,
    heredocs: Vec<Range<usize>>,
}

impl Texts {
    fn add(&mut self, range: Option<Range<usize>>) {
        self.ranges.extend(range.map(|range| range.start + self.offset..range.end + self.offset));
    }
}

impl Visit for Texts {
    fn visit_string(&mut self, node: &Decorated<String>) {
        self.add(node.span());
    }

    fn visit_literal(&mut self, node: &Spanned<String>) {
        self.add(node.span());
    }

    fn visit_expr(&mut self, node: &Expression) {
        if let (Expression::HeredocTemplate(_), Some(range)) = (node, node.span()) {
            self.heredocs.push(range.start + self.offset..range.end + self.offset);
        }
        visit::visit_expr(self, node);
    }
}
