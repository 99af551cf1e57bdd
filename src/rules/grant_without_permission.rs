//! A resource policy grants what the caller's own policies do not.

use super::common::{Setting, acts_on, declared, if_present, listed, through};
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Found, Purpose, Resource};
use crate::iam::evaluate;
use crate::iam::policy::{self, Item, Polarity, Policy};
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "grant-without-permission",
    summary: "a resource policy grants another account's caller actions that the caller is not allowed",
    effect: Effect::Mismatch,
    severity: Severity::Warning,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/grant-without-permission.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for document in &graph.documents {
        let Purpose::Resource(resource) = document.purpose else { continue };
        let Some(resource) = graph.resources.get(resource) else { continue };
        for statement in &document.policy.statements {
            let setting = Setting { graph, document, statement };
            let allows = statement.effect == Some(policy::Effect::Allow)
                && statement.actions.polarity == Polarity::In
                && !statement.actions.open;
            let Some(clause) =
                statement.principals.as_ref().filter(|it| allows && it.polarity == Polarity::In)
            else {
                continue;
            };
            found.extend(
                clause.items.iter().filter_map(|item| unpermitted(context, &setting, item, resource)),
            );
        }
    }
}

fn unpermitted(
    context: &Context<'_>,
    setting: &Setting<'_>,
    item: &Item<Principal>,
    resource: &Resource,
) -> Option<Diagnostic> {
    let graph = context.graph;
    let Found::Declared(_, caller) = graph.find_principal(&item.value) else { return None };
    // In one account the resource policy alone is enough; across accounts only what both sides allow works.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    if !graph.accounts.same(&caller.account, &resource.account).is_no() || !graph.is_complete(caller) {
        return None;
    }
    let attached = graph.policies_of(caller);
    let policies: Vec<&Policy> = attached.iter().map(|attached| &*attached.policy).collect();
    let targets = targets(setting, resource)?;
    let missing: Vec<&Item<Text>> = setting
        .statement
        .actions
        .items
        .iter()
        .filter(|action| {
            let mut targets =
                targets.iter().filter(|target| !acts_on(action, target, resource).is_no()).peekable();
            targets.peek().is_some()
                && targets.all(|target| {
                    evaluate::identity_covers(&policies, &action.value, target, &context.request())
                        .any
                        .is_no()
                })
        })
        .collect();
    if missing.is_empty() {
        return None;
    }
    let actions = listed(missing.iter().map(|action| format!("`{}`", action.text)));
    let message = format!(
        "{} grants {actions} to {}, whose own policies do not allow {}",
        subject(setting, resource),
        graph.shown(caller),
        if missing.len() == 1 { "it" } else { "them" },
    );
    let mut finding = setting
        .finding(&RULE, message, item.span, "granted to this caller")
        .help(format!(
            "allow {actions} on `{}` in a policy of `{}`, or do not grant it",
            resource.arn, caller.shown
        ))
        .about([resource.arn.to_string(), caller.arn.to_string()])
        .about(missing.iter().map(|action| action.text.to_string()));
    for action in missing.iter().take(8) {
        finding = finding.related(setting.label(action.span, "not allowed by the caller's own policies"));
    }
    if let Some(used) = through(setting, &item.via) {
        finding = finding.related(used);
    }
    if let Some(declaration) = graph.declaration(caller.declaration) {
        finding = finding.related(declared(graph, declaration, "the caller is declared here"));
    }
    Some(if_present(finding, item.present))
}

/// What the statement speaks of: its resources, or the resource itself where `*` means this resource.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html>
fn targets(setting: &Setting<'_>, resource: &Resource) -> Option<Vec<Text>> {
    let mut targets = Vec::new();
    match &setting.statement.resources {
        Some(clause) if clause.polarity == Polarity::In => {
            for item in &clause.items {
                if item.text.is_literally("*") {
                    targets.push(resource.arn.clone());
                } else {
                    targets.push(item.value.clone());
                }
            }
        }
        Some(_) => return None,
        None => targets.push(resource.arn.clone()),
    }
    targets.retain(|target| !target.pieces().is_empty());
    (!targets.is_empty()).then_some(targets)
}

fn subject(setting: &Setting<'_>, resource: &Resource) -> String {
    let graph = setting.graph;
    let declaration = graph.declaration(resource.declaration).map_or("", |it| it.address.as_str());
    format!("the policy of `{declaration}`{}", graph.in_account(&resource.account))
}
