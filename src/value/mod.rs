//! What can be said, before deployment, about a value in a template.
//!
//! A string is a sequence of [`Piece`]s: literal text, and [`Symbol`]s that are not known but keep their
//! identity. `arn:aws:iam::${var.prod}:role/deploy` is a role named `deploy` in *the account `var.prod`*; it
//! equals another value that says the same, and is never taken to differ from a literal account.
//!
//! Two unknowns must not be mixed: what a template leaves open until deployment is a [`Symbol`], a
//! [`Kind::Choice`] or an open [`List`]; what a caller chooses at run time is never in a value.

mod answer;
mod encoded;
mod implied;
mod name;
mod origin;
mod shared;
mod text;
mod unit;
mod when;

use std::borrow::Cow;
use std::sync::Arc;

pub use answer::Answer;
pub use encoded::Encoded;
pub use name::Name;
pub use origin::{Operand, Origin, OriginKind, Part, Word, Words};
pub use shared::{Extended, Shared, fitted};
pub use text::{Piece, PieceKind, Text, word};
pub use unit::{UnitKey, Within};
pub use when::{Chosen, Presence, Thing, When};

use crate::source::Span;

/// A value, where it was written, and through which references it came.
#[derive(Clone, Debug)]
pub struct Value {
    /// What is known of it.
    pub kind: Kind,
    /// Where it was written: the literal itself, not the reference that led to it.
    pub span: Span,
    /// The references it came through (variables, locals, module arguments), the last one first.
    pub via: Via,
}

/// What is known of a value.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `null` in Terraform and JSON: the value is not set.
    Null,
    /// Not there at all: `AWS::NoValue`. As an item of a list or a member of a map, inside a
    /// [`Kind::Choice`], it says that the item may be missing.
    Absent,
    /// A boolean.
    Bool(bool),
    /// A number, as written. Account ids written as numbers lose their leading zeros elsewhere; here the
    /// digits are kept.
    Number(Arc<str>),
    /// A string.
    Text(Text),
    /// A list, a set or a tuple.
    List(List),
    /// A map or an object.
    Map(Map),
    /// A string that is the JSON encoding of the value: `jsonencode(…)`, the `json` attribute of a policy
    /// document. The structure and all its spans are kept.
    Json(Encoded),
    /// One of these, and it cannot be decided here which: both branches of a condition, the allowed values
    /// of a parameter.
    Choice(Shared<Value>),
    /// Not known, not even its type; but the same symbol is the same value.
    Unknown(Symbol),
}

/// A value that is not known but has an identity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Symbol {
    /// What can be said of its values.
    pub class: Class,
    /// Why it is not known. Reaches the user.
    pub because: Because,
    /// Its identity: the same class and origin are the same value wherever they occur in the project (unless
    /// the class is [`Class::Opaque`]).
    pub origin: Origin,
}

/// What a symbol stands for, as far as that limits its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// The account a unit is deployed to: twelve digits. The origin is the unit.
    Account,
    /// The region of a unit. The origin is the unit.
    Region,
    /// The partition of a unit (`aws`, `aws-cn`, …). The origin is the unit.
    Partition,
    /// The DNS suffix of a unit's partition (`amazonaws.com`). The origin is the unit.
    DnsSuffix,
    /// The id of the organization (`o-…`) of a unit's account. The origin is the unit.
    Organization,
    /// An attribute that AWS or the provider computes for one declaration: a generated name, a key id.
    Computed,
    /// As [`Keyed`](Class::Keyed), but certainly twelve digits.
    AccountId,
    /// As [`Keyed`](Class::Keyed), but certainly without characters that mean anything in ARNs and patterns.
    Word,
    /// A variable, parameter, secret, module output …: the origin says which.
    Keyed,
    /// Nothing is known, not even that two occurrences are the same value.
    Opaque,
}

/// Why a value is not known. The order is the order in which causes are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Because {
    /// An input variable or parameter without a value.
    Input,
    /// One whose default is empty, where an account or a name must stand.
    Unset,
    /// An attribute that AWS or the provider computes.
    Computed,
    /// A data source or another look-up at deployment.
    Lookup,
    /// The output of a module whose source is not in the project.
    Module,
    /// The state or the exports of something that is not in the project.
    Remote,
    /// Something that belongs to the run: workspace, account, region, time.
    Run,
    /// A function or an expression that is not evaluated.
    Expression,
    /// A name that is declared nowhere.
    Undeclared,
    /// A bound was reached: too deep, too many.
    Bound,
}

