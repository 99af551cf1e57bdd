//! A resource policy grants what the caller's own policies do not.

use super::common::{beside, listed};
use super::{Context, Rule};
use crate::ask::{Grant, Outcome, Question, Requests, What, Who, grants};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::policy::{Item, Polarity};
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
    found.extend(grants(context.graph).filter_map(|grant| unpermitted(context, &grant)));
}

fn unpermitted(context: &Context<'_>, grant: &Grant<'_>) -> Option<Diagnostic> {
    let (graph, setting) = (context.graph, grant.setting);
    let actions = &setting.statement.actions;
    if actions.polarity == Polarity::NotIn || actions.open {
        return None;
    }
    let resource = &graph.resources[grant.resource];
    let caller_id = *graph.find_principal(grant.item, setting.unit()).first()?;
    let caller = &graph.identities[caller_id];
    // In one account the resource policy alone is enough; across accounts only what both sides allow works.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    if !graph.accounts.same(&caller.account, &resource.account).is_no() {
        return None;
    }
    let (who, target) = ([Who::Declared(caller_id)], What::resource(grant.resource));
    let elements = elements(grant, &resource.arn)?;
    let (mut missing, mut example): (Vec<&Item<Text>>, _) = (Vec::new(), None);
    for action in &actions.items {
        let Some(requests) = Requests::of(action, &elements, resource) else { continue };
        if let Outcome::Denied { own_blocks: true, example: one, .. } =
            context.ask.ask_all(&who, &target, &requests)
        {
            missing.push(action);
            example = example.or(Some(one));
        }
    }
    let (action, within) = example?;
    let question = Question { caller: &who[0], target: &target, action: &action, within: Some(&within) };
    let explained = context.ask.explain(&question);
    let names = listed(missing.iter().map(|action| format!("`{}`", action.text)));
    let them = if missing.len() == 1 { "it" } else { "them" };
    let denied = explained.evidence.iter().any(|one| one.is_own() && one.denies());
    let cause = if denied { "whose side denies" } else { "whose own policies do not allow" };
    let message = format!(
        "the policy of {} grants {names} to {}, {cause} {them}",
        graph.resource_shown(resource),
        graph.shown(caller),
    );
    let help = if denied {
        format!(
            "take {names} on `{}` out of what is denied to `{}`, or do not grant it",
            resource.arn, caller.shown
        )
    } else {
        format!("allow {names} on `{}` in a policy of `{}`, or do not grant it", resource.arn, caller.shown)
    };
    let mut finding = RULE
        .on(&setting.item(grant.item), message, "granted to this caller")
        .help(help)
        .about([resource.arn.to_string(), caller.arn.to_string()])
        .about(missing.iter().map(|action| action.text.to_string()));
    for action in missing.iter().take(bounds::LABELLED_ACTIONS) {
        finding = finding.related(beside(&setting, action.span, "not allowed by the caller's own policies"));
    }
    for one in explained.evidence.iter().filter(|one| one.is_own()) {
        finding = finding.related(one.label(graph));
    }
    Some(finding)
}

/// What the statement speaks of: its resources, or the resource itself where `*` means this resource.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html>
fn elements(grant: &Grant<'_>, arn: &Text) -> Option<Vec<Text>> {
    let mut elements = match &grant.setting.statement.resources {
        Some(clause) if clause.polarity == Polarity::NotIn => return None,
        Some(clause) => {
            let meant = |item: &Item<Text>| {
                if item.text.is_literally("*") { arn.clone() } else { item.value.clone() }
            };
            clause.items.iter().map(meant).collect()
        }
        None => vec![arn.clone()],
    };
    elements.retain(|element| !element.pieces().is_empty());
    (!elements.is_empty()).then_some(elements)
}
