//! SAM: what its resources are made into, as far as that carries access.
//!
//! SAM is a macro: its resources become ordinary ones, and with them roles, permissions and policies that
//! nobody wrote. Everything here says what the transformation says, so that the rest of the program needs to
//! know nothing of SAM.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html>

mod api;
mod build;
mod connectors;
mod events;
mod globals;
mod machines;
mod made;
mod policies;
mod pull;
mod results;
mod role;

pub(super) use globals::{global, merged};
pub(super) use made::{Made, add_made, made_property, referable, shown};

use super::evaluate::Evaluator;
use super::template::Resource;
use crate::source::Span;
use crate::value::{Answer, Entry, Kind as ValueKind, Map, Text, Value};

/// A type of SAM.
#[derive(Debug)]
pub(super) struct Kind {
    /// The type as it is written.
    pub(super) name: &'static str,
    /// The type of what it becomes.
    pub(super) makes: &'static str,
    /// Properties that are called otherwise in SAM: the name of the type it becomes, and SAM's.
    renamed: &'static [(&'static str, &'static str)],
    /// Properties that only SAM has.
    own: &'static [&'static str],
}

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html>
static KINDS: &[Kind] = &[
    Kind {
        name: "AWS::Serverless::Function",
        makes: "AWS::Lambda::Function",
        renamed: &[],
        own: &[
            "Policies",
            "AssumeRolePolicyDocument",
            "RolePath",
            "PermissionsBoundary",
            "Events",
            "FunctionUrlConfig",
            "EventInvokeConfig",
            "DeploymentPreference",
            "AutoPublishAlias",
            "DeadLetterQueue",
        ],
    },
    Kind {
        name: "AWS::Serverless::StateMachine",
        makes: "AWS::StepFunctions::StateMachine",
        renamed: &[("StateMachineName", "Name"), ("RoleArn", "Role"), ("StateMachineType", "Type")],
        own: &["Policies", "RolePath", "PermissionsBoundary", "Events"],
    },
    Kind { name: "AWS::Serverless::Api", makes: "AWS::ApiGateway::RestApi", renamed: &[], own: &["Auth"] },
    Kind { name: "AWS::Serverless::HttpApi", makes: "AWS::ApiGatewayV2::Api", renamed: &[], own: &["Auth"] },
    Kind { name: "AWS::Serverless::SimpleTable", makes: "AWS::DynamoDB::Table", renamed: &[], own: &[] },
    Kind {
        name: "AWS::Serverless::LayerVersion",
        makes: "AWS::Lambda::LayerVersion",
        renamed: &[],
        own: &[],
    },
    Kind {
        name: "AWS::Serverless::Application",
        makes: "AWS::CloudFormation::Stack",
        renamed: &[("TemplateURL", "Location")],
        own: &[],
    },
    Kind { name: "AWS::Serverless::GraphQLApi", makes: "AWS::AppSync::GraphQLApi", renamed: &[], own: &[] },
    Kind { name: "AWS::Serverless::Connector", makes: "AWS::Serverless::Connector", renamed: &[], own: &[] },
];

/// The kind of a type, when it is one of SAM's.
pub(super) fn kind(type_name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == type_name)
}

impl Kind {
    /// What a property of the type it becomes is called in SAM.
    pub(super) fn written<'n>(&self, name: &'n str) -> &'n str {
        let renamed = self.renamed.iter().find(|(real, _)| *real == name);
        renamed.map_or(name, |(_, written)| *written)
    }

    /// The name of its section in `Globals`.
    fn section(&self) -> &'static str {
        self.name.rsplit("::").next().unwrap_or(self.name)
    }
}

/// A resource that SAM makes.
pub(super) struct Expanded {
    pub(super) address: String,
    pub(super) type_name: &'static str,
    pub(super) span: Span,
    pub(super) present: Answer,
    pub(super) properties: Map,
}

