//! Nodes of a template that nobody wrote, all at one place.

use crate::parse::{Member, Node, NodeKind, extend};
use crate::source::Span;

/// Makes nodes that are shown at one place.
#[derive(Clone, Copy)]
pub(super) struct At(pub(super) Span);

impl At {
    fn node(self, kind: NodeKind) -> Node {
        Node::new(kind, self.0)
    }

    pub(super) fn text(self, text: &str) -> Node {
        Node::string(text, self.0)
    }

    pub(super) fn list(self, items: Vec<Node>) -> Node {
        self.node(NodeKind::List(items.into()))
    }

    pub(super) fn texts(self, texts: &[&str]) -> Node {
        self.list(texts.iter().map(|text| self.text(text)).collect())
    }

    pub(super) fn map(self, members: Vec<(&str, Node)>) -> Node {
        self.node(NodeKind::Map(members.into_iter().map(|(key, value)| self.member(key, value)).collect()))
    }

    pub(super) fn member(self, key: &str, value: Node) -> Member {
        Member { key: key.into(), key_span: self.0, value }
    }

    pub(super) fn reference(self, name: &str) -> Node {
        self.map(vec![("Ref", self.text(name))])
    }

    pub(super) fn arn_of(self, name: &str) -> Node {
        self.map(vec![("Fn::GetAtt", self.texts(&[name, "Arn"]))])
    }
}

/// Puts what a template says over what the framework made: maps are merged, all else is replaced.
///
/// <https://www.serverless.com/framework/docs/providers/aws/guide/resources>
pub(super) fn merged(made: &mut Node, over: Node) {
    match (&mut made.kind, over.kind) {
        (NodeKind::Map(members), NodeKind::Map(more)) if made.tag.is_none() && over.tag.is_none() => {
            let mut new = Vec::new();
            for member in more {
                match members.iter_mut().chain(&mut new).find(|known| known.key == member.key) {
                    Some(known) => {
                        known.key_span = member.key_span;
                        merged(&mut known.value, member.value);
                    }
                    None => new.push(member),
                }
            }
            extend(members, new);
        }
        (_, kind) => *made = Node { kind, span: over.span, tag: over.tag },
    }
}
