//! Nodes to values.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::lookup::Lookup;
use super::place::Place;
use super::premises::{World, Worlds};
use super::scope::{Scope, bound, replace};
use super::sub;
use crate::bounds;
use crate::parse::{Member, Node, NodeKind};
use crate::source::Span;
use crate::value::{Because, Class, Entry, Kind, List, Map, Name, OriginKind, Symbol, Text, Value, When};
use crate::walk::purse::{Limits, Payer, Purse};

/// Evaluates the nodes of one template.
pub(in crate::walk::cloudformation) struct Evaluator<'a> {
    lookup: &'a dyn Lookup,
    pub(super) world: RefCell<World>,
    pub(super) worlds: RefCell<Worlds>,
    pub(super) scope: RefCell<Scope>,
    /// What parameters are where nothing is assumed, as far as somebody asked.
    pub(super) usual: RefCell<FxHashMap<String, Value>>,
    depth: Cell<u32>,
    purse: Rc<Purse>,
    /// Whether a bound cut off something since that was last asked.
    cut: Cell<bool>,
}

/// Counts the depth down again when dropped.
pub(super) struct Deeper<'e>(&'e Cell<u32>);

impl Drop for Deeper<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

/// A use of an intrinsic function.
pub(super) struct Call<'n> {
    /// Its name without `!` and `Fn::`.
    pub(in crate::walk::cloudformation) name: &'n str,
    /// What it is given.
    pub(in crate::walk::cloudformation) argument: &'n Node,
    /// Whether the argument's own tag is the function (`!Sub text`) and has to be ignored.
    pub(super) tagged: bool,
}

/// Whether a node is a call of an intrinsic function.
pub(in crate::walk::cloudformation) fn is_call(node: &Node) -> bool {
    call(node).is_some()
}

/// The call that a node is, if it is one.
pub(super) fn call(node: &Node) -> Option<Call<'_>> {
    if let Some(tag) = &node.tag {
        let name = tag.strip_prefix('!')?;
        return (!name.starts_with('!')).then_some(Call { name, argument: node, tagged: true });
    }
    long_call(node)
}

/// The call in its long form: a map with one member, named after the function.
fn long_call(node: &Node) -> Option<Call<'_>> {
    let [Member { key, value, .. }] = node.members() else { return None };
    let name = key.strip_prefix("Fn::").or_else(|| (&**key == "Ref").then_some("Ref"))?;
    (!name.starts_with("ForEach::")).then_some(Call { name, argument: value, tagged: false })
}

impl<'a> Evaluator<'a> {
    /// An evaluator that pays from `purse`, which several templates may share.
    pub(in crate::walk::cloudformation) fn new(lookup: &'a dyn Lookup, purse: Rc<Purse>) -> Self {
        Self {
            lookup,
            world: RefCell::default(),
            worlds: RefCell::default(),
            scope: RefCell::default(),
            usual: RefCell::default(),
            depth: Cell::new(0),
            purse,
            cut: Cell::new(false),
        }
    }

    /// Evaluates a template that is nested in the one `outer` evaluates, within the same bounds. `read` says how many
    /// resources were read for it.
    pub(in crate::walk::cloudformation) fn below(
        outer: &Evaluator<'_>,
        lookup: &'a dyn Lookup,
        read: usize,
    ) -> Self {
        let inner = Self::new(lookup, Rc::clone(&outer.purse));
        inner.depth.set(outer.depth.get());
        // What does not suffice for this does not suffice for what follows.
        let _ = inner.purse.take(u32::try_from(read).unwrap_or(u32::MAX));
        inner
    }

    /// Takes over whether a bound cut off something in another evaluator.
    pub(in crate::walk::cloudformation) fn notice(&self, other: &Evaluator<'_>) {
        self.cut.set(self.cut.get() || other.cut.get());
    }

    /// Evaluates something that `payer` pays for. What a bound cut off then is forgotten: for others it may be whole.
    pub(in crate::walk::cloudformation) fn paid<T>(
        &self,
        payer: Payer,
        place: Span,
        evaluate: impl FnOnce() -> T,
    ) -> (T, bool) {
        self.cut.set(false);
        let result = self.purse.pays(payer, place, evaluate);
        let is_whole = !self.cut.replace(false);
        if !is_whole {
            self.worlds.take();
            self.world.take();
        }
        (result, is_whole)
    }

