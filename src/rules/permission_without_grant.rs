//! Permission on a resource of another account whose policy does not admit the caller.

use super::common::{Setting, callers, declared, listed};
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Document, Graph, Identity, IdentityId, Purpose, Resource};
use crate::iam::evaluate;
use crate::iam::policy::{self, Item, Polarity, Policy};
use crate::value::Text;

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
            for item in &clause.items {
                let Some((_, resource)) = graph.find_resource(&item.value) else { continue };
                found.extend(ungranted(context, &setting, item, &callers, resource));
            }
        }
    }
}

fn ungranted(
    context: &Context<'_>,
    setting: &Setting<'_>,
    item: &Item<Text>,
    callers: &[(IdentityId, &Identity)],
    resource: &Resource,
) -> Option<Diagnostic> {
    let graph = context.graph;
    let across =
        callers.iter().all(|(_, caller)| graph.accounts.same(&caller.account, &resource.account).is_no());
    let policies: Vec<&Policy> = policies(graph, resource);
    if !across || !resource.complete || policies.iter().any(|policy| policy.open) {
        return None;
    }
    let missing: Vec<&Item<Text>> = setting
        .statement
        .actions
        .items
        .iter()
        .filter(|action| of_service(action, resource.service))
        .filter(|action| {
            callers.iter().all(|(_, caller)| {
                graph.caller(caller).is_some_and(|caller| {
                    evaluate::grant_covers(&policies, &caller, &action.value, &item.value, &context.request())
                        .is_no()
                })
            })
        })
        .collect();
    if missing.is_empty() {
        return None;
    }
    let who = listed(callers.iter().map(|(_, caller)| graph.shown(caller)));
    let actions = listed(missing.iter().map(|action| format!("`{}`", action.text)));
    let declaration = graph.declaration(resource.declaration)?;
    let cause = if policies.is_empty() {
        "which has no policy that admits another account"
    } else {
        "whose policy does not admit that"
    };
    let message = format!(
        "{who} may call {actions} on `{}`{}, {cause}",
        declaration.address,
        graph.in_account(&resource.account)
    );
    let first = callers.first().map(|(_, caller)| caller.arn.to_string()).unwrap_or_default();
    let mut finding = setting
        .finding(&RULE, message, item.span, "not granted by this resource")
        .help(format!(
            "grant {actions} to `{first}` in the policy of `{}`, or remove the permission",
            declaration.address
        ))
        .about([setting.address().to_owned(), item.text.to_string(), resource.arn.to_string()])
        .about(missing.iter().map(|action| action.text.to_string()));
    for action in missing.iter().take(8) {
        finding = finding.related(setting.label(action.span, "will be denied"));
    }
    let policy = resource.documents.first().and_then(|id| graph.documents.get(*id));
    let place = policy.and_then(|document| graph.declaration(document.declaration)).unwrap_or(declaration);
    let text = if policy.is_some() { "its policy" } else { "the resource" };
    finding = finding.related(declared(graph, place, text));
    Some(finding)
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
