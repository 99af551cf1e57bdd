//! Scalars: what they are, and where each part of their text is written.

use std::sync::Arc;

use granit_parser::ScalarStyle;

use crate::parse::{Node, NodeKind, Parts};
use crate::source::Span;

/// The node of a scalar of which `span` is what is written, with quotes.
pub(super) fn node(text: &str, span: Span, value: &str, style: ScalarStyle, tag: Option<Arc<str>>) -> Node {
    let written = text.get(span.range()).unwrap_or_default();
    // The parser reports a missing scalar as `~`.
    let value = if written.is_empty() && style == ScalarStyle::Plain { "" } else { value };
    // The parser ends the last line of a block where the file does not.
    let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
    let unended = block && span.end as usize >= text.len() && !text.ends_with(['\n', '\r']);
    let value = if unended { value.strip_suffix('\n').unwrap_or(value) } else { value };
    let span = match style {
        ScalarStyle::Plain if written.is_empty() => span.part(0, 0),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted if written.len() >= 2 => {
            span.part(1, written.len() - 1)
        }
        _ => span,
    };
    // A scalar with a tag of its own is a string for whatever the tag means.
    let resolved = tag.as_ref().is_none_or(|tag| tag.starts_with("!!") && &**tag != "!!str");
    let kind = match style {
        ScalarStyle::Plain if resolved => plain(value),
        _ => None,
    };
    let kind = kind.unwrap_or_else(|| NodeKind::String(Parts::new(parts(text, span, value, style), span)));
    Node { kind, span, tag }
}

/// The text of a scalar key. A key without text is the empty key, as written.
pub(super) fn key(node: &Node, text: &str) -> Option<Arc<str>> {
    match &node.kind {
        NodeKind::String(Parts::One(only)) => Some(Arc::clone(only)),
        NodeKind::String(parts) => Some(parts.text().into()),
        NodeKind::Number(digits) => Some(Arc::clone(digits)),
        // A key is text: what a boolean is turned into.
        NodeKind::Bool(value) => Some(Arc::from(if *value { "true" } else { "false" })),
        NodeKind::Null => Some(Arc::from(text.get(node.span.range()).unwrap_or_default())),
        NodeKind::List(_) | NodeKind::Map(_) => None,
    }
}

/// Null, booleans and numbers among the plain scalars; `None` for strings.
///
/// `CloudFormation` reads YAML 1.1, where `yes` and `off` are booleans
/// (<https://github.com/aws/aws-cli/pull/5257>), but dates are not dates: `Version: 2012-10-17` is a string.
pub(super) fn plain(value: &str) -> Option<NodeKind> {
    match value {
        "" | "~" | "null" | "Null" | "NULL" => Some(NodeKind::Null),
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(NodeKind::Bool(true)),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            Some(NodeKind::Bool(false))
        }
        _ if is_number(value) => Some(NodeKind::Number(Arc::from(value))),
        _ => None,
    }
}

fn is_number(value: &str) -> bool {
    let value = value.strip_prefix(['-', '+']).unwrap_or(value);
    let all = |digits: &str, fits: fn(&u8) -> bool| {
        !digits.is_empty()
            && digits.bytes().all(|byte| byte == b'_' || fits(&byte))
            && digits.bytes().any(|b| b != b'_')
    };
    if let Some(digits) = value.strip_prefix("0x") {
        return all(digits, u8::is_ascii_hexdigit);
    }
    if let Some(digits) = value.strip_prefix("0b") {
        return all(digits, |byte| matches!(byte, b'0' | b'1'));
    }
    if let Some(digits) = value.strip_prefix("0o") {
        return all(digits, |byte| matches!(byte, b'0'..=b'7'));
    }
    if !value.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return false;
    }
    let (mantissa, exponent) = value.split_once(['e', 'E']).map_or((value, None), |(m, e)| (m, Some(e)));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fits = |digits: &str| digits.is_empty() || all(digits, u8::is_ascii_digit);
    exponent_fits && fits(whole) && fits(fraction) && !(whole.is_empty() && fraction.is_empty())
}

/// The text of a string in parts that map byte for byte, or as a whole.
fn parts(text: &str, span: Span, value: &str, style: ScalarStyle) -> Vec<(Arc<str>, Span)> {
    let written = text.get(span.range()).unwrap_or_default();
    if value.is_empty() {
        return Vec::new();
    }
    if written == value {
        return vec![(Arc::from(value), span)];
    }
    let found = match style {
        ScalarStyle::Literal => literal_lines(text, span, value),
        _ => aligned(written, span, value, style),
    };
    found.unwrap_or_else(|| vec![(Arc::from(value), span)])
}

