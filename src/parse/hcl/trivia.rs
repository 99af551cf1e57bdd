//! The comments of a file, and the texts in which nothing is one.

use std::ops::Range;

use super::reader::{Place, Reader};
use super::recover;
use crate::parse::Trivia;
use crate::source::{SourceId, Span};

/// Reads the comments of a file: `#`, `//`, `/* */`.
///
/// Of a part that is not read nobody knows where its texts end, so all of it counts as one, but for the comments that
/// stand at its end: they belong to what follows.
pub fn trivia(source: SourceId, text: &str) -> Trivia {
    let mut reader = Reader::new(text, Place::File(source, 0));
    reader.seen = Some(Box::default());
    recover::file(&mut reader);
    let mut seen = reader.seen.take().unwrap_or_default();
    seen.texts.sort_unstable_by_key(|range| range.start);
    seen.runs.sort_unstable_by_key(|range| range.start);
    let place = |range: Range<usize>| Span::new(source, range.start, range.end);
    Trivia {
        comments: seen.comments.into_iter().map(place).collect(),
        texts: seen.texts.into_iter().map(place).collect(),
        runs: seen.runs.into_iter().map(place).collect(),
    }
}

/// What was met that is no part of the tree.
#[derive(Default)]
pub(super) struct Seen {
    comments: Vec<Range<usize>>,
    pub(super) texts: Vec<Range<usize>>,
    pub(super) runs: Vec<Range<usize>>,
}

impl Seen {
    /// Adds a comment, once: the reader looks ahead.
    pub(super) fn comment(&mut self, range: Range<usize>) {
        if self.comments.last().is_none_or(|last| last.end <= range.start) {
            self.comments.push(range);
        }
    }

    /// Drops what was met from this offset on.
    pub(super) fn forget(&mut self, from: usize) {
        for ranges in [&mut self.comments, &mut self.texts, &mut self.runs] {
            while ranges.pop_if(|range| range.start >= from).is_some() {}
        }
    }
}

impl Reader<'_> {
    /// Notes that a part is not read, and reads the comments at its end.
    pub(super) fn note_unread(&mut self, part: Range<usize>) {
        if self.seen.is_none() {
            return;
        }
        let comments = part.end - last_comments(self.written(part.start, part.end));
        self.note_text(part.start..comments);
        self.at = comments;
        self.blank_lines();
    }
}

/// The length of the comments at the end of a text, on lines of their own.
fn last_comments(text: &str) -> usize {
    let is_comment = |line: &&str| {
        let line = line.trim_start();
        line.is_empty() || line.starts_with('#') || line.starts_with("//")
    };
    text.split_inclusive('\n').rev().take_while(is_comment).map(str::len).sum()
}
