//! The arguments of a data source, and the identity they give to what is looked up.

use std::sync::Arc;

use crate::bounds;
use crate::source::Span;
use crate::value::{
    Because, Class, Kind, Map, Operand, Origin, OriginKind, PieceKind, Symbol, Text, UnitKey, Value, Word,
    Words,
};

/// Arguments that do not change what is found.
const HOW: &[&str] = &["describe_organization_only", "load_value", "with_decryption"];

/// The arguments of one data source.
pub(super) struct Arguments<'a> {
    /// The type without `data.`.
    pub(super) kind: &'a str,
    pub(super) properties: &'a Map,
    pub(super) unit: &'a UnitKey,
    /// The block.
    pub(super) declared: &'a Origin,
    pub(super) span: Span,
}

impl Arguments<'_> {
    /// An argument as text; one that is set but is no text is a symbol of the block.
    pub(super) fn text(&self, name: &str) -> Option<Text> {
        let value = self.properties.get(name).filter(|value| !value.is_unset())?;
        let text = value.as_text().unwrap_or_else(|| {
            let origin = self.declared.attribute(name);
            Text::symbol(Symbol::new(Class::Computed, origin, Because::Expression), self.span)
        });
        (!text.is_empty()).then_some(text)
    }

    /// An argument as part of an identity; nothing for one that is no text.
    pub(super) fn said(&self, name: &str) -> Option<Words> {
        let value = self.properties.get(name).filter(|value| !value.is_unset())?;
        match described(value)? {
            Operand::Text(words) => Some(words),
            _ => None,
        }
    }

    /// What is looked up. The look-ups of AWS find the same for the same arguments; for all others, and for arguments
    /// that cannot be told, it is the block.
    pub(super) fn identity(&self) -> Origin {
        let asked = if self.kind.starts_with("aws_") { self.asked() } else { None };
        asked.unwrap_or_else(|| self.declared.clone())
    }

    fn asked(&self) -> Option<Origin> {
        if self.properties.open {
            return None;
        }
        let (mut arguments, mut left) = (Vec::new(), bounds::IDENTITY_LENGTH);
        for entry in &self.properties.entries {
            let name = entry.key.as_literal()?;
            // What is no name of an argument says which block this is.
            let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic());
            if is_name && !HOW.contains(&&*name) && !entry.value.is_unset() {
                arguments.push((Arc::from(&*name), operand(&entry.value, 0, &mut left)?));
            }
        }
        arguments.sort_by(|(one, _), (other, _): &(Arc<str>, Operand)| one.cmp(other));
        Some(found(self.unit, self.kind, arguments.into()))
    }
}

/// What a look-up finds in a unit.
pub(super) fn found(unit: &UnitKey, kind: &str, arguments: Box<[(Arc<str>, Operand)]>) -> Origin {
    OriginKind::Found { unit: unit.clone(), kind: kind.into(), arguments }.into()
}

/// What identifies a value; nothing does when parts of it cannot be told.
pub(super) fn described(value: &Value) -> Option<Operand> {
    let mut left = bounds::IDENTITY_LENGTH;
    operand(value, 0, &mut left)
}

fn operand(value: &Value, depth: u32, left: &mut usize) -> Option<Operand> {
    *left = left.checked_sub(1).filter(|_| depth <= bounds::IDENTITY_DEPTH)?;
    match &value.kind {
        Kind::Null => Some(Operand::Null),
        Kind::List(list) if !list.open => {
            let items = list.items.iter().map(|item| operand(item, depth + 1, left));
            Some(Operand::List(items.collect::<Option<_>>()?))
        }
        Kind::Map(map) if !map.open => {
            let mut entries = Vec::new();
            for entry in &map.entries {
                entries.push((words(&entry.key_text(), left)?, operand(&entry.value, depth + 1, left)?));
            }
            Some(Operand::Map(entries.into()))
        }
        Kind::List(_) | Kind::Map(_) => None,
        _ => Some(Operand::Text(words(&value.as_text()?, left)?)),
    }
}

fn words(text: &Text, left: &mut usize) -> Option<Words> {
    let mut words = Vec::new();
    for piece in text.pieces() {
        let (word, size) = match &piece.kind {
            PieceKind::Literal(literal) => (Word::Literal(Arc::clone(literal)), literal.len()),
            PieceKind::Symbol(symbol) if symbol.class != Class::Opaque => (symbol.word(), 1),
            _ => return None,
        };
        *left = left.checked_sub(size)?;
        words.push(word);
    }
    Some(Words::of(words))
}
