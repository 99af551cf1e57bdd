//! What Terraform's functions, operators and types return, asked of Terraform itself.
//!
//! `testdata/terraform/functions.tsv` holds expressions and what Terraform 1.11.4 made of them, `types.tsv` values
//! and what became of them in variables of a type; the walker is held against both by its unit tests. Here the expressions are made anew and asked of the
//! program that `TRUSTLINT_TERRAFORM` names (offline, without providers), when they are run with `-- --ignored`. `files.tsv`
//! is about what reads files, and is held against the walker here.
//! With `TRUSTLINT_RECORD=1` the file is written.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "test helpers"
)]
#![expect(clippy::print_stdout, reason = "prints what it measures")]

#[path = "common/expressions.rs"]
mod expressions;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use expressions::{expressions, forms, of_files, typed};
use trustlint::internals::value::{Kind, PieceKind, Value};
use trustlint::internals::walk;
use trustlint::{ConfigChoice, Request, discover};

/// Expressions for one run of Terraform.
const BATCH: usize = 1000;

/// The program that is asked.
fn terraform() -> String {
    std::env::var("TRUSTLINT_TERRAFORM").unwrap_or_else(|_| panic!("TRUSTLINT_TERRAFORM names no program"))
}

/// Compares what was said with the record, or writes it.
fn compare(name: &str, said: &str) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/terraform").join(name);
    if std::env::var("TRUSTLINT_RECORD").is_ok() {
        fs::write(&path, said).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap() == said, "{name} is not what Terraform says");
}

#[test]
#[ignore = "needs Terraform: TRUSTLINT_TERRAFORM=terraform cargo test --test terraform_functions -- --ignored"]
fn the_record_is_what_terraform_says() {
    let terraform = terraform();
    let wanted: BTreeSet<String> = expressions().into_iter().collect();
    assert!(wanted.len() >= 5000, "{} expressions", wanted.len());
    compare("functions.tsv", &recorded(&terraform, wanted, false));
}

#[test]
#[ignore = "needs Terraform: TRUSTLINT_TERRAFORM=terraform cargo test --test terraform_functions -- --ignored"]
fn the_record_of_forms_is_what_terraform_says() {
    let terraform = terraform();
    compare("forms.tsv", &recorded(&terraform, forms().into_iter().collect(), false));
}

#[test]
#[ignore = "needs Terraform: TRUSTLINT_TERRAFORM=terraform cargo test --test terraform_functions -- --ignored"]
fn the_record_of_files_is_what_terraform_says() {
    let terraform = terraform();
    compare("files.tsv", &recorded(&terraform, of_files().into_iter().collect(), true));
}

/// What the templates of [`of_files`] are, besides the files.
const TEMPLATES: &str = "locals {\n  template = \"Hello $${name}!\"\n  unclosed = \"$${name\"\n}\n";

