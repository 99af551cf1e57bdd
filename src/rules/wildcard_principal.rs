//! Everybody is let in.

use super::common::beside;
use super::{Context, Rule};
use crate::ask::{Setting, principals};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Purpose;
use crate::iam::callers::{self, Callers};
use crate::iam::condition::{self, Presence};
use crate::iam::policy::{Item, Polarity, Statement};
use crate::iam::principal::Principal;
use crate::value::{Answer, Text};

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
    for setting in principals(context.graph) {
        let meant = is_meant(&setting);
        if meant.is_yes() {
            continue;
        }
        let everyone = everyone(&setting);
        if everyone.is_empty() {
            continue;
        }
        let admitted =
            callers::admitted(&setting.document.policy, setting.statement, service(&setting), request);
        for item in everyone.into_iter().filter(|_| admitted.bounded.is_no()) {
            let finding = finding(&setting, item, &admitted);
            let finding = if meant.is_no() { finding } else { finding.possible() };
            // There, `NONE` is said in so many words.
            let url = is_url(setting.statement, request);
            found.push(if url { finding.severity(Severity::Info) } else { finding });
        }
    }
}

/// Where a statement says that everybody is meant: once, or in each of the alternatives that say so.
fn everyone<'g>(setting: &Setting<'g>) -> Vec<&'g Item<Principal>> {
    let all = setting.listed().iter().filter(|item| item.value == Principal::Everyone);
    let mut all: Vec<_> = all.collect();
    if let Some(sure) = all.iter().position(|item| item.present.is_yes()) {
        all = all.split_off(sure);
        all.truncate(1);
    }
    all
}

/// The service whose policy it is, as the condition engine names it.
fn service<'a>(setting: &Setting<'a>) -> &'a str {
    if setting.is_trust() { "iam" } else { &setting.document.service }
}

/// Whether the template itself says that everybody is meant, or that nobody gets in this way: a website that is
/// read, a bucket whose public policies are cut off, a search domain within a network.
fn is_meant(setting: &Setting<'_>) -> Answer {
    let Purpose::Resource(resource) = setting.document.purpose else { return Answer::No };
    let resource = &setting.graph.resources[resource];
    let reads = |action: &str| ["s3:getobject", "s3:getobjectversion"].contains(&action);
    let only_reads = setting.statement.actions.polarity == Polarity::In
        && setting.statement.actions.items.iter().all(|it| reads(&it.text.to_string().to_ascii_lowercase()));
    resource.surroundings.public_cut_off.or(resource.surroundings.website.and(only_reads.into()))
}

/// Whether a statement opens a function only at a URL that asks nobody who they are, which is how a template says
/// that everybody is meant; or leaves that to the permission for the URL.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
fn is_url(statement: &Statement, request: &condition::Context) -> bool {
    let needs = |key: &'static str, presence: Presence| {
        let request = request.with(key, presence);
        condition::satisfiable(&statement.conditions, statement.conditions_open, &request).is_no()
    };
    let one = |word: &str| Presence::Values(vec![Text::literal(word, statement.span)]);
    let by_url = |action: &str| statement.actions.takes(action).is_yes();
    let unauthenticated = needs("lambda:FunctionUrlAuthType", one("AWS_IAM"));
    let through_url = needs("lambda:InvokedViaFunctionUrl", Presence::Absent)
        && needs("lambda:InvokedViaFunctionUrl", one("false"));
    (unauthenticated && by_url("lambda:InvokeFunctionUrl"))
        || (through_url && !by_url("lambda:InvokeFunctionUrl"))
}

/// Whether everybody may be bounded by what the policy is for: the policy of a VPC endpoint says what may be reached
/// through it, and `*` is its default; an API that is not private is open to everybody without a policy as well.
///
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html>
fn may_be_bounded(setting: &Setting<'_>) -> bool {
    match setting.document.purpose {
        Purpose::File if !setting.is_trust() => {
            let path = setting.unit().to_string().to_ascii_lowercase();
            path.contains("endpoint")
                || path.contains("vpce")
                || is_default(setting.statement)
                || is_api(setting)
        }
        Purpose::Resource(resource) => {
            is_api(setting) && !setting.graph.resources[resource].surroundings.private.is_yes()
        }
        _ => false,
    }
}

fn is_api(setting: &Setting<'_>) -> bool {
    setting.document.service.eq_ignore_ascii_case("execute-api")
}

/// Whether a statement says no more than that all may be done: `*`, or all of one service, on everything. In a key
/// policy that is the key.
fn is_default(statement: &Statement) -> bool {
    let whole = |action: &Item<Text>| {
        let written = action.text.to_string().to_ascii_lowercase();
        written == "*" || (written.ends_with(":*") && written != "kms:*")
    };
    let everything = |item: &Item<Text>| item.text.is_literally("*");
    statement.conditions.is_empty()
        && statement.actions.polarity == Polarity::In
        && statement.actions.items.iter().all(whole)
        && statement.resources.as_ref().is_some_and(|clause| clause.items.iter().all(everything))
}

fn finding(setting: &Setting<'_>, item: &Item<Principal>, admitted: &Callers) -> Diagnostic {
    let what = if setting.is_trust() { "can be assumed from" } else { "lets in" };
    let because = admitted.loopholes.first().map_or_else(String::new, |it| format!(": {}", it.reason));
    let message = format!("{} {what} every AWS account{because}", setting.subject());
    let mut finding = RULE
        .on(&setting.item(item), message, "everybody")
        .help(
            "name the accounts or roles to let in, or require `aws:PrincipalOrgID` or `aws:PrincipalAccount`",
        )
        .about([item.text.to_string()]);
    for loophole in admitted.loopholes.iter().take(4) {
        finding = finding.related(beside(setting, loophole.span, "does not limit who gets in"));
    }
    if may_be_bounded(setting) { finding.possible() } else { finding }
}
