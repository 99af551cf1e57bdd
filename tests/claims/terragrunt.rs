//! Units of Terragrunt: modules, inputs, accounts and what units take from one another.

use trustlint::{Checked, Config, Profile, Settings, Severity, Sources, Span, check};

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

/// A module that lets everybody in when it is given `*`.
const ASKED: &str = "variable \"caller\" {}\nresource \"aws_iam_role\" \"r\" {\n  assume_role_policy = jsonencode({\n    Version = \"2012-10-17\"\n    Statement = [{ Effect = \"Allow\", Principal = { AWS = var.caller }, Action = \"sts:AssumeRole\" }]\n  })\n}\n";

/// Whether a condition holds in the unit `live/prod/app`; nothing when that is not known.
fn holds(condition: &str, files: &[(&str, &str)]) -> Option<bool> {
    holds_in("live/prod/app/terragrunt.hcl", "terraform {\n  source = \"../../../m\"\n}\n", condition, files)
}

fn holds_in(path: &str, unit: &str, condition: &str, files: &[(&str, &str)]) -> Option<bool> {
    let open = |condition: &str| {
        let unit = format!("{unit}inputs = {{\n  caller = {condition} ? \"*\" : \"111111111111\"\n}}\n");
        let own = [(path, unit.as_str()), ("m/main.tf", ASKED)];
        let all = own.iter().filter(|(path, _)| files.iter().all(|(other, _)| other != path)).chain(files);
        let (_, checked) = run(all.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect());
        assert!(checked.problems.is_empty(), "{:?}", checked.problems);
        checked.findings.iter().any(|it| it.rule == "wildcard-principal")
    };
    match (open(&format!("({condition})")), open(&format!("!({condition})"))) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// Expressions, and what they give in a unit.
fn give(all: &[(&str, &str)], files: &[(&str, &str)]) {
    for (expression, expected) in all {
        assert_eq!(
            holds(&format!("{expression} == {expected}"), files),
            Some(true),
            "{expression} == {expected}"
        );
    }
}

#[test]
fn paths_are_those_of_the_unit() {
    let files = [("live/account.hcl", ""), ("live/prod/env.hcl", ""), ("live/prod/app/x.hcl", "")];
    give(
        &[
            ("get_terragrunt_dir()", "\"/live/prod/app\""),
            ("get_original_terragrunt_dir()", "\"/live/prod/app\""),
            ("basename(get_terragrunt_dir())", "\"app\""),
            ("get_repo_root()", "\"\""),
            ("get_path_from_repo_root()", "\"live/prod/app\""),
            ("get_path_to_repo_root()", "\"../../..\""),
            ("find_in_parent_folders(\"account.hcl\")", "\"/live/account.hcl\""),
            ("find_in_parent_folders(\"env.hcl\")", "\"/live/prod/env.hcl\""),
            ("find_in_parent_folders(\"prod\")", "\"/live/prod\""),
            ("find_in_parent_folders(\"none.hcl\", \"fallback.hcl\")", "\"fallback.hcl\""),
            ("path_relative_to_include()", "\".\""),
            ("path_relative_from_include()", "\".\""),
            ("mark_as_read(\"/a\")", "\"/a\""),
            ("get_env(\"NAME\", \"default\")", "\"default\""),
        ],
        &files,
    );
    // What lies beside the unit is not above it.
    assert_eq!(holds("find_in_parent_folders(\"x.hcl\", \"none\") == \"none\"", &files), Some(true));
}

#[test]
fn paths_are_seen_from_what_is_included() {
    let root = "locals {\n  to     = path_relative_to_include()\n  from   = path_relative_from_include()\n  parent = get_parent_terragrunt_dir()\n  dir    = get_terragrunt_dir()\n}\n";
    let files = [("live/root.hcl", root), ("live/prod/region.hcl", "locals {\n  a = 1\n}\n")];
    let include = |name: &str, file: &str| {
        format!("include \"{name}\" {{\n  path   = find_in_parent_folders(\"{file}\")\n  expose = true\n}}\n")
    };
    let unit = format!("{}terraform {{\n  source = \"../../../m\"\n}}\n", include("root", "root.hcl"));
    let both = format!("{unit}{}", include("region", "region.hcl"));
    let is = |unit: &str, expression: &str, expected: &str| {
        let condition = format!("{expression} == \"{expected}\"");
        holds_in("live/prod/app/terragrunt.hcl", unit, &condition, &files)
    };
    for (expression, expected) in [
        ("include.root.locals.to", "prod/app"),
        ("include.root.locals.from", "../.."),
        ("include.root.locals.parent", "/live"),
        ("include.root.locals.dir", "/live/prod/app"),
        ("path_relative_to_include()", "prod/app"),
        ("path_relative_to_include(\"root\")", "prod/app"),
        ("get_parent_terragrunt_dir()", "/live"),
    ] {
        assert_eq!(is(&unit, expression, expected), Some(true), "{expression}");
    }
    for (expression, expected) in [
        ("path_relative_to_include(\"region\")", "app"),
        ("path_relative_from_include(\"region\")", ".."),
        ("get_parent_terragrunt_dir(\"region\")", "/live/prod"),
        ("path_relative_to_include(\"root\")", "prod/app"),
    ] {
        assert_eq!(is(&both, expression, expected), Some(true), "{expression}");
    }
    // Which of the two is meant, nothing says.
    assert_eq!(is(&both, "path_relative_to_include()", "app"), None);
}

#[test]
fn what_only_a_run_knows_is_not_known() {
    for expression in [
        "get_env(\"NAME\")",
        "get_platform()",
        "get_working_dir()",
        "\"${get_aws_account_id()}-x\"",
        "get_aws_account_alias()",
        "get_aws_caller_identity_arn()",
        "get_aws_caller_identity_user_id()",
        "get_terraform_command()",
        "get_terragrunt_source_cli_flag()",
        "run_cmd(\"echo\", \"x\")",
        "sops_decrypt_file(\"secrets.yaml\")",
        "tostring(constraint_check(\"1.2.3\", \">= 1.0.0\"))",
        "join(\",\", get_terraform_commands_that_need_vars())",
        "join(\",\", get_terraform_commands_that_need_input())",
        "join(\",\", get_terraform_commands_that_need_locking())",
        "join(\",\", get_terraform_commands_that_need_parallelism())",
        "join(\",\", get_terraform_cli_args())",
        "join(\",\", get_default_retryable_errors())",
        "find_in_parent_folders(\"none.hcl\")",
        "try(dependency.none.outputs.x, run_cmd(\"x\"))",
    ] {
        let files = [("live/prod/app/secrets.yaml", "a: b\n")];
        assert_eq!(holds(&format!("{expression} == \"123456789012-x\""), &files), None, "{expression}");
    }
    // The same command says the same, another one something else, and some say something else each time.
    let command = "run_cmd(\"./name.sh\", \"a\")";
    assert_eq!(holds(&format!("{command} == {command}"), &[]), Some(true));
    assert_eq!(holds(&format!("{command} == run_cmd(\"./name.sh\", \"b\")"), &[]), None);
    let anew = "run_cmd(\"--terragrunt-no-cache\", \"uuidgen\")";
    assert_eq!(holds(&format!("{anew} == {anew}"), &[]), None);
}

#[test]
fn other_files_are_read_as_what_they_are() {
    let common = "locals {\n  here = get_terragrunt_dir()\n  for_whom = get_original_terragrunt_dir()\n}\ninputs = {\n  stack_name = \"staging\"\n}\n";
    let files = [
        ("live/common.hcl", common),
        ("live/prod/app/own.tfvars", "region = \"eu-west-1\"\nids = [\"a\"]\n"),
        ("live/prod/app/own.tfvars.json", "{\"region\": \"us-east-1\"}"),
        ("live/prod/app/note.txt", "noted"),
    ];
    let config = "read_terragrunt_config(find_in_parent_folders(\"common.hcl\"))";
    give(
        &[
            (&format!("{config}.inputs.stack_name"), "\"staging\""),
            (&format!("{config}.locals.here"), "\"/live\""),
            (&format!("{config}.locals.for_whom"), "\"/live/prod/app\""),
            ("read_terragrunt_config(\"none.hcl\", { inputs = { a = \"b\" } }).inputs.a", "\"b\""),
            ("jsondecode(read_tfvars_file(\"own.tfvars\")).region", "\"eu-west-1\""),
            ("jsondecode(read_tfvars_file(\"own.tfvars\")).ids[0]", "\"a\""),
            ("jsondecode(read_tfvars_file(\"own.tfvars.json\")).region", "\"us-east-1\""),
            ("file(\"note.txt\")", "\"noted\""),
            ("file(\"${get_terragrunt_dir()}/note.txt\")", "\"noted\""),
        ],
        &files,
    );
    assert_eq!(holds("read_tfvars_file(\"../../../../../etc/passwd\") == \"x\"", &files), None);
}

#[test]
fn what_is_mocked_is_not_what_is() {
    let other = "terraform {\n  source = \"git::https://example.com/m.git\"\n}\n";
    let unit = "dependency \"vpc\" {\n  config_path = \"../vpc\"\n  mock_outputs = { id = \"mocked\" }\n  mock_outputs_allowed_terraform_commands = [\"plan\"]\n}\nterraform {\n  source = \"../../../m\"\n}\n";
    let files = [("live/prod/vpc/terragrunt.hcl", other)];
    let here = |condition: &str| holds_in("live/prod/app/terragrunt.hcl", unit, condition, &files);
    assert_eq!(here("dependency.vpc.outputs.id == \"mocked\""), None);
    assert_eq!(here("dependency.vpc.outputs.id == dependency.vpc.outputs.id"), Some(true));
    assert_eq!(here("try(dependency.vpc.outputs.id, \"none\") == \"none\""), None);
    // A dependency that a configuration reads is one of the unit.
    let deps = "dependency \"vpc\" {\n  config_path = \"${get_terragrunt_dir()}/../vpc\"\n}\n";
    let vpc = "terraform {\n  source = \"../../../vpc\"\n}\n";
    let files = [
        ("live/prod/deps.hcl", &*deps.replace("/../vpc", "/vpc")),
        ("live/prod/vpc/terragrunt.hcl", vpc),
        ("vpc/main.tf", "output \"id\" {\n  value = \"vpc-1\"\n}\n"),
    ];
    let condition =
        "read_terragrunt_config(find_in_parent_folders(\"deps.hcl\")).dependency.vpc.outputs.id == \"vpc-1\"";
    assert_eq!(holds(condition, &files), Some(true));
}

#[test]
fn flags_have_their_defaults() {
    let unit = "feature \"open\" {\n  default = \"no\"\n}\nterraform {\n  source = \"../../../m\"\n}\n";
    let path = "live/prod/app/terragrunt.hcl";
    assert_eq!(holds_in(path, unit, "feature.open.value == \"no\"", &[]), Some(true));
}

/// The units of a project with one unit that generates `contents`, with their accounts.
fn accounts_of(contents: &str, more: &str, root: &str) -> Vec<String> {
    let unit = format!(
        "{more}include \"root\" {{\n  path = find_in_parent_folders(\"root.hcl\")\n}}\nlocals {{\n  id = \"222222222222\"\n}}\ngenerate \"provider\" {{\n  path = \"provider.tf\"\n  contents = <<EOF\n{contents}EOF\n}}\nterraform {{\n  source = \"../m\"\n}}\n"
    );
    let module = "resource \"aws_iam_role\" \"r\" {\n  assume_role_policy = \"{}\"\n}\n";
    let files = [("root.hcl", root), ("u/terragrunt.hcl", &unit), ("m/main.tf", module)];
    let (_, checked) = run(files.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec());
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    let all = checked.accounts.into_iter();
    all.map(|it| format!("{} {}", it.unit, it.account.as_deref().unwrap_or("?"))).collect()
}

#[test]
fn a_generated_provider_that_is_partly_known_says_what_it_can() {
    let of = |body: &str| accounts_of(&format!("provider \"aws\" {{\n{body}\n}}\n"), "", "");
    let ids = "allowed_account_ids = [\"${local.id}\"]";
    assert_eq!(of(ids), ["u 222222222222"]);
    assert_eq!(of(&format!("region = \"${{get_env(\"REGION\")}}\"\n{ids}")), ["u 222222222222"]);
    assert_eq!(of(&format!("retries = ${{run_cmd(\"x\")}}\n{ids}")), ["u 222222222222"]);
    let role = "assume_role {\n  role_arn = \"arn:aws:iam::${local.id}:role/${get_env(\"ROLE\")}\"\n}";
    assert_eq!(of(role), ["u 222222222222"]);
    assert_eq!(of("allowed_account_ids = [\"${get_env(\"ID\")}\"]"), ["u ?"]);
    assert_eq!(of("allowed_account_ids = [\"${local.id}\", \"${get_env(\"ID\")}\"]"), ["u ?"]);
}

#[test]
fn a_generated_alias_is_a_unit_of_its_own() {
    let default = "provider \"aws\" {\n  allowed_account_ids = [\"${local.id}\"]\n}\n";
    let alias = |body: &str| format!("provider \"aws\" {{\n  alias = \"eu\"\n{body}}}\n");
    let of = |text: &str| accounts_of(text, "", "");
    let same = ["u 222222222222", "u@eu 222222222222"];
    assert_eq!(of(&format!("{default}{}", alias("  region = \"eu-west-1\"\n"))), same);
    let ids = "  allowed_account_ids = [\"333333333333\"]\n";
    assert_eq!(of(&format!("{default}{}", alias(ids))), ["u 222222222222", "u@eu 333333333333"]);
    let role = default.replace(
        "allowed_account_ids = [\"${local.id}\"]",
        "assume_role {\n    role_arn = \"arn:aws:iam::${local.id}:role/r\"\n  }",
    );
    assert_eq!(of(&format!("{role}{}", alias(""))), ["u 222222222222", "u@eu ?"]);
}

#[test]
fn a_generated_file_replaces_that_of_the_include() {
    let root = "generate \"provider\" {\n  path = \"p.tf\"\n  contents = <<EOF\nprovider \"aws\" {\n  allowed_account_ids = [\"111111111111\"]\n}\nEOF\n}\niam_role = \"arn:aws:iam::333333333333:role/terragrunt\"\n";
    let own = "provider \"aws\" {\n  allowed_account_ids = [\"${local.id}\"]\n}\n";
    assert_eq!(accounts_of(own, "", root), ["u 222222222222"]);
    // With no account in the provider, it is that of the role Terragrunt takes on.
    assert_eq!(accounts_of("provider \"aws\" {\n}\n", "", root), ["u 333333333333"]);
    let role = "iam_role = \"arn:aws:iam::444444444444:role/terragrunt\"\n";
    assert_eq!(accounts_of("provider \"aws\" {\n}\n", role, root), ["u 444444444444"]);
}

const STACK: &str = r#"
locals {
  caller = "*"
}
unit "closed" {
  source = "../../units/app"
  path   = "apps/closed"
  values = { caller = "111111111111", vpc = "../../vpc" }
}
unit "open" {
  source = "${get_repo_root()}/units//app"
  path   = "apps/open"
  values = { caller = local.caller, vpc = "../../vpc" }
}
unit "vpc" {
  source = "../../units/vpc"
  path   = "vpc"
}
"#;

#[test]
fn a_stack_makes_units_of_templates() {
    let app = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\ndependency \"vpc\" {\n  config_path = values.vpc\n}\nterraform {\n  source = \"${get_repo_root()}/m\"\n}\ninputs = {\n  caller = dependency.vpc.outputs.on == \"on\" ? values.caller : \"111111111111\"\n}\n";
    let vpc = "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\nterraform {\n  source = \"${get_repo_root()}/vpc\"\n}\n";
    let root = "generate \"provider\" {\n  path = \"p.tf\"\n  contents = <<EOF\nprovider \"aws\" {\n  allowed_account_ids = [\"222222222222\"]\n}\nEOF\n}\n";
    let files = |stack: &str| {
        let all = [
            ("live/root.hcl", root),
            ("live/prod/terragrunt.stack.hcl", stack),
            ("units/app/terragrunt.hcl", app),
            ("units/vpc/terragrunt.hcl", vpc),
            ("m/main.tf", ASKED),
            ("vpc/main.tf", "output \"on\" {\n  value = \"on\"\n}\n"),
        ];
        all.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec()
    };
    let units = |checked: &Checked| {
        let all = checked.accounts.iter();
        all.map(|it| format!("{} {}", it.unit, it.account.as_deref().unwrap_or("?"))).collect::<Vec<_>>()
    };
    let below = "live/prod/.terragrunt-stack";
    let (sources, checked) = run(files(STACK));
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    let expected = ["apps/closed", "apps/open", "vpc"].map(|path| format!("{below}/{path} 222222222222"));
    assert_eq!(units(&checked), expected);
    let open: Vec<_> = checked.findings.iter().filter(|it| it.rule == "wildcard-principal").collect();
    let [open] = open.as_slice() else { panic!("{:?}", checked.findings) };
    assert_eq!(sources.path(open.primary.span.source), "live/prod/terragrunt.stack.hcl");
    assert_eq!(sources.slice(open.primary.span), "*");

    // Beside the file, when it says so, and in stacks of stacks.
    let beside = STACK.replace("path   = \"vpc\"", "path   = \"vpc\"\n  no_dot_terragrunt_stack = true");
    let (_, checked) = run(files(&beside));
    assert!(units(&checked).contains(&"live/prod/vpc 222222222222".to_owned()), "{:?}", units(&checked));
    let mut nested = files(
        "stack \"inner\" {\n  source = \"../../stacks/inner\"\n  path = \"inner\"\n  values = { caller = \"*\" }\n}\n",
    );
    let inner = STACK.replace("local.caller", "values.caller").replace("caller = \"*\"", "caller = \"none\"");
    nested.push(("stacks/inner/terragrunt.stack.hcl".to_owned(), inner));
    let (_, checked) = run(nested);
    let expected = ["apps/closed", "apps/open", "vpc"]
        .map(|path| format!("{below}/inner/.terragrunt-stack/{path} 222222222222"));
    assert_eq!(units(&checked), expected);
    assert_eq!(checked.findings.iter().filter(|it| it.rule == "wildcard-principal").count(), 1);
    // A stack of itself ends.
    let endless = "stack \"again\" {\n  source = \".\"\n  path = \"again\"\n}\n";
    let (_, checked) = run(files(endless));
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
}

#[test]
fn a_provider_generated_from_a_file_has_the_account_of_the_inputs() {
    let provider = "provider \"aws\" {\n  region = var.region\n  allowed_account_ids = [var.account_id]\n}\nprovider \"aws\" {\n  alias = \"us\"\n  allowed_account_ids = [\"${var.account_id}\"]\n}\n";
    let root = |inputs: &str| {
        format!(
            "locals {{\n  account_id = \"222222222222\"\n}}\ninputs = {{\n{inputs}}}\ngenerate \"provider\" {{\n  path = \"provider.tf\"\n  contents = file(\"../common/provider.tf\")\n}}\n"
        )
    };
    let unit = |inputs: &str| {
        format!("include {{\n  path = find_in_parent_folders(\"root.hcl\")\n}}\ninputs = {{\n{inputs}}}\n")
    };
    let of = |given: &str, own: &str| {
        let (root, unit) = (root(given), unit(own));
        let module = "resource \"aws_iam_role\" \"r\" {\n  assume_role_policy = \"{}\"\n}\n";
        let files = [
            ("live/root.hcl", root.as_str()),
            ("common/provider.tf", provider),
            ("live/u/terragrunt.hcl", unit.as_str()),
            ("live/u/main.tf", module),
        ];
        let (_, checked) = run(files.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec());
        let all = checked.accounts.into_iter().filter(|it| it.unit.starts_with("live"));
        all.map(|it| format!("{} {}", it.unit, it.account.as_deref().unwrap_or("?"))).collect::<Vec<_>>()
    };
    let id = "  account_id = local.account_id\n";
    assert_eq!(of(id, ""), ["live/u 222222222222", "live/u@us 222222222222"]);
    // What the unit gives itself takes precedence.
    assert_eq!(
        of(id, "  account_id = \"333333333333\"\n"),
        ["live/u 333333333333", "live/u@us 333333333333"]
    );
    assert_eq!(of("", ""), ["live/u ?", "live/u@us ?"]);
}

#[test]
fn an_empty_account_of_another_configuration_is_shown_where_it_is_empty() {
    let unit = "locals {\n  accounts = read_terragrunt_config(\"../account.hcl\")\n}\ninputs = {\n  arn = \"arn:aws:iam::${local.accounts.locals.aws_account_id}:root\"\n}\n";
    let module = "variable \"arn\" {}\nresource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n  assume_role_policy = jsonencode({ Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { AWS = var.arn } }] })\n}\n";
    let account = "locals {\n  aws_account_id = \"\"\n}\n";
    let files = [("u/terragrunt.hcl", unit), ("u/main.tf", module), ("account.hcl", account)];
    let (sources, checked) = run(files.map(|(path, text)| (path.to_owned(), text.to_owned())).to_vec());
    let [finding] = checked.findings.as_slice() else { panic!("{:?}", checked.findings) };
    assert_eq!(finding.severity, Severity::Info);
    assert_eq!(
        finding.message,
        "the principal `arn:aws:iam::${local.aws_account_id}:root` of role `r` has no account ID: `local.aws_account_id` is empty"
    );
    assert_eq!(sources.path(finding.primary.span.source), "account.hcl");
}

#[test]
fn values_beside_the_configuration_of_terragrunt_before_0_19_are_read() {
    let values = "terragrunt = {\n  include {\n    path = \"${find_in_parent_folders()}\"\n  }\n}\n\npartner = \"333333333333\"\n";
    let main = "provider \"aws\" {\n  allowed_account_ids = [\"222222222222\"]\n}\nvariable \"partner\" {}\nresource \"aws_iam_role\" \"r\" {\n  name = \"r\"\n  assume_role_policy = jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Principal = { AWS = var.partner }, Action = \"sts:AssumeRole\" }] })\n}\n";
    let files = [("live/main.tf", main), ("live/terraform.tfvars", values)];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let outcome = crate::common::run_with(&files.into_iter().collect(), Profile::Audit);
    let note = "live/terraform.tfvars:2 the configuration of Terragrunt before 0.19 is not read: move it to `terragrunt.hcl`";
    assert_eq!(outcome.problems, [note]);
    assert!(outcome.findings.iter().all(|said| said.finding.rule != "unreadable-file"));
    assert!(outcome.findings.iter().any(|said| said.message.contains("333333333333")), "the value is read");
}
