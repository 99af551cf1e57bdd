//! `data "aws_iam_policy_document"`: the document that the provider makes of it.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>

use std::sync::Arc;

use super::unknown::{may_be_absent, perhaps};
use crate::parse::json;
use crate::source::Span;
use crate::value::{Entry, Kind, List, Map, PieceKind, Text, Value};

/// The `json` attribute, from the arguments and blocks of the data source.
///
/// Statements come from the source documents, then from the blocks, then from the overriding documents; one with
/// the `Sid` of an earlier one takes its place.
pub(super) fn document(properties: &Map, span: Span) -> Value {
    let mut merged = Merged::default();
    for name in ["source_json", "source_policy_documents"] {
        each_document(properties, name, &mut |document| merged.add(document));
    }
    merged.add_blocks(properties);
    for name in ["override_policy_documents", "override_json"] {
        each_document(properties, name, &mut |document| merged.add(document));
    }
    let mut document = Map::default();
    let version = properties.entry("version").filter(|entry| !entry.value.is_unset());
    match version {
        Some(entry) => document.insert("Version", entry.key_span, entry.value.clone()),
        None => document.insert("Version", span, Value::literal("2012-10-17", span)),
    }
    if let Some(entry) = properties.entry("policy_id").filter(|entry| !entry.value.is_unset()) {
        document.insert("Id", entry.key_span, entry.value.clone());
    }
    let list = List { items: merged.statements, open: merged.open };
    document.insert("Statement", span, Value::new(Kind::List(list), span));
    Value::new(Kind::Json(Arc::new(Value::new(Kind::Map(document), span))), span)
}

/// Hands on the documents that an argument holds: one, or a list of them.
fn each_document(properties: &Map, name: &str, add: &mut dyn FnMut(&Value)) {
    let Some(value) = properties.get(name) else { return };
    for alternative in value.alternatives() {
        match &alternative.kind {
            Kind::List(list) => {
                list.items.iter().for_each(&mut *add);
                if list.open {
                    // One more that is not known.
                    add(&Value::new(Kind::List(List { items: Vec::new(), open: true }), alternative.span));
                }
            }
            _ => add(alternative),
        }
    }
}

/// Statements as far as they are merged.
#[derive(Default)]
struct Merged {
    statements: Vec<Value>,
    /// There may be further statements.
    open: bool,
}

impl Merged {
    /// Adds the statements of a document: its JSON text, or what that is made of.
    fn add(&mut self, document: &Value) {
        let several = document.alternatives().len() > 1;
        for one in document.alternatives() {
            match &one.kind {
                Kind::Null | Kind::Absent => {}
                Kind::Json(inner) => self.add_statements(inner, several),
                Kind::Text(text) if text.is_empty() => {}
                Kind::Text(text) => match json::value_from_text(text, one.span) {
                    Ok(inner) => self.add_statements(&inner, several),
                    Err(_) => self.open = true,
                },
                // What is not known may replace any statement that has a Sid.
                _ => {
                    self.open = true;
                    for statement in &mut self.statements {
                        if sid(statement).is_some() && !may_be_absent(statement) {
                            *statement = perhaps(statement.clone());
                        }
                    }
                }
            }
        }
    }

    fn add_statements(&mut self, document: &Value, optional: bool) {
        let Some(statements) = document.as_map().and_then(|map| map.get("Statement")) else {
            self.open |= document.as_map().is_none_or(|map| map.open);
            return;
        };
        let optional = |statement: &Value| {
            if optional { perhaps(statement.clone()) } else { statement.clone() }
        };
        match &statements.kind {
            Kind::List(list) => {
                self.open |= list.open;
                list.items.iter().for_each(|statement| self.put(optional(statement)));
            }
            Kind::Map(_) => self.put(optional(statements)),
            _ => self.open = true,
        }
    }

    fn add_blocks(&mut self, properties: &Map) {
        let Some(blocks) = properties.get("statement") else { return };
        match &blocks.kind {
            Kind::List(list) => {
                self.open |= list.open;
                list.items.iter().for_each(|block| self.put(each_statement(block)));
            }
            // The JSON syntax has an object for a single block.
            Kind::Map(_) => self.put(each_statement(blocks)),
            Kind::Null | Kind::Absent => {}
            _ => self.open = true,
        }
    }

