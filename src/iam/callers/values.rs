//! Which values of a key name somebody.

use super::{Bounding, Loophole, LoopholeKind, keys};
use crate::iam::arn::Arn;
use crate::iam::condition::{Constraint, Test, network};
use crate::iam::data::shown_key;
use crate::iam::policy::Item;
use crate::iam::principal::BUILT_IN_PROVIDERS;
use crate::value::{Answer, Class, PieceKind, Text};

/// Whether every value that the constraint accepts names somebody, and which do not.
pub(super) fn pinned(kind: Bounding, key: &str, constraint: &Constraint) -> (Answer, Vec<Loophole>) {
    let wild = matches!(constraint.test(), Some(Test::Like | Test::Arn));
    let mut answer = Answer::Yes;
    let mut loopholes = Vec::new();
    for item in constraint.values.iter() {
        let (pins, why) = match variable_pins(kind, key, item, constraint) {
            Some(decided) => decided,
            None => (value_pins(kind, key, &item.value, wild, constraint), None),
        };
        if pins.is_no() {
            let reason = why.unwrap_or_else(|| why_not(kind, key, &item.value));
            loopholes.push(Loophole { span: item.span, reason, kind: LoopholeKind::Value });
        }
        // A value that may be missing does no harm then.
        let pins = if item.present.is_yes() { pins } else { pins.or(Answer::Unknown) };
        answer = answer.and(pins);
    }
    if constraint.open && (wild || matches!(constraint.test(), Some(Test::Ip | Test::Bool))) {
        answer = answer.and(Answer::Unknown);
    }
    (answer, loopholes)
}

/// What a policy variable makes of a value: nothing when it is one that the account of the caller chooses, a limit when
/// it is the account or organization of the resource. `None` for values in which no variable decides.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
fn variable_pins(
    kind: Bounding,
    key: &str,
    item: &Item<Text>,
    constraint: &Constraint,
) -> Option<(Answer, Option<String>)> {
    let is_pattern = matches!(constraint.test(), Some(Test::Like | Test::Arn));
    let name = variable(item).or_else(|| variable_account(item).filter(|_| is_pattern))?;
    if name == key {
        let reason = format!("it compares `{}` with itself", shown_key(key));
        return Some((Answer::No, Some(reason)));
    }
    if keys::is_of_caller(&name) {
        let reason = format!("the value `{}` comes from the caller's own account", item.text);
        return Some((Answer::No, Some(reason)));
    }
    let alike = keys::twin(&name).is_some() && matches!(kind, Bounding::Organization) == name.contains("org");
    Some((if alike { Answer::Yes } else { Answer::Unknown }, None))
}

/// The key of the policy variable that a value is, in lower case, when it was taken for one.
pub(super) fn variable(item: &Item<Text>) -> Option<String> {
    let written = item.text.as_literal()?;
    let key = key_of(written.strip_prefix("${")?.strip_suffix('}')?)?;
    (!item.value.is_literally(&written)).then_some(key)
}

/// The same for the account of an ARN. The colon of a variable is none between fields.
fn variable_account(item: &Item<Text>) -> Option<String> {
    let written = item.text.as_literal().filter(|written| !item.value.is_literally(written))?;
    let account = written.strip_prefix("arn:")?.splitn(4, ':').nth(3)?;
    key_of(account.strip_prefix("${")?.split_once("}:")?.0)
}

fn key_of(variable: &str) -> Option<String> {
    let key = variable.split_once(',').map_or(variable, |(key, _)| key).trim();
    (!key.contains(['{', '}'])).then(|| key.to_ascii_lowercase())
}

fn value_pins(kind: Bounding, key: &str, value: &Text, wild: bool, constraint: &Constraint) -> Answer {
    match (constraint.test(), kind) {
        (Some(Test::Bool), Bounding::Service) => match value.as_literal() {
            Some(literal) => (literal.eq_ignore_ascii_case("true") != constraint.negated).into(),
            None => Answer::Unknown,
        },
        (Some(Test::Ip), _) => address_pins(value),
        (Some(Test::Exact | Test::Folded), _) => exact_pins(key, value),
        (Some(Test::Like | Test::Arn), _) if wild => {
            pattern_pins(kind, key, value, constraint.test() == Some(Test::Arn))
        }
        _ => Answer::Unknown,
    }
}

/// A text that is compared letter by letter names one thing, whatever it is.
fn exact_pins(key: &str, value: &Text) -> Answer {
    match key {
        "aws:principalisawsservice" => match value.as_literal() {
            Some(literal) => literal.eq_ignore_ascii_case("true").into(),
            None => Answer::Unknown,
        },
        // Every account can have principals that sign in with one of these.
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
        "aws:federatedprovider" => match value.as_literal() {
            Some(literal) => (!BUILT_IN_PROVIDERS.contains(&&*literal)).into(),
            None => Answer::Yes,
        },
        _ => Answer::Yes,
    }
}

/// Amazon S3 takes networks wider than these for the whole internet.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
fn address_pins(value: &Text) -> Answer {
    let Some(literal) = value.as_literal() else { return Answer::Unknown };
    match network(&literal) {
        Some(ipnet::IpNet::V4(net)) => (net.prefix_len() >= 8).into(),
        Some(ipnet::IpNet::V6(net)) => (net.prefix_len() >= 32).into(),
        // What is no network matches nobody.
        None => Answer::Yes,
    }
}

