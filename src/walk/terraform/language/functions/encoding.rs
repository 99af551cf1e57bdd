//! Base64, URLs, CSV.

use super::function::{Function, at};
use crate::bounds;
use crate::source::Span;
use crate::value::{Map, Value};
use crate::walk::terraform::language::convert::{Evaluated, Stop, literal_of};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("base64decode", (1, 1), |arguments, span| {
        let bytes = decoded(&literal_of(at(arguments, 0)?)?).ok_or(Stop::Refused)?;
        Ok(Value::literal(String::from_utf8(bytes).map_err(|_| Stop::Refused)?, span))
    }),
    Function::new("base64encode", (1, 1), |arguments, span| {
        Ok(Value::literal(encoded(literal_of(at(arguments, 0)?)?.as_bytes()), span))
    }),
    // The bytes depend on who compresses.
    Function::new("base64gzip", (1, 1), |_, _| Err(Stop::Unknown)),
    Function::new("csvdecode", (1, 1), csv),
    Function::new("textdecodebase64", (2, 2), decode_text),
    Function::new("textencodebase64", (2, 2), encode_text),
    Function::new("urlencode", (1, 1), url),
];

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding.
pub(super) fn encoded(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let letter = ALPHABET.get((bits >> shift & 63) as usize).copied().unwrap_or(b'=');
            out.push(char::from(if place > chunk.len() { b'=' } else { letter }));
        }
    }
    out
}

/// The bytes of Base64 with padding; line breaks are skipped.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let bytes: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if !bytes.len().is_multiple_of(4) {
        return None;
    }
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let last = bytes.len() / 4;
    for (number, chunk) in (1..).zip(bytes.chunks(4)) {
        let padding = chunk.iter().rev().take_while(|byte| **byte == b'=').count();
        if padding > 2 || (padding > 0 && number != last) {
            return None;
        }
        let mut bits: u32 = 0;
        for byte in chunk.iter().take(4 - padding) {
            let value = ALPHABET.iter().position(|letter| letter == byte)?;
            bits = bits << 6 | u32::try_from(value).ok()?;
        }
        bits <<= 6 * padding;
        out.extend(bits.to_be_bytes().into_iter().skip(1).take(3 - padding));
    }
    Some(out)
}

fn encode_text(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let [text, name] = [literal_of(at(arguments, 0)?)?, literal_of(at(arguments, 1)?)?];
    let bytes: Vec<u8> = match &*name.to_ascii_uppercase() {
        "UTF-8" => text.bytes().collect(),
        "UTF-16LE" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "UTF-16BE" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        _ => return Err(Stop::Unknown),
    };
    Ok(Value::literal(encoded(&bytes), span))
}

fn decode_text(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let [text, name] = [literal_of(at(arguments, 0)?)?, literal_of(at(arguments, 1)?)?];
    let bytes = decoded(&text).ok_or(Stop::Refused)?;
    let wide = |pair: fn([u8; 2]) -> u16| {
        let units: Option<Vec<u16>> = bytes.chunks(2).map(|it| Some(pair(it.try_into().ok()?))).collect();
        units.and_then(|units| String::from_utf16(&units).ok())
    };
    let text = match &*name.to_ascii_uppercase() {
        "UTF-8" => String::from_utf8(bytes).ok(),
        "UTF-16LE" => wide(u16::from_le_bytes),
        "UTF-16BE" => wide(u16::from_be_bytes),
        _ => None,
    };
    Ok(Value::literal(text.ok_or(Stop::Unknown)?, span))
}

/// As the value of a query: blanks become `+`.
fn url(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let mut out = String::new();
    for byte in literal_of(at(arguments, 0)?)?.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            _ => {
                out.push('%');
                for half in [byte >> 4, byte & 15] {
                    out.extend(char::from_digit(u32::from(half), 16).map(|digit| digit.to_ascii_uppercase()));
                }
            }
        }
    }
    Ok(Value::literal(out, span))
}

fn csv(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let text = literal_of(at(arguments, 0)?)?;
    let mut rows = rows(&text)?.into_iter();
    let names = rows.next().ok_or(Stop::Refused)?;
    let mut known = std::collections::BTreeSet::new();
    if !names.iter().all(|name| known.insert(name)) {
        return Err(Stop::Refused);
    }
    let mut items = Vec::new();
    for row in rows {
        if row.len() != names.len() {
            return Err(Stop::Refused);
        }
        if items.len() >= bounds::ITEMS {
            return Err(Stop::Unknown);
        }
        let mut map = Map::default();
        for (name, field) in names.iter().zip(row) {
            map.insert(name, span, Value::literal(field, span));
        }
        items.push(Value::new(crate::value::Kind::Map(map), span));
    }
    Ok(Value::list(items, span))
}

/// The fields of every line that is not empty.
fn rows(text: &str) -> Evaluated<Vec<Vec<String>>> {
    let text = text.replace("\r\n", "\n");
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut characters = text.chars().peekable();
    let mut begun = false;
    while let Some(character) = characters.next() {
        match character {
            '"' if !begun => loop {
                begun = true;
                match characters.next().ok_or(Stop::Refused)? {
                    '"' if characters.next_if_eq(&'"').is_some() => field.push('"'),
                    '"' if matches!(characters.peek(), None | Some(',' | '\n')) => break,
                    '"' => return Err(Stop::Refused),
                    other => field.push(other),
                }
            },
            '"' => return Err(Stop::Refused),
            ',' => {
                row.push(std::mem::take(&mut field));
                begun = false;
            }
            '\n' => {
                if begun || !row.is_empty() {
                    row.push(std::mem::take(&mut field));
                    rows.push(std::mem::take(&mut row));
                }
                begun = false;
            }
            _ => {
                begun = true;
                field.push(character);
            }
        }
    }
    if begun || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    Ok(rows)
}
