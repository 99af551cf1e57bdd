//! Trees whose text is written nowhere: copies of one, each with everything at another place.

use std::sync::Arc;

use super::tree::{
    Attribute, Block, Body, Branches, Call, Expression, ExpressionKind, For, Loop, ObjectItem, ObjectKey,
    Step, Template, TemplatePart,
};
use crate::source::{Span, Spanned};

impl Body {
    /// A copy of which everything is placed at `span`.
    #[must_use]
    pub fn placed(&self, span: Span) -> Self {
        Placing(span).body(self)
    }
}

/// Makes copies of which everything is placed at one place. The recursion follows a tree, whose depth is bounded where it is read.
struct Placing(Span);

impl Placing {
    fn name(&self, name: &Spanned<Arc<str>>) -> Spanned<Arc<str>> {
        Spanned::new(Arc::clone(&name.value), self.0)
    }

    fn body(&self, body: &Body) -> Body {
        let attribute =
            |it: &Attribute| Attribute { name: self.name(&it.name), value: self.expression(&it.value) };
        let block = |it: &Block| Block {
            kind: self.name(&it.kind),
            labels: it.labels.iter().map(|label| self.name(label)).collect(),
            body: self.body(&it.body),
            header: self.0,
            span: self.0,
        };
        Body {
            attributes: body.attributes.iter().map(attribute).collect(),
            blocks: body.blocks.iter().map(block).collect(),
            is_former: body.is_former,
        }
    }

    fn expression(&self, expression: &Expression) -> Expression {
        Expression { kind: self.kind(&expression.kind), span: self.0 }
    }

    fn boxed(&self, expression: &Expression) -> Box<Expression> {
        Box::new(self.expression(expression))
    }

    fn expressions(&self, all: &[Expression]) -> Vec<Expression> {
        all.iter().map(|one| self.expression(one)).collect()
    }

    fn kind(&self, kind: &ExpressionKind) -> ExpressionKind {
        match kind {
            ExpressionKind::Null => ExpressionKind::Null,
            ExpressionKind::Bool(value) => ExpressionKind::Bool(*value),
            ExpressionKind::Number(digits) => ExpressionKind::Number(Arc::clone(digits)),
            ExpressionKind::Template(template) => ExpressionKind::Template(self.template(template)),
            ExpressionKind::List(items) => ExpressionKind::List(self.expressions(items)),
            ExpressionKind::Object(items) => {
                ExpressionKind::Object(items.iter().map(|item| self.item(item)).collect())
            }
            ExpressionKind::Variable(name) => ExpressionKind::Variable(Arc::clone(name)),
            ExpressionKind::Traversal(base, steps) => ExpressionKind::Traversal(
                self.boxed(base),
                steps.iter().map(|step| self.step(step)).collect(),
            ),
            ExpressionKind::Call(call) => ExpressionKind::Call(Box::new(Call {
                name: self.name(&call.name),
                arguments: self.expressions(&call.arguments),
                expand_last: call.expand_last,
            })),
            ExpressionKind::Conditional(condition, yes, no) => {
                ExpressionKind::Conditional(self.boxed(condition), self.boxed(yes), self.boxed(no))
            }
            ExpressionKind::Unary(operator, operand) => ExpressionKind::Unary(*operator, self.boxed(operand)),
            ExpressionKind::Binary(left, operator, right) => {
                ExpressionKind::Binary(self.boxed(left), *operator, self.boxed(right))
            }
            ExpressionKind::For(inner) => ExpressionKind::For(Box::new(self.for_each(inner))),
            ExpressionKind::Parenthesis(inner) => ExpressionKind::Parenthesis(self.boxed(inner)),
        }
    }

    fn item(&self, item: &ObjectItem) -> ObjectItem {
        let key = match &item.key {
            ObjectKey::Word(word) => ObjectKey::Word(self.name(word)),
            ObjectKey::Expression(key) => ObjectKey::Expression(self.expression(key)),
        };
        ObjectItem { key, value: self.expression(&item.value) }
    }

    fn step(&self, step: &Step) -> Step {
        match step {
            Step::Attribute(name) => Step::Attribute(self.name(name)),
            Step::Index(index) => Step::Index(self.boxed(index)),
            Step::AttributeSplat => Step::AttributeSplat,
            Step::FullSplat => Step::FullSplat,
        }
    }

    fn for_each(&self, inner: &For) -> For {
        For {
            key_name: inner.key_name.as_ref().map(|name| self.name(name)),
            value_name: self.name(&inner.value_name),
            collection: self.expression(&inner.collection),
            key: inner.key.as_ref().map(|key| self.expression(key)),
            value: self.expression(&inner.value),
            grouping: inner.grouping,
            condition: inner.condition.as_ref().map(|condition| self.expression(condition)),
        }
    }

    fn template(&self, template: &Template) -> Template {
        Template { parts: template.parts.iter().map(|part| self.part(part)).collect() }
    }

    fn part(&self, part: &TemplatePart) -> TemplatePart {
        match part {
            TemplatePart::Literal(text, _) => TemplatePart::Literal(Arc::clone(text), self.0),
            TemplatePart::Interpolation(inner) => TemplatePart::Interpolation(self.boxed(inner)),
            TemplatePart::If(inner) => TemplatePart::If(Box::new(Branches {
                condition: self.expression(&inner.condition),
                yes: self.template(&inner.yes),
                no: self.template(&inner.no),
            })),
            TemplatePart::For(inner) => TemplatePart::For(Box::new(Loop {
                key_name: inner.key_name.as_ref().map(|name| self.name(name)),
                value_name: self.name(&inner.value_name),
                collection: self.expression(&inner.collection),
                body: self.template(&inner.body),
            })),
        }
    }
}
