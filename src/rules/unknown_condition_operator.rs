//! Condition operators that do not exist.

use super::{Context, Rule};
use crate::ask::Spot;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::condition::Operator;
use crate::iam::read::DefectKind;
use crate::value::Answer;

pub(super) static RULE: Rule = Rule {
    name: "unknown-condition-operator",
    summary: "a policy uses a condition operator that does not exist",
    effect: Effect::Rejected,
    severity: Severity::Error,
    family: "condition",
    since: "0.1.0",
    page: include_str!("../../rules/unknown-condition-operator.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for document in &context.graph.documents {
        for defect in document.policy.defects.iter().filter(|one| one.kind == DefectKind::Operator) {
            let written = context.written(defect.span);
            let name = written.trim_matches(['"', '\'']);
            let address = context.graph.address(document.declaration);
            let message = format!("AWS rejects the policy of `{address}`: {}", defect.message);
            let spot = Spot::of(context.graph, document.declaration, defect.span, Answer::Yes);
            let finding = RULE.on(&spot, message, "not a condition operator");
            found.push(finding.help(help(name, &defect.fix)).about([name]));
        }
    }
}

/// What to write; `operator` is the one for a key that stands in its place.
fn help(name: &str, operator: &str) -> String {
    match Operator::nearest(name) {
        Some(nearest) => format!("write `{nearest}`"),
        None if name.contains(':') && !operator.is_empty() => {
            format!("put `{name}` under an operator: `\"{operator}\": {{\"{name}\": …}}`")
        }
        None if name.contains(':') => {
            format!(
                "put `{name}` under an operator that compares numbers or dates, such as `NumericLessThan` or `DateLessThan`"
            )
        }
        None => "use an operator of the IAM policy language, such as `StringEquals` or `ArnLike`".to_owned(),
    }
}
