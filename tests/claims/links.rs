//! What one unit stores and another one reads: states, parameters of the parameter store.

use crate::judge;

use crate::common::{Files, run};

fn judged(files: &[(&str, &str)], expected: &[&str]) {
    judge::judged(files.iter().copied(), expected, &[]);
}

/// A role that trusts what `reference` gives. A wildcard there is reported, which shows that the value arrived.
fn trusting(reference: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"it\" {{\n  assume_role_policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ AWS = {reference} }} }}]\n  }})\n}}\n"
    )
}

const NETWORK: &str = "terraform {\n  backend \"s3\" {\n    bucket = \"states\"\n    key    = \"network.tfstate\"\n  }\n}\noutput \"caller\" { value = \"*\" }\n";

fn reading(config: &str) -> String {
    let data = format!("data \"terraform_remote_state\" \"it\" {{\n{config}\n}}\n");
    format!("{}{data}", trusting("data.terraform_remote_state.it.outputs.caller"))
}

const S3: &str = "  backend = \"s3\"\n  config = {\n    bucket = \"states\"\n    key = \"network.tfstate\"\n    region = \"eu-west-1\"\n  }";

#[test]
fn what_a_root_module_publishes_is_what_is_read_from_its_state() {
    let found = "network/main.tf:7 error [wildcard-principal] \"*\"";
    judged(&[("network/main.tf", NETWORK), ("app/main.tf", &reading(S3))], &[found]);
}

#[test]
fn the_state_of_another_bucket_or_workspace_is_another_state() {
    for config in [S3.replace("states", "others"), format!("{S3}\n  workspace = \"prod\"")] {
        judged(&[("network/main.tf", NETWORK), ("app/main.tf", &reading(&config))], &[]);
    }
}

#[test]
fn a_state_that_two_root_modules_have_is_that_of_neither() {
    judged(&[("network/main.tf", NETWORK), ("copy/main.tf", NETWORK), ("app/main.tf", &reading(S3))], &[]);
}

#[test]
fn a_local_state_is_found_beside_the_root_module() {
    let config = "  backend = \"local\"\n  config = { path = \"../network/terraform.tfstate\" }";
    let network = "output \"caller\" { value = \"*\" }\n";
    let found = "network/main.tf:1 error [wildcard-principal] \"*\"";
    judged(&[("network/main.tf", network), ("app/main.tf", &reading(config))], &[found]);
}

#[test]
fn a_chain_of_states_is_followed() {
    let middle = "terraform {\n  backend \"s3\" {\n    bucket = \"states\"\n    key = \"network.tfstate\"\n  }\n}\ndata \"terraform_remote_state\" \"first\" {\n  backend = \"s3\"\n  config = { bucket = \"states\", key = \"first.tfstate\" }\n}\noutput \"caller\" { value = data.terraform_remote_state.first.outputs.who }\n";
    let first = "terraform {\n  backend \"s3\" {\n    bucket = \"states\"\n    key = \"first.tfstate\"\n  }\n}\noutput \"who\" { value = \"*\" }\n";
    judged(
        &[("first/main.tf", first), ("middle/main.tf", middle), ("app/main.tf", &reading(S3))],
        &["first/main.tf:7 error [wildcard-principal] \"*\""],
    );
}

fn account(id: &str) -> String {
    format!("provider \"aws\" {{\n  region = \"eu-west-1\"\n  allowed_account_ids = [\"{id}\"]\n}}\n")
}

fn parameter(account_id: &str, name: &str, value: &str) -> String {
    format!(
        "{}resource \"aws_ssm_parameter\" \"it\" {{\n  name = \"{name}\"\n  type = \"String\"\n  value = \"{value}\"\n}}\n",
        account(account_id)
    )
}

fn looking_up(account_id: &str, name: &str) -> String {
    let data = format!("data \"aws_ssm_parameter\" \"it\" {{\n  name = \"{name}\"\n}}\n");
    format!(
        "{}{}{data}",
        account(account_id),
        trusting("\"arn:aws:iam::${data.aws_ssm_parameter.it.value}:role/ci\"")
    )
}

