//! The pipeline, in one screen: parse, declare, resolve, build the graph, ask the rules, suppress.
//!
//! It does no IO: the command line, the tests and an editor call the same function. Texts come from
//! [`Sources`], which reads through what its maker gave it.

mod choices;
mod export;
mod foreign;
mod instances;
mod survey;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::LazyLock;

use jiff::Timestamp;
use rayon::{ThreadPool, ThreadPoolBuilder};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::accounts::{Accounts, Assignment, Source, Witness};
use crate::baseline::Baseline;
use crate::bounds;
use crate::config::Config;
pub use crate::config::Profile;
use crate::diagnostic::{Confidence, Diagnostic, Problem, Severity};
use crate::facts::{Bound, Language, Placeholder, Unit};
use crate::graph::{self, DeclarationId, Graph, IdentityKind, Seen, Unread};
use crate::iam::data;
use crate::outcome::{Checked, Summary, UnitAccount, UnitWitness};
use crate::parallel::{self, free};
use crate::rules::{Context, RULES, Rule, called, precedence, unfilled, unreadable};
use crate::source::{SourceId, Sources, Span};
use crate::statistics::Statistics;
use crate::suppress;
use crate::value::UnitKey;
use crate::walk;
pub use survey::survey;

pub use export::{Bundled, export};

/// How to look at the project.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The time that date conditions are compared with.
    pub now: Timestamp,
    /// What to report.
    pub profile: Profile,
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
    check_against(sources, config, settings, None)
}

/// Checks a project, for who goes on asking: with the graph that everything was found in.
pub fn check_with_graph(sources: &Sources, config: &Config, settings: &Settings) -> (Checked, Graph) {
    with_room(|| checked(sources, config, settings, (None, None)))
}

/// The same, with what the last run left, for who checks the same project after every edit.
pub fn check_again(
    sources: &Sources,
    config: &Config,
    settings: &Settings,
    memory: &mut walk::Memory,
) -> (Checked, Graph) {
    with_room(|| checked(sources, config, settings, (None, Some(memory))))
}

/// Checks a project without the findings that a baseline knows; it learns what was found.
pub fn check_against(
    sources: &Sources,
    config: &Config,
    settings: &Settings,
    baseline: Option<&mut Baseline>,
) -> Checked {
    with_room(|| {
        let (checked, graph) = checked(sources, config, settings, (baseline, None));
        free(graph);
        checked
    })
}

fn checked(
    sources: &Sources,
    config: &Config,
    settings: &Settings,
    (baseline, memory): (Option<&mut Baseline>, Option<&mut walk::Memory>),
) -> (Checked, Graph) {
    let (walked, files) = walk::project_again(sources, &config.inputs, memory);
    let accounts = Accounts::new(&walked.units, &walked.declarations, &walked.terms, config)
        .with_declared(&walked.parameters, &walked.declarations)
        .with_covered(walked.covered);
    let (units, ignores, bindings, unattached) =
        (walked.units, walked.ignores, walked.bindings, walked.unattached);
    let created = by_file(walked.created);
    let graph = graph::build(walked.declarations, accounts, Seen::needed(config.inputs.reports_imports));

    let context = Context::new(&graph, sources, settings.now);
    let counted = counted(&units, config);
    let (mut findings, (statistics, accounts)) = parallel::both(
        || found(&context, config),
        || (Statistics::of(&graph, &counted), unit_accounts(&graph, &units)),
    );
    // What was asked for is not asked again.
    drop(context);
    choices::settle(&mut findings);
    foreign::settle(&mut findings, sources, config.inputs.reports_imports);
    let aged = foreign::too_old(&walked.aged, settings.now);
    let problems = met(walked.problems.into_iter().chain(aged), &graph, sources);
    findings.extend(unreadable(&problems, sources));
    soften(&mut findings, &walked.placeholders, &bindings);
    findings.extend(unfilled(walked.placeholders, sources));
    apply_levels(&mut findings, sources, config);
    instances::sort(&mut findings);
    instances::identify(&mut findings);
    instances::number(&mut findings);

    let bodies: Vec<(&str, Span)> = graph.declarations.iter().map(|it| (&*it.address, it.body)).collect();
    let today = settings.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let outcome = suppress::apply(findings, sources, &bodies, &ignores, config, today);
    let (mut findings, mut meta) = (outcome.kept, outcome.meta);
    foreign::settle(&mut meta, sources, config.inputs.reports_imports);
    instances::sort(&mut meta);
    instances::number(&mut meta);
    findings.extend(meta);
    let known = taken_out(&mut findings, (sources, config, &graph), settings.profile, baseline);

    let checked = Checked {
        findings: joined(findings, sources, &graph, &created),
        suppressed: instances::join_suppressed(outcome.suppressed),
        known: joined(known, sources, &graph, &created),
        left_out: 0,
        problems: listed(&problems),
        summary: summary(&graph, &counted, files, &statistics),
        statistics,
        accounts,
        bindings,
        unattached,
    };
    (checked, graph)
}

