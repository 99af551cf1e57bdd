//! Permission to assume a role that does not trust the caller.

use super::common::{Setting, callers, declared, if_present, listed, takes};
use super::{Context, Rule};
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::graph::{Document, Identity, IdentityId, IdentityKind, Purpose};
use crate::iam::condition;
use crate::iam::evaluate::{self, Verdict, Why};
use crate::iam::policy::{self, Item, Polarity, Statement};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "permission-without-trust",
    summary: "a permission to assume a role of another account that does not trust its holder",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/permission-without-trust.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for document in graph.documents.iter().filter(|document| document.purpose == Purpose::Identity) {
        let Some(callers) = callers(graph, document) else { continue };
        for statement in permitting(document) {
            let setting = Setting { graph, document, statement };
            for item in statement.resources.iter().flat_map(|clause| &clause.items) {
                let Some((id, role)) = graph.find_identity(&item.value) else { continue };
                if role.kind == IdentityKind::Role {
                    found.extend(untrusted(context, &setting, item, &callers, (id, role)));
                }
            }
        }
    }
}

/// The statements that allow `sts:AssumeRole` on what they list.
fn permitting(document: &Document) -> impl Iterator<Item = &Statement> {
    document.policy.statements.iter().filter(|statement| {
        statement.effect == Some(policy::Effect::Allow)
            && statement.resources.as_ref().is_some_and(|clause| clause.polarity == Polarity::In)
            && takes(&statement.actions, "sts:AssumeRole").is_yes()
    })
}

fn untrusted(
    context: &Context<'_>,
    setting: &Setting<'_>,
    item: &Item<Text>,
    callers: &[(IdentityId, &Identity)],
    (role_id, role): (IdentityId, &Identity),
) -> Option<Diagnostic> {
    let graph = context.graph;
    let trust = graph.documents.get(role.trust?)?;
    let callers: Vec<_> = callers.iter().filter(|(id, _)| *id != role_id).collect();
    let mut last: Option<Verdict<'_>> = None;
    for (_, caller) in &callers {
        let verdict = evaluate::trust_admits(
            &trust.policy,
            &graph.caller(caller)?,
            "sts:AssumeRole",
            &context.request(),
        );
        // One holder whom the role admits makes the permission useful.
        if !verdict.answer.is_no() {
            return None;
        }
        last = Some(verdict);
    }
    let verdict = last?;
    let who = listed(callers.iter().map(|(_, caller)| graph.shown(caller)));
    let early = Early { context, trust, callers: &callers };
    let over = early.admitted();
    let cause = cause(&verdict, over);
    let message = format!("{who} may assume {}, but {cause}", graph.shown(role));
    let first = callers.first().map(|(_, caller)| caller.arn.to_string()).unwrap_or_default();
    let mut finding = setting
        .finding(&RULE, message, item.span, "this role does not admit the caller")
        .help(help(&verdict, over, &first, role))
        .about([setting.address().to_owned(), item.text.to_string(), role.arn.to_string()]);
    let trusting = Setting { graph, document: trust, statement: trust.policy.statements.first()? };
    for label in witnesses(&trusting, &verdict) {
        finding = finding.related(label);
    }
    if let Some(declaration) = graph.declaration(role.declaration).filter(|_| finding.related.is_empty()) {
        finding = finding.related(declared(graph, declaration, "the role, which does not trust the caller"));
    }
    Some(if_present(finding, item.present))
}

/// The same question, asked as if it were long ago: who was let in then is shut out by a time window that is over.
struct Early<'a> {
    context: &'a Context<'a>,
    trust: &'a Document,
    callers: &'a [&'a (IdentityId, &'a Identity)],
}

impl Early<'_> {
    fn admitted(&self) -> bool {
        let graph = self.context.graph;
        let then = condition::Context::new(jiff::Timestamp::UNIX_EPOCH);
        self.callers.iter().any(|(_, caller)| {
            graph.caller(caller).is_some_and(|caller| {
                evaluate::trust_admits(&self.trust.policy, &caller, "sts:AssumeRole", &then).answer.is_yes()
            })
        })
    }
}

fn cause(verdict: &Verdict<'_>, over: bool) -> &'static str {
    match verdict.near.iter().map(|(_, why)| why).next() {
        Some(Why::Condition) if over => "the time window of its trust policy is over",
        Some(Why::Condition) => "no request can meet the conditions of its trust policy",
        _ if !verdict.denied_by.is_empty() => "its trust policy denies it",
        _ => "its trust policy does not admit it",
    }
}

fn help(verdict: &Verdict<'_>, over: bool, caller: &str, role: &Identity) -> String {
    match verdict.near.iter().map(|(_, why)| why).next() {
        Some(Why::Condition) if over => {
            format!(
                "move the end of the time window in the trust policy of `{}`, or remove the permission",
                role.shown
            )
        }
        Some(Why::Condition) => {
            format!("mend the conditions in the trust policy of `{}`, or remove the permission", role.shown)
        }
        _ => format!(
            "trust `{caller}` in the trust policy of `{}`, or name the role that trusts it in the permission",
            role.shown
        ),
    }
}

/// The places of the trust policy that come nearest to admitting the caller.
fn witnesses(trusting: &Setting<'_>, verdict: &Verdict<'_>) -> Vec<Label> {
    let near = verdict.near.iter().map(|(statement, why)| (*statement, Some(why)));
    let near: Vec<_> =
        near.chain(verdict.denied_by.iter().map(|statement| (*statement, None))).take(3).collect();
    if near.is_empty() {
        let statements = trusting.document.policy.statements.iter();
        return statements
            .filter_map(|statement| statement.principals.as_ref()?.items.first())
            .take(3)
            .map(|item| trusting.label(item.span, "the role trusts this instead"))
            .collect();
    }
    near.into_iter()
        .map(|(statement, why)| match why {
            Some(Why::Condition) => {
                let span = statement.conditions.first().map_or(statement.span, |it| it.key.span);
                trusting.label(span, "this condition cannot be met")
            }
            Some(Why::Principal) => {
                let item = statement.principals.as_ref().and_then(|clause| clause.items.first());
                trusting.label(item.map_or(statement.span, |item| item.span), "the role trusts this instead")
            }
            None => trusting.label(statement.span, "denied here"),
            Some(_) => trusting.label(statement.span, "the nearest statement of the trust policy"),
        })
        .collect()
}
