//! Text to trees with spans: JSON and YAML to [`Node`], HCL to [`hcl::Body`], scripts to [`shell::Script`].
//!
//! Readers recover where they can and never panic. Nothing outside this module knows which crate read a file.

pub mod hcl;
pub mod json;
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
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Where it is written: a quoted string without its quotes, a block scalar without its header, a map or
    /// list from its first to its last byte.
    pub span: Span,
    /// The YAML tag, such as `!Sub`, and where it is written. JSON has none.
    pub tag: Option<(Arc<str>, Span)>,
}

/// What a node of a document is.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// `null`, `~`, nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, as written.
    Number(Arc<str>),
    /// A string, decoded, in parts: each part either maps byte for byte onto the source or comes from an
    /// escape or fold and maps as a whole.
    String(Vec<(Arc<str>, Span)>),
    /// A list.
    List(Vec<Node>),
    /// A map in the order written, duplicates included.
    Map(Vec<Member>),
}

/// One entry of a map.
#[derive(Clone, Debug)]
pub struct Member {
    /// The key, decoded. Keys that are not scalars are refused by the readers.
    pub key: Arc<str>,
    /// Where the key is written, without quotes.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
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
            NodeKind::String(parts) => {
                NodeKind::String(parts.into_iter().map(|(text, span)| (text, place(span))).collect())
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
        let tag = self.tag.map(|(tag, span)| (tag, place(span)));
        Self { kind, span: place(self.span), tag }
    }

    /// The text of a string, a number or a boolean.
    pub fn as_str(&self) -> Option<String> {
        match &self.kind {
            NodeKind::String(parts) => Some(parts.iter().map(|(text, _)| &**text).collect()),
            NodeKind::Number(digits) => Some(digits.to_string()),
            NodeKind::Bool(value) => Some(value.to_string()),
            NodeKind::Null | NodeKind::List(_) | NodeKind::Map(_) => None,
        }
    }
}
