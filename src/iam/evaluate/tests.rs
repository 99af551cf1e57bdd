use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::iam::condition::Presence;
use crate::iam::testing::{context, policy, text};

mod order;

const ROLE: &str = "arn:aws:iam::222222222222:role/target";

fn document(statements: &Json) -> Policy {
    policy(&json!({"Version": "2012-10-17", "Statement": statements}))
}

fn caller() -> Caller {
    Caller::role(&text("arn:aws:iam::111111111111:role/team/ci")).unwrap()
}

/// What the own side of a caller says, and in which respects its statements nearly allow.
fn own_side(policy: &Policy, action: &str, resource: &Text, context: &Context) -> (Answer, Vec<Why>) {
    let caller = caller();
    let request = Request { caller: &caller, action, resource, same_account: Answer::No, context };
    let layers = Layers { identity: Policies::known([policy]), ..Layers::default() };
    let nearly = |one: Evidence<'_>| if let Does::Nearly(why) = one.does { Some(why) } else { None };
    let evidence = request.evidence(&layers, &request.decide(&layers));
    (request.own_side(&layers).answer, evidence.into_iter().filter_map(nearly).collect())
}

/// Whether the policy of a resource, or of a role, admits a caller of another account.
fn admits(policy: &Policy, caller: &Caller, action: &str, resource: &str) -> Answer {
    let (resource, context) = (text(resource), context());
    let request =
        Request { caller, action, resource: &resource, same_account: Answer::No, context: &context };
    request.other_side(&Layers { resource: Policies::known([policy]), ..Layers::default() })
}

fn allows(statements: &Json, resource: &str) -> (Answer, Vec<Why>) {
    own_side(&document(statements), "sts:AssumeRole", &text(resource), &context())
}

#[test]
fn near_statements_say_in_which_respect_they_fail() {
    let other = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::222222222222:role/other"});
    assert_eq!(allows(&other, ROLE), (Answer::No, vec![Why::Resource]));
    let action = json!({"Effect": "Allow", "Action": "sts:TagSession", "Resource": ROLE});
    assert_eq!(allows(&action, ROLE), (Answer::No, vec![Why::Action]));
    let over = json!({"Effect": "Allow", "Action": "sts:*", "Resource": "*", "Condition": {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}});
    assert_eq!(allows(&over, ROLE), (Answer::No, vec![Why::Condition]));
    let far = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"});
    assert_eq!(allows(&far, ROLE), (Answer::No, vec![]));
}

#[test]
fn a_role_in_the_same_unknown_account_is_the_same() {
    let allow = json!({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:{partition}:iam::{prod}:role/deploy"});
    assert_eq!(allows(&allow, "arn:aws:iam::{prod}:role/deploy").0, Answer::Yes);
    assert_eq!(allows(&allow, "arn:aws:iam::{dev}:role/deploy").0, Answer::Unknown);
    assert_eq!(allows(&allow, "arn:aws:iam::{prod}:role/other").0, Answer::No);
}

#[test]
fn a_deny_counts_as_far_as_it_cannot_be_avoided() {
    let with = |condition: Json| {
        json!([
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "sts:*", "Resource": "*", "Condition": condition},
        ])
    };
    assert_eq!(allows(&with(json!({})), ROLE).0, Answer::No);
    assert_eq!(allows(&with(json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}})), ROLE).0, Answer::Yes);
    assert_eq!(
        allows(&with(json!({"StringLikeIfExists": {"aws:RequestedRegion": "*"}})), ROLE).0,
        Answer::No
    );
    assert_eq!(
        allows(&with(json!({"StringLikeIfExists": {"aws:RequestedRegion": "{region}"}})), ROLE).0,
        Answer::Unknown
    );
    let exclusive = json!([
        {"Effect": "Allow", "Action": "sts:*", "Resource": "*", "Condition": {"StringEquals": {"aws:x": "a"}}},
        {"Effect": "Deny", "Action": "sts:*", "Resource": "*", "Condition": {"StringEquals": {"aws:X": ["a", "b"]}}},
    ]);
    assert_eq!(allows(&exclusive, ROLE).0, Answer::No);
    let together = json!([
        {"Effect": "Allow", "Action": "sts:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "sts:*", "Resource": "*", "Condition": {"StringEquals": {"aws:x": "a"}}},
        {"Effect": "Deny", "Action": "sts:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:x": "a"}}},
    ]);
    assert_eq!(allows(&together, ROLE).0, Answer::No);
}

