//! From the parser's tree to ours. Names, numbers and texts are read from the source, never from the tree: it
//! may come from a copy in which repeated keys were renamed.

use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{self as theirs, TraversalOperator};
use hcl_edit::structure::{Block as TheirBlock, BlockLabel, Body as TheirBody, Structure};
use rustc_hash::FxHashMap;

use super::template::Style;
use super::{
    Attribute, BinaryOperator, Block, Body, Expression, ExpressionKind, For, ObjectItem, ObjectKey, Step,
    Template, TemplatePart, UnaryOperator,
};
use crate::source::{SourceId, Span, Spanned};

pub(super) struct Convert<'a> {
    source: SourceId,
    /// The text that offsets of the tree point into, once `offset` is added.
    pub(super) text: &'a str,
    offset: usize,
    /// Where `text` begins in its file.
    base: usize,
    placed: Option<Span>,
    /// Start and end of keys that were renamed in the copy, as the tree counts.
    renamed: FxHashMap<usize, usize>,
}

impl<'a> Convert<'a> {
    pub(super) fn new(source: SourceId, text: &'a str, offset: usize) -> Self {
        Self { source, text, offset, base: 0, placed: None, renamed: FxHashMap::default() }
    }

    pub(super) fn based(mut self, base: usize) -> Self {
        self.base = base;
        self
    }

    pub(super) fn placed_at(mut self, span: Span) -> Self {
        self.placed = Some(span);
        self
    }

    pub(super) fn renamed(mut self, renamed: FxHashMap<usize, usize>) -> Self {
        self.renamed = renamed;
        self
    }

    /// A range of the tree as a range of `text`.
    pub(super) fn range(&self, range: Option<Range<usize>>) -> Range<usize> {
        range.map_or(0..0, |range| range.start + self.offset..range.end + self.offset)
    }

    pub(super) fn place(&self, range: &Range<usize>) -> Span {
        self.placed.unwrap_or_else(|| Span::new(self.source, self.base + range.start, self.base + range.end))
    }

