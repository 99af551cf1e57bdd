//! Markdown as GitHub and GitLab show it: the summary of a job, or a comment.
//!
//! No text of a template can be markup here: all punctuation is written as character references, so a name is neither a link
//! nor a heading nor the end of a table. What stands between backquotes in a message is shown as code.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::given::{Report, message, rule_url};
use super::harmless::escaped;
use super::places;
use super::summary::{counted, counted_kinds, unreported};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Label, Severity};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings: Vec<&Diagnostic> = [Severity::Error, Severity::Warning, Severity::Info]
        .into_iter()
        .flat_map(|severity| report.shown().filter(move |finding| finding.severity == severity))
        .collect();
    let mut text = format!("## trustlint: {}\n", counted_kinds(report));
    if let Some(picture) = report.picture.filter(|_| !findings.is_empty()) {
        let _ = write!(text, "\n```mermaid\n{picture}```\n");
    }
    let rows: Vec<String> = findings.iter().map(|finding| row(report, finding)).collect();
    if !rows.is_empty() {
        text.push_str("\n| | finding | where |\n|---|---|---|\n");
    }
    // The end has its room, whatever there is before it.
    let end = end(report);
    let mut left = rows.len();
    for row in &rows {
        if text.len() + row.len() + end.len() > bounds::SUMMARY_BYTES {
            break;
        }
        text.push_str(row);
        left -= 1;
    }
    if left > 0 {
        let _ = writeln!(
            text,
            "\n{} not shown: there is no more room in a summary.",
            counted(left, "more finding")
        );
    }
    text.push_str(&end);
    out.write_all(text.as_bytes())
}

/// A finding in one line of a table.
fn row(report: &Report<'_>, finding: &Diagnostic) -> String {
    let mark = match finding.severity {
        Severity::Error => "🛑 error",
        Severity::Warning => "⚠️ warning",
        Severity::Info => "ℹ️ info",
    };
    let help = finding.help.as_ref().map(|help| format!("<br>**help:** {}", inline(&escaped(help))));
    let place = |label: &Label| {
        let position = report.sources.position(label.span.source, label.span.start);
        let path = report.sources.shown(label.span.source);
        let place = format!("{}:{}:{}", escaped(&path), position.line, position.column);
        // What is at the first place, the message says.
        let is_other = !std::ptr::eq(label, &raw const finding.primary);
        let text = if is_other { format!(" {}", inline(&escaped(&label.text))) } else { String::new() };
        format!("<code>{}</code>{text}", literal(&place))
    };
    let places: Vec<String> = places::labels(finding).map(place).collect();
    format!(
        "| {mark} | {}{} [{}]({}) | {} |\n",
        inline(&message(finding)),
        help.unwrap_or_default(),
        finding.rule,
        rule_url(finding.rule),
        places.join("<br>")
    )
}

/// What is said below the findings.
fn end(report: &Report<'_>) -> String {
    let summary = report.checked.summary;
    let (files, accounts) = (counted(summary.files, "file"), counted(summary.accounts, "account"));
    let unread = unreported(report).count();
    let unread = if unread > 0 { format!(", {}", counted(unread, "problem")) } else { String::new() };
    format!("\n{files}, {accounts}{unread}\n")
}

/// A text of a message in a table, with code where it has backquotes.
fn inline(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return literal(text);
    }
    let part = |(index, part): (usize, &&str)| match (index % 2, part.is_empty()) {
        (_, true) => String::new(),
        (1, false) => format!("<code>{}</code>", literal(part)),
        _ => literal(part),
    };
    parts.iter().enumerate().map(part).collect()
}

/// A text that is nothing but text: no mark of Markdown, tag, mention, reference, link, formula or emoji.
pub(super) fn literal(text: &str) -> String {
    const MARKS: &str = "&<>\"'`*_[]|\\~@#:!$^";
    let names_host = text.contains("www.");
    let mut safe = String::with_capacity(text.len() * 2);
    for char in text.chars() {
        if MARKS.contains(char) || (char == '.' && names_host) {
            // Writing to a string cannot fail.
            let _ = write!(safe, "&#{};", u32::from(char));
        } else {
            safe.push(char);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{inline, literal};

    #[test]
    fn texts_are_no_markup() {
        assert_eq!(inline("role `a|b` [x](y)"), "role <code>a&#124;b</code> &#91;x&#93;(y)");
        // Nothing is code where a name has a backquote of its own.
        assert_eq!(inline("role `a`</code>*` c"), "role &#96;a&#96;&#60;/code&#62;&#42;&#96; c");
        assert_eq!(
            literal("<script> @team #1 www.a.example $x$"),
            "&#60;script&#62; &#64;team &#35;1 www&#46;a&#46;example &#36;x&#36;"
        );
    }
}
