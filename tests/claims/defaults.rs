//! What holds where nothing is written, and what is written by two that each want to be the only one.

use std::fs;
use std::process::{Command, Stdio};

/// What `trustlint access` answers in a project of one file.
fn answer(text: &str, args: &[&str]) -> String {
    let project = tempfile::tempdir().unwrap();
    fs::create_dir(project.path().join(".git")).unwrap();
    fs::write(project.path().join("main.tf"), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    command.args(["access", "--project-root", "."]).args(args).current_dir(project.path());
    let output = command.env_clear().stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let answer = said.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    answer.map_or_else(|| String::from_utf8(output.stderr).unwrap(), |(answer, _)| answer.to_owned())
}

const PROVIDERS: &str = r#"
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}
provider "aws" {
  alias               = "other"
  region              = "eu-west-1"
  allowed_account_ids = ["444455556666"]
}
"#;

/// A role of one of both accounts, with more of it, and what its own policy allows.
fn role(provider: &str, more: &str, action: &str, resource: &str) -> String {
    format!(
        "{PROVIDERS}
resource \"aws_iam_role\" \"app\" {{
  provider = {provider}
  name     = \"app\"
  {more}
  assume_role_policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ Service = \"ec2.amazonaws.com\" }} }}] }})
}}
resource \"aws_iam_role_policy\" \"app\" {{
  provider = {provider}
  name     = \"app\"
  role     = aws_iam_role.app.name
  policy   = jsonencode({{ Statement = [{{ Effect = \"Allow\", Action = \"{action}\", Resource = {resource} }}] }})
}}
"
    )
}

/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
#[test]
fn a_key_without_a_policy_is_used_by_whom_its_own_account_lets() {
    let ask = |provider: &str, action: &str, more: &str| {
        let text = role(provider, "", action, "aws_kms_key.data.arn");
        let text = format!("{text}resource \"aws_kms_key\" \"data\" {{\n  {more}\n}}\n");
        answer(&text, &["--from", "app", "--to", "aws_kms_key.data", "--action", "kms:Decrypt"])
    };
    assert_eq!(ask("aws", "kms:Decrypt", ""), "allowed");
    assert_eq!(ask("aws", "kms:Encrypt", ""), "denied");
    assert_eq!(ask("aws.other", "kms:Decrypt", ""), "denied");
    assert_eq!(ask("aws", "kms:Decrypt", "policy = var.unknown"), "unknown");
}

/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html>
#[test]
fn a_permission_that_names_no_event_bus_is_for_the_default_one() {
    let bus = "arn:aws:events:eu-west-1:444455556666:event-bus/default";
    let ask = |permission: &str| {
        let text = role("aws", "", "events:PutEvents", &format!("\"{bus}\"")) + permission;
        answer(&text, &["--from", "app", "--to", bus, "--action", "events:PutEvents"])
    };
    let permission = |principal: &str| {
        ask(&format!(
            "resource \"aws_cloudwatch_event_permission\" \"one\" {{\n  provider = aws.other\n  principal = \"{principal}\"\n  statement_id = \"One\"\n}}\n"
        ))
    };
    assert_eq!(permission("111122223333"), "allowed");
    // Others can add statements to the same bus.
    assert_eq!(permission("777788889999"), "unknown");
    let policy = |principal: &str| {
        ask(&format!(
            "resource \"aws_cloudwatch_event_bus_policy\" \"all\" {{\n  provider = aws.other\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = \"arn:aws:iam::{principal}:root\" }}, Action = \"events:PutEvents\", Resource = \"{bus}\" }}] }})\n}}\n"
        ))
    };
    assert_eq!(policy("111122223333"), "allowed");
    assert_eq!(policy("777788889999"), "denied");
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html>
#[test]
fn a_queue_with_the_key_of_aws_is_used_by_its_own_account_alone() {
    let ask = |action: &str, key: &str| {
        let text = role("aws", "", "sqs:*", "\"*\"");
        let queue = format!(
            "resource \"aws_sqs_queue\" \"jobs\" {{\n  provider = aws.other\n  name = \"jobs\"\n  {key}\n}}\nresource \"aws_sqs_queue_policy\" \"jobs\" {{\n  provider = aws.other\n  queue_url = aws_sqs_queue.jobs.url\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Principal = {{ AWS = aws_iam_role.app.arn }}, Action = \"sqs:*\", Resource = aws_sqs_queue.jobs.arn }}] }})\n}}\n"
        );
        answer(&(text + &queue), &["--from", "app", "--to", "aws_sqs_queue.jobs", "--action", action])
    };
    let managed = "kms_master_key_id = \"alias/aws/sqs\"";
    assert_eq!(ask("sqs:SendMessage", managed), "denied");
    assert_eq!(ask("sqs:ReceiveMessage", managed), "denied");
    assert_eq!(ask("sqs:GetQueueAttributes", managed), "allowed");
    assert_eq!(ask("sqs:SendMessage", ""), "allowed");
    assert_eq!(ask("sqs:SendMessage", "sqs_managed_sse_enabled = true"), "allowed");
}

/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role>
#[test]
fn what_an_exclusive_list_leaves_out_may_be_gone() {
    let ask = |list: &str, more: &str| {
        let text = role("aws", list, "sqs:SendMessage", "aws_sqs_queue.jobs.arn");
        let rest = format!(
            "resource \"aws_sqs_queue\" \"jobs\" {{\n  name = \"jobs\"\n}}\nresource \"aws_iam_policy\" \"read\" {{\n  name = \"read\"\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Action = \"sqs:ReceiveMessage\", Resource = aws_sqs_queue.jobs.arn }}] }})\n}}\nresource \"aws_iam_role_policy_attachment\" \"read\" {{\n  role = aws_iam_role.app.name\n  policy_arn = aws_iam_policy.read.arn\n}}\n{more}"
        );
        let text = text + &rest;
        let of = |action: &str| {
            answer(&text, &["--from", "app", "--to", "aws_sqs_queue.jobs", "--action", action])
        };
        (of("sqs:SendMessage"), of("sqs:ReceiveMessage"))
    };
    let said = |inline: &str, attached: &str| (inline.to_owned(), attached.to_owned());
    assert_eq!(ask("", ""), said("allowed", "allowed"));
    assert_eq!(ask("managed_policy_arns = []", ""), said("allowed", "unknown"));
    assert_eq!(ask("managed_policy_arns = [aws_iam_policy.read.arn]", ""), said("allowed", "allowed"));
    assert_eq!(ask("inline_policy {}", ""), said("unknown", "allowed"));
    let exclusive = |arns: &str| {
        format!(
            "resource \"aws_iam_role_policy_attachments_exclusive\" \"app\" {{\n  role_name = aws_iam_role.app.name\n  policy_arns = [{arns}]\n}}\n"
        )
    };
    assert_eq!(ask("", &exclusive("aws_iam_policy.read.arn")), said("allowed", "allowed"));
    assert_eq!(ask("", &exclusive("")), said("allowed", "unknown"));
    // In the whole account, a policy is attached to whom such a list names, and to nobody else.
    let everywhere = |roles: &str| {
        format!(
            "resource \"aws_iam_role\" \"b\" {{\n  name = \"b\"\n  assume_role_policy = jsonencode({{ Statement = [] }})\n}}\nresource \"aws_iam_policy_attachment\" \"read\" {{\n  name = \"read\"\n  roles = [{roles}]\n  policy_arn = aws_iam_policy.read.arn\n}}\n"
        )
    };
    let both = everywhere("aws_iam_role.b.name, aws_iam_role.app.name");
    assert_eq!(ask("", &both), said("allowed", "allowed"));
    assert_eq!(ask("", &everywhere("aws_iam_role.b.name")), said("allowed", "unknown"));
}