const ONE: &str = "111111111111";
const TWO: &str = "222222222222";
/// An account id of eleven digits, which is reported where it arrives.
const WRONG: &str = "33333333333";
const FOUND: &str =
    "app/main.tf:8 error [invalid-principal] \"arn:aws:iam::${data.aws_ssm_parameter.it.value}:role/ci\"";

#[test]
fn a_parameter_is_found_in_its_account() {
    let app = looking_up(ONE, "/ci/account");
    judged(&[("ci/main.tf", &parameter(ONE, "/ci/account", WRONG)), ("app/main.tf", &app)], &[FOUND]);
    judged(&[("ci/main.tf", &parameter(TWO, "/ci/account", WRONG)), ("app/main.tf", &app)], &[]);
    judged(&[("ci/main.tf", &parameter(ONE, "/ci/other", WRONG)), ("app/main.tf", &app)], &[]);
}

#[test]
fn a_parameter_whose_name_is_partly_known_is_found_in_its_own_unit() {
    let name = "/${var.stage}/account";
    let parameter = parameter(ONE, name, WRONG).replace(&account(ONE), "");
    let main = format!("{}{parameter}variable \"stage\" {{}}\n", looking_up(ONE, name));
    judged(&[("app/main.tf", &main)], &[FOUND]);
}

#[test]
fn two_parameters_that_it_may_be_are_none() {
    let parameters = |id: &str| parameter("", "/ci/account", id).replace(&account(""), "");
    let app = looking_up(ONE, "/ci/account");
    let (a, b) = (parameters(WRONG), parameters(ONE));
    judged(&[("a/main.tf", &a), ("b/main.tf", &b), ("app/main.tf", &app)], &[]);
    judged(&[("a/main.tf", &a), ("b/main.tf", &a), ("app/main.tf", &app)], &[FOUND]);
}

#[test]
fn a_stack_stores_what_a_root_module_reads() {
    let stack = format!(
        "Resources:\n  It:\n    Type: AWS::SSM::Parameter\n    Properties:\n      Name: /ci/account\n      Type: String\n      Value: '{WRONG}'\n"
    );
    judged(&[("stack.yaml", &stack), ("app/main.tf", &looking_up(ONE, "/ci/account"))], &[FOUND]);
}

#[test]
fn a_root_module_stores_what_a_stack_reads() {
    let stack = |principal: &str| {
        format!(
            "Parameters:\n  Account:\n    Type: AWS::SSM::Parameter::Value<String>\n    Default: /ci/account\nResources:\n  It:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        Statement:\n          - Effect: Allow\n            Action: sts:AssumeRole\n            Principal:\n              AWS: {principal}\n"
        )
    };
    for principal in
        ["!Sub 'arn:aws:iam::${Account}:role/ci'", "'arn:aws:iam::{{resolve:ssm:/ci/account}}:role/ci'"]
    {
        let files = [("ci/main.tf", parameter(ONE, "/ci/account", WRONG)), ("stack.yaml", stack(principal))];
        let files: Files = files.map(|(path, text)| (path.to_owned(), text)).into();
        let found = run(&files).findings;
        let rules: Vec<&str> = found.iter().map(|said| said.finding.rule.as_str()).collect();
        assert_eq!(rules, ["invalid-principal"], "{principal}");
    }
}

/// A role of another account that trusts what `data` finds, and the roles of ours.
fn trusting_a_role(roles: &str) -> String {
    format!(
        "{}{roles}data \"aws_iam_role\" \"caller\" {{\n  name = \"caller\"\n}}\nprovider \"aws\" {{\n  alias = \"other\"\n  allowed_account_ids = [\"{TWO}\"]\n}}\nresource \"aws_iam_role\" \"target\" {{\n  provider = aws.other\n  assume_role_policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ AWS = data.aws_iam_role.caller.arn }} }}]\n  }})\n}}\n",
        account(ONE)
    )
}

