//! What is one thing and what is another: nothing is told apart, or taken for the same, by how it is shown.

#![expect(clippy::disallowed_methods, reason = "test helpers")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use trustlint::{Checked, Config, Profile, RULES, Settings, Sources, check};

fn checked(files: &[(&str, &str)]) -> Checked {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    let config = Config::parse("", &names).unwrap();
    let owned = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let settings = Settings { now: "2026-01-01T00:00:00Z".parse().unwrap(), profile: Profile::Audit };
    let checked = check(&Sources::in_memory(owned), &config, &settings);
    assert!(checked.problems.is_empty(), "{:?}", checked.problems);
    checked
}

/// A root module with a default provider configuration, one of the alias `b`, and a role of each.
const WITH_ALIAS: &str = r#"
provider "aws" {
  allowed_account_ids = ["111111111111"]
}
provider "aws" {
  alias = "b"
  allowed_account_ids = ["222222222222"]
}
resource "aws_iam_role" "target" {
  provider = aws.b
  name = "target"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = "arn:aws:iam::333333333333:role/caller" }
    }]
  })
}
"#;

/// Another one, which lies in a directory that is called like the unit of that alias.
const OF_THAT_NAME: &str = r#"
provider "aws" {
  allowed_account_ids = ["333333333333"]
}
resource "aws_iam_role" "caller" {
  name = "caller"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = "333333333333" } }
    }]
  })
}
"#;

#[test]
fn a_directory_that_is_called_like_an_alias_is_another_unit() {
    let checked = checked(&[("a/main.tf", WITH_ALIAS), ("a@b/main.tf", OF_THAT_NAME)]);
    let mut accounts: Vec<_> =
        checked.accounts.iter().map(|it| (it.unit.as_str(), it.account.as_deref().unwrap_or("?"))).collect();
    accounts.sort_unstable();
    assert_eq!(accounts, [("a", "111111111111"), ("a@b", "222222222222"), ("a@b", "333333333333")]);
    let found: Vec<_> = checked
        .findings
        .iter()
        .filter(|finding| finding.rule == "trust-without-permission")
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(found.len(), 1, "{:#?}", checked.findings);
    assert!(found[0].contains("role `caller` in 333333333333"), "{}", found[0]);
}

#[test]
fn a_key_with_a_number_sign_does_not_garble_what_is_shown() {
    let role = r#"
resource "aws_iam_role" "r" {
  for_each           = toset(["blue#1"])
  name               = "r-${each.key}"
  assume_role_policy = var.policies[each.key]
}
resource "aws_iam_role" "s" {
  for_each           = toset(["blue#1"])
  name               = "s-${each.key}"
  assume_role_policy = replace(aws_iam_role.r[each.key].unique_id, "a", "b")
}
variable "policies" {
  type = map(string)
}
"#;
    let checked = checked(&[("envs/prod#2/main.tf", role)]);
    let mut messages: Vec<_> = checked.findings.iter().map(|it| it.message.as_str()).collect();
    messages.sort_unstable();
    assert_eq!(
        messages,
        [
            "policy of `aws_iam_role.r[\"blue#1\"]` was not analyzed: `var.policies[\"blue#1\"]` has no value",
            "policy of `aws_iam_role.s[\"blue#1\"]` was not analyzed: the result of \
             `replace(aws_iam_role.r[\"blue#1\"].unique_id, \"a\", \"b\")` is not known",
        ]
    );
}

/// What cuts a text apart or looks into it.
const CUTS: &str = r"(?:r?splitn?|r?split_once|split_\w+|strip_\w+|starts_with|ends_with|contains|r?find|trim\w*|matches|match_indices|rsplit_terminator|parse|chars|char_indices|bytes|get|eq|cmp|eq_ignore_ascii_case)\s*[(:]";

/// What leads to something shown.
const SHOWN: &str = r"\.(?:shown|shown_without_address|shown_alone|shown_as_path)\(\)";

