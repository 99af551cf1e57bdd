//! The details and policies of the Access Troubleshooter (preview): `aws iam-toolbox get-request-authorization-details` and
//! `get-request-authorization-policy`.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::reading::{Reading, text_of};
use super::{Denial, Deployed, Matched, PolicyKind, Source, Stated};

/// Reads the details of a request: each of its evaluations that was denied.
pub(super) fn details(object: &Map<String, Value>, line: usize, reading: &mut Reading) {
    let whole = context(object.get("requestContext"));
    let policies: Vec<&Value> = list(object.get("policies")).collect();
    let evaluations = list(object.get("evaluations"));
    for evaluation in evaluations {
        let stated = stated(evaluation, &policies);
        let effect = text_of(evaluation, "evaluatedEffect");
        if effect.map_or(stated.is_empty(), |effect| effect == "ALLOW") {
            reading.allowed += 1;
            continue;
        }
        let mut keys = context(evaluation.get("context"));
        let is_laid_over = |key: &str| keys.iter().any(|(over, _)| over.eq_ignore_ascii_case(key));
        let below: Vec<_> = whole.iter().filter(|(key, _)| !is_laid_over(key)).cloned().collect();
        keys.extend(below);
        let principal = keys.iter().find(|(key, _)| key.eq_ignore_ascii_case("aws:PrincipalArn"));
        let principal = principal.and_then(|(_, values)| values.first().cloned());
        reading.keep(Denial {
            source: Source::Troubleshooter,
            line,
            issuer: principal.clone().filter(|arn| arn.contains(":role/")),
            principal,
            action: text_of(evaluation, "action").map(ToOwned::to_owned),
            resource: text_of(evaluation, "resource").map(ToOwned::to_owned),
            stated,
            matched: matched(evaluation, &policies),
            context: keys,
            ..Denial::default()
        });
    }
    if object.get("nextToken").is_some_and(Value::is_string) {
        reading.note(
            "the details are one page of several (`nextToken`); further evaluations are on the next one",
        );
    }
}

