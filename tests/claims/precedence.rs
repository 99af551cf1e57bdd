//! One mistake is one finding: where two rules have found the same, the more specific one speaks.

use crate::common::{CONFIG, Outcome, run};

fn rules(outcome: &Outcome) -> Vec<&str> {
    outcome.findings.iter().map(|said| said.finding.rule.as_str()).collect()
}

/// A role whose trust policy has these principals and this action.
fn role(principals: &str, action: &str) -> String {
    format!(
        "resource \"aws_iam_role\" \"r\" {{\n  name = \"r\"\n  assume_role_policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{{\n      Effect = \"Allow\"\n      Action = \"{action}\"\n      Principal = {{ AWS = {principals} }}\n    }}]\n  }})\n}}\n"
    )
}

const REJECTED: &str = r#"["*", "arn:aws:iam::222222222222:role/ci-*"]"#;

#[test]
fn a_principal_that_aws_rejects_lets_nobody_in() {
    let outcome = run(&[("main.tf".to_owned(), role(REJECTED, "sts:AssumeRole"))].into());
    assert_eq!(rules(&outcome), ["invalid-principal"]);
}

#[test]
fn statements_are_judged_each_by_itself() {
    let text =
        role(REJECTED, "sts:AssumeRole") + &role("\"*\"", "sts:AssumeRole").replace("\"r\"", "\"open\"");
    let outcome = run(&[("main.tf".to_owned(), text)].into());
    assert_eq!(rules(&outcome), ["invalid-principal", "wildcard-principal"]);
}

#[test]
fn a_rule_that_is_off_keeps_no_other_one_silent() {
    let off = (CONFIG.to_owned(), "[rules]\ninvalid-principal = \"off\"\n".to_owned());
    let outcome = run(&[("main.tf".to_owned(), role(REJECTED, "sts:AssumeRole")), off].into());
    assert_eq!(rules(&outcome), ["wildcard-principal"]);
}

#[test]
fn a_finding_that_is_ignored_keeps_others_silent() {
    let text = role(REJECTED, "sts:AssumeRole").replace(
        "      Principal",
        "      # trustlint: ignore[invalid-principal] replaced on release\n      Principal",
    );
    let outcome = run(&[("main.tf".to_owned(), text)].into());
    assert_eq!(rules(&outcome), [""; 0]);
}
