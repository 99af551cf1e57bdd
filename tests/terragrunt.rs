//! Units of Terragrunt: modules, inputs, accounts and what units take from one another.

#![expect(clippy::unwrap_used, reason = "test helpers")]

use trustlint::config::Config;
use trustlint::run::{Checked, Profile, Settings, check};
use trustlint::source::{Sources, Span};

const ROOT: &str = r#"
locals {
  account = read_terragrunt_config(find_in_parent_folders("account.hcl"))
  id      = local.account.locals.aws_account_id
}
generate "provider" {
  path      = "provider.tf"
  if_exists = "overwrite"
  contents  = <<-EOT
    provider "aws" {
      region              = "eu-west-1"
      allowed_account_ids = ["${local.id}"]
    }
  EOT
}
inputs = {
  prefix = "app"
  team   = "none"
}
"#;

const ROLE: &str = r#"
variable "prefix" {}
variable "trusted" {}
resource "aws_iam_role" "this" {
  name               = "${var.prefix}-deploy"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = var.trusted }, Action = "sts:AssumeRole" }]
  })
}
output "arn" {
  value = aws_iam_role.this.arn
}
"#;

const USER: &str = r#"
variable "role" {}
resource "aws_iam_user" "ci" {
  name = "ci"
}
resource "aws_iam_user_policy" "assume" {
  user   = aws_iam_user.ci.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = var.role }]
  })
}
output "arn" {
  value = aws_iam_user.ci.arn
}
"#;

const USER_UNIT: &str = r#"
include "root" {
  path = find_in_parent_folders("root.hcl")
}
terraform {
  source = "${get_repo_root()}/modules//user"
}
inputs = {
  role = "arn:aws:iam::222222222222:role/WANTED"
}
"#;

const ROLE_UNIT: &str = r#"
include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}
dependency "user" {
  config_path  = "../../tools/user"
  mock_outputs = { arn = "arn:aws:iam::000000000000:user/mock" }
}
terraform {
  source = "../../../modules/role?ref=v1"
}
inputs = {
  trusted = dependency.user.outputs.arn
  team    = include.root.inputs.prefix
}
"#;

fn project(wanted: &str) -> Vec<(String, String)> {
    let account = |id: &str| format!("locals {{\n  aws_account_id = \"{id}\"\n}}\n");
    let files = [
        ("live/root.hcl", ROOT.to_owned()),
        ("live/tools/account.hcl", account("111111111111")),
        ("live/prod/account.hcl", account("222222222222")),
        ("live/tools/user/terragrunt.hcl", USER_UNIT.replace("WANTED", wanted)),
        ("live/prod/role/terragrunt.hcl", ROLE_UNIT.to_owned()),
        ("modules/user/main.tf", USER.to_owned()),
        ("modules/role/main.tf", ROLE.to_owned()),
    ];
    files.map(|(path, text)| (path.to_owned(), text)).to_vec()
}

fn run(files: Vec<(String, String)>) -> (Sources, Checked) {
    let sources = Sources::in_memory(files);
    let settings = Settings { now: "2026-01-01T00:00:00Z".parse().unwrap(), profile: Profile::Default };
    let checked = check(&sources, &Config::default(), &settings);
    (sources, checked)
}

#[test]
fn units_go_to_the_accounts_that_their_providers_name() {
    let (_, checked) = run(project("app-deploy"));
    let accounts: Vec<_> = checked
        .accounts
        .iter()
        .map(|it| (it.unit.as_str(), it.account.as_deref(), it.evidence.as_str()))
        .collect();
    assert_eq!(
        accounts,
        [
            ("live/prod/role", Some("222222222222"), "allowed_account_ids"),
            ("live/tools/user", Some("111111111111"), "allowed_account_ids"),
        ]
    );
}

#[test]
fn both_sides_are_linked_through_inputs_and_dependencies() {
    let (_, checked) = run(project("app-deploy"));
    assert!(checked.findings.is_empty() && checked.problems.is_empty(), "{checked:?}");
    let (sources, checked) = run(project("deploy"));
    let [finding] = checked.findings.as_slice() else { panic!("{:?}", checked.findings) };
    assert_eq!(finding.rule, "trust-without-permission");
    let shown = |span: Span| (sources.path(span.source).to_owned(), sources.slice(span));
    assert_eq!(
        shown(finding.primary.span),
        ("live/prod/role/terragrunt.hcl".to_owned(), "dependency \"user\"".to_owned())
    );
    let places: Vec<_> = finding.related.iter().map(|label| shown(label.span)).collect();
    let wrong =
        ("live/tools/user/terragrunt.hcl".to_owned(), "arn:aws:iam::222222222222:role/deploy".to_owned());
    assert!(places.contains(&wrong), "{places:?}");
}

#[test]
fn inputs_are_merged_as_the_include_says() {
    let found = |strategy: &str| {
        let root = "inputs = {\n  settings = { trusted = [\"arn:aws:iam::464622532012:root\"] }\n}\n";
        let unit = format!(
            "include \"root\" {{\n  path = \"../root.hcl\"\n{strategy}}}\nterraform {{\n  source = \"../m\"\n}}\ninputs = {{\n  settings = {{ other = 1 }}\n}}\n"
        );
        let module = "variable \"settings\" {}\nresource \"aws_iam_role\" \"r\" {\n  assume_role_policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{ Effect = \"Allow\", Principal = try({ AWS = var.settings.trusted }, { Service = \"ec2.amazonaws.com\" }), Action = \"sts:AssumeRole\" }]\n  })\n}\n";
        let files = [("root.hcl", root), ("u/terragrunt.hcl", &unit), ("m/main.tf", module)];
        let (_, checked) = run(files.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec());
        checked.findings.iter().filter(|it| it.rule == "missing-external-id").count()
    };
    assert_eq!(found("  merge_strategy = \"deep\"\n"), 1);
    assert_eq!(found(""), 0);
    assert_eq!(found("  merge_strategy = \"no_merge\"\n"), 0);
}

#[test]
fn what_is_not_understood_is_not_known_and_no_error() {
    let mut files = project("app-deploy");
    files.retain(|(path, _)| !path.ends_with("account.hcl"));
    let (_, checked) = run(files);
    assert!(checked.findings.is_empty() && checked.problems.is_empty(), "{checked:?}");
    assert!(checked.accounts.iter().all(|it| it.account.is_none()), "{:?}", checked.accounts);
    // Including itself, or nothing that is there.
    for path in ["terragrunt.hcl", "/", "../../../../../etc/passwd", "${run_cmd(\"x\")}"] {
        let unit = format!("include {{\n  path = \"{path}\"\n}}\nterraform {{\n  source = \"../m\"\n}}\n");
        let files = vec![("u/terragrunt.hcl".to_owned(), unit), ("m/main.tf".to_owned(), USER.to_owned())];
        let (_, checked) = run(files);
        assert!(checked.problems.is_empty(), "{path}: {:?}", checked.problems);
        assert_eq!(checked.accounts.len(), 1, "{path}: {:?}", checked.accounts);
    }
}
