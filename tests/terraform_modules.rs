//! Policies of applied modules: what Terraform made of them, and what the walker makes.
//!
//! `TRUSTLINT_MODULES` names the folder that `tests/modules/apply.py` wrote. A part of a
//! policy that the walker leaves open counts as unknown; where it says something else than Terraform, it is wrong.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "prints what it measures")]
#![expect(clippy::disallowed_methods, reason = "the modules are real files")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use regex::Regex;
use serde_json::Value as Json;
use trustlint::internals::carriers::{Step, ValueKind};
use trustlint::internals::facts::Declaration;
use trustlint::internals::parse::json::value_from_text;
use trustlint::internals::value::{Class, Kind, PieceKind, Text, Value};
use trustlint::internals::{carriers, walk};
use trustlint::{ConfigChoice, Request, discover};

/// How the walker's policy compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Same {
    Equal,
    Unknown,
    Wrong,
}

/// A value with places that are not known.
#[derive(Clone, Debug)]
enum Ours {
    Known(Json),
    /// A text of literal parts with holes between them.
    Holes(Vec<String>),
    List(Vec<Ours>, bool),
    Map(BTreeMap<String, Ours>, bool),
    OneOf(Vec<Ours>),
    Unknown,
}

fn ours(value: &Value) -> Ours {
    match &value.kind {
        Kind::Null | Kind::Absent => Ours::Known(Json::Null),
        Kind::Bool(value) => Ours::Known(Json::Bool(*value)),
        Kind::Number(digits) => Ours::Known(Json::String(digits.to_string())),
        Kind::Text(text) => of_text(text),
        Kind::Json(inner) => ours(inner),
        Kind::List(list) => Ours::List(list.items.iter().map(ours).collect(), list.open),
        Kind::Map(map) => {
            let mut open = map.open;
            let mut entries = BTreeMap::new();
            for entry in &map.entries {
                match entry.key.as_literal() {
                    Some(key) => drop(entries.insert(key.into_owned(), ours(&entry.value))),
                    None => open = true,
                }
            }
            Ours::Map(entries, open)
        }
        Kind::Choice(all) => Ours::OneOf(all.iter().map(ours).collect()),
        Kind::Unknown(_) => Ours::Unknown,
    }
}

fn of_text(text: &Text) -> Ours {
    let mut parts = vec![String::new()];
    for piece in text.pieces() {
        match &piece.kind {
            PieceKind::Literal(literal) => parts.last_mut().unwrap().push_str(literal),
            // What the stand-in says of every account.
            PieceKind::Symbol(symbol) if symbol.class == Class::Account => {
                parts.last_mut().unwrap().push_str("000000000000");
            }
            PieceKind::Symbol(symbol) if symbol.class == Class::Partition => {
                parts.last_mut().unwrap().push_str("aws");
            }
            PieceKind::Symbol(symbol) if symbol.class == Class::Region => {
                parts.last_mut().unwrap().push_str("us-east-1");
            }
            PieceKind::Symbol(symbol) if symbol.class == Class::DnsSuffix => {
                parts.last_mut().unwrap().push_str("amazonaws.com");
            }
            PieceKind::Symbol(_) | PieceKind::Json(_) => parts.push(String::new()),
        }
    }
    if parts.len() == 1 { Ours::Known(Json::String(parts.remove(0))) } else { Ours::Holes(parts) }
}

/// A policy may be written as a text.
fn document(value: &Value) -> Ours {
    let text = match &value.kind {
        Kind::Text(text) => text,
        Kind::Choice(all) => return Ours::OneOf(all.iter().map(document).collect()),
        _ => return ours(value),
    };
    if text.is_empty() {
        return Ours::Known(Json::Null);
    }
    value_from_text(text, value.span).map_or_else(|_| ours(value), |value| ours(&value))
}

/// Where one or several may stand, one stands for a list of one; order does not count there.
const LISTS: &[&str] = &[
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "AWS",
    "Service",
    "Federated",
    "CanonicalUser",
    "Statement",
];

