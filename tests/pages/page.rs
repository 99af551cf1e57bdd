//! Reading a page: its examples, and the marks in them.

use std::ops::Range;

use super::common::{Files, Finding, Outcome, Said, UNRESOLVED, run, run_with};
use trustlint::Profile;

/// The sections whose code blocks are run: the two examples of the first screen, and all others.
pub(crate) const SECTIONS: [&str; 4] = ["Reported", "Accepted", "More reported", "More accepted"];

/// Rules that speak in the audit profile only.
const AUDITED: [&str; 2] = ["snapshot-differs", UNRESOLVED];

/// Checks an example on the page of a rule.
pub(crate) fn run_for(rule: &str, files: &Files) -> Outcome {
    if AUDITED.contains(&rule) { run_with(files, Profile::Audit) } else { run(files) }
}

/// An example: a heading with files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Case {
    pub(crate) section: String,
    pub(crate) heading: String,
    pub(crate) blocks: Vec<Block>,
    /// Files of an earlier example that belong to this one, too.
    pub(crate) borrowed: Files,
    /// The lines of the `expect` block, fences included.
    pub(crate) expect: Option<Range<usize>>,
    pub(crate) marks: Vec<Mark>,
}

/// A file of an example.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) path: String,
    /// The lines of the page that are the file, without the fences.
    pub(crate) lines: Range<usize>,
    pub(crate) text: Vec<Line>,
}

/// A line of code, and the marks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    /// The line without marks.
    pub(crate) code: String,
    /// The mark at its end, as it is written.
    pub(crate) inline: Option<String>,
    /// The spaces before that mark.
    pub(crate) gap: usize,
    /// Whether marks stand above it.
    pub(crate) above: bool,
}

/// What must be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) path: String,
    /// The line in the file with its marks, and the one without, both from 1.
    pub(crate) line: usize,
    pub(crate) clean: usize,
    pub(crate) what: What,
}

/// The kinds of marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// `# error: [rule] "text"`, and `# message: …` and `# help: …` below it.
    Finding { written: String, message: Option<String>, help: Option<String> },
    /// `# other: "text" label`: a further place of a finding.
    Other(String),
}

impl Mark {
    /// The finding that is expected here; `None` when it is a mark of a further place.
    pub(crate) fn finding(&self) -> Option<Finding> {
        let What::Finding { written, .. } = &self.what else { return None };
        let line = format!("{}:{} {written}", self.path, self.line);
        Some(Finding::parse(&line).unwrap_or_else(|| panic!("no mark: {line}")))
    }
}

/// Reads the examples of a page.
pub(crate) fn cases(page: &str) -> Vec<Case> {
    let lines: Vec<&str> = page.lines().collect();
    let mut found: Vec<Case> = Vec::new();
    let mut path: Option<String> = None;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if let Some(section) = line.strip_prefix("## ") {
            found.push(Case { section: section.to_owned(), ..Case::default() });
        } else if let (Some(heading), Some(last)) = (line.strip_prefix("### "), found.last()) {
            let section = last.section.clone();
            found.push(Case { section, heading: heading.to_owned(), ..Case::default() });
        } else if let Some(name) = line.strip_prefix('`').and_then(|rest| rest.strip_suffix("`:")) {
            path = Some(name.to_owned());
        } else if let Some(names) =
            line.strip_prefix("With ").and_then(|rest| rest.strip_suffix(" as above."))
        {
            let borrowed = names.split('`').skip(1).step_by(2).map(|name| borrowed(&found, name)).collect();
            found.last_mut().unwrap().borrowed = borrowed;
        } else if let Some(language) = line.strip_prefix("```") {
            let end = at + lines[at..].iter().position(|line| *line == "```").unwrap();
            if let Some(case) = found.last_mut().filter(|case| SECTIONS.contains(&case.section.as_str())) {
                add_block(case, language, path.take(), &lines, at..end);
            }
            at = end + 1;
        }
    }
    found.retain(|case| !case.blocks.is_empty());
    found
}

/// A file of the examples so far.
fn borrowed(found: &[Case], name: &str) -> (String, String) {
    let block = found.iter().rev().flat_map(|case| &case.blocks).find(|block| block.path == name);
    let block = block.unwrap_or_else(|| panic!("no file `{name}` stands above"));
    let code = block.text.iter().flat_map(|line| [line.code.as_str(), "\n"]);
    (name.to_owned(), code.collect())
}

