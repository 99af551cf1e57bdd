//! A resource policy grants what the policies of the other account's principal do not allow.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::common::{beside, listed, pairs};
use super::own_side::OwnSide;
use super::whole_account::Members;
use super::{Context, Rule, replication};
use crate::ask::{Grant, Named, Outcome, Question, Requests, What, Who, WholeAccount, grants, names};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{IdentityId, ResourceId};
use crate::iam::policy::{Item, Polarity};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "grant-without-permission",
    summary: "a resource policy grants actions that the other account's principal has no permission for",
    effect: Effect::Mismatch,
    severity: Severity::Warning,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/grant-without-permission.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let members = Members::of(context.graph);
    let mut to_accounts: ToAccounts<'_> = BTreeMap::new();
    for grant in grants(context.graph) {
        let named = grant.setting.named(grant.item);
        found.extend(named.iter().filter_map(|named| unpermitted(context, &grant, named)));
        if named.is_empty() && !members.is_empty() {
            for whole in grant.setting.whole_accounts(grant.item) {
                let account = context.graph.accounts.shown(&whole.account);
                to_accounts.entry((grant.resource, account)).or_default().push((grant, whole));
            }
        }
    }
    found.extend(to_accounts.values().filter_map(|all| unusable(context, &members, all)));
}

/// What a resource grants to an account as a whole.
type ToAccounts<'g> = BTreeMap<(ResourceId, String), Vec<(Grant<'g>, WholeAccount<'g>)>>;

/// Grants of a resource to an account in which nobody can use any of them.
fn unusable(
    context: &Context<'_>,
    members: &Members,
    all: &[(Grant<'_>, WholeAccount<'_>)],
) -> Option<Diagnostic> {
    let (graph, accounts) = (context.graph, &context.graph.accounts);
    let (first, whole) = all.first()?;
    let resource = &graph.resources[first.resource];
    if !accounts.same(&whole.account, &resource.account).is_no() {
        return None;
    }
    let mut requests = Requests::default();
    for (grant, _) in all {
        let actions = &grant.setting.statement.actions;
        if actions.polarity == Polarity::NotIn || actions.open {
            return None;
        }
        let elements = grant.setting.elements(&resource.arn)?;
        for action in &actions.items {
            requests = requests.and(Requests::of(action, elements.iter().copied(), resource)?);
        }
    }
    let target = What::resource(first.resource);
    let settings: Vec<_> = all.iter().map(|(grant, _)| &grant.setting).collect();
    let nobody = members.nobody(&context.ask, (&whole.account, &settings), (&target, &requests))?;
    let mut actions: Vec<_> = all
        .iter()
        .flat_map(|(grant, _)| &grant.setting.statement.actions.items)
        .map(|it| it.text.to_string())
        .collect();
    actions.sort();
    actions.dedup();
    let names = listed(actions.iter().map(|action| format!("`{action}`")));
    let message = format!(
        "the policy of {} grants {names} to account {}, but no role or user in that account can use it",
        graph.resource_shown(resource),
        accounts.shown(&whole.account)
    );
    let mut finding = RULE
        .on(&whole.spot, message, "granted to this account")
        .help(nobody.help(&format!("allow {names} on `{}`", resource.arn), "the policy of the resource"))
        .about([resource.arn.to_string(), whole.account.to_string()])
        .about(actions);
    for (grant, whole) in all.iter().skip(1) {
        finding = finding.related(beside(&grant.setting, whole.spot.span, "granted here too"));
    }
    Some(nobody.shown(graph, finding))
}

