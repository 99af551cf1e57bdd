//! What is said of a configuration with open questions holds whatever the answers are.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::iam::policy::Policy;
use crate::value::Answer;

/// A statement: which `Sid` it has (none, one of two, one that is not known), and whether it may be missing.
#[derive(Clone, Debug)]
struct Statement {
    sid: usize,
    optional: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Presence {
    Certain,
    Optional,
    Unknown,
}

#[derive(Clone, Debug)]
struct Layer {
    statements: Vec<Statement>,
    presence: Presence,
}

/// The sources, the block itself, the overrides.
#[derive(Clone, Debug)]
struct Configuration {
    sources: Vec<Layer>,
    own: Vec<Statement>,
    overrides: Vec<Layer>,
}

fn statements_of() -> impl Strategy<Value = Vec<Statement>> {
    let statement = (0..4_usize, any::<bool>()).prop_map(|(sid, optional)| Statement { sid, optional });
    prop::collection::vec(statement, 0..4)
}

fn layers_of() -> impl Strategy<Value = Vec<Layer>> {
    let presence = prop_oneof![
        3 => Just(Presence::Certain),
        2 => Just(Presence::Optional),
        1 => Just(Presence::Unknown),
    ];
    let layer = (statements_of(), presence).prop_map(|(statements, presence)| Layer { statements, presence });
    prop::collection::vec(layer, 0..3)
}

fn configurations() -> impl Strategy<Value = Configuration> {
    (layers_of(), statements_of(), layers_of()).prop_map(|(sources, own, overrides)| Configuration {
        sources,
        own,
        overrides,
    })
}

/// Builds a configuration. With `answers`, nothing in it is open: each question takes the next of them.
struct Build {
    answers: Option<Vec<bool>>,
    span: Span,
    /// Each statement has an action of its own.
    count: usize,
}

impl Build {
    fn answer(&mut self) -> Option<bool> {
        self.answers.as_mut().map(|answers| answers.pop().unwrap_or(true))
    }

    fn text(&self, text: &str) -> Value {
        Value::literal(text, self.span)
    }

    /// The members of a statement under the names they have in a block or in a document.
    fn statements(&mut self, all: &[Statement], [sid, action]: [&str; 2], sid_x: &str) -> Value {
        let mut items = Vec::new();
        for statement in all {
            let mut map = Map::default();
            let name = match statement.sid {
                0 => self.text(""),
                3 if self.answers.is_none() => {
                    Value::unknown(Symbol::new(Class::Keyed, "var.x", Because::Input), self.span)
                }
                3 => self.text(sid_x),
                known => self.text(&format!("S{known}")),
            };
            map.insert(sid, self.span, name);
            self.count += 1;
            let value = self.text(&format!("a:{}", self.count));
            map.insert(action, self.span, Value::list(vec![value], self.span));
            let statement_value = Value::new(Kind::Map(map), self.span);
            match (statement.optional, self.answer()) {
                (true, None) => items.push(perhaps(statement_value)),
                (true, Some(false)) => {}
                _ => items.push(statement_value),
            }
        }
        Value::list(items, self.span)
    }

    fn document(&mut self, layer: &Layer, sid_x: &str) -> Value {
        let statements = self.statements(&layer.statements, ["Sid", "Action"], sid_x);
        let mut map = Map::default();
        map.insert("Statement", self.span, statements);
        let known = Value::new(Kind::Json(Value::new(Kind::Map(map), self.span).into()), self.span);
        let nothing = Value::new(Kind::Null, self.span);
        match (layer.presence, self.answer()) {
            (Presence::Certain, _) | (Presence::Optional | Presence::Unknown, Some(true)) => known,
            (Presence::Optional | Presence::Unknown, Some(false)) => nothing,
            (Presence::Optional, None) => Value::choice([known, nothing], self.span),
            (Presence::Unknown, None) => {
                Value::unknown(Symbol::new(Class::Keyed, "var.y", Because::Input), self.span)
            }
        }
    }

