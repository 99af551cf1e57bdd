//! A policy of the organization that keeps a principal from what the policies of both sides allow.

use std::collections::BTreeSet;

use super::common::{listed, pairs};
use super::{Context, Rule};
use crate::ask::{
    Cause, Layer, Question, Reason, Requests, Setting, Spot, What, Who, grants, permissions, trusting, trusts,
};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{DeclarationId, Graph, IdentityId, Purpose};
use crate::iam::policy::{Item, Polarity};
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "guardrail-blocks-access",
    summary: "a service or resource control policy blocks cross-account access that the policies of both sides allow",
    effect: Effect::Mismatch,
    severity: Severity::Warning,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/guardrail-blocks-access.md"),
    check,
};

/// An access that both sides allow, as far as they are asked alone.
struct Access<'g> {
    spot: Spot<'g>,
    caller: IdentityId,
    target: What,
    /// The actions as they are written, each with one request that it means.
    actions: Vec<(String, String, Option<Text>)>,
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if context.graph.organization.attachments.is_empty() {
        return;
    }
    let mut known = BTreeSet::new();
    let all = of_trusts(context).into_iter().chain(of_grants(context)).chain(of_permissions(context));
    for access in all {
        if let Some(finding) = blocked(context, &access, &mut known) {
            found.push(finding);
        }
    }
    for setting in trusting(context.graph) {
        found.extend(setting.listed().iter().filter_map(|item| signing_in(context, &setting, item)));
    }
}

/// A trusted identity provider with which nobody can sign in. The request belongs to the account of the role alone, so only a resource
/// control policy can be in its way.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
fn signing_in<'g>(
    context: &Context<'g>,
    setting: &Setting<'g>,
    item: &'g Item<Principal>,
) -> Option<Diagnostic> {
    let what = match &item.value {
        Principal::Oidc { .. } | Principal::BuiltInProvider(_) => "tokens of",
        Principal::Saml { .. } => "assertions of",
        _ => return None,
    };
    let Purpose::Trust(role) = setting.document.purpose else { return None };
    let (_, who) = context.ask.whom(setting, item)?;
    let (target, action) = (What::identity(role), who.assumes_with());
    let question = Question { caller: &who, target: &target, action, within: None };
    let is_trusted = setting.statement.actions.takes(action).is_yes() && setting.item(item).present.is_yes();
    let denied = Cause::Decided(Reason::Denied(Layer::ResourceControl));
    if !is_trusted || context.ask.ask(&question).cause != denied {
        return None;
    }
    let role = &context.graph.identities[role];
    let message = format!(
        "{} trusts {what} `{}`, but a resource control policy of its account denies `{action}`",
        context.graph.shown(role),
        item.text
    );
    let help = format!("remove `{action}` from the denial, or exclude these requests from it by a condition");
    let finding = RULE
        .on(&setting.item(item), message, "blocked by the organization")
        .severity(Severity::Error)
        .help(help)
        .about([item.text.to_string(), action.to_owned()]);
    Some(with_evidence(context, &question, setting.item(item), finding))
}

/// Adds what both sides and the organization say.
fn with_evidence(
    context: &Context<'_>,
    question: &Question<'_>,
    spot: Spot<'_>,
    finding: Diagnostic,
) -> Diagnostic {
    let evidence = context.ask.explain(question).evidence;
    let others = evidence.iter().take(bounds::WITNESSES).filter(|one| one.span != spot.span);
    others.fold(finding, |finding, one| finding.related(one.label(context.graph)))
}

/// By trust policies that name a principal.
fn of_trusts<'g>(context: &Context<'g>) -> Vec<Access<'g>> {
    let mut all = Vec::new();
    for trust in trusts(context.graph) {
        for named in trust.setting.named(trust.item) {
            all.push(assuming(named.spot, named.id, What::identity(trust.role)));
        }
    }
    all
}

fn assuming(spot: Spot<'_>, caller: IdentityId, target: What) -> Access<'_> {
    let action = || "sts:AssumeRole".to_owned();
    Access { spot, caller, target, actions: vec![(action(), action(), None)] }
}

/// By policies of resources that name a principal.
fn of_grants<'g>(context: &Context<'g>) -> Vec<Access<'g>> {
    let graph = context.graph;
    let mut all = Vec::new();
    for grant in grants(graph) {
        let named = grant.setting.named(grant.item);
        let resource = &graph.resources[grant.resource];
        let actions = &grant.setting.statement.actions;
        if named.is_empty() || actions.polarity == Polarity::NotIn {
            continue;
        }
        let Some(elements) = grant.setting.elements(&resource.arn) else { continue };
        let example = |item: &Item<Text>| {
            let requests = Requests::of(item, elements.iter().copied(), resource)?;
            let (action, within) = requests.each().next()?;
            Some((item.text.to_string(), action.to_owned(), Some(within.clone())))
        };
        let actions: Vec<_> = actions.items.iter().filter_map(example).collect();
        for named in named {
            let (spot, caller, target) = (named.spot, named.id, What::resource(grant.resource));
            all.push(Access { spot, caller, target, actions: actions.clone() });
        }
    }
    all
}