/// What SAM makes of a resource besides the resource itself.
pub(super) fn expanded(on: &Evaluator<'_>, resource: &Resource<'_>) -> Vec<Expanded> {
    let Some(kind) = resource.sam else {
        // Ordinary resources may have connectors too.
        return connectors::embedded(on, resource);
    };
    let mut found = match kind.section() {
        "Function" => function(on, resource),
        "StateMachine" => machines::expanded(on, resource),
        "Connector" => connectors::written(on, resource),
        _ => Vec::new(),
    };
    found.extend(connectors::embedded(on, resource));
    found
}

fn function(on: &Evaluator<'_>, resource: &Resource<'_>) -> Vec<Expanded> {
    let mut events = events::of_function(on, resource);
    let invoked = results::destinations(on, resource, &mut events.resources);
    let mut found = Vec::new();
    let made = makes_role(on, resource);
    if !made.is_no() {
        let build = build::Build::new(on, resource.span);
        let properties = role::of_function(&build, resource, &events.grants, invoked);
        found.push(Expanded {
            address: format!("{}Role", resource.address),
            type_name: "AWS::IAM::Role",
            span: resource.span,
            present: made,
            properties,
        });
    }
    found.extend(events.resources);
    found.extend(results::url(on, resource));
    found
}

/// Whether a function or state machine comes with a role of its own: when it is given none.
fn makes_role(on: &Evaluator<'_>, resource: &Resource<'_>) -> Answer {
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

/// The properties of what a resource becomes, with what `Globals` adds.
pub(super) fn properties(on: &Evaluator<'_>, resource: &Resource<'_>, kind: &Kind, written: Map) -> Map {
    let mut map = Map { entries: Vec::new(), open: written.open };
    for entry in written.entries {
        let name = entry.key.as_literal().unwrap_or_default();
        if kind.own.contains(&&*name) {
            continue;
        }
        let real = kind.renamed.iter().find(|(_, written)| *written == name);
        let key = real.map_or_else(|| entry.key.clone(), |(real, _)| Text::literal(*real, entry.key_span));
        map.entries.push(Entry { key, ..entry });
    }
    for (name, place, value) in globals::inherited(on, resource, kind) {
        if kind.own.contains(&name) {
            continue;
        }
        match map.entries.iter_mut().find(|entry| entry.key.is_literally(name)) {
            Some(entry) => entry.value = value,
            None => map.insert(name, place, value),
        }
    }
    match kind.section() {
        "Function" => with_role(on, resource, "Role", &mut map),
        "StateMachine" => with_role(on, resource, "RoleArn", &mut map),
        "Api" => {
            if let Some(policy) = api::policy(on, resource) {
                map.insert("Policy", policy.span, policy);
            }
        }
        _ => {}
    }
    map
}

/// Puts in the role that is made, wherever none is given.
fn with_role(on: &Evaluator<'_>, resource: &Resource<'_>, name: &str, map: &mut Map) {
    if makes_role(on, resource).is_no() {
        return;
    }
    let made = on.attribute(&format!("{}Role", resource.address), "Arn", resource.span);
    let given = on.property(resource, name);
    let given = given.iter().flat_map(Value::alternatives).filter(|one| !one.is_unset()).cloned();
    let value = Value::choice(given.chain([made]).collect::<Vec<_>>(), resource.span);
    map.entries.retain(|entry| !entry.key.is_literally(name));
    map.insert(name, resource.span, value);
}

/// The members of a map that a value is, with the names that are literal.
fn members(value: Option<&Value>) -> impl Iterator<Item = (String, Span, &Value)> {
    let maps = value.map_or(&[][..], Value::alternatives).iter().filter_map(|one| match &one.kind {
        ValueKind::Map(map) => Some(map),
        _ => None,
    });
    maps.flat_map(|map| &map.entries).filter_map(|entry| {
        let name = entry.key.as_literal()?.into_owned();
        Some((name, entry.key_span, &entry.value))
    })
}
