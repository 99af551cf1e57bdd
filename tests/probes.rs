//! Measures the rules against a collection of probes, small templates of which it is known what is wrong.
//!
//! `TRUSTLINT_PROBES` names the directory: `index.json` lists the probes; their variants are `tf/ID/main.tf`,
//! `cfn/ID.json` and `json/ID.json`. Run it with `-- --ignored --nocapture`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "prints what it measures")]

#[expect(dead_code, reason = "the probes expect nothing of single places")]
mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use common::{Files, run_with};
use trustlint::{Profile, RULES};

#[derive(serde::Deserialize)]
struct Index {
    probes: Vec<Probe>,
}

#[derive(serde::Deserialize)]
struct Probe {
    id: String,
    verdict: String,
    about: String,
    rules: Vec<String>,
    variants: Vec<String>,
}

#[expect(clippy::disallowed_methods, reason = "the probes are real files")]
fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[expect(clippy::disallowed_methods, reason = "says where the probes are")]
fn folder() -> String {
    std::env::var("TRUSTLINT_PROBES").unwrap_or_else(|_| panic!("TRUSTLINT_PROBES does not name the probes"))
}

const INFO: &str = "info: ";

/// The rules that spoke, and how; infos begin with `info:`.
fn spoken(root: &Path, probe: &Probe, variant: &str) -> BTreeMap<String, String> {
    let (path, name) = match variant {
        "tf" => (format!("tf/{}/main.tf", probe.id), "main.tf"),
        "cfn" => (format!("cfn/{}.json", probe.id), "stack.json"),
        _ => (format!("json/{}.json", probe.id), "policy.json"),
    };
    let files = Files::from([(name.to_owned(), text(&root.join(path)))]);
    let findings = run_with(&files, Profile::Audit).findings.into_iter();
    let spoken = findings.map(|said| match said.finding.severity.as_str() {
        "info" => (said.finding.rule, format!("{INFO}{}", said.message)),
        _ => (said.finding.rule, said.message),
    });
    spoken.collect()
}

#[test]
#[ignore = "needs probes: TRUSTLINT_PROBES=DIRECTORY cargo test --test probes -- --ignored --nocapture"]
fn probes_are_judged_as_their_index_says() {
    let folder = folder();
    let root = Path::new(&folder);
    let index: Index = serde_json::from_str(&text(&root.join("index.json"))).unwrap();
    let implemented: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    let (mut hit, mut told, mut missed, mut silent, mut alarms, mut skipped) =
        (0, Vec::new(), Vec::new(), 0, Vec::new(), Vec::new());
    for probe in &index.probes {
        let bad = probe.verdict == "bad";
        if bad && !probe.rules.iter().any(|rule| implemented.contains(rule.as_str())) {
            skipped.push(format!("{} {}", probe.id, probe.rules.join(", ")));
            continue;
        }
        for variant in &probe.variants {
            let found = spoken(root, probe, variant);
            let line = format!("{}/{variant} {}: {found:?}", probe.id, probe.about);
            let is_loud = |said: &&String| !said.starts_with(INFO);
            let named: Vec<_> = probe.rules.iter().filter_map(|rule| found.get(rule)).collect();
            match bad {
                true if named.is_empty() => missed.push(line),
                true if named.iter().any(is_loud) => hit += 1,
                true => told.push(line),
                false if found.values().any(|said| is_loud(&said)) => alarms.push(line),
                false => silent += 1,
            }
        }
    }
    println!("bad:  {hit} hit, {} missed\n  {}", missed.len(), missed.join("\n  "));
    println!("as info: {}\n  {}", told.len(), told.join("\n  "));
    println!("good: {silent} silent, {} false alarms\n  {}", alarms.len(), alarms.join("\n  "));
    println!("rules not there yet: {} probes\n  {}", skipped.len(), skipped.join("\n  "));
    assert!(hit + silent > 0, "no probe was judged as its index says");
}
