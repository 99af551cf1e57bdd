//! Accounts for what no template says the account of.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use trustlint::internals::graph::Graph;
use trustlint::internals::value::UnitKey;
use trustlint::internals::walk;

use crate::checkout::{Project, is_account};

/// A configuration under which every account is covered: those that the templates deploy to, and for directories of unknown
/// account the accounts by which others name what is declared there.
pub(crate) fn of(project: &Project) -> String {
    let graph = &project.graph;
    let known: BTreeSet<String> = graph
        .accounts
        .units()
        .map(|(_, assignment)| assignment.account.to_string())
        .filter(|account| is_account(account))
        .collect();
    let open = open_directories(project);
    let declared = declared_in(graph, &open);
    let mentions = mentioned(graph);
    let named: BTreeSet<String> = mentions.iter().map(|(account, _)| account.clone()).collect();
    let mut of_directory: BTreeMap<&str, &str> = BTreeMap::new();
    for (account, name) in &mentions {
        let owners = declared.get(name).filter(|owners| owners.len() == 1);
        if let Some(directory) = owners.and_then(|owners| owners.first()) {
            of_directory.entry(directory).or_insert(account);
        }
    }
    let ids: Vec<&String> = known.union(&named).collect();
    let directories: BTreeSet<&String> = open.values().collect();
    for (number, directory) in directories.into_iter().enumerate() {
        if let Some(id) = ids.get(number % ids.len().max(1)) {
            of_directory.entry(directory).or_insert(id);
        }
    }
    written(&known, &of_directory)
}

/// Where the units of unknown account are.
fn open_directories(project: &Project) -> BTreeMap<UnitKey, String> {
    let (walked, _) = walk::project(&project.sources, &walk::Inputs::default());
    let is_open = |key: &UnitKey| !is_account(&project.graph.accounts.of(key).to_string());
    walked.units.into_iter().filter(|unit| is_open(&unit.key)).map(|unit| (unit.key, unit.path)).collect()
}

/// What is declared in these directories, by name.
fn declared_in<'o>(
    graph: &Graph,
    open: &'o BTreeMap<UnitKey, String>,
) -> BTreeMap<String, BTreeSet<&'o String>> {
    let identities = graph.identities.iter().map(|it| (it.declaration, it.name.to_string()));
    let last = |arn: String| arn.rsplit([':', '/']).next().map(str::to_owned);
    let resources = graph.resources.iter().filter_map(|it| Some((it.declaration, last(it.arn.to_string())?)));
    let mut declared: BTreeMap<String, BTreeSet<&String>> = BTreeMap::new();
    for (declaration, name) in identities.chain(resources) {
        let directory = open.get(&graph.declarations[declaration].unit);
        if let Some(directory) = directory.filter(|_| !name.contains("${") && name.len() > 3) {
            declared.entry(name).or_default().insert(directory);
        }
    }
    declared
}

/// The accounts and names in the ARNs of all policies.
fn mentioned(graph: &Graph) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for statement in graph.documents.iter().flat_map(|document| &document.policy.statements) {
        texts.extend(statement.principals.iter().flat_map(|it| &it.items).map(|it| it.text.to_string()));
        texts.extend(statement.resources.iter().flat_map(|it| &it.items).map(|it| it.text.to_string()));
    }
    let account_and_name = |text: String| {
        let mut parts = text.splitn(6, ':').skip(4);
        let account = parts.next().filter(|account| is_account(account))?;
        let name = parts.next()?.rsplit(['/', ':']).next()?;
        Some((account.to_owned(), name.to_owned()))
    };
    texts.into_iter().filter_map(account_and_name).collect()
}

fn written(known: &BTreeSet<String>, of_directory: &BTreeMap<&str, &str>) -> String {
    let mut text = String::new();
    let made_up = of_directory.values().map(|id| (*id).to_owned()).collect();
    for id in known.union(&made_up) {
        let paths: Vec<String> = of_directory
            .iter()
            .filter(|(directory, account)| *account == id && !directory.contains(['[', '{', '*', '?', '"']))
            .map(|(directory, _)| match *directory {
                "" => "\"**\"".to_owned(),
                _ => format!("\"{directory}\", \"{directory}/**\""),
            })
            .collect();
        writeln!(text, "[accounts.a{id}]\nid = \"{id}\"\ncoverage = \"full\"").unwrap();
        if !paths.is_empty() {
            writeln!(text, "paths = [{}]", paths.join(", ")).unwrap();
        }
    }
    text
}