/// The problems of all rooms, in the order of their places.
fn met(of_files: impl Iterator<Item = Problem>, graph: &Graph, sources: &Sources) -> Vec<Problem> {
    let of_graph = malformed(graph).chain(contradictions(&graph.accounts, sources));
    let mut problems: Vec<Problem> = of_files.chain(of_graph).collect();
    problems.sort();
    problems.dedup();
    problems
}

/// The rules that take longest, which are begun first: they look at every statement, or at every pair of two sides.
const DEAR: [&str; 10] = [
    "denied-grant",
    "unknown-action",
    "action-resource-mismatch",
    "privileged-outside-trust",
    "unscoped-service-principal",
    "permission-without-grant",
    "permission-without-trust",
    "trust-cycle",
    "external-path-to-admin",
    "unknown-account",
];

/// What the rules say.
fn found(context: &Context<'_>, config: &Config) -> Vec<Diagnostic> {
    // What is reported nowhere is not looked for.
    let is_asked =
        |rule: &&Rule| config.all().any(|one| one.severity(&rule.called(), rule.severity).is_some());
    let asked: Vec<&Rule> = RULES.iter().copied().filter(is_asked).collect();
    let place = |rule: &&Rule| DEAR.iter().rev().position(|name| *name == rule.name);
    let of_each: Vec<Vec<Diagnostic>> = parallel::largest_first(&asked, place, |rule| context.found_by(rule));
    let mut all = Vec::with_capacity(of_each.iter().map(Vec::len).sum());
    for mut of_one in of_each {
        all.append(&mut of_one);
    }
    all
}

/// Takes out of the findings what the profile hides and what a baseline knows; returns the latter.
fn taken_out(
    findings: &mut Vec<Diagnostic>,
    about: (&Sources, &Config, &Graph),
    profile: Profile,
    baseline: Option<&mut Baseline>,
) -> Vec<Diagnostic> {
    let is_reported =
        |finding: &Diagnostic| profile == Profile::Audit || finding.confidence == Confidence::Certain;
    // A baseline may also know what the profile hides, which is not gone then.
    let mut known = baseline.map_or_else(Vec::new, |it| it.settle(findings, about, is_reported));
    findings.retain(is_reported);
    known.retain(is_reported);
    known
}

/// One finding for one place and cause, in the order in which they are shown.
fn joined(
    mut findings: Vec<Diagnostic>,
    sources: &Sources,
    graph: &Graph,
    created: &Created,
) -> Vec<Diagnostic> {
    instances::sort(&mut findings);
    if sources.has_foreign() {
        // As in one project with all of these files.
        findings.sort_by_key(|finding| sources.path_at_home(finding.primary.span.source));
    }
    say_where_created(&mut findings, created);
    let mut findings = instances::join_groups(instances::join(findings));
    if sources.has_foreign() {
        foreign::turn(&mut findings, sources);
        instances::sort(&mut findings);
        foreign::quote(&mut findings, sources, graph);
    }
    findings
}

