//! `Policies` of functions and state machines: documents, names, ARNs, and SAM's own policy templates.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html>

use super::build::Build;
use super::build::into_map;
use super::build::members;
use super::template::Resource;
use crate::bounds;
use crate::iam::data::managed_policy_by_name;
use crate::lines;
use crate::value::{Because, Kind, List, Map, Value};
use crate::walk::cloudformation::language::evaluate::bounded;

/// Name; then for each statement, separated by tabs: actions, resources, and a condition if there is one, each
/// separated by `|`, their items by spaces. Generated.
static TEMPLATES: &str = include_str!("../../../../data/sam_policies.tsv");

/// Sorts the policies of a resource into those that are attached and those that are inline.
pub(super) fn sort(
    build: &Build<'_>,
    resource: &Resource<'_>,
    written: &Value,
    attached: &mut List,
    inline: &mut Vec<Value>,
) {
    for one in written.alternatives() {
        let sometimes = written.alternatives().len() > 1;
        match &one.kind {
            Kind::List(list) => {
                attached.open |= list.open;
                for (index, item) in list.items.iter().enumerate().take(bounds::POLICY_STATEMENTS) {
                    policy(build, resource, index, item, sometimes, attached, inline);
                }
            }
            Kind::Null | Kind::Absent => {}
            Kind::Unknown(_) => {
                // A list of policies that is not known.
                attached.open = true;
                attached.items.push(one.clone());
            }
            _ => policy(build, resource, 0, one, sometimes, attached, inline),
        }
    }
}

fn policy(
    build: &Build<'_>,
    resource: &Resource<'_>,
    index: usize,
    item: &Value,
    sometimes: bool,
    attached: &mut List,
    inline: &mut Vec<Value>,
) {
    let mut arns = Vec::new();
    let mut documents = Vec::new();
    let mut missing = sometimes;
    let named = |document: Value| {
        let name = format!("{}RolePolicy{index}", resource.address);
        let place = build.at(document.span);
        place.map(vec![("PolicyName", place.text(&name)), ("PolicyDocument", document)])
    };
    for one in item.alternatives() {
        match &one.kind {
            Kind::Null | Kind::Absent => missing = true,
            Kind::Map(map) if map.get("Statement").is_some() => documents.push(named(one.clone())),
            Kind::Map(map) => {
                if let Some(document) = from_template(build, map) {
                    documents.push(named(document));
                    continue;
                }
                let name = map.entries.first().map_or_else(String::new, |entry| entry.key.to_string());
                let key = format!("{}.Policies.{index}.{name}", resource.shown);
                let span = map.entries.first().map_or(one.span, |entry| entry.key_span);
                arns.push(build.on.unknown(&key, Because::Expression, span));
            }
            _ => arns.push(arn_of(build, one)),
        }
    }
    missing |= !arns.is_empty() && !documents.is_empty();
    let absent = || missing.then(|| Value::new(Kind::Absent, item.span));
    if !arns.is_empty() {
        let arn = Value::choice(arns.into_iter().chain(absent()).collect::<Vec<_>>(), item.span);
        if !attached.items.iter().any(|known| is_same(known, &arn)) {
            attached.items.push(arn);
        }
    }
    if !documents.is_empty() {
        inline.push(Value::choice(documents.into_iter().chain(absent()).collect::<Vec<_>>(), item.span));
    }
}

/// A policy that is given by its name, as its ARN.
fn arn_of(build: &Build<'_>, value: &Value) -> Value {
    match value.as_str() {
        Some(name) if !name.starts_with("arn:") => match managed_policy_by_name(&name) {
            Some(path) => build.at(value.span).managed(&format!("{}{name}", path.trim_start_matches('/'))),
            None => build.at(value.span).managed(&name),
        },
        _ => value.clone(),
    }
}

/// Whether two policies are literally or symbolically the same.
pub(super) fn is_same(one: &Value, other: &Value) -> bool {
    match (one.as_text(), other.as_text()) {
        (Some(one), Some(other)) => one == other,
        (None, None) => {
            let name = |value: &Value| {
                let map = value.as_map()?;
                Some(map.get("PolicyName")?.as_str()?.into_owned())
            };
            name(one).is_some() && name(one) == name(other) && one.span == other.span
        }
        _ => false,
    }
}

/// The document of `{S3ReadPolicy: {BucketName: …}}`; `None` when there is no such template.
fn from_template(build: &Build<'_>, map: &Map) -> Option<Value> {
    let [only] = map.entries.as_slice() else { return None };
    let name = only.key.as_literal()?;
    let rows = lines::find(TEMPLATES, &name)?;
    let place = build.at(only.key_span);
    let given: Vec<(String, &Value)> =
        members(Some(&only.value)).map(|(name, _, value)| (name, value)).collect();
    let given: Vec<(&str, &Value)> = given.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let mut statements = Vec::new();
    for row in rows.split('\t') {
        let mut fields = row.split('|');
        let actions: Vec<&str> = fields.next()?.split(' ').collect();
        let resources = fields.next()?.split(' ').map(|resource| place.sub(resource, &given));
        let mut statement = into_map(place.allow(&actions, place.list(resources.collect())));
        if let Some(condition) = fields.next() {
            let mut words = condition.splitn(3, ' ');
            let (operator, key, value) = (words.next()?, words.next()?, words.next()?);
            let condition = place.map(vec![(operator, place.map(vec![(key, place.sub(value, &given))]))]);
            statement.insert("Condition", place.span, condition);
        }
        statements.push(Value::new(Kind::Map(statement), only.key_span));
    }
    if statements.len() > bounds::POLICY_STATEMENTS {
        return Some(bounded(only.key_span));
    }
    Some(place.document(statements))
}
