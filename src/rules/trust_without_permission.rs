//! Trust in a caller that has no permission to use it.

use super::common::{Setting, declared, if_present, is_trust, takes, through};
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::graph::{Attached, Found, Graph, Identity, Purpose};
use crate::iam::evaluate::{self, Verdict, Why};
use crate::iam::policy::{self, Item, Polarity};
use crate::iam::principal::Principal;

pub(super) static RULE: Rule = Rule {
    name: "trust-without-permission",
    summary: "a role trusts a caller of another account that has no permission to assume it",
    effect: Effect::Mismatch,
    severity: Severity::Warning,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/trust-without-permission.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for document in graph.documents.iter().filter(|document| is_trust(document)) {
        let Purpose::Trust(role) = document.purpose else { continue };
        let Some(role) = graph.identities.get(role) else { continue };
        for statement in &document.policy.statements {
            let setting = Setting { graph, document, statement };
            let allows = statement.effect == Some(policy::Effect::Allow)
                && takes(&statement.actions, "sts:AssumeRole").is_yes();
            let Some(clause) =
                statement.principals.as_ref().filter(|it| allows && it.polarity == Polarity::In)
            else {
                continue;
            };
            found.extend(clause.items.iter().filter_map(|item| unpermitted(context, &setting, item, role)));
        }
    }
}

fn unpermitted(
    context: &Context<'_>,
    setting: &Setting<'_>,
    item: &Item<Principal>,
    role: &Identity,
) -> Option<Diagnostic> {
    let graph = context.graph;
    let Found::Declared(_, caller) = graph.find_principal(&item.value) else { return None };
    // In one account the trust policy alone is enough when it names the caller.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    if !graph.accounts.same(&caller.account, &role.account).is_no() || !graph.is_complete(caller) {
        return None;
    }
    let attached = graph.policies_of(caller);
    let policies: Vec<_> = attached.iter().map(|attached| &*attached.policy).collect();
    let verdict = evaluate::identity_allows(&policies, "sts:AssumeRole", &role.arn, &context.request());
    if !verdict.answer.is_no() {
        return None;
    }
    let caller_shown = graph.shown(caller);
    let cause = match (verdict.denied_by.is_empty(), attached.is_empty()) {
        (false, _) => "its own policies deny `sts:AssumeRole` on it",
        (true, true) => "it has no policy at all, so it may not call `sts:AssumeRole`",
        (true, false) => "none of its policies allows `sts:AssumeRole` on that role",
    };
    let message = format!("{} trusts {caller_shown}, but {cause}", graph.shown(role));
    let mut finding = setting
        .finding(&RULE, message, item.span, "trusted here")
        .help(format!(
            "allow `{}` to call `sts:AssumeRole` on `{}`, or do not trust it",
            caller.shown, role.arn
        ))
        .about([role.arn.to_string(), caller.arn.to_string()]);
    if let Some(used) = through(setting, &item.via) {
        finding = finding.related(used);
    }
    Some(if_present(other_side(graph, finding, caller, &attached, &verdict), item.present))
}

/// Adds the caller, and what of its policies comes nearest.
fn other_side(
    graph: &Graph,
    mut finding: Diagnostic,
    caller: &Identity,
    attached: &[&Attached],
    verdict: &Verdict<'_>,
) -> Diagnostic {
    if let Some(declaration) = graph.declaration(caller.declaration) {
        finding = finding.related(declared(graph, declaration, "the caller is declared here"));
    }
    let near = verdict.near.iter().take(3).map(|(statement, why)| {
        let resource = statement.resources.as_ref().and_then(|clause| clause.items.first());
        match (why, resource) {
            (Why::Resource, Some(item)) => (item.span, "its permission names another role"),
            (Why::Action, _) => {
                let action = statement.actions.items.first().map_or(statement.span, |item| item.span);
                (action, "its permission lacks `sts:AssumeRole`")
            }
            (Why::Condition, _) => (statement.span, "the conditions here cannot be met"),
            _ => (statement.span, "the nearest of its permissions"),
        }
    });
    let denied = verdict.denied_by.iter().take(1).map(|statement| (statement.span, "denied here"));
    for (span, text) in near.chain(denied) {
        let owner = attached.iter().find_map(|attached| {
            let document = graph.documents.get(attached.document?)?;
            let inside =
                document.policy.statements.iter().any(|it| it.span.contains(span) || it.span == span);
            inside.then(|| graph.declaration(document.declaration)).flatten()
        });
        let mut label = Label::new(span, text);
        label.address = owner.map(|declaration| declaration.address.clone());
        if graph.accounts.is_assigned(&caller.account) {
            label.account = Some(graph.accounts.shown(&caller.account));
        }
        finding = finding.related(label);
    }
    finding
}
