//! Trust in a whole account of which one role is meant.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::common::{declared, listed, pairs};
use super::{Context, Rule};
use crate::accounts::Zone;
use crate::ask::{Permission, Question, Trust, What, Who, permissions, trusts};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::{DeclarationId, Graph, IdentityId};
use crate::iam::principal::Principal;
use crate::source::Span;
use crate::value::{Class, Piece, PieceKind, Text};

pub(super) static RULE: Rule = Rule {
    name: "account-root-trust",
    summary: "a role trusts a whole account, although the role that assumes it is declared",
    effect: Effect::Weak,
    severity: Severity::Info,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/account-root-trust.md"),
    check,
};

/// Who is allowed by name to assume a role, and where.
type Callers = BTreeMap<IdentityId, (DeclarationId, Span)>;

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let graph = context.graph;
    let candidates: Vec<(Trust<'_>, &Text)> =
        trusts(graph).filter_map(|trust| Some((trust, whole_account(&trust)?))).collect();
    if candidates.is_empty() {
        return;
    }
    let callers = callers(graph);
    found.extend(candidates.into_iter().filter_map(|(trust, account)| {
        let role = &graph.identities[trust.role];
        let own = [trust.role];
        let all = if role.declared_as().is_empty() { &own[..] } else { role.declared_as() };
        let named = all.iter().filter_map(|id| callers.get(id)).flatten();
        let is_of_account =
            |id: &IdentityId| graph.accounts.same(&graph.identities[*id].account, account).is_yes();
        let meant: Callers = named
            .filter(|(id, _)| is_of_account(id) && is_allowed(context, **id, trust.role))
            .map(|(id, place)| (*id, *place))
            .collect();
        finding(context, &trust, account, &meant)
    }));
}

/// The account that a role trusts as a whole, when it is another one of ours. Conditions may say who of it is meant.
fn whole_account<'g>(trust: &Trust<'g>) -> Option<&'g Text> {
    let Principal::Account { account } = &trust.item.value else { return None };
    let statement = trust.setting.statement;
    let is_free = statement.conditions.is_empty() && !statement.conditions_open;
    let accounts = &trust.setting.graph.accounts;
    let own = &trust.setting.document.account;
    let is_published = || {
        let name = &*trust.setting.graph.identities[trust.role].shown;
        AS_PUBLISHED.contains(&name) || name.starts_with(OF_BOOTSTRAP)
    };
    let is_ours = || accounts.zone(account, own) == Zone::Own && accounts.same(account, own).is_no();
    (is_free && !is_published() && is_ours()).then_some(account)
}

/// Roles whose trust policies AWS's own pages and templates write with the whole account.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html>
/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/running-automations-multiple-accounts-regions.html>
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html>
const AS_PUBLISHED: [&str; 4] = [
    "AWS-SystemsManager-AutomationExecutionRole",
    "AWSCloudFormationStackSetExecutionRole",
    "AWSControlTowerExecution",
    "OrganizationAccountAccessRole",
];

/// What the names of roles begin with that the bootstrap template of the AWS CDK makes.
///
/// <https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html>
const OF_BOOTSTRAP: &str = "cdk-";

/// Who is allowed to assume which role by a permission that names it.
fn callers(graph: &Graph) -> FxHashMap<IdentityId, Callers> {
    let mut callers: FxHashMap<IdentityId, Callers> = FxHashMap::default();
    for permission in permissions(graph) {
        let Permission { setting, elements, callers: holders } = &permission;
        if !setting.statement.actions.takes("sts:AssumeRole").is_yes() {
            continue;
        }
        for item in *elements {
            for role in graph.find_identities(&item.value, setting.unit()) {
                let known = callers.entry(role).or_default();
                for holder in holders.iter() {
                    known.entry(*holder).or_insert((setting.document.declaration, item.span));
                }
            }
        }
    }
    callers
}

fn is_allowed(context: &Context<'_>, caller: IdentityId, role: IdentityId) -> bool {
    let (who, target) = (Who::Declared(caller), What::identity(role));
    let question = Question { caller: &who, target: &target, action: "sts:AssumeRole", within: None };
    context.ask.ask(&question).answer.is_yes()
}

/// Whom to trust in place of the account: all who assume the role, or what their ARNs begin with where the names are made when they
/// are created.
fn help<'g>(callers: impl Iterator<Item = &'g Text> + Clone) -> String {
    let patterns: Option<Vec<String>> = callers.clone().map(pattern).collect();
    let by_condition = "keep the account and add a condition `ArnLike` on `aws:PrincipalArn`";
    match patterns {
        None => format!("{by_condition} that names them, and give them names of their own"),
        Some(patterns) => {
            let shown = listed(patterns.iter().map(|pattern| format!("`{pattern}`")));
            if callers.zip(&patterns).all(|(arn, pattern)| arn.to_string() == *pattern) {
                format!("trust {shown}, or {by_condition}, which still holds when the role is recreated")
            } else {
                format!("{by_condition} with {shown}")
            }
        }
    }
}

/// The ARN of a role or user, or a pattern where its name ends with what is made when it is created; `None` where nothing of the name
/// is known before.
fn pattern(arn: &Text) -> Option<String> {
    let is_made =
        |piece: &Piece| matches!(&piece.kind, PieceKind::Symbol(symbol) if symbol.class == Class::Computed);
    let Some((_, before)) = arn.pieces().split_last().filter(|(last, _)| is_made(last)) else {
        return Some(arn.to_string());
    };
    let mut start = Text::default();
    start.push_pieces(before);
    (!start.ends_with("/")).then(|| format!("{start}*"))
}

fn finding(context: &Context<'_>, trust: &Trust<'_>, account: &Text, meant: &Callers) -> Option<Diagnostic> {
    let graph = context.graph;
    meant.keys().next()?;
    let role = &graph.identities[trust.role];
    let names = listed(meant.keys().map(|id| {
        let one = &graph.identities[*id];
        format!("{} `{}`", one.kind.name(), one.shown)
    }));
    let message = format!(
        "{} trusts the whole account {}, although what assumes it is declared: {names}",
        graph.shown(role),
        graph.accounts.shown(account)
    );
    let help = help(meant.keys().map(|id| &graph.identities[*id].arn));
    let callers: Vec<IdentityId> = meant.keys().copied().collect();
    let mut finding = RULE
        .on(&trust.setting.item(trust.item), message, "every principal of the account")
        .help(help)
        .about([role.arn.to_string(), account.to_string()])
        .between(pairs(graph, &callers, &[role.declaration], &["sts:AssumeRole"]));
    for (declaration, _) in meant.values().take(bounds::LABELLED_TARGETS) {
        finding = finding.related(declared(graph, *declaration, "allowed to assume it"));
    }
    Some(finding)
}
