//! Policies that deny everybody in the account of a resource to change them.

use super::common::{beside, listed};
use super::key_policy_lockout::has_administrator;
use super::{Context, Rule};
use crate::ask::Setting;
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{DocumentId, Resource};
use crate::iam::arn::Arn;
use crate::iam::data;
use crate::iam::policy::{self, Item, Polarity, Statement};
use crate::source::Span;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "policy-lockout",
    summary: "a resource policy denies everyone in the account of the resource to change it",
    effect: Effect::Lockout,
    severity: Severity::Error,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/policy-lockout.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for resource in graph.resources.iter().filter(|resource| !resource.arn.pieces().is_empty()) {
        for id in &resource.documents {
            let statements = &graph.documents[*id].policy.statements;
            if statements.iter().any(|one| one.effect == Some(policy::Effect::Deny)) {
                found.extend(locked_out(context, resource, *id));
            }
        }
    }
}

fn locked_out(context: &Context<'_>, resource: &Resource, id: DocumentId) -> Option<Diagnostic> {
    let graph = context.graph;
    let document = &graph.documents[id];
    // An access point has a policy of its own, which other actions change.
    if resource.service == "s3" && !Arn::parse(&resource.arn)?.account.is_empty() {
        return None;
    }
    // A key policy that names no administrator at all is reported as such.
    if resource.service == "kms" && has_administrator(graph, document).is_no() {
        return None;
    }
    let mut by: Vec<&Statement> = Vec::new();
    let actions: Vec<String> = data::administers_policy(resource.service).collect();
    for action in &actions {
        let denials = context.ask.locks_out(document, action, &resource.arn, document.policy.span);
        if denials.is_empty() {
            return None;
        }
        for denial in denials {
            if !by.iter().any(|known| std::ptr::eq(*known, denial)) {
                by.push(denial);
            }
        }
    }
    let first = *by.first()?;
    let setting = Setting::all(graph, id).find(|setting| std::ptr::eq(setting.statement, first))?;
    let names = listed(actions.iter().map(|action| format!("`{action}`")));
    let message = format!(
        "{} denies {names} to every role and user in its own account: {}",
        setting.subject(),
        consequence(resource.service)
    );
    let mut finding = RULE
        .on(&setting.spot(whom(first)), message, "denied here")
        .help("exclude the roles that manage the resource from the Deny with `ArnNotLike` on `aws:PrincipalArn`, or deny only the actions that are meant")
        .about([resource.arn.to_string()]);
    // Who names these actions protects the policy from being changed, on purpose.
    if by.iter().any(|denial| actions.iter().any(|action| writes_out(denial, action))) {
        finding = finding.severity(Severity::Info);
    }
    for denial in by.iter().skip(1).take(bounds::WITNESSES) {
        finding = finding.related(beside(&setting, whom(denial), "denied here, too"));
    }
    Some(finding)
}

/// Whether a statement names an action, and not only by a pattern.
fn writes_out(statement: &Statement, action: &str) -> bool {
    let named = |item: &Item<Text>| item.value.as_literal().is_some_and(|it| it.eq_ignore_ascii_case(action));
    statement.actions.polarity == Polarity::In && statement.actions.items.iter().any(named)
}

/// Whom a statement denies.
fn whom(statement: &Statement) -> Span {
    let first = statement.principals.as_ref().and_then(|principals| principals.items.first());
    first.map_or(statement.span, |item| item.span)
}

/// Who can still change the policy.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html>
fn consequence(service: &str) -> &'static str {
    match service {
        "s3" => "only its root user can still change or delete the policy",
        "sqs" => "only its root user, or a root session from the management account, can still change it",
        "kms" => "nobody can manage the key any more",
        _ => "nobody can change or delete the policy any more",
    }
}
