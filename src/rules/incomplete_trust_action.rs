//! Trust policies that lack an action that the principal needs to assume the role.

use super::common::{beside, listed};
use super::wrong_assume_action::assumes_with;
use super::{Context, Rule};
use crate::ask::{Setting, trusting};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::glob::{self, Case};
use crate::iam::policy::{Effect as PolicyEffect, Item, Polarity, Statement};
use crate::iam::principal::Principal;
use crate::value::{Answer, Text};

pub(super) static RULE: Rule = Rule {
    name: "incomplete-trust-action",
    summary: "a trust policy lacks an action that its principal needs to assume the role",
    effect: Effect::Dead,
    severity: Severity::Warning,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/incomplete-trust-action.md"),
    check,
};

/// Actions that say more of a session, and start none.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required>
const EXTENDING: [&str; 3] = ["sts:SetContext", "sts:SetSourceIdentity", "sts:TagSession"];

/// Services that send tags, or a source identity, with every request for a role.
///
/// <https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html>
/// <https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html>
const NEEDING: [Needing; 2] = [
    (
        "rolesanywhere.amazonaws.com",
        "IAM Roles Anywhere",
        &["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
    ),
    ("pods.eks.amazonaws.com", "EKS Pod Identity", &["sts:AssumeRole", "sts:TagSession"]),
];

/// A service that sends more than the request for the role, what it is called, and the actions that it needs.
pub(super) type Needing = (&'static str, &'static str, &'static [&'static str]);

/// What a service needs beside the permission to assume the role.
pub(super) fn needing(service: &Text) -> Option<&'static Needing> {
    NEEDING.iter().find(|(name, ..)| service.is_literally(name))
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut sends_no_tags = None;
    for setting in trusting(context.graph) {
        let policy = &setting.document.policy;
        if let Some(action) = only_extends(setting.statement) {
            let is_known = |item: &Item<Principal>| !matches!(item.value, Principal::Unknown(_));
            let is_alone =
                |item: &&Item<Principal>| !policy.open && is_known(item) && starts_nowhere(&setting, item);
            if setting.is_trust() {
                let alone: Vec<_> = setting.listed().iter().filter(is_alone).collect();
                found.extend(extends(&setting, &alone, action));
            }
            continue;
        }
        for item in setting.listed() {
            let Principal::Service(service) = &item.value else { continue };
            let Some(needing) = needing(service) else { continue };
            let is_pod = needing.0.starts_with("pods.");
            if is_pod && *sends_no_tags.get_or_insert_with(|| may_send_no_tags(context)) {
                continue;
            }
            if setting.is_trust() && !policy.open {
                found.extend(needs(&setting, item, *needing));
            }
        }
    }
}

/// The first action of a statement that only allows to say more of a session.
fn only_extends(statement: &Statement) -> Option<&Item<Text>> {
    let actions = &statement.actions;
    let extends = |item: &Item<Text>| {
        item.value
            .as_literal()
            .is_some_and(|action| EXTENDING.iter().any(|it| it.eq_ignore_ascii_case(&action)))
    };
    let all = actions.polarity == Polarity::In && !actions.open && actions.items.iter().all(extends);
    actions.items.first().filter(|_| all)
}

/// Whether no statement lets a principal start a session.
fn starts_nowhere(setting: &Setting<'_>, item: &Item<Principal>) -> bool {
    let starts = |one: &&Statement| !one.actions.touches_actions(&assuming(one)).is_no();
    !others(setting).filter(starts).any(|one| !means(setting, one, item).is_no())
}

fn assuming(statement: &Statement) -> Text {
    Text::literal("sts:AssumeRole*", statement.actions.key_span)
}

/// The statements of the document that may allow.
fn others<'g>(setting: &Setting<'g>) -> impl Iterator<Item = &'g Statement> {
    let may_allow = |one: &&Statement| one.effect != Some(PolicyEffect::Deny);
    setting.document.policy.statements.iter().filter(may_allow)
}

