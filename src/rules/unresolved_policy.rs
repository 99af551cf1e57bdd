//! Policies that could not be judged.

use super::common::declared;
use super::{Context, Rule};
use crate::ask::Spot;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::value::Answer;

pub(super) static RULE: Rule = Rule {
    name: "unresolved-policy",
    summary: "a policy could not be resolved, so that it was not judged",
    effect: Effect::Unknown,
    severity: Severity::Info,
    family: "hygiene",
    since: "0.1.0",
    page: include_str!("../../rules/unresolved-policy.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for unread in &graph.unread {
        let address = graph.address(unread.declaration);
        let message = format!("the policy of `{address}` is not judged: {}", unread.reason);
        let help =
            "give the value a default, a `.tfvars` file or a parameter file, or check the plan instead";
        let spot = Spot::of(graph, unread.declaration, unread.span, Answer::Yes);
        let mut finding =
            RULE.on(&spot, message, "not known before deployment").help(help).about([unread.reason.clone()]);
        if !spot.declared().body.contains(unread.span) {
            finding = finding.related(declared(graph, unread.declaration, "the policy of this"));
        }
        found.push(finding);
    }
}
