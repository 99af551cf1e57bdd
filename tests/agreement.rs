//! `check` and `access` against the truth, on projects of which it is known.
//!
//! The truth is planted by a generator and confirmed by an evaluator of its own, simple and slow, which decides
//! concrete requests one by one. `TRUSTLINT_AGREEMENT` says how many projects, `TRUSTLINT_AGREEMENT_SEED` the first of
//! them, `TRUSTLINT_AGREEMENT_CASES` a directory for the smallest project of each kind of disagreement.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test fails by panicking, and the environment says how long to run"
)]

#[path = "agreement/mod.rs"]
mod agreement;
#[expect(dead_code, reason = "of what the tests of whole projects share, a little")]
mod common;
#[path = "common/halves.rs"]
mod halves;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use agreement::generate;
use agreement::judge::{Language, Outcome, Pair, judge};
use agreement::model::Project;
use agreement::shrink::shrink;

/// Projects of a run with all tests.
const FEW: u64 = 100;
const FEW_TWICE: usize = 60;
const MANY: u64 = 10_000;

/// A kind of disagreement: how often, and the smallest project that showed it.
struct Kind {
    many: usize,
    seed: u64,
    size: usize,
    wrong: bool,
    language: Language,
}

#[derive(Default)]
struct Tally {
    kinds: BTreeMap<String, Kind>,
    whole: Outcome,
    projects: u64,
}

/// The language a project is written in.
fn language(seed: u64, project: &Project) -> Language {
    let apart = project.units.iter().all(|unit| unit.directory != "all");
    if seed.is_multiple_of(3) && apart && project.configured {
        Language::CloudFormation
    } else {
        Language::Terraform
    }
}

fn run(seeds: impl Iterator<Item = u64>) -> Tally {
    let mut tally = Tally::default();
    for seed in seeds {
        let project = generate::project(seed);
        let language = language(seed, &project);
        let outcome = judge(&project, language);
        assert!(!language.write(&project).torn, "seed {seed}");
        let size = format!("{project:?}").len();
        for one in outcome.disagreements {
            let key = one.kind.clone();
            let wrong = one.wrong;
            let kind = tally.kinds.entry(key).or_insert(Kind { many: 0, seed, size, wrong, language });
            kind.many += 1;
            if size < kind.size {
                (kind.seed, kind.size, kind.language) = (seed, size, language);
            }
        }
        for (key, (all, reported)) in outcome.reached {
            let entry = tally.whole.reached.entry(key).or_default();
            *entry = (entry.0 + all, entry.1 + reported);
        }
        for (key, many) in outcome.answers {
            *tally.whole.answers.entry(key).or_default() += many;
        }
        tally.projects += 1;
    }
    tally
}

impl Tally {
    fn print(&self) {
        println!("{} projects", self.projects);
        println!("\naccess says, it is: pairs");
        for ((answer, truth), many) in &self.whole.answers {
            println!("{many:>8}  {answer:?}, {truth:?}");
        }
        println!("\ndenied pairs in reach: reported of all");
        for ((reach, reason), (all, reported)) in &self.whole.reached {
            println!("{reported:>8} of {all:>6}  {reach:?}: {reason}");
        }
        let mut kinds: Vec<_> = self.kinds.iter().collect();
        kinds.sort_by_key(|(_, kind)| (!kind.wrong, std::cmp::Reverse(kind.many)));
        println!("\ndisagreements");
        for (name, kind) in kinds {
            let sign = if kind.wrong { "wrong" } else { "     " };
            println!("{:>8} {sign} {name}  (seed {}, {:?})", kind.many, kind.seed, kind.language);
        }
    }

