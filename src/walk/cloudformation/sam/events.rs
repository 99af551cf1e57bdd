//! `Events` of functions: the permissions they make, and what they add to the role.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html>

use super::build::{Build, into_map};
use super::event::{Event, read, referred};
use super::expanded::{Expanded, made};
use super::made::referable;
use super::pull;
use super::reader::Reader;
use super::role::{self, Grants};
use super::template::Resource;
use crate::parse::Node;
use crate::value::{Map, Value};

/// What the events of a resource make.
#[derive(Default)]
pub(super) struct Events {
    pub(super) resources: Vec<Expanded>,
    pub(super) grants: Grants,
}

/// The permissions and grants of a function's events.
pub(super) fn of_function(on: &Reader<'_>, resource: &Resource<'_>) -> Events {
    let mut found = Events::default();
    let all = read(on, resource);
    // A route for everything makes permissions for single routes superfluous.
    let catches_all = |event: &Event<'_>| {
        event.kind == "HttpApi"
            && event.get("ApiId").is_none()
            && event.get("Path").is_none_or(|path| path.as_str().is_some_and(|path| path == "$default"))
    };
    let caught = all.iter().any(catches_all);
    for event in &all {
        let build = Build::new(on, event.node.span);
        match event.kind.as_str() {
            "HttpApi" if caught && event.get("ApiId").is_none() && !catches_all(event) => {}
            "SNS" => topic(&build, resource, event, &mut found),
            "ScheduleV2" => {
                let alias = referable(on.template, resource, "Alias");
                let target = match alias {
                    Some(alias) => on.attribute(&alias, "Ref", build.span),
                    None => on.attribute(&resource.address, "Arn", build.span),
                };
                scheduled(&build, event, "lambda:InvokeFunction", target, &mut found.resources);
            }
            "Kinesis" | "DynamoDB" | "SQS" | "MSK" | "MQ" | "SelfManagedKafka" | "DocumentDB" => {
                pull::grants(&build, event, &mut found.grants);
            }
            _ => push(&build, resource, event, &mut found.resources),
        }
    }
    found
}

/// What a permission says besides who may invoke what.
#[derive(Default)]
struct Limits {
    arn: Option<Value>,
    account: Option<Value>,
    token: Option<Value>,
}

/// The name under which the events of a function invoke it: the alias that is published, or the function.
pub(super) fn invoked(build: &Build<'_>, resource: &Resource<'_>) -> Value {
    let alias = referable(build.on.template, resource, "Alias");
    build.on.attribute(alias.as_deref().unwrap_or(&resource.address), "Ref", build.span)
}

fn permission(
    build: &Build<'_>,
    resource: &Resource<'_>,
    address: String,
    principal: &str,
    limits: Limits,
) -> Expanded {
    let mut properties = into_map(build.map(vec![
        ("Action", build.text("lambda:InvokeFunction")),
        ("FunctionName", invoked(build, resource)),
        ("Principal", build.text(principal)),
    ]));
    let further =
        [("SourceArn", limits.arn), ("SourceAccount", limits.account), ("EventSourceToken", limits.token)];
    for (name, value) in further {
        if let Some(value) = value {
            properties.insert(name, value.span, value);
        }
    }
    made(address, "AWS::Lambda::Permission", build.span, properties)
}

/// Events that invoke the function: one permission each.
fn push(build: &Build<'_>, resource: &Resource<'_>, event: &Event<'_>, out: &mut Vec<Expanded>) {
    let on = build.on;
    let id = &event.id;
    let own = |attribute: &str| on.attribute(id, attribute, build.span);
    let account = || on.reference("AWS::AccountId", build.span);
    let (principal, suffix, limits) = match event.kind.as_str() {
        "S3" => ("s3.amazonaws.com", String::new(), Limits { account: Some(account()), ..Limits::default() }),
        "Schedule" | "CloudWatchEvent" | "EventBridgeRule" => {
            dead_letters(build, event, &own("Arn"), out);
            let arn = Some(own("Arn"));
            ("events.amazonaws.com", String::new(), Limits { arn, ..Limits::default() })
        }
        "CloudWatchLogs" => {
            let Some(group) = event.get("LogGroupName") else { return };
            let template = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${group}:*";
            let arn = Some(build.sub(template, &[("group", group)]));
            ("logs.amazonaws.com", String::new(), Limits { arn, ..Limits::default() })
        }
        "IoTRule" => {
            let template = "arn:${AWS::Partition}:iot:${AWS::Region}:${AWS::AccountId}:rule/${rule}";
            let arn = Some(build.sub(template, &[("rule", &own("Ref"))]));
            ("iot.amazonaws.com", String::new(), Limits { arn, account: Some(account()), token: None })
        }
        "AlexaSkill" => {
            let token = event.get("SkillId").cloned();
            ("alexa-appkit.amazon.com", String::new(), Limits { token, ..Limits::default() })
        }
        "Cognito" => {
            let pool = event.node.get("Properties").and_then(|it| it.get("UserPool")).and_then(referred);
            let arn = pool.map(|pool| on.attribute(&pool, "Arn", build.span));
            let limits = Limits { arn, ..Limits::default() };
            let alias = referable(on.template, resource, "Alias");
            let address = format!("{}CognitoPermission", alias.as_deref().unwrap_or(&resource.address));
            out.push(permission(build, resource, address, "cognito-idp.amazonaws.com", limits));
            return;
        }
        "Api" => {
            let (suffix, arn) = rest_api(build, event);
            let arn = Some(arn);
            ("apigateway.amazonaws.com", suffix, Limits { arn, ..Limits::default() })
        }
        "HttpApi" => {
            let arn = Some(http_api(build, event));
            ("apigateway.amazonaws.com", String::new(), Limits { arn, ..Limits::default() })
        }
        _ => return,
    };
    out.push(permission(build, resource, format!("{id}Permission{suffix}"), principal, limits));
}

