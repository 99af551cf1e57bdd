//! The stacks of a project: each is visited with all that it deploys, and their exports are linked.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::deployed::Deployed;
use super::exports::{Export, Exports, Offer};
use super::project::Project;
use super::stack::Stack;
use super::told::Told;
use super::{nested, stack_sets};
use crate::bounds;
use crate::diagnostic::Problem;
use crate::facts::Walked;
use crate::parallel;
use crate::parse::Node;
use crate::source::{Span, mentions};
use crate::value::{Text, UnitKey, Value};
use crate::walk::cloudformation::language::evaluate::{Evaluator, purse};
use crate::walk::cloudformation::language::place::name_of;
use crate::walk::cloudformation::sam::reader::Reader;
use crate::walk::memory::{Recall, number};

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
pub(super) fn link(
    project: &mut Project<'_>,
    roots: &[Stack],
    recall: Recall<'_, (UnitKey, usize), Offered, Told>,
) {
    let asks =
        |word: &str| project.files.templates().any(|id| mentions(&project.sources.text_or_empty(id), word));
    let outputs = asks("GetStackOutput");
    let asked = outputs || asks("ImportValue");
    let offers = |root: &Arc<Node>| root.get("Outputs").is_some_and(|outputs| !outputs.members().is_empty());
    let mut templates = project.files.templates().filter_map(|id| project.files.template(id));
    if !asked || !templates.any(offers) {
        return;
    }
    let world = project.world();
    for pass in 0..2 {
        let offered = |root: &Stack| {
            let told = || Told::of(root, &world, &project.offers, outputs);
            let telling = (told, |last: &Told, made: &Offered| last.fits(&told(), made.asks));
            let key = || (root.place.unit.clone(), pass);
            recall.again_if(key, telling, || Offered::by(project, root, outputs))
        };
        let size = |root: &Stack| project.sources.length(root.source);
        let found: Vec<Arc<Offered>> = parallel::largest_first(roots, size, offered);
        let mut exports = Exports::default();
        for one in found.iter().flat_map(|one| one.offers.iter().cloned()) {
            exports.add(one);
        }
        // What offers nothing changes nothing for others.
        let offering = found.iter().filter(|one| !one.offers.is_empty());
        project.offers = offering.map(|one| one.number).collect();
        project.exports = exports;
    }
}

/// What a stack offers to others, with all that it deploys.
#[derive(Debug)]
pub(super) struct Offered {
    offers: Vec<Offer>,
    /// Whether it asks for what others offer.
    asks: bool,
    /// What tells this evaluation from all others.
    number: u64,
}

impl Offered {
    fn by(project: &Project<'_>, root: &Stack, outputs: bool) -> Self {
        let mut offers = Vec::new();
        let seen = each_stack(project, root, &mut |_, on| offered(on, outputs, &mut offers));
        Self { offers, asks: seen.asks, number: number() }
    }
}

/// What a stack declares, with all that it deploys.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub(super) walked: Walked,
    /// Whether it asks for what others offer.
    pub(super) asks: bool,
}

/// What visiting a stack and all that it deploys came to.
pub(super) struct Seen {
    /// What a bound kept from being read or evaluated.
    pub(super) problems: Vec<Problem>,
    /// Whether one of them asks for what others offer.
    pub(super) asks: bool,
}

/// Visits a stack and all that it deploys: the stacks nested in it, and those of its stack sets.
/// Says what a bound kept from being read or evaluated.
pub(super) fn each_stack(project: &Project<'_>, root: &Stack, visit: &mut Visit<'_>) -> Seen {
    let mut waiting = vec![Cow::Borrowed(root)];
    let mut count = 0;
    let (mut problems, mut asks) = (Vec::new(), false);
    let purse = purse();
    while let Some(stack) = waiting.pop() {
        count += 1;
        // What is visited was read, wherever its template comes from.
        let _ = project.files.template(stack.source);
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
        asks |= deployed.asks.get();
    }
    problems.extend(purse.refused().into_iter().map(|place| Problem::new(place, STEPS)));
    Seen { problems, asks }
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
