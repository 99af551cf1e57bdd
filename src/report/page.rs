//! The page of a rule, for readers.
//!
//! Pages are also tests: their code carries marks of what must be reported, which a reader does not want.

use std::fmt::Write as _;

/// What the lines of a page are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Prose,
    Code,
    /// An `expect` block: marks for files that have no comments.
    Expectation,
}

/// The lines of a page without marks, each with the part it belongs to. Fences belong to the code.
fn lines(page: &str) -> Vec<(Part, &str)> {
    let mut lines: Vec<(Part, &str)> = Vec::new();
    let mut part = Part::Prose;
    for line in page.lines() {
        let fence = line.trim_start().strip_prefix("```");
        let (shown, next) = match (part, fence.map(str::trim)) {
            (Part::Prose, Some("expect")) => (Part::Expectation, Part::Expectation),
            (Part::Prose, Some(_)) => (Part::Code, Part::Code),
            (_, Some("")) => (part, Part::Prose),
            _ => (part, part),
        };
        part = next;
        let kept = match shown {
            Part::Prose => Some(line),
            Part::Code => without_mark(line),
            Part::Expectation => None,
        };
        let repeated = line.is_empty() && lines.last().is_some_and(|(_, last)| last.is_empty());
        lines.extend(kept.filter(|_| !repeated || shown == Part::Code).map(|line| (shown, line)));
    }
    lines
}

/// A line of code without `# error: [rule] "text"`; nothing when there is no more on it.
fn without_mark(line: &str) -> Option<&str> {
    let marks = ["# error: [", "# warning: [", "# info: [", "// error: [", "// warning: [", "// info: ["];
    let Some(at) = marks.iter().filter_map(|mark| line.find(mark)).min() else { return Some(line) };
    let code = line.get(..at).unwrap_or_default().trim_end();
    (!code.trim_start().is_empty()).then_some(code)
}

/// The page in Markdown.
pub fn markdown(page: &str) -> String {
    lines(page).into_iter().fold(String::new(), |text, (_, line)| text + line + "\n")
}

/// The page as plain text: headings are underlined, code is indented, links show where they lead.
pub fn plain(page: &str) -> String {
    let mut text = String::new();
    for (part, line) in lines(page) {
        match part {
            Part::Code if line.trim_start().starts_with("```") => {}
            Part::Code if line.is_empty() => text.push('\n'),
            // Writing to a string cannot fail.
            Part::Code => _ = writeln!(text, "    {line}"),
            Part::Prose | Part::Expectation => {
                let title = line.trim_start_matches('#');
                if title.len() < line.len() && title.starts_with(' ') {
                    let (title, rule) = (title.trim(), if line.starts_with("# ") { "=" } else { "-" });
                    _ = writeln!(text, "{title}\n{}", rule.repeat(title.chars().count()));
                } else {
                    _ = writeln!(text, "{}", links_shown(line));
                }
            }
        }
    }
    text
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
mod tests {
    use super::*;

    const PAGE: &str = "# a-rule\n\nWhat is\nwrong.\n\n## Reported\n\n```hcl\nx = 1 # error: [a-rule] \"x\"\n# error: [a-rule]\ny = \"# error\"\n```\n\n```expect\na.json:1:1 a-rule\n```\n\n## References\n\nSee [the guide](https://a.example/b).\n";

    #[test]
    fn marks_are_not_shown() {
        let expected = "# a-rule\n\nWhat is\nwrong.\n\n## Reported\n\n```hcl\nx = 1\ny = \"# error\"\n```\n\n## References\n\nSee [the guide](https://a.example/b).\n";
        assert_eq!(markdown(PAGE), expected);
    }

    #[test]
    fn plain_text_has_no_markup() {
        let expected = "a-rule\n======\n\nWhat is\nwrong.\n\nReported\n--------\n\n    x = 1\n    y = \"# error\"\n\nReferences\n----------\n\nSee the guide (https://a.example/b).\n";
        assert_eq!(plain(PAGE), expected);
    }

    #[test]
    fn the_lead_is_the_first_paragraph() {
        assert_eq!(lead(PAGE), "What is wrong.");
    }
}
