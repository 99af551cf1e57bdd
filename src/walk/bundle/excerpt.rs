//! Of a text what a report may have to show, with every place where it was.
//!
//! An excerpt is an array: a text as it is written, a number for so many blanks, `[lines, bytes]` for lines that are left out with
//! the bytes they have together. So all offsets, lines and columns are those of the file.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use crate::bounds;

/// A part of an excerpt.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Piece {
    Written(String),
    Blanks(u32),
    Lines(u32, u32),
}

impl<'de> Deserialize<'de> for Piece {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PieceVisitor)
    }
}

struct PieceVisitor;

impl<'de> Visitor<'de> for PieceVisitor {
    type Value = Piece;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a part of an excerpt")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Piece, E> {
        Ok(Piece::Written(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Piece, E> {
        Ok(Piece::Written(text))
    }

    fn visit_u64<E: Error>(self, many: u64) -> Result<Piece, E> {
        u32::try_from(many).map(Piece::Blanks).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Piece, A::Error> {
        let mut need = || seq.next_element::<u32>()?.ok_or_else(|| A::Error::custom("a number is missing"));
        Ok(Piece::Lines(need()?, need()?))
    }
}

/// The text that the parts stand for.
pub(super) fn text(pieces: &[Piece]) -> String {
    let mut text = String::new();
    let blanks = |text: &mut String, many: u32| text.extend(std::iter::repeat_n(' ', many as usize));
    for piece in pieces {
        match piece {
            Piece::Written(written) => text.push_str(written),
            Piece::Blanks(many) => blanks(&mut text, *many),
            Piece::Lines(lines, bytes) => {
                text.extend(std::iter::repeat_n('\n', lines.saturating_sub(1) as usize));
                blanks(&mut text, bytes.saturating_sub(*lines));
                text.extend(Some('\n').filter(|_| *lines > 0));
            }
        }
    }
    text
}

/// How many bytes the parts stand for.
pub(super) fn length(pieces: &[Piece]) -> u64 {
    let length = |piece: &Piece| match piece {
        Piece::Written(written) => written.len() as u64,
        Piece::Blanks(many) => u64::from(*many),
        Piece::Lines(lines, bytes) => u64::from((*bytes).max(*lines)),
    };
    pieces.iter().map(length).sum()
}

/// What of a text is kept.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Places: of these the lines in which they begin and end.
    places: Vec<(u32, u32)>,
    /// Places of which all lines are kept.
    wholes: Vec<(u32, u32)>,
    /// Places in values that are written away from what has them: what stands in the braces around may belong to them.
    apart: Vec<u32>,
    /// What is kept also when no lines are: the names of variables.
    names: Vec<(u32, u32)>,
    /// What is never kept.
    secrets: Vec<(u32, u32)>,
}

impl Marks {
    pub(super) fn place(&mut self, start: u32, end: u32) {
        self.places.push((start, end));
    }

    pub(super) fn whole(&mut self, start: u32, end: u32) {
        self.wholes.push((start, end));
    }

    pub(super) fn apart(&mut self, start: u32, end: u32) {
        self.places.push((start, end));
        self.apart.push(start);
    }

    pub(super) fn name(&mut self, start: u32, end: u32) {
        self.places.push((start, end));
        self.names.push((start, end));
    }

    pub(super) fn secret(&mut self, start: u32, end: u32) {
        self.secrets.push((start, end));
    }

    /// The excerpt of a text; `redacted` leaves out all but names.
    pub(super) fn excerpt(self, text: &str, starts: &[u32], redacted: bool) -> Vec<Piece> {
        let lines = self.lines(text, starts);
        let mut out = Out::default();
        let length = text.len();
        let mut next = 0;
        for line in lines {
            let at = |line: usize| starts.get(line).map_or(length, |start| *start as usize);
            let range = at(line)..at(line + 1);
            out.leave_out(line - next, range.start - at(next));
            next = line + 1;
            let written = text.get(range.start..range.end).unwrap_or_default();
            if redacted || written.len() > bounds::LINE_LENGTH as usize {
                out.only(text, &range, &self.names);
            } else {
                out.without(text, &range, &self.secrets);
            }
        }
        out.done()
    }

    /// The lines that are kept, in their order.
    fn lines(&self, text: &str, starts: &[u32]) -> Vec<usize> {
        let line = |offset: u32| starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let at = |line: usize| starts.get(line).map_or(text.len(), |start| *start as usize);
        let mut lines = BTreeSet::new();
        for (start, end) in &self.places {
            lines.extend([line(*start), line(*end)]);
        }
        for (start, end) in &self.wholes {
            lines.extend(line(*start)..=line(*end));
        }
        let apart: BTreeSet<usize> = self.apart.iter().map(|start| line(*start)).collect();
        for one in apart {
            let (first, last) = (one.saturating_sub(bounds::LINES_BESIDE), one + bounds::LINES_BESIDE);
            let (before, after) = (text.get(at(first)..at(one)), text.get(at(one)..at(last + 1)));
            lines.extend(one - open(before.unwrap_or_default())..=one + closed(after.unwrap_or_default()));
        }
        lines.into_iter().collect()
    }
}

/// How many lines from the end of a text braces are opened that are not closed in it.
fn open(text: &str) -> usize {
    let (mut depth, mut furthest) = (0_usize, 0);
    for (back, line) in text.lines().rev().enumerate() {
        for char in line.chars().rev() {
            match char {
                '}' | ']' => depth += 1,
                '{' | '[' if depth == 0 => furthest = back + 1,
                '{' | '[' => depth -= 1,
                _ => {}
            }
        }
    }
    furthest
}

/// How many lines from the beginning of a text braces are closed that are not opened in it.
fn closed(text: &str) -> usize {
    let (mut depth, mut furthest) = (0_usize, 0);
    for (line, written) in text.lines().enumerate() {
        for char in written.chars() {
            match char {
                '{' | '[' => depth += 1,
                '}' | ']' if depth == 0 => furthest = line,
                '}' | ']' => depth -= 1,
                _ => {}
            }
        }
    }
    furthest
}

/// An excerpt that is being written.
#[derive(Default)]
struct Out {
    pieces: Vec<Piece>,
    written: String,
    blanks: u32,
}

impl Out {
    /// Leaves out lines that have so many bytes together.
    fn leave_out(&mut self, lines: usize, bytes: usize) {
        if lines > 0 {
            self.flush();
            let number = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
            self.pieces.push(Piece::Lines(number(lines), number(bytes)));
        }
    }

    /// Keeps a range of a text but for some places.
    fn without(&mut self, text: &str, range: &Range<usize>, hidden: &[(u32, u32)]) {
        let mut at = range.start;
        for (start, end) in within(hidden, range) {
            self.write(text.get(at..start).unwrap_or_default());
            self.blank(text.get(start.max(at)..end).unwrap_or_default());
            at = at.max(end);
        }
        self.write(text.get(at..range.end).unwrap_or_default());
    }

    /// Keeps some places of a range of a text.
    fn only(&mut self, text: &str, range: &Range<usize>, kept: &[(u32, u32)]) {
        let mut at = range.start;
        for (start, end) in within(kept, range) {
            self.blank(text.get(at..start).unwrap_or_default());
            self.write(text.get(start.max(at)..end).unwrap_or_default());
            at = at.max(end);
        }
        self.blank(text.get(at..range.end).unwrap_or_default());
    }

    fn write(&mut self, text: &str) {
        if !text.is_empty() {
            self.flush_blanks();
            self.written.push_str(text);
        }
    }

    /// Blanks in the place of a text, of as many bytes and characters.
    fn blank(&mut self, text: &str) {
        for char in text.chars() {
            match char.len_utf8() {
                _ if matches!(char, '\n' | '\r') => self.write(char.encode_utf8(&mut [0; 4])),
                1 => {
                    self.flush_written();
                    self.blanks += 1;
                }
                2 => self.write("\u{a0}"),
                3 => self.write("\u{3000}"),
                _ => self.write("\u{1f532}"),
            }
        }
    }

    fn flush_written(&mut self) {
        if !self.written.is_empty() {
            self.pieces.push(Piece::Written(std::mem::take(&mut self.written)));
        }
    }

    fn flush_blanks(&mut self) {
        if self.blanks > 0 {
            self.pieces.push(Piece::Blanks(std::mem::take(&mut self.blanks)));
        }
    }

    fn flush(&mut self) {
        self.flush_written();
        self.flush_blanks();
    }

    fn done(mut self) -> Vec<Piece> {
        self.flush();
        self.pieces
    }
}

/// The parts of places that lie in a range, in their order.
fn within(places: &[(u32, u32)], range: &Range<usize>) -> Vec<(usize, usize)> {
    let clipped = places
        .iter()
        .map(|(start, end)| ((*start as usize).max(range.start), (*end as usize).min(range.end)))
        .filter(|(start, end)| start < end);
    let mut clipped: Vec<_> = clipped.collect();
    clipped.sort_unstable();
    clipped
}
