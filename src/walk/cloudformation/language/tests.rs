//! The language alone: what names stand for is a map.

use std::collections::BTreeMap;

use super::evaluate::{Evaluator, purse};
use super::lookup::{Lookup, Wanted};
use super::parameters::{Given, Parameters};
use super::place::{Place, Target};
use super::scope::Scope;
use crate::parse::{Node, yaml};
use crate::source::{SourceId, Sources, Span};
use crate::value::{Because, UnitKey, Value, Words};

/// Names and what they stand for.
struct Names<'a> {
    place: Place,
    parameters: Parameters<'a>,
    attributes: BTreeMap<&'a str, &'a str>,
    conditions: BTreeMap<&'a str, (&'a Node, Scope)>,
}

impl Lookup for Names<'_> {
    fn place(&self) -> &Place {
        &self.place
    }

    fn parameters(&self) -> &Parameters<'_> {
        &self.parameters
    }

    fn mapping(&self, _: &str) -> Option<&Node> {
        None
    }

    fn condition(&self, name: &str) -> Option<(&Node, &Scope)> {
        self.conditions.get(name).map(|(node, scope)| (*node, scope))
    }

    fn attribute(&self, on: &Evaluator<'_>, address: &str, attribute: &str, span: Span) -> Value {
        match self.attributes.get(format!("{address}.{attribute}").as_str()) {
            Some(known) => Value::literal(*known, span),
            None => on.unknown(address, Because::Undeclared, span),
        }
    }

    fn exported(&self, name: &Words) -> Vec<Value> {
        vec![Value::literal(format!("exported as {}", name.shown()), Span::start_of(file()))]
    }

    fn output(&self, _: &Wanted) -> Vec<Value> {
        Vec::new()
    }

    fn is_on_one_line(&self, _: Span) -> bool {
        true
    }
}

fn file() -> SourceId {
    Sources::in_memory([("text".to_owned(), String::new())]).ids().next().unwrap()
}

fn node(text: &str) -> Node {
    yaml::parse(file(), text).0.unwrap()
}

/// What an expression says where `Role.Arn` is an attribute, `Stage` a parameter that is set to `prod`, `Free` one that
/// anybody can set, and `Prod` and `Open` are conditions on them.
fn said(expression: &str) -> String {
    let mut given = Given::default();
    given.insert("Stage", Value::literal("prod", Span::start_of(file())));
    let (declared, prod, open) =
        (node("Type: String"), node("!Equals [!Ref Stage, prod]"), node("!Equals [!Ref Free, prod]"));
    let names = Names {
        place: Place { unit: UnitKey::of("unit"), prefix: "".into(), target: Target::default() },
        parameters: Parameters {
            declared: [("Stage", &declared), ("Free", &declared)].into(),
            given: &given,
        },
        attributes: [("Role.Arn", "arn:aws:iam::111111111111:role/r")].into(),
        conditions: [("Prod", (&prod, Scope::default())), ("Open", (&open, Scope::default()))].into(),
    };
    let value = Evaluator::new(&names, purse()).value(&node(expression));
    let shown = value.alternatives().iter().map(|one| one.as_text().unwrap().to_string());
    shown.collect::<Vec<_>>().join(" | ")
}

#[test]
fn names_stand_for_what_the_lookup_says() {
    assert_eq!(said("!GetAtt Role.Arn"), "arn:aws:iam::111111111111:role/r");
    assert_eq!(said("!Sub '${Stage}-${Role.Arn}'"), "prod-arn:aws:iam::111111111111:role/r");
    assert_eq!(said("{'Fn::ImportValue': role}"), "exported as role");
    assert_eq!(said("!Ref Nothing"), "${Nothing}");
}

#[test]
fn a_condition_is_certain_when_nobody_can_set_what_it_hangs_on() {
    assert_eq!(said("!If [Prod, yes it is, no]"), "yes it is");
    assert_eq!(said("!If [Open, yes it is, not]"), "yes it is | not");
    assert_eq!(said("!If [Undeclared, yes it is, not]"), "yes it is | not");
}
