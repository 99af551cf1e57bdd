//! Policies that are no JSON, and variables in policies whose version has none.

use super::common::{beside, doubled_arn, of_policy};
use super::{Context, Rule};
use crate::ask::{Setting, Spot};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{DocumentId, Purpose};
use crate::iam::condition;
use crate::iam::policy::{Item, Statement};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "unreadable-policy",
    summary: "a policy is not JSON, or uses variables without the version that has them",
    effect: Effect::Rejected,
    severity: Severity::Error,
    family: "validity",
    since: "0.1.0",
    page: include_str!("../../rules/unreadable-policy.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for unread in graph.unread.iter().filter(|unread| unread.is_malformed) {
        let address = graph.address(unread.declaration);
        let message = format!("AWS rejects the policy of `{address}`: {}", unread.reason);
        let spot = Spot {
            when: Some(&unread.when),
            ..Spot::of(graph, unread.declaration, unread.span, unread.present)
        };
        let finding = RULE.on(&spot, message, "not valid JSON").help("correct the JSON");
        found.push(of_policy(finding.about([unread.reason.as_str()]), &spot));
    }
    for (id, document) in graph.documents.with_ids() {
        // A file of which nobody knows what it is for may be put into another document.
        if document.purpose != Purpose::File
            && !is_current(document.policy.version.as_ref().map(|it| &it.value))
        {
            found.extend(unexpanded(context, id));
        }
    }
}

/// Whether a policy is of the version that has variables, as far as is known. Without a version it is of the first one.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>
pub(super) fn is_current(version: Option<&Text>) -> bool {
    version.is_some_and(|version| version.as_literal().is_none_or(|version| version != "2008-10-17"))
}

/// The first variable of a policy whose version has none: it stays the text that it is, which matches nothing.
fn unexpanded(context: &Context<'_>, id: DocumentId) -> Option<Diagnostic> {
    let (setting, item) =
        Setting::all(context.graph, id).find_map(|setting| Some((setting, variable(setting.statement)?)))?;
    let version = setting.document.policy.version.as_ref();
    let (has, help) = match version {
        Some(_) => ("is of version 2008-10-17, which has no variables", "write `2012-10-17` as `Version`"),
        None => {
            ("has no `Version`, and without one there are no variables", "add `Version` with `2012-10-17`")
        }
    };
    // With the version alone it would still match nothing.
    let help = match doubled_arn(&item.value) {
        Some((key, instead)) => format!("{help}, and {instead}: the value of `{key}` is a whole ARN"),
        None => help.to_owned(),
    };
    let subject = setting.subject();
    let message = format!("the variable in `{}` is never replaced: the policy of {subject} {has}", item.text);
    let mut finding =
        RULE.on(&setting.item(item), message, "taken literally").help(help).about([item.text.to_string()]);
    if let Some(version) = version {
        finding = finding.related(beside(&setting, version.span, "no variables in this version"));
    }
    Some(of_policy(finding, &setting.item(item)))
}

/// What of a statement has a policy variable in it.
fn variable(statement: &Statement) -> Option<&Item<Text>> {
    let resources = statement.resources.iter().flat_map(|clause| &clause.items);
    let values = statement.conditions.iter().flat_map(|condition| condition.values.iter());
    resources.chain(values).find(|item| condition::has_variable(&item.value))
}
