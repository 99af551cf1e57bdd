//! A policy that denies somebody what it allows them.

use super::common::{beside as label_beside, listed, pairs};
use super::{Context, Rule};
use crate::accounts::Zone;
use crate::ask::{Asker, Beside, Requests, Setting, Who, Whom, principals};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Pair, Severity};
use crate::graph::{DeclarationId, IdentityId, Purpose};
use crate::iam::condition::{self, Presence};
use crate::iam::policy::{Item, Polarity, Statement};
use crate::iam::principal::Principal;
use crate::parallel;
use crate::source::Span;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "denied-grant",
    summary: "a policy denies a principal what another of its statements allows",
    effect: Effect::Mismatch,
    severity: Severity::Warning,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/denied-grant.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    // There are few, and a single one may take longer than most rules.
    let all: Vec<Beside<'_>> = principals(context.graph).filter_map(candidate).collect();
    let of_each = parallel::each(&all, |beside| {
        let denied = denied_again(context, beside);
        denied.iter().filter_map(|denied| finding(context, beside, denied)).collect::<Vec<_>>()
    });
    found.extend(of_each.into_iter().flatten());
}

/// A statement that names principals, with the denials of its policy.
fn candidate(setting: Setting<'_>) -> Option<Beside<'_>> {
    let names = setting.listed().iter().any(|item| item.value != Principal::Everyone);
    let actions = &setting.statement.actions;
    if !names || actions.polarity == Polarity::NotIn {
        return None;
    }
    Beside::of(setting)
}

/// Principals of a statement to whom the same statements deny the same actions.
struct Denied<'g> {
    principals: Vec<&'g Item<Principal>>,
    actions: Vec<&'g Item<Text>>,
    by: Vec<&'g Statement>,
}

fn denied_again<'g>(context: &Context<'g>, beside: &Beside<'g>) -> Vec<Denied<'g>> {
    let mut all: Vec<Denied<'g>> = Vec::new();
    for item in beside.setting().listed().iter().filter(|item| !item.present.is_no()) {
        let Some(denied) = of_principal(context, beside, item) else { continue };
        let is_same =
            |known: &&mut Denied<'_>| same(&known.actions, &denied.actions) && same(&known.by, &denied.by);
        match all.iter_mut().find(is_same) {
            Some(known) => known.principals.push(item),
            None => all.push(denied),
        }
    }
    all
}

fn same<T>(one: &[&T], other: &[&T]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| std::ptr::eq(*one, *other))
}

/// What is allowed to a principal and denied to it again.
fn of_principal<'g>(
    context: &Context<'g>,
    beside: &Beside<'g>,
    item: &'g Item<Principal>,
) -> Option<Denied<'g>> {
    let (ask, callers) = callers(context, beside.setting(), item)?;
    let mut denied = Denied { principals: vec![item], actions: Vec::new(), by: Vec::new() };
    for action in &beside.setting().statement.actions.items {
        if let Some(by) = denials(&ask, beside, &callers, action) {
            denied.actions.push(action);
            for one in by {
                if !denied.by.iter().any(|known| std::ptr::eq(*known, one)) {
                    denied.by.push(one);
                }
            }
        }
    }
    (!denied.actions.is_empty()).then_some(denied)
}

/// Who to ask as, and what is known of their requests. Of an account some role and some user are asked.
fn callers<'g>(
    context: &Context<'g>,
    setting: &Setting<'g>,
    item: &Item<Principal>,
) -> Option<(Asker<'g>, Vec<Who>)> {
    let (whom, who) = context.ask.whom(setting, item)?;
    let accounts = &context.graph.accounts;
    let ask = match item.value.account() {
        // A vendor is not of the organization of its customers.
        Some(account) if matches!(accounts.zone(account, &setting.document.account), Zone::Vendor { .. }) => {
            let other = Presence::Values(vec![Text::literal("the organization of the vendor", item.span)]);
            context.ask.with(context.request().with("aws:PrincipalOrgID", other))
        }
        _ => context.ask.clone(),
    };
    match (whom, who) {
        (Whom::Anyone | Whom::Unclear, _) => None,
        (Whom::Account, who) => Some((ask, who.or_user())),
        (_, who) if matches!(item.value, Principal::Service(_)) => Some((ask.knowing(NO_NETWORK), vec![who])),
        (_, who) => Some((ask, vec![who])),
    }
}

/// Keys of requests that come from the network of a customer, which those of a service by its own principal do not.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalisawsservice>
const NO_NETWORK: [(&str, &[String]); 2] = [("aws:SourceVpc", &[]), ("aws:SourceVpce", &[])];

/// The statements that deny an action of a statement to callers whom it allows it: each of its requests, to each of them.
fn denials<'g>(
    ask: &Asker<'g>,
    beside: &Beside<'g>,
    callers: &[Who],
    action: &Item<Text>,
) -> Option<Vec<&'g Statement>> {
    let setting = beside.setting();
    let requests = match setting.document.purpose {
        Purpose::Resource(id) => {
            let resource = &setting.graph.resources[id];
            let elements = || setting.elements(&resource.arn);
            // Mostly the first of them is not denied already.
            denied_to(ask, beside, callers, &Requests::first_of(action, elements()?, resource)?)?;
            Requests::of(action, elements()?, resource)?
        }
        Purpose::Trust(id) => assuming(callers, action, &setting.graph.identities[id].arn)?,
        Purpose::File if setting.is_trust() => assuming(callers, action, Text::empty())?,
        Purpose::File | Purpose::Identity | Purpose::Limit => return None,
    };
    denied_to(ask, beside, callers, &requests)
}

