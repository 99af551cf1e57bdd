//! Writing the marks of a page as they would be right. All else on the page stays.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use super::common::{Files, Finding, Said};
use super::page::{Block, Case, Line, Mark, What, cases, differences, fits, is_other, other, run_for};

/// A new mark at the end of its line must leave it at most this long.
const WIDEST: usize = 160;

/// What one place of a file gets: a mark, and the words below it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    mark: String,
    words: Vec<String>,
}

/// The marks by path and line without marks.
type Entries = BTreeMap<(String, usize), Vec<Entry>>;

/// The page with right marks.
pub(crate) fn blessed(page: &str, rule: &str, wants_words: &dyn Fn(&Case, &Finding) -> bool) -> String {
    let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
    // From the last to the first, so that the lines above keep their numbers.
    for case in cases(page).iter().rev() {
        let entries = entries(case, rule, wants_words);
        let all: BTreeSet<&str> = case.blocks.iter().map(|block| block.path.as_str()).collect();
        let is_json = |path: &&str| Path::new(path).extension().is_some_and(|it| it == "json");
        let without_comments = all.iter().copied().filter(is_json).collect();
        // A comment inside a string is no comment: then all marks of the example stand below it.
        let written = [without_comments, all].iter().find_map(|beside| {
            let written = Written::new(case, &entries, beside);
            written.holds(case, rule).then_some(written)
        });
        let written = written.unwrap_or_else(|| panic!("{rule}: {}: cannot be marked", case.heading));
        written.put(case, &mut lines);
    }
    lines.into_iter().flat_map(|line| [line, "\n".to_owned()]).collect()
}

/// The marks that an example should have.
fn entries(case: &Case, page: &str, wants_words: &dyn Fn(&Case, &Finding) -> bool) -> Entries {
    let mut found = Entries::new();
    let outcome = run_for(page, &clean_files(case));
    for said in &outcome.findings {
        let finding = &said.finding;
        let marked: Vec<&Mark> = case.marks.iter().filter(|mark| marks_finding(mark, finding)).collect();
        let place = found.entry((finding.path.clone(), finding.line)).or_default();
        let words = words(&marked, said, wants_words(case, finding));
        let Finding { severity, rule, underlined, .. } = finding;
        place.push(Entry { mark: format!("{severity}: [{rule}] \"{underlined}\""), words });
        for (index, at) in said.related.iter().enumerate() {
            let whole = other(said, index, page);
            let kept = case.marks.iter().find_map(|mark| match &mark.what {
                What::Other(written) if (&mark.path, mark.clean) == (&at.path, at.line) => {
                    is_other(written, said, index, page).then(|| written.clone())
                }
                _ => None,
            });
            let entry = Entry { mark: format!("other: {}", kept.unwrap_or(whole)), words: Vec::new() };
            let place = found.entry((at.path.clone(), at.line)).or_default();
            if !place.contains(&entry) {
                place.push(entry);
            }
        }
    }
    // Findings before further places.
    for entries in found.values_mut() {
        entries.sort_by_key(|entry| entry.mark.starts_with("other"));
    }
    found
}

/// Whether a mark meant this finding, whatever its severity was.
fn marks_finding(mark: &Mark, finding: &Finding) -> bool {
    let marked =
        mark.finding().is_some_and(|it| (&it.rule, &it.underlined) == (&finding.rule, &finding.underlined));
    marked && (&mark.path, mark.clean) == (&finding.path, finding.line)
}

/// The lines with the message and the help of a finding: those that were marked, or all that are asked for.
fn words(marked: &[&Mark], said: &Said, wanted: bool) -> Vec<String> {
    let line = |word: &str, of: &dyn Fn(&What) -> Option<String>, said: Option<&String>| {
        let said = said?;
        let written: Vec<String> = marked.iter().filter_map(|mark| of(&mark.what)).collect();
        // A mark that stands for anything waits to be written.
        let kept = written.iter().find(|written| *written != "…" && fits(written, said));
        (wanted || !written.is_empty()).then(|| format!("{word}: {}", kept.unwrap_or(said)))
    };
    let message = |what: &What| match what {
        What::Finding { message, .. } => message.clone(),
        What::Other(_) => None,
    };
    let help = |what: &What| match what {
        What::Finding { help, .. } => help.clone(),
        What::Other(_) => None,
    };
    let message = line("message", &message, Some(&said.message));
    message.into_iter().chain(line("help", &help, said.help.as_ref())).collect()
}

/// The files without marks.
fn clean_files(case: &Case) -> Files {
    let text = |block: &Block| block.text.iter().flat_map(|line| [line.code.as_str(), "\n"]).collect();
    let own = case.blocks.iter().map(|block| (block.path.clone(), text(block)));
    case.borrowed.clone().into_iter().chain(own).collect()
}

