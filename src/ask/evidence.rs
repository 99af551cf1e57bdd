//! The statements that an answer rests on, as places to look at.

use std::sync::Arc;

use super::layers::Said;
use super::{Asker, Cause, Question, Ruling, Sides, What, Who};
use crate::bounds;
use crate::diagnostic::{Label, said};
use crate::graph::{DeclarationId, Graph};
use crate::iam::condition::{self, Presence};
use crate::iam::evaluate::{self, Caller, Does, Layer, Reason, Why};
use crate::iam::policy::{Item, Statement};
use crate::source::Span;
use crate::value::Answer;

/// A place that decides.
#[derive(Clone, Debug)]
pub struct Evidence<'g> {
    /// The sort of policy that is at work here.
    pub layer: Layer,
    /// What it does; nothing when what is missing is a statement.
    pub does: Option<Does>,
    /// The statement, when it is one.
    pub statement: Option<&'g Statement>,
    /// Where to look.
    pub span: Span,
    /// What is to be seen there.
    pub text: String,
    /// The declaration it is written in.
    pub declaration: Option<DeclarationId>,
}

impl Evidence<'_> {
    /// Whether it is of the side of the caller.
    pub fn is_own(&self) -> bool {
        matches!(self.layer, Layer::Identity | Layer::Boundary | Layer::Session | Layer::ServiceControl)
    }

    /// Whether it is a statement that denies.
    pub fn denies(&self) -> bool {
        self.does == Some(Does::Denies)
    }

    /// In which respect a statement fails that comes near.
    pub fn nearly(&self) -> Option<Why> {
        match self.does {
            Some(Does::Nearly(why)) => Some(why),
            _ => None,
        }
    }

    /// The place as a finding shows it.
    pub fn label(&self, graph: &Graph) -> Label {
        let mut label = Label::new(self.span, self.text.as_str());
        if let Some(declaration) = self.declaration {
            let account = graph.account_of(declaration);
            label.address = Some(Arc::clone(&graph.declarations[declaration].address));
            label.account =
                graph.accounts.is_assigned(&account).then(|| said(&graph.accounts.shown(&account)));
        }
        label
    }
}

