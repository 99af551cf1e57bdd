//! Connectors: access from one resource to another, by the names of both.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/reference-sam-connector.html>

use super::build::{Build, into_map};
use super::event::referred;
use super::expanded::Expanded;
use super::expanded::made;
use super::kinds::kind;
use super::reader::Reader;
use super::role::makes_role;
use super::template::Resource;
use crate::bounds;
use crate::parse::Node;
use crate::value::{Because, Kind, Map, Value};

/// Source type, destination type, access; what is made (`role` policy, `queue` or `topic` policy,
/// `permission`) and for which of the two; then for each statement actions and resources, or for what is no
/// policy the service and its conditions. Generated.
static PAIRS: &str = include_str!("../../../../data/sam_connectors.tsv");

/// The connectors that a resource has as its attribute `Connectors`.
pub(super) fn embedded(on: &Reader<'_>, resource: &Resource<'_>) -> Vec<Expanded> {
    let connectors = resource.node.get("Connectors").map_or(&[][..], Node::members);
    let mut found = Vec::new();
    for member in connectors {
        let Some(properties) = member.value.get("Properties") else { continue };
        let source = Side::of(on, &resource.address, properties.get("SourceReference"));
        let id = format!("{}{}", resource.address, member.key);
        found.extend(source.map(|source| connect(on, &id, &source, properties)).unwrap_or_default());
    }
    found
}

/// A connector that is a resource of its own.
pub(super) fn written(on: &Reader<'_>, resource: &Resource<'_>) -> Vec<Expanded> {
    let Some(properties) = resource.node.get("Properties") else { return Vec::new() };
    let source = properties.get("Source").and_then(|node| Side::read(on, node));
    source.map(|source| connect(on, &resource.address, &source, properties)).unwrap_or_default()
}

/// One end of a connector.
struct Side<'n> {
    /// The logical id, unless the end is described by its properties.
    id: Option<String>,
    type_name: String,
    node: Option<&'n Node>,
}

impl<'n> Side<'n> {
    fn read(on: &Reader<'_>, node: &'n Node) -> Option<Self> {
        if let Some(id) = node.get("Id").and_then(Node::as_str) {
            return Self::of(on, &id, Some(node));
        }
        let written = node.get("Type").and_then(Node::as_str)?;
        let made = kind(&written).map(|kind| kind.makes.to_owned());
        Some(Self { id: None, type_name: made.unwrap_or(written), node: Some(node) })
    }

    fn of(on: &Reader<'_>, id: &str, node: Option<&'n Node>) -> Option<Self> {
        let resource = on.template.resource(id)?;
        Some(Self { id: Some(id.to_owned()), type_name: resource.type_name.to_string(), node })
    }

    /// What stands for `Arn`, `Name`, `ResourceId`, `Qualifier`, `QueueUrl` of this end.
    fn value(&self, build: &Build<'_>, name: &str) -> Option<Value> {
        let on = build.on;
        let given = self.node.and_then(|node| node.get(name)).map(|node| on.value(node));
        let Some(id) = &self.id else { return given };
        let attribute = match name {
            "Arn" if matches!(&*self.type_name, "AWS::SNS::Topic" | "AWS::StepFunctions::StateMachine") => {
                "Ref"
            }
            "Arn" => "Arn",
            "Name" => "Name",
            "ResourceId" if self.type_name == "AWS::AppSync::GraphQLApi" => "ApiId",
            "ResourceId" | "QueueUrl" => "Ref",
            "Qualifier" => return given.or_else(|| Some(build.text("*"))),
            _ => return None,
        };
        Some(on.attribute(id, attribute, build.span))
    }

    /// The name of the role that acts for this end.
    fn role(&self, build: &Build<'_>, other: &Side<'_>) -> Option<Value> {
        let on = build.on;
        let Some(id) = &self.id else {
            return self.node.and_then(|node| node.get("RoleName")).map(|node| on.value(node));
        };
        let resource = on.template.resource(id)?;
        if resource.sam.is_some() && !makes_role(on, resource).is_no() {
            return Some(on.attribute(&format!("{id}Role"), "Ref", build.span));
        }
        let property = match &*self.type_name {
            "AWS::Lambda::Function" => "Role",
            "AWS::StepFunctions::StateMachine" if resource.sam.is_some() => "Role",
            "AWS::StepFunctions::StateMachine" => "RoleArn",
            "AWS::AppSync::DataSource" => "ServiceRoleArn",
            "AWS::Events::Rule" => return rule_role(build, resource, other),
            _ => return None,
        };
        let node = resource.node.get("Properties")?.get(property)?;
        Some(on.attribute(&role_id(node)?, "Ref", build.span))
    }
}

/// The role with which a rule writes to the target that is the other end.
fn rule_role(build: &Build<'_>, rule: &Resource<'_>, other: &Side<'_>) -> Option<Value> {
    let targets = rule.node.get("Properties")?.get("Targets")?;
    let wanted = other.id.as_deref()?;
    let target = targets
        .items()
        .iter()
        .find(|target| target.get("Arn").and_then(role_id).is_some_and(|id| id == wanted))?;
    Some(build.on.attribute(&role_id(target.get("RoleArn")?)?, "Ref", build.span))
}

/// The logical id in `!GetAtt Role.Arn` or `!Ref Role`.
fn role_id(node: &Node) -> Option<String> {
    let get = match node.tag.as_deref() {
        Some("!GetAtt") => Some(node),
        _ => node.get("Fn::GetAtt"),
    };
    let Some(get) = get else { return referred(node) };
    let written = get.as_str().or_else(|| get.items().first()?.as_str())?;
    Some(written.split('.').next().unwrap_or(&written).to_owned())
}

