//! `+`, `==`, `&&` and the like.

use std::cmp::Ordering;

use super::convert::{Evaluated, Number, Outcome, Stop, bool_of, equal, number_of, number_value};
use crate::parse::hcl::{BinaryOperator, UnaryOperator};
use crate::source::Span;
use crate::value::{Answer, Kind, Value};

/// What `left operator right` is.
pub(super) fn binary(operator: BinaryOperator, left: &Value, right: &Value, span: Span) -> Outcome {
    use BinaryOperator as Op;
    match operator {
        Op::Equal => answered(equal(left, right), span),
        Op::NotEqual => answered(!equal(left, right), span),
        Op::And => logical(left, right, false, span),
        Op::Or => logical(left, right, true, span),
        Op::Less => ordered(left, right, span, Ordering::is_lt),
        Op::LessOrEqual => ordered(left, right, span, Ordering::is_le),
        Op::Greater => ordered(left, right, span, Ordering::is_gt),
        Op::GreaterOrEqual => ordered(left, right, span, Ordering::is_ge),
        Op::Add => calculated(left, right, span, |a, b| a.add(b).ok_or(Stop::Unknown)),
        Op::Subtract => calculated(left, right, span, |a, b| a.subtract(b).ok_or(Stop::Unknown)),
        Op::Multiply => calculated(left, right, span, |a, b| a.multiply(b).ok_or(Stop::Unknown)),
        Op::Divide => calculated(left, right, span, |a, b| match (a.signum(), b.signum()) {
            (0, 0) => Err(Stop::Refused),
            _ => a.divide(b).ok_or(Stop::Unknown),
        }),
        Op::Modulo => calculated(left, right, span, |a, b| a.modulo(b).ok_or(Stop::Unknown)),
    }
}

/// What `operator operand` is.
pub(super) fn unary(operator: UnaryOperator, operand: &Value, span: Span) -> Outcome {
    match operator {
        UnaryOperator::Not => bool_of(operand).map(|value| Value::new(Kind::Bool(!value), span)).into(),
        UnaryOperator::Negate => number_of(operand).and_then(|number| negated(number, span)).into(),
    }
}

fn negated(number: Number, span: Span) -> Evaluated<Value> {
    // Terraform has a minus zero.
    let negative = number.multiply(Number::whole(-1)).or_else(|| Number::whole(0).subtract(number));
    match negative {
        Some(negative) if negative.signum() != 0 => Ok(number_value(negative, span)),
        _ => Err(Stop::Unknown),
    }
}

fn answered(answer: Answer, span: Span) -> Outcome {
    match answer {
        Answer::Yes => Outcome::Value(Value::new(Kind::Bool(true), span)),
        Answer::No => Outcome::Value(Value::new(Kind::Bool(false), span)),
        Answer::Unknown => Outcome::Unknown,
    }
}

/// `&&` is decided by a `false`, `||` by a `true`; but both sides must be booleans.
fn logical(left: &Value, right: &Value, decisive: bool, span: Span) -> Outcome {
    let sides = [bool_of(left), bool_of(right)];
    if sides.contains(&Err(Stop::Refused)) {
        return Outcome::Refused;
    }
    if sides.contains(&Ok(decisive)) {
        return Outcome::Value(Value::new(Kind::Bool(decisive), span));
    }
    if sides.contains(&Err(Stop::Unknown)) {
        return Outcome::Unknown;
    }
    Outcome::Value(Value::new(Kind::Bool(!decisive), span))
}

/// Both sides as numbers; what is certainly refused on either side is refused.
fn numbers(left: &Value, right: &Value) -> Evaluated<(Number, Number)> {
    match (number_of(left), number_of(right)) {
        (Ok(left), Ok(right)) => Ok((left, right)),
        (Err(Stop::Refused), _) | (_, Err(Stop::Refused)) => Err(Stop::Refused),
        _ => Err(Stop::Unknown),
    }
}

fn ordered(left: &Value, right: &Value, span: Span, holds: fn(Ordering) -> bool) -> Outcome {
    numbers(left, right)
        .and_then(|(left, right)| left.compare(right).ok_or(Stop::Unknown))
        .map(|order| Value::new(Kind::Bool(holds(order)), span))
        .into()
}

fn calculated(
    left: &Value,
    right: &Value,
    span: Span,
    calculate: impl Fn(Number, Number) -> Evaluated<Number>,
) -> Outcome {
    numbers(left, right)
        .and_then(|(left, right)| calculate(left, right))
        .map(|number| number_value(number, span))
        .into()
}