    pub(super) fn written(&self, range: &Range<usize>) -> &'a str {
        self.text.get(range.start..range.end).unwrap_or_default()
    }

    pub(super) fn name(&self, range: Option<Range<usize>>) -> Spanned<Arc<str>> {
        let range = self.range(range);
        Spanned::new(Arc::from(self.written(&range)), self.place(&range))
    }

    pub(super) fn body(&self, body: &TheirBody) -> Body {
        let mut ours = Body::default();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => ours.attributes.push(Attribute {
                    name: self.name(attribute.key.span()),
                    value: self.expression(&attribute.value),
                }),
                Structure::Block(block) => ours.blocks.push(self.block(block)),
            }
        }
        ours
    }

    fn block(&self, block: &TheirBlock) -> Block {
        let kind = self.name(block.ident.span());
        let labels: Vec<_> = block.labels.iter().map(|label| self.label(label)).collect();
        let last = block.labels.last().map_or_else(
            || self.range(block.ident.span()),
            |label| match label {
                BlockLabel::Ident(name) => self.range(name.span()),
                BlockLabel::String(text) => self.range(text.span()),
            },
        );
        let last = self.place(&last);
        let header = kind.span.join(last).unwrap_or(kind.span);
        let span = self.place(&self.range(block.span()));
        Block { kind, labels, body: self.body(&block.body), header, span }
    }

    fn label(&self, label: &BlockLabel) -> Spanned<Arc<str>> {
        match label {
            BlockLabel::Ident(name) => self.name(name.span()),
            BlockLabel::String(text) => {
                let range = unquoted(self.range(text.span()), 1);
                Spanned::new(Arc::from(text.value().as_str()), self.place(&range))
            }
        }
    }

    pub(super) fn expression(&self, expression: &theirs::Expression) -> Expression {
        let range = self.range(expression.span());
        let mut span = self.place(&range);
        let kind = match expression {
            theirs::Expression::Null(_) => ExpressionKind::Null,
            theirs::Expression::Bool(value) => ExpressionKind::Bool(*value.value()),
            theirs::Expression::Number(_) => {
                let digits: String = self.written(&range).split_whitespace().collect();
                ExpressionKind::Number(digits.into())
            }
            theirs::Expression::String(_) => {
                let content = unquoted(range, 1);
                span = self.place(&content);
                let mut template = Template::default();
                self.literal(content, Style::Quoted, &mut template);
                ExpressionKind::Template(template)
            }
            theirs::Expression::StringTemplate(template) => {
                span = self.place(&unquoted(range, 1));
                ExpressionKind::Template(self.template(template, Style::Quoted))
            }
            theirs::Expression::HeredocTemplate(heredoc) => {
                let written = self.written(&range);
                span = self.place(&heredoc_content(written, range.start));
                let style = if written.starts_with("<<-") { Style::Flush } else { Style::Lines };
                ExpressionKind::Template(self.template(&heredoc.template, style))
            }
            theirs::Expression::Array(items) => {
                ExpressionKind::List(items.iter().map(|item| self.expression(item)).collect())
            }
            theirs::Expression::Object(object) => ExpressionKind::Object(
                object
                    .iter()
                    .map(|(key, value)| ObjectItem {
                        key: self.key(key),
                        value: self.expression(value.expr()),
                    })
                    .collect(),
            ),
            theirs::Expression::Variable(_) => ExpressionKind::Variable(Arc::from(self.written(&range))),
            other => self.compound(other),
        };
        Expression { kind, span }
    }

    fn boxed(&self, expression: &theirs::Expression) -> Box<Expression> {
        Box::new(self.expression(expression))
    }

    fn compound(&self, expression: &theirs::Expression) -> ExpressionKind {
        match expression {
            theirs::Expression::Parenthesis(inner) => ExpressionKind::Parenthesis(self.boxed(inner.inner())),
            theirs::Expression::Conditional(inner) => ExpressionKind::Conditional(
                self.boxed(&inner.cond_expr),
                self.boxed(&inner.true_expr),
                self.boxed(&inner.false_expr),
            ),
            theirs::Expression::FuncCall(call) => self.call(call),
            theirs::Expression::Traversal(traversal) => ExpressionKind::Traversal(
                self.boxed(&traversal.expr),
                traversal.operators.iter().map(|operator| self.step(operator)).collect(),
            ),
            theirs::Expression::UnaryOp(inner) => {
                let operator = match inner.operator.value() {
                    theirs::UnaryOperator::Neg => UnaryOperator::Negate,
                    theirs::UnaryOperator::Not => UnaryOperator::Not,
                };
                ExpressionKind::Unary(operator, self.boxed(&inner.expr))
            }
            theirs::Expression::BinaryOp(inner) => ExpressionKind::Binary(
                self.boxed(&inner.lhs_expr),
                operator(*inner.operator.value()),
                self.boxed(&inner.rhs_expr),
            ),
            theirs::Expression::ForExpr(inner) => ExpressionKind::For(Box::new(For {
                key_name: inner.intro.key_var.as_ref().map(|name| self.name(name.span())),
                value_name: self.name(inner.intro.value_var.span()),
                collection: self.expression(&inner.intro.collection_expr),
                key: inner.key_expr.as_ref().map(|key| self.expression(key)),
                value: self.expression(&inner.value_expr),
                grouping: inner.grouping,
                condition: inner.cond.as_ref().map(|condition| self.expression(&condition.expr)),
            })),
            // The others are leaves and collections, which `expression` has taken.
            _ => ExpressionKind::Null,
        }
    }

    fn call(&self, call: &theirs::FuncCall) -> ExpressionKind {
        let mut name = self.name(call.name.name.span());
        let spaces: Vec<_> = call.name.namespace.iter().map(|part| self.name(part.span())).collect();
        if let Some(first) = spaces.first() {
            let parts: Vec<&str> = spaces.iter().chain([&name]).map(|part| &*part.value).collect();
            name = Spanned::new(Arc::from(parts.join("::")), first.span.join(name.span).unwrap_or(name.span));
        }
        ExpressionKind::Call {
            name,
            arguments: call.args.iter().map(|argument| self.expression(argument)).collect(),
            expand_last: call.args.expand_final(),
        }
    }

    fn step(&self, operator: &hcl_edit::Decorated<TraversalOperator>) -> Step {
        match operator.value() {
            TraversalOperator::AttrSplat(_) => Step::AttributeSplat,
            TraversalOperator::FullSplat(_) => Step::FullSplat,
            TraversalOperator::GetAttr(name) => Step::Attribute(self.name(name.span())),
            TraversalOperator::Index(index) => Step::Index(self.expression(index)),
            TraversalOperator::LegacyIndex(index) => {
                let range = self.range(index.span());
                let digits = Arc::from(index.value().to_string());
                Step::Index(Expression { kind: ExpressionKind::Number(digits), span: self.place(&range) })
            }
        }
    }

    fn key(&self, key: &theirs::ObjectKey) -> ObjectKey {
        let span = match key {
            theirs::ObjectKey::Ident(name) => name.span(),
            theirs::ObjectKey::Expression(expression) => expression.span(),
        };
        if let Some(range) = &span
            && let Some(end) = self.renamed.get(&range.start)
        {
            return self.renamed_key(range.start..*end);
        }
        match key {
            theirs::ObjectKey::Ident(_) => ObjectKey::Word(self.name(span)),
            theirs::ObjectKey::Expression(expression) => ObjectKey::Expression(self.expression(expression)),
        }
    }

    /// A key that the copy has under another name: read again from the source.
    fn renamed_key(&self, range: Range<usize>) -> ObjectKey {
        let start = range.start + self.offset;
        let whole = self.range(Some(range));
        match hcl_edit::parser::parse_expr(self.written(&whole)) {
            Ok(parsed) if parsed.as_variable().is_none() => {
                let inner = Convert { renamed: FxHashMap::default(), offset: start, ..*self };
                ObjectKey::Expression(inner.expression(&parsed))
            }
            _ => ObjectKey::Word(Spanned::new(Arc::from(self.written(&whole)), self.place(&whole))),
        }
    }

    /// Adds a literal that needs no trimming.
    pub(super) fn literal(&self, range: Range<usize>, style: Style, template: &mut Template) {
        let written = self.written(&range);
        let mut run = 0;
        for at in memchr::memchr3_iter(b'$', b'%', b'\\', written.as_bytes()) {
            // What an escape is made of begins no other one.
            let Some(rest) = written.get(at..).filter(|_| at >= run) else { continue };
            if let Some((text, length)) = super::template::escape(rest, style) {
                self.exact(range.start + run..range.start + at, template);
                let place = self.place(&(range.start + at..range.start + at + length));
                template.parts.push(TemplatePart::Literal(text, place));
                run = at + length;
            }
        }
        self.exact(range.start + run..range.end, template);
    }

    fn exact(&self, range: Range<usize>, template: &mut Template) {
        if !range.is_empty() {
            let text = Arc::from(self.written(&range));
            template.parts.push(TemplatePart::Literal(text, self.place(&range)));
        }
    }
}

