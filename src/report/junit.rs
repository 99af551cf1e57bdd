//! Test results as JUnit writes them: a suite for each file, a test for each finding.
//!
//! There is no standard; this is what Jenkins, GitLab, Azure Pipelines and Buildkite read. An error or warning is a test that
//! failed, an info one that passed and has something to say, what is suppressed one that was skipped. Without findings there is
//! one test that passed, since readers take a report without tests for a mistake.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::concise::reason_or_none;
use super::given::{Report, message, rule_url};
use super::harmless::{escaped, xml};
use super::places;
use crate::diagnostic::{Diagnostic, Severity};

/// A finding, and why it is suppressed if it is.
type Case<'a> = (&'a Diagnostic, Option<&'a str>);

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let suppressed = report.checked.suppressed.iter().filter(|_| report.show_suppressed);
    let suppressed = suppressed.map(|(finding, accepted)| (finding, Some(accepted.reason.as_str())));
    let mut suites: BTreeMap<String, Vec<Case<'_>>> = BTreeMap::new();
    for case in report.checked.findings.iter().map(|finding| (finding, None)).chain(suppressed) {
        suites.entry(report.sources.shown(case.0.primary.span.source)).or_default().push(case);
    }
    let all: Vec<Case<'_>> = suites.values().flatten().copied().collect();
    let counts = if all.is_empty() { counts_of(1, 0, 0) } else { counts(&all) };
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"trustlint\" {counts}>")?;
    if suites.is_empty() {
        writeln!(out, "  <testsuite name=\"trustlint\" {counts}>")?;
        writeln!(out, "    <testcase name=\"no findings\" classname=\"trustlint\" time=\"0\"/>")?;
        writeln!(out, "  </testsuite>")?;
    }
    for (path, cases) in &suites {
        suite(report, path, cases, out)?;
    }
    writeln!(out, "</testsuites>")
}

fn counts(cases: &[Case<'_>]) -> String {
    let failed = |(finding, reason): &&Case<'_>| reason.is_none() && finding.severity > Severity::Info;
    let skipped = cases.iter().filter(|(_, reason)| reason.is_some()).count();
    counts_of(cases.len(), cases.iter().filter(failed).count(), skipped)
}

fn counts_of(tests: usize, failures: usize, skipped: usize) -> String {
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"0\"")
}

fn suite(report: &Report<'_>, path: &str, cases: &[Case<'_>], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  <testsuite name=\"{}\" {}>", xml(path), counts(cases))?;
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (finding, reason) in cases {
        // Readers tell tests apart by their names, also from one run to the next, when lines have moved.
        let address = finding.primary.address.as_deref().unwrap_or_default();
        let name = format!("{} {address}", finding.rule).trim_end().to_owned();
        let count = names.entry(name.clone()).or_default();
        *count += 1;
        let name = if *count == 1 { name } else { format!("{name} ({count})") };
        let line = report.sources.position(finding.primary.span.source, finding.primary.span.start).line;
        let (name, path) = (xml(&name), xml(path));
        write!(out, "    <testcase name=\"{name}\" classname=\"{path}\" file=\"{path}\" line=\"{line}\"")?;
        writeln!(out, " time=\"0\">")?;
        let text = text(report, finding);
        match (reason, finding.severity) {
            (Some(reason), _) => {
                writeln!(out, "      <skipped message=\"{}\"/>", xml(&reason_or_none(reason)))?;
            }
            (None, Severity::Info) => writeln!(out, "      <system-out>{text}</system-out>")?,
            (None, severity) => {
                let message = xml(&message(finding)).into_owned();
                let severity = severity.name();
                writeln!(out, "      <failure type=\"{severity}\" message=\"{message}\">{text}</failure>")?;
            }
        }
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}

/// All that there is to say, each part on a line of its own.
fn text(report: &Report<'_>, finding: &Diagnostic) -> String {
    let position = report.sources.position(finding.primary.span.source, finding.primary.span.start);
    let first = format!("line {}, column {}: {}", position.line, position.column, message(finding));
    let others = finding.related.iter().map(|label| places::line(report, label));
    let help = finding.help.as_ref().map(|help| format!("help: {help}"));
    let lines = std::iter::once(first).chain(others).chain(help).chain([rule_url(finding.rule)]);
    lines.map(|line| xml(&escaped(&line)).into_owned()).collect::<Vec<_>>().join("\n")
}
