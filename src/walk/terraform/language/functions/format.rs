//! `format` and `formatlist`.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use super::flat::Flat;
use super::function::{Function, MANY, choice_of, plain_items};
use super::strings::characters;
use crate::bounds;
use crate::source::Span;
use crate::value::{Kind, Part, Piece, PieceKind, Text, Value};
use crate::walk::terraform::language::convert::{
    Evaluated, Number, Stop, bool_of, is_string, number_of, shortest, symbol_can_contain, text_of,
    write_string, written_json,
};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::nullable("format", (1, MANY), |arguments, span| {
        let (layout, values) = arguments.split_first().ok_or(Stop::Refused)?;
        let layout = layout_of(layout)?;
        let values: Vec<&Value> = values.iter().collect();
        Ok(Value::text(formatted(&layout, &values, span)?, span))
    }),
    Function::nullable("formatlist", (1, MANY), list),
];

fn layout_of(value: &Value) -> Evaluated<Cow<'_, Text>> {
    let text = text_of(value)?;
    let plain = |symbol: Option<&crate::value::Symbol>| symbol.is_some_and(|it| !symbol_can_contain(it, '%'));
    if Flat::new(&text).symbols().all(plain) { Ok(text) } else { Err(Stop::Unknown) }
}

fn list(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let (layout, values) = arguments.split_first().ok_or(Stop::Refused)?;
    let layout = layout_of(layout)?;
    let mut length = None;
    let mut columns: Vec<Option<&[Value]>> = Vec::new();
    for value in values {
        match &value.kind {
            Kind::List(_) => {
                let items = plain_items(value)?;
                if length.replace(items.len()).is_some_and(|length| length != items.len()) {
                    return Err(Stop::Refused);
                }
                columns.push(Some(items));
            }
            Kind::Unknown(symbol) if !is_string(symbol) => return Err(Stop::Unknown),
            _ => columns.push(None),
        }
    }
    let mut rows = Vec::new();
    for row in 0..length.unwrap_or(1) {
        let each = columns.iter().zip(values).map(|(column, value)| match column {
            Some(items) => items.get(row).ok_or(Stop::Unknown),
            None => Ok(value),
        });
        let row: Vec<&Value> = each.collect::<Result<_, _>>()?;
        rows.push(combinations(&layout, &row, span)?);
    }
    Ok(Value::list(rows, span))
}

/// A row of which some values are choices: the text for every combination.
fn combinations(layout: &Text, row: &[&Value], span: Span) -> Evaluated<Value> {
    let mut all: Vec<Vec<&Value>> = vec![Vec::new()];
    for value in row {
        let longer = all.iter().flat_map(|chosen| {
            value.alternatives().iter().map(|it| chosen.iter().copied().chain([it]).collect::<Vec<_>>())
        });
        all = longer.take(bounds::CHOICES + 1).collect();
    }
    let texts: Vec<Value> = all
        .iter()
        .map(|row| Ok(Value::text(formatted(layout, row, span)?, span)))
        .collect::<Evaluated<_>>()?;
    choice_of(texts, span)
}

/// One `%…`.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each flag may be set")]
struct Verb {
    letter: char,
    sharp: bool,
    plus: bool,
    minus: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
    /// The number of the argument, from 1.
    argument: usize,
}

impl Verb {
    /// Whether it prints a string as it is.
    fn is_plain(&self) -> bool {
        self.width.is_none() && self.precision.is_none()
    }
}

fn formatted(layout: &Text, values: &[&Value], span: Span) -> Evaluated<Text> {
    let flat = Flat::new(layout);
    let mut out = Text::default();
    let (mut from, mut next, mut highest) = (0, 1, 0);
    while let Some(at) = flat.buffer.get(from..).and_then(|rest| rest.find('%')).map(|at| at + from) {
        out.append(&flat.slice(from..at));
        let (verb, end) = read_verb(&flat.buffer, at, next)?;
        from = end;
        if verb.letter == '%' {
            out.append(&flat.slice(end - 1..end));
            continue;
        }
        next = verb.argument + 1;
        highest = highest.max(verb.argument);
        let value = values.get(verb.argument - 1).ok_or(Stop::Refused)?;
        // What has no value yet is known by its name, as between the quotes of a template.
        let is_as_it_is = matches!(verb.letter, 's' | 'v') && verb.is_plain();
        let unset = value.unset_behind(&out, end == flat.buffer.len()).filter(|_| is_as_it_is);
        if let Some(unset) = unset {
            out.append(&unset);
            continue;
        }
        let place = Range { start: at, end };
        append(&mut out, &verb, value, flat.slice(place).span().unwrap_or(span))?;
    }
    out.append(&flat.slice(from..flat.buffer.len()));
    if highest < values.len() { Err(Stop::Refused) } else { Ok(out) }
}

