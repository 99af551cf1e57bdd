//! Permissions on resources that do not exist.

use super::common::{declared, listed};
use super::{Context, Rule};
use crate::ask::{Permission, permissions};
use crate::diagnostic::{Diagnostic, Effect, Severity, readable};
use crate::iam::policy::Item;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "undeclared-resource",
    summary: "a permission names a resource that does not exist",
    effect: Effect::Mismatch,
    severity: Severity::Warning,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/undeclared-resource.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for permission in permissions(context.graph) {
        found.extend(permission.elements.iter().filter_map(|item| missing(context, &permission, item)));
    }
}

fn missing(context: &Context<'_>, permission: &Permission<'_>, item: &Item<Text>) -> Option<Diagnostic> {
    let (graph, setting) = (context.graph, permission.setting);
    let undeclared = context.ask.undeclared_resource(&item.value, setting.unit())?;
    let near = undeclared.near.map(|id| &graph.resources[id]);
    let holders = listed(permission.callers.iter().map(|id| graph.shown(&graph.identities[*id])));
    let are = if permission.callers.len() == 1 { "is" } else { "are" };
    let actions = &setting.statement.actions.items;
    let actions = listed(actions.iter().map(|action| format!("`{}`", action.text)));
    let (kind, name) = (undeclared.kind, &undeclared.name);
    let account = graph.in_account(&undeclared.account);
    let what = format!("{holders} {are} allowed {actions} on {kind} `{name}`{account}");
    let message = if undeclared.missing {
        format!("{what}, which no template of that account declares")
    } else {
        let near = near.map(|it| graph.address(it.declaration)).unwrap_or_default();
        format!("{what}, which is not declared, but `{near}` has a similar name")
    };
    let write = near.map(|near| {
        let arn = format!("{}{}", readable(near.arn.to_string()), readable(undeclared.behind));
        let address = graph.address(near.declaration);
        if arn.contains("${") {
            format!("write the name of `{address}` if that is meant")
        } else {
            format!("write `{arn}` if that is meant")
        }
    });
    let declare = format!("declare the {kind}, or remove the permission");
    let help = match (write, undeclared.missing) {
        (Some(write), true) => format!("{write}, or declare the {kind}"),
        (Some(write), false) => write,
        (None, _) => declare,
    };
    let (label, severity) = if undeclared.missing {
        ("no such resource", Severity::Warning)
    } else {
        ("misspelled?", Severity::Info)
    };
    let finding = RULE
        .on(&setting.item(item), message, label)
        .help(help)
        .severity(severity)
        .about([item.text.to_string()]);
    Some(match near {
        Some(near) => finding.related(declared(graph, near.declaration, "similar name")),
        None => finding,
    })
}
