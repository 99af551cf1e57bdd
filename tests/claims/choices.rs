//! What is wrong under a named choice: said with its name, one severity lower, and as it is when it is wrong under each.

use crate::common::{Said, run};

fn said(path: &str, text: &str) -> Vec<(String, String)> {
    let outcome = run(&[(path.to_owned(), text.to_owned())].into());
    assert_eq!(outcome.problems, [""; 0]);
    let each = |said: Said| (said.finding.severity, said.message);
    let open =
        |said: &Said| said.finding.rule == "wildcard-principal" || said.finding.rule == "invalid-principal";
    outcome.findings.into_iter().filter(open).map(each).collect()
}

/// Roles of Terraform, each trusting one of these.
fn roles(variables: &str, principals: &[&str]) -> String {
    let role = |(index, principal): (usize, &&str)| {
        format!(
            "resource \"aws_iam_role\" \"r{index}\" {{\n  name = \"r{index}\"\n  assume_role_policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ AWS = {principal} }} }}] }})\n}}\n"
        )
    };
    format!("{variables}\n{}", principals.iter().enumerate().map(role).collect::<String>())
}

const OPEN: &str = "any AWS account can assume role `r0`";

#[test]
fn what_one_branch_of_a_condition_says_is_said_with_the_condition() {
    let text = roles("variable \"open\" {}", &["var.open ? \"*\" : \"arn:aws:iam::222222222222:root\""]);
    let named = [("warning".to_owned(), format!("{OPEN}, when `var.open` is `true`"))];
    assert_eq!(said("main.tf", &text), named);
    // What is negated is said of what it negates.
    let text = roles("variable \"open\" {}", &["!var.open ? \"arn:aws:iam::222222222222:root\" : \"*\""]);
    assert_eq!(said("main.tf", &text), named);
    let text = roles("variable \"open\" {}", &["!(!var.open) ? \"*\" : \"arn:aws:iam::222222222222:root\""]);
    assert_eq!(said("main.tf", &text), named);
}

#[test]
fn what_all_branches_say_is_as_certain_as_without_the_condition() {
    let text = roles("variable \"open\" {}", &["var.open ? [\"*\"] : [\"222222222222\", \"*\"]"]);
    let severities: Vec<_> = said("main.tf", &text).into_iter().map(|(severity, _)| severity).collect();
    assert_eq!(severities, ["error", "error"]);
    let text = roles("variable \"open\" {}", &["concat([\"*\"], var.open ? [\"222222222222\"] : [])"]);
    assert_eq!(said("main.tf", &text), [("error".into(), OPEN.to_owned())]);
}

#[test]
fn one_condition_has_one_value_in_all_of_a_text() {
    let text = roles(
        "variable \"prod\" {}",
        &["\"arn:aws:iam::${var.prod ? \"222222222222\" : \"*\"}:${var.prod ? \"role/*\" : \"root\"}\""],
    );
    let found: Vec<_> = said("main.tf", &text).into_iter().map(|(_, message)| message).collect();
    let one = "the principal `arn:aws:iam::222222222222:role/*` of role `r0` is not valid: principals cannot contain wildcards (and 1 other value)";
    assert_eq!(found, [one]);
}

#[test]
fn the_values_of_a_map_that_are_wrong_at_one_place_are_one_finding() {
    let text = roles(
        "variable \"in\" {}\nlocals {\n  of = { a = \"1111\", b = \"111122223333\", c = \"22222\" }\n}",
        &["\"arn:aws:iam::${local.of[var.in]}:root\""],
    );
    let one = "the principal `arn:aws:iam::1111:root` of role `r0` is not valid: account IDs have 12 digits, this one has 4 (and 1 other value), when `var.in` is `a` or `c`";
    assert_eq!(said("main.tf", &text), [("warning".into(), one.to_owned())]);
}

#[test]
fn an_alternative_whose_choice_has_no_name_is_not_reported() {
    // Whether an item of an unknown list is there is no choice that has a name.
    let text = roles("variable \"all\" {}", &["[for one in [\"*\"] : one if contains(var.all, one)]"]);
    assert_eq!(said("main.tf", &text), []);
}

#[test]
fn an_allowed_value_of_a_parameter_is_named() {
    let stack = "Parameters:\n  Who: {Type: String, AllowedValues: ['*', '222222222222']}\nResources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: r0\n      AssumeRolePolicyDocument:\n        Statement: [{Effect: Allow, Principal: {AWS: !Ref Who}, Action: sts:AssumeRole}]\n";
    assert_eq!(said("stack.yaml", stack), [("warning".into(), format!("{OPEN}, when `Who` is `*`"))]);
}

