//! Policies of organizations: what they deny is denied, and what is not known of them stays unknown.

use std::fs;
use std::process::{Command, Stdio};

/// A role of the account `prod` that may send to a queue of the account `data`, and both sides allow it.
const ACCESS: &str = r#"
provider "aws" {
  allowed_account_ids = ["222222222222"]
}
provider "aws" {
  alias               = "data"
  allowed_account_ids = ["333333333333"]
}
resource "aws_iam_role" "app" {
  name = "app"
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}
resource "aws_iam_role_policy" "app" {
  role = aws_iam_role.app.name
  policy = jsonencode({
    Statement = [{ Effect = "Allow", Action = "sqs:*", Resource = "*" }]
  })
}
resource "aws_sqs_queue" "jobs" {
  provider = aws.data
  name     = "jobs"
}
resource "aws_sqs_queue_policy" "jobs" {
  provider  = aws.data
  queue_url = aws_sqs_queue.jobs.url
  policy = jsonencode({
    Statement = [{
      Effect = "Allow", Action = "sqs:*", Resource = aws_sqs_queue.jobs.arn
      Principal = { AWS = aws_iam_role.app.arn }
    }]
  })
}
"#;

const CONFIG: &str = r#"
[organization]
id = "o-exampleorgid"
[accounts.prod]
id = "222222222222"
[accounts.data]
id = "333333333333"
[accounts.landing-zone]
id = "111111111111"
paths = ["organization/**"]
"#;

/// What `trustlint access` says of the role's sending to the queue, with this in the management account.
fn ask(file: &str, organization: &str) -> String {
    ask_with(CONFIG, file, organization)
}

fn ask_with(config: &str, file: &str, organization: &str) -> String {
    let project = tempfile::tempdir().unwrap();
    fs::create_dir(project.path().join(".git")).unwrap();
    for folder in ["app", "organization"] {
        fs::create_dir(project.path().join(folder)).unwrap();
    }
    fs::write(project.path().join("trustlint.toml"), config).unwrap();
    fs::write(project.path().join("app/main.tf"), ACCESS).unwrap();
    fs::write(project.path().join("organization").join(file), organization).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    command.args(["access", "--from", "app", "--to", "aws_sqs_queue.jobs", "--action", "sqs:SendMessage"]);
    command.args(["--action", "sqs:DeleteMessage"]).current_dir(project.path());
    let output = command.env_clear().stdin(Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

/// The answers to the two actions, in the order asked: `sqs:SendMessage`, `sqs:DeleteMessage`.
fn answers(said: &str) -> Vec<&str> {
    let mut answers: Vec<(&str, &str)> = said
        .lines()
        .filter_map(|line| {
            let (head, rest) = line.split_once("]: ")?;
            Some((head.split_once('[')?.1, rest))
        })
        .collect();
    answers.sort_by_key(|(_, rest)| rest.contains("sqs:DeleteMessage"));
    answers.into_iter().map(|(answer, _)| answer).collect()
}

/// A policy that denies sending, of this type, in Terraform.
fn denial(kind: &str) -> String {
    let principal = if kind == "RESOURCE_CONTROL_POLICY" { r#"Principal = "*","# } else { "" };
    format!(
        r#"resource "aws_organizations_policy" "deny" {{
  name = "deny"
  type = "{kind}"
  content = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Deny", {principal} Action = "sqs:SendMessage", Resource = "*" }}]
  }})
}}
"#
    )
}

fn attachment(policy: &str, target: &str) -> String {
    format!(
        "resource \"aws_organizations_policy_attachment\" \"it\" {{\n  policy_id = {policy}\n  target_id = {target}\n}}\n"
    )
}

fn attached(kind: &str, target: &str) -> String {
    denial(kind) + &attachment("aws_organizations_policy.deny.id", target)
}

const SERVICE: &str = "SERVICE_CONTROL_POLICY";
const RESOURCE: &str = "RESOURCE_CONTROL_POLICY";

