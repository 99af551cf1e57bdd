//! Actions that no service has.

use rustc_hash::FxHashMap;

use super::common::{listed, of_policy};
use super::{Context, Rule};
use crate::ask::{Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Purpose;
use crate::iam::data;
use crate::iam::policy::{self, Item, Polarity};
use crate::value::Text;

pub(super) static RULE: Rule = Rule {
    name: "unknown-action",
    summary: "an action does not exist or is not known",
    effect: Effect::Dead,
    severity: Severity::Warning,
    family: "validity",
    since: "0.1.0",
    page: include_str!("../../rules/unknown-action.md"),
    check,
};

/// What is known of a name.
#[derive(Clone)]
enum Known {
    /// It is an action, or a pattern that matches some.
    Action,
    /// It certainly is none: what to write.
    Instead(String),
    /// It is an operation of the API, which these actions allow.
    Operation(&'static [&'static str]),
    /// It is the name of an AWS managed policy.
    Policy,
    /// The service has another prefix now: the action under it.
    Renamed(String),
    /// It is called nearly as an action is.
    Near(&'static str),
    /// The service has no action of this name in the list.
    Unlisted,
    /// The list has no such service.
    Service,
}

fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut known: FxHashMap<String, Known> = FxHashMap::default();
    // Files of which nobody knows what they are for may be policies of another cloud.
    // Permissions of a certificate authority list actions by their names alone.
    // https://docs.aws.amazon.com/privateca/latest/APIReference/API_CreatePermission.html
    let is_spelled_out = |setting: &Setting<'_>| &*setting.document.service != "acm-pca";
    for setting in statements(context.graph)
        .filter(is_spelled_out)
        .filter(|setting| setting.document.purpose != Purpose::File || is_of_aws(setting))
    {
        for item in &setting.statement.actions.items {
            let Some(name) = item.value.as_literal() else { continue };
            if !known.contains_key(&*name) {
                let of_name = looked_up(&name);
                known.insert(name.clone().into_owned(), of_name);
            }
            let of_name = known.get(&*name).filter(|it| match it {
                Known::Action => false,
                // Guardrails for regions list services of other days: an exception for what is gone does nothing.
                Known::Unlisted | Known::Service => !is_exception(&setting),
                _ => true,
            });
            found.extend(of_name.map(|it| finding(&setting, item, it)));
        }
    }
}

/// Whether actions are listed as exceptions from a denial.
fn is_exception(setting: &Setting<'_>) -> bool {
    let statement = setting.statement;
    statement.effect == Some(policy::Effect::Deny) && statement.actions.polarity == Polarity::NotIn
}

/// Whether a file has a version of the policy language of AWS.
fn is_of_aws(setting: &Setting<'_>) -> bool {
    let version = setting.document.policy.version.as_ref();
    version.is_some_and(|version| version.value.as_literal().is_some_and(|it| it.starts_with("20")))
}

fn looked_up(name: &str) -> Known {
    let Some((service, action)) = name.split_once(':') else {
        // What templates of other languages put in is no name yet.
        let is_name = !name.is_empty() && name.chars().all(|char| char.is_ascii_alphanumeric());
        return if data::managed_policy_by_name(name).is_some() {
            Known::Policy
        } else if is_name {
            Known::Instead(format!("write actions as `service:{name}`"))
        } else {
            Known::Action
        };
    };
    let is_wild = |text: &str| text.contains(['*', '?']);
    let is_plain = name.chars().all(|char| char.is_ascii_alphanumeric() || "*?:-".contains(char));
    if let Some(renamed) = renamed(service, action) {
        return Known::Renamed(renamed);
    }
    if is_wild(service) || !is_plain || action == "*" && data::service_exists(service) {
        return Known::Action;
    }
    if let Some(instead) = data::actions_of_operation(name) {
        let is_itself = instead.iter().any(|action| action.eq_ignore_ascii_case(name));
        return if is_itself { Known::Action } else { Known::Operation(instead) };
    }
    if is_wild(action) {
        return match (data::expand(name).next(), data::service_exists(service)) {
            (Some(_), _) => Known::Action,
            (None, true) => Known::Unlisted,
            (None, false) => Known::Service,
        };
    }
    if data::action_exists(service, action) {
        return Known::Action;
    }
    if !data::service_exists(service) {
        return Known::Service;
    }
    near(service, action).map_or(Known::Unlisted, Known::Near)
}

