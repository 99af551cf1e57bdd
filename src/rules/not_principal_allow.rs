//! `Allow` with `NotPrincipal`.

use super::common::actions_of;
use super::{Context, Rule};
use crate::ask::principals;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::policy::Polarity;

pub(super) static RULE: Rule = Rule {
    name: "not-principal-allow",
    summary: "an Allow with NotPrincipal grants access to everyone not listed",
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
            format!("the trust policy of {subject} uses `Allow` with `NotPrincipal`, which AWS rejects")
        } else {
            let actions = actions_of(setting.statement);
            format!(
                "{subject} allows {actions} with `NotPrincipal`, which grants access to everyone not listed"
            )
        };
        let help = "list the allowed principals in `Principal`; use a `Deny` statement to exclude some";
        let except = clause.items.iter().map(|item| item.text.to_string());
        let finding = RULE.on(&setting.spot(clause.key_span), message, "everyone except these");
        found.push(finding.help(help).about(except));
    }
}