const EXECUTE: &str = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${api}/";

/// What the permission is named after, and the part of the API that may invoke.
fn rest_api(build: &Build<'_>, event: &Event<'_>) -> (String, Value) {
    let on = build.on;
    let node = event.node.get("Properties").and_then(|it| it.get("RestApiId"));
    let (api, suffix) = match node {
        None => (on.attribute("ServerlessRestApi", "Ref", build.span), "Prod".to_owned()),
        Some(node) => {
            let named = referred(node).or_else(|| node.as_str().filter(|_| node.tag.is_none()));
            let resource = named.as_deref().and_then(|name| on.template.resource(name));
            let stage = resource.map(|it| it.node.get("Properties").and_then(|it| it.get("StageName")));
            let literal = |node: &Node| Some(node).filter(|node| node.tag.is_none()).and_then(Node::as_str);
            let suffix = match stage {
                None => "AllStages".to_owned(),
                Some(stage) => stage.and_then(literal).unwrap_or_else(|| "Stage".to_owned()),
            };
            let value = event.get("RestApiId").cloned();
            let value = match (resource, referred(node)) {
                (Some(resource), None) => Some(on.attribute(&resource.address, "Ref", node.span)),
                _ => value,
            };
            (value.unwrap_or_else(|| build.text("*")), suffix)
        }
    };
    let word = |name: &str| event.get(name).and_then(Value::as_str).map(std::borrow::Cow::into_owned);
    let method = word("Method").unwrap_or_default().to_uppercase();
    let method = if method == "ANY" { "*".to_owned() } else { method };
    let path = word("Path").unwrap_or_else(|| "/*".to_owned());
    let path = wildcards(trimmed(&path));
    let template = format!("{EXECUTE}*/${{method}}${{path}}");
    let values = [("api", &api), ("method", &build.text(&method)), ("path", &build.text(&path))];
    (suffix, build.sub(&template, &values))
}

fn http_api(build: &Build<'_>, event: &Event<'_>) -> Value {
    const ANY: &str = "X-AMAZON-APIGATEWAY-ANY-METHOD";
    let on = build.on;
    let node = event.node.get("Properties").and_then(|it| it.get("ApiId"));
    let api = match node.map(|node| (node, node.as_str().filter(|_| node.tag.is_none()))) {
        None => on.attribute("ServerlessHttpApi", "Ref", build.span),
        Some((node, Some(name))) if on.template.resource(&name).is_some() => {
            on.attribute(&name, "Ref", node.span)
        }
        Some(_) => event.get("ApiId").cloned().unwrap_or_else(|| build.text("*")),
    };
    let word = |name: &str| event.get(name).and_then(Value::as_str).map(std::borrow::Cow::into_owned);
    let path = word("Path").unwrap_or_else(|| "$default".to_owned());
    let path = if path == "$default" { String::new() } else { wildcards(trimmed(&path)) };
    let method = word("Method").map_or_else(|| ANY.to_owned(), |method| method.to_uppercase());
    let method = if method == "ANY" || method == ANY { "*".to_owned() } else { method };
    let template = format!("{EXECUTE}*/${{method}}${{path}}");
    let values = [("api", &api), ("method", &build.text(&method)), ("path", &build.text(&path))];
    build.sub(&template, &values)
}

/// The path without a slash at its end.
fn trimmed(path: &str) -> &str {
    path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path)
}

/// The path with `*` for its parameters.
pub(super) fn wildcards(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((inner, following)) = after.split_once('}') else { break };
        out.push_str(before);
        let name = inner.strip_suffix('+').unwrap_or(inner);
        let is_name = !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        if is_name {
            out.push('*');
        } else {
            out.push('{');
            out.push_str(inner);
            out.push('}');
        }
        rest = following;
    }
    out.push_str(rest);
    out
}

