//! Resources and data sources: their arguments and blocks, and what their attributes return.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::blocks::Declared;
use super::data;
use super::expand::Copy;
use super::instance::{Instance, Name, Scope};
use super::policy_document;
use super::run::Run;
use crate::carriers::{self, Fill, Step};
use crate::facts::{Declaration, Walked};
use crate::parse::hcl::{Block, Body, Expression, ExpressionKind};
use crate::parse::json::placed;
use crate::source::Span;
use crate::value::{
    Because, Class, Entry, Kind, List, Map, Origin, OriginKind, Symbol, Text, UnitKey, Value,
};
use crate::walk::terraform::language::expression::elements;
use crate::walk::terraform::language::names::{mark, unmark};
use crate::walk::terraform::language::unknown::{bounded, may_be_absent, opaque, perhaps, when_present};
use crate::walk::terraform::language::work::MAX_CHOICES;

/// Arguments that Terraform itself reads.
const META_ARGUMENTS: [&str; 5] = ["count", "for_each", "provider", "depends_on", "lifecycle"];
/// Arguments that are often written once and then kept elsewhere: the values of parameters and secrets.
const GIVEN_LATER: [&str; 4] = ["value", "insecure_value", "secret_string", "value_wo"];
/// What says of a bucket whom its policy can let in.
const BESIDE_BUCKETS: [&str; 3] = [
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_website_configuration",
];
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
    /// The value of a resource: a map of its arguments, or a list or map of those of its instances. `None` when
    /// it depends on itself.
    ///
    /// When only `attribute` is asked for, arguments that do not matter for it are left out, which saves the
    /// evaluation of most of what is written.
    pub(crate) fn resource(
        &self,
        instance: &Rc<Instance<'a>>,
        declared: &Declared<'a>,
        attribute: Option<&str>,
    ) -> Option<Rc<Value>> {
        let place = std::ptr::from_ref(declared.block);
        let essential = self.essential(&declared.type_name);
        let is_written = |name: &str| {
            let body = &declared.block.body;
            super::blocks::argument(body, name).is_some()
                || body.blocks.iter().any(|block| {
                    *block.kind.value == *name || block.labels.first().is_some_and(|it| *it.value == *name)
                })
        };
        let enough = !is_read(&declared.type_name)
            && attribute.is_some_and(|name| essential.contains(name) || !is_written(name));
        let name = if enough { Name::Essence(place) } else { Name::Resource(place) };
        let wanted = enough.then_some(&*essential);
        instance.memory.once(&self.work, name, || {
            let scope = Scope::of(Rc::clone(instance));
            let address = address(instance, declared);
            let copies = self.copies(&scope, &declared.block.body, &address);
            let unit = self.unit_of(instance, declared.block);
            let values = copies.all.iter().map(|copy| {
                let origin = of_copy(&unit, declared, &address, copy);
                self.work.pay(1);
                self.one(&copy.scope, declared, &origin, wanted)
            });
            copies.value(values.collect(), declared.block.header)
        })
    }

    /// The arguments of a type that are read for access.
    fn essential(&self, type_name: &Arc<str>) -> Rc<FxHashSet<String>> {
        if let Some(known) = self.essential.borrow().get(type_name) {
            return Rc::clone(known);
        }
        let read = Rc::new(carriers::properties_read(type_name));
        self.essential.borrow_mut().insert(Arc::clone(type_name), Rc::clone(&read));
        read
    }

    /// One instance of a resource.
    fn one(
        &self,
        scope: &Scope<'a>,
        declared: &Declared<'a>,
        origin: &Origin,
        wanted: Option<&FxHashSet<String>>,
    ) -> Value {
        let span = declared.block.header;
        let mut properties = self.properties_of(scope, &declared.block.body, wanted);
        if &*declared.type_name == "data.aws_iam_policy_document" {
            let document = policy_document::document(&properties, span);
            for name in ["json", "minified_json"] {
                properties.insert(name, span, document.clone());
            }
        }
        self.add_found(origin, span, &mut properties);
        if &*declared.type_name == "data.template_file"
            && let Some(template) = properties.get("template")
        {
            let rendered =
                self.evaluate(scope, |it, _| it.rendered_text(template, properties.get("vars"), span));
            properties.insert("rendered", span, rendered);
        }
        Self::forget_ignored(declared.block, origin, &mut properties);
        let because = if is_read(&declared.type_name) { Because::Lookup } else { Because::Computed };
        mark(&mut properties, Symbol::new(Class::Computed, origin.clone(), because), span);
        Value::new(Kind::Map(properties), span)
    }

    /// Adds what a plan found a data source to return.
    fn add_found(&self, origin: &Origin, span: Span, properties: &mut Map) {
        // Most deployments have no plan.
        let found = if self.told.found.is_empty() { None } else { self.told.found.get(origin.shown()) };
        for (name, value) in found.and_then(serde_json::Value::as_object).into_iter().flatten() {
            if properties.get(name).is_none() && !value.is_null() {
                properties.insert(name, span, placed(value, span));
            }
        }
    }

    /// Makes symbols of the plain arguments whose changes are ignored: somebody else sets them, and what is written
    /// is a stand-in.
    ///
    /// <https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#ignore_changes>
    fn forget_ignored(block: &Block, origin: &Origin, properties: &mut Map) {
        let lifecycles = block.body.blocks.iter().filter(|inner| &*inner.kind.value == "lifecycle");
        let ignored = lifecycles.filter_map(|it| super::blocks::argument(&it.body, "ignore_changes"));
        for item in ignored.flat_map(|attribute| match &attribute.value.kind {
            ExpressionKind::List(items) => items.as_slice(),
            _ => &[],
        }) {
            let ExpressionKind::Variable(name) = &item.kind else { continue };
            if !GIVEN_LATER.contains(&&**name) {
                continue;
            }
            for entry in properties.entries.iter_mut().filter(|entry| entry.key.is_literally(name)) {
                let symbol = Symbol::new(Class::Keyed, origin.attribute(&**name), Because::Remote);
                entry.value = Value::unknown(symbol, entry.value.span);
            }
        }
    }

    /// The arguments and nested blocks of a block.
    pub(crate) fn properties(&self, scope: &Scope<'a>, body: &Body) -> Map {
        self.properties_of(scope, body, None)
    }

    /// The arguments and nested blocks of a block; of some, when they are named.
    fn properties_of(&self, scope: &Scope<'a>, body: &Body, wanted: Option<&FxHashSet<String>>) -> Map {
        let mut map = Map::default();
        let wanted = |name: &str| wanted.is_none_or(|wanted| wanted.contains(name));
        for attribute in &body.attributes {
            let name = &*attribute.name.value;
            if wanted(name) && !META_ARGUMENTS.contains(&name) && name != "//" {
                map.insert(name, attribute.name.span, self.value(scope, &attribute.value));
            }
        }
        for block in &body.blocks {
            let kind = &*block.kind.value;
            let made = if kind == "dynamic" { block.labels.first().map(|label| &*label.value) } else { None };
            if !wanted(made.unwrap_or(kind)) {
                continue;
            }
            if kind == "dynamic" {
                self.dynamic(scope, block, &mut map);
            } else if !META_BLOCKS.contains(&kind) {
                let inner = self.nested(scope, block);
                add_block(&mut map, kind, block.kind.span, inner, false);
            }
        }
        map
    }

    fn nested(&self, scope: &Scope<'a>, block: &Block) -> Value {
        let inner =
            self.work.deeper(|| Value::new(Kind::Map(self.properties(scope, &block.body)), block.header));
        inner.unwrap_or_else(|| bounded(block.header))
    }

    /// A `dynamic` block: <https://developer.hashicorp.com/terraform/language/expressions/dynamic-blocks>.
    fn dynamic(&self, scope: &Scope<'a>, block: &Block, map: &mut Map) {
        let Some(kind) = block.labels.first() else { return };
        let content = block.body.blocks.iter().find(|inner| &*inner.kind.value == "content");
        let each = super::blocks::argument(&block.body, "for_each");
        let (Some(content), Some(each)) = (content, each) else { return };
        let iterator = super::blocks::argument(&block.body, "iterator").map(|iterator| &iterator.value.kind);
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
                let Some(value) = when_present(&value) else {
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
    }

    /// What an attribute returns that is not written.
    pub(crate) fn computed(&self, map: &Map, marker: &Symbol, name: &str, span: Span) -> Value {
        let origin = &marker.origin;
        let OriginKind::Declared { unit, type_name, .. } = origin.kind() else {
            return opaque(name, Because::Expression, span);
        };
        if type_name.starts_with("data.")
            && let Some(value) = data::attribute(type_name, map, name, unit, origin, span)
        {
            return self.with_state(value, span);
        }
        if let Some(template) = carriers::attribute_template(type_name, name) {
            return self.filled(template, map, (unit, origin), span);
        }
        let class = if is_read(type_name) { Class::Keyed } else { Class::Computed };
        Value::unknown(Symbol::new(class, origin.attribute(name), marker.because.clone()), span)
    }

    /// Fills a template of the table, once for each combination of the alternatives of its properties.
    fn filled(&self, template: &str, map: &Map, (unit, of): (&UnitKey, &Origin), span: Span) -> Value {
        // How many alternatives each property has, and which is taken.
        let picks: RefCell<BTreeMap<String, (usize, usize)>> = RefCell::default();
        let property = |name: &str| {
            let value = map.get(name)?;
            let count = value.alternatives().len();
            let taken = picks.borrow_mut().entry(name.to_owned()).or_insert((0, count)).0;
            let value = value.alternatives().get(taken).filter(|value| !value.is_unset())?;
            Some(crate::walk::terraform::language::convert::to_text(value).unwrap_or_else(|| {
                Text::symbol(Symbol::new(Class::Computed, of.attribute(name), Because::Expression), span)
            }))
        };
        let fill = Fill { unit, of, property: &property, span };
        let mut values = Vec::new();
        loop {
            let text = carriers::expand(template, &fill).shown_at(span).referring(of);
            values.push(Value::text(text, span));
            if values.len() > MAX_CHOICES {
                return bounded(span);
            }
            if !advance(&mut picks.borrow_mut()) {
                return self.work.either(values, span);
            }
        }
    }

    /// Adds what declared parameters of the parameter store hold.
    fn hold(&self, instance: &Rc<Instance<'a>>, declared: &Declared<'a>, walked: &mut Walked) {
        let scope = Scope::of(Rc::clone(instance));
        let address = address(instance, declared);
        let unit = self.unit_of(instance, declared.block);
        for copy in &self.copies(&scope, &declared.block.body, &address).all {
            let mut properties = self.properties(&copy.scope, &declared.block.body);
            let origin = of_copy(&unit, declared, &address, copy);
            Self::forget_ignored(declared.block, &origin, &mut properties);
            walked.parameters.extend(data::held_parameter(&properties, &unit, declared.block.header));
        }
    }

    /// The value, or what is in the state that it is read from.
    fn with_state(&self, value: Value, span: Span) -> Value {
        match &value.kind {
            Kind::Unknown(symbol) if matches!(symbol.origin.kind(), OriginKind::State { .. }) => {
                self.asked.borrow_mut().insert(symbol.origin.clone());
                let known = self.told.states.get(&symbol.origin);
                known.map_or_else(|| value.clone(), |known| known.clone().through(span))
            }
            Kind::Choice(all) => {
                let each = all.iter().map(|one| self.with_state(one.clone(), span)).collect();
                self.work.either(each, span)
            }
            _ => value,
        }
    }

    /// Adds the declarations of a resource.
    pub(crate) fn declare(&self, instance: &Rc<Instance<'a>>, declared: &Declared<'a>, walked: &mut Walked) {
        if &*declared.type_name == "aws_ssm_parameter" {
            self.hold(instance, declared, walked);
        }
        if !matters(&declared.type_name) {
            return;
        }
        let scope = Scope::of(Rc::clone(instance));
        let address = address(instance, declared);
        let copies = self.copies(&scope, &declared.block.body, &address);
        let unit = self.unit_of(instance, declared.block);
        // The name is always read, so this asks for what is read for access.
        let Some(value) = self.resource(instance, declared, Some("name")) else { return };
        for (index, copy) in copies.all.iter().enumerate() {
            let item = match &value.kind {
                Kind::List(list) => list.items.get(index),
                Kind::Map(map) if copy.key.is_some() => map.entries.get(index).map(|entry| &entry.value),
                _ => Some(&*value),
            };
            let Some(Value { kind: Kind::Map(map), .. }) = item.and_then(when_present) else { continue };
            let mut properties = map;
            unmark(&mut properties);
            walked.declarations.push(Declaration {
                origin: of_copy(&unit, declared, &address, copy),
                unit: unit.clone(),
                address: format!("{address}{}", copy.suffix),
                type_name: Arc::clone(&declared.type_name),
                span: declared.block.header,
                body: instance.module.shown_at.unwrap_or(declared.block.span),
                present: instance.present.and(copy.present),
                properties,
            });
        }
    }
}

