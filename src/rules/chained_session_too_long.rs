//! Sessions of chained roles that are to last longer than an hour.

use super::common::label;
use super::{Context, Rule};
use crate::ask::Spot;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Chained;
use jiff::SignedDuration;

pub(super) static RULE: Rule = Rule {
    name: "chained-session-too-long",
    summary: "a role that is assumed with another role is to be assumed for more than one hour",
    effect: Effect::Dead,
    severity: Severity::Warning,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/chained-session-too-long.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(context.graph.chained().iter().filter_map(|chained| finding(context, chained)));
}

/// STS rejects more than an hour where the caller is the session of a role.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
fn finding(context: &Context<'_>, chained: &Chained) -> Option<Diagnostic> {
    let graph = context.graph;
    let written = chained.duration.as_str()?;
    let duration: SignedDuration = written.parse().ok()?;
    if duration <= SignedDuration::from_hours(1) {
        return None;
    }
    let declared = &graph.declarations[chained.declaration];
    let message = format!(
        "`{}` asks for a session of `{written}` with the session of another role, which STS limits to one hour",
        declared.address
    );
    let spot = Spot::of(graph, chained.declaration, chained.duration.span, declared.present);
    Some(
        RULE.on(&spot.through(&chained.duration.via), message, "longer than one hour")
            .related(label(&spot, chained.with, "assumed before"))
            .help("remove the duration, or assume the last role directly")
            .about([written.to_string()]),
    )
}
