//! Policies that stand in a plan as texts.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::carriers::{self, Step, ValueKind};
use crate::parse::json;
use crate::source::{Opened, Span};
use crate::value::{Encoded, Kind, Map, Text, Value};

/// The texts of a plan, of which equal ones are kept once.
pub(super) struct Texts<'t> {
    text: &'t Opened<'t>,
    known: RefCell<FxHashSet<Arc<str>>>,
}

impl<'t> Texts<'t> {
    /// Those of a plan.
    pub(super) fn of(text: &'t Opened<'t>) -> Self {
        Self { text, known: RefCell::default() }
    }

    /// The properties of a type with each policy in them as what is read of its text once somebody asks for it. As a text it has a piece
    /// for each `\"`, ten times what the policy itself takes, and there may be many of them before the first one is read.
    pub(super) fn encoded(&self, mut properties: Map, type_name: &str) -> Map {
        let rows = carriers::carriers(type_name).iter();
        for row in rows.filter(|row| row.value_kind == ValueKind::JsonPolicy) {
            properties = self.below(properties, &row.path);
        }
        properties
    }

    fn below(&self, mut map: Map, path: &[Step]) -> Map {
        let Some((Step::Property(name), rest)) = path.split_first() else { return map };
        let Some(at) = map.entries.iter().rposition(|entry| entry.key.is_literally(name)) else { return map };
        if let Some(entry) = map.entries.edit().get_mut(at) {
            let empty = Value::new(Kind::Null, entry.value.span);
            entry.value = self.at_path(std::mem::replace(&mut entry.value, empty), rest);
        }
        map
    }

    /// What is at the end of a path, which bounds the recursion.
    fn at_path(&self, value: Value, path: &[Step]) -> Value {
        let kind = match (value.kind, path.split_first()) {
            (Kind::Text(text), None) => self.document(text, value.span),
            (Kind::List(list), Some((Step::Each, rest))) => {
                Kind::List(list.map(|item| self.at_path(item, rest)))
            }
            (Kind::List(list), Some((Step::Property(_), _))) => {
                Kind::List(list.map(|item| self.at_path(item, path)))
            }
            (Kind::Map(map), Some((Step::Property(_), _))) => Kind::Map(self.below(map, path)),
            (kind, _) => kind,
        };
        Value { kind, ..value }
    }

    /// A text that may be a document as what it is the encoding of.
    fn document(&self, text: Text, span: Span) -> Kind {
        let is_cut = text.pieces().len() > 1 && text.begins_with("{") && text.is_literal();
        let written =
            is_cut.then(|| quoted(span)).flatten().and_then(|place| Some((self.kept(place)?, place)));
        match written {
            Some((written, place)) => Kind::Json(Encoded::written(written, place, decoded)),
            None => Kind::Text(text),
        }
    }

    /// What is written at a place, once.
    fn kept(&self, place: Span) -> Option<Arc<str>> {
        let is_string = |written: &Cow<'_, str>| written.starts_with('"') && written.ends_with('"');
        let written = self.text.part(place).filter(is_string)?;
        let mut known = self.known.borrow_mut();
        if let Some(known) = known.get(&*written) {
            return Some(Arc::clone(known));
        }
        let new: Arc<str> = Arc::from(&*written);
        known.insert(Arc::clone(&new));
        Some(new)
    }
}

/// The place of a string with its quotes.
fn quoted(span: Span) -> Option<Span> {
    Some(Span { start: span.start.checked_sub(1)?, end: span.end.checked_add(1)?, ..span })
}

/// The tree that a string is the encoding of. What is no JSON stays the text that it is, so that it is said where it is looked for.
fn decoded(written: &Arc<str>, place: Span) -> Value {
    let string = json::value_from_text(&Text::literal(Arc::clone(written), place), place);
    match string {
        Ok(Value { kind: Kind::Text(text), span, .. }) => match json::value_from_text(&text, span) {
            Ok(tree) => tree,
            Err(_) => Value::text(text, span),
        },
        _ => Value::new(Kind::Null, place),
    }
}
