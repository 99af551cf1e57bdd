//! What a stack declares, and all that it deploys.

use std::sync::Arc;

use super::deployed::Deployed;
use super::metadata::ignores;
use super::nested;
use super::project::Project;
use super::stack::Stack;
use super::stacks::{Declared, each_stack};
use crate::bounds;
use crate::facts::{Declaration, Language, Placed, UNSEEN, Unit, Walked};
use crate::source::Span;
use crate::value::{Map, Origin, Value};
use crate::walk::cloudformation::language::parameters::stored_symbol;
use crate::walk::cloudformation::language::place::name_of;
use crate::walk::cloudformation::sam::expanded;
use crate::walk::cloudformation::sam::made::shown;
use crate::walk::cloudformation::sam::properties::{essential, properties};
use crate::walk::cloudformation::sam::reader::Reader;
use crate::walk::cloudformation::sam::template::Resource;

/// A stack that is deployed on its own, and everything that it deploys.
pub(super) fn walk_root(project: &Project<'_>, root: &Stack) -> Declared {
    let mut walked = Walked::default();
    let seen = each_stack(project, root, &mut |deployed, on| {
        let stack = deployed.stack;
        if stack.place.prefix.is_empty() {
            walked.units.push(unit(project, stack));
        }
        let whole = match project.files.template(stack.source) {
            Some(root) if Arc::ptr_eq(root, &stack.root) => {
                Span::new(stack.source, 0, project.sources.text_or_empty(stack.source).len())
            }
            // A template that is written in another one.
            _ => stack.root.span,
        };
        walked.ignores.extend(ignores(&stack.root, whole));
        walked.secrets.extend(deployed.template.sections.parameters.secrets(&stack.place));
        for resource in &deployed.template.resources {
            walked.ignores.extend(ignores(resource.node, resource.body));
            deployed.paid(on, resource.span, || {
                if !on.evaluator.pay(bounds::DECLARATION_STEPS) {
                    walked.declarations.push(unseen(on, resource));
                    return;
                }
                let properties = if project.whole { properties } else { essential };
                declare(stack, on, resource, properties, &mut walked.declarations);
                if is_unseen(deployed, on, resource) {
                    walked.declarations.push(unseen(on, resource));
                }
                walked.parameters.extend(held(on, resource));
            });
        }
    });
    walked.problems.extend(seen.problems);
    Declared { walked, asks: seen.asks }
}

pub(super) fn unit(project: &Project<'_>, stack: &Stack) -> Unit {
    Unit {
        key: stack.place.unit.clone(),
        language: Language::CloudFormation,
        path: project.sources.path(stack.source).to_owned(),
        files: Vec::new(),
        hints: stack.place.target.account.iter().cloned().collect(),
        region: stack.place.target.region.clone(),
        placed: Placed::Deployed,
    }
}

/// Adds the declaration of a resource, and of what SAM makes of it. Nothing when its condition is false
/// whatever is deployed.
fn declare(
    stack: &Stack,
    on: &Reader<'_>,
    resource: &Resource<'_>,
    properties: fn(&Reader<'_>, &Resource<'_>) -> Map,
    declarations: &mut Vec<Declaration>,
) {
    let present = stack.present.and(on.presence(resource));
    if present.is_no() {
        return;
    }
    let when = || stack.when.and(&on.choices(resource)).unwrap_or_default();
    let declaration = Declaration {
        unit: on.place().unit.clone(),
        origin: Origin::declared(&on.place().unit, &*resource.type_name, &*resource.shown),
        address: Arc::from(&*resource.shown),
        type_name: Arc::clone(&resource.type_name),
        span: resource.span,
        body: resource.body,
        present,
        when: when(),
        properties: properties(on, resource),
    };
    let made = on.of(resource, || expanded(on, resource));
    let made = made.into_iter().map(|made| Declaration {
        origin: Origin::declared(&on.place().unit, made.type_name, shown(resource, &made.address)),
        address: shown(resource, &made.address).into(),
        type_name: made.type_name.into(),
        span: made.span,
        present: present.and(made.present),
        when: when(),
        properties: made.properties,
        unit: on.place().unit.clone(),
        body: resource.body,
    });
    let made: Vec<Declaration> = made.collect();
    declarations.push(declaration);
    declarations.extend(made);
}

/// Whether a resource deploys a template that is not in the project.
fn is_unseen(deployed: &Deployed<'_>, on: &Reader<'_>, resource: &Resource<'_>) -> bool {
    let deploys =
        nested::is_stack(&resource.type_name) || &*resource.type_name == "AWS::Serverless::Application";
    deploys && !on.is_gone(resource) && nested::child(deployed, on, resource).is_none()
}

/// What stands for resources that nobody sees.
fn unseen(on: &Reader<'_>, resource: &Resource<'_>) -> Declaration {
    let unit = on.place().unit.clone();
    Declaration {
        origin: Origin::declared(&unit, UNSEEN, &*resource.shown),
        unit,
        address: Arc::from(&*resource.shown),
        type_name: UNSEEN.into(),
        span: resource.span,
        body: resource.body,
        present: on.presence(resource),
        when: on.choices(resource),
        properties: Map::default(),
    }
}

/// What a declared parameter of the parameter store holds, by the origin of what reads it in the same unit.
fn held(on: &Reader<'_>, resource: &Resource<'_>) -> Option<(Origin, Value)> {
    if &*resource.type_name != "AWS::SSM::Parameter" || on.presence(resource).is_no() {
        return None;
    }
    let mut properties = properties(on, resource);
    let name = properties.get("Name")?.as_text()?;
    let value = properties.take("Value")?;
    Some((stored_symbol(name_of(&name), on.place()).origin, value))
}
