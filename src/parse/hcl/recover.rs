//! Files in which something is wrong, and what can be read of them nevertheless.
//!
//! What is wrong is often found far behind where it is: an open brace takes the rest of the file into its block. But people
//! write blocks so that their first words stand below one another. So a file that is not read as a whole is cut there, each
//! part is read alone, and one with something wrong in it is left out.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::reader::Reader;
use crate::diagnostic::Problem;
use crate::source::Span;

/// Reads a file; what is read lies on the stacks.
pub(super) fn file(reader: &mut Reader<'_>) {
    reader.skip_mark();
    let start = reader.at;
    if reader.top().is_ok() {
        return;
    }
    let failed = reader.item_start;
    let parts = parts(reader.text, start);
    let first = parts.partition_point(|part| part.end <= failed);
    for (index, part) in parts.into_iter().enumerate().skip(first) {
        // What is read before may reach into the first part.
        if index == first {
            reader.forget(part.start);
        }
        self::part(reader, part.start.max(reader.read_end())..part.end);
    }
}

fn part(reader: &mut Reader<'_>, part: Range<usize>) {
    reader.bytes = reader.text.as_bytes().get(..part.end).unwrap_or_default();
    reader.at = part.start;
    if reader.top().is_err() {
        reader.forget(part.start);
        reader.problems.extend(reader.failure.take());
        reader.note_unread(part);
    }
}

impl Reader<'_> {
    /// Goes past a byte order mark.
    pub(super) fn skip_mark(&mut self) {
        self.at = if self.text.starts_with('\u{feff}') { 3 } else { 0 };
    }

    /// The problem that was met first and costs something of the text, or one at this place.
    pub(super) fn first_problem(&mut self, span: Span) -> Problem {
        let met = self.failure.take().or_else(|| self.problems.iter().find(|problem| problem.lost).cloned());
        met.unwrap_or_else(|| Problem::new(span, "this is not HCL"))
    }

    /// Drops what was read from this offset of a file on.
    fn forget(&mut self, from: usize) {
        let is_behind = |span: Span| span.start as usize >= from;
        while self.problems.pop_if(|problem| is_behind(problem.span)).is_some() {}
        while self.stacks.attributes.pop_if(|attribute| is_behind(attribute.name.span)).is_some() {}
        while self.stacks.blocks.pop_if(|block| is_behind(block.span)).is_some() {}
        self.stacks.clear_inner();
        if let Some(seen) = &mut self.seen {
            seen.forget(from);
        }
    }

    /// Where what was read ends.
    fn read_end(&self) -> usize {
        let block = self.stacks.blocks.last().map_or(0, |block| block.span.end);
        let attribute = self.stacks.attributes.last().map_or(0, |attribute| attribute.value.span.end);
        block.max(attribute) as usize
    }
}

/// Cuts a file before each line that begins, but not inside of a heredoc, with a word in the column where top-level words
/// stand: the first one, or that of the first word.
fn parts(text: &str, start: usize) -> Vec<Range<usize>> {
    let lines: Vec<(usize, &str)> = text
        .get(start..)
        .unwrap_or_default()
        .split_inclusive('\n')
        .scan(start, |at, line| {
            let begin = *at;
            *at += line.len();
            Some((begin, line))
        })
        .collect();
    let starts = outside_of_heredocs(&lines);
    let column = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let words = starts.iter().filter(|(_, line)| begins_word(line.trim_start_matches([' ', '\t'])));
    let words: Vec<(usize, usize)> = words.map(|(at, line)| (*at, column(line))).collect();
    let is_at_first = words.iter().any(|(_, column)| *column == 0);
    let wanted = if is_at_first { 0 } else { words.first().map_or(0, |(_, column)| *column) };
    let mut cuts: Vec<usize> =
        words.into_iter().filter(|(_, column)| *column == wanted).map(|(at, _)| at).collect();
    if let Some(first) = cuts.first_mut() {
        *first = start;
    } else {
        cuts.push(start);
    }
    let next = cuts.iter().skip(1).copied().chain([text.len()]);
    cuts.iter().copied().zip(next).map(|(from, to)| from..to).collect()
}

fn begins_word(line: &str) -> bool {
    line.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// The lines that do not stand inside of a heredoc.
fn outside_of_heredocs<'t>(lines: &[(usize, &'t str)]) -> Vec<(usize, &'t str)> {
    let mut ends: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (index, (_, line)) in lines.iter().enumerate() {
        ends.entry(line.trim()).or_default().push(index);
    }
    let mut outside = Vec::new();
    let mut index = 0;
    while let Some((at, line)) = lines.get(index) {
        outside.push((*at, *line));
        let end = marker(line)
            .and_then(|name| ends.get(name))
            .and_then(|found| found.get(found.partition_point(|end| *end <= index)));
        index = end.map_or(index, |end| *end) + 1;
    }
    outside
}

/// The marker of a heredoc that begins on this line.
fn marker(line: &str) -> Option<&str> {
    let (_, after) = line.rsplit_once("<<")?;
    let name = after.strip_prefix('-').unwrap_or(after).trim_end();
    let word = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-');
    (!name.is_empty() && name.chars().all(word)).then_some(name)
}