/// What reads what stands before it.
fn reads() -> String {
    let same = r"(?:as_str|as_ref|to_owned|to_string|to_ascii_lowercase|to_lowercase)";
    format!(r"(?:\s*\.{same}\(\))*\s*(?:\.{CUTS}|[=!]=[^=>])")
}

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let reads = reads();
    let patterns = [
        format!("{SHOWN}{reads}"),
        format!(r"[=!]=\s*[&*]*[\w.()\[\]]+{SHOWN}"),
        format!(r"match\s+[&*]*[\w.]+{SHOWN}"),
        // A text is shown with the names of its symbols in it.
        format!(r"\.?(?:text|named|value)\.to_string\(\)(?:\.to_ascii_lowercase\(\))?\s*\.{CUTS}"),
        // Addresses are for people too; what they are addresses of has an origin.
        format!(r"\.address{reads}"),
        r"[=!]=\s*[&*]*[\w.]+\.address\b".to_owned(),
    ];
    patterns.iter().map(|pattern| Regex::new(pattern).unwrap()).collect()
});

/// A name that something shown is bound to.
static BOUND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(&format!(r"let\s+(?:mut\s+)?(\w+)(?:\s*:[^=;]+)?\s*=\s*[^;{{}}]*?{SHOWN}\s*;")).unwrap()
});

/// Where code reads what is shown, in code without comments: the number of each line and what is wrong there.
fn readings(code: &str) -> Vec<(usize, String)> {
    let names: BTreeSet<&str> =
        BOUND.captures_iter(code).filter_map(|found| Some(found.get(1)?.as_str())).collect();
    let of_names = names.iter().flat_map(|name| {
        [format!(r"\b{name}\b{}", reads()), format!(r"match\s+[&*]*{name}\b")]
            .map(|pattern| Regex::new(&pattern).unwrap())
    });
    let mut wrong = Vec::new();
    for pattern in PATTERNS.iter().cloned().chain(of_names) {
        for found in pattern.find_iter(code) {
            let before = code.bytes().take(found.start());
            let line = before.filter(|byte| *byte == b'\n').count() + 1;
            wrong.push((line, found.as_str().to_owned()));
        }
    }
    wrong.sort();
    wrong.dedup();
    wrong
}

/// Code without comments; every line stays where it is.
fn without_comments(text: &str) -> String {
    let line = |line: &str| if line.trim_start().starts_with("//") { String::new() } else { line.to_owned() };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_tests = path.file_stem().is_some_and(|stem| stem == "tests");
            if path.is_dir() && !is_tests {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") && !is_tests {
                files.push(path);
            }
        }
    }
    files
}

/// Places that may: by the end of their path.
const MEANT: &[&str] = &[
    // Where what is shown is made.
    "value/origin/show.rs",
    // What the configuration calls a term is what people see of it.
    "src/accounts/terms.rs",
    // Findings about instances of one place are counted by what is shown of them.
    "src/run.rs",
    // The address of a resource in a template or plan is a name of the language there, by which others refer to it.
    "cloudformation/sam/api.rs",
    "cloudformation/sam/made.rs",
    "terraform/deploy/plan/declare.rs",
    "terraform/deploy/plan/filled.rs",
    "terraform/deploy/plan/links.rs",
    "terraform/module/call.rs",
];

#[test]
fn what_is_shown_is_never_compared_or_cut_apart() {
    let mut wrong = Vec::new();
    for path in sources() {
        if MEANT.iter().any(|meant| path.ends_with(meant)) {
            continue;
        }
        let code = without_comments(&fs::read_to_string(&path).unwrap());
        for (line, what) in readings(&code) {
            wrong.push(format!("{}:{line}: {what}", path.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "what is shown is for people: ask the origin of a symbol or declaration instead\n{}",
        wrong.join("\n")
    );
}

#[test]
fn the_guard_sees_what_it_is_for() {
    for planted in [
        "symbol.shown().split_once('#')",
        "if symbol.shown() == other.shown() {}",
        "x == symbol.shown()",
        "match symbol.shown() { _ => {} }",
        "let name = symbol.shown();\nlet rest = name.strip_prefix(\"var.\");",
        "let name = origin.shown_without_address();\nif name == \"x\" {}",
        "symbol\n    .shown()\n    .to_owned()\n    .starts_with(\"var.\")",
        "declaration.address.starts_with(\"module.\")",
        "one.address == other.address",
        "*declaration.address != *wanted",
        "item.text.to_string().to_ascii_lowercase().starts_with(\"iam:pass\")",
    ] {
        assert!(!readings(planted).is_empty(), "{planted}");
    }
    for meant in [
        "format!(\"{}\", symbol.shown())",
        "let name = symbol.shown();\nout.push_str(name);",
        "symbol.origin == other.origin",
        "let address = declaration.address.clone();",
    ] {
        assert!(readings(meant).is_empty(), "{meant}");
    }
}
