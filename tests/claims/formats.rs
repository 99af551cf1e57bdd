//! What each output format looks like, and that the programs it is meant for can read it.

#![expect(clippy::indexing_slicing, clippy::disallowed_methods, reason = "test helpers")]

use crate::common::TODAY;
use clap::ValueEnum;
use regex::Regex;
use serde_json::Value;
use trustlint::internals::diagnostic::{Accepted, Effect, Instance, Label};
use trustlint::internals::outcome::Summary;
use trustlint::internals::report::{Style, rule_url, summary};
use trustlint::internals::statistics::Unresolved;
use trustlint::{Checked, Diagnostic, Format, Problem, Report, Severity, Sources, Span, write};

const READER: &str = "resource \"aws_iam_role_policy\" \"reader\" {\n  policy = jsonencode({\n    Statement = [{ Effect = \"Allow\", Action = [\"s3:GetObject\", \"s3:PutObject\"] }]\n  })\n}\n";
const BUCKET: &str = "Resources:\n  Policy:\n    Type: AWS::S3::BucketPolicy\n    Properties:\n      # für alle 😀: nur lesen\n      Action: s3:GetObject\n";

pub(super) fn sources() -> Sources {
    let files = [("a/reader.tf", READER), ("b/bucket.yaml", BUCKET)];
    Sources::in_memory(files.map(|(path, text)| (path.to_owned(), text.to_owned())))
}

pub(super) fn label(sources: &Sources, path: &str, needle: &str, text: &str) -> Label {
    let id = sources.find(path).unwrap();
    let at = sources.text(id).unwrap().find(needle).unwrap();
    Label::new(Span::new(id, at, at + needle.len()), text)
}

pub(super) fn two_sided(sources: &Sources) -> Diagnostic {
    let mut primary = label(sources, "a/reader.tf", "\"s3:PutObject\"", "allowed here");
    primary.address = Some("aws_iam_role_policy.reader".into());
    primary.account = Some("build (111111111111)".into());
    let mut other = label(sources, "b/bucket.yaml", "s3:GetObject", "only this is granted");
    other.account = Some("prod (222222222222)".into());
    let about = ("unused-ignore", Effect::Mismatch, Severity::Error);
    let message =
        "role `reader` may use `s3:PutObject` on bucket `shared`, but prod (222222222222) does not grant it";
    let mut finding = Diagnostic::new(about, message.into(), primary)
        .related(other)
        .help("add `s3:PutObject` to the bucket policy")
        .about(["reader", "shared"]);
    finding.instances = vec![Instance { address: "r".into(), account: None }];
    finding
}

pub(super) fn one_sided(sources: &Sources) -> Diagnostic {
    let primary = label(sources, "b/bucket.yaml", "s3:GetObject", "");
    let mut finding = placed(two_sided(sources), primary, Vec::new()).severity(Severity::Warning);
    finding.help = None;
    finding
}

/// The same finding at other places.
pub(super) fn placed(mut finding: Diagnostic, primary: Label, related: Vec<Label>) -> Diagnostic {
    (finding.primary, finding.related) = (primary, related);
    finding
}

pub(super) fn checked(sources: &Sources) -> Checked {
    let problem = label(sources, "b/bucket.yaml", "Policy", "").span;
    Checked {
        findings: vec![two_sided(sources), one_sided(sources)],
        suppressed: vec![(one_sided(sources), Accepted { reason: "SEC-1".to_owned(), in_source: true })],
        problems: vec![Problem::new(problem, "expected `}`")],
        summary: Summary {
            files: 2,
            accounts: 2,
            accounts_without_id: 0,
            deployed: 2,
            deployed_unknown: 0,
            roles: 1,
            edges: 1,
            unresolved: Unresolved { principals: 3, actions: 1, defects: 2, ..Unresolved::default() },
        },
        ..Checked::default()
    }
}

pub(super) fn report<'a>(sources: &'a Sources, checked: &'a Checked) -> Report<'a> {
    Report {
        sources,
        checked,
        repository_prefix: "",
        show_suppressed: false,
        fold_infos: false,
        time: TODAY.parse().unwrap(),
        picture: None,
    }
}

