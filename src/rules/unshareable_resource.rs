//! A resource policy grants another account what AWS allows only the account of the resource.

use super::common::{beside, grantee, listed, pairs};
use super::{Context, Rule};
use crate::ask::{Grant, Setting, Who, principals};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{IdentityId, Purpose, ResourceId};
use crate::iam::data;
use crate::iam::policy::{Item, Polarity};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "unshareable-resource",
    summary: "a resource policy grants another account an action that AWS never allows across accounts",
    effect: Effect::Dead,
    severity: Severity::Warning,
    family: "service",
    since: "0.1.0",
    page: include_str!("../../rules/unshareable-resource.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in principals(context.graph) {
        let Purpose::Resource(resource) = setting.document.purpose else { continue };
        let actions = &setting.statement.actions;
        if actions.polarity == Polarity::NotIn {
            continue;
        }
        let is_refused = |action: &&Item<Text>| {
            let written = action.text.as_literal();
            action.present.is_yes() && written.is_some_and(|it| data::is_refused_across_accounts(&it))
        };
        let refused: Vec<&Item<Text>> = actions.items.iter().filter(is_refused).collect();
        if !refused.is_empty() {
            found.extend(finding(context, (setting, resource), &refused));
        }
    }
}

fn finding(
    context: &Context<'_>,
    (setting, id): (Setting<'_>, ResourceId),
    refused: &[&Item<Text>],
) -> Option<Diagnostic> {
    let graph = context.graph;
    let resource = &graph.resources[id];
    let grants = setting.listed().iter().map(|item| Grant { setting, item, resource: id });
    let granted = grants.flat_map(|grant| context.ask.granted_to(&grant));
    let foreign: Vec<_> = granted.filter(|(_, _, account)| context.ask.is_foreign(account, id)).collect();
    let (first, (place, _, _)) = (refused.first()?, foreign.first()?);
    let shown = listed(foreign.iter().map(|(_, who, account)| grantee(graph, who, account)));
    let actions = listed(refused.iter().map(|action| format!("`{}`", action.text)));
    let it = if refused.len() == 1 { "this action" } else { "these actions" };
    let message = format!(
        "the policy of {} grants {actions} to {shown}, but AWS allows {it} only to the account of the resource: AWS will deny the requests",
        graph.resource_shown(resource),
    );
    let help = format!(
        "remove {actions} from the grant, and let {shown} assume a role in account {} that is allowed to do this",
        graph.accounts.shown(&resource.account)
    );
    let written: Vec<String> = refused.iter().map(|action| action.text.to_string()).collect();
    let mut finding = RULE
        .on(&setting.item(first), message, "never allowed across accounts")
        .help(help)
        .about([resource.arn.to_string(), shown])
        .about(written.iter().cloned())
        .related(beside(&setting, place.span, "principal of another account"));
    for action in refused.iter().skip(1).take(bounds::LABELLED_ACTIONS) {
        finding = finding.related(beside(&setting, action.span, "nor this"));
    }
    let ids = foreign.iter().filter_map(|(_, who, _)| match who {
        Who::Declared(id) => Some(*id),
        Who::Elsewhere(_) => None,
    });
    let ids: Vec<IdentityId> = ids.collect();
    Some(finding.between(pairs(graph, &ids, &[resource.declaration], &written)))
}
