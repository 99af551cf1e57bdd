//! A permissions boundary that keeps a principal from what the policies of both sides allow.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::common::{listed, pairs};
use super::grant_without_permission::useless;
use super::own_side::OwnSide;
use super::{Context, Rule};
use crate::ask::{Outcome, Permission, Question, Requests, Spot, What, Who, grants, permissions, trusts};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{DeclarationId, Graph, IdentityId, IdentityKind};
use crate::iam::policy::{Item, Polarity};
use crate::value::{Answer, Text};

pub(super) static RULE: Rule = Rule {
    name: "boundary-blocks-access",
    summary: "a permissions boundary blocks cross-account access that the policies of both sides allow",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/boundary-blocks-access.md"),
    check,
};

/// What a boundary blocks on one target.
#[derive(Clone)]
struct Blocked {
    target: What,
    /// The actions, as policies write them.
    actions: Vec<String>,
    /// One request that is denied.
    example: (Arc<str>, Option<Text>),
    /// The ARN that it is about, for the help.
    element: String,
}

/// What is blocked, by principal, by whether the boundary denies it, and by the declaration of the target.
type All = BTreeMap<(IdentityId, bool), BTreeMap<DeclarationId, Blocked>>;

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    if !graph.identities.iter().any(|identity| identity.boundary.is_some()) {
        return;
    }
    let mut all = All::new();
    by_trusts(context, &mut all);
    by_grants(context, &mut all);
    for permission in permissions(graph).filter(|it| it.callers.iter().any(|id| is_bounded(graph, *id))) {
        by_permission(context, &permission, &mut all);
    }
    found
        .extend(all.into_iter().filter_map(|((id, denies), blocked)| finding(context, id, denies, &blocked)));
}

fn is_bounded(graph: &Graph, id: IdentityId) -> bool {
    graph.identities[id].boundary.as_ref().is_some_and(|boundary| boundary.policy.is_some())
}

impl Blocked {
    /// Assuming a role.
    fn assuming(target: What, element: &Text) -> Self {
        let action = "sts:AssumeRole";
        let (actions, example) = (vec![action.to_owned()], (action.into(), None));
        Self { target, actions, example, element: element.to_string() }
    }

    fn question<'q>(&'q self, caller: &'q Who) -> Question<'q> {
        let (action, within) = &self.example;
        Question { caller, target: &self.target, action, within: within.as_ref() }
    }

    /// Where the target is declared, and the account it is in.
    fn owner<'g>(&self, graph: &'g Graph) -> Option<(DeclarationId, &'g Text)> {
        match &self.target {
            What::Identities(ids) => {
                let role = &graph.identities[*ids.first()?];
                Some((role.declaration, &role.account))
            }
            What::Resources(ids) => {
                let resource = &graph.resources[*ids.first()?];
                Some((resource.declaration, &resource.account))
            }
        }
    }

    fn shown(&self, graph: &Graph) -> Option<String> {
        match &self.target {
            What::Identities(ids) => ids.first().map(|id| graph.shown(&graph.identities[*id])),
            What::Resources(ids) => ids.first().map(|id| graph.resource_shown(&graph.resources[*id])),
        }
    }
}

/// By trust policies that name the principal.
fn by_trusts(context: &Context<'_>, all: &mut All) {
    for trust in trusts(context.graph) {
        for named in trust.setting.named(trust.item) {
            if named.spot.present.is_yes() && is_bounded(context.graph, named.id) {
                let arn = &context.graph.identities[trust.role].arn;
                enter(context, named.id, Blocked::assuming(What::identity(trust.role), arn), all);
            }
        }
    }
}

/// By policies of resources that name the principal.
fn by_grants(context: &Context<'_>, all: &mut All) {
    for grant in grants(context.graph) {
        let actions = &grant.setting.statement.actions;
        if actions.polarity == Polarity::NotIn || actions.open {
            continue;
        }
        for named in grant.setting.named(grant.item) {
            if !named.spot.present.is_yes() || !is_bounded(context.graph, named.id) {
                continue;
            }
            if let Some(useless) = useless(context, &grant, named.id, OwnSide::is_boundary) {
                let actions = useless.actions.iter().map(|action| action.text.to_string()).collect();
                let (target, element) = (What::resource(grant.resource), useless.element);
                let example = (useless.example.0, Some(useless.example.1));
                enter(context, named.id, Blocked { target, actions, example, element }, all);
            }
        }
    }
}

/// By a permission that names the target.
fn by_permission(context: &Context<'_>, permission: &Permission<'_>, all: &mut All) {
    let (graph, unit) = (context.graph, permission.setting.unit());
    let actions = &permission.setting.statement.actions;
    if actions.polarity == Polarity::NotIn || actions.open {
        return;
    }
    for element in permission.elements.iter().filter(|it| permission.setting.item(it).present.is_yes()) {
        let roles = graph.find_identities(&element.value, unit);
        let is_role = roles.iter().any(|id| graph.identities[*id].kind == IdentityKind::Role);
        if is_role && actions.takes("sts:AssumeRole").is_yes() {
            let blocked = Blocked::assuming(What::Identities(roles.into()), &element.text);
            enter_all(context, permission, &blocked, all);
        }
        on_resources(context, permission, element, all);
    }
}

