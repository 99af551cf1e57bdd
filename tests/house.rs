//! The habits of the house, as tests: pages, names, layers.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "test helpers")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use trustlint::rules::RULES;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn stems(folder: &str, extension: &str) -> BTreeSet<String> {
    fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .filter(|stem| !["mod", "common", "README"].contains(&stem.as_str()))
        .collect()
}

#[test]
fn every_rule_has_a_file_and_a_page_of_its_name() {
    let names: BTreeSet<_> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    assert_eq!(names, stems("rules", "md"));
    let files: BTreeSet<_> = names.iter().map(|name| name.replace('-', "_")).collect();
    assert_eq!(files, stems("src/rules", "rs"));
}

#[test]
fn the_rules_are_listed_in_the_order_of_their_names() {
    assert!(RULES.is_sorted_by_key(|rule| rule.name));
}

#[test]
fn the_index_lists_every_rule() {
    let path = root().join("rules/README.md");
    let index = fs::read_to_string(&path).unwrap();
    let rows = RULES.iter().map(|rule| {
        let (name, severity) = (rule.name, rule.severity.name());
        let (first, rest) = rule.summary.split_at(1);
        format!("| [{name}]({name}.md) | {severity} | {}{rest}. |\n", first.to_uppercase())
    });
    let before = index.split_inclusive('\n').take_while(|line| !line.starts_with("| ["));
    let after = index.split_inclusive('\n').skip_while(|line| !line.starts_with("| ["));
    let after = after.skip_while(|line| line.starts_with("| [")).map(str::to_owned);
    let right: String = before.map(str::to_owned).chain(rows).chain(after).collect();
    if std::env::var("BLESS").is_ok_and(|value| value == "1") {
        if right != index {
            fs::write(&path, &right).unwrap();
        }
        return;
    }
    assert_eq!(index, right, "rules/README.md is stale; `BLESS=1 cargo test --test house` rewrites it");
}

#[test]
fn summaries_have_no_capital_and_no_full_stop() {
    for rule in RULES {
        assert!(rule.summary.starts_with(char::is_lowercase), "{}", rule.name);
        assert!(!rule.summary.ends_with('.'), "{}", rule.name);
    }
}

#[test]
fn every_page_cites_an_aws_page() {
    for rule in RULES.iter().filter(|rule| rule.family != "hygiene") {
        assert!(rule.page.contains("https://docs.aws.amazon.com/"), "{}", rule.name);
    }
}

/// The layers, lowest first. A module may use itself and what stands on a lower line.
const LAYERS: &[&[&str]] = &[
    &["source", "lines"],
    &["value"],
    &["diagnostic", "iam", "carriers"],
    &["parse", "facts"],
    &["walk"],
    &["config"],
    &["accounts"],
    &["graph"],
    &["ask"],
    &["rules", "statistics"],
    &["outcome"],
    &["suppress", "report", "discover", "run"],
    &["cli"],
];

/// Uses within one layer that are meant.
const WITHIN: &[(&str, &str)] = &[("run", "suppress")];

#[test]
fn modules_use_only_what_lies_below_them() {
    let layer = |module: &str| LAYERS.iter().position(|line| line.contains(&module));
    for (module, path) in modules() {
        let Some(own) = layer(&module) else { panic!("`{module}` is in no layer") };
        let text = fs::read_to_string(&path).unwrap();
        // Unit tests may build what they need, and a doc link is not a dependency.
        let code = text.split("#[cfg(test)]").next().unwrap();
        let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for used in code.split("crate::").skip(1).map(first_name) {
            let below = layer(&used).is_some_and(|at| at < own);
            let meant = WITHIN.contains(&(module.as_str(), used.as_str()));
            assert!(below || used == module || meant, "{}: `{module}` must not use `{used}`", path.display());
        }
    }
}

fn first_name(rest: &str) -> String {
    rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

/// Every source file outside unit tests, with the top-level module it belongs to.
fn modules() -> Vec<(String, PathBuf)> {
    let source = root().join("src");
    let mut files = Vec::new();
    let mut folders = vec![source.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let below = path.strip_prefix(&source).unwrap();
                let first = below.components().next().unwrap().as_os_str().to_str().unwrap();
                let module = first.trim_end_matches(".rs").to_owned();
                let is_tests = path.file_stem().is_some_and(|stem| stem == "tests");
                if !["lib", "main"].contains(&module.as_str()) && !is_tests {
                    files.push((module, path));
                }
            }
        }
    }
    files.sort();
    files
}
