use serde_json::{Value as Json, json};

use super::*;
use crate::iam::testing::{context, policy};

const VENDOR: &str = "999999999999";

fn ask(condition: &Json, beside: &[Json]) -> ExternalId {
    let mut statements = vec![json!({
        "Effect": "Allow", "Principal": {"AWS": VENDOR}, "Action": ["sts:AssumeRole", "sts:TagSession"], "Condition": condition
    })];
    statements.extend(beside.iter().cloned());
    let policy = policy(&json!({"Version": "2012-10-17", "Statement": statements}));
    external_id(&policy, &policy.statements[0], &context())
}

fn reason(condition: &Json) -> String {
    match ask(condition, &[]) {
        ExternalId::Weak { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_fixed_external_id_is_required() {
    for condition in [
        json!({"StringEquals": {"sts:ExternalId": "f3a9"}}),
        json!({"StringEquals": {"STS:externalid": ["f3a9", "b21c"]}}),
        json!({"StringEquals": {"sts:ExternalId": "{external_id}"}}),
        json!({"StringLike": {"sts:ExternalId": "acme-prod-*"}}),
        json!({"StringEqualsIfExists": {"sts:ExternalId": "f3a9"}, "Null": {"sts:ExternalId": "false"}}),
    ] {
        assert!(matches!(ask(&condition, &[]), ExternalId::Required { .. }), "{condition}");
    }
}

#[test]
fn what_every_caller_can_meet_is_weak_and_says_why() {
    for (condition, expected) in [
        (
            json!({"StringEqualsIfExists": {"sts:ExternalId": "f3a9"}}),
            "`StringEqualsIfExists` also matches requests without an external ID",
        ),
        (
            json!({"ForAllValues:StringEquals": {"sts:ExternalId": "f3a9"}}),
            "`ForAllValues` also matches requests without an external ID",
        ),
        (
            json!({"StringNotEquals": {"sts:ExternalId": "f3a9"}}),
            "`StringNotEquals` matches every external ID except the listed ones, and requests without one",
        ),
        (json!({"StringLike": {"sts:ExternalId": "*"}}), "`*` matches any value"),
        (json!({"StringLike": {"sts:ExternalId": ["f3a9", "??*"]}}), "`??*` matches any value"),
        (json!({"Null": {"sts:ExternalId": "false"}}), "any external ID is accepted"),
    ] {
        assert_eq!(reason(&condition), expected);
    }
}

/// An external ID has two characters at least: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
#[test]
fn what_nobody_can_send_is_not_weak() {
    for value in [json!(""), json!("x"), json!(["", "x"])] {
        let condition = json!({"StringLike": {"sts:ExternalId": value}});
        assert!(matches!(ask(&condition, &[]), ExternalId::Never), "{condition}");
    }
    // The empty one admits nobody beside another one.
    let both = json!({"StringEquals": {"sts:ExternalId": ["", "f3a9"]}});
    assert!(matches!(ask(&both, &[]), ExternalId::Required { .. }));
}

/// As in the template with which CDK bootstraps accounts.
#[test]
fn what_rejects_those_that_send_an_external_id_requires_none() {
    let null = json!({"Null": {"sts:ExternalId": "true"}});
    assert!(matches!(ask(&null, &[]), ExternalId::Missing));
}

#[test]
fn no_condition_is_missing_and_an_unknown_one_is_unknown() {
    assert!(matches!(ask(&json!({}), &[]), ExternalId::Missing));
    assert!(matches!(ask(&json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), &[]), ExternalId::Missing));
    assert!(matches!(ask(&json!("{condition}"), &[]), ExternalId::Unknown));
    assert!(matches!(ask(&json!({"StringLike": {"sts:ExternalId": "{id}"}}), &[]), ExternalId::Unknown));
    assert!(matches!(ask(&json!({"StringEquals": {"{key}": "x"}}), &[]), ExternalId::Unknown));
}

#[test]
fn a_deny_without_the_external_id_counts() {
    let deny = |condition: Json| json!({"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": condition});
    for operator in ["StringNotEquals", "StringNotEqualsIfExists"] {
        let beside = [deny(json!({operator: {"sts:ExternalId": "f3a9"}}))];
        assert!(matches!(ask(&json!({}), &beside), ExternalId::Required { .. }), "{operator}");
    }
    let null = [deny(json!({"Null": {"sts:ExternalId": "true"}}))];
    assert!(matches!(ask(&json!({}), &null), ExternalId::Weak { .. }));
    let present_only = [deny(json!({"ForAnyValue:StringNotEquals": {"sts:ExternalId": "f3a9"}}))];
    assert!(!matches!(ask(&json!({}), &present_only), ExternalId::Required { .. }));
}

#[test]
fn mfa_and_networks_are_seen_beside_the_external_id() {
    let of = |condition: Json| other_safeguards(&crate::iam::testing::under(&condition), &context());
    assert_eq!(of(json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}})).mfa, Answer::Yes);
    assert_eq!(of(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})).mfa, Answer::No);
    assert_eq!(of(json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})).mfa, Answer::Yes);
    assert_eq!(of(json!({"IpAddress": {"aws:SourceIp": "203.0.113.7"}})).network, Answer::Yes);
    assert_eq!(of(json!({"StringEquals": {"aws:PrincipalOrgID": "o-abc"}})).organization, Answer::Yes);
    assert_eq!(
        of(json!({})),
        Safeguards { mfa: Answer::No, network: Answer::No, organization: Answer::No, principal: Answer::No }
    );
}
