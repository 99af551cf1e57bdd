//! What makes a principal an administrator: that it can do everything, or give itself any permission.

use super::Context;
use super::common::label;
use crate::ask::Spot;
use crate::diagnostic::Label;
use crate::graph::IdentityId;
use crate::iam::action::action_matches;
use crate::iam::policy::{self, Item, Polarity, Statement};
use crate::value::{Answer, Text};

/// Actions with which a holder can give itself any permission.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
pub(super) const IAM_WRITE: [&str; 9] = [
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:AttachGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:PutGroupPolicy",
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
];

/// What makes a role an administrator, and where it is given.
pub(super) type Privilege = (&'static str, Label);

/// What makes a role an administrator, and where it is given. Nothing does when its boundary may cut it off, or when
/// other policies deny it again.
///
/// [`Context::privilege_of`] remembers it.
pub(super) fn privilege_of(context: &Context<'_>, id: IdentityId) -> Option<Privilege> {
    let graph = context.graph;
    let role = &graph.identities[id];
    let may = |action: &&str| context.ask.ask_alone(id, action, &role.arn).is_yes();
    let named = || {
        let given = role.policies.iter().filter(|attached| attached.present.is_yes());
        given.flat_map(|attached| attached.policy.statements.iter().map(move |one| (attached, one)))
    };
    // Most roles have nothing of the kind, and then nothing has to be asked.
    if !named().any(|(_, statement)| privilege(statement, &IAM_WRITE).is_some()) {
        return None;
    }
    let left: Vec<&str> = IAM_WRITE.into_iter().filter(may).collect();
    let (attached, statement, what) =
        named().find_map(|(attached, one)| Some((attached, one, privilege(one, &left)?)))?;
    let owner = attached.document.map_or(role.declaration, |id| graph.documents[id].declaration);
    let span = if attached.managed.is_some() { attached.span } else { statement.span };
    let text = match &attached.managed {
        Some(name) => format!("attaches {name}"),
        None => "grants it".to_owned(),
    };
    Some((what, label(&Spot::of(graph, owner, span, Answer::Yes), span, text)))
}

/// What an unconditional Allow makes of its holder. `left` are the actions that no other policy denies again.
pub(super) fn privilege(statement: &Statement, left: &[&str]) -> Option<&'static str> {
    let unconditional = statement.conditions.is_empty() && !statement.conditions_open;
    if unconditional { privilege_where_allowed(statement, left) } else { None }
}

/// The same of an Allow for the requests that meet its conditions.
pub(super) fn privilege_where_allowed(statement: &Statement, left: &[&str]) -> Option<&'static str> {
    let everything = statement.resources.as_ref().is_some_and(|clause| {
        clause.polarity == Polarity::In && clause.items.iter().any(|it| it.text.is_literally("*"))
    });
    if statement.effect != Some(policy::Effect::Allow) || !everything || !statement.present.is_yes() {
        return None;
    }
    let actions = &statement.actions;
    // Of lists of a thousand actions few are of IAM: a pattern for its service names it, or is a bare `*`.
    let is_of_iam = |item: &Item<Text>| item.text.begins_with_folded("iam:") || item.text.is_literally("*");
    if actions.polarity == Polarity::In && !actions.items.iter().any(is_of_iam) {
        return None;
    }
    let takes = |item: &Item<Text>| {
        let name = item.value.as_literal().filter(|name| !name.contains(['*', '?']));
        // Most items of long lists are names, and most of those are others.
        match name {
            Some(name) => left.iter().any(|action| action.eq_ignore_ascii_case(&name)),
            None => left.iter().any(|action| {
                action_matches(&item.value, &Text::literal(*action, actions.key_span)).is_yes()
            }),
        }
    };
    let covers = |action: &&str| actions.covers_action(&Text::literal(*action, actions.key_span)).is_yes();
    let taken = match actions.polarity {
        Polarity::In => {
            actions.items.iter().any(|item| is_of_iam(item) && item.present.is_yes() && takes(item))
        }
        Polarity::NotIn => left.iter().any(covers),
    };
    if !taken {
        return None;
    }
    if actions.polarity == Polarity::In && actions.items.iter().any(|item| item.text.is_literally("*")) {
        return Some("has administrator access");
    }
    Some("can modify IAM policies")
}
