//! Nested stacks: a template that another one deploys together with itself.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use super::deployed::Deployed;
use super::stack::Stack;
use crate::bounds;
use crate::parse::Node;
use crate::source::SourceId;
use crate::value::{Kind, Value};
use crate::walk::cloudformation::language::evaluate::Evaluator;
use crate::walk::cloudformation::language::evaluate::is_call;
use crate::walk::cloudformation::language::parameters::{Argument, Given};
use crate::walk::cloudformation::language::place::{Place, Target};
use crate::walk::cloudformation::sam::reader::Reader;
use crate::walk::cloudformation::sam::template::Resource;

/// Whether resources of this type deploy a template.
pub(super) fn is_stack(type_name: &str) -> bool {
    type_name == "AWS::CloudFormation::Stack"
}

/// The stack that a resource deploys, when its template is in the project.
pub(super) fn child(deployed: &Deployed<'_>, on: &Reader<'_>, resource: &Resource<'_>) -> Option<Stack> {
    if !is_stack(&resource.type_name) {
        return None;
    }
    if let Some(known) = deployed.children.borrow().get(&resource.address) {
        return known.clone();
    }
    let stack = deploy(deployed, on, resource);
    deployed.children.borrow_mut().insert(Arc::clone(&resource.address), stack.clone());
    stack
}

fn deploy(deployed: &Deployed<'_>, on: &Reader<'_>, resource: &Resource<'_>) -> Option<Stack> {
    let parent = deployed.stack;
    let given = arguments(on, resource);
    let source = template(deployed, on, resource, &given)?;
    if source == parent.source
        || parent.ancestors.contains(&source)
        || parent.ancestors.len() >= bounds::STACK_DEPTH
    {
        return None;
    }
    Some(Stack {
        place: Place {
            unit: parent.place.unit.clone(),
            prefix: format!("{}.", resource.shown).into(),
            target: Target { stack_name: None, ..parent.place.target.clone() },
        },
        source,
        root: Arc::clone(deployed.project.files.template(source)?),
        given: Arc::new(given),
        ancestors: parent.ancestors.iter().copied().chain([parent.source]).collect(),
        present: parent.present.and(on.presence(resource)),
        // Two choices that exclude each other lead nowhere, and nothing is said of them.
        when: parent.when.and(&on.choices(resource)).unwrap_or_default(),
        outermost: parent.outermost.or(Some(resource.span)),
    })
}

/// The file of the template, when every parameter that is set is one of its.
fn template(
    deployed: &Deployed<'_>,
    on: &Reader<'_>,
    resource: &Resource<'_>,
    given: &Given,
) -> Option<SourceId> {
    let project = deployed.project;
    let from = deployed.stack.source;
    let metadata = resource.node.get("Metadata").and_then(|metadata| metadata.get("aws:asset:path"));
    let path = metadata.and_then(Node::as_str);
    if let Some(id) = path.and_then(|path| project.beside(from, &path)) {
        return project.files.is_template(id).then_some(id);
    }
    let url = on.property(resource, "TemplateURL")?;
    // The usual alternative comes first.
    let url = url.alternatives().iter().find_map(Value::as_text)?;
    if let Some(id) = project.assemblies().asset(project.sources, from, &url) {
        return Some(id);
    }
    let fits = |id: SourceId| {
        let Some(root) = project.files.template(id) else { return false };
        let parameters = root.get("Parameters");
        given.values.keys().all(|name| parameters.is_some_and(|known| known.get(name).is_some()))
    };
    project.files.named(project.sources, from, &url, fits)
}

/// The parameters as the resource sets them.
fn arguments(on: &Reader<'_>, resource: &Resource<'_>) -> Given {
    let mut given = Given { values: BTreeMap::new(), complete: true };
    let node = resource.node.get("Properties").and_then(|properties| properties.get("Parameters"));
    let Some(node) = node else { return given };
    if is_call(node) {
        given.complete = false;
        let value = on.property(resource, "Parameters");
        let map = value.as_ref().and_then(Value::as_map);
        for entry in map.map_or(&[][..], |map| &map.entries) {
            if let Some(name) = entry.key.as_literal() {
                let argument = Argument { value: entry.value.clone(), settable: true, is_held: false };
                given.values.insert(name.into_owned(), argument);
            }
        }
        return given;
    }
    for member in node.members() {
        let value = on.of(resource, || on.value(&member.value));
        if matches!(value.kind, Kind::Absent) {
            continue;
        }
        let settable = on.evaluator.is_settable(&member.value);
        given.values.insert(member.key.to_string(), Argument { value, settable, is_held: false });
    }
    given
}

/// An output of the stack that the resource of a logical id deploys.
pub(super) fn output(deployed: &Deployed<'_>, on: &Reader<'_>, address: &str, name: &str) -> Option<Value> {
    let resource = on.template.resource(address).filter(|resource| is_stack(&resource.type_name))?;
    let known = deployed.nested.borrow().get(address).cloned();
    if let Some(outputs) = known {
        return outputs?.get(name).cloned();
    }
    let remember = |outputs| deployed.nested.borrow_mut().insert(Arc::clone(&resource.address), outputs);
    remember(None);
    let outputs = child(deployed, on, resource).map(|stack| Arc::new(outputs(deployed, on, &stack)));
    let found = outputs.as_ref().and_then(|outputs| outputs.get(name).cloned());
    remember(outputs);
    found
}

fn outputs(deployed: &Deployed<'_>, on: &Reader<'_>, stack: &Stack) -> BTreeMap<String, Value> {
    let child = Deployed::new(deployed.project, stack);
    let inner = Evaluator::below(on.evaluator, &child, child.template.resources.len());
    let values = child.template.sections.output_values(&inner);
    deployed.asks.set(deployed.asks.get() || child.asks.get());
    on.evaluator.notice(&inner);
    values
}
