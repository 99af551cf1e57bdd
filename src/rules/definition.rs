//! What a rule is, and what it may look at.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};

use super::common::{account_of, label};
use super::privilege::{Privilege, privilege_of};
use crate::ask::{Asker, Spot};
use crate::config::Called;
use crate::diagnostic::{Diagnostic, Effect, Label, Severity, readable, short};
use crate::graph::{Assumption, Graph, Id, IdentityId};
use crate::iam::condition;
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::source::{SourceId, SourceText, Sources, Span};
use crate::value::{Text, Via};

/// A rule: what it is called, what it says about itself, and how it looks.
///
/// A plain value rather than a trait: there is nothing to override, it can be listed without being constructed,
/// and `explain`, SARIF and the documentation read the same fields.
#[derive(Debug)]
pub struct Rule {
    /// The name, in kebab case: the rule's only id. It never changes meaning and is never given to another
    /// rule.
    pub name: &'static str,
    /// One line: what is wrong when the rule speaks.
    pub summary: &'static str,
    /// What is wrong.
    pub effect: Effect,
    /// The severity unless configured otherwise, or lowered for one finding.
    pub severity: Severity,
    /// The family, for lists.
    pub family: &'static str,
    /// The first release that had it.
    pub since: &'static str,
    /// The page shown by `explain`.
    pub page: &'static str,
    /// The check itself.
    pub check: fn(&Context<'_>, &mut Vec<Diagnostic>),
}

/// What a rule may look at.
#[derive(Debug)]
pub struct Context<'a> {
    /// Who may reach what.
    pub graph: &'a Graph,
    /// Where questions are asked: who may do what, at the time that date conditions are compared with.
    pub ask: Asker<'a>,
    /// Roles that something is told to assume, found when a rule first asks.
    assumptions: OnceLock<Vec<Assumption>>,
    /// The texts of all files, for the names by which templates call a value.
    sources: &'a Sources,
    /// The variables that files of values give something, found when a rule first asks.
    given: OnceLock<FxHashSet<String>>,
    /// What makes each role an administrator, as far as a rule has asked.
    privileges: Mutex<FxHashMap<IdentityId, Option<Box<Privilege>>>>,
}

impl<'a> Context<'a> {
    /// Rules look at a graph at a time.
    pub fn new(graph: &'a Graph, sources: &'a Sources, now: Timestamp) -> Self {
        Self {
            graph,
            ask: Asker::new(graph, now),
            assumptions: OnceLock::new(),
            sources,
            given: OnceLock::new(),
            privileges: Mutex::default(),
        }
    }

    /// What makes a role an administrator; several rules ask this of the same roles.
    pub(super) fn privilege_of(&self, id: IdentityId) -> Option<Privilege> {
        let known = self.privileges.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        let privilege = known.unwrap_or_else(|| {
            // Few roles have one.
            let found = privilege_of(self, id).map(Box::new);
            let mut all = self.privileges.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(id).or_insert(found).clone()
        });
        privilege.map(|it| *it)
    }

    /// Every declared role that something in the analyzed files is told to assume.
    pub(super) fn assumptions(&self) -> &[Assumption] {
        self.assumptions.get_or_init(|| self.graph.assumptions())
    }

    /// Whether some file of values in the project gives a variable something, by whatever script it is handed to its root.
    pub(super) fn is_given_somewhere(&self, variable: &str) -> bool {
        let given = self.given.get_or_init(|| {
            let files = self.sources.ids().filter(|id| self.sources.path(*id).ends_with(".tfvars"));
            files.flat_map(|id| given_by(&self.sources.text_or_empty(id))).collect()
        });
        given.contains(variable)
    }

    /// The references that a value came through, as they are written: `var.ci_account_id`.
    pub(super) fn references(&self, via: &Via) -> Vec<String> {
        via.spans().map(|span| self.sources.slice(span)).collect()
    }

    /// Which variable, local or parameter gives a principal its account, for the end of a help text. Nothing when the account
    /// is written where it is used.
    pub(super) fn given_by(&self, item: &Item<Principal>) -> String {
        let name = account_of(&item.value).and_then(|account| self.source_of(item, account));
        name.map(|name| format!("; the account ID comes from `{name}`")).unwrap_or_default()
    }

