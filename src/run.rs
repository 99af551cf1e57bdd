//! The pipeline, in one screen: parse, declare, resolve, build the graph, ask the rules, suppress.
//!
//! It does no IO: the command line, the tests and an editor call the same function. Texts come from
//! [`Sources`], which reads through what its maker gave it.

mod choices;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jiff::Timestamp;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::accounts::Accounts;
use crate::bounds;
use crate::config::Config;
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::facts::{Language, Unit};
use crate::graph::{self, Graph, IdentityKind};
use crate::outcome::{Checked, Summary, UnitAccount};
use crate::rules::{Context, RULES};
use crate::source::{Sources, Span};
use crate::statistics::Statistics;
use crate::suppress;
use crate::walk;

/// How to look at the project.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The time that date conditions are compared with.
    pub now: Timestamp,
    /// What to report.
    pub profile: Profile,
}

/// What to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Profile {
    /// What is proven.
    #[default]
    Default,
    /// Also what hangs on an unknown value.
    Audit,
}

/// The threads of callers that bring none.
static THREADS: LazyLock<Option<ThreadPool>> =
    LazyLock::new(|| ThreadPoolBuilder::new().stack_size(bounds::STACK_BYTES).build().ok());

/// Does something on threads with room for deep templates. A caller with threads of its own is taken to have given them
/// a stack of [`bounds::STACK_BYTES`] bytes.
fn with_room<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match &*THREADS {
        Some(threads) if rayon::current_thread_index().is_none() => threads.install(work),
        _ => work(),
    }
}

/// Checks a project.
pub fn check(sources: &Sources, config: &Config, settings: &Settings) -> Checked {
    with_room(|| checked(sources, config, settings))
}

fn checked(sources: &Sources, config: &Config, settings: &Settings) -> Checked {
    let (walked, files) = walk::project(sources, &config.inputs);
    let accounts =
        Accounts::new(&walked.units, config).with_declared(&walked.parameters, &walked.declarations);
    let ignores = walked.ignores;
    let problems = walked.problems;
    let units = walked.units;
    let graph = graph::build(walked.declarations, &units, accounts);

    let context = Context::new(&graph, sources, settings.now);
    let mut findings: Vec<Diagnostic> = RULES
        .par_iter()
        .flat_map_iter(|rule| {
            let mut found = Vec::new();
            (rule.check)(&context, &mut found);
            found
        })
        .collect();
    choices::settle(&mut findings);
    apply_levels(&mut findings, config);
    sort(&mut findings);

    let bodies: Vec<(&str, Span)> =
        graph.declarations.iter().map(|it| (it.address.as_str(), it.body)).collect();
    let today = settings.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let outcome = suppress::apply(findings, sources, &bodies, &ignores, config, today);
    let mut suppressed = outcome.suppressed;
    suppressed.dedup_by(|(a, _), (b, _)| says_the_same(a, b));
    let mut findings = outcome.kept;
    findings.extend(outcome.meta);
    findings
        .retain(|finding| settings.profile == Profile::Audit || finding.confidence == Confidence::Certain);
    sort(&mut findings);
    join_instances(&mut findings);
    join_groups(&mut findings);

    let mut problems = problems;
    problems.sort();
    problems.dedup();
    let statistics = Statistics::of(&graph, &units);
    Checked {
        findings,
        suppressed,
        problems,
        summary: summary(&graph, files, &statistics),
        statistics,
        accounts: unit_accounts(&graph, &units),
    }
}

/// Everything that is declared in a project, walked by language: what `check` starts from.
pub fn graph_of(sources: &Sources, config: &Config) -> Graph {
    with_room(|| {
        let (walked, _) = walk::project(sources, &config.inputs);
        let accounts =
            Accounts::new(&walked.units, config).with_declared(&walked.parameters, &walked.declarations);
        graph::build(walked.declarations, &walked.units, accounts)
    })
}

fn apply_levels(findings: &mut Vec<Diagnostic>, config: &Config) {
    findings.retain_mut(|finding| match config.severity(finding.rule, finding.severity) {
        Some(severity) => {
            finding.severity = severity;
            true
        }
        None => false,
    });
}

fn sort(findings: &mut [Diagnostic]) {
    findings.sort_by(|a, b| {
        let order = |it: &Diagnostic| (place(it), it.fingerprint());
        order(a).cmp(&order(b))
    });
}

/// A module called several times says the same of the same place; once is enough.
fn says_the_same(a: &Diagnostic, b: &Diagnostic) -> bool {
    a.rule == b.rule && a.primary.span == b.primary.span && a.message == b.message
}

