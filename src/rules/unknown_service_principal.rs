//! Service principals that are not known.

use super::common::of_policy;
use super::{Context, Rule};
use crate::ask::{Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::data;
use crate::iam::policy::Item;
use crate::iam::principal::Principal;

pub(super) static RULE: Rule = Rule {
    name: "unknown-service-principal",
    summary: "a service principal is misspelt or not known",
    effect: Effect::Rejected,
    severity: Severity::Error,
    family: "validity",
    since: "0.1.0",
    page: include_str!("../../rules/unknown-service-principal.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for setting in statements(context.graph) {
        let items = setting.statement.principals.iter().flat_map(|clause| &clause.items);
        found.extend(items.filter_map(|item| unknown(context, &setting, item)));
    }
}

fn unknown(context: &Context<'_>, setting: &Setting<'_>, item: &Item<Principal>) -> Option<Diagnostic> {
    let Principal::Service(name) = &item.value else { return None };
    let written = name.as_literal()?;
    // An origin access identity of CloudFront is an ARN of IAM.
    if data::known_service_principal(&written) || written.starts_with("arn:") {
        return None;
    }
    let subject = setting.subject();
    let spot = setting.item(item);
    let finding = if let Some(meant) = data::service_meant_by(&written) {
        let message =
            format!("AWS rejects the policy of {subject}: there is no service principal `{written}`");
        let from = context.source_of(item, name).map(|name| format!("; the value comes from `{name}`"));
        let help = format!("write `{meant}`{}", from.unwrap_or_default());
        RULE.on(&spot, message, "misspelt service principal").help(help)
    } else {
        let message = format!(
            "the service principal `{written}` of {subject} is not known as of {}: if it does not exist, AWS rejects the policy",
            data::data_date()
        );
        let help = "compare it with the page of the service, and ignore this finding if it is right";
        RULE.on(&spot, message, "not a known service principal").severity(Severity::Info).help(help)
    };
    Some(of_policy(finding.about([written.into_owned()]), &spot))
}