/// The verb at a percent sign, and where it ends.
fn read_verb(layout: &str, start: usize, next: usize) -> Evaluated<(Verb, usize)> {
    let mut verb = Verb { argument: next, ..Verb::default() };
    let rest = layout.get(start + 1..).unwrap_or_default();
    let mut bytes = rest.bytes().enumerate().peekable();
    let digits = |bytes: &mut std::iter::Peekable<_>| -> Evaluated<Option<usize>> {
        let mut number: Option<usize> = None;
        let bytes: &mut std::iter::Peekable<std::iter::Enumerate<std::str::Bytes<'_>>> = bytes;
        while let Some((_, byte @ b'0'..=b'9')) = bytes.peek().copied() {
            let digit = usize::from(byte - b'0');
            number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit));
            bytes.next();
        }
        if number.is_some_and(|number| number > bounds::FILL_WIDTH) { Err(Stop::Unknown) } else { Ok(number) }
    };
    if rest.starts_with('%') {
        verb.letter = '%';
        return Ok((verb, start + 2));
    }
    while let Some((_, byte)) = bytes.peek().copied() {
        match byte {
            b'#' => verb.sharp = true,
            b'+' => verb.plus = true,
            b'-' => verb.minus = true,
            b' ' => verb.space = true,
            b'0' => verb.zero = true,
            _ => break,
        }
        bytes.next();
    }
    verb.width = digits(&mut bytes)?;
    if matches!(bytes.peek(), Some((_, b'.'))) {
        bytes.next();
        verb.precision = Some(digits(&mut bytes)?.ok_or(Stop::Refused)?);
    }
    if matches!(bytes.peek(), Some((_, b'['))) {
        bytes.next();
        verb.argument = digits(&mut bytes)?.filter(|number| *number > 0).ok_or(Stop::Refused)?;
        if bytes.next().map(|(_, byte)| byte) != Some(b']') {
            return Err(Stop::Refused);
        }
    }
    let (at, letter) = bytes.next().ok_or(Stop::Refused)?;
    verb.letter = char::from(letter);
    Ok((verb, start + 1 + at + 1))
}

fn append(out: &mut Text, verb: &Verb, value: &Value, place: Span) -> Evaluated<()> {
    if matches!(value.kind, Kind::Choice(_) | Kind::Absent) {
        return Err(Stop::Unknown);
    }
    if matches!(value.kind, Kind::Null) {
        return if verb.letter == 'v' { Err(Stop::Unknown) } else { Err(Stop::Refused) };
    }
    match verb.letter {
        'v' => append_any(out, verb, value),
        't' => {
            let text = if bool_of(value)? { "true" } else { "false" };
            out.push_str(text, value.span);
            Ok(())
        }
        's' => append_text(out, verb, &*text_of(value)?),
        'q' => append_quoted(out, verb, text_of(value)?.into_owned(), place),
        'b' | 'd' | 'o' | 'x' | 'X' => append_number(out, verb, value, |verb, number| {
            number.as_whole().ok_or(Stop::Refused).and_then(|whole| whole_number(verb, whole))
        }),
        'f' => append_number(out, verb, value, decimal),
        'e' | 'E' | 'g' | 'G' => append_number(out, verb, value, |_, _| Err(Stop::Unknown)),
        _ => Err(Stop::Refused),
    }
}

fn append_any(out: &mut Text, verb: &Verb, value: &Value) -> Evaluated<()> {
    match &value.kind {
        Kind::Text(text) if !verb.sharp => append_text(out, &unlimited(verb), text),
        Kind::Json(_) if !verb.sharp => append_text(out, &unlimited(verb), &*text_of(value)?),
        Kind::Number(digits) if !verb.sharp => {
            let written = shortest(digits).ok_or(Stop::Unknown)?;
            append_text(out, &unlimited(verb), &Text::literal(written, value.span))
        }
        Kind::Unknown(symbol) if !verb.sharp && verb.is_plain() => {
            // A string is printed as it is; a number may be printed with an exponent, and anything else as JSON.
            let printed =
                if is_string(symbol) { symbol.clone() } else { symbol.part(Part::function("format", "%v")) };
            out.push(PieceKind::Symbol(printed), value.span);
            Ok(())
        }
        Kind::List(_) | Kind::Map(_) if verb.is_plain() => {
            out.push(PieceKind::Json(value.clone().into()), value.span);
            Ok(())
        }
        _ => padded(out, verb, &written_json(value)?, value.span),
    }
}

/// For `%v` a precision means nothing.
fn unlimited(verb: &Verb) -> Verb {
    Verb { zero: verb.zero, minus: verb.minus, width: verb.width, ..Verb::default() }
}

fn append_text(out: &mut Text, verb: &Verb, text: &Text) -> Evaluated<()> {
    if verb.is_plain() {
        out.append(text);
        return Ok(());
    }
    let flat = Flat::new(text);
    if flat.holes().next().is_some() {
        return Err(Stop::Unknown);
    }
    let places = characters(&flat.buffer).ok_or(Stop::Unknown)?;
    let kept =
        verb.precision.filter(|precision| *precision > 0).map_or(places.len(), |it| it.min(places.len()));
    let end = places.get(kept).map_or(flat.buffer.len(), |range| range.start);
    let blank = blanks(verb, kept);
    let place = text.span().ok_or(Stop::Unknown)?;
    let kept = flat.slice(0..end);
    if verb.minus {
        out.append(&kept);
        out.push_str(blank, place);
    } else {
        out.push_str(blank, place);
        out.append(&kept);
    }
    Ok(())
}

