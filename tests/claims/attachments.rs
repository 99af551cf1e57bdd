//! What is attached to something that is not seen, or that another account has, is neither given nor missing.

use crate::judge;

const TWO_ACCOUNTS: &str = r#"
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111111111111"]
}
provider "aws" {
  alias               = "other"
  region              = "eu-west-1"
  allowed_account_ids = ["222222222222"]
}
"#;

const TRUST: &str = r#"
resource "aws_iam_role" "deploy" {
  provider           = aws.other
  name               = "deploy"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::111111111111:KIND/ci" } }] })
}
"#;

const ALLOWED: &str = r#"jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = "arn:aws:iam::222222222222:role/deploy" }] })"#;

fn rules(text: &str) -> Vec<String> {
    let outcome = crate::common::run(&[("main.tf".to_owned(), text.to_owned())].into_iter().collect());
    outcome.findings.into_iter().map(|said| said.finding.rule).collect()
}

#[test]
fn a_policy_goes_to_the_role_of_that_name_in_the_account_where_it_is_given() {
    let ci = r#"
resource "aws_iam_role" "ci" {
  name               = "ci"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
}
"#;
    let policy = |provider: &str| {
        format!(
            "resource \"aws_iam_role_policy\" \"ci\" {{\n{provider}  role   = aws_iam_role.ci.name\n  policy = {ALLOWED}\n}}\n"
        )
    };
    let trust = TRUST.replace("KIND", "role");
    assert_eq!(rules(&format!("{TWO_ACCOUNTS}{ci}{trust}{}", policy(""))), [""; 0]);
    let elsewhere = policy("  provider = aws.other\n");
    assert_eq!(rules(&format!("{TWO_ACCOUNTS}{ci}{trust}{elsewhere}")), ["trust-without-permission"]);
}

#[test]
fn a_user_in_a_group_that_is_declared_elsewhere_may_have_what_the_group_has() {
    let trust = TRUST.replace("KIND", "user");
    let user = "resource \"aws_iam_user\" \"ci\" { name = \"ci\" }\n";
    assert_eq!(rules(&format!("{TWO_ACCOUNTS}{trust}{user}")), ["trust-without-permission"]);
    for groups in ["[\"admins\"]", "[var.group]", "[data.aws_iam_group.g.group_name]"] {
        let membership = format!(
            "variable \"group\" {{ type = string }}\ndata \"aws_iam_group\" \"g\" {{ group_name = \"admins\" }}\nresource \"aws_iam_user_group_membership\" \"ci\" {{\n  user = aws_iam_user.ci.name\n  groups = {groups}\n}}\n"
        );
        assert_eq!(rules(&format!("{TWO_ACCOUNTS}{trust}{user}{membership}")), [""; 0], "{groups}");
    }
}

