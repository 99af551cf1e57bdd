//! SAML trust that does not restrict what the assertion was made for.

use super::common::{apart, beside, partition_of};
use super::{Context, Rule};
use crate::ask::{Setting, Spot, trusting};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::condition;
use crate::iam::federation::{self, Claim};
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::source::Span;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "missing-saml-audience",
    summary: "a role trusts a SAML provider without a condition on the assertion",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "federation",
    since: "0.1.0",
    page: include_str!("../../rules/missing-saml-audience.md"),
    check,
};

/// What keys of SAML assertions begin with, in any case.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-saml>
const PREFIX: &str = "saml";

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in trusting(context.graph) {
        let providers =
            || setting.listed().iter().filter(|item| matches!(item.value, Principal::Saml { .. }));
        if providers().next().is_none()
            || !setting.is_trust()
            || !setting.statement.actions.takes("sts:AssumeRoleWithSAML").is_yes()
        {
            continue;
        }
        if let Some(why) = unlimited(&setting, request) {
            found.extend(providers().map(|item| finding(&setting, item, &why)));
        }
    }
}

/// Why no condition limits the assertions, and where one only seems to; `None` when one does, or may.
fn unlimited(setting: &Setting<'_>, request: &condition::Context) -> Option<(Option<Span>, String)> {
    let statement = setting.statement;
    if statement.conditions_open {
        return None;
    }
    let prefix = Text::literal(PREFIX, statement.span);
    let mut why = (None, "no condition on `SAML:aud`".to_owned());
    for condition in &statement.conditions {
        let key = condition.key.value.as_literal()?;
        let Some((service, name)) = key.split_once(':') else { continue };
        if !service.eq_ignore_ascii_case(PREFIX) {
            continue;
        }
        match federation::claim(statement, &prefix, name, request) {
            Claim::Present { values, wildcards: true, .. }
                if values.iter().any(|it| it.value.is_literally("*")) =>
            {
                why = (Some(condition.key.span), format!("`{key}` may have any value"));
            }
            Claim::Ineffective { span, reason } => why = (Some(span), reason),
            Claim::Present { .. } | Claim::Unknown => return None,
            Claim::Missing => {}
        }
    }
    Some(why)
}

/// Where assertions are sent, in a partition.
///
/// <https://docs.aws.amazon.com/general/latest/gr/signin-service.html>
/// <https://docs.amazonaws.cn/en_us/IAM/latest/UserGuide/id_roles_providers_create_saml_relying-party.html>
/// <https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-iam.html>
fn endpoint(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "https://signin.amazonaws.cn/saml",
        "aws-us-gov" => "https://signin.amazonaws-us-gov.com/saml",
        _ => "https://signin.aws.amazon.com/saml",
    }
}

fn finding(
    setting: &Setting<'_>,
    item: &Item<Principal>,
    (span, reason): &(Option<Span>, String),
) -> Diagnostic {
    let span = span.unwrap_or(item.span);
    let name = match &item.value {
        Principal::Saml { name, .. } => name,
        _ => &item.text,
    };
    let message = format!(
        "{} accepts assertions of SAML provider `{name}` for any recipient: {reason}",
        setting.subject()
    );
    let finding = RULE
        .on(&Spot { span, ..setting.item(item) }, message, "any recipient is accepted")
        .help(format!(
            "add `StringEquals` on `SAML:aud` with the sign-in endpoint that the provider sends assertions to, such as `{}`{}",
            endpoint(&partition_of(&item.text)),
            apart(setting, |other| other.kind == "Federated"
                && matches!(other.value, Principal::Saml { .. } | Principal::Unknown(_)))
        ))
        .about([item.text.to_string()]);
    if span == item.span { finding } else { finding.related(beside(setting, item.span, "SAML provider")) }
}
