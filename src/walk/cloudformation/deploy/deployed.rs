//! A template that is deployed: what the names in it stand for.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::nested;
use super::project::Project;
use super::stack::Stack;
use crate::parse::Node;
use crate::source::Span;
use crate::value::{Value, Words};
use crate::walk::cloudformation::language::evaluate::Evaluator;
use crate::walk::cloudformation::language::lookup::{Lookup, Wanted};
use crate::walk::cloudformation::language::parameters::Parameters;
use crate::walk::cloudformation::language::place::Place;
use crate::walk::cloudformation::language::scope::Scope;
use crate::walk::cloudformation::sam;
use crate::walk::cloudformation::sam::reader::Reader;
use crate::walk::cloudformation::sam::references;
use crate::walk::cloudformation::sam::template::Template;

/// The outputs of nested stacks by logical id: `None` while they are being evaluated.
type Nested = FxHashMap<Arc<str>, Option<Arc<BTreeMap<String, Value>>>>;

/// The stacks that resources deploy, by logical id; none when the template is not in the project.
type Children = FxHashMap<Arc<str>, Option<Stack>>;

/// A stack with its template.
pub(super) struct Deployed<'a> {
    pub(super) project: &'a Project<'a>,
    pub(super) stack: &'a Stack,
    pub(super) template: Template<'a>,
    pub(super) nested: RefCell<Nested>,
    pub(super) children: RefCell<Children>,
    /// Whether it asks for what other stacks offer.
    pub(super) asks: Cell<bool>,
}

impl<'a> Deployed<'a> {
    pub(super) fn new(project: &'a Project<'a>, stack: &'a Stack) -> Self {
        let names = project.assemblies().names(stack.source);
        let template = sam::read(&stack.root, &stack.given, &stack.place, names);
        Self {
            project,
            stack,
            template,
            nested: RefCell::default(),
            children: RefCell::default(),
            asks: Cell::default(),
        }
    }

    /// Evaluates something of what is written at `place`, which pays for it.
    pub(super) fn paid<T>(&self, on: &Reader<'_>, place: Span, evaluate: impl FnOnce() -> T) -> T {
        let (result, is_whole) = on.evaluator.paid((self.stack.outermost, place), place, evaluate);
        if !is_whole {
            self.nested.take();
            self.children.take();
            self.template.forget();
        }
        result
    }

    /// Reads the template with an evaluator that looks up names here.
    pub(super) fn reader<'e>(&'e self, evaluator: &'e Evaluator<'e>) -> Reader<'e> {
        Reader { evaluator, template: &self.template }
    }
}

impl Lookup for Deployed<'_> {
    fn place(&self) -> &Place {
        &self.stack.place
    }

    fn parameters(&self) -> &Parameters<'_> {
        &self.template.sections.parameters
    }

    fn mapping(&self, name: &str) -> Option<&Node> {
        self.template.sections.mappings.get(name).copied()
    }

    fn condition(&self, name: &str) -> Option<(&Node, &Scope)> {
        self.template.sections.conditions.get(name).map(|(node, scope)| (*node, scope))
    }

    fn attribute(&self, on: &Evaluator<'_>, address: &str, attribute: &str, span: Span) -> Value {
        let on = self.reader(on);
        if let Some(output) = attribute.strip_prefix("Outputs.")
            && let Some(value) = nested::output(self, &on, address, output)
        {
            return value.through(span);
        }
        references::attribute(&on, address, attribute, span)
    }

    fn exported(&self, name: &Words) -> Vec<Value> {
        self.asks.set(true);
        self.project.exports.of(name, &self.stack.place)
    }

    fn output(&self, wanted: &Wanted) -> Vec<Value> {
        self.asks.set(true);
        self.project.exports.outputs_of(wanted)
    }

    fn is_on_one_line(&self, span: Span) -> bool {
        let text = self.project.sources.text_or_empty(span.source);
        !text.get(span.range()).is_some_and(|written| written.contains('\n'))
    }
}
