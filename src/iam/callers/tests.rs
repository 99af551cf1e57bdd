use serde_json::{Value as Json, json};

use super::*;
use crate::iam::testing::{context, policy, under};

fn ask(condition: &Json, service: &str) -> Callers {
    callers(&under(condition), service, &context())
}

#[test]
fn conditions_that_name_somebody_bound_the_callers() {
    for (condition, kind) in [
        (json!({"StringEquals": {"aws:PrincipalOrgID": "o-abc1234567"}}), Bounding::Organization),
        (
            json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-abc1234567/r-ab12/*"}}),
            Bounding::Organization,
        ),
        (
            json!({"StringLike": {"aws:PrincipalAccount": ["111111111111", "222222222222"]}}),
            Bounding::Account,
        ),
        (
            json!({"StringEquals": {"kms:CallerAccount": "{#self}", "kms:ViaService": "s3.us-east-1.amazonaws.com"}}),
            Bounding::Account,
        ),
        (json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/*"}}), Bounding::Principal),
        (json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket"}}), Bounding::Source),
        (json!({"StringEquals": {"aws:SourceVpce": "vpce-1234567"}}), Bounding::Network),
        (json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), Bounding::Network),
        (json!({"Bool": {"aws:PrincipalIsAWSService": "true"}}), Bounding::Service),
        (json!({"StringEquals": {"lambda:EventSourceToken": "amzn1.ask.skill.x"}}), Bounding::Secret),
        (json!({"StringLike": {"aws:userid": "AROAEXAMPLEID1234567:*"}}), Bounding::Principal),
        (
            json!({"StringEqualsIfExists": {"aws:PrincipalAccount": "111111111111"}, "Null": {"aws:PrincipalAccount": "false"}}),
            Bounding::Account,
        ),
        (json!({"StringEquals": {"aws:PrincipalAccount": "{account}"}}), Bounding::Account),
    ] {
        let found = ask(&condition, "kms");
        assert_eq!(found.bounded, Answer::Yes, "{condition}: {found:?}");
        assert!(found.bounds.iter().any(|bound| bound.kind == kind), "{condition}: {found:?}");
    }
    assert_eq!(
        ask(&json!({"StringEquals": {"AWS:SourceOwner": "111111111111"}}), "sns").bounded,
        Answer::Yes
    );
}

#[test]
fn conditions_that_only_look_like_a_limit_say_why() {
    for (condition, reason) in [
        (
            json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-abc1234567"}}),
            "`StringEqualsIfExists` also matches requests without this key",
        ),
        (
            json!({"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-abc1234567/*"}}),
            "`ForAllValues` also matches requests without this key",
        ),
        (
            json!({"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}}),
            "`StringNotEquals` matches everyone except the listed values",
        ),
        (json!({"StringLike": {"aws:PrincipalAccount": "*"}}), "`*` matches every account"),
        (json!({"StringLike": {"aws:PrincipalAccount": "1*"}}), "`1*` also matches other accounts"),
        (
            json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"}}),
            "`arn:aws:iam::*:role/deploy` matches principals of every account",
        ),
        (json!({"StringLike": {"aws:PrincipalOrgID": "o-*"}}), "`o-*` also matches other organizations"),
        (
            json!({"StringEquals": {"kms:ViaService": "s3.amazonaws.com"}}),
            "`kms:ViaService` does not restrict the account that calls through the service",
        ),
        (
            json!({"StringEquals": {"aws:ResourceAccount": "111111111111"}}),
            "`aws:ResourceAccount` is about the resource, not about the caller",
        ),
        (
            json!({"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}),
            "`lambda:FunctionUrlAuthType` describes how the URL is called, not by whom",
        ),
        (json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}), "`0.0.0.0/0` matches nearly every address"),
        (
            json!({"StringEquals": {"aws:PrincipalTag/team": "a"}}),
            "`aws:PrincipalTag/team` is a tag any account can set on its own principals",
        ),
        (
            json!({"Bool": {"aws:PrincipalIsAWSService": "false"}}),
            "`aws:PrincipalIsAWSService` is `false` for everyone except AWS services",
        ),
    ] {
        let found = ask(&condition, "kms");
        assert_eq!(found.bounded, Answer::No, "{condition}: {found:?}");
        assert_eq!(found.loopholes.iter().map(|hole| hole.reason.as_str()).collect::<Vec<_>>(), [reason]);
    }
}

#[test]
fn an_unknown_value_may_be_a_wildcard() {
    for condition in [
        json!({"StringLike": {"aws:PrincipalAccount": "{account}"}}),
        json!({"ArnLike": {"aws:PrincipalArn": "{arn}"}}),
        json!({"IpAddress": {"aws:SourceIp": "{cidr}"}}),
        json!({"StringEquals": {"{key}": "x"}}),
        json!({"StringEquals": {"some:FutureKey": "x"}}),
    ] {
        assert_eq!(ask(&condition, "s3").bounded, Answer::Unknown, "{condition}");
    }
}

fn beside(deny: &Json) -> Callers {
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
        deny,
    ]});
    let policy = policy(&document);
    admitted(&policy, &policy.statements[0], "s3", &context())
}

#[test]
fn a_deny_beside_the_statement_bounds_it() {
    let deny = |condition: Json| json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": condition});
    for condition in [
        json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-abc1234567"}}),
        json!({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-abc1234567"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}),
        json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
    ] {
        assert_eq!(beside(&deny(condition.clone())).bounded, Answer::Yes, "{condition}");
    }
    let listed = json!({"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "*", "Resource": "*"});
    assert_eq!(beside(&listed).bounded, Answer::Yes);
}

#[test]
fn a_deny_that_spares_too_many_does_not_bound() {
    let deny = |condition: Json| json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": condition});
    for condition in [
        json!({"ForAnyValue:StringNotEquals": {"aws:PrincipalOrgID": "o-abc1234567"}}),
        json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-abc1234567", "aws:PrincipalTag/team": "x"}}),
        json!({"Bool": {"aws:SecureTransport": "false"}}),
        json!({"StringNotLike": {"aws:PrincipalAccount": "*"}}),
    ] {
        assert_eq!(beside(&deny(condition.clone())).bounded, Answer::No, "{condition}");
    }
    let narrower = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-abc1234567"}}});
    assert_eq!(beside(&narrower).bounded, Answer::No);
}

/// Every global key is a limit, or one by its value, or said not to be one.
#[test]
fn every_global_key_is_told_from_those_that_limit_nobody() {
    let table = include_str!("../../../data/condition_keys.tsv");
    let keys = table.lines().filter_map(|line| line.split('\t').next()).filter(|key| key.starts_with("aws:"));
    let mut limits = Vec::new();
    for key in keys {
        let key = key.replace("${TagKey}", "team").to_ascii_lowercase();
        match subject(&key, "sns") {
            Subject::Caller(_) => limits.push(key),
            Subject::Other(_) => {}
            Subject::Unclear => panic!("{key}"),
        }
    }
    assert_eq!(
        limits,
        [
            "aws:chatbotsourcearn",
            "aws:ec2instancesourcevpc",
            "aws:federatedprovider",
            "aws:principalaccount",
            "aws:principalarn",
            "aws:principalisawsservice",
            "aws:principalorgid",
            "aws:principalorgpaths",
            "aws:principalservicename",
            "aws:principalservicenameslist",
            "aws:sourceaccount",
            "aws:sourcearn",
            "aws:sourceip",
            "aws:sourceorgid",
            "aws:sourceorgpaths",
            "aws:sourceowner",
            "aws:sourcevpc",
            "aws:sourcevpcarn",
            "aws:sourcevpce",
            "aws:userid",
            "aws:vpceaccount",
            "aws:vpceorgid",
            "aws:vpceorgpaths",
        ]
    );
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
#[test]
fn values_that_everybody_has_limit_nobody() {
    for condition in [
        json!({"StringLike": {"aws:Ec2InstanceSourceVpc": "vpc-*"}}),
        json!({"ArnLike": {"aws:ChatbotSourceArn": "*"}}),
        json!({"StringEquals": {"aws:FederatedProvider": "accounts.google.com"}}),
        json!({"Bool": {"aws:ViaAWSService": "true"}}),
        json!({"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}),
        json!({"StringEquals": {"aws:SourceIdentity": "admin"}}),
        json!({"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}}),
    ] {
        assert_eq!(ask(&condition, "s3").bounded, Answer::No, "{condition}");
    }
    for condition in [
        json!({"StringEquals": {"aws:Ec2InstanceSourceVpc": "vpc-0a1b2c3d4e5f67890"}}),
        json!({"ArnLike": {"aws:ChatbotSourceArn": "arn:aws:chatbot::111122223333:*"}}),
        json!({"StringEquals": {"aws:FederatedProvider": "arn:aws:iam::111122223333:oidc-provider/x.y"}}),
    ] {
        assert_eq!(ask(&condition, "s3").bounded, Answer::Yes, "{condition}");
    }
}

/// The account or organization of the resource compared with that of the caller, written either way round, in an
/// `Allow` and, negated, in a `Deny`.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
#[test]
fn the_account_of_the_resource_bounds_the_callers() {
    let deny = |condition: Json| json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": condition});
    for (key, variable, kind) in [
        ("aws:ResourceAccount", "${aws:PrincipalAccount}", Bounding::Account),
        ("aws:PrincipalAccount", "${aws:ResourceAccount}", Bounding::Account),
        ("aws:ResourceOrgID", "${aws:PrincipalOrgID}", Bounding::Organization),
        ("aws:PrincipalOrgID", "${aws:ResourceOrgID}", Bounding::Organization),
    ] {
        let found = ask(&json!({"StringEquals": {key: variable}}), "s3");
        assert_eq!(found.bounded, Answer::Yes, "{key}: {found:?}");
        assert!(found.bounds.iter().any(|bound| bound.kind == kind), "{key}: {found:?}");
        let found = beside(&deny(json!({"StringNotEquals": {key: variable}})));
        assert_eq!(found.bounded, Answer::Yes, "{key}: {found:?}");
    }
    // The account beside it may be that of the resource.
    let either =
        json!({"StringEquals": {"aws:ResourceAccount": ["${aws:PrincipalAccount}", "111122223333"]}});
    assert_eq!(ask(&either, "s3").bounded, Answer::Unknown);
}

#[test]
fn a_value_that_the_account_of_the_caller_decides_limits_nobody() {
    let deny = |condition: Json| json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": condition});
    for (key, variable, reason) in [
        ("aws:PrincipalAccount", "${aws:PrincipalAccount}", "it compares `aws:PrincipalAccount` with itself"),
        (
            "aws:PrincipalOrgID",
            "${aws:PrincipalTag/org, 'o-abc1234567'}",
            "the value `${aws:PrincipalTag/org, 'o-abc1234567'}` comes from the caller's own account",
        ),
        (
            "aws:PrincipalAccount",
            "${aws:RequestTag/account}",
            "the value `${aws:RequestTag/account}` comes from the caller's own account",
        ),
    ] {
        let found = ask(&json!({"StringEquals": {key: variable}}), "s3");
        assert_eq!(found.bounded, Answer::No, "{variable}");
        assert_eq!(found.loopholes.iter().map(|hole| hole.reason.as_str()).collect::<Vec<_>>(), [reason]);
        assert_eq!(
            beside(&deny(json!({"StringNotEquals": {key: variable}}))).bounded,
            Answer::No,
            "{variable}"
        );
    }
    let own = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/deploy"}});
    assert_eq!(ask(&own, "s3").bounded, Answer::No);
    let ours = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:ResourceAccount}:role/deploy"}});
    assert_eq!(ask(&ours, "s3").bounded, Answer::Yes);
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>
#[test]
fn the_pattern_of_an_arn_has_six_fields() {
    let nobody = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam:*:role/deploy"}});
    assert_eq!(ask(&nobody, "s3").bounded, Answer::Yes, "nobody has such an ARN");
    let anybody = json!({"StringLike": {"aws:PrincipalArn": "arn:aws:iam:*:role/deploy"}});
    assert_eq!(ask(&anybody, "s3").bounded, Answer::No);
}

#[test]
fn operators_are_read_in_any_case() {
    for operator in ["stringLike", "STRINGLIKE", "ForAllValues:stringequalsifexists"] {
        assert_eq!(
            ask(&json!({operator: {"aws:PrincipalAccount": "*"}}), "s3").bounded,
            Answer::No,
            "{operator}"
        );
    }
    assert_eq!(
        ask(&json!({"ARNLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}), "s3").bounded,
        Answer::No
    );
    assert_eq!(
        ask(&json!({"stringequals": {"aws:PrincipalOrgID": "o-abc1234567"}}), "s3").bounded,
        Answer::Yes
    );
    assert_eq!(ask(&json!({"StringEqual": {"aws:PrincipalAccount": "*"}}), "s3").bounded, Answer::Unknown);
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
#[test]
fn what_several_values_do_without_a_set_operator_is_not_known() {
    let written = json!({"StringLike": {"aws:PrincipalOrgPaths": "o-abc1234567/*"}});
    assert_eq!(ask(&written, "s3").bounded, Answer::Unknown);
}