/// What instances of one place have in common. What is certain of one does not go under in what is possible of another.
fn place(finding: &Diagnostic) -> (Span, &'static str, Reverse<Confidence>, Severity) {
    (finding.primary.span, finding.rule, Reverse(finding.confidence), finding.severity)
}

/// Makes one finding of those about the instances that a module or a loop makes of one place: they are mended
/// there, together.
fn join_instances(findings: &mut Vec<Diagnostic>) {
    let mut joined: Vec<Diagnostic> = Vec::with_capacity(findings.len());
    let mut same: Vec<Diagnostic> = Vec::new();
    for finding in findings.drain(..) {
        if same.first().is_some_and(|first| place(first) != place(&finding)) {
            joined.append(&mut one_instance(std::mem::take(&mut same)));
        }
        same.push(finding);
    }
    joined.append(&mut one_instance(same));
    // What is certain of one instance is not said once more as possible of another.
    joined.dedup_by(|a, b| says_the_same(a, b));
    *findings = joined;
}

/// Makes one finding of those that one decision settles: the first, with the others as further places.
fn join_groups(findings: &mut Vec<Diagnostic>) {
    let mut joined: Vec<Diagnostic> = Vec::with_capacity(findings.len());
    let mut first: FxHashMap<String, (usize, usize)> = FxHashMap::default();
    for finding in findings.drain(..) {
        let key =
            finding.group.as_ref().map(|group| format!("{} {:?} {group}", finding.rule, finding.confidence));
        if let Some((at, others)) = key.as_ref().and_then(|key| first.get_mut(key)) {
            *others += 1;
            let known = joined.get_mut(*at).filter(|known| known.related.len() < bounds::WITNESSES);
            if let Some(known) = known {
                known.related.push(finding.primary);
            }
        } else {
            first.extend(key.map(|key| (key, (joined.len(), 0))));
            joined.push(finding);
        }
    }
    for (at, others) in first.into_values().filter(|(_, others)| *others > 0) {
        if let Some(finding) = joined.get_mut(at) {
            let ending = if others == 1 { "" } else { "s" };
            finding.message = format!("{} (and {others} other place{ending})", finding.message);
        }
    }
    *findings = joined;
}

/// The findings about the instance of which there is most to say, of those at one place. What only differs by where it
/// is deployed is said of each deployment.
fn one_instance(mut same: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut instances: BTreeMap<(Option<&str>, Option<usize>), usize> = BTreeMap::new();
    for finding in &same {
        *instances.entry((finding.primary.address.as_deref(), finding.instance)).or_default() += 1;
    }
    let addresses: BTreeSet<_> = instances.keys().map(|(address, _)| *address).collect();
    let more = if addresses.len() > 1 { instances.len() - 1 } else { 0 };
    if more > 0 {
        let most = instances.into_iter().rev().max_by_key(|(_, many)| *many);
        let shown = most.and_then(|((_, instance), _)| instance);
        same.retain(|one| one.instance == shown);
    }
    // Another deployment of the same template says nothing new.
    let mut messages = FxHashSet::default();
    same.retain(|one| messages.insert(one.message.clone()));
    if more > 0 {
        let ending = if more == 1 { "" } else { "s" };
        for finding in &mut same {
            finding.message = format!("{} (and {more} other instance{ending})", finding.message);
        }
    }
    same
}

fn summary(graph: &Graph, files: usize, statistics: &Statistics) -> Summary {
    Summary {
        files,
        accounts: graph.accounts.count(),
        roles: graph.of_kind(IdentityKind::Role).count(),
        edges: graph.edges(),
        unresolved: statistics.unresolved(),
    }
}

fn unit_accounts(graph: &Graph, units: &[Unit]) -> Vec<UnitAccount> {
    let languages: FxHashMap<_, _> = units.iter().map(|unit| (&unit.key, unit.language)).collect();
    let mut accounts: Vec<UnitAccount> = graph
        .accounts
        .units()
        .map(|(key, assignment)| UnitAccount {
            unit: key.to_string(),
            language: languages.get(key).copied().unwrap_or(Language::Policy),
            account: graph
                .accounts
                .is_assigned(&assignment.account)
                .then(|| graph.accounts.shown(&assignment.account)),
            evidence: assignment.evidence.clone(),
            span: assignment.span,
        })
        .collect();
    accounts.sort_by(|a, b| a.unit.cmp(&b.unit));
    accounts
}
