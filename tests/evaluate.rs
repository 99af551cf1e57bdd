//! Concrete requests, decided by the three-valued evaluator: with nothing unknown, its answers are those of
//! AWS.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods, reason = "test helpers")]

use serde_json::Value as Json;
use trustlint::iam::condition::{Context, Presence};
use trustlint::iam::data::is_refused_across_accounts;
use trustlint::iam::evaluate::{Caller, CallerKind, Match, grant_admits, identity_allows, trust_admits};
use trustlint::iam::policy::Policy;
use trustlint::source::{Sources, Span};
use trustlint::value::{Answer, Kind, List, Map, Text, Value};

const SCENARIOS: &str = include_str!("../testdata/evaluate/scenarios.json");

/// What the policy language alone does not decide.
const BEYOND: &[(&str, &str)] = &[
    ("O04", "the key of the secret asks for a second authorisation"),
    ("S13", "block public access is a setting of the bucket"),
    ("S26", "a permissions boundary changes what `NotPrincipal` means"),
    ("S28", "a grant to a session passes by the permissions boundary"),
    ("S29", "a grant to a user passes by the permissions boundary"),
];

fn span() -> Span {
    Span::start_of(Sources::in_memory([("a".to_owned(), String::new())]).find("a").unwrap())
}

fn text(text: &str) -> Text {
    Text::literal(text, span())
}

fn value(json: &Json) -> Value {
    let kind = match json {
        Json::Null => Kind::Null,
        Json::Bool(value) => Kind::Bool(*value),
        Json::Number(number) => Kind::Number(number.to_string().into()),
        Json::String(string) => Kind::Text(text(string)),
        Json::Array(items) => Kind::List(List { items: items.iter().map(value).collect(), open: false }),
        Json::Object(entries) => {
            let mut map = Map::default();
            for (key, inner) in entries {
                map.insert(key, span(), value(inner));
            }
            Kind::Map(map)
        }
    };
    Value::new(kind, span())
}

fn policy(json: &Json) -> Policy {
    Policy::read(&value(json)).0.unwrap()
}

fn policies(json: &Json) -> Vec<Policy> {
    json.as_array().map(|all| all.iter().map(policy).collect()).unwrap_or_default()
}

/// The caller of a scenario; a session of a role is taken for a session of the role of that name.
fn caller(scenario: &Json) -> Caller {
    let written = scenario["principal"].as_str().unwrap();
    let (head, tail) = written.split_once('/').unwrap_or((written, ""));
    if written == "anonymous" {
        return Caller::outside(CallerKind::Anonymous, &text(written));
    }
    if written.contains("-provider/") {
        return Caller::outside(CallerKind::Provider, &text(written));
    }
    if !written.starts_with("arn:") {
        return Caller::outside(CallerKind::Service, &text(written));
    }
    if head.ends_with(":user") {
        return Caller::user(&text(written)).unwrap();
    }
    if head.ends_with(":role") {
        return Caller::role(&text(written)).unwrap();
    }
    let (name, session) = tail.split_once('/').unwrap();
    let account = head.split(':').nth(4).unwrap();
    // The policies say at which path the role lives; a session does not.
    let path = if scenario.to_string().contains(":role/team/x/") { "team/x/" } else { "" };
    let mut role = Caller::role(&text(&format!("arn:aws:iam::{account}:role/{path}{name}"))).unwrap();
    role.session = Some(text(session));
    role
}

fn context(scenario: &Json, caller: &Caller) -> Context {
    let mut context = Context::new("2026-01-01T00:00:00Z".parse().unwrap()).closed();
    for (key, written) in scenario["context"].as_object().unwrap() {
        let scalar = |json: &Json| text(&json.as_str().map_or_else(|| json.to_string(), str::to_owned));
        let values = match written {
            Json::Array(items) => items.iter().map(scalar).collect(),
            one => vec![scalar(one)],
        };
        context = context.with(key, Presence::Values(values));
    }
    if scenario["principal"].as_str().unwrap().starts_with("arn:") {
        caller.context(&context)
    } else {
        context
    }
}

