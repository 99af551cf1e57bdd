//! Development tasks. `cargo xtask` prints what there is.

mod carriers;
mod details;
mod iam;
mod new_rule;
mod sam;
mod table;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage:
  cargo xtask new-rule NAME    the page and the file of a new rule, and its lines in the lists of rules
  cargo xtask carriers INPUT   data/carriers.tsv and data/arns.tsv from the survey tables in INPUT
  cargo xtask sam INPUT        data/sam_policies.tsv and data/sam_connectors.tsv from the survey tables in INPUT
  cargo xtask iam INPUT        the tables of `iam::data` from the packages in INPUT (data/SOURCES.md)";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["new-rule", name] => new_rule::generate(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), name),
        ["carriers", input] => carriers::generate(Path::new(input)),
        ["sam", input] => sam::generate(Path::new(input)),
        ["iam", input] => iam::generate(Path::new(input)),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
