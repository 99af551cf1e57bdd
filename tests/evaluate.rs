//! Concrete requests, decided by the three-valued evaluator: with nothing unknown, its answers are those of
//! AWS.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods, reason = "test helpers")]

use serde_json::Value as Json;
use trustlint::internals::iam::condition::{Context, Presence};
use trustlint::internals::iam::evaluate::{Caller, CallerKind, Layers, Policies, Request};
use trustlint::internals::iam::policy::Policy;
use trustlint::internals::value::{Answer, Kind, List, Map, Text, Value};
use trustlint::{Sources, Span};

const SCENARIOS: &str = include_str!("../testdata/evaluate/scenarios.json");

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
    Policy::read(&value(json)).unwrap()
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
    if head.ends_with(":root") {
        return Caller::root(&text(written)).unwrap();
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

fn context(scenario: &Json) -> Context {
    let mut context = Context::new("2026-01-01T00:00:00Z".parse().unwrap()).closed();
    for (key, written) in scenario["context"].as_object().unwrap() {
        let scalar = |json: &Json| text(&json.as_str().map_or_else(|| json.to_string(), str::to_owned));
        let values = match written {
            Json::Array(items) => items.iter().map(scalar).collect(),
            one => vec![scalar(one)],
        };
        context = context.with(key.clone(), Presence::Values(values));
    }
    context
}

/// The answer for one scenario.
fn decide(scenario: &Json) -> Answer {
    let caller = caller(scenario);
    let context = context(scenario);
    let resource = text(scenario["resource"]["arn"].as_str().unwrap());
    let owner = scenario["resource"]["accountId"].as_str().unwrap();
    let identity = policies(&scenario["identityPolicies"]);
    let of_resource = one_of(&scenario["resourcePolicy"]);
    let boundary = one_of(&scenario["permissionsBoundary"]);
    let session = one_of(&scenario["sessionPolicy"]);
    let levels = policies(&scenario["scp"]);
    let resource_control = policies(&scenario["rcp"]);
    let endpoint = one_of(&scenario["vpcEndpointPolicy"]);
    let layers = Layers {
        resource: Policies::known(&of_resource),
        identity: Policies::known(&identity),
        boundary: some(&boundary),
        session: some(&session),
        service_control: levels.iter().map(|level| Policies::known([level])).collect(),
        resource_control: Policies::known(&resource_control),
        endpoint: some(&endpoint),
        restrict_public: scenario["s3BlockPublicAccess"].as_bool().map(Answer::from),
        aws_managed_key: needs_customer_key(scenario).then_some(Answer::Yes),
    };
    let request = Request {
        caller: &caller,
        action: scenario["action"].as_str().unwrap(),
        resource: &resource,
        same_account: caller.account.is_literally(owner).into(),
        context: &context,
    };
    request.decide(&layers).answer
}

fn some(policies: &[Policy]) -> Option<Policies<'_>> {
    (!policies.is_empty()).then(|| Policies::known(policies))
}

fn one_of(json: &Json) -> Vec<Policy> {
    if json.is_null() { Vec::new() } else { vec![policy(json)] }
}

/// A case that says so is about a secret that is encrypted with the key that AWS manages.
fn needs_customer_key(scenario: &Json) -> bool {
    scenario["beyondPolicyText"].as_str().is_some_and(|text| text.contains("customer managed key"))
}

/// What is expected and found, when the two differ.
fn difference(scenario: &Json) -> Option<String> {
    let expected: &[Answer] = match scenario["engineExpected"].as_str().unwrap() {
        "Allow" => &[Answer::Yes],
        "Deny" => &[Answer::No],
        "Unknown" => &[Answer::Unknown],
        // What AWS refuses to store is never said to allow anything.
        "Invalid" => &[Answer::No, Answer::Unknown],
        other => unreachable!("{other} is no decision"),
    };
    let found = decide(scenario);
    let id = scenario["id"].as_str().unwrap();
    (!expected.contains(&found)).then(|| format!("{id} {}: {found:?}, not {expected:?}", scenario["title"]))
}

#[test]
fn concrete_requests_are_decided_as_aws_decides_them() {
    let document: Json = serde_json::from_str(SCENARIOS).unwrap();
    let wrong: Vec<_> = document["scenarios"].as_array().unwrap().iter().filter_map(difference).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// More cases in the same format, from the file named in `TRUSTLINT_SCENARIOS`; up to the first difference.
#[test]
#[ignore = "needs scenarios: TRUSTLINT_SCENARIOS=FILE cargo test --test evaluate -- --ignored"]
fn requests_of_a_file_are_decided_as_it_says() {
    let path = std::env::var_os("TRUSTLINT_SCENARIOS").expect("TRUSTLINT_SCENARIOS names a file");
    let document: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for scenario in document["scenarios"].as_array().unwrap() {
        if let Some(difference) = difference(scenario) {
            panic!("{difference}\n{scenario:#}");
        }
    }
}
