//! What the details of AWS show of the policies that were deployed when it decided, beside those of the templates.

use std::collections::BTreeSet;

use super::verdict::Verdict;
use crate::ask::{Asker, What, Who};
use crate::bounds;
use crate::denial::{Denial, Deployed, Matched};
use crate::iam::policy::{Effect, Polarity, Policy, Statement};
use crate::value::Text;

/// What a statement says, to be compared: its effect, actions without regard to case, and resources.
type Content = (bool, BTreeSet<String>, BTreeSet<String>);

/// What the details show, a clause each.
pub(super) fn notes(
    (ask, who, target): (&Asker<'_>, Option<&Who>, Option<&What>),
    denial: &Denial,
    deployed: &[Deployed],
    verdict: Verdict,
) -> Vec<String> {
    let mut notes: Vec<String> = denial.matched.iter().filter(|it| it.denies).map(matched).collect();
    if verdict != Verdict::Line {
        notes.extend(denial.matched.iter().filter(|it| !it.denies && it.made_from.is_some()).map(matched));
    }
    let own: Vec<&Policy> = match who {
        Some(Who::Declared(id)) => {
            let identity = &ask.graph.identities[*id];
            ask.graph.policies_of(identity).into_iter().map(|it| &*it.policy).collect()
        }
        _ => Vec::new(),
    };
    let other = documents(ask, target);
    for names_principals in [false, true] {
        let side = if names_principals { &other } else { &own };
        let of_side = deployed.iter().filter(|it| it.names_principals == names_principals);
        notes.extend(compared(&of_side.collect::<Vec<_>>(), side));
    }
    notes.truncate(bounds::NAMES_LISTED * 2);
    notes
}

fn documents<'g>(ask: &Asker<'g>, target: Option<&What>) -> Vec<&'g Policy> {
    let graph = ask.graph;
    match target {
        Some(What::Identities(ids)) => {
            ids.iter().filter_map(|id| Some(&*graph.documents[graph.identities[*id].trust?].policy)).collect()
        }
        Some(What::Resources(ids)) => {
            let all = ids.iter().flat_map(|id| &graph.resources[*id].documents);
            all.map(|id| &*graph.documents[*id].policy).collect()
        }
        None => Vec::new(),
    }
}

fn matched(one: &Matched) -> String {
    let does = if one.denies { "denies it" } else { "allows it" };
    let kind = one.kind.map_or("policy", crate::denial::PolicyKind::name);
    let named = one.policy.as_ref().map(|arn| format!(" `{arn}`")).unwrap_or_default();
    let from = one.made_from.as_ref().map(|from| format!(" ({from})")).unwrap_or_default();
    let on: Vec<String> =
        one.attached.iter().take(bounds::NAMES_LISTED).map(|arn| format!("`{arn}`")).collect();
    let on = if on.is_empty() { String::new() } else { format!(" of {}", on.join(", ")) };
    let says = if one.content.is_empty() { String::new() } else { format!(": {}", one.content.join(", ")) };
    format!("AWS shows that a deployed {kind}{named}{from}{on} {does}{says}")
}

/// The differences between what was deployed and what templates write.
fn compared(deployed: &[&Deployed], templates: &[&Policy]) -> Vec<String> {
    if deployed.is_empty() {
        return Vec::new();
    }
    let written: Vec<Content> =
        templates.iter().flat_map(|policy| &policy.statements).filter_map(content).collect();
    let there: Vec<Content> = deployed.iter().map(|it| content_of(it)).collect();
    let only = |all: &[Content], others: &[Content], what: &str| -> Vec<String> {
        all.iter().filter(|it| !others.contains(it)).map(|it| format!("{what}: {}", shown(it))).collect()
    };
    let mut notes = only(&there, &written, "deployed, and in no template");
    notes.extend(only(&written, &there, "in the templates, and not in the policy as AWS evaluated it"));
    notes
}

fn content_of(deployed: &Deployed) -> Content {
    let actions = deployed.actions.iter().map(|it| it.to_ascii_lowercase()).collect();
    (deployed.denies, actions, deployed.resources.iter().cloned().collect())
}

/// A statement that is known as a whole.
fn content(statement: &Statement) -> Option<Content> {
    let literal = |text: &Text| text.as_literal().map(std::borrow::Cow::into_owned);
    if statement.actions.polarity != Polarity::In {
        return None;
    }
    let actions: Option<BTreeSet<String>> = statement
        .actions
        .items
        .iter()
        .map(|it| literal(&it.value).map(|action| action.to_ascii_lowercase()))
        .collect();
    let resources = statement.resources.iter().flat_map(|clause| &clause.items);
    let resources: Option<BTreeSet<String>> = resources.map(|it| literal(&it.value)).collect();
    Some((statement.effect? == Effect::Deny, actions?, resources?))
}

fn shown((denies, actions, resources): &Content) -> String {
    let list = |all: &BTreeSet<String>| {
        let some: Vec<String> = all.iter().take(bounds::NAMES_LISTED).map(|it| format!("`{it}`")).collect();
        if all.len() > some.len() { format!("{}, …", some.join(", ")) } else { some.join(", ") }
    };
    let effect = if *denies { "Deny" } else { "Allow" };
    let on = if resources.is_empty() { String::new() } else { format!(" on {}", list(resources)) };
    format!("{effect} {}{on}", list(actions))
}
