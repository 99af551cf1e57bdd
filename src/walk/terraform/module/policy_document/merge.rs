//! Documents as lists of statements, and what becomes of them together.

use super::{Refused, perhaps};
use crate::bounds;
use crate::source::Span;
use crate::value::{Answer, Because, Class, Kind, List, Map, Piece, PieceKind, Symbol, Text, Value, Words};

/// The newest version of the policy language.
pub(super) const NEW_VERSION: &str = "2012-10-17";

/// A document that takes part: a source, the block itself, an override.
#[derive(Default)]
pub(super) struct Document {
    pub(super) parts: Vec<Part>,
    /// `Version`, and where its key is written.
    pub(super) version: Option<(Value, Span)>,
    /// `Id`, and where its key is written.
    pub(super) id: Option<(Value, Span)>,
    /// Whether it certainly takes part.
    pub(super) certain: bool,
}

/// A part of a document.
pub(super) enum Part {
    Slot(Slot),
    /// There may be any statements here.
    Unknown,
}

/// Where one statement stands.
pub(super) struct Slot {
    /// The statements of which one stands there.
    alternatives: Vec<Statement>,
    /// There may be none.
    absent: bool,
}

struct Statement {
    value: Value,
    sid: Sid,
}

/// What is known of a `Sid`. One that is empty is none.
enum Sid {
    None,
    Known(Name),
    Unknown,
}

struct Name {
    text: Text,
    /// What identifies the text; nothing does when a symbol in it is the same as no other.
    words: Option<Words>,
    /// Nothing may be left of it when its symbols are known.
    may_be_empty: bool,
}

impl Document {
    /// A document of which nothing is known.
    pub(super) fn unknown() -> Self {
        Self { parts: vec![Part::Unknown], ..Self::default() }
    }
}

impl Part {
    /// What one of these values is as a statement. A value that is no map may be any statements.
    pub(super) fn new(alternatives: impl IntoIterator<Item = Value>) -> Vec<Self> {
        let mut slot = Slot { alternatives: Vec::new(), absent: false };
        let mut open = false;
        for value in alternatives {
            match &value.kind {
                Kind::Map(map) if slot.alternatives.len() < bounds::CHOICES => {
                    slot.alternatives.push(Statement { sid: Sid::of(map), value });
                }
                Kind::Null | Kind::Absent => slot.absent = true,
                _ => open = true,
            }
        }
        slot.absent |= open;
        let mut parts = Vec::new();
        if !slot.alternatives.is_empty() {
            parts.push(Self::Slot(slot));
        }
        if open {
            parts.push(Self::Unknown);
        }
        parts
    }

    fn slot(&self) -> Option<&Slot> {
        if let Self::Slot(slot) = self { Some(slot) } else { None }
    }

    /// The same, which may be missing.
    pub(super) fn optional(mut self) -> Self {
        if let Self::Slot(slot) = &mut self {
            slot.absent = true;
        }
        self
    }
}

impl Sid {
    fn of(statement: &Map) -> Self {
        let Some(value) = statement.get("Sid") else {
            return if statement.open { Self::Unknown } else { Self::None };
        };
        match value.as_text() {
            _ if value.is_unset() => Self::None,
            Some(text) if text.is_empty() => Self::None,
            Some(text) => Self::Known(Name::new(text)),
            None => Self::Unknown,
        }
    }

    /// Whether a statement with this `Sid` takes the place of one with the other.
    fn replaces(&self, other: &Self) -> Answer {
        match (self, other) {
            (Self::None, _) | (_, Self::None) => Answer::No,
            (Self::Known(one), Self::Known(other)) => one.is(other),
            (Self::Unknown, _) | (_, Self::Unknown) => Answer::Unknown,
        }
    }
}

impl Name {
    fn new(text: Text) -> Self {
        let says = |piece: &Piece| matches!(&piece.kind, PieceKind::Literal(literal) if !literal.is_empty());
        Self {
            words: Words::of_text(&text).filter(|_| text.symbols().all(|it| it.class != Class::Opaque)),
            may_be_empty: !text.pieces().iter().any(says),
            text,
        }
    }

