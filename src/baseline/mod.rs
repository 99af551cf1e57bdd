//! Findings that were there when a gate was set up: they are known, and only what is new is reported.
//!
//! A finding is known again by what it means: its rule, both entities, the principal as written and the actions, and by the instance that
//! it is about. Where it is written counts only to tell equals apart, so moving a file or adding lines changes nothing, while
//! another principal, another action or a further instance is new.

mod file;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::graph::{DocumentId, Graph, Id as _};
use crate::rules::called;
use crate::source::Sources;

pub use file::Wrong;

/// The name of the file, below the project root, unless somebody says another.
pub const FILE: &str = ".trustlint-baseline.json";

/// One finding about one instance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Known {
    rule: String,
    path: String,
    /// A hash of what the finding means.
    identity: String,
    message: String,
    address: Option<String>,
    /// The ID of the account, or what it is called when that is not known.
    account: Option<String>,
}

impl Known {
    fn of(finding: &Diagnostic, sources: &Sources, graph: &Graph) -> Self {
        Self {
            rule: finding.rule.to_owned(),
            path: sources.path(finding.primary.span.source).to_owned(),
            identity: finding.own_fingerprint(actions(finding, graph)),
            message: finding.message.clone(),
            address: finding.primary.address.as_deref().map(str::to_owned),
            account: finding.primary.account.as_deref().map(|account| id_of(account).to_owned()),
        }
    }

    /// What all instances of one finding have in common.
    fn finding(&self) -> [&str; 3] {
        [&self.rule, &self.path, &self.identity]
    }

    /// What it is known again by, from most to least that agrees. An account that is known since then, or no longer, is no other one.
    fn keys(&self) -> [String; 3] {
        let Self { identity, path, .. } = self;
        let address = self.address.as_deref().unwrap_or_default();
        let account = self.account.as_deref().unwrap_or_default();
        [
            format!("{identity}\0{address}\0{account}\0{path}"),
            format!("{identity}\0{address}\0{account}"),
            format!("{identity}\0{address}"),
        ]
    }
}

/// The actions of the statement that a finding is about: one more, and it is no longer what somebody has seen.
fn actions(finding: &Diagnostic, graph: &Graph) -> Vec<String> {
    let Some(at) = finding.statement else { return Vec::new() };
    let document = &graph.documents[DocumentId::from_position(at.document)];
    let Some(statement) = document.policy.statements.get(at.number as usize) else { return Vec::new() };
    let mut actions: Vec<String> =
        statement.actions.items.iter().map(|item| item.text.to_string().to_ascii_lowercase()).collect();
    actions.push(format!("{:?}", statement.actions.polarity));
    actions.sort();
    actions
}

/// `222222222222` of `prod (222222222222)`: giving an account a name makes it no other one.
fn id_of(account: &str) -> &str {
    let id = account.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")).map(|(_, id)| id);
    let is_id = |id: &&str| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
    id.filter(is_id).unwrap_or(account)
}

/// The findings that are known, and those of a run.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    known: Vec<Known>,
    /// Whether the run had each of the known ones.
    met: Vec<bool>,
    /// What the run had, known or not.
    found: Vec<Known>,
    /// How many of the findings cannot be in a baseline, because nobody can ignore them.
    refused: usize,
}

impl Baseline {
    fn of(known: Vec<Known>) -> Self {
        let met = vec![false; known.len()];
        Self { known, met, ..Self::default() }
    }

    /// Takes what is known out of the findings of a run, each of which is about one instance, and returns it. `is_reported` says of
    /// which ones people would hear.
    pub fn settle(
        &mut self,
        findings: &mut Vec<Diagnostic>,
        (sources, config, graph): (&Sources, &Config, &Graph),
        is_reported: impl Fn(&Diagnostic) -> bool,
    ) -> Vec<Diagnostic> {
        let mut slots: [FxHashMap<String, Vec<usize>>; 3] = Default::default();
        for (at, known) in self.known.iter().enumerate().rev() {
            for (slots, key) in slots.iter_mut().zip(known.keys()) {
                slots.entry(key).or_default().push(at);
            }
        }
        let is_free = |finding: &Diagnostic| {
            let nearest = config.nearest(sources.path(finding.primary.span.source));
            nearest.is_ignorable(&called(finding.rule))
        };
        let mut those: Vec<Option<(Known, bool)>> = findings
            .iter()
            .map(|finding| is_free(finding).then(|| (Known::of(finding, sources, graph), false)))
            .collect();
        self.refused =
            those.iter().zip(&*findings).filter(|(it, one)| it.is_none() && is_reported(one)).count();
        // All that agree in everything come first, so that one of several equals keeps its place.
        for (level, slots) in slots.iter_mut().enumerate() {
            for (found, is_known) in those.iter_mut().flatten().filter(|(_, is_known)| !is_known) {
                let key = found.keys().into_iter().nth(level).unwrap_or_default();
                let Some(free) = slots.get_mut(&key) else { continue };
                while let Some(at) = free.pop() {
                    let fits = level < 2 || self.fits(at, found);
                    let Some(met) = self.met.get_mut(at).filter(|met| !**met && fits) else { continue };
                    (*met, *is_known) = (true, true);
                    break;
                }
            }
        }
        let (mut kept, mut known) = (Vec::with_capacity(findings.len()), Vec::new());
        for (finding, that) in std::mem::take(findings).into_iter().zip(those) {
            let is_known = that.as_ref().is_some_and(|(_, is_known)| *is_known);
            self.found.extend(that.filter(|_| is_known || is_reported(&finding)).map(|(found, _)| found));
            if is_known { known.push(finding) } else { kept.push(finding) }
        }
        *findings = kept;
        known
    }

    /// Whether a known finding may be the same although something is said of the account of one of them only.
    fn fits(&self, at: usize, found: &Known) -> bool {
        self.known.get(at).is_some_and(|known| known.account.is_none() || found.account.is_none())
    }

    /// How many of the known findings the run did not have, wholly or in some of their instances, of the rules that it asked.
    pub fn gone(&self, is_asked: impl Fn(&str, &str) -> bool) -> usize {
        self.unmet(is_asked).len()
    }

    /// How many of the known findings the run had no instance of.
    pub fn lost(&self) -> usize {
        let met = self.known.iter().zip(&self.met).filter(|(_, met)| **met).map(|(known, _)| known.finding());
        let mut unmet = self.unmet(|_, _| true);
        met.for_each(|finding| _ = unmet.remove(&finding));
        unmet.len()
    }

    fn unmet(&self, is_asked: impl Fn(&str, &str) -> bool) -> FxHashSet<[&str; 3]> {
        let all = self.known.iter().zip(&self.met);
        let unmet = all.filter(|(known, met)| !**met && is_asked(&known.rule, &known.path));
        unmet.map(|(known, _)| known.finding()).collect()
    }

    /// What was found, as the baseline of later runs.
    #[must_use]
    pub fn updated(self) -> Self {
        Self { refused: self.refused, ..Self::of(self.found) }
    }

    /// What was known and found, as the baseline of later runs.
    #[must_use]
    pub fn pruned(self) -> Self {
        let kept = self.known.into_iter().zip(self.met).filter(|(_, met)| *met).map(|(known, _)| known);
        Self::of(kept.collect())
    }

    /// How many of the findings cannot be in a baseline.
    pub fn refused(&self) -> usize {
        self.refused
    }
}
