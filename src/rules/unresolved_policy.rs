//! Policies that could not be judged.

use super::common::declared;
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};

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
    for unread in &context.graph.unread {
        let Some(declaration) = context.graph.declaration(unread.declaration) else { continue };
        let mut label = Label::new(unread.span, "not known before deployment");
        label.address = Some(declaration.address.clone());
        let message = format!("the policy of `{}` is not judged: {}", declaration.address, unread.reason);
        let help =
            "give the value a default, a `.tfvars` file or a parameter file, or check the plan instead";
        let mut finding = RULE
            .finding(message, label)
            .help(help)
            .about([declaration.address.clone(), unread.reason.clone()]);
        if !declaration.body.contains(unread.span) {
            finding = finding.related(declared(context.graph, declaration, "the policy of this"));
        }
        found.push(finding);
    }
}
