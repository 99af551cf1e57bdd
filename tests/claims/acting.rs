//! Rules about two sides reckon with what actions act on: a pair of action and resource that does nothing claims
//! nothing.

use std::fs;
use std::process::{Command, Stdio};

const BUCKET: &str = "\"arn:aws:s3:::exchange\"";
const OBJECTS: &str = "\"arn:aws:s3:::exchange/*\"";

/// What is found when `bob` of one account has the permissions and a bucket of another grants to him; both are
/// pairs of actions and resources as written.
fn found(permissions: &[(&str, &str)], grants: &[(&str, &str)]) -> String {
    let statements = |pairs: &[(&str, &str)], principal: &str| -> String {
        let one = |(action, resource): &(&str, &str)| {
            format!("{{ Effect = \"Allow\", Action = [{action}], Resource = [{resource}]{principal} }},")
        };
        pairs.iter().map(one).collect()
    };
    let permissions = statements(permissions, "");
    let grants = statements(grants, ", Principal = { AWS = \"arn:aws:iam::111111111111:user/bob\" }");
    let caller = format!(
        "provider \"aws\" {{\n  allowed_account_ids = [\"111111111111\"]\n}}\n\
         resource \"aws_iam_user\" \"bob\" {{\n  name = \"bob\"\n}}\n\
         resource \"aws_iam_user_policy\" \"bob\" {{\n  user = aws_iam_user.bob.name\n  \
         policy = jsonencode({{ Statement = [{permissions}] }})\n}}\n"
    );
    let bucket = format!(
        "provider \"aws\" {{\n  allowed_account_ids = [\"222222222222\"]\n}}\n\
         resource \"aws_s3_bucket\" \"exchange\" {{\n  bucket = \"exchange\"\n}}\n\
         resource \"aws_s3_bucket_policy\" \"exchange\" {{\n  bucket = aws_s3_bucket.exchange.id\n  \
         policy = jsonencode({{ Statement = [{grants}] }})\n}}\n"
    );
    let project = tempfile::tempdir().unwrap();
    for (folder, text) in [(".git", ""), ("a", &caller), ("b", &bucket)] {
        fs::create_dir(project.path().join(folder)).unwrap();
        fs::write(project.path().join(folder).join("main.tf"), text).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    // That it does nothing is said by a rule of its own.
    command
        .args(["check", "--output-format", "concise", "--ignore", "action-resource-mismatch"])
        .current_dir(project.path());
    let output = command.env_clear().stdin(Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_permission_that_does_nothing_needs_no_grant() {
    // Reading objects is allowed on the objects and, to no effect, on the bucket.
    let read = "\"s3:GetObject\"";
    let list = "\"s3:ListBucket\"";
    let both = "\"s3:ListBucket\", \"s3:GetObject\"";
    let said = found(&[(read, OBJECTS), (both, BUCKET)], &[(read, OBJECTS), (list, BUCKET)]);
    assert_eq!(said, "");
    let said = found(&[(read, OBJECTS), ("\"s3:*Object\"", BUCKET)], &[(read, OBJECTS)]);
    assert_eq!(said, "");
}

#[test]
fn a_pattern_with_an_action_that_does_something_needs_a_grant() {
    let read = "\"s3:GetObject\"";
    let said = found(&[(read, OBJECTS), ("\"s3:Get*\"", BUCKET)], &[(read, OBJECTS)]);
    assert!(said.contains("is allowed `s3:Get*`") && said.contains("permission-without-grant"), "{said}");
    assert_eq!(said.lines().filter(|line| line.contains("permission-without-grant")).count(), 1, "{said}");
}

#[test]
fn a_grant_on_objects_does_not_let_a_bucket_be_listed() {
    let everything = format!("{BUCKET}, {OBJECTS}");
    let said = found(
        &[("\"s3:ListBucket\", \"s3:GetObject\"", &everything)],
        &[("\"s3:ListBucket\", \"s3:GetObject\"", OBJECTS)],
    );
    assert!(
        said.contains("is allowed `s3:ListBucket`") && said.contains("permission-without-grant"),
        "{said}"
    );
}

#[test]
fn a_grant_that_does_nothing_needs_no_permission() {
    let read = "\"s3:GetObject\"";
    let said = found(&[(read, OBJECTS)], &[(read, OBJECTS), (read, BUCKET)]);
    assert_eq!(said, "");
    let said = found(&[(read, OBJECTS)], &[(read, OBJECTS), ("\"s3:ListBucket\"", BUCKET)]);
    assert!(said.contains("grants `s3:ListBucket`") && said.contains("grant-without-permission"), "{said}");
}
