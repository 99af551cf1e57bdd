//! The formats for other programs: each is checked against its schema, or read by what reads it.

#![expect(clippy::indexing_slicing, clippy::disallowed_methods, reason = "test helpers")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use jsonschema::Validator;
use quick_junit::{NonSuccessKind, TestCaseStatus};
use serde::Deserialize;
use serde_json::{Value, json};
use trustlint::internals::report::{Style, json_schema, rule_url};
use trustlint::{Checked, Format, Report, Severity, Sources};

use crate::formats::{checked, label, one_sided, placed, report, sources, two_sided, written};

/// What must stand in no output as it is.
const HOSTILE: &str = "\u{1b}[2J\u{202e}\u{200b}\u{85}\u{2028}";

fn validator(file: &str) -> Validator {
    let schema = std::fs::read_to_string(Path::new("testdata/schemas").join(file)).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap()
}

fn assert_valid(validator: &Validator, value: &Value) {
    let errors: Vec<_> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
}

fn text(format: Format, report: &Report<'_>) -> String {
    written(format, report, Style::default())
}

fn parsed(format: Format, report: &Report<'_>) -> Value {
    serde_json::from_str(&text(format, report)).unwrap()
}

/// Findings whose names, paths and texts are no good.
fn hostile() -> (Sources, Checked) {
    let path = format!("a,b:c %0A'\"<&>\n::error::{HOSTILE}]]>/main.tf");
    let sources = Sources::in_memory([(path.clone(), "x = \"é😀*\"\ny = 1\n".to_owned())]);
    let message =
        format!("role `a|b`<script>](https://a.example) --> ``` {HOSTILE}\n::error::x ##vso[x] 100%");
    let primary = label(&sources, &path, "*", &message);
    let related = vec![label(&sources, &path, "y", &message)];
    let own = self::sources();
    let mut finding = placed(two_sided(&own), primary, related);
    (finding.message, finding.help) = (message.clone(), Some(message.into()));
    (sources, Checked { findings: vec![finding.clone(), finding], ..Checked::default() })
}

#[test]
fn every_format_for_programs_links_the_page_of_the_rule() {
    let sources = sources();
    let checked = checked(&sources);
    let report = report(&sources, &checked);
    let url = rule_url("unused-ignore");
    assert!(url.starts_with("https://") && url.ends_with("/rules/unused-ignore.md"), "{url}");
    let at = |format, pointer: &str| {
        parsed(format, &report).pointer(pointer).unwrap().as_str().unwrap().to_owned()
    };
    for (format, pointer) in [
        (Format::Json, "/findings/0/url"),
        (Format::Sarif, "/runs/0/tool/driver/rules/0/helpUri"),
        (Format::GitlabSast, "/vulnerabilities/0/links/0/url"),
        (Format::GitlabSast, "/vulnerabilities/0/identifiers/0/url"),
        (Format::Rdjson, "/diagnostics/0/code/url"),
    ] {
        assert_eq!(at(format, pointer), url);
    }
    assert!(at(Format::Gitlab, "/0/content/body").ends_with(&url));
    assert!(at(Format::Sonar, "/rules/0/description").ends_with(&url));
    for format in [Format::Github, Format::Junit, Format::Jsonl, Format::Markdown] {
        let text = text(format, &report);
        assert_eq!(text.matches(&url).count(), 2, "{text}");
    }
}

#[test]
fn lines_of_json_are_the_findings_of_the_document() {
    let sources = sources();
    let checked = checked(&sources);
    let report = Report { show_suppressed: true, ..report(&sources, &checked) };
    let text = text(Format::Jsonl, &report);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let document = parsed(Format::Json, &report);
    assert_eq!(lines[..2], document["findings"].as_array().unwrap()[..]);
    assert_eq!(lines[2..], document["suppressed"].as_array().unwrap()[..]);
}

/// `BLESS=1` writes the schema; whatever is added to the format shows up in it.
#[test]
fn the_schema_of_json_is_written_down() {
    let path = Path::new("docs/check.schema.json");
    let right = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
    if std::env::var("BLESS").is_ok_and(|value| value == "1") {
        std::fs::write(path, &right).unwrap();
    }
    let known = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        known, right,
        "docs/check.schema.json is stale; `BLESS=1 cargo test --test claims schema` rewrites it"
    );
}

