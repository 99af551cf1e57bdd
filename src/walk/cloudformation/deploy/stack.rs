//! A template as it is deployed: on its own, as a nested stack, by a stack set.

use std::sync::Arc;

use crate::parse::Node;
use crate::source::{SourceId, Span};
use crate::value::{Answer, UnitKey, When};
use crate::walk::cloudformation::language::parameters::Given;
use crate::walk::cloudformation::language::place::{Place, Target};

/// A template as it is deployed.
#[derive(Clone, Debug)]
pub(super) struct Stack {
    /// What it is part of, and where that goes.
    pub(super) place: Place,
    /// The file it is written in.
    pub(super) source: SourceId,
    /// The document.
    pub(super) root: Arc<Node>,
    /// Its parameters.
    pub(super) given: Arc<Given>,
    /// The files of the stacks it is nested in.
    pub(super) ancestors: Vec<SourceId>,
    /// Whether the stacks that it is nested in deploy it.
    pub(super) present: Answer,
    /// The choices with which they do, as far as these are unusual.
    pub(super) when: When,
    /// The resource of the template at the outside that leads to it, where it is written.
    pub(super) outermost: Option<Span>,
}

impl Stack {
    /// A template that is deployed on its own.
    pub(super) fn new(unit: UnitKey, source: SourceId, root: Arc<Node>) -> Self {
        let place = Place { unit, prefix: "".into(), target: Target::default() };
        let (given, ancestors) = (Arc::default(), Vec::new());
        let (present, when) = (Answer::Yes, When::default());
        Self { place, source, root, given, ancestors, present, when, outermost: None }
    }
}

/// One deployment of a template.
#[derive(Clone, Debug)]
pub(super) struct Deployment {
    /// What tells it from others of the same template.
    pub(super) label: String,
    pub(super) target: Target,
    pub(super) given: Arc<Given>,
}