/// The answer for one scenario, by the order of evaluation AWS describes.
fn decide(scenario: &Json) -> Answer {
    let caller = caller(scenario);
    let context = context(scenario, &caller);
    let action = scenario["action"].as_str().unwrap();
    let resource = text(scenario["resource"]["arn"].as_str().unwrap());
    let owner = scenario["resource"]["accountId"].as_str().unwrap();
    let identity =
        |all: &[Policy]| identity_allows(&all.iter().collect::<Vec<_>>(), action, &resource, &context).answer;
    let trust = action.starts_with("sts:");
    let (granted, how) = match &scenario["resourcePolicy"] {
        Json::Null => (Answer::No, Match::None),
        json => {
            let policy = policy(json);
            let verdict = if trust {
                trust_admits(&policy, &caller, action, &context)
            } else {
                grant_admits(&policy, &caller, action, &resource, &context)
            };
            if verdict.answer.is_no() && !verdict.denied_by.is_empty() {
                return Answer::No;
            }
            (verdict.answer, verdict.matched)
        }
    };
    let within = limits(scenario, &identity, &caller, action, &resource, &context);
    let own = identity(&policies(&scenario["identityPolicies"]));
    let named = if matches!(how, Match::Direct | Match::Everyone) { granted } else { Answer::No };
    let answer = match caller.kind {
        CallerKind::Service | CallerKind::Provider | CallerKind::Anonymous => granted,
        _ if !caller.account.is_literally(owner) && is_refused_across_accounts(action) => Answer::No,
        _ if !caller.account.is_literally(owner) => granted.and(own),
        _ if trust || action.starts_with("kms:") => named.or(granted.and(own)),
        _ => named.or(own),
    };
    answer.and(within)
}

/// What boundaries, session policies, guardrails and endpoints leave.
fn limits(
    scenario: &Json,
    identity: &dyn Fn(&[Policy]) -> Answer,
    caller: &Caller,
    action: &str,
    resource: &Text,
    context: &Context,
) -> Answer {
    let mut within = Answer::Yes;
    for key in ["permissionsBoundary", "sessionPolicy"] {
        if !scenario[key].is_null() {
            within = within.and(identity(&[policy(&scenario[key])]));
        }
    }
    for level in policies(&scenario["scp"]) {
        within = within.and(identity(&[level]));
    }
    let admits = |policy: &Policy| grant_admits(policy, caller, action, resource, context).answer;
    if !scenario["vpcEndpointPolicy"].is_null() {
        within = within.and(admits(&policy(&scenario["vpcEndpointPolicy"])));
    }
    for mut level in policies(&scenario["rcp"]) {
        let everything = serde_json::json!({
            "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
        });
        level.statements.extend(policy(&everything).statements);
        within = within.and(admits(&level));
    }
    within
}

/// What is expected and found, when the two differ.
fn difference(scenario: &Json) -> Option<String> {
    let expected = match scenario["engineExpected"].as_str().unwrap() {
        "Allow" => Answer::Yes,
        "Deny" => Answer::No,
        "Unknown" => Answer::Unknown,
        // What AWS refuses to store grants nothing, as far as anybody can say.
        _ => return None,
    };
    let found = decide(scenario);
    let id = scenario["id"].as_str().unwrap();
    (found != expected).then(|| format!("{id} {}: {found:?}, not {expected:?}", scenario["title"]))
}

#[test]
fn concrete_requests_are_decided_as_aws_decides_them() {
    let document: Json = serde_json::from_str(SCENARIOS).unwrap();
    let within = |scenario: &&Json| !BEYOND.iter().any(|(beyond, _)| scenario["id"] == **beyond);
    let wrong: Vec<_> =
        document["scenarios"].as_array().unwrap().iter().filter(within).filter_map(difference).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_left_out_is_still_beyond_the_policy_language() {
    let document: Json = serde_json::from_str(SCENARIOS).unwrap();
    for (beyond, why) in BEYOND {
        let scenario =
            document["scenarios"].as_array().unwrap().iter().find(|it| it["id"] == *beyond).unwrap();
        assert!(difference(scenario).is_some(), "{beyond} is decided now: {why}");
    }
}

/// More cases in the same format, from the file named in `TRUSTLINT_SCENARIOS`; up to the first difference.
#[test]
fn requests_of_a_file_are_decided_as_it_says() {
    let Some(path) = std::env::var_os("TRUSTLINT_SCENARIOS") else { return };
    let document: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for scenario in document["scenarios"].as_array().unwrap() {
        if let Some(difference) = difference(scenario) {
            panic!("{difference}\n{scenario:#}");
        }
    }
}