pub(super) fn written(format: Format, report: &Report<'_>, style: Style) -> String {
    let mut out = Vec::new();
    write(format, report, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

pub(super) fn json(format: Format, report: &Report<'_>) -> Value {
    serde_json::from_str(&written(format, report, Style::default())).unwrap()
}

#[test]
fn the_full_format_shows_both_sides() {
    let sources = sources();
    let checked = checked(&sources);
    let text = written(Format::Full, &report(&sources, &checked), Style { hints: true, ..Style::default() });
    let expected = "\
error[unused-ignore]: role `reader` may use `s3:PutObject` on bucket `shared`, but prod (222222222222) does not grant it
   ╭─[a/reader.tf:3:64]
 2 │   policy = jsonencode({
 3 │     Statement = [{ Effect = \"Allow\", Action = [\"s3:GetObject\", \"s3:PutObject\"] }]
   ·                                                                ───────┬──────
   ·                                                                       ╰── allowed here (account build)
 4 │   })
   ╰────
   ╭─[b/bucket.yaml:6:15]
 5 │       # für alle 😀: nur lesen
 6 │       Action: s3:GetObject
   ·               ──────┬─────
   ·                     ╰── only this is granted (account prod)
   ╰────
  help: add `s3:PutObject` to the bucket policy
  more: trustlint explain unused-ignore, ";
    let expected = format!("{expected}{}\n", rule_url("unused-ignore"));
    assert!(text.starts_with(&expected), "{text}");
    assert!(text.contains("\n\nwarning[unused-ignore]: role"), "{text}");
}

#[test]
fn nothing_is_printed_when_there_is_nothing_to_say() {
    let sources = sources();
    let checked = Checked::default();
    for format in [Format::Full, Format::Concise] {
        assert_eq!(written(format, &report(&sources, &checked), Style::default()), "");
    }
}

#[test]
fn colours_are_only_where_they_are_asked_for() {
    let sources = sources();
    let checked = checked(&sources);
    let escape = Regex::new("\x1b\\[[0-9;]*m").unwrap();
    for format in [Format::Full, Format::Concise] {
        let plain = written(format, &report(&sources, &checked), Style::default());
        assert!(!plain.contains('\x1b'), "{plain}");
        let colour = written(format, &report(&sources, &checked), Style { colour: true, ..Style::default() });
        assert!(colour.contains("\x1b[1;31merror"), "{colour}");
        let stripped = escape.replace_all(&colour, "").into_owned();
        assert_eq!(stripped, plain);
    }
}

#[test]
fn templates_cannot_command_the_terminal() {
    let text = "x = \"\x1b[2J\u{202e}é\"\r\ny\x07\n";
    let sources = Sources::in_memory([("a\x1b[31m.tf".to_owned(), text.to_owned())]);
    let primary = label(&sources, "a\x1b[31m.tf", "é", "\x07");
    let mut finding = placed(two_sided(&self::sources()), primary, Vec::new());
    (finding.message, finding.help) = ("role `\x1b[2J\n` is bad".into(), Some("\x1b".into()));
    let checked = Checked { findings: vec![finding], ..Checked::default() };
    for format in [Format::Full, Format::Concise] {
        let text = written(format, &report(&sources, &checked), Style::default());
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}', '\r']), "{text:?}");
    }
    let concise = written(Format::Concise, &report(&sources, &checked), Style::default());
    assert_eq!(concise.lines().count(), 1);
}

#[test]
fn a_line_made_by_a_machine_is_not_drawn() {
    let text = format!("{{\"a\": \"{}\", \"Principal\": \"*\"}}", "x".repeat(5_000));
    let sources = Sources::in_memory([("policy.json".to_owned(), text)]);
    let primary = label(&sources, "policy.json", "\"*\"", "everyone");
    let finding = placed(two_sided(&self::sources()), primary, Vec::new());
    let checked = Checked { findings: vec![finding], ..Checked::default() };
    let text = written(Format::Full, &report(&sources, &checked), Style::default());
    assert!(text.contains("   ╭─[policy.json:1:5024]\n   ╰── everyone\n  help: add"), "{text}");
    assert!(text.len() < 500, "{text}");
}

#[test]
fn places_at_the_end_of_a_file_and_in_empty_files_are_drawn() {
    let files = [("a.tf", ""), ("b.tf", "x"), ("c.tf", "x\n"), ("d.tf", &"line\n".repeat(50))];
    let sources = Sources::in_memory(files.map(|(path, text)| (path.to_owned(), text.to_owned())));
    let at = |path: &str, start, end| Label::new(Span::new(sources.find(path).unwrap(), start, end), "here");
    let places =
        [at("a.tf", 0, 0), at("b.tf", 1, 1), at("c.tf", 2, 2), at("d.tf", 0, 250), at("d.tf", 225, 229)];
    for primary in &places {
        let finding = placed(two_sided(&self::sources()), primary.clone(), places.to_vec());
        let checked = Checked { findings: vec![finding], ..Checked::default() };
        let text = written(Format::Full, &report(&sources, &checked), Style::default());
        assert!(!text.contains("Failed"), "{text}");
        assert!(text.contains("[d.tf:1:1]") && text.contains("[d.tf:46:1]"), "{text}");
        assert!(text.lines().count() < 60, "{text}");
    }
}

#[test]
fn the_json_format_has_every_key_of_version_1() {
    let sources = sources();
    let checked = checked(&sources);
    let json = json(Format::Json, &report(&sources, &checked));
    assert_eq!(json["version"], 1);
    let finding = &json["findings"][0];
    assert_eq!(finding["rule"], "unused-ignore");
    assert_eq!(finding["effect"], "mismatch");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["confidence"], "certain");
    assert_eq!(finding["help"], "add `s3:PutObject` to the bucket policy");
    assert_eq!(finding["fingerprint"], two_sided(&sources).fingerprint());
    assert_eq!(finding["instances"], serde_json::json!([{"address": "r", "account": null}]));
    let place = &finding["locations"][0];
    assert_eq!(place["path"], "a/reader.tf");
    assert_eq!(place["start"], serde_json::json!({"line": 3, "column": 64, "offset": 129}));
    assert_eq!(place["end"]["column"], 78);
    assert_eq!(place["address"], "aws_iam_role_policy.reader");
    assert_eq!(finding["locations"][1]["account"], "prod (222222222222)");
    let unresolved = serde_json::json!({"policies": 0, "principals": 3, "actions": 1, "resources": 0,
        "conditions": 0, "defects": 2});
    let expected = serde_json::json!({"files": 2, "accounts": 2, "roles": 1, "errors": 1, "warnings": 1,
        "infos": 0, "suppressed": 1, "baseline": 0, "left_out": 0, "unresolved": unresolved});
    assert_eq!(json["summary"], expected);
    let problem = serde_json::json!({"path": "b/bucket.yaml", "line": 2, "column": 3, "message": "expected `}`",
        "fingerprint": null});
    assert_eq!(json["problems"][0], problem);
    assert_eq!(json.get("suppressed"), None);
}

#[test]
fn suppressed_findings_are_shown_with_their_reason_when_asked_for() {
    let sources = sources();
    let checked = checked(&sources);
    let report = Report { show_suppressed: true, ..report(&sources, &checked) };
    assert_eq!(json(Format::Json, &report)["suppressed"][0]["reason"], "SEC-1");
    let result = &json(Format::Sarif, &report)["runs"][0]["results"][2];
    let suppression =
        |kind: &str| serde_json::json!({"kind": kind, "status": "accepted", "justification": "SEC-1"});
    assert_eq!(result["suppressions"], serde_json::json!([suppression("inSource")]));
    let mut of_configuration = checked.suppressed.clone();
    for (_, accepted) in &mut of_configuration {
        accepted.in_source = false;
    }
    let elsewhere = Checked { suppressed: of_configuration, ..Checked::default() };
    let report_of_it = Report { checked: &elsewhere, ..report };
    let result = &json(Format::Sarif, &report_of_it)["runs"][0]["results"][0];
    assert_eq!(result["suppressions"], serde_json::json!([suppression("external")]));
    let concise = written(Format::Concise, &report, Style::default());
    assert!(concise.contains("b/bucket.yaml:6:15: info: suppressed (SEC-1): role"), "{concise}");
    let full = written(Format::Full, &report, Style::default());
    assert!(full.contains("suppressed[unused-ignore]: role") && full.contains("╰── SEC-1"), "{full}");
}

#[test]
fn sarif_follows_its_schema() {
    let schema = std::fs::read_to_string("testdata/schemas/sarif-2.1.0.json").unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let sources = sources();
    for (checked, show_suppressed) in
        [(checked(&sources), true), (checked(&sources), false), (Checked::default(), true)]
    {
        let report = Report { show_suppressed, ..report(&sources, &checked) };
        let sarif = json(Format::Sarif, &report);
        let errors: Vec<_> = validator.iter_errors(&sarif).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
    }
}

#[test]
fn sarif_has_what_code_scanning_asks_for() {
    let sources = sources();
    let checked = checked(&sources);
    let sarif =
        json(Format::Sarif, &Report { repository_prefix: "infra dir/", ..report(&sources, &checked) });
    let run = &sarif["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["version"], env!("CARGO_PKG_VERSION"));
    assert!(driver["informationUri"].as_str().unwrap().starts_with("https://"));
    assert_eq!(driver["rules"].as_array().unwrap().len(), 1);
    let rule = &run["tool"]["driver"]["rules"][0];
    assert_eq!(rule["helpUri"], rule_url("unused-ignore"));
    for key in ["shortDescription", "fullDescription", "help"] {
        assert!(!rule[key]["text"].as_str().unwrap().is_empty(), "{key}");
    }
    let result = &run["results"][0];
    assert_eq!(result["ruleIndex"], 0);
    assert!(result.get("suppressions").is_none());
    let physical = &result["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"]["uri"], "infra%20dir/a/reader.tf");
    let region = serde_json::json!({"startLine": 3, "startColumn": 64, "endLine": 3, "endColumn": 78});
    assert_eq!(physical["region"], region);
    let text = result["message"]["text"].as_str().unwrap();
    let end = ". See also: [only this is granted](1). Help: add `s3:PutObject` to the bucket policy";
    assert!(text.ends_with(end), "{text}");
    assert_eq!(result["relatedLocations"][0]["id"], 1);
    assert_eq!(result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap().len(), 2);
    assert_eq!(result["properties"], serde_json::json!({"effect": "mismatch", "confidence": "certain"}));
    let fingerprints = &result["partialFingerprints"];
    assert_eq!(fingerprints["trustlint/v1"], two_sided(&sources).fingerprint());
    assert!(
        Regex::new("^[0-9a-f]{10,16}:1$")
            .unwrap()
            .is_match(fingerprints["primaryLocationLineHash"].as_str().unwrap())
    );
    // Code scanning takes equal fingerprints for one alert.
    let second = &run["results"][1]["partialFingerprints"]["trustlint/v1"];
    assert_eq!(*second, format!("{}:2", two_sided(&sources).fingerprint()));
    let note = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert_eq!(note["message"]["text"], "expected `}`");
}

#[test]
fn sarif_columns_count_utf_16_units() {
    let sources = sources();
    let primary = label(&sources, "b/bucket.yaml", "nur", "");
    let mut finding = two_sided(&sources);
    finding.primary = primary;
    let checked = Checked { findings: vec![finding], ..Checked::default() };
    let sarif = json(Format::Sarif, &report(&sources, &checked));
    let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((region["startColumn"].as_u64(), region["endColumn"].as_u64()), (Some(22), Some(25)));
}

#[test]
fn code_scanning_gets_the_worst_five_thousand() {
    let sources = sources();
    let mut findings = vec![one_sided(&sources); 5_000];
    findings.push(two_sided(&sources));
    let checked = Checked { findings, ..Checked::default() };
    let sarif = json(Format::Sarif, &report(&sources, &checked));
    let run = &sarif["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), 5_000);
    assert_eq!(run["results"][0]["level"], "error");
    assert_eq!(
        run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"],
        "1 more findings are left out"
    );
}

fn pattern(file: &str, pointer: &str) -> (Regex, Value) {
    let json: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let pattern = json.pointer(pointer).unwrap().clone();
    (Regex::new(pattern["regexp"].as_str().unwrap()).unwrap(), pattern)
}

fn parts(matcher: &(Regex, Value), line: &str) -> Vec<String> {
    let (regex, pattern) = matcher;
    let captures = regex.captures(line).unwrap_or_else(|| panic!("no match: {line:?}"));
    let part = |key: &str| captures[usize::try_from(pattern[key].as_u64().unwrap()).unwrap()].to_owned();
    ["file", "line", "column", "severity", "message", "code"].map(part).to_vec()
}

#[test]
fn the_problem_matchers_read_the_concise_format() {
    let sources = sources();
    let checked = checked(&sources);
    let github = pattern("editors/github-problem-matcher.json", "/problemMatcher/0/pattern/0");
    let code = pattern("editors/vscode-tasks.json", "/tasks/0/problemMatcher/pattern");
    let message = two_sided(&sources).into_said().message;
    let expected = |path: &str| {
        vec![
            path.to_owned(),
            "3".into(),
            "64".into(),
            "error".into(),
            message.clone(),
            "unused-ignore".into(),
        ]
    };
    let plain = written(Format::Concise, &report(&sources, &checked), Style::default());
    let line = plain.lines().next().unwrap();
    let windows = line.replace("a/reader.tf", "C:\\work\\a\\reader.tf");
    for matcher in [&github, &code] {
        assert_eq!(parts(matcher, line), expected("a/reader.tf"));
        assert_eq!(parts(matcher, &windows), expected("C:\\work\\a\\reader.tf"));
    }
    let colour =
        written(Format::Concise, &report(&sources, &checked), Style { colour: true, ..Style::default() });
    assert_eq!(parts(&github, colour.lines().next().unwrap()), expected("a/reader.tf"));
    let summary = summary(&report(&sources, &checked), std::time::Duration::ZERO);
    assert!(!github.0.is_match(&summary) && !code.0.is_match(&summary));
}

#[test]
fn the_summary_counts_and_names_what_is_unresolved() {
    let sources = sources();
    let checked = checked(&sources);
    let line = summary(&report(&sources, &checked), std::time::Duration::from_millis(94));
    let expected = "2 findings (1 error, 1 warning), 1 suppressed, 1 problem; 2 files, 2 accounts, 0.09 s; unresolved: 3 principals, 1 action, 2 defects";
    assert_eq!(line, expected);
    let nothing = summary(&report(&sources, &Checked::default()), std::time::Duration::ZERO);
    assert_eq!(nothing, "no findings; 0 files, 0 accounts, 0.00 s");
}

proptest::proptest! {
    #[test]
    fn any_place_of_any_text_can_be_shown(
        texts in proptest::array::uniform2("([a-zé😀 \t\x1b]|\n|\r\n|\r){0,40}"),
        places in proptest::collection::vec((0..2usize, 0..60usize, 0..20usize), 1..5),
    ) {
        let paths = ["a.tf", "b.tf"];
        let sources = Sources::in_memory(std::iter::zip(paths, &texts).map(|(path, text)| (path.to_owned(), text.clone())));
        let mut labels = places.iter().map(|(file, start, length)| {
            let boundary = |at: usize| (0..=at.min(texts[*file].len())).rev().find(|at| texts[*file].is_char_boundary(*at));
            let (start, end) = (boundary(*start).unwrap(), boundary(start + length).unwrap());
            Label::new(Span::new(sources.find(paths[*file]).unwrap(), start, end), "here")
        });
        let primary = labels.next().unwrap();
        let finding = placed(two_sided(&self::sources()), primary, labels.collect());
        let checked = Checked { findings: vec![finding], ..Checked::default() };
        for format in Format::value_variants().iter().copied() {
            let text = written(format, &report(&sources, &checked), Style::default());
            proptest::prop_assert!(!text.contains("Failed") && !text.contains(['\x1b', '\r']), "{:?}", text);
            proptest::prop_assert!(format != Format::Full || text.contains("here"), "{}", text);
        }
    }
}
