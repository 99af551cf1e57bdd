//! What the reader of policies refuses: each kind of it is counted, and named with its place in the audit profile.

use crate::common::{UNRESOLVED, run_with};
use trustlint::internals::iam::read::DefectKind;
use trustlint::internals::statistics::Unresolved;
use trustlint::{Checked, Config, Profile, Settings, Sources, check};

/// A role of CloudFormation with this trust policy, in flow style.
fn template(policy: &str) -> String {
    format!(
        "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: {policy}\n"
    )
}

/// The same role in Terraform.
fn module(policy: &str) -> String {
    format!("resource \"aws_iam_role\" \"role\" {{\n  assume_role_policy = <<EOT\n{policy}\nEOT\n}}\n")
}

fn checked(path: &str, text: &str) -> Checked {
    let sources = Sources::in_memory([(path.to_owned(), text.to_owned())]);
    let settings = Settings { now: crate::common::TODAY.parse().unwrap(), profile: Profile::Default };
    check(&sources, &Config::default(), &settings)
}

/// The rules that report what the reader refuses.
const REPORTED_BY: [&str; 6] = [
    UNRESOLVED,
    "duplicate-key",
    "empty-element",
    "malformed-policy",
    "mistyped-condition-value",
    "unknown-condition-operator",
];

/// What the audit profile says is not judged: what is underlined, and why.
fn named(path: &str, text: &str) -> Vec<(String, String)> {
    let outcome = run_with(&[(path.to_owned(), text.to_owned())].into(), Profile::Audit);
    assert_eq!(outcome.problems, [""; 0]);
    let of_rule = outcome.findings.into_iter().filter(|said| REPORTED_BY.contains(&&*said.finding.rule));
    of_rule.map(|said| (said.finding.underlined, said.message)).collect()
}

const REST: &str = r#""Action": "sts:AssumeRole", "Principal": {"AWS": "222222222222"}"#;

/// A policy with one defect: its kind, the policy, what is underlined, and the end of what is said of it.
type Refused = (DefectKind, String, &'static str, &'static str);

fn refused() -> Vec<Refused> {
    let mut all = wrong_names();
    all.extend(wrong_values());
    all.extend(wrong_inside());
    all
}