    /// The smallest project of each kind as files, and what is wrong with it.
    fn cases(&self, directory: &Path) {
        let mut kinds: Vec<_> = self.kinds.iter().collect();
        kinds.sort_by_key(|(_, kind)| (!kind.wrong, std::cmp::Reverse(kind.many)));
        let mut index = String::new();
        for (number, (name, kind)) in kinds.into_iter().enumerate() {
            let (text, files) = smallest(name, kind);
            let sign = if kind.wrong { "wrong" } else { "not required" };
            writeln!(index, "{:03}  {:>6} times, {sign}: {name}", number + 1, kind.many).unwrap();
            let directory = directory.join(format!("{:03}", number + 1));
            for (path, text) in files.iter().chain([(&"WHAT.txt".to_owned(), &text)]) {
                let path = directory.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
        }
        fs::write(directory.join("INDEX.txt"), index).unwrap();
    }

    fn assert(&self) {
        let mut wrong: Vec<_> = self.kinds.iter().filter(|(_, kind)| kind.wrong).collect();
        wrong.sort_by_key(|(_, kind)| std::cmp::Reverse(kind.many));
        let Some((name, kind)) = wrong.first() else { return };
        let (text, files) = smallest(name, kind);
        let files = shown(&files);
        panic!(
            "{} kinds of disagreement, the most frequent in {} places:\n{text}{files}",
            wrong.len(),
            kind.many
        );
    }
}

/// The smallest project of a kind of disagreement.
fn smallest(name: &str, kind: &Kind) -> (String, BTreeMap<String, String>) {
    let is_shown = |project: &Project| {
        if kind.language.write(project).torn {
            return None;
        }
        judge(project, kind.language).disagreements.into_iter().find(|one| one.kind == name)
    };
    let project = shrink(&generate::project(kind.seed), |project| is_shown(project).is_some());
    let about = is_shown(&project).map(|one| one.to_string()).unwrap_or_default();
    let text = format!("{about}\n    {} times, seed {}\n", kind.many, kind.seed);
    (text, kind.language.write(&project).files)
}

/// Files as text.
fn shown(files: &BTreeMap<String, String>) -> String {
    let files: Vec<_> = files.iter().map(|(path, text)| format!("--- {path}\n{text}")).collect();
    files.concat()
}

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

fn first() -> u64 {
    number("TRUSTLINT_AGREEMENT_SEED", 1)
}

#[test]
fn some_projects_agree() {
    run(first()..first() + FEW).assert();
}

/// What is said of a project as Terraform and as CloudFormation, where the region is no part of it: a template does not
/// say in which one it is deployed.
fn said_of(project: &Project, language: Language) -> BTreeSet<String> {
    let outcome = judge(project, language);
    let is_global =
        |pair: &Pair| ["arn:aws:iam:", "arn:aws:s3:"].iter().any(|it| pair.target.starts_with(it));
    let said = outcome.said.into_iter().filter(|(pair, _)| is_global(pair));
    let said = said.map(|(pair, answers)| format!("access {pair:?} {answers:?}"));
    let reported = outcome.reported.into_iter().filter(|(pair, _)| is_global(pair));
    said.chain(reported.map(|(pair, rule)| format!("{rule} {pair:?}"))).collect()
}

fn differ(project: &Project) -> Vec<String> {
    let [one, other] =
        [Language::Terraform, Language::CloudFormation].map(|language| said_of(project, language));
    let only_here = |here: &BTreeSet<String>, there: &BTreeSet<String>, language: Language| {
        let only: Vec<String> = here.difference(there).map(|said| format!("{language:?}: {said}")).collect();
        only
    };
    let mut all = only_here(&one, &other, Language::Terraform);
    all.extend(only_here(&other, &one, Language::CloudFormation));
    all
}

#[test]
fn both_languages_get_the_same_answers() {
    let projects = (first()..).map(generate::project);
    let apart = |project: &Project| project.units.iter().all(|unit| unit.directory != "all");
    for project in projects.filter(|one| one.configured && apart(one)).take(FEW_TWICE) {
        if differ(&project).is_empty() {
            continue;
        }
        let project = shrink(&project, |project| !differ(project).is_empty());
        let files = Language::Terraform.write(&project).files.into_iter();
        let files = shown(&files.chain(Language::CloudFormation.write(&project).files).collect());
        panic!("{}\n{files}", differ(&project).join("\n"));
    }
}

/// Both halves of a project, each with the other as a bundle.
#[test]
fn halves_of_projects_are_judged_as_the_whole() {
    let mut many = 0;
    for seed in first()..first() + FEW {
        let project = generate::project(seed);
        if !project.configured {
            continue;
        }
        let files = language(seed, &project).write(&project).files;
        assert!(halves::is_kept(&files), "seed {seed}");
        // A module that both halves call is one place in the whole, and a place in each of two projects otherwise.
        let is_shared = |[one, other]: &[common::Files; 2]| {
            one.keys().any(|path| path.contains('/') && other.contains_key(path))
        };
        if halves::halves(&files).is_none_or(|both| is_shared(&both)) {
            continue;
        }
        let Some(lines) = halves::torn(&files, trustlint::Profile::Default) else { continue };
        many += 1;
        assert!(lines.is_empty(), "seed {seed}:\n{}\n{}", lines.join("\n"), shown(&files));
    }
    assert!(many > 30, "{many}");
}

#[test]
#[ignore = "ten thousand projects: several minutes"]
fn many_projects_agree() {
    let tally = run(first()..first() + number("TRUSTLINT_AGREEMENT", MANY));
    tally.print();
    if let Ok(directory) = env::var("TRUSTLINT_AGREEMENT_CASES") {
        tally.cases(Path::new(&directory));
    }
    tally.assert();
}
