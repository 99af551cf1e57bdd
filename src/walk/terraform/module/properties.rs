//! The arguments and blocks of a block as one map.

use std::sync::Arc;

use super::blocks::argument;
use super::instance::Scope;
use super::run::Run;
use crate::carriers::{self, PropertiesRead, Step};
use crate::parse::hcl::{Block, Body, Expression, ExpressionKind};
use crate::source::{Span, Spanned};
use crate::value::{Because, Entry, Kind, List, Map, Shared, Text, Value};
use crate::walk::terraform::language::expression::elements;
use crate::walk::terraform::language::unknown::{bounded, if_present, may_be_absent, opaque, perhaps};

/// Arguments that Terraform itself reads.
const META_ARGUMENTS: [&str; 5] = ["count", "for_each", "provider", "depends_on", "lifecycle"];
/// Blocks that Terraform itself reads.
const META_BLOCKS: [&str; 4] = ["lifecycle", "provisioner", "connection", "timeouts"];

/// The values of an argument of the blocks of a type.
pub(crate) fn nested_values<'v>(
    properties: &'v Map,
    block: &'static str,
    argument: &'static str,
) -> Vec<&'v Value> {
    carriers::values(properties, &[Step::Property(block), Step::Each, Step::Property(argument)])
}

impl<'a> Run<'a> {
    /// The arguments and nested blocks of a block.
    pub(crate) fn properties(&self, scope: &Scope<'a>, body: &Body) -> Map {
        self.properties_of(scope, body, None)
    }

    /// The arguments and nested blocks of a block; of some, when they are named.
    pub(super) fn properties_of(
        &self,
        scope: &Scope<'a>,
        body: &Body,
        wanted: Option<&PropertiesRead>,
    ) -> Map {
        let mut map = Map::default();
        if wanted.is_none() {
            map.entries = Shared::with_capacity(body.attributes.len() + body.blocks.len());
        }
        let wanted = |name: &str| wanted.is_none_or(|wanted| wanted.contains(name));
        for attribute in &body.attributes {
            let name = &*attribute.name.value;
            if wanted(name) && !META_ARGUMENTS.contains(&name) && name != "//" {
                let key_span = attribute.name.span;
                let key = Text::literal(Arc::clone(&attribute.name.value), key_span);
                let value = self.value(scope, &attribute.value);
                map.entries.push(Entry::new(key, key_span, value));
            }
        }
        let mut unset = Vec::new();
        for block in &body.blocks {
            let kind = &*block.kind.value;
            let made = if kind == "dynamic" { block.labels.first().map(|label| &*label.value) } else { None };
            if !wanted(made.unwrap_or(kind)) {
                continue;
            }
            if kind == "dynamic" {
                unset.extend(self.dynamic(scope, block, &mut map));
            } else if !META_BLOCKS.contains(&kind) {
                let inner = self.nested(scope, block);
                add_block(&mut map, kind, block.kind.span, inner, false);
            }
        }
        for (kind, none) in unset {
            if blocks_at(&map, &kind.value).is_none() {
                map.insert(&kind.value, kind.span, none);
            }
        }
        map
    }

    fn nested(&self, scope: &Scope<'a>, block: &Block) -> Value {
        let inner =
            self.work.deeper(|| Value::new(Kind::Map(self.properties(scope, &block.body)), block.header));
        inner.unwrap_or_else(|| bounded(block.header))
    }

