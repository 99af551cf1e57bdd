//! The lines of a page, with the marks of the code taken apart from it.

use super::Extent;

/// The sections of the first screen: why, how to fix, and one example of each kind.
const FIRST_SCREEN: [&str; 4] = ["Why it matters", "How to fix", "Reported", "Accepted"];

/// A line of a page, as it is shown.
#[derive(Debug)]
pub(super) enum Line<'a> {
    Prose(&'a str),
    /// Begins or ends code.
    Fence(&'a str),
    Code(&'a str, Vec<Mark<'a>>),
}

/// What must be said about a line of code.
#[derive(Debug)]
pub(super) struct Mark<'a> {
    /// `error`, `warning`, `info` or `other`.
    pub(super) word: &'a str,
    /// `[rule] "text"`, or `"text" label`.
    pub(super) text: &'a str,
    pub(super) message: Option<&'a str>,
    pub(super) help: Option<&'a str>,
}

/// The words that begin a mark, and what follows them.
const WORDS: [(&str, &[char]); 6] = [
    ("error", &['[']),
    ("warning", &['[']),
    ("info", &['[']),
    ("other", &['[', '"']),
    ("message", &[]),
    ("help", &[]),
];

/// The code before a mark, its word, and its text; `None` when the line has none.
fn mark(line: &str) -> Option<(&str, &'static str, &str)> {
    WORDS.iter().find_map(|(word, opening)| {
        let (before, text) = line.split_once(&format!("# {word}: "))?;
        let alone = before.trim().is_empty();
        let fits = if opening.is_empty() { alone } else { text.starts_with(*opening) };
        fits.then_some((before.trim_end(), *word, text.trim_end()))
    })
}

/// The lines of a part of the page.
pub(super) fn lines(page: &str, extent: Extent) -> Vec<Line<'_>> {
    let all: Vec<&str> = page.lines().collect();
    let is_rest = |line: &&str| line.strip_prefix("## ").is_some_and(|title| !FIRST_SCREEN.contains(&title));
    let end = all.iter().position(is_rest).unwrap_or(all.len());
    let (first, rest) = all.split_at_checked(end).unwrap_or_default();
    let title = first.get(..2).unwrap_or_default();
    let part: Vec<&str> = match extent {
        Extent::FirstScreen => first.to_vec(),
        Extent::Rest => title.iter().chain(rest).copied().collect(),
    };
    let mut reader = Reader::default();
    for (index, line) in part.iter().enumerate() {
        reader.line(line, part.get(index + 1..).unwrap_or_default());
    }
    while reader.shown.last().is_some_and(|line| matches!(line, Line::Prose(""))) {
        reader.shown.pop();
    }
    reader.shown
}

/// Reads lines one after the other.
#[derive(Default)]
struct Reader<'a> {
    shown: Vec<Line<'a>>,
    /// The file that the next block holds.
    path: &'a str,
    /// Inside code: the marks that an `expect` block has for this file, with their lines.
    expected: Option<Vec<(usize, Mark<'a>)>>,
    /// Inside an `expect` block.
    skips: bool,
    /// The number of the line of code.
    number: usize,
    /// Marks that stand above their line.
    waiting: Vec<Mark<'a>>,
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str, after: &[&'a str]) {
        let fence = line.strip_prefix("```");
        match (self.skips, &mut self.expected, fence) {
            (true, ..) => self.skips = fence != Some(""),
            (false, None, Some("expect")) => self.skips = true,
            (false, None, Some(_)) => {
                self.expected = Some(expectations(after, self.path));
                self.number = 0;
                self.shown.push(Line::Fence(line));
            }
            (false, None, None) => {
                if let Some(path) = line.strip_prefix('`').and_then(|rest| rest.strip_suffix("`:")) {
                    self.path = path;
                }
                if !(line.is_empty() && matches!(self.shown.last(), Some(Line::Prose("")))) {
                    self.shown.push(Line::Prose(line));
                }
            }
            (false, Some(_), Some("")) => {
                self.expected = None;
                self.shown.push(Line::Fence(line));
            }
            (false, Some(_), _) => self.code(line),
        }
    }

    fn code(&mut self, line: &'a str) {
        self.number += 1;
        let code = match mark(line) {
            Some(("", "message", text)) => return self.words(|mark| mark.message = Some(text)),
            Some(("", "help", text)) => return self.words(|mark| mark.help = Some(text)),
            Some((code, word, text)) => {
                self.waiting.push(Mark { word, text, message: None, help: None });
                if code.is_empty() {
                    return;
                }
                code
            }
            None => line,
        };
        let mut marks = std::mem::take(&mut self.waiting);
        let number = self.number;
        if let Some(expected) = &mut self.expected {
            marks.extend(expected.extract_if(.., |(line, _)| *line == number).map(|(_, mark)| mark));
        }
        self.shown.push(Line::Code(code, marks));
    }

    /// Adds words to the last finding that is marked.
    fn words(&mut self, add: impl FnOnce(&mut Mark<'a>)) {
        let shown = self.shown.iter_mut().flat_map(|line| match line {
            Line::Code(_, marks) => marks.as_mut_slice(),
            Line::Prose(_) | Line::Fence(_) => &mut [],
        });
        let mut marks = shown.chain(&mut self.waiting);
        if let Some(mark) = marks.rfind(|mark| mark.word != "other") {
            add(mark);
        }
    }
}

/// The marks of the next `expect` block that are about a file.
fn expectations<'a>(after: &[&'a str], path: &str) -> Vec<(usize, Mark<'a>)> {
    let example = after.iter().take_while(|line| !line.starts_with("## ") && !line.starts_with("### "));
    let block = example.skip_while(|line| **line != "```expect").skip(1).take_while(|line| **line != "```");
    let mut found: Vec<(usize, Mark<'a>)> = Vec::new();
    let mut own = false;
    for line in block {
        if let Some((word, text)) = line.strip_prefix("  ").and_then(|words| words.split_once(": ")) {
            let last = found.iter_mut().rfind(|(_, mark)| mark.word != "other").filter(|_| own);
            match (last, word) {
                (Some((_, mark)), "message") => mark.message = Some(text),
                (Some((_, mark)), "help") => mark.help = Some(text),
                _ => {}
            }
            continue;
        }
        let read = line.strip_prefix(path).and_then(|rest| rest.strip_prefix(':')).and_then(|rest| {
            let (number, rest) = rest.split_once(' ')?;
            let (word, text) = rest.split_once(' ')?;
            Some((number.parse().ok()?, Mark { word, text, message: None, help: None }))
        });
        own = read.is_some();
        found.extend(read);
    }
    found
}