    /// Whether both are the same, and not empty.
    fn is(&self, other: &Self) -> Answer {
        let (Some(mine), Some(theirs)) = (&self.words, &other.words) else { return Answer::Unknown };
        if let (Some(mine), Some(theirs)) = (mine.as_literal(), theirs.as_literal()) {
            return Answer::from(mine == theirs);
        }
        if !self.may_be_empty && mine == theirs { Answer::Yes } else { Answer::Unknown }
    }
}

impl Slot {
    fn is_certain(&self) -> bool {
        !self.absent && self.alternatives.len() == 1
    }

    /// Whether this statement takes the place of that one, if that one is there.
    fn replaces(&self, other: &Self) -> Answer {
        let mut whole: Option<Answer> = None;
        for mine in &self.alternatives {
            for theirs in &other.alternatives {
                let one = mine.sid.replaces(&theirs.sid);
                whole = Some(match whole {
                    Some(answer) if answer == one => answer,
                    Some(_) => Answer::Unknown,
                    None => one,
                });
            }
        }
        match whole.unwrap_or(Answer::No) {
            Answer::Yes if self.absent => Answer::Unknown,
            answer => answer,
        }
    }

    /// Terraform refuses the `Sid` of an earlier statement, when both are certainly there.
    fn refuse_again<'s>(&'s self, earlier: impl IntoIterator<Item = &'s Self>) -> Result<(), Refused> {
        let same = |other: &Self| self.is_certain() && other.is_certain() && self.replaces(other).is_yes();
        if !earlier.into_iter().any(same) {
            return Ok(());
        }
        let sid = match self.alternatives.first().map(|one| &one.sid) {
            Some(Sid::Known(name)) => name.text.to_string(),
            _ => String::new(),
        };
        Err(Refused(format!("a policy document with two statements of the Sid \"{sid}\"")))
    }

    fn has_sid(&self) -> bool {
        self.alternatives.iter().any(|one| !matches!(one.sid, Sid::None))
    }

    /// How much is written in it.
    fn size(&self) -> usize {
        self.alternatives.iter().map(|one| size(&one.value)).sum()
    }

    fn into_value(self, fallback: Span) -> Value {
        let span = self.alternatives.first().map_or(fallback, |one| one.value.span);
        let whole = Value::choice(self.alternatives.into_iter().map(|one| one.value), span);
        if self.absent { perhaps(whole) } else { whole }
    }
}

/// The document so far.
pub(super) struct Merged {
    slots: Vec<Slot>,
    /// There may be further statements.
    open: bool,
    version: Option<(Value, Span)>,
    id: Option<(Value, Span)>,
    /// How much is written in the statements.
    size: usize,
}

impl Merged {
    /// Begins with the version of the block itself; the others can only raise it.
    pub(super) fn new(own: &mut Document) -> Self {
        Self { slots: Vec::new(), open: false, version: own.version.take(), id: None, size: 0 }
    }

    /// Adds a source document. A `Sid` must not occur twice in all of them.
    pub(super) fn add_source(&mut self, mut document: Document) -> Result<(), Refused> {
        self.adopt(&mut document);
        for part in document.parts {
            match part {
                Part::Slot(mut slot) => {
                    slot.absent |= !document.certain;
                    slot.refuse_again(self.slots.iter())?;
                    self.push(slot);
                }
                Part::Unknown => self.open = true,
            }
        }
        Ok(())
    }

    /// Adds the statements of the block itself. Among them a `Sid` must not occur twice.
    pub(super) fn add_own(&mut self, document: Document) -> Result<(), Refused> {
        if document.id.is_some() {
            self.id = document.id;
        }
        for (index, part) in document.parts.iter().enumerate() {
            if let Part::Slot(slot) = part {
                slot.refuse_again(document.parts.iter().take(index).filter_map(Part::slot))?;
            }
        }
        let sources = self.slots.len();
        for part in document.parts {
            match part {
                Part::Slot(slot) => self.put(slot, sources),
                Part::Unknown => self.put_unknown(sources),
            }
        }
        Ok(())
    }