#[test]
fn a_role_is_found_by_its_name_whatever_its_path() {
    let role = "resource \"aws_iam_role\" \"caller\" {\n  name = \"caller\"\n  path = \"/team/\"\n  assume_role_policy = \"{\\\"Version\\\": \\\"2012-10-17\\\", \\\"Statement\\\": []}\"\n}\n";
    let files = Files::from([("main.tf".to_owned(), trusting_a_role(role))]);
    let rules: Vec<String> = run(&files).findings.into_iter().map(|said| said.finding.rule).collect();
    assert_eq!(rules, ["trust-without-permission"]);
    judged(&[("main.tf", &trusting_a_role(&role.replace("\"caller\"\n  path", "\"other\"\n  path")))], &[]);
}

/// A role `app` in one account and a role that trusts `app-${named}` in another one.
fn trusting_app(named: &str) -> String {
    format!(
        r#"variable "names" {{}}
variable "others" {{}}
locals {{
  name  = join("-", [for name in var.names : name if name != ""])
  other = join("-", [for name in var.others : name if name != ""])
}}
provider "aws" {{
  allowed_account_ids = ["111111111111"]
}}
provider "aws" {{
  alias               = "app"
  allowed_account_ids = ["222222222222"]
}}
resource "aws_iam_role" "app" {{
  provider = aws.app
  name     = "app-${{local.name}}"
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Principal = {{ Service = "ec2.amazonaws.com" }}, Action = "sts:AssumeRole" }}]
  }})
}}
resource "aws_iam_role" "deploy" {{
  assume_role_policy = jsonencode({{
    Statement = [{{
      Effect    = "Allow"
      Principal = {{ AWS = "arn:aws:iam::222222222222:role/app-${{{named}}}" }}
      Action    = "sts:AssumeRole"
    }}]
  }})
}}
"#
    )
}

#[test]
fn what_is_not_known_of_a_local_value_is_the_same_wherever_it_is_used() {
    let found =
        "main.tf:25 warning [trust-without-permission] \"arn:aws:iam::222222222222:role/app-${local.name}\"";
    judged(&[("main.tf", &trusting_app("local.name"))], &[found]);
    judged(&[("main.tf", &trusting_app("local.other"))], &[]);
}

#[test]
fn what_is_made_for_the_same_unknown_collection_belongs_together() {
    let main = r#"variable "services" {}
data "aws_iam_policy_document" "trust" {
  for_each = var.services
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}
resource "aws_iam_role" "it" {
  for_each           = var.services
  name               = each.key
  assume_role_policy = data.aws_iam_policy_document.trust[each.key].json
}
"#;
    judged(&[("main.tf", main)], &["main.tf:8 error [wildcard-principal] \"*\""]);
}

#[test]
fn a_policy_of_aws_that_is_looked_up_is_the_one_that_aws_publishes() {
    let main = |name: &str| {
        format!(
            r#"data "aws_iam_policy" "it" {{
  name = "{name}"
}}
provider "aws" {{
  allowed_account_ids = ["111111111111"]
}}
resource "aws_iam_role" "app" {{
  name = "app"
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Principal = {{ Service = "ec2.amazonaws.com" }}, Action = "sts:AssumeRole" }}]
  }})
}}
resource "aws_iam_role_policy" "app" {{
  role   = aws_iam_role.app.name
  policy = data.aws_iam_policy.it.policy
}}
provider "aws" {{
  alias               = "other"
  allowed_account_ids = ["222222222222"]
}}
resource "aws_iam_role" "deploy" {{
  provider = aws.other
  assume_role_policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Principal = {{ AWS = aws_iam_role.app.arn }}, Action = "sts:AssumeRole" }}]
  }})
}}
"#
        )
    };
    let found = "main.tf:24 warning [trust-without-permission] \"aws_iam_role.app.arn\"";
    judged(&[("main.tf", &main("AWSXrayWriteOnlyAccess"))], &[found]);
    judged(&[("main.tf", &main("AdministratorAccess"))], &[]);
}
