//! Principals that do not exist.

use super::undeclared::{self, Named};
use super::{Context, Rule};
use crate::ask::{Proof, Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Purpose;
use crate::iam::policy::{Effect as Says, Item};
use crate::iam::principal::Principal;

pub(super) static RULE: Rule = Rule {
    name: "undeclared-principal",
    summary: "a trust policy or resource policy names a role or user that does not exist",
    effect: Effect::Rejected,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/undeclared-principal.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in statements(context.graph) {
        // AWS looks up whoever a policy names, also in a denial and in `NotPrincipal`.
        let clause = match setting.document.purpose {
            Purpose::Trust(_) | Purpose::Resource(_) | Purpose::File => setting.statement.principals.as_ref(),
            Purpose::Identity | Purpose::Limit => None,
        };
        for item in clause.iter().flat_map(|clause| &clause.items) {
            if matches!(item.value, Principal::Role { .. } | Principal::User { .. }) {
                found.extend(missing(context, &setting, item));
            }
        }
    }
}

fn missing(context: &Context<'_>, setting: &Setting<'_>, item: &Item<Principal>) -> Option<Diagnostic> {
    let graph = context.graph;
    let undeclared = context.ask.undeclared(&item.text, setting.unit())?;
    let named = Named { graph, undeclared: &undeclared, unit: setting.unit() };
    let verb = match (setting.is_trust(), setting.statement.effect) {
        (_, Some(Says::Deny)) => "denies",
        (true, _) => "trusts",
        (false, _) => "grants access to",
    };
    let what = format!("{} {verb} {}", setting.subject(), named.shown());
    let message = match undeclared.proof {
        Some(Proof::Covered | Proof::Seen) => {
            format!("{what}, {}: AWS rejects the policy", named.nowhere())
        }
        Some(Proof::Path) => format!("{what}, but {}: AWS rejects the policy", named.with_path()),
        None => format!("{what}, which is not declared, but {}", named.resembling()),
    };
    let label = if undeclared.proof.is_some() { "no such principal" } else { "misspelled?" };
    let finding = RULE
        .on(&setting.item(item), message, label)
        .help(named.help("remove it from the policy"))
        .severity(named.severity(Severity::Error))
        .about([item.text.to_string()]);
    Some(undeclared::with_near(finding, &named))
}