    /// Adds an overriding document. In it, too, the last statement of a `Sid` counts.
    pub(super) fn add_override(&mut self, mut document: Document) {
        self.adopt(&mut document);
        for part in document.parts {
            match part {
                Part::Slot(mut slot) => {
                    slot.absent |= !document.certain;
                    self.put(slot, self.slots.len());
                }
                Part::Unknown => self.put_unknown(self.slots.len()),
            }
        }
    }

    /// Takes over what is said beside the statements.
    fn adopt(&mut self, document: &mut Document) {
        if document.certain && document.id.is_some() {
            self.id = document.id.take();
        }
        let unknown = document.parts.iter().any(|part| matches!(part, Part::Unknown));
        let Some((current, key_span)) = self.version.take() else { return };
        self.version = Some(match document.version.take() {
            Some((newer, newer_key)) => match (newer.as_str(), current.as_str()) {
                (Some(new), Some(old)) if new <= old => (current, key_span),
                (Some(_), Some(_)) if document.certain => (newer, newer_key),
                (None, Some(old)) if old == NEW_VERSION => (current, key_span),
                _ => (some_version(current.span), key_span),
            },
            None if unknown && current.as_str().is_none_or(|old| old != NEW_VERSION) => {
                (some_version(current.span), key_span)
            }
            None => (current, key_span),
        });
    }

    /// Puts a statement in the place of the one of the first `before` that has its `Sid`, or at the end.
    fn put(&mut self, new: Slot, before: usize) {
        let mut at = None;
        // Whether the new statement may have gone to an earlier place.
        let mut gone = false;
        for (index, slot) in self.slots.iter_mut().enumerate().take(before) {
            match new.replaces(slot) {
                Answer::No => {}
                Answer::Yes if !gone => {
                    at = Some(index);
                    if !slot.absent {
                        break;
                    }
                    gone = true;
                }
                Answer::Yes | Answer::Unknown => {
                    slot.absent = true;
                    gone = true;
                }
            }
        }
        match at.and_then(|at| self.slots.get_mut(at)) {
            Some(slot) => {
                self.size += new.size();
                *slot = new;
            }
            None => self.push(new),
        }
    }

    /// Any statement may take the place of any that has a `Sid`.
    fn put_unknown(&mut self, before: usize) {
        self.open = true;
        for slot in self.slots.iter_mut().take(before).filter(|slot| slot.has_sid()) {
            slot.absent = true;
        }
    }

    fn push(&mut self, slot: Slot) {
        self.size += slot.size();
        if self.slots.len() < bounds::POLICY_STATEMENTS && self.size < bounds::POLICY_ENTRIES {
            self.slots.push(slot);
        } else {
            self.open = true;
        }
    }

    /// The whole document.
    pub(super) fn finish(self, span: Span) -> Map {
        let mut document = Map::default();
        if let Some((version, key_span)) = self.version {
            document.insert("Version", key_span, version);
        }
        if let Some((id, key_span)) = self.id {
            document.insert("Id", key_span, id);
        }
        let items: Vec<Value> = self.slots.into_iter().map(|slot| slot.into_value(span)).collect();
        if !items.is_empty() || self.open {
            let list = List { items: items.into(), open: self.open };
            document.insert("Statement", span, Value::new(Kind::List(list), span));
        }
        document
    }
}

fn some_version(span: Span) -> Value {
    Value::unknown(Symbol::new(Class::Opaque, "the version of a policy document", Because::Expression), span)
}

/// How many values a value is made of.
fn size(value: &Value) -> usize {
    match &value.kind {
        Kind::List(list) => 1 + list.items.iter().map(size).sum::<usize>(),
        Kind::Map(map) => 1 + map.entries.iter().map(|entry| 1 + size(&entry.value)).sum::<usize>(),
        Kind::Choice(all) => 1 + all.iter().map(size).sum::<usize>(),
        Kind::Json(inner) => 1 + size(inner),
        Kind::Text(text) => 1 + text.pieces().len(),
        Kind::Null | Kind::Absent | Kind::Bool(_) | Kind::Number(_) | Kind::Unknown(_) => 1,
    }
}