    /// Whether a bound cut off something of what is being evaluated.
    pub(super) fn is_cut(&self) -> bool {
        self.cut.get()
    }

    /// One level deeper; nothing when a bound is reached.
    pub(super) fn enter(&self) -> Option<Deeper<'_>> {
        if self.depth.get() >= bounds::EXPRESSION_DEPTH || !self.purse.take(1) {
            self.cut.set(true);
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        Some(Deeper(&self.depth))
    }

    /// Counts work that is not a node of its own; `false` when there is not enough left for it.
    pub(in crate::walk::cloudformation) fn pay(&self, steps: u32) -> bool {
        let is_paid = self.purse.take(steps);
        self.cut.set(self.cut.get() || !is_paid);
        is_paid
    }

    /// What a node says.
    pub(in crate::walk::cloudformation) fn value(&self, node: &Node) -> Value {
        let Some(_deeper) = self.enter() else { return bounded(node.span) };
        match call(node) {
            Some(call) => self.call(&call, node.span),
            None => self.plain(node),
        }
    }

    /// What an argument says, its own tag ignored when that is the function.
    pub(super) fn argument(&self, call: &Call<'_>) -> Value {
        if !call.tagged {
            return self.value(call.argument);
        }
        // `!ImportValue {Fn::Sub: …}`: a node has one tag, so the inner function is in its long form.
        let Some(_deeper) = self.enter() else { return bounded(call.argument.span) };
        match long_call(call.argument) {
            Some(inner) => self.call(&inner, call.argument.span),
            None => self.plain(call.argument),
        }
    }

    /// What a node says that is no function itself.
    pub(super) fn plain(&self, node: &Node) -> Value {
        let kind = match &node.kind {
            NodeKind::Null => Kind::Null,
            NodeKind::Bool(value) => Kind::Bool(*value),
            NodeKind::Number(digits) => Kind::Number(Arc::clone(digits)),
            NodeKind::String(parts) => {
                let mut text = Text::default();
                for (part, span) in parts.iter(node.span) {
                    text.push_str(Arc::clone(part), span);
                }
                Kind::Text(sub::dynamic_references(text, self.place()))
            }
            NodeKind::List(items) => Kind::List(self.list(items)),
            NodeKind::Map(members) => Kind::Map(self.map(members)),
        };
        Value::new(kind, node.span)
    }

    fn list(&self, items: &[Node]) -> List {
        let values = items.iter().map(|item| self.value(item));
        List { items: values.filter(|value| !matches!(value.kind, Kind::Absent)).collect(), open: false }
    }

    fn map(&self, members: &[Member]) -> Map {
        let mut map = Map::default();
        self.add_members(members, &mut map);
        map
    }

    /// Evaluates the members of a map, with their loops.
    pub(in crate::walk::cloudformation) fn add_members(&self, members: &[Member], map: &mut Map) {
        self.add_some(members, &|_| true, map);
    }

    /// Adds the values of those members whose names are wanted.
    pub(in crate::walk::cloudformation) fn add_some(
        &self,
        members: &[Member],
        wanted: &dyn Fn(&str) -> bool,
        map: &mut Map,
    ) {
        for member in members {
            if member.key.starts_with("Fn::ForEach::") {
                self.add_loop(&member.value, wanted, map);
            } else if &*member.key == "Fn::Transform" {
                // A macro may put anything here.
                map.open = true;
            } else {
                let scope = self.scope.borrow();
                let key = match scope.as_ref() {
                    [] => Cow::Borrowed(&*member.key),
                    scope => Cow::Owned(replace(&member.key, scope)),
                };
                drop(scope);
                if !wanted(&key) {
                    // Loops make many of them.
                    if !self.pay(1) {
                        map.open = true;
                        return;
                    }
                    continue;
                }
                let value = self.value(&member.value);
                if !matches!(value.kind, Kind::Absent) {
                    let key = Name::word(&*key);
                    map.entries.push(Entry { key, key_span: member.key_span, value });
                }
            }
        }
    }