    /// Adds a statement, in the place of the one with its `Sid` if there is one.
    fn put(&mut self, statement: Value) {
        let name = sid(&statement);
        let known = name.and_then(|name| {
            self.statements.iter().position(|other| sid(other).as_deref() == Some(name.as_str()))
        });
        match known.and_then(|place| self.statements.get_mut(place)) {
            Some(other) if may_be_absent(&statement) => {
                let span = other.span;
                let alternatives = statement.alternatives().iter().filter(|one| !one.is_unset()).cloned();
                *other = Value::choice(alternatives.chain([other.clone()]), span);
            }
            Some(other) => *other = statement,
            None => self.statements.push(statement),
        }
    }
}

/// The literal `Sid` of a statement.
fn sid(statement: &Value) -> Option<String> {
    let present = statement.alternatives().iter().find(|one| !one.is_unset())?;
    let sid = present.as_map()?.get("Sid")?.as_str()?;
    (!sid.is_empty()).then(|| sid.into_owned())
}

/// The statement of a block, or of each block that may stand there.
fn each_statement(block: &Value) -> Value {
    let each = block.alternatives().iter().map(|one| match &one.kind {
        Kind::Map(block) => Value { kind: Kind::Map(statement(block, one.span)), ..one.clone() },
        _ => one.clone(),
    });
    Value::choice(each.collect::<Vec<_>>(), block.span)
}

fn statement(block: &Map, span: Span) -> Map {
    let mut statement = Map { entries: Vec::new(), open: block.open };
    let set = |name: &str| block.entry(name).filter(|entry| !entry.value.is_unset());
    if let Some(sid) = set("sid") {
        statement.insert("Sid", sid.key_span, sid.value.clone());
    }
    match set("effect") {
        Some(effect) => statement.insert("Effect", effect.key_span, effect.value.clone()),
        None => statement.insert("Effect", span, Value::literal("Allow", span)),
    }
    let clauses = [
        ("principals", "Principal"),
        ("not_principals", "NotPrincipal"),
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ];
    for (name, element) in clauses {
        let Some(entry) = set(name) else { continue };
        let value = if name.ends_with("principals") { principals(&entry.value) } else { entry.value.clone() };
        // A list that is empty is not written.
        if matches!(&value.kind, Kind::List(list) if list.items.is_empty() && !list.open) {
            continue;
        }
        let value = if name.ends_with("actions") { value } else { variables(value, 0) };
        statement.insert(element, entry.key_span, value);
    }
    if let Some(entry) = set("condition") {
        let conditions = conditions(&entry.value);
        statement.insert("Condition", entry.key_span, variables(conditions, 0));
    }
    statement
}

/// The blocks of a type: their maps, each with whether it is certainly there, and whether there may be more.
fn blocks(value: &Value) -> (Vec<(&Map, Span, bool)>, bool) {
    let items = match &value.kind {
        Kind::List(list) => list.items.as_slice(),
        _ => std::slice::from_ref(value),
    };
    let mut found = Vec::new();
    let mut open = value.as_list().is_some_and(|list| list.open);
    for item in items {
        let certain = item.alternatives().len() == 1;
        for one in item.alternatives() {
            match &one.kind {
                Kind::Map(map) => found.push((map, one.span, certain)),
                Kind::Null | Kind::Absent => {}
                _ => open = true,
            }
        }
    }
    (found, open)
}

/// `principals` blocks as a `Principal` element: `*` for `type = "*"` with the identifier `*`.
fn principals(value: &Value) -> Value {
    let (blocks, open) = blocks(value);
    let mut map = Map { entries: Vec::new(), open };
    for (block, _, certain) in blocks {
        let (Some(kind), Some(identifiers)) = (block.entry("type"), block.get("identifiers")) else {
            map.open = true;
            continue;
        };
        let Some(key) = kind.value.as_text() else {
            map.open = true;
            continue;
        };
        if key.is_literally("*") {
            let everyone = identifiers.as_list().and_then(|list| match list.items.as_slice() {
                [only] if only.as_str().as_deref() == Some("*") && !list.open => Some(only),
                _ => None,
            });
            if let (Some(everyone), true) = (everyone, certain) {
                return everyone.clone();
            }
        }
        let list = optional_items(identifiers, certain);
        add_values(&mut map, key, kind.value.span, list);
    }
    Value::new(Kind::Map(map), value.span)
}

