//! Values, as they are written and read.
//!
//! A value is `[kind, file, start, end, way, …]`. Its way is `0`, or an array of references (`[file, start, end]`), choices
//! (`["when", …]`) and defaults (`["default", symbol]`), the last one first.

use std::sync::Arc;

use serde::de::{Error, SeqAccess};
use serde_json::{Value as Json, json};

use super::wire::{Head, Items, Known, Wire};
use super::words::Worded;
use super::write::Writer;
use crate::bounds;
use crate::source::Span;
use crate::value::{
    Because, Chosen, Class, Entry, Kind, List, Map, Origin, OriginKind, Piece, PieceKind, Step, Symbol, Text,
    Thing, Value, Via, When,
};

impl Writer<'_> {
    /// A value that lies so many values deep in others.
    pub(super) fn value(&mut self, value: &Value, depth: usize) -> Json {
        let hidden = match &value.kind {
            Kind::Number(digits) => self.hidden(value.span, digits),
            Kind::Bool(_) => self.hidden(value.span, ""),
            _ => None,
        };
        let word = match &value.kind {
            _ if depth > bounds::VALUE_DEPTH || hidden.is_some() => "unknown",
            Kind::Null => "null",
            Kind::Absent => "absent",
            Kind::Bool(_) => "bool",
            Kind::Number(_) => "number",
            Kind::Text(_) => "text",
            Kind::List(_) => "list",
            Kind::Map(_) => "map",
            Kind::Json(_) => "json",
            Kind::Choice(_) => "choice",
            Kind::Unknown(_) => "unknown",
        };
        let mut parts = vec![json!(word)];
        self.value_span(value, &mut parts);
        parts.push(self.via(&value.via));
        if let Some(symbol) = hidden {
            parts.push(symbol);
            return Json::Array(parts);
        }
        match &value.kind {
            _ if depth > bounds::VALUE_DEPTH => {
                let symbol = Symbol::new(Class::Opaque, OriginKind::TooLarge, Because::Bound);
                parts.push(self.symbol(&symbol));
            }
            Kind::Null | Kind::Absent => {}
            Kind::Bool(is) => parts.push(json!(is)),
            Kind::Number(digits) => parts.push(json!(**digits)),
            Kind::Text(text) => self.pieces(text, value.span, depth, &mut parts),
            Kind::List(list) => {
                parts.push(json!(list.open));
                parts.extend(list.items.iter().map(|item| self.value(item, depth + 1)));
            }
            Kind::Map(map) => self.map(map, depth, &mut parts),
            Kind::Json(inner) => parts.push(self.value(inner, depth + 1)),
            Kind::Choice(all) => parts.extend(all.iter().map(|one| self.value(one, depth + 1))),
            Kind::Unknown(symbol) => parts.push(self.symbol(symbol)),
        }
        Json::Array(parts)
    }

    /// `open, entry, …`, where an entry is `[key, file, start, end, value]`.
    pub(super) fn map(&mut self, map: &Map, depth: usize, parts: &mut Vec<Json>) {
        parts.push(json!(map.open));
        for entry in &map.entries {
            let mut written = vec![self.text(&entry.key_text(), entry.key_span)];
            self.span(entry.key_span, &mut written);
            written.push(self.value(&entry.value, depth + 1));
            parts.push(Json::Array(written));
        }
    }

    /// A text that is written at `span`: literal, or an array of pieces.
    pub(super) fn text(&mut self, text: &Text, span: Span) -> Json {
        let mut parts = Vec::new();
        self.pieces(text, span, bounds::VALUE_DEPTH, &mut parts);
        match parts.as_slice() {
            [Json::String(_)] => parts.remove(0),
            _ => Json::Array(parts),
        }
    }

    fn pieces(&mut self, text: &Text, span: Span, depth: usize, parts: &mut Vec<Json>) {
        if let [Piece { kind: PieceKind::Literal(literal), span: at, of: None }] = text.pieces()
            && *at == span
            && self.hidden(span, literal).is_none()
        {
            parts.push(json!(**literal));
            return;
        }
        for piece in text.pieces() {
            let mut written = Vec::new();
            self.span(piece.span, &mut written);
            written.push(piece.of.as_ref().map_or(Json::Null, |of| self.origin(of)));
            written.push(match &piece.kind {
                PieceKind::Literal(literal) => {
                    self.hidden(piece.span, literal).unwrap_or_else(|| json!(**literal))
                }
                PieceKind::Symbol(symbol) => self.symbol(symbol),
                PieceKind::Json(inner) => self.value(inner, depth + 1),
            });
            parts.push(Json::Array(written));
        }
    }

    fn via(&mut self, via: &Via) -> Json {
        let steps: Vec<Json> = via.steps().map(|step| self.step(step)).collect();
        if steps.is_empty() { json!(0) } else { Json::Array(steps) }
    }

    fn step(&mut self, step: &Step) -> Json {
        match step {
            Step::Reference(span) => {
                let mut parts = Vec::new();
                self.reference(*span, &mut parts);
                Json::Array(parts)
            }
            Step::Chosen(when) => {
                let chosen = when.all().iter().map(|one| self.chosen(one));
                Json::Array(std::iter::once(json!("when")).chain(chosen).collect())
            }
            Step::Default(symbol) => json!(["default", self.symbol(symbol)]),
        }
    }

    /// All that is chosen, each as `[class, origin, of, off, [what decides it …], values …]`; a condition has no class.
    pub(super) fn when(&mut self, when: &When) -> Json {
        Json::Array(when.all().iter().map(|one| self.chosen(one)).collect())
    }

    fn chosen(&mut self, one: &Chosen) -> Json {
        let (class, origin) = match &one.what {
            Thing::Value(class, origin) => (json!(class.word()), self.origin(origin)),
            Thing::Condition(origin) => (Json::Null, self.origin(origin)),
        };
        let by = one.by.iter().map(|origin| self.origin(origin)).collect();
        let mut parts = vec![class, origin, json!(one.of), json!(one.off), Json::Array(by)];
        parts.extend(one.is.iter().map(|value| json!(**value)));
        Json::Array(parts)
    }
}

