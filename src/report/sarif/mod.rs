//! SARIF 2.1.0 as code scanning reads it.
//!
//! <https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>

mod hash;
mod schema;

use std::collections::BTreeMap;
use std::io::{self, Write};

use self::schema::{
    ArtifactLocation, AutomationDetails, CodeFlow, Driver, Fingerprints, Invocation, Location, Log,
    Notification, PhysicalLocation, Region, ReportingDescriptor, ResultObject, Run, SarifLevel, Suppression,
    Text, ThreadFlow, ThreadFlowLocation, Tool,
};
use super::given::{self, Report, VERSION, home, pretty, rule_url};
use super::page::{self, Extent};
use super::places::{self, Fingerprints as Known};
use crate::bounds;
use crate::diagnostic::{Accepted, Diagnostic, Effect, Label, Severity};
use crate::rules::{Rule, rule};
use crate::source::{SourceId, Span};

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let log = Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [Writer::new(report).run()],
    };
    pretty(&log, out)
}

struct Writer<'a> {
    report: &'a Report<'a>,
    /// What is reported, and why it is accepted when it is suppressed.
    findings: Vec<(&'a Diagnostic, Option<&'a Accepted>)>,
    /// The rules that have results, in the order of their names.
    rules: Vec<&'a str>,
    left_out: usize,
    hashes: BTreeMap<SourceId, Vec<hash::LineHash>>,
    fingerprints: Known,
}

impl<'a> Writer<'a> {
    fn new(report: &'a Report<'a>) -> Self {
        let checked = report.checked;
        let suppressed = checked.suppressed.iter().filter(|_| report.show_suppressed);
        let mut findings: Vec<_> = checked.findings.iter().map(|finding| (finding, None)).collect();
        findings.extend(suppressed.map(|(finding, accepted)| (finding, Some(accepted))));
        let left_out = findings.len().saturating_sub(bounds::SARIF_RESULTS);
        if left_out > 0 {
            // The worst are kept; the sort keeps the order among equals.
            findings.sort_by_key(|(finding, _)| std::cmp::Reverse(finding.severity));
            findings.truncate(bounds::SARIF_RESULTS);
        }
        let mut rules: Vec<_> = findings.iter().map(|(finding, _)| finding.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        Self { report, findings, rules, left_out, hashes: BTreeMap::new(), fingerprints: Known::default() }
    }

    fn run(mut self) -> Run<'a> {
        let findings = std::mem::take(&mut self.findings);
        let results = findings.iter().map(|(finding, accepted)| self.result(finding, *accepted)).collect();
        let driver = Driver {
            name: "trustlint",
            version: VERSION,
            semantic_version: VERSION,
            information_uri: home(),
            rules: self.rules.iter().map(|name| descriptor(name)).collect(),
        };
        let root = BTreeMap::from([(
            "%SRCROOT%",
            schema::Described { description: Text::new("the root of the repository") },
        )]);
        Run {
            tool: Tool { driver },
            automation_details: AutomationDetails { id: "trustlint/" },
            column_kind: "utf16CodeUnits",
            original_uri_base_ids: root,
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: self.notifications(),
            }],
            results,
        }
    }

    fn notifications(&self) -> Vec<Notification> {
        let unread = self.report.checked.problems.iter().map(|problem| Notification {
            level: SarifLevel::Warning,
            message: Text::new(&problem.message),
            locations: vec![Location {
                id: None,
                physical_location: self.physical(problem.span),
                message: None,
            }],
        });
        let left_out = (self.left_out > 0).then(|| Notification {
            level: SarifLevel::Warning,
            message: Text::new(format!("{} more findings are left out", self.left_out)),
            locations: Vec::new(),
        });
        unread.chain(left_out).collect()
    }

    fn result(&mut self, finding: &'a Diagnostic, accepted: Option<&Accepted>) -> ResultObject<'a> {
        let related: Vec<_> =
            (1..).zip(&finding.related).map(|(id, label)| self.location(label, Some(id))).collect();
        let suppression = accepted.map(|accepted| Suppression {
            kind: if accepted.in_source { "inSource" } else { "external" },
            status: "accepted",
            justification: Some(accepted.reason.clone()).filter(|reason| !reason.is_empty()),
        });
        ResultObject {
            rule_id: finding.rule,
            rule_index: self.rules.binary_search(&finding.rule).unwrap_or_default(),
            level: level(finding.severity),
            message: self.message(finding),
            locations: [self.location(&finding.primary, None)],
            code_flows: self.code_flows(finding),
            related_locations: related,
            partial_fingerprints: Fingerprints {
                line: self.line_hash(finding.primary.span),
                meaning: self.fingerprints.of(finding),
            },
            suppressions: suppression.into_iter().collect(),
            properties: schema::Judgement { effect: finding.effect, confidence: finding.confidence },
        }
    }

    /// The message with a link to every further place, since only linked places are shown beside an alert, and with what to do.
    fn message(&self, finding: &Diagnostic) -> Text {
        let mut text = without_links(&given::message(finding));
        for (id, label) in (1..).zip(&finding.related) {
            let path = self.report.sources.path(label.span.source);
            let name = if label.text.is_empty() { path } else { &label.text };
            let lead = if id == 1 { ". See also: " } else { ", " };
            text.extend([lead, "[", &bracketed(name), "](", &id.to_string(), ")"]);
        }
        if let Some(help) = &finding.help {
            text.extend([". Help: ", &without_links(help)]);
        }
        Text::new(text)
    }

    fn code_flows(&self, finding: &Diagnostic) -> Vec<CodeFlow> {
        if finding.related.is_empty() {
            return Vec::new();
        }
        let labels = std::iter::once(&finding.primary).chain(&finding.related);
        let step =
            |label| ThreadFlowLocation { importance: "essential", location: self.location(label, None) };
        vec![CodeFlow { thread_flows: [ThreadFlow { locations: labels.map(step).collect() }] }]
    }

    fn location(&self, label: &Label, id: Option<usize>) -> Location {
        let text = Some(&*label.text).filter(|text| !text.is_empty());
        Location { id, physical_location: self.physical(label.span), message: text.map(Text::new) }
    }

    fn physical(&self, span: Span) -> PhysicalLocation {
        let path = places::in_repository(self.report, span.source);
        let (start_line, start_column) = self.place(span.source, span.start);
        let (end_line, end_column) = self.place(span.source, span.end);
        PhysicalLocation {
            artifact_location: ArtifactLocation { uri: encoded(&path), uri_base_id: "%SRCROOT%" },
            region: Region { start_line, start_column, end_line, end_column },
        }
    }

    /// Line and column from 1, columns in UTF-16 units.
    fn place(&self, id: SourceId, offset: u32) -> (usize, usize) {
        self.report.sources.position_in_utf_16(id, offset)
    }

    fn line_hash(&mut self, span: Span) -> String {
        let sources = self.report.sources;
        let line = sources.position(span.source, span.start).line;
        let hashes = self
            .hashes
            .entry(span.source)
            .or_insert_with(|| hash::lines(&sources.text_or_empty(span.source)));
        hashes.get(line - 1).map(ToString::to_string).unwrap_or_default()
    }
}

