//! Security findings of GitLab: a report of static analysis, version 15.
//!
//! <https://docs.gitlab.com/development/integrations/secure/#report>

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use sha1::{Digest, Sha1};

use super::given::{Report, VERSION, cut, home, message, pretty, rule_url};
use super::places::{Fingerprints, in_repository};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::rules::rule;

/// The version of the form. GitLab takes those that it knows, and refuses all others.
const FORM: &str = "15.0.4";

#[derive(Serialize)]
struct Document<'a> {
    version: &'static str,
    schema: String,
    scan: Scan<'a>,
    vulnerabilities: Vec<Vulnerability<'a>>,
}

#[derive(Serialize)]
struct Scan<'a> {
    analyzer: Tool,
    scanner: Tool,
    r#type: &'static str,
    status: &'static str,
    start_time: String,
    end_time: String,
    messages: Vec<Message<'a>>,
}

#[derive(Serialize)]
struct Tool {
    id: &'static str,
    name: &'static str,
    version: &'static str,
    vendor: Vendor,
    url: String,
}

#[derive(Serialize)]
struct Vendor {
    name: &'static str,
}

#[derive(Serialize)]
struct Message<'a> {
    level: &'static str,
    value: &'a str,
}

#[derive(Serialize)]
struct Vulnerability<'a> {
    id: String,
    name: String,
    description: String,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    solution: Option<String>,
    identifiers: [Identifier<'a>; 1],
    links: [Link; 1],
    location: Location,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    details: BTreeMap<&'static str, Details>,
    tracking: Tracking,
}

#[derive(Serialize)]
struct Identifier<'a> {
    r#type: &'static str,
    name: &'a str,
    value: &'a str,
    url: String,
}

#[derive(Serialize)]
struct Link {
    name: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Location {
    file: String,
    start_line: usize,
    end_line: usize,
}

/// A list of places.
#[derive(Serialize)]
struct Details {
    r#type: &'static str,
    name: &'static str,
    items: Vec<Place>,
}

#[derive(Serialize)]
struct Place {
    r#type: &'static str,
    file_name: String,
    line_start: usize,
    line_end: usize,
}

/// What makes it the same finding in the next run.
#[derive(Serialize)]
struct Tracking {
    r#type: &'static str,
    items: [Tracked; 1],
}

#[derive(Serialize)]
struct Tracked {
    #[serde(flatten)]
    location: Location,
    signatures: [Signature; 1],
}

#[derive(Serialize)]
struct Signature {
    algorithm: &'static str,
    value: String,
}

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let tool = || Tool {
        id: "trustlint",
        name: "trustlint",
        version: VERSION,
        vendor: Vendor { name: "trustlint" },
        url: home(),
    };
    let time = time(report.time);
    let unread = report.checked.problems.iter().filter(|problem| !problem.message.is_empty());
    let mut known = Fingerprints::default();
    let findings = report.checked.findings.iter();
    let document = Document {
        version: FORM,
        schema: format!(
            "https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/v{FORM}/dist/sast-report-format.json"
        ),
        scan: Scan {
            analyzer: tool(),
            scanner: tool(),
            r#type: "sast",
            status: "success",
            start_time: time.clone(),
            end_time: time,
            messages: unread.map(|it| Message { level: "warn", value: &it.message }).collect(),
        },
        vulnerabilities: findings.map(|it| vulnerability(report, it, known.of(it))).collect(),
    };
    pretty(&document, out)
}

fn vulnerability<'a>(report: &Report<'_>, finding: &'a Diagnostic, fingerprint: String) -> Vulnerability<'a> {
    let summary = rule(finding.rule).map_or(finding.rule, |rule| rule.summary);
    let others: Vec<_> = finding.related.iter().map(|label| place(report, label)).collect();
    let details = Details { r#type: "list", name: "Other places", items: others };
    Vulnerability {
        id: uuid(&fingerprint),
        name: cut(summary, bounds::SAST_NAME).into_owned(),
        description: cut(&message(finding), bounds::SAST_DESCRIPTION).into_owned(),
        severity: match finding.severity {
            Severity::Error => "High",
            Severity::Warning => "Medium",
            Severity::Info => "Info",
        },
        solution: finding.help.as_ref().map(|help| cut(help, bounds::SAST_SOLUTION).into_owned()),
        identifiers: [Identifier {
            r#type: "trustlint_rule",
            name: finding.rule,
            value: finding.rule,
            url: rule_url(finding.rule),
        }],
        links: [Link { name: "The rule", url: rule_url(finding.rule) }],
        location: location(report, &finding.primary),
        details: (!details.items.is_empty()).then_some(("other_places", details)).into_iter().collect(),
        tracking: Tracking {
            r#type: "source",
            items: [Tracked {
                location: location(report, &finding.primary),
                signatures: [Signature { algorithm: "trustlint_v1", value: fingerprint }],
            }],
        },
    }
}

fn location(report: &Report<'_>, label: &Label) -> Location {
    let (start, end) = report.sources.positions(label.span);
    Location { file: in_repository(report, label.span.source), start_line: start.line, end_line: end.line }
}

fn place(report: &Report<'_>, label: &Label) -> Place {
    let Location { file, start_line, end_line } = location(report, label);
    Place { r#type: "file-location", file_name: file, line_start: start_line, line_end: end_line }
}

/// `2026-11-30T09:00:00`, without a zone.
fn time(time: Timestamp) -> String {
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// A UUID that the same finding has in every run: version 5, of RFC 9562, in a name space of its own.
fn uuid(fingerprint: &str) -> String {
    let mut hash: [u8; 20] = Sha1::digest(format!("trustlint finding {fingerprint}")).into();
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut hash;
    *version = (*version & 0x0f) | 0x50;
    *variant = (*variant & 0x3f) | 0x80;
    let mut id = String::with_capacity(36);
    for (at, byte) in hash.iter().take(16).enumerate() {
        id.push_str(if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" });
        // Writing to a string cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}
