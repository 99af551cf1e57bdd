//! Annotations of GitHub Actions: workflow commands, a line each.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>
//!
//! A step shows ten annotations of each kind and drops the others without a word, so the worst come first, the last notice says
//! how many are left out, and these follow as plain lines.

use std::cmp::Reverse;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::concise;
use super::given::{Report, Style, cut, message, rule_url};
use super::harmless::{Lines, escaped};
use super::places::{self, in_repository};
use super::summary::counted;
use crate::bounds;
use crate::diagnostic::{Diagnostic, Severity};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut findings: Vec<&Diagnostic> = report.shown().collect();
    findings.sort_by_key(|finding| Reverse(finding.severity));
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let all = [Severity::Error, Severity::Warning, Severity::Info];
    let is_full = all.into_iter().any(|severity| count(severity) > bounds::ANNOTATIONS);
    let (mut annotated, mut others) = (Vec::new(), Vec::new());
    for of_severity in findings.chunk_by(|a, b| a.severity == b.severity) {
        let is_notice = of_severity.first().is_some_and(|finding| finding.severity == Severity::Info);
        // The notice about the others is one itself.
        let most = bounds::ANNOTATIONS - usize::from(is_full && is_notice);
        annotated.extend(of_severity.iter().take(most));
        others.extend(of_severity.iter().skip(most));
    }
    for finding in annotated {
        command(report, finding, out)?;
    }
    if others.is_empty() {
        return Ok(());
    }
    let more = counted(others.len(), "more finding").replace("more findings", "more findings are");
    let more = more.replace("more finding ", "more finding is ");
    writeln!(out, "::notice title=trustlint::{more} listed in the log of this step without an annotation")?;
    let mut lines = Lines::new(out);
    for finding in others {
        let style = Style::default();
        concise::line(report, style, finding, finding.severity, &message(finding), &mut lines)?;
    }
    lines.flush()
}

fn command(report: &Report<'_>, finding: &Diagnostic, out: &mut dyn Write) -> io::Result<()> {
    let name = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let (start, end) = report.sources.positions(finding.primary.span);
    let mut properties = format!(
        "title={},file={},line={},endLine={}",
        property(&format!("trustlint ({})", finding.rule)),
        property(&in_repository(report, finding.primary.span.source)),
        start.line,
        end.line
    );
    // Columns are only taken within one line.
    if start.line == end.line {
        // Writing to a string cannot fail.
        let _ = write!(properties, ",col={},endColumn={}", start.column, end.column);
    }
    let lines = std::iter::once(message(finding))
        .chain(finding.related.iter().map(|label| places::line(report, label)))
        .chain(finding.help.as_ref().map(|help| format!("help: {help}")));
    let text: Vec<String> = lines.map(|line| escaped(&line).into_owned()).collect();
    let url = rule_url(finding.rule);
    let room = bounds::ANNOTATION_CHARACTERS.saturating_sub(url.len() + 1);
    writeln!(out, "::{name} {properties}::{}%0A{}", data(&cut(&text.join("\n"), room)), data(&url))
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command. What it has no escape for and is not for people is called by its name.
fn property(text: &str) -> String {
    escaped(&data(text).replace(':', "%3A").replace(',', "%2C")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn what_ends_a_text_or_property_is_escaped() {
        assert_eq!(data("100%\r\n::a,b"), "100%25%0D%0A::a,b");
        assert_eq!(property("C:\\a,b%\n"), "C%3A\\a%2Cb%25%0A");
        assert_eq!(property("a\u{202e}b"), "a\\u{202e}b");
    }
}
