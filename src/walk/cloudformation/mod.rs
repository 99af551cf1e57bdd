//! `CloudFormation` and SAM templates, and what CDK synthesises.
//!
//! Every template is a unit of its own. A parameter with a default has that value, but a condition that
//! hangs on a parameter proves nothing: who deploys the template can set it.

mod cdk;
mod claims;
mod conditions;
mod evaluate;
mod intrinsics;
mod metadata;
mod references;
mod sam;
mod sub;
mod template;

use std::sync::Arc;

use rayon::prelude::*;

pub use self::claims::claims;
use self::evaluate::{Evaluator, Exports, call};
use self::template::{Resource, Template};
use crate::diagnostic::Problem;
use crate::facts::{Declaration, Language, Unit, Walked};
use crate::parse::{Node, json, yaml};
use crate::source::{SourceId, Sources, Span};
use crate::value::{Kind, Map, Value};

/// A template that could be read.
struct Parsed {
    source: SourceId,
    unit: Arc<str>,
    root: Node,
}

/// Reads templates: one unit for each, in the order of the paths.
///
/// `manifest.json` of CDK is looked up beside the templates. What a template imports by a name that another
/// one exports is that value.
pub fn walk(sources: &Sources, files: &[SourceId]) -> Walked {
    let mut files = files.to_vec();
    files.sort_unstable();
    files.dedup();
    let read: Vec<_> = files.par_iter().map(|file| parse(sources, *file)).collect();
    let mut walked = Walked::default();
    let mut templates = Vec::new();
    for (parsed, problems) in read {
        walked.problems.extend(problems);
        templates.extend(parsed);
    }
    let targets = cdk::targets(sources, &templates);
    // An exported value may itself be imported; once more is enough for what occurs.
    let exports = exports(&templates, &exports(&templates, &Exports::new()));
    let all: Vec<Walked> =
        templates.par_iter().map(|template| walk_template(sources, template, &exports)).collect();
    for mut one in all {
        for unit in &mut one.units {
            let target = sources.find(&unit.path).and_then(|id| targets.get(&id));
            unit.hints.extend(target.and_then(|target| target.hint.clone()));
            unit.region = target.and_then(|target| target.region.clone());
        }
        walked.extend(one);
    }
    for (name, values) in exports {
        walked.exports.extend(values.into_iter().map(|value| (name.clone(), value)));
    }
    walked
}

fn parse(sources: &Sources, file: SourceId) -> (Option<Parsed>, Vec<Problem>) {
    let text = match sources.text(file) {
        Ok(text) => text,
        Err(error) => return (None, vec![Problem::new(Span::start_of(file), error.to_string())]),
    };
    let (root, problems) = if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') {
        match json::parse(file, &text) {
            Ok(root) => (Some(root), Vec::new()),
            // Flow style YAML begins like JSON.
            Err(problem) => match yaml::parse(file, &text) {
                (Some(root), problems) if problems.is_empty() => (Some(root), problems),
                _ => (None, vec![problem]),
            },
        }
    } else {
        yaml::parse(file, &text)
    };
    let unit = sources.path(file).into();
    (root.map(|root| Parsed { source: file, unit, root }), problems)
}

/// What the templates export, by name.
fn exports(templates: &[Parsed], known: &Exports) -> Exports {
    let each: Vec<_> = templates.par_iter().map(|parsed| exports_of(parsed, known)).collect();
    let mut all = Exports::new();
    for (name, value) in each.into_iter().flatten() {
        let values = all.entry(name).or_default();
        if values.len() < evaluate::MAX_CHOICES {
            values.push(value);
        }
    }
    all
}

fn exports_of(parsed: &Parsed, known: &Exports) -> Vec<(String, Value)> {
    let outputs = parsed.root.get("Outputs").map_or(&[][..], Node::members);
    if !outputs.iter().any(|output| output.value.get("Export").is_some()) {
        return Vec::new();
    }
    let template = Template::read(Arc::clone(&parsed.unit), parsed.source, &parsed.root);
    let evaluator = Evaluator::new(&template, known);
    let mut found = Vec::new();
    for output in outputs {
        let name = output.value.get("Export").and_then(|export| export.get("Name"));
        let (Some(name), Some(value)) = (name, output.value.get("Value")) else { continue };
        let condition = output.value.get("Condition").and_then(Node::as_str);
        if condition.is_some_and(|condition| evaluator.condition(&condition).definite.is_no()) {
            continue;
        }
        let value = evaluator.value(value);
        for name in evaluator.value(name).alternatives() {
            if let Some(name) = name.as_text() {
                found.push((intrinsics::export_name(&name), value.clone()));
            }
        }
    }
    found
}

fn walk_template(sources: &Sources, parsed: &Parsed, exports: &Exports) -> Walked {
    let template = Template::read(Arc::clone(&parsed.unit), parsed.source, &parsed.root);
    let evaluator = Evaluator::new(&template, exports);
    let mut walked = Walked::default();
    let path = sources.path(parsed.source).to_owned();
    walked.units.push(Unit {
        key: Arc::clone(&template.unit),
        language: Language::CloudFormation,
        path,
        hints: Vec::new(),
        region: None,
    });
    let whole = Span::new(template.source, 0, sources.text_or_empty(template.source).len());
    walked.ignores.extend(metadata::ignores(template.root, whole));
    for resource in &template.resources {
        walked.ignores.extend(metadata::ignores(resource.node, resource.body));
        declare(&evaluator, resource, &mut walked.declarations);
    }
    walked
}

/// Adds the declaration of a resource, and of the role that SAM makes for it. Nothing when its condition is
/// false whatever is deployed.
fn declare(on: &Evaluator<'_>, resource: &Resource<'_>, declarations: &mut Vec<Declaration>) {
    let condition = resource.node.get("Condition").and_then(Node::as_str);
    let present = condition.map_or(crate::value::Answer::Yes, |name| on.condition(&name).definite);
    if present.is_no() {
        return;
    }
    let declaration = Declaration {
        unit: Arc::clone(&on.template.unit),
        address: resource.address.to_string(),
        type_name: Arc::clone(&resource.type_name),
        span: resource.span,
        body: resource.body,
        present,
        properties: properties(on, resource),
    };
    let role = sam::makes_role(on.template, resource).then(|| Declaration {
        address: format!("{}Role", resource.address),
        type_name: "AWS::IAM::Role".into(),
        properties: sam::role(on, resource),
        ..declaration.clone()
    });
    declarations.push(declaration);
    declarations.extend(role);
}

fn properties(on: &Evaluator<'_>, resource: &Resource<'_>) -> Map {
    let Some(node) = resource.node.get("Properties") else { return Map::default() };
    let outer = on.scope.replace(resource.scope.clone());
    let mut map = Map::default();
    if call(node).is_some() {
        // A macro writes the properties.
        match on.value(node).kind {
            Kind::Map(inner) => map = inner,
            _ => map.open = true,
        }
    } else {
        on.add_members(node.members(), &mut map);
    }
    on.scope.replace(outer);
    map
}
