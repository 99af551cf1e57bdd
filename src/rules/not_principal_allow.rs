//! `Allow` with `NotPrincipal`.

use super::{Context, Rule};
use crate::ask::principals;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::policy::Polarity;

pub(super) static RULE: Rule = Rule {
    name: "not-principal-allow",
    summary: "an allow statement names who is left out, and so means everybody else",
    effect: Effect::Exposed,
    severity: Severity::Error,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/not-principal-allow.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in principals(context.graph) {
        let Some(clause) = &setting.statement.principals else { continue };
        if clause.polarity == Polarity::In {
            continue;
        }
        let subject = setting.subject();
        let message = if setting.is_trust() {
            format!("the trust policy of {subject} allows with `NotPrincipal`, which AWS refuses")
        } else {
            format!("{subject} lets in everyone except the principals listed: `Allow` with `NotPrincipal`")
        };
        let help = "name the principals to let in with `Principal`; to keep some out, add a `Deny` statement";
        let except = clause.items.iter().map(|item| item.text.to_string());
        let finding = RULE.on(&setting.spot(clause.key_span), message, "everyone but these is let in");
        found.push(finding.help(help).about(except));
    }
}