/// The statements that deny each of some requests to each of the callers.
fn denied_to<'g>(
    ask: &Asker<'g>,
    beside: &Beside<'g>,
    callers: &[Who],
    requests: &Requests,
) -> Option<Vec<&'g Statement>> {
    let mut first = None;
    for (action, within) in requests.each() {
        for who in callers {
            let by = ask.denied_beside(beside, who, (action, within));
            if by.is_empty() {
                return None;
            }
            first.get_or_insert(by);
        }
    }
    first
}

/// That callers assume a role, if an action of its trust policy is how they do that.
fn assuming(callers: &[Who], action: &Item<Text>, role: &Text) -> Option<Requests> {
    let wanted = callers.first()?.assumes_with();
    action.value.as_literal().filter(|written| written.eq_ignore_ascii_case(wanted))?;
    Some(Requests::to_assume_with(wanted, role))
}

fn finding(context: &Context<'_>, beside: &Beside<'_>, denied: &Denied<'_>) -> Option<Diagnostic> {
    let setting = beside.setting();
    let first = *denied.principals.first()?;
    let who = listed(denied.principals.iter().map(|item| shown(context, setting, item)));
    let actions = listed(denied.actions.iter().map(|item| format!("`{}`", item.text)));
    let message = if setting.is_trust() {
        format!(
            "{} trusts {who}, but a Deny in its trust policy applies to every such request",
            setting.subject()
        )
    } else {
        format!(
            "{} allows {actions} to {who}, but a Deny in the same policy applies to every such request",
            setting.subject()
        )
    };
    let mut finding = RULE
        .on(&setting.item(first), message, "allowed here")
        .help(help(&who, denied))
        .about(denied.principals.iter().map(|item| item.text.to_string()))
        .about(denied.actions.iter().map(|item| item.text.to_string()));
    for deny in denied.by.iter().take(bounds::WITNESSES) {
        finding = finding.related(label_beside(setting, place(deny), "denied here"));
    }
    let pairs = between(context, setting, denied);
    // Where the principal is declared, what it is allowed fails at run time.
    let severity = if pairs.is_empty() { Severity::Warning } else { Severity::Error };
    Some(finding.severity(severity).between(pairs))
}

/// Where a denial is shown: at the first of its conditions, which holds for every such request, else at whom it denies.
fn place(deny: &Statement) -> Span {
    let condition = deny.conditions.first().map(|condition| condition.key.span);
    let principal = || Some(deny.principals.as_ref()?.items.first()?.span);
    condition.or_else(principal).unwrap_or(deny.span)
}

/// Which declared principals it keeps from what.
fn between(context: &Context<'_>, setting: &Setting<'_>, denied: &Denied<'_>) -> Vec<Pair> {
    let graph = context.graph;
    let found = |item: &&Item<Principal>| graph.find_principal(item, setting.unit()).first().copied();
    let callers: Vec<IdentityId> = denied.principals.iter().filter_map(found).collect();
    let (target, actions): (DeclarationId, Vec<String>) = match setting.document.purpose {
        Purpose::Trust(role) => (graph.identities[role].declaration, vec!["sts:AssumeRole".to_owned()]),
        Purpose::Resource(id) => {
            let actions = denied.actions.iter().map(|item| item.text.to_string());
            (graph.resources[id].declaration, actions.collect())
        }
        Purpose::File | Purpose::Identity | Purpose::Limit => return Vec::new(),
    };
    pairs(graph, &callers, &[target], &actions)
}

fn shown(context: &Context<'_>, setting: &Setting<'_>, item: &Item<Principal>) -> String {
    match &item.value {
        Principal::Account { account } => format!("account {}", context.graph.accounts.shown(account)),
        _ => match context.graph.find_principal(item, setting.unit()).first() {
            Some(id) => context.graph.shown(&context.graph.identities[*id]),
            None => format!("`{}`", item.text),
        },
    }
}

fn help(who: &str, denied: &Denied<'_>) -> String {
    let services = denied.principals.iter().all(|item| matches!(item.value, Principal::Service(_)));
    let has_conditions = denied.by.iter().all(|deny| !deny.conditions.is_empty());
    // Where the Deny names services, or asks whether one calls, it is meant for them.
    let is_of_services = denied.by.iter().any(|deny| {
        let listed = deny.principals.iter().flat_map(|clause| &clause.items);
        condition::on_key(deny, "aws:PrincipalIsAWSService").next().is_some()
            || listed.into_iter().any(|item| matches!(item.value, Principal::Service(_)))
    });
    if services && is_of_services {
        return format!(
            "change the principals or conditions of the Deny, so that it does not apply to {who}, or remove {who} from the Allow"
        );
    }
    if services && has_conditions {
        return "add `\"BoolIfExists\": {\"aws:PrincipalIsAWSService\": \"false\"}` to the conditions of the Deny, so that it does not apply to AWS services".to_owned();
    }
    format!("exclude {who} from the Deny, or remove it from the Allow")
}
