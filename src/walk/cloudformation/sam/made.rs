//! The resources that SAM makes, by their logical ids, so that templates can refer to them.

use super::event::events;
use super::globals;
use super::reader::Reader;
use super::template::{Made, Resource, Template};
use crate::parse::Node;
use crate::value::Value;

/// Adds what SAM makes to a template, as far as templates refer to it.
pub(super) fn add_made(template: &mut Template<'_>) {
    let mut found = Vec::new();
    for (owner, resource) in template.resources.iter().enumerate() {
        let Some(kind) = resource.sam else { continue };
        let mut add = |suffix: &str, type_name: &'static str, event: Option<&str>| {
            let made = Made { type_name, owner, event: event.map(str::to_owned) };
            let id = match suffix.strip_prefix('\0') {
                Some(id) => id.to_owned(),
                None => format!("{}{suffix}", resource.address),
            };
            found.push((id, made));
        };
        match kind.section() {
            "Function" => of_function(resource, template, &mut add),
            "StateMachine" => of_machine(resource, &mut add),
            "Api" => {
                let stage = resource.node.get("Properties").and_then(|it| it.get("StageName"));
                let name = stage.filter(|node| node.tag.is_none()).and_then(Node::as_str);
                add(&format!("{}Stage", name.unwrap_or_default()), "AWS::ApiGateway::Stage", None);
            }
            _ => {}
        }
        let implicit = |wanted: &str, named: &str| {
            events(resource).any(|(_, event)| {
                event.get("Type").and_then(Node::as_str).is_some_and(|it| it == wanted)
                    && event.get("Properties").is_none_or(|properties| properties.get(named).is_none())
            })
        };
        for (event, named, id, type_name) in [
            ("Api", "RestApiId", "ServerlessRestApi", "AWS::ApiGateway::RestApi"),
            ("HttpApi", "ApiId", "ServerlessHttpApi", "AWS::ApiGatewayV2::Api"),
        ] {
            if implicit(event, named) {
                found.push((id.to_owned(), Made { type_name, owner, event: None }));
            }
        }
    }
    for (address, made) in found {
        if template.resource(&address).is_none() {
            template.made.entry(address).or_insert(made);
        }
    }
}

type Add<'f> = dyn FnMut(&str, &'static str, Option<&str>) + 'f;

fn of_function(resource: &Resource<'_>, template: &Template<'_>, add: &mut Add<'_>) {
    let properties = resource.node.get("Properties");
    let globals = template.sections.root.get("Globals").and_then(|it| it.get("Function"));
    let set = |name: &str| properties.and_then(|it| it.get(name)).or_else(|| globals?.get(name));
    if may_make_role(properties.and_then(|it| it.get("Role"))) {
        add("Role", "AWS::IAM::Role", None);
    }
    if set("FunctionUrlConfig").is_some() {
        add("Url", "AWS::Lambda::Url", None);
    }
    if let Some(alias) = set("AutoPublishAlias") {
        let name = alias_name(alias, template);
        add(&format!("Alias{name}"), "AWS::Lambda::Alias", None);
        add("Version", "AWS::Lambda::Version", None);
    }
    if let Some(invoke) = set("EventInvokeConfig").and_then(|it| it.get("DestinationConfig")) {
        for outcome in ["OnSuccess", "OnFailure"] {
            let Some(target) = invoke.get(outcome) else { continue };
            let (suffix, type_name) = match target.get("Type").and_then(Node::as_str).as_deref() {
                Some("SQS") => ("Queue", "AWS::SQS::Queue"),
                Some("SNS") => ("Topic", "AWS::SNS::Topic"),
                _ => continue,
            };
            add(&format!("EventInvokeConfig{outcome}{suffix}"), type_name, None);
        }
    }
    for (name, event) in events(resource) {
        let kind = event.get("Type").and_then(Node::as_str).unwrap_or_default();
        match kind.as_str() {
            "Schedule" | "CloudWatchEvent" | "EventBridgeRule" => {
                add(name, "AWS::Events::Rule", Some(name));
                add_queue(name, event, add);
            }
            "ScheduleV2" => schedule(name, event, add),
            "SNS" => {
                add(name, "AWS::SNS::Subscription", Some(name));
                add(&format!("{name}Queue"), "AWS::SQS::Queue", Some(name));
            }
            "IoTRule" => add(name, "AWS::IoT::TopicRule", Some(name)),
            _ => {}
        }
    }
}

fn of_machine(resource: &Resource<'_>, add: &mut Add<'_>) {
    let properties = resource.node.get("Properties");
    if may_make_role(properties.and_then(|it| it.get("Role"))) {
        add("Role", "AWS::IAM::Role", None);
    }
    for (name, event) in events(resource) {
        let kind = event.get("Type").and_then(Node::as_str).unwrap_or_default();
        match kind.as_str() {
            "ScheduleV2" => schedule(name, event, add),
            "Api" => add(&format!("{name}Role"), "AWS::IAM::Role", Some(name)),
            _ => {
                add(name, "AWS::Events::Rule", Some(name));
                add(&format!("{name}Role"), "AWS::IAM::Role", Some(name));
                add_queue(name, event, add);
            }
        }
    }
}

