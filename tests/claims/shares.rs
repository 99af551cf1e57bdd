//! Shares of AWS RAM: what they may allow is not taken for refused.

use std::fs;
use std::process::{Command, Stdio};

/// What `trustlint` says, in a project where `222222222222` is ours, in an organization, and `999999999999` is not.
fn said(file: &str, text: &str, arguments: &[&str]) -> String {
    let project = tempfile::tempdir().unwrap();
    fs::create_dir(project.path().join(".git")).unwrap();
    let config = "[organization]\nid = \"o-exampleorgid\"\n\
                  [accounts.models]\nid = \"222222222222\"\npaths = [\"models/**\"]\n\
                  [accounts.tools]\nid = \"111111111111\"\npaths = [\"tools/**\"]\n\
                  [vendors.acme]\nid = \"999999999999\"\n";
    fs::write(project.path().join("trustlint.toml"), config).unwrap();
    fs::create_dir(project.path().join("models")).unwrap();
    fs::write(project.path().join("models").join(file), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_trustlint"));
    command.args(arguments).current_dir(project.path());
    let output = command.env_clear().stdin(Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

/// A group of models that is shared with `principal`, in Terraform.
fn terraform(principal: &str, settings: &str) -> String {
    format!(
        r#"resource "aws_sagemaker_model_package_group" "it" {{
  model_package_group_name = "models"
}}
resource "aws_ram_resource_share" "it" {{
  name = "models"
{settings}
}}
resource "aws_ram_resource_association" "it" {{
  resource_arn       = aws_sagemaker_model_package_group.it.arn
  resource_share_arn = aws_ram_resource_share.it.arn
}}
resource "aws_ram_principal_association" "it" {{
  principal          = {principal}
  resource_share_arn = aws_ram_resource_share.it.arn
}}
"#
    )
}

/// The same in CloudFormation.
fn cloudformation(principal: &str, settings: &str) -> String {
    format!(
        "Resources:\n  It:\n    Type: AWS::SageMaker::ModelPackageGroup\n    Properties:\n      ModelPackageGroupName: models\n  Share:\n    Type: AWS::RAM::ResourceShare\n    Properties:\n      Name: models\n      ResourceArns: [!GetAtt It.ModelPackageGroupArn]\n      Principals: [{principal}]\n{settings}\n"
    )
}

fn ask(file: &str, text: &str, account: &str) -> String {
    let to = if file == "main.tf" { "aws_sagemaker_model_package_group.it" } else { "It" };
    let from = format!("arn:aws:iam::{account}:role/reader");
    let action = "sagemaker:DescribeModelPackageGroup";
    said(file, text, &["access", "--from", &from, "--to", to, "--action", action])
}

const SHARED: &str = "AWS RAM shares it with the principal's account; the permissions of the share are not in the analyzed files";
const REFUSED: &str = "the resource policy does not allow the principal";

#[test]
fn what_is_shared_may_be_used_from_the_accounts_it_is_shared_with() {
    for (file, text) in
        [("main.tf", terraform("\"111111111111\"", "")), ("stack.yaml", cloudformation("'111111111111'", ""))]
    {
        let shared = ask(file, &text, "111111111111");
        assert!(shared.contains(SHARED) && shared.contains("shared here"), "{shared}");
        let not_shared = ask(file, &text, "333333333333");
        assert!(not_shared.contains(REFUSED), "{not_shared}");
    }
    let organization = "\"arn:aws:organizations::444444444444:organization/o-exampleorgid\"";
    let shared = ask("main.tf", &terraform(organization, ""), "333333333333");
    assert!(shared.contains(SHARED), "{shared}");
    let variable = format!("variable \"them\" {{}}\n{}", terraform("var.them", ""));
    let shared = ask("main.tf", &variable, "333333333333");
    assert!(shared.contains(SHARED), "{shared}");
}

#[test]
fn a_share_reaches_outside_the_organization_by_default_only_in_cloudformation() {
    let vendor = "999999999999";
    let quoted = format!("\"{vendor}\"");
    for (file, text, expected) in [
        ("main.tf", terraform(&quoted, ""), REFUSED),
        ("main.tf", terraform(&quoted, "  allow_external_principals = true"), SHARED),
        ("stack.yaml", cloudformation(&quoted, ""), SHARED),
        ("stack.yaml", cloudformation(&quoted, "      AllowExternalPrincipals: false"), REFUSED),
    ] {
        let answer = ask(file, &text, vendor);
        assert!(answer.contains(expected), "{text}{answer}");
    }
}

#[test]
fn a_permission_on_what_is_shared_needs_no_other_grant() {
    let caller = r#"
provider "aws" {
  alias               = "tools"
  allowed_account_ids = ["111111111111"]
}
resource "aws_iam_user" "reader" {
  provider = aws.tools
  name     = "reader"
}
resource "aws_iam_user_policy" "reader" {
  provider = aws.tools
  user     = aws_iam_user.reader.name
  policy = jsonencode({
    Statement = [{
      Effect   = "Allow"
      Action   = "sagemaker:DescribeModelPackageGroup"
      Resource = aws_sagemaker_model_package_group.it.arn
    }]
  })
}
"#;
    let check = |principal: &str| {
        let text = terraform(principal, "") + caller;
        said("main.tf", &text, &["check", "--output-format", "concise"])
    };
    assert!(!check("\"111111111111\"").contains("permission-without-grant"), "{}", check("\"111111111111\""));
    assert!(check("\"333333333333\"").contains("permission-without-grant"), "{}", check("\"333333333333\""));
}

#[test]
fn whom_a_share_that_is_declared_elsewhere_reaches_is_not_known() {
    let shared = |share: &str| {
        terraform("\"333333333333\"", "").replacen(
            "resource_share_arn = aws_ram_resource_share.it.arn",
            &format!("resource_share_arn = {share}"),
            1,
        )
    };
    for share in [
        "\"arn:aws:ram:eu-west-1:222222222222:resource-share/5e7e\"",
        "data.aws_ram_resource_share.them.arn",
        "var.share",
    ] {
        let more = "data \"aws_ram_resource_share\" \"them\" {\n  name           = \"them\"\n  resource_owner = \"SELF\"\n}\nvariable \"share\" {}\n";
        let answer = ask("main.tf", &(shared(share) + more), "111111111111");
        assert!(answer.contains(SHARED), "{share}{answer}");
    }
}

#[test]
fn principals_of_a_share_whose_name_is_not_known_may_be_those_of_any() {
    let text = terraform("\"111111111111\"", "");
    let (before, after) = text.rsplit_once("aws_ram_resource_share.it.arn").unwrap();
    let answer =
        ask("main.tf", &format!("{before}var.share{after}variable \"share\" {{}}\n"), "111111111111");
    assert!(answer.contains(SHARED), "{answer}");
}
