//! What leads to a place: the conditions that hold there, and what they leave of the parameters.
//!
//! A default is an assumption. Where a condition holds that is false with the default, the parameter has another value.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::conditions::Outcome;
use super::evaluate::{Evaluator, call};
use super::parameters::{Kind, Parameters, without_value};
use crate::parse::Node;
use crate::value::{Answer, Origin, Value};

/// A condition that is not decided, and whether it holds.
type Premise = (Arc<str>, bool);

/// What is taken to be so where something is evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Premises {
    path: Vec<Premise>,
    /// Nothing is assumed: a parameter that somebody can set may have any of its values.
    free: bool,
}

/// The premises that hold at present, and what follows from them.
#[derive(Default)]
pub(super) struct World {
    premises: Premises,
    /// The parameter that is tried with a value.
    tried: Option<(String, Value)>,
    pub(super) outcomes: FxHashMap<String, Option<Outcome>>,
    /// The parameters that decide a condition alone.
    pub(super) deciders: FxHashMap<String, Arc<[Origin]>>,
    parameters: FxHashMap<String, Value>,
    /// The texts in the conditions that are assumed, when they were looked for: they name the parameters that these limit.
    words: Option<Vec<Arc<str>>>,
}

/// Worlds that were there before, by their premises.
#[derive(Default)]
pub(super) struct Worlds(FxHashMap<Premises, World>);

