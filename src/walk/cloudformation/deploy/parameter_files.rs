//! Files that set the parameters of templates.
//!
//! <https://docs.aws.amazon.com/cli/latest/reference/cloudformation/create-stack.html> has a list of keys and
//! values, <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html>
//! an object. Neither names its template: it has to be told by the name of the file and by the parameters.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::files::directory;
use super::project::Project;
use super::stack::Deployment;
use crate::bounds;
use crate::parse::{Node, NodeKind, json};
use crate::source::{SourceId, Sources};
use crate::value::Value;
use crate::walk::cloudformation::language::parameters::Given;
use crate::walk::cloudformation::language::place::Target;

/// The files that set parameters, by template.
pub(super) struct ParameterFiles(BTreeMap<SourceId, Vec<Deployment>>);

impl ParameterFiles {
    /// Finds the files and the templates they are for.
    pub(super) fn find(project: &Project<'_>, templates: &[SourceId]) -> Self {
        let mut found = BTreeMap::new();
        if templates.iter().all(|id| parameters_of(project, *id).is_empty()) {
            return Self(found);
        }
        let sources = project.sources;
        for file in sources.ids() {
            let path = sources.path(file);
            if path.rsplit_once('.').is_none_or(|(_, extension)| extension != "json")
                || project.files.is_template(file)
            {
                continue;
            }
            let Some(given) = read(sources, file) else { continue };
            let Some(template) = template_for(project, templates, path, &given) else { continue };
            let deployments: &mut Vec<Deployment> = found.entry(template).or_default();
            if deployments.len() < bounds::DEPLOYMENT_FILES {
                let name = path.rsplit('/').next().unwrap_or(path);
                let label = name.strip_suffix(".json").unwrap_or(name).to_owned();
                let label = if deployments.iter().any(|known| known.label == label) {
                    path.to_owned()
                } else {
                    label
                };
                deployments.push(Deployment { label, target: Target::default(), given: Arc::new(given) });
            }
        }
        Self(found)
    }

    /// The deployments of a template that files set parameters of.
    pub(super) fn of(&self, template: SourceId) -> Vec<Deployment> {
        self.0.get(&template).cloned().unwrap_or_default()
    }
}

fn parameters_of<'p>(project: &'p Project<'_>, template: SourceId) -> &'p [crate::parse::Member] {
    let root = project.files.template(template);
    root.and_then(|root| root.get("Parameters")).map_or(&[][..], Node::members)
}

/// The template that a file is for: one that has all its parameters, gets all it has no defaults for, and is
/// called alike or is the only one so near.
fn template_for(
    project: &Project<'_>,
    templates: &[SourceId],
    path: &str,
    given: &Given,
) -> Option<SourceId> {
    let fits = |id: &&SourceId| {
        let parameters = parameters_of(project, **id);
        let known = |name: &String| parameters.iter().any(|parameter| *parameter.key == **name);
        let set = |parameter: &crate::parse::Member| {
            parameter.value.get("Default").is_some() || given.values.contains_key(&*parameter.key)
        };
        given.values.keys().all(known) && parameters.iter().all(set)
    };
    let stem = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.split_once('.').map_or(name, |(stem, _)| stem).to_ascii_lowercase()
    };
    let home = directory(path);
    let near = |id: &SourceId| {
        let other = directory(project.sources.path(*id));
        other == home || parent(home) == other || parent(other) == home || parent(home) == parent(other)
    };
    let candidates: Vec<SourceId> = templates.iter().filter(fits).copied().filter(near).collect();
    let own = stem(path);
    let alike: Vec<SourceId> = candidates
        .iter()
        .copied()
        .filter(|id| {
            let other = stem(project.sources.path(*id));
            own.strip_prefix(&other).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
        })
        .collect();
    match (alike.as_slice(), candidates.as_slice()) {
        ([only], _) | ([], [only]) => Some(*only),
        _ => None,
    }
}

/// The directory above one.
fn parent(directory: &str) -> &str {
    let above = directory.trim_end_matches('/');
    above.rfind('/').and_then(|at| above.get(..=at)).unwrap_or_default()
}

/// What a file sets; nothing when it is no file of parameters.
pub(super) fn read(sources: &Sources, file: SourceId) -> Option<Given> {
    // Every file of JSON is looked at, and few of them are kept.
    let text = sources.look(file).ok()?;
    let keys = text.contains("\"ParameterKey\"");
    if text.len() > bounds::PARAMETER_FILE_BYTES || !(keys || text.contains("\"Parameters\"")) {
        return None;
    }
    let root = json::parse(file, &text).ok()?;
    let mut given = Given { complete: true, ..Given::default() };
    if keys {
        for item in root.items() {
            let name = item.get("ParameterKey")?.as_str()?;
            if let Some(value) = item.get("ParameterValue") {
                given.insert(&name, value_of(value)?);
            } else {
                // The value of an earlier deployment is kept.
                given.complete = false;
            }
        }
    } else {
        if root.get("Resources").is_some() {
            return None;
        }
        for member in root.get("Parameters")?.members() {
            given.insert(&member.key, value_of(&member.value)?);
        }
    }
    (!given.values.is_empty()).then_some(given)
}

/// A text, number or boolean; lists of them are joined with commas.
fn value_of(node: &Node) -> Option<Value> {
    match &node.kind {
        NodeKind::String(_) | NodeKind::Number(_) | NodeKind::Bool(_) => Some(json::node_to_value(node)),
        NodeKind::List(items) => {
            let items: Option<Vec<Value>> = items.iter().map(value_of).collect();
            Some(Value::list(items?, node.span))
        }
        NodeKind::Null | NodeKind::Map(_) => None,
    }
}
