//! Steps into values: attributes, indexes, splats.

use std::borrow::Cow;
use std::sync::Arc;

use super::convert::{to_number, to_text};
use super::evaluator::{Bound, Evaluator};
use super::names::{marker, part_at, part_under};
use super::unknown::{element, may_be_absent, opaque, perhaps, when_present};
use crate::bounds;
use crate::parse::hcl::Step;
use crate::source::Span;
use crate::value::{
    Answer, Because, Class, Entry, Kind, List, Map, Origin, OriginKind, Part, Symbol, Text, Value, When,
};

/// Attributes that hold what a resource is called.
const NAMES: [&str; 7] = ["arn", "bucket", "function_name", "id", "key_id", "name", "url"];

/// A name that is written in a resource, come by a reference to it, unless it came by one to another resource.
fn referring<'v>(value: &'v Value, marker: &Symbol) -> Cow<'v, Value> {
    let kind = match &value.kind {
        Kind::Text(text) if text.pieces().iter().all(|piece| piece.of.is_none()) => {
            Kind::Text(text.clone().referring(&marker.origin))
        }
        Kind::Choice(all) => {
            Kind::Choice(all.iter().map(|one| referring(one, marker).into_owned()).collect())
        }
        _ => return Cow::Borrowed(value),
    };
    Cow::Owned(value.with_kind(kind))
}

