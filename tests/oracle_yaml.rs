//! Our readers of YAML and JSON against the whole parser and the careful reader, over real files:
//! `TRUSTLINT_CHECKOUTS=DIR[:DIR] cargo test --release --test oracle_yaml -- --ignored --nocapture`.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "what is measured is printed")]
#![expect(
    clippy::disallowed_methods,
    reason = "the files are those of checkouts, which the environment names"
)]

use std::collections::HashSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::Instant;

use trustlint::Sources;
use trustlint::internals::parse::{Node, hcl, json, yaml};
use trustlint::internals::source::SourceId;

/// All files below the checkouts with one of these endings, each content once.
fn texts(endings: &[&str]) -> Vec<(PathBuf, String)> {
    let checkouts = std::env::var("TRUSTLINT_CHECKOUTS").expect("TRUSTLINT_CHECKOUTS is set");
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    let mut directories: Vec<PathBuf> = checkouts.split(':').map(PathBuf::from).collect();
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if kind.is_dir() && entry.file_name() != ".git" {
                directories.push(path);
            } else if kind.is_file() && ends_with(&path, endings) && entry.metadata().unwrap().len() < 4 << 20
            {
                let Ok(text) = fs::read_to_string(&path) else { continue };
                let mut hasher = DefaultHasher::new();
                text.hash(&mut hasher);
                if seen.insert(hasher.finish()) {
                    found.push((path, text));
                }
            }
        }
    }
    found.sort();
    found
}

fn ends_with(path: &Path, endings: &[&str]) -> bool {
    path.extension().and_then(|it| it.to_str()).is_some_and(|it| endings.contains(&it))
}

fn file() -> SourceId {
    SourceId::first()
}

/// The first node that differs, for people.
fn difference(ours: &Node, theirs: &Node) -> Option<String> {
    let inner = ours.items().iter().zip(theirs.items()).find_map(|(a, b)| difference(a, b));
    let members = ours.members().iter().zip(theirs.members());
    let inner = inner.or_else(|| members.clone().find_map(|(a, b)| difference(&a.value, &b.value)));
    let inner = inner.or_else(|| members.clone().find(|(a, b)| a != b).map(|(a, b)| format!("{a:?}\n{b:?}")));
    if ours == theirs { None } else { inner.or_else(|| Some(format!("{ours:?}\n{theirs:?}"))) }
}

#[test]
#[ignore = "needs checkouts"]
fn what_the_quick_way_takes_of_yaml_is_read_as_the_whole_parser_reads_it() {
    let texts = texts(&["yaml", "yml", "template"]);
    let (mut taken, mut bytes, mut wrong, mut accepted, mut refused) = (0, 0, 0, 0, 0);
    for (path, text) in &texts {
        let Some(ours) = yaml::plain(file(), text) else {
            let (theirs, _) = yaml::whole(file(), text);
            refused += usize::from(theirs.is_some());
            if std::env::var("SHOW_REFUSED").is_ok() && theirs.is_some() {
                println!("refused {}", path.display());
            }
            continue;
        };
        (taken, bytes) = (taken + 1, bytes + text.len());
        match yaml::whole(file(), text) {
            (Some(theirs), problems) if problems.is_empty() => {
                if let Some(difference) = difference(&ours, &theirs) {
                    wrong += 1;
                    if wrong < 20 {
                        println!("{}\n{difference}", path.display());
                    }
                }
            }
            (_, problems) => {
                accepted += 1;
                println!("{}: accepted, but {problems:?}", path.display());
            }
        }
    }
    let all: usize = texts.iter().map(|(_, text)| text.len()).sum();
    println!(
        "{} files, {all} bytes; taken {taken}, {bytes} bytes; left to the whole parser and read {refused}",
        texts.len()
    );
    assert_eq!((wrong, accepted), (0, 0));
}

#[test]
#[ignore = "needs checkouts"]
fn json_is_read_as_the_careful_reader_and_serde_read_it() {
    let texts = texts(&["json", "policy"]);
    let (mut read, mut wrong) = (0, 0);
    for (path, text) in &texts {
        let (ours, careful) = (json::parse(file(), text), json::carefully(file(), text));
        let is_same = match (&ours, &careful) {
            (Ok(ours), Ok(careful)) => difference(ours, careful).is_none(),
            (Err(ours), Err(careful)) => ours.message == careful.message && ours.span == careful.span,
            _ => false,
        };
        let serde = serde_json::from_str::<serde_json::Value>(text.trim_start_matches('\u{feff}'));
        read += usize::from(ours.is_ok());
        if !is_same || serde.is_ok() && ours.is_err() {
            wrong += 1;
            println!("{}: {:?}", path.display(), ours.err());
        }
    }
    println!("{} files, {read} read", texts.len());
    assert_eq!(wrong, 0);
}

/// What a reader takes, alone: `READER` says which. For `valgrind --tool=callgrind --toggle-collect='*read_all*'`, and in time.
#[test]
#[ignore = "needs checkouts"]
fn the_readers_alone() {
    let which = std::env::var("READER").unwrap_or_else(|_| "json".to_owned());
    let (endings, is_taken): (&[&str], fn(&str) -> bool) = match &*which {
        "hcl" | "hcl-edit" => (&["tf", "hcl"], |text| {
            hcl_edit::parser::parse_body(text).is_ok() && hcl::parse(file(), text).1.is_empty()
        }),
        "yaml" | "yaml-whole" | "granit" => {
            (&["yaml", "yml", "template"], |text| yaml::plain(file(), text).is_some())
        }
        _ => (&["json", "policy"], |text| serde_json::from_str::<serde_json::Value>(text).is_ok()),
    };
    let mut texts = texts(endings);
    texts.retain(|(_, text)| is_taken(text));
    let limit = std::env::var("BYTES").ok().and_then(|it| it.parse().ok()).unwrap_or(20_000_000);
    let mut bytes = 0;
    texts.retain(|(_, text)| {
        bytes += text.len();
        bytes < limit
    });
    let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
    let start = Instant::now();
    read_all(&which, &texts);
    println!("{which}: {} files, {bytes} bytes, {:?}", texts.len(), start.elapsed());
}

#[inline(never)]
fn read_all(which: &str, texts: &[(PathBuf, String)]) {
    for (_, text) in texts {
        match which {
            "hcl" => drop(std::hint::black_box(hcl::parse(file(), text))),
            "hcl-edit" => drop(std::hint::black_box(hcl_edit::parser::parse_body(text).ok())),
            "serde" => drop(std::hint::black_box(serde_json::from_str::<serde_json::Value>(text).ok())),
            "json" => drop(std::hint::black_box(json::parse(file(), text).ok())),
            "json-careful" => drop(std::hint::black_box(json::carefully(file(), text).ok())),
            "granit" => events(text),
            "yaml-whole" => drop(std::hint::black_box(yaml::whole(file(), text))),
            _ => drop(std::hint::black_box(yaml::plain(file(), text))),
        }
    }
}

/// The events of a document, of which nothing is made.
fn events(text: &str) {
    let mut parser = granit_parser::Parser::new_from_str(text);
    while let Some(Ok(event)) = parser.next_event() {
        std::hint::black_box(&event);
    }
}

#[test]
fn the_readers_are_what_the_sources_name() {
    let sources = Sources::in_memory([("a.yaml".to_owned(), "a: [b]\n".to_owned())]);
    let id = sources.find("a.yaml").unwrap();
    assert_eq!(yaml::plain(id, "a: [b]\n"), yaml::whole(id, "a: [b]\n").0);
}
