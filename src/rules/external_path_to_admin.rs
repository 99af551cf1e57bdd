//! Paths from outside through several roles to an administrator.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::common::{label, listed, listing, stands_in};
use super::privileged_outside_trust::severity_of;
use super::{Context, Rule, missing_oidc_subject, wildcard_oidc_subject};
use crate::accounts::Zone;
use crate::ask::{By, Hop, Leads, Paths, Question, Setting, Spot, What, principals};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::graph::{IdentityId, Purpose};
use crate::iam::callers;
use crate::iam::policy::Item;
use crate::iam::principal::Principal;
use crate::value::Answer;

pub(super) static RULE: Rule = Rule {
    name: "external-path-to-admin",
    summary: "an outside principal can reach a role with administrator access through other roles",
    effect: Effect::Exposed,
    severity: Severity::Error,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/external-path-to-admin.md"),
    check,
};

/// Somebody from outside who can assume a role.
struct Entry<'g> {
    setting: Setting<'g>,
    item: &'g Item<Principal>,
    severity: Severity,
    /// As messages call them.
    who: String,
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut entries: BTreeMap<(IdentityId, Severity), Vec<Entry<'_>>> = BTreeMap::new();
    let mut leading: FxHashMap<IdentityId, bool> = FxHashMap::default();
    for setting in principals(context.graph) {
        let Purpose::Trust(role) = setting.document.purpose else { continue };
        for item in setting.listed() {
            let Some(entry) = entry(context, setting, item) else { continue };
            // Who is an administrator already needs no path.
            let is_leading = || {
                context.privilege_of(role).is_none() && !context.ask.roles_near(role, Leads::All).is_empty()
            };
            if *leading.entry(role).or_insert_with(is_leading) {
                entries.entry((role, entry.severity)).or_default().push(entry);
            }
        }
    }
    let mut paths = context.ask.paths(Leads::All);
    for ((role, _), all) in &entries {
        found.extend(path(context, &mut paths, *role).and_then(|path| finding(context, *role, all, &path)));
    }
}

/// Who comes from outside by a principal of a trust policy; `None` for those who do not, or of whom that is not known.
fn entry<'g>(context: &Context<'g>, setting: Setting<'g>, item: &'g Item<Principal>) -> Option<Entry<'g>> {
    let graph = context.graph;
    let (severity, who) = match &item.value {
        Principal::Everyone => {
            let left =
                callers::admitted(&setting.document.policy, setting.statement, "iam", context.request());
            let assumes = setting.statement.actions.takes("sts:AssumeRole").is_yes();
            (assumes && left.bounded.is_no()).then(|| (Severity::Error, "any AWS account".to_owned()))?
        }
        Principal::Oidc { issuer, .. } => {
            let assumes = setting.statement.actions.takes("sts:AssumeRoleWithWebIdentity").is_yes();
            let is_wide = assumes
                && (missing_oidc_subject::is_open(&setting, item, context.request())
                    || wildcard_oidc_subject::is_open(&setting, item, context.request()));
            is_wide.then(|| (Severity::Error, format!("tokens of `{issuer}` from other organizations")))?
        }
        _ => {
            let account = item.value.account()?;
            if graph.accounts.zone(account, &setting.document.account) == Zone::Own {
                return None;
            }
            let severity = severity_of(&setting, item).filter(|_| is_admitted(context, &setting, item))?;
            (severity, format!("account {}", graph.accounts.shown(account)))
        }
    };
    Some(Entry { setting, item, severity, who })
}

/// Whether the trust policy, with what it denies, may let in the principal that it names.
fn is_admitted(context: &Context<'_>, setting: &Setting<'_>, item: &Item<Principal>) -> bool {
    let Purpose::Trust(role) = setting.document.purpose else { return false };
    let Some((_, who)) = context.ask.whom(setting, item) else { return false };
    let target = What::identity(role);
    let question = Question { caller: &who, target: &target, action: "sts:AssumeRole", within: None };
    setting.statement.actions.takes("sts:AssumeRole").is_yes() && !context.ask.sides(&question).other.is_no()
}

/// The shortest way from a role to one with administrator access.
struct Path {
    hops: Vec<Hop>,
    what: &'static str,
    label: Label,
    /// How many other such roles can be reached as well.
    others: usize,
}

fn path(context: &Context<'_>, paths: &mut Paths<'_, '_>, start: IdentityId) -> Option<Path> {
    let ways = paths.beyond(start).into_iter();
    let mut privileged = ways.filter_map(|way| Some((context.privilege_of(way.last()?.role)?, way)));
    let ((what, label), hops) = privileged.next()?;
    Some(Path { hops, what, label, others: privileged.count() })
}

fn finding(
    context: &Context<'_>,
    start: IdentityId,
    entries: &[Entry<'_>],
    path: &Path,
) -> Option<Diagnostic> {
    let graph = context.graph;
    let (first, last) = (entries.first()?, path.hops.last()?.role);
    let name = |id: IdentityId| format!("role `{}`", graph.identities[id].shown);
    let mut who: Vec<String> = entries.iter().map(|entry| entry.who.clone()).collect();
    who.dedup();
    let between = path.hops.iter().rev().skip(1).rev().map(|hop| hop.role);
    let through = listed(std::iter::once(start).chain(between).map(name));
    let others = match path.others {
        0 => String::new(),
        1 => ", and 1 other role like it".to_owned(),
        several => format!(", and {several} other roles like it"),
    };
    let message =
        format!("{} can reach {}, which {}{others}, through {through}", listed(who), name(last), path.what);
    let mut finding = RULE
        .on(&first.setting.item(first.item), message, "trusted here")
        .severity(first.severity)
        .help(help(context, first, &name(start), path))
        .about(entries.iter().map(|entry| entry.item.text.to_string()))
        .about(path.hops.iter().map(|hop| graph.identities[hop.role].arn.to_string()));
    for entry in entries.iter().skip(1).take(bounds::LABELLED_TARGETS) {
        let spot = entry.setting.item(entry.item);
        finding = finding.related(label(&spot, spot.span, "trusted here, too"));
    }
    for hop in &path.hops {
        let declaration = hop.declaration.unwrap_or(graph.identities[hop.role].declaration);
        let spot = Spot::of(graph, declaration, hop.span, Answer::Yes);
        finding = finding.related(label(&spot, hop.span, format!("can assume {}", name(hop.role))));
    }
    finding = finding.related(path.label.clone());
    Some(if entries.iter().all(|entry| stands_in(entry.item)) { finding.possible() } else { finding })
}

/// Where to cut the path.
fn help(context: &Context<'_>, entry: &Entry<'_>, start: &str, path: &Path) -> String {
    let trusting = path.hops.first().filter(|hop| hop.by == By::Trust);
    let cut = match trusting.map(|hop| &context.graph.identities[hop.role].shown) {
        Some(next) => format!("remove {start} from the trust policy of role `{next}`"),
        None => format!("remove the permission of {start} to assume the next role"),
    };
    let cut = format!("{cut}, or restrict who can assume {start}");
    match entry.item.value.account() {
        Some(account) if !matches!(entry.severity, Severity::Error) => {
            let id = context.graph.accounts.shown(account);
            format!(
                "if this account is yours, {}; otherwise {cut}{}",
                listing(&id),
                context.given_by(entry.item)
            )
        }
        _ => cut,
    }
}