/// An example with its marks.
struct Written {
    /// The lines of each block.
    blocks: Vec<Vec<String>>,
    /// The lines of the `expect` block.
    expect: Vec<String>,
}

impl Written {
    fn new(case: &Case, entries: &Entries, beside: &BTreeSet<&str>) -> Self {
        let mut blocks = Vec::new();
        let mut expect = Vec::new();
        for block in &case.blocks {
            let of = |line: usize| entries.get(&(block.path.clone(), line)).map_or(&[][..], Vec::as_slice);
            let mut lines = Vec::new();
            for (number, line) in (1..).zip(&block.text) {
                if beside.contains(block.path.as_str()) {
                    lines.push(line.code.clone());
                    expect
                        .extend(of(number).iter().flat_map(|entry| expectation(&block.path, number, entry)));
                } else {
                    lines.extend(marked(line, of(number)));
                }
            }
            blocks.push(lines);
        }
        let own = |path: &String| case.blocks.iter().any(|block| &block.path == path);
        for ((path, line), entries) in entries.iter().filter(|((path, _), _)| !own(path)) {
            expect.extend(entries.iter().flat_map(|entry| expectation(path, *line, entry)));
        }
        Self { blocks, expect }
    }

    /// The part of the page that this is, as a page.
    fn page(&self, case: &Case) -> String {
        let mut page = format!("## {}\n", case.section);
        for (block, lines) in case.blocks.iter().zip(&self.blocks) {
            _ = writeln!(page, "`{}`:\n```x\n{}\n```", block.path, lines.join("\n"));
        }
        if !self.expect.is_empty() {
            _ = writeln!(page, "```expect\n{}\n```", self.expect.join("\n"));
        }
        page
    }

    /// Whether the same is found when the marks are there, each where it is marked.
    fn holds(&self, case: &Case, rule: &str) -> bool {
        let page = self.page(case);
        let mut cases = cases(&page);
        let Some(mut written) = cases.pop() else { return false };
        written.borrowed.clone_from(&case.borrowed);
        let outcome = run_for(rule, &written.files(&page));
        let expected: Vec<Finding> = written.marks.iter().filter_map(Mark::finding).collect();
        super::common::differences(&expected, &outcome, &[]).is_empty()
            && differences(&written.marks, &outcome, rule).is_empty()
    }

    fn put(self, case: &Case, lines: &mut Vec<String>) {
        let fenced = |lines: &[String]| {
            let fences = ["```expect".to_owned(), "```".to_owned()];
            let [open, close] = fences;
            [open].into_iter().chain(lines.iter().cloned()).chain([close]).collect::<Vec<_>>()
        };
        match (&case.expect, self.expect.is_empty()) {
            (Some(range), false) => drop(lines.splice(range.clone(), fenced(&self.expect))),
            // With the empty line above it.
            (Some(range), true) => drop(lines.drain(range.start - 1..range.end)),
            (None, false) => {
                let after = case.blocks.iter().map(|block| block.lines.end + 1).max().unwrap_or_default();
                let added = [String::new()].into_iter().chain(fenced(&self.expect));
                lines.splice(after..after, added);
            }
            (None, true) => {}
        }
        for (block, written) in case.blocks.iter().zip(self.blocks).rev() {
            lines.splice(block.lines.clone(), written);
        }
    }
}

/// A mark as a line of an `expect` block.
fn expectation(path: &str, line: usize, entry: &Entry) -> Vec<String> {
    let mark = entry.mark.replacen(": ", " ", 1);
    let words = entry.words.iter().map(|words| format!("  {words}"));
    [format!("{path}:{line} {mark}")].into_iter().chain(words).collect()
}

/// A line with its marks: one at its end if it had one there or is short enough, the others above it.
fn marked(line: &Line, entries: &[Entry]) -> Vec<String> {
    let indent: String = line.code.chars().take_while(|char| *char == ' ').collect();
    let short = |entry: &Entry| line.code.chars().count() + entry.mark.chars().count() <= WIDEST;
    let inline = match (&line.inline, line.above) {
        (Some(written), _) => {
            let same = entries.iter().position(|entry| &entry.mark == written);
            same.or_else(|| entries.len().checked_sub(1))
        }
        (None, false) if entries.len() == 1 => entries.iter().position(short),
        (None, _) => None,
    };
    let comment = |text: &String| format!("{indent}# {text}");
    let above = entries.iter().enumerate().filter(|(at, _)| Some(*at) != inline);
    let above = above.flat_map(|(_, entry)| [&entry.mark].into_iter().chain(&entry.words).map(comment));
    let mut lines: Vec<String> = above.collect();
    match inline.and_then(|at| entries.get(at)) {
        Some(entry) => {
            let gap = " ".repeat(line.gap.max(1));
            lines.push(format!("{}{gap}# {}", line.code, entry.mark));
            lines.extend(entry.words.iter().map(comment));
        }
        None => lines.push(line.code.clone()),
    }
    lines
}
