//! Evaluates expressions without references, and may hide parts of them.

use std::cell::RefCell;
use std::sync::Arc;

use crate::parse::hcl::{Expression, ExpressionKind, ObjectItem, ObjectKey, Template, TemplatePart, parse};
use crate::source::{Sources, Span};
use crate::value::{
    Because, Class, Entry, Kind, List, Map, Name, OriginKind, PieceKind, Symbol, Text, Value,
};
use crate::walk::terraform::language::convert::Outcome;
use crate::walk::terraform::language::functions::call;
use crate::walk::terraform::language::operators::{binary, unary};

/// Evaluates expressions without references.
pub(super) struct Evaluator {
    /// What is replaced by something that is not known, and how.
    pub(super) hide: Option<RefCell<Hide>>,
}

/// Hides literals.
pub(super) struct Hide {
    pub(super) dice: u64,
    /// What was hidden, by the number in the key of its symbol.
    pub(super) values: Vec<Value>,
}

impl Hide {
    fn roll(&mut self, sides: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice >> 11) % sides
    }

    fn symbol(&mut self, value: Value) -> Symbol {
        let (file, place) = ("hidden".into(), self.values.len().to_string().into());
        self.values.push(value);
        Symbol::new(Class::Keyed, OriginKind::Written { file, place }, Because::Input)
    }

    /// A text of which one half is hidden.
    fn partly(&mut self, text: &str, span: Span) -> Value {
        let middle = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let (start, end) = text.split_at(middle);
        let front = self.roll(2) == 0;
        let hidden = self.symbol(Value::literal(if front { start } else { end }, span));
        let mut partly = Text::default();
        if front {
            partly.push(PieceKind::Symbol(hidden), span);
            partly.push_str(end, span);
        } else {
            partly.push_str(start, span);
            partly.push(PieceKind::Symbol(hidden), span);
        }
        Value::text(partly, span)
    }

    /// The literal, or something less known that it may be; `real` is the literal with nothing hidden in it.
    fn literal(&mut self, value: Value, real: Value) -> Value {
        let span = value.span;
        match (&value.kind, self.roll(6)) {
            (_, 0) => Value::unknown(self.symbol(real), span),
            (Kind::Text(text), 1 | 2) => {
                let text = text.as_literal().unwrap().into_owned();
                self.partly(&text, span)
            }
            (Kind::Text(text), 3) if text.as_literal().unwrap().len() == 12 => {
                let digits = text.as_literal().unwrap().bytes().all(|byte| byte.is_ascii_digit());
                let mut symbol = self.symbol(value.clone());
                if digits {
                    symbol.class = Class::Account;
                }
                Value::unknown(symbol, span)
            }
            (Kind::List(list), 1) if !list.items.is_empty() => {
                let mut items = list.items.clone();
                let at = usize::try_from(self.roll(items.len() as u64)).unwrap();
                items.edit().remove(at);
                Value::new(Kind::List(List { items, open: true }), span)
            }
            (Kind::List(list), 2) => {
                let mut items = list.items.clone();
                let at = usize::try_from(self.roll(items.len() as u64 + 1)).unwrap();
                let maybe = Value::choice([Value::literal("x", span), Value::new(Kind::Absent, span)], span);
                items.edit().insert(at, maybe);
                Value::new(Kind::List(List { items, open: list.open }), span)
            }
            // The last of several entries with one key counts.
            (Kind::Map(map), 1 | 2)
                if crate::walk::terraform::language::convert::sorted_entries(map).len()
                    < map.entries.len() =>
            {
                value
            }
            (Kind::Map(map), 1) if !map.entries.is_empty() => {
                let mut entries = map.entries.clone();
                entries.edit().pop();
                Value::new(Kind::Map(Map { entries, open: true }), span)
            }
            (Kind::Map(map), 2) => {
                let mut map = map.clone();
                for entry in map.entries.edit().iter_mut() {
                    if self.roll(2) == 0 {
                        let key = Value::text(entry.key_text().into_owned(), span);
                        entry.key = Name::new(Text::symbol(self.symbol(key), span), entry.key_span);
                    }
                }
                Value::new(Kind::Map(map), span)
            }
            _ => value,
        }
    }

    /// An item or a member, or several that it may be.
    fn inner(&mut self, value: Value) -> Value {
        let span = value.span;
        match self.roll(12) {
            0 => Value::choice([value, Value::literal("other", span)], span),
            1 => Value::choice([Value::literal("other", span), value, Value::literal("a", span)], span),
            2 => Value::choice([Value::new(Kind::Absent, span), value], span),
            _ => value,
        }
    }
}

impl Evaluator {
    fn hidden(&self, value: Value, expression: &Expression) -> Value {
        match &self.hide {
            Some(hide) => match (Self { hide: None }).evaluate(expression) {
                Outcome::Value(real) => hide.borrow_mut().literal(value, real),
                _ => value,
            },
            None => value,
        }
    }

