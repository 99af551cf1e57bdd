//! Subjects that other organizations can have.

use super::common::{beside, names_tenant, told_by_subject};
use super::{Context, Rule};
use crate::ask::{Setting, principals};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::data::{self, SharedIssuer, Tenant};
use crate::iam::federation::{self, Claim, Grammar};
use crate::iam::principal::Principal;
use crate::value::{Answer, Text};

pub(super) static RULE: Rule = Rule {
    name: "wildcard-oidc-subject",
    summary: "a pattern for the subject of a token also matches the tokens of somebody else",
    effect: Effect::Exposed,
    severity: Severity::Error,
    family: "federation",
    since: "0.1.0",
    page: include_str!("../../rules/wildcard-oidc-subject.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in principals(context.graph).filter(Setting::is_trust) {
        if !setting.statement.actions.takes("sts:AssumeRoleWithWebIdentity").is_yes() {
            continue;
        }
        for item in setting.listed() {
            let Principal::Oidc { issuer, .. } = &item.value else { continue };
            let Some(shared) = issuer.as_literal().and_then(|it| data::shared_oidc_issuer(&it)) else {
                continue;
            };
            // A second condition may name the tenant where the subject does not.
            if !told_by_subject(&shared) || names_tenant(setting.statement, issuer, request) {
                continue;
            }
            let Claim::Present { values, wildcards, .. } =
                federation::claim(setting.statement, issuer, "sub", request)
            else {
                continue;
            };
            for value in values.iter() {
                if !pins(&shared, &value.value, wildcards).is_no() {
                    continue;
                }
                let message = format!(
                    "{} can be assumed from outside your organization: the subject `{}` of `{}` matches others as well",
                    setting.subject(),
                    value.text,
                    shared.issuer
                );
                let help = help(shared.issuer);
                let finding = RULE
                    .on(&setting.item(value).also(item.present), message, "matches other organizations")
                    .related(beside(&setting, item.span, "the identity provider"))
                    .help(help)
                    .about([value.text.to_string()]);
                found.push(finding);
            }
        }
    }
}

/// Whether a subject of the issuer names one tenant only.
fn pins(shared: &SharedIssuer, subject: &Text, wildcards: bool) -> Answer {
    match shared.tenant {
        Tenant::After { prefix, ends } => {
            let ends: Vec<char> = ends.chars().collect();
            let grammar = Grammar { before: &[prefix], end: &ends };
            let own = shared.issuer == "token.actions.githubusercontent.com";
            federation::subject_pins(subject, wildcards, if own { federation::GITHUB } else { grammar })
        }
        Tenant::Whole | Tenant::Unknown => Answer::Unknown,
    }
}

fn help(issuer: &str) -> String {
    let form = match issuer {
        "token.actions.githubusercontent.com" => " as in `repo:my-org/my-repo:*`",
        "gitlab.com" => " as in `project_path:my-group/my-project:*`",
        "app.terraform.io" => " as in `organization:my-org:*`",
        _ => "",
    };
    format!("write out the organization, up to the character that ends it{form}")
}
