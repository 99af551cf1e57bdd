//! Expressions: operators, traversals and what they are made of.
//!
//! <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#expressions>

use std::sync::Arc;

use super::reader::{Name, Read, Reader};
use super::tree::{BinaryOperator, Expression, ExpressionKind, Step, UnaryOperator};
use crate::source::Spanned;

const VALUE: &str = "a value";
pub(super) const INDEXES: &str =
    "two indexes behind each other must be in brackets: Terraform reads them as one number";

impl Reader<'_> {
    /// Reads an expression, and goes past the blanks behind it.
    pub(super) fn expression(&mut self) -> Read<Expression> {
        self.deeper()?;
        let start = self.at;
        let mut expression = self.binary(0)?;
        if self.peek() == Some(b'?') {
            self.advance(1);
            let yes = self.expression()?;
            self.expect(b':', "`:` and what holds otherwise")?;
            let no = self.expression()?;
            let kind = ExpressionKind::Conditional(Box::new(expression), Box::new(yes), Box::new(no));
            expression = Expression { kind, span: self.span(start, self.end) };
        }
        self.depth -= 1;
        Ok(expression)
    }

    /// Reads operators that bind at least as strongly as `lowest`.
    fn binary(&mut self, lowest: u8) -> Read<Expression> {
        let start = self.at;
        let left = self.term()?;
        if self.peek().is_none_or(begins_no_operator) {
            return Ok(left);
        }
        self.operators(lowest, start, left)
    }

    /// Reads the operators behind a value that begins at `start`.
    fn operators(&mut self, lowest: u8, start: usize, mut left: Expression) -> Read<Expression> {
        let depth = self.depth;
        while let Some((operator, strength, length)) = self.operator()
            && strength >= lowest
        {
            // Each makes the tree one level deeper.
            self.deeper()?;
            self.advance(length);
            let right = self.binary(strength + 1)?;
            let kind = ExpressionKind::Binary(Box::new(left), operator, Box::new(right));
            left = Expression { kind, span: self.span(start, self.end) };
        }
        self.depth = depth;
        Ok(left)
    }

    /// The operator that comes next: how strongly it binds, and its length.
    fn operator(&self) -> Option<(BinaryOperator, u8, usize)> {
        let next = self.peek_at(1);
        Some(match self.peek()? {
            b'|' if next == Some(b'|') => (BinaryOperator::Or, 0, 2),
            b'&' if next == Some(b'&') => (BinaryOperator::And, 1, 2),
            b'=' if next == Some(b'=') => (BinaryOperator::Equal, 2, 2),
            b'!' if next == Some(b'=') => (BinaryOperator::NotEqual, 2, 2),
            b'<' if next == Some(b'=') => (BinaryOperator::LessOrEqual, 3, 2),
            b'>' if next == Some(b'=') => (BinaryOperator::GreaterOrEqual, 3, 2),
            b'<' => (BinaryOperator::Less, 3, 1),
            b'>' => (BinaryOperator::Greater, 3, 1),
            b'+' => (BinaryOperator::Add, 4, 1),
            b'-' => (BinaryOperator::Subtract, 4, 1),
            b'*' => (BinaryOperator::Multiply, 5, 1),
            // Of a comment that never ends.
            b'/' if next == Some(b'*') => return None,
            b'/' => (BinaryOperator::Divide, 5, 1),
            b'%' => (BinaryOperator::Modulo, 5, 1),
            _ => return None,
        })
    }

    /// Reads a value with the steps behind it.
    fn term(&mut self) -> Read<Expression> {
        let start = self.at;
        let value = self.value()?;
        match self.peek() {
            Some(b'.') if self.peek_at(1) != Some(b'.') => self.traversal(start, value),
            Some(b'[') => self.traversal(start, value),
            _ => Ok(value),
        }
    }

    fn value(&mut self) -> Read<Expression> {
        match self.peek() {
            Some(b'"') => self.quoted(),
            Some(b'[') => self.list(),
            Some(b'{') => self.object(),
            Some(b'0'..=b'9') => self.number(self.at),
            Some(b'<') if self.peek_at(1) == Some(b'<') => self.heredoc(),
            Some(b'(') => self.parenthesis(),
            Some(b'-') => self.negated(),
            Some(b'!') if self.peek_at(1) != Some(b'=') => self.unary(UnaryOperator::Not),
            _ if self.is_word() => self.name_or_call(),
            _ => self.expected(VALUE),
        }
    }

    /// Reads a number that goes on here; its sign stands at `start`.
    fn number(&mut self, start: usize) -> Read<Expression> {
        let end = self.number_end();
        let written = self.written(self.at, end);
        if !is_number(written) {
            return self.fail(start, end, format!("`{written}` is no number"));
        }
        let text =
            if start == self.at { self.named(start, end).value } else { Arc::from(format!("-{written}")) };
        self.at = end;
        self.advance(0);
        Ok(Expression { kind: ExpressionKind::Number(text), span: self.span(start, end) })
    }

    /// `-a`, or a number with its sign.
    fn negated(&mut self) -> Read<Expression> {
        let start = self.at;
        self.advance(1);
        if matches!(self.peek(), Some(b'0'..=b'9')) {
            return self.number(start);
        }
        self.at = start;
        self.unary(UnaryOperator::Negate)
    }

    fn unary(&mut self, operator: UnaryOperator) -> Read<Expression> {
        let start = self.at;
        self.deeper()?;
        self.advance(1);
        let operand = Box::new(self.term()?);
        self.depth -= 1;
        Ok(Expression { kind: ExpressionKind::Unary(operator, operand), span: self.span(start, self.end) })
    }

    fn parenthesis(&mut self) -> Read<Expression> {
        let start = self.at;
        let multi = std::mem::replace(&mut self.multi, true);
        self.advance(1);
        let inner = Box::new(self.expression()?);
        self.close(b')', start, multi)?;
        Ok(Expression { kind: ExpressionKind::Parenthesis(inner), span: self.span(start, self.end) })
    }

    /// Goes past a closing bracket; behind it, line breaks mean what they meant before.
    pub(super) fn close(&mut self, bracket: u8, open: usize, multi: bool) -> Read<()> {
        if self.peek() != Some(bracket) {
            if self.peek().is_none() {
                return self.fail(open, open + 1, "the bracket that is opened here is never closed");
            }
            return self.expected(match bracket {
                b')' => "`)`",
                b']' => "`,` or `]`",
                _ => "`}`",
            });
        }
        self.multi = multi;
        self.advance(1);
        Ok(())
    }

    /// Reads the steps behind a value that begins at `start`.
    fn traversal(&mut self, start: usize, base: Expression) -> Read<Expression> {
        let from = self.stacks.steps.len();
        loop {
            let step = match self.peek() {
                Some(b'.') if self.peek_at(1) != Some(b'.') => self.attribute_step()?,
                Some(b'[') => self.index_step()?,
                _ => break,
            };
            self.stacks.steps.push(step);
        }
        let steps = self.stacks.steps.drain(from..).collect();
        let span = self.span(start, self.end);
        Ok(Expression { kind: ExpressionKind::Traversal(Box::new(base), steps), span })
    }

    fn attribute_step(&mut self) -> Read<Step> {
        self.advance(1);
        match self.peek() {
            Some(b'*') => {
                self.advance(1);
                Ok(Step::AttributeSplat)
            }
            Some(b'0'..=b'9') => {
                let (start, end) = (self.at, self.number_end());
                if self.written(start, end).contains('.') {
                    return self.fail(start, end, INDEXES);
                }
                self.at = self.digits(start);
                self.advance(0);
                let Spanned { value: digits, span } = self.named(start, self.end);
                Ok(Step::Index(Box::new(Expression { kind: ExpressionKind::Number(digits), span })))
            }
            _ => Ok(Step::Attribute(self.word("the name of an attribute")?)),
        }
    }

    fn index_step(&mut self) -> Read<Step> {
        let open = self.at;
        let multi = std::mem::replace(&mut self.multi, true);
        self.advance(1);
        let step = if self.peek() == Some(b'*') {
            self.advance(1);
            Step::FullSplat
        } else {
            Step::Index(Box::new(self.expression()?))
        };
        self.close(b']', open, multi)?;
        Ok(step)
    }

    /// `name`, `name(…)`, `a::b(…)` or a keyword.
    fn name_or_call(&mut self) -> Read<Expression> {
        let start = self.at;
        self.advance(self.word_length());
        let end = self.end;
        match self.peek() {
            Some(b'(') => {
                let name = self.named(start, end);
                return self.call(name, start);
            }
            Some(b':') if self.peek_at(1) == Some(b':') => {
                let name = self.namespaced(start, end)?;
                return self.call(name, start);
            }
            _ => {}
        }
        let kind = match self.written(start, end) {
            "null" => ExpressionKind::Null,
            "true" => ExpressionKind::Bool(true),
            "false" => ExpressionKind::Bool(false),
            _ => ExpressionKind::Variable(self.named(start, end).value),
        };
        Ok(Expression { kind, span: self.span(start, end) })
    }

    /// `provider::aws::arn_parse`, whose first part is read.
    fn namespaced(&mut self, start: usize, end: usize) -> Read<Name> {
        let mut name = self.written(start, end).to_owned();
        while self.is_next("::") {
            self.advance(2);
            let part = self.word("the name of a function")?;
            name.push_str("::");
            name.push_str(&part.value);
        }
        let name = Spanned::new(Arc::from(name), self.span(start, self.end));
        if self.peek() == Some(b'(') { Ok(name) } else { self.expected("`(` and the arguments") }
    }
}

/// What most values stand before.
fn begins_no_operator(byte: u8) -> bool {
    matches!(byte, b'\n' | b',' | b')' | b']' | b'}' | b'?' | b':')
}

/// Whether what [`Reader::number_end`] takes together is one number: one point and one exponent at most, in this order.
fn is_number(written: &str) -> bool {
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = written.split_once(['e', 'E']).unwrap_or((written, ""));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    [whole, fraction, exponent].into_iter().all(is_digits)
}
