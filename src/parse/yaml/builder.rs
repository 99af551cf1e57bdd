//! Events to nodes, without recursion.

use std::sync::Arc;

use granit_parser::{Event, ScalarStyle, Tag};
use rustc_hash::{FxHashMap, FxHashSet};

use super::scalar;
use crate::bounds;
use crate::diagnostic::Problem;
use crate::parse::{Member, Node, NodeKind};
use crate::source::{SourceId, Span};

type Tagged = Option<Arc<str>>;

/// A collection that is not closed yet.
struct Frame {
    kind: FrameKind,
    start: usize,
    tag: Tagged,
    anchor: usize,
    /// The deepest level below, and how many nodes.
    depth: usize,
    count: usize,
}

enum FrameKind {
    List(Vec<Node>),
    Map { members: Vec<Member>, merges: Vec<Node>, key: Key },
}

/// What is known of the key whose value comes next.
enum Key {
    Awaited,
    Name(Arc<str>, Span),
    Merge,
    /// Not a scalar: a problem has been reported, and the value is dropped.
    Refused,
}

/// A finished node, how many levels and nodes it has.
#[derive(Clone)]
struct Sized {
    node: Node,
    depth: usize,
    count: usize,
}

pub(super) struct Builder<'a> {
    source: SourceId,
    text: &'a str,
    stack: Vec<Frame>,
    anchors: FxHashMap<usize, Sized>,
    copied: usize,
    pub(super) root: Option<Node>,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(source: SourceId, text: &'a str) -> Self {
        Self {
            source,
            text,
            stack: Vec::new(),
            anchors: FxHashMap::default(),
            copied: 0,
            root: None,
            problems: Vec::new(),
        }
    }

    fn place(&self, span: &granit_parser::Span) -> Span {
        let range = span.byte_range().unwrap_or(0..0);
        Span::new(self.source, range.start.min(self.text.len()), range.end.min(self.text.len()))
    }

    fn tag(&self, tag: Option<&Tag>, span: &granit_parser::Span) -> Tagged {
        let tag = tag?;
        let place = span.tag_span().map_or_else(|| self.place(span), |span| self.place(&span));
        let written =
            self.text.get(place.range()).filter(|text| text.starts_with('!') && !text.starts_with("!<"));
        Some(written.map_or_else(|| Arc::from(tag.to_string()), Arc::from))
    }

    /// Takes one event; `false` when the document is given up, which is said in the problems.
    pub(super) fn event(&mut self, event: Event<'_>, span: &granit_parser::Span) -> bool {
        let start = self.place(span).start as usize;
        match event {
            Event::Scalar(value, style, anchor, tag) => {
                self.scalar(&value, style, anchor, self.tag(tag.as_deref(), span), span)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(FrameKind::List(Vec::new()), start, self.tag(tag.as_deref(), span), anchor);
                true
            }
            Event::MappingStart(_, anchor, tag) => {
                let kind = FrameKind::Map { members: Vec::new(), merges: Vec::new(), key: Key::Awaited };
                self.open(kind, start, self.tag(tag.as_deref(), span), anchor);
                true
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(self.place(span).end as usize),
            Event::Alias(id) => self.alias(id, self.place(span)),
            _ => true,
        }
    }

    fn open(&mut self, kind: FrameKind, start: usize, tag: Tagged, anchor: usize) {
        self.stack.push(Frame { kind, start, tag, anchor, depth: 0, count: 1 });
    }

    fn scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Tagged,
        span: &granit_parser::Span,
    ) -> bool {
        let merge = style == ScalarStyle::Plain && value == "<<" && tag.is_none();
        if merge
            && let Some(Frame { kind: FrameKind::Map { key: key @ Key::Awaited, .. }, .. }) =
                self.stack.last_mut()
        {
            *key = Key::Merge;
            return true;
        }
        let node = scalar::node(self.text, self.place(span), value, style, tag);
        self.complete(Sized { node, depth: 1, count: 1 }, anchor)
    }

    fn alias(&mut self, id: usize, place: Span) -> bool {
        let Some(found) = self.anchors.get(&id) else {
            self.problems.push(Problem::new(place, "the alias stands inside what it names"));
            return false;
        };
        self.copied += found.count;
        if self.copied > bounds::YAML_COPIES || found.depth + self.stack.len() > bounds::DOCUMENT_DEPTH {
            self.problems.push(Problem::new(place, "too much is expanded through aliases"));
            return false;
        }
        let found = found.clone();
        self.complete(found, 0)
    }

    fn close(&mut self, end: usize) -> bool {
        let Some(frame) = self.stack.pop() else { return true };
        let kind = match frame.kind {
            FrameKind::List(items) => NodeKind::List(items.into()),
            FrameKind::Map { members, merges, .. } => NodeKind::Map(self.merged(members, merges).into()),
        };
        let end = end_of(self.text, &kind, frame.start, end);
        let node = Node { kind, span: Span::new(self.source, frame.start, end), tag: frame.tag };
        self.complete(Sized { node, depth: frame.depth + 1, count: frame.count }, frame.anchor)
    }

    fn merged(&mut self, mut members: Vec<Member>, merges: Vec<Node>) -> Vec<Member> {
        if merges.is_empty() {
            return members;
        }
        let mut known: FxHashSet<Arc<str>> = members.iter().map(|member| Arc::clone(&member.key)).collect();
        let mut add = |node: Node| {
            let NodeKind::Map(inner) = node.kind else { return false };
            for member in inner {
                if known.insert(Arc::clone(&member.key)) {
                    members.push(member);
                }
            }
            true
        };
        let mut wrong = Vec::new();
        for merge in merges {
            let span = merge.span;
            let fine = match merge.kind {
                NodeKind::List(items) => items.into_iter().map(&mut add).filter(|fine| !fine).count() == 0,
                _ => add(merge),
            };
            if !fine {
                wrong.push(Problem::new(span, "`<<` needs a mapping or a list of mappings"));
            }
        }
        self.problems.append(&mut wrong);
        members
    }

    /// Puts a finished node where it belongs; `false` when too much is copied.
    fn complete(&mut self, found: Sized, anchor: usize) -> bool {
        if anchor != 0 {
            self.copied += found.count;
            if self.copied > bounds::YAML_COPIES {
                self.problems.push(Problem::new(found.node.span, "too much is expanded through aliases"));
                return false;
            }
            self.anchors.insert(anchor, found.clone());
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(found.node);
            return true;
        };
        frame.depth = frame.depth.max(found.depth);
        frame.count += found.count;
        let (members, merges, key) = match &mut frame.kind {
            FrameKind::List(items) => {
                items.push(found.node);
                return true;
            }
            FrameKind::Map { members, merges, key } => (members, merges, key),
        };
        let node = found.node;
        match std::mem::replace(key, Key::Awaited) {
            Key::Awaited => {
                *key = if let Some(name) = scalar::key(&node, self.text) {
                    Key::Name(name, node.span)
                } else {
                    let message = "a key must be a scalar; the entry is left out";
                    self.problems.push(Problem::new(node.span, message));
                    Key::Refused
                };
            }
            Key::Name(key, key_span) => members.push(Member { key, key_span, value: node }),
            Key::Merge => merges.push(node),
            Key::Refused => {}
        }
        true
    }
}

/// The end of a collection. A block collection ends, for the parser, where the next thing begins; blanks
/// and comments in between are not part of it.
pub(super) fn end_of(text: &str, kind: &NodeKind, start: usize, end: usize) -> usize {
    let written = text.get(start..end).unwrap_or_default();
    if written.starts_with(['{', '[']) && written.ends_with(['}', ']']) {
        return end;
    }
    let last = match kind {
        NodeKind::List(items) => items.last().map(|item| item.span),
        NodeKind::Map(members) => members.last().map(|m| m.value.span.join(m.key_span).unwrap_or(m.key_span)),
        _ => None,
    };
    // Aliased content may lie elsewhere, so it cannot tell where the collection ends.
    match last {
        Some(last) if (last.end as usize) <= end && last.start as usize >= start => {
            let quote = text.as_bytes().get(last.end as usize);
            let closed = last.start > 0
                && quote.is_some_and(|byte| matches!(byte, b'"' | b'\''))
                && text.as_bytes().get(last.start as usize - 1) == quote;
            (last.end as usize + usize::from(closed)).min(end)
        }
        _ => start + written.trim_end().len(),
    }
}
