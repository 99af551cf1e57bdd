//! What a run found: what is reported, counted and shown, by whatever way it is written.

use std::cmp::Reverse;

use crate::accounts::Grade;
use crate::accounts::normalise::Key;
use crate::diagnostic::{Accepted, Diagnostic, Problem};
use crate::facts::{Bound, Language, Unit};
use crate::rules::UNREADABLE;
use crate::source::Span;
use crate::statistics::{Statistics, Unresolved};
use crate::value::UnitKey;

/// What a run found.
#[derive(Debug, Default)]
pub struct Checked {
    /// The findings, ordered by place.
    pub findings: Vec<Diagnostic>,
    /// Findings that somebody asked not to see, and why.
    pub suppressed: Vec<(Diagnostic, Accepted)>,
    /// Findings that a baseline knows.
    pub known: Vec<Diagnostic>,
    /// How many findings are left out because more were found than somebody wants to see.
    pub left_out: usize,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Counts.
    pub summary: Summary,
    /// How much of the policies is resolved.
    pub statistics: Statistics,
    /// The account of each unit.
    pub accounts: Vec<UnitAccount>,
    /// Whose policies the policy files are, where that is known.
    pub bindings: Vec<Bound>,
    /// Policy files with trust policies and permissions of which nobody knows whose they are.
    pub unattached: usize,
}

impl Checked {
    /// Keeps this many findings, the worst ones, in their order.
    pub fn keep_worst(&mut self, most: usize) {
        let mut severities: Vec<_> = self.findings.iter().map(|finding| Reverse(finding.severity)).collect();
        severities.sort_unstable();
        let (Some(Reverse(least)), Some(all)) =
            (severities.get(most).copied(), self.findings.len().checked_sub(most))
        else {
            return;
        };
        let worse = severities.iter().filter(|it| it.0 > least).count();
        let mut room = most.saturating_sub(worse);
        self.findings.retain(|finding| {
            let has_room = finding.severity == least && room > 0;
            room -= usize::from(has_room);
            finding.severity > least || has_room
        });
        self.left_out = all;
    }

    /// The finding that reports a problem.
    pub fn finding_of(&self, problem: &Problem) -> Option<&Diagnostic> {
        let suppressed = self.suppressed.iter().map(|(finding, _)| finding);
        let mut all = self.findings.iter().chain(suppressed);
        all.find(|one| {
            problem.lost && one.rule == UNREADABLE && one.primary.span.source == problem.span.source
        })
    }
}

/// Counts of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Summary {
    /// Files that were analyzed.
    pub files: usize,
    /// Different accounts that units are deployed to, as far as known.
    pub accounts: usize,
    /// How many of these are known without their ID.
    pub accounts_without_id: usize,
    /// Units that are deployed, as opposed to modules and policy files.
    pub deployed: usize,
    /// How many of these have no account, not even one without an ID.
    pub deployed_unknown: usize,
    /// Roles.
    pub roles: usize,
    /// Edges of the graph.
    pub edges: usize,
    /// What of the policies could not be resolved.
    pub unresolved: Unresolved,
}

/// The account of a unit, and how it is known.
#[derive(Clone, Debug)]
pub struct UnitAccount {
    /// The unit: a directory with the provider alias, or a file.
    pub unit: String,
    /// The template language.
    pub language: Language,
    /// The account, when known: `prod (222222222222)`.
    pub account: Option<String>,
    /// What stands for the account where its ID is not known: all units with this are in one account.
    pub identity: Option<String>,
    /// Whether the ID is one that examples use, so that it may stand for another.
    pub is_placeholder: bool,
    /// How much is known of it.
    pub grade: Option<Grade>,
    /// How it is known.
    pub evidence: String,
    /// Where the template says so.
    pub span: Option<Span>,
    /// All that speaks for an account, the first of which holds.
    pub witnesses: Vec<UnitWitness>,
}

/// A piece of evidence for the account of a unit.
#[derive(Clone, Debug)]
pub struct UnitWitness {
    /// The account, or what stands for it.
    pub account: String,
    /// How much it says.
    pub grade: Grade,
    /// In which words.
    pub evidence: String,
    /// Where it is written.
    pub span: Option<Span>,
}

/// What a project says of accounts, before anything is judged.
#[derive(Debug, Default)]
pub struct Survey {
    /// The units as the templates have them, in the order of their keys.
    pub units: Vec<Unit>,
    /// The units with their accounts, in the same order.
    pub surveyed: Vec<SurveyedUnit>,
    /// The names of accounts that an organization declares.
    pub organization: Vec<String>,
    /// The names of declared roles, each with the unit that declares it.
    pub roles: Vec<(String, UnitKey)>,
    /// The accounts that policies name, each with its place.
    pub named: Vec<(String, Span)>,
    /// Whose policies the policy files are.
    pub bindings: Vec<Bound>,
    /// How many files were analyzed.
    pub files: usize,
}

/// A unit, with what is known of its account.
#[derive(Clone, Debug)]
pub struct SurveyedUnit {
    /// As it is shown.
    pub account: UnitAccount,
    /// What identifies it.
    pub key: UnitKey,
    /// The directory or file.
    pub path: String,
    /// Files of values that it is deployed with.
    pub files: Vec<String>,
    /// Whether it is deployed by itself.
    pub is_deployed: bool,
    /// The ID of its account, when it is known.
    pub id: Option<String>,
    /// What is the same for all units of one account.
    pub term: Key,
    /// The term as it is written in a configuration, when a template says it.
    pub shown_term: Option<String>,
    /// Whether its provider assumes a role.
    pub assumes: bool,
}
