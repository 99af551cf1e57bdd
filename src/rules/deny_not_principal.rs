//! `Deny` with `NotPrincipal` that lists a role or user without its account.

use super::common::{actions_of, listed};
use super::{Context, Rule};
use crate::ask::{Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{Graph, Purpose};
use crate::iam::policy::{self, Clause, Item, Polarity};
use crate::iam::principal::Principal;
use crate::value::Answer;

pub(super) static RULE: Rule = Rule {
    name: "deny-not-principal",
    summary: "a Deny with NotPrincipal lists a role or user without its account, so it can apply to it nevertheless",
    effect: Effect::Lockout,
    severity: Severity::Warning,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/deny-not-principal.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in statements(context.graph) {
        let statement = setting.statement;
        let Some(clause) = &statement.principals else { continue };
        let denies = statement.effect == Some(policy::Effect::Deny) && clause.polarity == Polarity::NotIn;
        // Trust policies and policies of identities cannot have the element at all.
        if denies && setting.document.purpose != Purpose::Identity && !setting.is_trust() {
            found.extend(finding(&setting, clause));
        }
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
fn finding(setting: &Setting<'_>, clause: &Clause<Principal>) -> Option<Diagnostic> {
    let missing = without_account(setting.graph, clause);
    let first = *missing.first()?;
    let (accounts, account) = (&setting.graph.accounts, first.value.account()?);
    let who = listed(missing.iter().map(|item| format!("`{}`", item.text)));
    let (it, accounts) = match missing.as_slice() {
        [_] if accounts.is_assigned(account) => ("it", format!("its account {}", accounts.shown(account))),
        [_] => ("it", "its account".to_owned()),
        _ => ("them", "their accounts".to_owned()),
    };
    let message = format!(
        "{} denies {} to everyone except {who}, but can deny {it} as well: `NotPrincipal` does not list {accounts}",
        setting.subject(),
        actions_of(setting.statement)
    );
    let help = help(clause, &missing);
    let mut spot = setting.spot(first.span);
    spot.present = spot.present.and(first.present);
    let finding = RULE.on(&spot, message, "listed without its account");
    Some(finding.help(help).about(missing.iter().map(|item| item.text.to_string())))
}

/// Services have no `aws:PrincipalArn`, so a negated condition on it applies to them; a session also needs its role listed.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalisawsservice>
fn help(clause: &Clause<Principal>, missing: &[&Item<Principal>]) -> String {
    let is_service = |item: &Item<Principal>| matches!(item.value, Principal::Service(_));
    let is_session = |item: &&Item<Principal>| matches!(item.value, Principal::RoleSession { .. });
    let services = if clause.items.iter().any(is_service) {
        " and `\"BoolIfExists\": {\"aws:PrincipalIsAWSService\": \"false\"}`"
    } else {
        ""
    };
    let role = if missing.iter().any(is_session) {
        "the ARNs of the role (`arn:aws:iam::ACCOUNT:role/NAME`) and of the account"
    } else {
        "the ARN of the account"
    };
    format!(
        "deny everyone with a condition instead: `\"ArnNotLike\": {{\"aws:PrincipalArn\": ...}}`{services}, or add {role} (`arn:aws:iam::ACCOUNT:root`) to `NotPrincipal`"
    )
}

/// The roles and users of a list that has not their account.
fn without_account<'s>(graph: &Graph, clause: &'s Clause<Principal>) -> Vec<&'s Item<Principal>> {
    let everyone = |item: &Item<Principal>| item.value == Principal::Everyone;
    if clause.open || clause.items.iter().any(everyone) {
        return Vec::new();
    }
    let is_listed = |item: &Item<Principal>| {
        let Some(own) = item.value.account() else { return Answer::Yes };
        let means = |other: &Item<Principal>| match &other.value {
            Principal::Account { account } => graph.accounts.same(account, own),
            Principal::Unknown(_) => Answer::Unknown,
            _ => Answer::No,
        };
        Answer::any(clause.items.iter().map(means))
    };
    let lacks = |item: &&Item<Principal>| {
        let is_entity = matches!(
            item.value,
            Principal::Role { .. }
                | Principal::User { .. }
                | Principal::RoleSession { .. }
                | Principal::FederatedUser { .. }
        );
        is_entity && !item.present.is_no() && is_listed(item).is_no()
    };
    clause.items.iter().filter(lacks).collect()
}