impl Evaluator<'_> {
    /// What the steps lead to from a value. Nothing but the result is copied.
    pub(crate) fn follow(&self, bound: &Bound, value: &Value, steps: &[Step], span: Span) -> Value {
        let Some((step, rest)) = steps.split_first() else { return value.clone() };
        if let Kind::Choice(all) = &value.kind {
            return self.follow_each(bound, all, steps, span);
        }
        let next = |next: &Value| self.follow(bound, next, rest, span);
        match step {
            Step::Attribute(name) => self.attribute(value, &name.value, span, &next),
            Step::Index(index) => {
                let index = self.value(bound, index);
                let results = index
                    .alternatives()
                    .iter()
                    .map(|one| self.index(value, one, span, &next).in_place_of(one));
                let results: Vec<Value> = results.collect();
                self.work.either(results, span)
            }
            Step::FullSplat => self.splat(value, span, &next),
            Step::AttributeSplat => {
                let attributes = rest.iter().take_while(|step| matches!(step, Step::Attribute(_))).count();
                let (attributes, after) = rest.split_at(attributes);
                let list = self.splat(value, span, &|item| self.follow(bound, item, attributes, span));
                self.follow(bound, &list, after, span)
            }
        }
    }

    /// The steps from each alternative. One that is missing does not count, but then the step may be refused.
    fn follow_each(&self, bound: &Bound, all: &[Value], steps: &[Step], span: Span) -> Value {
        let mut results = Vec::new();
        let mut failures = Vec::new();
        for one in all {
            let (value, failure) = self.work.watch(|| self.follow(bound, one, steps, span));
            failures.push(failure);
            // What is refused does not happen.
            if !failure.is_yes() {
                results.extend(value.under(&one.when()));
            }
        }
        let all_fail = Answer::all(failures.iter().copied());
        let any_fails = Answer::any(failures);
        self.work.fail(if all_fail.is_yes() { Answer::Yes } else { any_fails.and(Answer::Unknown) });
        if results.is_empty() {
            return opaque("an attribute that is not there", Because::Expression, span);
        }
        self.work.either(results, span)
    }

    fn attribute(&self, value: &Value, name: &str, span: Span, next: &dyn Fn(&Value) -> Value) -> Value {
        match &value.kind {
            Kind::Map(map) => self.member(map, name, span, next),
            Kind::Unknown(symbol) => self.part_of(symbol, Part::Attribute(name.into()), span, next),
            Kind::Text(text) => match text.as_symbol() {
                Some(symbol) => self.part_of(symbol, Part::Attribute(name.into()), span, next),
                None => self.work.refused("an attribute of a text", span),
            },
            // Blocks are lists; before version 0.12 their attributes were reached without an index.
            Kind::List(List { items, open: false }) if items.len() == 1 => items.first().map_or_else(
                || self.work.refused("attribute", span),
                |only| self.attribute(only, name, span, next),
            ),
            Kind::Choice(all) => {
                let each =
                    all.iter().map(|one| self.attribute(one, name, span, next).in_place_of(one)).collect();
                self.work.either(each, span)
            }
            _ => self.work.refused("an attribute of what has none", span),
        }
    }

    /// A part of something that is not known.
    fn part_of(&self, symbol: &Symbol, part: Part, span: Span, next: &dyn Fn(&Value) -> Value) -> Value {
        self.work.fail(Answer::Unknown);
        next(&Value::unknown(symbol.part(part), span))
    }

    fn member(&self, map: &Map, name: &str, span: Span, next: &dyn Fn(&Value) -> Value) -> Value {
        let marker = marker(map);
        if let Some(value) = map.get(name) {
            let named = marker.filter(|_| NAMES.contains(&name)).map(|marker| referring(value, marker));
            let value = named.as_deref().unwrap_or(value);
            let unset = value.alternatives().iter().any(Value::is_unset);
            if marker.is_none() || !unset {
                return self.present(value, span, next);
            }
            // What is not set is computed.
            let computed = marker.map(|marker| self.names.computed(map, marker, name, span));
            let each = value.alternatives().iter().map(|one| match &computed {
                Some(computed) if one.is_unset() => next(computed).in_place_of(one),
                _ => next(one).in_place_of(one),
            });
            let each: Vec<Value> = each.collect();
            return self.work.either(each, span);
        }
        if let Some(marker) = marker {
            return next(&self.names.computed(map, marker, name, span));
        }
        if map.open || map.entries.iter().any(|entry| entry.key.as_literal().is_none()) {
            self.work.fail(Answer::Unknown);
            let found = found_by_name(map, name).map(|symbol| Value::unknown(symbol, span));
            return next(&found.unwrap_or_else(|| opaque(name, Because::Expression, span)));
        }
        self.work.refused(&format!("there is no {name}"), span)
    }

    /// An entry or item that is there, or may be.
    fn present(&self, value: &Value, span: Span, next: &dyn Fn(&Value) -> Value) -> Value {
        if !may_be_absent(value) {
            return next(value);
        }
        match when_present(value) {
            Some(value) => {
                self.work.fail(Answer::Unknown);
                let each = value.alternatives().iter().map(next).collect();
                self.work.either(each, span)
            }
            None => self.work.refused("what is not there", span),
        }
    }

    fn index(&self, value: &Value, index: &Value, span: Span, next: &dyn Fn(&Value) -> Value) -> Value {
        match &value.kind {
            Kind::List(list) => self.item(list, index, span, next),
            Kind::Map(map) => match to_text(index) {
                Some(key) => match key.as_literal() {
                    Some(key) => self.member(map, &key, span, next),
                    None => self.member_of_unknown_name((value, map), &key, index, span, next),
                },
                None => self.work.refused("index", span),
            },
            Kind::Unknown(symbol) => self.index_of(symbol, index, span, next),
            Kind::Text(text) => match text.as_symbol() {
                Some(symbol) => self.index_of(symbol, index, span, next),
                None => self.work.refused("an index of a text", span),
            },
            _ => self.work.refused("an index of what has none", span),
        }
    }

    fn index_of(&self, symbol: &Symbol, index: &Value, span: Span, next: &dyn Fn(&Value) -> Value) -> Value {
        let is_plain = match index.as_text() {
            Some(text) => text.symbols().all(|symbol| symbol.class != Class::Opaque),
            None => false,
        };
        if is_plain {
            return self.part_of(symbol, part_at(index), span, next);
        }
        self.work.fail(Answer::Unknown);
        let item =
            Symbol { class: Class::Opaque, because: Because::Expression, ..symbol.part(Part::SomeItem) };
        next(&Value::unknown(item, span))
    }

    fn item(&self, list: &List, index: &Value, span: Span, next: &dyn Fn(&Value) -> Value) -> Value {
        let Some(number) = as_index(index) else {
            if index.as_str().is_some() {
                return self.work.refused("index", span);
            }
            return self.any_of(list.items.iter(), list.open, span, next);
        };
        if list.items.iter().take(number).any(may_be_absent) {
            return self.any_of(list.items.iter(), list.open, span, next);
        }
        match list.items.get(number) {
            Some(item) => self.present(item, span, next),
            None if list.open => {
                self.work.fail(Answer::Unknown);
                next(&opaque("an item of a list", Because::Expression, span))
            }
            None => self.work.refused("an index beyond the end", span),
        }
    }

    fn member_of_unknown_name(
        &self,
        (value, map): (&Value, &Map),
        key: &Text,
        index: &Value,
        span: Span,
        next: &dyn Fn(&Value) -> Value,
    ) -> Value {
        if let Some(entry) = map.entries.iter().rev().find(|entry| entry.key == *key) {
            return self.present(&entry.value, span, next);
        }
        if map.open || map.entries.len() > bounds::CHOICES {
            self.work.fail(Answer::Unknown);
            return next(&match instances_of(map) {
                Some(whole) => element(&Value::unknown(whole, span), index, span),
                None => element(value, index, span),
            });
        }
        let symbol = key.as_symbol().filter(|symbol| symbol.class != Class::Opaque);
        let under = |entry: &Entry| {
            let value = entry.value.clone();
            match (symbol, entry.key.as_literal()) {
                (Some(key), Some(is)) => value.chosen(&When::new(key, &*is, map.entries.len())),
                _ => value,
            }
        };
        let each: Vec<Value> = map.entries.iter().map(under).collect();
        self.any_of(each.iter(), false, span, next)
    }

    /// One of the items, and it is not known which.
    fn any_of<'v>(
        &self,
        items: impl Iterator<Item = &'v Value>,
        open: bool,
        span: Span,
        next: &dyn Fn(&Value) -> Value,
    ) -> Value {
        let items = items.take(bounds::CHOICES + 1).filter_map(when_present);
        let (mut each, mut refused) = (Vec::new(), None);
        for item in items {
            let (value, failure) = self.work.watch(|| next(&item));
            // What is refused does not happen.
            if failure.is_yes() {
                refused = Some(value);
            } else {
                each.extend(value.under(&item.when()));
            }
        }
        match refused {
            Some(refused) if each.is_empty() && !open => {
                self.work.fail(Answer::Yes);
                return refused;
            }
            _ => self.work.fail(Answer::Unknown),
        }
        if open || each.is_empty() {
            each.push(opaque("an item of a list", Because::Expression, span));
        }
        self.work.either(each, span)
    }

    fn splat(&self, value: &Value, span: Span, next: &dyn Fn(&Value) -> Value) -> Value {
        let each = |item: &Value| match when_present(item) {
            Some(present) => {
                let alternatives: Vec<Value> = present.alternatives().iter().map(next).collect();
                let mapped = self.work.either(alternatives, span);
                if may_be_absent(item) { perhaps(mapped) } else { mapped }
            }
            None => item.clone(),
        };
        match &value.kind {
            Kind::List(list) => {
                let items = list.items.iter().map(each).collect();
                Value::new(Kind::List(List { items, open: list.open }), span)
            }
            Kind::Null | Kind::Absent => Value::list(Vec::new(), span).made_of(std::slice::from_ref(value)),
            Kind::Unknown(symbol) => {
                let any = Value::unknown(symbol.part(Part::Any), span);
                let items = vec![perhaps(next(&any))];
                Value::new(Kind::List(List { items: items.into(), open: true }), span)
            }
            Kind::Choice(all) => {
                let each = all.iter().map(|one| self.splat(one, span, next)).collect();
                self.work.either(each, span)
            }
            _ => Value::list(vec![each(value)], span),
        }
    }
}

