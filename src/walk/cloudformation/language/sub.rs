//! `Fn::Sub`, and dynamic references inside strings.

use std::sync::Arc;

use super::evaluate::{Call, Evaluator, Part, concatenate, opaque};
use super::parameters::{stored_symbol, without_value};
use super::place::{Place, name_of};
use super::scope::replace;
use crate::bounds;
use crate::parse::{Node, NodeKind};
use crate::source::Span;
use crate::value::{Because, Class, Kind, OriginKind, Piece, PieceKind, Symbol, Text, Value};

impl Evaluator<'_> {
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html>
    pub(super) fn sub(&self, call: &Call<'_>, span: Span) -> Value {
        let (template, names) = match call.argument.items() {
            [template] => (template, None),
            [template, names, ..] => (template, Some(names)),
            [] => (call.argument, None),
        };
        // What stands under a tag is not the text itself: `!ReadFile` of org-formation.
        let foreign = |tag: &str| !tag.starts_with("!!") && tag != "!Sub";
        if template.tag.as_deref().is_some_and(foreign) {
            return opaque("Fn::Sub", span);
        }
        let NodeKind::String(written) = &template.kind else {
            return if template.as_str().is_some() { self.plain(template) } else { opaque("Fn::Sub", span) };
        };
        let mut parts = Vec::new();
        let pieces = pieces(written.iter(template.span));
        for (index, piece) in pieces.iter().enumerate() {
            let value = match &piece.name {
                None => Value::literal(Arc::clone(&piece.text), piece.span),
                Some(name) => {
                    let value = self.substituted(name, names, piece.span);
                    let empty = value.as_str().is_some_and(|text| text.is_empty());
                    let missing = empty && names.is_none() && is_part_of_arn(&pieces, index);
                    missing.then(|| self.not_given(name, piece.span)).flatten().unwrap_or(value)
                }
            };
            let place = piece.is_name.then_some(piece.span);
            parts.push(Part { value, place });
        }
        let value = concatenate(&parts, template.span);
        resolved(&value, self.place())
    }

    /// A parameter whose default is empty where something is needed: nobody deploys it with that.
    fn not_given(&self, name: &str, span: Span) -> Option<Value> {
        let parameters = self.lookup().parameters();
        let declared = parameters.declared.get(name)?;
        let is_default = declared.get("Default").is_some() && parameters.given.is_settable(name);
        is_default.then(|| without_value(name, declared, self.place()).through(span))
    }

    /// What stands for `${name}`: a name of the map, else `Ref`, else with a dot `Fn::GetAtt`.
    fn substituted(&self, name: &str, names: Option<&Node>, span: Span) -> Value {
        if let Some(node) = names.and_then(|names| names.get(name)) {
            return self.value(node);
        }
        let name = replace(name, &self.scope.borrow());
        // A variable of another framework keeps its name.
        let is_declared = self.lookup().parameters().declared.contains_key(&*name);
        match name.split_once('.').filter(|_| !is_declared) {
            Some((address, attribute)) => self.attribute(address, attribute, span),
            None => self.reference(&name, span),
        }
    }
}

/// A part of the text that `Fn::Sub` is given.
struct Written {
    text: Arc<str>,
    name: Option<String>,
    is_name: bool,
    span: Span,
}

/// Whether a piece is the whole of one field of an ARN, or of its resource, which cannot be empty: the name of a role. A prefix
/// of a name can. What stands for an account is found where texts are put together.
fn is_part_of_arn(pieces: &[Written], index: usize) -> bool {
    let is_arn = pieces.first().is_some_and(|first| !first.is_name && first.text.starts_with("arn:"));
    let before = index.checked_sub(1).and_then(|before| pieces.get(before));
    let begins = before.is_some_and(|before| !before.is_name && before.text.ends_with([':', '/']));
    let ends = pieces.get(index + 1).is_none_or(|next| !next.is_name && next.text.starts_with([':', '/']));
    let is_account = index == 1 && before.is_some_and(|before| before.text.matches(':').count() == 4);
    is_arn && begins && ends && !is_account
}

