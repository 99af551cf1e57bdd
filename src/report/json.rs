//! The stable format for programs, version 1. Keys are added, never changed.

use std::io::{self, Write};

use serde::Serialize;

use super::summary::counts;
use super::{Report, rule_url};
use crate::diagnostic::{Confidence, Diagnostic, Effect, Instance, Label, Severity};
use crate::source::{Position, Sources};

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    findings: Vec<Finding<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<Vec<Suppressed<'a>>>,
    summary: Summary,
    problems: Vec<Problem<'a>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'a str,
    effect: Effect,
    severity: Severity,
    confidence: Confidence,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    when: Option<String>,
    help: Option<&'a str>,
    url: Option<String>,
    fingerprint: String,
    /// All that it stands for: module instances, accounts, elements of a list.
    instances: &'a [Instance],
    locations: Vec<Location<'a>>,
}

#[derive(Serialize)]
struct Suppressed<'a> {
    #[serde(flatten)]
    finding: Finding<'a>,
    reason: &'a str,
}

#[derive(Serialize)]
struct Location<'a> {
    path: String,
    start: Place,
    end: Place,
    label: &'a str,
    address: Option<&'a str>,
    account: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<&'a str>,
}

#[derive(Serialize)]
struct Place {
    line: usize,
    column: usize,
    offset: usize,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    accounts: usize,
    roles: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
    suppressed: usize,
    unresolved: Unresolved,
}

#[derive(Serialize)]
struct Unresolved {
    policies: usize,
    principals: usize,
    actions: usize,
    resources: usize,
    conditions: usize,
    defects: usize,
}

#[derive(Serialize)]
struct Problem<'a> {
    path: String,
    line: usize,
    column: usize,
    message: &'a str,
    /// That of the finding that reports it.
    fingerprint: Option<String>,
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (sources, checked) = (report.sources, report.checked);
    let suppressed = |(finding, reason)| Suppressed { finding: self::finding(sources, finding), reason };
    let suppressed = || checked.suppressed.iter().map(|(a, b)| (a, b.as_str())).map(suppressed).collect();
    let document = Document {
        version: 1,
        findings: checked.findings.iter().map(|finding| self::finding(sources, finding)).collect(),
        suppressed: report.show_suppressed.then(suppressed),
        summary: summary(report),
        problems: checked.problems.iter().map(|problem| self::problem(report, problem)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
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
