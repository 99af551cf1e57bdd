//! How many requests are decided a second: `cargo bench`.

#![expect(clippy::unwrap_used, reason = "a benchmark stops at what it does not expect")]

use divan::{Bencher, black_box};
use serde_json::{Value as Json, json};
use trustlint::internals::iam::condition::Context;
use trustlint::internals::iam::evaluate::{Caller, Decision, Layers, Policies, Request};
use trustlint::internals::iam::policy::Policy;
use trustlint::internals::value::{Answer, Kind, List, Map, Text, Value};
use trustlint::{Sources, Span};

fn main() {
    divan::main();
}

fn span() -> Span {
    Span::start_of(Sources::in_memory([("a".to_owned(), String::new())]).find("a").unwrap())
}

fn text(text: &str) -> Text {
    Text::literal(text, span())
}

fn value(json: &Json) -> Value {
    let kind = match json {
        Json::String(string) => Kind::Text(text(string)),
        Json::Array(items) => Kind::List(List { items: items.iter().map(value).collect(), open: false }),
        Json::Object(entries) => {
            let mut map = Map::default();
            for (key, inner) in entries {
                map.insert(key, span(), value(inner));
            }
            Kind::Map(map)
        }
        other => Kind::Number(other.to_string().into()),
    };
    Value::new(kind, span())
}

fn policy(statements: &[Json]) -> Policy {
    Policy::read(&value(&json!({"Version": "2012-10-17", "Statement": statements}))).unwrap()
}

/// A role as services have it: a statement for each of the things it uses, some of them under conditions.
fn role_of(statements: usize) -> Policy {
    let statements: Vec<_> = (0..statements)
        .map(|number| {
            let condition = if number % 4 == 0 {
                json!({"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}})
            } else {
                json!({})
            };
            json!({
                "Effect": "Allow",
                "Action": ["s3:GetObject*", "s3:PutObject", "sqs:Send*", "sts:AssumeRole"],
                "Resource": [
                    format!("arn:aws:s3:::data-{number}/*"),
                    format!("arn:aws:iam::222222222222:role/team/*-{number}"),
                ],
                "Condition": condition,
            })
        })
        .chain([json!({
            "Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        })])
        .collect();
    policy(&statements)
}

/// A bucket that many accounts share: a statement for each.
fn bucket_of(statements: usize) -> Policy {
    let statements: Vec<_> =
        (0..statements)
            .map(|number| {
                json!({
                    "Effect": "Allow",
                    "Principal": {"AWS": format!("arn:aws:iam::{:012}:role/app", 111_111_111_111 - statements + 1 + number)},
                    "Action": ["s3:GetObject", "s3:ListBucket"],
                    "Resource": ["arn:aws:s3:::data-19", "arn:aws:s3:::data-19/*"],
                    "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcdef1234"}},
                })
            })
            .collect();
    policy(&statements)
}

struct Asked {
    role: Policy,
    bucket: Policy,
    caller: Caller,
    resource: Text,
    context: Context,
}

impl Asked {
    fn of(role: usize, bucket: usize) -> Self {
        Self {
            role: role_of(role),
            bucket: bucket_of(bucket),
            caller: Caller::role(&text("arn:aws:iam::111111111111:role/app")).unwrap(),
            resource: text("arn:aws:s3:::data-19/key"),
            context: Context::new("2026-01-01T00:00:00Z".parse().unwrap()),
        }
    }

    fn decide(&self, same_account: Answer, layers: &Layers<'_>) -> Answer {
        let Self { caller, resource, context, .. } = self;
        let request = Request { caller, action: "s3:GetObject", resource, same_account, context };
        let Decision { answer, .. } = request.decide(black_box(layers));
        assert_eq!(answer, Answer::Yes);
        answer
    }
}

#[divan::bench]
fn role_with_20_statements(bencher: Bencher<'_, '_>) {
    let asked = Asked::of(20, 0);
    let layers = Layers { identity: Policies::known([&asked.role]), ..Layers::default() };
    bencher.bench_local(|| asked.decide(Answer::Yes, &layers));
}

#[divan::bench]
fn bucket_policy_with_100_statements(bencher: Bencher<'_, '_>) {
    let asked = Asked::of(20, 100);
    let layers = Layers {
        resource: Policies::known([&asked.bucket]),
        identity: Policies::known([&asked.role]),
        ..Layers::default()
    };
    bencher.bench_local(|| asked.decide(Answer::No, &layers));
}