fn unpermitted(context: &Context<'_>, grant: &Grant<'_>, named: &Named<'_>) -> Option<Diagnostic> {
    let (graph, setting) = (context.graph, grant.setting);
    let actions = &setting.statement.actions;
    if actions.polarity == Polarity::NotIn || actions.open {
        return None;
    }
    let resource = &graph.resources[grant.resource];
    let caller_id = named.id;
    let caller = &graph.identities[caller_id];
    // In one account the resource policy alone is enough; across accounts only what both sides allow works.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
    if !graph.accounts.same(&caller.account, &resource.account).is_no() {
        return None;
    }
    let target = What::resource(grant.resource);
    let useless = useless(context, grant, caller_id, |own_side| !own_side.is_boundary())?;
    let missing = &useless.actions;
    let (action, within) = &useless.example;
    let who = Who::Declared(caller_id);
    let question = Question { caller: &who, target: &target, action, within: Some(within) };
    let explained = context.ask.explain(&question);
    // Another condition beside the one that names it may keep it out.
    if named.by_condition && explained.sides.other.is_no() {
        return None;
    }
    let names = listed(missing.iter().map(|action| format!("`{}`", action.text)));
    let own_side = OwnSide::of(&context.ask, &question, &explained.ruling);
    let message = format!(
        "the policy of {} grants {names} to {}, but {}",
        graph.resource_shown(resource),
        graph.shown(caller),
        own_side.clause(
            &caller.shown,
            if missing.len() == 1 { "it" } else { "them" },
            graph.address(resource.declaration)
        )
    );
    let help = format!(
        "{}, or remove `{}` from the policy of the resource",
        own_side.help(&caller.shown, &names, &useless.element),
        caller.shown
    );
    let mut finding = RULE
        .on(&named.spot, message, "granted to this principal")
        .help(help)
        .about([resource.arn.to_string(), caller.arn.to_string()])
        .about(useless.named())
        .between(pairs(graph, &[caller_id], &[resource.declaration], &useless.named()));
    for action in missing.iter().take(bounds::LABELLED_ACTIONS) {
        finding = finding.related(beside(&setting, action.span, "granted, but not allowed"));
    }
    for one in explained.evidence.iter().filter(|one| one.is_own()) {
        finding = finding.related(one.label(graph));
    }
    let works = replication::works_without(context, &[caller_id], grant.resource, missing);
    Some(if works { finding.severity(Severity::Info).help(replication::HELP) } else { finding })
}

/// The part of a grant that has no effect.
pub(super) struct Useless<'g> {
    /// The actions, as they are listed.
    pub(super) actions: Vec<&'g Item<Text>>,
    /// One request that is denied.
    pub(super) example: (Arc<str>, Text),
    /// What is granted on, between backticks.
    pub(super) element: String,
}

impl Useless<'_> {
    /// The actions, as policies write them.
    fn named(&self) -> Vec<String> {
        self.actions.iter().map(|action| action.text.to_string()).collect()
    }
}

/// The part of a grant that the side of a principal makes useless in a way of which a rule speaks.
pub(super) fn useless<'g>(
    context: &Context<'_>,
    grant: &Grant<'g>,
    caller: IdentityId,
    speaks: impl Fn(OwnSide) -> bool,
) -> Option<Useless<'g>> {
    let target = What::resource(grant.resource);
    let resource = &context.graph.resources[grant.resource];
    let elements = grant.setting.elements(&resource.arn)?;
    let (who, mut actions, mut example) = (Who::Declared(caller), Vec::new(), None);
    for action in &grant.setting.statement.actions.items {
        let Some(requests) = Requests::of(action, elements.iter().copied(), resource) else { continue };
        let Outcome::Denied { own_blocks, apart, example: one, .. } =
            context.ask.ask_all(std::slice::from_ref(&who), &target, &requests)
        else {
            continue;
        };
        let (asked, within) = &one;
        let question = Question { caller: &who, target: &target, action: asked, within: Some(within) };
        let is_spoken_of = || speaks(OwnSide::of(&context.ask, &question, &context.ask.ask(&question)));
        // Where both sides allow it under conditions that exclude each other, the permission that names the resource says so.
        if (own_blocks || apart && !names(context.graph, caller, &target)) && is_spoken_of() {
            actions.push(action);
            example = example.or(Some(one));
        }
    }
    // Buckets and their objects are granted by different actions.
    let acted_on = |action: &Item<Text>| {
        let acts = |element: &&&Text| {
            Requests::of(action, [**element], resource).is_some_and(|requests| !requests.is_empty())
        };
        elements.iter().copied().find(|element| acts(&element))
    };
    let mut acted: Vec<String> = Vec::new();
    for element in actions.iter().filter_map(|action| acted_on(action)).map(Text::to_string) {
        if !acted.contains(&element) {
            acted.push(element);
        }
    }
    let element = if acted.is_empty() { resource.arn.to_string() } else { acted.join("` and `") };
    Some(Useless { actions, example: example?, element })
}
