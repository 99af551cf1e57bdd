//! What a request must meet to be allowed, and what an answer that is not known hangs on.

use super::request::{Decision, Layer, Layers, Request};
use super::{Question, caller, expands};
use crate::iam::action::action_matches;
use crate::iam::condition::{self, Context, Presence};
use crate::iam::glob::arn_matches;
use crate::iam::policy::{Condition, Effect, Policy, Statement};
use crate::source::{SourceId, Span};
use crate::value::{Answer, Symbol, Text};

/// A condition that is for whoever sends the request to meet.
#[derive(Clone, Copy, Debug)]
pub struct Demand<'a> {
    /// The condition.
    pub condition: &'a Condition,
    /// Whether it is of a statement that denies, and must not be met.
    pub denies: bool,
    /// Where to look.
    pub span: Span,
}

impl<'a> Demand<'a> {
    /// A condition, where it is written.
    pub fn new(condition: &'a Condition, denies: bool) -> Self {
        Self { condition, denies, span: condition.key.span }
    }

    /// The conditions of a statement that depend on the request.
    pub fn of(policy: &Policy, statement: &'a Statement, context: &Context) -> Vec<Self> {
        let context = context.variables(expands(policy));
        let plain = plain(&context);
        let denies = statement.effect == Some(Effect::Deny);
        let is_open = |condition: &&Condition| {
            let key = condition.key.value.as_literal();
            let decided =
                key.is_some_and(|key| matches!(context.get(&key), Presence::Values(_) | Presence::Absent));
            let met = condition::satisfiable(std::slice::from_ref(*condition), false, &plain).is_yes();
            // What every plain request meets asks for nothing.
            !decided && (denies || !met)
        };
        statement.conditions.iter().filter(is_open).map(|condition| Self::new(condition, denies)).collect()
    }
}

/// A request without anything that is not always there: over TLS, and without any key that may be absent.
fn plain(context: &Context) -> Context {
    let yes = Text::literal("true", Span::start_of(SourceId::first()));
    context.variables(context.expands()).or("aws:SecureTransport", Presence::Values(vec![yes])).closed()
}

impl Request<'_> {
    /// What a request must meet, beyond what is known of it, for the decision to hold: the conditions of one way to be
    /// allowed, and those of denials to get round.
    pub fn demands<'a>(&self, layers: &Layers<'a>, decision: &Decision<'a>) -> Vec<Demand<'a>> {
        let bare = plain(self.context);
        if (Request { context: &bare, ..*self }).decide(layers).answer.is_yes() {
            return Vec::new();
        }
        let contexts = self.contexts();
        let (mut allows, mut denials) = (Vec::new(), Vec::new());
        for (layer, _, policies) in layers.each() {
            let question = self.question(layer, layers.seen());
            let mut ways: Vec<Vec<Demand<'a>>> = Vec::new();
            for (policy, present) in policies.all.iter().filter(|(_, present)| !present.is_no()) {
                let context = contexts.seen_by(policy);
                for statement in &policy.statements {
                    let is_used = decision.allowed_by.iter().any(|one| std::ptr::eq(*one, statement));
                    if is_used {
                        ways.push(Demand::of(policy, statement, &context));
                    } else if statement.effect == Some(Effect::Deny) {
                        let speaks = question.speaks(statement, &context).0.and(*present);
                        let bare = plain(&context);
                        let hits = condition::satisfiable(&statement.conditions, false, &bare);
                        if !speaks.and(hits).is_no() {
                            denials.extend(Demand::of(policy, statement, &context));
                        }
                    }
                }
            }
            allows.extend(ways.into_iter().min_by_key(Vec::len).map(|way| (layer, way)));
        }
        let either = self.same_account.is_yes() && !self.needs_resource_policy();
        let length =
            |wanted: Layer| allows.iter().find(|(layer, _)| *layer == wanted).map(|(_, way)| way.len());
        // Within one account one of both sides is enough: the one that asks for less.
        let spare = match (length(Layer::Identity), length(Layer::Resource)) {
            (Some(own), Some(other)) if either => {
                Some(if own > other { Layer::Identity } else { Layer::Resource })
            }
            _ => None,
        };
        allows.retain(|(layer, _)| Some(*layer) != spare);
        allows.into_iter().flat_map(|(_, way)| way).chain(denials).collect()
    }

    /// The unknown values that statements hang on which neither surely speak of the request nor surely do not.
    pub fn doubts<'a>(&'a self, layers: &Layers<'a>) -> Vec<(Layer, Vec<&'a Symbol>)> {
        let contexts = self.contexts();
        let mut found = Vec::new();
        for (layer, _, policies) in layers.each() {
            let question = self.question(layer, layers.seen());
            let mut symbols = Vec::new();
            for (policy, _) in policies.all.iter().filter(|(_, present)| !present.is_no()) {
                let context = contexts.seen_by(policy);
                for statement in &policy.statements {
                    self.doubts_of(&question, statement, &context, &mut symbols);
                }
            }
            found.push((layer, symbols));
        }
        found
    }

    fn doubts_of<'a>(
        &'a self,
        question: &Question<'_>,
        statement: &'a Statement,
        context: &Context,
        symbols: &mut Vec<&'a Symbol>,
    ) {
        if question.speaks(statement, context).0.is_no() {
            return;
        }
        let unknown = |answer: Answer| answer == Answer::Unknown;
        if let (Some(principals), Some(caller)) = (&statement.principals, question.caller) {
            let items = principals.items.iter();
            let doubtful = items.filter(|item| unknown(caller::principal_matches(item, caller).0));
            symbols.extend(doubtful.flat_map(|item| item.text.symbols()));
        }
        let action = Text::literal(self.action, statement.actions.key_span);
        let actions = statement.actions.items.iter();
        let doubtful = actions.filter(|item| unknown(action_matches(&item.value, &action)));
        symbols.extend(doubtful.flat_map(|item| item.value.symbols()));
        let resources = statement.resources.iter().filter(|_| question.resource.is_some());
        for item in resources.flat_map(|clause| &clause.items) {
            if unknown(arn_matches(&item.value, self.resource)) {
                symbols.extend(item.value.symbols().chain(self.resource.symbols()));
            }
        }
        for condition in &statement.conditions {
            let meets = condition::satisfiable(std::slice::from_ref(condition), false, context);
            if unknown(meets) {
                let values = condition.values.iter().flat_map(|item| item.value.symbols());
                symbols.extend(condition.key.value.symbols().chain(values));
            }
        }
    }
}
