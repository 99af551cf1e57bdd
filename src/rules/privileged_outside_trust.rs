//! Administrator roles that an outside account can assume.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::common::{account_of, beside, either, listed, listing, stands_in, unless_example};
use super::{Context, Rule};
use crate::accounts::Zone;
use crate::ask::{Setting, Trust, trusts};
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::graph::IdentityId;
use crate::iam::condition::{Operator, Test};
use crate::iam::policy::{Condition, Item};
use crate::iam::principal::Principal;
use crate::value::{Answer, Text};

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
    let mut gains: FxHashMap<IdentityId, (String, Vec<Label>)> = FxHashMap::default();
    // Most roles gain nothing, and all that trust them come together.
    let mut harmless = None;
    // Several users or roles of one account are one finding of each role.
    let mut groups: Vec<Vec<Trust<'_>>> = Vec::new();
    let mut known: FxHashMap<(IdentityId, String, &str), usize> = FxHashMap::default();
    for trust in trusts(context.graph) {
        if harmless == Some(trust.role) || severity_of(&trust.setting, trust.item).is_none() {
            continue;
        }
        if let Entry::Vacant(unknown) = gains.entry(trust.role) {
            let Some(gain) = gained(context, trust.role) else {
                harmless = Some(trust.role);
                continue;
            };
            unknown.insert(gain);
        }
        let key = one_of(&trust).map(|(account, kind, _)| (trust.role, account.to_string(), kind));
        let group = key.as_ref().and_then(|key| groups.get_mut(*known.get(key)?));
        if let Some(group) = group {
            group.push(trust);
        } else {
            known.extend(key.map(|key| (key, groups.len())));
            groups.push(vec![trust]);
        }
    }
    for group in &groups {
        let Some(trust) = group.first() else { continue };
        let Some(severity) = severity_of(&trust.setting, trust.item) else { continue };
        if let Some((what, labels)) = gains.get(&trust.role) {
            found.push(finding(context, trust, group, (what, labels)).severity(severity));
        }
    }
}

/// The account, kind and name of a principal that is certainly one user or role of an account.
fn one_of<'g>(trust: &Trust<'g>) -> Option<(&'g Text, &'static str, &'g Text)> {
    let (item, statement) = (trust.item, trust.setting.statement);
    let is_sure = [item.present, statement.present] == [Answer::Yes; 2]
        && item.when.is_empty()
        && statement.when.is_empty();
    let named = match &trust.item.value {
        Principal::User { account, name } => (account, "user", name),
        Principal::Role { account, name } => (account, "role", name),
        _ => return None,
    };
    is_sure.then_some(named)
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

/// The ARNs of which a condition of the statement asks for one.
fn arns_asked(setting: &Setting<'_>) -> Option<String> {
    let asks = |condition: &&Condition| {
        let is_of_principal = condition.key.value.begins_with_folded("aws:PrincipalArn");
        let operator = Operator::parse(&condition.operator.value);
        is_of_principal
            && !condition.open
            && operator.is_some_and(|it| !it.holds_when_absent() && it.test != Test::Null)
    };
    let condition = setting.statement.conditions.iter().find(asks)?;
    Some(either(condition.values.iter().map(|item| format!("`{}`", item.text))))
}

/// What several principals become by one role, of which the first is shown.
fn finding(
    context: &Context<'_>,
    trust: &Trust<'_>,
    group: &[Trust<'_>],
    (what, labels): (&str, &[Label]),
) -> Diagnostic {
    let (setting, item) = (trust.setting, trust.item);
    let graph = setting.graph;
    let account = account_of(&item.value);
    let shown = account.map(|account| graph.accounts.shown(account)).unwrap_or_default();
    let role = &graph.identities[trust.role];
    let mut names: Vec<String> = Vec::new();
    for name in group.iter().filter_map(one_of).map(|(.., name)| format!("`{name}`")) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let kind = one_of(trust).map(|(_, kind, _)| kind);
    let (who, whom) = match kind {
        None => match arns_asked(&setting) {
            Some(arns) => {
                (format!("principals of account {shown} that match {arns}"), "the account".to_owned())
            }
            None => (format!("account {shown}"), "the account".to_owned()),
        },
        Some(kind) => {
            let many = if names.len() == 1 { "" } else { "s" };
            (format!("{kind}{many} {} of account {shown}", listed(names)), format!("the {kind}{many}"))
        }
    };
    let message = format!("{who} can assume role `{}`, which {what}", role.shown);
    let needs = if kind.is_some() { "that are needed" } else { "that the other account needs" };
    let fewer = format!("give the role only the permissions {needs}, or remove {whom} from the trust policy");
    let zone = account.map(|account| graph.accounts.zone(account, &setting.document.account));
    let help = match zone {
        Some(Zone::Outside) => {
            format!(
                "if this account is yours, {}; otherwise {fewer}{}",
                listing(&shown),
                context.given_by(item)
            )
        }
        _ => fewer,
    };
    let help = unless_example(item, help, &context.given_by(item));
    let finding = RULE
        .on(&setting.item(item), message, "trusted here")
        .help(help)
        .about(group.iter().map(|trust| trust.item.text.to_string()));
    let mut finding = if stands_in(item) { finding.possible() } else { finding };
    for other in group.iter().skip(1).filter(|other| other.item.span != item.span) {
        finding = finding.related(beside(&other.setting, other.item.span, "trusted here, too"));
    }
    labels.iter().cloned().fold(finding, Diagnostic::related)
}

/// What whoever assumes a role becomes. Roles that can be assumed from it are those of `external-path-to-admin`.
fn gained(context: &Context<'_>, id: IdentityId) -> Option<(String, Vec<Label>)> {
    let (what, label) = context.privilege_of(id)?;
    Some((what.to_owned(), vec![label]))
}
