//! What the data source makes of a configuration.
//!
//! The configurations are HCL. `data.NAME` is the document of an earlier block, `var.x` a symbol, `perhaps(x)` may
//! be missing, `either(a, b)` is one of two, `open(x)` a list of which the end is not known. A block with the label
//! `perhaps` may be missing, and one with the label `open` says that there may be more of its type.

mod clauses;
mod merging;
mod provider;
mod sound;

use serde_json::{Value as Json, json};

use super::*;
use crate::parse::hcl::{self, Body, Expression, ExpressionKind, ObjectKey, Step, TemplatePart};
use crate::source::Sources;
use crate::value::{Entry, List, Text};

/// The documents of a configuration, in the order written.
struct Given {
    sources: Sources,
    documents: Vec<(String, Value)>,
}

impl Given {
    fn new(text: &str) -> Self {
        let sources = Sources::in_memory([("a.tf".to_owned(), text.to_owned())]);
        let id = sources.find("a.tf").unwrap();
        let (body, problems) = hcl::parse(id, text);
        assert_eq!(problems, []);
        let mut given = Self { sources, documents: Vec::new() };
        for block in &body.blocks {
            let name = block.labels.last().unwrap().value.to_string();
            let value = document(&given.properties(&block.body), block.header);
            given.documents.push((name, value));
        }
        given
    }

    /// The document of the last block.
    fn value(&self) -> &Value {
        &self.documents.last().unwrap().1
    }

    fn json(&self) -> Json {
        show(self.value())
    }

    /// What is written where the value at a path lies. A number is an item, a text an entry; `key:NAME` is where
    /// the key is written.
    fn underlined(&self, path: &str) -> String {
        let mut value = self.value();
        for step in path.split('/') {
            value = match &value.kind {
                Kind::Json(inner) => inner,
                _ => value,
            };
            if let Some(name) = step.strip_prefix("key:") {
                return self.sources.slice(value.as_map().unwrap().entry(name).unwrap().key_span);
            }
            value = match &value.kind {
                Kind::Map(map) => map.get(step).unwrap_or_else(|| panic!("{step} of {path}")),
                Kind::List(list) => &list.items[step.parse::<usize>().unwrap()],
                Kind::Choice(all) => &all[step.parse::<usize>().unwrap()],
                other => panic!("{step} of {other:?}"),
            };
        }
        self.sources.slice(value.span)
    }

    fn properties(&self, body: &Body) -> Map {
        let mut map = Map::default();
        for attribute in &body.attributes {
            map.insert(&attribute.name.value, attribute.name.span, self.expression(&attribute.value));
        }
        for block in &body.blocks {
            let inner = Value::new(Kind::Map(self.properties(&block.body)), block.header);
            let label = block.labels.first().map(|label| label.value.to_string());
            let inner = if label.as_deref() == Some("perhaps") { perhaps(inner) } else { inner };
            if map.get(&block.kind.value).is_none() {
                let list = Value::list(Vec::new(), block.header);
                map.insert(&block.kind.value, block.kind.span, list);
            }
            let mut entries = map.entries.edit();
            let last = entries.iter_mut().rev().find(|it| it.key.is_literally(&block.kind.value));
            let Some(Entry { value: Value { kind: Kind::List(list), .. }, .. }) = last else { panic!() };
            if label.as_deref() == Some("open") { list.open = true } else { list.items.push(inner) }
        }
        map
    }

    fn expression(&self, expression: &Expression) -> Value {
        let span = expression.span;
        let kind = match &expression.kind {
            ExpressionKind::Null => Kind::Null,
            ExpressionKind::Bool(value) => Kind::Bool(*value),
            ExpressionKind::Number(digits) => Kind::Number(digits.clone()),
            ExpressionKind::Template(template) => {
                let mut text = Text::default();
                for part in &template.parts {
                    match part {
                        TemplatePart::Literal(literal, span) => text.push_str(literal.clone(), *span),
                        TemplatePart::Interpolation(inner) => {
                            text.append(&self.expression(inner).as_text().unwrap());
                        }
                        _ => panic!("no directives"),
                    }
                }
                Kind::Text(text)
            }
            ExpressionKind::List(items) => {
                let items = items.iter().map(|item| self.expression(item)).collect();
                Kind::List(List { items, open: false })
            }
            ExpressionKind::Object(items) => {
                let mut map = Map::default();
                for item in items {
                    let ObjectKey::Word(word) = &item.key else { panic!("words only") };
                    map.insert(&word.value, word.span, self.expression(&item.value));
                }
                Kind::Map(map)
            }
            ExpressionKind::Traversal(base, steps) => return self.reference(base, steps, span),
            ExpressionKind::Call(call) => {
                let mut values: Vec<Value> = call.arguments.iter().map(|one| self.expression(one)).collect();
                return match &*call.name.value {
                    "perhaps" => perhaps(values.remove(0)),
                    "either" => Value::choice(values, span),
                    "jsonencode" => Value::new(Kind::Json(values.remove(0).into()), span),
                    "open" => {
                        let mut value = values.remove(0);
                        let Kind::List(list) = &mut value.kind else { panic!("a list") };
                        list.open = true;
                        value
                    }
                    other => panic!("{other}()"),
                };
            }
            other => panic!("{other:?}"),
        };
        Value::new(kind, span)
    }

    fn reference(&self, base: &Expression, steps: &[Step], span: Span) -> Value {
        let (ExpressionKind::Variable(root), Some(Step::Attribute(name))) = (&base.kind, steps.first())
        else {
            panic!("no such reference")
        };
        match &**root {
            "data" => {
                let found = self.documents.iter().find(|(known, _)| **known == *name.value);
                found.unwrap_or_else(|| panic!("no data.{}", name.value)).1.clone().through(span)
            }
            "computed" => {
                let symbol = Symbol::new(Class::Computed, name.value.to_string(), Because::Computed);
                Value::unknown(symbol, span)
            }
            _ => {
                let symbol = Symbol::new(Class::Keyed, format!("var.{}", name.value), Because::Input);
                Value::unknown(symbol, span)
            }
        }
    }
}

/// A value as JSON: alternatives are `{"?": […]}`, the end of an open list is `"…"`, what is missing is `null`.
fn show(value: &Value) -> Json {
    match &value.kind {
        Kind::Null | Kind::Absent => Json::Null,
        Kind::Bool(value) => json!(value),
        Kind::Number(digits) => json!(digits.parse::<f64>().unwrap()),
        Kind::Text(text) => json!(text.to_string()),
        Kind::List(list) => {
            let more = list.open.then(|| json!("…"));
            list.items.iter().map(show).chain(more).collect()
        }
        Kind::Map(map) => {
            let more = map.open.then(|| ("…".to_owned(), json!("…")));
            let entries = map.entries.iter().map(|entry| (entry.key.to_string(), show(&entry.value)));
            Json::Object(entries.chain(more).collect())
        }
        Kind::Json(inner) => show(inner),
        Kind::Choice(all) => json!({"?": all.iter().map(show).collect::<Vec<_>>()}),
        Kind::Unknown(symbol) => json!(format!("${{{}}}", symbol.shown())),
    }
}

fn statements(text: &str) -> Json {
    Given::new(text).json().get("Statement").cloned().unwrap_or_default()
}

const READ: &str = "data \"d\" {\n statement { actions = [\"s3:GetObject\"] }\n }";
