//! Documents for unit tests: JSON in which `{name}` is a symbol.

use crate::iam::condition::Context;
use crate::iam::policy::{Policy, Statement};
use crate::source::{Sources, Span};
use crate::value::{Because, Class, Kind, List, Map, Symbol, Text, Value};

pub(crate) fn span() -> Span {
    Span::start_of(Sources::in_memory([("a".to_owned(), String::new())]).find("a").unwrap())
}

/// `{x}` is a keyed symbol, `{#x}` an account, `{@x}` a computed attribute, `{partition}` a partition.
pub(crate) fn text(written: &str) -> Text {
    let mut text = Text::default();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('{').filter(|(before, _)| !before.ends_with('$')) {
        text.push_str(before, span());
        let (name, after) = after.split_once('}').unwrap();
        let (class, key) = match name.split_at(1) {
            ("#", name) => (Class::Account, name),
            ("@", name) => (Class::Computed, name),
            _ if name == "partition" => (Class::Partition, name),
            _ => (Class::Keyed, name),
        };
        text.append(&Text::symbol(Symbol::new(class, key, Because::Input), span()));
        rest = after;
    }
    text.push_str(rest, span());
    text
}

pub(crate) fn value(json: &serde_json::Value) -> Value {
    let kind = match json {
        serde_json::Value::Null => Kind::Null,
        serde_json::Value::Bool(value) => Kind::Bool(*value),
        serde_json::Value::Number(number) => Kind::Number(number.to_string().into()),
        serde_json::Value::String(written) => Kind::Text(text(written)),
        serde_json::Value::Array(items) => {
            Kind::List(List { items: items.iter().map(value).collect(), open: false })
        }
        serde_json::Value::Object(entries) => {
            let mut map = Map::default();
            for (key, inner) in entries {
                map.entries.push(crate::value::Entry::new(text(key), span(), value(inner)));
            }
            Kind::Map(map)
        }
    };
    Value::new(kind, span())
}

pub(crate) fn policy(json: &serde_json::Value) -> Policy {
    Policy::read(&value(json)).unwrap()
}

/// A statement of a trust policy that lets everybody in under a condition.
pub(crate) fn under(condition: &serde_json::Value) -> Statement {
    let document = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": condition}
    });
    policy(&document).statements.remove(0)
}

pub(crate) fn context() -> Context {
    Context::new("2026-01-01T00:00:00Z".parse().unwrap())
}
