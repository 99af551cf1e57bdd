//! `count` and `for_each`: how many there are of a resource or module.
//!
//! <https://developer.hashicorp.com/terraform/language/meta-arguments/for_each>

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::blocks::{Declared, argument};
use super::instance::{Instance, Scope};
use super::run::Run;
use crate::bounds;
use crate::parse::hcl::{Body, Expression};
use crate::source::Span;
use crate::value::{
    Answer, Because, Class, Entry, Kind, List, Map, OriginKind, Part, Symbol, Text, Value, When,
};
use crate::walk::terraform::language::convert::to_text;
use crate::walk::terraform::language::evaluator::Bound;
use crate::walk::terraform::language::expression::{chosen_by, elements};
use crate::walk::terraform::language::follow::as_index;
use crate::walk::terraform::language::names::part_under;
use crate::walk::terraform::language::unknown::{if_present, may_be_absent, perhaps, when_present};

/// What a block makes.
pub(super) struct Copies {
    pub(crate) all: Vec<Copy>,
    shape: Shape,
    /// There may be more.
    open: bool,
}

/// One instance.
pub(crate) struct Copy {
    /// Its key in the list or map; nothing for a single one.
    pub(crate) key: Option<Text>,
    /// What comes after the name in its address: nothing, `[0]`, `["a"]`.
    pub(crate) suffix: Arc<str>,
    /// Which instance it is.
    pub(super) instance: Option<Part>,
    /// The names that are bound in its block: `count` or `each`.
    bound: Bound,
    /// Whether there is such an instance.
    pub(crate) present: Answer,
    /// The choices that lead to it, as far as they have names.
    pub(super) when: When,
}

#[derive(Clone, Copy)]
enum Shape {
    Single,
    List,
    Map,
}

impl Copy {
    /// The scope of its block in the instance of the module that it stands in.
    pub(crate) fn scope<'a>(&self, instance: &Rc<Instance<'a>>) -> Scope<'a> {
        Scope { instance: Rc::clone(instance), bound: self.bound.clone() }
    }
}

impl Copies {
    /// The value of a reference to the block, made of the values of the instances.
    pub(crate) fn value(&self, values: Vec<Value>, span: Span) -> Value {
        let optional = |(copy, value): (&Copy, Value)| {
            if copy.present.is_yes() { value } else { perhaps(value) }
        };
        let each = self.all.iter().zip(values);
        match self.shape {
            Shape::Single => each.map(optional).next().unwrap_or_else(|| Value::new(Kind::Null, span)),
            Shape::List => {
                Value::new(Kind::List(List { items: each.map(optional).collect(), open: self.open }), span)
            }
            Shape::Map => {
                let entry = |(copy, value): (&Copy, Value)| {
                    Entry::new(copy.key.clone().unwrap_or_default(), span, optional((copy, value)))
                };
                Value::new(Kind::Map(Map { entries: each.map(entry).collect(), open: self.open }), span)
            }
        }
    }
}

impl<'a> Run<'a> {
    /// The instances of a resource. They are remembered, but for what a bound cut off.
    pub(super) fn copies_of(
        &self,
        instance: &Rc<Instance<'a>>,
        declared: &Declared<'a>,
        address: &str,
    ) -> Rc<Copies> {
        let place = std::ptr::from_ref(declared.block);
        if let Some((known, failure)) = instance.copies.borrow().get(&place) {
            self.work.fail(*failure);
            return Rc::clone(known);
        }
        let scope = Scope::of(Rc::clone(instance));
        let evaluate = || self.copies(&scope, &declared.block.body, address);
        let ((copies, failure), is_whole) = self.work.whole(|| self.work.watch(evaluate));
        self.work.fail(failure);
        let copies = Rc::new(copies);
        if is_whole {
            instance.copies.borrow_mut().insert(place, (Rc::clone(&copies), failure));
        }
        copies
    }