/// By permissions that name a role.
fn of_permissions<'g>(context: &Context<'g>) -> Vec<Access<'g>> {
    let graph = context.graph;
    let mut all = Vec::new();
    for permission in permissions(graph) {
        if !permission.setting.statement.actions.takes("sts:AssumeRole").is_yes() {
            continue;
        }
        for element in permission.elements {
            let roles = graph.find_identities(&element.value, permission.setting.unit());
            if roles.is_empty() {
                continue;
            }
            let target = What::Identities(roles.into());
            let of = |id: &IdentityId| assuming(permission.setting.item(element), *id, target.clone());
            all.extend(permission.callers.iter().map(of));
        }
    }
    all
}

fn blocked(
    context: &Context<'_>,
    access: &Access<'_>,
    known: &mut BTreeSet<(IdentityId, DeclarationId, String)>,
) -> Option<Diagnostic> {
    let graph = context.graph;
    let (declaration, shown) = target(graph, &access.target)?;
    let (owner, _) = context.ask.owner(&access.target);
    let caller = &graph.identities[access.caller];
    if !access.spot.present.is_yes() || !graph.accounts.same(&caller.account, owner).is_no() {
        return None;
    }
    let who = Who::Declared(access.caller);
    let mut actions: Vec<&(String, String, Option<Text>)> = Vec::new();
    let mut by = None;
    for one in &access.actions {
        let question =
            Question { caller: &who, target: &access.target, action: &one.1, within: one.2.as_ref() };
        let Some(layer) = guardrail(context, &question) else { continue };
        if known.insert((access.caller, declaration, one.1.clone())) {
            by = by.or(Some(layer));
            actions.push(one);
        }
    }
    let (first, by) = (*actions.first()?, by?);
    let names = listed(actions.iter().map(|one| format!("`{}`", one.0)));
    let (policy, verb) = match by {
        (Layer::ResourceControl, _) => ("a resource control policy of its account", "denies"),
        (_, true) => ("a service control policy of the principal's account", "denies"),
        (_, false) => ("no service control policy of the principal's account", "allows"),
    };
    let message = format!(
        "{} may use {names} on {shown} by the policies of both sides, but {policy} {verb} it",
        graph.shown(caller)
    );
    let question =
        Question { caller: &who, target: &access.target, action: &first.1, within: first.2.as_ref() };
    let written: Vec<&String> = actions.iter().map(|one| &one.0).collect();
    let finding = RULE
        .on(&access.spot, message, "blocked by the organization")
        .severity(if by.0 == Layer::ResourceControl { Severity::Error } else { Severity::Warning })
        .help(help(by))
        .about([caller.arn.to_string()])
        .about(written.iter().map(|action| action.as_str()))
        .between(pairs(graph, &[access.caller], &[declaration], &written));
    Some(with_evidence(context, &question, access.spot, finding))
}

/// The sort of policy of the organization that alone keeps a request from what both sides allow, and whether it denies it.
fn guardrail(context: &Context<'_>, question: &Question<'_>) -> Option<(Layer, bool)> {
    let ruling = context.ask.ask(question);
    if !ruling.answer.is_no() {
        return None;
    }
    let sides = context.ask.sides(question);
    match ruling.cause {
        Cause::Decided(Reason::Denied(Layer::ResourceControl)) if !sides.own.is_no() => {
            Some((Layer::ResourceControl, true))
        }
        _ if sides.other.is_no() => None,
        _ => match context.ask.own_reason(question)? {
            Reason::Denied(Layer::ServiceControl) => Some((Layer::ServiceControl, true)),
            Reason::Missing(layers) if layers == [Layer::ServiceControl] => {
                Some((Layer::ServiceControl, false))
            }
            _ => None,
        },
    }
}

fn help((layer, denies): (Layer, bool)) -> &'static str {
    match (layer, denies) {
        (Layer::ResourceControl, _) => {
            "exclude the principal from the resource control policy, or remove the access on both sides"
        }
        (_, true) => "exclude the access from the service control policy, or remove it on both sides",
        (_, false) => {
            "allow the action in a service control policy of the account, or remove the access on both sides"
        }
    }
}

/// Where a target is declared, and how it is shown.
fn target(graph: &Graph, target: &What) -> Option<(DeclarationId, String)> {
    match target {
        What::Identities(ids) => {
            let role = &graph.identities[*ids.first()?];
            Some((role.declaration, graph.shown(role)))
        }
        What::Resources(ids) => {
            let resource = &graph.resources[*ids.first()?];
            Some((resource.declaration, graph.resource_shown(resource)))
        }
    }
}
