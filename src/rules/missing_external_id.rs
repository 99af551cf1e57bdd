//! Trust in an outside account without an external id.

use super::common::{account_of, stands_in};
use super::{Context, Rule};
use crate::accounts::Zone;
use crate::ask::{Setting, principals};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::condition;
use crate::iam::external_id::{self, ExternalId};
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::value::Answer;

pub(super) static RULE: Rule = Rule {
    name: "missing-external-id",
    summary: "a role can be assumed from an outside account without an external id",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/missing-external-id.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in principals(context.graph).filter(Setting::is_trust) {
        let statement = setting.statement;
        if !statement.actions.takes("sts:AssumeRole").is_yes() {
            continue;
        }
        let mut seen = Vec::new();
        for item in setting.listed() {
            // A person is nobody's deputy; a number is the business of `account-id-number`.
            if item.number || is_session_of_a_person(&item.value) {
                continue;
            }
            let Some(account) = account_of(&item.value) else { continue };
            let zone = context.graph.accounts.zone(account, &setting.document.account);
            let name = context.graph.accounts.shown(account);
            // One finding for each account: naming five of its roles is one decision.
            if seen.contains(&name) || is_guarded(&setting, item, &zone, request) {
                continue;
            }
            if let Some(finding) = finding(&setting, item, &zone, &name) {
                found.push(finding);
                seen.push(name);
            }
        }
    }
}

/// Whether the principal is what one person signs in as: a federated user, or a role of IAM Identity Center, in whose
/// console no external id can be given.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
fn is_session_of_a_person(principal: &Principal) -> bool {
    match principal {
        Principal::FederatedUser { .. } => true,
        Principal::Role { name, .. } | Principal::RoleSession { role: name, .. } => {
            let name = name.to_string();
            name.rsplit('/').next().is_some_and(|name| name.starts_with("AWSReservedSSO_"))
        }
        _ => false,
    }
}

/// Whether something else than an external id keeps strangers from using the other account as a deputy: MFA or
/// a fixed address for people, our organization for anyone.
fn is_guarded(
    setting: &Setting<'_>,
    item: &Item<Principal>,
    zone: &Zone<'_>,
    request: &condition::Context,
) -> bool {
    if !matches!(zone, Zone::Outside | Zone::Vendor { .. }) {
        return true;
    }
    let asked = external_id::external_id(&setting.document.policy, setting.statement, request);
    if !matches!(asked, ExternalId::Missing) {
        return true;
    }
    let other = external_id::other_safeguards(setting.statement, request);
    let person = matches!(
        item.value,
        Principal::User { .. } | Principal::Account { .. } | Principal::FederatedUser { .. }
    );
    // What is not known is not held against the template.
    let may = |answer: Answer| !answer.is_no();
    may(other.organization) || (person && (may(other.mfa) || may(other.network)))
}

fn finding(setting: &Setting<'_>, item: &Item<Principal>, zone: &Zone<'_>, name: &str) -> Option<Diagnostic> {
    let accounts = &setting.graph.accounts;
    let (who, severity) = match zone {
        Zone::Vendor { .. } => (format!("the vendor account {name}"), Severity::Error),
        Zone::Outside if accounts.configured() => (format!("the outside account {name}"), Severity::Warning),
        Zone::Outside => (format!("the unclassified account {name}"), Severity::Warning),
        _ => return None,
    };
    let message = format!("{} trusts {who} without an external id", setting.subject());
    let mut help =
        "agree on an external id with its owner and require it with a `StringEquals` condition on \
                    `sts:ExternalId`"
            .to_owned();
    if matches!(zone, Zone::Outside) {
        help.push_str("; if the account is yours, list it under `[accounts]` in trustlint.toml");
    }
    let finding = RULE
        .on(&setting.item(item), message, "an outside account")
        .severity(severity)
        .help(help)
        .about([item.text.to_string()]);
    Some(if stands_in(item) { finding.possible() } else { finding })
}
