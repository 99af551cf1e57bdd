//! Values as Terraform writes them in JSON.

use std::fmt::Write as _;

use super::{Evaluated, Stop, canonical, map_of, sorted_entries};
use crate::bounds;
use crate::value::{Kind, Value};

/// The JSON encoding of a value that is wholly known, as Terraform writes it.
pub(crate) fn written_json(value: &Value) -> Evaluated<String> {
    let mut out = String::new();
    write(&mut out, value)?;
    Ok(out)
}

fn write(out: &mut String, value: &Value) -> Evaluated<()> {
    if out.len() > bounds::TEXT_BYTES {
        return Err(Stop::Unknown);
    }
    match &value.kind {
        Kind::Null => out.push_str("null"),
        Kind::Bool(true) => out.push_str("true"),
        Kind::Bool(false) => out.push_str("false"),
        Kind::Number(digits) => out.push_str(&canonical(digits).ok_or(Stop::Unknown)?),
        Kind::Text(text) => write_string(out, &text.as_literal().ok_or(Stop::Unknown)?),
        Kind::Json(inner) => write_string(out, &written_json(inner)?),
        Kind::List(list) => {
            if list.open {
                return Err(Stop::Unknown);
            }
            out.push('[');
            for (index, item) in list.items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                write(out, item)?;
            }
            out.push(']');
        }
        Kind::Map(_) => write_map(out, value)?,
        Kind::Absent | Kind::Choice(_) | Kind::Unknown(_) => return Err(Stop::Unknown),
    }
    Ok(())
}

fn write_map(out: &mut String, value: &Value) -> Evaluated<()> {
    let map = map_of(value)?;
    if map.open {
        return Err(Stop::Unknown);
    }
    out.push('{');
    for (index, entry) in sorted_entries(map).into_iter().enumerate() {
        out.push_str(if index > 0 { "," } else { "" });
        write_string(out, &entry.key.as_literal().ok_or(Stop::Unknown)?);
        out.push(':');
        write(out, &entry.value)?;
    }
    out.push('}');
    Ok(())
}

/// A string as Go's `encoding/json` writes it, which guards `<`, `>`, `&` and the two line separators.
pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}
