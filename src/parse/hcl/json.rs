//! Terraform's JSON syntax: <https://developer.hashicorp.com/terraform/language/syntax/json>.

use std::sync::Arc;

use super::read::{parse_template, parse_unmapped_template};
use super::tree::{
    Attribute, Block, Body, Expression, ExpressionKind, ObjectItem, ObjectKey, Template, TemplatePart,
};
use crate::diagnostic::Problem;
use crate::parse::{Member, Node, NodeKind, Parts, json};
use crate::source::{SourceId, Span, Spanned};

/// Reads a `.tf.json` file.
///
/// Top-level blocks become blocks with their labels. Below them nothing tells a block from an argument, so
/// objects and lists of objects are arguments. Comments (`"//"`) stay as arguments of that name.
pub fn parse_json(source: SourceId, text: &str) -> (Body, Vec<Problem>) {
    let mut reader = Reader { text, problems: Vec::new() };
    let mut body = Body::default();
    match json::parse(source, text) {
        Err(problem) => reader.problems.push(problem),
        Ok(root) => match &root.kind {
            NodeKind::Map(members) => members.iter().for_each(|member| reader.top(member, &mut body)),
            NodeKind::List(items) => {
                for member in items.iter().flat_map(Node::members) {
                    reader.top(member, &mut body);
                }
            }
            _ => reader.problems.push(Problem::new(root.span, "expected an object")),
        },
    }
    (body, reader.problems)
}

struct Reader<'a> {
    text: &'a str,
    problems: Vec<Problem>,
}

/// The labels a top-level block has; `None` for what is no block.
fn labels_of(kind: &str) -> Option<usize> {
    match kind {
        "terraform" | "locals" | "moved" | "import" | "removed" => Some(0),
        "provider" | "module" | "variable" | "output" | "check" => Some(1),
        "resource" | "data" | "ephemeral" => Some(2),
        _ => None,
    }
}

impl Reader<'_> {
    fn top(&mut self, member: &Member, body: &mut Body) {
        let kind = Spanned::new(Arc::clone(&member.key), member.key_span);
        match labels_of(&member.key) {
            Some(wanted) => self.blocks(&kind, wanted, &mut Vec::new(), &member.value, &mut body.blocks),
            None => body.attributes.push(self.attribute(member)),
        }
    }

    fn blocks(
        &mut self,
        kind: &Spanned<Arc<str>>,
        wanted: usize,
        labels: &mut Vec<Spanned<Arc<str>>>,
        node: &Node,
        blocks: &mut Vec<Block>,
    ) {
        match &node.kind {
            NodeKind::Null => {}
            NodeKind::List(items) => {
                for item in items {
                    self.blocks(kind, wanted, labels, item, blocks);
                }
            }
            NodeKind::Map(members) if labels.len() < wanted => {
                for member in members.iter().filter(|member| &*member.key != "//") {
                    labels.push(Spanned::new(Arc::clone(&member.key), member.key_span));
                    self.blocks(kind, wanted, labels, &member.value, blocks);
                    labels.pop();
                }
            }
            NodeKind::Map(members) => {
                let attributes = members.iter().map(|member| self.attribute(member)).collect();
                // The type may stand far above; the place of the block is its last label.
                let header = labels.last().map_or(kind.span, |label| label.span);
                blocks.push(Block {
                    kind: kind.clone(),
                    labels: labels.clone(),
                    body: Body { attributes, ..Body::default() },
                    header,
                    span: header.join(node.span).unwrap_or(node.span),
                });
            }
            _ => self.problems.push(Problem::new(node.span, "expected an object or a list of objects")),
        }
    }

    fn attribute(&mut self, member: &Member) -> Attribute {
        let name = Spanned::new(Arc::clone(&member.key), member.key_span);
        // A comment is no template.
        let value =
            if &*member.key == "//" { literal(&member.value) } else { self.expression(&member.value) };
        Attribute { name, value }
    }

    fn expression(&mut self, node: &Node) -> Expression {
        let kind = match &node.kind {
            NodeKind::Null => ExpressionKind::Null,
            NodeKind::Bool(value) => ExpressionKind::Bool(*value),
            NodeKind::Number(digits) => ExpressionKind::Number(Arc::clone(digits)),
            NodeKind::String(parts) => ExpressionKind::Template(self.template(parts, node.span)),
            NodeKind::List(items) => {
                ExpressionKind::List(items.iter().map(|item| self.expression(item)).collect())
            }
            NodeKind::Map(members) => {
                ExpressionKind::Object(members.iter().map(|member| self.item(member)).collect())
            }
        };
        Expression { kind, span: node.span }
    }

    fn item(&mut self, member: &Member) -> ObjectItem {
        let span = member.key_span;
        let key = if is_template(&member.key) {
            let template = self.template(&Parts::One(Arc::clone(&member.key)), span);
            ObjectKey::Expression(Expression { kind: ExpressionKind::Template(template), span })
        } else {
            ObjectKey::Word(Spanned::new(Arc::clone(&member.key), span))
        };
        let value =
            if &*member.key == "//" { literal(&member.value) } else { self.expression(&member.value) };
        ObjectItem { key, value }
    }

    fn template(&mut self, parts: &Parts, span: Span) -> Template {
        if !parts.iter(span).any(|(text, _)| text.contains(['$', '%'])) {
            return literal_template(parts, span);
        }
        let whole = parts.text();
        let parsed = if self.text.get(span.range()) == Some(whole.as_str()) {
            parse_template(span.source, &whole, span)
        } else {
            parse_unmapped_template(&whole, span)
        };
        parsed.unwrap_or_else(|problem| {
            self.problems.push(problem);
            literal_template(parts, span)
        })
    }
}

fn is_template(text: &str) -> bool {
    text.contains("${") || text.contains("%{")
}

fn literal_template(parts: &Parts, span: Span) -> Template {
    let part = |(text, span): (&Arc<str>, Span)| TemplatePart::Literal(Arc::clone(text), span);
    Template { parts: parts.iter(span).map(part).collect() }
}

/// A comment: its text, or null when it is something else.
fn literal(node: &Node) -> Expression {
    let kind = match &node.kind {
        NodeKind::String(parts) => ExpressionKind::Template(literal_template(parts, node.span)),
        _ => ExpressionKind::Null,
    };
    Expression { kind, span: node.span }
}
