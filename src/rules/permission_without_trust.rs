//! Permission to assume a role that does not trust the principal.

use super::common::{declared, listed, pairs};
use super::matched::{Declared, Pattern};
use super::{Context, Rule};
use crate::ask::{
    Asker, Cause, Evidence, Layer, Permission, Question, Reason, Ruling, Sides, What, Who, Why, permissions,
};
use crate::bounds;
use crate::config::Covered;
use crate::diagnostic::{Diagnostic, Effect, Pair, Severity};
use crate::graph::{Graph, Identity, IdentityId, IdentityKind};
use crate::iam::condition;
use crate::iam::policy::{Item, Polarity, Statement};
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "permission-without-trust",
    summary: "a principal is allowed to assume a role in another account that does not trust it",
    effect: Effect::Mismatch,
    severity: Severity::Error,
    family: "both sides",
    since: "0.1.0",
    page: include_str!("../../rules/permission-without-trust.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    let mut all = None;
    for permission in permissions(graph) {
        if !permission.setting.statement.actions.takes("sts:AssumeRole").is_yes() {
            continue;
        }
        for item in permission.elements {
            let roles = graph.find_identities(&item.value, permission.setting.unit());
            if roles.iter().any(|id| graph.identities[*id].kind == IdentityKind::Role) {
                // A trust policy that misspells the caller is reported there.
                let trust = roles.first().and_then(|id| graph.identities[*id].trust);
                let misnamed = |_: &Diagnostic| context.ask.misnames(trust, &permission.callers);
                found.extend(untrusted(context, &permission, item, roles).filter(|found| !misnamed(found)));
            } else if let Some(pattern) = Pattern::of(graph, &item.value, Covered::Identities) {
                let roles = all.get_or_insert_with(|| {
                    // Roles of IAM Identity Center are assumed by signing in.
                    let roles = graph.of_kind(IdentityKind::Role).filter(|(_, role)| !role.is_assigned());
                    Declared::of(roles.map(|(id, role)| (id, &role.arn)))
                });
                found.extend(by_pattern(context, roles, &permission, (item, &pattern)));
            }
        }
    }
}

