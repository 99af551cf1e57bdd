//! What intrinsic functions return: the walker against the resolver of `cfn-lint`.

use std::collections::{BTreeMap, BTreeSet};

use trustlint::Sources;
use trustlint::internals::value::{Class, Kind, PieceKind, Text, Value};
use trustlint::internals::walk::cloudformation::{Inputs, walk};

use super::{generated, text};

#[derive(serde::Deserialize)]
struct Expected {
    values: Vec<serde_json::Value>,
    exact: bool,
}

/// All values that a value may be, as JSON; `None` when a part of it is not known.
fn possible(value: &Value) -> Option<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    for one in value.alternatives() {
        match &one.kind {
            Kind::List(list) if !list.open => {
                let mut lists: Vec<Vec<String>> = vec![Vec::new()];
                for item in &list.items {
                    let items = possible(item)?;
                    let with = |list: &Vec<String>| {
                        let list = list.clone();
                        items
                            .iter()
                            .map(move |item| [list.clone(), vec![item.clone()]].concat())
                            .collect::<Vec<_>>()
                    };
                    lists = lists.iter().flat_map(with).collect();
                }
                all.extend(lists.into_iter().map(|list| format!("[{}]", list.join(","))));
            }
            Kind::Json(inner) => {
                let text = json(inner)?.to_string();
                all.insert(serde_json::to_string(&text).unwrap());
            }
            _ => {
                let text = one.as_text()?;
                all.insert(serde_json::to_string(&located(&text)?).unwrap());
            }
        }
    }
    Some(all)
}

/// The text as it is where `cfn-lint` deploys to.
fn located(text: &Text) -> Option<String> {
    let mut out = String::new();
    for piece in text.pieces() {
        match &piece.kind {
            PieceKind::Literal(literal) => out.push_str(literal),
            PieceKind::Symbol(symbol) => out.push_str(match symbol.class {
                Class::Account => "123456789012",
                Class::Region => "eu-west-1",
                Class::Partition => "aws",
                Class::DnsSuffix => "amazonaws.com",
                _ => return None,
            }),
            PieceKind::Json(inner) => out.push_str(&json(inner)?.to_string()),
        }
    }
    Some(out)
}

/// What `Fn::ToJsonString` was given.
fn json(value: &Value) -> Option<serde_json::Value> {
    Some(match &value.kind {
        Kind::Map(map) if !map.open => {
            let member = |entry: &trustlint::internals::value::Entry| {
                Some((located(&entry.key_text())?, json(&entry.value)?))
            };
            serde_json::Value::Object(map.entries.iter().map(member).collect::<Option<_>>()?)
        }
        Kind::List(list) if !list.open => {
            serde_json::Value::Array(list.items.iter().map(json).collect::<Option<_>>()?)
        }
        _ => serde_json::Value::String(located(&value.as_text()?)?),
    })
}

/// The property `Value` of every resource.
fn values(name: &str, template: String) -> BTreeMap<String, Value> {
    let sources = Sources::in_memory([(name.to_owned(), template)]);
    let files: Vec<_> = sources.ids().collect();
    let walked = walk(&sources, &files, &Inputs::default(), None);
    assert!(walked.problems.is_empty(), "{:?}", walked.problems);
    let value = |declaration: trustlint::internals::facts::Declaration| {
        Some((declaration.address.to_string(), declaration.properties.get("Value")?.clone()))
    };
    walked.declarations.into_iter().filter_map(value).collect()
}

#[test]
#[ignore = "needs Python: TRUSTLINT_ORACLE=python cargo test --test oracle -- --ignored --nocapture"]
fn intrinsics_return_what_the_resolver_returns() {
    let folder = tempfile::tempdir().unwrap();
    let count = generated("intrinsics.py", folder.path());
    let (mut compared, mut unknown, mut wrong) = (0, 0, Vec::new());
    for index in 0..count {
        let expected = text(&folder.path().join(format!("{index}.expected.json")));
        let expected: BTreeMap<String, Expected> = serde_json::from_str(&expected).unwrap();
        for kind in ["json", "yaml"] {
            let values =
                values(&format!("stack.{kind}"), text(&folder.path().join(format!("{index}.{kind}"))));
            for (address, expected) in &expected {
                let theirs: BTreeSet<String> = expected.values.iter().map(ToString::to_string).collect();
                let Some(value) = values.get(address) else {
                    wrong.push(format!("{index}.{kind} {address}: not declared"));
                    continue;
                };
                let Some(ours) = possible(value) else {
                    if std::env::var_os("TRUSTLINT_SHOW").is_some() {
                        println!("not known: {index}.{kind} {address} {}", super::render::value(value));
                    }
                    unknown += 1;
                    continue;
                };
                compared += 1;
                let right = if expected.exact { ours == theirs } else { ours.is_superset(&theirs) };
                if !right {
                    wrong.push(format!("{index}.{kind} {address}\n  ours   {ours:?}\n  theirs {theirs:?}"));
                }
            }
        }
    }
    println!(
        "{count} templates twice, {compared} values compared, {unknown} not known, {} differ",
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.iter().take(30).cloned().collect::<Vec<_>>().join("\n"));
    assert!(unknown * 20 < compared, "too much is not known");
}