fn conditions(value: &Value) -> Value {
    let (blocks, open) = blocks(value);
    let mut tests = Map { entries: Vec::new(), open };
    for (block, span, certain) in blocks {
        let text = |name: &str| block.get(name).and_then(Value::as_text);
        let place = |name: &str| block.get(name).map_or(span, |value| value.span);
        let (Some(test), Some(variable), Some(values)) =
            (text("test"), text("variable"), block.get("values"))
        else {
            tests.open = true;
            continue;
        };
        let known = tests.entries.iter().position(|entry| entry.key == test);
        let at = known.unwrap_or_else(|| {
            let value = Value::new(Kind::Map(Map::default()), span);
            tests.entries.push(Entry { key: test, key_span: place("test"), value });
            tests.entries.len() - 1
        });
        let Some(Entry { value, .. }) = tests.entries.get_mut(at) else { continue };
        let mut inner = Map::default();
        let list = optional_items(values, true);
        add_values(&mut inner, variable.clone(), place("variable"), list);
        let Some(added) = inner.entries.pop() else { continue };
        match &mut value.kind {
            // A condition that may be missing limits only when it is there.
            _ if !certain => *value = perhaps_with(value, &added),
            Kind::Map(variables) => match variables.entries.iter_mut().find(|entry| entry.key == variable) {
                Some(Entry { value: Value { kind: Kind::List(list), .. }, .. }) => {
                    if let Kind::List(more) = added.value.kind {
                        list.items.extend(more.items);
                        list.open |= more.open;
                    }
                }
                _ => variables.entries.push(added),
            },
            _ => tests.open = true,
        }
    }
    Value::new(Kind::Map(tests), value.span)
}

/// The variables of a test with one more that may be missing.
fn perhaps_with(test: &Value, added: &Entry) -> Value {
    let each = test.alternatives().iter().flat_map(|one| {
        let with = one.as_map().map(|map| {
            let mut map = map.clone();
            map.entries.push(added.clone());
            Value::new(Kind::Map(map), one.span)
        });
        with.into_iter().chain([one.clone()])
    });
    Value::choice(each.collect::<Vec<_>>(), test.span)
}

/// The items of a list; each may be missing when its block may.
fn optional_items(value: &Value, certain: bool) -> Value {
    match &value.kind {
        Kind::List(list) if !certain => {
            let items = list.items.iter().map(|item| perhaps(item.clone())).collect();
            Value { kind: Kind::List(List { items, open: list.open }), ..value.clone() }
        }
        _ => value.clone(),
    }
}

/// Adds values under a key, after those that are there.
fn add_values(map: &mut Map, key: Text, key_span: Span, values: Value) {
    let known = map.entries.iter_mut().find(|entry| entry.key == key);
    match (known.map(|entry| &mut entry.value.kind), values.kind) {
        (Some(Kind::List(list)), Kind::List(more)) => {
            list.items.extend(more.items);
            list.open |= more.open;
        }
        (Some(Kind::List(list)), _) => list.open = true,
        (_, kind) => {
            map.entries.push(Entry {
                key,
                key_span,
                value: Value { kind, span: values.span, via: values.via },
            });
        }
    }
}

/// The value with `&{` as `${` in all its texts, which is how policy variables are written here.
fn variables(value: Value, depth: u32) -> Value {
    if depth > 16 {
        return value;
    }
    let kind = match value.kind {
        Kind::Text(text) => Kind::Text(with_variables(text)),
        Kind::List(list) => {
            let items = list.items.into_iter().map(|item| variables(item, depth + 1)).collect();
            Kind::List(List { items, open: list.open })
        }
        Kind::Map(map) => {
            let entry = |entry: Entry| Entry {
                key: with_variables(entry.key),
                key_span: entry.key_span,
                value: variables(entry.value, depth + 1),
            };
            Kind::Map(Map { entries: map.entries.into_iter().map(entry).collect(), open: map.open })
        }
        Kind::Choice(all) => Kind::Choice(all.iter().cloned().map(|one| variables(one, depth + 1)).collect()),
        kind => kind,
    };
    Value { kind, ..value }
}

fn with_variables(text: Text) -> Text {
    let has = |kind: &PieceKind| matches!(kind, PieceKind::Literal(literal) if literal.contains("&{"));
    if !text.pieces().iter().any(|piece| has(&piece.kind)) {
        return text;
    }
    let mut out = Text::default();
    for piece in text.pieces() {
        match &piece.kind {
            PieceKind::Literal(literal) => out.push_str(literal.replace("&{", "${"), piece.span),
            kind => out.push(kind.clone(), piece.span),
        }
    }
    out
}