/// Whether the principals of a statement are, or hold, this one.
fn means(setting: &Setting<'_>, statement: &Statement, wanted: &Item<Principal>) -> Answer {
    let Some(clause) = &statement.principals else { return Answer::Unknown };
    if clause.polarity == Polarity::NotIn || clause.open {
        return Answer::Unknown;
    }
    let accounts = &setting.graph.accounts;
    Answer::any(clause.items.iter().map(|item| match (&item.value, &wanted.value) {
        (Principal::Everyone, _) | (_, Principal::Everyone) => Answer::Yes,
        (Principal::Unknown(_) | Principal::UniqueId(_) | Principal::Invalid(_), _)
        | (Principal::Role { .. }, Principal::RoleSession { .. }) => Answer::Unknown,
        // Whoever is of an account has what the account has.
        (Principal::Account { account }, one) | (one, Principal::Account { account }) => {
            one.account().map_or(Answer::No, |other| accounts.same(account, other))
        }
        _ => glob::equals(&item.text, &wanted.text, Case::Sensitive),
    }))
}

fn extends(
    setting: &Setting<'_>,
    principals: &[&Item<Principal>],
    action: &Item<Text>,
) -> Option<Diagnostic> {
    let principal = *principals.first()?;
    // Each of them may assume the role in another way.
    let mut needed: Vec<String> = Vec::new();
    for one in principals {
        let action = assumes_with(&one.value).map_or("sts:AssumeRole", |(action, _)| action);
        let action = format!("`{action}`");
        if !needed.contains(&action) {
            needed.push(action);
        }
    }
    let message = format!(
        "`{}` is allowed `{}` on {}, but no statement allows it to assume the role",
        principal.text,
        action.text,
        setting.subject()
    );
    let finding = RULE
        .on(&setting.item(action).also(principal.present), message, "starts no session")
        .related(beside(setting, principal.span, "trusted principal"))
        .help(format!("add {} to the actions, or remove the statement", listed(needed)))
        .about([principal.text.to_string(), action.text.to_string()]);
    Some(finding)
}

/// What a service lacks of the actions that it needs, unless it cannot assume the role at all.
fn needs(
    setting: &Setting<'_>,
    item: &Item<Principal>,
    (_, called, needed): (&str, &str, &[&str]),
) -> Option<Diagnostic> {
    let trusting: Vec<&Statement> =
        others(setting).filter(|one| !means(setting, one, item).is_no()).collect();
    // Once for the document.
    if !trusting.first().is_some_and(|first| std::ptr::eq(*first, setting.statement)) {
        return None;
    }
    let lacks = |action: &&&str| trusting.iter().all(|one| one.actions.takes(action).is_no());
    let missing: Vec<String> = needed.iter().filter(lacks).map(|action| format!("`{action}`")).collect();
    let first = setting.statement.actions.items.first().filter(|_| !missing.is_empty())?;
    let missing = listed(missing);
    let message =
        format!("{called} needs {missing} to assume {}, but the role does not allow it", setting.subject());
    let finding = RULE
        .on(&setting.item(first).also(item.present), message, "not enough for this service")
        .related(beside(setting, item.span, "trusted service"))
        .help(format!("add {missing} to the actions"))
        .about([item.text.to_string()]);
    Some(finding)
}

/// Whether some association of EKS Pod Identity may disable session tags; then it needs no permission for them.
///
/// <https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html>
fn may_send_no_tags(context: &Context<'_>) -> bool {
    const DISABLING: [(&str, &str); 2] = [
        ("aws_eks_pod_identity_association", "disable_session_tags"),
        ("AWS::EKS::PodIdentityAssociation", "DisableSessionTags"),
    ];
    DISABLING.iter().any(|(type_name, property)| {
        let declared = context.graph.of_type(type_name).iter().map(|id| &context.graph.declarations[*id]);
        declared.into_iter().any(|one| match one.properties.get(property) {
            Some(value) => !value.is_unset() && !value.says_true().is_no(),
            None => false,
        })
    })
}