fn pattern_pins(kind: Bounding, key: &str, value: &Text, by_field: bool) -> Answer {
    match key {
        "aws:principalarn"
        | "aws:sourcearn"
        | "s3:dataaccesspointarn"
        | "aws:federatedprovider"
        | "aws:chatbotsourcearn"
        | "aws:sourcevpcarn" => arn_pins(value, by_field),
        "aws:principalorgpaths" | "aws:sourceorgpaths" | "aws:vpceorgpaths" => first_part_pins(value, '/'),
        "aws:userid" => first_part_pins(value, ':'),
        // The beginning of an organization's id may well be enough to name it.
        "aws:principalorgid" | "aws:sourceorgid" | "aws:vpceorgid"
            if value
                .as_literal()
                .is_some_and(|id| id.find(['*', '?']).is_some_and(|at| at >= "o-abcdef".len())) =>
        {
            Answer::Unknown
        }
        _ if kind == Bounding::Tenant => tenant_pins(value),
        _ if kind == Bounding::Secret => tenant_pins(value),
        _ => whole_pins(value),
    }
}

/// No wildcard at all.
fn whole_pins(value: &Text) -> Answer {
    if has_wildcard(value) {
        return Answer::No;
    }
    if holds_wildcard(value) { Answer::Unknown } else { Answer::Yes }
}

/// No wildcard before the first separator.
fn first_part_pins(value: &Text, separator: char) -> Answer {
    let parts = value.splitn(2, separator);
    match parts.first() {
        Some(first) => whole_pins(first),
        None => Answer::No,
    }
}

/// Some text that is not a wildcard; which tenant it names depends on the provider.
fn tenant_pins(value: &Text) -> Answer {
    match value.as_literal() {
        Some(literal) => literal.contains(|c| !matches!(c, '*' | '?')).into(),
        None => Answer::Unknown,
    }
}

/// Whether the pattern of an ARN names an account. `by_field` is the way of `ArnLike`, which compares all six fields: a
/// pattern with fewer matches nothing.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>
fn arn_pins(value: &Text, by_field: bool) -> Answer {
    let Some(arn) = Arn::parse(value) else {
        if by_field && value.as_literal().is_some_and(|literal| literal != "*") {
            return Answer::Yes;
        }
        // An attribute that is an ARN names one thing; a variable may be `*`.
        let computed = matches!(
            value.pieces().first().map(|piece| &piece.kind),
            Some(PieceKind::Symbol(symbol)) if symbol.class == Class::Computed
        );
        return match value.as_literal() {
            Some(literal) if !literal.starts_with("arn:") && !literal.starts_with('*') => whole_pins(value),
            Some(_) => Answer::No,
            None if computed => Answer::Yes,
            None => Answer::Unknown,
        };
    };
    // The ARN of a bucket has no account, and `*` matches nothing as well.
    let of_bucket = arn.service.is_literally("s3") && arn.account.is_literally("*");
    if !arn.account.is_empty() && !of_bucket {
        return whole_pins(&arn.account);
    }
    // Names of buckets are unique in the world, so a bucket without an account is one bucket.
    whole_pins(&first_segment(&arn.resource))
}

fn first_segment(resource: &Text) -> Text {
    resource.splitn(2, '/').into_iter().next().unwrap_or_default()
}

fn has_wildcard(text: &Text) -> bool {
    text.pieces()
        .iter()
        .any(|piece| matches!(&piece.kind, PieceKind::Literal(part) if part.contains(['*', '?'])))
}

/// Whether an unknown part may be, or contain, a wildcard.
fn holds_wildcard(text: &Text) -> bool {
    text.pieces().iter().any(|piece| match &piece.kind {
        PieceKind::Literal(_) => false,
        PieceKind::Symbol(symbol) => matches!(symbol.class, Class::Keyed | Class::Opaque),
        PieceKind::Json(_) => true,
    })
}

fn why_not(kind: Bounding, key: &str, value: &Text) -> String {
    let (every, other) = match kind {
        Bounding::Account => ("every account", "other accounts"),
        Bounding::Organization => ("every organization", "other organizations"),
        Bounding::Principal => ("principals of every account", "principals of other accounts"),
        Bounding::Service if value.is_literally("false") => {
            return format!("`{}` is `false` for everyone except AWS services", shown_key(key));
        }
        Bounding::Service => ("every service", "other services"),
        Bounding::Source => ("resources of every account", "resources of other accounts"),
        Bounding::Network => ("nearly every address", "other networks"),
        Bounding::Tenant => ("every tenant", "other tenants"),
        Bounding::Secret => ("any value", "other values"),
    };
    let account = Arn::parse(value).map(|arn| arn.account);
    let field = account.as_ref().unwrap_or(value);
    let all =
        field.as_literal().is_some_and(|literal| literal.bytes().all(|byte| matches!(byte, b'*' | b'?')));
    let whom = if all || matches!(key, "aws:sourceip") { every } else { other };
    if whom == every {
        format!("`{value}` matches {every}")
    } else {
        format!("`{value}` also matches {other}")
    }
}
