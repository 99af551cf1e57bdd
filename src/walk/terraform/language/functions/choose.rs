//! The first of several that is there, and conversions.

use super::function::{Function, MANY, at, choice_of};
use crate::source::Span;
use crate::value::{Kind, Value};
use crate::walk::terraform::language::convert::{
    Evaluated, Stop, bool_of, could_be_empty, is_set, list_of, may_be_missing, number_of, number_value,
    text_of, unified,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::nullable("coalesce", (1, MANY), coalesce),
    Function::nullable("coalescelist", (1, MANY), coalesce_list),
    Function::nullable("ephemeralasnull", (1, 1), unchanged),
    Function::nullable("issensitive", (1, 1), |_, _| Err(Stop::Unknown)),
    Function::nullable("nonsensitive", (1, 1), unchanged),
    Function::nullable("sensitive", (1, 1), unchanged),
    Function::nullable("tobool", (1, 1), to_bool),
    Function::nullable("tonumber", (1, 1), to_number),
    Function::nullable("tostring", (1, 1), to_string),
];

fn unchanged(arguments: &[Value], _: Span) -> Evaluated<Value> {
    at(arguments, 0).cloned()
}

/// Whether a value is what is asked for: certainly, possibly, or not.
enum Fit {
    Certainly,
    Possibly,
    Not,
}

fn coalesce(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let untyped = arguments.iter().any(|argument| matches!(argument.kind, Kind::Null));
    let arguments = match unified(arguments.to_vec(), false) {
        // A null without a type lets every argument keep its own.
        Err(Stop::Refused) if untyped => arguments.to_vec(),
        unified => unified?,
    };
    first(&arguments, span, |value| {
        Ok(match &value.kind {
            Kind::Null => Fit::Not,
            Kind::Unknown(symbol) if !is_set(symbol) => Fit::Possibly,
            Kind::Text(text) if text.is_empty() => Fit::Not,
            Kind::Text(text) if could_be_empty(text) => Fit::Possibly,
            _ => Fit::Certainly,
        })
    })
}

fn coalesce_list(arguments: &[Value], span: Span) -> Evaluated<Value> {
    first(arguments, span, |value| {
        if matches!(value.kind, Kind::Null) {
            return Ok(Fit::Not);
        }
        match list_of(value) {
            Ok(list) if list.items.iter().any(|item| !may_be_missing(item)) => Ok(Fit::Certainly),
            Ok(list) if list.open || !list.items.is_empty() => Ok(Fit::Possibly),
            Ok(_) => Ok(Fit::Not),
            Err(Stop::Unknown) => Ok(Fit::Possibly),
            Err(Stop::Refused) => Err(Stop::Refused),
        }
    })
}

/// The first argument that fits, or one of those that may.
fn first(arguments: &[Value], span: Span, fits: impl Fn(&Value) -> Evaluated<Fit>) -> Evaluated<Value> {
    let mut possible = Vec::new();
    for argument in arguments {
        match fits(argument)? {
            Fit::Not => {}
            Fit::Possibly => possible.push(argument),
            Fit::Certainly => {
                possible.push(argument);
                break;
            }
        }
    }
    if possible.is_empty() {
        return Err(Stop::Refused);
    }
    choice_of(possible.into_iter().cloned(), span)
}

fn to_string(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    match &argument.kind {
        Kind::Number(_) | Kind::Bool(_) => {
            Ok(argument.with_kind(Kind::Text(text_of(argument)?.into_owned())))
        }
        Kind::Null | Kind::Text(_) | Kind::Json(_) | Kind::Unknown(_) => unchanged(arguments, span),
        Kind::List(_) | Kind::Map(_) => Err(Stop::Refused),
        Kind::Absent | Kind::Choice(_) => Err(Stop::Unknown),
    }
}

fn to_number(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    match &argument.kind {
        Kind::Null | Kind::Number(_) => unchanged(arguments, span),
        _ => Ok(argument.with_kind(number_value(number_of(argument)?, argument.span).kind)),
    }
}

fn to_bool(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    match &argument.kind {
        Kind::Null | Kind::Bool(_) => unchanged(arguments, span),
        _ => Ok(argument.with_kind(Kind::Bool(bool_of(argument)?))),
    }
}
