//! Patterns of actions and resources, asked as the requests they mean.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Asker, Cause, Question, Reason, What, Who};
use crate::graph::Resource;
use crate::iam::data;
use crate::iam::policy::Item;
use crate::value::{Answer, Because, Class, PieceKind, Symbol, Text};

/// What becomes of the requests that a pattern means, when all of them are certainly denied.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It means no request: none of its actions does anything with the resource.
    Nothing,
    /// Some request may be allowed.
    Possible,
    /// Every one is denied.
    Denied {
        /// One of them, for the places to look at: its action and what it is about.
        example: (Arc<str>, Text),
        /// What would be allowed by the side of the resource is not by that of the caller.
        own_blocks: bool,
        /// Something that the caller's side allows is not by that of the resource.
        other_blocks: bool,
        /// Something is allowed by both sides, under conditions that exclude each other.
        apart: bool,
    },
}

/// The requests that an action of a policy means on some resources of it.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    all: Vec<(Arc<str>, Text)>,
}

impl Requests {
    /// The requests of `action`, which may be a pattern, on those of `elements` that it does something with. `None` when the
    /// action is not known.
    pub fn of<'t>(
        action: &Item<Text>,
        elements: impl IntoIterator<Item = &'t Text>,
        resource: &Resource,
    ) -> Option<Self> {
        Self::at_most(usize::MAX, action, elements, resource)
    }

    /// The first of them: whoever asks whether all are denied can often stop at it.
    pub fn first_of<'t>(
        action: &Item<Text>,
        elements: impl IntoIterator<Item = &'t Text>,
        resource: &Resource,
    ) -> Option<Self> {
        Self::at_most(1, action, elements, resource)
    }

    fn at_most<'t>(
        limit: usize,
        action: &Item<Text>,
        elements: impl IntoIterator<Item = &'t Text>,
        resource: &Resource,
    ) -> Option<Self> {
        let written = action.value.as_literal()?;
        let elements: Vec<&Text> = elements.into_iter().collect();
        // What names no action that is published means no request, as the name of an operation (`s3:ListObjectsV2`) whose
        // action is called otherwise. Of a service without published actions it stands for those that nobody knows.
        let names: Vec<Arc<str>> = if data::actions(resource.service).next().is_none() {
            vec![written.into()]
        } else {
            let of_service = |one: &data::Action| one.service.eq_ignore_ascii_case(resource.service);
            let known = data::expand(&written).filter(of_service);
            known.map(|one| format!("{}:{}", one.service, one.name).into()).collect()
        };
        let requests = names.iter().filter(|name| is_of_service(name, resource.service)).flat_map(|name| {
            let acted_on = elements.iter().filter(|element| !acts_on(name, element, resource).is_no());
            acted_on.map(|element| (Arc::clone(name), some_of(element)))
        });
        let all = requests.take(limit).collect();
        Some(Self { all })
    }

    /// That a role is assumed, by its ARN.
    pub fn to_assume(role: &Text) -> Self {
        Self::to_assume_with("sts:AssumeRole", role)
    }

    /// That a role is assumed by one of the actions for that, by its ARN.
    pub fn to_assume_with(action: &str, role: &Text) -> Self {
        Self { all: vec![(action.into(), role.clone())] }
    }

    /// Each of them: its action, and what it is about.
    pub fn each(&self) -> impl Iterator<Item = (&str, &Text)> {
        self.all.iter().map(|(action, within)| (&**action, within))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Whether every one is certainly denied to somebody.
    pub fn all_denied(&self, ask: &Asker<'_>, caller: &Who, target: &What) -> bool {
        let is_denied = |(action, within)| {
            ask.ask(&Question { caller, target, action, within: Some(within) }).answer.is_no()
        };
        self.each().all(is_denied)
    }

    /// Only those for one of some actions.
    #[must_use]
    pub fn only(mut self, actions: &[&str]) -> Self {
        self.all.retain(|(action, _)| actions.iter().any(|one| one.eq_ignore_ascii_case(action)));
        self
    }

    /// Adds others.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.all.extend(others.all);
        self
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl Asker<'_> {
    /// What becomes of requests on a resource by any of some callers.
    pub fn ask_all(&self, callers: &[Who], target: &What, requests: &Requests) -> Outcome {
        // Of what the side of the resource would let, and of what it lets nobody do.
        let (mut useful, mut useless) = (Vec::new(), Vec::new());
        let mut example: Option<(bool, (Arc<str>, Text))> = None;
        let mut apart = false;
        for (action, within) in &requests.all {
            for caller in callers {
                let question = Question { caller, target, action, within: Some(within) };
                let ruling = self.ask(&question);
                if !ruling.answer.is_no() {
                    return Outcome::Possible;
                }
                apart |= ruling.cause == Cause::Decided(Reason::Apart);
                let sides = self.sides(&question);
                let is_useful = !sides.other.is_no();
                if is_useful {
                    useful.push(sides.own.is_no());
                } else if !data::is_refused_across_accounts(action) {
                    useless.push(sides.own.is_no());
                }
                // What the resource would let shows best what keeps the caller from it.
                if example.as_ref().is_none_or(|(shown, _)| is_useful && !shown) {
                    example = Some((is_useful, (Arc::clone(action), within.clone())));
                }
            }
        }
        match example {
            Some((_, example)) => {
                let own = if useful.is_empty() { &useless } else { &useful };
                let own_blocks = !own.is_empty() && own.iter().all(|blocks| *blocks);
                // Where the resource lets something, what keeps the caller from that decides.
                let other_blocks = useful.is_empty() || useful.iter().any(|own| !own);
                Outcome::Denied { example, own_blocks, other_blocks, apart }
            }
            None => Outcome::Nothing,
        }
    }
}