    /// A `dynamic` block: <https://developer.hashicorp.com/terraform/language/expressions/dynamic-blocks>. Given back is what stands
    /// for the blocks that there are only once somebody sets an input, where a block must be.
    fn dynamic<'b>(
        &self,
        scope: &Scope<'a>,
        block: &'b Block,
        map: &mut Map,
    ) -> Option<(&'b Spanned<Arc<str>>, Value)> {
        let kind = block.labels.first()?;
        let content = block.body.blocks.iter().find(|inner| &*inner.kind.value == "content");
        let each = argument(&block.body, "for_each");
        let (content, each) = (content?, each?);
        let iterator = argument(&block.body, "iterator").map(|iterator| &iterator.value.kind);
        let iterator = match iterator {
            Some(ExpressionKind::Variable(name)) => Arc::clone(name),
            _ => Arc::clone(&kind.value),
        };
        let collection = self.value(scope, &each.value);
        let alternatives = collection.alternatives();
        let several = alternatives.len() > 1;
        for one in alternatives.iter().filter(|one| !one.is_unset()) {
            let Some((elements, open)) = elements(one) else {
                add_block(map, &kind.value, kind.span, bounded(block.header), true);
                continue;
            };
            if open && elements.is_empty() {
                open_blocks(map, &kind.value, kind.span);
            }
            let mut before_certain = !open;
            for (key, value) in elements {
                let certain = !may_be_absent(&value) && !several;
                let Some(value) = if_present(value) else {
                    before_certain = false;
                    continue;
                };
                let mut entry = Map::default();
                let key = match &one.kind {
                    Kind::List(_) => element_key(&each.value, key, &value, before_certain),
                    _ => key,
                };
                before_certain &= certain;
                entry.insert("key", each.value.span, key);
                entry.insert("value", each.value.span, value);
                let entry = Value::new(Kind::Map(entry), each.value.span);
                let inner = self.nested(&scope.bind(Arc::clone(&iterator), entry), content);
                let inner = Value { span: block.header, ..inner };
                let inner = if certain { inner } else { perhaps(inner) };
                add_block(map, &kind.value, kind.span, inner, open);
            }
        }
        let is_awaited = AWAITED.contains(&&*kind.value) && collection.unset_input().is_some();
        is_awaited.then(|| (kind, collection.with_kind(Kind::List(List::default()))))
    }
}

/// Blocks without which AWS rejects what they stand in: the principals of a statement.
const AWAITED: [&str; 2] = ["principals", "not_principals"];

/// The key of an element in a `dynamic` block: its index in a list, but itself in a set. Which of both it is is not kept
/// but where it is written.
fn element_key(each: &Expression, index: Value, element: &Value, before_certain: bool) -> Value {
    let is_set = |name: &str| name == "toset" || name == "fileset" || name.starts_with("set");
    let is_set = matches!(&each.kind, ExpressionKind::Call(call) if is_set(&call.name.value));
    let index = if before_certain { index } else { opaque("an index", Because::Expression, each.span) };
    // In a set it could only be looked into.
    if !is_set && matches!(element.kind, Kind::Map(_) | Kind::List(_)) {
        return index;
    }
    let element = element.clone();
    if is_set { element } else { Value::choice([index, element], each.span) }
}

/// Where the blocks of a type are.
fn blocks_at(map: &Map, kind: &str) -> Option<usize> {
    map.entries.iter().position(|entry| entry.key.is_literally(kind) && entry.value.as_list().is_some())
}

/// Adds a nested block. Blocks of a type are a list under its name.
fn add_block(map: &mut Map, kind: &str, kind_span: Span, inner: Value, open: bool) {
    if let Some(at) = blocks_at(map, kind)
        && let Some(Entry { value: Value { kind: Kind::List(list), .. }, .. }) =
            map.entries.edit().get_mut(at)
    {
        list.items.push(inner);
        list.open |= open;
        return;
    }
    let span = inner.span;
    map.insert(kind, kind_span, Value::new(Kind::List(List { items: vec![inner].into(), open }), span));
}

/// Says that there may be blocks of a type of which nothing is known.
fn open_blocks(map: &mut Map, kind: &str, kind_span: Span) {
    if let Some(at) = blocks_at(map, kind)
        && let Some(Entry { value: Value { kind: Kind::List(list), .. }, .. }) =
            map.entries.edit().get_mut(at)
    {
        list.open = true;
        return;
    }
    map.insert(kind, kind_span, Value::new(Kind::List(List { open: true, ..List::default() }), kind_span));
}
