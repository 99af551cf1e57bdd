//! Calls of well-known modules are judged by what the modules make of their inputs.

use crate::judge;

use crate::common::{Files, run};

/// Checks a root module; a line of `expected` is a finding.
fn judged(main: &str, expected: &[&str]) {
    judge::judged([("main.tf", main)], expected, &[]);
}

/// A call of a submodule of `terraform-aws-modules/iam/aws`.
fn iam(submodule: &str, version: &str, inputs: &str) -> String {
    format!(
        "module \"it\" {{\n  source = \"terraform-aws-modules/iam/aws//modules/{submodule}\"\n  version = \"{version}\"\n{inputs}\n}}\n"
    )
}

const EVERYBODY: &str = "  create_role = true\n  role_requires_mfa = false\n  trusted_role_arns = [\"*\"]";

#[test]
fn a_finding_points_at_the_argument_that_holds_the_value() {
    judged(&iam("iam-assumable-role", "~> 5.30", EVERYBODY), &["main.tf:6 error [wildcard-principal] \"*\""]);
}

#[test]
fn a_finding_about_what_no_argument_says_points_at_the_call() {
    let github = "  name = \"ci\"\n  use_name_prefix = false\n  enable_github_oidc = true";
    judged(&iam("iam-role", "~> 6.0", github), &["main.tf:1 error [missing-oidc-subject] \"module \"it\"\""]);
    let subjects = format!("{github}\n  oidc_subjects = [\"acme/app:ref:refs/heads/main\"]");
    judged(&iam("iam-role", "~> 6.0", &subjects), &[]);
}

#[test]
fn a_message_names_the_module_of_a_role_without_a_name() {
    let files = Files::from([("main.tf".to_owned(), iam("iam-assumable-role", "5.1.0", EVERYBODY))]);
    let messages: Vec<String> = run(&files).findings.into_iter().map(|said| said.message).collect();
    assert_eq!(messages, ["any AWS account can assume role `module.it.aws_iam_role.this[0]`"]);
}

#[test]
fn the_version_decides_which_module_it_is() {
    // Version 6 has no such module.
    judged(&iam("iam-assumable-role", "~> 6.0", EVERYBODY), &[]);
    judged(
        &iam("iam-assumable-role", ">= 5.0, < 6.0", EVERYBODY),
        &["main.tf:6 error [wildcard-principal] \"*\""],
    );
    let tag = "module \"it\" {\n  source = \"git::https://github.com/terraform-aws-modules/terraform-aws-iam.git//modules/iam-assumable-role?ref=v5.1.0\"\n\n";
    judged(&format!("{tag}{EVERYBODY}\n}}\n"), &["main.tf:6 error [wildcard-principal] \"*\""]);
}

#[test]
fn a_role_is_made_only_when_the_module_makes_it() {
    judged(&iam("iam-assumable-role", "~> 5.30", "  trusted_role_arns = [\"*\"]"), &[]);
}

#[test]
fn a_comment_in_the_call_covers_what_the_module_makes() {
    let ignored =
        EVERYBODY.replace("  trusted", "  # trustlint: ignore[wildcard-principal] a honeypot\n  trusted");
    judged(&iam("iam-assumable-role", "~> 5.30", &ignored), &[]);
}

/// A role that trusts another one of the same project, which is the module's.
fn two_roles(inputs: &str) -> String {
    format!(
        r#"
provider "aws" {{
  allowed_account_ids = ["111111111111"]
}}
provider "aws" {{
  alias               = "other"
  allowed_account_ids = ["222222222222"]
}}
resource "aws_iam_role" "deploy" {{
  provider           = aws.other
  name               = "deploy"
  assume_role_policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = {{ AWS = module.it.iam_role_arn }}
    }}]
  }})
}}
{}"#,
        iam("iam-assumable-role", "~> 5.30", inputs)
    )
}

const CI: &str = "  create_role = true\n  role_name = \"ci\"\n  role_requires_mfa = false\n  trusted_role_services = [\"ec2.amazonaws.com\"]";

#[test]
fn an_output_is_the_arn_of_what_the_module_makes() {
    judged(&two_roles(CI), &["main.tf:17 warning [trust-without-permission] \"module.it.iam_role_arn\""]);
    let allowed = format!(
        "{CI}\n  inline_policy_statements = [{{ actions = [\"sts:AssumeRole\"], resources = [\"arn:aws:iam::222222222222:role/deploy\"] }}]"
    );
    judged(&two_roles(&allowed), &[]);
}

