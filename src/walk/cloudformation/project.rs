//! What the evaluation of one stack needs from the others: their templates, what they export.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::cdk::Assemblies;
use super::evaluate::{Evaluator, MAX_CHOICES};
use super::files::{Files, directory, joined};
use super::stack::{Stack, name_of};
use super::template::Template;
use super::{nested, stack_sets};
use crate::parse::Node;
use crate::source::{SourceId, Sources};
use crate::value::{Text, Value, Words};

/// Stacks that one template deploys, itself included.
const MAX_STACKS: usize = 1_000;

/// The templates of a project, and what they offer one another.
pub(super) struct Project<'p> {
    pub(super) sources: &'p Sources,
    pub(super) files: Files,
    pub(super) assemblies: Assemblies,
    pub(super) exports: Exports,
}

/// What stacks export, by name, and their outputs by the name of the stack.
#[derive(Default)]
pub(super) struct Exports {
    by_name: FxHashMap<Words, Vec<Export>>,
    by_stack: BTreeMap<(String, String), Vec<Value>>,
}

struct Export {
    value: Value,
    account: Option<String>,
    region: Option<String>,
}

impl Exports {
    /// The values of an export, without those of accounts and regions that the stack is certainly not in.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-importvalue.html>
    pub(super) fn of(&self, name: &Words, stack: &Stack) -> Vec<Value> {
        let (account, region) = place(stack);
        let same = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
        let all = self.by_name.get(name).map_or(&[][..], Vec::as_slice).iter();
        let here = all.filter(|export| same(&export.account, &account) && same(&export.region, &region));
        here.map(|export| export.value.clone()).collect()
    }

    /// The values of an output of the stack of that name.
    pub(super) fn outputs_of(&self, stack: &Text, output: &Text) -> Vec<Value> {
        let (Some(stack), Some(output)) = (stack.as_literal(), output.as_literal()) else {
            return Vec::new();
        };
        self.by_stack.get(&(stack.into_owned(), output.into_owned())).cloned().unwrap_or_default()
    }

    /// All exports by name.
    pub(super) fn named(&self) -> Vec<(String, &Value)> {
        let mut names: Vec<_> = self.by_name.iter().map(|(name, all)| (name.shown(), all)).collect();
        names.sort_by(|(one, _), (other, _)| one.cmp(other));
        let named = names.into_iter();
        named.flat_map(|(name, all)| all.iter().map(move |one| (name.clone(), &one.value))).collect()
    }

    fn add(&mut self, found: Found) {
        match found {
            Found::Export(name, export) => {
                let known = self.by_name.entry(name).or_default();
                if known.len() < MAX_CHOICES {
                    known.push(export);
                }
            }
            Found::Output(stack, output, value) => {
                let known = self.by_stack.entry((stack, output)).or_default();
                if known.len() < MAX_CHOICES {
                    known.push(value);
                }
            }
        }
    }
}

enum Found {
    Export(Words, Export),
    Output(String, String, Value),
}

fn place(stack: &Stack) -> (Option<String>, Option<String>) {
    let literal = |text: &Text| text.as_literal().map(std::borrow::Cow::into_owned);
    let account = stack.target.account.as_ref().and_then(|hint| literal(&hint.account));
    (account, stack.target.region.as_ref().and_then(literal))
}

impl Project<'_> {
    /// The file at a path seen from the directory of another.
    pub(super) fn beside(&self, from: SourceId, path: &str) -> Option<SourceId> {
        self.sources.find(&joined(directory(self.sources.path(from)), path)?)
    }

    /// Looks up what the stacks offer one another.
    ///
    /// An exported value may itself be imported; once more is enough for what occurs.
    pub(super) fn link(&mut self, roots: &[Stack]) {
        let asks = |text: &str| text.contains("ImportValue") || text.contains("GetStackOutput");
        let asked = self.files.templates.keys().any(|id| asks(&self.sources.text_or_empty(*id)));
        let offers =
            |root: &Arc<Node>| root.get("Outputs").is_some_and(|outputs| !outputs.members().is_empty());
        if !self.files.templates.values().any(offers) {
            return;
        }
        for _ in 0..if asked { 2 } else { 1 } {
            let found: Vec<Vec<Found>> = roots
                .par_iter()
                .map(|root| {
                    let mut found = Vec::new();
                    self.each_stack(root, &mut |on| offered(on, &mut found));
                    found
                })
                .collect();
            let mut exports = Exports::default();
            for one in found.into_iter().flatten() {
                exports.add(one);
            }
            self.exports = exports;
        }
    }

    /// Visits a stack and all that it deploys: the stacks nested in it, and those of its stack sets.
    pub(super) fn each_stack(&self, root: &Stack, visit: &mut dyn FnMut(&Evaluator<'_>)) {
        let mut waiting = vec![root.clone()];
        let mut count = 0;
        let mut steps = 0;
        while let Some(stack) = waiting.pop() {
            count += 1;
            let template = Template::read(&stack, self.assemblies.names(stack.source));
            let on = Evaluator::resumed(self, &template, steps);
            visit(&on);
            if count < MAX_STACKS {
                let mut deployed = Vec::new();
                for resource in &template.resources {
                    if !on.is_gone(resource) {
                        deployed.extend(nested::child(&on, resource));
                        deployed.extend(stack_sets::stacks(&on, resource));
                    }
                }
                deployed.truncate(MAX_STACKS - count);
                waiting.extend(deployed.into_iter().rev());
            }
            steps = on.steps();
        }
    }
}

/// What a stack exports, and its outputs when its name is known.
fn offered(on: &Evaluator<'_>, found: &mut Vec<Found>) {
    let outputs = &on.template.outputs;
    let name = on.stack().target.stack_name.as_ref().and_then(Text::as_literal);
    let exports = outputs.iter().any(|output| output.node.get("Export").is_some());
    if !exports && name.is_none() {
        return;
    }
    let (account, region) = place(on.stack());
    let values = on.outputs();
    for output in outputs {
        let Some(value) = values.get(&output.name) else { continue };
        if let Some(stack) = &name {
            found.push(Found::Output(stack.to_string(), output.name.clone(), value.clone()));
        }
        let export = output.node.get("Export").and_then(|export| export.get("Name"));
        let Some(export) = export else { continue };
        let names = on.within(&output.scope, || on.value(export));
        for text in names.alternatives().iter().filter_map(Value::as_text) {
            let (account, region) = (account.clone(), region.clone());
            found.push(Found::Export(name_of(&text), Export { value: value.clone(), account, region }));
        }
    }
}
