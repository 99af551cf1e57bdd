//! External ids that do not constrain.

use super::common::{allowing_principals, is_trust};
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::external_id::{self, ExternalId};

pub(super) static RULE: Rule = Rule {
    name: "weak-external-id",
    summary: "an external id is asked for in a way that every caller can satisfy",
    effect: Effect::Exposed,
    severity: Severity::Error,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/weak-external-id.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in allowing_principals(context.graph).filter(|setting| is_trust(setting.document)) {
        let answer = external_id::external_id(&setting.document.policy, setting.statement, &request);
        let ExternalId::Weak { span, reason } = answer else { continue };
        let message =
            format!("{} asks for an external id that does not limit anyone: {reason}", setting.subject());
        let help = "compare `sts:ExternalId` with one fixed value by `StringEquals`";
        found.push(setting.finding(&RULE, message, span, "met by every caller").help(help).about([reason]));
    }
}