fn compare(theirs: &Json, ours: &Ours, is_list: bool) -> Same {
    match ours {
        Ours::Unknown => Same::Unknown,
        // The stand-in does not know what AWS would make.
        Ours::Holes(_) | Ours::Known(_) if theirs.as_str().is_some_and(|text| text.contains("<<")) => {
            Same::Unknown
        }
        Ours::OneOf(all) => {
            let any = all.iter().any(|one| compare(theirs, one, is_list) != Same::Wrong);
            if any { Same::Unknown } else { Same::Wrong }
        }
        _ if is_list => lists(theirs, ours),
        Ours::Known(known) => {
            let shown = |json: &Json| json.as_str().map_or_else(|| json.to_string(), str::to_owned);
            if shown(known) == shown(theirs) { Same::Equal } else { Same::Wrong }
        }
        Ours::Holes(parts) => {
            let Some(text) = theirs.as_str() else { return Same::Wrong };
            let pattern = parts.iter().map(|part| regex::escape(part)).collect::<Vec<_>>().join("(?s:.*)");
            if Regex::new(&format!("^{pattern}$")).unwrap().is_match(text) {
                Same::Unknown
            } else {
                Same::Wrong
            }
        }
        Ours::List(..) => lists(theirs, ours),
        Ours::Map(entries, open) => {
            let Some(map) = theirs.as_object() else { return Same::Wrong };
            if entries.iter().any(|(key, ours)| !map.contains_key(key) && !may_be_absent(ours)) {
                return Same::Wrong;
            }
            let missing = map.keys().any(|key| !entries.contains_key(key) && key != "Sid" && key != "Id");
            let rest = match (missing, open) {
                (true, false) => Same::Wrong,
                (_, true) => Same::Unknown,
                (false, false) => Same::Equal,
            };
            let each = map.iter().filter_map(|(key, theirs)| {
                Some(compare(theirs, entries.get(key)?, LISTS.contains(&key.as_str())))
            });
            each.max().unwrap_or(Same::Equal).max(rest)
        }
    }
}

/// Whether it may be nothing.
fn may_be_absent(ours: &Ours) -> bool {
    match ours {
        Ours::Known(known) => known.is_null(),
        Ours::OneOf(all) => all.iter().any(may_be_absent),
        _ => false,
    }
}

/// Lists whose order does not count.
fn lists(theirs: &Json, ours: &Ours) -> Same {
    let theirs: Vec<&Json> = theirs.as_array().map_or_else(|| vec![theirs], |all| all.iter().collect());
    let single = [ours.clone()];
    let (mine, open) = match ours {
        Ours::List(items, open) => (items.as_slice(), *open),
        _ => (&single[..], false),
    };
    let mut left: Vec<&Ours> = mine.iter().collect();
    let mut worst = if open { Same::Unknown } else { Same::Equal };
    let mut unmatched = Vec::new();
    for one in theirs {
        match left.iter().position(|mine| compare(one, mine, false) == Same::Equal) {
            Some(at) => drop(left.remove(at)),
            None => unmatched.push(one),
        }
    }
    for one in unmatched {
        match left.iter().position(|mine| compare(one, mine, false) == Same::Unknown) {
            Some(at) => {
                left.remove(at);
                worst = worst.max(Same::Unknown);
            }
            // An unknown that is a list may be several.
            None if open || mine.iter().any(|it| matches!(it, Ours::Unknown | Ours::Holes(_))) => {
                worst = worst.max(Same::Unknown);
            }
            None => return Same::Wrong,
        }
    }
    if left.iter().all(|it| matches!(it, Ours::Unknown | Ours::OneOf(_) | Ours::Holes(_))) {
        if left.is_empty() { worst } else { worst.max(Same::Unknown) }
    } else {
        Same::Wrong
    }
}

/// The resources of a state by address.
fn resources(module: &Json, found: &mut BTreeMap<String, Json>) {
    for resource in module["resources"].as_array().into_iter().flatten() {
        if resource["mode"] == "managed" {
            found.insert(resource["address"].as_str().unwrap().to_owned(), resource["values"].clone());
        }
    }
    for child in module["child_modules"].as_array().into_iter().flatten() {
        resources(child, found);
    }
}