/// Cuts a text at its `${…}`. `${!x}` is the text `${x}`.
fn pieces<'p>(parts: impl Iterator<Item = (&'p Arc<str>, Span)>) -> Vec<Written> {
    let mut out = Vec::new();
    for (text, span) in parts {
        let exact = span.len() == text.len();
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find("${")).map(|at| from + at) {
            let Some(end) = text.get(at..).and_then(|rest| rest.find('}')).map(|end| at + end + 1) else {
                break;
            };
            literal(&mut out, text, span, exact, from, at);
            let place = if exact { span.part(at, end) } else { span };
            let inner = text.get(at + 2..end - 1).unwrap_or_default();
            if inner.starts_with('!') {
                // `${` and, after the mark, `x}`: two pieces, so that both keep their bytes.
                literal(&mut out, text, span, exact, at, at + 2);
                literal(&mut out, text, span, exact, at + 3, end);
            } else {
                out.push(Written {
                    text: Arc::from(""),
                    name: Some(inner.trim().to_owned()),
                    is_name: true,
                    span: place,
                });
            }
            from = end;
        }
        literal(&mut out, text, span, exact, from, text.len());
    }
    out
}

fn literal(out: &mut Vec<Written>, text: &str, span: Span, exact: bool, from: usize, to: usize) {
    let Some(part) = text.get(from..to).filter(|part| !part.is_empty()) else { return };
    let span = if exact { span.part(from, to) } else { span };
    out.push(Written { text: part.into(), name: None, is_name: false, span });
}

/// A value with the dynamic references in its texts made symbols.
pub(super) fn resolved(value: &Value, place: &Place) -> Value {
    let span = value.span;
    let each = value.alternatives().iter().map(|one| {
        let mut one = one.clone();
        if let Kind::Text(text) = one.kind {
            one.kind = Kind::Text(dynamic_references(text, place));
        }
        one
    });
    Value::choice(each.collect::<Vec<_>>(), span)
}

const OPEN: &str = "{{resolve:";

/// Makes `{{resolve:service:name}}` symbols, wherever they occur in a text. The name may itself contain
/// symbols, which then are part of the identity.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html>
pub(super) fn dynamic_references(text: Text, place: &Place) -> Text {
    let has_it = |text: &str| memchr::memchr(b'{', text.as_bytes()).is_some() && text.contains(OPEN);
    let is_open = |piece: &Piece| matches!(&piece.kind, PieceKind::Literal(text) if has_it(text));
    if !text.pieces().iter().any(is_open) {
        return text;
    }
    let mut reading = Reading { place, out: Text::default(), open: None, count: 0 };
    for piece in text.into_pieces() {
        match (&piece.kind, &mut reading.open) {
            (PieceKind::Literal(literal), _) => reading.literal(literal, piece.span),
            (_, Some((name, _))) => name.push_piece(piece),
            (_, None) => reading.out.push_piece(piece),
        }
    }
    // One that is never closed is text.
    if let Some((name, span)) = reading.open {
        reading.out.push_str(OPEN, span);
        reading.out.append(&name);
    }
    reading.out
}

/// A text whose dynamic references are being read.
struct Reading<'s> {
    place: &'s Place,
    out: Text,
    /// What the reference that is being read names so far, and where it begins.
    open: Option<(Text, Span)>,
    count: usize,
}

impl Reading<'_> {
    fn literal(&mut self, literal: &str, span: Span) {
        let exact = span.len() == literal.len();
        let at = |from: usize, to: usize| if exact { span.part(from, to) } else { span };
        let mut from = 0;
        loop {
            let rest = literal.get(from..).unwrap_or_default();
            if let Some((name, start)) = &mut self.open {
                let Some(end) = rest.find("}}") else {
                    name.push_str(rest, at(from, literal.len()));
                    return;
                };
                name.push_str(rest.get(..end).unwrap_or_default(), at(from, from + end));
                let span = start.join(at(from, from + end + 2)).unwrap_or(*start);
                let symbol = symbol_of(name, self.place);
                self.out.push(PieceKind::Symbol(symbol), span);
                self.open = None;
                from += end + 2;
                continue;
            }
            let Some(found) = rest.find(OPEN).filter(|_| self.count < bounds::SUB_REFERENCES) else {
                self.out.push_str(rest, at(from, literal.len()));
                return;
            };
            self.out.push_str(rest.get(..found).unwrap_or_default(), at(from, from + found));
            self.open = Some((Text::default(), at(from + found, from + found + OPEN.len())));
            self.count += 1;
            from += found + OPEN.len();
        }
    }
}

/// `ssm:name` and `ssm:name:version` are what a parameter of that name holds; secrets are known by all that
/// is written.
fn symbol_of(name: &Text, place: &Place) -> Symbol {
    let parts = name.splitn(2, ':');
    if let [service, parameter] = parts.as_slice()
        && service.is_literally("ssm")
    {
        return stored_symbol(name_of(parameter), place);
    }
    let (unit, written) = (place.unit.clone(), name_of(name));
    Symbol::new(Class::Keyed, OriginKind::Resolved { unit, written }, Because::Lookup)
}
