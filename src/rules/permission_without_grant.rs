//! Permission on a resource of another account whose policy does not admit the caller.

use std::collections::BTreeMap;

use super::common::{Setting, acts_on, callers, declared, if_present, listed};
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Document, Graph, Identity, IdentityId, Purpose, Resource, ResourceId};
use crate::iam::evaluate;
use crate::iam::policy::{self, Item, Polarity, Policy};
use crate::value::{Answer, Text};

pub(super) static RULE: Rule = Rule {
    name: "permission-without-grant",
    summary: "a caller is allowed actions on a resource of another account that does not grant them",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/permission-without-grant.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for document in graph.documents.iter().filter(|document| document.purpose == Purpose::Identity) {
        let Some(callers) = callers(graph, document) else { continue };
        for statement in &document.policy.statements {
            let setting = Setting { graph, document, statement };
            let allows =
                statement.effect == Some(policy::Effect::Allow) && statement.actions.polarity == Polarity::In;
            let Some(clause) =
                statement.resources.as_ref().filter(|it| allows && it.polarity == Polarity::In)
            else {
                continue;
            };
            let named = named(graph, &clause.items);
            for (id, (items, meant)) in named {
                if let Some(resource) = graph.resources.get(id) {
                    let finding = ungranted(context, &setting, &items, &callers, resource);
                    found.extend(finding.map(|finding| if_present(finding, meant)));
                }
            }
        }
    }
}

/// The elements that speak of one resource (a bucket, and what is in it), which are judged together, and whether it is
/// certainly meant.
fn named<'a>(graph: &Graph, items: &'a [Item<Text>]) -> BTreeMap<ResourceId, (Vec<&'a Item<Text>>, Answer)> {
    let mut named = BTreeMap::new();
    for item in items {
        let exactly = graph.find_resource(&item.value).map(|(id, _)| (id, Answer::Yes));
        let of_some_region = || Some((graph.find_resource_of_some_region(&item.value)?.0, Answer::Unknown));
        if let Some((id, certain)) = exactly.or_else(of_some_region) {
            let (items, meant) = named.entry(id).or_insert((Vec::new(), Answer::Yes));
            items.push(item);
            *meant = meant.and(certain);
        }
    }
    named
}

/// What is allowed on a resource of another account and granted nowhere there.
fn ungranted(
    context: &Context<'_>,
    setting: &Setting<'_>,
    items: &[&Item<Text>],
    callers: &[(IdentityId, &Identity)],
    resource: &Resource,
) -> Option<Diagnostic> {
    let graph = context.graph;
    let across =
        callers.iter().all(|(_, caller)| graph.accounts.same(&caller.account, &resource.account).is_no());
    let policies: Vec<&Policy> = policies(graph, resource);
    let is_shared =
        callers.iter().any(|(_, caller)| graph.shares_with(resource, &caller.account).next().is_some());
    if !across || !resource.complete || is_shared || policies.iter().any(|policy| policy.open) {
        return None;
    }
    let denied = |action: &Item<Text>, item: &Item<Text>, caller: &Identity| {
        graph.caller(caller).is_some_and(|caller| {
            evaluate::grant_covers(&policies, &caller, &action.value, &item.value, &context.request()).is_no()
        })
    };
    let does = |action: &Item<Text>, item: &Item<Text>| !acts_on(action, &item.value, resource).is_no();
    let asked = setting.statement.actions.items.iter().filter(|action| {
        of_service(action, resource.service)
            && !resource.is_open_without_policy(&action.value)
            && items.iter().any(|item| does(action, item))
    });
    let (missing, granted): (Vec<_>, Vec<_>) = asked.partition(|action| {
        let mut items = items.iter().filter(|item| does(action, item));
        items.all(|item| callers.iter().all(|(_, caller)| denied(action, item, caller)))
    });
    let item = items.first()?;
    let first = missing.first()?;
    let who = listed(callers.iter().map(|(_, caller)| graph.shown(caller)));
    let actions = listed(missing.iter().map(|action| format!("`{}`", action.text)));
    let declaration = graph.declaration(resource.declaration)?;
    let address = &declaration.address;
    let cause = if !resource.can_have_policy {
        "which cannot have a policy that admits another account"
    } else if policies.is_empty() {
        "which has no policy that admits another account"
    } else {
        "whose policy does not admit that"
    };
    let message =
        format!("{who} may call {actions} on `{address}`{}, {cause}", graph.in_account(&resource.account));
    let caller = callers.first().map(|(_, caller)| caller.arn.to_string()).unwrap_or_default();
    let help = if resource.can_have_policy {
        format!("grant {actions} to `{caller}` in the policy of `{address}`, or remove the permission")
    } else {
        format!("let `{caller}` assume a role in the account of `{address}` that may do this")
    };
    // What is wrong is the resource when nothing is granted on it, else the actions that are not.
    let (place, text) = if granted.is_empty() {
        (item.span, "not granted by this resource")
    } else {
        (first.span, "will be denied")
    };
    let mut finding = setting
        .finding(&RULE, message, place, text)
        .help(help)
        .about([item.text.to_string(), resource.arn.to_string()])
        .about(missing.iter().map(|action| action.text.to_string()));
    for action in missing.iter().filter(|action| action.span != place).take(8) {
        finding = finding.related(setting.label(action.span, "will be denied"));
    }
    let policy = resource.documents.first().and_then(|id| graph.documents.get(*id));
    let other = policy.and_then(|document| graph.declaration(document.declaration)).unwrap_or(declaration);
    let text = if policy.is_some() { "its policy" } else { "the resource" };
    Some(if_present(finding.related(declared(graph, other, text)), item.present))
}

fn policies<'a>(graph: &'a Graph, resource: &Resource) -> Vec<&'a Policy> {
    let documents = resource.documents.iter().filter_map(|id| graph.documents.get(*id));
    documents.map(|document: &Document| &*document.policy).collect()
}

/// Whether an action pattern is of one service.
fn of_service(action: &Item<Text>, service: &str) -> bool {
    let written = action.text.to_string();
    written.split_once(':').is_some_and(|(prefix, _)| prefix.eq_ignore_ascii_case(service))
}
