//! Expressions to values.

use std::iter;
use std::sync::Arc;

use super::convert::{Outcome, items, to_bool, to_text};
use super::evaluator::{Bound, Evaluator};
use super::names::attribute;
use super::operators;
use super::unknown::{bounded, derived, if_present, may_be_absent, opaque, perhaps};
use super::work::Work;
use crate::bounds;
use crate::parse::hcl::{
    BinaryOperator, Expression, ExpressionKind, For, ObjectItem, ObjectKey, UnaryOperator,
};
use crate::source::Span;
use crate::value::{
    Answer, Because, Class, Entry, Extended, Kind, List, Map, Operand, OriginKind, Shared, Text, Value, When,
};

impl Evaluator<'_> {
    /// What an expression says.
    pub(crate) fn value(&self, bound: &Bound, expression: &Expression) -> Value {
        let evaluated = self.work.deeper(|| self.kind(bound, expression));
        let evaluated = evaluated.filter(|value| value.extent().nodes <= bounds::VALUE_NODES);
        evaluated.unwrap_or_else(|| {
            self.work.fail(Answer::Unknown);
            bounded(expression.span)
        })
    }

    fn kind(&self, bound: &Bound, expression: &Expression) -> Value {
        let span = expression.span;
        match &expression.kind {
            ExpressionKind::Null => Value::new(Kind::Null, span),
            ExpressionKind::Bool(value) => Value::new(Kind::Bool(*value), span),
            ExpressionKind::Number(digits) => Value::new(Kind::Number(Arc::clone(digits)), span),
            ExpressionKind::Template(template) => self.template(bound, template, span),
            ExpressionKind::List(items) => {
                Value::list(items.iter().map(|item| self.value(bound, item)).collect(), span)
            }
            ExpressionKind::Object(items) => self.object(bound, items, span),
            ExpressionKind::Variable(_) => self.traversal(bound, expression, &[], span),
            ExpressionKind::Traversal(base, steps) => self.traversal(bound, base, steps, span),
            ExpressionKind::Call(call) => match self.invariant(bound, expression) {
                Some(known) => (*known).clone(),
                None => self.call(bound, call, span),
            },
            ExpressionKind::Conditional(condition, yes, no) => {
                self.conditional(bound, condition, [yes, no], span)
            }
            ExpressionKind::Unary(operator, operand) => self.unary(bound, *operator, operand, span),
            ExpressionKind::Binary(left, operator, right) => self.binary(bound, left, *operator, right, span),
            ExpressionKind::For(each) => self.for_each(bound, each, span),
            ExpressionKind::Parenthesis(inner) => self.value(bound, inner),
        }
    }

    fn unary(&self, bound: &Bound, operator: UnaryOperator, operand: &Expression, span: Span) -> Value {
        let name = match operator {
            UnaryOperator::Not => "!",
            UnaryOperator::Negate => "-",
        };
        let operand = self.value(bound, operand);
        self.work.distribute(&[operand], span, &mut |operands| match operands {
            [operand] => self.work.outcome(operators::unary(operator, operand, span), name, operands, span),
            _ => self.work.refused(name, span),
        })
    }

    fn binary(
        &self,
        bound: &Bound,
        left: &Expression,
        operator: BinaryOperator,
        right: &Expression,
        span: Span,
    ) -> Value {
        let operands = [self.value(bound, left), self.value(bound, right)];
        if let Some(equal) = self.equal_to_nothing([left, right], &operands) {
            let answer = |holds: bool| Value::new(Kind::Bool(holds), span).made_of(&operands);
            match operator {
                BinaryOperator::Equal => return answer(equal),
                BinaryOperator::NotEqual => return answer(!equal),
                _ => {}
            }
        }
        let name = operator_name(operator);
        self.work.distribute(&operands, span, &mut |operands| match operands {
            [left, right] => {
                self.work.outcome(operators::binary(operator, left, right, span), name, operands, span)
            }
            _ => self.work.refused(name, span),
        })
    }

    /// Whether an empty variable equals `[]`, which is a tuple.
    ///
    /// <https://developer.hashicorp.com/terraform/language/expressions/operators#equality-operators>
    fn equal_to_nothing(&self, sides: [&Expression; 2], values: &[Value; 2]) -> Option<bool> {
        let is_empty =
            |value: &Value| value.as_list().is_some_and(|list| list.items.is_empty() && !list.open);
        if !values.iter().all(is_empty) {
            return None;
        }
        let is_written = |side: &Expression| matches!(side.kind, ExpressionKind::List(_));
        let [left, right] = sides;
        let (variable, value) = match (is_written(left), is_written(right), values) {
            (false, true, [value, _]) => (left, value),
            (true, false, [_, value]) => (right, value),
            _ => return None,
        };
        let ExpressionKind::Traversal(base, steps) = &variable.kind else { return None };
        let ExpressionKind::Variable(name) = &base.kind else { return None };
        let [step] = steps.as_slice() else { return None };
        self.names.is_tuple(attribute(step).filter(|_| &**name == "var")?, value)
    }

    fn conditional(
        &self,
        bound: &Bound,
        condition: &Expression,
        branches: [&Expression; 2],
        span: Span,
    ) -> Value {
        let condition = self.value(bound, condition);
        match self.work.truth(&condition) {
            Answer::Yes => self.value(bound, branches[0]).decided_by(&condition),
            Answer::No => self.value(bound, branches[1]).decided_by(&condition),
            Answer::Unknown => {
                let each = [true, false].into_iter().zip(branches).filter_map(|(holds, branch)| {
                    // A branch that is refused is only refused when it is taken.
                    let (value, failure) = self.work.watch(|| self.value(bound, branch));
                    self.work.fail(failure.and(Answer::Unknown));
                    value.under(&chosen_by(&condition, holds))
                });
                self.work.either(each.collect(), span)
            }
        }
    }

    fn object(&self, bound: &Bound, items: &[ObjectItem], span: Span) -> Value {
        let mut map = Map { entries: Shared::with_capacity(items.len()), open: false };
        for item in items {
            let value = self.value(bound, &item.value);
            match &item.key {
                ObjectKey::Word(word) => {
                    let key = Text::literal(Arc::clone(&word.value), word.span);
                    map.entries.push(Entry::new(key, word.span, value));
                }
                ObjectKey::Expression(key) => {
                    let key_value = self.value(bound, key);
                    self.insert(&mut map, &key_value, key.span, value);
                }
            }
        }
        Value::new(Kind::Map(map), span)
    }

    /// Adds an entry whose key was evaluated: one for each alternative of the key.
    fn insert(&self, map: &mut Map, key: &Value, key_span: Span, value: Value) {
        let mut add = |key: &Value, value: Value| {
            if let Some(key) = to_text(key) {
                map.entries.push(Entry::new(key.into_owned(), key_span, value));
            } else {
                self.work.fail(Answer::Unknown);
                map.open = true;
            }
        };
        let keys = key.alternatives();
        for (key, value) in keys.iter().zip(iter::repeat_n(value, keys.len())) {
            add(key, if keys.len() > 1 { perhaps(value) } else { value });
        }
    }

    fn for_each(&self, bound: &Bound, each: &For, span: Span) -> Value {
        let collection = self.value(bound, &each.collection);
        let operands = [collection];
        self.work.distribute(&operands, span, &mut |operands| {
            let Some(collection) = operands.first() else { return bounded(span) };
            let mut result = match each.key {
                Some(_) => Made::Map(Map::default()),
                None => Made::List(List::default()),
            };
            let Some((elements, open)) = elements(collection) else {
                return self.work.refused("for", span);
            };
            result.open(open);
            for (key, value) in elements.into_iter().take(bounds::ITEMS) {
                self.work.pay(1);
                self.iterate(bound, each, (key, value), &mut result);
            }
            result.value(span).made_of(operands)
        })
    }

    /// One round of a `for`.
    fn iterate(&self, bound: &Bound, each: &For, (key, value): (Value, Value), result: &mut Made) {
        let certain = !may_be_absent(&value);
        let Some(value) = if_present(value) else { return };
        let key_name = each.key_name.as_ref().map(|name| &name.value);
        let bind =
            |value: Value| bound.bind_element((key_name, key.clone()), (&each.value_name.value, value));
        let is_kept = |inner: &Bound| match &each.condition {
            Some(condition) => self.work.truth(&self.value(inner, condition)),
            None => Answer::Yes,
        };
        let mut inner = bind(value.clone());
        let kept = is_kept(&inner);
        // Of the alternatives of an element, those stay that the condition does not leave out.
        let alternatives = value.alternatives();
        if kept == Answer::Unknown && alternatives.len() > 1 {
            self.work.pay(alternatives.len());
            let stays = |one: &&Value| !is_kept(&bind((*one).clone())).is_no();
            let left: Vec<Value> = alternatives.iter().filter(stays).cloned().collect();
            inner = bind(Value::choice(left, value.span));
        }
        if kept.is_no() {
            return;
        }
        let certain = certain && kept.is_yes();
        let made = self.value(&inner, &each.value);
        match result {
            Made::List(list) => list.items.push(if certain { made } else { perhaps(made) }),
            Made::Map(map) => {
                let Some(key) = &each.key else { return };
                let key_value = self.value(&inner, key);
                if each.grouping {
                    self.group(map, &key_value, key.span, if certain { made } else { perhaps(made) });
                } else {
                    let made = if certain { made } else { perhaps(made) };
                    self.insert(map, &key_value, key.span, made);
                }
            }
        }
    }

    /// Adds a value to the list under a key.
    fn group(&self, map: &mut Map, key: &Value, key_span: Span, value: Value) {
        let Some(text) = to_text(key) else {
            self.work.fail(Answer::Unknown);
            map.open = true;
            return;
        };
        let Some(at) = map.entries.iter().position(|entry| entry.key == *text) else {
            let value = Value::list(vec![value], key_span);
            return map.entries.push(Entry::new(text.into_owned(), key_span, value));
        };
        if let Some(Entry { value: Value { kind: Kind::List(list), .. }, .. }) =
            map.entries.edit().get_mut(at)
        {
            list.items.push(value);
        }
    }
}