fn connect(on: &Reader<'_>, id: &str, source: &Side<'_>, properties: &Node) -> Vec<Expanded> {
    let Some(destination) = properties.get("Destination") else { return Vec::new() };
    let permissions = properties.get("Permissions").map_or(&[][..], Node::items);
    let permissions: Vec<String> = permissions.iter().filter_map(Node::as_str).collect();
    let several = !destination.items().is_empty();
    let all = if several { destination.items() } else { std::slice::from_ref(destination) };
    let mut found = Vec::new();
    for (index, node) in all.iter().enumerate().take(bounds::CONNECTOR_DESTINATIONS) {
        let Some(target) = Side::read(on, node) else { continue };
        let build = Build::new(on, node.span);
        let suffix = if several { format!("Destination{index}") } else { String::new() };
        let ends = Ends { build, source, destination: &target };
        found.extend(ends.resources(id, &suffix, &permissions));
    }
    found
}

struct Ends<'a, 's> {
    build: Build<'a>,
    source: &'s Side<'s>,
    destination: &'s Side<'s>,
}

impl Ends<'_, '_> {
    fn resources(&self, id: &str, suffix: &str, permissions: &[String]) -> Vec<Expanded> {
        let build = &self.build;
        let mut statements = Vec::new();
        let mut made_for = None;
        let mut found = Vec::new();
        for line in PAIRS.lines() {
            let mut fields = line.split('\t');
            let ends = [fields.next(), fields.next()];
            let access = fields.next().unwrap_or_default();
            if ends != [Some(&*self.source.type_name), Some(&*self.destination.type_name)]
                || !permissions.iter().any(|it| it == access)
            {
                continue;
            }
            let (Some(what), Some(whom)) = (fields.next(), fields.next()) else { continue };
            made_for = Some((what, if whom == "source" { self.source } else { self.destination }));
            for row in fields {
                let parts: Vec<&str> = row.split('|').collect();
                let [actions, resources, principal, conditions] = parts.as_slice() else { continue };
                if what == "permission" {
                    let properties = self.permission(actions, principal, conditions);
                    let address = format!("{id}{access}LambdaPermission{suffix}");
                    found.push(made(address, "AWS::Lambda::Permission", build.span, properties));
                } else {
                    statements.push(self.statement(actions, resources, principal, conditions));
                }
            }
        }
        let Some((what, side)) = made_for.filter(|_| !statements.is_empty()) else { return found };
        let document = build.document(statements);
        let (name, type_name, holder) = match what {
            "role" => {
                let other = if std::ptr::eq(side, self.source) { self.destination } else { self.source };
                ("Policy", "AWS::IAM::ManagedPolicy", ("Roles", side.role(build, other)))
            }
            "queue" => ("QueuePolicy", "AWS::SQS::QueuePolicy", ("Queues", side.value(build, "QueueUrl"))),
            _ => ("TopicPolicy", "AWS::SNS::TopicPolicy", ("Topics", side.value(build, "Arn"))),
        };
        let holder_value = holder.1.unwrap_or_else(|| {
            build.on.unknown(&format!("{id}.{}", holder.0), Because::Expression, build.span)
        });
        let properties = into_map(
            build.map(vec![("PolicyDocument", document), (holder.0, build.list(vec![holder_value]))]),
        );
        found.push(made(format!("{id}{name}{suffix}"), type_name, build.span, properties));
        found
    }

    fn statement(&self, actions: &str, resources: &str, principal: &str, conditions: &str) -> Value {
        let build = &self.build;
        let actions: Vec<&str> = actions.split(' ').collect();
        let resources = resources.split(' ').map(|resource| self.filled(resource)).collect();
        let mut statement = into_map(build.allow(&actions, build.list(resources)));
        if !principal.is_empty() {
            let principal = build.map(vec![("Service", build.text(principal))]);
            statement.insert("Principal", build.span, principal);
        }
        if let Some((key, value)) = conditions.split_once('=') {
            let limit = build.map(vec![(key, self.filled(value))]);
            statement.insert("Condition", build.span, build.map(vec![("ArnEquals", limit)]));
        }
        Value::new(Kind::Map(statement), build.span)
    }

    fn permission(&self, action: &str, principal: &str, conditions: &str) -> Map {
        let build = &self.build;
        let function = self.destination.value(build, "Arn");
        let mut members = vec![
            ("Action", build.text(action)),
            ("FunctionName", function.unwrap_or_else(|| build.text("*"))),
            ("Principal", build.text(principal)),
        ];
        let limits = conditions.split(' ').filter_map(|limit| limit.split_once('='));
        members.extend(limits.map(|(name, value)| (name, self.filled(value))));
        into_map(build.map(members))
    }

    /// A text with `${Source.Arn}` and its like put in.
    fn filled(&self, template: &str) -> Value {
        let build = &self.build;
        let mut values = Vec::new();
        for (end, side) in [("Source", self.source), ("Destination", self.destination)] {
            for name in ["Arn", "Name", "ResourceId", "Qualifier"] {
                let key = format!("{end}.{name}");
                if template.contains(&format!("${{{key}}}"))
                    && let Some(value) = side.value(build, name)
                {
                    values.push((key, value));
                }
            }
        }
        let values: Vec<(&str, &Value)> = values.iter().map(|(key, value)| (key.as_str(), value)).collect();
        build.sub(template, &values)
    }
}
