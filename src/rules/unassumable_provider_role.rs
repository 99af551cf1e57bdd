//! Roles that a configuration of Terraform is to assume, and that it cannot.

use std::sync::Arc;

use super::common::declared;
use super::{Context, Rule, unassumable_role};
use crate::ask::{Admitted, Question, Spot, What, Who, Whom};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Assuming, Assumption};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "unassumable-provider-role",
    summary: "a provider or backend of Terraform is configured to assume a role that cannot be assumed",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/unassumable-provider-role.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for assumption in context.assumptions() {
        if !graph.is_configuration(assumption.declaration) {
            continue;
        }
        found.extend(match assumption.caller {
            Assuming::Role(caller) => unassumable_role::with_role(&RULE, context, assumption, caller),
            Assuming::Somebody => {
                by_deployer(context, assumption).or_else(|| by_anybody(context, assumption))
            }
            Assuming::Service(_) => None,
        });
    }
}

/// A role that does not trust whoever the configuration says to run Terraform.
fn by_deployer(context: &Context<'_>, assumption: &Assumption) -> Option<Diagnostic> {
    let graph = context.graph;
    let role = &graph.identities[*assumption.roles.first()?];
    let deployer = graph.accounts.deployer(&role.account)?;
    let arn = Text::literal(deployer, assumption.span);
    let declared_as = graph.find_identities(&arn, &graph.declarations[assumption.declaration].unit);
    let who = match declared_as.first() {
        Some(id) => Who::Declared(*id),
        None => Who::written(deployer)?,
    };
    let target = What::Identities(Arc::clone(&assumption.roles));
    let question = Question { caller: &who, target: &target, action: "sts:AssumeRole", within: None };
    if !context.ask.ask(&question).answer.is_no() {
        return None;
    }
    let explained = context.ask.explain(&question);
    let message = format!(
        "`{}` is configured to assume {} with the deployer `{deployer}`, but {}",
        graph.address(assumption.declaration),
        graph.shown(role),
        explained.reason
    );
    let spot = Spot::of(graph, assumption.declaration, assumption.span, assumption.present);
    let mut finding = RULE
        .on(&spot.through(&assumption.via), message, "role to assume")
        .help(format!(
            "trust `{deployer}` in the trust policy of `{}`, and allow it to call `sts:AssumeRole`",
            role.shown
        ))
        .about([deployer.to_owned(), role.arn.to_string()]);
    for one in &explained.evidence {
        finding = finding.related(one.label(graph));
    }
    Some(finding)
}

/// A role that only services and identity providers can assume: whoever runs Terraform is neither.
fn by_anybody(context: &Context<'_>, assumption: &Assumption) -> Option<Diagnostic> {
    let graph = context.graph;
    let role = &graph.identities[*assumption.roles.first()?];
    let target = What::Identities(Arc::clone(&assumption.roles));
    let ask = &context.ask;
    if !ask.is_trust_known(&assumption.roles) {
        return None;
    }
    let admitted = ask.admitted(&target, "sts:AssumeRole", None);
    let is_service = |one: &Admitted<'_>| {
        let kind = one.item.map_or("", |item| item.kind);
        one.whom == Whom::Elsewhere && (kind == "Service" || kind == "Federated")
    };
    if !admitted.iter().all(is_service) {
        return None;
    }
    let message = format!(
        "`{}` is configured to assume {}, but the trust policy of the role allows no AWS principal to assume it",
        graph.address(assumption.declaration),
        graph.shown(role)
    );
    let spot = Spot::of(graph, assumption.declaration, assumption.span, assumption.present);
    let mut finding = RULE
        .on(&spot.through(&assumption.via), message, "role to assume")
        .help(format!("trust the role or user that runs Terraform in the trust policy of `{}`", role.shown))
        .about([role.arn.to_string()]);
    match admitted.first().and_then(|one| Some((one.setting, one.item?))) {
        Some((setting, item)) => {
            finding = finding.related(super::common::beside(&setting, item.span, "trusts this instead"));
        }
        None => finding = finding.related(declared(graph, role.declaration, "role declared here")),
    }
    Some(finding)
}
