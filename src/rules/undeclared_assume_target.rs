//! Permissions to assume roles that do not exist.

use super::undeclared::{self, Named};
use super::{Context, Rule};
use crate::ask::{Permission, Proof, permissions};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::IdentityKind;
use crate::iam::policy::Item;
use crate::value::Text;

use super::common::listed;

pub(super) static RULE: Rule = Rule {
    name: "undeclared-assume-target",
    summary: "a policy allows sts:AssumeRole on a role that does not exist",
    effect: Effect::Mismatch,
    severity: Severity::Warning,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/undeclared-assume-target.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for permission in permissions(context.graph) {
        if permission.setting.statement.actions.takes("sts:AssumeRole").is_yes() {
            found.extend(permission.elements.iter().filter_map(|item| missing(context, &permission, item)));
        }
    }
}

fn missing(context: &Context<'_>, permission: &Permission<'_>, item: &Item<Text>) -> Option<Diagnostic> {
    let (graph, setting) = (context.graph, permission.setting);
    let undeclared = context.ask.undeclared(&item.value, setting.unit())?;
    if undeclared.kind != IdentityKind::Role {
        return None;
    }
    let named = Named { graph, undeclared: &undeclared, unit: setting.unit() };
    let holders = listed(permission.callers.iter().map(|id| graph.shown(&graph.identities[*id])));
    let are = if permission.callers.len() == 1 { "is" } else { "are" };
    let what = format!("{holders} {are} allowed to assume {}", named.shown());
    let message = match undeclared.proof {
        Some(Proof::Covered | Proof::Seen) => format!("{what}, {}: the call fails", named.nowhere()),
        Some(Proof::Path) => format!("{what}, but {}: AWS will deny the request", named.with_path()),
        None => format!("{what}, which is not declared, but {}", named.resembling()),
    };
    let label = if undeclared.proof.is_some() { "no such role" } else { "misspelled?" };
    let finding = RULE
        .on(&setting.item(item), message, label)
        .help(named.help("remove the permission"))
        .severity(named.severity(Severity::Warning))
        .about([item.text.to_string()]);
    Some(undeclared::with_near(finding, &named))
}
