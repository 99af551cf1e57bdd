//! How HCL is read: our reader against hcl-edit, over all files of Terraform and Terragrunt below `TRUSTLINT_CHECKOUTS`
//! (directories with `:` between them).
//!
//! What is compared is every node with its kind and place, and every text that nothing trims. [`explained`] says where hcl-edit
//! reads otherwise than Terraform. With `TRUSTLINT_SHOW` the files are shown in which we find something wrong.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use trustlint::Sources;
use trustlint::internals::parse::hcl;

use crate::hcl_nodes::{difference, explained};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files(&path, found),
            Ok(kind) if kind.is_file() => {
                let extension = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
                if ["tf", "tofu", "hcl", "tfvars"].contains(&extension) {
                    found.push(path);
                }
            }
            _ => {}
        }
    }
}

#[test]
#[ignore = "needs checkouts: TRUSTLINT_CHECKOUTS=DIRECTORY[:DIRECTORY] cargo test --release --test oracle hcl -- --ignored --nocapture"]
fn hcl_is_read_as_hcl_edit_reads_it() {
    let folders = std::env::var("TRUSTLINT_CHECKOUTS").unwrap();
    let mut paths = Vec::new();
    folders.split(':').for_each(|folder| files(Path::new(folder), &mut paths));
    paths.sort();
    let (mut seen, mut bytes, mut trees, mut unexplained) = (HashSet::new(), 0, 0, 0);
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in paths {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        if !seen.insert(text.clone()) {
            continue;
        }
        bytes += text.len();
        let sources = Sources::in_memory([("a.tf".to_owned(), text.clone())]);
        let id = sources.find("a.tf").unwrap();
        let (body, problems) = hcl::parse(id, &text);
        let refused = problems.first().map(|problem| problem.message.clone());
        if let (Some(message), Ok(_)) = (&refused, std::env::var("TRUSTLINT_SHOW")) {
            println!("refused: {}: {message}", path.display());
        }
        let said = match (hcl_edit::parser::parse_body(&text), refused) {
            (Ok(other), None) => {
                trees += 1;
                difference(&text, &body, &other)
            }
            (Err(_), Some(_)) => None,
            (Ok(_), Some(message)) => Some(format!("only ours refuses: {message}")),
            (Err(error), None) => Some(format!("only theirs refuses: {}", error.message())),
        };
        if let Some(said) = said {
            let why = explained(&text, &said);
            unexplained += usize::from(why.is_none());
            let kind = why.map_or(said, str::to_owned);
            kinds.entry(kind).or_default().push(path.display().to_string());
        }
    }
    let mut shown = String::new();
    for (kind, paths) in &kinds {
        let _ = writeln!(shown, "{} {kind}\n    {}", paths.len(), paths.first().unwrap());
    }
    println!("{} files, {bytes} bytes, {trees} trees compared\n{shown}", seen.len());
    assert_eq!(unexplained, 0, "differences that nothing explains");
}
