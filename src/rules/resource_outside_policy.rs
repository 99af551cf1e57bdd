//! Statements about another resource than the one whose policy they stand in.

use rustc_hash::FxHashSet;

use super::common::{beside, declared, listed};
use super::{Context, Rule};
use crate::ask::{Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{DeclarationId, Purpose, Resource};
use crate::iam::policy::Item;
use crate::source::Span;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "resource-outside-policy",
    summary: "a resource policy names a resource other than the one it is attached to",
    effect: Effect::Dead,
    severity: Severity::Error,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/resource-outside-policy.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let of_resources =
        || statements(context.graph).filter(|it| matches!(it.document.purpose, Purpose::Resource(_)));
    // One policy may be that of several resources, each of which has a statement of its own.
    let mut elsewhere: FxHashSet<(DeclarationId, Span)> = FxHashSet::default();
    let outside: Vec<_> = of_resources().filter_map(|setting| Some((setting, outside(&setting)?))).collect();
    if outside.is_empty() {
        return;
    }
    let places: FxHashSet<_> = outside.iter().map(|(setting, _)| place(setting)).collect();
    for setting in of_resources().filter(|setting| places.contains(&place(setting))) {
        if setting.outside_items().is_empty() {
            elsewhere.insert(place(&setting));
        }
    }
    for (setting, items) in outside.iter().filter(|(setting, _)| !elsewhere.contains(&place(setting))) {
        found.extend(finding(setting, items));
    }
}

fn place(setting: &Setting<'_>) -> (DeclarationId, Span) {
    (setting.document.declaration, setting.statement.span)
}

/// What a statement lists that is not in its resource. S3 checks each of them, elsewhere the others still count.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html>
fn outside<'g>(setting: &Setting<'g>) -> Option<Vec<&'g Item<Text>>> {
    let all = setting.outside_items();
    let listed = setting.statement.resources.as_ref().filter(|_| !all.is_empty())?;
    let is_whole = all.len() == listed.items.len() && !listed.open;
    (is_whole || is_of_bucket(setting)).then_some(all)
}

fn is_of_bucket(setting: &Setting<'_>) -> bool {
    &*setting.document.service == "s3"
}

fn finding(setting: &Setting<'_>, items: &[&Item<Text>]) -> Option<Diagnostic> {
    let Purpose::Resource(id) = setting.document.purpose else { return None };
    let (graph, first) = (setting.graph, items.first()?);
    let resource: &Resource = &graph.resources[id];
    let own = shown(resource);
    let named = listed(items.iter().map(|item| format!("`{}`", item.text)));
    let is = if items.len() == 1 { "is" } else { "are" };
    let then = if is_of_bucket(setting) { "S3 rejects the policy" } else { "the statement never applies" };
    let message = format!("{named} in the policy of {own} {is} not in that resource: {then}");
    let help = help(setting, resource, items);
    let mut finding = RULE.on(&setting.item(first), message, "another resource").help(help);
    for item in items.iter().skip(1) {
        finding = finding.related(beside(setting, item.span, "another resource"));
    }
    if resource.declared {
        finding = finding.related(declared(graph, resource.declaration, "the policy is attached to this"));
    }
    Some(finding.about(items.iter().map(|item| item.text.to_string())))
}

/// What to name, as far as the statement does not name it already: what follows the name of a bucket stays.
fn help(setting: &Setting<'_>, resource: &Resource, items: &[&Item<Text>]) -> String {
    let all = setting.statement.resources.iter().map(|clause| clause.items.len()).sum::<usize>();
    if items.len() < all {
        let named = listed(items.iter().map(|item| format!("`{}`", item.text)));
        return format!("remove {named} here, and grant it in the policy of the resource that it names");
    }
    let mut own: Vec<String> = Vec::new();
    for item in items {
        let inner = item.value.splitn(2, '/').pop().filter(|_| is_of_bucket(setting) && item.value.has("/"));
        let name = match inner {
            Some(inner) => format!("`{}/{inner}`", resource.arn),
            None => shown(resource),
        };
        if !own.contains(&name) {
            own.push(name);
        }
    }
    format!("name {}, or move the statement to the policy of the resource that it names", listed(own))
}

/// How a resource is named in messages.
fn shown(resource: &Resource) -> String {
    format!("`{}`", resource.arn)
}