impl Class {
    /// What a symbol of the class is called, when it is something of a unit itself.
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Account => Some("AccountId"),
            Self::Region => Some("Region"),
            Self::Partition => Some("Partition"),
            Self::DnsSuffix => Some("DnsSuffix"),
            Self::Organization => Some("OrganizationId"),
            Self::Computed | Self::AccountId | Self::Word | Self::Keyed | Self::Opaque => None,
        }
    }
}

impl Symbol {
    /// A symbol of `class` that comes from `origin`.
    pub fn new(class: Class, origin: impl Into<Origin>, because: Because) -> Self {
        let origin = origin.into();
        // What is cut off is the same as nothing else.
        let class = if *origin.kind() == OriginKind::TooLarge { Class::Opaque } else { class };
        Self { class, because, origin }
    }

    /// Whether both are certainly the same value.
    pub fn same(&self, other: &Self) -> bool {
        self.class == other.class && self.class != Class::Opaque && self.origin == other.origin
    }

    /// Whether it has no identity although it stands for one value. What belongs to the moment of the run has none to be given.
    pub fn is_nameless(&self) -> bool {
        self.class == Class::Opaque && self.because != Because::Run
    }

    /// The symbol for a part of this one.
    #[must_use]
    pub fn part(&self, part: Part) -> Self {
        // A description is not made clearer by what comes after it.
        if self.class == Class::Opaque && self.origin.is_described() {
            return self.clone();
        }
        let class = if self.class == Class::Opaque { Class::Opaque } else { Class::Keyed };
        Self::new(class, self.origin.part(part), self.because)
    }

    /// How it is shown to people. Never compared, and never cut apart: that is what the origin is for.
    pub fn shown(&self) -> &str {
        let has_name = matches!(self.origin.kind(), OriginKind::Profile(_) | OriginKind::Member { .. });
        self.class.name().filter(|_| !has_name).unwrap_or_else(|| self.origin.shown())
    }
}

/// How a value came to be where it is: the references it came through, and the choices that lead to it, the last one first.
#[derive(Clone, Debug, Default)]
pub struct Via(Option<Arc<(Step, Via)>>);

/// One step of the way that a value came.
#[derive(Clone, Debug)]
pub enum Step {
    /// A reference.
    Reference(Span),
    /// A choice that leads to it.
    Chosen(When),
    /// It is empty, as the default or value of this.
    Default(Symbol),
}

impl Via {
    /// The way of these steps, the last one first.
    pub fn of(steps: Vec<Step>) -> Self {
        steps.into_iter().rev().fold(Self::default(), Self::with)
    }

    /// The steps, the last one first.
    pub fn steps(&self) -> impl Iterator<Item = &Step> + use<'_> {
        let mut next = self;
        std::iter::from_fn(move || {
            let (step, rest) = &**next.0.as_ref()?;
            next = rest;
            Some(step)
        })
    }

    /// The references, the last one first.
    pub fn spans(&self) -> impl Iterator<Item = Span> + use<'_> {
        self.steps().filter_map(|step| match step {
            Step::Reference(span) => Some(*span),
            Step::Chosen(_) | Step::Default(_) => None,
        })
    }

    /// What the value is the empty default or value of.
    pub fn unset(&self) -> Option<&Symbol> {
        self.steps().find_map(|step| match step {
            Step::Default(symbol) => Some(symbol),
            Step::Reference(_) | Step::Chosen(_) => None,
        })
    }

    /// The choices that lead to the value.
    pub fn when(&self) -> When {
        let mut when = When::default();
        for step in self.steps() {
            if let Step::Chosen(more) = step {
                // What excludes each other was never put together.
                when = when.and(more).unwrap_or(when);
            }
        }
        when
    }

    fn with(self, step: Step) -> Self {
        Self(Some(Arc::new((step, self))))
    }
}

/// A list whose items are known as far as written.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// The items that are known to be there (or may be: a [`Kind::Choice`] with [`Kind::Absent`]).
    pub items: Shared<Value>,
    /// There may be further items.
    pub open: bool,
}

/// A map whose entries are known as far as written.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// The entries in the order written. A key may occur twice: the last one counts, as in Terraform and in
    /// most JSON readers, but rules see both.
    pub entries: Shared<Entry>,
    /// There may be further entries.
    pub open: bool,
}

/// One entry of a map.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key, which may itself be partly unknown (`"${local.issuer}:sub"`).
    pub key: Name,
    /// Where the key is written.
    pub key_span: Span,
    /// The value.
    pub value: Value,
}

impl Entry {
    /// A value under a key.
    pub fn new(key: Text, key_span: Span, value: Value) -> Self {
        Self { key: Name::new(key, key_span), key_span, value }
    }

