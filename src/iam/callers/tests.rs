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
            "`StringEqualsIfExists` is true when the key is absent",
        ),
        (
            json!({"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "o-abc1234567/*"}}),
            "`ForAllValues` is true when the key is absent",
        ),
        (
            json!({"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}}),
            "`StringNotEquals` admits everyone but those it lists",
        ),
        (json!({"StringLike": {"aws:PrincipalAccount": "*"}}), "the value `*` matches every account"),
        (json!({"StringLike": {"aws:PrincipalAccount": "1*"}}), "the value `1*` matches other accounts too"),
        (
            json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/deploy"}}),
            "the value `arn:aws:iam::*:role/deploy` matches principals of every account",
        ),
        (
            json!({"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
            "the value `o-*` matches other organizations too",
        ),
        (
            json!({"StringEquals": {"kms:ViaService": "s3.amazonaws.com"}}),
            "`kms:viaservice` does not limit the account that calls through the service",
        ),
        (
            json!({"StringEquals": {"aws:ResourceAccount": "111111111111"}}),
            "`aws:resourceaccount` is about the resource, not about the caller",
        ),
        (
            json!({"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}),
            "`lambda:functionurlauthtype` says how the URL is called, not by whom",
        ),
        (
            json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
            "the value `0.0.0.0/0` matches nearly every network",
        ),
        (
            json!({"StringEquals": {"aws:PrincipalTag/team": "a"}}),
            "`aws:principaltag/team` is a tag that every account can give to its principals",
        ),
        (
            json!({"Bool": {"aws:PrincipalIsAWSService": "false"}}),
            "`aws:principalisawsservice` is `false` for everyone but services",
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