/// The policies of a declaration: the attribute, what Terraform made and what the walker makes.
fn policies(declaration: &Declaration, values: &Json) -> Vec<(String, Json, Ours)> {
    let rows = carriers::carriers(&declaration.type_name);
    let attributes: BTreeSet<&str> = rows
        .iter()
        .filter(|row| row.value_kind == ValueKind::JsonPolicy)
        .filter_map(|row| match row.path.as_slice() {
            [Step::Property(name)] => Some(*name),
            _ => None,
        })
        .collect();
    let each = attributes.into_iter().filter_map(|name| {
        let theirs: Json = serde_json::from_str(values[name].as_str()?).ok()?;
        let mine = declaration.properties.get(name)?;
        Some((name.to_owned(), theirs, document(mine)))
    });
    each.collect()
}

/// Whether a resource of a state has a policy.
fn has_policy(address: &str, values: &Json) -> bool {
    let resource = address
        .rsplit_once(']')
        .map_or(address, |(rest, after)| if after.is_empty() { rest } else { address });
    let resource = resource.split('[').next().unwrap_or(resource);
    let mut names = resource.rsplit('.');
    let Some(type_name) = names.nth(1) else { return false };
    carriers::carriers(type_name).iter().any(|row| {
        row.value_kind == ValueKind::JsonPolicy
            && matches!(row.path.as_slice(), [Step::Property(name)] if values[*name].as_str().is_some_and(|it| !it.is_empty()))
    })
}

#[test]
#[ignore = "needs applied modules: TRUSTLINT_MODULES=SCRATCH cargo test --test terraform_modules -- --ignored --nocapture"]
fn policies_of_applied_modules_are_what_terraform_makes() {
    let folder =
        std::env::var("TRUSTLINT_MODULES").expect("TRUSTLINT_MODULES names the folder of applied modules");
    let folder = Path::new(&folder).canonicalize().unwrap();
    let request = Request {
        unsaved: Vec::new(),
        working_directory: folder.clone(),
        paths: Vec::new(),
        value_files: Vec::new(),
        named: Vec::new(),
        config: ConfigChoice::Isolated,
        project_root: Some(folder.clone()),
        threads: 0,
        document: None,
        staged: None,
    };
    let project = discover(&request).unwrap();
    let (walked, _) = walk::project(&project.sources, &walk::Inputs::default());
    let mut declarations: BTreeMap<(&str, &str), &Declaration> = BTreeMap::new();
    for declaration in &walked.declarations {
        let unit = declaration.unit.path();
        declarations.insert((unit, &declaration.address), declaration);
    }
    let mut counts: BTreeMap<Same, usize> = BTreeMap::new();
    let (mut roots, mut absent, mut wrong) = (0, 0, Vec::new());
    let mut states: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    states.sort();
    for path in states.iter().filter(|path| path.extension().is_some_and(|it| it == "json")) {
        let state: Json = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let root = state["root"].as_str().unwrap();
        let mut made = BTreeMap::new();
        resources(&state["state"]["values"]["root_module"], &mut made);
        roots += 1;
        for (address, values) in &made {
            let Some(declaration) = declarations.get(&(root, address.as_str())) else {
                if has_policy(address, values) {
                    absent += 1;
                    println!("absent  {root} {address}");
                }
                continue;
            };
            for (attribute, theirs, mine) in policies(declaration, values) {
                let same = compare(&theirs, &mine, false);
                *counts.entry(same).or_default() += 1;
                if same == Same::Unknown {
                    println!("unknown {root} {address}.{attribute}: {mine:?}");
                }
                if same == Same::Wrong {
                    wrong.push(format!("{root} {address}.{attribute}\n  theirs {theirs}\n  ours {mine:?}"));
                }
            }
        }
    }
    println!("{roots} roots, policies: {counts:?}, {absent} not declared");
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(roots > 0, "nothing was applied");
}