    fn properties(&mut self, configuration: &Configuration, sid_x: &str) -> Map {
        let mut map = Map::default();
        let sources = configuration.sources.iter().map(|layer| self.document(layer, sid_x)).collect();
        let own = self.statements(&configuration.own, ["sid", "actions"], sid_x);
        let overrides = configuration.overrides.iter().map(|layer| self.document(layer, sid_x)).collect();
        map.insert("source_policy_documents", self.span, Value::list(sources, self.span));
        map.insert("statement", self.span, own);
        map.insert("override_policy_documents", self.span, Value::list(overrides, self.span));
        map
    }
}

/// The actions that are certainly there, those that may be, and whether there may be more.
fn said(document: &Value) -> Option<(BTreeSet<String>, BTreeSet<String>, bool)> {
    let Kind::Json(inner) = &document.kind else { return None };
    let (mut certain, mut possible) = (BTreeSet::new(), BTreeSet::new());
    let Some(list) = inner.as_map().unwrap().get("Statement").map(|value| value.as_list().unwrap()) else {
        return Some((certain, possible, false));
    };
    for item in &list.items {
        for one in item.alternatives().iter().filter(|one| !one.is_unset()) {
            let action = one.as_map().unwrap().get("Action").unwrap();
            let action =
                action.as_list().map_or(action, |list| &list.items[0]).as_str().unwrap().into_owned();
            possible.insert(action.clone());
            if item.alternatives().len() == 1 {
                certain.insert(action);
            }
        }
    }
    Some((certain, possible, list.open))
}

/// A nested block: which words it has, its values, and whether it may be missing.
#[derive(Clone, Debug)]
struct Nested {
    kind: &'static str,
    name: &'static str,
    values: Vec<(&'static str, bool)>,
    optional: bool,
}

fn blocks_of<const K: usize, const N: usize>(
    kinds: [&'static str; K],
    names: [&'static str; N],
) -> impl Strategy<Value = Vec<Nested>> {
    let value = (prop::sample::select(vec!["*", "111111111111", "222222222222"]), any::<bool>());
    let values = prop::collection::vec(value, 0..3);
    let words = (prop::sample::select(kinds.to_vec()), prop::sample::select(names.to_vec()));
    let block = (words, values, any::<bool>()).prop_map(|((kind, name), values, optional)| Nested {
        kind,
        name,
        values,
        optional,
    });
    prop::collection::vec(block, 0..4)
}

impl Build {
    /// What may be missing, as one of the items of a list.
    fn add(&mut self, item: Value, optional: bool, items: &mut Vec<Value>) {
        match (optional, self.answer()) {
            (true, None) => items.push(perhaps(item)),
            (true, Some(false)) => {}
            _ => items.push(item),
        }
    }

    fn blocks(&mut self, blocks: &[Nested], [kind, name, values]: [&str; 3]) -> Value {
        let mut items = Vec::new();
        for block in blocks {
            let mut written = Vec::new();
            for (value, optional) in &block.values {
                let value = self.text(value);
                self.add(value, *optional, &mut written);
            }
            let mut map = Map::default();
            map.insert(kind, self.span, self.text(block.kind));
            map.insert(name, self.span, self.text(block.name));
            map.insert(values, self.span, Value::list(written, self.span));
            self.add(Value::new(Kind::Map(map), self.span), block.optional, &mut items);
        }
        Value::list(items, self.span)
    }

    fn statement(&mut self, principals: &[Nested], conditions: &[Nested]) -> Value {
        let mut map = Map::default();
        map.insert("actions", self.span, Value::list(vec![self.text("a:B")], self.span));
        map.insert("principals", self.span, self.blocks(principals, ["type", "unused", "identifiers"]));
        map.insert("condition", self.span, self.blocks(conditions, ["test", "variable", "values"]));
        Value::new(Kind::Map(map), self.span)
    }
}

/// What is said of the principals and conditions of a statement, as a policy.
#[derive(Debug, Default)]
struct Read {
    certain: BTreeSet<String>,
    possible: BTreeSet<String>,
    more_principals: bool,
    more_conditions: bool,
}

impl Read {
    fn add(&mut self, said: String, present: Answer) {
        if present == Answer::Yes {
            self.certain.insert(said.clone());
        }
        self.possible.insert(said);
    }
}

fn read(document: &Value) -> Read {
    let policy = Policy::read(document);
    let policy = policy.unwrap();
    let statement = &policy.statements[0];
    let mut read = Read { more_conditions: statement.conditions_open, ..Read::default() };
    if let Some(clause) = &statement.principals {
        read.more_principals |= clause.open;
        for item in &clause.items {
            read.add(format!("principal {} {}", item.kind, item.text), item.present);
        }
    }
    for condition in &statement.conditions {
        let whole = format!("condition {} {}", condition.operator.value, condition.key.value);
        for value in condition.values.iter() {
            read.add(format!("{whole} {}", value.text), condition.present.and(value.present));
        }
        read.add(whole, condition.present);
    }
    read
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_answer_is_covered(
        configuration in configurations(),
        answers in prop::collection::vec(any::<bool>(), 64),
        sid_x in prop_oneof![Just(""), Just("S1"), Just("S2"), Just("S3")],
    ) {
        let sources = Sources::in_memory([("a".to_owned(), String::new())]);
        let span = Span::start_of(sources.ids().next().unwrap());
        let make = |answers: Option<Vec<bool>>| {
            let properties = Build { answers, span, count: 0 }.properties(&configuration, sid_x);
            said(&document(&properties, span))
        };
        // What Terraform refuses is not deployed.
        if let Some((there, ..)) = make(Some(answers)) {
            let open = make(None);
            prop_assert!(open.is_some(), "refused for every answer");
            let (certain, possible, more) = open.unwrap();
            prop_assert!(certain.is_subset(&there), "{certain:?} of {there:?}");
            prop_assert!(more || there.is_subset(&possible), "{there:?} of {possible:?}");
        }
    }

    #[test]
    fn every_block_is_covered(
        principals in blocks_of(["AWS", "Service", "*"], [""]),
        conditions in blocks_of(["StringEquals", "StringLike", "Bool"], ["aws:SourceArn", "aws:SourceAccount"]),
        answers in prop::collection::vec(any::<bool>(), 64),
    ) {
        let sources = Sources::in_memory([("a".to_owned(), String::new())]);
        let span = Span::start_of(sources.ids().next().unwrap());
        let make = |answers: Option<Vec<bool>>| {
            let mut build = Build { answers, span, count: 0 };
            let statement = build.statement(&principals, &conditions);
            let mut properties = Map::default();
            properties.insert("statement", span, Value::list(vec![statement], span));
            read(&document(&properties, span))
        };
        let (there, open) = (make(Some(answers)), make(None));
        prop_assert!(open.certain.is_subset(&there.possible), "{open:?} of {there:?}");
        for (said, more) in [("principal", open.more_principals), ("condition", open.more_conditions)] {
            let left = there.possible.difference(&open.possible).find(|one| one.starts_with(said));
            prop_assert!(more || left.is_none(), "{left:?} of {open:?}");
        }
    }
}