    /// The key as a text.
    pub fn key_text(&self) -> Cow<'_, Text> {
        self.key.text(self.key_span)
    }
}

impl Map {
    /// The value under a literal key; the last one when there are several.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value under a literal key, taken out of the map; the last one when there are several.
    pub fn take(&mut self, key: &str) -> Option<Value> {
        let at = self.entries.iter().rposition(|entry| entry.key.is_literally(key))?;
        Some(self.entries.edit().remove(at).value)
    }

    /// The entry under a literal key; the last one when there are several.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.key.is_literally(key))
    }

    /// Adds an entry with a literal key.
    pub fn insert(&mut self, key: &str, key_span: Span, value: Value) {
        self.entries.push(Entry { key: Name::word(key), key_span, value });
    }

    /// Puts a value under a literal key, in the place of the one that is there.
    pub fn put(&mut self, key: &str, key_span: Span, value: Value) {
        let Some(at) = self.entries.iter().position(|entry| entry.key.is_literally(key)) else {
            return self.insert(key, key_span, value);
        };
        if let Some(entry) = self.entries.edit().get_mut(at) {
            entry.value = value;
        }
    }

    /// The same map with each value changed.
    #[must_use]
    pub fn map(mut self, mut change: impl FnMut(Value) -> Value) -> Self {
        self.entries =
            self.entries.into_iter().map(|entry| Entry { value: change(entry.value), ..entry }).collect();
        self
    }
}

impl Value {
    /// A value of `kind`, written at `span`.
    pub fn new(mut kind: Kind, span: Span) -> Self {
        match &mut kind {
            Kind::List(list) => list.items.fit(),
            Kind::Map(map) => map.entries.fit(),
            _ => {}
        }
        Self { kind, span, via: Via::default() }
    }

    /// A literal string.
    pub fn literal(text: impl Into<Arc<str>>, span: Span) -> Self {
        Self::new(Kind::Text(Text::literal(text, span)), span)
    }

    /// A string of pieces.
    pub fn text(text: Text, span: Span) -> Self {
        Self::new(Kind::Text(text), span)
    }

    /// A value of which only the identity is known.
    pub fn unknown(symbol: Symbol, span: Span) -> Self {
        Self::new(Kind::Unknown(symbol), span)
    }

    /// A list.
    pub fn list(items: Vec<Self>, span: Span) -> Self {
        Self::new(Kind::List(List { items: items.into(), open: false }), span)
    }

    /// One of several values; nested choices are flattened. No alternatives make [`Kind::Absent`].
    pub fn choice(alternatives: impl IntoIterator<Item = Self>, span: Span) -> Self {
        let mut alternatives = alternatives.into_iter();
        let Some(first) = alternatives.next() else { return Self::new(Kind::Absent, span) };
        let second = alternatives.next();
        if second.is_none() && !matches!(first.kind, Kind::Choice(_)) {
            return first;
        }
        let mut flat = Self::flattened([first].into_iter().chain(second).chain(alternatives));
        match flat.len() {
            0 => Self::new(Kind::Absent, span),
            1 => flat.remove(0),
            _ => Self::new(Kind::Choice(flat.into()), span),
        }
    }

    /// The same value, having come through the reference at `span`.
    #[must_use]
    pub fn through(mut self, span: Span) -> Self {
        if self.via.spans().next() != Some(span) && self.span != span {
            self.via = self.via.with(Step::Reference(span));
        }
        self
    }

    /// What a variable, parameter or local has. Where something must stand, an empty text says that nothing is given yet; which
    /// name was empty first is what has to be set.
    #[must_use]
    pub fn default_of(mut self, symbol: Symbol) -> Self {
        if self.as_str().is_some_and(|text| text.is_empty()) && self.via.unset().is_none() {
            self.via = self.via.with(Step::Default(Symbol { because: Because::Unset, ..symbol }));
        }
        self
    }

    /// What an input of a deployment has when nobody sets it. Nothing at all, or an empty list, says as little there as an
    /// empty text does.
    #[must_use]
    pub fn input_default_of(mut self, symbol: Symbol) -> Self {
        let is_nothing = match &self.kind {
            Kind::Null => true,
            Kind::List(list) => list.items.is_empty() && !list.open,
            _ => return self.default_of(symbol),
        };
        if is_nothing && self.via.unset().is_none() {
            self.via = self.via.with(Step::Default(Symbol { because: Because::Unset, ..symbol }));
        }
        self
    }