    /// The instances of a block.
    pub(super) fn copies(&self, scope: &Scope<'a>, body: &Body, address: &str) -> Copies {
        if let Some(count) = argument(body, "count") {
            return self.counted(scope, &count.value);
        }
        if let Some(each) = argument(body, "for_each") {
            return self.each(scope, &each.value, address);
        }
        let (present, when) = self.is_enabled(scope, body);
        let bound = scope.bound.clone();
        let only = Copy { key: None, suffix: "".into(), instance: None, bound, present, when };
        let all = if present.is_no() { Vec::new() } else { vec![only] };
        Copies { all, shape: Shape::Single, open: false }
    }

    /// Whether a resource or module that is neither counted nor repeated is deployed.
    ///
    /// <https://opentofu.org/docs/language/meta-arguments/enabled/>
    fn is_enabled(&self, scope: &Scope<'a>, body: &Body) -> (Answer, When) {
        let mut lifecycles = body.blocks.iter().filter(|block| &*block.kind.value == "lifecycle");
        let enabled = lifecycles.find_map(|block| argument(&block.body, "enabled"));
        let Some(enabled) = enabled else { return (Answer::Yes, When::default()) };
        let enabled = self.value(scope, &enabled.value);
        (self.work.truth(&enabled), chosen_by(&enabled, true))
    }

    fn counted(&self, scope: &Scope<'a>, expression: &Expression) -> Copies {
        let count = self.value(scope, expression);
        let numbers = count.alternatives().iter().map(as_index);
        let (mut least, mut most, mut open) = (usize::MAX, 0, false);
        for number in numbers {
            if let Some(number) = number {
                (least, most) = (least.min(number), most.max(number));
            } else {
                // At least one that stands for all.
                (least, most, open) = (0, most.max(1), true);
            }
        }
        open |= most > bounds::ITEMS;
        let copy = |index: usize| {
            let digits = Value::new(Kind::Number(index.to_string().into()), expression.span);
            let mut map = Map::default();
            map.insert("index", expression.span, digits);
            let (present, when) = if index < least {
                (Answer::Yes, When::default())
            } else {
                let leads = |one: &Value| as_index(one).is_none_or(|number| number > index);
                (Answer::Unknown, either(count.alternatives().iter().filter(|one| leads(one))))
            };
            Copy {
                key: None,
                suffix: format!("[{index}]").into(),
                instance: Some(Part::Index(index.to_string().into())),
                bound: scope.bound.bind("count", Value::new(Kind::Map(map), expression.span)),
                present,
                when,
            }
        };
        Copies { all: (0..most.min(bounds::ITEMS)).map(copy).collect(), shape: Shape::List, open }
    }

    fn each(&self, scope: &Scope<'a>, expression: &Expression, address: &str) -> Copies {
        let collection = self.value(scope, expression);
        let mut copies = Copies { all: Vec::new(), shape: Shape::Map, open: false };
        let alternatives = collection.alternatives();
        for one in alternatives {
            if one.is_unset() {
                continue;
            }
            match &one.kind {
                Kind::Unknown(_) | Kind::Text(_) => {
                    copies.open = true;
                    self.add_any(scope, one, expression.span, address, &mut copies);
                }
                _ => self.add_elements(scope, one, expression.span, &mut copies),
            }
        }
        if alternatives.len() > 1 {
            let sure: Vec<(&Value, FxHashSet<String>)> =
                alternatives.iter().map(|one| (one, sure_keys(one))).collect();
            for copy in &mut copies.all {
                let key = copy.key.as_ref().filter(|_| !copy.suffix.is_empty()).map(Text::to_string);
                let (with, without): (Vec<_>, Vec<_>) =
                    sure.iter().partition(|(_, keys)| key.as_ref().is_some_and(|key| keys.contains(key)));
                if !without.is_empty() {
                    copy.when = either(with.into_iter().map(|(one, _)| *one));
                    copy.present = copy.present.and(Answer::Unknown);
                }
            }
        }
        copies
    }

