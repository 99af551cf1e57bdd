//! YAML.
//!
//! Terraform resolves plain scalars by rules of its own: `yes` and `on` are booleans, `012` is twelve, and a
//! date becomes a time.

use std::sync::Arc;

use super::flat::Flat;
use super::function::{Function, at, encoded};
use crate::bounds;
use crate::parse::yaml;
use crate::parse::{Member, Node, NodeKind};
use crate::source::{SourceId, Span};
use crate::value::{Because, Class, Entry, Kind, List, Map, Symbol, Text, Value};
use crate::walk::terraform::language::convert::{
    Evaluated, Number, Reading, Stop, canonical, sorted_entries, text_of, write_string,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("yamldecode", (1, 1), decode),
    Function::nullable("yamlencode", (1, 1), |arguments, span| {
        let value = at(arguments, 0)?;
        let mut out = String::new();
        encode(&mut out, value, 0, Place::Document)?;
        Ok(Value::literal(out, span))
    }),
];

fn decode(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let argument = at(arguments, 0)?;
    if let Some(value) = encoded(argument) {
        return Ok(value);
    }
    let text = text_of(argument)?;
    let flat = Flat::new(&text);
    if flat.holes().next().is_some() {
        return Err(Stop::Unknown);
    }
    let (node, problems) = yaml::parse(SourceId::first(), &flat.buffer);
    if !problems.is_empty() {
        return Err(Stop::Unknown);
    }
    Reader { flat: &flat, fallback: span }.value(&node.ok_or(Stop::Refused)?)
}

/// What a plain scalar is.
enum Scalar {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
}

/// Turns nodes, whose spans lie in the buffer, into values with the places of the pieces.
struct Reader<'t> {
    flat: &'t Flat<'t>,
    fallback: Span,
}

impl Reader<'_> {
    fn place(&self, span: Span) -> Span {
        self.flat.place(span.range()).unwrap_or(self.fallback)
    }

    fn value(&self, node: &Node) -> Evaluated<Value> {
        if node.tag.is_some() {
            return Err(Stop::Unknown);
        }
        let place = self.place(node.span);
        let kind = match &node.kind {
            NodeKind::List(items) => {
                let items: Vec<Value> =
                    items.iter().map(|item| self.value(item)).collect::<Result<_, _>>()?;
                Kind::List(List { items: items.into(), open: false })
            }
            NodeKind::Map(members) => Kind::Map(self.map(members)?),
            _ => match self.scalar(node.span) {
                Some(Scalar::Null) => Kind::Null,
                Some(Scalar::Bool(value)) => Kind::Bool(value),
                Some(Scalar::Number(digits)) => Kind::Number(digits.into()),
                Some(Scalar::Text(text)) => Kind::Text(Text::literal(text, place)),
                None => self.quoted(node)?,
            },
        };
        Ok(Value::new(kind, place))
    }

    /// A scalar in quotes or a block, or one that is a string anyway.
    fn quoted(&self, node: &Node) -> Evaluated<Kind> {
        match &node.kind {
            NodeKind::String(parts) => {
                let mut text = Text::default();
                for (part, span) in parts.iter(node.span) {
                    text.push_str(Arc::clone(part), self.place(span));
                }
                Ok(Kind::Text(text))
            }
            NodeKind::Number(_) => Ok(Kind::Unknown(Symbol::new(
                Class::Opaque,
                "a number in an unusual notation",
                Because::Expression,
            ))),
            _ => Err(Stop::Unknown),
        }
    }

    fn map(&self, members: &[Member]) -> Evaluated<Map> {
        let mut map = Map::default();
        for Member { key, key_span, value } in members {
            let value = self.value(value)?;
            let place = self.place(*key_span);
            // Keys are resolved like values, and written as text again.
            let key = match self.scalar(*key_span) {
                Some(Scalar::Bool(value)) => Text::literal(value.to_string(), place),
                Some(Scalar::Number(digits)) => {
                    Text::literal(canonical(&digits).ok_or(Stop::Unknown)?, place)
                }
                Some(Scalar::Text(text)) => Text::literal(text, place),
                Some(Scalar::Null) => return Err(Stop::Refused),
                None => Text::literal(Arc::clone(key), place),
            };
            map.entries.push(Entry::new(key, place, value));
        }
        Ok(map)
    }

    /// What a plain scalar of one line is resolved to; nothing for a string in quotes, a block, or any other.
    fn scalar(&self, span: Span) -> Option<Scalar> {
        let buffer = &self.flat.buffer;
        let before = buffer.get(..span.start as usize)?;
        if before.ends_with(['"', '\'']) {
            return None;
        }
        // In a block, the line before ends with its indicator.
        let line = before.trim_end_matches([' ', '\t']);
        if let Some(line) = line.strip_suffix('\n') {
            let head = line.trim_end().trim_end_matches(|c: char| c.is_ascii_digit() || "+-".contains(c));
            if head.ends_with(['|', '>']) {
                return None;
            }
        }
        let written = buffer.get(span.range())?;
        if written.starts_with(['"', '\'', '|', '>']) {
            return None;
        }
        resolve(written)
    }
}

