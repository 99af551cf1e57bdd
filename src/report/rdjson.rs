//! The Reviewdog Diagnostic Format, for comments on pull requests of any code host.
//!
//! <https://github.com/reviewdog/reviewdog/tree/master/proto/rdf>. Columns count bytes of UTF-8 from 1.

use std::io::{self, Write};

use serde::Serialize;

use super::given::{Report, home, message, pretty, rule_url};
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::SourceId;

#[derive(Serialize)]
struct Document<'a> {
    source: Source,
    diagnostics: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Entry<'a> {
    message: String,
    location: Location,
    severity: &'static str,
    code: Code<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
    url: String,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    range: Range,
}

#[derive(Serialize)]
struct Range {
    start: Place,
    end: Place,
}

#[derive(Serialize)]
struct Place {
    line: usize,
    column: usize,
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let source = Source { name: "trustlint", url: home() };
    let diagnostics = report.checked.findings.iter().map(|finding| entry(report, finding)).collect();
    pretty(&Document { source, diagnostics }, out)
}

fn entry<'a>(report: &Report<'_>, finding: &'a Diagnostic) -> Entry<'a> {
    // A comment has no place of its own for what to do.
    let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let related = |label: &'a Label| Related { message: &label.text, location: location(report, label) };
    Entry {
        message: format!("{}{help}", message(finding)),
        location: location(report, &finding.primary),
        severity: match finding.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Info => "INFO",
        },
        code: Code { value: finding.rule, url: rule_url(finding.rule) },
        related_locations: finding.related.iter().map(related).collect(),
    }
}

fn location(report: &Report<'_>, label: &Label) -> Location {
    let place = |offset| place(report, label.span.source, offset);
    let range = Range { start: place(label.span.start), end: place(label.span.end) };
    Location { path: report.sources.shown(label.span.source), range }
}

fn place(report: &Report<'_>, id: SourceId, offset: u32) -> Place {
    let line = report.sources.position(id, offset).line;
    let start = report.sources.line_starts(id).get(line - 1).copied().unwrap_or_default();
    Place { line, column: offset.saturating_sub(start) as usize + 1 }
}