impl Work {
    /// What an outcome is; an unknown one is named after the operation and its operands.
    pub(super) fn outcome(&self, outcome: Outcome, name: &str, operands: &[Value], span: Span) -> Value {
        match outcome {
            Outcome::Value(value) => value.made_of(operands),
            Outcome::Unknown => {
                self.fail(Answer::Unknown);
                derived(name, operands, span)
            }
            Outcome::Refused => self.refused(name, span),
        }
    }

    /// Something that Terraform refuses.
    pub(crate) fn refused(&self, what: &str, span: Span) -> Value {
        self.fail(Answer::Yes);
        opaque(what, Because::Expression, span)
    }

    /// Whether a condition holds.
    pub(crate) fn truth(&self, condition: &Value) -> Answer {
        let mut answers = condition.alternatives().iter().map(|one| {
            if let Some(value) = to_bool(one) {
                return Answer::from(value);
            }
            let unknown = matches!(one.kind, Kind::Unknown(_))
                || matches!(&one.kind, Kind::Text(text) if text.as_literal().is_none());
            self.fail(if unknown { Answer::Unknown } else { Answer::Yes });
            Answer::Unknown
        });
        let first = answers.next().unwrap_or(Answer::Unknown);
        answers.fold(first, |all, one| if all == one { all } else { Answer::Unknown })
    }
}

