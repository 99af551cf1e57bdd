//! Where a function's results go, and its URL: the access both bring with them.

use super::build::members;
use super::build::{Build, into_map};
use super::events::invoked;
use super::expanded::Expanded;
use super::expanded::made;
use super::reader::Reader;
use super::template::Resource;
use crate::value::{Map, Value};

/// `EventInvokeConfig`: the queues and topics it makes, and the policies that let the function write there.
pub(super) fn destinations(on: &Reader<'_>, resource: &Resource<'_>, out: &mut Vec<Expanded>) -> Vec<Value> {
    let config = on.property(resource, "EventInvokeConfig");
    let config = config.as_ref().and_then(Value::as_map).and_then(|map| map.get("DestinationConfig"));
    let mut policies = Vec::new();
    for (outcome, span, target) in members(config) {
        let Some(map) = target.as_map() else { continue };
        let build = Build::new(on, span);
        let id = format!("{}EventInvokeConfig{outcome}", resource.address);
        let kind = map.get("Type").and_then(Value::as_str).unwrap_or_default();
        let (action, name, made_type) = match &*kind {
            "SQS" => ("sqs:SendMessage", "SQSPolicy", Some(("Queue", "AWS::SQS::Queue"))),
            "SNS" => ("sns:publish", "SNSPolicy", Some(("Topic", "AWS::SNS::Topic"))),
            "EventBridge" => ("events:PutEvents", "EventBridgePolicy", None),
            "Lambda" => ("lambda:InvokeFunction", "LambdaPolicy", None),
            "S3Bucket" => ("s3:PutObject", "S3Policy", None),
            _ => continue,
        };
        let given = map.get("Destination").filter(|value| !value.is_unset()).cloned();
        let maybe = given.as_ref().is_none_or(|value| value.alternatives().iter().any(Value::is_unset));
        let made_arn = made_type.filter(|_| maybe).map(|(suffix, type_name)| {
            let id = format!("{id}{suffix}");
            let attribute = if type_name == "AWS::SQS::Queue" { "Arn" } else { "Ref" };
            let arn = on.attribute(&id, attribute, span);
            out.push(made(id, type_name, span, Map::default()));
            arn
        });
        let given = given.iter().flat_map(Value::alternatives).filter(|one| !one.is_unset());
        let target = Value::choice(given.cloned().chain(made_arn).collect::<Vec<_>>(), span);
        if target.is_unset() {
            continue;
        }
        let statements = if &*kind == "S3Bucket" {
            let objects = build.sub("${bucket}/*", &[("bucket", &target)]);
            vec![build.allow(&[action], objects), build.allow(&["s3:ListBucket"], target)]
        } else {
            vec![build.allow(&[action], target)]
        };
        policies.push(build.inline(&format!("{id}{name}"), statements));
    }
    policies
}

/// `FunctionUrlConfig`: with `AuthType: NONE`, permissions for everybody.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
pub(super) fn url(on: &Reader<'_>, resource: &Resource<'_>) -> Vec<Expanded> {
    let Some(config) = on.property(resource, "FunctionUrlConfig") else { return Vec::new() };
    let auth = config.as_map().and_then(|map| map.get("AuthType"));
    let Some(auth) = auth.filter(|auth| auth.as_str().is_some_and(|word| word == "NONE")) else {
        return Vec::new();
    };
    let build = Build::new(on, auth.span);
    let properties = |action: &str, limit: (&str, Value)| {
        into_map(build.map(vec![
            ("Action", build.text(action)),
            ("FunctionName", invoked(&build, resource)),
            ("Principal", build.text("*")),
            limit,
        ]))
    };
    let by_url = properties("lambda:InvokeFunctionUrl", ("FunctionUrlAuthType", build.text("NONE")));
    let through_url = properties("lambda:InvokeFunction", ("InvokedViaFunctionUrl", build.text("true")));
    vec![
        made(
            format!("{}UrlPublicPermissions", resource.address),
            "AWS::Lambda::Permission",
            auth.span,
            by_url,
        ),
        made(
            format!("{}URLInvokeAllowPublicAccess", resource.address),
            "AWS::Lambda::Permission",
            auth.span,
            through_url,
        ),
    ]
}
