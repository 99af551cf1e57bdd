//! Policies that could not be analyzed.

use super::common::of_policy;
use super::{Context, Rule};
use crate::ask::Spot;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::value::{Answer, Because};

pub(super) static RULE: Rule = Rule {
    name: "unresolved-policy",
    summary: "a policy could not be resolved, so it was not analyzed",
    effect: Effect::Unknown,
    severity: Severity::Info,
    family: "hygiene",
    since: "0.1.0",
    page: include_str!("../../rules/unresolved-policy.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for unread in graph.unread.iter().filter(|unread| !unread.is_malformed) {
        let address = graph.address(unread.declaration);
        let message = format!("policy of `{address}` was not analyzed: {}", unread.reason);
        let help = help(context.path(unread.span), unread.because);
        let spot = Spot::of(graph, unread.declaration, unread.span, Answer::Yes);
        let finding = RULE.on(&spot, message, "policy taken from here").help(help).possible();
        found.push(of_policy(finding.about([unread.reason.as_str()]), &spot));
    }
}

/// What gives the value, where it is written. A script has neither variables of ours nor a plan.
fn help(path: &str, because: Option<Because>) -> &'static str {
    const TEMPLATES: [&str; 7] = [".tf", ".tofu", ".hcl", ".json", ".yaml", ".yml", ".template"];
    const TERRAFORM: [&str; 5] = [".tf", ".tofu", ".hcl", ".tf.json", ".tofu.json"];
    let is_one_of = |ends: &[&str]| ends.iter().any(|end| path.ends_with(end));
    match because {
        _ if !is_one_of(&TEMPLATES) => "write the policy in the script, or in a file that it names",
        Some(Because::Input | Because::Unset) | None => {
            "set the value with `--var-file` or `--parameter`, or analyze the plan"
        }
        _ if is_one_of(&TERRAFORM) => "analyze the plan, which may have the value",
        _ => "write the policy in the template",
    }
}
