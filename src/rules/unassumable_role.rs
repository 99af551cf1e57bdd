//! A role that is configured to assume another role, and cannot.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::common::{declared, pairs};
use super::own_side::OwnSide;
use super::permission_without_trust;
use super::{Context, Rule};
use crate::ask::{Explained, Question, Setting, Spot, What, Who, names};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Assuming, Assumption, Graph, Identity, IdentityId};
use crate::iam::policy;

pub(super) static RULE: Rule = Rule {
    name: "unassumable-role",
    summary: "a pipeline, pod, stack set or similar is configured to assume a role that its own role cannot assume",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/unassumable-role.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut assumptions: Vec<&Assumption> = context.assumptions().iter().collect();
    // A role that is named in several places is said once, where it is certain if it is so anywhere.
    assumptions.sort_by_key(|assumption| !assumption.present.is_yes());
    let mut seen = FxHashSet::default();
    for assumption in assumptions {
        let Assuming::Role(caller) = assumption.caller else { continue };
        if context.graph.is_configuration(assumption.declaration) {
            continue;
        }
        let key = (assumption.declaration, caller, &*assumption.roles);
        if !seen.contains(&key)
            && let Some(finding) = judge(context, assumption, caller)
        {
            seen.insert(key);
            found.push(finding);
        }
    }
}

fn judge(context: &Context<'_>, assumption: &Assumption, caller: IdentityId) -> Option<Diagnostic> {
    let finding = with_role(&RULE, context, assumption, caller)?;
    // A role that trusts some service can be meant to be used without the other role.
    let target = What::Identities(Arc::clone(&assumption.roles));
    Some(if trusts_a_service(context, &target) { finding.possible() } else { finding })
}

/// That a role is to be assumed with another one, and cannot be.
pub(super) fn with_role(
    rule: &Rule,
    context: &Context<'_>,
    assumption: &Assumption,
    caller_id: IdentityId,
) -> Option<Diagnostic> {
    let graph = context.graph;
    let (role, caller) = (&graph.identities[*assumption.roles.first()?], &graph.identities[caller_id]);
    let (who, target) = (Who::Declared(caller_id), What::Identities(Arc::clone(&assumption.roles)));
    // What fails by the external id alone, `external-id-mismatch` says; by session tags alone, `refused-session-tags`.
    let question = Question { caller: &who, target: &target, action: "sts:AssumeRole", within: None };
    if !context.ask.ask(&question).answer.is_no() || is_said_elsewhere(context, assumption, caller_id) {
        return None;
    }
    let explained = context.ask.explain(&question);
    let message = format!(
        "`{}` is configured to assume {} with {}, but {}",
        graph.address(assumption.declaration),
        graph.shown(role),
        graph.shown(caller),
        explained.reason
    );
    let spot = Spot::of(graph, assumption.declaration, assumption.span, assumption.present);
    let mut finding = rule
        .on(&spot.through(&assumption.via), message, "role to assume")
        .help(help(context, (caller_id, caller), (&question, role), &explained))
        .about([caller.arn.to_string(), role.arn.to_string()])
        .between(pairs(graph, &[caller_id], &[role.declaration], &["sts:AssumeRole"]));
    for one in &explained.evidence {
        finding = finding.related(one.label(graph));
    }
    let label = declared(graph, caller.declaration, "role that assumes it");
    let is_shown = finding.related.iter().any(|one| one.span == label.span);
    Some(if is_shown { finding } else { finding.related(label) })
}

/// What to change, on each side that keeps the caller out.
fn help(
    context: &Context<'_>,
    (caller_id, caller): (IdentityId, &Identity),
    (question, role): (&Question<'_>, &Identity),
    explained: &Explained<'_>,
) -> String {
    let (ask, sides) = (&context.ask, &explained.sides);
    let own = || {
        let side = OwnSide::of(ask, question, &explained.ruling);
        side.help(&caller.shown, "`sts:AssumeRole`", &role.arn.to_string())
    };
    let other = || {
        permission_without_trust::change(
            context,
            caller_id,
            (question, role),
            (&explained.ruling, &explained.evidence),
        )
    };
    match (sides.own.is_no(), sides.other.is_no()) {
        (true, false) => own(),
        (true, true) => format!("{}, and {}", other(), own()),
        _ => other(),
    }
}

/// Whether `permission-without-trust` or `trust-without-permission` reports the same.
fn is_said_elsewhere(context: &Context<'_>, assumption: &Assumption, caller: IdentityId) -> bool {
    let graph = context.graph;
    let identity = &graph.identities[caller];
    if names(graph, caller, &What::Identities(Arc::clone(&assumption.roles))) {
        return true;
    }
    let is_across =
        |role: &IdentityId| graph.accounts.same(&identity.account, &graph.identities[*role].account).is_no();
    assumption.roles.iter().filter(|role| is_across(role)).any(|role| {
        let allows = |setting: &Setting<'_>| setting.statement.effect != Some(policy::Effect::Deny);
        let trusted = trust_statements(graph, *role).filter(allows).flat_map(|setting| {
            setting.listed().iter().flat_map(move |item| graph.find_principal(item, setting.unit()))
        });
        trusted.into_iter().any(|one| one == caller || identity.declared_as().contains(&one))
    })
}

/// Whether a role trusts some service.
fn trusts_a_service(context: &Context<'_>, target: &What) -> bool {
    let What::Identities(roles) = target else { return false };
    let services = roles.iter().flat_map(|role| {
        trust_statements(context.graph, *role)
            .flat_map(|setting| setting.listed())
            .filter(|item| item.kind == "Service")
    });
    services.into_iter().any(|item| {
        let caller = Who::service(&item.text);
        let question = Question { caller: &caller, target, action: "sts:AssumeRole", within: None };
        !context.ask.ask(&question).answer.is_no()
    })
}

fn trust_statements(graph: &Graph, role: IdentityId) -> impl Iterator<Item = Setting<'_>> {
    graph.identities[role].trust.into_iter().flat_map(move |id| Setting::all(graph, id))
}
