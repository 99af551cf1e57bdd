//! Runs the projects below `testdata/examples`.
//!
//! A directory with an `expected.txt` is a project. Each line there is a finding,
//! `path:line severity [rule] "underlined text"`; no line means that nothing may be reported. With `BLESS=1` the
//! files are rewritten from what is found: read the difference before it is kept.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::common::{Files, Finding, Said, differences, run};
use crate::judge::BESIDE;

/// The file that says what is expected.
const EXPECTED: &str = "expected.txt";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/examples")
}

fn entries(folder: &Path) -> BTreeSet<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// The directories that hold a project.
fn projects(folder: &Path) -> Vec<PathBuf> {
    if folder.join(EXPECTED).exists() {
        return vec![folder.to_owned()];
    }
    entries(folder).iter().filter(|path| path.is_dir()).flat_map(|path| projects(path)).collect()
}

#[expect(clippy::disallowed_methods, reason = "the examples are real files")]
fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[expect(clippy::disallowed_methods, reason = "asks to rewrite the expectations")]
fn bless() -> bool {
    std::env::var("BLESS").is_ok_and(|value| value == "1")
}

/// All example projects.
pub(crate) fn all_projects() -> Vec<(PathBuf, Files)> {
    projects(&root()).into_iter().map(|path| (path.clone(), read_files(&path))).collect()
}

/// The files of a project by path below it.
fn read_files(project: &Path) -> Files {
    let mut found = Files::new();
    files(project, project, &mut found);
    found
}

fn files(project: &Path, folder: &Path, found: &mut Files) {
    for path in entries(folder) {
        if path.is_dir() {
            files(project, &path, found);
        } else if path.file_name().is_some_and(|name| name != EXPECTED) {
            let below = path.strip_prefix(project).unwrap().to_str().unwrap().replace('\\', "/");
            found.insert(below, text(&path));
        }
    }
}

#[test]
fn every_example_project_is_judged_as_it_says() {
    let mut wrong = Vec::new();
    for project in projects(&root()) {
        let outcome = run(&read_files(&project));
        if bless() {
            let lines = outcome.findings.iter().filter(|said| !BESIDE.contains(&said.finding.rule.as_str()));
            let lines: String = lines.flat_map(|said| [said.finding.to_string(), "\n".to_owned()]).collect();
            std::fs::write(project.join(EXPECTED), lines).unwrap();
            continue;
        }
        let read =
            |line: &str| Finding::parse(line).unwrap_or_else(|| panic!("{}: {line}", project.display()));
        let expected: Vec<_> = text(&project.join(EXPECTED)).lines().map(read).collect();
        let lines = differences(&expected, &outcome, &BESIDE);
        if !lines.is_empty() {
            let name = project.strip_prefix(root()).unwrap().display().to_string();
            wrong.push(format!("{name}\n    {}", lines.join("\n    ")));
        }
    }
    assert!(wrong.is_empty(), "{} projects are judged otherwise:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_correct_is_silent_and_what_is_broken_is_not() {
    let all = projects(&root());
    assert!(all.len() > 40, "only {} projects were found", all.len());
    for project in all {
        let broken = project.file_name().unwrap().to_str().unwrap().starts_with("broken");
        let silent = text(&project.join(EXPECTED)).is_empty();
        assert_ne!(broken, silent, "{}", project.display());
    }
}

/// The only finding of a project.
fn only(project: &str) -> Said {
    let findings = run(&read_files(&root().join(project))).findings;
    let mut findings: Vec<_> =
        findings.into_iter().filter(|said| !BESIDE.contains(&said.finding.rule.as_str())).collect();
    assert_eq!(findings.len(), 1, "{project}: {findings:?}");
    findings.remove(0)
}

#[test]
fn a_grant_without_permission_names_just_the_actions_that_will_not_work() {
    for language in ["terraform", "cloudformation"] {
        let bucket = only(&format!("bucket-policy-grants-user/{language}/broken-put-object-missing")).message;
        assert!(bucket.contains("s3:PutObject") && !bucket.contains("s3:GetObject"), "{bucket}");
        let key = only(&format!("key-policy-grants-user/{language}/broken-describe-key-missing")).message;
        assert!(key.contains("kms:DescribeKey") && !key.contains("kms:Decrypt"), "{key}");
    }
}

#[test]
fn a_time_window_that_is_over_is_said_to_be_over() {
    for language in ["terraform", "cloudformation"] {
        let said = only(&format!("trust-condition-time-window/{language}/broken-window-over"));
        let mut words = said.message.split(|letter: char| !letter.is_alphabetic());
        assert!(words.any(|word| word == "expired"), "{}", said.message);
    }
}

#[test]
fn a_mismatch_shows_the_other_side() {
    for project in [
        "user-assumes-role/terraform/broken-trust-names-another-user",
        "user-assumes-role/mixed/broken-no-permission",
        "bucket-policy-grants-user/cloudformation/broken-another-user-granted",
        "bucket-policy-grants-user/mixed/broken-put-object-missing",
    ] {
        let said = only(project);
        let (side, _) = said.finding.path.split_once('/').unwrap();
        let other = said.related.iter().any(|place| !place.path.starts_with(side));
        assert!(other, "{project}: {said:?}");
    }
}
