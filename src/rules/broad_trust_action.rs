//! Trust policies that allow more of STS than to assume the role.

use super::common::{beside, listed};
use super::incomplete_trust_action::needing;
use super::{Context, Rule};
use crate::ask::{Setting, trusting};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Purpose;
use crate::iam::action::action_matches;
use crate::iam::policy::{Item, Polarity};
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "broad-trust-action",
    summary: "a trust policy allows every STS action instead of those that assume the role",
    effect: Effect::Weak,
    severity: Severity::Warning,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/broad-trust-action.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in trusting(context.graph) {
        let actions = &setting.statement.actions;
        let broad = match actions.polarity {
            Polarity::In => actions.items.iter().find(|item| is_every_action(item)),
            // What a file is for is told by its actions, and here it names none.
            Polarity::NotIn => {
                actions.items.first().filter(|_| matches!(setting.document.purpose, Purpose::Trust(_)))
            }
        };
        if let Some(item) = broad.filter(|_| setting.is_trust()) {
            found.push(finding(&setting, item));
        }
    }
}

/// Whether a pattern covers what only says more of the session, beside what assumes the role.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html>
fn is_every_action(item: &Item<Text>) -> bool {
    const SOME: [&str; 3] = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"];
    // `*` takes more than STS has, and IAM rejects that.
    let is_pattern = item.value.has("*") && item.text.begins_with_folded("sts:");
    let covers = |action: &&str| action_matches(&item.value, &Text::literal(*action, item.span)).is_yes();
    is_pattern && SOME.iter().all(covers)
}

fn finding(setting: &Setting<'_>, item: &Item<Text>) -> Diagnostic {
    let actions = match setting.statement.actions.polarity {
        Polarity::In => format!("`{}`", item.text),
        Polarity::NotIn => format!("every action except `{}`", item.text),
    };
    let takes = |action: &str| setting.statement.actions.takes(action).is_yes();
    let also = match (takes("sts:TagSession"), takes("sts:SetSourceIdentity")) {
        (true, false) => "set the tags of the session",
        (false, true) => "set the source identity of the session",
        (true, true) => "set the tags and the source identity of the session",
        (false, false) => "do what this statement does not name",
    };
    let message = format!("{} allows {actions}: its principals can also {also}", setting.subject());
    let mut finding = RULE
        .on(&setting.item(item), message, "more than assuming the role")
        .help(help(setting))
        .about([item.text.to_string()]);
    if let Some(principal) = setting.listed().first() {
        finding = finding.related(beside(setting, principal.span, "trusted principal"));
    }
    finding
}

/// Which actions to list: some services send tags or a source identity with every request.
fn help(setting: &Setting<'_>) -> String {
    let needing = setting.listed().iter().find_map(|item| match &item.value {
        Principal::Service(service) => needing(service),
        _ => None,
    });
    match needing {
        Some((_, called, actions)) => {
            let actions = listed(actions.iter().map(|action| format!("`{action}`")));
            format!("list the actions that are needed: {actions} for {called}")
        }
        None => "list the actions that are needed: `sts:AssumeRole`, or `sts:AssumeRoleWithWebIdentity` or \
                 `sts:AssumeRoleWithSAML` for identity providers"
            .to_owned(),
    }
}
