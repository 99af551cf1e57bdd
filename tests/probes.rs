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

use common::{Files, run};
use trustlint::RULES;

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

/// The rules that spoke above info, and how.
fn spoken(root: &Path, probe: &Probe, variant: &str) -> BTreeMap<String, String> {
    let (path, name) = match variant {
        "tf" => (format!("tf/{}/main.tf", probe.id), "main.tf"),
        "cfn" => (format!("cfn/{}.json", probe.id), "stack.json"),
        _ => (format!("json/{}.json", probe.id), "policy.json"),
    };
    let files = Files::from([(name.to_owned(), text(&root.join(path)))]);
    let findings = run(&files).findings.into_iter();
    let loud = findings.filter(|said| said.finding.severity != "info");
    loud.map(|said| (said.finding.rule, said.message)).collect()
}

#[test]
#[ignore = "needs probes: TRUSTLINT_PROBES=DIRECTORY cargo test --test probes -- --ignored --nocapture"]
fn probes_are_judged_as_their_index_says() {
    let folder = folder();
    let root = Path::new(&folder);
    let index: Index = serde_json::from_str(&text(&root.join("index.json"))).unwrap();
    let implemented: BTreeSet<&str> = RULES.iter().map(|rule| rule.name).collect();
    let (mut hit, mut missed, mut silent, mut alarms, mut skipped) =
        (0, Vec::new(), 0, Vec::new(), Vec::new());
    for probe in &index.probes {
        let bad = probe.verdict == "bad";
        if bad && !probe.rules.iter().any(|rule| implemented.contains(rule.as_str())) {
            skipped.push(format!("{} {}", probe.id, probe.rules.join(", ")));
            continue;
        }
        for variant in &probe.variants {
            let found = spoken(root, probe, variant);
            let line = format!("{}/{variant} {}: {found:?}", probe.id, probe.about);
            match (bad, probe.rules.iter().any(|rule| found.contains_key(rule))) {
                (true, true) => hit += 1,
                (true, false) => missed.push(line),
                (false, _) if found.is_empty() => silent += 1,
                (false, _) => alarms.push(line),
            }
        }
    }
    println!("bad:  {hit} hit, {} missed\n  {}", missed.len(), missed.join("\n  "));
    println!("good: {silent} silent, {} false alarms\n  {}", alarms.len(), alarms.join("\n  "));
    println!("rules not there yet: {} probes\n  {}", skipped.len(), skipped.join("\n  "));
    assert!(hit + silent > 0, "no probe was judged as its index says");
}