#[test]
fn a_deny_spares_whom_it_lists_with_role_and_account() {
    let role = "arn:aws:iam::111111111111:role/team/ci";
    let root = "arn:aws:iam::111111111111:root";
    let session = "arn:aws:sts::111111111111:assumed-role/ci/build";
    let spares = |caller: &Caller, spared: Json| {
        let policy = document(&json!([
            {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"},
            {"Effect": "Deny", "NotPrincipal": spared, "Action": "s3:*", "Resource": "*"},
        ]));
        admits(&policy, caller, "s3:GetObject", "arn:aws:s3:::b/x")
    };
    let mut ci = caller();
    ci.session = Some(text("build"));
    for (spared, expected) in [
        (json!({"AWS": [role, root]}), Answer::Yes),
        (json!({"AWS": [role, "111111111111", session]}), Answer::Yes),
        (json!({"AWS": role}), Answer::Unknown),
        // Whoever else is in the account is not meant by it.
        (json!({"AWS": root}), Answer::Unknown),
        (json!({"AWS": ["arn:aws:iam::111111111111:role/other", root]}), Answer::Unknown),
        (json!({"AWS": [session, root]}), Answer::Unknown),
        (json!({"AWS": "arn:aws:iam::222222222222:root"}), Answer::No),
        (json!("*"), Answer::Yes),
    ] {
        assert_eq!(spares(&ci, spared.clone()), expected, "{spared}");
    }
    let bob = Caller::user(&text("arn:aws:iam::111111111111:user/bob")).unwrap();
    let both = json!({"AWS": [bob.arn.as_literal().unwrap(), root]});
    assert_eq!(spares(&bob, both.clone()), Answer::Yes);
    let alice = Caller::user(&text("arn:aws:iam::111111111111:user/alice")).unwrap();
    assert_eq!(spares(&alice, both), Answer::Unknown);
    // A service has no account that could be denied.
    let trail = Caller::outside(CallerKind::Service, &text("cloudtrail.amazonaws.com"));
    assert_eq!(spares(&trail, json!({"Service": "cloudtrail.amazonaws.com"})), Answer::Yes);
    assert_eq!(spares(&trail, json!({"Service": "s3.amazonaws.com"})), Answer::No);
}

#[test]
fn what_a_service_acts_for_is_open_as_long_as_its_service_is() {
    let events = Caller::outside(CallerKind::Service, &text("events.amazonaws.com"));
    let delivers = |condition: Json| {
        let statement = json!({"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": "*", "Condition": condition});
        admits(&document(&statement), &events, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:222222222222:q")
    };
    let of = |source: Json| delivers(json!({"ArnLike": {"aws:SourceArn": source}}));
    let (rule, topic) = ("arn:aws:events:eu-west-1:*:rule/r", "arn:aws:sns:eu-west-1:*:t");
    assert_eq!(of(json!(rule)), Answer::Yes);
    assert_eq!(of(json!(topic)), Answer::No);
    assert_eq!(of(json!("arn:aws:{service}:eu-west-1:*:r")), Answer::Unknown);
    assert_eq!(of(json!([topic, "{source}"])), Answer::Unknown);
    assert_eq!(of(json!([rule, "{source}"])), Answer::Yes);
    assert_eq!(delivers(json!({"ArnNotLike": {"aws:SourceArn": topic}})), Answer::Yes);
}

#[test]
fn a_trust_says_how_it_means_the_caller() {
    let trust = |principal: Json| {
        let policy =
            document(&json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}));
        let meant = policy.statements.iter().filter_map(|statement| statement.principals.as_ref());
        let how = meant.map(|clause| caller::clause_matches(clause, &caller(), Some(Effect::Allow)).1);
        (admits(&policy, &caller(), "sts:AssumeRole", ROLE), how.max().unwrap_or(Match::None))
    };
    assert_eq!(trust(json!({"AWS": "arn:aws:iam::111111111111:role/team/ci"})), (Answer::Yes, Match::Role));
    assert_eq!(trust(json!({"AWS": "arn:aws:iam::111111111111:role/ci"})), (Answer::No, Match::None));
    assert_eq!(
        trust(json!({"AWS": "arn:aws:sts::111111111111:assumed-role/ci/x"})),
        (Answer::Yes, Match::Direct)
    );
    assert_eq!(trust(json!({"AWS": ["222222222222", "111111111111"]})), (Answer::Yes, Match::AccountLevel));
    assert_eq!(trust(json!("*")), (Answer::Yes, Match::Everyone));
    assert_eq!(trust(json!({"AWS": "{var.arn}"})), (Answer::Unknown, Match::Direct));
    assert_eq!(trust(json!({"AWS": "arn:aws:iam::{account}:root"})), (Answer::Unknown, Match::AccountLevel));
    assert_eq!(trust(json!({"AWS": "arn:aws-cn:iam::111111111111:root"})), (Answer::No, Match::None));
    assert_eq!(trust(json!({"Service": "ec2.amazonaws.com"})), (Answer::No, Match::None));
}