/// The action under the prefix that a service has now. Macie Classic is closed, and its successor has a prefix of its own.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmacie.html>
fn renamed(service: &str, action: &str) -> Option<String> {
    let now = service.eq_ignore_ascii_case("macie").then_some("macie2")?;
    let renamed = format!("{now}:{action}");
    data::expand(&renamed).next().is_some().then_some(renamed)
}

/// The word that an action begins with: `Get` of `GetObject`.
fn verb(action: &str) -> &str {
    let next = action.char_indices().skip(1).find(|(_, char)| char.is_ascii_uppercase());
    next.and_then(|(at, _)| action.get(..at)).unwrap_or(action)
}

/// An action that differs in one letter, in two of a long name. New actions are often called as older ones with a number or an
/// `s` behind, or begin with another verb that the service has, so such a name may well be right.
fn near(service: &str, action: &str) -> Option<&'static str> {
    let written = action.to_ascii_lowercase();
    let allowed = if written.len() < 6 {
        return None;
    } else if written.len() < 14 {
        1
    } else {
        2
    };
    let is_behind = |rest: Option<&str>| rest.is_some_and(|rest| matches!(rest, "s" | "es"));
    let is_longer = |known: &str| {
        is_behind(written.strip_prefix(known)) || is_behind(known.strip_prefix(written.as_str()))
    };
    // What begins with another verb does something else: a `Put` is no misspelled `Get`, but a `Delet` is no verb.
    let is_verb = data::actions(service).any(|known| verb(known.name) == verb(action));
    let near = data::actions(service).filter(|known| {
        known.name.len().abs_diff(written.len()) <= allowed && (!is_verb || verb(known.name) == verb(action))
    });
    let near = near.filter_map(|known| {
        let short = known.name.to_ascii_lowercase();
        let distance = strsim::damerau_levenshtein(&written, &short);
        let is_number = |text: &str| text.ends_with(|char: char| char.is_ascii_digit());
        let is_plural = is_longer(&short)
            && !(written.len() == short.len() + 1 && written.ends_with('s') && service == "sts");
        (distance <= allowed && !is_plural && is_number(&written) == is_number(&short))
            .then_some((distance, known.name))
    });
    near.min().map(|(_, name)| name)
}

fn finding(setting: &Setting<'_>, item: &Item<Text>, known: &Known) -> Diagnostic {
    let (subject, written, date) = (setting.subject(), &item.text, data::data_date());
    let spot = setting.item(item);
    let service = written.to_string();
    let service = service.split(':').next().unwrap_or_default();
    let no_such = format!("`{written}` in the policy of {subject} is not an action");
    let quoted = |actions: &[&str]| listed(actions.iter().map(|action| format!("`{action}`")));
    let is_listed = |action: &&str| !setting.statement.actions.takes(action).is_no();
    let (message, help, severity) = match known {
        Known::Operation(actions) if actions.iter().all(is_listed) => (
            format!("{no_such}: it matches no request"),
            format!("remove it: the statement has {}, which the operation needs", quoted(actions)),
            Severity::Info,
        ),
        Known::Operation(actions) => (
            format!("{no_such}: it matches no request"),
            format!("write {}, which the operation needs", quoted(actions)),
            Severity::Warning,
        ),
        Known::Policy => (
            format!("{no_such} but an AWS managed policy: it matches no request"),
            "attach the managed policy, and remove its name from the actions".to_owned(),
            Severity::Warning,
        ),
        Known::Renamed(name) if is_listed(&name.as_str()) => (
            format!("{no_such}: it matches no request"),
            format!("remove it: the statement has `{name}`"),
            Severity::Info,
        ),
        Known::Renamed(name) => {
            (format!("{no_such}: it matches no request"), format!("write `{name}`"), Severity::Warning)
        }
        Known::Instead(help) => (format!("{no_such}: it matches no request"), help.clone(), Severity::Warning),
        Known::Near(name) => (
            format!("{no_such} of `{service}`: it matches no request"),
            format!("write `{service}:{name}`"),
            Severity::Warning,
        ),
        Known::Unlisted | Known::Action => (
            format!("{no_such} of `{service}` that was known on {date}"),
            "compare it with the list of actions of the service, and ignore this finding if it is newer".to_owned(),
            Severity::Info,
        ),
        Known::Service => (
            format!("{no_such}: no service `{service}` was known on {date}"),
            "compare the prefix with the list of services, and ignore this finding if the service is newer or was closed".to_owned(),
            Severity::Info,
        ),
    };
    let finding = RULE.on(&spot, message, "not a known action").help(help).severity(severity);
    of_policy(finding.about([written.to_string()]), &spot)
}
