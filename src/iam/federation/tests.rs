use serde_json::{Value as Json, json};

use super::*;
use crate::iam::testing::{context, text, under};

/// HCP Terraform: `organization:ORG:project:…`.
const TERRAFORM: Grammar<'static> = Grammar { before: &["organization:"], end: &[':'] };

/// `CircleCI`: `org/ORG-ID/project/…`.
const CIRCLECI: Grammar<'static> = Grammar { before: &["org/"], end: &['/'] };

fn sub(condition: &Json) -> Claim {
    claim(&under(condition), &text("token.actions.githubusercontent.com"), "sub", &context())
}

#[test]
fn a_claim_is_found_whatever_its_case() {
    let condition = json!({"StringLike": {"TOKEN.actions.githubusercontent.com:SUB": "repo:acme/*"}});
    let Claim::Present { values, wildcards, .. } = sub(&condition) else { panic!() };
    assert!(values[0].value.is_literally("repo:acme/*") && wildcards);
}

#[test]
fn a_claim_of_another_issuer_or_name_is_not_this_one() {
    for key in [
        "token.actions.githubusercontent.com:aud",
        "tokens.actions.githubusercontent.com:sub",
        "aws:PrincipalTag/sub",
    ] {
        assert!(matches!(sub(&json!({"StringEquals": {key: "x"}})), Claim::Missing), "{key}");
    }
}

#[test]
fn an_issuer_that_is_the_same_unknown_is_the_same() {
    let statement =
        under(&json!({"StringEquals": {"{@provider.url}:sub": "repo:acme/app:ref:refs/heads/main"}}));
    let ask = |issuer: &str, name: &str| claim(&statement, &text(issuer), name, &context());
    assert!(matches!(ask("{@provider.url}", "sub"), Claim::Present { .. }));
    assert!(matches!(ask("{@provider.url}", "aud"), Claim::Missing));
    assert!(matches!(ask("token.actions.githubusercontent.com", "sub"), Claim::Unknown));
}

#[test]
fn a_claim_that_limits_nothing_says_why() {
    let issuer = "token.actions.githubusercontent.com";
    let asked = |operator: &str, name: &str| {
        let statement = under(&json!({operator: {format!("{issuer}:{name}"): "repo:acme/*"}}));
        claim(&statement, &text(issuer), name, &context())
    };
    for (operator, expected) in [
        ("StringEqualsIfExists", "`StringEqualsIfExists` also matches tokens without this claim"),
        ("ForAllValues:StringLike", "`ForAllValues` also matches tokens without this claim"),
        ("StringNotLike", "`StringNotLike` matches every token except those with the listed values"),
    ] {
        let Claim::Ineffective { reason, .. } = asked(operator, "environment") else { panic!("{operator}") };
        assert_eq!(reason, expected);
    }
    // Every token has a subject.
    assert!(matches!(asked("StringNotLike", "sub"), Claim::Ineffective { .. }));
    assert!(matches!(asked("StringLikeIfExists", "sub"), Claim::Present { loose: true, .. }));
    assert!(matches!(asked("ForAllValues:StringLike", "sub"), Claim::Present { loose: true, .. }));
    let closed = json!({
        "ForAllValues:StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"},
        "Null": {"token.actions.githubusercontent.com:sub": "false"}
    });
    assert!(matches!(sub(&closed), Claim::Present { loose: false, .. }));
}

#[test]
fn a_subject_pins_the_tenant_only_when_no_other_matches() {
    for (subject, expected) in [
        ("repo:acme/*", Answer::Yes),
        ("repo:acme/app:ref:refs/heads/*", Answer::Yes),
        ("repo:acme@123/app@456:*", Answer::Yes),
        ("repo:acme@*/*@*:*", Answer::Yes),
        ("repo:acme*@123/*:*", Answer::No),
        ("repository_owner:acme:*", Answer::Yes),
        ("repo:acme*", Answer::No),
        ("repo:*", Answer::No),
        ("*", Answer::No),
        ("repo:a?me/app:*", Answer::No),
        ("repo:*/infra:*", Answer::No),
        ("rep?:acme/app:*", Answer::No),
        ("repo:{org}/app:*", Answer::Unknown),
        ("repo:acme/{repo}:*", Answer::Yes),
        ("environment:prod*", Answer::Unknown),
    ] {
        assert_eq!(subject_pins(&text(subject), true, GITHUB), expected, "{subject}");
    }
    assert_eq!(subject_pins(&text("repo:*"), false, GITHUB), Answer::Yes);
    assert_eq!(subject_pins(&text("organization:acme:project:*"), true, TERRAFORM), Answer::Yes);
    assert_eq!(subject_pins(&text("organization:*:project:infra"), true, TERRAFORM), Answer::No);
    assert_eq!(subject_pins(&text("org/*/project/x"), true, CIRCLECI), Answer::No);
}

#[test]
fn what_follows_the_tenant_can_be_asked() {
    assert_eq!(tenant("repo:acme/*", GITHUB), Tenant::Pinned { tenant: "acme", rest: "/*" });
}

#[test]
fn claims_are_listed_with_their_issuers() {
    let statement = under(&json!({"StringEquals": {
        "a.example.com/x:sub": "s", "{@provider.url}:aud": "y", "aws:PrincipalArn": "z", "saml:aud": "w"
    }}));
    let found: Vec<_> =
        claims(&statement).into_iter().map(|(issuer, claim, _)| format!("{issuer} {claim}")).collect();
    assert_eq!(found, ["a.example.com/x sub", "${provider.url} aud"]);
}
