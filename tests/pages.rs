//! Runs the examples on the pages of the rules.
//!
//! Every heading with code blocks below `Reported` and `Accepted` is a project. A line `` `path`: `` names the
//! file that the next block holds. A comment `# error: [rule] "text"` (or `warning`, `info`) expects a finding
//! whose primary place starts on its line, or on the next one when it stands alone, and covers just that text.
//! Files without comments are followed by an `expect` block. A finding without a mark fails as a mark without
//! a finding does.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::{Files, Finding, Outcome, Said, UNRESOLVED, differences, parse_mark, run};
use trustlint::rules::RULES;

/// The sections whose code blocks are run.
const SECTIONS: [&str; 2] = ["Reported", "Accepted"];

#[derive(Default)]
struct Case {
    section: String,
    heading: String,
    files: Files,
    expected: Vec<Finding>,
}

/// Reads the cases of a page.
fn cases(page: &str) -> Vec<Case> {
    let mut found: Vec<Case> = Vec::new();
    let mut path: Option<String> = None;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(section) = line.strip_prefix("## ") {
            found.push(Case { section: section.to_owned(), ..Case::default() });
        } else if let (Some(heading), Some(last)) = (line.strip_prefix("### "), found.last()) {
            let section = last.section.clone();
            found.push(Case { section, heading: heading.to_owned(), ..Case::default() });
        } else if let Some(name) = line.strip_prefix('`').and_then(|rest| rest.strip_suffix("`:")) {
            path = Some(name.to_owned());
        } else if let Some(language) = line.strip_prefix("```") {
            let text: String =
                lines.by_ref().take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect();
            if let Some(case) = found.last_mut().filter(|case| SECTIONS.contains(&case.section.as_str())) {
                add_block(case, language, path.take(), text);
            }
        }
    }
    found.retain(|case| !case.files.is_empty());
    found
}

fn add_block(case: &mut Case, language: &str, path: Option<String>, text: String) {
    match (language, path) {
        ("expect", None) => {
            let read = |line| Finding::parse(line).unwrap_or_else(|| panic!("no expectation: {line}"));
            case.expected.extend(text.lines().filter(|line| !line.is_empty()).map(read));
        }
        (_, Some(path)) => {
            case.expected.extend(marks(&path, &text));
            let earlier = case.files.insert(path, text);
            assert!(earlier.is_none(), "{}: a file occurs twice", case.heading);
        }
        (_, None) => panic!("{}: a code block has no path:\n{text}", case.heading),
    }
}

/// The findings that the comments of a file expect.
fn marks(path: &str, text: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut alone: Vec<(String, String, String)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let mark = ["error", "warning", "info"].iter().find_map(|severity| {
            let (before, after) = line.split_once(&format!("# {severity}: ["))?;
            Some((before, parse_mark(&format!("{severity} [{after}"))?))
        });
        let at = |(severity, rule, underlined): (String, String, String)| Finding {
            path: path.to_owned(),
            line: number,
            severity,
            rule,
            underlined,
        };
        match mark {
            Some((before, mark)) if before.trim().is_empty() => alone.push(mark),
            Some((_, mark)) => found.extend(alone.drain(..).chain([mark]).map(at)),
            None => found.extend(alone.drain(..).map(at)),
        }
    }
    assert!(alone.is_empty(), "{path}: a mark stands after the last line");
    found
}

#[test]
fn every_example_on_a_page_is_judged_as_it_says() {
    let mut wrong = Vec::new();
    for rule in RULES {
        let talkative: &[&str] = if rule.name == UNRESOLVED { &[] } else { &[UNRESOLVED] };
        for case in cases(rule.page) {
            let lines = differences(&case.expected, &run(&case.files), talkative);
            if !lines.is_empty() {
                let heading = format!("rules/{}.md: {}: {}", rule.name, case.section, case.heading);
                wrong.push(format!("{heading}\n    {}", lines.join("\n    ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} examples are judged otherwise:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_page_shows_what_is_reported_and_what_is_accepted() {
    for rule in RULES {
        let all = cases(rule.page);
        let of = |section: &str| all.iter().filter(|case| case.section == section).collect::<Vec<_>>();
        assert!(!of("Accepted").is_empty(), "{}: nothing is accepted", rule.name);
        assert!(!of("Reported").is_empty(), "{}: nothing is reported", rule.name);
        for case in of("Reported") {
            let own = case.expected.iter().any(|finding| finding.rule == rule.name);
            assert!(own, "{}: {}: no mark of the rule", rule.name, case.heading);
        }
        for case in of("Accepted") {
            let silent = case.expected.iter().all(|finding| finding.severity == "info");
            assert!(silent, "{}: {}: is not accepted", rule.name, case.heading);
        }
    }
}

#[test]
fn a_mark_underlines_what_its_line_says() {
    for rule in RULES {
        for case in cases(rule.page) {
            for finding in &case.expected {
                let line = case.files[&finding.path].lines().nth(finding.line - 1).unwrap_or_default();
                assert!(line.contains(&finding.underlined), "{}: {}: {finding}", rule.name, case.heading);
            }
        }
    }
}

#[test]
fn a_page_opens_with_the_name_and_the_summary_of_its_rule() {
    for rule in RULES {
        let mut lines = rule.page.lines().filter(|line| !line.is_empty());
        assert_eq!(lines.next(), Some(format!("# {}", rule.name).as_str()));
        let summary = lines.next().unwrap_or_default().trim_end_matches('.').to_lowercase();
        assert_eq!(summary, rule.summary.to_lowercase(), "{}", rule.name);
    }
}

#[test]
fn a_page_has_every_section() {
    let sections =
        ["Why it matters", "Reported", "Accepted", "What it cannot see", "How to fix", "References"];
    for rule in RULES {
        let found: Vec<_> = rule.page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(found, sections, "{}", rule.name);
    }
}

#[test]
fn every_page_belongs_to_a_rule() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let pages: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".md").map(str::to_owned))
        .filter(|name| name != "README")
        .collect();
    let names: BTreeSet<String> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    assert_eq!(pages, names);
}

#[test]
fn the_index_lists_every_rule_in_order() {
    let index = include_str!("../rules/README.md");
    let found: Vec<_> = index.lines().filter(|line| line.starts_with("| [")).collect();
    let expected: Vec<_> = RULES
        .iter()
        .map(|rule| {
            let summary = rule.page.lines().nth(2).unwrap_or_default();
            format!("| [{0}]({0}.md) | {1} | {summary} |", rule.name, rule.severity.name())
        })
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_mark_belongs_to_its_line_or_to_the_next() {
    let found =
        marks("a.tf", "x = 1 # error: [a] \"1\"\n# info: [b] \"2\"\n# warning: [c] \"y \"z\"\"\ny = 2\n");
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found, ["a.tf:1 error [a] \"1\"", "a.tf:4 info [b] \"2\"", "a.tf:4 warning [c] \"y \"z\"\""]);
}

#[test]
fn a_finding_without_a_mark_and_a_mark_without_a_finding_both_show() {
    let finding = |rule: &str| Finding::parse(&format!("a.tf:1 error [{rule}] \"x\"")).unwrap();
    let said = Said { finding: finding("a"), message: "it is bad".to_owned(), related: vec![] };
    let outcome = Outcome { findings: vec![said], problems: vec![] };
    let lines = differences(&[finding("b")], &outcome, &[]);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(differences(&[finding("a")], &outcome, &[]).is_empty());
    assert!(differences(&[], &outcome, &["a"]).is_empty());
}