/// The choices under which a condition holds or not, as far as they have names.
pub(crate) fn chosen_by(condition: &Value, holds: bool) -> When {
    if let Kind::Unknown(symbol) = &condition.kind {
        // What only is not computed has one value, which nobody chooses.
        if symbol.class == Class::Opaque || symbol.origin.is_of_literals() {
            return When::default();
        }
        // `!x` is false where `x` is true.
        let (mut origin, mut holds) = (&symbol.origin, holds);
        while let OriginKind::Derived { function, operands } = origin.kind()
            && let ("!", [Operand::Symbol(_, inner)]) = (&**function, &**operands)
        {
            (origin, holds) = (inner, !holds);
        }
        return When::holds(origin, holds, Arc::default());
    }
    let so = condition.alternatives().iter().filter(|one| to_bool(one) == Some(holds)).map(Value::when);
    so.reduce(|all, one| all.or(&one).unwrap_or_default()).unwrap_or_default()
}

/// What a `for` makes.
enum Made {
    List(List),
    Map(Map),
}

impl Made {
    fn open(&mut self, open: bool) {
        match self {
            Self::List(list) => list.open |= open,
            Self::Map(map) => map.open |= open,
        }
    }

    fn value(self, span: Span) -> Value {
        match self {
            Self::List(list) => Value::new(Kind::List(list), span),
            Self::Map(map) => Value::new(Kind::Map(map), span),
        }
    }
}

/// The keys and values of a collection, and whether there may be more. A collection that is not known has one
/// element that stands for each of them. `None` for what is no collection.
pub(crate) fn elements(collection: &Value) -> Option<(Vec<(Value, Value)>, bool)> {
    if let Some(found) = items(collection) {
        return Some(found);
    }
    let any = |symbol: &crate::value::Symbol| {
        let value = Value::unknown(symbol.part(crate::value::Part::Any), collection.span);
        let key = Value::unknown(symbol.part(crate::value::Part::AnyKey), collection.span);
        Some((vec![(key, perhaps(value))], true))
    };
    match &collection.kind {
        Kind::Unknown(symbol) => any(symbol),
        Kind::Text(text) => any(text.as_symbol()?),
        _ => None,
    }
}

fn operator_name(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Equal => "==",
        BinaryOperator::NotEqual => "!=",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Modulo => "%",
        BinaryOperator::And => "&&",
        BinaryOperator::Or => "||",
    }
}