#[test]
fn conditions_on_the_caller_are_checked_against_it() {
    let trust = |condition: Json| {
        let policy = document(
            &json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": condition}),
        );
        admits(&policy, &caller(), "sts:AssumeRole", ROLE)
    };
    assert_eq!(trust(json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/team/*"}})), Answer::Yes);
    assert_eq!(trust(json!({"StringEquals": {"aws:PrincipalAccount": "333333333333"}})), Answer::No);
    assert_eq!(trust(json!({"StringEquals": {"sts:ExternalId": "x"}})), Answer::Yes);
    assert_eq!(trust(json!({"StringEquals": {"aws:SourceAccount": "111111111111"}})), Answer::No);
}

#[test]
fn a_variable_without_a_value_excludes_nothing_for_sure() {
    let asked = |element: &str| {
        let policy = document(&json!({
            "Effect": "Allow", "Action": "s3:GetObject", element: "arn:aws:s3:::b/${aws:PrincipalTag/team}/*",
        }));
        let context = context().with("aws:PrincipalTag/team", Presence::Absent);
        own_side(&policy, "s3:GetObject", &text("arn:aws:s3:::b/x/y"), &context).0
    };
    assert_eq!(asked("Resource"), Answer::No);
    assert_eq!(asked("NotResource"), Answer::Unknown);
}

#[test]
fn a_root_user_may_in_its_account_what_nothing_denies() {
    let root = Caller::root(&text("arn:aws:iam::111111111111:root")).unwrap();
    let decide = |resource: &Policy| {
        let layers = Layers { resource: Policies::known([resource]), ..Layers::default() };
        let request = Request {
            caller: &root,
            action: "s3:GetObject",
            resource: &text("arn:aws:s3:::b/x"),
            same_account: Answer::Yes,
            context: &context(),
        };
        request.decide(&layers).answer
    };
    let deny = |condition: Json| {
        document(
            &json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": condition}),
        )
    };
    assert_eq!(decide(&document(&json!([]))), Answer::Yes);
    assert_eq!(decide(&deny(json!({}))), Answer::No);
    assert_eq!(decide(&deny(json!({"Bool": {"aws:SecureTransport": "false"}}))), Answer::Yes);
}

/// One statement for the naive evaluator: effect, action, resource, operator and value of a condition.
type Simple = (bool, &'static str, &'static str, Option<(&'static str, &'static str)>);

fn simple() -> impl Strategy<Value = Simple> {
    (
        any::<bool>(),
        prop::sample::select(vec!["sts:AssumeRole", "sts:*", "STS:assume*", "*", "sts:TagSession"]),
        prop::sample::select(vec![
            "*",
            ROLE,
            "arn:aws:iam::222222222222:role/*",
            "arn:aws:iam::*:role/other",
            "arn:aws:iam::222222222222:role/{x}",
            "arn:aws:iam::{x}:role/target",
        ]),
        prop::option::of((
            prop::sample::select(vec!["StringEquals", "StringNotEquals", "StringEqualsIfExists"]),
            prop::sample::select(vec!["a", "b", "{x}"]),
        )),
    )
}

fn naive_allows(statements: &[Simple], filling: &str, request: Option<&str>) -> bool {
    let applies = |(_, action, resource, condition): &Simple| {
        let resource = resource.replace("{x}", filling);
        let action = *action != "sts:TagSession";
        let resource = match resource.as_str() {
            "*" | "arn:aws:iam::222222222222:role/*" => true,
            other => other == ROLE,
        };
        let condition = condition.is_none_or(|(operator, value)| {
            let value = value.replace("{x}", filling);
            match (operator, request) {
                ("StringEquals", None) => false,
                ("StringNotEquals", Some(request)) => request != value,
                (_, Some(request)) => request == value,
                (_, None) => true,
            }
        });
        action && resource && condition
    };
    statements.iter().any(|one| one.0 && applies(one)) && !statements.iter().any(|one| !one.0 && applies(one))
}

proptest! {
    #[test]
    fn the_answer_agrees_with_every_filling_and_every_request(statements in prop::collection::vec(simple(), 1..5)) {
        let documents: Vec<_> = statements
            .iter()
            .map(|(allow, action, resource, condition)| {
                let effect = if *allow { "Allow" } else { "Deny" };
                let condition = condition.map_or_else(|| json!({}), |(op, value)| json!({op: {"aws:x": value}}));
                json!({"Effect": effect, "Action": action, "Resource": resource, "Condition": condition})
            })
            .collect();
        let answer = allows(&json!(documents), ROLE).0;
        let outcomes: Vec<_> = ["target", "222222222222", "333333333333", "a", "z"]
            .iter()
            .map(|filling| {
                [None, Some("a"), Some("b"), Some("c"), Some(*filling)]
                    .iter()
                    .any(|request| naive_allows(&statements, filling, *request))
            })
            .collect();
        match answer {
            Answer::Yes => prop_assert!(outcomes.iter().all(|yes| *yes), "Yes for {outcomes:?}"),
            Answer::No => prop_assert!(outcomes.iter().all(|yes| !yes), "No for {outcomes:?}"),
            Answer::Unknown => {
                let unknown = documents.iter().any(|one| one.to_string().contains("{x}"));
                prop_assert!(unknown, "unknown, but nothing is: {documents:?}");
            }
        }
    }

    #[test]
    fn no_document_makes_a_question_panic(json in any_json()) {
        let policy = Policy::read(&crate::iam::testing::value(&json));
        let Some(policy) = policy else { return Ok(()) };
        let context = context();
        let _ = admits(&policy, &caller(), "sts:AssumeRole", ROLE);
        let _ = own_side(&policy, "s3:GetObject", &text("arn:aws:s3:::b/*"), &context);
        for statement in &policy.statements {
            crate::iam::callers::admitted(&policy, statement, "s3", &context);
            crate::iam::external_id::external_id(&policy, statement, &context);
            crate::iam::external_id::other_safeguards(statement, &context);
            condition::conflict::conflict(statement, &context);
            crate::iam::federation::claim(statement, &text("{issuer}"), "sub", &context);
            crate::iam::federation::claims(statement);
        }
    }
}

/// Anything that is built of the words of the policy language.
fn any_json() -> impl Strategy<Value = Json> {
    const WORDS: &[&str] = &[
        "Allow",
        "Deny",
        "*",
        "",
        "sts:AssumeRole",
        "s3:*",
        "arn:aws:iam::{x}:role/*",
        "{x}",
        "${aws:username}",
        "${",
        "${}",
        "arn:",
        "arn:aws:iam::111111111111:root",
        "2012-10-17",
        "aws:SourceIp",
        "10.0.0.0/8",
        "ü*?",
        "AWS",
        "sts:ExternalId",
    ];
    const KEYS: &[&str] = &[
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
        "Condition",
        "AWS",
        "Federated",
        "Service",
        "StringLike",
        "ForAllValues:StringNotEquals",
        "IpAddress",
        "Null",
        "DateLessThan",
        "aws:CurrentTime",
        "sts:ExternalId",
        "aws:PrincipalArn",
        "{x}:sub",
        "Sid",
    ];
    let leaf = prop_oneof![
        prop::sample::select(WORDS).prop_map(|word| json!(word)),
        any::<bool>().prop_map(|value| json!(value)),
        any::<i32>().prop_map(|value| json!(value)),
        Just(Json::Null),
    ];
    let tree = leaf.prop_recursive(5, 60, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
            prop::collection::btree_map(prop::sample::select(KEYS), inner, 0..6).prop_map(|map| {
                Json::Object(map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
            }),
        ]
    });
    prop::collection::vec(tree, 0..4).prop_map(|all| json!({"Version": "2012-10-17", "Statement": all}))
}