/// Reads a policy as it was when AWS decided.
pub(super) fn policy(document: &Value, reading: &mut Reading) {
    let words = |value: Option<&Value>| match value {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        _ => Vec::new(),
    };
    let statements = match document.get("Statement") {
        Some(Value::Array(all)) => all.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    reading.deployed.extend(statements.iter().map(|one| Deployed {
        denies: text_of(one, "Effect") == Some("Deny"),
        names_principals: one.get("Principal").or_else(|| one.get("NotPrincipal")).is_some(),
        actions: words(one.get("Action")),
        resources: words(one.get("Resource")),
    }));
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// The keys of a request. All values are strings; several are written `[a, b]`, and an address with the length of its prefix.
fn context(value: Option<&Value>) -> Vec<(String, Vec<String>)> {
    let Some(object) = value.and_then(Value::as_object) else { return Vec::new() };
    let each = object.iter().filter_map(|(key, value)| {
        let written = match value {
            Value::String(text) => text.clone(),
            Value::Bool(value) => value.to_string(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        // Written as a date, it is no number to compare with; the time is there under its own key, too.
        let is_clock = key.eq_ignore_ascii_case("aws:EpochTime");
        if is_clock && written.parse::<f64>().is_err() {
            return None;
        }
        let inner = written.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let values: Vec<&str> = match inner {
            Some(inner) => inner.split(',').map(str::trim).collect(),
            None => vec![address(&written).unwrap_or(&written)],
        };
        Some((key.clone(), values.into_iter().map(ToOwned::to_owned).collect()))
    });
    each.collect()
}

/// An address that is written as the network of it alone.
fn address(written: &str) -> Option<&str> {
    let address = written.strip_suffix("/32").or_else(|| written.strip_suffix("/128"))?;
    address.parse::<IpAddr>().ok().map(|_| address)
}

/// Which policies deny: by the checks, or by the matched policies of details that are older than these.
fn stated(evaluation: &Value, policies: &[&Value]) -> Vec<Stated> {
    let mut all: Vec<Stated> = Vec::new();
    for check in list(evaluation.get("checks")) {
        let kind = text_of(check, "checkType").and_then(kind);
        let policy = || {
            let matched = list(check.get("matchedPolicies")).find(|it| denies(it));
            matched
                .and_then(|it| text_of(it, "uri"))
                .filter(|uri| uri.starts_with("arn:"))
                .map(ToOwned::to_owned)
        };
        let one = match (text_of(check, "evaluatedEffect"), kind) {
            (Some("IMPLICIT_DENY"), Some(kind)) => Stated::Unallowed(kind),
            (Some("EXPLICIT_DENY"), kind) => Stated::Denied { kind, policy: policy() },
            _ => continue,
        };
        if !all.contains(&one) {
            all.push(one);
        }
    }
    let is_explicit = text_of(evaluation, "evaluatedEffect") == Some("EXPLICIT_DENY");
    if all.is_empty() && is_explicit {
        let denying = list(evaluation.get("matchedPolicies")).find(|it| denies(it));
        let uri = denying.and_then(|it| text_of(it, "uri"));
        all.push(Stated::Denied {
            kind: uri.and_then(|uri| kind_of(uri, policies)),
            policy: uri.filter(|uri| uri.starts_with("arn:")).map(ToOwned::to_owned),
        });
    }
    all
}

fn denies(policy: &Value) -> bool {
    list(policy.get("matchedStatements")).any(|it| text_of(it, "evaluatedEffect") == Some("DENY"))
}

/// The statements that have decided. A statement without an ID is given one, so that none is looked up by it.
fn matched(evaluation: &Value, policies: &[&Value]) -> Vec<Matched> {
    let of_checks = list(evaluation.get("checks")).flat_map(|check| list(check.get("matchedPolicies")));
    let mut all: Vec<Matched> = Vec::new();
    for one in of_checks.chain(list(evaluation.get("matchedPolicies"))) {
        let Some(uri) = text_of(one, "uri") else { continue };
        let known = policies.iter().find(|policy| text_of(policy, "uri") == Some(uri));
        let attached = known.into_iter().flat_map(|it| list(it.get("attachedTo")));
        let matched = Matched {
            kind: kind_of(uri, policies),
            policy: uri.starts_with("arn:").then(|| uri.to_owned()),
            attached: attached.filter_map(|it| text_of(it, "arn")).map(ToOwned::to_owned).collect(),
            made_from: known.and_then(|it| it.get("policySource")).and_then(made_from),
            denies: denies(one),
            content: Vec::new(),
        };
        if !all.contains(&matched) {
            all.push(matched);
        }
    }
    all
}

/// What a policy of a resource was made from, as AWS calls it.
fn made_from(source: &Value) -> Option<String> {
    let name = text_of(source, "typeName").or_else(|| text_of(source, "type"))?;
    let grant = text_of(source, "grantId").map(|id| format!(" {id}")).unwrap_or_default();
    Some(format!("{name}{grant}"))
}

fn kind_of(uri: &str, policies: &[&Value]) -> Option<PolicyKind> {
    let known = policies.iter().find(|policy| text_of(policy, "uri") == Some(uri))?;
    text_of(known, "type").and_then(kind)
}

/// A sort of check or policy.
fn kind(written: &str) -> Option<PolicyKind> {
    Some(match written.strip_suffix("_POLICY").unwrap_or(written) {
        "PRINCIPAL" | "IDENTITY_BASED" => PolicyKind::Identity,
        "RESOURCE" | "RESOURCE_BASED" => PolicyKind::Resource,
        "SERVICE_CONTROL" => PolicyKind::ServiceControl,
        "RESOURCE_CONTROL" => PolicyKind::ResourceControl,
        "VPC_ENDPOINT" => PolicyKind::Endpoint,
        "SESSION" => PolicyKind::Session,
        "PERMISSIONS_BOUNDARY" => PolicyKind::Boundary,
        _ => return None,
    })
}
