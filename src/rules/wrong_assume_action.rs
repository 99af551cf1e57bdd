//! Trust statements whose action does not fit their principal.

use super::common::beside;
use super::{Context, Rule};
use crate::ask::{Setting, trusting};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::policy::{Item, Statement};
use crate::iam::principal::Principal;

pub(super) static RULE: Rule = Rule {
    name: "wrong-assume-action",
    summary: "a trust policy allows an action that this kind of principal does not use to assume a role",
    effect: Effect::Dead,
    severity: Severity::Error,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/wrong-assume-action.md"),
    check,
};

const ASSUME_ACTIONS: [&str; 3] =
    ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in trusting(context.graph).filter(Setting::is_trust) {
        for principal in setting.listed() {
            let Some((needed, who)) = assumes_with(&principal.value) else { continue };
            if let Some(finding) = mismatch(&setting, principal, needed, who) {
                found.push(finding);
                break;
            }
        }
    }
}

fn mismatch(
    setting: &Setting<'_>,
    principal: &Item<Principal>,
    needed: &'static str,
    who: &str,
) -> Option<Diagnostic> {
    let statement: &Statement = setting.statement;
    if !statement.actions.takes(needed).is_no() {
        return None;
    }
    // Only an action that assumes in another way is a mistake of this kind: tags and source identities go
    // with any of them, and may stand in a statement of their own.
    let wrong = statement.actions.items.iter().find(|item| {
        let written = item.text.to_string();
        ASSUME_ACTIONS.iter().any(|action| action.eq_ignore_ascii_case(&written))
    })?;
    let message = format!(
        "{who} `{}` needs `{needed}` to assume {}, not `{}`",
        principal.text,
        setting.subject(),
        wrong.text
    );
    // Replacing it would keep out the principals that use it.
    let written = wrong.text.to_string();
    let uses = |other: &Item<Principal>| {
        assumes_with(&other.value).is_none_or(|(action, _)| action.eq_ignore_ascii_case(&written))
    };
    let help = if setting.listed().iter().any(uses) {
        format!("give `{}` a statement of its own with `{needed}`", principal.text)
    } else {
        format!("replace `{}` with `{needed}`", wrong.text)
    };
    let finding = RULE
        .on(&setting.item(wrong).also(principal.present), message, "wrong action for this principal")
        .related(beside(setting, principal.span, "trusted principal"))
        .help(help)
        .about([principal.text.to_string(), wrong.text.to_string()]);
    Some(finding)
}

/// The action with which a principal assumes a role, and what such a principal is called.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp.html>
pub(super) fn assumes_with(principal: &Principal) -> Option<(&'static str, &'static str)> {
    match principal {
        Principal::Oidc { .. } | Principal::BuiltInProvider(_) => {
            Some(("sts:AssumeRoleWithWebIdentity", "OIDC provider"))
        }
        Principal::Saml { .. } => Some(("sts:AssumeRoleWithSAML", "SAML provider")),
        Principal::Service(_) => Some(("sts:AssumeRole", "service")),
        Principal::Account { .. } | Principal::Role { .. } | Principal::User { .. } => {
            Some(("sts:AssumeRole", "principal"))
        }
        _ => None,
    }
}
