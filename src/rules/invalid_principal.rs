//! Principals that AWS refuses or that can match nobody.

use super::common::{statements, through};
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::principal::Principal;

pub(super) static RULE: Rule = Rule {
    name: "invalid-principal",
    summary: "a principal is written in a way that AWS refuses or that matches nobody",
    effect: Effect::Rejected,
    severity: Severity::Error,
    family: "validity",
    since: "0.1.0",
    page: include_str!("../../rules/invalid-principal.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in statements(context.graph) {
        for item in setting.statement.principals.iter().flat_map(|clause| &clause.items) {
            // A number is the business of `account-id-number`, which knows what became of its digits.
            let Principal::Invalid(invalid) = &item.value else { continue };
            if item.number {
                continue;
            }
            let message = format!(
                "the principal `{}` of {} is not valid: {}",
                item.text,
                setting.subject(),
                invalid.reason
            );
            let mut finding = setting
                .finding(&RULE, message, item.span, "not a valid principal")
                .help(invalid.help.clone())
                .about([setting.address().to_owned(), item.text.to_string()]);
            if let Some(used) = through(&setting, &item.via) {
                finding = finding.related(used);
            }
            // The default of a variable is often a stand-in for what each deployment gives.
            let is_arn = item.text.to_string().starts_with("arn:");
            let stand_in = !is_arn && item.via.spans().next().is_some();
            found.push(if item.present.is_yes() && !stand_in { finding } else { finding.possible() });
        }
    }
}
