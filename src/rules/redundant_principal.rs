//! Principals that are among others of the same statement.

use super::common::beside;
use super::{Context, Rule};
use crate::ask::{Setting, principals_of_kind};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::callers;
use crate::iam::policy::Item;
use crate::iam::principal::Principal;

pub(super) static RULE: Rule = Rule {
    name: "redundant-principal",
    summary: "a principal adds nothing, because another principal of the statement includes it",
    effect: Effect::Hygiene,
    severity: Severity::Info,
    family: "hygiene",
    since: "0.1.0",
    page: include_str!("../../rules/redundant-principal.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let is_wide =
        |item: &Item<Principal>| matches!(item.value, Principal::Everyone | Principal::RoleSession { .. });
    for setting in principals_of_kind(context.graph, is_wide).filter(|setting| setting.listed().len() > 1) {
        let listed = setting.listed();
        if let Some(all) = listed.iter().find(|item| item.value == Principal::Everyone) {
            found.extend(beside_everyone(context, &setting, all));
            continue;
        }
        for item in listed {
            if let Some(role) = listed.iter().find(|other| is_session_of(&item.value, &other.value)) {
                found.push(finding(
                    &setting,
                    item,
                    role,
                    "the role includes all its sessions",
                    "includes the session",
                ));
            }
        }
    }
}

/// Who is listed beside everyone, where a condition says who that is: without one, `wildcard-principal` has more to say.
fn beside_everyone(
    context: &Context<'_>,
    setting: &Setting<'_>,
    all: &Item<Principal>,
) -> Option<Diagnostic> {
    let mut others = setting.listed().iter().filter(|item| is_of_account(&item.value));
    let first = others.next()?;
    let document = setting.document;
    let admitted =
        callers::admitted(&document.policy, setting.statement, &document.service, context.request());
    let is_bounded = admitted.bounded.is_yes() && all.present.is_yes();
    let because = "`*` includes everyone who meets the conditions of the statement";
    is_bounded.then(|| {
        others.fold(finding(setting, first, all, because, "includes it"), |finding, item| {
            finding.related(beside(setting, item.span, "redundant as well"))
        })
    })
}

fn is_of_account(principal: &Principal) -> bool {
    principal.account().is_some()
}

/// Whether a principal is a session of a role that another one names.
pub(super) fn is_session_of(session: &Principal, other: &Principal) -> bool {
    let (Principal::RoleSession { account, role, .. }, Principal::Role { account: of, name }) =
        (session, other)
    else {
        return false;
    };
    let named = name.as_literal();
    let last = named.as_deref().and_then(|name| name.rsplit('/').next());
    account == of && (role == name || last.is_some_and(|name| role.is_literally(name)))
}

fn finding(
    setting: &Setting<'_>,
    item: &Item<Principal>,
    by: &Item<Principal>,
    because: &str,
    label: &str,
) -> Diagnostic {
    let message = format!("the principal `{}` of {} is redundant: {because}", item.text, setting.subject());
    RULE.on(&setting.item(item), message, "redundant")
        .help("remove it, or remove the principal that includes it")
        .about([item.text.to_string()])
        .related(beside(setting, by.span, label))
}