/// A role of CloudFormation under a condition of this parameter, which anyone can assume.
fn conditional(parameter: &str) -> String {
    format!(
        "Parameters:\n  Mode: {{Type: String{parameter}}}\nConditions:\n  Open: !Equals [!Ref Mode, open]\nResources:\n  R:\n    Type: AWS::IAM::Role\n    Condition: Open\n    Properties:\n      RoleName: r0\n      AssumeRolePolicyDocument:\n        Statement: [{{Effect: Allow, Principal: '*', Action: sts:AssumeRole}}]\n"
    )
}

#[test]
fn what_is_deployed_under_a_condition_is_said_with_it_and_less_severe_when_it_is_off_by_default() {
    let named = ("error".to_owned(), format!("{OPEN}, when `Open` is `true`"));
    assert_eq!(said("stack.yaml", &conditional("")), std::slice::from_ref(&named));
    let off = ("warning".to_owned(), named.1);
    assert_eq!(said("stack.yaml", &conditional(", Default: closed")), [off]);
    assert_eq!(said("stack.yaml", &conditional(", Default: open")), [("error".into(), OPEN.to_owned())]);
}

#[test]
fn what_is_counted_or_repeated_is_said_with_the_condition_that_leads_to_it() {
    let named = [("error".to_owned(), format!("{OPEN}, when `var.open` is `true`"))];
    for (variable, repeated) in [
        ("", "count = var.open ? 1 : 0"),
        ("", "for_each = var.open ? { a = 1 } : {}"),
        ("default = true", "count = var.open ? 1 : 0"),
        ("default = false", "count = var.open ? 1 : 0"),
    ] {
        let text = roles(&format!("variable \"open\" {{ {variable} }}"), &["\"*\""]);
        let text = text.replace("  name = \"r0\"", &format!("  name = \"r0\"\n  {repeated}"));
        let expected = match variable {
            "" => named.to_vec(),
            "default = true" => vec![("error".into(), OPEN.to_owned())],
            _ => Vec::new(),
        };
        assert_eq!(said("main.tf", &text), expected, "{variable} {repeated}");
    }
    let text = roles("variable \"many\" {}", &["\"*\""]);
    let text = text.replace("  name = \"r0\"", "  name = \"r0\"\n  count = var.many");
    assert_eq!(said("main.tf", &text), [("error".into(), OPEN.to_owned())]);
}

#[test]
fn what_a_nested_stack_declares_is_said_with_the_condition_of_the_stack() {
    let parent = |default: &str| {
        format!(
            "Parameters:\n  Demo: {{Type: String{default}}}\nConditions:\n  Wanted: !Equals [!Ref Demo, 'yes']\nResources:\n  Data:\n    Type: AWS::CloudFormation::Stack\n    Condition: Wanted\n    Properties: {{TemplateURL: ./child.yaml}}\n"
        )
    };
    let child = "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: r0\n      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: 'sts:AssumeRole'}]}\n";
    let of = |default: &str| {
        let files = [("stack.yaml", parent(default)), ("child.yaml", child.to_owned())];
        let outcome = run(&files.map(|(path, text)| (path.to_owned(), text)).into());
        outcome.findings.into_iter().map(|said| (said.finding.severity, said.message)).collect::<Vec<_>>()
    };
    let named = format!("{OPEN}, when `Wanted` is `true`");
    assert_eq!(of(""), [("error".to_owned(), named.clone())]);
    assert_eq!(of(", Default: 'no'"), [("warning".to_owned(), named)]);
    assert_eq!(of(", Default: 'yes'"), [("error".to_owned(), OPEN.to_owned())]);
}

#[test]
fn a_condition_that_the_chosen_value_decides_is_not_said_beside_it() {
    let stack = |equals: &str| {
        format!(
            "Parameters:\n  Stage: {{Type: String, AllowedValues: [dev, test, live]}}\n  Size: {{Type: String}}\nConditions:\n  IsDev: !Equals [!Ref Stage, dev]\n  Wanted: {equals}\nMappings:\n  Who:\n    dev: {{P: '*'}}\n    test: {{P: '*'}}\n    live: {{P: 'arn:aws:iam::640123987001:root'}}\nResources:\n  Role:\n    Type: AWS::IAM::Role\n    Condition: Wanted\n    Properties:\n      RoleName: r0\n      AssumeRolePolicyDocument: {{Statement: [{{Effect: Allow, Principal: {{AWS: !FindInMap [Who, !Ref Stage, P]}}, Action: 'sts:AssumeRole'}}]}}\n"
        )
    };
    let said = |equals: &str| {
        said("stack.yaml", &stack(equals)).into_iter().map(|(_, message)| message).collect::<Vec<_>>()
    };
    let plain = format!("{OPEN}, when `Stage` is `test`");
    assert_eq!(said("!Not [!Condition IsDev]"), std::slice::from_ref(&plain));
    assert_eq!(said("!Not [!Equals [dev, !Ref Stage]]"), [plain]);
    let both = format!("{OPEN}, when `Wanted` is `true` and `Stage` is `test`");
    assert_eq!(said("!And [!Not [!Condition IsDev], !Equals [!Ref Size, big]]"), [both]);
}

