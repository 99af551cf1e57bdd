//! Everybody is let in.

use super::common::{Setting, allowing_principals, is_trust, through};
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Purpose;
use crate::iam::callers::{self, Callers};
use crate::iam::condition;
use crate::iam::policy::{Item, Polarity};
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "wildcard-principal",
    summary: "anyone in AWS is let in, because no condition limits a wildcard principal",
    effect: Effect::Exposed,
    severity: Severity::Error,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/wildcard-principal.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in allowing_principals(context.graph) {
        let Some(clause) = setting.statement.principals.as_ref().filter(|it| it.polarity == Polarity::In)
        else {
            continue;
        };
        if is_meant(&setting) {
            continue;
        }
        let Some(item) = clause.items.iter().find(|item| item.value == Principal::Everyone) else { continue };
        let admitted =
            callers::admitted(&setting.document.policy, setting.statement, service(&setting), &request);
        if admitted.bounded.is_no() {
            found.push(finding(&setting, item, &admitted));
        }
    }
}

/// The service whose policy it is, as the condition engine names it.
fn service<'a>(setting: &Setting<'a>) -> &'a str {
    if is_trust(setting.document) { "iam" } else { &setting.document.service }
}

/// Whether the template itself says that everybody is meant, or that nobody gets in this way: a website that is
/// read, a bucket whose public policies are cut off, a search domain within a network.
fn is_meant(setting: &Setting<'_>) -> bool {
    if is_open_by_nature(setting) {
        return true;
    }
    let Purpose::Resource(resource) = setting.document.purpose else {
        return setting.document.purpose == Purpose::File && !is_trust(setting.document) && is_wide(setting);
    };
    let Some(resource) = setting.graph.resources.get(resource) else { return false };
    let reads = |action: &str| ["s3:getobject", "s3:getobjectversion"].contains(&action);
    let only_reads = setting.statement.actions.polarity == Polarity::In
        && setting.statement.actions.items.iter().all(|it| reads(&it.text.to_string().to_ascii_lowercase()));
    resource.surroundings.public_cut_off || (resource.surroundings.website && only_reads)
}

/// Whether the statement is about an API, which is for everybody unless its methods say otherwise.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>
fn is_open_by_nature(setting: &Setting<'_>) -> bool {
    let actions = &setting.statement.actions;
    let is_api = |item: &Item<Text>| item.text.to_string().to_ascii_lowercase().starts_with("execute-api:");
    actions.polarity == Polarity::In && !actions.items.is_empty() && actions.items.iter().all(is_api)
}

/// Whether the statement lets everybody in through the URL of a function, where `NONE` is said in so many words.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
fn is_url(setting: &Setting<'_>) -> bool {
    ["lambda:FunctionUrlAuthType", "lambda:InvokedViaFunctionUrl"]
        .iter()
        .any(|key| condition::on_key(setting.statement, key).next().is_some())
}

/// Whether a statement of a policy file names no resource. Such a file is often the policy of a VPC endpoint, where
/// everybody is meant: everybody behind the endpoint.
///
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>
fn is_wide(setting: &Setting<'_>) -> bool {
    let Some(clause) = &setting.statement.resources else { return true };
    // In a key policy `*` is the key.
    let is_key = |item: &Item<Text>| item.text.to_string().to_ascii_lowercase().starts_with("kms:");
    if setting.statement.actions.items.iter().all(is_key) {
        return false;
    }
    clause.polarity == Polarity::In && clause.items.iter().any(|item| item.text.is_literally("*"))
}

fn finding(setting: &Setting<'_>, item: &Item<Principal>, admitted: &Callers) -> Diagnostic {
    let what = if is_trust(setting.document) { "can be assumed from" } else { "lets in" };
    let because = admitted.loopholes.first().map_or_else(String::new, |it| format!(": {}", it.reason));
    let message = format!("{} {what} every AWS account{because}", setting.subject());
    let mut finding = setting
        .finding(&RULE, message, item.span, "everybody")
        .help(
            "name the accounts or roles to let in, or require `aws:PrincipalOrgID` or `aws:PrincipalAccount`",
        )
        .about([setting.address().to_owned(), item.text.to_string()]);
    if is_url(setting) {
        finding = finding.severity(Severity::Info);
    }
    for loophole in admitted.loopholes.iter().take(4) {
        finding = finding.related(setting.label(loophole.span, "does not limit who gets in"));
    }
    if let Some(used) = through(setting, &item.via) {
        finding = finding.related(used);
    }
    if item.present.is_yes() { finding } else { finding.possible() }
}
