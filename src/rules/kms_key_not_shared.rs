//! What is granted to another account is encrypted with a key that the principal cannot use.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::common::{declared, grantee, listed, pairs};
use super::own_side::OwnSide;
use super::{Context, Rule};
use crate::ask::keyed::Keyed;
use crate::ask::{Question, What, Who, Whom, names};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::ResourceId;

pub(super) static RULE: Rule = Rule {
    name: "kms-key-not-shared",
    summary: "a resource is shared with another account, but the KMS key that encrypts it is not",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/kms-key-not-shared.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let keys: RefCell<BTreeMap<ResourceId, Vec<ResourceId>>> = RefCell::default();
    let has_key = |resource: ResourceId| {
        let of_resource = context.ask.keys_of(resource);
        let is_there = !of_resource.is_empty();
        keys.borrow_mut().insert(resource, of_resource);
        is_there
    };
    let mut shared: BTreeMap<(ResourceId, String), Vec<Keyed<'_>>> = BTreeMap::new();
    for one in context.ask.keyed(has_key) {
        let who = grantee(context.graph, &one.who, &one.account);
        shared.entry((one.resource, who)).or_default().push(one);
    }
    let keys = keys.into_inner();
    for ((resource, who), all) in &shared {
        found.extend(keys.get(resource).and_then(|keys| unshared(context, (who, all), keys)));
    }
}

/// The actions of several grants, each once.
pub(super) fn granted(all: &[Keyed<'_>]) -> String {
    let mut actions: Vec<&str> = all.iter().flat_map(|one| &one.uses).map(|(used, _)| used.action).collect();
    actions.sort_unstable();
    actions.dedup();
    listed(actions.into_iter().map(|action| format!("`{action}`")))
}

/// What one principal is granted on a resource and cannot use for want of the key.
fn unshared(
    context: &Context<'_>,
    (who, all): (&str, &[Keyed<'_>]),
    keys: &[ResourceId],
) -> Option<Diagnostic> {
    let graph = context.graph;
    let target = What::Resources(keys.to_vec());
    let caller = &all.first()?.who;
    let question = |action: &'static str| Question { caller, target: &target, action, within: None };
    let mut needed: Vec<&'static str> =
        all.iter().flat_map(|one| &one.uses).flat_map(|(used, _)| used.needs.iter().copied()).collect();
    needed.sort_unstable();
    needed.dedup();
    needed.retain(|action| {
        let question = question(action);
        context.ask.ask(&question).answer.is_no() && !is_said_elsewhere(context, &question)
    });
    let mut all = all.to_vec();
    for one in &mut all {
        one.uses.retain(|(used, _)| used.needs.iter().any(|action| needed.contains(action)));
    }
    all.retain(|one| !one.uses.is_empty());
    let (first, example) = (all.first()?, question(needed.first()?));
    let explained = context.ask.explain(&example);
    let (resource, key) = (&graph.resources[first.resource], &graph.resources[*keys.first()?]);
    let (lack, help) = lack(context, (who, &needed), &example, graph.address(key.declaration));
    let message = format!(
        "the policy of {} grants {} to {who}, but {lack}: AWS will deny the requests",
        graph.resource_shown(resource),
        granted(&all),
    );
    let mut finding = RULE
        .on(&first.spot, message, "cannot use the key")
        .help(help)
        .about([resource.arn.to_string(), who.to_owned(), key.arn.to_string()])
        .about(needed.iter().copied());
    if let Who::Declared(id) = caller {
        finding = finding.between(pairs(graph, &[*id], &[key.declaration], &needed));
    }
    for one in &explained.evidence {
        finding = finding.related(one.label(graph));
    }
    let span = graph.declarations[key.declaration].span;
    if finding.places().any(|place| place == span) {
        return Some(finding);
    }
    Some(finding.related(declared(graph, key.declaration, "encrypts the resource")))
}

/// What is missing, and what to change.
fn lack(
    context: &Context<'_>,
    (who, needed): (&str, &[&str]),
    question: &Question<'_>,
    key: &str,
) -> (String, String) {
    let graph = context.graph;
    let actions = listed(needed.iter().map(|action| format!("`{action}`")));
    let sides = context.ask.sides(question);
    let policy = format!("the policy of the key `{key}` does not allow {actions} for it");
    let allow = format!("allow {who} to call {actions} in the policy of the key `{key}`");
    let Who::Declared(id) = question.caller else { return (policy, allow) };
    if !sides.own.is_no() {
        return (policy, allow);
    }
    let name = &graph.identities[*id].shown;
    let side = OwnSide::of(&context.ask, question, &context.ask.ask(question));
    let own = (side.clause(name, &actions, key), side.help(name, &actions, key));
    if sides.other.is_no() {
        (
            format!("neither its own policies nor the policy of the key `{key}` allow {actions}"),
            format!("{}, and {allow}", own.1),
        )
    } else {
        own
    }
}

/// Whether `permission-without-grant` or `grant-without-permission` says the same of the key: one side names the other.
fn is_said_elsewhere(context: &Context<'_>, question: &Question<'_>) -> bool {
    let Who::Declared(id) = question.caller else { return false };
    let sides = context.ask.sides(question);
    match (sides.own.is_no(), sides.other.is_no()) {
        (false, true) => names(context.graph, *id, question.target),
        (true, false) => {
            let admitted = context.ask.admitted(question.target, question.action, question.within);
            admitted
                .iter()
                .any(|one| one.whom == Whom::Declared && matches!(&one.who, Who::Declared(it) if it == id))
        }
        _ => false,
    }
}
