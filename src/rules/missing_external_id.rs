//! Trust in an outside account without an external ID.

use super::common::{account_of, apart, beside, listing, place_of_account, stands_in};
use super::dropped::with_dropped;
use super::outside::Ours;
use super::{Context, Rule};
use crate::accounts::Zone;
use crate::ask::{Setting, Spot, principals};
use crate::diagnostic::{Diagnostic, Effect, Severity, said};
use crate::iam::condition;
use crate::iam::external_id::{self, ExternalId};
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::value::{Answer, Text, When};

pub(super) static RULE: Rule = Rule {
    name: "missing-external-id",
    summary: "a role trusts a vendor or unlisted account without requiring an external ID",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/missing-external-id.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    let ours = Ours::of(context.graph);
    for setting in principals(context.graph).filter(Setting::is_trust) {
        let statement = setting.statement;
        if !statement.actions.takes("sts:AssumeRole").is_yes() {
            continue;
        }
        let mut seen = Vec::new();
        for item in setting.listed() {
            // A human session cannot be a confused deputy. Numbers are handled by `account-id-number`.
            if item.number || is_session_of_a_person(&item.value) {
                continue;
            }
            let Some(account) = account_of(&item.value) else { continue };
            let zone = context.graph.accounts.zone(account, &setting.document.account);
            let name = context.graph.accounts.shown(account);
            // One finding for each account: naming five of its roles is one decision.
            if seen.contains(&name) {
                continue;
            }
            let Some(when) = unguarded(&setting, item, &zone, request) else { continue };
            let is_ours = zone == Zone::Outside && ours.speaks(context, item, &name);
            if let Some(mut finding) = finding(context, &setting, item, (&zone, &name, is_ours)) {
                let Some(both) = finding.when.and(&when) else { continue };
                finding.when = both;
                found.push(finding);
                seen.push(name);
            }
        }
    }
}

/// Whether the principal is what one person signs in as: a federated user, or a role of IAM Identity Center, in whose
/// console no external ID can be given.
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

/// The choices under which neither an external ID nor something else keeps strangers from using the other account as a deputy: MFA
/// or a fixed address for people, our organization for anyone. `None` where something does.
fn unguarded(
    setting: &Setting<'_>,
    item: &Item<Principal>,
    zone: &Zone<'_>,
    request: &condition::Context,
) -> Option<When> {
    if !matches!(zone, Zone::Outside | Zone::Vendor { .. }) {
        return None;
    }
    let (policy, statement) = (&setting.document.policy, setting.statement);
    let when = match external_id::external_id(policy, statement, request) {
        ExternalId::Missing => When::default(),
        ExternalId::Unknown => external_id::left_out(policy, statement, request)?,
        _ => return None,
    };
    let other = external_id::other_safeguards(setting.statement, request);
    let person = matches!(
        item.value,
        Principal::User { .. } | Principal::Account { .. } | Principal::FederatedUser { .. }
    );
    // What is not known is not held against the template.
    let may = |answer: Answer| !answer.is_no();
    let is_guarded = may(other.organization) || (person && (may(other.mfa) || may(other.network)));
    (!is_guarded).then_some(when)
}

/// What to add to the advice where services, identity providers or our own accounts stand beside the other account: they send no
/// external ID.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html>
fn apart_from_ours(setting: &Setting<'_>) -> String {
    let accounts = &setting.graph.accounts;
    let is_ours =
        |account: &Text| matches!(accounts.zone(account, &setting.document.account), Zone::Same | Zone::Own);
    apart(setting, |item| item.kind == "AWS" && !account_of(&item.value).is_some_and(is_ours))
}

fn finding(
    context: &Context<'_>,
    setting: &Setting<'_>,
    item: &Item<Principal>,
    (zone, name, is_ours): (&Zone<'_>, &str, bool),
) -> Option<Diagnostic> {
    let subject = setting.subject();
    let without = "without requiring an external ID";
    let (message, help, label, severity) = match zone {
        Zone::Vendor { .. } => (
            format!("{subject} trusts vendor account {name} {without}"),
            format!(
                "require the external ID that the vendor gave you with a `StringEquals` condition on `sts:ExternalId`{}",
                apart_from_ours(setting)
            ),
            "vendor account",
            Severity::Error,
        ),
        Zone::Outside => {
            // Until somebody says which accounts are theirs, this one may well be.
            let is_known = setting.graph.accounts.lists_any() && !is_ours;
            (
                format!("{subject} trusts account {name}, which is not listed in trustlint.toml, {without}"),
                format!(
                    "if this account is yours, {}; otherwise require the external ID that its owner gave you with a `StringEquals` condition on `sts:ExternalId`{}{}",
                    listing(name),
                    apart_from_ours(setting),
                    context.given_by(item)
                ),
                "account not listed in trustlint.toml",
                if is_known { Severity::Warning } else { Severity::Info },
            )
        }
        _ => return None,
    };
    let spot = setting.item(item);
    let place = place_of_account(item);
    let used = place.map(|_| beside(setting, item.span, "used here"));
    let mut finding = RULE
        .on(&Spot { span: place.unwrap_or(item.span), ..spot }, message, label)
        .severity(severity)
        .help(help)
        .about([item.text.to_string()]);
    finding.related.extend(used);
    // Whose an account is, is one decision for all roles that trust it.
    finding.group = (*zone == Zone::Outside).then(|| said(name));
    let finding = with_dropped(context, setting, item, finding);
    Some(if stands_in(item) { finding.possible() } else { finding })
}
