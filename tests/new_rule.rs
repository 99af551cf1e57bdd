//! What `cargo xtask new-rule` writes, in a copy of the lists that it changes.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "test helpers")]

#[path = "../xtask/src/new_rule.rs"]
mod new_rule;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// The lists of rules.
const LISTS: [&str; 3] = ["src/rules/mod.rs", "rules/README.md", "CHANGELOG.md"];

fn text(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).unwrap()
}

fn original(path: &str) -> String {
    text(Path::new(env!("CARGO_MANIFEST_DIR")), path)
}

/// A copy of the lists.
fn copy() -> TempDir {
    let copy = TempDir::new().unwrap();
    for path in LISTS {
        fs::create_dir_all(copy.path().join(path).parent().unwrap()).unwrap();
        fs::write(copy.path().join(path), original(path)).unwrap();
    }
    copy
}

/// The lines that a file has and another one has not.
fn added<'a>(new: &'a str, old: &str) -> Vec<&'a str> {
    let old: Vec<_> = old.lines().collect();
    new.lines().filter(|line| !old.contains(line)).collect()
}

#[test]
fn a_new_rule_is_in_every_list_in_alphabetical_order() {
    for name in ["aaa-rule", "public-thing", "zzz-rule"] {
        let copy = copy();
        new_rule::generate(copy.path(), name).unwrap();
        let module = name.replace('-', "_");
        let lists = text(copy.path(), LISTS[0]);
        let (mine, entry) = (format!("mod {module};"), format!("    &{module}::RULE,"));
        assert_eq!(added(&lists, &original(LISTS[0])), [mine, entry]);
        for (start, end) in [("mod ", ";"), ("    &", "::RULE,")] {
            let named = |line: &str| Some(line.strip_prefix(start)?.strip_suffix(end)?.to_owned());
            let names: Vec<_> = lists
                .lines()
                .filter_map(named)
                // What rules share has no entry.
                .filter(|name| lists.contains(&format!("    &{name}::RULE,")))
                .collect();
            assert!(names.is_sorted() && names.contains(&module), "{names:?}");
        }
        let index = text(copy.path(), LISTS[1]);
        let rows: Vec<_> = index.lines().filter(|line| line.starts_with("| [")).collect();
        assert!(rows.is_sorted() && rows.iter().any(|row| row.contains(name)), "{rows:?}");
        assert_eq!(added(&index, &original(LISTS[1])).len(), 1);
        let changes = text(copy.path(), LISTS[2]);
        assert_eq!(changes.matches(&format!("`{name}`")).count(), 1, "{changes}");
        let without = |text: &str| text.replace(&format!("`{name}`"), "").replace([',', ' ', '\n', '.'], "");
        assert_eq!(without(&changes).replace("-Newrule:", ""), without(&original(LISTS[2])));
    }
}

#[test]
fn a_new_rule_looks_like_those_that_there_are() {
    let copy = copy();
    new_rule::generate(copy.path(), "aaa-rule").unwrap();
    let fields = |file: &str| {
        let lines = file.lines().skip_while(|line| !line.starts_with("pub(super) static RULE"));
        let lines = lines.skip(1).take_while(|line| *line != "};");
        lines.map(|line| line.split([':', ',']).next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let file = text(copy.path(), "src/rules/aaa_rule.rs");
    assert_eq!(fields(&file), fields(&original("src/rules/not_principal_allow.rs")));
    let sections = |page: &str| {
        page.lines()
            .filter(|line| line.starts_with("## ") && !line.contains("More"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let page = text(copy.path(), "rules/aaa-rule.md");
    assert_eq!(sections(&page), sections(&original("rules/not-principal-allow.md")));
}

#[test]
fn what_is_no_name_writes_nothing() {
    let copy = copy();
    fs::write(copy.path().join("rules/old-rule.md"), "# old-rule\n").unwrap();
    for name in ["", "rule", "Two-Words", "two_words", "two--words", "../two-words", "2-words", "old-rule"] {
        assert!(new_rule::generate(copy.path(), name).is_err(), "{name}");
    }
    for path in LISTS {
        assert_eq!(text(copy.path(), path), original(path));
    }
    fs::write(copy.path().join("CHANGELOG.md"), "").unwrap();
    assert!(new_rule::generate(copy.path(), "new-rule").unwrap_err().starts_with("CHANGELOG.md: "));
    assert!(!copy.path().join("rules/new-rule.md").exists());
    assert_eq!(text(copy.path(), LISTS[0]), original(LISTS[0]));
}