/// `SNS`: directly, or through a queue.
fn topic(build: &Build<'_>, resource: &Resource<'_>, event: &Event<'_>, found: &mut Events) {
    let on = build.on;
    let Some(topic) = event.get("Topic") else { return };
    let queue = event.get("SqsSubscription").filter(|value| value.as_str().is_none_or(|word| word == "true"));
    let subscription = |protocol: &str, endpoint: Value| {
        let properties = into_map(build.map(vec![
            ("Protocol", build.text(protocol)),
            ("Endpoint", endpoint),
            ("TopicArn", topic.clone()),
        ]));
        made(event.id.clone(), "AWS::SNS::Subscription", build.span, properties)
    };
    let Some(queue) = queue else {
        let limits = Limits { arn: Some(topic.clone()), ..Limits::default() };
        let address = format!("{}Permission", event.id);
        found.resources.push(permission(build, resource, address, "sns.amazonaws.com", limits));
        let alias = referable(on.template, resource, "Alias");
        let endpoint = match alias {
            Some(alias) => on.attribute(&alias, "Ref", build.span),
            None => on.attribute(&resource.address, "Arn", build.span),
        };
        found.resources.push(subscription("lambda", endpoint));
        return;
    };
    let given = |name: &str| queue.as_map().and_then(|map| map.get(name)).cloned();
    let id = format!("{}Queue", event.id);
    let arn = given("QueueArn").unwrap_or_else(|| on.attribute(&id, "Arn", build.span));
    let url = given("QueueUrl").unwrap_or_else(|| on.attribute(&id, "Ref", build.span));
    let policy = given("QueuePolicyLogicalId").and_then(|name| Some(name.as_str()?.into_owned()));
    let address = policy.unwrap_or_else(|| format!("{id}Policy"));
    if queue.as_map().is_none() {
        found.resources.push(made(id, "AWS::SQS::Queue", build.span, Map::default()));
    }
    let limit = ("ArnEquals", "aws:SourceArn", topic.clone());
    let statement = build.accept(build.text("*"), "sqs:SendMessage", arn.clone(), limit);
    let properties =
        into_map(build.map(vec![
            ("PolicyDocument", build.document(vec![statement])),
            ("Queues", build.list(vec![url])),
        ]));
    found.resources.push(made(address, "AWS::SQS::QueuePolicy", build.span, properties));
    found.resources.push(subscription("sqs", arn));
    found.grants.attached.push(build.managed("service-role/AWSLambdaSQSQueueExecutionRole"));
}

/// The queue that SAM makes for what a rule could not deliver.
pub(super) fn dead_letters(build: &Build<'_>, event: &Event<'_>, rule: &Value, out: &mut Vec<Expanded>) {
    let Some(config) = event.get("DeadLetterConfig").and_then(Value::as_map) else { return };
    if config.get("Type").is_none() {
        return;
    }
    let named = config.get("QueueLogicalId").and_then(|name| Some(name.as_str()?.into_owned()));
    let id = named.unwrap_or_else(|| format!("{}Queue", event.id));
    let symbol = |attribute: &str| build.on.attribute(&id, attribute, build.span);
    let principal = build.map(vec![("Service", build.text("events.amazonaws.com"))]);
    let limit = ("ArnEquals", "aws:SourceArn", rule.clone());
    let statement = build.accept(principal, "sqs:SendMessage", symbol("Arn"), limit);
    let properties = into_map(build.map(vec![
        ("PolicyDocument", build.document(vec![statement])),
        ("Queues", build.list(vec![symbol("Ref")])),
    ]));
    out.push(made(id, "AWS::SQS::Queue", build.span, Map::default()));
    out.push(made(format!("{}QueuePolicy", event.id), "AWS::SQS::QueuePolicy", build.span, properties));
}

/// `ScheduleV2`: a role for the scheduler, unless one is given.
pub(super) fn scheduled(
    build: &Build<'_>,
    event: &Event<'_>,
    action: &str,
    target: Value,
    out: &mut Vec<Expanded>,
) {
    let config = event.get("DeadLetterConfig").and_then(Value::as_map);
    let mut queue = config.and_then(|config| config.get("Arn")).cloned();
    if config.is_some_and(|config| config.get("Type").is_some()) {
        let named = config.and_then(|config| config.get("QueueLogicalId")).and_then(Value::as_str);
        let id = named.map_or_else(|| format!("{}Queue", event.id), std::borrow::Cow::into_owned);
        queue = Some(build.on.attribute(&id, "Arn", build.span));
        out.push(made(id, "AWS::SQS::Queue", build.span, Map::default()));
    }
    if event.get("RoleArn").is_some() {
        return;
    }
    let name = if action.starts_with("lambda") { "LambdaPolicy" } else { "StartExecutionPolicy" };
    let mut policies =
        vec![build.inline(&format!("{}{name}", event.id), vec![build.allow(&[action], target)])];
    if let Some(queue) = queue {
        let statement = build.allow(&["sqs:SendMessage"], queue);
        policies.push(build.inline(&format!("{}SQSPolicy", event.id), vec![statement]));
    }
    let mut properties = role::of_service(build, "scheduler.amazonaws.com", policies);
    if let Some(boundary) = event.get("PermissionsBoundary") {
        properties.insert("PermissionsBoundary", boundary.span, boundary.clone());
    }
    out.push(made(format!("{}Role", event.id), "AWS::IAM::Role", build.span, properties));
}
