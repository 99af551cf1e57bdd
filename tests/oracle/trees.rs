//! How YAML is read: our reader against `PyYAML`, over all templates below `TRUSTLINT_CORPUS`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use trustlint::Sources;
use trustlint::internals::parse::{Node, NodeKind, yaml};
use trustlint::internals::walk::cloudformation::claims;

use super::generated;

/// A node as `trees.py` writes it.
fn tree(node: &Node) -> Json {
    let tag = node.tag.as_deref().unwrap_or_default();
    let tag = if tag.starts_with("!!") { "" } else { tag };
    match &node.kind {
        NodeKind::Null => json!(["null", "", ""]),
        NodeKind::Bool(value) => json!(["bool", "", value.to_string()]),
        NodeKind::Number(digits) => json!(["number", "", **digits]),
        NodeKind::String(_) => json!(["string", tag, node.as_str().unwrap_or_default()]),
        NodeKind::List(items) => json!(["list", tag, items.iter().map(tree).collect::<Vec<_>>()]),
        NodeKind::Map(members) => {
            let members: BTreeMap<&str, Json> =
                members.iter().map(|it| (&*it.key, tree(&it.value))).collect();
            json!(["map", tag, members])
        }
    }
}

/// Where two trees differ, and how.
fn difference(path: &str, ours: &Json, theirs: &Json) -> Option<String> {
    let said = |node: &Json| (node[0].as_str().unwrap_or_default().to_owned(), node[1].clone());
    if said(ours) != said(theirs) {
        return Some(format!("{path}: {} and {}", short(ours), short(theirs)));
    }
    match (&ours[2], &theirs[2]) {
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(at, (a, b))| difference(&format!("{path}/{at}"), a, b))
        }
        (Json::Object(a), Json::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().find_map(|(key, value)| difference(&format!("{path}/{key}"), value, &b[key]))
        }
        (a, b) => (a != b).then(|| format!("{path}: {} and {}", short(ours), short(theirs))),
    }
}

fn short(node: &Json) -> String {
    let mut text = String::new();
    let _ = write!(text, "{node}");
    text.chars().take(90).collect()
}

/// Why a difference is meant, if it is.
fn explained(difference: &str) -> Option<&'static str> {
    let (_, said) = difference.split_once(": ")?;
    let numbers = said.matches("[\"number\"").count();
    if numbers == 1 && said.contains("[\"string\"") {
        return Some("numbers of YAML 1.1 that CloudFormation's parameters never are: 1:30, 08, 1e3");
    }
    if said.starts_with("[\"map\",\"\",{}] and") {
        return Some("a key that is no scalar, `{{ name }}` of Jinja, is left out and reported");
    }
    None
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, out);
        } else if path
            .extension()
            .is_some_and(|it| ["yaml", "yml", "template"].iter().any(|known| it == *known))
        {
            out.push(path);
        }
    }
}

#[test]
#[ignore = "needs Python and templates: TRUSTLINT_ORACLE=python TRUSTLINT_CORPUS=DIRECTORY cargo test --test oracle trees -- --ignored"]
fn yaml_is_read_as_another_reader_reads_it() {
    let corpus = std::env::var("TRUSTLINT_CORPUS").expect("TRUSTLINT_CORPUS names a directory of templates");
    let mut all = Vec::new();
    files(Path::new(&corpus), &mut all);
    let text = |path: &PathBuf| std::fs::read_to_string(path).ok();
    let is_yaml = |text: &str| !text.trim_start_matches('\u{feff}').trim_start().starts_with('{');
    all.retain(|path| {
        text(path).is_some_and(|text| claims(&path.to_string_lossy(), &text) && is_yaml(&text))
    });
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = all.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    std::fs::write(folder.path().join("files.txt"), lines.join("\n")).unwrap();
    generated("trees.py", folder.path());
    let trees = std::fs::read_to_string(folder.path().join("trees.jsonl")).unwrap();
    let (mut same, mut refused, mut meant, mut wrong) = (0, Vec::new(), BTreeMap::new(), Vec::new());
    for (path, line) in all.iter().zip(trees.lines()) {
        let theirs: Json = serde_json::from_str(line).unwrap();
        let name = path.to_string_lossy().into_owned();
        let sources = Sources::in_memory([("a.yaml".to_owned(), text(path).unwrap())]);
        let id = sources.find("a.yaml").unwrap();
        let (node, problems) = yaml::parse(id, &sources.text_or_empty(id));
        match (node, &theirs[0]) {
            (Some(node), theirs) if !theirs.is_null() => match difference("", &tree(&node), theirs) {
                None => same += 1,
                Some(found) => match explained(&found) {
                    Some(why) => *meant.entry(why).or_insert(0) += 1,
                    None => wrong.push(format!("{name} {found}")),
                },
            },
            (None, Json::Null) => {
                refused.push(format!("both: {name} {}", theirs[1]));
            }
            (ours, _) => {
                let messages: Vec<_> = problems.iter().map(|problem| problem.message.clone()).collect();
                refused.push(format!("one, ours {}: {name} {messages:?} {}", ours.is_some(), theirs[1]));
            }
        }
    }
    println!("{} templates: {same} same, {} refused, {meant:#?}", all.len(), refused.len());
    for line in &refused {
        println!("refused by {line}");
    }
    assert!(
        wrong.is_empty(),
        "{} differ\n{}",
        wrong.len(),
        wrong.iter().take(60).cloned().collect::<Vec<_>>().join("\n")
    );
}