/// The key of an element in a `dynamic` block: its index in a list, but itself in a set. Which of both it is is not kept
/// but where it is written.
fn element_key(each: &Expression, index: Value, element: &Value, before_certain: bool) -> Value {
    let is_set = |name: &str| name == "toset" || name == "fileset" || name.starts_with("set");
    if matches!(&each.kind, ExpressionKind::Call { name, .. } if is_set(&name.value)) {
        return element.clone();
    }
    let index = if before_certain { index } else { opaque("an index", Because::Expression, each.span) };
    match &element.kind {
        // In a set it could only be looked into.
        Kind::Map(_) | Kind::List(_) => index,
        _ => Value::choice([index, element.clone()], each.span),
    }
}

/// Whether a type is that of something that is looked up and not made.
fn is_read(type_name: &str) -> bool {
    type_name.starts_with("data.") || type_name.starts_with("ephemeral.")
}

/// Whether a type of declarations can matter for access. A data source is evaluated when something asks for it.
pub(crate) fn matters(type_name: &str) -> bool {
    carriers::matters(type_name) || BESIDE_BUCKETS.contains(&type_name)
}

/// What the attributes of an instance are attributes of.
fn of_copy(unit: &UnitKey, declared: &Declared<'_>, address: &str, copy: &Copy<'_>) -> Origin {
    Origin::instance(unit, Arc::clone(&declared.type_name), address, copy.instance.clone())
}

