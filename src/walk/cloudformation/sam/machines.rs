//! State machines: their role, and the roles of their events.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-statemachine.html>

use super::build::Build;
use super::event::read;
use super::events::{dead_letters, scheduled};
use super::expanded::Expanded;
use super::expanded::made;
use super::reader::Reader;
use super::role;
use super::role::makes_role;
use super::template::Resource;

/// What SAM makes of a state machine besides itself.
pub(super) fn expanded(on: &Reader<'_>, resource: &Resource<'_>) -> Vec<Expanded> {
    let mut found = Vec::new();
    let present = makes_role(on, resource);
    if !present.is_no() {
        let build = Build::new(on, resource.span);
        found.push(Expanded {
            address: format!("{}Role", resource.address),
            type_name: "AWS::IAM::Role",
            span: resource.span,
            present,
            properties: role::of_machine(&build, resource),
        });
    }
    for event in read(on, resource) {
        let build = Build::new(on, event.node.span);
        let machine = on.attribute(&resource.address, "Ref", build.span);
        let service = match event.kind.as_str() {
            "ScheduleV2" => {
                scheduled(&build, &event, "states:StartExecution", machine, &mut found);
                continue;
            }
            "Api" => "apigateway.amazonaws.com",
            "Schedule" | "CloudWatchEvent" | "EventBridgeRule" => "events.amazonaws.com",
            _ => continue,
        };
        if service == "events.amazonaws.com" {
            let rule = on.attribute(&event.id, "Arn", build.span);
            dead_letters(&build, &event, &rule, &mut found);
        }
        if event.kind == "Schedule" && event.get("RoleArn").is_some() {
            continue;
        }
        let id = format!("{}Role", event.id);
        let statement = build.allow(&["states:StartExecution"], machine);
        let policy = build.inline(&format!("{id}StartExecutionPolicy"), vec![statement]);
        let mut properties = role::of_service(&build, service, vec![policy]);
        if let Some(boundary) = on.property(resource, "PermissionsBoundary") {
            properties.insert("PermissionsBoundary", boundary.span, boundary);
        }
        found.push(made(id, "AWS::IAM::Role", build.span, properties));
    }
    found
}
