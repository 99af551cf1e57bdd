//! Generic issues of SonarQube, in the form since 10.3.
//!
//! <https://docs.sonarsource.com/sonarqube-server/analyzing-source-code/importing-external-issues/generic-issue-import-format>.
//! Columns count UTF-16 units from 0. How bad an issue is, its rule says: that is the worst that this report has of it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::given::{Report, message, pretty, rule_url};
use super::places::in_repository;
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::rules::rule;

#[derive(Serialize)]
struct Document<'a> {
    rules: Vec<SonarRule<'a>>,
    issues: Vec<Issue<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SonarRule<'a> {
    id: &'a str,
    name: &'a str,
    description: String,
    engine_id: &'static str,
    clean_code_attribute: &'static str,
    impacts: [Impact; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Impact {
    software_quality: &'static str,
    severity: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Issue<'a> {
    rule_id: &'a str,
    primary_location: Location,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    secondary_locations: Vec<Location>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    message: String,
    file_path: String,
    text_range: TextRange,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TextRange {
    start_line: usize,
    end_line: usize,
    /// Left out for a place of no width, which SonarQube refuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut rules: BTreeMap<&str, (Effect, Severity)> = BTreeMap::new();
    for finding in &report.checked.findings {
        let (_, worst) = rules.entry(finding.rule).or_insert((finding.effect, finding.severity));
        *worst = finding.severity.max(*worst);
    }
    let rules = rules.into_iter().map(|(name, (effect, worst))| sonar_rule(name, effect, worst)).collect();
    let issues = report.checked.findings.iter().map(|finding| issue(report, finding)).collect();
    pretty(&Document { rules, issues }, out)
}

fn sonar_rule(name: &str, effect: Effect, worst: Severity) -> SonarRule<'_> {
    let summary = rule(name).map_or(name, |rule| rule.summary);
    let (clean_code_attribute, software_quality) = match effect {
        Effect::Exposed | Effect::Weak => ("TRUSTWORTHY", "SECURITY"),
        Effect::Mismatch | Effect::Dead | Effect::Rejected | Effect::Lockout => ("LOGICAL", "RELIABILITY"),
        Effect::Unknown | Effect::Hygiene => ("CLEAR", "MAINTAINABILITY"),
    };
    let severity = match worst {
        Severity::Error => "HIGH",
        Severity::Warning => "MEDIUM",
        Severity::Info => "LOW",
    };
    SonarRule {
        id: name,
        name,
        description: format!("{summary}: {}", rule_url(name)),
        engine_id: "trustlint",
        clean_code_attribute,
        impacts: [Impact { software_quality, severity }],
    }
}

fn issue<'a>(report: &Report<'_>, finding: &'a Diagnostic) -> Issue<'a> {
    let help = finding.help.as_ref().map(|help| format!("; help: {help}")).unwrap_or_default();
    let others = finding.related.iter();
    Issue {
        rule_id: finding.rule,
        primary_location: location(report, &finding.primary, format!("{}{help}", message(finding))),
        secondary_locations: others.map(|label| location(report, label, label.text.to_string())).collect(),
    }
}

fn location(report: &Report<'_>, label: &Label, message: String) -> Location {
    let place = |offset| report.sources.position_in_utf_16(label.span.source, offset);
    let ((start_line, start), (end_line, end)) = (place(label.span.start), place(label.span.end));
    let is_wide = (start_line, start) < (end_line, end);
    let column = |column: usize| is_wide.then(|| column.saturating_sub(1));
    Location {
        message,
        file_path: in_repository(report, label.span.source),
        text_range: TextRange { start_line, end_line, start_column: column(start), end_column: column(end) },
    }
}
