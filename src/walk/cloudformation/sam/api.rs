//! `Auth.ResourcePolicy` of an API.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-resourcepolicystatement.html>

use std::collections::BTreeMap;

use super::build::Build;
use super::build::members;
use super::event::{read, referred};
use super::events::wildcards;
use super::reader::Reader;
use super::template::Resource;
use crate::parse::Node;
use crate::value::{Because, Value};

/// Methods by path.
type Routes = BTreeMap<String, Vec<String>>;

/// The policy of an API: what `Auth` says for all its paths, and what events say for theirs.
pub(super) fn policy(on: &Reader<'_>, resource: &Resource<'_>) -> Option<Value> {
    let build = Build::new(on, resource.span);
    let auth = on.property(resource, "Auth");
    let stage = on.property(resource, "StageName").unwrap_or_else(|| build.text("*"));
    let mut routes = Routes::new();
    let mut of_events = Vec::new();
    for other in &on.template.resources {
        if other.sam.is_none() {
            continue;
        }
        for event in read(on, other).into_iter().filter(|event| event.kind == "Api") {
            let api = event.node.get("Properties").and_then(|it| it.get("RestApiId"));
            if api.and_then(referred).is_none_or(|id| *id != *resource.address) {
                continue;
            }
            let word = |name: &str| Some(event.get(name)?.as_str()?.into_owned());
            let (Some(path), Some(method)) = (word("Path"), word("Method")) else { continue };
            let own = event.get("Auth").and_then(Value::as_map).and_then(|map| map.get("ResourcePolicy"));
            if let Some(own) = own {
                let only = Routes::from([(path.clone(), vec![method.clone()])]);
                of_events.push((own.clone(), only));
            }
            routes.entry(path).or_default().push(method);
        }
    }
    let known = written_routes(resource, &mut routes);
    let mut statements = Vec::new();
    let of_all = auth.as_ref().and_then(Value::as_map).and_then(|map| map.get("ResourcePolicy"));
    for (policy, routes) in of_events {
        add(&build, &policy, &routes, &stage, &mut statements);
    }
    if let Some(policy) = of_all {
        if !known {
            routes.insert("…".to_owned(), Vec::new());
        }
        add(&build, policy, &routes, &stage, &mut statements);
    }
    let place = of_all.map_or(resource.span, |policy| policy.span);
    (!statements.is_empty()).then(|| build.at(place).document(statements))
}

/// The paths of a definition that is written in the template; false when it is written elsewhere.
fn written_routes(resource: &Resource<'_>, routes: &mut Routes) -> bool {
    let body = resource.node.get("Properties").and_then(|it| it.get("DefinitionBody"));
    for path in body.and_then(|body| body.get("paths")).map_or(&[][..], Node::members) {
        for method in path.value.members() {
            let known = routes.entry(path.key.to_string()).or_default();
            if !known.iter().any(|it| it.eq_ignore_ascii_case(&method.key)) {
                known.push(method.key.to_string());
            }
        }
    }
    body.is_none_or(|body| body.get("paths").is_some())
}

fn add(build: &Build<'_>, policy: &Value, routes: &Routes, stage: &Value, statements: &mut Vec<Value>) {
    let Some(map) = policy.as_map() else { return };
    let place = build.at(policy.span);
    for (path, methods) in routes {
        let resource = |method: &String| {
            let any = method.eq_ignore_ascii_case("any")
                || method.eq_ignore_ascii_case("x-amazon-apigateway-any-method");
            let method = if any { "*".to_owned() } else { method.to_uppercase() };
            let template = format!("execute-api:/${{stage}}/{method}{}", wildcards(path));
            place.sub(&template, &[("stage", stage)])
        };
        let mut resources: Vec<Value> = methods.iter().map(resource).collect();
        if path == "…" {
            resources.push(place.on.unknown("the paths of the API", Because::Remote, policy.span));
        }
        of_path(&place, policy, &place.list(resources), statements);
    }
    if let Some(custom) = map.get("CustomStatements") {
        let all = custom.as_list().map_or(std::slice::from_ref(custom), |list| &list.items);
        statements.extend_from_slice(all);
    }
}

/// The statements for one path.
fn of_path(place: &Build<'_>, policy: &Value, resources: &Value, statements: &mut Vec<Value>) {
    let Some(map) = policy.as_map() else { return };
    let statement = |effect: &str, principal: Value, condition: Option<Value>| {
        let mut members = vec![
            ("Effect", place.text(effect)),
            ("Action", place.text("execute-api:Invoke")),
            ("Resource", resources.clone()),
            ("Principal", principal),
        ];
        members.extend(condition.map(|condition| ("Condition", condition)));
        place.map(members)
    };
    for (name, effect) in [("AwsAccountWhitelist", "Allow"), ("AwsAccountBlacklist", "Deny")] {
        if let Some(accounts) = map.get(name).filter(|value| !value.is_unset()) {
            statements.push(statement(effect, place.map(vec![("AWS", accounts.clone())]), None));
        }
    }
    let mut allowed = false;
    let mut limited = |operator: &str, keys: Vec<(&str, Value)>| {
        if keys.is_empty() {
            return;
        }
        let everybody = || place.text("*");
        if !std::mem::replace(&mut allowed, true) {
            statements.push(statement("Allow", everybody(), None));
        }
        let condition = place.map(vec![(operator, place.map(keys))]);
        statements.push(statement("Deny", everybody(), Some(condition)));
    };
    for (name, operator) in [("IpRangeWhitelist", "NotIpAddress"), ("IpRangeBlacklist", "IpAddress")] {
        let ranges = map.get(name).filter(|value| !value.is_unset());
        limited(operator, ranges.map(|ranges| ("aws:SourceIp", ranges.clone())).into_iter().collect());
    }
    for (suffix, operator) in [("Blacklist", "StringEquals"), ("Whitelist", "StringNotEquals")] {
        limited(operator, networks(place, policy, suffix));
    }
}

/// The networks and endpoints in the lists whose names end so, by condition key.
fn networks<'k>(place: &Build<'_>, policy: &Value, suffix: &str) -> Vec<(&'k str, Value)> {
    let (mut networks, mut endpoints) = (Vec::new(), Vec::new());
    for (name, _, value) in members(Some(policy)) {
        let Some(kind) = name.strip_suffix(suffix) else { continue };
        let items = value.as_list().map_or(std::slice::from_ref(value), |list| &list.items);
        for item in items {
            let endpoint = item.as_str().is_some_and(|text| text.starts_with("vpce-"));
            let all = match kind {
                "SourceVpc" if endpoint => &mut endpoints,
                "IntrinsicVpc" | "SourceVpc" => &mut networks,
                "IntrinsicVpce" => &mut endpoints,
                _ => continue,
            };
            all.push(item.clone());
        }
    }
    let keys = [("aws:SourceVpc", networks), ("aws:SourceVpce", endpoints)];
    let given = keys.into_iter().filter(|(_, items)| !items.is_empty());
    given.map(|(key, items)| (key, place.list(items))).collect()
}
