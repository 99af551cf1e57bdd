//! The habits of the house, as tests: pages, names, layers, bounds. `cargo xtask structure` prints the figures.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "test helpers")]

#[path = "../xtask/src/structure/mod.rs"]
mod structure;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use structure::{Back, Structure};
use trustlint::RULES;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn stems(folder: &str, extension: &str) -> BTreeSet<String> {
    fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        // What rules share is no rule, and the index of the pages is no page.
        .filter(|path| !path.ends_with("README.md"))
        .filter(|path| extension != "rs" || fs::read_to_string(path).unwrap().contains("static RULE: Rule"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_rule_has_a_file_and_a_page_of_its_name() {
    let names: BTreeSet<_> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    assert_eq!(names, stems("rules", "md"));
    let files: BTreeSet<_> = names.iter().map(|name| name.replace('-', "_")).collect();
    assert_eq!(files, stems("src/rules", "rs"));
}

#[test]
fn the_rules_are_listed_in_the_order_of_their_names() {
    assert!(RULES.is_sorted_by_key(|rule| rule.name));
}

#[test]
fn the_index_lists_every_rule() {
    let path = root().join("rules/README.md");
    let index = fs::read_to_string(&path).unwrap();
    let rows = RULES.iter().map(|rule| {
        let (name, severity) = (rule.name, rule.severity.name());
        let (first, rest) = rule.summary.split_at(1);
        format!("| [{name}]({name}.md) | {severity} | {}{rest}. |\n", first.to_uppercase())
    });
    let before = index.split_inclusive('\n').take_while(|line| !line.starts_with("| ["));
    let after = index.split_inclusive('\n').skip_while(|line| !line.starts_with("| ["));
    let after = after.skip_while(|line| line.starts_with("| [")).map(str::to_owned);
    let right: String = before.map(str::to_owned).chain(rows).chain(after).collect();
    if std::env::var("BLESS").is_ok_and(|value| value == "1") {
        if right != index {
            fs::write(&path, &right).unwrap();
        }
        return;
    }
    assert_eq!(index, right, "rules/README.md is stale; `BLESS=1 cargo test --test house` rewrites it");
}

#[test]
fn summaries_have_no_capital_and_no_full_stop() {
    for rule in RULES {
        assert!(rule.summary.starts_with(char::is_lowercase), "{}", rule.name);
        assert!(!rule.summary.ends_with('.'), "{}", rule.name);
    }
}

#[test]
fn every_page_cites_an_aws_page() {
    for rule in RULES.iter().filter(|rule| rule.family != "hygiene") {
        assert!(rule.page.contains("https://docs.aws.amazon.com/"), "{}", rule.name);
    }
}

/// The structure of the program, read once.
/// Expressions are parsed recursively, which without optimisation needs more than the stack of a test.
static STRUCTURE: LazyLock<Structure> = LazyLock::new(|| {
    let reading = || Structure::read(&root().join("src"));
    let thread = std::thread::Builder::new().stack_size(64 * 1024 * 1024).spawn(reading).unwrap();
    thread.join().unwrap().unwrap()
});

/// The modules whose documentation has a table of the layers below it.
const LAYERED: &[&str] = &["crate", "walk", "walk::cloudformation", "walk::snapshot", "walk::terraform"];

/// What still runs against the layers: from a file, to a file or through a module.
const AGAINST: &[(&str, &str)] = &[];

#[test]
fn modules_use_only_what_lies_below_them() {
    let tables = STRUCTURE.layers().unwrap();
    let named = |module: &[String]| if module.is_empty() { "crate".to_owned() } else { module.join("::") };
    assert_eq!(tables.keys().map(|module| named(module)).collect::<Vec<_>>(), LAYERED);
    let all = tables.iter().flat_map(|(module, layers)| STRUCTURE.back(module, layers));
    let (known, new): (Vec<_>, Vec<_>) = all.partition(|back| match back {
        Back::Arrow { from, to } => AGAINST.contains(&(from, to)),
        Back::Missing(_) | Back::Superfluous(_) => false,
    });
    assert!(new.is_empty(), "against the layers: {new:#?}");
    assert_eq!(
        known.len(),
        AGAINST.len(),
        "what is listed as being against the layers no longer is: {known:#?}"
    );
}

/// Circles of more than ten files that are still there: a file of each, and how many it has.
const LARGE_CIRCLES: &[(&str, usize)] = &[];

#[test]
fn no_more_than_ten_files_use_one_another_in_a_circle() {
    let circles = STRUCTURE.circles(&[]);
    let large: Vec<_> = circles.iter().filter(|circle| circle.len() > 10).collect();
    for circle in &large {
        let listed = LARGE_CIRCLES.iter().find(|(file, _)| circle.contains(file));
        assert!(
            listed.is_some_and(|(_, most)| circle.len() <= *most),
            "a circle of {}: {circle:#?}",
            circle.len()
        );
    }
    assert_eq!(large.len(), LARGE_CIRCLES.len(), "fewer circles than are listed");
}

/// Functions of more than sixty lines that are still there.
const LONG_FUNCTIONS: &[&str] = &[];

#[test]
fn functions_have_at_most_sixty_lines() {
    let long = STRUCTURE.long_functions(60);
    let new: Vec<_> = long.iter().filter(|(_, name, _)| !LONG_FUNCTIONS.contains(name)).collect();
    assert!(new.is_empty(), "{new:#?}");
    assert_eq!(long.len(), LONG_FUNCTIONS.len(), "fewer long functions than are listed: {long:#?}");
}

/// Calls of `.clone()` for each thousand lines of code, at most.
const CLONES: f64 = 7.0;

#[test]
fn values_are_seldom_cloned() {
    let clones = STRUCTURE.clones_per_thousand_lines();
    assert!(clones <= CLONES, "{clones} for each thousand lines");
}

#[test]
fn what_is_public_is_documented() {
    for (path, file) in &STRUCTURE.files {
        assert!(file.undocumented.is_empty(), "{path}: {:?}", file.undocumented);
    }
}

#[test]
fn every_file_is_part_of_the_program() {
    let source = root().join("src");
    let mut folders = vec![source.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(&source).unwrap().to_str().unwrap().replace('\\', "/");
            let is_tests = name.split('/').any(|part| matches!(part, "tests" | "tests.rs"));
            let is_code = path.extension().is_some_and(|it| it == "rs")
                && !["main.rs", "iam/testing.rs"].contains(&&*name);
            if path.is_dir() {
                folders.push(path);
            } else if is_code && !is_tests {
                assert!(STRUCTURE.files.contains_key(&name), "{name} is in no module");
            }
        }
    }
}

/// Whole numbers that are no bounds: what AWS, Terraform or a format lays down, and marks.
const FACTS: &[(&str, &str)] = &[
    ("fix/diff.rs", "AROUND"),
    ("graph/ahead.rs", "TOGETHER"),
    ("graph/ids.rs", "LONG"),
    ("graph/organization.rs", "LEVELS"),
    ("iam/data/managed.rs", "PLACES"),
    ("parse/hcl/reader.rs", "ONES"),
    ("parse/hcl/reader.rs", "SPACES"),
    ("picture/html/drawing.rs", "BETWEEN"),
    ("picture/html/drawing.rs", "BOX"),
    ("picture/html/drawing.rs", "GAP"),
    ("picture/html/drawing.rs", "HEAD"),
    ("picture/html/drawing.rs", "NAME"),
    ("picture/html/drawing.rs", "ROW"),
    ("picture/html/drawing.rs", "WIDTH"),
    ("report/full.rs", "WIDE"),
    ("report/page.rs", "WIDEST"),
    ("report/sarif/hash.rs", "BASE"),
    ("report/sarif/hash.rs", "END"),
    ("report/sarif/hash.rs", "FIRST"),
    ("report/sarif/hash.rs", "WINDOW"),
    ("source/mod.rs", "BLOCK"),
    ("value/origin/table.rs", "MIN_SWEPT"),
    ("value/origin/table.rs", "SHARDS"),
    ("walk/cloudformation/deploy/cdk.rs", "LENGTH"),
    ("walk/cloudformation/language/cidr.rs", "BLOCKS"),
    ("walk/cloudformation/language/pattern.rs", "DIGITS"),
    ("walk/terraform/deploy/plan/declare.rs", "TOGETHER"),
    ("walk/terraform/deploy/stand_in/table.rs", "ON"),
    ("walk/terraform/language/convert/number.rs", "PRECISION"),
    ("walk/terraform/language/convert/number.rs", "SIGNIFICANT"),
    ("walk/terraform/language/functions/function.rs", "MANY"),
    ("walk/terraform/language/functions/hash.rs", "DNS"),
];

/// What `check` reports and `access` answers cannot differ, when both are asked in one room.
#[test]
fn only_the_room_of_questions_decides_requests() {
    let uses = STRUCTURE.arrows.iter().filter(|arrow| arrow.to.starts_with("iam/evaluate"));
    let is_asked =
        |through: &[Vec<String>]| through.iter().any(|module| module.first().is_some_and(|it| it == "ask"));
    let others = uses.filter(|arrow| {
        let at_home = ["iam/", "ask/", "internals.rs"].iter().any(|room| arrow.from.starts_with(room));
        !at_home && !is_asked(&arrow.through)
    });
    let others: Vec<_> = others.map(|arrow| (&arrow.from, &arrow.to)).collect();
    assert!(others.is_empty(), "ask in src/ask what is to be decided: {others:?}");
}

/// The files that hand out work to all threads. What evaluates one unit is not among them, unless it is a plan: the texts that it reads
/// are noted for the thread that it is on.
const IN_PARALLEL: &[&str] = &[
    "config/bundles.rs",
    "evidence/mod.rs",
    "graph/ahead.rs",
    "parallel.rs",
    "rules/denied_grant.rs",
    "run.rs",
    "run/instances.rs",
    "suppress/comments.rs",
    "walk/bundle/mod.rs",
    "walk/cloudformation/deploy/deployments.rs",
    "walk/cloudformation/deploy/stacks.rs",
    "walk/cloudformation/deploy/templates.rs",
    "walk/cloudformation/deploy/walk.rs",
    "walk/manifests/mod.rs",
    "walk/mod.rs",
    "walk/policy/commands/mod.rs",
    "walk/policy/mod.rs",
    "walk/snapshot/mod.rs",
    "walk/terraform/deploy/installed.rs",
    "walk/terraform/deploy/mod.rs",
    "walk/terraform/deploy/plan/ahead.rs",
    "walk/terraform/deploy/plan/declare.rs",
    "walk/terraform/deploy/plan/stream.rs",
    "walk/terraform/deploy/read.rs",
    "walk/terraform/deploy/states.rs",
    "walk/terraform/deploy/trees.rs",
];

/// Who makes threads, and who hands out work to them.
const OF_RAYON: &[&str] = &["cli/project.rs", "parallel.rs", "run.rs"];

#[test]
fn what_evaluates_one_unit_stays_on_its_thread() {
    let uses = STRUCTURE.arrows.iter().filter(|arrow| arrow.to == "parallel.rs");
    let uses: BTreeSet<&str> = uses.map(|arrow| &*arrow.from).collect();
    assert_eq!(uses.into_iter().collect::<Vec<_>>(), IN_PARALLEL);
    let text = |path: &str| fs::read_to_string(root().join("src").join(path)).unwrap();
    let of_rayon = STRUCTURE.files.keys().filter(|path| text(path).contains("rayon::"));
    assert_eq!(of_rayon.collect::<Vec<_>>(), OF_RAYON);
}

#[test]
fn bounds_stand_in_one_table() {
    let is_number = |of: &str| {
        let of = of.trim_start_matches('&');
        of == "Duration"
            || of
                .strip_prefix(['i', 'u', 'f'])
                .is_some_and(|size| size == "size" || size.parse::<u8>().is_ok())
    };
    let mut facts: Vec<(&str, &str)> = Vec::new();
    for (path, file) in STRUCTURE.files.iter().filter(|(path, _)| *path != "bounds.rs") {
        for (name, of) in file.constants.iter().filter(|(_, of)| is_number(of)) {
            let fact = FACTS.iter().find(|(of, fact)| of == path && fact == name);
            assert!(fact.is_some(), "{path}: `{name}: {of}` belongs into src/bounds.rs");
            facts.extend(fact);
        }
    }
    facts.sort_unstable();
    assert_eq!(facts, FACTS, "there are fewer numbers than are listed");
}

/// A number of bytes or of anything as people write it: `64 << 20` is 64 MiB, `4_000_000` is 4,000,000.
fn shown_bound(value: &str) -> String {
    let value = value.strip_prefix("lowered(").map_or(value, |rest| rest.split(',').next().unwrap());
    if let Some((count, bits)) = value.split_once(" << ") {
        return format!(
            "{count} {}iB",
            ["", "K", "M", "G"].get(bits.parse::<usize>().unwrap() / 10).unwrap()
        );
    }
    value.replace('_', ",").replace("ITEMS", "`ITEMS`").replace(" * ", " × ")
}

/// The tables of docs/limits.md, made of src/bounds.rs: a section for each of its own, a row for each bound.
fn limits() -> String {
    let (mut tables, mut words, mut heading) = (String::new(), Vec::new(), None);
    for line in fs::read_to_string(root().join("src/bounds.rs")).unwrap().lines() {
        if let Some(title) = line.strip_prefix("// --- ") {
            heading = Some(title.trim_end_matches(" ---").to_owned());
        } else if let Some(text) = line.strip_prefix("/// ") {
            words.push(text.replace('|', "\\|"));
        } else if let Some(bound) = line.strip_prefix("pub const ") {
            if let Some(title) = heading.take() {
                tables.extend([format!(
                    "\n## {title}\n\n| bound | value | what it limits, and what happens when it is met |\n|---|---|---|\n"
                )]);
            }
            let (name, value) = bound.trim_end_matches(';').split_once(" = ").unwrap();
            let name = name.split(':').next().unwrap();
            let text = words.join(" ").replace("[`", "`").replace("`]", "`");
            let value = shown_bound(value.trim_end_matches(" as usize"));
            tables.extend(["| `", name, "` | ", &value, " | ", &text, " |\n"]);
            words.clear();
        } else {
            words.clear();
        }
    }
    tables
}

#[test]
fn the_page_of_limits_lists_every_bound() {
    let path = root().join("docs/limits.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, _) = page.split_once("<!-- bounds -->\n").unwrap();
    let right = format!("{before}<!-- bounds -->\n{}", limits());
    if std::env::var("BLESS").is_ok_and(|value| value == "1") {
        if right != page {
            fs::write(&path, &right).unwrap();
        }
        return;
    }
    assert_eq!(page, right, "docs/limits.md is stale; `BLESS=1 cargo test --test house` rewrites it");
}

#[test]
fn what_the_page_of_limits_says_is_printed_is_what_the_program_says() {
    let page = fs::read_to_string(root().join("docs/limits.md")).unwrap();
    let (before, _) = page.split_once("<!-- bounds -->\n").unwrap();
    let mut sources = String::new();
    let mut left = vec![root().join("src")];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            sources += &fs::read_to_string(path).unwrap_or_default();
        }
    }
    let quoted: Vec<&str> =
        before.lines().filter_map(|line| line.strip_prefix("| \"")?.split('"').next()).collect();
    assert!(quoted.len() > 9, "{quoted:?}");
    for text in quoted {
        assert!(sources.contains(text), "nothing says `{text}`");
    }
}