#[test]
fn an_input_that_is_not_understood_leaves_open_what_it_may_add() {
    judged(&two_roles(&format!("{CI}\n  something_new = [\"x\"]")), &[]);
    judged(
        &two_roles(&format!("{CI}\n  role_description = \"x\"\n  something_new = null")),
        &["main.tf:17 warning [trust-without-permission] \"module.it.iam_role_arn\""],
    );
}

#[test]
fn an_output_that_is_not_described_is_not_known_and_not_refused() {
    judged(
        "module \"it\" {\n  source = \"terraform-aws-modules/s3-bucket/aws\"\n}\nresource \"aws_iam_user\" \"it\" {\n  name = try(module.it.something_new, \"x\")\n}\n",
        &[],
    );
}

#[test]
fn the_policy_of_a_bucket_is_that_which_is_attached() {
    let bucket = |inputs: &str| {
        format!(
            "module \"it\" {{\n  source = \"terraform-aws-modules/s3-bucket/aws\"\n  version = \"~> 4.1\"\n  bucket = \"acme\"\n{inputs}\n}}\ndata \"aws_iam_policy_document\" \"it\" {{\n  statement {{\n    actions = [\"s3:GetObject\"]\n    resources = [\"${{module.it.s3_bucket_arn}}/*\"]\n    principals {{\n      type = \"AWS\"\n      identifiers = [\"*\"]\n    }}\n  }}\n}}\n"
        )
    };
    let open = "  policy = data.aws_iam_policy_document.it.json\n  block_public_policy = false\n  restrict_public_buckets = false";
    judged(&bucket(open), &[]);
    let attached = format!("{open}\n  attach_policy = true");
    judged(&bucket(&attached), &["main.tf:16 info [wildcard-principal] \"*\""]);
}

#[test]
fn the_principals_of_a_key_are_judged_where_they_are_written() {
    judged(
        "module \"it\" {\n  source = \"terraform-aws-modules/kms/aws\"\n  key_users = [\"arn:aws:iam::12345:role/app\"]\n}\n",
        &["main.tf:3 error [invalid-principal] \"arn:aws:iam::12345:role/app\""],
    );
}

#[test]
fn a_text_that_the_module_puts_together_is_shown_at_the_argument_in_it() {
    let github = "  name = \"ci\"\n  use_name_prefix = false\n  enable_github_oidc = true\n  oidc_wildcard_subjects = [\"*:main\"]";
    judged(&iam("iam-role", "~> 6.0", github), &["main.tf:7 error [wildcard-oidc-subject] \"*:main\""]);
}

#[test]
fn a_bucket_whose_policy_is_not_described_is_not_judged() {
    let files = Files::from([(
        "main.tf".to_owned(),
        "module \"it\" {\n  source = \"terraform-aws-modules/s3-bucket/aws\"\n  attach_elb_log_delivery_policy = true\n}\n".to_owned(),
    )]);
    assert!(run(&files).findings.is_empty());
}

#[test]
fn the_statements_of_a_bucket_are_about_that_bucket() {
    judged(
        "module \"it\" {\n  source = \"github.com/ministryofjustice/modernisation-platform-terraform-s3-bucket?ref=v9.0.0\"\n  bucket_name = \"acme\"\n  bucket_policy_v2 = [{\n    effect = \"Allow\"\n    actions = [\"s3:PutObject\"]\n    principals = { type = \"Service\", identifiers = [\"logging.s3.amazonaws.com\"] }\n  }]\n}\n",
        &["main.tf:7 info [unscoped-service-principal] \"logging.s3.amazonaws.com\""],
    );
}

/// A call with its inputs from the third line on.
fn call(source: &str, inputs: &str) -> String {
    format!("module \"it\" {{\n  source = \"{source}\"\n{inputs}\n}}\n")
}