fn blanks(verb: &Verb, length: usize) -> String {
    let missing = verb.width.unwrap_or(0).saturating_sub(length);
    if verb.zero { "0".repeat(missing) } else { " ".repeat(missing) }
}

fn padded(out: &mut Text, verb: &Verb, written: &str, place: Span) -> Evaluated<()> {
    let blank = blanks(verb, characters(written).ok_or(Stop::Unknown)?.len());
    out.push_str(if verb.minus { format!("{written}{blank}") } else { format!("{blank}{written}") }, place);
    Ok(())
}

/// A string in JSON's quotes. A symbol is taken to need no escape, as where JSON is read.
fn append_quoted(out: &mut Text, verb: &Verb, text: Text, place: Span) -> Evaluated<()> {
    if let Some(literal) = text.as_literal().filter(|_| !verb.is_plain()) {
        let ranges = characters(&literal).ok_or(Stop::Unknown)?;
        let limit = verb.precision.filter(|it| *it > 0).and_then(|it| ranges.get(it)).map(|it| it.start);
        let mut quoted = String::new();
        write_string(&mut quoted, literal.get(..limit.unwrap_or(literal.len())).unwrap_or_default());
        return padded(out, verb, &quoted, place);
    }
    if !verb.is_plain() {
        return Err(Stop::Unknown);
    }
    out.push_str("\"", place);
    for Piece { kind, span, .. } in text.into_pieces() {
        match kind {
            PieceKind::Literal(literal) => {
                let mut quoted = String::new();
                write_string(&mut quoted, &literal);
                out.push_str(quoted.get(1..quoted.len() - 1).unwrap_or_default(), span);
            }
            PieceKind::Symbol(_) => out.push(kind, span),
            PieceKind::Json(_) => return Err(Stop::Unknown),
        }
    }
    out.push_str("\"", place);
    Ok(())
}

fn append_number(
    out: &mut Text,
    verb: &Verb,
    value: &Value,
    write: impl Fn(&Verb, Number) -> Evaluated<String>,
) -> Evaluated<()> {
    match number_of(value) {
        Ok(number) => {
            out.push_str(write(verb, number)?, value.span);
            Ok(())
        }
        // The digits are not known, and leading zeros get lost.
        Err(Stop::Unknown) => {
            let text = text_of(value)?;
            let symbol = text.as_symbol().ok_or(Stop::Unknown)?;
            out.push(
                PieceKind::Symbol(symbol.part(Part::function("format", format!("%{}", verb.letter)))),
                value.span,
            );
            Ok(())
        }
        Err(Stop::Refused) => Err(Stop::Refused),
    }
}

fn whole_number(verb: &Verb, number: i128) -> Evaluated<String> {
    if verb.precision.is_some() {
        return Err(Stop::Unknown);
    }
    let size = number.unsigned_abs();
    let mut digits = String::new();
    let prefix = match (verb.letter, verb.sharp) {
        ('b', true) => "0b",
        ('o', true) => "0",
        ('x', true) => "0x",
        ('X', true) => "0X",
        _ => "",
    };
    // Writing to a string cannot fail.
    let _ = match verb.letter {
        'b' => write!(digits, "{size:b}"),
        'o' => write!(digits, "{size:o}"),
        'x' => write!(digits, "{size:x}"),
        'X' => write!(digits, "{size:X}"),
        _ => write!(digits, "{size}"),
    };
    Ok(signed(verb, number < 0, prefix, &digits))
}

/// Sign, prefix and digits, filled up to the width: with zeros behind the sign, or with blanks around.
fn signed(verb: &Verb, negative: bool, prefix: &str, digits: &str) -> String {
    let sign = match (negative, verb.plus, verb.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    };
    let missing = verb.width.unwrap_or(0).saturating_sub(sign.len() + prefix.len() + digits.len());
    match (verb.minus, verb.zero) {
        (true, _) => format!("{sign}{prefix}{digits}{}", " ".repeat(missing)),
        (false, true) => format!("{sign}{prefix}{}{digits}", "0".repeat(missing)),
        (false, false) => format!("{}{sign}{prefix}{digits}", " ".repeat(missing)),
    }
}

/// A number with so many digits behind the point, rounded to the nearest, in doubt to the even one.
fn decimal(verb: &Verb, number: Number) -> Evaluated<String> {
    let precision = u32::try_from(verb.precision.unwrap_or(6)).map_err(|_| Stop::Unknown)?;
    let rounded = number.rounded(precision).ok_or(Stop::Unknown)?;
    Ok(signed(verb, number.signum() < 0, "", &rounded))
}
