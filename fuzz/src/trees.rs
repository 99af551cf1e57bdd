//! Every place of a tree lies inside its text, on borders of characters.

use trustlint::Span;
use trustlint::internals::parse::hcl::{Body, Expression, ExpressionKind, ObjectKey, Step, TemplatePart};
use trustlint::internals::parse::{Node, NodeKind};

fn at(text: &str, span: Span, what: &str) {
    assert!(text.get(span.range()).is_some(), "{what} is nowhere: {span:?}");
}

pub fn node(text: &str, node: &Node) {
    at(text, node.span, "a node");
    node.parts().for_each(|(_, span)| at(text, span, "a part"));
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| self::node(text, item)),
        NodeKind::Map(members) => members.iter().for_each(|member| {
            at(text, member.key_span, "a key");
            self::node(text, &member.value);
        }),
        _ => {}
    }
}

pub fn body(text: &str, body: &Body) {
    for attribute in &body.attributes {
        at(text, attribute.name.span, "a name");
        expression(text, &attribute.value);
    }
    for block in &body.blocks {
        at(text, block.span, "a block");
        at(text, block.header, "a header");
        block.labels.iter().for_each(|label| at(text, label.span, "a label"));
        self::body(text, &block.body);
    }
}

fn expression(text: &str, expression: &Expression) {
    at(text, expression.span, "an expression");
    let inner = |one: &Expression| self::expression(text, one);
    match &expression.kind {
        ExpressionKind::Template(template) => parts(text, &template.parts),
        ExpressionKind::List(items) => items.iter().for_each(inner),
        ExpressionKind::Call(call) => {
            at(text, call.name.span, "a function");
            call.arguments.iter().for_each(inner);
        }
        ExpressionKind::Object(items) => items.iter().for_each(|item| {
            match &item.key {
                ObjectKey::Word(name) => at(text, name.span, "a key"),
                ObjectKey::Expression(key) => inner(key),
            }
            inner(&item.value);
        }),
        ExpressionKind::Traversal(base, steps) => {
            inner(base);
            steps.iter().for_each(|step| match step {
                Step::Attribute(name) => at(text, name.span, "a step"),
                Step::Index(index) => inner(index),
                Step::AttributeSplat | Step::FullSplat => {}
            });
        }
        ExpressionKind::Conditional(a, b, c) => [a, b, c].into_iter().for_each(|one| inner(one)),
        ExpressionKind::Unary(_, one) | ExpressionKind::Parenthesis(one) => inner(one),
        ExpressionKind::Binary(a, _, b) => [a, b].into_iter().for_each(|one| inner(one)),
        ExpressionKind::For(all) => {
            let all = [Some(&all.collection), all.key.as_ref(), Some(&all.value), all.condition.as_ref()];
            all.into_iter().flatten().for_each(inner);
        }
        _ => {}
    }
}

fn parts(text: &str, all: &[TemplatePart]) {
    for part in all {
        match part {
            TemplatePart::Literal(_, span) => at(text, *span, "a literal"),
            TemplatePart::Interpolation(inner) => expression(text, inner),
            TemplatePart::If(one) => {
                expression(text, &one.condition);
                parts(text, &one.yes.parts);
                parts(text, &one.no.parts);
            }
            TemplatePart::For(one) => {
                expression(text, &one.collection);
                parts(text, &one.body.parts);
            }
        }
    }
}
