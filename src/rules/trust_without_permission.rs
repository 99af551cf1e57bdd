//! Trust in a caller that has no permission to use it.

use super::{Context, Rule};
use crate::ask::{Cause, Evidence, Layer, Question, Reason, Ruling, Trust, What, Who, trusts};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Graph, IdentityId};

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
    found.extend(trusts(context.graph).filter_map(|trust| unpermitted(context, &trust)));
}

fn unpermitted(context: &Context<'_>, trust: &Trust<'_>) -> Option<Diagnostic> {
    let graph = context.graph;
    let role = &graph.identities[trust.role];
    let caller_id = *graph.find_principal(trust.item, trust.setting.unit()).first()?;
    let caller = &graph.identities[caller_id];
    // In one account the trust policy alone is enough when it names the caller.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    if !graph.accounts.same(&caller.account, &role.account).is_no() {
        return None;
    }
    let (from, to) = (Who::Declared(caller_id), What::identity(trust.role));
    let question = Question { caller: &from, target: &to, action: "sts:AssumeRole", within: None };
    let ruling = context.ask.ask(&question);
    if !ruling.answer.is_no() {
        return None;
    }
    let sides = context.ask.sides(&question);
    if !sides.own.is_no() {
        return None;
    }
    let evidence = context.ask.evidence(&question, &ruling, sides);
    let cause = cause(graph, caller_id, &ruling, &evidence);
    let message = format!("{} trusts {}, but {cause}", graph.shown(role), graph.shown(caller));
    let finding = RULE
        .on(&trust.setting.item(trust.item), message, "trusted here")
        .help(format!(
            "allow `{}` to call `sts:AssumeRole` on `{}`, or do not trust it",
            caller.shown, role.arn
        ))
        .about([role.arn.to_string(), caller.arn.to_string()]);
    let own = evidence.iter().filter(|one| one.is_own());
    Some(own.fold(finding, |finding, one| finding.related(one.label(graph))))
}

/// What keeps a caller from assuming the role.
fn cause(graph: &Graph, caller: IdentityId, ruling: &Ruling, evidence: &[Evidence<'_>]) -> &'static str {
    let lacks = |layer: Layer| match &ruling.cause {
        Cause::Decided(Reason::Missing(layers)) => layers.contains(&layer),
        _ => false,
    };
    let denied_by = |layer: Layer| evidence.iter().any(|one| one.layer == layer && one.denies());
    let has_none = graph.policies_of(&graph.identities[caller]).is_empty();
    if denied_by(Layer::Identity) {
        "its own policies deny `sts:AssumeRole` on it"
    } else if denied_by(Layer::ServiceControl) {
        "a service control policy denies `sts:AssumeRole` on it"
    } else if lacks(Layer::Identity) && has_none {
        "it has no policy at all, so it may not call `sts:AssumeRole`"
    } else if lacks(Layer::Identity) {
        "none of its policies allows `sts:AssumeRole` on that role"
    } else if lacks(Layer::Boundary) {
        "its permissions boundary does not allow `sts:AssumeRole` on that role"
    } else if lacks(Layer::ServiceControl) {
        "no service control policy of its account allows `sts:AssumeRole`"
    } else {
        "its side does not allow `sts:AssumeRole` on that role"
    }
}
