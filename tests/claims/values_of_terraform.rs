//! What values of Terraform are: defaults that say nothing, functions and blocks of other versions, code beside Terragrunt.

use crate::common::{Said, run, run_with};
use trustlint::Profile;

fn said(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let outcome = run(&files);
    assert_eq!(outcome.problems, [""; 0]);
    outcome.findings.into_iter().map(|said: Said| (said.finding.severity, said.message)).collect()
}

/// A role that trusts this, with more in its block.
fn role(name: &str, principal: &str, more: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"{name}\" {{\n  name = \"{name}\"\n  {more}\n  assume_role_policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ AWS = {principal} }} }}] }})\n}}\n"
    )
}

/// The names of the roles that are open to everybody.
fn open(text: &str) -> Vec<String> {
    open_of(&[("main.tf", text)])
}

/// The names of the roles in these files that are open to everybody.
fn open_of(files: &[(&str, &str)]) -> Vec<String> {
    let open = said(files).into_iter().filter(|(severity, _)| severity == "error");
    open.map(|(_, message)| message.split('`').nth(1).unwrap_or_default().to_owned()).collect()
}

#[test]
fn an_empty_default_says_that_nothing_is_given() {
    let variable = "variable \"account\" {\n  default = \"\"\n}\n";
    let arn = "\"arn:aws:iam::${var.account}:root\"";
    let info = |message: &str| [("info".to_owned(), message.to_owned())];
    let whole = format!("{variable}{}", role("b", "var.account", ""));
    assert_eq!(
        said(&[("main.tf", &whole)]),
        info("the principal of role `b` is empty: it comes from `var.account`")
    );
    let text = format!("{variable}{}", role("a", arn, ""));
    let unset = "the principal `arn:aws:iam::${var.account}:root` of role `a` has no account ID: `var.account` is empty";
    assert_eq!(said(&[("main.tf", &text)]), info(unset));
    // So does an empty value in a file that somebody fills in, and one place is one finding.
    let without = "variable \"account\" {}\n";
    let text = format!("{without}{}{}", role("a", arn, ""), role("b", arn, ""));
    assert_eq!(
        said(&[("main.tf", &text), ("terraform.tfvars", "account = \"\"\n")]),
        info(&format!("{unset} (and 1 other instance)"))
    );
    // A local is empty where it is written, also when a module is called with it.
    let local = "locals {\n  account = \"\"\n}\n";
    let module = format!("{without}{}", role("a", arn, ""));
    let call = format!("{local}module \"m\" {{\n  source  = \"./m\"\n  account = local.account\n}}\n");
    assert_eq!(
        said(&[("main.tf", &call), ("m/main.tf", &module)]),
        info(
            "the principal `arn:aws:iam::${local.account}:root` of role `a` has no account ID: `local.account` is empty"
        )
    );
    // Who passes nothing on is wrong.
    let module = format!("{variable}{}", role("a", arn, ""));
    let call = "module \"m\" {\n  source  = \"./m\"\n  account = \"\"\n}\n";
    let found = said(&[("main.tf", call), ("m/main.tf", &module)]);
    assert_eq!(
        found,
        [(
            "error".into(),
            "the principal `arn:aws:iam:::root` of role `a` is not valid: the ARN has no account ID".into()
        )]
    );
    let text = format!("{variable}{}", role("a", arn, "count = var.account != \"\" ? 1 : 0"));
    assert_eq!(said(&[("main.tf", &text)]), []);
}

#[test]
fn an_empty_default_of_a_parameter_says_that_nothing_is_given() {
    let stack = "Parameters:\n  Partner: {Type: String, Default: ''}\nResources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: r\n      AssumeRolePolicyDocument:\n        Statement: [{Effect: Allow, Principal: {AWS: !Sub 'arn:aws:iam::${Partner}:root'}, Action: sts:AssumeRole}]\n";
    let message =
        "the principal `arn:aws:iam::${Partner}:root` of role `r` has no account ID: `Partner` is empty";
    assert_eq!(said(&[("stack.yaml", stack)]), [("info".into(), message.into())]);
}

