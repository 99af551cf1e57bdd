//! What one template asks for never costs another one its findings. The bounds are lower in these tests.

use jiff::Timestamp;

use super::{DEAR, Profile, RULES, Settings, check};
use crate::bounds;
use crate::config::Config;
use crate::outcome::Checked;
use crate::source::Sources;

fn checked(files: &[(&str, &str)]) -> Checked {
    let sources = Sources::in_memory(files.iter().map(|(path, text)| ((*path).into(), (*text).into())));
    let settings = Settings { now: Timestamp::UNIX_EPOCH, profile: Profile::Default };
    check(&sources, &Config::default(), &settings)
}

/// The addresses of what anybody can assume.
fn open(checked: &Checked) -> Vec<&str> {
    let open = checked.findings.iter().filter(|finding| finding.rule == "wildcard-principal");
    open.filter_map(|finding| finding.primary.address.as_deref()).collect()
}

fn has_problem(checked: &Checked, words: &str) -> bool {
    checked.problems.iter().any(|problem| problem.lost && problem.message.contains(words))
}

const ROLE: &str = r#"resource "aws_iam_role" "open" {
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = "*", Action = "sts:AssumeRole" }] })
}
"#;

/// More expressions than a root module may evaluate.
const ENDLESS: &str = "[for a in range(300) : [for b in range(300) : a + b]]";

#[test]
fn a_declaration_that_takes_all_steps_leaves_the_others_theirs() {
    for greedy in [
        format!("resource \"aws_iam_role\" \"a\" {{\n  name = jsonencode({ENDLESS})\n}}\n"),
        format!("resource \"aws_iam_role\" \"a\" {{\n  for_each = toset({ENDLESS}[*][0])\n}}\n"),
        format!("module \"a\" {{\n  source = \"./z\"\n  count = length({ENDLESS})\n}}\n"),
        format!("provider \"aws\" {{\n  region = jsonencode({ENDLESS})\n}}\n"),
        format!(
            "locals {{\n  a = {ENDLESS}\n}}\nresource \"aws_iam_role\" \"a\" {{\n  name = jsonencode(local.a)\n}}\n"
        ),
    ] {
        let calls = "module \"z\" {\n  source = \"./z\"\n}\n";
        let found = checked(&[("main.tf", &format!("{greedy}{calls}{ROLE}")), ("z/main.tf", ROLE)]);
        let open = open(&found);
        assert!(open.contains(&"aws_iam_role.open"), "{greedy}: {open:?}");
        assert!(open.contains(&"module.z.aws_iam_role.open"), "{greedy}: {open:?}");
        assert!(has_problem(&found, "too many steps"), "{greedy}: {:?}", found.problems);
    }
}

#[test]
fn what_others_also_use_is_evaluated_for_them_too() {
    let shared = "locals {\n  who = \"*\"\n}\n";
    let deep = format!("{}local.who{}", "(".repeat(149), ")".repeat(149));
    let greedy =
        format!("resource \"aws_iam_role\" \"a\" {{\n  name = jsonencode([{ENDLESS}, local.who])\n}}\n");
    let nested = format!("resource \"aws_iam_role\" \"a\" {{\n  name = {deep}\n}}\n");
    let role = ROLE.replace("\"*\"", "local.who");
    for first in [greedy, nested] {
        let found = checked(&[("main.tf", &format!("{shared}{first}{role}"))]);
        assert_eq!(open(&found), ["aws_iam_role.open"], "{first}");
    }
}

#[test]
fn a_module_that_leads_to_itself_is_not_followed() {
    let call = |name: &str, source: &str| format!("module \"{name}\" {{\n  source = \"{source}\"\n}}\n");
    let again = [call("a", "../b"), call("b", "../b"), ROLE.to_owned()].concat();
    let back = [call("a", "../a"), call("b", "../a"), ROLE.to_owned()].concat();
    let found = checked(&[("main.tf", &call("m", "./a")), ("a/main.tf", &again), ("b/main.tf", &back)]);
    assert!(open(&found).contains(&"module.m.aws_iam_role.open"));
    assert!(has_problem(&found, "calls itself"), "{:?}", found.problems);
    let alone = checked(&[("m/main.tf", &[call("m", "./"), ROLE.to_owned()].concat())]);
    assert_eq!(open(&alone), ["aws_iam_role.open"]);
    assert!(has_problem(&alone, "calls itself"), "{:?}", alone.problems);
}