/// What a permission gives on the resource that it names.
fn on_resources(context: &Context<'_>, permission: &Permission<'_>, element: &Item<Text>, all: &mut All) {
    let (resources, certain) = context.graph.find_resources(&element.value, permission.setting.unit());
    let Some(first) = resources.first().copied().filter(|_| certain.is_yes()) else { return };
    let (resource, target) = (&context.graph.resources[first], What::Resources(resources));
    let callers: Vec<Who> = permission.callers.iter().copied().map(Who::Declared).collect();
    for action in &permission.setting.statement.actions.items {
        let Some(requests) = Requests::of(action, [&element.value], resource) else { continue };
        if let Outcome::Denied { example, own_blocks: true, .. } =
            context.ask.ask_all(&callers, &target, &requests)
        {
            let (actions, element) = (vec![action.text.to_string()], element.text.to_string());
            let example = (example.0, Some(example.1));
            enter_all(
                context,
                permission,
                &Blocked { target: target.clone(), actions, example, element },
                all,
            );
        }
    }
}

/// Enters what a permission gives to none of those that have it.
fn enter_all(context: &Context<'_>, permission: &Permission<'_>, blocked: &Blocked, all: &mut All) {
    let is_denied = |id: &IdentityId| context.ask.ask(&blocked.question(&Who::Declared(*id))).answer.is_no();
    if permission.callers.iter().all(is_denied) {
        for id in permission.callers.iter().filter(|id| is_bounded(context.graph, **id)) {
            enter(context, *id, blocked.clone(), all);
        }
    }
}

/// Enters what the boundary of a principal of another account blocks, and nothing else of both sides.
fn enter(context: &Context<'_>, id: IdentityId, blocked: Blocked, all: &mut All) {
    let graph = context.graph;
    let Some((declaration, account)) = blocked.owner(graph) else { return };
    if !graph.accounts.same(&graph.identities[id].account, account).is_no() {
        return;
    }
    let who = Who::Declared(id);
    let question = blocked.question(&who);
    let ruling = context.ask.ask(&question);
    if !ruling.answer.is_no() || context.ask.sides(&question).other.is_no() {
        return;
    }
    let own_side = OwnSide::of(&context.ask, &question, &ruling);
    if !own_side.is_boundary() {
        return;
    }
    let known = all.entry((id, own_side == OwnSide::DeniedByBoundary)).or_default();
    match known.entry(declaration) {
        Entry::Vacant(free) => {
            free.insert(blocked);
        }
        Entry::Occupied(mut known) => known.get_mut().actions.extend(blocked.actions),
    }
}

fn finding(
    context: &Context<'_>,
    id: IdentityId,
    denies: bool,
    all: &BTreeMap<DeclarationId, Blocked>,
) -> Option<Diagnostic> {
    let graph = context.graph;
    let principal = &graph.identities[id];
    let boundary = principal.boundary.as_ref()?;
    let mut actions: Vec<&String> = all.values().flat_map(|blocked| &blocked.actions).collect();
    actions.sort();
    actions.dedup();
    let written = listed(actions.iter().map(|action| format!("`{action}`")));
    let message = format!(
        "the permissions boundary of {} {} {written} on {}: AWS will deny the request",
        graph.shown(principal),
        if denies { "denies" } else { "does not allow" },
        listed(all.values().filter_map(|blocked| blocked.shown(graph)))
    );
    let own_side = if denies { OwnSide::DeniedByBoundary } else { OwnSide::missing(principal) };
    let elements: Vec<&str> = all.values().map(|blocked| blocked.element.as_str()).collect();
    let on = listed(elements.iter().map(|element| format!("`{element}`")));
    let spot = Spot::of(graph, principal.declaration, boundary.span, Answer::Yes);
    let mut finding = RULE
        .on(&spot, message, "permissions boundary")
        .help(own_side.help(&principal.shown, &written, on.trim_matches('`')))
        .about([principal.arn.to_string()])
        .about(elements)
        .about(actions.iter().map(|action| action.as_str()));
    for (target, blocked) in all {
        finding = finding.between(pairs(graph, &[id], &[*target], &blocked.actions));
    }
    let who = Who::Declared(id);
    for blocked in all.values().take(bounds::LABELLED_TARGETS) {
        let explained = context.ask.explain(&blocked.question(&who));
        for one in explained.evidence.iter().filter(|one| one.span != boundary.span) {
            finding = finding.related(one.label(graph));
        }
    }
    Some(finding)
}
