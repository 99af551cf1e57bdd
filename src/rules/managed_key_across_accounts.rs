//! What is granted to another account is encrypted with a key that AWS manages, which only its own account can use.

use std::collections::BTreeMap;

use super::common::{declared, grantee, listed};
use super::kms_key_not_shared::granted;
use super::{Context, Rule};
use crate::ask::keyed::Keyed;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::ResourceId;

pub(super) static RULE: Rule = Rule {
    name: "managed-key-across-accounts",
    summary: "a resource is shared with another account, but encrypted with a key that only its own account can use",
    effect: Effect::Dead,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/managed-key-across-accounts.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut shared: BTreeMap<ResourceId, Vec<Keyed<'_>>> = BTreeMap::new();
    for one in context.ask.keyed(|resource| context.ask.is_under_aws_key(resource)) {
        shared.entry(one.resource).or_default().push(one);
    }
    found.extend(shared.iter().filter_map(|(resource, all)| finding(context, *resource, all)));
}

fn finding(context: &Context<'_>, id: ResourceId, all: &[Keyed<'_>]) -> Option<Diagnostic> {
    let graph = context.graph;
    let (resource, first) = (&graph.resources[id], all.first()?);
    let mut whom: Vec<String> = all.iter().map(|one| grantee(graph, &one.who, &one.account)).collect();
    whom.sort();
    whom.dedup();
    let address = graph.address(resource.declaration);
    let message = format!(
        "the policy of {} grants {} to {}, but the resource is encrypted with the key `alias/aws/{}`, which other accounts cannot use: AWS will deny the requests",
        graph.resource_shown(resource),
        granted(all),
        listed(whom.iter().cloned()),
        resource.service,
    );
    let help = format!(
        "encrypt `{address}` with a customer managed key, and allow the other account to use the key in the key policy"
    );
    let finding = RULE
        .on(&first.spot, message, "cannot use the key")
        .help(help)
        .about([resource.arn.to_string()])
        .about(whom);
    Some(finding.related(declared(graph, resource.declaration, "encrypted with a key of AWS")))
}