    fn add_loop(&self, node: &Node, wanted: &dyn Fn(&str) -> bool, map: &mut Map) {
        let Some(_deeper) = self.enter() else {
            map.open = true;
            return;
        };
        let ([_, collection, body], Some(name)) = (node.items(), node.items().first().and_then(Node::as_str))
        else {
            map.open = true;
            return;
        };
        let collection = self.value(collection);
        let Some(list) = collection.as_list() else {
            map.open = true;
            return;
        };
        map.open |= list.open || list.items.len() > bounds::LOOP_ROUNDS;
        for item in list.items.iter().take(bounds::LOOP_ROUNDS) {
            let Some(text) = item.as_text() else {
                map.open = true;
                continue;
            };
            let inner = bound(&self.scope.borrow(), &name, text);
            self.within(&inner, || self.add_some(body.members(), wanted, map));
        }
    }

    /// What the names in the template stand for.
    pub(super) fn lookup(&self) -> &'a dyn Lookup {
        self.lookup
    }

    /// Where the template goes.
    pub(in crate::walk::cloudformation) fn place(&self) -> &'a Place {
        self.lookup.place()
    }

    /// The value without what a loop around it left in place.
    pub(in crate::walk::cloudformation) fn within<T>(
        &self,
        scope: &Scope,
        evaluate: impl FnOnce() -> T,
    ) -> T {
        let outer = self.scope.replace(Arc::clone(scope));
        let value = evaluate();
        self.scope.replace(outer);
        value
    }

    /// A value of which only that it comes from `name` is known.
    pub(in crate::walk::cloudformation) fn unknown(&self, name: &str, because: Because, span: Span) -> Value {
        Value::unknown(self.place().keyed(name, because), span)
    }
}

/// What one template and all that it deploys may cost.
pub(in crate::walk::cloudformation) fn purse() -> Rc<Purse> {
    Rc::new(Purse::new(Limits {
        common: bounds::EVALUATION_STEPS,
        reserve: bounds::RESERVED_STEPS,
        reserves: bounds::ALL_RESERVED_STEPS,
    }))
}

/// A value that was too deep or too large.
pub(in crate::walk::cloudformation) fn bounded(span: Span) -> Value {
    Value::unknown(Symbol::new(Class::Opaque, OriginKind::TooLarge, Because::Bound), span)
}

/// Something that is not evaluated.
pub(super) fn opaque(what: &str, span: Span) -> Value {
    Value::unknown(Symbol::new(Class::Opaque, what, Because::Expression), span)
}

/// Puts texts together from parts, every combination of their alternatives.
///
/// A part that is no text becomes an opaque piece. `respan` says where the pieces of a part are shown.
pub(in crate::walk::cloudformation) fn concatenate(parts: &[Part], span: Span) -> Value {
    let mut texts = vec![(Text::default(), When::default())];
    for (index, part) in parts.iter().enumerate() {
        let is_last = index + 1 == parts.len();
        let alternatives = part.value.alternatives();
        if texts.len().saturating_mul(alternatives.len()) > bounds::CHOICES {
            return bounded(span);
        }
        let mut longer = Vec::with_capacity(texts.len() * alternatives.len());
        for (text, own) in &texts {
            for alternative in alternatives {
                // What one choice leads to is never there together with what another value of it leads to.
                let Some(when) = own.and(&alternative.when()) else { continue };
                let mut text = text.clone();
                match alternative.unset_behind(&text, is_last) {
                    Some(unset) => text.append(&unset),
                    None => append(&mut text, alternative, part.place),
                }
                if text.pieces().len() > bounds::TEMPLATE_PIECES {
                    return bounded(span);
                }
                longer.push((text, when));
            }
        }
        texts = longer;
    }
    Value::choice(texts.into_iter().filter_map(|(text, when)| Value::text(text, span).under(&when)), span)
}

/// A part of a text that is put together.
pub(in crate::walk::cloudformation) struct Part {
    pub(in crate::walk::cloudformation) value: Value,
    /// Where its pieces are shown, when not where they were written.
    pub(in crate::walk::cloudformation) place: Option<Span>,
}

pub(super) fn append(text: &mut Text, value: &Value, place: Option<Span>) {
    if let Kind::Json(inner) = &value.kind {
        text.push(crate::value::PieceKind::Json(inner.clone()), place.unwrap_or(value.span));
        return;
    }
    let Some(part) = value.as_text() else {
        if !value.is_unset() {
            let symbol = Symbol::new(Class::Opaque, "a list or map in a text", Because::Expression);
            text.push(crate::value::PieceKind::Symbol(symbol), place.unwrap_or(value.span));
        }
        return;
    };
    for mut piece in part.into_pieces() {
        piece.span = place.unwrap_or(piece.span);
        text.push_piece(piece);
    }
}