    fn inner(&self, value: Value) -> Value {
        match &self.hide {
            Some(hide) => hide.borrow_mut().inner(value),
            None => value,
        }
    }

    pub(super) fn evaluate(&self, expression: &Expression) -> Outcome {
        let span = expression.span;
        let kind = match &expression.kind {
            ExpressionKind::Null => Kind::Null,
            ExpressionKind::Bool(value) => {
                return Outcome::Value(self.hidden(Value::new(Kind::Bool(*value), span), expression));
            }
            ExpressionKind::Number(digits) => {
                return Outcome::Value(
                    self.hidden(Value::new(Kind::Number(Arc::clone(digits)), span), expression),
                );
            }
            ExpressionKind::Template(template) => {
                return Outcome::Value(self.hidden(Value::text(literal(template), span), expression));
            }
            ExpressionKind::List(items) => {
                let mut list = List::default();
                for item in items {
                    match self.evaluate(item) {
                        Outcome::Value(item) => list.items.push(self.inner(item)),
                        other => return other,
                    }
                }
                return Outcome::Value(self.hidden(Value::new(Kind::List(list), span), expression));
            }
            ExpressionKind::Object(items) => match self.object(items) {
                Ok(map) => return Outcome::Value(self.hidden(Value::new(Kind::Map(map), span), expression)),
                Err(other) => return other,
            },
            ExpressionKind::Parenthesis(inner) => return self.evaluate(inner),
            ExpressionKind::Unary(operator, inner) => {
                return match self.evaluate(inner) {
                    Outcome::Value(value) => unary(*operator, &value, span),
                    other => other,
                };
            }
            ExpressionKind::Binary(left, operator, right) => {
                return match (self.evaluate(left), self.evaluate(right)) {
                    (Outcome::Value(left), Outcome::Value(right)) => binary(*operator, &left, &right, span),
                    (Outcome::Refused, _) | (_, Outcome::Refused) => Outcome::Refused,
                    _ => Outcome::Unknown,
                };
            }
            ExpressionKind::Call(call) => return self.call(&call.name.value, &call.arguments, span),
            other => panic!("{other:?}"),
        };
        Outcome::Value(Value::new(kind, span))
    }

    fn object(&self, items: &[ObjectItem]) -> Result<Map, Outcome> {
        let mut map = Map::default();
        for item in items {
            let (key, key_span) = match &item.key {
                ObjectKey::Word(word) => (Text::literal(Arc::clone(&word.value), word.span), word.span),
                ObjectKey::Expression(Expression { kind: ExpressionKind::Template(key), span }) => {
                    (literal(key), *span)
                }
                ObjectKey::Expression(other) => panic!("{other:?}"),
            };
            match self.evaluate(&item.value) {
                Outcome::Value(value) => map.entries.push(Entry::new(key, key_span, self.inner(value))),
                other => return Err(other),
            }
        }
        Ok(map)
    }

    /// Calls a function for every alternative of its arguments, as the walker does.
    fn call(&self, name: &str, arguments: &[Expression], span: Span) -> Outcome {
        let mut combinations: Vec<Vec<Value>> = vec![Vec::new()];
        for argument in arguments {
            let value = match self.evaluate(argument) {
                Outcome::Value(value) => value,
                other => return other,
            };
            let longer = combinations.iter().flat_map(|chosen| {
                value.alternatives().iter().map(|one| [chosen.as_slice(), std::slice::from_ref(one)].concat())
            });
            combinations = longer.collect();
        }
        if combinations.len() > 64 {
            return Outcome::Unknown;
        }
        let mut results = Vec::new();
        for arguments in &combinations {
            match call(name, arguments, span).unwrap_or_else(|| panic!("no function {name}")) {
                Outcome::Value(value) => results.push(value),
                Outcome::Refused if combinations.len() > 1 => {}
                other => return other,
            }
        }
        if results.is_empty() { Outcome::Refused } else { Outcome::Value(Value::choice(results, span)) }
    }
}

fn literal(template: &Template) -> Text {
    let mut text = Text::default();
    for part in &template.parts {
        match part {
            TemplatePart::Literal(part, span) => text.push_str(Arc::clone(part), *span),
            other => panic!("{other:?}"),
        }
    }
    text
}

/// Reads an expression.
pub(crate) fn parsed(expression: &str) -> Expression {
    let text = format!("x = {expression}\n");
    let sources = Sources::in_memory([("a.tf".to_owned(), text.clone())]);
    let (body, problems) = parse(sources.find("a.tf").unwrap(), &text);
    assert!(problems.is_empty(), "{expression}: {problems:?}");
    body.attributes.into_iter().next().unwrap().value
}

/// What an expression without references is.
pub(crate) fn evaluate(expression: &str) -> Outcome {
    Evaluator { hide: None }.evaluate(&parsed(expression))
}

/// What an expression without references is, already read.
pub(crate) fn plain(expression: &Expression) -> Outcome {
    Evaluator { hide: None }.evaluate(expression)
}
