//! Templates with pieces cut out, doubled and swapped: none may make a run panic, overflow its stack or take long.
//!
//! A short run over the examples is part of every test run. `TRUSTLINT_MUTATIONS` makes it run for so many seconds, and
//! `TRUSTLINT_CORPUS` names a directory whose projects are damaged too. The case that is being run then is kept in
//! `mutation/` of the directory for temporary files of the build.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![expect(
    clippy::disallowed_methods,
    reason = "examples are files, and the environment says how long to run"
)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use trustlint::{Config, Profile, Settings, Sources, check};

type Project = BTreeMap<String, Vec<u8>>;

/// Files and bytes of a project that is damaged: a run over more says nothing more.
const MAX_FILES: usize = 40;
const MAX_BYTES: usize = 256 * 1024;
/// Without optimisation, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(20);

/// Numbers that look random and are always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % bound.max(1)
    }
}

fn is_template(path: &Path) -> bool {
    let name = path.to_string_lossy();
    [".tf", ".tofu", ".hcl", ".json", ".yaml", ".yml", ".tfvars", ".template"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// The templates below a directory.
fn templates(directory: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            templates(&path, into);
        } else if is_template(&path) {
            into.push(path);
        }
    }
}

/// Some of the templates of a directory, with those that lie beside one of them.
fn project(root: &Path, all: &[PathBuf], dice: &mut Dice) -> Project {
    let Some(first) = all.get(dice.below(all.len())) else { return Project::new() };
    let mut near = first.parent().unwrap_or(root);
    // A module alone says less than one with its neighbours.
    for _ in 0..dice.below(3) {
        near = near.parent().filter(|parent| parent.starts_with(root)).unwrap_or(near);
    }
    let mut files = Project::new();
    let mut bytes = 0;
    for path in all.iter().filter(|path| path.starts_with(near)) {
        let text = fs::read(path).unwrap();
        if bytes + text.len() <= MAX_BYTES && files.len() < MAX_FILES {
            bytes += text.len();
            files.insert(path.strip_prefix(root).unwrap().to_string_lossy().into_owned(), text);
        }
    }
    files
}

/// Two places in a text, the first one first, not often far apart.
fn range(length: usize, dice: &mut Dice) -> std::ops::Range<usize> {
    let start = dice.below(length + 1);
    let most = [4, 40, 400, length][dice.below(4)];
    start..(start + dice.below(most + 1)).min(length)
}

fn damaged(text: &mut Vec<u8>, dice: &mut Dice) {
    const PIECES: [&str; 24] = [
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "\"",
        "${",
        "%{ if ",
        "<<EOT\n",
        "\n",
        ",",
        ":",
        "*",
        "null",
        "!Sub ",
        "&a ",
        "*a",
        "?",
        "...",
        "each.value",
        "\u{feff}",
        "\u{e9}\u{1f600}",
        "0",
    ];
    let one = range(text.len(), dice);
    match dice.below(5) {
        0 => drop(text.drain(one)),
        1 => {
            let copy = text[one.clone()].to_vec();
            let times = 1 + dice.below(4) * dice.below(20);
            for _ in 0..times {
                text.splice(one.end..one.end, copy.iter().copied());
            }
        }
        2 => {
            let other = range(text.len(), dice);
            let (first, second) = if one.start <= other.start { (one, other) } else { (other, one) };
            if first.end <= second.start {
                let [a, b] = [text[first.clone()].to_vec(), text[second.clone()].to_vec()];
                text.splice(second, a);
                text.splice(first, b);
            }
        }
        3 => {
            let piece = PIECES[dice.below(PIECES.len())].repeat(1 + dice.below(2) * dice.below(200));
            text.splice(one.start..one.start, piece.bytes());
        }
        _ => {
            let at = one.start;
            text.splice(one, std::iter::empty());
            let piece = PIECES[dice.below(PIECES.len())];
            text.splice(at..at, piece.bytes());
        }
    }
    text.truncate(4 * MAX_BYTES);
}

/// Runs everything over a project; says what went wrong.
fn judge(project: &Project) -> Result<(), String> {
    let texts = project.iter().map(|(path, text)| (path.clone(), String::from_utf8_lossy(text).into_owned()));
    let sources = Sources::in_memory(texts);
    let settings = Settings { now: "2026-01-01T00:00:00Z".parse().unwrap(), profile: Profile::Audit };
    let began = Instant::now();
    let checked = catch_unwind(AssertUnwindSafe(|| check(&sources, &Config::default(), &settings)));
    let took = began.elapsed();
    let checked = checked.map_err(|_| "panicked".to_owned())?;
    for problem in &checked.problems {
        let text = sources.text_or_empty(problem.span.source);
        if text.get(problem.span.range()).is_none() {
            return Err(format!("a problem is nowhere: {problem:?}"));
        }
    }
    for finding in &checked.findings {
        let text = sources.text_or_empty(finding.primary.span.source);
        if text.get(finding.primary.span.range()).is_none() {
            return Err(format!("a finding is nowhere: {finding:?}"));
        }
    }
    if took > PATIENCE { Err(format!("took {took:?}")) } else { Ok(()) }
}

fn keep(project: &Project, at: &Path) {
    let _ = fs::remove_dir_all(at);
    for (path, text) in project {
        let path = at.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[test]
fn damaged_templates_are_read_or_refused() {
    let seconds: Option<u64> = env::var("TRUSTLINT_MUTATIONS").ok().map(|seconds| seconds.parse().unwrap());
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/examples");
    let roots = [Some(examples), env::var("TRUSTLINT_CORPUS").ok().map(PathBuf::from)];
    let collections: Vec<(PathBuf, Vec<PathBuf>)> = roots
        .into_iter()
        .flatten()
        .map(|root| {
            let mut all = Vec::new();
            templates(&root, &mut all);
            (root, all)
        })
        .collect();
    assert!(collections.iter().all(|(_, all)| !all.is_empty()));

    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let began = Instant::now();
    let seed = env::var("TRUSTLINT_SEED").ok().map_or(0x5eed, |seed| seed.parse().unwrap());
    let mut dice = Dice(seed);
    let mut failed = Vec::new();
    let mut cases = 0;
    while match seconds {
        Some(seconds) => began.elapsed() < Duration::from_secs(seconds),
        None => cases < 300,
    } {
        let (root, all) = &collections[cases % collections.len()];
        let mut project = project(root, all, &mut dice);
        cases += 1;
        let paths: Vec<String> = project.keys().cloned().collect();
        // Nothing there that is small enough.
        if paths.is_empty() {
            continue;
        }
        for _ in 0..=dice.below(6) {
            let path = &paths[dice.below(paths.len())];
            damaged(project.get_mut(path).unwrap(), &mut dice);
        }
        if seconds.is_some() {
            keep(&project, &temporary.join("mutation"));
        }
        if let Err(what) = judge(&project) {
            let at = temporary.join(format!("mutation-{cases}"));
            keep(&project, &at);
            failed.push(format!("{what}: {}", at.display()));
        }
    }
    assert!(failed.is_empty(), "{cases} cases, {} failed:\n{}", failed.len(), failed.join("\n"));
}
