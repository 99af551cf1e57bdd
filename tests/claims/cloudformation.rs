//! Whole CloudFormation projects: what is reported for each of them, and nothing else.
//!
//! `testdata/cloudformation` has a directory for each matter, and in it one for each variant, with a file
//! `expected.txt` that holds one finding a line. To write the expectations anew, set `TRUSTLINT_BLESS` and
//! read the difference.

#![expect(clippy::disallowed_methods, reason = "the projects are real files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Files, Finding, Outcome, Said, differences, parse_mark, run};
use crate::judge::BESIDE;

const EXPECTED: &str = "expected.txt";

fn folders(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

fn collect(folder: &Path, prefix: &str, files: &mut Files) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// The variants of all matters: their folder, files and expectation.
fn variants() -> Vec<(PathBuf, Files, Vec<Finding>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cloudformation");
    let mut all = Vec::new();
    for variant in folders(&root).iter().flat_map(|matter| folders(matter)) {
        let mut files = Files::new();
        collect(&variant, "", &mut files);
        let expected = files.remove(EXPECTED).unwrap_or_default();
        let finding = |line: &str| Finding::parse(line).unwrap_or_else(|| panic!("{line}"));
        all.push((variant, files, expected.lines().map(finding).collect()));
    }
    all
}

#[test]
fn projects_are_judged_as_expected() {
    let mut wrong = Vec::new();
    for (folder, files, expected) in variants() {
        let outcome = run(&files);
        if std::env::var_os("TRUSTLINT_BLESS").is_some() {
            let lines: Vec<String> =
                outcome.findings.iter().map(|said| format!("{}\n", said.finding)).collect();
            fs::write(folder.join(EXPECTED), lines.concat()).unwrap();
        }
        let found = differences(&expected, &outcome, &BESIDE);
        if !found.is_empty() {
            wrong.push(format!("{}\n  {}", folder.display(), found.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_right_is_silent_and_what_is_wrong_is_not() {
    for (folder, _, expected) in variants() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let right = name == "right" || name == "correct";
        assert!(right || name == "wrong" || name.starts_with("broken-"), "{}", folder.display());
        assert_eq!(expected.is_empty(), right, "{}", folder.display());
    }
}

/// The outcome of one variant.
fn outcome(name: &str) -> Outcome {
    let found = variants().into_iter().find(|(folder, ..)| folder.ends_with(name));
    run(&found.unwrap_or_else(|| panic!("no `{name}`")).1)
}

#[test]
fn both_sides_of_two_accounts_are_shown() {
    for (name, path, other, underlined) in [
        (
            "cdk-two-accounts/broken-no-permission",
            "cdk.out/StackB.template.json",
            "cdk.out/StackA.template.json",
            "RoleA3119C8FE",
        ),
        ("stack-set/broken-trust-names-another-role", "admin.yaml", "templates/member.yaml", "role/reviewer"),
        (
            "nested-stack/broken-permission-of-another-role",
            "a/permissions.yaml",
            "b/target.yaml",
            "role/worker",
        ),
        ("nested-stack/broken-permission-of-another-role", "b/target.yaml", "a/roles.yaml", "Role"),
    ] {
        let outcome = outcome(name);
        let beside = |said: &Said| {
            said.related.iter().any(|at| at.path == other && at.underlined.contains(underlined))
        };
        let linked = outcome.findings.iter().any(|said| said.finding.path == path && beside(said));
        let all: BTreeMap<_, _> =
            outcome.findings.iter().map(|said| (said.finding.to_string(), said.related.clone())).collect();
        assert!(linked, "{name}: {all:#?}");
    }
}

#[test]
fn marks_are_read() {
    assert!(parse_mark("error [a-rule] \"x\"").is_some());
}