    fn add_elements(&self, scope: &Scope<'a>, collection: &Value, span: Span, copies: &mut Copies) {
        let Some((elements, open)) = elements(collection) else {
            self.work.fail(Answer::Yes);
            return;
        };
        copies.open |= open || elements.len() > bounds::ITEMS;
        let mut known: FxHashSet<String> = FxHashSet::default();
        let literal = |key: &Text| key.as_literal().map(Cow::into_owned);
        known.extend(copies.all.iter().filter_map(|copy| copy.key.as_ref().and_then(literal)));
        for element in elements.into_iter().take(bounds::ITEMS) {
            let certain = !may_be_absent(&element.1);
            let key = key_of(collection, &element);
            let (element_key, value) = element;
            let (Some(key), Some(value)) = (key, if_present(value)) else {
                copies.open = true;
                continue;
            };
            let is_known = match literal(&key) {
                Some(key) => !known.insert(key),
                None => copies.all.iter().any(|copy| copy.key.as_ref() == Some(&key)),
            };
            if is_known {
                continue;
            }
            self.work.pay(1);
            let instance = part_under(&key);
            let suffix = instance.shown().into();
            let present = if certain { Answer::Yes } else { Answer::Unknown };
            let bound = each_bound(scope, (&key, element_key.span), value, span);
            let (key, instance, when) = (Some(key), Some(instance), When::default());
            copies.all.push(Copy { key, suffix, instance, bound, present, when });
        }
    }

    /// One that stands for all, when it is not known how many there are. What is made for the same collection has the
    /// same keys, so that a reference by `each.key` from one to the other finds the instance that belongs to it.
    fn add_any(&self, scope: &Scope<'a>, collection: &Value, span: Span, address: &str, copies: &mut Copies) {
        let text = collection.as_text();
        let whole = text.as_ref().and_then(Text::as_symbol).filter(|symbol| symbol.class != Class::Opaque);
        let name = |name: &'static str| {
            if let Some(collection) = whole {
                return collection.part(Part::Each(name));
            }
            let (unit, address) = (self.told.unit.clone(), address.into());
            Symbol::new(Class::Keyed, OriginKind::Each { unit, address, name }, Because::Input)
        };
        let key = Text::symbol(name("key"), span);
        let value = Value::unknown(name("value"), span);
        let bound = each_bound(scope, (&key, span), value, span);
        let (instance, suffix) = (Some(Part::EachKey), Part::EachKey.shown().into());
        let (key, present, when) = (Some(key), Answer::Unknown, When::default());
        copies.all.push(Copy { key, suffix, instance, bound, present, when });
    }
}

/// The choices under which a value is one of these, when each of them has a name.
fn either<'v>(alternatives: impl Iterator<Item = &'v Value>) -> When {
    let mut whens = alternatives.map(Value::when);
    let Some(first) = whens.next() else { return When::default() };
    whens.try_fold(first, |all, one| all.or(&one)).unwrap_or_default()
}

/// The key of an instance: that of a map, or the item of a set.
fn key_of(collection: &Value, (key, value): &(Value, Value)) -> Option<Text> {
    let present = if matches!(collection.kind, Kind::Map(_)) { None } else { Some(when_present(value)?) };
    to_text(present.as_deref().unwrap_or(key)).map(Cow::into_owned)
}

/// The keys of the instances that a collection surely makes.
fn sure_keys(collection: &Value) -> FxHashSet<String> {
    let Some((elements, _)) = elements(collection) else { return FxHashSet::default() };
    let sure = elements.iter().filter(|element| !may_be_absent(&element.1));
    sure.filter_map(|element| key_of(collection, element)).map(|key| key.to_string()).collect()
}

/// What is bound in an instance, with its key and its value as `each`.
fn each_bound(scope: &Scope<'_>, (key, place): (&Text, Span), value: Value, span: Span) -> Bound {
    let mut map = Map::default();
    map.insert("key", span, Value::text(key.clone(), place));
    map.insert("value", span, value);
    scope.bound.bind("each", Value::new(Kind::Map(map), span))
}