#[test]
fn a_default_that_the_validation_refuses_is_never_deployed() {
    let text = |condition: &str| {
        format!(
            "variable \"account\" {{\n  default = \"none\"\n  validation {{\n    condition     = {condition}\n    error_message = \"Set it.\"\n  }}\n}}\n{}",
            role("a", "\"arn:aws:iam::${var.account}:root\"", "")
        )
    };
    assert_eq!(said(&[("main.tf", &text("can(regex(\"^[0-9]{12}$\", var.account))"))]), []);
    assert_eq!(said(&[("main.tf", &text("length(var.account) > 0"))]).len(), 1);
}

#[test]
fn a_block_that_is_not_enabled_is_not_deployed() {
    let roles = ["true", "false", "var.on"].map(|on| {
        let name = if on == "var.on" { "maybe" } else { on };
        role(name, "\"*\"", &format!("lifecycle {{\n    enabled = {on}\n  }}"))
    });
    assert_eq!(open(&format!("variable \"on\" {{}}\n{}", roles.concat())), ["true", "maybe"]);
    let call = "module \"m\" {\n  source = \"./m\"\n  lifecycle {\n    enabled = false\n  }\n}\n";
    assert_eq!(said(&[("main.tf", call), ("m/main.tf", &role("a", "\"*\"", ""))]), []);
}

#[test]
fn functions_of_earlier_versions_are_evaluated() {
    let text = [role("a", "list(\"*\")", ""), role("b", "map(\"x\", \"*\")[\"x\"]", "")].concat();
    assert_eq!(open(&text), ["a", "b"]);
}

#[test]
fn a_pattern_between_slashes_is_replaced_a_repeated_key_is_its_last_and_null_has_no_items() {
    let text = [
        role("a", "replace(\"a*b\", \"/[ab]/\", \"\")", ""),
        role("b", "{ x = \"arn:aws:iam::222222222222:root\", x = \"*\" }.x", ""),
        role("c", "null[*]", ""),
        role("d", "[for one in toset([\"*\"])[*] : one]", ""),
    ];
    assert_eq!(open(&text.concat()), ["a", "b", "d"]);
}

#[test]
fn the_code_beside_a_configuration_of_terragrunt_has_its_inputs() {
    let code = format!("variable \"who\" {{}}\n{}", role("a", "var.who", ""));
    let files = [("unit/terragrunt.hcl", "inputs = {\n  who = \"*\"\n}\n"), ("unit/main.tf", &*code)];
    assert_eq!(said(&files).len(), 1);
    assert_eq!(said(&files[1..]).len(), 0);
}

#[test]
fn a_block_with_too_many_or_too_few_labels_is_said() {
    let text =
        "module \"a\" \"b\" {\n  source = \"./m\"\n}\nresource \"aws_iam_role\" {\n  name = \"r\"\n}\n";
    let outcome = run(&[("main.tf".to_owned(), text.to_owned())].into());
    assert_eq!(outcome.problems.len(), 2, "{:?}", outcome.problems);
}

/// A root module with a role that trusts `var.who`, and what else it declares.
fn trusting(more: &str) -> String {
    format!("variable \"who\" {{}}\n{more}{}", role("a", "var.who", ""))
}

#[test]
fn a_file_of_values_may_set_what_another_root_module_declares() {
    let (own, other) = (trusting(""), trusting("variable \"size\" {}\n").replace("\"a\"", "\"b\""));
    let shared = "who  = \"*\"\nsize = 1\ntags = {}\nzone = \"a\"\n";
    let files = [("x/main.tf", &*own), ("y/main.tf", &*other), ("envs/prod.tfvars", shared)];
    // One value is one finding, for each of them.
    let found = said(&files);
    assert!(found.len() == 1 && found[0].1.contains("and 1 other"), "{found:?}");
    // Most of it is for another one, and it does not give what is needed.
    let unmet = trusting("variable \"needed\" {}\n");
    assert_eq!(said(&[("x/main.tf", &*unmet), ("envs/prod.tfvars", shared)]), []);
}