#[test]
fn modules_that_fan_out_leave_the_others_their_instances() {
    let level = |next: &str| {
        ["a", "b", "c"].map(|name| format!("module \"{name}\" {{\n  source = \"../{next}\"\n}}\n")).concat()
    };
    let main = "module \"a\" {\n  source = \"./l0\"\n}\nmodule \"z\" {\n  source = \"./z\"\n}\n";
    let levels: Vec<(String, String)> =
        (0..12).map(|at| (format!("l{at}/main.tf"), level(&format!("l{}", at + 1)))).collect();
    let mut files = vec![("main.tf", main), ("z/main.tf", ROLE), ("l12/main.tf", ROLE)];
    files.extend(levels.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let found = checked(&files);
    assert!(open(&found).contains(&"module.z.aws_iam_role.open"), "{:?}", open(&found));
    assert!(has_problem(&found, "too many instances"), "{:?}", found.problems);
    assert!(found.problems.len() < 40, "{}", found.problems.len());
}

const OPEN: &str = "{Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: 'sts:AssumeRole'}]}}}";

#[test]
fn a_resource_that_takes_all_steps_leaves_the_others_theirs() {
    let list = |name: &str| format!("{name}: !Split [',', '{}']", "x,".repeat(250));
    let greedy = format!(
        "A: {{Type: AWS::IAM::Role, Properties: {{Policies: {{Fn::ForEach::I: [I, {}, {{'${{I}}': {{Fn::ForEach::J: [J, {}, {{'${{J}}': x}}]}}}}]}}}}}}",
        list("x").trim_start_matches("x: "),
        list("x").trim_start_matches("x: ")
    );
    let found = checked(&[("stack.yaml", &format!("Resources:\n  {greedy}\n  Z: {OPEN}\n"))]);
    assert_eq!(open(&found), ["Z"]);
    assert!(has_problem(&found, "too many steps"), "{:?}", found.problems);
}

#[test]
fn every_resource_that_is_written_is_read_whatever_loops_make() {
    let many: Vec<String> =
        (0..bounds::LOOPED_MEMBERS + 10).map(|at| format!("  Q{at}: {{Type: AWS::SQS::Queue}}\n")).collect();
    let found = checked(&[("stack.yaml", &format!("Resources:\n{}  Z: {OPEN}\n", many.concat()))]);
    assert_eq!(open(&found), ["Z"]);
    let items: Vec<String> = (0..=bounds::LOOPED_MEMBERS).map(|at| at.to_string()).collect();
    let items = items.join(", ");
    let looped = format!(
        "Resources:\n  Fn::ForEach::L: [L, [{items}], {{'Q${{L}}': {{Type: AWS::SQS::Queue}}}}]\n  Z: {OPEN}\n"
    );
    let found = checked(&[("stack.yaml", &looped)]);
    assert_eq!(open(&found), ["Z"]);
    assert!(has_problem(&found, "too many members"), "{:?}", found.problems);
}

#[test]
fn stacks_beyond_the_bound_are_said_not_to_be_analyzed() {
    let stacks: Vec<String> = (0..bounds::STACKS)
        .map(|at| {
            format!(
                "  S{at}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: inner.yaml}}}}\n"
            )
        })
        .collect();
    let found = checked(&[
        ("stack.yaml", &format!("Resources:\n  Z: {OPEN}\n{}", stacks.concat())),
        ("inner.yaml", &format!("Resources:\n  Z: {OPEN}\n")),
    ]);
    assert!(has_problem(&found, "too many stacks"), "{:?}", found.problems);
    assert!(open(&found).contains(&"Z"));
}

#[test]
fn a_file_of_values_that_is_broken_is_said_to_be() {
    for (path, text) in
        [("terraform.tfvars", "a = [\n"), ("b.auto.tfvars", "a = \"x\n"), ("terragrunt.hcl", "inputs = {\n")]
    {
        let found = checked(&[("main.tf", ROLE), (path, text)]);
        assert_eq!(open(&found), ["aws_iam_role.open"]);
        let lost = found.findings.iter().filter(|finding| finding.rule == "unreadable-file").count();
        assert_eq!(lost, 1, "{path}: {:?}", found.problems);
    }
    let policy =
        checked(&[("trust-policy.json", "{\"Statement\": [{\"Effect\": \"Allow\", \"Principal\": \"*\"")]);
    assert!(policy.problems.iter().any(|problem| problem.lost), "{:?}", policy.problems);
}

#[test]
fn of_many_problems_of_a_file_the_first_are_listed() {
    let broken = "resource \"aws_iam_role\" \"a\" \"b\" {\n}\n".repeat(bounds::FILE_PROBLEMS + 30);
    let found = checked(&[("main.tf", &broken)]);
    assert_eq!(found.problems.len(), bounds::FILE_PROBLEMS + 1);
    assert!(has_problem(&found, "30 more problems"), "{:?}", found.problems.last());
}

#[test]
fn what_is_begun_first_are_rules() {
    assert!(DEAR.iter().all(|name| RULES.iter().any(|rule| rule.name == *name)));
}
