//! Development tasks. `cargo xtask` prints what there is.

mod carriers;
mod table;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage:
  cargo run -p xtask -- carriers INPUT   data/carriers.tsv and data/arns.tsv from the survey tables in INPUT";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["carriers", input] => carriers::generate(Path::new(input)),
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
