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

use trustlint::internals::source::SourceId;

use crate::hcl_nodes::{difference, explained, explained_where};

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

/// What the two readers say of a text, when both read it and not alike.
fn said(text: &str) -> Option<String> {
    let (body, problems) = hcl::parse(SourceId::first(), text);
    assert!(problems.is_empty(), "{problems:?}");
    match hcl_edit::parser::parse_body(text) {
        Ok(other) => difference(text, &body, &other),
        Err(error) => Some(format!("only theirs refuses: {}", error.message())),
    }
}

/// Texts that hcl-edit reads otherwise, with a word of the reason.
const DIFFERENT: [(&str, &str); 10] = [
    ("a = 2.e1 - 3\n", "exponent"),
    ("a = 2.e500.b\n", "exponent"),
    ("a = b5.e1 + 1.e + d + 8e-3-2.e1\n", "exponent"),
    ("a = 1-b-5.e1 + c.e+3.e1-2.e1\n", "exponent"),
    ("a = \"${2.E+1}\"\n", "exponent"),
    ("a = [<<EOF\nx\nEOF + 1\nEOF\n]\n", "begins with it"),
    ("a = <<EOF\nx\nEOF # y\nEOF\nb = 1\n", "begins with it"),
    ("a = <<EOF\nEOF\nb = <<EOF\nx\nEOF\n", "may be empty"),
    ("a = 2.e1\nb = <<EOF\nEOF\nc = <<EOF\nx\nEOF\n", "may be empty"),
    ("a = { true = 1 }\n", "keyword"),
];

#[test]
fn what_hcl_edit_reads_otherwise_is_explained_by_what_it_is() {
    for (text, word) in DIFFERENT {
        let said = said(text).unwrap_or_else(|| panic!("read alike: {text}"));
        let why = explained(text, &said);
        assert!(why.is_some_and(|why| why.contains(word)), "{text}\n{said}\n{why:?}");
    }
}

#[test]
fn what_one_place_explains_excuses_no_other() {
    for (text, word) in DIFFERENT.into_iter().filter(|(_, word)| *word != "keyword") {
        let text = format!("{text}planted = 1\n");
        let said = said(&text).unwrap_or_else(|| panic!("read alike: {text}"));
        let is_alike = |text: &str| !text.contains("planted");
        assert_eq!(explained_where(&text, &said, &is_alike), None, "{word}: {text}");
    }
    // Where such a place makes no difference, it explains none.
    for text in ["a = \"1.e5\"\n", "a = <<EOF\nEOFX\nEOF\n", "a = 1\n"] {
        assert_eq!(said(text), None, "{text}");
        assert_eq!(explained_where(text, "ours, theirs", &|_| false), None, "{text}");
    }
}
