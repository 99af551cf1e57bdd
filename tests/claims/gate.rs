//! `[check]` of the configuration, and the options that say the same for one run.

use crate::disk::OnDisk;

/// A role that a vendor assumes without an external ID: one error.
const VENDOR: &str = r#"resource "aws_iam_role" "vendor" {
  name = "vendor"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::464622532012:root" }
      Action    = "sts:AssumeRole"
    }]
  })
}
"#;

/// One warning: an ignore that matches nothing.
const WARNING: &str = "# trustlint: ignore[missing-external-id] sent since March\nlocals {}\n";

const ERROR_LINE: &str = "main.tf:7:28: error: ";

#[test]
fn the_configuration_says_what_ends_a_run_with_1_and_the_command_line_says_it_last() {
    let project = OnDisk::new([("main.tf", WARNING), ("trustlint.toml", "[check]\nfail-on = \"error\"\n")]);
    assert_eq!(project.run(&["check"]).status, 0);
    assert_eq!(project.run(&["check", "--fail-on", "warning"]).status, 1);
    assert_eq!(project.run(&["check", "--isolated"]).status, 1);
    let mut command = project.command("", &["check"]);
    assert_eq!(command.env("TRUSTLINT_FAIL_ON", "warning").output().unwrap().status.code(), Some(1));
    project.write("main.tf", VENDOR);
    assert_eq!(project.run(&["check"]).status, 1);
    project.write("trustlint.toml", "[check]\nfail-on = \"none\"\n");
    assert_eq!(project.run(&["check"]).status, 0);
}

#[test]
fn the_configuration_says_from_which_severity_on_findings_are_reported() {
    let config = "[check]\nmin-severity = \"error\"\n";
    let project = OnDisk::new([("main.tf", VENDOR), ("w.tf", WARNING), ("trustlint.toml", config)]);
    let found = project.findings(&[]);
    assert!(found.len() == 1 && found.iter().all(|line| line.starts_with(ERROR_LINE)), "{found:?}");
    assert_eq!(project.findings(&["--min-severity", "warning"]).len(), 2);
}

#[test]
fn the_configuration_says_whether_what_is_possible_is_reported() {
    // What the policy says only a deployment knows.
    let (head, _) = VENDOR.split_once("jsonencode").unwrap();
    let unknown = format!("variable \"policy\" {{\n  type = string\n}}\n{head}var.policy\n}}\n");
    let project = OnDisk::new([("main.tf", unknown.as_str())]);
    let quiet = project.findings(&["--min-severity", "info"]);
    project.write("trustlint.toml", "[check]\nprofile = \"audit\"\n");
    let audited = project.findings(&["--min-severity", "info"]);
    assert!(audited.len() > quiet.len(), "{quiet:?} {audited:?}");
    assert_eq!(project.findings(&["--min-severity", "info", "--profile", "default"]), quiet);
}

#[test]
fn what_is_excluded_is_no_part_of_the_project() {
    let config = "[check]\nexclude = [\"examples/**\"]\n";
    let files = [
        ("main.tf", "locals {}\n"),
        ("examples/a/main.tf", VENDOR),
        ("examples.tf", VENDOR),
        ("trustlint.toml", config),
    ];
    let project = OnDisk::new(files);
    let found = project.findings(&[]);
    assert!(found.len() == 1 && found.iter().all(|line| line.starts_with("examples.tf:7:")), "{found:?}");
    assert!(project.run(&["check"]).err.contains("; 2 files, "));
    let ran = project.run(&["check", "--exclude", "*.tf"]);
    assert_eq!((ran.status, ran.err.as_str()), (3, "found nothing to analyze in `.`\n"));
    assert_eq!(project.findings(&["--isolated"]).len(), 2);
    let ran = project.run(&["check", "examples/a/main.tf"]);
    let warning = "warning: `examples/a/main.tf` is excluded by the configuration or `--exclude`\n";
    assert!(ran.status == 0 && ran.err.starts_with(warning), "{}", ran.err);
}

