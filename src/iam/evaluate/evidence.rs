//! What the statements of all policies do with a request, and what each side says taken alone.

use std::rc::Rc;
use std::sync::LazyLock;

use super::order::{ALL_OF_CALLER, Gathered};
use super::request::{Decision, Layer, Layers, Policies, Reason, Request, Seen};
use super::{Question, Why, why_near};
use crate::iam::beginnings::Beginnings;
use crate::iam::condition;
use crate::iam::policy::{Clause, Effect, Item, Polarity, Policy, Statement};
use crate::iam::principal::Principal;
use crate::source::{SourceId, Span};
use crate::value::{Answer, Text, Via, When};

/// A statement that has to do with a request.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// The sort of its policy.
    pub layer: Layer,
    /// Which of the layers of that sort, for service control policies.
    pub level: usize,
    /// Which policy of the layer.
    pub policy: usize,
    /// The statement.
    pub statement: &'a Statement,
    /// What it does.
    pub does: Does,
    /// The request as its policy sees it.
    pub context: Rc<condition::Context>,
}

/// What a statement does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Allows it, or may; what other policies say aside.
    Allows,
    /// Denies it.
    Denies,
    /// May deny it.
    MayDeny,
    /// Would allow it, but for one respect.
    Nearly(Why),
}

impl Request<'_> {
    /// The statements that allow a request, deny it, or nearly allow it, policy by policy in the order of the layers.
    pub fn evidence<'a>(&self, layers: &Layers<'a>, decision: &Decision<'a>) -> Vec<Evidence<'a>> {
        self.found(
            layers,
            |_| true,
            |question, statement, present, context| {
                if present.is_no() { None } else { what_it_does(question, statement, context, decision) }
            },
        )
    }

    /// The statements of a sort of policies that deny the request, or may: whether it meets their conditions, is left open.
    pub fn denials<'a>(&self, layers: &Layers<'a>, wanted: Layer) -> Vec<Evidence<'a>> {
        self.found(
            layers,
            |layer| layer == wanted,
            |question, statement, present, context| {
                let speaks = || question.speaks(statement, context).0.and(statement.present).and(present);
                let holds =
                    || condition::satisfiable(&statement.conditions, statement.conditions_open, context);
                let denies = statement.effect == Some(Effect::Deny) && !speaks().is_no() && !holds().is_no();
                denies.then_some(Does::MayDeny)
            },
        )
    }

    /// The statements of some sorts of policies that do something with the request.
    fn found<'a>(
        &self,
        layers: &Layers<'a>,
        wanted: impl Fn(Layer) -> bool,
        does: impl Fn(&Question<'_>, &Statement, Answer, &Rc<condition::Context>) -> Option<Does>,
    ) -> Vec<Evidence<'a>> {
        let contexts = self.contexts();
        let mut found = Vec::new();
        for (layer, level, policies) in layers.each().filter(|(layer, ..)| wanted(*layer)) {
            let question = self.question(layer, layers.seen());
            for (policy, (read, present)) in policies.all.iter().enumerate() {
                let context = contexts.seen_by(read);
                for statement in &read.statements {
                    if let Some(does) = does(&question, statement, *present, &context) {
                        let context = Rc::clone(&context);
                        found.push(Evidence { layer, level, policy, statement, does, context });
                    }
                }
            }
        }
        found
    }

    /// Whether the caller's side lets it call across accounts, if the other side admits everybody.
    pub fn own_side<'a>(&self, layers: &Layers<'a>) -> Decision<'a> {
        if self.caller.is_outside() {
            let (allowed_by, denied_by) = (Vec::new(), Vec::new());
            return Decision { answer: Answer::Yes, reason: Reason::Allowed, allowed_by, denied_by };
        }
        let (everything, nothing) = (Policies::known([&*EVERYTHING]), Policies::default());
        let layers = Seen { resource: &everything, resource_control: &nothing, ..layers.seen() };
        let gathered = Gathered::of(self, layers);
        gathered.decide(&[gathered.route(vec![gathered.granted(|_| true)], ALL_OF_CALLER)])
    }

    /// Whether the side of the resource admits the caller from another account, if its own side allows everything.
    pub fn other_side(&self, layers: &Layers<'_>) -> Answer {
        let everything = Policies::known([&*EVERYTHING]);
        let layers = Seen {
            identity: &everything,
            boundary: None,
            session: None,
            service_control: &[],
            ..layers.seen()
        };
        Request { same_account: Answer::No, ..*self }.decide_by(layers).answer
    }
}

impl<'a> Layers<'a> {
    /// All layers that are there, each with its sort and its level.
    pub(super) fn each(&self) -> impl Iterator<Item = (Layer, usize, &Policies<'a>)> {
        let one = |layer, policies| (layer, 0, policies);
        [one(Layer::Resource, &self.resource), one(Layer::Identity, &self.identity)]
            .into_iter()
            .chain(self.boundary.iter().map(move |policies| one(Layer::Boundary, policies)))
            .chain(self.session.iter().map(move |policies| one(Layer::Session, policies)))
            .chain(
                self.service_control
                    .iter()
                    .enumerate()
                    .map(|(level, policies)| (Layer::ServiceControl, level, policies)),
            )
            .chain(std::iter::once(one(Layer::ResourceControl, &self.resource_control)))
            .chain(self.endpoint.iter().map(move |policies| one(Layer::Endpoint, policies)))
    }
}

fn what_it_does(
    question: &Question<'_>,
    statement: &Statement,
    context: &Rc<condition::Context>,
    decision: &Decision<'_>,
) -> Option<Does> {
    if statement.effect == Some(Effect::Deny) {
        let denies = decision.denied_by.iter().any(|one| std::ptr::eq(*one, statement));
        let surely = if decision.answer.is_no() { Does::Denies } else { Does::MayDeny };
        return denies.then_some(surely);
    }
    let matched = question.matches(statement, context);
    if !matched.all().and(statement.present).is_no() {
        let open = statement.conditions_open;
        let meets = condition::satisfiable(&statement.conditions, open, context);
        if !meets.is_no() {
            return Some(Does::Allows);
        }
    }
    why_near(statement, &matched, context).map(Does::Nearly)
}

/// A policy that allows everybody everything, to ask what one side says alone.
static EVERYTHING: LazyLock<Policy> = LazyLock::new(|| {
    let span = Span::start_of(SourceId::first());
    let all = || Text::literal("*", span);
    let item = |value| clause(vec![value], span);
    let of = |kind| Item {
        value: all(),
        text: all(),
        span,
        via: Via::default(),
        present: Answer::Yes,
        when: When::default(),
        kind,
        number: false,
    };
    let everybody = Item {
        value: Principal::Everyone,
        text: all(),
        span,
        via: Via::default(),
        present: Answer::Yes,
        when: When::default(),
        kind: "*",
        number: false,
    };
    let statement = Statement {
        sid: None,
        effect: Some(Effect::Allow),
        principals: Some(clause(vec![everybody], span)),
        actions: item(of("")),
        resources: Some(item(of(""))),
        conditions: Vec::new(),
        conditions_open: false,
        present: Answer::Yes,
        when: When::default(),
        span,
        via: Via::default(),
    };
    let (statements, beginnings) = (vec![statement], Beginnings::default());
    Policy { version: None, statements, open: false, defects: Vec::new(), span, beginnings }
});

fn clause<T>(items: Vec<Item<T>>, key_span: Span) -> Clause<T> {
    Clause { polarity: Polarity::In, items, open: false, key_span }
}