fn address(instance: &Instance<'_>, declared: &Declared<'_>) -> String {
    format!("{}{}.{}", instance.address, declared.type_name, declared.name)
}

/// The type in an address: `aws_iam_role` of `module.a["x.y"].aws_iam_role.b[0]`.
pub(crate) fn type_of(address: &str) -> String {
    let mut parts = Vec::new();
    let mut depth = 0_u32;
    let mut part = String::new();
    for letter in address.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '.' if depth == 0 => parts.push(std::mem::take(&mut part)),
            _ if depth == 0 => part.push(letter),
            _ => {}
        }
    }
    let mut parts = parts.into_iter();
    let mut next = parts.next().unwrap_or_default();
    while next == "module" {
        parts.next();
        next = parts.next().unwrap_or_default();
    }
    if next == "data" || next == "ephemeral" {
        return format!("{next}.{}", parts.next().unwrap_or_default());
    }
    next
}

/// Adds a nested block. Blocks of a type are a list under its name.
fn add_block(map: &mut Map, kind: &str, kind_span: Span, inner: Value, open: bool) {
    let known = map.entries.iter_mut().find(|entry| entry.key.is_literally(kind));
    if let Some(Entry { value: Value { kind: Kind::List(list), .. }, .. }) = known {
        list.items.push(inner);
        list.open |= open;
        return;
    }
    let span = inner.span;
    map.insert(kind, kind_span, Value::new(Kind::List(List { items: vec![inner], open }), span));
}

/// Says that there may be blocks of a type of which nothing is known.
fn open_blocks(map: &mut Map, kind: &str, kind_span: Span) {
    let known = map.entries.iter_mut().find(|entry| entry.key.is_literally(kind));
    if let Some(Entry { value: Value { kind: Kind::List(list), .. }, .. }) = known {
        list.open = true;
        return;
    }
    map.insert(kind, kind_span, Value::new(Kind::List(List { items: Vec::new(), open: true }), kind_span));
}

/// The next combination; false after the last one.
fn advance(picks: &mut BTreeMap<String, (usize, usize)>) -> bool {
    for (taken, count) in picks.values_mut() {
        *taken += 1;
        if *taken < *count {
            return true;
        }
        *taken = 0;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::type_of;

    #[test]
    fn the_type_is_found_in_every_address() {
        assert_eq!(type_of("aws_iam_role.a"), "aws_iam_role");
        assert_eq!(type_of("module.a[\"module.x\"].module.b[0].aws_iam_role.c[\"d.e\"]"), "aws_iam_role");
        assert_eq!(type_of("module.m.data.aws_iam_role.c"), "data.aws_iam_role");
    }
}