#[test]
fn extra_arguments_of_terragrunt_give_values_to_the_commands_they_are_for() {
    let code = trusting("");
    let extra = |commands: &str, what: &str| {
        let unit = format!(
            "terraform {{\n  source = \"../module\"\n  extra_arguments \"values\" {{\n    commands = {commands}\n    {what}\n  }}\n}}\ninputs = {{\n  who = \"arn:aws:iam::222222222222:root\"\n}}\n"
        );
        let files = [
            ("module/main.tf", &*code),
            ("unit/terragrunt.hcl", &*unit),
            ("common/all.tfvars", "who = \"*\"\n"),
        ];
        open_of(&files)
    };
    let always = "[\"plan\", \"apply\"]";
    assert_eq!(extra(always, "env_vars = {\n      TF_VAR_who = \"*\"\n    }"), ["a"]);
    assert_eq!(extra("[\"init\"]", "env_vars = {\n      TF_VAR_who = \"*\"\n    }"), [""; 0]);
    let needing = "get_terraform_commands_that_need_vars()";
    let file = "\"${get_terragrunt_dir()}/../common/all.tfvars\"";
    assert_eq!(extra(needing, &format!("required_var_files = [{file}]")), ["a"]);
    assert_eq!(extra(needing, &format!("optional_var_files = [{file}, \"none.tfvars\"]")), ["a"]);
    assert_eq!(extra(needing, "arguments = [\"-var-file=../common/all.tfvars\"]"), ["a"]);
    assert_eq!(extra(needing, "optional_var_files = [\"none.tfvars\"]"), [""; 0]);
}

#[test]
fn files_of_values_take_precedence_over_inputs_of_terragrunt() {
    let unit = "terraform {\n  source = \"../module\"\n}\ninputs = {\n  who = \"arn:aws:iam::222222222222:root\"\n}\n";
    let code = trusting("");
    for place in ["module/terraform.tfvars", "unit/x.auto.tfvars"] {
        let files = [("module/main.tf", &*code), ("unit/terragrunt.hcl", unit), (place, "who = \"*\"\n")];
        assert_eq!(open_of(&files), ["a"], "{place}");
    }
}

#[test]
fn what_an_expression_falls_back_on_says_nothing_of_what_is_not_known() {
    let tried = "try(data.terraform_remote_state.s.outputs.account, \"\")";
    let text = [
        role("a", &format!("\"arn:aws:iam::${{{tried}}}:root\""), ""),
        role("b", "try(module.m.arn, \"\")", ""),
        role("c", "try(module.m.arn, \"*\")", ""),
        "module \"m\" {\n  source = \"git::https://example.com/m\"\n}\ndata \"terraform_remote_state\" \"s\" {}\n".into(),
    ];
    let files = [("main.tf".to_owned(), text.concat())].into();
    let found = run_with(&files, Profile::Audit).findings;
    let invalid = |said: &&Said| said.finding.rule == "invalid-principal";
    assert_eq!(found.iter().filter(invalid).count(), 0);
    assert!(found.iter().any(|said| said.message.contains("`c`")));
}

#[test]
fn a_heredoc_ends_at_a_line_that_is_its_marker() {
    let policy = "resource \"aws_iam_role\" \"a\" {\n  name = \"a\"\n  description = <<EOF\nEOF\" is no end\n  EOFX: neither\nEOF\n  assume_role_policy = <<-EOF\n    {\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\", \"Action\": \"sts:AssumeRole\"}]}\n  EOF\n}\n";
    assert_eq!(open(policy), ["a"]);
}

#[test]
fn an_argument_that_a_statement_does_not_have_is_said_and_the_document_is_not_judged() {
    let text = |argument: &str| {
        format!(
            "data \"aws_iam_policy_document\" \"d\" {{\n  statement {{\n    {argument} = [\"sts:AssumeRole\"]\n    principals {{\n      type = \"AWS\"\n      identifiers = [\"*\"]\n    }}\n  }}\n}}\nresource \"aws_iam_role\" \"a\" {{\n  name = \"a\"\n  assume_role_policy = data.aws_iam_policy_document.d.json\n}}\n"
        )
    };
    assert_eq!(open(&text("actions")), ["a"]);
    let outcome = run(&[("main.tf".to_owned(), text("action"))].into());
    let said: Vec<&str> = outcome.findings.iter().map(|said| &*said.finding.rule).collect();
    assert_eq!(said, ["unreadable-file"]);
    assert!(outcome.problems[0].ends_with("did you mean `actions`?"), "{:?}", outcome.problems);
}

