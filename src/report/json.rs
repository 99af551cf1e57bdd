//! The stable format for programs, version 1. Keys are added, never changed.

use std::io::{self, Write};

use serde::Serialize;

use super::given::{Report, pretty, rule_url};
use super::summary::counts;
use crate::diagnostic::{Confidence, Diagnostic, Effect, Instance, Label, Severity};
use crate::source::{Position, Sources};

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "What `trustlint check --output-format json` prints"))]
struct Document<'a> {
    /// The version of the format. Keys are added to a version, never changed.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1)))]
    version: u32,
    /// What is wrong, ordered by place.
    findings: Vec<Finding<'a>>,
    /// Findings that somebody asked not to see; only with `--show-suppressed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<Vec<Suppressed<'a>>>,
    summary: Summary,
    /// What could not be read, or was read and is odd.
    problems: Vec<Problem<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Finding<'a> {
    /// Its name.
    rule: &'a str,
    effect: Effect,
    severity: Severity,
    confidence: Confidence,
    /// One sentence that stands alone.
    message: &'a str,
    /// The choice under which it is so, such as `Environment = dev`.
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<String>,
    /// What to do.
    help: Option<&'a str>,
    /// The page of the rule.
    url: String,
    /// The same for the same mistake when lines move.
    fingerprint: String,
    /// All that it stands for: module instances, accounts, elements of a list.
    instances: &'a [Instance],
    /// The first one is where to look first.
    locations: Vec<Location<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Suppressed<'a> {
    #[serde(flatten)]
    finding: Finding<'a>,
    reason: &'a str,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Location<'a> {
    /// Seen from the working directory, with `/`.
    path: String,
    start: Place,
    end: Place,
    /// What is here, in a few words.
    label: &'a str,
    /// The declaration it belongs to, such as `aws_iam_role.deploy`.
    address: Option<&'a str>,
    /// Its account, such as `prod (222222222222)`.
    account: Option<&'a str>,
    /// Where the code stands that made the declaration.
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<&'a str>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Place {
    /// From 1.
    line: usize,
    /// From 1, in characters.
    column: usize,
    /// In bytes, from 0.
    offset: usize,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Summary {
    files: usize,
    accounts: usize,
    roles: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
    suppressed: usize,
    /// What a baseline knows.
    baseline: usize,
    /// Findings beyond those that somebody wants to see.
    left_out: usize,
    unresolved: Unresolved,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Unresolved {
    policies: usize,
    principals: usize,
    actions: usize,
    resources: usize,
    conditions: usize,
    defects: usize,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Problem<'a> {
    path: String,
    line: usize,
    column: usize,
    message: &'a str,
    /// That of the finding that reports it.
    fingerprint: Option<String>,
}

/// The findings alone, each on a line of its own; suppressed ones, when they are shown, have a reason.
pub(super) fn write_lines(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.checked.findings {
        serde_json::to_writer(&mut *out, &self::finding(report.sources, finding))?;
        writeln!(out)?;
    }
    for (finding, accepted) in report.checked.suppressed.iter().filter(|_| report.show_suppressed) {
        let suppressed =
            Suppressed { finding: self::finding(report.sources, finding), reason: &accepted.reason };
        serde_json::to_writer(&mut *out, &suppressed)?;
        writeln!(out)?;
    }
    Ok(())
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (sources, checked) = (report.sources, report.checked);
    let suppressed = |(finding, reason)| Suppressed { finding: self::finding(sources, finding), reason };
    let suppressed =
        || checked.suppressed.iter().map(|(a, b)| (a, b.reason.as_str())).map(suppressed).collect();
    let document = Document {
        version: 1,
        findings: checked.findings.iter().map(|finding| self::finding(sources, finding)).collect(),
        suppressed: report.show_suppressed.then(suppressed),
        summary: summary(report),
        problems: checked.problems.iter().map(|problem| self::problem(report, problem)).collect(),
    };
    pretty(&document, out)
}

fn finding<'a>(sources: &Sources, finding: &'a Diagnostic) -> Finding<'a> {
    let labels = std::iter::once(&finding.primary).chain(&finding.related);
    Finding {
        rule: finding.rule,
        effect: finding.effect,
        severity: finding.severity,
        confidence: finding.confidence,
        message: &finding.message,
        when: finding.choices().map(|when| when.plain()),
        help: finding.help.as_deref(),
        url: rule_url(finding.rule),
        fingerprint: finding.fingerprint(),
        instances: &finding.instances,
        locations: labels.map(|label| location(sources, label)).collect(),
    }
}

fn location<'a>(sources: &Sources, label: &'a Label) -> Location<'a> {
    let (start, end) = sources.positions(label.span);
    let place =
        |position: Position| Place { line: position.line, column: position.column, offset: position.offset };
    Location {
        path: sources.shown(label.span.source),
        start: place(start),
        end: place(end),
        label: &label.text,
        address: label.address.as_deref(),
        account: label.account.as_deref(),
        created: label.created.as_deref(),
    }
}

fn problem<'a>(report: &Report<'_>, problem: &'a crate::diagnostic::Problem) -> Problem<'a> {
    let sources = report.sources;
    let position = sources.position(problem.span.source, problem.span.start);
    Problem {
        path: sources.shown(problem.span.source),
        line: position.line,
        column: position.column,
        message: &problem.message,
        fingerprint: report.checked.finding_of(problem).map(Diagnostic::fingerprint),
    }
}

fn summary(report: &Report<'_>) -> Summary {
    let (summary, unresolved) = (report.checked.summary, report.checked.summary.unresolved);
    let (errors, warnings, infos) = counts(&report.checked.findings);
    Summary {
        files: summary.files,
        accounts: summary.accounts,
        roles: summary.roles,
        errors,
        warnings,
        infos,
        suppressed: report.checked.suppressed.len(),
        baseline: report.checked.known.len(),
        left_out: report.checked.left_out,
        unresolved: Unresolved {
            policies: unresolved.policies,
            principals: unresolved.principals,
            actions: unresolved.actions,
            resources: unresolved.resources,
            conditions: unresolved.conditions,
            defects: unresolved.defects,
        },
    }
}

/// The schema of the format.
#[cfg(feature = "schema")]
pub fn schema() -> schemars::Schema {
    // What may be missing is an `Option` that is left out; everything else is always there.
    schemars::generate::SchemaSettings::draft07()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Document<'static>>()
}
