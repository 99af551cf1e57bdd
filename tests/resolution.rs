//! Measures how much of the policies of real projects is resolved.
//!
//! `TRUSTLINT_CORPUS` names a directory of projects, one in each subdirectory.
//! A file `NAME.commit` beside a project says which commit it is. What CDK synthesised is counted apart from what
//! people wrote, and so are parts that become a template only when they are merged or filled. Policies that nobody wrote (those that SAM
//! adds) are left out. Run it with `-- --ignored --nocapture`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "prints what it measures")]
#![expect(clippy::disallowed_methods, reason = "the projects are real files")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use trustlint::internals::accounts::Accounts;
use trustlint::internals::facts::{Language, Unit};
use trustlint::internals::graph::Graph;
use trustlint::internals::statistics::{Element, Resolution, Statistics};
use trustlint::internals::value::Because;
use trustlint::internals::{graph, walk};
use trustlint::{Config, ConfigChoice, Request, Sources, discover};

/// Who wrote a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Author {
    Person,
    Cdk,
    /// No template by itself: it refers to names that it does not declare. It is merged with others, or filled
    /// by another tool, before it is deployed.
    Part,
}

type Counts = BTreeMap<(Author, Element), [usize; 5]>;

fn projects(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut projects: Vec<_> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    projects.sort();
    projects
}

fn author(sources: &Sources, graph: &Graph, unit: &Unit) -> Author {
    let text = sources.find(&unit.path).map(|id| sources.text_or_empty(id)).unwrap_or_default();
    let marks =
        ["aws:cdk:path", "/cdk-bootstrap/", "AWS::CDK::Metadata", "aws:asset:path", "CheckBootstrapVersion"];
    if marks.iter().any(|mark| text.contains(mark)) {
        return Author::Cdk;
    }
    let statistics = Statistics::of(graph, std::slice::from_ref(unit));
    let refers = |causes: &BTreeMap<Because, usize>| causes.contains_key(&Because::Undeclared);
    if statistics.languages.values().any(|it| refers(&it.causes)) { Author::Part } else { Author::Person }
}

/// A project, with what is declared in it.
struct Built {
    sources: Sources,
    units: Vec<Unit>,
    graph: Graph,
}

fn built(project: &Path) -> Built {
    let request = Request {
        unsaved: Vec::new(),
        value_files: Vec::new(),
        named: Vec::new(),
        working_directory: project.to_path_buf(),
        paths: Vec::new(),
        config: ConfigChoice::Isolated,
        project_root: Some(project.to_path_buf()),
        threads: 0,
        document: None,
        staged: None,
    };
    let sources = discover(&request).unwrap().sources;
    let (walked, _) = walk::project(&sources, &walk::Inputs::default());
    let units = walked.units;
    let accounts = Accounts::new(&units, &walked.declarations, &[], &Config::default());
    let accounts = accounts.with_declared(&walked.parameters, &walked.declarations);
    let graph = graph::build(walked.declarations, accounts, graph::Seen::Whole);
    Built { sources, units, graph }
}

fn measure(project: &Path) -> (Counts, BTreeMap<String, usize>, usize) {
    let Built { sources, units, graph } = &built(project);
    let (mut counts, mut causes) = (Counts::new(), BTreeMap::new());
    let templates: Vec<&Unit> =
        units.iter().filter(|unit| unit.language == Language::CloudFormation).collect();
    let mut authors: BTreeMap<Author, Vec<Unit>> = BTreeMap::new();
    for unit in &templates {
        authors.entry(author(sources, graph, unit)).or_default().push((*unit).clone());
    }
    for (who, theirs) in authors {
        let written = |policy: &trustlint::internals::iam::policy::Policy| {
            let text = sources.slice(policy.span);
            text.contains("Statement") || text.contains("PolicyDocument") || text.contains("Transform")
        };
        let statistics = Statistics::of_some(graph, &theirs, written);
        for by_language in statistics.languages.values() {
            for element in Element::ALL {
                let count = by_language.count(element).levels;
                let total = counts.entry((who, element)).or_default();
                total.iter_mut().zip(count).for_each(|(total, count)| *total += count);
            }
            for (cause, count) in &by_language.causes {
                *causes.entry(format!("{who:?} {cause:?}")).or_default() += count;
            }
        }
    }
    (counts, causes, templates.len())
}

/// The directory of the projects.
fn corpus() -> String {
    std::env::var("TRUSTLINT_CORPUS")
        .unwrap_or_else(|_| panic!("TRUSTLINT_CORPUS does not name the projects"))
}

