//! The stacks of a project: each is visited with all that it deploys, and their exports are linked.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use rayon::prelude::*;

use super::deployed::Deployed;
use super::exports::{Export, Exports, Offer};
use super::project::Project;
use super::stack::Stack;
use super::{nested, stack_sets};
use crate::bounds;
use crate::diagnostic::Problem;
use crate::parse::Node;
use crate::source::{Span, mentions};
use crate::value::{Text, Value};
use crate::walk::cloudformation::language::evaluate::{Evaluator, purse};
use crate::walk::cloudformation::language::place::name_of;
use crate::walk::cloudformation::sam::reader::Reader;

/// What is done with each stack.
type Visit<'v> = dyn FnMut(&Deployed<'_>, &Reader<'_>) + 'v;

/// What was not evaluated because it takes too many steps.
const STEPS: &str = "evaluating this takes too many steps, so not all of its values are known";
/// What was not read of a section.
const MEMBERS: &str = "the loops of this section make too many members; not all of them were read";
/// Stacks that were not followed.
const STACKS: &str = "this template deploys too many stacks; not all of them were analyzed";

/// Looks up what the stacks offer one another.
///
/// An exported value may itself be imported; once more is enough for what occurs.
pub(super) fn link(project: &mut Project<'_>, roots: &[Stack]) {
    let asks = |word: &str| {
        project.files.templates.keys().any(|id| mentions(&project.sources.text_or_empty(*id), word))
    };
    let outputs = asks("GetStackOutput");
    let asked = outputs || asks("ImportValue");
    let offers = |root: &Arc<Node>| root.get("Outputs").is_some_and(|outputs| !outputs.members().is_empty());
    if !asked || !project.files.templates.values().any(offers) {
        return;
    }
    for _ in 0..2 {
        let found: Vec<Vec<Offer>> = roots
            .par_iter()
            .map(|root| {
                let mut found = Vec::new();
                each_stack(project, root, &mut |_, on| offered(on, outputs, &mut found));
                found
            })
            .collect();
        let mut exports = Exports::default();
        for one in found.into_iter().flatten() {
            exports.add(one);
        }
        project.exports = exports;
    }
}

/// Visits a stack and all that it deploys: the stacks nested in it, and those of its stack sets.
/// Says what a bound kept from being read or evaluated.
pub(super) fn each_stack(project: &Project<'_>, root: &Stack, visit: &mut Visit<'_>) -> Vec<Problem> {
    let mut waiting = vec![Cow::Borrowed(root)];
    let mut count = 0;
    let mut problems = Vec::new();
    let purse = purse();
    while let Some(stack) = waiting.pop() {
        count += 1;
        let deployed = Deployed::new(project, &stack);
        problems.extend(deployed.template.sections.cut.iter().map(|place| Problem::new(*place, MEMBERS)));
        let evaluator = Evaluator::new(&deployed, Rc::clone(&purse));
        let on = deployed.reader(&evaluator);
        visit(&deployed, &on);
        if count < bounds::STACKS {
            let mut found = Vec::new();
            for resource in &deployed.template.resources {
                deployed.paid(&on, resource.span, || {
                    if !on.is_gone(resource) {
                        found.extend(nested::child(&deployed, &on, resource));
                        found.extend(stack_sets::stacks(&deployed, &on, resource));
                    }
                });
            }
            let left = bounds::STACKS - count;
            if found.len() > left {
                problems.push(Problem::new(Span::start_of(root.source), STACKS));
                found.truncate(left);
            }
            waiting.extend(found.into_iter().rev().map(Cow::Owned));
        }
    }
    problems.extend(purse.refused().into_iter().map(|place| Problem::new(place, STEPS)));
    problems
}

/// What a stack exports, and its outputs when some template asks for outputs.
fn offered(on: &Reader<'_>, asked: bool, found: &mut Vec<Offer>) {
    let outputs = &on.template.sections.outputs;
    let name = on.place().target.stack_name.as_ref().and_then(Text::as_literal);
    let exports = outputs.iter().any(|output| output.node.get("Export").is_some());
    // The name of a nested stack is made up.
    let asked = asked && on.place().prefix.is_empty();
    if !exports && !asked {
        return;
    }
    let values = on.template.sections.output_values(on.evaluator);
    for output in outputs {
        let Some(value) = values.get(&output.name) else { continue };
        if asked {
            let stack = name.as_deref().map(str::to_owned);
            let export = Export::new(value.clone(), on.place());
            found.push(Offer::Output(stack, output.name.clone(), export));
        }
        let export = output.node.get("Export").and_then(|export| export.get("Name"));
        let Some(export) = export else { continue };
        let names = on.within(&output.scope, || on.value(export));
        for text in names.alternatives().iter().filter_map(Value::as_text) {
            found.push(Offer::Export(name_of(&text), Export::new(value.clone(), on.place())));
        }
    }
}
