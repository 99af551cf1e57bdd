//! `Metadata: {trustlint: {ignore: […]}}`.

use crate::facts::MetadataIgnore;
use crate::parse::{Node, NodeKind};
use crate::source::Span;

/// The ignores in the metadata of a resource or template, for what lies in `covers`.
pub(super) fn ignores(node: &Node, covers: Span) -> Vec<MetadataIgnore> {
    let ignore = node.get("Metadata").and_then(|m| m.get("trustlint")).and_then(|m| m.get("ignore"));
    let Some(ignore) = ignore else { return Vec::new() };
    let items = match &ignore.kind {
        NodeKind::List(items) => &**items,
        _ => std::slice::from_ref(ignore),
    };
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str);
    let read = |item: &Node| {
        // A rule may stand alone.
        let written = item.get("rule").unwrap_or(item);
        let rule = written.as_str()?;
        let (reason, until) = (text(item, "reason"), text(item, "until"));
        Some(MetadataIgnore { rule, reason, until, covers: vec![covers], span: written.span })
    };
    items.iter().filter_map(read).collect()
}
