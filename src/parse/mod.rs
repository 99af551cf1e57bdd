//! Text to trees with spans: JSON and YAML to [`Node`], HCL to [`hcl::Body`], scripts to [`shell::Script`].
//!
//! Readers recover where they can and never panic. Nothing outside this module knows which crate read a file.

pub mod hcl;
pub mod json;
mod shared;
pub mod shell;
pub mod yaml;

use std::sync::Arc;

use crate::source::Span;

/// What stands between the things that a text says, and where it only quotes. In the order written.
#[derive(Clone, Debug, Default)]
pub struct Trivia {
    /// The comments, with their mark and without the line end.
    pub comments: Vec<Span>,
    /// Texts: what looks like a comment or a bracket in them is none. Of YAML none are named.
    pub texts: Vec<Span>,
    /// What goes over several lines as a whole: heredocs, scalars of YAML.
    pub runs: Vec<Span>,
}

/// A node of a JSON or YAML document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where it is written: a quoted string without its quotes, a block scalar without its header, a map or
    /// list from its first to its last byte.
    pub span: Span,
    /// The YAML tag, such as `!Sub`. JSON has none.
    pub tag: Option<Arc<str>>,
}

/// What a node of a document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// `null`, `~`, nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, as written.
    Number(Arc<str>),
    /// A string, decoded.
    String(Parts),
    /// A list.
    List(Box<[Node]>),
    /// A map in the order written, duplicates included.
    Map(Box<[Member]>),
}

/// A string in parts: each part either maps byte for byte onto the source or comes from an escape or fold and maps as a
/// whole. Few strings have more than one, and that one is written where the node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parts {
    /// A string of one part, which has the place of its node.
    One(Arc<str>),
    /// A string of none or several, or of one that is written elsewhere.
    Many(Box<[(Arc<str>, Span)]>),
}

/// One entry of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The key, decoded. Keys that are not scalars are refused by the readers.
    pub key: Arc<str>,
    /// Where the key is written, without quotes.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// Adds entries or items behind those that there are.
pub fn extend<T>(all: &mut Box<[T]>, more: impl IntoIterator<Item = T>) {
    let mut grown = std::mem::take(all).into_vec();
    grown.extend(more);
    *all = grown.into();
}

impl Parts {
    /// The parts of a string that is written at `whole`.
    pub fn new(parts: impl IntoIterator<Item = (Arc<str>, Span)>, whole: Span) -> Self {
        let mut parts = parts.into_iter();
        match (parts.next(), parts.next()) {
            (None, _) => Self::Many(Box::default()),
            (Some((text, span)), None) if span == whole => Self::One(text),
            (Some(first), second) => Self::Many([first].into_iter().chain(second).chain(parts).collect()),
        }
    }

    /// Each part with its place, in a node that is written at `whole`.
    pub fn iter(&self, whole: Span) -> impl Iterator<Item = (&Arc<str>, Span)> {
        let (one, many) = match self {
            Self::One(text) => (Some((text, whole)), &[][..]),
            Self::Many(parts) => (None, &**parts),
        };
        one.into_iter().chain(many.iter().map(|(text, span)| (text, *span)))
    }

    /// The string.
    pub fn text(&self) -> String {
        match self {
            Self::One(text) => text.to_string(),
            Self::Many(parts) => parts.iter().map(|(text, _)| &**text).collect(),
        }
    }
}

impl Node {
    /// A string that is written at `span`.
    pub fn string(text: impl Into<Arc<str>>, span: Span) -> Self {
        Self::new(NodeKind::String(Parts::One(text.into())), span)
    }

    /// A node without a tag.
    pub fn new(kind: NodeKind, span: Span) -> Self {
        Self { kind, span, tag: None }
    }

    /// The parts of a string, each with its place; nothing for all else.
    pub fn parts(&self) -> impl Iterator<Item = (&Arc<str>, Span)> {
        let parts = if let NodeKind::String(parts) = &self.kind { Some(parts) } else { None };
        parts.into_iter().flat_map(|parts| parts.iter(self.span))
    }

    /// The value under a key of a map; the last one when there are several.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.members().iter().rev().find(|member| &*member.key == key).map(|member| &member.value)
    }

    /// The entries, when it is a map; nothing otherwise.
    pub fn members(&self) -> &[Member] {
        if let NodeKind::Map(members) = &self.kind { members } else { &[] }
    }

    /// The items, when it is a list; nothing otherwise.
    pub fn items(&self) -> &[Self] {
        if let NodeKind::List(items) = &self.kind { items } else { &[] }
    }

    /// The node with every place in it replaced. As deep as the document, which its reader bounds.
    #[must_use]
    pub fn placed(self, place: &impl Fn(Span) -> Span) -> Self {
        let kind = match self.kind {
            NodeKind::String(Parts::Many(parts)) => {
                let parts = parts.into_iter().map(|(text, span)| (text, place(span)));
                NodeKind::String(Parts::Many(parts.collect()))
            }
            NodeKind::List(items) => {
                NodeKind::List(items.into_iter().map(|item| item.placed(place)).collect())
            }
            NodeKind::Map(members) => {
                let member = |member: Member| Member {
                    key: member.key,
                    key_span: place(member.key_span),
                    value: member.value.placed(place),
                };
                NodeKind::Map(members.into_iter().map(member).collect())
            }
            other => other,
        };
        Self { kind, span: place(self.span), tag: self.tag }
    }

    /// The text of a string, a number or a boolean.
    pub fn as_str(&self) -> Option<String> {
        match &self.kind {
            NodeKind::String(parts) => Some(parts.text()),
            NodeKind::Number(digits) => Some(digits.to_string()),
            NodeKind::Bool(value) => Some(value.to_string()),
            NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_) => None,
        }
    }

    /// Whether it has this tag.
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tag.as_deref() == Some(tag)
    }
}
