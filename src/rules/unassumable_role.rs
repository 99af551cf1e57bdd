//! A role that something is told to assume, and cannot.

use super::common::{declared, if_present};
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::facts::Declaration;
use crate::graph::{Assuming, Assumption, From, Graph, Identity, IdentityId, To, Witness};
use crate::iam::evaluate::{self, Caller, CallerKind, Match};
use crate::iam::policy::{self, Statement};

pub(super) static RULE: Rule = Rule {
    name: "unassumable-role",
    summary: "a pipeline, pod, stack set or the like is told to assume a role that its own role cannot assume",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/unassumable-role.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut assumptions = context.graph.assumptions();
    // A role that is named in several places is said once, where it is certain if it is so anywhere.
    assumptions.sort_by_key(|assumption| !assumption.present.is_yes());
    let mut seen: Vec<(&Declaration, IdentityId, IdentityId)> = Vec::new();
    for assumption in &assumptions {
        let Assuming::Role(caller_id, caller) = assumption.caller else { continue };
        let (declaration, role) = (assumption.declaration, assumption.role.0);
        let is_same = |(one, by, of): &(&Declaration, IdentityId, IdentityId)| {
            std::ptr::eq(*one, declaration) && (*by, *of) == (caller_id, role)
        };
        if !seen.iter().any(is_same)
            && let Some(finding) = judge(context, assumption, (caller_id, caller))
        {
            seen.push((declaration, caller_id, role));
            found.push(if_present(finding, assumption.present));
        }
    }
}

fn judge(
    context: &Context<'_>,
    assumption: &Assumption<'_>,
    (caller_id, caller): (IdentityId, &Identity),
) -> Option<Diagnostic> {
    let graph = context.graph;
    let (declaration, (role_id, role)) = (assumption.declaration, assumption.role);
    let (from, to) = (From::Declared(caller_id, caller), To::Role(role_id, role));
    // What fails by the external id alone, `external-id-mismatch` says.
    let access = graph.access(&from, to, "sts:AssumeRole", None, &context.request());
    if !access.answer.is_no() || is_said_elsewhere(context, caller, (role_id, role)) {
        return None;
    }
    let message = format!(
        "`{}` has {} assume {}, but {}",
        declaration.address,
        graph.shown(caller),
        graph.shown(role),
        access.reason
    );
    let mut label = Label::new(assumption.span, "to be assumed");
    label.address = Some(declaration.address.clone());
    let mut finding = RULE
        .finding(message, label)
        .help(format!(
            "trust `{}` in the trust policy of `{}`, and allow it to call `sts:AssumeRole` on `{}`",
            caller.arn, role.shown, role.arn
        ))
        .about([declaration.address.clone(), caller.arn.to_string(), role.arn.to_string()]);
    for witness in &access.witnesses {
        finding = finding.related(witnessed(graph, witness));
    }
    if let Some(caller) = graph.declaration(caller.declaration) {
        finding = finding.related(declared(graph, caller, "the role that is to assume it"));
    }
    Some(if lets_service_in(context, role) { finding.possible() } else { finding })
}

/// Whether `permission-without-trust` or `trust-without-permission` reports the same.
fn is_said_elsewhere(
    context: &Context<'_>,
    caller: &Identity,
    (role_id, role): (IdentityId, &Identity),
) -> bool {
    let graph = context.graph;
    let names_role = |statement: &Statement| {
        let items = statement.resources.iter().flat_map(|clause| &clause.items);
        statement.effect == Some(policy::Effect::Allow)
            && items.filter_map(|item| graph.find_identity(&item.value)).any(|(id, _)| id == role_id)
    };
    let attached = graph.policies_of(caller);
    if attached.iter().flat_map(|attached| &attached.policy.statements).any(names_role) {
        return true;
    }
    let trust = role.trust.and_then(|id| graph.documents.get(id));
    let Some((trust, caller_)) = trust.zip(graph.caller(caller)) else { return false };
    let admitted = evaluate::trust_admits(&trust.policy, &caller_, "sts:AssumeRole", &context.request());
    !admitted.answer.is_no()
        && admitted.matched != Match::AccountLevel
        && graph.accounts.same(&caller.account, &role.account).is_no()
}

/// Whether a role lets in some service: then it may be meant to be used without the other one.
fn lets_service_in(context: &Context<'_>, role: &Identity) -> bool {
    let Some(trust) = role.trust.and_then(|id| context.graph.documents.get(id)) else { return false };
    let principals = trust.policy.statements.iter().flat_map(|statement| &statement.principals);
    principals.flat_map(|clause| &clause.items).filter(|item| item.kind == "Service").any(|item| {
        let service = Caller::outside(CallerKind::Service, &item.text);
        let admitted = evaluate::trust_admits(&trust.policy, &service, "sts:AssumeRole", &context.request());
        !admitted.answer.is_no()
    })
}

fn witnessed(graph: &Graph, witness: &Witness) -> Label {
    let mut label = Label::new(witness.span, witness.text);
    if let Some(declaration) = witness.declaration.and_then(|index| graph.declaration(index)) {
        label.address = Some(declaration.address.clone());
        let account = graph.accounts.of(&declaration.unit);
        label.account = graph.accounts.is_assigned(&account).then(|| graph.accounts.shown(&account));
    }
    label
}
