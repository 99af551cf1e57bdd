//! The rules: one file and one page each.
//!
//! A rule reads the graph and reports what it can prove. What is not known is silent, or, where its page says
//! so, reported with confidence `possible`.

mod common;

mod account_id_number;
mod assume_any_role;
mod external_id_mismatch;
mod grant_without_permission;
mod invalid_principal;
mod missing_external_id;
mod missing_oidc_subject;
mod not_principal_allow;
mod pass_role_across_accounts;
mod permission_without_grant;
mod permission_without_trust;
mod privileged_outside_trust;
mod public_share;
mod trust_without_permission;
mod unassumable_role;
mod unresolved_policy;
mod unscoped_service_principal;
mod unused_ignore;
mod weak_external_id;
mod wildcard_oidc_subject;
mod wildcard_principal;
mod wrong_assume_action;

use jiff::Timestamp;

use crate::ask::{Asker, Spot};
use crate::diagnostic::{Confidence, Diagnostic, Effect, Label, Severity, readable};
use crate::graph::Graph;
use crate::iam::condition;

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
}

impl<'a> Context<'a> {
    /// Rules look at a graph at a time.
    pub fn new(graph: &'a Graph, now: Timestamp) -> Self {
        Self { graph, ask: Asker::new(graph, now) }
    }

    /// What is known of a request: the time, and nothing else yet.
    pub(crate) fn request(&self) -> &condition::Context {
        &self.ask.context
    }
}

impl Rule {
    /// Starts a finding about a place: what is wrong, and what is to be seen there. The place brings its address and
    /// account, the reference that its value came through, and how certain it is: what is there only for some values of what
    /// is not known is only possible.
    pub fn on(&self, spot: &Spot<'_>, message: impl Into<String>, text: impl Into<String>) -> Diagnostic {
        let address = spot.declared().address.as_str();
        let finding = self.finding(message, common::label(spot, spot.span, text)).about([address]);
        let used = spot.via.and_then(|via| via.spans().last());
        let finding = match used {
            Some(span) => finding.related(common::label(spot, span, "used here")),
            None => finding,
        };
        if spot.present.is_yes() { finding } else { finding.possible() }
    }

    /// Starts a finding: what is wrong, and where to look first.
    fn finding(&self, message: impl Into<String>, primary: Label) -> Diagnostic {
        Diagnostic {
            rule: self.name,
            effect: self.effect,
            severity: self.severity,
            confidence: Confidence::Certain,
            message: readable(message.into()),
            help: None,
            primary,
            related: Vec::new(),
            identity: Vec::new(),
        }
    }
}

/// Every rule, in alphabetical order.
pub static RULES: &[&Rule] = &[
    &account_id_number::RULE,
    &assume_any_role::RULE,
    &external_id_mismatch::RULE,
    &grant_without_permission::RULE,
    &invalid_principal::RULE,
    &missing_external_id::RULE,
    &missing_oidc_subject::RULE,
    &not_principal_allow::RULE,
    &pass_role_across_accounts::RULE,
    &permission_without_grant::RULE,
    &permission_without_trust::RULE,
    &privileged_outside_trust::RULE,
    &public_share::RULE,
    &trust_without_permission::RULE,
    &unassumable_role::RULE,
    &unresolved_policy::RULE,
    &unscoped_service_principal::RULE,
    &unused_ignore::RULE,
    &weak_external_id::RULE,
    &wildcard_oidc_subject::RULE,
    &wildcard_principal::RULE,
    &wrong_assume_action::RULE,
];

/// The rule of this name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}
