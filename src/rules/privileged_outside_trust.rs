//! An administrator that an outside account may become.

use super::common::{Setting, account_of, allowing_principals, if_present, stands_in, takes, through};
use super::{Context, Rule};
use crate::accounts::Zone;
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::graph::{Attached, Graph, Identity, IdentityId, Purpose};
use crate::iam::policy::{self, Item, Polarity, Statement};
use crate::iam::principal::Principal;

pub(super) static RULE: Rule = Rule {
    name: "privileged-outside-trust",
    summary: "an outside account can assume a role with administrator or IAM write permissions",
    effect: Effect::Exposed,
    severity: Severity::Error,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/privileged-outside-trust.md"),
    check,
};

/// Actions with which a holder can give itself any permission.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
const IAM_WRITE: [&str; 9] = [
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:AttachGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:PutGroupPolicy",
    "iam:CreatePolicyVersion",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
];

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    for setting in allowing_principals(graph) {
        let Purpose::Trust(id) = setting.document.purpose else { continue };
        let Some(role) = graph.identities.get(id) else { continue };
        let Some(clause) = setting.statement.principals.as_ref().filter(|it| it.polarity == Polarity::In)
        else {
            continue;
        };
        if !takes(&setting.statement.actions, "sts:AssumeRole").is_yes() {
            continue;
        }
        let mut known = None;
        for item in &clause.items {
            let Some(severity) = severity(&setting, item) else { continue };
            let known = known.get_or_insert_with(|| gained(context, (id, role)));
            if let Some((what, labels)) = known {
                found.push(finding(&setting, item, role, what, labels).severity(severity));
            }
        }
    }
}

/// How bad it is that this principal may become an administrator; `None` when it is not from outside, or not
/// known to be.
fn severity(setting: &Setting<'_>, item: &Item<Principal>) -> Option<Severity> {
    let account = account_of(&item.value)?;
    match setting.graph.accounts.zone(account, &setting.document.account) {
        Zone::Outside | Zone::Vendor { .. } => Some(Severity::Error),
        Zone::Own if setting.graph.accounts.same(account, &setting.document.account).is_no() => {
            Some(Severity::Info)
        }
        Zone::Same | Zone::Own | Zone::Aws(_) | Zone::Unknown => None,
    }
}

fn finding(
    setting: &Setting<'_>,
    item: &Item<Principal>,
    role: &Identity,
    what: &str,
    labels: &[Label],
) -> Diagnostic {
    let account =
        account_of(&item.value).map(|account| setting.graph.accounts.shown(account)).unwrap_or_default();
    let message = format!("role `{}` {what} and can be assumed from {account}", role.shown);
    let mut finding = setting
        .finding(&RULE, message, item.span, "may become an administrator")
        .help("give the role only what the other account needs, or do not trust it")
        .about([setting.address().to_owned(), item.text.to_string()]);
    if let Some(used) = through(setting, &item.via) {
        finding = finding.related(used);
    }
    if stands_in(item) {
        finding = finding.possible();
    }
    if_present(labels.iter().cloned().fold(finding, Diagnostic::related), item.present)
}

/// What whoever assumes a role becomes: by the role itself, or by one that can be assumed from it.
fn gained(context: &Context<'_>, (id, role): (IdentityId, &Identity)) -> Option<(String, Vec<Label>)> {
    let graph = context.graph;
    if let Some((what, label)) = privilege_of(context, role) {
        return Some((what.to_owned(), vec![label]));
    }
    graph.roles_beyond(id, &context.request()).into_iter().find_map(|way| {
        let last = graph.identities.get(way.last()?.role)?;
        let (what, label) = privilege_of(context, last)?;
        let hops = way.iter().map(|hop| {
            let declaration = hop.declaration.and_then(|index| graph.declaration(index));
            let mut label = Label::new(hop.span, "from here on to this role");
            label.address = declaration.map(|declaration| declaration.address.clone());
            label
        });
        let labels = hops.chain([label]).collect();
        Some((format!("leads to role `{}`, which {what},", last.shown), labels))
    })
}

/// What makes a role an administrator, and where it is given. Nothing does when its boundary may cut it off, or when
/// other policies deny it again.
fn privilege_of(context: &Context<'_>, role: &Identity) -> Option<(&'static str, Label)> {
    let graph = context.graph;
    let request = context.request();
    let may = |action: &&str| {
        let decision = graph.decide_alone(role, action, &role.arn, &request);
        decision.is_some_and(|decision| decision.answer.is_yes())
    };
    let left: Vec<&str> = IAM_WRITE.into_iter().filter(may).collect();
    role.policies.iter().filter(|attached| attached.present.is_yes()).find_map(|attached| {
        let (what, statement) = attached
            .policy
            .statements
            .iter()
            .find_map(|statement| privilege(statement, &left).map(|what| (what, statement)))?;
        let span = if attached.managed.is_some() { attached.span } else { statement.span };
        Some((what, label(graph, role, attached, span)))
    })
}

fn label(graph: &Graph, role: &Identity, attached: &Attached, span: crate::source::Span) -> Label {
    let mut label = Label::new(span, "the permission");
    if let Some(name) = &attached.managed {
        label.text = format!("attaches {name}");
    }
    let owner = attached
        .document
        .and_then(|id| graph.documents.get(id))
        .map_or(role.declaration, |it| it.declaration);
    label.address = graph.declaration(owner).map(|declaration| declaration.address.clone());
    if graph.accounts.is_assigned(&role.account) {
        label.account = Some(graph.accounts.shown(&role.account));
    }
    label
}

/// What an unconditional Allow makes of its holder. `left` are the actions that no other policy denies again.
fn privilege(statement: &Statement, left: &[&str]) -> Option<&'static str> {
    let everything = statement.resources.as_ref().is_some_and(|clause| {
        clause.polarity == Polarity::In && clause.items.iter().any(|it| it.text.is_literally("*"))
    });
    let unconditional = statement.conditions.is_empty() && !statement.conditions_open;
    if statement.effect != Some(policy::Effect::Allow)
        || !everything
        || !unconditional
        || !statement.present.is_yes()
    {
        return None;
    }
    let actions = &statement.actions;
    if !left.iter().any(|action| takes(actions, action).is_yes()) {
        return None;
    }
    if actions.polarity == Polarity::In && actions.items.iter().any(|item| item.text.is_literally("*")) {
        return Some("is an administrator");
    }
    Some("may change IAM policies")
}