fn schedule(name: &str, event: &Node, add: &mut Add<'_>) {
    add(name, "AWS::Scheduler::Schedule", Some(name));
    add(&format!("{name}Role"), "AWS::IAM::Role", Some(name));
    add_queue(name, event, add);
}

fn add_queue(name: &str, event: &Node, add: &mut Add<'_>) {
    let config = event.get("Properties").and_then(|it| it.get("DeadLetterConfig"));
    let Some(config) = config.filter(|config| config.get("Type").is_some()) else { return };
    match config.get("QueueLogicalId").and_then(Node::as_str) {
        // It is called so without the name of what it is made for.
        Some(id) => add(&format!("\0{id}"), "AWS::SQS::Queue", Some(name)),
        None => add(&format!("{name}Queue"), "AWS::SQS::Queue", Some(name)),
    }
}

/// A role that is given for sure leaves no room for one that is made. A choice may.
fn may_make_role(given: Option<&Node>) -> bool {
    given.is_none_or(|node| node.get("Fn::If").is_some() || node.has_tag("!If"))
}

/// The name of the alias: a text, or the default of the parameter that is referred to.
fn alias_name(node: &Node, template: &Template<'_>) -> String {
    let referred = match node.tag.as_deref() {
        Some("!Ref") => node.as_str(),
        _ => node.get("Ref").and_then(Node::as_str),
    };
    let Some(name) = referred else { return node.as_str().unwrap_or_default() };
    let given = template
        .sections
        .parameters
        .given
        .values
        .get(&name)
        .and_then(|it| Some(it.value.as_str()?.into_owned()));
    let default = || template.sections.parameters.declared.get(name.as_str())?.get("Default")?.as_str();
    given.or_else(default).unwrap_or_default()
}

/// The logical id of what `Function.Alias` and the like mean.
pub(super) fn referable(template: &Template<'_>, resource: &Resource<'_>, property: &str) -> Option<String> {
    let kind = resource.sam?;
    let address = &resource.address;
    let id = match (kind.section(), property) {
        ("Function" | "StateMachine", "Role") => format!("{address}Role"),
        ("Function", "Version") => format!("{address}Version"),
        ("Function", "Alias") => {
            let own = resource.node.get("Properties").and_then(|it| it.get("AutoPublishAlias"));
            let node = own.or_else(|| globals::global(template, resource, "AutoPublishAlias"))?;
            format!("{address}Alias{}", alias_name(node, template))
        }
        ("Api", "Stage") => {
            let stage = resource.node.get("Properties").and_then(|it| it.get("StageName"))?;
            let name = Some(stage).filter(|node| node.tag.is_none()).and_then(Node::as_str);
            format!("{address}{}Stage", name.unwrap_or_default())
        }
        ("Function", "DestinationQueue") => destination(template, resource, "Queue")?,
        ("Function", "DestinationTopic") => destination(template, resource, "Topic")?,
        _ => return None,
    };
    template.made.contains_key(&id).then_some(id)
}

fn destination(template: &Template<'_>, resource: &Resource<'_>, suffix: &str) -> Option<String> {
    let id = |outcome: &str| format!("{}EventInvokeConfig{outcome}{suffix}", resource.address);
    ["OnSuccess", "OnFailure"].map(id).into_iter().find(|id| template.made.contains_key(id))
}

/// What a resource that SAM makes is shown as.
pub(in crate::walk::cloudformation) fn shown(owner: &Resource<'_>, address: &str) -> String {
    let suffix = address.strip_prefix(&*owner.address).unwrap_or(address);
    match owner.shown.strip_suffix(&*owner.address) {
        Some(prefix) => format!("{prefix}{address}"),
        None => format!("{}{suffix}", owner.shown),
    }
}

/// A property of a resource that SAM makes, as far as its names depend on it.
pub(super) fn made_property(on: &Reader<'_>, owner: &Resource<'_>, made: &Made, name: &str) -> Option<Value> {
    let event = |names: &[&str]| {
        let wanted = made.event.as_deref()?;
        let (_, node) = events(owner).find(|(known, _)| *known == wanted)?;
        let properties = node.get("Properties")?;
        let node = names.iter().find_map(|name| properties.get(name))?;
        Some(on.within(&owner.scope, || on.value(node))).filter(|value| !value.is_unset())
    };
    match (made.type_name, name) {
        ("AWS::IAM::Role", "Path") if made.event.is_none() => on.property(owner, "RolePath"),
        ("AWS::Events::Rule", "Name") => event(&["RuleName", "Name"]),
        ("AWS::Events::Rule", "EventBusName") => event(&["EventBusName"]),
        ("AWS::Lambda::Alias" | "AWS::Lambda::Version", "FunctionName") => {
            Some(on.attribute(&owner.address, "Ref", owner.span))
        }
        ("AWS::Lambda::Alias", "Name") => on.property(owner, "AutoPublishAlias"),
        ("AWS::Scheduler::Schedule", "GroupName") => event(&["GroupName"]),
        _ => None,
    }
}
