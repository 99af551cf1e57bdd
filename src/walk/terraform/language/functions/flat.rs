//! A text laid end to end, to be searched and cut.

use std::ops::Range;

use crate::source::Span;
use crate::value::{Piece, PieceKind, Symbol, Text};

/// The literal parts of a text in one string, in which everything unknown takes one byte, a NUL.
pub(super) struct Flat<'t> {
    /// The string.
    pub(super) buffer: String,
    segments: Vec<(Range<usize>, &'t Piece)>,
}

impl<'t> Flat<'t> {
    pub(super) fn new(text: &'t Text) -> Self {
        let mut flat = Self { buffer: String::new(), segments: Vec::new() };
        for piece in text.pieces() {
            let start = flat.buffer.len();
            match &piece.kind {
                PieceKind::Literal(literal) => flat.buffer.push_str(literal),
                PieceKind::Symbol(_) | PieceKind::Json(_) => flat.buffer.push('\0'),
            }
            flat.segments.push((start..flat.buffer.len(), piece));
        }
        flat
    }

    /// Where the unknown parts are.
    pub(super) fn holes(&self) -> impl Iterator<Item = usize> + use<'_, 't> {
        let holes = self.segments.iter().filter(|(_, piece)| !matches!(piece.kind, PieceKind::Literal(_)));
        holes.map(|(range, _)| range.start)
    }

    /// The symbols among them; `None` for a JSON encoding, of which no character is known.
    pub(super) fn symbols(&self) -> impl Iterator<Item = Option<&'t Symbol>> + use<'_, 't> {
        self.segments.iter().filter_map(|(_, piece)| match &piece.kind {
            PieceKind::Literal(_) => None,
            PieceKind::Symbol(symbol) => Some(Some(symbol)),
            PieceKind::Json(_) => Some(None),
        })
    }

    /// How much is known from the start.
    pub(super) fn known_start(&self) -> &str {
        let end = self.holes().next().unwrap_or(self.buffer.len());
        self.buffer.get(..end).unwrap_or_default()
    }

    /// How much is known up to the end.
    pub(super) fn known_end(&self) -> &str {
        let start = self.holes().last().map_or(0, |hole| hole + 1);
        self.buffer.get(start..).unwrap_or_default()
    }

    /// The occurrences of a text in the literal parts.
    pub(super) fn find(&self, needle: &str) -> Vec<usize> {
        if needle.is_empty() {
            return Vec::new();
        }
        let holes: Vec<usize> = self.holes().collect();
        let free = |start: usize| {
            let next = holes.partition_point(|hole| *hole < start);
            holes.get(next).is_none_or(|hole| *hole >= start + needle.len())
        };
        self.buffer.match_indices(needle).map(|(start, _)| start).filter(|start| free(*start)).collect()
    }

    /// Where a part of the string is written, as far as that is in one file.
    pub(super) fn place(&self, range: Range<usize>) -> Option<Span> {
        if range.is_empty() {
            let (segment, piece) = self
                .segments
                .iter()
                .find(|(segment, _)| segment.end >= range.start)
                .or(self.segments.last())?;
            let from = range.start.saturating_sub(segment.start);
            let exact = segment.len() == piece.span.len();
            return Some(if exact { piece.span.part(from, from) } else { piece.span });
        }
        self.slice(range).span()
    }

    /// The part `start..end` of the text, every piece with its place.
    pub(super) fn slice(&self, range: Range<usize>) -> Text {
        let mut text = Text::default();
        for (segment, piece) in &self.segments {
            let (start, end) = (segment.start.max(range.start), segment.end.min(range.end));
            if start >= end {
                continue;
            }
            let (from, to) = (start - segment.start, end - segment.start);
            match &piece.kind {
                PieceKind::Literal(literal) if (from, to) != (0, literal.len()) => {
                    let Some(part) = literal.get(from..to) else { continue };
                    let exact = literal.len() == piece.span.len();
                    text.push_str(part, if exact { piece.span.part(from, to) } else { piece.span });
                }
                kind => text.push(kind.clone(), piece.span),
            }
        }
        text
    }
}