fn add_block(case: &mut Case, language: &str, path: Option<String>, lines: &[&str], range: Range<usize>) {
    let text = &lines[range.clone()];
    match (language, path) {
        ("expect", None) => {
            case.marks.extend(expectations(text));
            case.expect = Some(range.start - 1..range.end + 1);
        }
        (_, Some(path)) => {
            let earlier = case.blocks.iter().any(|block| block.path == path);
            assert!(!earlier, "{}: a file occurs twice", case.heading);
            let (text, marks) = scan(&path, text);
            case.marks.extend(marks);
            case.blocks.push(Block { path, lines: range, text });
        }
        (_, None) => panic!("{}: a code block has no path:\n{}", case.heading, text.join("\n")),
    }
}

/// The marks of an `expect` block, for files that have no comments.
fn expectations(text: &[&str]) -> Vec<Mark> {
    let mut found: Vec<Mark> = Vec::new();
    for line in text.iter().filter(|line| !line.is_empty()) {
        if let Some((word, text)) = line.strip_prefix("  ").and_then(|rest| rest.split_once(": ")) {
            add_words(&mut found, word, text);
            continue;
        }
        let read = line.split_once(' ').and_then(|(place, written)| {
            let (path, line) = place.rsplit_once(':')?;
            let line = line.parse().ok()?;
            let what = match written.strip_prefix("other ") {
                Some(other) => What::Other(other.to_owned()),
                None => What::Finding { written: written.to_owned(), message: None, help: None },
            };
            Some(Mark { path: path.to_owned(), line, clean: line, what })
        });
        found.push(read.unwrap_or_else(|| panic!("no expectation: {line}")));
    }
    found
}

/// Adds a message or a help to the last finding that is marked.
fn add_words(found: &mut [Mark], word: &str, text: &str) {
    let last = found.iter_mut().rev().find_map(|mark| match &mut mark.what {
        What::Finding { message, help, .. } => Some((message, help)),
        What::Other(_) => None,
    });
    let Some((message, help)) = last else { panic!("`{word}: {text}` follows no mark of a finding") };
    let place = if word == "message" { message } else { help };
    assert!(place.is_none(), "`{word}: {text}` is the second one of its finding");
    *place = Some(text.to_owned());
}

/// The lines of a file without marks, and the marks.
pub(crate) fn scan(path: &str, text: &[&str]) -> (Vec<Line>, Vec<Mark>) {
    let (mut lines, mut marks): (Vec<Line>, Vec<Mark>) = (Vec::new(), Vec::new());
    let mut waiting = Vec::new();
    for (number, line) in (1..).zip(text) {
        let found = comment(line);
        let (code, inline) = match &found {
            Some((before, word, text)) if before.trim().is_empty() => {
                match *word {
                    "message" | "help" => add_words(&mut marks, word, text),
                    _ => {
                        waiting.push(marks.len());
                        marks.push(Mark { path: path.to_owned(), line: 0, clean: 0, what: what(word, text) });
                    }
                }
                continue;
            }
            Some((before, word, text)) => {
                waiting.push(marks.len());
                marks.push(Mark { path: path.to_owned(), line: 0, clean: 0, what: what(word, text) });
                (*before, Some(format!("{word}: {text}")))
            }
            None => (*line, None),
        };
        let above = waiting.len() > usize::from(inline.is_some());
        let short = if inline.is_some() { code.trim_end() } else { code };
        lines.push(Line { code: short.to_owned(), inline, gap: code.len() - short.len(), above });
        for index in waiting.drain(..) {
            (marks[index].line, marks[index].clean) = (number, lines.len());
        }
    }
    assert!(waiting.is_empty(), "{path}: a mark stands after the last line");
    (lines, marks)
}

fn what(word: &str, text: &str) -> What {
    match word {
        "other" => What::Other(text.to_owned()),
        _ => What::Finding { written: format!("{word} {text}"), message: None, help: None },
    }
}

/// The code before a mark, its word, and its text; `None` when the line has none.
fn comment(line: &str) -> Option<(&str, &'static str, &str)> {
    const WORDS: [(&str, &[char]); 6] = [
        ("error", &['[']),
        ("warning", &['[']),
        ("info", &['[']),
        ("other", &['[', '"']),
        ("message", &[]),
        ("help", &[]),
    ];
    WORDS.iter().find_map(|(word, opening)| {
        let (before, text) = line.split_once(&format!("# {word}: "))?;
        let fits = if opening.is_empty() { before.trim().is_empty() } else { text.starts_with(*opening) };
        fits.then_some((before, *word, text.trim_end()))
    })
}