/// A literal block scalar: one part for each line, with its line break where that is a single byte.
fn literal_lines(text: &str, span: Span, value: &str) -> Option<Vec<(Arc<str>, Span)>> {
    let mut parts: Vec<(Arc<str>, Span)> = Vec::new();
    let mut at = span.start as usize;
    for line in value.split_inclusive('\n') {
        let content = line.strip_suffix('\n').unwrap_or(line);
        let rest = text.get(at..)?;
        let whole = rest.find('\n').and_then(|end| rest.get(..end)).unwrap_or(rest);
        let bare = whole.strip_suffix('\r').unwrap_or(whole);
        // What stands before the content is indentation.
        let indent = bare.strip_suffix(content)?;
        if !indent.bytes().all(|byte| byte == b' ') {
            return None;
        }
        let (start, end) = (at + indent.len(), at + bare.len());
        let next = (at + whole.len() + 1).min(text.len());
        at = next;
        if content.len() < line.len() && next != end + 1 {
            parts.push((Arc::from(content), Span::new(span.source, start, end)));
            parts.push((Arc::from("\n"), Span::new(span.source, end, next.max(end))));
        } else {
            let end = start + line.len();
            parts.push((Arc::from(line), Span::new(span.source, start, end)));
        }
    }
    parts.retain(|(text, _)| !text.is_empty());
    Some(parts)
}

/// Aligns what is written with its value: equal text is a part, an escape is one, a folded line break is one.
/// `None` when they cannot be aligned.
fn aligned(written: &str, span: Span, value: &str, style: ScalarStyle) -> Option<Vec<(Arc<str>, Span)>> {
    let mut parts: Vec<(Arc<str>, Span)> = Vec::new();
    let (mut w, mut v) = (0, 0);
    while v < value.len() {
        let (rest, wanted) = (written.get(w..)?, value.get(v..)?);
        let run = same(rest, wanted, style);
        let (written_length, value_length) = if run > 0 { (run, run) } else { special(rest, wanted, style)? };
        let part = value.get(v..v + value_length)?;
        if !part.is_empty() {
            parts.push((Arc::from(part), span.part(w, w + written_length)));
        }
        w += written_length;
        v += value_length;
    }
    Some(parts)
}

/// How many bytes are written as they are.
fn same(rest: &str, wanted: &str, style: ScalarStyle) -> usize {
    let mut blank_from = None;
    let mut length = 0;
    for (a, b) in rest.chars().zip(wanted.chars()) {
        if matches!(a, '\n' | '\r') {
            // Blanks before a line break belong to the fold.
            return blank_from.unwrap_or(length);
        }
        let escape = (a == '\\' && style == ScalarStyle::DoubleQuoted)
            || (a == '\'' && style == ScalarStyle::SingleQuoted);
        if a != b || escape {
            break;
        }
        blank_from = if matches!(a, ' ' | '\t') { blank_from.or(Some(length)) } else { None };
        length += a.len_utf8();
    }
    // Blanks at the end of a run may belong to a fold that starts there.
    if rest.get(length..).is_some_and(|rest| rest.trim_start_matches([' ', '\t']).starts_with(['\n', '\r'])) {
        blank_from.unwrap_or(length)
    } else {
        length
    }
}

/// What is written at an escape or a fold, and what it means, in bytes.
fn special(rest: &str, wanted: &str, style: ScalarStyle) -> Option<(usize, usize)> {
    if style == ScalarStyle::SingleQuoted && rest.starts_with("''") {
        return Some((2, 1));
    }
    let blanks = |text: &str| text.len() - text.trim_start_matches([' ', '\t', '\n', '\r']).len();
    if style == ScalarStyle::DoubleQuoted && rest.starts_with('\\') {
        let after = rest.get(1..)?;
        let length = match after.chars().next()? {
            '\n' | '\r' => return Some((1 + blanks(after), 0)),
            'x' => 4,
            'u' => 6,
            'U' => 10,
            other => 1 + other.len_utf8(),
        };
        rest.get(..length)?;
        return Some((length, wanted.chars().next()?.len_utf8()));
    }
    let fold = blanks(rest);
    (fold > 0).then(|| (fold, blanks(wanted)))
}
