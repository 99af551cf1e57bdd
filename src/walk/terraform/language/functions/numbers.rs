//! Numbers.

use std::cmp::Ordering;

use super::function::{Function, MANY, at};
use crate::source::Span;
use crate::value::{Kind, Value};
use crate::walk::terraform::language::convert::{
    Evaluated, Number, Stop, literal_of, number_of, number_value, whole_of,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("abs", (1, 1), |arguments, span| {
        let number = number_of(at(arguments, 0)?)?;
        let size = if number.signum() < 0 { Number::whole(0).subtract(number) } else { Some(number) };
        size.map(|size| number_value(size, span)).ok_or(Stop::Unknown)
    }),
    Function::new("ceil", (1, 1), |arguments, span| {
        let number = number_of(at(arguments, 0)?)?;
        let floor = number.floor().ok_or(Stop::Unknown)?;
        let ceiling = if number.as_whole().is_some() { floor } else { floor + 1 };
        Ok(number_value(Number::whole(ceiling), span))
    }),
    Function::new("floor", (1, 1), |arguments, span| {
        let floor = number_of(at(arguments, 0)?)?.floor().ok_or(Stop::Unknown)?;
        Ok(number_value(Number::whole(floor), span))
    }),
    // Calculated in floating point, where the last digit is anybody's guess.
    Function::new("log", (2, 2), |arguments, _| {
        number_of(at(arguments, 0)?)?;
        number_of(at(arguments, 1)?)?;
        Err(Stop::Unknown)
    }),
    Function::new("max", (1, MANY), |arguments, span| extreme(arguments, Ordering::Greater, span)),
    Function::new("min", (1, MANY), |arguments, span| extreme(arguments, Ordering::Less, span)),
    Function::new("parseint", (2, 2), parse),
    Function::new("pow", (2, 2), power),
    Function::new("signum", (1, 1), |arguments, span| {
        let whole = whole_of(at(arguments, 0)?)?;
        Ok(number_value(Number::whole(whole.signum()), span))
    }),
];

fn extreme(arguments: &[Value], wanted: Ordering, span: Span) -> Evaluated<Value> {
    let mut found: Option<Number> = None;
    let mut unknown = false;
    for argument in arguments {
        match number_of(argument) {
            Ok(number) => match found.map(|found| number.compare(found)) {
                None => found = Some(number),
                Some(Some(order)) if order == wanted => found = Some(number),
                Some(Some(_)) => {}
                Some(None) => unknown = true,
            },
            Err(Stop::Unknown) => unknown = true,
            Err(Stop::Refused) => return Err(Stop::Refused),
        }
    }
    match found {
        Some(found) if !unknown => Ok(number_value(found, span)),
        _ => Err(Stop::Unknown),
    }
}

fn parse(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let [text, base] = [at(arguments, 0)?, at(arguments, 1)?];
    let base = u32::try_from(whole_of(base)?).ok().filter(|base| (2..=62).contains(base));
    let base = i128::from(base.ok_or(Stop::Refused)?);
    // A number is refused here, although it could be written.
    if matches!(text.kind, Kind::Number(_) | Kind::Bool(_)) {
        return Err(Stop::Refused);
    }
    let text = literal_of(text)?;
    let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
    if digits.is_empty() {
        return Err(Stop::Refused);
    }
    let mut number: i128 = 0;
    for byte in digits.bytes() {
        let digit = digit(byte, base).ok_or(Stop::Refused)?;
        number = number.checked_mul(base).and_then(|it| it.checked_add(digit)).ok_or(Stop::Unknown)?;
    }
    let number = if text.starts_with('-') { -number } else { number };
    Ok(number_value(Number::whole(number), span))
}

/// Up to base 36 capitals are the same as small letters; beyond they follow them.
fn digit(byte: u8, base: i128) -> Option<i128> {
    let digit = match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'z' => byte - b'a' + 10,
        b'A'..=b'Z' if base <= 36 => byte - b'A' + 10,
        b'A'..=b'Z' => byte - b'A' + 36,
        _ => return None,
    };
    Some(i128::from(digit)).filter(|digit| *digit < base)
}

/// Calculated in floating point, where whole numbers are exact up to 53 bits.
fn power(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let [base, exponent] = [number_of(at(arguments, 0)?)?, number_of(at(arguments, 1)?)?];
    let (Some(base), Some(exponent)) = (base.as_whole(), exponent.as_whole()) else {
        return Err(Stop::Unknown);
    };
    let exponent = u32::try_from(exponent).map_err(|_| Stop::Unknown)?;
    let power = base.checked_pow(exponent).filter(|power| power.unsigned_abs() < 1 << 53);
    Ok(number_value(Number::whole(power.ok_or(Stop::Unknown)?), span))
}
