//! Paths of files, and what is like them.

use super::function::{Function, at};
use crate::source::Span;
use crate::value::{Kind, Piece, PieceKind, Value};
use crate::walk::terraform::language::convert::{Evaluated, literal_of};

pub(super) const FUNCTIONS: &[Function] =
    &[Function::new("basename", (1, 1), last), Function::new("dirname", (1, 1), directory)];

fn last(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    // What follows the last slash may be known when what comes before it is not.
    if let Value { kind: Kind::Text(text), .. } = argument
        && let [_, .., Piece { kind: PieceKind::Literal(end), .. }] = text.pieces()
        && let Some((_, last)) = end.trim_end_matches('/').rsplit_once('/')
    {
        return Ok(Value::literal(last, span));
    }
    let path = literal_of(argument)?;
    let trimmed = path.trim_end_matches('/');
    let last = match (path.is_empty(), trimmed.is_empty()) {
        (true, _) => ".",
        (false, true) => "/",
        (false, false) => trimmed.rsplit_once('/').map_or(trimmed, |(_, last)| last),
    };
    Ok(Value::literal(last, span))
}

fn directory(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let path = literal_of(at(arguments, 0)?)?;
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let rooted = path.starts_with('/');
    // `.`, `..` and doubled slashes are resolved.
    let mut names: Vec<&str> = Vec::new();
    for name in directory.split('/').filter(|name| !name.is_empty() && *name != ".") {
        match (name, names.last()) {
            ("..", Some(last)) if *last != ".." => {
                names.pop();
            }
            ("..", None) if rooted => {}
            _ => names.push(name),
        }
    }
    let joined = names.join("/");
    let clean = match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    };
    Ok(Value::literal(clean, span))
}
