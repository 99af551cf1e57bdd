//! Services let in without saying for whom they act.

use super::common::{Setting, allowing_principals, is_trust};
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::iam::callers::{self, Bounding, Callers, Loophole};
use crate::iam::data::{self, SentKeys};
use crate::iam::policy::{Item, Polarity};
use crate::iam::principal::Principal;

pub(super) static RULE: Rule = Rule {
    name: "unscoped-service-principal",
    summary: "a service is let in without a condition that says on whose behalf it may come",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "deputy",
    since: "0.1.0",
    page: include_str!("../../rules/unscoped-service-principal.md"),
    check,
};

/// Services that send the keys but whose policies AWS itself shows without a condition: asking for one would speak
/// against every role of a task and every log bucket of a load balancer.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>
const UNASKED: [&str; 3] =
    ["ecs-tasks.amazonaws.com", "eks.amazonaws.com", "logdelivery.elasticloadbalancing.amazonaws.com"];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let request = context.request();
    for setting in allowing_principals(context.graph) {
        let Some(clause) = setting.statement.principals.as_ref().filter(|it| it.polarity == Polarity::In)
        else {
            continue;
        };
        for item in &clause.items {
            let Principal::Service(name) = &item.value else { continue };
            let Some(name) = name.as_literal() else { continue };
            if UNASKED.contains(&&*name) {
                continue;
            }
            let Some(sends) = data::service_sends_source(&name) else { continue };
            let trust = is_trust(setting.document);
            let sent = if trust { sends.in_trust } else { sends.towards(&setting.document.service) };
            let Some(sent) = sent.filter(|sent| sent.source_arn || sent.source_account) else { continue };
            let admitted = callers::admitted(
                &setting.document.policy,
                setting.statement,
                &setting.document.service,
                &request,
            );
            if is_scoped(&admitted) {
                continue;
            }
            let loophole = admitted.loopholes.first();
            let severity = if trust { Severity::Info } else { Severity::Warning };
            found.push(finding(&setting, item, &name, sent, loophole).severity(severity));
        }
    }
}

/// Whether the statement may say for whom the service acts: by the source itself, or by something that only a
/// known source comes through.
fn is_scoped(admitted: &Callers) -> bool {
    admitted.bounds.iter().any(|bound| {
        matches!(bound.kind, Bounding::Source | Bounding::Account | Bounding::Organization | Bounding::Secret)
            && !bound.answer.is_no()
    }) || !admitted.bounded.is_no()
}

fn finding(
    setting: &Setting<'_>,
    item: &Item<Principal>,
    name: &str,
    sent: SentKeys,
    loophole: Option<&Loophole>,
) -> Diagnostic {
    let reason = loophole.map_or_else(String::new, |loophole| format!(": {}", loophole.reason));
    let message = format!("{} lets in `{name}` whoever it acts for{reason}", setting.subject());
    let keys = match (sent.source_arn, sent.source_account) {
        (true, true) => "`aws:SourceArn` or `aws:SourceAccount`",
        (true, false) => "`aws:SourceArn`",
        _ => "`aws:SourceAccount`",
    };
    let mut finding = setting
        .finding(&RULE, message, item.span, "may act for any account")
        .help(format!("add a condition on {keys} that names your account or resource"))
        .about([setting.address().to_owned(), name.to_owned()]);
    if let Some(loophole) = loophole {
        finding = finding.related(setting.label(loophole.span, "does not say for whom"));
    }
    finding
}
