//! Stack sets: a template that is deployed to several accounts.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stackset.html>

use std::sync::Arc;

use super::deployed::Deployed;
use super::files::parse_text;
use super::stack::Stack;
use crate::bounds;
use crate::facts::AccountHint;
use crate::iam::arn::is_account_id;
use crate::parse::{Node, NodeKind};
use crate::source::SourceId;
use crate::value::{Text, UnitKey, Value, Within};
use crate::walk::cloudformation::language::parameters::{Argument, Given};
use crate::walk::cloudformation::language::place::{Place, Target};
use crate::walk::cloudformation::sam::reader::Reader;
use crate::walk::cloudformation::sam::template::Resource;

/// Whether resources of this type deploy a template to other accounts.
pub(super) fn is_stack_set(type_name: &str) -> bool {
    type_name == "AWS::CloudFormation::StackSet"
}

/// The stacks that a resource deploys to other accounts: one for each account that is named, or one whose
/// account is not known.
pub(super) fn stacks(deployed: &Deployed<'_>, on: &Reader<'_>, resource: &Resource<'_>) -> Vec<Stack> {
    let parent = deployed.stack;
    if !is_stack_set(&resource.type_name) || parent.ancestors.len() >= bounds::STACK_DEPTH {
        return Vec::new();
    }
    let given = Arc::new(parameters(on, resource));
    let Some((source, root)) = template(deployed, on, resource, &given) else { return Vec::new() };
    let inline = source == parent.source;
    if parent.ancestors.contains(&source) || inline && parent.ancestors.last() == Some(&source) {
        return Vec::new();
    }
    let (accounts, region) = targets(on, resource);
    let path = deployed.project.sources.path(source);
    let stack = |unit: UnitKey, account: Option<AccountHint>| Stack {
        place: Place {
            unit,
            prefix: "".into(),
            target: Target { account, region: region.clone(), stack_name: None },
        },
        source,
        root: Arc::clone(&root),
        given: Arc::clone(&given),
        ancestors: parent.ancestors.iter().copied().chain([parent.source]).collect(),
        present: parent.present.and(on.presence(resource)),
        when: parent.when.and(&on.choices(resource)).unwrap_or_default(),
        outermost: parent.outermost.or(Some(resource.span)),
    };
    // A template that is deployed several times deploys its stack sets as often.
    let unit = parent.place.unit.at(path).within(Within::StackSet, &*resource.shown);
    if accounts.is_empty() {
        return vec![stack(unit, None)];
    }
    let each = accounts.into_iter().map(|hint| {
        let id = hint.account.as_literal().unwrap_or_default().into_owned();
        stack(unit.within(Within::Account, id), Some(hint))
    });
    each.collect()
}

/// The accounts that are named, and the region when there is one.
fn targets(on: &Reader<'_>, resource: &Resource<'_>) -> (Vec<AccountHint>, Option<Text>) {
    let mut accounts: Vec<AccountHint> = Vec::new();
    let mut regions: Vec<Text> = Vec::new();
    let groups = on.property(resource, "StackInstancesGroup");
    for group in groups.as_ref().map_or(&[][..], Value::alternatives) {
        let groups = group.as_list().map_or(&[][..], |list| &list.items);
        for group in groups.iter().filter_map(Value::as_map) {
            regions.extend(texts(group.get("Regions")));
            let Some(targets) = group.get("DeploymentTargets").and_then(Value::as_map) else { continue };
            // With organizational units, `Accounts` may be those that are left out.
            let filter = targets.get("AccountFilterType").and_then(Value::as_str);
            if filter.is_some_and(|filter| filter == "DIFFERENCE") {
                continue;
            }
            for account in texts(targets.get("Accounts")) {
                let id = account.as_literal().filter(|id| is_account_id(id));
                if id.is_none() || accounts.iter().any(|known| known.account == account) {
                    continue;
                }
                let span = account.span().unwrap_or(resource.span);
                let evidence = format!("targets of the stack set `{}`", resource.shown);
                accounts.push(AccountHint { account, span, evidence });
            }
        }
    }
    accounts.truncate(bounds::DEPLOYMENTS);
    let first = regions.first().cloned();
    (accounts, first.filter(|first| regions.iter().all(|region| region == first)))
}

fn texts(value: Option<&Value>) -> Vec<Text> {
    let items = value.map_or(&[][..], Value::alternatives).iter();
    items
        .flat_map(|one| one.as_list().map_or(std::slice::from_ref(one), |list| &list.items))
        .filter_map(Value::as_text)
        .collect()
}

fn parameters(on: &Reader<'_>, resource: &Resource<'_>) -> Given {
    let mut given = Given { complete: true, ..Given::default() };
    let node = resource.node.get("Properties").and_then(|properties| properties.get("Parameters"));
    for item in node.map_or(&[][..], Node::items) {
        let name = item.get("ParameterKey").and_then(Node::as_str);
        let (Some(name), Some(node)) = (name, item.get("ParameterValue")) else { continue };
        let value = on.of(resource, || on.value(node));
        let settable = on.evaluator.is_settable(node);
        given.values.insert(name, Argument { value, settable, is_held: false });
    }
    given
}

/// The template: a file of the project, or what is written in the stack set.
fn template(
    deployed: &Deployed<'_>,
    on: &Reader<'_>,
    resource: &Resource<'_>,
    given: &Given,
) -> Option<(SourceId, Arc<Node>)> {
    let project = deployed.project;
    let from = deployed.stack.source;
    let body = resource.node.get("Properties").and_then(|properties| properties.get("TemplateBody"));
    if let Some(body) = body {
        let root = inline(deployed, body)?;
        return root.get("Resources").is_some().then(|| (from, Arc::new(root)));
    }
    let url = on.property(resource, "TemplateURL")?;
    let url = url.alternatives().iter().find_map(Value::as_text)?;
    let fits = |id: SourceId| {
        let Some(root) = project.files.template(id) else { return false };
        let parameters = root.get("Parameters");
        given.values.keys().all(|name| parameters.is_some_and(|known| known.get(name).is_some()))
    };
    let asset = project.assemblies().asset(project.sources, from, &url);
    let found = asset.or_else(|| project.files.named(project.sources, from, &url, fits))?;
    Some((found, Arc::clone(project.files.template(found)?)))
}

/// A template that is written as a text in another one, with the places it has there.
fn inline(deployed: &Deployed<'_>, body: &Node) -> Option<Node> {
    if matches!(body.kind, NodeKind::Map(_)) {
        return body.tag.is_none().then(|| body.clone());
    }
    let NodeKind::String(parts) = &body.kind else { return None };
    let written = parts.text();
    // What a function puts in is not written here.
    if body.tag.is_some() && written.contains("${") {
        return None;
    }
    let span = body.span;
    if body.parts().all(|(text, span)| text.len() == span.len()) {
        // Everything else blanked out, so that places are those of the file.
        let file = deployed.project.sources.text_or_empty(span.source);
        let before = file.get(..span.start as usize)?.bytes();
        let blank = |byte: u8| if byte == b'\n' { '\n' } else { ' ' };
        let mut text: String = before.map(blank).collect();
        text.push_str(file.get(span.range())?);
        if let (Some(root), problems) = parse_text(span.source, &text)
            && problems.is_empty()
        {
            return Some(root);
        }
    }
    let (root, problems) = parse_text(span.source, &written);
    root.filter(|_| problems.is_empty()).map(|root| root.placed(&|_| span))
}