/// Whether an action is of a service.
fn is_of_service(action: &str, service: &str) -> bool {
    action.split_once(':').is_some_and(|(prefix, _)| prefix.eq_ignore_ascii_case(service))
}

/// Whether an action does anything with what an ARN of a policy names of a resource: `s3:GetObject` nothing with a bucket.
/// What such a pair allows or grants is nothing, so nothing follows from it.
fn acts_on(action: &str, element: &Text, resource: &Resource) -> Answer {
    // A name that AWS makes up is some name.
    let unknown: Vec<_> = resource.arn.symbols().collect();
    let name = |symbol: &Symbol| {
        let name = Text::literal("x", element.span()?);
        (symbol.class == Class::Computed && unknown.contains(&symbol)).then_some(Cow::Owned(name))
    };
    data::acts_on(action, &element.substitute(name))
}

/// Something that a pattern of ARNs matches: whatever stands for a wildcard or a policy variable is not known.
pub(super) fn some_of(pattern: &Text) -> Text {
    let mut one = Text::default();
    for piece in pattern.joined().pieces() {
        let PieceKind::Literal(literal) = &piece.kind else {
            one.push_piece(piece.clone());
            continue;
        };
        let mut rest: &str = literal;
        while let Some(at) = rest.find(['*', '?', '$']) {
            let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
            one.push_str(before, piece.span);
            let variable = after.strip_prefix("${").and_then(|inner| inner.split_once('}'));
            rest = match variable {
                Some((_, after)) => after,
                None if after.starts_with('$') => {
                    one.push_str("$", piece.span);
                    after.strip_prefix('$').unwrap_or_default()
                }
                None => after.trim_start_matches(['*', '?']),
            };
            if variable.is_some() || !after.starts_with('$') {
                let symbol = Symbol::new(Class::Opaque, "some part", Because::Run);
                one.push(PieceKind::Symbol(symbol), piece.span);
            }
        }
        one.push_str(rest, piece.span);
    }
    one
}