/// What a map has under a name when all its entries are made of the items of one list that is not known:
/// `{ for account in data.aws_organizations_organization.it.accounts : account.name => account.id }`. Which item that
/// is depends on nothing but the list and the name.
fn found_by_name(map: &Map, name: &str) -> Option<Symbol> {
    let [only] = map.entries.as_slice() else { return None };
    let known = |symbol: &Symbol| symbol.class != Class::Opaque;
    let value = when_present(&only.value)?.as_text()?;
    let symbol = value.as_symbol().filter(|symbol| known(symbol))?;
    let by = only.key.as_symbol().filter(|symbol| known(symbol))?;
    Some(symbol.part(Part::Where { by: by.origin.clone(), is: name.into() }))
}

/// The resource whose instances a map holds, each under its own key.
fn instances_of(map: &Map) -> Option<Symbol> {
    let mut all = map.entries.iter().map(|entry| {
        let [Value { kind: Kind::Map(instance), .. }, ..] = entry.value.alternatives() else { return None };
        let known = marker(instance)?;
        let OriginKind::Declared { unit, type_name, address, instance } = known.origin.kind() else {
            return None;
        };
        let own = part_under(&entry.key_text());
        // One that stands for all of them has a key of its own.
        let is_any = || entry.key.as_symbol().is_some_and(|key| key.origin.is_each_key());
        let is_own = |instance: &Part| *instance == own || *instance == Part::EachKey && is_any();
        let whole = || Origin::declared(unit, Arc::clone(type_name), Arc::clone(address));
        instance.as_ref().is_some_and(is_own).then(|| Symbol::new(known.class, whole(), known.because))
    });
    let first = all.next()??;
    all.all(|other| other.is_some_and(|other| other.same(&first))).then_some(first)
}

/// A number that counts something.
pub(crate) fn as_index(value: &Value) -> Option<usize> {
    to_number(value)?.as_whole().and_then(|number| usize::try_from(number).ok())
}