/// Everything that is declared in a project, walked by language: what `check` starts from.
pub fn graph_of(sources: &Sources, config: &Config) -> Graph {
    with_room(|| {
        let (walked, _) = walk::project(sources, &config.inputs);
        let accounts = Accounts::new(&walked.units, &walked.declarations, &walked.terms, config)
            .with_declared(&walked.parameters, &walked.declarations);
        graph::build(walked.declarations, accounts.with_covered(walked.covered), Seen::Whole)
    })
}

/// Policies of snapshots that are no JSON. Nobody can mend them in the project, so no finding says it.
fn malformed(graph: &Graph) -> impl Iterator<Item = Problem> {
    let is_seen = |unread: &&Unread| graph.accounts.is_seen(&graph.declarations[unread.declaration].unit);
    graph.unread.iter().filter(|unread| unread.is_malformed).filter(is_seen).map(|unread| {
        let address = graph.address(unread.declaration);
        Problem::note(unread.span, format!("policy of `{address}` was not analyzed: {}", unread.reason))
    })
}

/// The first problems of each file; the others are counted.
fn listed(problems: &[Problem]) -> Vec<Problem> {
    let mut kept: Vec<Problem> = Vec::new();
    for of_file in problems.chunk_by(|a, b| a.span.source == b.span.source) {
        let (first, others) = of_file.split_at_checked(bounds::FILE_PROBLEMS).unwrap_or((of_file, &[]));
        kept.extend_from_slice(first);
        let more = others.first().map(|next| {
            let message = format!("{} more problems of this file are not listed", others.len());
            if others.iter().any(|it| it.lost) {
                Problem::new(next.span, message)
            } else {
                Problem::note(next.span, message)
            }
        });
        kept.extend(more);
    }
    kept
}

/// Units for which two accounts are written. The first in the order of evidence holds.
fn contradictions(accounts: &Accounts, sources: &Sources) -> impl Iterator<Item = Problem> {
    accounts.contradictions().filter_map(|(unit, first, second)| {
        let says = |witness: &Witness| {
            let account = accounts.shown(&witness.account);
            let place = witness.span.map(|span| {
                let line = sources.position(span.source, span.start).line;
                format!(", {}:{line}", sources.shown(span.source))
            });
            format!("{account} ({}{})", witness.evidence, place.unwrap_or_default())
        };
        let message =
            format!("`{unit}` is in two accounts: {}, and {}; the first is used", says(first), says(second));
        Some(Problem::note(second.span.or(first.span)?, message))
    })
}

/// Where the code stands that made a declaration, by the file of its template and its address.
type Created = FxHashMap<SourceId, FxHashMap<String, String>>;

fn by_file(all: Vec<((SourceId, String), String)>) -> Created {
    let mut created = Created::default();
    for ((source, address), place) in all {
        created.entry(source).or_default().insert(address, place);
    }
    created
}

/// Adds to the places of findings where the code stands that made what is there.
fn say_where_created(findings: &mut [Diagnostic], created: &Created) {
    if created.is_empty() {
        return;
    }
    for finding in findings {
        for label in finding.labels_mut() {
            let made = created.get(&label.span.source).zip(label.address.as_ref());
            label.created =
                made.and_then(|(made, address)| made.get(&**address).map(|place| place.as_str().into()));
        }
    }
}

/// What is wrong in a policy file with placeholders is an info, unless somebody says whose policy it is: it is a template that nobody
/// applies as it is.
fn soften(findings: &mut [Diagnostic], placeholders: &[Placeholder], bindings: &[Bound]) {
    let mut templates: FxHashSet<SourceId> = placeholders.iter().map(|one| one.span.source).collect();
    for bound in bindings.iter().filter(|bound| bound.place.is_some()) {
        templates.remove(&bound.file);
    }
    for finding in findings.iter_mut().filter(|it| templates.contains(&it.primary.span.source)) {
        finding.severity = Severity::Info;
    }
}

