//! External IDs that others can guess.

use std::collections::{BTreeMap, BTreeSet};

use super::common::{account_of, beside, listed};
use super::{Context, Rule};
use crate::accounts::Zone;
use crate::ask::{Setting, Spot, principals};
use crate::config::letters;
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::iam::condition;
use crate::iam::data;
use crate::iam::external_id::{self, ExternalId};
use crate::iam::policy::{Condition, Item};
use crate::iam::principal::Principal;
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "guessable-external-id",
    summary: "an external ID is one that other customers of the vendor can guess",
    effect: Effect::Weak,
    severity: Severity::Warning,
    family: "trust",
    since: "0.1.0",
    page: include_str!("../../rules/guessable-external-id.md"),
    check,
};

/// Words that examples use where the ID of the vendor belongs, by their letters and digits. `12345` is the one of AWS's own page.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html>
const EXAMPLES: [&str; 14] = [
    "12345",
    "123456",
    "12345678",
    "123456789",
    "changeme",
    "example",
    "exampleexternalid",
    "externalid",
    "myexternalid",
    "password",
    "secret",
    "test",
    "uniqueidassignedbyexamplecorp",
    "yourexternalid",
];

/// Where an external ID is required of a vendor.
struct Required<'g> {
    setting: Setting<'g>,
    item: Item<Text>,
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    // The vendors that share an ID, with the places.
    let mut shared: BTreeMap<String, BTreeMap<String, Required<'_>>> = BTreeMap::new();
    for setting in principals(context.graph).filter(Setting::is_trust) {
        if setting.statement.conditions.is_empty() {
            continue;
        }
        let (outsiders, is_open) = (outsiders(&setting), is_open(&setting));
        if outsiders.is_empty() && !is_open {
            continue;
        }
        let asked = external_id::external_id(&setting.document.policy, setting.statement, context.request());
        let ExternalId::Required { values } = asked else { continue };
        for item in values.iter() {
            let Some(id) = item.value.as_literal() else {
                // Whose ID it is shows without the digits: `AWS::AccountId`.
                if context.graph.accounts.same(&item.value, &setting.document.account).is_yes() {
                    found.push(guessable(&setting, item, OWN_ACCOUNT, is_open));
                }
                continue;
            };
            // What nobody can send, nobody can guess: `unsatisfiable-condition` speaks of it.
            if !condition::is_sendable(&id) {
                continue;
            }
            if let Some(reason) = guessed(context, &setting, &id, &outsiders) {
                found.push(guessable(&setting, item, &reason, is_open));
                continue;
            }
            for name in outsiders.iter().filter_map(|one| one.vendor.clone()) {
                let required = Required { setting, item: item.clone() };
                shared.entry(id.to_string()).or_default().entry(name).or_insert(required);
            }
        }
    }
    for (id, vendors) in shared.iter().filter(|(_, vendors)| vendors.len() > 1) {
        found.extend(same_for_all(id, vendors));
    }
}

/// Whether a statement trusts everyone who knows the external ID.
fn is_open(setting: &Setting<'_>) -> bool {
    let is_id = |condition: &Condition| {
        let key = condition.key.value.as_literal();
        key.is_some_and(|key| key.eq_ignore_ascii_case("sts:ExternalId"))
    };
    !setting.statement.conditions_open
        && setting.statement.conditions.iter().all(is_id)
        && setting.listed().iter().any(|item| item.value == Principal::Everyone && item.present.is_yes())
}

/// Somebody else whom a statement trusts.
struct Outsider {
    /// The account as it is shown.
    shown: String,
    account: Text,
    /// The vendor, when it is one.
    vendor: Option<String>,
}

fn outsiders(setting: &Setting<'_>) -> Vec<Outsider> {
    let accounts = &setting.graph.accounts;
    let outsider = |account: &Text| {
        let vendor = match accounts.zone(account, &setting.document.account) {
            Zone::Vendor { name, .. } => Some(name.to_owned()),
            Zone::Outside => None,
            _ => return None,
        };
        Some(Outsider { shown: accounts.shown(account), account: account.clone(), vendor })
    };
    setting.listed().iter().filter_map(|item| outsider(account_of(&item.value)?)).collect()
}

/// Why others can guess the ID, as a clause that stands alone.
fn guessed(context: &Context<'_>, setting: &Setting<'_>, id: &str, outsiders: &[Outsider]) -> Option<String> {
    let plain = letters(id);
    if let Some(one) = outsiders.iter().find(|one| one.account.is_literally(id)) {
        return Some(format!("it is the ID of the trusted account {}", one.shown));
    }
    if context.graph.accounts.normalise(&setting.document.account).is_literally(id) {
        return Some(OWN_ACCOUNT.to_owned());
    }
    let is_named = |one: &&Outsider| one.vendor.as_ref().is_some_and(|name| letters(name) == plain);
    if let Some(vendor) = outsiders.iter().find(is_named).and_then(|one| one.vendor.as_ref()) {
        return Some(format!("it is the name of the vendor, {vendor}"));
    }
    if let Some(vendor) = data::known_vendors().find(|name| outsiders.is_empty() && letters(name) == plain) {
        return Some(format!("it is the name of a vendor, {vendor}"));
    }
    EXAMPLES.contains(&plain.as_str()).then(|| "it is a value that examples use".to_owned())
}

const OWN_ACCOUNT: &str = "it is the ID of the account that the role is in";

const HELP: &str = "require the external ID that the vendor generated for you: it has to be different for each of its customers";

const HELP_OPEN: &str = "list the accounts or roles that need access as principals, and require the external ID that the vendor generated for you";

fn guessable(setting: &Setting<'_>, item: &Item<Text>, reason: &str, is_open: bool) -> Diagnostic {
    let subject = setting.subject();
    let message = if is_open {
        format!(
            "any AWS account can assume {subject}: only the external ID `{}` is required, and others can guess it: {reason}",
            item.text
        )
    } else {
        format!("others can guess the external ID `{}` of {subject}: {reason}", item.text)
    };
    let finding =
        RULE.on(&spot(setting, item), message, "not a value of your own").about([item.text.to_string()]);
    if is_open { finding.severity(Severity::Error).help(HELP_OPEN) } else { finding.help(HELP) }
}

/// The place of a value. One that a denial asks for stands in another statement.
fn spot<'g>(setting: &Setting<'g>, item: &Item<Text>) -> Spot<'g> {
    let mut values = condition::on_key(setting.statement, "sts:ExternalId").flat_map(|it| it.values.iter());
    match values.find(|value| value.span == item.span) {
        Some(value) => setting.item(value),
        None => setting.spot(item.span).also(item.present),
    }
}

/// One ID for several vendors: each of them can use it at the others.
fn same_for_all(id: &str, vendors: &BTreeMap<String, Required<'_>>) -> Option<Diagnostic> {
    let names: BTreeSet<&str> = vendors.keys().map(String::as_str).collect();
    let shown = listed(names.iter().map(|name| (*name).to_owned()));
    let first = vendors.values().next()?;
    let message = format!("the external ID `{id}` is used for several vendors: {shown}");
    let finding = RULE
        .on(&spot(&first.setting, &first.item), message, "same ID for several vendors")
        .help(HELP)
        .about([id]);
    let others = vendors.values().skip(1);
    let label = |one: &Required<'_>| -> Label { beside(&one.setting, one.item.span, "same external ID") };
    Some(others.fold(finding, |finding, one| finding.related(label(one))))
}
