//! Actions that no service has.

use rustc_hash::FxHashMap;

use super::common::{listed, of_policy};
use super::{Context, Rule};
use crate::ask::{Setting, statements};
use crate::diagnostic::{Diagnostic, Effect, Severity};
use crate::graph::Purpose;
use crate::iam::data;
use crate::iam::policy::{self, Item, Polarity, Statement};
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
    /// It is the name of a condition key.
    Key,
    /// The service has no action of this name in the list; this one may be meant.
    Unlisted(Option<String>),
    /// The list has no such service; this one may be meant.
    Service(Option<&'static str>),
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
                Known::Unlisted(_) | Known::Service(_) => !is_exception(&setting),
                _ => true,
            });
            let is_theirs = |_: &&Known| is_written(context, item, &name);
            found.extend(of_name.filter(is_theirs).map(|it| finding(&setting, item, it)));
        }
    }
}

/// Whether an action is written in the project, and not in a module or policy template that makes it, which nobody here can change.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html>
fn is_written(context: &Context<'_>, item: &Item<Text>, name: &str) -> bool {
    let short = name.split_once(':').map_or(name, |(_, short)| short).to_ascii_lowercase();
    // What is put together of parts is written where they are.
    let has_own_place = item.value.pieces().iter().any(|piece| piece.span != item.span);
    has_own_place || context.written(item.span).to_ascii_lowercase().contains(&short)
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

/// Whether a name is surely that of no action: one that is misspelled, or that of something else. What is only in no list may be
/// newer.
pub(super) fn is_no_action(name: &str) -> bool {
    name.contains(':')
        && !matches!(looked_up(name), Known::Action | Known::Unlisted(_) | Known::Service(None))
}

fn looked_up(name: &str) -> Known {
    let Some((service, action)) = name.split_once(':') else {
        // What templates of other languages put in is no name yet.
        let is_name = !name.is_empty() && name.chars().all(|char| char.is_ascii_alphanumeric());
        return if data::managed_policy_by_name(name).is_some() {
            Known::Policy
        } else if is_name {
            Known::Instead(in_full(name))
        } else {
            Known::Action
        };
    };
    let is_wild = |text: &str| text.contains(['*', '?']);
    let is_plain = name.chars().all(|char| char.is_ascii_alphanumeric() || "*?:-".contains(char));
    if action.is_empty() && data::service_exists(service) {
        return Known::Instead(format!(
            "write the name of an action, or `{service}:*` for all of the service"
        ));
    }
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
    if !data::service_exists(service) {
        let is_made_up = MADE_UP.iter().any(|word| word.eq_ignore_ascii_case(service));
        let near = || Known::Service(data::near_service(service, action));
        return if is_made_up { Known::Action } else { near() };
    }
    if is_wild(action) {
        let is_known = data::expand(name).next().is_some() || data::matches_unlisted(name);
        return if is_known || is_for_all(action) { Known::Action } else { Known::Unlisted(None) };
    }
    if data::action_exists(service, action) {
        return Known::Action;
    }
    if data::condition_key(name).is_some() {
        return Known::Key;
    }
    near(service, action).map_or_else(|| Known::Unlisted(meant(service, action)), Known::Near)
}

/// What to write for a word without a colon: the name of a service, that of an action of one service, or something else.
fn in_full(name: &str) -> String {
    let service = name.to_ascii_lowercase();
    if data::service_exists(&service) {
        return format!("name an action, or write `{service}:*` for all of the service");
    }
    let mut services = data::expand(&format!("*:{name}"));
    match (services.next(), services.next()) {
        (Some(only), None) => format!("write `{}:{}`", only.service, only.name),
        _ => format!("write actions as `service:{name}`"),
    }
}

/// What nobody takes for a service: tests and examples that are about something else have actions of them, and so have policies
/// that are to allow nothing.
const MADE_UP: [&str; 11] =
    ["bar", "baz", "dummy", "example", "fake", "foo", "mock", "none", "noop", "null", "service"];

/// An action that may be meant by a name that is in no list: the one for a batch of what the name has the plural of, the plural or
/// singular, or the only one that begins with its words, which are several.
fn meant(service: &str, action: &str) -> Option<String> {
    if verb(action) == action {
        return None;
    }
    let of_service = |name: &str| Some(format!("{service}:{name}"));
    let batch = action.strip_suffix('s').map(|one| [format!("{one}Batch"), format!("Batch{one}")]);
    if let Some(known) = batch.iter().flatten().find_map(|name| data::action(service, name)) {
        return of_service(known.name);
    }
    // What is already many needs no batch.
    if let Some(known) = action.strip_suffix("Batch").and_then(|name| data::action(service, name)) {
        return of_service(known.name);
    }
    if let Some(known) = counted(action).iter().flatten().find_map(|name| data::action(service, name)) {
        return of_service(known.name);
    }
    let begins = |known: &data::Action| {
        let rest = known.name.strip_prefix(action);
        rest.is_some_and(|rest| rest.starts_with(|char: char| char.is_ascii_uppercase()))
    };
    let mut longer = data::actions(service).filter(begins);
    let only = longer.next().filter(|_| longer.next().is_none())?;
    of_service(only.name)
}

/// The plural and the singulars of a name.
fn counted(action: &str) -> [Option<String>; 4] {
    [
        Some(format!("{action}s")),
        action.strip_suffix('s').map(str::to_owned),
        action.strip_suffix("es").map(str::to_owned),
        action.strip_suffix("ies").map(|stem| format!("{stem}y")),
    ]
}

/// Whether a pattern is one that somebody writes for every service, such as `Describe*`: that a service has no such action yet is
/// no mistake.
fn is_for_all(pattern: &str) -> bool {
    // Fifty actions are of many services.
    data::expand(&format!("*:{pattern}")).nth(50).is_some()
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
    // Who lists, lists several: no service has `ListWidget` beside `ListWidgets`.
    let lists = verb(action) == "List";
    let is_longer = |known: &str| {
        is_behind(written.strip_prefix(known)) || !lists && is_behind(known.strip_prefix(written.as_str()))
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
    let name = written.to_string();
    let (service, action) = name.split_once(':').unwrap_or_default();
    let no_such = format!("`{written}` in the policy of {subject} is not an action");
    let message = match known {
        Known::Policy => format!("{no_such} but an AWS managed policy: it matches no request"),
        Known::Key => format!("{no_such} but a condition key: it matches no request"),
        Known::Near(_) => format!("{no_such} of `{service}`: it matches no request"),
        Known::Unlisted(_) | Known::Action => format!("{no_such} of `{service}` that was known on {date}"),
        Known::Service(_) => format!("{no_such}: no service `{service}` was known on {date}"),
        Known::Operation(_) | Known::Renamed(_) | Known::Instead(_) => {
            format!("{no_such}: it matches no request")
        }
    };
    let (help, severity) = advice(setting, (service, action), known);
    let finding = RULE.on(&spot, message, "not a known action").help(help).severity(severity);
    of_policy(finding.about([name]), &spot)
}

/// What to write, and how sure that is.
fn advice(setting: &Setting<'_>, (service, action): (&str, &str), known: &Known) -> (String, Severity) {
    let takes = |action: &str| setting.statement.actions.takes(action);
    let is_except = setting.statement.actions.polarity == Polarity::NotIn;
    let is_listed = |action: &str| if is_except { !takes(action).is_yes() } else { !takes(action).is_no() };
    let has = if is_except { "`NotAction` lists" } else { "the statement has" };
    let instead = |name: &str, otherwise: Severity| {
        if is_listed(name) {
            (format!("remove it: {has} `{name}`"), Severity::Info)
        } else {
            (where_it_acts(setting, &[name], format!("write `{name}`")), otherwise)
        }
    };
    match known {
        Known::Operation(actions) if actions.iter().all(|action| is_listed(action)) => {
            (format!("remove it: {has} {}, which the operation needs", quoted(actions)), Severity::Info)
        }
        Known::Operation(actions) if is_except => (of_exception(setting, actions), Severity::Warning),
        Known::Operation(actions) => match beside(setting, &format!("{service}:{action}"), actions) {
            Some(help) => (help, Severity::Info),
            None if **actions == OF_COPY => (of_copy(setting.statement.effect, is_listed), Severity::Warning),
            None => (of_operation(setting, actions), Severity::Warning),
        },
        Known::Policy => (of_managed_policy(setting).to_owned(), Severity::Warning),
        Known::Renamed(name) => instead(name, Severity::Warning),
        Known::Instead(help) => (help.clone(), Severity::Warning),
        Known::Near(name) => instead(&format!("{service}:{name}"), Severity::Warning),
        Known::Service(Some(near)) => {
            // A service may go by a name without the hyphens that its prefix had.
            let is_plain = near.replace('-', "").eq_ignore_ascii_case(&service.replace('-', ""));
            let meant = format!("{near}:{action}");
            if is_plain && is_listed(&meant) {
                let help = format!("remove it, if `{meant}` is meant, which {has}");
                return (help, Severity::Info);
            }
            instead(&meant, if is_plain { Severity::Info } else { Severity::Warning })
        }
        Known::Key => (
            "remove it from the actions, or write a condition on it".to_owned(),
            Severity::Warning,
        ),
        Known::Unlisted(Some(meant)) if is_listed(meant) => {
            (format!("remove it, if `{meant}` is meant, which {has}"), Severity::Info)
        }
        Known::Unlisted(Some(meant)) => (
            format!("write `{meant}` if that is meant; otherwise compare it with the list of actions of the service, and ignore this finding if it is newer"),
            Severity::Info,
        ),
        Known::Unlisted(None) | Known::Action => (
            "compare it with the list of actions of the service, and ignore this finding if it is newer".to_owned(),
            Severity::Info,
        ),
        Known::Service(None) => (
            "compare the prefix with the list of services, and ignore this finding if the service is newer or was closed".to_owned(),
            Severity::Info,
        ),
    }
}

/// What to do about the name of a managed policy: to attach it is meant only where somebody is allowed what is listed.
fn of_managed_policy(setting: &Setting<'_>) -> &'static str {
    let statement = setting.statement;
    let is_allowed = setting.is_of_identity()
        && statement.effect == Some(policy::Effect::Allow)
        && statement.actions.polarity == Polarity::In;
    if is_allowed { "attach the managed policy, and remove its name from the actions" } else { "remove it" }
}

/// What copying needs: one of what is copied, and one where it goes.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
const OF_COPY: [&str; 2] = ["s3:GetObject", "s3:PutObject"];

/// What to do about an operation that copies. What it needs on both sides seldom belongs in one statement.
fn of_copy(effect: Option<policy::Effect>, is_listed: impl Fn(&str) -> bool) -> String {
    let [read, write] = OF_COPY;
    // Without one of both, nothing is copied.
    if effect == Some(policy::Effect::Deny) {
        let listed = OF_COPY.into_iter().find(|action| is_listed(action));
        return match listed {
            Some(action) => {
                format!("remove it: the statement has `{action}`, without which nothing is copied")
            }
            None => format!("deny `{write}` where no copy is to go, or `{read}` on what is not to be copied"),
        };
    }
    if is_listed(read) {
        format!(
            "remove it: the statement has `{read}` for what is copied; `{write}` is needed where the copy goes"
        )
    } else if is_listed(write) {
        format!(
            "remove it: the statement has `{write}` for where the copy goes; `{read}` is needed on what is copied"
        )
    } else {
        format!("allow `{read}` on what is copied and `{write}` where the copy goes")
    }
}

fn quoted(actions: &[&str]) -> String {
    listed(actions.iter().map(|action| format!("`{action}`")))
}

/// What to write for an operation that is listed as an exception.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notaction.html>
fn of_exception(setting: &Setting<'_>, actions: &[&str]) -> String {
    let now = match setting.statement.effect {
        Some(policy::Effect::Deny) => "denies",
        _ => "allows",
    };
    let needed = quoted(actions);
    format!(
        "write {needed}, which the operation needs; without it in `NotAction` the statement {now} the operation"
    )
}

/// What to write for an operation. What it needs may act on something else than what is listed.
fn of_operation(setting: &Setting<'_>, actions: &[&str]) -> String {
    let statement = setting.statement;
    let mut write = format!("write {}, which the operation needs", quoted(actions));
    let is_denied = statement.effect == Some(policy::Effect::Deny);
    if is_denied {
        write.push_str("; a request that needs it for something else is denied then, too");
    }
    if has_no_resource(actions) {
        return where_it_acts(setting, actions, write);
    }
    if is_denied {
        return write;
    }
    let resources = statement.resources.as_ref().filter(|it| it.polarity == Polarity::In && !it.open);
    let items = resources.map(|clause| &clause.items).filter(|items| !items.is_empty());
    let acts = |action: &&str, item: &Item<Text>| !data::acts_on(action, &item.value).is_no();
    let is_idle =
        |items: &&Vec<Item<Text>>| actions.iter().any(|action| !items.iter().any(|item| acts(action, item)));
    let Some(first) = items.filter(is_idle).and_then(|items| items.first()) else { return write };
    let are_of_storage = actions.iter().all(|action| action.starts_with("s3:"));
    match bucket_of(&first.value).filter(|_| are_of_storage) {
        // What comes from elsewhere cannot always be written here.
        Some(bucket) if bucket.as_literal().is_some() && is_within(first) => {
            format!("{write}, with the bucket, `{bucket}`, as a resource")
        }
        Some(_) => format!("{write}, with the bucket as a resource"),
        None => format!("{write}, with what it acts on as a resource"),
    }
}

/// Whether all of a text is written where it stands.
fn is_within(item: &Item<Text>) -> bool {
    item.value.pieces().iter().all(|piece| item.span.contains(piece.span))
}

/// The bucket of objects: what stands before the first slash.
fn bucket_of(objects: &Text) -> Option<Text> {
    if !objects.has(":s3:::") {
        return None;
    }
    match objects.splitn(2, '/').as_slice() {
        [bucket, _] => Some(bucket.clone()),
        _ => None,
    }
}

/// What to do where another statement of an identity's policy allows (or denies, as this one does) what an operation needs, or is
/// told to.
fn beside(setting: &Setting<'_>, operation: &str, actions: &[&str]) -> Option<String> {
    let statement = setting.statement;
    let allows = |it: &Statement| it.effect == statement.effect && it.principals.is_none();
    let resources = statement.resources.as_ref().filter(|it| it.polarity == Polarity::In && !it.open)?;
    if !allows(statement) || resources.items.is_empty() {
        return None;
    }
    // Objects, for which the operation does nothing.
    let bucket = |item: &Item<Text>| {
        let acts = actions.iter().any(|it| data::acts_on(it, &item.value).is_yes());
        bucket_of(&item.value).filter(|_| !acts)
    };
    let target = |item: &Item<Text>| bucket(item).unwrap_or_else(|| item.value.clone());
    let targets: Vec<Text> = resources.items.iter().map(target).collect();
    let others = setting.document.policy.statements.iter().enumerate();
    let others = others.filter(|(number, it)| {
        let is_always = it.present.is_yes() && it.conditions.is_empty() && !it.conditions_open;
        *number != setting.number && is_always && allows(it)
    });
    let others: Vec<&Statement> = others.map(|(_, other)| other).collect();
    let has = |action: &str, target: &Text| {
        let covers = |other: &&Statement| {
            let arns = other.resources.as_ref();
            other.actions.takes(action).is_yes() && arns.is_some_and(|arns| arns.covers_arns(target).is_yes())
        };
        others.iter().any(covers)
    };
    if actions.iter().all(|action| targets.iter().all(|target| has(action, target))) {
        let needed = quoted(actions);
        let does = if statement.effect == Some(policy::Effect::Deny) { "denies" } else { "allows" };
        return Some(format!("remove it: another statement {does} {needed}, which the operation needs"));
    }
    // There, it is said what to write.
    let is_said = resources.items.iter().all(|item| bucket(item).is_some())
        && targets.iter().all(|target| has(operation, target));
    is_said.then(|| format!("remove it: another statement has `{operation}` for the bucket"))
}

/// Whether one of some actions acts on no resource in particular.
fn has_no_resource(actions: &[&str]) -> bool {
    actions.iter().any(|action| data::resource_types(action).next().is_none())
}

/// Where actions are to be written that act on no resource in particular: no statement that lists some allows them, and no policy
/// of a resource; `otherwise` for others.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
fn where_it_acts(setting: &Setting<'_>, actions: &[&str], otherwise: String) -> String {
    if !has_no_resource(actions) || setting.statement.actions.polarity == Polarity::NotIn {
        return otherwise;
    }
    if matches!(setting.document.purpose, Purpose::Resource(_)) {
        return match setting.statement.effect {
            Some(policy::Effect::Deny) => {
                format!("remove it: the policy of a resource says nothing of {}", quoted(actions))
            }
            _ => format!("remove it, and allow {} in the policies of those who call it", quoted(actions)),
        };
    }
    let is_arn = |item: &Item<Text>| item.value.begins_with("arn:");
    let lists_some = setting.statement.resources.as_ref().is_some_and(|clause| {
        clause.polarity == Polarity::In && !clause.open && clause.items.iter().all(is_arn)
    });
    if lists_some {
        format!("remove it, or add a statement for {} with the resource `*`", quoted(actions))
    } else {
        otherwise
    }
}
