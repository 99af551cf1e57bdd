//! The table of `check --statistics`.

use trustlint::internals::facts::Language;
use trustlint::internals::report;
use trustlint::internals::statistics::{Element, Resolution, Statistics};
use trustlint::{Checked, Config, Profile, Settings, Sources, check};

fn checked(files: &[(&str, &str)]) -> Checked {
    let owned = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let settings = Settings { now: "2026-06-01T00:00:00Z".parse().unwrap(), profile: Profile::Default };
    check(&Sources::in_memory(owned), &Config::default(), &settings)
}

fn statistics(files: &[(&str, &str)]) -> Statistics {
    checked(files).statistics
}

/// A role whose trust policy has these principals.
fn role(principals: &str) -> String {
    format!(
        "Parameters:\n  Account: {{Type: String}}\nResources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument:\n        Statement:\n          - Effect: Allow\n            Principal: {{AWS: {principals}}}\n            Action: sts:AssumeRole\n"
    )
}

fn levels(principals: &str) -> [usize; 5] {
    let statistics = statistics(&[("stack.yaml", &role(principals))]);
    statistics.languages.get(&Language::CloudFormation).unwrap().count(Element::Principals).levels
}

#[test]
fn a_leaf_is_as_good_as_its_worst_part() {
    assert_eq!(levels("'222222222222'"), [1, 0, 0, 0, 0]);
    assert_eq!(levels("!Sub 'arn:aws:iam::${AWS::AccountId}:root'"), [0, 1, 0, 0, 0]);
    assert_eq!(levels("!GetAtt Role.Arn"), [0, 1, 0, 0, 0]);
    assert_eq!(levels("!Sub 'arn:aws:iam::${Account}:root'"), [0, 0, 1, 0, 0]);
    assert_eq!(levels("!Sub 'arn:aws:iam::${Missing}:root'"), [0, 0, 1, 0, 0]);
    assert_eq!(levels("!Future [x]"), [0, 0, 0, 0, 1]);
    assert_eq!(levels("!Join ['', ['arn:aws:iam::', !Future [x], ':root']]"), [0, 0, 0, 1, 0]);
    assert_eq!(levels("['222222222222', !Ref Account]"), [1, 0, 1, 0, 0]);
}

/// How well the resource `names` of a policy is known, beside a declared bucket whose name is a variable.
fn of_a_bucket(names: &str) -> [usize; 5] {
    let main = format!(
        r#"
variable "env" {{}}
variable "prefix" {{}}

resource "aws_s3_bucket" "logs" {{
  bucket = "logs-${{var.env}}"
}}

resource "aws_iam_policy" "read" {{
  policy = jsonencode({{
    Statement = [{{ Effect = "Allow", Action = "s3:GetObject", Resource = {names} }}]
  }})
}}
"#
    );
    let statistics = statistics(&[("main.tf", &main)]);
    statistics.languages.get(&Language::Terraform).unwrap().count(Element::Resources).levels
}

