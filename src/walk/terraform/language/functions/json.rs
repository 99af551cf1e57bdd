//! JSON.

use super::function::{Function, at, encoded};
use crate::parse::json::value_from_text;
use crate::source::Span;
use crate::value::{Kind, PieceKind, Value};
use crate::walk::terraform::language::convert::{Evaluated, Stop, text_of};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::nullable("jsonencode", (1, 1), |arguments, span| {
        Ok(Value::new(Kind::Json(at(arguments, 0)?.clone().into()), span))
    }),
    Function::new("jsondecode", (1, 1), decode),
];

fn decode(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    if let Some(value) = encoded(argument) {
        return Ok(value);
    }
    let text = text_of(argument)?;
    let known = text.as_literal().is_some();
    let alone = matches!(text.pieces(), [piece] if matches!(piece.kind, PieceKind::Symbol(_)));
    if alone {
        return Err(Stop::Unknown);
    }
    value_from_text(&text, span).map_err(|_| if known { Stop::Refused } else { Stop::Unknown })
}