    /// The reference that a part of an item came through: the name that stands beside the value.
    pub(super) fn source_of<T>(&self, item: &Item<T>, part: &Text) -> Option<String> {
        let written = part.as_literal().map_or(0, |literal| literal.len());
        let here = match part.pieces() {
            [only] => Some(only.span).filter(|span| item.span.contains(*span)),
            _ => None,
        };
        let interpolated = here.filter(|span| span.len() != written);
        // A reference beside what is written there gives another part.
        let is_of_part = |span: &Span| here.is_none() || !item.span.contains(*span);
        let reference = || item.via.spans().filter(is_of_part).last();
        let name = interpolated.or_else(reference).map(|span| self.sources.slice(span));
        let name = name.filter(|name| name.len() <= 80 && !name.contains('\n'))?;
        let extension = Path::new(self.path(item.span)).extension();
        if extension.is_some_and(|it| it == "tf") && is_of_loop(&name) {
            return None;
        }
        Some(name.trim_start_matches("${").trim_end_matches('}').to_owned())
    }

    /// What is written at a place.
    pub(super) fn written(&self, span: Span) -> String {
        self.sources.slice(span)
    }

    /// The text of a file.
    pub(super) fn text(&self, file: SourceId) -> SourceText {
        self.sources.text_or_empty(file)
    }

    /// The file of a place.
    pub(super) fn path(&self, span: Span) -> &str {
        self.sources.path(span.source)
    }

    /// What a foreign text is that holds a place: `snapshot of 2026-11-20`.
    pub(super) fn called(&self, span: Span) -> Option<&str> {
        self.sources.called(span.source)
    }

    /// What is known of a request: the time, and nothing else yet.
    pub(crate) fn request(&self) -> &condition::Context {
        &self.ask.context
    }
}

/// Whether Terraform calls an element of a loop so: one word, or what is behind it. That says nothing of where it is set.
fn is_of_loop(name: &str) -> bool {
    match name.split_once('.') {
        Some((first, _)) => {
            !first.contains(['_', '-', '$', '"'])
                && !["var", "local", "module", "data", "each"].contains(&first)
        }
        None => !name.contains(['$', '"', '(']),
    }
}

impl Rule {
    /// What it is called, alone and together with others.
    pub fn called(&self) -> Called<'static> {
        Called { name: self.name, family: self.family, effect: self.effect.name() }
    }

    /// Its family, as a word that selects it: `both-sides`.
    pub fn family_word(&self) -> String {
        self.family.replace(' ', "-")
    }

    /// Starts a finding about a place: what is wrong, and what is to be seen there. The place brings its address and
    /// account, the reference that its value came through, and how certain it is: what is there only for some values of what
    /// is not known is only possible, unless it is said for which ([`When`](crate::value::When)).
    pub fn on(&self, spot: &Spot<'_>, message: impl Into<String>, text: impl Into<String>) -> Diagnostic {
        let address = Arc::clone(&spot.declared().address);
        let mut finding = self.finding(message, label(spot, spot.span, text)).about([address]);
        finding.instance = Some(short(spot.declaration.position()));
        finding.statement = spot.statement;
        // Two statements that say the same of the same are two mistakes.
        finding = finding.about(spot.sid.map(Text::to_string));
        let used = spot.via.and_then(|via| via.spans().last());
        finding = match used {
            Some(span) => finding.related(label(spot, span, "used here")),
            None => finding,
        };
        if !spot.declared().present.is_yes() && spot.declared().when.is_legible() {
            finding.deployed.clone_from(&spot.declared().when);
        }
        if spot.present.is_yes() {
            return finding;
        }
        match spot.when {
            // That value can be chosen, and then it is so.
            Some(when) if !when.is_empty() => finding.when(when),
            _ => finding.possible(),
        }
    }

    /// Starts a finding: what is wrong, and where to look first.
    pub(super) fn finding(&self, message: impl Into<String>, primary: Label) -> Diagnostic {
        Diagnostic::new((self.name, self.effect, self.severity), readable(message.into()), primary)
    }
}

/// The variables to which a file of values gives something that is not empty.
fn given_by(text: &str) -> Vec<String> {
    let given = |line: &str| {
        let (name, value) = line.split_once('=')?;
        let is_empty = matches!(value.trim(), "[]" | "\"\"" | "null" | "{}");
        (!is_empty && !line.starts_with([' ', '\t', '#', '/'])).then(|| name.trim().to_owned())
    };
    text.lines().filter_map(given).collect()
}