    /// The input that each deployment may set, when this is nothing or an empty list only because nobody does.
    pub fn unset_input(&self) -> Option<&Symbol> {
        match &self.kind {
            Kind::Null => {}
            Kind::List(list) if list.items.is_empty() && !list.open => {}
            _ => return None,
        }
        self.via.unset().filter(|symbol| symbol.because == Because::Unset)
    }

    /// What stands for it where something must be: the input that nobody has set yet, which is not known.
    pub fn awaited(&self) -> Option<Self> {
        let symbol = self.unset_input()?.clone();
        matches!(self.kind, Kind::Null).then(|| self.with_kind(Kind::Unknown(symbol)))
    }

    /// The items of a list, or the value itself; alternatives of a choice are items too.
    pub fn items(&self) -> Vec<&Self> {
        match &self.kind {
            Kind::List(list) => list.items.iter().flat_map(Self::items).collect(),
            Kind::Choice(all) => all.iter().flat_map(Self::items).collect(),
            Kind::Null | Kind::Absent => Vec::new(),
            _ => vec![self],
        }
    }

    /// Whether nothing stands here, and nobody can set it.
    pub fn is_left_out(&self) -> bool {
        self.is_unset() && self.unset_input().is_none()
    }

    /// The same value, made of these: what is empty only because an input is will not be when that is set.
    #[must_use]
    pub fn made_of(mut self, operands: &[Self]) -> Self {
        match &self.kind {
            // What is asked of it has another answer then.
            Kind::Bool(_) | Kind::Number(_) => {}
            Kind::List(list) if list.items.is_empty() && !list.open => {}
            _ => return self,
        }
        let unset = |one: &Self| one.via.unset().filter(|symbol| symbol.because == Because::Unset).cloned();
        let empty = |one: &Self| match &one.kind {
            Kind::Text(text) if text.is_empty() => unset(one),
            Kind::Bool(_) | Kind::Number(_) => unset(one),
            _ => one.unset_input().cloned(),
        };
        let inside = |one: &Self| one.as_list().and_then(|list| list.items.iter().find_map(empty));
        if self.via.unset().is_none()
            && let Some(symbol) = operands.iter().find_map(|one| empty(one).or_else(|| inside(one)))
        {
            self.via = self.via.with(Step::Default(symbol));
        }
        self
    }

    /// The same value, chosen by a condition: nothing, where an input is not set, is something else once it is.
    #[must_use]
    pub fn decided_by(self, condition: &Self) -> Self {
        match condition.via.unset() {
            Some(symbol) if symbol.because == Because::Unset => self.input_default_of(symbol.clone()),
            _ => self,
        }
    }

    /// What is taken in place of something that is not known; an empty text there says that nothing is, as an empty default
    /// does.
    #[must_use]
    pub fn in_default_of(mut self, other: &Self) -> Self {
        if let Kind::Unknown(symbol) = &other.kind
            && self.as_str().is_some_and(|text| text.is_empty())
        {
            self.via = self.via.with(Step::Default(symbol.clone()));
        }
        self
    }

    /// What stands for it behind a text, when it is what has no value yet and an account must stand there, or, at the end, a
    /// name. It is shown where the empty text is written.
    pub fn unset_behind(&self, before: &Text, is_last: bool) -> Option<Text> {
        let empty = match &self.kind {
            Kind::Text(text) => text.is_empty(),
            kind => matches!(kind, Kind::Null),
        };
        let must_be = || before.in_quotes().ends_before_account() || is_last && before.ends_before_name();
        let unset = self.via.unset().filter(|_| empty && must_be())?;
        Some(Text::symbol(unset.clone(), self.span))
    }

    /// The choices that lead to it, as one of several alternatives.
    pub fn when(&self) -> When {
        self.via.when()
    }

    /// The same value under these choices; `None` when it cannot be, because others lead to it.
    pub fn under(mut self, when: &When) -> Option<Self> {
        self.put_under(when).then_some(self)
    }

    /// The same value under these choices, as far as it can be.
    #[must_use]
    pub fn chosen(mut self, when: &When) -> Self {
        self.put_under(when);
        self
    }

    /// Whether it can be under these choices; then they lead to it.
    fn put_under(&mut self, when: &When) -> bool {
        if when.is_empty() {
            return true;
        }
        if let Kind::Choice(all) = &self.kind {
            let each: Vec<Self> = all.iter().cloned().filter_map(|one| one.under(when)).collect();
            if each.is_empty() {
                return false;
            }
            self.kind = Self::choice(each, self.span).kind;
            return true;
        }
        let own = self.when();
        let Some(both) = own.and(when) else { return false };
        if both != own {
            self.via = std::mem::take(&mut self.via).with(Step::Chosen(when.clone()));
        }
        true
    }

