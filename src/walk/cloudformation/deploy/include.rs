//! `AWS::Include`: a part of a template in a file of its own.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html>

use std::collections::BTreeSet;

use super::files::{Files, parse};
use crate::bounds;
use crate::parse::{Member, Node, NodeKind, extend};
use crate::source::{SourceId, Sources, mentions};
use crate::value::Text;

/// The template with the files put in that it includes, as far as the project has them.
pub(super) fn expanded(
    sources: &Sources,
    files: &Files,
    file: SourceId,
    root: Node,
    included: &mut BTreeSet<SourceId>,
) -> Node {
    if !mentions(&sources.text_or_empty(file), "AWS::Include") {
        return root;
    }
    let mut including = Including { sources, files, included, left: bounds::INCLUDED_FILES };
    let mut root = including.node(root, file, 0);
    including.at_the_top(&mut root, file);
    root
}

struct Including<'a> {
    sources: &'a Sources,
    files: &'a Files,
    included: &'a mut BTreeSet<SourceId>,
    left: usize,
}

impl Including<'_> {
    /// The recursion is as deep as the document, which its reader bounds, times the depth of inclusion.
    fn node(&mut self, node: Node, file: SourceId, depth: usize) -> Node {
        if let Some(content) = location(&node).and_then(|at| self.content(&at, file, depth)) {
            return content;
        }
        let Node { kind, span, tag } = node;
        let kind = match kind {
            NodeKind::List(items) => {
                NodeKind::List(items.into_iter().map(|item| self.node(item, file, depth)).collect())
            }
            NodeKind::Map(members) => NodeKind::Map(self.members(members, file, depth)),
            other => other,
        };
        Node { kind, span, tag }
    }

    fn members(&mut self, members: Box<[Member]>, file: SourceId, depth: usize) -> Box<[Member]> {
        let mut out = Vec::with_capacity(members.len());
        for member in members {
            let content = (&*member.key == "Fn::Transform")
                .then(|| transform_location(&member.value))
                .flatten()
                .and_then(|at| self.content(&at, file, depth));
            match content {
                Some(Node { kind: NodeKind::Map(inner), .. }) => out.extend(inner),
                _ => out.push(Member { value: self.node(member.value, file, depth), ..member }),
            }
        }
        out.into()
    }

    /// `Transform` at the top puts whole sections in.
    fn at_the_top(&mut self, root: &mut Node, file: SourceId) {
        let Some(transform) = root.get("Transform") else { return };
        let several = std::slice::from_ref(transform);
        let each = if transform.items().is_empty() { several } else { transform.items() };
        let locations: Vec<Text> = each.iter().filter_map(transform_location).collect();
        for at in locations {
            let Some(content) = self.content(&at, file, 0) else { continue };
            let (NodeKind::Map(inner), NodeKind::Map(members)) = (content.kind, &mut root.kind) else {
                continue;
            };
            for member in inner {
                let known = members.iter_mut().find(|known| known.key == member.key);
                match (known.map(|known| &mut known.value.kind), member.value.kind) {
                    (Some(NodeKind::Map(known)), NodeKind::Map(more)) => extend(known, more),
                    (Some(_), _) => {}
                    (None, kind) => {
                        let value = Node { kind, ..member.value };
                        extend(members, [Member { key: member.key, key_span: member.key_span, value }]);
                    }
                }
            }
        }
    }

    fn content(&mut self, location: &Text, file: SourceId, depth: usize) -> Option<Node> {
        if depth >= bounds::INCLUDE_DEPTH {
            return None;
        }
        let readable = |id: SourceId| {
            let path = self.sources.path(id);
            [".yaml", ".yml", ".json", ".template", ".txt"].iter().any(|ending| path.ends_with(ending))
        };
        let found = self.files.named(self.sources, file, location, readable)?;
        self.left = self.left.checked_sub(1)?;
        let (root, problems) = parse(self.sources, found);
        let root = root.filter(|root| problems.is_empty() && !matches!(root.kind, NodeKind::Null))?;
        self.included.insert(found);
        Some(self.node(root, found, depth + 1))
    }
}

/// Where a node that is an inclusion and nothing else has its content.
fn location(node: &Node) -> Option<Text> {
    match (node.tag.as_deref(), node.members()) {
        (Some("!Transform"), _) => transform_location(node),
        (None, [only]) if &*only.key == "Fn::Transform" => transform_location(&only.value),
        _ => None,
    }
}

/// The location as written. References in it are holes: only its end can be compared.
fn transform_location(transform: &Node) -> Option<Text> {
    if transform.get("Name").and_then(Node::as_str).as_deref() != Some("AWS::Include") {
        return None;
    }
    let node = transform.get("Parameters")?.get("Location")?;
    let node = match node.members() {
        [only] if &*only.key == "Fn::Sub" => &only.value,
        _ => node,
    };
    let node = node.items().first().unwrap_or(node);
    let written = node.as_str()?;
    let tail = written.rsplit_once('}').map_or(written.as_str(), |(_, tail)| tail);
    let mut text = Text::default();
    if tail.len() < written.len() {
        // Marks that something stands before it.
        text.push(
            crate::value::PieceKind::Json(crate::value::Value::literal("", node.span).into()),
            node.span,
        );
    }
    text.push_str(tail, node.span);
    Some(text)
}
