//! A role that is passed to a service in another account.

use super::common::listed;
use super::{Context, Rule};
use crate::ask::{Permission, Spot, permissions};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Graph, Handed};
use crate::iam::arn::{Arn, is_account_id};
use crate::iam::policy::{Item, Polarity, Statement};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "pass-role-across-accounts",
    summary: "a role is passed to a service in another account, which AWS rejects",
    effect: Effect::Dead,
    severity: Severity::Error,
    family: "identity",
    since: "0.1.0",
    page: include_str!("../../rules/pass-role-across-accounts.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    found.extend(graph.handed_roles().iter().filter_map(|handed| passed(graph, handed)));
    found.extend(permissions(graph).filter_map(|permission| allowed(&permission)));
}

/// The account of a role, when it is written as one.
fn account_of(role: &Text) -> Option<Text> {
    let arn = Arn::parse(role)?;
    let id = arn.account.as_literal()?;
    is_account_id(&id).then_some(arn.account)
}

/// A role that a declaration hands to a service.
fn passed(graph: &Graph, handed: &Handed) -> Option<Diagnostic> {
    let account = account_of(&handed.role)?;
    if !graph.accounts.same(&account, &handed.account).is_no() {
        return None;
    }
    let address = graph.address(handed.declaration);
    let message = format!(
        "`{address}` passes role `{}`{} to `{}`{}: AWS rejects iam:PassRole across accounts",
        handed.role,
        graph.in_account(&account),
        handed.service,
        graph.in_account(&handed.account),
    );
    let spot = Spot::of(graph, handed.declaration, handed.span, handed.present).through(&handed.via);
    let help =
        "use a role in the same account; to act in the other account, have that role assume a role there";
    let finding =
        RULE.on(&spot, message, "role in another account").help(help).about([handed.role.to_string()]);
    Some(finding)
}

/// A permission to pass roles of other accounts only. One that lists roles of several accounts, its own among them, is
/// written once for all.
fn allowed(permission: &Permission<'_>) -> Option<Diagnostic> {
    let setting = permission.setting;
    let (graph, statement) = (setting.graph, setting.statement);
    let clause = statement.resources.as_ref().filter(|clause| !clause.open && passes(statement))?;
    let callers = || permission.callers.iter().map(|id| &graph.identities[*id]);
    let is_foreign = |item: &Item<Text>| {
        account_of(&item.value).is_some_and(|account| {
            callers().all(|caller| graph.accounts.same(&caller.account, &account).is_no())
        })
    };
    let item = clause.items.first().filter(|_| clause.items.iter().all(is_foreign))?;
    let who = listed(callers().map(|caller| graph.shown(caller)));
    let roles = listed(clause.items.iter().map(|item| format!("`{}`", item.text)));
    let verb = if permission.callers.len() == 1 { "is" } else { "are" };
    let message = format!("{who} {verb} allowed to pass {roles}, which AWS always rejects across accounts");
    let finding = RULE
        .on(&setting.item(item), message, "role in another account")
        .help(
            "use a role in the same account; to use a role in another account, allow `sts:AssumeRole` on it",
        )
        .about(clause.items.iter().map(|item| item.text.to_string()));
    Some(finding)
}

/// Whether a statement is about passing roles: it names that action, and not only as one of all.
fn passes(statement: &Statement) -> bool {
    let actions = &statement.actions;
    let named = |item: &Item<Text>| item.text.begins_with_folded("iam:pass");
    actions.polarity == Polarity::In
        && actions.items.iter().any(named)
        && actions.takes("iam:PassRole").is_yes()
}
