//! A role of one account that is to be passed to a service in another one.

use super::common::{Setting, callers, if_present, listed, takes};
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::graph::{Graph, Handed, Purpose};
use crate::iam::arn::{Arn, is_account_id};
use crate::iam::policy::{self, Item, Polarity, Statement};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "pass-role-across-accounts",
    summary: "a role is passed, or may be passed, to a service of another account than its own",
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
    for document in graph.documents.iter().filter(|document| document.purpose == Purpose::Identity) {
        for statement in &document.policy.statements {
            found.extend(allowed(&Setting { graph, document, statement }));
        }
    }
}

/// The account of a role, when it is written as one.
fn account_of(role: &Text) -> Option<Text> {
    let arn = Arn::parse(role)?;
    let id = arn.account.as_literal()?;
    is_account_id(&id).then_some(arn.account)
}

/// A role that a declaration hands to a service.
fn passed(graph: &Graph, handed: &Handed<'_>) -> Option<Diagnostic> {
    let account = account_of(&handed.role)?;
    if !graph.accounts.same(&account, &handed.account).is_no() {
        return None;
    }
    let declaration = handed.declaration;
    let message = format!(
        "`{}` passes the role `{}`{} to `{}`{}, which AWS refuses: roles are passed within one account",
        declaration.address,
        handed.role,
        graph.in_account(&account),
        handed.service,
        graph.in_account(&handed.account),
    );
    let mut label = Label::new(handed.span, "of another account");
    label.address = Some(declaration.address.clone());
    label.account =
        graph.accounts.is_assigned(&handed.account).then(|| graph.accounts.shown(&handed.account));
    let help = "pass a role of this account; to act in the other one, let that role assume one there";
    let finding = RULE.finding(message, label).help(help);
    let finding = finding.about([declaration.address.clone(), handed.role.to_string()]);
    Some(if_present(finding, handed.present))
}

/// A permission to pass roles of other accounts only. One that lists roles of several accounts, its own among them, is
/// written once for all.
fn allowed(setting: &Setting<'_>) -> Option<Diagnostic> {
    let (graph, statement) = (setting.graph, setting.statement);
    let clause =
        statement.resources.as_ref().filter(|clause| clause.polarity == Polarity::In && !clause.open)?;
    if statement.effect != Some(policy::Effect::Allow) || !passes(statement) {
        return None;
    }
    let callers = callers(graph, setting.document)?;
    let is_foreign = |item: &&Item<Text>| {
        account_of(&item.value).is_some_and(|account| {
            callers.iter().all(|(_, caller)| graph.accounts.same(&caller.account, &account).is_no())
        })
    };
    let item = clause.items.first().filter(|_| clause.items.iter().all(|item| is_foreign(&item)))?;
    let who = listed(callers.iter().map(|(_, caller)| graph.shown(caller)));
    let roles = listed(clause.items.iter().map(|item| format!("`{}`", item.text)));
    let message = format!("{who} may pass {roles}, but a role of another account cannot be passed");
    let finding = setting
        .finding(&RULE, message, item.span, "of another account")
        .help("name roles of the own account; to use one of another account, allow `sts:AssumeRole` on it")
        .about(clause.items.iter().map(|item| item.text.to_string()));
    Some(if_present(finding, item.present))
}

/// Whether a statement is about passing roles: it names that action, and not only as one of all.
fn passes(statement: &Statement) -> bool {
    let actions = &statement.actions;
    let named = |item: &Item<Text>| item.text.to_string().to_ascii_lowercase().starts_with("iam:pass");
    actions.polarity == Polarity::In
        && actions.items.iter().any(named)
        && takes(actions, "iam:PassRole").is_yes()
}