fn statement(rest: &str) -> String {
    format!(r#"{{"Statement": [{{{rest}}}]}}"#)
}

fn allow(rest: &str) -> String {
    statement(&format!(r#""Effect": "Allow", {rest}"#))
}

fn wrong_names() -> Vec<Refused> {
    vec![
        (
            DefectKind::Case,
            statement(&format!(r#""effect": "Allow", {REST}"#)),
            "effect",
            "the policy language writes `effect` as `Effect`",
        ),
        (
            DefectKind::Case,
            statement(&format!(r#""Effect": "allow", {REST}"#)),
            "allow",
            "exactly so written, not `allow`",
        ),
        (
            DefectKind::Duplicate,
            allow(&format!(r#"{REST}, "Action": "sts:TagSession""#)),
            "Action",
            "`Action` occurs twice; only one of them counts",
        ),
        (
            DefectKind::UnknownElement,
            allow(r#""Action": "sts:AssumeRole", "Principle": {"AWS": "222222222222"}"#),
            "Principle",
            "`Principle` is not an element of a statement",
        ),
        (
            DefectKind::UnknownElement,
            allow(r#""Action": "sts:AssumeRole", "Principal": {"Aws": "222222222222", "Role": "x"}"#),
            "Role",
            "`Role` is not a kind of principal; there are `AWS`, `Service`, `Federated` and `CanonicalUser`",
        ),
        (
            DefectKind::Exclusive,
            allow(&format!(r#"{REST}, "NotAction": "sts:TagSession""#)),
            "",
            "`Action` and `NotAction` exclude each other",
        ),
        (DefectKind::Missing, statement(REST), "", "the statement has no `Effect`"),
        (
            DefectKind::Missing,
            allow(r#""Principal": {"AWS": "222222222222"}"#),
            "",
            "the statement has neither `Action` nor `NotAction`",
        ),
        (
            DefectKind::Missing,
            r#"{"Version": "2012-10-17"}"#.to_owned(),
            "",
            "the document has no `Statement`",
        ),
    ]
}

fn wrong_values() -> Vec<Refused> {
    vec![
        (
            DefectKind::Value,
            format!(r#"{{"Version": "2012-10-18", "Statement": [{{"Effect": "Allow", {REST}}}]}}"#),
            "2012-10-18",
            "`Version` is `2012-10-17` or `2008-10-17`, not `2012-10-18`",
        ),
        (
            DefectKind::Value,
            statement(&format!(r#""Effect": ["Allow"], {REST}"#)),
            "[\"Allow\"]",
            "`Effect` is a string",
        ),
        (DefectKind::Value, statement(&format!(r#""Effect": "Permit", {REST}"#)), "Permit", "not `Permit`"),
        (
            DefectKind::Value,
            allow(&format!(r#"{REST}, "Condition": {{"StringEquals": "x"}}"#)),
            "x",
            "an operator holds a JSON object of condition keys",
        ),
        (
            DefectKind::Value,
            allow(r#""Action": "sts:AssumeRole", "Principal": {"AWS": {"Account": "2"}}"#),
            "",
            "a principal is a string here, or a list of them",
        ),
        (
            DefectKind::Object,
            allow(r#""Action": {"codebuild": "*"}, "Principal": {"AWS": "222222222222"}"#),
            "codebuild",
            "an object with the key `codebuild` stands where a string belongs",
        ),
        (DefectKind::Value, r#"{"Statement": ["x"]}"#.to_owned(), "x", "a statement is a JSON object"),
        (
            DefectKind::Empty,
            allow(r#""Action": [], "Principal": {"AWS": "222222222222"}"#),
            "Action",
            "`Action` is empty, so the statement matches nothing",
        ),
        (
            DefectKind::Empty,
            allow(r#""Action": "sts:AssumeRole", "Principal": {}"#),
            "Principal",
            "`Principal` is empty, so the statement matches nothing",
        ),
    ]
}

fn wrong_inside() -> Vec<Refused> {
    vec![
        (
            DefectKind::Duplicate,
            allow(&format!(r#"{REST}, "Condition": {{"Bool": {{"aws:x": "1"}}, "bool": {{"aws:y": "1"}}}}"#)),
            "bool",
            "`bool` occurs twice; only one of them counts",
        ),
        (
            DefectKind::Duplicate,
            allow(&format!(
                r#"{REST}, "Condition": {{"Bool": {{"aws:MfaPresent": "1", "aws:mfapresent": "2"}}}}"#
            )),
            "aws:mfapresent",
            "`aws:mfapresent` occurs twice; only one of them counts",
        ),
        (
            DefectKind::Operator,
            allow(&format!(
                r#"{REST}, "Condition": {{"StringEqual": {{"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}}"#
            )),
            "StringEqual",
            "`StringEqual` is not a condition operator",
        ),
        (
            DefectKind::Condition,
            allow(&format!(
                r#"{REST}, "Condition": {{"IpAddress": {{"aws:SourceIp": ["10.0.0.0/8", "*"]}}}}"#
            )),
            "*",
            "`*` is not an IP address or a range in CIDR format",
        ),
        (
            DefectKind::Value,
            allow(&format!(r#""Sid": "allow-ci", {REST}"#)),
            "allow-ci",
            "a `Sid` of IAM has letters and digits only, not `allow-ci`",
        ),
    ]
}

#[test]
fn each_kind_of_defect_is_counted_and_named_at_its_place() {
    for (kind, policy, underlined, message) in refused() {
        for (path, text) in [("stack.yaml", template(&policy)), ("main.tf", module(&policy))] {
            let checked = checked(path, &text);
            let counts = checked.statistics.languages.values().next().unwrap();
            let counted = counts.defects.get(&kind).copied().unwrap_or_default();
            assert!(counted > 0, "{path}: {policy}: {:?}", counts.defects);
            assert_eq!(
                checked.summary.unresolved.defects,
                counts.defects.values().sum::<usize>(),
                "{policy}"
            );
            let named = named(path, &text);
            let here = |(place, said): &&(String, String)| {
                place.contains(underlined) && said.contains(message) && !place.is_empty()
            };
            assert!(named.iter().any(|it| here(&it)), "{path}: {policy}: {named:?}");
            // What is empty because of another defect is not said twice.
            assert!(named.len() <= checked.summary.unresolved.defects, "{path}: {policy}: {named:?}");
        }
    }
}

#[test]
fn every_kind_is_tried() {
    let tried: std::collections::BTreeSet<DefectKind> = refused().into_iter().map(|it| it.0).collect();
    assert_eq!(Vec::from_iter(tried), DefectKind::ALL);
}

#[test]
fn of_a_misspelt_element_it_is_not_said_that_the_right_one_is_missing() {
    let text =
        template(r#"{"Statement": [{"Efect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]}"#);
    let checked = checked("stack.yaml", &text);
    let rules: Vec<_> = checked.findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["malformed-policy"]);
    assert_eq!(checked.summary.unresolved, Unresolved { defects: 2, ..Unresolved::default() });
}

#[test]
fn a_document_that_is_none_is_a_policy_that_could_not_be_read() {
    for policy in ["[1]", "17", "true"] {
        let checked = checked("stack.yaml", &template(policy));
        assert_eq!(checked.summary.unresolved.policies, 1, "{policy}");
        assert!(checked.findings.is_empty(), "{policy}: {:?}", checked.findings);
        let named = named("stack.yaml", &template(policy));
        assert!(named.iter().any(|(_, said)| said.ends_with("it is not a policy document")), "{named:?}");
    }
}

#[test]
fn a_policy_without_defects_counts_none() {
    for version in [r#""2012-10-17""#, r#""2008-10-17""#, "2012-10-17"] {
        let policy = format!(r#"{{"Version": {version}, "Statement": {{"Effect": "Allow", {REST}}}}}"#);
        let checked = checked("stack.yaml", &template(&policy));
        assert_eq!(checked.summary.unresolved, Unresolved::default(), "{version}");
    }
}

#[test]
fn a_policy_that_is_deployed_twice_has_its_defects_once() {
    let parent = "Resources:\n  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stack.yaml}}\n  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: stack.yaml}}\n";
    let stack = template(r#"{"Statement": [{"Effect": "Allow", "Principle": "*", "Action": "*"}]}"#);
    let files = [("main.yaml", parent), ("stack.yaml", &stack)];
    let sources = Sources::in_memory(files.map(|(path, text)| (path.to_owned(), text.to_owned())));
    let settings = Settings { now: crate::common::TODAY.parse().unwrap(), profile: Profile::Default };
    let checked = check(&sources, &Config::default(), &settings);
    assert_eq!(checked.summary.unresolved.defects, 1);
}

#[test]
fn of_two_that_exclude_each_other_one_may_be_null_when_neither_is_known() {
    let module = |actions: &str| {
        format!(
            "variable \"given\" {{}}\nresource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{ Statement = [{{ Effect = \"Allow\", Resource = \"*\", {actions} }}] }})\n}}\n"
        )
    };
    let defects = |actions: &str| checked("main.tf", &module(actions)).summary.unresolved.defects;
    assert_eq!(defects("Action = var.given.some, NotAction = var.given.others"), 0);
    assert_eq!(defects("Action = \"s3:*\", NotAction = var.given.others"), 0);
    assert_eq!(defects("Action = \"s3:*\", NotAction = null"), 0);
    assert_eq!(defects("Action = \"s3:*\", NotAction = \"s3:Get*\""), 1);
    assert_eq!(defects("Action = \"s3:*\", NotAction = var.given ? \"s3:Get*\" : \"s3:Put*\""), 1);
}

#[test]
fn a_policy_that_is_not_known_does_not_go_under_in_what_is_possible_at_the_same_place() {
    let main = r#"
module "none" {
  source = "./policy"
}
module "unknown" {
  source = "./policy"
  given  = timestamp()
}
"#;
    let module = r#"
variable "given" {
  default = "{}"
}
resource "aws_iam_policy" "p" {
  policy = var.given
}
"#;
    let files = [("main.tf", main), ("policy/main.tf", module)];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
    let outcome = run_with(&files.into(), Profile::Audit);
    let all: Vec<String> = outcome.findings.into_iter().map(|said| said.message).collect();
    assert!(all.iter().any(|said| said.contains("was not analyzed: `timestamp` is known")), "{all:?}");
}