#[test]
fn a_source_with_variables_is_the_directory_that_they_name() {
    let call = |default: &str| {
        format!(
            "variable \"kind\" {{\n  {default}\n}}\nmodule \"m\" {{\n  source = \"./mods/${{var.kind}}\"\n  who    = \"*\"\n}}\n"
        )
    };
    // On its own, what calls it may be open or not.
    let [a, b] = ["a", "b"].map(|name| {
        format!(
            "variable \"who\" {{\n  default = \"arn:aws:iam::222222222222:root\"\n}}\n{}{}",
            role(name, "var.who", ""),
            role(&format!("{name}-{name}"), "\"*\"", "")
        )
    });
    let files =
        |caller: &str| open_of(&[("main.tf", caller), ("mods/a/main.tf", &a), ("mods/b/main.tf", &b)]);
    assert_eq!(files(&call("default = \"a\"")), ["a", "a-a"]);
    assert_eq!(files(&call("")), [""; 0]);
}

#[test]
fn the_region_that_a_data_source_returns_is_that_of_its_provider_configuration() {
    let map = "data \"aws_region\" \"here\" {}\nlocals {\n  by_region = { eu-west-1 = \"arn:aws:iam::222222222222:root\", us-east-1 = \"*\" }\n}\n";
    let module = [map, &role("a", "local.by_region[data.aws_region.here.region]", "")].concat();
    let root = |region: &str, call: &str| {
        format!(
            "variable \"region\" {{\n  default = \"eu-west-1\"\n}}\nprovider \"aws\" {{\n  region = {region}\n}}\nprovider \"aws\" {{\n  alias  = \"us\"\n  region = \"us-east-1\"\n}}\nmodule \"m\" {{\n  source = \"./m\"\n  {call}\n}}\n"
        )
    };
    let of = |region: &str, call: &str| open_of(&[("main.tf", &root(region, call)), ("m/main.tf", &module)]);
    assert_eq!(of("\"eu-west-1\"", ""), [""; 0]);
    assert_eq!(of("var.region", ""), [""; 0]);
    assert_eq!(of("\"us-east-1\"", ""), ["a"]);
    assert_eq!(of("\"eu-west-1\"", "providers = { aws = aws.us }"), ["a"]);
}

#[test]
fn variables_that_are_used_and_not_declared_are_said_once_for_a_module() {
    let module = "resource \"aws_iam_role\" \"r\" {\n  name = \"${var.stage}-r\"\n  assume_role_policy = jsonencode({ Statement = [{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = { AWS = var.who } }] })\n}\n";
    let call = "module \"a\" {\n  source = \"./m\"\n}\nmodule \"b\" {\n  source = \"./m\"\n}\n";
    let problems = |declared: &str| {
        let files = [("main.tf", call), ("m/main.tf", module), ("m/variables.tf", declared)];
        run(&files.map(|(path, text)| (path.to_owned(), text.to_owned())).into()).problems
    };
    let none = "`var.stage`, `var.who` are not declared in this module: their values are unknown".to_owned();
    assert_eq!(problems(""), [format!("m/main.tf:2 {none}")]);
    let one = "m/main.tf:3 `var.who` is not declared in this module: its value is unknown";
    assert_eq!(problems("variable \"stage\" {}\n"), [one]);
    assert_eq!(problems("variable \"stage\" {}\nvariable \"who\" {}\n"), [""; 0]);
}

#[test]
fn values_that_double_with_each_local_stay_small_and_cost_no_other_finding() {
    let forms = [
        "[X, X]",
        "{ a = X, b = X }",
        "concat(tolist([X]), tolist([X]))",
        "merge({ a = X }, { b = X })",
        "zipmap([\"a\", \"b\"], [X, X])",
        "[for i in [1, 2] : X]",
        "var.unset ? [X, X] : [X]",
        "jsonencode([X, X])",
        "try([X, X], 0)",
        "[lookup({ a = X }, \"a\"), X]",
        "flatten([[X], [X]])",
        "setproduct([X], [X])",
    ];
    for form in forms {
        let locals =
            (1..60).map(|at| format!("  l{at} = {}\n", form.replace('X', &format!("local.l{}", at - 1))));
        let locals =
            format!("variable \"unset\" {{}}\nlocals {{\n  l0 = [\"*\"]\n{}}}\n", locals.collect::<String>());
        let text =
            format!("{locals}{}", role("b", "\"*\"", "count = length(jsonencode(local.l27)) > 0 ? 1 : 1"));
        assert_eq!(open(&text), ["b"], "{form}");
    }
}
