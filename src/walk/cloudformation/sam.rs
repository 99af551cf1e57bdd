//! The roles that SAM makes.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html>

use super::evaluate::Evaluator;
use super::template::{Resource, Template};
use crate::iam::data::managed_policy_by_name;
use crate::parse::Node;
use crate::source::Span;
use crate::value::{Because, Class, Entry, Kind, List, Map, PieceKind, Symbol, Text, Value};

/// Whether a resource comes with a role of its own: a function or state machine that is given none.
pub(super) fn makes_role(template: &Template<'_>, resource: &Resource<'_>) -> bool {
    let globals = |section: &str| template.root.get("Globals").and_then(|globals| globals.get(section));
    let section = match &*resource.type_name {
        "AWS::Serverless::Function" => "Function",
        "AWS::Serverless::StateMachine" => "StateMachine",
        _ => return false,
    };
    let own = resource.node.get("Properties").and_then(|properties| properties.get("Role"));
    own.is_none() && globals(section).and_then(|section| section.get("Role")).is_none()
}

/// The properties of the role that SAM makes for a function or state machine.
pub(super) fn role(on: &Evaluator<'_>, resource: &Resource<'_>) -> Map {
    let place = resource.span;
    let mut properties = Map::default();
    let trust = property(on, resource, "AssumeRolePolicyDocument");
    let trust = trust.unwrap_or_else(|| default_trust(&resource.type_name, place));
    properties.insert("AssumeRolePolicyDocument", place, trust);
    for (from, to) in [("RolePath", "Path"), ("PermissionsBoundary", "PermissionsBoundary")] {
        if let Some(value) = property(on, resource, from) {
            properties.insert(to, value.span, value);
        }
    }
    let mut attached = List::default();
    if &*resource.type_name == "AWS::Serverless::Function" {
        attached.items.push(managed("service-role/AWSLambdaBasicExecutionRole", on, place));
    }
    let mut inline = Vec::new();
    if let Some(policies) = property(on, resource, "Policies") {
        attached.open |= policies.as_list().is_some_and(|list| list.open);
        let items = policies.as_list().map_or(std::slice::from_ref(&policies), |list| &list.items);
        for (index, item) in items.iter().enumerate() {
            policy(on, resource, index, item, &mut attached, &mut inline);
        }
    }
    properties.insert("ManagedPolicyArns", place, Value::new(Kind::List(attached), place));
    if !inline.is_empty() {
        properties.insert("Policies", place, Value::list(inline, place));
    }
    properties
}

/// A property of the resource, or what `Globals` says.
fn property(on: &Evaluator<'_>, resource: &Resource<'_>, name: &str) -> Option<Value> {
    on.property(resource, name).or_else(|| {
        let section = resource.type_name.rsplit("::").next()?;
        let node: &Node = on.template.root.get("Globals")?.get(section)?.get(name)?;
        Some(on.value(node)).filter(|value| !value.is_unset())
    })
}

/// Sorts one of the policies: documents are inline, names and ARNs are attached, and SAM's own policy
/// templates are an attached policy that is not known.
fn policy(
    on: &Evaluator<'_>,
    resource: &Resource<'_>,
    index: usize,
    item: &Value,
    attached: &mut List,
    inline: &mut Vec<Value>,
) {
    let mut names = Vec::new();
    let mut documents = Vec::new();
    let mut missing = false;
    for one in item.alternatives() {
        match &one.kind {
            Kind::Null | Kind::Absent => missing = true,
            Kind::Map(map) if map.get("Statement").is_some() => documents.push(one.clone()),
            Kind::Map(map) => {
                let named = map.entries.first().and_then(|entry| entry.key.as_literal());
                let name = named.unwrap_or_default();
                let key = format!("{}.Policies.{index}.{name}", resource.address);
                let span = map.entries.first().map_or(one.span, |entry| entry.key_span);
                names.push(on.unknown(&key, Because::Expression, span));
            }
            _ => names.push(arn_of(one, on)),
        }
    }
    // What may not be there at all is a choice with nothing.
    let sometimes = missing || (!names.is_empty() && !documents.is_empty());
    let absent = || sometimes.then(|| Value::new(Kind::Absent, item.span));
    if !names.is_empty() {
        attached.items.push(Value::choice(names.into_iter().chain(absent()), item.span));
    }
    if !documents.is_empty() {
        let documents = documents.into_iter().map(|document| named_document(resource, index, document));
        inline.push(Value::choice(documents.chain(absent()).collect::<Vec<_>>(), item.span));
    }
}

fn named_document(resource: &Resource<'_>, index: usize, document: Value) -> Value {
    let span = document.span;
    let mut map = Map::default();
    let name = format!("{}RolePolicy{index}", resource.address);
    map.insert("PolicyName", span, Value::literal(name, span));
    map.insert("PolicyDocument", span, document);
    Value::new(Kind::Map(map), span)
}

/// A policy that is given by its name, as its ARN.
fn arn_of(value: &Value, on: &Evaluator<'_>) -> Value {
    match value.as_str() {
        Some(name) if !name.starts_with("arn:") => {
            let path = managed_policy_by_name(&name).unwrap_or("/");
            managed(&format!("{}{name}", path.trim_start_matches('/')), on, value.span)
        }
        _ => value.clone(),
    }
}

fn managed(path: &str, on: &Evaluator<'_>, span: Span) -> Value {
    let partition = Symbol::new(Class::Partition, on.template.unit.clone(), Because::Run);
    let mut text = Text::literal("arn:", span);
    text.push(PieceKind::Symbol(partition), span);
    text.push_str(format!(":iam::aws:policy/{path}"), span);
    Value::text(text, span)
}

fn default_trust(type_name: &str, span: Span) -> Value {
    let service =
        if type_name.ends_with("Function") { "lambda.amazonaws.com" } else { "states.amazonaws.com" };
    let map = |entries: &[(&str, Value)]| {
        let entry = |(key, value): &(&str, Value)| Entry {
            key: Text::literal(*key, span),
            key_span: span,
            value: value.clone(),
        };
        Value::new(Kind::Map(Map { entries: entries.iter().map(entry).collect(), open: false }), span)
    };
    let text = |text: &str| Value::literal(text, span);
    let statement = map(&[
        ("Effect", text("Allow")),
        ("Principal", map(&[("Service", text(service))])),
        ("Action", text("sts:AssumeRole")),
    ]);
    map(&[("Version", text("2012-10-17")), ("Statement", Value::list(vec![statement], span))])
}
