//! The page of a rule, for readers.
//!
//! Pages are also tests: their code carries marks of what must be reported, each a comment. In Markdown they are
//! left out; as plain text they become underlines with what is said there.

mod read;

use std::fmt::Write as _;

use read::{Line, Mark, lines};

/// The widest that prose becomes.
const WIDEST: usize = 100;

/// Which part of a page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Why it matters, how to fix it, and two examples.
    FirstScreen,
    /// The title, and all that is not on the first screen.
    Rest,
}

/// A part of the page in Markdown, without marks.
pub fn markdown(page: &str, extent: Extent) -> String {
    lines(page, extent).into_iter().fold(String::new(), |text, line| {
        let (Line::Prose(line) | Line::Fence(line) | Line::Code(line, _)) = line;
        text + line + "\n"
    })
}

/// A part of the page as plain text: headings are underlined, code is indented, marked places are underlined with
/// what is said there, links show where they lead. Prose is wrapped to a width, when there is one.
pub fn plain(page: &str, extent: Extent, width: Option<usize>) -> String {
    let mut writer = Writer { rule: title(page), width, ..Writer::default() };
    for line in lines(page, extent) {
        match line {
            Line::Prose(line) => writer.prose(line),
            Line::Fence(_) => writer.flush(),
            Line::Code(code, marks) => writer.code(code, &marks),
        }
    }
    writer.flush();
    writer.text
}

fn title(page: &str) -> &str {
    page.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or_default()
}

/// Writes plain text.
#[derive(Default)]
struct Writer<'a> {
    /// The rule of the page.
    rule: &'a str,
    width: Option<usize>,
    /// A heading that is not written yet: that of its first example goes on the same line.
    section: Option<&'a str>,
    /// Lines of prose that belong together.
    paragraph: String,
    text: String,
}

impl<'a> Writer<'a> {
    fn prose(&mut self, line: &'a str) {
        if let Some(title) = line.strip_prefix("# ") {
            self.heading(title, "=");
        } else if let Some(title) = line.strip_prefix("## ") {
            self.flush();
            self.section = Some(title);
        } else if let Some(title) = line.strip_prefix("### ") {
            self.flush_paragraph();
            match self.section.take() {
                Some(section) => self.heading(&format!("{section}: {title}"), "-"),
                None => self.heading(title, "-"),
            }
        } else if line.is_empty() {
            self.flush_paragraph();
            if self.section.is_none() {
                self.line("");
            }
        } else if self.width.is_none() {
            self.flush();
            self.line(&links_shown(line));
        } else {
            if self.section.is_some() || line.starts_with("- ") {
                self.flush();
            }
            if !self.paragraph.is_empty() {
                self.paragraph.push(' ');
            }
            self.paragraph.push_str(line.trim());
        }
    }

    fn heading(&mut self, title: &str, rule: &str) {
        self.line(title);
        self.line(&rule.repeat(title.chars().count()));
    }

    /// Writes what is not written yet.
    fn flush(&mut self) {
        self.flush_paragraph();
        if let Some(section) = self.section.take() {
            self.heading(section, "-");
            self.line("");
        }
    }

    fn flush_paragraph(&mut self) {
        let paragraph = links_shown(&std::mem::take(&mut self.paragraph));
        if !paragraph.is_empty() {
            let hanging = if paragraph.starts_with("- ") { 2 } else { 0 };
            self.wrapped(&paragraph, 0, hanging);
        }
    }

    fn line(&mut self, line: &str) {
        self.text.extend([line, "\n"]);
    }

    /// Writes a text in lines, the first one and the others with their own indentation.
    fn wrapped(&mut self, text: &str, first: usize, others: usize) {
        let Some(width) = self.width else { return self.line(&format!("{}{text}", " ".repeat(first))) };
        let width = width.min(WIDEST);
        let mut line = " ".repeat(first);
        let mut used = first;
        for word in text.split_whitespace() {
            let length = word.chars().count();
            if !line.trim().is_empty() && used + 1 + length > width {
                self.line(&line);
                line = " ".repeat(others);
                used = others;
            } else if !line.trim().is_empty() {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
        self.line(&line);
    }

    fn code(&mut self, code: &str, marks: &[Mark<'_>]) {
        if code.is_empty() {
            return self.line("");
        }
        self.line(&format!("    {code}"));
        for mark in marks {
            self.mark(code, mark);
        }
    }

    /// Underlines a place, and says below it what is said there.
    fn mark(&mut self, code: &str, mark: &Mark<'_>) {
        let Some((rule, underlined, label)) = parts(mark.text, code) else { return };
        let Some((before, _)) = code.split_once(underlined) else { return };
        let other = mark.word == "other";
        let line = if other { "-" } else { "^" }.repeat(underlined.chars().count().max(1));
        let said = match (other, rule.filter(|rule| *rule != self.rule)) {
            (true, _) => label.to_owned(),
            (false, None) => mark.word.to_owned(),
            (false, Some(rule)) => format!("{}[{rule}]", mark.word),
        };
        let indent = before.chars().count() + 4;
        self.line(format!("{}{line} {said}", " ".repeat(indent)).trim_end());
        let indent = code.chars().take_while(|char| *char == ' ').count() + 4;
        let lines = [mark.message.map(str::to_owned), mark.help.map(|help| format!("help: {help}"))];
        for line in lines.into_iter().flatten() {
            self.wrapped(&format!("= {line}"), indent, indent + 2);
        }
    }
}

/// The rule, the underlined text and the label of a mark for a line of code.
fn parts<'a>(text: &'a str, code: &str) -> Option<(Option<&'a str>, &'a str, &'a str)> {
    let (rule, rest) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((rule, rest)) => (Some(rule), rest.trim_start()),
        None => (None, text),
    };
    let rest = rest.strip_prefix('"')?;
    // Both the text and the label may have quotes: the text is what the line has.
    let quotes = rest.match_indices('"').rev();
    let split = quotes.filter_map(|(at, _)| Some((rest.get(..at)?, rest.get(at + 1..)?)));
    let mut split = split.map(|(underlined, label)| (underlined.trim_end_matches('…'), label.trim()));
    let (underlined, label) = split.find(|(underlined, _)| code.contains(underlined))?;
    Some((rule, underlined, label))
}

/// The first paragraph below the title.
pub(super) fn lead(page: &str) -> String {
    let body = page.lines().skip_while(|line| line.starts_with('#') || line.is_empty());
    let paragraph: Vec<_> = body.take_while(|line| !line.is_empty() && !line.starts_with('#')).collect();
    paragraph.join(" ")
}

/// `[text](url)` as `text (url)`, `<url>` as `url`.
fn links_shown(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, (name, url, after))) = next_link(rest) {
        text.push_str(before);
        // Writing to a string cannot fail.
        _ = write!(text, "{name} ({url})");
        rest = after;
    }
    text.push_str(rest);
    text.replace("<http", "http").replace("/>", "/").replace(".html>", ".html")
}

/// The text before the next link, and the link's text, its address and what follows.
fn next_link(line: &str) -> Option<(&str, (&str, &str, &str))> {
    let middle = line.find("](http")?;
    let (left, right) = line.split_at_checked(middle)?;
    let (before, name) = left.rsplit_once('[')?;
    let (url, after) = right.strip_prefix("](")?.split_once(')')?;
    Some((before, (name, url, after)))
}

#[cfg(test)]
mod tests;