/// The organization with `prod` and `data` in units of their own.
const TREE: &str = r#"
resource "aws_organizations_organization" "it" {}
resource "aws_organizations_organizational_unit" "workloads" {
  name      = "workloads"
  parent_id = aws_organizations_organization.it.roots[0].id
}
resource "aws_organizations_organizational_unit" "prod" {
  name      = "prod"
  parent_id = aws_organizations_organizational_unit.workloads.id
}
resource "aws_organizations_organizational_unit" "data" {
  name      = "data"
  parent_id = aws_organizations_organization.it.roots[0].id
}
resource "aws_organizations_account" "prod" {
  name      = "prod"
  email     = "prod@example.com"
  parent_id = aws_organizations_organizational_unit.prod.id
}
resource "aws_organizations_account" "data" {
  name      = "data"
  email     = "data@example.com"
  parent_id = aws_organizations_organizational_unit.data.id
}
"#;

#[test]
fn without_policies_of_the_organization_both_sides_are_enough() {
    assert_eq!(answers(&ask("main.tf", TREE)), ["allowed", "allowed"]);
    // A policy that is attached to nothing says nothing.
    assert_eq!(answers(&ask("main.tf", &denial(SERVICE))), ["allowed", "allowed"]);
}

#[test]
fn a_service_control_policy_limits_the_account_of_the_caller() {
    let said = ask("main.tf", &attached(SERVICE, "\"222222222222\""));
    assert_eq!(answers(&said), ["denied", "allowed"], "{said}");
    assert!(said.contains("a service control policy denies it"), "{said}");
    assert!(said.contains("denied here") && said.contains("organization/main.tf"), "{said}");
    let elsewhere = ask("main.tf", &attached(SERVICE, "\"333333333333\""));
    assert_eq!(answers(&elsewhere), ["allowed", "allowed"], "{elsewhere}");
}

#[test]
fn a_resource_control_policy_limits_the_account_of_the_resource() {
    let said = ask("main.tf", &attached(RESOURCE, "\"333333333333\""));
    assert_eq!(answers(&said), ["denied", "allowed"], "{said}");
    assert!(said.contains("a resource control policy denies it"), "{said}");
    let elsewhere = ask("main.tf", &attached(RESOURCE, "\"222222222222\""));
    assert_eq!(answers(&elsewhere), ["allowed", "allowed"], "{elsewhere}");
}

#[test]
fn other_policies_of_an_organization_are_about_no_access() {
    for kind in ["TAG_POLICY", "BACKUP_POLICY"] {
        let said = ask("main.tf", &attached(kind, "\"222222222222\""));
        assert_eq!(answers(&said), ["allowed", "allowed"], "{said}");
    }
}

#[test]
fn the_tree_of_the_organization_says_which_accounts_a_policy_reaches() {
    for (target, expected) in [
        ("aws_organizations_organization.it.roots[0].id", "denied"),
        ("aws_organizations_organizational_unit.workloads.id", "denied"),
        ("aws_organizations_organizational_unit.prod.id", "denied"),
        ("aws_organizations_account.prod.id", "denied"),
        ("aws_organizations_organizational_unit.data.id", "allowed"),
        ("aws_organizations_account.data.id", "allowed"),
        // Which unit that is, the files do not say.
        ("\"ou-abcd-12345678\"", "unknown"),
        ("var.target", "unknown"),
    ] {
        let said = ask("main.tf", &format!("variable \"target\" {{}}\n{TREE}{}", attached(SERVICE, target)));
        assert_eq!(answers(&said), [expected, "allowed"], "{target}: {said}");
    }
}

#[test]
fn an_account_that_is_not_found_in_the_tree_may_be_anywhere() {
    let tree = TREE.replace("\"prod\"\n  email", "\"workload-1\"\n  email");
    let root = attached(SERVICE, "aws_organizations_organization.it.roots[0].id");
    assert_eq!(answers(&ask("main.tf", &(tree + &root))), ["unknown", "allowed"]);
}