impl Evaluator<'_> {
    /// Evaluates what is only there when a condition holds, or does not hold. One that is decided says nothing new.
    pub(super) fn given<T>(&self, name: &str, holds: bool, evaluate: impl FnOnce() -> T) -> T {
        if self.condition(name).definite != Answer::Unknown || self.lookup().condition(name).is_none() {
            return evaluate();
        }
        let mut premises = self.world.borrow().premises.clone();
        premises.path.push((name.into(), holds));
        self.among(premises, evaluate)
    }

    /// Evaluates what is there for its own reasons, wherever it is referred to: a resource, under its condition.
    pub(in crate::walk::cloudformation) fn apart<T>(
        &self,
        condition: Option<&str>,
        evaluate: impl FnOnce() -> T,
    ) -> T {
        let is_plain = *self.premises() == Premises::default() && self.world.borrow().tried.is_none();
        if is_plain && condition.is_none() {
            return evaluate();
        }
        self.among(Premises::default(), || match condition {
            Some(name) => self.given(name, true, evaluate),
            None => evaluate(),
        })
    }

    /// Evaluates without assuming the default of any parameter; nothing when none is assumed already.
    pub(super) fn freely<T>(&self, evaluate: impl FnOnce() -> T) -> Option<T> {
        let mut premises = self.premises().clone();
        if premises.free {
            return None;
        }
        premises.free = true;
        Some(self.among(premises, evaluate))
    }

    fn premises(&self) -> std::cell::Ref<'_, Premises> {
        std::cell::Ref::map(self.world.borrow(), |world| &world.premises)
    }

    fn among<T>(&self, premises: Premises, evaluate: impl FnOnce() -> T) -> T {
        let mut world = self.worlds.borrow_mut().0.remove(&premises).unwrap_or_default();
        world.premises = premises;
        let outer = self.world.replace(world);
        let value = evaluate();
        let mut world = self.world.replace(outer);
        let premises = std::mem::take(&mut world.premises);
        self.worlds.borrow_mut().0.insert(premises, world);
        value
    }

    /// Whether a condition is one of the premises, and which way.
    pub(super) fn presumed(&self, name: &str) -> Option<bool> {
        let premises = self.premises();
        premises.path.iter().rev().find(|(known, _)| **known == *name).map(|(_, holds)| *holds)
    }

    /// What a parameter is here, if one has that name.
    pub(super) fn parameter(&self, name: &str) -> Option<Value> {
        let parameters = self.lookup().parameters();
        let usual = || self.usual(name, parameters);
        {
            let world = self.world.borrow();
            if let Some((_, value)) = world.tried.as_ref().filter(|(tried, _)| tried == name) {
                return Some(value.clone());
            }
            let assumes = world.premises.path.is_empty() && !world.premises.free;
            if assumes || !parameters.given.is_settable(name) {
                drop(world);
                return usual();
            }
            if let Some(known) = world.parameters.get(name) {
                return Some(known.clone());
            }
        }
        let declared = parameters.declared.get(name)?;
        let free = self.premises().free;
        if !free && !self.is_limited(name) {
            let value = usual()?;
            self.world.borrow_mut().parameters.insert(name.to_owned(), value.clone());
            return Some(value);
        }
        let assumes = parameters.given.values.contains_key(name) || declared.get("Default").is_some();
        let assumed = (assumes && !free).then(usual).flatten();
        let assumed = assumed.filter(|value| !self.is_excluded(name, value));
        let value = assumed.unwrap_or_else(|| self.remaining(name, declared));
        self.world.borrow_mut().parameters.insert(name.to_owned(), value.clone());
        Some(value)
    }

    /// What a parameter is where nothing is assumed: what is given, its default, or what may be given.
    fn usual(&self, name: &str, parameters: &Parameters<'_>) -> Option<Value> {
        if let Some(known) = self.usual.borrow().get(name) {
            return Some(known.clone());
        }
        let value = parameters.value(name, self.place(), |node| self.plain(node))?;
        if !self.is_cut() {
            self.usual.borrow_mut().insert(name.to_owned(), value.clone());
        }
        Some(value)
    }

    /// Whether a condition that is assumed speaks of a parameter, so that it can limit it.
    fn is_limited(&self, name: &str) -> bool {
        if self.world.borrow().words.is_none() {
            let words = self.assumed().iter().filter_map(|node| node.as_str()).map(Arc::from).collect();
            self.world.borrow_mut().words = Some(words);
        }
        let world = self.world.borrow();
        let is_named = |word: &Arc<str>| **word == *name || word.contains(&format!("${{{name}}}"));
        world.words.iter().flatten().any(is_named)
    }

    /// What the premises leave of a parameter that has any value its declaration allows.
    fn remaining(&self, name: &str, declared: &Node) -> Value {
        let any = without_value(name, declared, self.place());
        if self.premises().path.is_empty() {
            return any;
        }
        let listed = any.alternatives();
        if listed.len() > 1 {
            let left = listed.iter().filter(|value| !self.is_excluded(name, value));
            let left: Vec<Value> = left.cloned().collect();
            return if left.is_empty() { any } else { Value::choice(left, any.span) };
        }
        // Only what is compared with something can be limited to it.
        let other = Value::literal("\u{0}", any.span);
        if Kind::of(declared) != Kind::Single || any.as_str().is_some() || !self.is_excluded(name, &other) {
            return any;
        }
        let left = self.compared().into_iter().filter(|value| !self.is_excluded(name, value));
        let left: Vec<Value> = left.collect();
        if left.is_empty() { any } else { Value::choice(left, any.span) }
    }

    /// Whether a parameter cannot have a value here: a condition would not be what it is.
    fn is_excluded(&self, name: &str, value: &Value) -> bool {
        let tried = World {
            premises: Premises { path: Vec::new(), free: true },
            tried: Some((name.to_owned(), value.clone())),
            ..World::default()
        };
        let outer = self.world.replace(tried);
        let excluded = outer.premises.path.iter().any(|(condition, holds)| {
            let outcome = self.condition(condition).definite;
            if *holds { outcome.is_no() } else { outcome.is_yes() }
        });
        self.world.replace(outer);
        excluded
    }

    /// The texts that the premises compare something with.
    fn compared(&self) -> Vec<Value> {
        let mut found: Vec<Value> = Vec::new();
        for node in self.assumed() {
            let Some(text) = node.as_str() else { continue };
            let is_new = !found.iter().any(|known| known.as_str().as_deref() == Some(&*text));
            if is_new && self.lookup().condition(&text).is_none() && call(node).is_none() {
                found.push(Value::literal(text, node.span));
            }
        }
        found
    }

    /// All parts of the conditions that are assumed, and of those that they refer to.
    fn assumed(&self) -> Vec<&Node> {
        let mut found: Vec<&Node> = Vec::new();
        let mut seen: Vec<Arc<str>> = Vec::new();
        let mut names: Vec<Arc<str>> =
            self.premises().path.iter().map(|(name, _)| Arc::clone(name)).collect();
        while let Some(name) = names.pop() {
            if seen.contains(&name) {
                continue;
            }
            let Some((node, _)) = self.lookup().condition(&name) else { continue };
            seen.push(name);
            let mut waiting = vec![node];
            while let Some(node) = waiting.pop() {
                if let Some(text) = node.as_str().filter(|text| self.lookup().condition(text).is_some()) {
                    names.push(text.into());
                }
                found.push(node);
                waiting.extend(node.items().iter().rev());
                waiting.extend(node.members().iter().rev().map(|member| &member.value));
            }
        }
        found
    }
}
