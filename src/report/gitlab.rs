//! Code quality of GitLab: a list in the form of Code Climate.
//!
//! <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>

use std::io::{self, Write};

use serde::Serialize;

use super::given::{Report, message, pretty, rule_url};
use super::places::{self, Fingerprints, in_repository};
use crate::diagnostic::{Diagnostic, Label, Severity};

#[derive(Serialize)]
struct Issue<'a> {
    r#type: &'static str,
    check_name: &'a str,
    /// GitLab does not show the name of the check, so it is said here, too.
    description: String,
    content: Content,
    categories: [&'static str; 1],
    severity: &'static str,
    fingerprint: String,
    location: Location,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_locations: Vec<Location>,
}

#[derive(Serialize)]
struct Content {
    body: String,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut known = Fingerprints::default();
    let issues = report.checked.findings.iter().map(|finding| issue(report, finding, known.of(finding)));
    pretty(&issues.collect::<Vec<_>>(), out)
}

fn issue<'a>(report: &Report<'_>, finding: &'a Diagnostic, fingerprint: String) -> Issue<'a> {
    let others = finding.related.iter().map(|label| places::line(report, label));
    let lines = others.chain(finding.help.as_ref().map(|help| format!("help: {help}")));
    let body: Vec<String> = lines.chain([rule_url(finding.rule)]).collect();
    Issue {
        r#type: "issue",
        check_name: finding.rule,
        description: format!("{}: {}", finding.rule, message(finding)),
        content: Content { body: body.join("\n\n") },
        categories: ["Security"],
        severity: match finding.severity {
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Info => "info",
        },
        fingerprint,
        location: location(report, &finding.primary),
        other_locations: finding.related.iter().map(|label| location(report, label)).collect(),
    }
}

fn location(report: &Report<'_>, label: &Label) -> Location {
    let (start, end) = report.sources.positions(label.span);
    let lines = Lines { begin: start.line, end: end.line };
    Location { path: in_repository(report, label.span.source), lines }
}
