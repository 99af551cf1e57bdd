//! `manifest.yaml` of Customizations for AWS Control Tower.
//!
//! <https://docs.aws.amazon.com/controltower/latest/userguide/cfct-manifest-file-resources-section.html>

use super::entry::{Entry, Manifests, beside, given_value, hint, region, several, written};
use crate::parse::{Node, json};
use crate::source::SourceId;
use crate::value::{Because, Class, Symbol, Text, Value};

use super::super::project::Project;
use crate::walk::cloudformation::language::parameters::Given;

pub(super) fn read(project: &Project<'_>, file: SourceId, root: &Node, out: &mut Manifests) {
    let newer = several(root.get("resources"));
    let older = several(root.get("cloudformation_resources"));
    for item in newer.iter().chain(older) {
        let text = |name: &str| item.get(name).and_then(Node::as_str);
        let method = text("deploy_method").unwrap_or_else(|| "stack_set".to_owned());
        let path = text("resource_file").or_else(|| text("template_file"));
        let template = path.and_then(|path| beside(project, file, &path));
        let Some(template) = template.filter(|_| method == "stack_set") else { continue };
        let targets = item.get("deployment_targets");
        let target = |new: &str, old: &str| {
            several(targets.and_then(|targets| targets.get(new)).or_else(|| item.get(old)))
        };
        let accounts = target("accounts", "deploy_to_account").iter().filter_map(|node| {
            let organization = project.sources.path(file);
            Some(hint(
                &node.as_str()?,
                organization,
                node.span,
                "manifest of Customizations for Control Tower",
            ))
        });
        let name = text("name").unwrap_or_default();
        out.add(
            project,
            template,
            Entry {
                accounts: accounts.collect(),
                elsewhere: !target("organizational_units", "deploy_to_ou").is_empty(),
                region: region(item.get("regions")),
                given: given(project, file, item),
                name,
                stack_name: None,
            },
        );
    }
}

/// The parameters of an entry: its own, or those of the file it names.
fn given(project: &Project<'_>, file: SourceId, item: &Node) -> Given {
    let mut given = Given { complete: true, ..Given::default() };
    let path = item.get("parameter_file").and_then(Node::as_str);
    let parameters = path.as_deref().and_then(|path| beside(project, file, path));
    if let Some(root) = parameters.and_then(|id| json::parse(id, &project.sources.text_or_empty(id)).ok()) {
        for one in root.items() {
            let name = one.get("ParameterKey").and_then(Node::as_str);
            if let (Some(name), Some(node)) = (name, one.get("ParameterValue")) {
                given.insert(&name, value(project, file, node));
            }
        }
    } else if path.is_some() {
        given.complete = false;
    }
    for one in several(item.get("parameters")) {
        let name = one.get("parameter_key").and_then(Node::as_str);
        if let (Some(name), Some(node)) = (name, one.get("parameter_value")) {
            given.insert(&name, value(project, file, node));
        }
    }
    given
}

/// A value; `$[alfred_ssm_/name]` is looked up in the parameter store of the management account.
fn value(project: &Project<'_>, file: SourceId, node: &Node) -> Value {
    let text = node.as_str().unwrap_or_default();
    let origin = written(project, file, &text);
    if text.contains("$[") {
        let symbol = Symbol::new(Class::Keyed, origin, Because::Lookup);
        return Value::text(Text::symbol(symbol, node.span), node.span);
    }
    given_value(node, &origin)
}