#[test]
fn what_is_declared_is_known_whatever_its_name_will_be() {
    assert_eq!(of_a_bucket("aws_s3_bucket.logs.arn"), [0, 1, 0, 0, 0]);
    assert_eq!(of_a_bucket(r#""${aws_s3_bucket.logs.arn}/public/*""#), [0, 1, 0, 0, 0]);
    assert_eq!(of_a_bucket(r#""arn:aws:s3:::logs-${var.env}/*""#), [0, 1, 0, 0, 0]);
    // Which objects of it is not known, nor which bucket.
    assert_eq!(of_a_bucket(r#""${aws_s3_bucket.logs.arn}/${var.prefix}/*""#), [0, 0, 1, 0, 0]);
    assert_eq!(of_a_bucket(r#""${aws_s3_bucket.logs.arn}-*""#), [0, 0, 1, 0, 0]);
    assert_eq!(of_a_bucket(r#""arn:aws:s3:::logs-${var.prefix}/*""#), [0, 0, 1, 0, 0]);
}

#[test]
fn what_is_made_of_each_item_of_a_list_is_known_by_the_name_of_the_list() {
    let each = r#"[for prefix in var.prefix : "arn:aws:s3:::${prefix}-logs/*"]"#;
    assert_eq!(of_a_bucket(each), [0, 0, 1, 0, 0]);
    // How many there are of what has no identity is not known either.
    let each = r#"[for time in [timestamp()] : "arn:aws:s3:::${time}-logs/*"]"#;
    assert_eq!(of_a_bucket(each), [0, 0, 0, 1, 0]);
}

#[test]
fn statements_that_are_made_of_each_item_of_a_list_are_known_by_its_name() {
    let main = |each: &str| {
        format!(
            "variable \"names\" {{}}\nresource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{ Statement = [for name in var.names : {{ Effect = \"Allow\", Action = \"s3:GetObject\", Resource = \"arn:aws:s3:::{each}/*\" }}] }})\n}}\n"
        )
    };
    let levels = |each: &str| {
        let statistics = statistics(&[("main.tf", &main(each))]);
        statistics.languages.get(&Language::Terraform).unwrap().count(Element::Policies).levels
    };
    assert_eq!(levels("${name}"), [0, 0, 1, 0, 0]);
    assert_eq!(levels("all"), [0, 0, 0, 0, 1]);
}

#[test]
fn a_policy_counts_once_however_often_it_is_deployed() {
    let parent = "Resources:\n  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stack.yaml, Parameters: {Account: '1'}}}\n  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stack.yaml, Parameters: {Account: '1'}}}\n";
    let statistics = statistics(&[("main.yaml", parent), ("stack.yaml", &role("'222222222222'"))]);
    let counts = statistics.languages.get(&Language::CloudFormation).unwrap();
    let policies = counts.count(Element::Policies);
    assert_eq!((policies.total(), policies.up_to(Resolution::Entity)), (1, 1));
}

#[test]
fn what_may_be_a_list_is_known_by_its_name() {
    let template = role("!GetAtt Custom.Arns") + "  Custom: {Type: Custom::Roles}\n";
    let statistics = statistics(&[("stack.yaml", &template)]);
    let counts = statistics.languages.get(&Language::CloudFormation).unwrap();
    assert_eq!(counts.count(Element::Policies).levels, [0, 0, 1, 0, 0]);
    assert_eq!(counts.count(Element::Principals).levels, [0, 1, 0, 0, 0]);
}

#[test]
fn the_table_names_shares_and_causes() {
    let table = report::statistics(&statistics(&[("stack.yaml", &role("['222222222222', !Ref Account]"))]));
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(
        lines,
        [
            "cloudformation             total  concrete  entity  keyed  partly  unknown  usable",
            "  policies                     1      0.0%    0.0% 100.0%    0.0%     0.0%  100.0%",
            "  principals                   2     50.0%    0.0%  50.0%    0.0%     0.0%  100.0%",
            "  AWS principals               2     50.0%    0.0%  50.0%    0.0%     0.0%  100.0%",
            "  actions                      1    100.0%    0.0%   0.0%    0.0%     0.0%  100.0%",
            "  resources                    0      0.0%    0.0%   0.0%    0.0%     0.0%    0.0%",
            "  condition values             0      0.0%    0.0%   0.0%    0.0%     0.0%    0.0%",
            "  not concrete because of: inputs 1",
        ]
    );
    assert_eq!(report::statistics(&statistics(&[])), "no policies");
}

#[test]
fn the_summary_and_the_table_count_the_same() {
    let parent = "Resources:\n  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stack.yaml}}\n  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stack.yaml}}\n";
    let main = r#"
variable "names" {}
variable "policy" {}

resource "aws_iam_policy" "named" {
  policy = jsonencode({
    Statement = [{
      Effect    = "Allow"
      Action    = ["s3:GetObject", var.names]
      Resource  = ["arn:aws:s3:::${var.names}", "*"]
      Condition = { StringEquals = { "aws:RequestedRegion" = var.names } }
    }]
  })
}

resource "aws_iam_policy" "given" {
  policy = var.policy
}
"#;
    let stack = role("['222222222222', !Ref Account, !Future [x], !GetAtt Role.Arn]");
    let checked = checked(&[("main.yaml", parent), ("stack.yaml", &stack), ("root/main.tf", main)]);
    let unresolved = checked.summary.unresolved;
    let table = |element: Element| -> usize {
        let counts = checked.statistics.languages.values().map(|counts| counts.count(element));
        counts.map(|count| count.total() - count.up_to(Resolution::Entity)).sum()
    };
    let counted = [
        (unresolved.principals, Element::Principals),
        (unresolved.actions, Element::Actions),
        (unresolved.resources, Element::Resources),
        (unresolved.conditions, Element::Conditions),
    ];
    for (count, element) in counted {
        assert_eq!(count, table(element), "{element:?}");
    }
    // A template that is deployed twice is counted once, in both.
    assert_eq!(counted.map(|(count, _)| count), [2, 1, 1, 1]);
    assert_eq!(unresolved.policies, 1);
    assert_eq!(unresolved.policies, checked.statistics.languages.values().map(|it| it.unread).sum::<usize>());
}
