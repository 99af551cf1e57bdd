//! Which templates are deployed on their own, where to, and with which parameters.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::configured::{self, Inputs};
use super::deployed::Deployed;
use super::parameter_files::ParameterFiles;
use super::project::Project;
use super::stack::{Deployment, Stack};
use super::told::World;
use super::{manifests, nested, stack_sets};
use crate::diagnostic::Problem;
use crate::parallel;
use crate::parse::Node;
use crate::source::SourceId;
use crate::value::{UnitKey, Within};
use crate::walk::cloudformation::language::evaluate::{Evaluator, purse};
use crate::walk::memory::Recall;

/// What is deployed on its own.
pub(super) struct Roots {
    pub(super) stacks: Vec<Stack>,
    /// The files that were read as part of others: nested templates and manifests.
    pub(super) read: Vec<SourceId>,
    /// What somebody says of stacks that cannot be.
    pub(super) problems: Vec<Problem>,
}

/// The stacks that are deployed on their own.
///
/// What another template deploys is not among them, unless nothing else is left that would, or the configuration describes
/// it.
pub(super) fn roots(
    project: &Project<'_>,
    inputs: &Inputs,
    recall: Recall<'_, SourceId, BTreeSet<SourceId>, Arc<World>>,
) -> Roots {
    let children = children(project, recall);
    let is_described = |id: SourceId| {
        let path = project.sources.path(id);
        inputs.stacks.iter().any(|stack| stack.template == path)
    };
    // A template is not among those that it deploys itself.
    let deployed: BTreeSet<SourceId> = children.values().flatten().copied().collect();
    let is_child = |id: SourceId| deployed.contains(&id) && !is_described(id);
    let mut reached = BTreeSet::new();
    let mut roots: Vec<SourceId> = project.files.templates().filter(|id| !is_child(*id)).collect();
    for root in &roots {
        reach(*root, &children, &mut reached);
    }
    // Templates that deploy one another in a circle.
    for id in project.files.templates() {
        if !reached.contains(&id) {
            roots.push(id);
            reach(id, &children, &mut reached);
        }
    }
    roots.sort_unstable();
    let is_root = |id: &SourceId| roots.binary_search(id).is_ok();
    let mut read: Vec<SourceId> = reached.iter().copied().filter(|id| !is_root(id)).collect();
    let given = ParameterFiles::find(project, &roots);
    let manifests = manifests::read(project);
    let (mut stacks, mut problems) = (Vec::new(), Vec::new());
    for id in roots {
        let mut deployments = configured::of(project, &inputs.stacks, id, &mut problems);
        if deployments.is_empty() {
            deployments = manifests.of(id);
        }
        if deployments.is_empty() {
            deployments = given.of(id);
        }
        stacks.extend(stacks_of(project, id, deployments));
    }
    read.extend(manifests.files);
    for stack in &mut stacks {
        for (name, value) in &inputs.parameters {
            configured::set(&stack.root, Arc::make_mut(&mut stack.given), name, value);
        }
        let target = &mut stack.place.target;
        target.region = target.region.take().or_else(|| configured::region(&inputs.parameters, stack.source));
    }
    Roots { stacks, read, problems }
}

fn reach(
    from: SourceId,
    children: &BTreeMap<SourceId, BTreeSet<SourceId>>,
    reached: &mut BTreeSet<SourceId>,
) {
    let mut waiting = vec![from];
    while let Some(id) = waiting.pop() {
        if reached.insert(id) {
            waiting.extend(children.get(&id).into_iter().flatten());
        }
    }
}

fn stacks_of(project: &Project<'_>, id: SourceId, deployments: Vec<Deployment>) -> Vec<Stack> {
    let path = project.sources.path(id);
    let Some(root) = project.files.template(id) else { return Vec::new() };
    let assembly = project.assemblies().target(id).or_else(|| project.files.services.get(&id));
    let alone = deployments.len() < 2;
    let mut stacks: Vec<Stack> = deployments
        .into_iter()
        .map(|deployment| {
            let whole = UnitKey::of(path);
            let label = deployment.label.as_str();
            let unit = if alone { whole } else { whole.within(Within::Deployment, label) };
            let mut stack = Stack::new(unit, id, Arc::clone(root));
            stack.place.target = deployment.target;
            stack.given = deployment.given;
            stack
        })
        .collect();
    if stacks.is_empty() {
        stacks.push(Stack::new(UnitKey::of(path), id, Arc::clone(root)));
    }
    if let Some(assembly) = assembly {
        for stack in &mut stacks {
            let told = std::mem::take(&mut stack.place.target);
            stack.place.target = assembly.clone();
            let target = &mut stack.place.target;
            target.account = told.account.or_else(|| target.account.take());
            target.region = told.region.or_else(|| target.region.take());
        }
    }
    stacks
}

/// Which templates each template deploys, judged by the defaults of its parameters.
fn children(
    project: &Project<'_>,
    recall: Recall<'_, SourceId, BTreeSet<SourceId>, Arc<World>>,
) -> BTreeMap<SourceId, BTreeSet<SourceId>> {
    let all: Vec<SourceId> = project.files.templates().collect();
    let of = |id: SourceId| {
        let Some(root) = project.files.template(id) else { return BTreeSet::new() };
        let resources = root.get("Resources").map_or(&[][..], Node::members);
        let deploys = |node: &Node| {
            node.get("Type").and_then(Node::as_str).is_some_and(|name| {
                nested::is_stack(&name) || stack_sets::is_stack_set(&name) || name.ends_with("::Application")
            })
        };
        // Loops may hold anything.
        if !resources.iter().any(|it| deploys(&it.value) || it.key.starts_with("Fn::")) {
            return BTreeSet::new();
        }
        let stack = Stack::new(UnitKey::of(project.sources.path(id)), id, Arc::clone(root));
        let deployed = Deployed::new(project, &stack);
        let evaluator = Evaluator::new(&deployed, purse());
        let on = deployed.reader(&evaluator);
        let mut found = BTreeSet::new();
        for resource in &deployed.template.resources {
            found.extend(nested::child(&deployed, &on, resource).map(|child| child.source));
            found.extend(stack_sets::stacks(&deployed, &on, resource).into_iter().map(|stack| stack.source));
        }
        found.remove(&id);
        found
    };
    let world = project.world();
    let each = parallel::each(&all, |id| {
        let telling = (|| Arc::clone(&world), |last: &Arc<World>, _: &BTreeSet<SourceId>| *last == world);
        (*id, Arc::unwrap_or_clone(recall.again_if(|| *id, telling, || of(*id))))
    });
    each.into_iter().filter(|(_, children)| !children.is_empty()).collect()
}
