//! A role that something is told to assume, and cannot.

use super::common::{declared, if_present, may_differ};
use super::{Context, Rule};
use crate::carriers::{self, Carrier, Role, Step};
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::facts::Declaration;
use crate::graph::{From, Graph, Identity, IdentityId, IdentityKind, To, Witness};
use crate::iam::evaluate::{self, Caller, CallerKind, Match};
use crate::iam::policy::{self, Statement};
use crate::parse::json;
use crate::source::Span;
use crate::value::{Answer, Kind, Map, Text, Value};

pub(super) static RULE: Rule = Rule {
    name: "unassumable-role",
    summary: "a pipeline, pod or state machine is told to assume a role that its own role cannot assume",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/unassumable-role.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for declaration in &context.graph.declarations {
        let rows = carriers::carriers(&declaration.type_name).iter();
        for row in rows.filter(|row| row.role == Role::AssumedRole) {
            found.extend(unassumable(context, declaration, row));
        }
    }
}

/// The roles at the path of a row that the role beside them cannot assume.
fn unassumable(context: &Context<'_>, declaration: &Declaration, row: &Carrier) -> Vec<Diagnostic> {
    let graph = context.graph;
    let own = row.attach.as_deref().map(|path| roles_at(graph, declaration, path)).unwrap_or_default();
    // Of several that it may be, each may be meant for another.
    let [(_, caller)] = own.as_slice() else { return Vec::new() };
    let certain = ![Some(row.path.as_slice()), row.attach.as_deref()]
        .into_iter()
        .flatten()
        .any(|path| may_differ(declaration, path));
    let present = declaration.present.and(if certain { Answer::Yes } else { Answer::Unknown });
    let mut found: Vec<Diagnostic> = Vec::new();
    for (span, role) in roles_at(graph, declaration, &row.path) {
        let known = found.iter().any(|finding| finding.primary.span == span);
        if role.0 != caller.0 && !known {
            let finding = judge(context, declaration, span, *caller, role);
            found.extend(finding.map(|finding| if_present(finding, present)));
        }
    }
    found
}

fn judge<'g>(
    context: &Context<'g>,
    declaration: &Declaration,
    span: Span,
    (caller_id, caller): (IdentityId, &'g Identity),
    (role_id, role): (IdentityId, &'g Identity),
) -> Option<Diagnostic> {
    let graph = context.graph;
    let (from, to) = (From::Declared(caller_id, caller), To::Role(role_id, role));
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
    let mut label = Label::new(span, "to be assumed");
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

/// The declared roles whose ARNs stand at a path, and where.
fn roles_at<'g>(
    graph: &'g Graph,
    declaration: &Declaration,
    path: &[Step],
) -> Vec<(Span, (IdentityId, &'g Identity))> {
    let read = with_json_read(&declaration.properties, path);
    let values = carriers::values(read.as_ref().unwrap_or(&declaration.properties), path);
    let role = |value: &&Value| {
        let text: Text = value.as_text()?;
        let found = graph.find_identity(&text).filter(|(_, identity)| identity.kind == IdentityKind::Role)?;
        Some((value.span, found))
    };
    values.iter().filter_map(role).collect()
}

/// The property that a path begins with, when it is a text with JSON in it that the path goes on into: the definition of
/// a state machine.
fn with_json_read(properties: &Map, path: &[Step]) -> Option<Map> {
    let [Step::Property(name), _, ..] = path else { return None };
    let value = properties.get(name)?;
    let Kind::Text(text) = &value.kind else { return None };
    let mut read = Map::default();
    read.insert(name, value.span, json::value_from_text(text, value.span).ok()?);
    Some(read)
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
