//! Development tasks. `cargo xtask` prints what there is.

mod carriers;
mod details;
mod iam;
mod names;
mod new_rule;
mod sam;
mod shape;
mod structure;
mod table;

use std::path::Path;
use std::process::ExitCode;

use self::table::{Made, write};

const USAGE: &str = "usage:
  cargo xtask new-rule NAME    the page and the file of a new rule, and its lines in the lists of rules
  cargo xtask tables           the tables of data/ that are made of xtask/input/
  cargo xtask tables --check   say which of them differ from what is committed
  cargo xtask iam INPUT        the tables of `iam::data` from the packages in INPUT (data/SOURCES.md)
  cargo xtask structure [SRC]  which file uses which, in what layers, and how long functions are
  cargo xtask arrows SRC       each file, and each that it uses";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["new-rule", name] => new_rule::generate(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), name),
        ["tables"] => tables().and_then(|made| made.iter().map(written).collect()),
        ["tables", "--check"] => tables().and_then(|made| differing(&made)),
        ["structure"] => shape::printed(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../src")),
        ["structure", source] => shape::printed(Path::new(source)),
        ["arrows", source] => shape::arrows(Path::new(source)),
        ["iam", input] => iam::generate(Path::new(input)),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(summary) => {
            println!("{}", summary.trim_end());
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// What the repository holds enough for to make.
fn tables() -> Result<Vec<Made>, String> {
    let input = table::survey("");
    let mut made = carriers::tables(&input)?;
    let service_roles =
        made.iter().find(|made| made.name == "service_roles.tsv").ok_or("no service roles")?;
    let names = names::tables(&input, &service_roles.contents)?;
    made.extend(names);
    made.extend(sam::tables(&input)?);
    Ok(made)
}

fn written(made: &Made) -> Result<String, String> {
    write(made.name, made.contents.as_bytes())?;
    Ok(format!("{}: {} lines\n", made.name, made.contents.lines().count()))
}

fn differing(made: &[Made]) -> Result<String, String> {
    let different: Vec<_> = made.iter().filter(|made| !made.is_committed()).map(|made| made.name).collect();
    if different.is_empty() {
        return Ok(format!("{} tables are as committed", made.len()));
    }
    Err(format!("not what xtask/input/ makes, run `cargo xtask tables`: {}", different.join(", ")))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_tables_are_made_of_what_the_repository_holds() {
        let made = super::tables().unwrap();
        assert_eq!(super::differing(&made), Ok("8 tables are as committed".to_owned()));
    }
}
