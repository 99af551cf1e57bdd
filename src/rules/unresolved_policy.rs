//! Policies that could not be analyzed.

use super::common::of_policy;
use super::{Context, Rule, malformed_policy};
use crate::ask::Spot;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::read::DefectKind;
use crate::value::Answer;

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
    for unread in &graph.unread {
        let address = graph.address(unread.declaration);
        let message = format!("policy of `{address}` was not analyzed: {}", unread.reason);
        let help = "set the value with `--var-file` or `--parameter`, or analyze the plan";
        let spot = Spot::of(graph, unread.declaration, unread.span, Answer::Yes);
        let finding = RULE.on(&spot, message, "policy taken from here").help(help).possible();
        found.push(of_policy(finding.about([unread.reason.as_str()]), &spot));
    }
    for document in &graph.documents {
        for defect in document.policy.defects.iter().filter(|defect| !has_rule(defect.kind)) {
            let address = graph.address(document.declaration);
            let message = format!("part of the policy of `{address}` was not analyzed: {}", defect.message);
            let help = "correct this element: AWS rejects the policy or ignores the element";
            let spot = Spot::of(graph, document.declaration, defect.span, Answer::Unknown);
            let finding = RULE.on(&spot, message, "not valid in a policy").help(help);
            found.push(of_policy(finding.about([defect.message.as_str()]), &spot));
        }
    }
}

/// Whether another rule reports this kind of defect.
fn has_rule(kind: DefectKind) -> bool {
    let of_conditions = matches!(kind, DefectKind::Operator | DefectKind::Condition);
    malformed_policy::KINDS.contains(&kind) || of_conditions || kind == DefectKind::Duplicate
}
