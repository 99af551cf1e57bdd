//! Where a text has code and where it has comments, and how far a statement reaches.
//!
//! Not a parser: it must also work on files that do not parse. It knows just enough to tell a comment from a `#`
//! inside a string, heredoc or block scalar.

mod hcl;
mod yaml;

/// A comment.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Comment {
    /// The line, from 0.
    pub(super) line: usize,
    /// The first byte.
    pub(super) start: usize,
    /// One past the last byte, without the line end.
    pub(super) end: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Line {
    /// Whether there is anything but blanks and comments.
    code: bool,
    /// HCL: how many brackets are open at the end; also inside a string or heredoc.
    depth: usize,
    /// YAML: the column of the first character.
    indent: usize,
    /// YAML: whether it begins with a dash.
    item: bool,
    /// YAML: whether it continues a scalar of a line before.
    continues: bool,
}

/// What each line of a text holds.
#[derive(Debug)]
pub(super) struct Layout {
    lines: Vec<Line>,
    pub(super) comments: Vec<Comment>,
    indented: bool,
}

impl Layout {
    pub(super) fn has_code(&self, line: usize) -> bool {
        self.lines.get(line).is_some_and(|line| line.code)
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

    /// Reads HCL: `#`, `//` and `/* */` comments, strings with templates, heredocs.
    pub(super) fn of_hcl(text: &str) -> Self {
        let mut state = hcl::State::default();
        Self::read(text, false, |line| state.line(line))
    }

    /// Reads YAML: `#` comments, quoted scalars, block scalars.
    pub(super) fn of_yaml(text: &str) -> Self {
        let mut state = yaml::State::default();
        Self::read(text, true, |line| state.line(line))
    }

    fn read(text: &str, indented: bool, mut line: impl FnMut(&str) -> (Line, Vec<usize>)) -> Self {
        let mut layout = Self { lines: Vec::new(), comments: Vec::new(), indented };
        let mut start = 0;
        for written in text.split_inclusive('\n') {
            let (read, comments) = line(written);
            let (number, end) = (layout.lines.len(), start + written.trim_end().len());
            let comment = |at| Comment { line: number, start: start + at, end: end.max(start + at) };
            layout.comments.extend(comments.into_iter().map(comment));
            layout.lines.push(read);
            start += written.len();
        }
        layout
    }
}