/// What is said of whose an account is, with its choices, of a template in which `Stage` is one of three and a mapping has accounts.
fn accounts_said(mapping: &str, resource: &str, principal: &str) -> Vec<(String, String)> {
    let text = format!(
        "Parameters:\n  Stage:\n    Type: String\n    AllowedValues: [dev, test, live]\nMappings:\n  Readers:\n{mapping}Conditions:\n  NotDev: !Not [!Equals [!Ref Stage, dev]]\nResources:\n  Topic:\n    Type: AWS::SNS::Topic\n  Policy:\n    Type: AWS::SNS::TopicPolicy\n{resource}    Properties:\n      Topics: [!Ref Topic]\n      PolicyDocument:\n        Statement:\n          - Effect: Allow\n            Principal:\n              AWS: {principal}\n            Action: sns:Subscribe\n            Resource: !Ref Topic\n"
    );
    let outcome = run(&[("stack.yaml".to_owned(), text)].into());
    let of_accounts = |said: &Said| said.finding.rule == "unknown-account";
    let each = |said: Said| (said.finding.underlined, said.message);
    outcome.findings.into_iter().filter(of_accounts).map(each).collect()
}

#[test]
fn a_condition_of_the_same_parameter_takes_no_name_from_what_it_leaves() {
    let entry = |stage: &str, id: &str| format!("    {stage}: {{Account: \"{id}\"}}\n");
    let (test, live) = (entry("test", "322222222222"), entry("live", "433333333333"));
    let all = [entry("dev", "211111111111"), test.clone(), live.clone()].concat();
    let looked_up = "!FindInMap [Readers, !Ref Stage, Account]";
    let under_condition = accounts_said(&all, "    Condition: NotDev\n", looked_up);
    let without_an_entry = accounts_said(&[test, live].concat(), "", looked_up);
    for found in [&under_condition, &without_an_entry] {
        let [(test, of_test), (live, of_live)] = found.as_slice() else { panic!("{found:#?}") };
        assert_eq!((test.as_str(), live.as_str()), ("322222222222", "433333333333"));
        assert!(of_test.contains("when ") && of_test.contains("`Stage` is `test`"), "{of_test}");
        assert!(of_live.contains("`Stage` is `live`"), "{of_live}");
    }
}

#[test]
fn whose_each_of_several_accounts_is_is_asked_for_each() {
    let entry = |stage: &str, id: &str| format!("    {stage}: {{Account: \"{id}\"}}\n");
    let all =
        [entry("dev", "211111111111"), entry("test", "322222222222"), entry("live", "433333333333")].concat();
    let joined = "!Join ['', ['arn:aws:iam::', !FindInMap [Readers, !Ref Stage, Account], ':root']]";
    let found = accounts_said(&all, "", joined);
    assert_eq!(found.len(), 3, "{found:#?}");
    for id in ["211111111111", "322222222222", "433333333333"] {
        assert_eq!(found.iter().filter(|(_, message)| message.contains(id)).count(), 1, "{id}: {found:#?}");
    }
}

/// What a function says of a value follows from the value.
#[test]
fn a_choice_that_follows_from_another_is_not_said() {
    let text = roles(
        "locals {\n  who = { dev = \"*\", prod = \"222222222222\" }\n}",
        &[
            "contains([\"dev\", \"prod\"], terraform.workspace) ? local.who[terraform.workspace] : \"333333333333\"",
        ],
    );
    let named = format!("{OPEN}, when `terraform.workspace` is `dev`");
    assert_eq!(said("main.tf", &text), [("warning".to_owned(), named)]);
}

/// An instance that is wrong whatever is chosen and one that is wrong under a choice are one mistake, as bad as the worse one.
#[test]
fn instances_of_one_place_are_one_finding_though_one_hangs_on_a_choice() {
    let module = roles("variable \"open\" {}", &["var.open ? \"*\" : \"222222222222\""]);
    let root = "variable \"guests\" {}\nmodule \"a\" {\n  source = \"./open\"\n  open   = true\n}\nmodule \"b\" {\n  source = \"./open\"\n  open   = var.guests\n}\n";
    let files = [("open/main.tf".to_owned(), module), ("main.tf".to_owned(), root.to_owned())];
    let found = run(&files.into()).findings;
    let open = found.into_iter().filter(|said| said.finding.rule == "wildcard-principal");
    let said: Vec<_> = open.map(|said| (said.finding.severity, said.message)).collect();
    let one = "any AWS account can assume role `r0` (and 1 other instance)";
    assert_eq!(said, [("error".to_owned(), one.to_owned())]);
}
