//! The roles that SAM makes for functions and state machines.

use super::build::{Build, into_map};
use super::policies;
use super::reader::Reader;
use super::template::Resource;
use crate::value::{Answer, Kind, List, Map, Value};

/// Whether a function or state machine comes with a role of its own: when it is given none.
pub(super) fn makes_role(on: &Reader<'_>, resource: &Resource<'_>) -> Answer {
    let Some(kind) = resource.sam.filter(|kind| matches!(kind.section(), "Function" | "StateMachine")) else {
        return Answer::No;
    };
    let real = if kind.section() == "Function" { "Role" } else { "RoleArn" };
    match on.property(resource, real) {
        None => Answer::Yes,
        Some(value) if value.alternatives().iter().any(Value::is_unset) => Answer::Unknown,
        Some(_) => Answer::No,
    }
}

/// What events and destinations add to a role.
#[derive(Default)]
pub(super) struct Grants {
    /// ARNs of managed policies.
    pub(super) attached: Vec<Value>,
    /// Inline policies.
    pub(super) inline: Vec<Value>,
}

/// The role of a function.
///
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html>
pub(super) fn of_function(
    build: &Build<'_>,
    resource: &Resource<'_>,
    events: &Grants,
    invoked: Vec<Value>,
) -> Map {
    let on = build.on;
    let durable = on.property(resource, "DurableConfig").is_some();
    let basic =
        if durable { "AWSLambdaBasicDurableExecutionRolePolicy" } else { "AWSLambdaBasicExecutionRole" };
    let mut grants = Grants::default();
    grants.attached.push(build.managed(&format!("service-role/{basic}")));
    if let Some(tracing) = on.property(resource, "Tracing")
        && tracing.as_str().is_none_or(|mode| mode != "Disabled")
    {
        grants.attached.push(build.at(tracing.span).managed("AWSXrayWriteOnlyAccess"));
    }
    if let Some(network) = on.property(resource, "VpcConfig") {
        let place = build.at(network.span);
        grants.attached.push(place.managed("service-role/AWSLambdaVPCAccessExecutionRole"));
    }
    if let Some(queue) = on.property(resource, "DeadLetterQueue") {
        grants.inline.extend(dead_letters(build, &queue));
    }
    grants.inline.extend(invoked);
    role(build, resource, "lambda.amazonaws.com", grants, events)
}

/// The role of a state machine.
pub(super) fn of_machine(build: &Build<'_>, resource: &Resource<'_>) -> Map {
    let mut grants = Grants::default();
    let tracing = build.on.property(resource, "Tracing");
    let enabled = tracing.as_ref().and_then(Value::as_map).and_then(|map| map.get("Enabled"));
    if enabled.and_then(Value::as_str).is_some_and(|word| word.eq_ignore_ascii_case("true")) {
        grants.attached.push(build.managed("AWSXrayWriteOnlyAccess"));
    }
    role(build, resource, "states.amazonaws.com", grants, &Grants::default())
}

fn role(build: &Build<'_>, resource: &Resource<'_>, service: &str, grants: Grants, events: &Grants) -> Map {
    let on = build.on;
    let mut properties = Map::default();
    let given =
        (service == "lambda.amazonaws.com").then(|| on.property(resource, "AssumeRolePolicyDocument"));
    let trust = given.flatten().unwrap_or_else(|| build.trust(service));
    properties.insert("AssumeRolePolicyDocument", trust.span, trust);
    for (from, to) in [("RolePath", "Path"), ("PermissionsBoundary", "PermissionsBoundary")] {
        if let Some(value) = on.property(resource, from) {
            properties.insert(to, value.span, value);
        }
    }
    let mut attached = List { items: grants.attached.into(), open: false };
    let mut inline = grants.inline;
    if let Some(written) = on.property(resource, "Policies") {
        policies::sort(build, resource, &written, &mut attached, &mut inline);
    }
    for (all, more) in [(&mut *attached.items.edit(), &events.attached), (&mut inline, &events.inline)] {
        for one in more {
            // Two events of a kind need the same policy once.
            if !all.iter().any(|known| policies::is_same(known, one)) {
                all.push(one.clone());
            }
        }
    }
    properties.insert("ManagedPolicyArns", build.span, Value::new(Kind::List(attached), build.span));
    if !inline.is_empty() {
        properties.insert("Policies", build.span, build.list(inline));
    }
    properties
}

/// `DeadLetterQueue`: a queue or topic that failed events are sent to.
fn dead_letters(build: &Build<'_>, queue: &Value) -> Option<Value> {
    let map = queue.as_map()?;
    let action = match map.get("Type").and_then(Value::as_str).as_deref() {
        Some("SQS") => "sqs:SendMessage",
        Some("SNS") => "sns:Publish",
        _ => return None,
    };
    let target = map.get("TargetArn")?;
    let place = build.at(target.span);
    Some(place.inline("DeadLetterQueuePolicy", vec![place.allow(&[action], target.clone())]))
}

/// A role that a service assumes to do one thing.
pub(super) fn of_service(build: &Build<'_>, service: &str, policies: Vec<Value>) -> Map {
    into_map(
        build.map(vec![
            ("AssumeRolePolicyDocument", build.trust(service)),
            ("Policies", build.list(policies)),
        ]),
    )
}
