//! Service principals that are not known.

use super::common::of_policy;
use super::{Context, Rule};
use crate::ask::{Setting, Spot, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::data::{self, Meant};
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
    let from = context.source_of(item, name).map(|name| format!("; the value comes from `{name}`"));
    let from = from.unwrap_or_default();
    let finding = match data::service_meant_by(&written) {
        Some(Meant::Misspelt(meant)) => {
            let message =
                format!("AWS rejects the policy of {subject}: there is no service principal `{written}`");
            let help = format!("write `{meant}`{from}");
            RULE.on(&spot, message, "misspelt service principal").help(help)
        }
        Some(Meant::Product(product, principal)) => {
            let message = format!(
                "the service principal `{written}` of {subject} is not known: {product} acts as `{principal}`"
            );
            let help = format!("write `{principal}`{from}");
            let finding = RULE.on(&spot, message, "name of the product, not of its service principal");
            // A service whose actions have this prefix may have a principal of that name one day.
            let is_prefix = written.split('.').next().is_some_and(data::service_exists);
            finding.severity(if is_prefix { Severity::Info } else { Severity::Warning }).help(help)
        }
        None => unlisted(&spot, &subject, &written),
    };
    Some(of_policy(finding.about([written.into_owned()]), &spot))
}

/// What is merely not listed: nobody knows all service principals. Only in what no service principal ends in there is evidence of a
/// mistake.
fn unlisted(spot: &Spot<'_>, subject: &str, written: &str) -> Diagnostic {
    let message = format!(
        "the service principal `{written}` of {subject} is not known as of {}: if it does not exist, AWS rejects the policy",
        data::data_date()
    );
    let help = "compare it with the page of the service, and ignore this finding if it is right";
    let finding = RULE.on(spot, message, "not a known service principal").severity(Severity::Info).help(help);
    if data::ends_as_service_principals(written) { finding.possible() } else { finding }
}