/// A text that is itself put between brackets.
fn bracketed(text: &str) -> String {
    text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}

/// A text in which nothing is taken for a link. Brackets of addresses, such as `role["a"]`, are none.
fn without_links(text: &str) -> String {
    if text.contains("](") { bracketed(text) } else { text.to_owned() }
}

fn level(severity: Severity) -> SarifLevel {
    match severity {
        Severity::Error => SarifLevel::Error,
        Severity::Warning => SarifLevel::Warning,
        Severity::Info => SarifLevel::Note,
    }
}

fn descriptor(name: &str) -> ReportingDescriptor {
    let rule = rule(name);
    let summary = rule.map_or(name, |rule| rule.summary);
    let page = rule.map_or("", |rule| rule.page);
    let or_summary = |text: String| if text.trim().is_empty() { summary.to_owned() } else { text };
    // Code scanning cuts descriptions at 1024 characters.
    let short = |text: &str| Text::new(text.chars().take(bounds::SARIF_DESCRIPTION).collect::<String>());
    ReportingDescriptor {
        id: name.to_owned(),
        name: name.to_owned(),
        short_description: short(summary),
        full_description: short(&or_summary(page::lead(page))),
        help_uri: rule_url(name),
        help: schema::Help {
            text: or_summary(page::plain(page, Extent::FirstScreen, None)),
            markdown: or_summary(page::markdown(page, Extent::FirstScreen)),
        },
        default_configuration: schema::Configuration {
            level: level(rule.map_or(Severity::Warning, |r| r.severity)),
        },
        properties: properties(rule),
    }
}

fn properties(rule: Option<&Rule>) -> schema::Properties {
    let exposure = rule.filter(|rule| matches!(rule.effect, Effect::Exposed | Effect::Weak));
    let mut tags = vec!["aws".to_owned(), "iam".to_owned(), "cross-account".to_owned()];
    // A rule with a security severity must carry this tag.
    if exposure.is_some() {
        tags.push("security".to_owned());
    }
    if let Some(rule) = rule {
        let words = [rule.family_word(), rule.effect.name().to_owned()];
        tags.extend(words.into_iter().filter(|word| !word.is_empty()));
    }
    tags.dedup();
    let severity = exposure.map(|rule| match rule.severity {
        Severity::Error => "8.0",
        Severity::Warning => "5.5",
        Severity::Info => "2.5",
    });
    schema::Properties { tags, precision: "high", security_severity: severity }
}

/// A path as a relative URI.
fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
    let encode = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.bytes().map(encode).collect()
}
