//! Principals that are one session.

use super::common::{beside, partition_of};
use super::redundant_principal::is_session_of;
use super::{Context, Rule};
use crate::ask::{Setting, principals_of_kind};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::policy::Item;
use crate::iam::principal::Principal;

pub(super) static RULE: Rule = Rule {
    name: "session-principal",
    summary: "a policy names one session of a role or federated user, and no other session of it",
    effect: Effect::Weak,
    severity: Severity::Info,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/session-principal.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let named = principals_of_kind(context.graph, |item| is_session(&item.value));
    found.extend(named.filter_map(|setting| sessions(&setting)));
}

/// One finding for all sessions of a statement, but for those of which it names the role, too.
fn sessions(setting: &Setting<'_>) -> Option<Diagnostic> {
    let listed = setting.listed();
    let is_alone = |item: &&Item<Principal>| {
        is_session(&item.value) && !listed.iter().any(|other| is_session_of(&item.value, &other.value))
    };
    let mut sessions = listed.iter().filter(is_alone);
    let first = sessions.next()?;
    let (what, help) = match &first.value {
        Principal::RoleSession { account, role, .. } => (
            format!("of role `{role}`: its other sessions have no access by it"),
            format!(
                "name the role, `arn:{}:iam::{account}:role/{role}` with its path, unless the name of the session is always the same",
                partition_of(&first.text)
            ),
        ),
        _ => (
            "of a federated user: those with another name have no access by it".to_owned(),
            "name the user or role that asks for the session, unless its name is always the same".to_owned(),
        ),
    };
    let message = format!("the principal `{}` of {} is one session {what}", first.text, setting.subject());
    let mut finding =
        RULE.on(&setting.item(first), message, "one session").help(help).about([first.text.to_string()]);
    for item in sessions {
        finding = finding.related(beside(setting, item.span, "one session"));
    }
    Some(finding)
}

/// Sessions of IAM Identity Center are named after its users; of its roles `exact-sso-role-principal` speaks.
fn is_session(principal: &Principal) -> bool {
    match principal {
        Principal::RoleSession { role, .. } => !role.begins_with("AWSReservedSSO_"),
        Principal::FederatedUser { .. } => true,
        _ => false,
    }
}
