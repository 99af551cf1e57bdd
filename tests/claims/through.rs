//! Requests that come through something: an access point, a service, a permissions boundary.

use std::fs;
use std::process::{Command, Stdio};

/// The exit status of `trustlint access`, and what it prints.
fn ask(files: &[(&str, &str)], args: &[&str]) -> (i32, String) {
    let project = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = project.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    command.args(["access", "--project-root", "."]).args(args);
    let output = command.current_dir(project.path()).env_clear().stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), said)
}

const CONFIG: &str = "[accounts.study]\nid = \"111111111111\"\npaths = [\"study/**\"]\n[accounts.vault]\nid = \"222222222222\"\npaths = [\"vault/**\"]\n";

const READER: &str = r#"
provider "aws" { region = "eu-west-1" }
resource "aws_iam_role" "reader" {
  name = "reader"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_iam_role_policy" "reader" {
  role   = aws_iam_role.reader.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:eu-west-1:222222222222:accesspoint/study/object/*" }] })
}
"#;

/// A bucket with this policy statement, and an access point to it that grants the reader its objects.
fn vault(bucket: &str, statement: &str) -> String {
    format!(
        r#"
provider "aws" {{ region = "eu-west-1" }}
resource "aws_s3_bucket" "data" {{ bucket = "genomes" }}
{bucket}
resource "aws_s3_bucket_policy" "data" {{
  bucket = aws_s3_bucket.data.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{statement}] }})
}}
"#
    )
}

fn point(bucket: &str) -> String {
    format!(
        r#"
resource "aws_s3_access_point" "study" {{
  bucket = {bucket}
  name   = "study"
  policy = jsonencode({{ Version = "2012-10-17", Statement = [{{ Effect = "Allow", Principal = {{ AWS = "arn:aws:iam::111111111111:role/reader" }}, Action = "s3:GetObject", Resource = "arn:aws:s3:eu-west-1:222222222222:accesspoint/study/object/*" }}] }})
}}
"#
    )
}

#[test]
fn an_access_point_gives_what_its_bucket_allows() {
    let own = point("aws_s3_bucket.data.id");
    let on_all = "Action = \"s3:*\", Resource = [aws_s3_bucket.data.arn, \"${aws_s3_bucket.data.arn}/*\"]";
    let delegated = format!(
        "{{ Effect = \"Allow\", Principal = \"*\", {on_all}, Condition = {{ StringEquals = {{ \"s3:DataAccessPointAccount\" = \"ACCOUNT\" }} }} }}"
    );
    let by_name = format!(
        "{{ Effect = \"Allow\", Principal = {{ AWS = \"arn:aws:iam::111111111111:role/reader\" }}, {on_all} }}"
    );
    let refused = format!(
        "{by_name}, {{ Effect = \"Deny\", Principal = \"*\", {on_all}, Condition = {{ StringNotEquals = {{ \"s3:DataAccessPointAccount\" = \"333333333333\" }} }} }}"
    );
    let behind = "the policy of the bucket behind the access point";
    for (bucket, statement, status, reason) in [
        (&own, delegated.replace("ACCOUNT", "222222222222"), 0, "both policies allow it"),
        (&own, delegated.replace("ACCOUNT", "333333333333"), 1, behind),
        (&own, by_name.clone(), 0, "both policies allow it"),
        (&own, by_name.replace("Allow", "Deny"), 1, behind),
        (&own, by_name.replace("/*\"]", "/other/*\"]"), 1, behind),
        (&own, refused.clone(), 1, behind),
        (&point("var.bucket"), by_name.clone(), 3, behind),
    ] {
        let vault = vault(bucket, &statement);
        let files = [("trustlint.toml", CONFIG), ("study/main.tf", READER), ("vault/main.tf", &vault)];
        let object = "arn:aws:s3:eu-west-1:222222222222:accesspoint/study/object/x";
        for to in ["aws_s3_access_point.study", object] {
            let (code, said) = ask(&files, &["--from", "reader", "--to", to, "--action", "s3:GetObject"]);
            assert_eq!(code, status, "{statement}\n{said}");
            assert!(said.contains(reason), "{said}");
        }
    }
}

const EVENTS: &str = r#"
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["222222222222"]
}
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_lambda_permission" "f" {
  function_name = aws_lambda_function.f.function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = "SOURCE"
}
"#;

#[test]
fn a_service_never_acts_for_a_resource_of_another_one() {
    let args = [
        "--from",
        "events.amazonaws.com",
        "--to",
        "aws_lambda_function.f",
        "--action",
        "lambda:InvokeFunction",
    ];
    for (source, status) in
        [("arn:aws:events:eu-west-1:222222222222:rule/r", 0), ("arn:aws:sns:eu-west-1:222222222222:t", 1)]
    {
        let (code, said) = ask(&[("main.tf", &EVENTS.replace("SOURCE", source))], &args);
        assert_eq!(code, status, "{said}");
        assert_eq!(said.contains("condition can never be satisfied"), status == 1, "{said}");
    }
}

const BOUNDED: &str = r#"
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["222222222222"]
}
resource "aws_iam_role" "r" {
  name                 = "r"
  permissions_boundary = aws_iam_policy.all.arn
  assume_role_policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "r" {
  role   = aws_iam_role.r.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
}
resource "aws_iam_policy" "all" {
  name   = "all"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }] })
}
resource "aws_sqs_queue" "q" {
  name   = "q"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "sqs:*", Resource = "*", Principal = { AWS = "222222222222" } },
      { Effect = "Deny", Action = "sqs:*", Resource = "*", NotPrincipal = { AWS = ["222222222222", "arn:aws:iam::222222222222:role/r"] } },
    ]
  })
}
"#;

#[test]
fn the_denial_that_a_boundary_brings_is_shown_and_explained() {
    let args = ["--from", "r", "--to", "aws_sqs_queue.q", "--action", "sqs:SendMessage"];
    let (status, said) = ask(&[("main.tf", BOUNDED)], &args);
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("denied here"), "{said}");
    let reason = "the resource policy denies it: a Deny with NotPrincipal applies to every principal with a permissions boundary";
    assert!(said.contains(reason), "{said}");
    let free = BOUNDED.replace("permissions_boundary = aws_iam_policy.all.arn", "");
    let (status, said) = ask(&[("main.tf", &free)], &args);
    assert!(status != 1 && !said.contains("NotPrincipal applies"), "{said}");
}

const URL: &str = r#"
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["222222222222"]
}
resource "aws_lambda_function" "f" { function_name = "f" }
resource "aws_lambda_function_url" "f" {
  function_name      = aws_lambda_function.f.function_name
  authorization_type = "TYPE"
}
"#;

#[test]
fn anyone_can_call_a_url_that_asks_nobody_who_they_are() {
    for (kind, status, expected) in [
        ("NONE", 0, "anyone (`*`) can call `lambda:InvokeFunctionUrl` on `aws_lambda_function.f`"),
        ("AWS_IAM", 1, "no principal in the analyzed files can"),
    ] {
        let url = URL.replace("TYPE", kind);
        let to = ["--to", "aws_lambda_function.f", "--action", "lambda:InvokeFunctionUrl"];
        let (code, said) = ask(&[("main.tf", &url)], &to);
        assert_eq!(code, status, "{said}");
        assert!(said.contains(expected), "{said}");
        let (code, said) = ask(&[("main.tf", &url)], &[&["--from", "*"], &to[..]].concat());
        assert_eq!(code, status, "{said}");
    }
}
