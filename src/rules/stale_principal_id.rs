//! Principals that are left of what was deleted.

use super::{Context, Rule};
use crate::ask::{Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::policy::{self, Item, Polarity};
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "stale-principal-id",
    summary: "a principal is the unique ID of a role or user, which AWS shows in place of one that was deleted",
    effect: Effect::Dead,
    severity: Severity::Warning,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/stale-principal-id.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in statements(context.graph) {
        for item in setting.statement.principals.iter().flat_map(|clause| &clause.items) {
            if let Principal::UniqueId(id) = &item.value
                && !exists(context, id)
            {
                found.push(finding(&setting, item, id));
            }
        }
    }
}

/// Whether a snapshot has a role or user with this ID, so that AWS shows its ARN from the next time on.
fn exists(context: &Context<'_>, id: &Text) -> bool {
    let graph = context.graph;
    graph.identities.iter().filter_map(|one| graph.unique_id(one)).any(|known| id.is_literally(&known))
}

fn finding(setting: &Setting<'_>, item: &Item<Principal>, id: &Text) -> Diagnostic {
    let kind = if id.begins_with("AROA") { "role" } else { "user" };
    let spares = setting.statement.principals.as_ref().is_some_and(|it| it.polarity == Polarity::NotIn);
    let so = match setting.statement.effect {
        Some(policy::Effect::Deny) if spares => "is denied",
        Some(policy::Effect::Deny) => "is not denied",
        _ => "has no access",
    };
    let message = format!(
        "the principal `{id}` of {} is a unique ID, which AWS shows in place of the ARN of a deleted {kind}: a new {kind} of the same name {so}",
        setting.subject()
    );
    RULE.on(&setting.item(item), message, format!("ID of a deleted {kind}"))
        .help(format!(
            "write the ARN of the {kind}, `arn:aws:iam::111122223333:{kind}/NAME`, or remove the principal"
        ))
        .about([id.to_string()])
}