impl<'g> Asker<'g> {
    /// The places that decide a question: the side that blocks comes first.
    pub fn evidence(&self, question: &Question<'_>, ruling: &Ruling, sides: Sides) -> Vec<Evidence<'g>> {
        let Some(caller) = self.caller(question.caller) else { return Vec::new() };
        let whole = self.together(&caller, question);
        let (said, request) = (&whole.said, whole.request(&caller, question));
        let decision = request.decide(&said.layers);
        let found = request.evidence(&said.layers, &decision);
        self.places(&found, said, (question, &caller), ruling, sides)
    }

    /// What is shown of all that has to do with a request.
    pub(super) fn places(
        &self,
        found: &[evaluate::Evidence<'g>],
        said: &Said<'g>,
        (question, caller): (&Question<'_>, &Caller),
        ruling: &Ruling,
        sides: Sides,
    ) -> Vec<Evidence<'g>> {
        let mut drawn: Vec<Evidence<'g>> = Vec::new();
        for layer in [Layer::ServiceControl, Layer::ResourceControl] {
            if ruling.cause.concerns(layer) {
                let denials = found.iter().filter(|one| one.layer == layer && is_denial(one.does));
                drawn.extend(denials.take(bounds::WITNESSES).map(|one| draw(one, said, question, caller)));
            }
        }
        if ruling.cause.concerns(Layer::Boundary)
            && let Some((span, declaration)) = said.boundary
        {
            let text = "permissions boundary".to_owned();
            let declaration = Some(declaration);
            let (layer, does, statement) = (Layer::Boundary, None, None);
            drawn.push(Evidence { layer, does, statement, span, text, declaration });
            drawn.extend(limits(found).map(|one| draw(one, said, question, caller)));
        }
        let side = |layer: Layer, answer: Answer| {
            let of_side: Vec<_> = found.iter().filter(|one| one.layer == layer).collect();
            let mut places: Vec<_> =
                chosen(&of_side, answer).into_iter().map(|one| draw(one, said, question, caller)).collect();
            if places.is_empty() {
                places.extend(self.declared(layer, question));
            }
            places
        };
        // A denial may depend on what the caller has: with a boundary, `NotPrincipal` spares nobody.
        let said = |layer: Layer, answer: Answer| {
            let denies = ruling.cause == Cause::Decided(Reason::Denied(layer));
            if denies { Answer::No } else { answer }
        };
        let own = side(Layer::Identity, said(Layer::Identity, sides.own));
        let other = side(Layer::Resource, said(Layer::Resource, sides.other));
        let (first, second) = if sides.own < sides.other { (own, other) } else { (other, own) };
        drawn.extend(first);
        drawn.extend(second);
        drawn
    }

    /// Where a side is declared that says nothing.
    fn declared(&self, layer: Layer, question: &Question<'_>) -> Option<Evidence<'g>> {
        let graph = self.graph;
        let (declaration, text) = match (layer, question.caller, question.target) {
            (Layer::Identity, Who::Declared(id), _) => {
                (graph.identities[*id].declaration, "principal declared here")
            }
            (Layer::Identity, Who::Elsewhere(_), _) => return None,
            (_, _, What::Identities(ids)) => {
                (graph.identities[*ids.first()?].declaration, "role declared here")
            }
            (_, _, What::Resources(ids)) => {
                (graph.resources[*ids.first()?].declaration, "resource declared here")
            }
        };
        let span = graph.declarations[declaration].span;
        let (text, declaration) = (text.to_owned(), Some(declaration));
        Some(Evidence { layer, does: None, statement: None, span, text, declaration })
    }
}

/// What a boundary says that is written in the analyzed files: what it denies, else what it nearly allows.
fn limits<'e, 'g>(found: &'e [evaluate::Evidence<'g>]) -> impl Iterator<Item = &'e evaluate::Evidence<'g>> {
    let of_boundary = || found.iter().filter(|one| one.layer == Layer::Boundary);
    let denies = of_boundary().any(|one| is_denial(one.does));
    of_boundary()
        .filter(move |one| if denies { is_denial(one.does) } else { matches!(one.does, Does::Nearly(_)) })
        .take(bounds::WITNESSES)
}

fn is_denial(does: Does) -> bool {
    matches!(does, Does::Denies | Does::MayDeny)
}

/// What is worth showing of a side: what denies, when that decides; else what allows, else what comes near.
fn chosen<'e, 'g>(all: &[&'e evaluate::Evidence<'g>], answer: Answer) -> Vec<&'e evaluate::Evidence<'g>> {
    let pick = |wanted: &dyn Fn(Does) -> bool| {
        all.iter().copied().filter(|one| wanted(one.does)).take(bounds::WITNESSES).collect::<Vec<_>>()
    };
    let denials = pick(&is_denial);
    if answer.is_no() && !denials.is_empty() {
        return denials;
    }
    let allows = pick(&|does| does == Does::Allows);
    if allows.is_empty() { pick(&|does| matches!(does, Does::Nearly(_))) } else { allows }
}

impl Evidence<'_> {
    /// The same for one request of which the keys are known: what it does not meet, another one may.
    #[must_use]
    pub fn of_request(self) -> Self {
        match self.does {
            Some(Does::Nearly(Why::Condition)) => {
                Self { text: "condition that this request does not meet".to_owned(), ..self }
            }
            _ => self,
        }
    }
}

/// A statement as a place, with what is to be seen there.
pub(super) fn draw<'g>(
    one: &evaluate::Evidence<'g>,
    said: &Said<'g>,
    question: &Question<'_>,
    caller: &Caller,
) -> Evidence<'g> {
    let statement = one.statement;
    let principal = || principal(statement, caller);
    let is_own = matches!(one.layer, Layer::Identity | Layer::Boundary | Layer::ServiceControl);
    let is_role = matches!(question.target, What::Identities(_));
    let (span, text) = match one.does {
        Does::Denies => (None, "denied here".to_owned()),
        Does::MayDeny => (None, "can be denied here".to_owned()),
        Does::Allows if is_own => (first(Some(&statement.actions.items)), "allowed here".to_owned()),
        Does::Allows => (principal(), if is_role { "trusted here" } else { "granted here" }.to_owned()),
        Does::Nearly(Why::Resource) => {
            let named = first(statement.resources.as_ref().map(|it| &it.items));
            (named, if is_role { "names another role" } else { "names another resource" }.to_owned())
        }
        Does::Nearly(Why::Action) => {
            (first(Some(&statement.actions.items)), format!("lacks `{}`", question.action))
        }
        Does::Nearly(Why::Condition) => unmet(statement, &one.context),
        Does::Nearly(Why::Principal) => {
            (principal(), if is_role { "trusted principal" } else { "granted to this principal" }.to_owned())
        }
    };
    Evidence {
        layer: one.layer,
        does: Some(one.does),
        statement: Some(statement),
        span: said.attached_at(one.layer, one.policy).or(span).unwrap_or(statement.span),
        text,
        declaration: said.declaration(one.layer, one.level, one.policy),
    }
}

/// The condition by which a statement keeps a request out, and why it does.
fn unmet(statement: &Statement, request: &condition::Context) -> (Option<Span>, String) {
    const NEVER: &str = "condition can never be satisfied";
    // What keeps every request out is shown where that is said of it.
    let conflict = condition::conflict::conflict(statement, &request.of_any())
        .or_else(|| condition::conflict::conflict(statement, request));
    if let Some(span) = conflict.and_then(|it| it.spans.first().copied()) {
        return (Some(span), NEVER.to_owned());
    }
    let unmet = condition::unmet(statement, request).or_else(|| statement.conditions.first());
    let has = unmet.and_then(|it| it.key.value.as_literal()).map(|key| request.get(&key));
    let text = match has {
        Some(Presence::Values(values)) => match values.as_slice() {
            [value] if value.is_literal() => format!("is `{value}` in this request"),
            _ => NEVER.to_owned(),
        },
        Some(Presence::Absent) => "is not in this request".to_owned(),
        _ => NEVER.to_owned(),
    };
    (unmet.map(|it| it.key.span), text)
}

/// The principal that means the caller, or may; else the first.
fn principal(statement: &Statement, caller: &Caller) -> Option<Span> {
    let items = &statement.principals.as_ref()?.items;
    let nearest = items.iter().max_by_key(|item| {
        let (answer, how) = evaluate::principal_matches(item, caller);
        // Of equals the last one counts.
        (answer, (!answer.is_no()).then_some(how), std::cmp::Reverse(item.span.start))
    });
    nearest.map(|item| item.span)
}

fn first<T>(items: Option<&Vec<Item<T>>>) -> Option<Span> {
    items.and_then(|items| items.first()).map(|item| item.span)
}

impl Cause {
    /// Whether an answer hangs on policies of a sort.
    pub fn concerns(&self, layer: Layer) -> bool {
        match self {
            Self::Decided(Reason::Denied(by)) => *by == layer,
            Self::Decided(Reason::Missing(layers) | Reason::Open(layers)) => layers.contains(&layer),
            _ => false,
        }
    }
}