fn unquoted(range: Range<usize>, quote: usize) -> Range<usize> {
    if range.len() >= 2 * quote { range.start + quote..range.end - quote } else { range }
}

/// The lines between the two delimiters.
fn heredoc_content(written: &str, start: usize) -> Range<usize> {
    let first = written.find('\n').map_or(written.len(), |at| at + 1);
    let last = written.rfind('\n').map_or(written.len(), |at| at + 1);
    start + first..start + last.max(first)
}

fn operator(operator: theirs::BinaryOperator) -> BinaryOperator {
    match operator {
        theirs::BinaryOperator::Eq => BinaryOperator::Equal,
        theirs::BinaryOperator::NotEq => BinaryOperator::NotEqual,
        theirs::BinaryOperator::LessEq => BinaryOperator::LessOrEqual,
        theirs::BinaryOperator::GreaterEq => BinaryOperator::GreaterOrEqual,
        theirs::BinaryOperator::Less => BinaryOperator::Less,
        theirs::BinaryOperator::Greater => BinaryOperator::Greater,
        theirs::BinaryOperator::Plus => BinaryOperator::Add,
        theirs::BinaryOperator::Minus => BinaryOperator::Subtract,
        theirs::BinaryOperator::Mul => BinaryOperator::Multiply,
        theirs::BinaryOperator::Div => BinaryOperator::Divide,
        theirs::BinaryOperator::Mod => BinaryOperator::Modulo,
        theirs::BinaryOperator::And => BinaryOperator::And,
        theirs::BinaryOperator::Or => BinaryOperator::Or,
    }
}