/// Gives each finding the severity that is configured, and leaves out what is not to be reported.
fn apply_levels(findings: &mut Vec<Diagnostic>, sources: &Sources, config: &Config) {
    findings.retain_mut(|finding| {
        let nearest = config.nearest(sources.path(foreign::place(finding, sources)));
        match nearest.severity(&called(finding.rule), finding.severity) {
            Some(severity) => {
                finding.severity = severity;
                true
            }
            None => false,
        }
    });
    // A rule that is off keeps no other one silent; a finding that is ignored does.
    precedence::settle(findings);
}

/// The units that the counts of a run are about: what is imported is counted where it is reported.
fn counted<'u>(units: &'u [Unit], config: &Config) -> Cow<'u, [Unit]> {
    if config.inputs.reports_imports || !units.iter().any(Unit::is_imported) {
        return Cow::Borrowed(units);
    }
    units.iter().filter(|unit| !unit.is_imported()).cloned().collect()
}

fn summary(graph: &Graph, units: &[Unit], files: usize, statistics: &Statistics) -> Summary {
    let is_deployed = |unit: &&Unit| unit.is_deployed();
    let is_unknown = |unit: &&Unit| {
        let assigned = graph.accounts.assignment(&unit.key);
        assigned.is_none_or(|it| {
            !graph.accounts.is_assigned(&it.account) && graph.accounts.identity(&unit.key, it).is_none()
        })
    };
    let keys: FxHashSet<&UnitKey> = units.iter().map(|unit| &unit.key).collect();
    let is_whole = keys.len() == graph.accounts.units().count();
    let is_counted = |id: DeclarationId| is_whole || keys.contains(&graph.declarations[id].unit);
    let roles = graph.of_kind(IdentityKind::Role).filter(|(_, role)| role.made_by.is_none());
    Summary {
        deployed: units.iter().filter(is_deployed).count(),
        deployed_unknown: units.iter().filter(is_deployed).filter(is_unknown).count(),
        files,
        accounts: graph.accounts.count(),
        accounts_without_id: graph.accounts.count_without_id(),
        roles: roles.filter(|(_, role)| is_counted(role.declaration)).count(),
        edges: graph.edges(is_counted),
        unresolved: statistics.unresolved(),
    }
}

/// A piece of evidence as it is shown.
fn seen(witness: &Witness, accounts: &Accounts) -> UnitWitness {
    let is_term = witness.source == Source::Term || !accounts.is_assigned(&witness.account);
    let term = witness.account.as_symbol().filter(|_| is_term);
    UnitWitness {
        account: term.map_or_else(|| accounts.shown(&witness.account), |term| term.origin.shown().to_owned()),
        grade: witness.source.grade(),
        evidence: witness.evidence.as_str().to_owned(),
        span: witness.span,
    }
}

fn unit_accounts(graph: &Graph, units: &[Unit]) -> Vec<UnitAccount> {
    let languages: FxHashMap<_, _> = units.iter().map(|unit| (&unit.key, unit.language)).collect();
    let all = graph.accounts.units();
    let mut accounts: Vec<UnitAccount> = all
        .map(|(key, assignment)| {
            let language = languages.get(key).copied().unwrap_or(Language::Policy);
            unit_account(graph, key, assignment, language)
        })
        .collect();
    accounts.sort_by(|a, b| a.unit.cmp(&b.unit));
    accounts
}

/// The account of a unit, as it is shown.
fn unit_account(graph: &Graph, key: &UnitKey, assignment: &Assignment, language: Language) -> UnitAccount {
    let account = &assignment.account;
    UnitAccount {
        unit: key.to_string(),
        language,
        account: graph.accounts.is_assigned(account).then(|| graph.accounts.shown(account)),
        identity: graph.accounts.identity(key, assignment),
        is_placeholder: account.as_literal().is_some_and(|id| data::is_example_account(&id)),
        grade: graph.accounts.grade(key, assignment),
        evidence: assignment.evidence().to_owned(),
        span: assignment.span(),
        witnesses: assignment.witnesses.iter().map(|witness| seen(witness, &graph.accounts)).collect(),
    }
}