fn share(part: usize, total: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of policies are small")]
    let share = part as f64 * 100.0 / total.max(1) as f64;
    share
}

#[test]
#[ignore = "needs projects: TRUSTLINT_CORPUS=DIRECTORY cargo test --test resolution -- --ignored --nocapture"]
fn policies_of_real_projects_are_resolved() {
    let folder = corpus();
    let (mut all, mut causes, mut files, mut repositories) = (Counts::new(), BTreeMap::new(), 0, 0);
    for project in projects(&folder) {
        let (counts, why, templates) = measure(&project);
        let shares = [Author::Person, Author::Cdk, Author::Part].map(|who| {
            let levels = counts.get(&(who, Element::Policies)).copied().unwrap_or_default();
            let total: usize = levels.iter().sum();
            if total == 0 {
                return "| | | ".to_owned();
            }
            let up_to = |level: Resolution| share(levels.iter().take(level as usize + 1).sum(), total);
            format!("| {total} | {:.1} | {:.1} ", up_to(Resolution::Entity), up_to(Resolution::Keyed))
        });
        let name = project.file_name().unwrap().to_string_lossy();
        let commit = std::fs::read_to_string(project.with_file_name(format!("{name}.commit")));
        let commit = commit.unwrap_or_default();
        let commit = commit.get(..10).unwrap_or_default();
        println!("| {} | {commit} | {templates} {}|", name.replace('+', "/"), shares.concat());
        files += templates;
        repositories += usize::from(templates > 0);
        for (key, levels) in counts {
            let total = all.entry(key).or_default();
            total.iter_mut().zip(levels).for_each(|(total, count)| *total += count);
        }
        for (cause, count) in why {
            *causes.entry(cause).or_insert(0) += count;
        }
    }
    println!("{repositories} repositories, {files} templates");
    for ((who, element), levels) in &all {
        let total: usize = levels.iter().sum();
        let up_to = |level: Resolution| share(levels.iter().take(level as usize + 1).sum(), total);
        println!(
            "{:<7} {:<11} {total:>7}  concrete {:>5.1}  or entity {:>5.1}  or keyed {:>5.1}  {levels:?}",
            format!("{who:?}"),
            format!("{element:?}"),
            up_to(Resolution::Concrete),
            up_to(Resolution::Entity),
            up_to(Resolution::Keyed)
        );
    }
    println!("{causes:#?}");
}

/// The share of what is concrete or belongs to a declaration or unit, and that of what can be compared.
fn shares(levels: [usize; 5]) -> String {
    let total: usize = levels.iter().sum();
    let up_to = |level: Resolution| share(levels.iter().take(level as usize + 1).sum(), total);
    format!("{total} | {:.1} | {:.1}", up_to(Resolution::Entity), up_to(Resolution::Keyed))
}

/// Prints a table, as `docs/resolution.md` has it: for each repository its policies and AWS principals, then the sum.
/// A file `NAME.commit` beside a repository says which commit it is.
#[test]
#[ignore = "needs projects: TRUSTLINT_CORPUS=DIRECTORY cargo test --test resolution -- --ignored --nocapture"]
fn terraform_of_real_projects_is_resolved() {
    let folder = corpus();
    let mut all: BTreeMap<Element, [usize; 5]> = BTreeMap::new();
    let mut causes = BTreeMap::new();
    println!(
        "| repository | commit | policies | resolved % | usable % | AWS principals | resolved % | usable % |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|");
    for project in projects(&folder) {
        let Built { units, graph, .. } = &built(&project);
        let statistics = Statistics::of(graph, units);
        let Some(counts) = statistics.languages.get(&Language::Terraform) else { continue };
        let name = project.file_name().unwrap().to_string_lossy();
        let commit = std::fs::read_to_string(project.with_file_name(format!("{name}.commit")));
        let (name, commit) = (name.replace('+', "/"), commit.unwrap_or_default());
        let [policies, principals] =
            [Element::Policies, Element::AwsPrincipals].map(|element| shares(counts.count(element).levels));
        println!("| {name} | {} | {policies} | {principals} |", commit.get(..10).unwrap_or_default());
        for element in Element::ALL {
            let total = all.entry(element).or_default();
            total.iter_mut().zip(counts.count(element).levels).for_each(|(total, count)| *total += count);
        }
        for (cause, count) in &counts.causes {
            *causes.entry(format!("{cause:?}")).or_insert(0) += count;
        }
    }
    println!("\n| element | leaves | resolved % | usable % |\n|---|--:|--:|--:|");
    for (element, levels) in &all {
        println!("| {element:?} | {} |", shares(*levels));
    }
    println!("\nNot resolved because of: {causes:?}");
}
