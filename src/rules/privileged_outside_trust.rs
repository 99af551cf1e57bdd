//! Administrator roles that an outside account can assume.

use rustc_hash::FxHashMap;

use super::common::{account_of, listing, stands_in, unless_example};
use super::{Context, Rule};
use crate::accounts::Zone;
use crate::ask::{Setting, Trust, trusts};
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::graph::IdentityId;
use crate::iam::policy::Item;
use crate::iam::principal::Principal;

pub(super) static RULE: Rule = Rule {
    name: "privileged-outside-trust",
    summary: "an outside account can assume a role that has administrator access or can modify IAM policies",
    effect: Effect::Exposed,
    severity: Severity::Error,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/privileged-outside-trust.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut gains: FxHashMap<IdentityId, Option<(String, Vec<Label>)>> = FxHashMap::default();
    for trust in trusts(context.graph) {
        let Some(severity) = severity_of(&trust.setting, trust.item) else { continue };
        let gained = gains.entry(trust.role).or_insert_with(|| gained(context, trust.role));
        if let Some((what, labels)) = gained {
            found.push(finding(context, &trust, what, labels).severity(severity));
        }
    }
}

/// How bad it is that this principal may become an administrator; `None` when it is not from outside, or not
/// known to be.
pub(super) fn severity_of(setting: &Setting<'_>, item: &Item<Principal>) -> Option<Severity> {
    let account = account_of(&item.value)?;
    let accounts = &setting.graph.accounts;
    match accounts.zone(account, &setting.document.account) {
        // What only delivers has no use for a role.
        Zone::Vendor { .. } | Zone::Aws { assumes_roles: false } => Some(Severity::Error),
        // Until somebody says which accounts are theirs, this is likely the one that deploys.
        Zone::Outside => Some(if accounts.lists_any() { Severity::Error } else { Severity::Info }),
        Zone::Own if accounts.same(account, &setting.document.account).is_no() => Some(Severity::Info),
        Zone::Same | Zone::Own | Zone::Aws { .. } | Zone::Unknown => None,
    }
}

fn finding(context: &Context<'_>, trust: &Trust<'_>, what: &str, labels: &[Label]) -> Diagnostic {
    const FEWER: &str = "give the role only the permissions that the other account needs, or remove the account from the trust policy";
    let (setting, item) = (trust.setting, trust.item);
    let graph = setting.graph;
    let account = account_of(&item.value);
    let shown = account.map(|account| graph.accounts.shown(account)).unwrap_or_default();
    let role = &graph.identities[trust.role];
    let message = format!("account {shown} can assume role `{}`, which {what}", role.shown);
    let zone = account.map(|account| graph.accounts.zone(account, &setting.document.account));
    let help = match zone {
        Some(Zone::Outside) => {
            format!(
                "if this account is yours, {}; otherwise {FEWER}{}",
                listing(&shown),
                context.given_by(item)
            )
        }
        _ => FEWER.to_owned(),
    };
    let help = unless_example(item, help, &context.given_by(item));
    let finding =
        RULE.on(&setting.item(item), message, "trusted here").help(help).about([item.text.to_string()]);
    let finding = if stands_in(item) { finding.possible() } else { finding };
    labels.iter().cloned().fold(finding, Diagnostic::related)
}

/// What whoever assumes a role becomes. Roles that can be assumed from it are those of `external-path-to-admin`.
fn gained(context: &Context<'_>, id: IdentityId) -> Option<(String, Vec<Label>)> {
    let (what, label) = context.privilege_of(id)?;
    Some((what.to_owned(), vec![label]))
}