#[test]
fn what_check_prints_as_json_follows_the_schema() {
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string("docs/check.schema.json").unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for example in [
        "user-assumes-role/terraform/broken-wrong-role-name",
        "bucket-policy-grants-user/mixed/broken-put-object-missing",
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
        let arguments = ["check", ".", "--output-format", "json", "--show-suppressed", "--profile", "audit"];
        let folder = Path::new("testdata/examples").join(example);
        let done = command.args(arguments).current_dir(&folder).output().unwrap();
        let document: Value = serde_json::from_slice(&done.stdout).unwrap();
        assert!(!document["findings"].as_array().unwrap().is_empty(), "{}", folder.display());
        assert_valid(&validator, &document);
    }
    let (sources, checked) = hostile();
    assert_valid(&validator, &parsed(Format::Json, &report(&sources, &checked)));
    // What the schema does not know is refused, or it would say nothing.
    let wrong = json!({"version": 1, "findings": [{"rule": 1}], "summary": {}, "problems": []});
    assert!(!validator.is_valid(&wrong));
}

#[test]
fn code_quality_follows_the_schema_of_gitlab_and_no_two_are_alike() {
    let validator = validator("gitlab-code-quality.json");
    let sources = sources();
    let checked = checked(&sources);
    let report = Report { repository_prefix: "infra/", ..report(&sources, &checked) };
    let issues = parsed(Format::Gitlab, &report);
    let issues = issues.as_array().unwrap();
    for issue in issues {
        assert_valid(&validator, issue);
    }
    assert_eq!(issues[0]["severity"], "critical");
    assert_eq!(issues[0]["location"], json!({"path": "infra/a/reader.tf", "lines": {"begin": 3, "end": 3}}));
    assert!(issues[0]["description"].as_str().unwrap().starts_with("unused-ignore: role `reader`"));
    assert_eq!(issues[1]["severity"], "major");
    // GitLab shows one of those with the same fingerprint.
    assert_ne!(issues[0]["fingerprint"], issues[1]["fingerprint"]);
    assert_eq!(parsed(Format::Gitlab, &self::report(&sources, &Checked::default())), json!([]));
}

#[test]
fn security_findings_follow_the_schema_of_gitlab() {
    let validator = validator("gitlab-sast-15.0.4.json");
    let sources = sources();
    let mut checked = checked(&sources);
    checked.findings[1].help = Some("é".repeat(10_000).into());
    let report = report(&sources, &checked);
    let document = parsed(Format::GitlabSast, &report);
    assert_valid(&validator, &document);
    assert_eq!(document["scan"]["start_time"], "2026-06-01T00:00:00");
    assert_eq!(document["scan"]["messages"][0]["value"], "expected `}`");
    let [first, second] = [0, 1].map(|at| &document["vulnerabilities"][at]);
    assert_eq!(first["severity"], "High");
    assert_eq!(first["details"]["other_places"]["items"][0]["file_name"], "b/bucket.yaml");
    assert_eq!(second["solution"].as_str().unwrap().chars().count(), 7_000);
    // The same in every run, and another one for each finding.
    assert_eq!(document, parsed(Format::GitlabSast, &report));
    assert_ne!(first["id"], second["id"]);
    let id =
        regex::Regex::new("^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$").unwrap();
    assert!(id.is_match(first["id"].as_str().unwrap()), "{first}");
    let (sources, checked) = hostile();
    assert_valid(&validator, &parsed(Format::GitlabSast, &self::report(&sources, &checked)));
    assert_valid(&validator, &parsed(Format::GitlabSast, &self::report(&sources, &Checked::default())));
}

#[test]
fn reviewdog_gets_columns_in_bytes() {
    let validator = validator("reviewdog-diagnostic-result.json");
    let (sources, checked) = hostile();
    let document = parsed(Format::Rdjson, &report(&sources, &checked));
    assert_valid(&validator, &document);
    // Before the `*` there are `x = "`, two bytes of `é` and four of the emoji.
    let range = json!({"start": {"line": 1, "column": 12}, "end": {"line": 1, "column": 13}});
    assert_eq!(document["diagnostics"][0]["location"]["range"], range);
    let sources = self::sources();
    let checked = self::checked(&sources);
    let document = parsed(Format::Rdjson, &report(&sources, &checked));
    assert_valid(&validator, &document);
    let first = &document["diagnostics"][0];
    assert_eq!(first["severity"], "ERROR");
    assert_eq!(first["related_locations"][0]["location"]["path"], "b/bucket.yaml");
    assert_eq!(document["diagnostics"][1]["severity"], "WARNING");
}