/// A pattern of which no role that it matches trusts anybody who has the permission.
fn by_pattern(
    context: &Context<'_>,
    all: &Declared<IdentityId>,
    permission: &Permission<'_>,
    (item, pattern): (&Item<Text>, &Pattern<'_>),
) -> Option<Diagnostic> {
    let graph = context.graph;
    // Whoever may do everything is meant to use none of it in particular.
    let is_meant = |action: &Item<Text>| action.text.begins_with_folded("sts:");
    if !permission.setting.statement.actions.items.iter().any(is_meant) {
        return None;
    }
    let mut targets: Vec<IdentityId> = Vec::new();
    let is_across = |id: IdentityId| {
        let owner = &graph.identities[id].account;
        let same = |caller: &IdentityId| graph.accounts.same(&graph.identities[*caller].account, owner);
        permission.callers.iter().all(|caller| *caller == id || same(caller).is_no())
    };
    for (id, answer) in all.matched(pattern, is_across, |id| &graph.identities[id].arn)? {
        let role = &graph.identities[id];
        let alone = [id];
        let all: &[IdentityId] = if role.declared_as().is_empty() { &alone } else { role.declared_as() };
        let target = What::Identities(all.into());
        let mut is_across = answer;
        for caller in permission.callers.iter().filter(|caller| **caller != id) {
            refused(&context.ask, *caller, &target)?;
            is_across =
                is_across.and(!graph.accounts.same(&graph.identities[*caller].account, &role.account));
        }
        if is_across.is_yes() && targets.iter().all(|known| graph.identities[*known].arn != role.arn) {
            targets.push(id);
        }
    }
    let first = &graph.identities[*targets.first()?];
    let callers = || permission.callers.iter().map(|id| &graph.identities[*id]);
    let message = format!(
        "{} {} allowed to assume roles that match `{}`, but none of those declared trusts {}: {}",
        listed(callers().map(|caller| graph.shown(caller))),
        if permission.callers.len() == 1 { "is" } else { "are" },
        pattern.text,
        if permission.callers.len() == 1 { "it" } else { "them" },
        listed(targets.iter().map(|id| graph.shown(&graph.identities[*id])))
    );
    let principal = callers().next()?.arn.to_string();
    let mut finding = RULE
        .on(&permission.setting.item(item), message, "matches no role that trusts it")
        .severity(Severity::Warning)
        .help(Refusal::NotNamed.help(&principal, first))
        .about([principal, item.text.to_string()])
        .about(targets.iter().map(|id| graph.identities[*id].arn.to_string()))
        .between(assuming(graph, &permission.callers, &targets));
    for id in targets.iter().take(bounds::LABELLED_TARGETS) {
        let declaration = graph.identities[*id].declaration;
        finding = finding.related(declared(graph, declaration, "does not trust it"));
    }
    Some(finding)
}

fn untrusted(
    context: &Context<'_>,
    permission: &Permission<'_>,
    item: &Item<Text>,
    roles: Vec<IdentityId>,
) -> Option<Diagnostic> {
    let (graph, role_id) = (context.graph, *roles.first()?);
    let role = &graph.identities[role_id];
    let callers: Vec<_> = permission.callers.iter().copied().filter(|id| !roles.contains(id)).collect();
    let target = What::Identities(roles.into());
    let mut last = None;
    for caller in &callers {
        let refusal = refused(&context.ask, *caller, &target)?;
        last = Some((*caller, refusal));
    }
    // One holder whom the role admits makes the permission useful.
    let (caller, (ruling, sides)) = last?;
    let who = Who::Declared(caller);
    let question = Question { caller: &who, target: &target, action: "sts:AssumeRole", within: None };
    let evidence = context.ask.evidence(&question, &ruling, sides);
    let other = || evidence.iter().filter(|one| !one.is_own());
    let kind = refusal(context, &callers, (&question, role), (&ruling, &evidence));
    let callers_shown = listed(callers.iter().map(|id| graph.shown(&graph.identities[*id])));
    let first = callers.first().map(|id| graph.identities[*id].arn.to_string()).unwrap_or_default();
    let message = format!(
        "{callers_shown} {} allowed to assume {}, but {}",
        if callers.len() == 1 { "is" } else { "are" },
        graph.shown(role),
        kind.cause(callers.len() > 1)
    );
    let mut finding = RULE
        .on(&permission.setting.item(item), message, "not trusted by this role")
        .help(kind.help(&first, role))
        .about([first.clone(), item.text.to_string(), role.arn.to_string()])
        .between(assuming(graph, &callers, &[role_id]));
    if matches!(kind, Refusal::OfServices) {
        finding = finding.severity(Severity::Info);
    }
    for one in other() {
        finding = finding.related(one.label(graph));
    }
    if other().next().is_none() {
        finding = finding.related(declared(graph, role.declaration, "role declared here"));
    }
    Some(finding)
}

/// Each of the callers, kept from assuming each of the roles.
fn assuming(graph: &Graph, callers: &[IdentityId], roles: &[IdentityId]) -> Vec<Pair> {
    let roles: Vec<_> = roles.iter().map(|id| graph.identities[*id].declaration).collect();
    pairs(graph, callers, &roles, &["sts:AssumeRole"])
}

/// How a role refuses callers, by what the last of them was told.
fn refusal(
    context: &Context<'_>,
    callers: &[IdentityId],
    (question, role): (&Question<'_>, &Identity),
    (ruling, evidence): (&Ruling, &[Evidence<'_>]),
) -> Refusal {
    let other = || evidence.iter().filter(|one| !one.is_own());
    if other().any(|one| one.nearly() == Some(Why::Condition)) {
        let early = context.ask.with(condition::Context::new(jiff::Timestamp::UNIX_EPOCH));
        let was_admitted = callers.iter().any(|caller| {
            let who = Who::Declared(*caller);
            early.sides(&Question { caller: &who, ..*question }).other.is_yes()
        });
        if was_admitted { Refusal::Over } else { Refusal::Conditions }
    } else if ruling.cause == Cause::Decided(Reason::Apart) {
        Refusal::Apart
    } else if other().any(|one| one.denies() && one.layer == Layer::ResourceControl) {
        Refusal::DeniedByOrganization
    } else if other().any(Evidence::denies) {
        Refusal::Denied
    } else if is_of_services(context.graph, role) && is_near(context.graph, callers, role) {
        Refusal::OfServices
    } else {
        Refusal::NotNamed
    }
}

/// What to change on the side of a role that a caller cannot assume.
pub(super) fn change(
    context: &Context<'_>,
    caller: IdentityId,
    (question, role): (&Question<'_>, &Identity),
    (ruling, evidence): (&Ruling, &[Evidence<'_>]),
) -> String {
    let kind = refusal(context, &[caller], (question, role), (ruling, evidence));
    kind.change(&context.graph.identities[caller].arn.to_string(), role)
}

/// Whether a role trusts services and nobody else.
fn is_of_services(graph: &Graph, role: &Identity) -> bool {
    let Some(document) = role.trust.map(|id| &graph.documents[id]) else { return false };
    let principals = |statement: &Statement| match &statement.principals {
        Some(clause) if clause.polarity == Polarity::In && !clause.open => {
            clause.items.iter().all(|item| matches!(item.value, Principal::Service(_)))
        }
        _ => false,
    };
    !document.policy.open && document.policy.statements.iter().all(principals)
}

/// Whether the callers are in the account of a role.
fn is_near(graph: &Graph, callers: &[IdentityId], role: &Identity) -> bool {
    callers.iter().all(|id| graph.accounts.same(&graph.identities[*id].account, &role.account).is_yes())
}

/// How a caller is refused for which the side of the role is to blame; `None` when it may be admitted, or when only its own
/// side keeps it out.
fn refused(ask: &Asker<'_>, caller: IdentityId, target: &What) -> Option<(Ruling, Sides)> {
    let who = Who::Declared(caller);
    let question = Question { caller: &who, target, action: "sts:AssumeRole", within: None };
    let ruling = ask.ask(&question);
    if !ruling.answer.is_no() {
        return None;
    }
    let sides = ask.sides(&question);
    (sides.other.is_no() || !sides.own.is_no()).then_some((ruling, sides))
}

/// How a role refuses a caller.
#[derive(Clone, Copy)]
enum Refusal {
    /// Its trust policy does not mean the caller.
    NotNamed,
    /// It means services only, and the caller is in its account: a permission that nobody needs.
    OfServices,
    /// It denies it.
    Denied,
    /// A resource control policy denies it.
    DeniedByOrganization,
    /// It admits it under conditions that none of its requests meets.
    Conditions,
    /// It admitted it for a time that is over.
    Over,
    /// It admits it, but under conditions that the permission excludes.
    Apart,
}

impl Refusal {
    /// As a clause about one principal, or about several.
    fn cause(self, several: bool) -> &'static str {
        match self {
            Self::NotNamed if several => "the role's trust policy does not trust any of them",
            Self::NotNamed => "the role's trust policy does not trust this principal",
            Self::OfServices => "the role's trust policy trusts services only",
            Self::Denied if several => "the role's trust policy denies them",
            Self::Denied => "the role's trust policy denies it",
            Self::DeniedByOrganization if several => "a resource control policy denies them",
            Self::DeniedByOrganization => "a resource control policy denies it",
            Self::Conditions if several => {
                "their requests can never satisfy the conditions of the role's trust policy"
            }
            Self::Conditions => "its requests can never satisfy the conditions of the role's trust policy",
            Self::Over => "the time window of its trust policy has expired",
            Self::Apart => {
                "no request can satisfy the conditions of both the permission and the trust policy"
            }
        }
    }

    /// What to change on the side of the role.
    fn change(self, caller: &str, role: &Identity) -> String {
        let role = &role.shown;
        match self {
            Self::Denied => format!("exclude `{caller}` from what the trust policy of `{role}` denies"),
            Self::DeniedByOrganization => format!("exclude `{caller}` from the resource control policy"),
            Self::NotNamed | Self::OfServices => {
                format!("trust `{caller}` in the trust policy of `{role}`")
            }
            Self::Conditions => {
                format!("change the condition in the trust policy of `{role}` that `{caller}` never meets")
            }
            Self::Over => format!("extend the time window in the trust policy of `{role}`"),
            Self::Apart => {
                format!("make the conditions of the permission and of the trust policy of `{role}` agree")
            }
        }
    }

    fn help(self, caller: &str, role: &Identity) -> String {
        let change = self.change(caller, role);
        let role = &role.shown;
        match self {
            Self::NotNamed => format!("{change}, or name the role that trusts it in the permission"),
            Self::OfServices => {
                format!(
                    "remove the permission: `{role}` is for services, which need no permission of the caller's"
                )
            }
            Self::Conditions => format!("remove the permission, or {change}"),
            Self::Denied | Self::DeniedByOrganization | Self::Over | Self::Apart => {
                format!("{change}, or remove the permission")
            }
        }
    }
}