/// Calls of modules with an input that lets somebody in, and what is said of it.
const LET_IN: &[(&str, &str, &str)] = &[
    ("cloudposse/ecr/aws", "principals_full_access = [\"*\"]", "main.tf:3 error [wildcard-principal] \"*\""),
    (
        "cloudposse/s3-bucket/aws",
        "privileged_principal_arns = [{ \"arn:aws:iam::12345:role/app\" = [\"\"] }]\n  privileged_principal_actions = [\"s3:GetObject\"]",
        "main.tf:3 error [invalid-principal] \"arn:aws:iam::12345:role/app\"",
    ),
    (
        "cloudposse/sns-topic/aws",
        "allowed_iam_arns_for_sns_publish = [\"*\"]",
        "main.tf:3 error [wildcard-principal] \"*\"",
    ),
    (
        "github.com/cds-snc/terraform-modules//gh_oidc_role?ref=v10.4.2",
        "roles = [{ name = \"ci\", repo_name = \"*\", claim = \"*\" }]",
        "main.tf:3 info [broad-oidc-subject] \"*\"",
    ),
    (
        "github.com/ministryofjustice/modernisation-platform-github-oidc-role?ref=v4.0.0",
        "role_name = \"ci\"\n  github_repositories = [\"*/app\"]",
        "main.tf:4 error [wildcard-oidc-subject] \"*/app\"",
    ),
    (
        "github.com/ministryofjustice/modernisation-platform-github-oidc-provider?ref=v4.0.0",
        "additional_permissions = \"{}\"\n  github_repositories = [\"*/app\"]",
        "main.tf:4 error [wildcard-oidc-subject] \"*/app\"",
    ),
    (
        "philips-labs/github-oidc/aws",
        "openid_connect_provider_arn = \"x\"\n  repo = \"acme/app\"\n  custom_principal_arns = [\"*\"]",
        "main.tf:5 error [wildcard-principal] \"*\"",
    ),
    (
        "unfunco/oidc-github/aws",
        "github_subjects = [\"*/app\"]",
        "main.tf:3 error [wildcard-oidc-subject] \"*/app\"",
    ),
    (
        "terraform-aws-modules/step-functions/aws",
        "name = \"it\"\n  attach_policy_statements = true\n  policy_statements = { any = { actions = [\"sts:AssumeRole\"], resources = [\"*\"] } }",
        "main.tf:5 warning [assume-any-role] \"*\"",
    ),
    (
        "terraform-aws-modules/eventbridge/aws",
        "attach_policy_statements = true\n  policy_statements = { any = { actions = [\"sts:AssumeRole\"], resources = [\"*\"] } }",
        "main.tf:4 warning [assume-any-role] \"*\"",
    ),
    (
        "terraform-aws-modules/iam/aws//modules/iam-group",
        "name = \"it\"\n  permissions = { any = { actions = [\"sts:AssumeRole\"], resources = [\"*\"] } }",
        "main.tf:4 warning [assume-any-role] \"*\"",
    ),
    (
        "terraform-aws-modules/iam/aws//modules/iam-group-with-policies",
        "name = \"it\"\n  custom_group_policies = [{ name = \"any\", policy = <<-E\n{\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"sts:AssumeRole\", \"Resource\": \"*\"}]}\nE\n}]",
        "main.tf:5 warning [assume-any-role] \"*\"",
    ),
];

#[test]
fn who_is_let_in_by_an_input_is_judged_there() {
    for (source, input, expected) in LET_IN.iter().copied() {
        let expected: Vec<&str> = Some(expected).into_iter().filter(|it| !it.is_empty()).collect();
        judged(&call(source, &format!("  {input}")), &expected);
    }
}

/// A role of one account that is called by a label, and one of another that trusts it by that name.
fn labelled(label: &str, name: &str) -> String {
    format!(
        r#"module "label" {{
  source = "cloudposse/label/null"
{label}
}}
provider "aws" {{
  allowed_account_ids = ["111111111111"]
}}
provider "aws" {{
  alias               = "other"
  allowed_account_ids = ["222222222222"]
}}
resource "aws_iam_role" "ci" {{
  name               = module.label.id
  assume_role_policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ Service = "ec2.amazonaws.com" }} }}] }})
}}
resource "aws_iam_role" "deploy" {{
  provider           = aws.other
  name               = "deploy"
  assume_role_policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "sts:AssumeRole", Principal = {{ AWS = "arn:aws:iam::111111111111:role/{name}" }} }}] }})
}}
"#
    )
}

#[test]
fn a_label_makes_the_name_that_others_use() {
    let name = "arn:aws:iam::111111111111:role/eg-prod-theci-x";
    let label = "  namespace = \"EG\"\n  stage = \"prod\"\n  name = \"the ci\"\n  attributes = [\"x\"]";
    judged(
        &labelled(label, "eg-prod-theci-x"),
        &[&format!("main.tf:22 warning [trust-without-permission] \"{name}\"")],
    );
    // Another name is a role that is not here.
    let other = "main.tf:22 info [undeclared-principal] \"arn:aws:iam::111111111111:role/eg-prod-the-ci-x\"";
    judged(&labelled(label, "eg-prod-the-ci-x"), &[other]);
    let other = "main.tf:23 info [undeclared-principal] \"arn:aws:iam::111111111111:role/eg-prod-theci-x\"";
    judged(&labelled(&format!("{label}\n  delimiter = \"_\""), "eg-prod-theci-x"), &[other]);
    judged(&labelled(&format!("{label}\n  label_order = [\"name\"]"), "eg-prod-theci-x"), &[]);
}