const BUCKET: &str = r#"
resource "aws_s3_bucket" "b" {
  provider = aws.other
  bucket   = "acme-data"
}
resource "aws_iam_user" "ci" { name = "ci" }
resource "aws_iam_user_policy" "ci" {
  user   = aws_iam_user.ci.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::acme-data/*" }] })
}
"#;

#[test]
fn a_policy_for_a_bucket_of_unknown_name_may_be_that_of_any_bucket() {
    assert_eq!(rules(&format!("{TWO_ACCOUNTS}{BUCKET}")), ["permission-without-grant"]);
    let policy = r#"
variable "name" { type = string }
resource "aws_s3_bucket_policy" "p" {
  provider = aws.other
  bucket   = var.name
  policy   = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*", Principal = { AWS = "arn:aws:iam::111111111111:user/ci" } }] })
}
"#;
    assert_eq!(rules(&format!("{TWO_ACCOUNTS}{BUCKET}{policy}")), [""; 0]);
}

#[test]
fn a_denial_of_one_session_leaves_the_others() {
    let grant = |denied: &str| {
        format!(
            "resource \"aws_iam_role\" \"reader\" {{\n  name = \"reader\"\n  assume_role_policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ Service = \"ec2.amazonaws.com\" }} }}] }})\n}}\nresource \"aws_iam_role_policy\" \"r\" {{\n  role = aws_iam_role.reader.name\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::acme-data/*\" }}] }})\n}}\nresource \"aws_s3_bucket\" \"b\" {{\n  provider = aws.other\n  bucket = \"acme-data\"\n}}\nresource \"aws_s3_bucket_policy\" \"p\" {{\n  provider = aws.other\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({{ Version = \"2012-10-17\", Statement = [\n    {{ Effect = \"Allow\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::acme-data/*\", Principal = {{ AWS = \"arn:aws:iam::111111111111:role/reader\" }} }},\n    {{ Effect = \"Deny\", Action = \"s3:*\", Resource = \"arn:aws:s3:::acme-data/*\", Principal = {{ AWS = \"{denied}\" }} }},\n  ] }})\n}}\n"
        )
    };
    let session = grant("arn:aws:sts::111111111111:assumed-role/reader/x");
    assert_eq!(rules(&format!("{TWO_ACCOUNTS}{session}")), [""; 0]);
    let role = format!("{TWO_ACCOUNTS}{}", grant("arn:aws:iam::111111111111:role/reader"));
    assert_eq!(rules(&role), ["denied-grant"]);
    // It is granted; what has to change is the denial.
    let outcome = crate::common::run(&[("main.tf".to_owned(), role)].into_iter().collect());
    let said = outcome.findings.first().unwrap();
    assert!(said.message.contains("but a Deny in the same policy applies"), "{}", said.message);
}

#[test]
fn what_a_resource_control_policy_denies_is_not_said_of_the_trust_policy() {
    let text = format!(
        "{TWO_ACCOUNTS}{}resource \"aws_iam_user\" \"ci\" {{ name = \"ci\" }}\nresource \"aws_iam_user_policy\" \"ci\" {{\n  user = aws_iam_user.ci.name\n  policy = {ALLOWED}\n}}\nresource \"aws_organizations_policy\" \"rcp\" {{\n  name = \"rcp\"\n  type = \"RESOURCE_CONTROL_POLICY\"\n  content = jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Deny\", Principal = \"*\", Action = \"sts:AssumeRole\", Resource = \"*\" }}] }})\n}}\nresource \"aws_organizations_policy_attachment\" \"rcp\" {{\n  policy_id = aws_organizations_policy.rcp.id\n  target_id = \"222222222222\"\n}}\n",
        TRUST.replace("KIND", "user")
    );
    let outcome = crate::common::run(&[("main.tf".to_owned(), text)].into_iter().collect());
    let said: Vec<_> = outcome.findings.iter().filter(|said| said.finding.rule.contains("trust")).collect();
    assert!(said.is_empty(), "{} findings", said.len());
    let rules: Vec<_> = outcome.findings.iter().map(|said| said.finding.rule.as_str()).collect();
    assert!(rules.contains(&"guardrail-blocks-access"), "{rules:?}");
}

#[test]
fn several_accepted_external_ids_are_alternatives() {
    let text = r#"
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111111111111"]
}
resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::222222222222:root" }, Condition = { StringEquals = { "sts:ExternalId" = ["one", "two"] } } }] })
}
provider "aws" {
  alias  = "it"
  region = "eu-west-1"
  assume_role {
    role_arn    = "arn:aws:iam::111111111111:role/r"
    external_id = "three"
  }
}
"#;
    let outcome = crate::common::run(&[("main.tf".to_owned(), text.to_owned())].into_iter().collect());
    let said = outcome.findings.iter().find(|said| said.finding.rule == "external-id-mismatch").unwrap();
    assert!(said.message.contains("`one` or `two`"), "{}", said.message);
    judge::judged([("main.tf", text.replace("three", "two").as_str())], &[], &["missing-external-id"]);
}
