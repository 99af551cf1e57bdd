//! The keys of maps.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::shared::{Extended, Extent};
use super::{Piece, PieceKind, Symbol, Text};
use crate::source::Span;

/// The key of an entry. Nearly all are words as they are written, so that the place of the key says where.
#[derive(Clone, Debug)]
pub struct Name(Written);

#[derive(Clone, Debug)]
enum Written {
    Word(Arc<str>),
    Text(Box<Text>),
}

impl Name {
    /// A text as a key that is written at `place`.
    pub fn new(text: Text, place: Span) -> Self {
        match text.pieces() {
            [Piece { kind: PieceKind::Literal(word), span, of: None }] if *span == place => {
                Self(Written::Word(Arc::clone(word)))
            }
            _ => Self(Written::Text(Box::new(text))),
        }
    }

    /// A word as a key.
    pub fn word(word: impl Into<Arc<str>>) -> Self {
        Self(Written::Word(word.into()))
    }

    /// The text of a key that is written at `place`.
    pub fn text(&self, place: Span) -> Cow<'_, Text> {
        match &self.0 {
            Written::Word(word) => Cow::Owned(Text::literal(Arc::clone(word), place)),
            Written::Text(text) => Cow::Borrowed(text),
        }
    }

    /// The text of a key that is written at `place`, for who keeps it.
    pub fn into_text(self, place: Span) -> Text {
        match self.0 {
            Written::Word(word) => Text::literal(word, place),
            Written::Text(text) => *text,
        }
    }

    /// The whole key, when every part is literal.
    pub fn as_literal(&self) -> Option<Cow<'_, str>> {
        match &self.0 {
            Written::Word(word) => Some(Cow::Borrowed(word)),
            Written::Text(text) => text.as_literal(),
        }
    }

    /// The whole key to be kept, when every part is literal.
    pub fn as_shared(&self) -> Option<Arc<str>> {
        match &self.0 {
            Written::Word(word) => Some(Arc::clone(word)),
            Written::Text(text) => text.as_shared(),
        }
    }

    /// The only symbol, when the key is one.
    pub fn as_symbol(&self) -> Option<&Symbol> {
        match &self.0 {
            Written::Word(_) => None,
            Written::Text(text) => text.as_symbol(),
        }
    }

    /// Whether every part is literal.
    pub fn is_literal(&self) -> bool {
        match &self.0 {
            Written::Word(_) => true,
            Written::Text(text) => text.is_literal(),
        }
    }

    /// Whether it certainly begins with `start`.
    pub fn begins_with(&self, start: &str) -> bool {
        match &self.0 {
            Written::Word(word) => word.starts_with(start),
            Written::Text(text) => text.begins_with(start),
        }
    }

    /// Whether it is literally `text`.
    pub fn is_literally(&self, text: &str) -> bool {
        match &self.0 {
            Written::Word(word) => **word == *text,
            Written::Text(key) => key.is_literally(text),
        }
    }
}

impl Extended for Name {
    fn extent(&self) -> Extent {
        match &self.0 {
            Written::Word(_) => Extent::default(),
            Written::Text(text) => text.extent(),
        }
    }
}

/// As its text is shown.
impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Written::Word(word) => formatter.write_str(word),
            Written::Text(text) => text.fmt(formatter),
        }
    }
}

/// Equal as their texts are.
impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Written::Word(one), Written::Word(other)) => one == other,
            (Written::Word(word), Written::Text(text)) | (Written::Text(text), Written::Word(word)) => {
                text.is_literally(word)
            }
            (Written::Text(one), Written::Text(other)) => one == other,
        }
    }
}

impl PartialEq<Text> for Name {
    fn eq(&self, other: &Text) -> bool {
        match &self.0 {
            Written::Word(word) => other.is_literally(word),
            Written::Text(text) => **text == *other,
        }
    }
}
