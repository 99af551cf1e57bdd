//! The pieces of a text laid end to end, and the way back to where each was written.

use crate::source::Span;
use crate::value::{PieceKind, Text};

/// A stretch of the buffer that comes from one piece.
struct Segment<'a> {
    start: usize,
    end: usize,
    span: Span,
    /// Whether bytes of the buffer are bytes of the source.
    exact: bool,
    hole: Option<&'a PieceKind>,
}

/// Text with holes. A hole takes one byte of the buffer, a NUL; whether a NUL is a hole is asked by position,
/// so that a NUL in the source is none.
pub(super) struct Input<'a> {
    pub(super) buffer: String,
    segments: Vec<Segment<'a>>,
    /// Where the text is written as a whole.
    fallback: Span,
}

impl<'a> Input<'a> {
    pub(super) fn new(text: &'a Text, fallback: Span) -> Self {
        let mut input = Self { buffer: String::new(), segments: Vec::new(), fallback };
        for piece in text.pieces() {
            let start = input.buffer.len();
            let (exact, hole) = match &piece.kind {
                PieceKind::Literal(text) => {
                    input.buffer.push_str(text);
                    (text.len() == piece.span.len(), None)
                }
                PieceKind::Symbol(_) | PieceKind::Json(_) => {
                    input.buffer.push('\0');
                    (false, Some(&piece.kind))
                }
            };
            let end = input.buffer.len();
            input.segments.push(Segment { start, end, span: piece.span, exact, hole });
        }
        input
    }

    fn segment(&self, at: usize) -> Option<&Segment<'a>> {
        let index = self.segments.partition_point(|segment| segment.end <= at);
        self.segments.get(index)
    }

    /// The hole at a byte, if there is one.
    pub(super) fn hole(&self, at: usize) -> Option<(&'a PieceKind, Span)> {
        let segment = self.segment(at)?;
        segment.hole.map(|hole| (hole, segment.span))
    }

    /// The end of the piece that the byte at `at` belongs to.
    pub(super) fn piece_end(&self, at: usize) -> usize {
        self.segment(at).map_or(self.buffer.len(), |segment| segment.end)
    }

    /// Where `start..end` of the buffer is written.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let Some(first) = self.segment(start) else {
            // The end of the text.
            return self
                .segments
                .last()
                .map_or(self.fallback, |last| last.span.part(last.span.len(), last.span.len()));
        };
        let from = Self::within(first, start, end.min(first.end));
        if end <= first.end {
            return from;
        }
        let Some(last) = self.segment(end - 1) else { return from };
        from.join(Self::within(last, last.start, end)).unwrap_or(from)
    }

    fn within(segment: &Segment<'_>, start: usize, end: usize) -> Span {
        if segment.exact {
            segment.span.part(start.saturating_sub(segment.start), end.saturating_sub(segment.start))
        } else {
            segment.span
        }
    }
}