    /// The same alternative stands for another one as well.
    pub fn or_under(&mut self, other: &Self) {
        let (mine, theirs) = (self.when(), other.when());
        if mine == theirs {
            return;
        }
        let spans: Vec<Span> = self.via.spans().collect();
        let when = mine.or(&theirs).unwrap_or_default();
        let start = if when.is_empty() { Via::default() } else { Via::default().with(Step::Chosen(when)) };
        self.via = spans.into_iter().rev().fold(start, |via, span| via.with(Step::Reference(span)));
    }

    /// The same value in the place of another one, under the choices that lead to that.
    #[must_use]
    pub fn in_place_of(self, other: &Self) -> Self {
        self.chosen(&other.when())
    }

    /// The value as a string of pieces: texts, numbers and booleans as Terraform and CloudFormation turn
    /// them into text, symbols as a single piece. `None` for null, lists, maps, choices and JSON.
    pub fn as_text(&self) -> Option<Text> {
        match &self.kind {
            Kind::Text(text) => Some(text.clone()),
            Kind::Number(digits) => Some(Text::literal(Arc::clone(digits), self.span)),
            Kind::Bool(value) => Some(Text::literal(if *value { "true" } else { "false" }, self.span)),
            Kind::Unknown(symbol) => Some(Text::symbol(symbol.clone(), self.span)),
            Kind::Null | Kind::Absent | Kind::List(_) | Kind::Map(_) | Kind::Json(_) | Kind::Choice(_) => {
                None
            }
        }
    }

    /// The literal text, when the value is a string (or number, or boolean) that is wholly known.
    pub fn as_str(&self) -> Option<Cow<'_, str>> {
        match &self.kind {
            Kind::Text(text) => text.as_literal(),
            Kind::Number(digits) => Some(Cow::Borrowed(digits)),
            Kind::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
            _ => None,
        }
    }

    /// The same to be kept: what the value holds itself, where that is one part.
    pub fn as_shared(&self) -> Option<Arc<str>> {
        match &self.kind {
            Kind::Number(digits) => Some(Arc::clone(digits)),
            Kind::Text(text) => text.as_shared(),
            _ => self.as_str().map(|text| Arc::from(&*text)),
        }
    }

    /// Whether it is true: the boolean, or the word for it, which templates write as often.
    pub fn says_true(&self) -> Answer {
        match self.as_str() {
            Some(word) if word.eq_ignore_ascii_case("true") => Answer::Yes,
            Some(word) if word.eq_ignore_ascii_case("false") => Answer::No,
            _ => Answer::Unknown,
        }
    }

    /// The map, when it is one.
    pub fn as_map(&self) -> Option<&Map> {
        if let Kind::Map(map) = &self.kind { Some(map) } else { None }
    }

    /// The list, when it is one.
    pub fn as_list(&self) -> Option<&List> {
        if let Kind::List(list) = &self.kind { Some(list) } else { None }
    }

    /// The alternatives: those of a choice, or the value itself.
    pub fn alternatives(&self) -> &[Self] {
        if let Kind::Choice(all) = &self.kind { all } else { std::slice::from_ref(self) }
    }

    /// Whether the value is not set: null or absent.
    pub fn is_unset(&self) -> bool {
        matches!(self.kind, Kind::Null | Kind::Absent)
    }

    /// Whether every part of it is known: no symbol, no choice, nothing open.
    pub fn is_known(&self) -> bool {
        !self.extent().has_unknown
    }

    /// The values with the alternatives of each choice in its place.
    pub fn flattened(values: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let values = values.into_iter();
        let mut flat: Vec<Self> = Vec::with_capacity(values.size_hint().0);
        for value in values {
            match value.kind {
                Kind::Choice(inner) => flat.extend(inner.iter().cloned()),
                _ => flat.push(value),
            }
        }
        flat
    }

    /// What stands in the place of this one, come through the same references.
    #[must_use]
    pub fn with_kind(&self, kind: Kind) -> Self {
        Self { via: self.via.clone(), ..Self::new(kind, self.span) }
    }
}

/// Values made of others, with as little of them copied as can be.
impl List {
    /// The same list with each item changed.
    #[must_use]
    pub fn map(self, change: impl FnMut(Value) -> Value) -> Self {
        Self { items: self.items.into_iter().map(change).collect(), open: self.open }
    }
}

impl Entry {
    /// The key as a value.
    pub fn key_value(&self) -> Value {
        Value::text(self.key_text().into_owned(), self.key_span)
    }
}
