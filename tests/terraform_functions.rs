//! What Terraform's functions, operators and types return, asked of Terraform itself.
//!
//! `testdata/terraform/functions.tsv` holds expressions and what Terraform 1.11.4 made of them, `types.tsv` values
//! and what became of them in variables of a type; the walker is held against both by its unit tests. Here the expressions are made anew and asked of the
//! program that `TRUSTLINT_TERRAFORM` names (offline, without providers); nothing happens when it names none.
//! With `TRUSTLINT_RECORD=1` the file is written.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods, reason = "test helpers")]

#[path = "common/expressions.rs"]
mod expressions;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use expressions::{expressions, forms, typed};

/// Expressions for one run of Terraform.
const BATCH: usize = 1000;

/// Compares what was said with the record, or writes it.
fn compare(name: &str, said: &str) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/terraform").join(name);
    if std::env::var("TRUSTLINT_RECORD").is_ok() {
        fs::write(&path, said).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap() == said, "{name} is not what Terraform says");
}

#[test]
fn the_record_is_what_terraform_says() {
    let Ok(terraform) = std::env::var("TRUSTLINT_TERRAFORM") else { return };
    let wanted: BTreeSet<String> = expressions().into_iter().collect();
    assert!(wanted.len() >= 5000, "{} expressions", wanted.len());
    compare("functions.tsv", &recorded(&terraform, wanted));
}

#[test]
fn the_record_of_forms_is_what_terraform_says() {
    let Ok(terraform) = std::env::var("TRUSTLINT_TERRAFORM") else { return };
    compare("forms.tsv", &recorded(&terraform, forms().into_iter().collect()));
}

/// What Terraform makes of expressions, a line for each.
fn recorded(terraform: &str, wanted: BTreeSet<String>) -> String {
    let wanted: Vec<String> = wanted.into_iter().collect();
    let mut said = BTreeMap::new();
    for batch in wanted.chunks(BATCH) {
        said.extend(ask(terraform, batch));
    }
    let mut lines = String::new();
    for (expression, result) in &said {
        writeln!(lines, "{expression}\t{result}").unwrap();
    }
    lines
}

#[test]
fn the_record_of_types_is_what_terraform_says() {
    let Ok(terraform) = std::env::var("TRUSTLINT_TERRAFORM") else { return };
    let cases = typed();
    let folder = tempfile::tempdir().unwrap();
    let refused = refused(&terraform, folder.path(), &cases);
    let accepted: Vec<usize> = (0..cases.len()).filter(|number| !refused.contains(number)).collect();
    write_variables(folder.path(), &cases, &accepted);
    let said = outputs(&terraform, folder.path());
    let mut lines = String::new();
    for (number, (ty, value)) in cases.iter().enumerate() {
        let result = said.get(&format!("v{number}")).map_or("refused", String::as_str);
        writeln!(lines, "{ty}\t{value}\t{result}").unwrap();
    }
    compare("types.tsv", &lines);
}

fn write_variables(folder: &Path, cases: &[(&str, &str)], numbers: &[usize]) {
    let mut module = String::new();
    for number in numbers {
        let (ty, value) = cases[*number];
        writeln!(
            module,
            "variable \"v{number}\" {{\n  type = {ty}\n  default = {value}\n}}\n\
             output \"v{number}\" {{\n  value = jsonencode([var.v{number}])\n}}"
        )
        .unwrap();
    }
    fs::write(folder.join("main.tf"), module).unwrap();
}

/// The cases in which Terraform says that the value does not have the type.
fn refused(terraform: &str, folder: &Path, cases: &[(&str, &str)]) -> BTreeSet<usize> {
    write_variables(folder, cases, &(0..cases.len()).collect::<Vec<_>>());
    let output = command(terraform, folder, &["validate", "-json"]).output().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut refused = BTreeSet::new();
    for diagnostic in said["diagnostics"].as_array().unwrap() {
        assert_eq!(diagnostic["summary"], "Invalid default value for variable");
        let context = diagnostic["snippet"]["context"].as_str().unwrap();
        let number = context.trim_start_matches("variable \"v").trim_end_matches('"');
        refused.insert(number.parse().unwrap());
    }
    refused
}

/// What Terraform makes of each expression: the JSON of its value, or `refused`. What is not known before
/// deployment is left out.
fn ask(terraform: &str, expressions: &[String]) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let mut module = String::new();
    for (number, expression) in expressions.iter().enumerate() {
        writeln!(
            module,
            "output \"e{number}\" {{\n  value = try(nonsensitive(jsonencode([{expression}])), \"refused\")\n}}"
        )
        .unwrap();
    }
    fs::write(folder.path().join("main.tf"), module).unwrap();
    let said = outputs(terraform, folder.path());
    let result = |(number, expression): (usize, &String)| {
        said.get(&format!("e{number}")).map(|said| (expression.clone(), said.clone()))
    };
    expressions.iter().enumerate().filter_map(result).collect()
}

/// The outputs that are known, without the list that each was wrapped in.
fn outputs(terraform: &str, folder: &Path) -> BTreeMap<String, String> {
    run(terraform, folder, &["plan", "-no-color", "-input=false", "-out=plan"]);
    let shown = run(terraform, folder, &["show", "-json", "plan"]);
    let plan: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let mut said = BTreeMap::new();
    for (name, output) in plan["planned_values"]["outputs"].as_object().unwrap() {
        if let Some(text) = output.get("value").and_then(|value| value.as_str()) {
            let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
            said.insert(name.clone(), inner.to_owned());
        }
    }
    said
}

fn run(terraform: &str, folder: &Path, arguments: &[&str]) -> String {
    let output = command(terraform, folder, arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn command(terraform: &str, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(terraform);
    command.args(arguments).current_dir(folder);
    command
        .env("TF_CLI_CONFIG_FILE", "/dev/null")
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_IN_AUTOMATION", "1");
    command
}