/// The form as SonarQube documents it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SonarReport {
    rules: Vec<SonarRule>,
    issues: Vec<SonarIssue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SonarRule {
    id: String,
    name: String,
    #[serde(rename = "description")]
    _description: Option<String>,
    engine_id: String,
    clean_code_attribute: String,
    impacts: Vec<SonarImpact>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SonarImpact {
    software_quality: String,
    severity: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SonarIssue {
    rule_id: String,
    primary_location: SonarLocation,
    #[serde(default)]
    secondary_locations: Vec<SonarLocation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SonarLocation {
    message: String,
    file_path: String,
    text_range: SonarRange,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SonarRange {
    start_line: usize,
    end_line: Option<usize>,
    start_column: Option<usize>,
    end_column: Option<usize>,
}

/// Reads a report as SonarQube does: it refuses rules that are not described, and places that are empty.
fn read_by_sonar(text: &str) -> SonarReport {
    let read: SonarReport = serde_json::from_str(text).unwrap();
    let ids: BTreeSet<&str> = read.rules.iter().map(|rule| rule.id.as_str()).collect();
    for rule in &read.rules {
        assert!(!rule.name.is_empty() && rule.engine_id == "trustlint");
        assert!(["TRUSTWORTHY", "LOGICAL", "CLEAR"].contains(&rule.clean_code_attribute.as_str()));
        let impact = &rule.impacts[0];
        assert!(["SECURITY", "RELIABILITY", "MAINTAINABILITY"].contains(&impact.software_quality.as_str()));
        assert!(["HIGH", "MEDIUM", "LOW"].contains(&impact.severity.as_str()));
    }
    for issue in &read.issues {
        assert!(ids.contains(issue.rule_id.as_str()));
        for place in std::iter::once(&issue.primary_location).chain(&issue.secondary_locations) {
            assert!(!place.file_path.is_empty());
            let range = &place.text_range;
            let start = (range.start_line, range.start_column.unwrap_or(0));
            let end = (range.end_line.unwrap_or(range.start_line), range.end_column.unwrap_or(usize::MAX));
            assert!(start < end && range.start_line > 0);
        }
    }
    read
}

#[test]
fn sonarqube_gets_columns_from_zero_and_no_empty_place() {
    let sources = sources();
    let mut checked = checked(&sources);
    checked.findings[1].primary.span = checked.findings[1].primary.span.part(0, 0);
    let read = read_by_sonar(&text(Format::Sonar, &report(&sources, &checked)));
    let first = &read.issues[0].primary_location;
    assert_eq!((first.text_range.start_column, first.text_range.end_column), (Some(63), Some(77)));
    assert!(first.message.ends_with("; help: add `s3:PutObject` to the bucket policy"), "{}", first.message);
    assert_eq!(read.issues[0].secondary_locations[0].file_path, "b/bucket.yaml");
    assert_eq!(read.issues[1].primary_location.text_range.start_column, None);
    let (sources, checked) = hostile();
    let read = read_by_sonar(&text(Format::Sonar, &report(&sources, &checked)));
    // An emoji is two units of UTF-16.
    assert_eq!(read.issues[0].primary_location.text_range.start_column, Some(8));
}

#[test]
fn junit_is_read_as_tests_that_failed_passed_and_were_skipped() {
    let sources = sources();
    let mut checked = checked(&sources);
    checked.findings.push(one_sided(&sources).severity(Severity::Info));
    let report = Report { show_suppressed: true, ..report(&sources, &checked) };
    let read = quick_junit::Report::deserialize_from_str(&text(Format::Junit, &report)).unwrap();
    assert_eq!((read.tests, read.failures, read.errors), (4, 2, 0));
    let [first, second] = [0, 1].map(|at| &read.test_suites[at]);
    assert_eq!(first.name.as_str(), "a/reader.tf");
    let case = &first.test_cases[0];
    assert_eq!(case.name.as_str(), "unused-ignore aws_iam_role_policy.reader");
    let TestCaseStatus::NonSuccess { kind, message, ty, description, .. } = &case.status else { panic!() };
    assert_eq!((*kind, ty.as_deref()), (NonSuccessKind::Failure, Some("error")));
    assert_eq!(message.as_deref(), Some(two_sided(&sources).message.as_str()));
    let expected = format!(
        "line 3, column 64: {}\nb/bucket.yaml:6:15: only this is granted\nhelp: add `s3:PutObject` to the bucket policy\n{}",
        two_sided(&sources).message,
        rule_url("unused-ignore")
    );
    assert_eq!(description.as_deref(), Some(expected.as_str()));
    // Tests are told apart by their names.
    let names: Vec<_> = second.test_cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names, ["unused-ignore", "unused-ignore (2)", "unused-ignore (3)"]);
    assert!(matches!(second.test_cases[1].status, TestCaseStatus::Success { .. }));
    assert!(matches!(second.test_cases[2].status, TestCaseStatus::Skipped { .. }));
    let clean = text(Format::Junit, &self::report(&sources, &Checked::default()));
    let clean = quick_junit::Report::deserialize_from_str(&clean).unwrap();
    assert_eq!((clean.tests, clean.failures), (1, 0));
    let (sources, checked) = hostile();
    let read = text(Format::Junit, &self::report(&sources, &checked));
    quick_junit::Report::deserialize_from_str(&read).unwrap();
}

/// What readers take from the format of Checkstyle.
#[derive(Deserialize)]
struct Checkstyle {
    #[serde(default, rename = "file")]
    files: Vec<CheckstyleFile>,
}

#[derive(Deserialize)]
struct CheckstyleFile {
    #[serde(rename = "@name")]
    name: String,
    #[serde(rename = "error")]
    errors: Vec<CheckstyleError>,
}

#[derive(Deserialize)]
struct CheckstyleError {
    #[serde(rename = "@line")]
    line: usize,
    #[serde(rename = "@column")]
    column: usize,
    #[serde(rename = "@severity")]
    severity: String,
    #[serde(rename = "@message")]
    message: String,
    #[serde(rename = "@source")]
    source: String,
}

#[test]
fn checkstyle_has_each_file_once() {
    let sources = sources();
    let mut checked = checked(&sources);
    checked.findings.push(one_sided(&sources));
    let read: Checkstyle =
        quick_xml::de::from_str(&text(Format::Checkstyle, &report(&sources, &checked))).unwrap();
    let names: Vec<_> = read.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["a/reader.tf", "b/bucket.yaml"]);
    let error = &read.files[0].errors[0];
    assert_eq!((error.line, error.column, error.severity.as_str()), (3, 64, "error"));
    assert_eq!(error.source, "trustlint.unused-ignore");
    assert!(
        error.message.contains("; b/bucket.yaml:6:15: only this is granted; help: add"),
        "{}",
        error.message
    );
    assert_eq!(read.files[1].errors.len(), 2);
    let clean = text(Format::Checkstyle, &report(&sources, &Checked::default()));
    assert!(quick_xml::de::from_str::<Checkstyle>(&clean).unwrap().files.is_empty());
}

#[test]
fn formats_in_xml_keep_paths_as_they_are() {
    // XML has no way to say a control character: it is called by its name.
    let path = "a,b:c %0A'\"<&>\n\u{202e}\u{200b}]]>/main.tf";
    let sources = Sources::in_memory([(path.to_owned(), "x\n".to_owned())]);
    let primary = label(&sources, path, "x", "here");
    let finding = placed(two_sided(&self::sources()), primary, Vec::new());
    let checked = Checked { findings: vec![finding], ..Checked::default() };
    let report = report(&sources, &checked);
    let read: Checkstyle = quick_xml::de::from_str(&text(Format::Checkstyle, &report)).unwrap();
    assert_eq!(read.files[0].name, path);
    assert!(text(Format::Junit, &report).contains("&#8238;"));
}

#[test]
fn workflow_commands_say_what_they_mean_to_say() {
    let sources = sources();
    let checked = checked(&sources);
    let report = Report { repository_prefix: "infra/", ..report(&sources, &checked) };
    let url = rule_url("unused-ignore");
    let expected = format!(
        "::error title=trustlint (unused-ignore),file=infra/a/reader.tf,line=3,endLine=3,col=64,endColumn=78::{}%0Ab/bucket.yaml:6:15: only this is granted%0Ahelp: add `s3:PutObject` to the bucket policy%0A{url}",
        two_sided(&sources).message
    );
    let text = text(Format::Github, &report);
    assert_eq!(text.lines().next(), Some(expected.as_str()));
    assert!(text.lines().nth(1).unwrap().starts_with("::warning title="), "{text}");
    let (sources, checked) = hostile();
    let text = self::text(Format::Github, &self::report(&sources, &checked));
    assert_eq!(text.lines().count(), 2, "{text}");
    let (command, data) = text.strip_prefix("::").unwrap().split_once("::").unwrap();
    assert!(command.contains("file=a%2Cb%3Ac %250A'\"<&>%0A%3A%3Aerror%3A%3A\\u{1b}[2J"), "{command}");
    assert_eq!(command.matches(',').count(), 5, "{command}");
    assert!(!data.contains("##vso") && data.contains("100%25"), "{data}");
}

#[test]
fn ten_of_each_kind_are_annotated_and_the_others_are_listed() {
    let sources = sources();
    let of = |severity| one_sided(&sources).severity(severity);
    let mut findings = vec![of(Severity::Info); 12];
    findings.extend(vec![of(Severity::Warning); 11]);
    findings.extend(vec![of(Severity::Error); 3]);
    let checked = Checked { findings, ..Checked::default() };
    let text = text(Format::Github, &report(&sources, &checked));
    let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!((count("::error "), count("::warning "), count("::notice ")), (3, 10, 10));
    assert!(text.starts_with("::error"), "{text}");
    assert!(text.contains("::4 more findings are listed in the log of this step"), "{text}");
    assert_eq!(count("b/bucket.yaml:6:15: "), 4);
    // Nothing is left out, so no place is kept for a notice.
    let checked = Checked { findings: vec![of(Severity::Info); 10], ..Checked::default() };
    assert_eq!(self::text(Format::Github, &report(&sources, &checked)).lines().count(), 10);
}

#[test]
fn a_long_annotation_keeps_its_link() {
    let sources = sources();
    let mut finding = two_sided(&sources);
    finding.message = "é%".repeat(5_000);
    let checked = Checked { findings: vec![finding], ..Checked::default() };
    let text = text(Format::Github, &report(&sources, &checked));
    let (_, data) = text.trim_end().rsplit_once("::").unwrap();
    let shown = data.replace("%0A", "\n").replace("%25", "%");
    assert!(shown.chars().count() <= 4_096 && shown.contains('…'), "{}", shown.chars().count());
    assert!(data.ends_with(&rule_url("unused-ignore")));
}

#[test]
fn a_summary_in_markdown_has_a_row_for_each_finding_and_no_markup_of_a_template() {
    let sources = sources();
    let mut checked = checked(&sources);
    checked.problems.clear();
    let report = Report { picture: Some("flowchart LR\n"), ..report(&sources, &checked) };
    let text = text(Format::Markdown, &report);
    assert!(
        text.starts_with("## trustlint: 2 findings (1 error, 1 warning)\n\n```mermaid\nflowchart LR\n```\n"),
        "{text}"
    );
    let rows: Vec<_> = text.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert_eq!(rows.len(), 2, "{text}");
    let cells =
        "role <code>reader</code> may use <code>s3&#58;PutObject</code> on bucket <code>shared</code>";
    assert!(rows[0].contains(cells), "{text}");
    assert!(rows[0].ends_with("<code>a/reader.tf&#58;3&#58;64</code><br><code>b/bucket.yaml&#58;6&#58;15</code> only this is granted |"), "{text}");
    let clean = self::text(Format::Markdown, &self::report(&sources, &Checked::default()));
    assert_eq!(clean, "## trustlint: no findings\n\n0 files, 0 accounts\n");
    let (sources, checked) = hostile();
    let text = self::text(Format::Markdown, &self::report(&sources, &checked));
    let row = text.lines().find(|line| line.starts_with("| 🛑")).unwrap();
    // Three cells, whatever the names hold.
    assert_eq!(row.matches('|').count(), 4, "{row}");
    assert!(
        !row.contains("<script") && !row.contains("](https://a.example)") && !row.contains("```"),
        "{row}"
    );
}

#[test]
fn a_summary_is_never_too_large_for_github() {
    let sources = sources();
    let checked = Checked { findings: vec![two_sided(&sources); 20_000], ..Checked::default() };
    let text = text(Format::Markdown, &report(&sources, &checked));
    assert!(text.len() <= 1_024 * 1_024 && text.len() > 900_000, "{}", text.len());
    let shown = text.lines().filter(|line| line.starts_with("| 🛑")).count();
    assert!(text.contains(&format!("\n{} more findings not shown", 20_000 - shown)), "{shown}");
    assert!(text.ends_with("0 files, 0 accounts\n"));
}