/// Puts the files into a directory that expressions read.
fn put_files(folder: &Path) {
    fn copied(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                copied(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/terraform/files");
    copied(&files, &folder.join("files"));
    fs::write(folder.join("files/binary"), [0xff, 0xfe, 0x00]).unwrap();
}

/// The value of an argument as JSON; `None` when a part of it is not known.
fn known(value: &Value) -> Option<serde_json::Value> {
    Some(match &value.kind {
        Kind::Null => serde_json::Value::Null,
        Kind::Bool(is) => (*is).into(),
        Kind::Number(digits) => serde_json::from_str(digits).ok()?,
        Kind::Text(text) => {
            let mut whole = String::new();
            for piece in text.pieces() {
                match &piece.kind {
                    PieceKind::Literal(literal) => whole.push_str(literal),
                    PieceKind::Json(inner) => whole.push_str(&known(inner)?.to_string()),
                    PieceKind::Symbol(_) => return None,
                }
            }
            whole.into()
        }
        Kind::Json(inner) => known(inner)?.to_string().into(),
        Kind::List(list) if !list.open => list.items.iter().map(known).collect::<Option<Vec<_>>>()?.into(),
        Kind::Map(map) if !map.open => {
            let entry = |entry: &trustlint::internals::value::Entry| {
                Some((entry.key.as_literal()?.into_owned(), known(&entry.value)?))
            };
            serde_json::Value::Object(map.entries.iter().map(entry).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// Whether a value, or a part of it that is known, is not what it should be: lists may have more than is known, and of
/// several alternatives one must be right.
fn contradicts(value: &Value, expected: &serde_json::Value) -> bool {
    match (&value.kind, expected) {
        (Kind::Choice(all), _) => all.iter().all(|one| contradicts(one, expected)),
        (Kind::List(list), serde_json::Value::Array(all)) => {
            list.items.iter().any(|item| all.iter().all(|one| contradicts(item, one)))
        }
        (Kind::Map(map), serde_json::Value::Object(all)) => map.entries.iter().any(|entry| {
            let name = entry.key.as_literal();
            name.is_some_and(|name| all.get(&*name).is_none_or(|one| contradicts(&entry.value, one)))
        }),
        _ => known(value).is_some_and(|value| value != *expected),
    }
}

/// Known to Terraform and not known here: what a file outside the project or made before the run may be, sets of files
/// that may be more, and functions that are not computed.
const NOT_KNOWN: usize = 90;

#[test]
fn what_is_read_of_files_is_what_terraform_reads() {
    let folder = tempfile::tempdir().unwrap();
    put_files(folder.path());
    let record = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/terraform/files.tsv");
    let record = fs::read_to_string(record).unwrap();
    let lines: Vec<(&str, &str)> = record.lines().map(|line| line.split_once('\t').unwrap()).collect();
    let mut module = TEMPLATES.to_owned();
    for (number, (expression, _)) in lines.iter().enumerate() {
        writeln!(
            module,
            "resource \"aws_iam_role\" \"e{number}\" {{\n  name = try([{expression}], \"refused\")\n}}"
        )
        .unwrap();
    }
    fs::write(folder.path().join("main.tf"), module).unwrap();
    let root = folder.path().canonicalize().unwrap();
    let request = Request {
        unsaved: Vec::new(),
        working_directory: root.clone(),
        paths: Vec::new(),
        value_files: Vec::new(),
        named: Vec::new(),
        config: ConfigChoice::Isolated,
        project_root: Some(root),
        threads: 1,
        document: None,
        staged: None,
    };
    let project = discover(&request).unwrap();
    let (walked, _) = walk::project(&project.sources, &walk::Inputs::default());
    let (mut not_known, mut wrong) = (Vec::new(), Vec::new());
    for (number, (expression, expected)) in lines.iter().enumerate() {
        let address = format!("aws_iam_role.e{number}");
        let declared = walked.declarations.iter().find(|it| *it.address == address).unwrap();
        let value = declared.properties.get("name").unwrap();
        let refused = serde_json::Value::from("refused");
        let expected = match *expected {
            "refused" => refused.clone(),
            json => serde_json::Value::Array(vec![serde_json::from_str(json).unwrap()]),
        };
        if known(value).as_ref() == Some(&expected) {
            continue;
        }
        if contradicts(value, &expected) {
            wrong.push(format!("{expression}\n  {:?}\n  {expected}", value.kind));
        } else if expected != refused {
            not_known.push(*expression);
        }
    }
    println!("{} expressions, not known {}", lines.len(), not_known.len());
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(not_known.len() <= NOT_KNOWN, "{} are not known\n{}", not_known.len(), not_known.join("\n"));
}

/// What Terraform makes of expressions, a line for each.
fn recorded(terraform: &str, wanted: BTreeSet<String>, with_files: bool) -> String {
    let wanted: Vec<String> = wanted.into_iter().collect();
    let mut said = BTreeMap::new();
    for batch in wanted.chunks(BATCH) {
        said.extend(ask(terraform, batch, with_files));
    }
    let mut lines = String::new();
    for (expression, result) in &said {
        writeln!(lines, "{expression}\t{result}").unwrap();
    }
    lines
}

#[test]
#[ignore = "needs Terraform: TRUSTLINT_TERRAFORM=terraform cargo test --test terraform_functions -- --ignored"]
fn the_record_of_types_is_what_terraform_says() {
    let terraform = terraform();
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
fn ask(terraform: &str, expressions: &[String], with_files: bool) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let mut module = String::new();
    if with_files {
        put_files(folder.path());
        module.push_str(TEMPLATES);
    }
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