impl Case {
    /// The files as they are written, with their marks.
    pub(crate) fn files(&self, page: &str) -> Files {
        let lines: Vec<&str> = page.lines().collect();
        let written = self.blocks.iter().map(|block| {
            let text = lines[block.lines.clone()].iter().flat_map(|line| [*line, "\n"]).collect();
            (block.path.clone(), text)
        });
        self.borrowed.clone().into_iter().chain(written).collect()
    }
}

/// A further place as a mark says it: `"text" label`, with the rule in front when it is not that of the page. Of
/// several lines the first is shown.
pub(crate) fn other(said: &Said, place: usize, page: &str) -> String {
    let rule = &said.finding.rule;
    let place = &said.related[place];
    let rule = if rule == page { String::new() } else { format!("[{rule}] ") };
    let underlined = match place.underlined.split_once("\\n") {
        Some((first, _)) => format!("{}…", first.trim_end()),
        None => place.underlined.clone(),
    };
    format!("{rule}\"{underlined}\" {}", place.label).trim_end().to_owned()
}

/// Whether what is written stands for what was said; `…` stands for any text.
pub(crate) fn fits(written: &str, said: &str) -> bool {
    let mut parts = written.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = said.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        if let Some(middle) = last.replace(part) {
            let Some(at) = rest.find(middle) else { return false };
            rest = &rest[at + middle.len()..];
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

/// In what the further places and the words of an outcome differ from the marks of a page.
pub(crate) fn differences(marks: &[Mark], outcome: &Outcome, page: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut others: Vec<&Mark> = marks.iter().filter(|mark| mark.finding().is_none()).collect();
    let findings: Vec<&Mark> = marks.iter().filter(|mark| mark.finding().is_some()).collect();
    let judged = |said: &&Said| findings.iter().any(|mark| mark.finding().as_ref() == Some(&said.finding));
    let said: Vec<&Said> = outcome.findings.iter().filter(judged).collect();
    let mut unmarked = Vec::new();
    for said in &said {
        for (index, place) in said.related.iter().enumerate() {
            let line = format!("{}:{} other {}", place.path, place.line, other(said, index, page));
            let fits = |mark: &&Mark| stands_for(mark, said, index, page);
            if !marks.iter().any(|mark| fits(&mark)) && !unmarked.contains(&line) {
                unmarked.push(line);
            }
            others.retain(|mark| !fits(mark));
        }
    }
    lines.extend(unmarked.into_iter().map(|line| format!("not marked:   {line}")));
    lines.extend(
        others.iter().map(|mark| format!("not reported: {}:{} {:?}", mark.path, mark.line, mark.what)),
    );
    let mut left = said;
    for mark in findings {
        let Some(finding) = mark.finding() else { continue };
        let same = |said: &&Said| said.finding == finding;
        if let Some(at) = left.iter().position(|said| same(said) && words_fit(mark, said)) {
            left.remove(at);
        } else if let Some(said) = left.iter().find(|said| same(said)) {
            let help = said.help.as_deref().unwrap_or("none");
            lines.push(format!(
                "said:         {finding}\n      message: {}\n      help: {help}",
                said.message
            ));
        }
    }
    lines
}

/// Whether a mark is that of a further place.
fn stands_for(mark: &Mark, said: &Said, index: usize, page: &str) -> bool {
    let What::Other(written) = &mark.what else { return false };
    let place = &said.related[index];
    (&mark.path, mark.line) == (&place.path, place.line) && is_other(written, said, index, page)
}

/// Whether what is written says a further place; its label may be left out.
pub(crate) fn is_other(written: &str, said: &Said, index: usize, page: &str) -> bool {
    let whole = other(said, index, page);
    let bare = whole.strip_suffix(&said.related[index].label).unwrap_or(&whole).trim_end();
    fits(written, &whole) || written == bare
}

/// Whether the message and the help that are marked are those of a finding.
pub(crate) fn words_fit(mark: &Mark, said: &Said) -> bool {
    let What::Finding { message, help, .. } = &mark.what else { return false };
    message.as_ref().is_none_or(|written| fits(written, &said.message))
        && help.as_ref().is_none_or(|written| said.help.as_ref().is_some_and(|help| fits(written, help)))
}