/// What Terraform takes a plain scalar for; nothing when that is the string it is, or not known.
fn resolve(written: &str) -> Option<Scalar> {
    match written {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Scalar::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Some(Scalar::Bool(true));
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Some(Scalar::Bool(false));
        }
        _ => {}
    }
    if is_date(written) {
        return Some(Scalar::Text(format!("{written}T00:00:00Z")));
    }
    let radix = [("0x", 16), ("0o", 8)]
        .into_iter()
        .find_map(|(prefix, radix)| i128::from_str_radix(written.strip_prefix(prefix)?, radix).ok());
    if let Some(number) = radix {
        return Some(Scalar::Number(Number::whole(number).written()));
    }
    match Number::read(written) {
        Reading::Number(number) => Some(Scalar::Number(number.written())),
        // Everything else that a reader of YAML takes for a number is a string.
        Reading::None => {
            (!written.contains('\n') && starts_like_number(written)).then(|| Scalar::Text(written.to_owned()))
        }
        Reading::Other => None,
    }
}

fn starts_like_number(written: &str) -> bool {
    written.starts_with(|first: char| first.is_ascii_digit()) && !written.contains("  ")
}

fn is_date(written: &str) -> bool {
    let parts: Vec<&str> = written.split('-').collect();
    matches!(parts.as_slice(), [year, month, day] if [year.len(), month.len(), day.len()] == [4, 2, 2])
        && written.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        && parts.get(1).is_some_and(|month| ("01"..="12").contains(month))
        && parts.get(2).is_some_and(|day| ("01"..="28").contains(day))
}

/// What a value stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Document,
    Item,
    Member,
}

/// Writes a value that is wholly known, as far as the layout is certain.
fn encode(out: &mut String, value: &Value, indent: usize, place: Place) -> Evaluated<()> {
    if out.len() > bounds::COMPARISONS {
        return Err(Stop::Unknown);
    }
    let end = if place == Place::Document { "\n...\n" } else { "\n" };
    let lead = if place == Place::Member { " " } else { "" };
    match &value.kind {
        Kind::Null => out.extend([lead, "null", end]),
        Kind::Bool(value) => out.extend([lead, if *value { "true" } else { "false" }, end]),
        Kind::Number(digits) => {
            let digits = canonical(digits).filter(|it| it.len() < 15).ok_or(Stop::Unknown)?;
            out.extend([lead, &digits, end]);
        }
        Kind::Text(text) => {
            out.push_str(lead);
            encode_text(out, text)?;
            out.push('\n');
        }
        Kind::List(list) if list.open => return Err(Stop::Unknown),
        Kind::List(list) if list.items.is_empty() => out.extend([lead, "[]\n"]),
        Kind::List(list) => {
            out.push_str(if place == Place::Member { "\n" } else { "" });
            for (number, item) in list.items.iter().enumerate() {
                if number > 0 || place != Place::Item {
                    out.push_str(&" ".repeat(indent));
                }
                out.push_str("- ");
                encode(out, item, indent + 2, Place::Item)?;
            }
        }
        Kind::Map(map) if map.open => return Err(Stop::Unknown),
        Kind::Map(map) if map.entries.is_empty() => out.extend([lead, "{}\n"]),
        Kind::Map(map) => encode_map(out, map, indent, place)?,
        Kind::Json(_) | Kind::Absent | Kind::Choice(_) | Kind::Unknown(_) => return Err(Stop::Unknown),
    }
    Ok(())
}

fn encode_map(out: &mut String, map: &Map, indent: usize, place: Place) -> Evaluated<()> {
    out.push_str(if place == Place::Member { "\n" } else { "" });
    let indent = if place == Place::Member { indent + 2 } else { indent };
    for (number, entry) in sorted_entries(map).into_iter().enumerate() {
        if number > 0 || place != Place::Item {
            out.push_str(&" ".repeat(indent));
        }
        encode_text(out, &entry.key_text())?;
        out.push(':');
        encode(out, &entry.value, indent, Place::Member)?;
    }
    Ok(())
}

/// Long strings are folded and strings of several lines become blocks; these are left alone.
fn encode_text(out: &mut String, text: &Text) -> Evaluated<()> {
    let literal = text.as_literal().ok_or(Stop::Unknown)?;
    if literal.len() > 40 || !literal.chars().all(|character| matches!(character, ' '..='~')) {
        return Err(Stop::Unknown);
    }
    if literal.contains(['<', '>', '&']) {
        out.extend(["\"", &literal.replace('\\', "\\\\").replace('"', "\\\""), "\""]);
    } else {
        write_string(out, &literal);
    }
    Ok(())
}