impl Wire for Value {
    const WHAT: &'static str = "a value";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let word: Arc<str> = items.need()?;
        let span = items.span()?;
        let via = items.need::<Way>()?.0;
        let kind = match &*word {
            "null" => Kind::Null,
            "absent" => Kind::Absent,
            "bool" => Kind::Bool(items.need()?),
            "number" => Kind::Number(items.need()?),
            "text" => Kind::Text(written(items.rest()?, span)),
            "list" => {
                let open = items.need()?;
                Kind::List(List { items: items.rest::<Value>()?.into(), open })
            }
            "map" => Kind::Map(map(items)?),
            "json" => Kind::Json(items.need::<Value>()?.into()),
            "choice" => Kind::Choice(items.rest::<Self>()?.into()),
            "unknown" => Kind::Unknown(items.need()?),
            _ => return Err(A::Error::custom(format_args!("there is no kind of values `{word}`"))),
        };
        Ok(Self { kind, span, via })
    }
}

/// The rest of an array as a map.
pub(super) fn map<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Map, A::Error> {
    let open = items.need()?;
    Ok(Map { entries: items.rest::<Entry>()?.into(), open })
}

impl Wire for Entry {
    const WHAT: &'static str = "an entry";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let key: WrittenText = items.need()?;
        let key_span = items.span()?;
        let value = items.need()?;
        Ok(Self::new(key.at(key_span), key_span, value))
    }
}

/// A text of which the place is read afterwards.
pub(super) struct WrittenText(Vec<WrittenPiece>);

impl WrittenText {
    /// The text that is written at `span`.
    pub(super) fn at(self, span: Span) -> Text {
        written(self.0, span)
    }
}

impl Wire for WrittenText {
    const WHAT: &'static str = "a text";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        items.rest().map(Self)
    }

    fn text<E: Error>(known: &Known, text: &str) -> Result<Self, E> {
        Ok(Self(vec![WrittenPiece::text(known, text)?]))
    }
}

/// A part of a text; one without a place is where the whole is.
enum WrittenPiece {
    Whole(Arc<str>),
    Placed(Piece),
}

fn written(pieces: Vec<WrittenPiece>, span: Span) -> Text {
    let mut text = Text::default();
    // What is wholly empty is kept as it was.
    if let [WrittenPiece::Whole(whole)] = pieces.as_slice() {
        return Text::literal(Arc::clone(whole), span);
    }
    for piece in pieces {
        match piece {
            WrittenPiece::Whole(part) => text.push_str(part, span),
            WrittenPiece::Placed(piece) => text.keep(piece),
        }
    }
    text
}

impl Wire for WrittenPiece {
    const WHAT: &'static str = "a part of a text";

    fn text<E: Error>(_: &Known, text: &str) -> Result<Self, E> {
        Ok(Self::Whole(text.into()))
    }

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let span = items.span()?;
        let of: Option<Origin> = items.need()?;
        let kind = items.need()?;
        Ok(Self::Placed(Piece { kind, span, of }))
    }
}

impl Wire for PieceKind {
    const WHAT: &'static str = "a part of a text";

    fn text<E: Error>(_: &Known, text: &str) -> Result<Self, E> {
        Ok(Self::Literal(text.into()))
    }

    fn number<E: Error>(known: &Known, number: u64) -> Result<Self, E> {
        Symbol::number(known, number).map(Self::Symbol)
    }

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        Value::array(items).map(|value| Self::Json(value.into()))
    }
}

struct Way(Via);

impl Wire for Way {
    const WHAT: &'static str = "the way of a value";

    fn number<E: Error>(_: &Known, _: u64) -> Result<Self, E> {
        Ok(Self(Via::default()))
    }

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        items.rest().map(|steps| Self(Via::of(steps)))
    }
}

impl Wire for Step {
    const WHAT: &'static str = "a step";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        match items.need()? {
            Head::Number(file) => items.span_in(file).map(Self::Reference),
            Head::Word(word) if &*word == "when" => Ok(Self::Chosen(When::of(items.rest()?))),
            Head::Word(word) if &*word == "default" => items.need().map(Self::Default),
            Head::Word(word) => Err(A::Error::custom(format_args!("there is no step `{word}`"))),
        }
    }
}

impl Wire for Chosen {
    const WHAT: &'static str = "a choice";

    fn array<'de, A: SeqAccess<'de>>(items: &mut Items<'_, A>) -> Result<Self, A::Error> {
        let (class, origin): (Option<Class>, Origin) = (items.need()?, items.need()?);
        let what = match class {
            Some(class) => Thing::Value(class, origin),
            None => Thing::Condition(origin),
        };
        let (of, off, by): (_, _, Vec<Origin>) = (items.need()?, items.need()?, items.need()?);
        Ok(Self { what, of, off, by: by.into(), is: items.rest()? })
    }
}
