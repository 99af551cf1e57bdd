//! Trust in a principal that is not allowed to assume the role.

use super::common::pairs;
use super::own_side::OwnSide;
use super::whole_account::Members;
use super::{Context, Rule};
use crate::ask::{Cause, Named, Question, Reason, Requests, Trust, What, Who, WholeAccount, names, trusts};
use crate::diagnostic::{Diagnostic, Effect, Severity};

pub(super) static RULE: Rule = Rule {
    name: "trust-without-permission",
    summary: "a role trusts a principal in another account that is not allowed to assume it",
    effect: Effect::Mismatch,
    severity: Severity::Warning,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/trust-without-permission.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let members = Members::of(context.graph);
    for trust in trusts(context.graph) {
        let named = trust.setting.named(trust.item);
        found.extend(named.iter().filter_map(|named| unpermitted(context, &trust, named)));
        if named.is_empty() && !members.is_empty() {
            let accounts = trust.setting.whole_accounts(trust.item);
            found.extend(accounts.iter().filter_map(|account| unusable(context, &members, &trust, account)));
        }
    }
}

/// Trust in an account in which nobody can use it.
fn unusable(
    context: &Context<'_>,
    members: &Members,
    trust: &Trust<'_>,
    whole: &WholeAccount<'_>,
) -> Option<Diagnostic> {
    let (graph, accounts) = (context.graph, &context.graph.accounts);
    let role = &graph.identities[trust.role];
    if !accounts.same(&whole.account, &role.account).is_no() {
        return None;
    }
    let (target, requests) = (What::identity(trust.role), Requests::to_assume(&role.arn));
    let nobody = members.nobody(&context.ask, (&whole.account, &[&trust.setting]), (&target, &requests))?;
    let account = accounts.shown(&whole.account);
    let message = format!(
        "{} trusts account {account}, but no role or user in that account can assume it",
        graph.shown(role)
    );
    let finding = RULE
        .on(&whole.spot, message, "trusted account")
        .help(nobody.help(&format!("allow `sts:AssumeRole` on `{}`", role.arn), "the trust policy"))
        .about([role.arn.to_string(), whole.account.to_string()]);
    Some(nobody.shown(graph, finding))
}

fn unpermitted(context: &Context<'_>, trust: &Trust<'_>, named: &Named<'_>) -> Option<Diagnostic> {
    let graph = context.graph;
    let role = &graph.identities[trust.role];
    let caller_id = named.id;
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
    // Another condition beside the one that names it may keep it out.
    if named.by_condition && sides.other.is_no() {
        return None;
    }
    // Where both sides allow it under conditions that exclude each other, the permission that names the role says so.
    let apart = ruling.cause == Cause::Decided(Reason::Apart) && !names(graph, caller_id, &to);
    if !sides.own.is_no() && !apart {
        return None;
    }
    let own_side = OwnSide::of(&context.ask, &question, &ruling);
    if own_side.is_boundary() {
        return None;
    }
    // A permission that misspells the role is reported there.
    if context.ask.misnames_role(caller_id, trust.role) {
        return None;
    }
    let evidence = context.ask.evidence(&question, &ruling, sides);
    let action = "`sts:AssumeRole`";
    let message = format!(
        "{} trusts {}, but {}",
        graph.shown(role),
        graph.shown(caller),
        own_side.clause(&caller.shown, action, &role.shown)
    );
    let finding = RULE
        .on(&named.spot, message, "trusted here")
        .help(format!(
            "{}, or remove `{}` from the trust policy",
            own_side.help(&caller.shown, action, &role.arn.to_string()),
            caller.shown
        ))
        .about([role.arn.to_string(), caller.arn.to_string()])
        .between(pairs(graph, &[caller_id], &[role.declaration], &["sts:AssumeRole"]));
    let own = evidence.iter().filter(|one| one.is_own());
    Some(own.fold(finding, |finding, one| finding.related(one.label(graph))))
}