#[test]
fn each_project_excludes_files_below_its_own_directory() {
    let config = "[check]\nexclude = \"x\"\n";
    let files = [("a/trustlint.toml", config), ("a/x/main.tf", VENDOR), ("x/main.tf", VENDOR)];
    let found = OnDisk::new(files).findings(&[]);
    assert!(found.len() == 1 && found.iter().all(|line| line.starts_with("x/main.tf:7:")), "{found:?}");
}

#[test]
fn an_ignore_without_the_reason_that_is_asked_for_has_no_effect() {
    let ignored =
        VENDOR.replace("      Principal", "      # trustlint: ignore[missing-external-id]\n      Principal");
    let project = OnDisk::new([("main.tf", ignored.as_str())]);
    assert!(project.findings(&[]).is_empty());
    project.write("trustlint.toml", "[check]\nrequire-ignore-reason = true\n");
    let found = project.findings(&[]).join("\n");
    let meta = "main.tf:7:9: warning: ignore for `missing-external-id` has no effect, because it gives no reason [unused-ignore]";
    assert!(found.contains(meta) && found.contains("main.tf:8:28: error: "), "{found}");
    project.write("main.tf", &ignored.replace("-id]", "-id] the vendor cannot send one"));
    assert!(project.findings(&[]).is_empty());
}

#[test]
fn findings_that_cannot_be_ignored_are_reported_whatever_a_comment_says() {
    let ignored = VENDOR.replace(
        "      Principal",
        "      # trustlint: ignore[missing-external-id] accepted\n      Principal",
    );
    let project = OnDisk::new([("main.tf", ignored.as_str())]);
    for word in ["missing-external-id", "trust", "exposed"] {
        project.write("trustlint.toml", &format!("[check]\nnot-ignorable = [\"{word}\"]\n"));
        let found = project.findings(&[]).join("\n");
        let meta = "main.tf:7:9: warning: findings of `missing-external-id` cannot be ignored: ";
        assert!(found.contains(meta) && found.contains("main.tf:8:28: error: "), "{word}: {found}");
    }
    project.write("trustlint.toml", "[check]\nnot-ignorable = [\"unused-ignore\"]\n");
    assert!(project.findings(&[]).is_empty());
}

#[test]
fn a_fingerprint_in_the_configuration_ignores_nothing_that_cannot_be_ignored() {
    let project = OnDisk::new([("main.tf", VENDOR)]);
    let ran = project.run(&["check", "--output-format", "json"]);
    let fingerprint = ran.out.split("\"fingerprint\": \"").nth(1).unwrap().split('"').next().unwrap();
    let ignore = format!("[[ignore]]\nfingerprint = \"{fingerprint}\"\nreason = \"accepted\"\n");
    project.write("trustlint.toml", &ignore);
    assert!(project.findings(&[]).is_empty());
    project.write("trustlint.toml", &format!("[check]\nnot-ignorable = \"missing-external-id\"\n{ignore}"));
    assert!(project.findings(&[]).iter().any(|line| line.starts_with(ERROR_LINE)));
}

#[test]
fn mistakes_in_the_section_have_places() {
    for (line, message) in [
        (
            "fail-on = \"eror\"",
            "2:11: error: `fail-on` is one of \"none\", \"info\", \"warning\", \"error\"; did you mean `error`?",
        ),
        ("min-severity = 1", "2:16: error: `min-severity` is a string, not an integer"),
        ("profile = \"strict\"", "2:11: error: `profile` is one of \"default\", \"audit\""),
        ("exclude = [\"../x\"]", "2:12: error: `../x` leaves the project; paths are relative to it"),
        ("require-ignore-reason = \"yes\"", "2:25: error: `require-ignore-reason` is true or false"),
        (
            "not-ignorable = [\"trus\"]",
            "2:18: error: there is no rule, family or effect `trus`; did you mean `trust`?",
        ),
        ("baseline = \"../b.json\"", "2:12: error: `../b.json` is not a path below the project root"),
        ("fail_on = \"error\"", "2:1: error: there is no key `fail_on` here; did you mean `fail-on`?"),
    ] {
        let config = format!("[check]\n{line}\n");
        let ran = OnDisk::new([("main.tf", ""), ("trustlint.toml", config.as_str())]).run(&["check"]);
        assert_eq!((ran.status, ran.err), (2, format!("trustlint.toml:{message}\n")), "{line}");
    }
}