#[test]
fn the_management_account_is_not_limited() {
    let root = attached(SERVICE, "aws_organizations_organization.it.roots[0].id");
    let prod = "provider \"aws\" {\n  allowed_account_ids = [\"222222222222\"]\n}\n";
    // The account of the caller is the one that declares the organization. (Its directory has another name.)
    let config_free = format!("{prod}{TREE}{root}");
    let said = ask_with("", "main.tf", &config_free);
    assert_eq!(answers(&said), ["allowed", "allowed"], "{said}");
    // Without the organization it may be one that policies are only delegated to.
    let said = ask_with("", "main.tf", &format!("{prod}{}", attached(SERVICE, "\"222222222222\"")));
    assert_eq!(answers(&said), ["unknown", "allowed"], "{said}");
}

#[test]
fn an_account_that_the_configuration_does_not_list_may_be_limited_too() {
    let config = CONFIG.replace("[accounts.prod]\nid = \"222222222222\"\n", "");
    assert_ne!(config, CONFIG);
    let said = ask_with(&config, "main.tf", &attached(SERVICE, "\"222222222222\""));
    assert_eq!(answers(&said), ["denied", "allowed"], "{said}");
    let root = attached(SERVICE, "aws_organizations_organization.it.roots[0].id");
    let said = ask_with(&config, "main.tf", &format!("{TREE}{root}"));
    assert_eq!(answers(&said), ["unknown", "allowed"], "{said}");
}

#[test]
fn a_list_of_what_is_allowed_leaves_open_what_is_not_in_it() {
    let list = r#"resource "aws_organizations_policy" "list" {
  name = "list"
  content = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:DeleteMessage", Resource = "*" }]
  })
}
"#;
    let listed = format!("{list}{}", attachment("aws_organizations_policy.list.id", "\"222222222222\""));
    let said = ask("main.tf", &listed);
    assert_eq!(answers(&said), ["unknown", "allowed"], "{said}");
    // What AWS attaches everywhere is still there when a template attaches it.
    let full = attachment("\"p-FullAWSAccess\"", "\"222222222222\"").replace("\"it\"", "\"full\"");
    assert_eq!(answers(&ask("main.tf", &(listed + &full))), ["allowed", "allowed"]);
}

#[test]
fn a_policy_that_cannot_be_read_leaves_all_open_where_it_is_attached() {
    let unread = "variable \"id\" {}\n".to_owned() + &attachment("var.id", "\"222222222222\"");
    let said = ask("main.tf", &unread);
    assert_eq!(answers(&said), ["unknown", "unknown"], "{said}");
    assert!(said.contains("a service control policy depends on values that are not known"), "{said}");
}

#[test]
fn policies_and_trees_of_cloudformation_say_the_same() {
    let template = |kind: &str, principal: &str, target: &str| {
        format!(
            "Resources:
  Org:
    Type: AWS::Organizations::Organization
  Unit:
    Type: AWS::Organizations::OrganizationalUnit
    Properties: {{Name: prod, ParentId: !GetAtt Org.RootId}}
  Other:
    Type: AWS::Organizations::OrganizationalUnit
    Properties: {{Name: other, ParentId: !GetAtt Org.RootId}}
  Prod:
    Type: AWS::Organizations::Account
    Properties: {{AccountName: prod, Email: prod@example.com, ParentIds: [!Ref Unit]}}
  Deny:
    Type: AWS::Organizations::Policy
    Properties:
      Name: deny
      Type: {kind}
      TargetIds: [{target}]
      Content:
        Version: '2012-10-17'
        Statement:
          - {{Effect: Deny, {principal} Action: 'sqs:SendMessage', Resource: '*'}}
"
        )
    };
    for (kind, principal, target, expected) in [
        (SERVICE, "", "'222222222222'", "denied"),
        (SERVICE, "", "!Ref Unit", "denied"),
        (SERVICE, "", "!GetAtt Org.RootId", "denied"),
        (SERVICE, "", "!Ref Prod", "denied"),
        (SERVICE, "", "!Ref Other", "allowed"),
        (SERVICE, "", "'333333333333'", "allowed"),
        (RESOURCE, "Principal: '*',", "'333333333333'", "denied"),
        (RESOURCE, "Principal: '*',", "'222222222222'", "allowed"),
    ] {
        let said = ask("stack.yaml", &template(kind, principal, target));
        assert_eq!(answers(&said), [expected, "allowed"], "{kind} {target}: {said}");
    }
}
