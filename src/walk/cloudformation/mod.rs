//! `CloudFormation` and SAM templates, and what CDK synthesises.
//!
//! A template that is deployed on its own is a unit; nested stacks belong to the unit of their parent, and a
//! stack set makes a unit for every account it names. A parameter with a default has that value, but a
//! condition that hangs on a parameter proves nothing as long as who deploys the template can set it.

mod cdk;
mod cidr;
mod claims;
mod conditions;
mod deployments;
mod embedded;
mod evaluate;
mod files;
mod include;
mod intrinsics;
mod lookup;
mod manifests;
mod metadata;
mod nested;
mod parameter_files;
mod parameters;
mod pattern;
mod project;
mod references;
mod sam;
mod stack;
mod stack_sets;
mod strings;
mod sub;
mod template;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use rayon::prelude::*;

use self::cdk::Assemblies;
pub use self::claims::claims;
pub use self::embedded::embedded;
use self::evaluate::{Evaluator, call};
use self::files::Files;
use self::project::{Exports, Project};
use self::stack::Stack;
use self::template::Resource;
use crate::facts::{Declaration, Language, Unit, Walked};
use crate::source::{SourceId, Sources, Span};
use crate::value::{Kind, Map, Origin};

/// Reads templates, in the order of the paths.
///
/// Manifests and parameter files are looked up beside the templates. What a template imports by a name that
/// another one exports is that value.
pub fn walk(sources: &Sources, files: &[SourceId], parameters: &[(String, String)]) -> Walked {
    let mut files = files.to_vec();
    files.sort_unstable();
    files.dedup();
    let (files, read) = Files::read(sources, &files);
    let assemblies = Assemblies::read(sources, files.templates.keys().copied());
    let mut project = Project { sources, files, assemblies, exports: Exports::default() };
    let (roots, nested) = deployments::roots(&project, parameters);
    project.link(&roots);

    let mut walked = Walked { problems: read.problems, ..Walked::default() };
    let all: Vec<Walked> = roots.par_iter().map(|root| walk_root(&project, root)).collect();
    for one in all {
        walked.extend(one);
    }
    walked.consumed.extend(nested);
    walked.consumed.extend(read.included);
    walked.consumed.extend(project.assemblies.files.iter().copied());
    walked.problems.extend(project.assemblies.problems.iter().cloned());
    for (name, value) in project.exports.named() {
        walked.exports.push((name, value.clone()));
    }
    walked
}

/// A stack that is deployed on its own, and everything that it deploys.
fn walk_root(project: &Project<'_>, root: &Stack) -> Walked {
    let mut walked = Walked::default();
    project.each_stack(root, &mut |on| {
        let stack = on.stack();
        if stack.prefix.is_empty() {
            walked.units.push(unit(project, stack));
        }
        let whole = match project.files.templates.get(&stack.source) {
            Some(root) if Arc::ptr_eq(root, &stack.root) => {
                Span::new(stack.source, 0, project.sources.text_or_empty(stack.source).len())
            }
            // A template that is written in another one.
            _ => stack.root.span,
        };
        walked.ignores.extend(metadata::ignores(&stack.root, whole));
        for resource in &on.template.resources {
            walked.ignores.extend(metadata::ignores(resource.node, resource.body));
            declare(on, resource, &mut walked.declarations);
            walked.parameters.extend(parameters::held(on, resource));
        }
    });
    walked
}

fn unit(project: &Project<'_>, stack: &Stack) -> Unit {
    Unit {
        key: stack.unit.clone(),
        language: Language::CloudFormation,
        path: project.sources.path(stack.source).to_owned(),
        files: Vec::new(),
        hints: stack.target.account.iter().cloned().collect(),
        region: stack.target.region.clone(),
    }
}

/// Adds the declaration of a resource, and of what SAM makes of it. Nothing when its condition is false
/// whatever is deployed.
fn declare(on: &Evaluator<'_>, resource: &Resource<'_>, declarations: &mut Vec<Declaration>) {
    let present = on.presence(resource);
    if present.is_no() {
        return;
    }
    let declaration = Declaration {
        unit: on.stack().unit.clone(),
        origin: Origin::declared(&on.stack().unit, &*resource.type_name, &*resource.shown),
        address: resource.shown.to_string(),
        type_name: Arc::clone(&resource.type_name),
        span: resource.span,
        body: resource.body,
        present,
        properties: properties(on, resource),
    };
    let made = on.within(&resource.scope, || sam::expanded(on, resource));
    let made = made.into_iter().map(|made| Declaration {
        origin: Origin::declared(&on.stack().unit, made.type_name, sam::shown(resource, &made.address)),
        address: sam::shown(resource, &made.address),
        type_name: made.type_name.into(),
        span: made.span,
        present: present.and(made.present),
        properties: made.properties,
        ..declaration.clone()
    });
    let made: Vec<Declaration> = made.collect();
    declarations.push(declaration);
    declarations.extend(made);
}

fn properties(on: &Evaluator<'_>, resource: &Resource<'_>) -> Map {
    let mut map = Map::default();
    if let Some(node) = resource.node.get("Properties") {
        on.within(&resource.scope, || {
            if call(node).is_none() {
                on.add_members(node.members(), &mut map);
                return;
            }
            // A macro writes the properties.
            match on.value(node).kind {
                Kind::Map(inner) => map = inner,
                _ => map.open = true,
            }
        });
    }
    match resource.sam {
        Some(kind) => on.within(&resource.scope, || sam::properties(on, resource, kind, map)),
        None => map,
    }
}
