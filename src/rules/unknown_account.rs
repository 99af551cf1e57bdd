//! Accounts that nobody has listed.

use std::sync::Arc;

use super::common::{
    account_of, actions_of, beside, listed, listing, place_of_account, stands_in, unless_example,
};
use super::outside::Ours;
use super::{Context, Rule};
use crate::accounts::Zone;
use crate::ask::{Setting, Spot, principals};
use crate::bounds;
use crate::diagnostic::{Confidence, Diagnostic, Effect, Severity, said};
use crate::graph::Purpose;
use crate::iam::callers::{self, Bounding};
use crate::iam::external_id::{self, ExternalId};
use crate::iam::policy::{self, Item, Polarity, Statement};
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "unknown-account",
    summary: "a policy grants access to an account that is not listed as your own or a vendor's",
    effect: Effect::Exposed,
    severity: Severity::Warning,
    family: "grant",
    since: "0.1.0",
    page: include_str!("../../rules/unknown-account.md"),
    check,
};

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let ours = Ours::of(context.graph);
    for setting in principals(context.graph) {
        let mut seen = Vec::new();
        let mut of_statement = Vec::new();
        for item in setting.listed() {
            // Numbers are handled by `account-id-number`.
            if item.number {
                continue;
            }
            if item.value == Principal::Everyone {
                for whole in setting.whole_accounts(item) {
                    of_statement.extend(finding(
                        context,
                        &setting,
                        item,
                        (whole.spot, &whole.account),
                        &ours,
                        &mut seen,
                    ));
                }
            } else if let Some(account) = account_of(&item.value) {
                of_statement.extend(finding(
                    context,
                    &setting,
                    item,
                    (setting.item(item), account),
                    &ours,
                    &mut seen,
                ));
            }
        }
        found.append(&mut listed_once(&setting, of_statement));
    }
}

/// A long list of accounts in one grant is one decision. Of each role that trusts somebody, more is to be said.
fn listed_once(setting: &Setting<'_>, all: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let severity = all.first().map(|first| first.severity);
    let is_alike = |one: &Diagnostic| {
        Some(one.severity) == severity && one.confidence == Confidence::Certain && one.when.is_empty()
    };
    if setting.is_trust() || all.len() <= bounds::NAMES_LISTED || !all.iter().all(is_alike) {
        return all;
    }
    let names: Vec<Arc<str>> = all.iter().filter_map(|one| one.group.clone()).collect();
    let message = format!(
        "{} grants {} to accounts {}, which are not listed in trustlint.toml",
        setting.subject(),
        actions_of(setting.statement),
        listed(names.iter().map(ToString::to_string))
    );
    let help = "for accounts of your own, add `[accounts.NAME]` with the `id` to trustlint.toml; for those of vendors, add `[vendors.NAME]`; remove the others from the policy";
    let mut all = all.into_iter();
    let Some(mut one) = all.next() else { return Vec::new() };
    // Copies of a list are one decision, too.
    (one.message, one.group) = (message, Some(names.join(" ").into()));
    one = one.help(help).about(names);
    for other in all.take(bounds::LABELLED_ACTIONS) {
        one = one.related(other.into_said().primary);
    }
    vec![one]
}

fn finding<'g>(
    context: &Context<'_>,
    setting: &Setting<'g>,
    item: &'g Item<Principal>,
    (spot, account): (Spot<'g>, &Text),
    ours: &Ours<'_>,
    seen: &mut Vec<String>,
) -> Option<Diagnostic> {
    let accounts = &context.graph.accounts;
    if accounts.zone(account, &setting.document.account) != Zone::Outside || owns_key(setting, account) {
        return None;
    }
    let name = accounts.shown(account);
    // Several roles of one account in one list are one decision.
    if seen.contains(&name) || is_of_an_organization(context, setting) {
        return None;
    }
    let what = if setting.is_trust() {
        format!("{} trusts account {name}", setting.subject())
    } else {
        format!("{} grants {} to account {name}", setting.subject(), actions_of(setting.statement))
    };
    let message = format!("{what}, which is not listed in trustlint.toml");
    let help = format!(
        "if this account is yours, {}; if it is a vendor's, add `[vendors.NAME]`; otherwise remove it from the policy{}",
        listing(&name),
        context.given_by(item)
    );
    let help = unless_example(item, help, &context.given_by(item));
    // Until somebody says which accounts are theirs, this one may well be; and whoever asks for an external ID knows that it is
    // somebody else's.
    let is_stranger =
        accounts.lists_any() && !ours.speaks(context, item, &name) && !asks_for_external_id(context, setting);
    let place = place_of_account(item).filter(|_| item.value != Principal::Everyone);
    let used = place.map(|_| beside(setting, spot.span, "used here"));
    let spot = Spot { span: place.unwrap_or(spot.span), ..spot };
    let mut finding = RULE
        .on(&spot, message, "account not listed in trustlint.toml")
        .severity(if is_stranger { Severity::Warning } else { Severity::Info })
        .help(help)
        .about([item.text.to_string()]);
    finding.related.extend(used);
    // Whose an account is, is one decision for all policies that name it.
    finding.group = Some(said(&name));
    seen.push(name);
    Some(if stands_in(item) { finding.possible() } else { finding })
}

/// Whether an account is that of the key whose policy names it, where nothing else says in which account that is: KMS takes no
/// policy that whoever puts it could not change again, and nobody else is allowed to.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>
fn owns_key(setting: &Setting<'_>, account: &Text) -> bool {
    let (document, accounts) = (setting.document, &setting.graph.accounts);
    let statements = &document.policy.statements;
    let is_of_kms = |item: &Item<Text>| item.text.begins_with_folded("kms:");
    let is_key = match document.purpose {
        Purpose::Resource(_) => &*document.service == "kms",
        // Of a file, what it allows says that it is for a key.
        Purpose::File => statements.iter().all(|statement| statement.actions.items.iter().all(is_of_kms)),
        _ => false,
    };
    if !is_key || accounts.is_assigned(&document.account) {
        return false;
    }
    let may_change = |statement: &&Statement| {
        statement.effect != Some(policy::Effect::Deny) && !statement.actions.takes("kms:PutKeyPolicy").is_no()
    };
    let is_theirs = |item: &Item<Principal>| {
        account_of(&item.value).is_some_and(|it| accounts.same(it, account).is_yes())
    };
    let mut changing = statements.iter().filter(may_change).peekable();
    changing.peek().is_some()
        && changing.all(|statement| {
            let listed = statement.principals.as_ref().filter(|it| it.polarity == Polarity::In && !it.open);
            listed.is_some_and(|clause| clause.items.iter().all(is_theirs))
        })
}

/// Whether a statement that has conditions is for principals of an organization only, or for nobody: whose the account is does
/// not matter then.
fn is_of_an_organization(context: &Context<'_>, setting: &Setting<'_>) -> bool {
    let (document, statement, request) = (setting.document, setting.statement, context.request());
    if callers::leaves_nobody(&document.policy, statement, request).is_yes() {
        return true;
    }
    if statement.conditions.is_empty() && !statement.conditions_open {
        return false;
    }
    let admitted = callers::admitted(&document.policy, statement, &document.service, request);
    admitted.bounds.iter().any(|bound| bound.kind == Bounding::Organization && !bound.answer.is_no())
}

/// Whether a role can only be assumed with an external ID, or may only be.
fn asks_for_external_id(context: &Context<'_>, setting: &Setting<'_>) -> bool {
    let asked = || external_id::external_id(&setting.document.policy, setting.statement, context.request());
    setting.is_trust() && !matches!(asked(), ExternalId::Missing | ExternalId::Weak { .. })
}
