//! ARNs of another partition than that in which their policy is deployed.

use super::common::{beside, of_policy};
use super::{Context, Rule};
use crate::ask::{Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Purpose;
use crate::iam::arn::{Arn, partition_of};
use crate::iam::policy::{Item, Polarity};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "mismatched-partition",
    summary: "a policy names an ARN of another partition than it is deployed in",
    effect: Effect::Dead,
    severity: Severity::Error,
    family: "validity",
    since: "0.1.0",
    page: include_str!("../../rules/mismatched-partition.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let accounts = &context.graph.accounts;
    for setting in statements(context.graph).filter(|setting| setting.document.purpose != Purpose::File) {
        let own = accounts.region(setting.unit()).and_then(Text::as_literal);
        let Some(own) = own.as_deref().and_then(partition_of) else { continue };
        if let Some((item, other)) = principal(&setting, own) {
            found.push(finding(&setting, item, (own, &other), "AWS rejects the policy"));
        } else if let Some((item, other)) = resource(&setting, own) {
            // IAM says then: Partition "aws" is not valid for resource "arn:aws:…".
            // https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_policies.html
            let then = if setting.is_of_identity() {
                "AWS rejects the policy"
            } else {
                "the statement never applies"
            };
            found.push(finding(&setting, item, (own, &other), then));
        }
    }
}

/// The partition of an ARN, when it is written out and not `own`.
fn other(text: &Text, own: &str) -> Option<String> {
    if !text.begins_with("arn:aws") {
        return None;
    }
    let partition = Arn::parse(text)?.partition.as_literal()?.into_owned();
    (partition != own && !partition.contains(['*', '?', '$'])).then_some(partition)
}

/// Roles and users are only let in from their own partition.
fn principal<'g>(setting: &Setting<'g>, own: &str) -> Option<(Shown<'g>, String)> {
    let mut items = setting.statement.principals.iter().flat_map(|clause| &clause.items);
    items.find_map(|item| {
        Some((Shown { spot: setting.item(item), text: &item.text }, other(&item.text, own)?))
    })
}

/// Resources of which none is in the own partition. A list for several partitions has the own one, too.
fn resource<'g>(setting: &Setting<'g>, own: &str) -> Option<(Shown<'g>, String)> {
    let clause = setting
        .statement
        .resources
        .as_ref()
        .filter(|clause| clause.polarity == Polarity::In && !clause.open)?;
    let is_other = |item: &Item<Text>| other(&item.value, own).is_some();
    let first = clause.items.first().filter(|_| clause.items.iter().all(is_other))?;
    Some((Shown { spot: setting.item(first), text: &first.text }, other(&first.value, own)?))
}

/// An ARN in a policy.
#[derive(Clone, Copy)]
struct Shown<'g> {
    spot: crate::ask::Spot<'g>,
    text: &'g Text,
}

fn finding(setting: &Setting<'_>, shown: Shown<'_>, (own, other): (&str, &str), then: &str) -> Diagnostic {
    let (subject, text) = (setting.subject(), shown.text);
    let message = format!(
        "`{text}` in the policy of {subject} is of partition `{other}`, but the policy is deployed in `{own}`: {then}"
    );
    let help = format!("begin the ARN with `arn:{own}:`, or with the partition of the deployment");
    let finding = RULE.on(&shown.spot, message, "another partition").help(help).about([text.to_string()]);
    let key = setting.statement.actions.key_span;
    of_policy(finding.related(beside(setting, key, "of this statement")), &shown.spot)
}
