//! What a template declares and a snapshot of its account has otherwise.

use super::common::declared;
use super::{Context, Rule};
use crate::ask::Spot;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Differing;
use crate::value::Answer;

pub(super) static RULE: Rule = Rule {
    name: "snapshot-differs",
    summary: "a role, user or group in a snapshot of the account differs from its template",
    effect: Effect::Mismatch,
    severity: Severity::Info,
    family: "hygiene",
    since: "0.1.0",
    page: include_str!("../../rules/snapshot-differs.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(context.graph.differing.iter().map(|differing| difference(context, differing)));
}

fn difference(context: &Context<'_>, differing: &Differing) -> Diagnostic {
    let graph = context.graph;
    let identity = &graph.identities[differing.identity];
    let seen = &graph.declarations[differing.snapshot];
    let called = context.called(seen.span).unwrap_or("snapshot");
    let message =
        format!("{} differs from the {called} in its {}", graph.shown(identity), differing.what.join(", "));
    let span = graph.declarations[identity.declaration].span;
    let spot = Spot::of(graph, identity.declaration, span, Answer::Yes);
    RULE.on(&spot, message, "this is what counts")
        .help("deploy the template, or write what the account has into it")
        .related(declared(graph, differing.snapshot, "as it was in the account"))
        .about(differing.what.iter().map(String::as_str))
        .possible()
}