#[test]
fn the_worst_findings_are_shown_when_only_some_are_wanted() {
    let project = OnDisk::new([("a.tf", WARNING), ("main.tf", VENDOR), ("z.tf", WARNING)]);
    assert_eq!(project.findings(&[]).len(), 3);
    let ran = project.run(&["check", "--output-format", "concise", "--max-findings", "1"]);
    assert!(ran.out.starts_with(ERROR_LINE) && ran.out.lines().count() == 1, "{}", ran.out);
    assert!(ran.err.contains("1 finding (1 error), 2 more not shown (`--max-findings`); "), "{}", ran.err);
    let two = project.findings(&["--max-findings", "2"]);
    assert!(two.iter().map(|line| line.split(':').next().unwrap()).eq(["a.tf", "main.tf"]), "{two:?}");
    assert_eq!(project.run(&["check", "--max-findings", "0"]).status, 1);
}

#[test]
fn a_document_from_the_standard_input_stands_for_its_file() {
    let config = "[accounts.prod]\nid = \"640123987002\"\npaths = [\"b\"]\n";
    let other = VENDOR.replace("\"vendor\"", "\"other\"");
    let files = [("a/main.tf", WARNING), ("b/main.tf", "locals {}\n"), ("trustlint.toml", config)];
    let project = OnDisk::new(files);
    // What it says is judged in the project, and only what touches it is reported; also when there is no such file yet.
    for name in ["b/main.tf", "./b/other.tf"] {
        let args = ["check", "--output-format", "concise", "--stdin-filename", name, "-"];
        let ran = project.run_with(&args, &other);
        let line = format!("{}:7:28: error: role `other` trusts ", name.trim_start_matches("./"));
        assert!(
            ran.status == 1
                && ran.out.starts_with(&line)
                && ran.out.lines().count() == 1
                && ran.err.contains(", 1 account, "),
            "{}{}",
            ran.out,
            ran.err
        );
    }
    assert_eq!(project.read("b/main.tf"), "locals {}\n");
    let ran = project.run_with(&["check", "--stdin-filename", "nowhere/main.tf", "-"], &other);
    assert_eq!(ran.status, 2, "{}", ran.err);
}

#[test]
fn a_document_without_a_name_is_judged_alone() {
    let project = OnDisk::new([("a/main.tf", WARNING)]);
    let stack = "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        Statement:\n          - Effect: Allow\n            Principal: { AWS: arn:aws:iam::464622532012:root }\n            Action: sts:AssumeRole\n";
    let policy = r#"{"Statement": [{"Effect": "Allow", "Principal": "lambda.amazonaws.com", "Action": "sts:AssumeRole"}]}"#;
    for (text, begin) in
        [(VENDOR, "stdin.tf:7:28: error: "), (stack, "stdin.yaml:8:"), (policy, "stdin.json:1:")]
    {
        let ran = project.run_with(&["check", "--output-format", "concise", "-"], text);
        assert!(
            ran.status == 1 && ran.out.starts_with(begin) && !ran.out.contains("a/main.tf"),
            "{}{}",
            ran.out,
            ran.err
        );
    }
    let ran = project.run_with(&["check", "--diff", "-"], WARNING);
    assert!(ran.status == 1 && ran.out.starts_with("--- a/stdin.tf\n"), "{}{}", ran.out, ran.err);
}

#[test]
fn what_makes_no_sense_with_the_standard_input_is_said() {
    let project = OnDisk::new([("main.tf", WARNING)]);
    for args in [
        &["check", "-", "main.tf"][..],
        &["check", "--stdin-filename", "main.tf"],
        &["check", "--fix", "-"],
        &["check", "--report-files-from", "-", "-"],
    ] {
        assert_eq!(project.run_with(args, WARNING).status, 2, "{args:?}");
    }
    assert_eq!(project.read("main.tf"), WARNING);
}
