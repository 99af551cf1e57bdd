//! Where a text has code, and how far a statement reaches.

use crate::parse::Trivia;
use crate::source::Span;

#[derive(Clone, Copy, Debug, Default)]
struct Line {
    /// Whether there is anything but blanks and comments.
    code: bool,
    /// HCL: how many brackets and heredocs are open at the end.
    depth: usize,
    /// YAML: the column of the first character.
    indent: usize,
    /// YAML: whether it begins with a dash.
    item: bool,
    /// YAML: whether it continues a scalar of a line before.
    continues: bool,
}

/// What a byte of a text belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Code,
    Text,
    Comment,
}

/// What each line of a text holds.
#[derive(Debug)]
pub(super) struct Layout {
    lines: Vec<Line>,
    indented: bool,
}

impl Layout {
    pub(super) fn has_code(&self, line: usize) -> bool {
        self.lines.get(line).is_some_and(|line| line.code)
    }

    /// Whether a line goes on with a text that began before it.
    pub(super) fn continues(&self, line: usize) -> bool {
        self.lines.get(line).is_some_and(|line| line.continues)
    }

    pub(super) fn next_code(&self, line: usize) -> Option<usize> {
        (line + 1..self.lines.len()).find(|line| self.has_code(*line))
    }

    pub(super) fn previous_code(&self, line: usize) -> Option<usize> {
        (0..line).rev().find(|line| self.has_code(*line))
    }

    /// The first and last line of the statement that begins on a line: all that is open at its end or, in YAML,
    /// deeper than it.
    pub(super) fn statement(&self, first: usize) -> (usize, usize) {
        let last = if self.indented { self.last_indented(first) } else { self.last_open(first) };
        (first, last)
    }

    fn last_open(&self, first: usize) -> usize {
        let depth = |line: usize| self.lines.get(line).map_or(0, |line| line.depth);
        let before = first.checked_sub(1).map_or(0, depth);
        (first..self.lines.len()).find(|line| depth(*line) <= before).unwrap_or(self.lines.len())
    }

    fn last_indented(&self, first: usize) -> usize {
        let Some(start) = self.lines.get(first) else { return first };
        let belongs = |line: &Line| {
            !line.code
                || line.continues
                || line.indent > start.indent
                || (line.item && !start.item && line.indent == start.indent)
        };
        let after = self.lines.iter().skip(first + 1).take_while(|line| belongs(line)).count();
        let last = first + after;
        // Blank lines and comments at the end belong to what follows.
        (first..=last).rev().find(|line| self.has_code(*line)).unwrap_or(first)
    }

    /// The lines of a text; statements reach as far as what is deeper when `indented`, else as brackets are open.
    pub(super) fn new(text: &str, trivia: &Trivia, indented: bool) -> Self {
        let mut parts = vec![Part::Code; text.len()];
        mark(&mut parts, &trivia.texts, Part::Text);
        mark(&mut parts, &trivia.comments, Part::Comment);
        let mut runs = vec![false; text.len()];
        mark(&mut runs, &trivia.runs, true);
        let is_run = |at: usize| runs.get(at).copied().unwrap_or_default();

        let (mut lines, mut start, mut open) = (Vec::new(), 0, 0_usize);
        for written in text.split_inclusive('\n') {
            let end = start + written.len();
            let (content, mut code) = (written.trim_end(), false);
            for (byte, part) in content.bytes().zip(parts.iter().skip(start)) {
                code |= !byte.is_ascii_whitespace() && *part != Part::Comment;
                match byte {
                    b'{' | b'[' | b'(' if *part == Part::Code => open += 1,
                    b'}' | b']' | b')' if *part == Part::Code => open = open.saturating_sub(1),
                    _ => {}
                }
            }
            let indent = content.len() - content.trim_start_matches(' ').len();
            let rest = content.get(indent..).unwrap_or_default();
            lines.push(Line {
                code,
                // A line end within a heredoc leaves it open.
                depth: open + usize::from(is_run(end.saturating_sub(1))),
                indent,
                item: rest == "-" || rest.starts_with("- "),
                continues: start > 0 && is_run(start - 1),
            });
            start = end;
        }
        Self { lines, indented }
    }
}

fn mark<T: Copy>(parts: &mut [T], spans: &[Span], part: T) {
    for span in spans {
        if let Some(marked) = parts.get_mut(span.range()) {
            marked.fill(part);
        }
    }
}
