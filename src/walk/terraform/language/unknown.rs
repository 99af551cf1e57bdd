//! What is not known, and how it keeps an identity.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::work::Work;
use crate::bounds;
use crate::source::Span;
use crate::value::{
    Answer, Because, Class, Encoded, Entry, Extended, Kind, List, Map, Operand, Origin, OriginKind, Part,
    Piece, PieceKind, Symbol, Text, UnitKey, Value, When, Word, Words,
};

/// Something of which nothing is known but what it is.
pub(crate) fn opaque(what: &str, because: Because, span: Span) -> Value {
    Value::unknown(Symbol::new(Class::Opaque, what, because), span)
}

/// A value that was too deep or too large.
pub(crate) fn bounded(span: Span) -> Value {
    Value::unknown(Symbol::new(Class::Opaque, OriginKind::TooLarge, Because::Bound), span)
}

/// The result of an expression that is not evaluated, but is the same for the same operands: `split(",", var.x)`.
pub(super) fn derived(name: &str, operands: &[Value], span: Span) -> Value {
    let mut made_of = MadeOf::default();
    let operands: Option<Box<[Operand]>> = operands.iter().map(|operand| made_of.value(operand, 0)).collect();
    let Some(operands) = operands else {
        let origin = OriginKind::Returned(name.into());
        return Value::unknown(Symbol::new(Class::Opaque, origin, Because::Expression), span);
    };
    made_of.symbol(OriginKind::Derived { function: name.into(), operands }, span)
}

/// The element of a collection under a key, when it is not known which that is: `aws_iam_role.r[each.key]`.
pub(crate) fn element(collection: &Value, index: &Value, span: Span) -> Value {
    let mut made_of = MadeOf::default();
    let key = |made_of: &mut MadeOf| match index.as_text().as_ref().and_then(Text::as_symbol) {
        Some(symbol) => made_of.known(symbol).map(|(class, origin)| Operand::Symbol(class, origin)),
        None => made_of.value(index, 0),
    };
    match (made_of.value(collection, 0), key(&mut made_of)) {
        (Some(of), Some(key)) => made_of.symbol(OriginKind::Element { of, key }, span),
        _ => opaque("an element whose key is not known", Because::Expression, span),
    }
}

/// What identifies the result of an expression.
#[derive(Default)]
struct MadeOf {
    size: usize,
    /// Why it is not known: what its operands hang on. Something outside the unit goes before what belongs to it.
    because: Option<Because>,
}

impl MadeOf {
    fn symbol(self, origin: OriginKind, span: Span) -> Value {
        let because = self.because.unwrap_or(Because::Expression);
        Value::unknown(Symbol::new(Class::Keyed, origin, because), span)
    }

    fn grows(&mut self, by: usize) -> Option<()> {
        self.size = self.size.saturating_add(by);
        (self.size <= bounds::IDENTITY_KEY).then_some(())
    }

    /// What identifies a value; `None` when nothing does.
    fn value(&mut self, value: &Value, depth: u32) -> Option<Operand> {
        if depth > bounds::IDENTITY_DEPTH {
            return None;
        }
        self.grows(1)?;
        match &value.kind {
            Kind::Null => Some(Operand::Null),
            Kind::Bool(value) => Some(Operand::Bool(*value)),
            Kind::Number(digits) => {
                self.grows(digits.len())?;
                Some(Operand::Number(Arc::clone(digits)))
            }
            Kind::Text(text) => Some(Operand::Text(self.text(text, depth)?)),
            Kind::Unknown(symbol) => {
                let (class, origin) = self.known(symbol)?;
                Some(Operand::Symbol(class, origin))
            }
            Kind::List(list) if !list.open => {
                let items = list.items.iter().map(|item| self.value(item, depth + 1));
                Some(Operand::List(items.collect::<Option<_>>()?))
            }
            Kind::Map(map) if !map.open => {
                let mut entries = Vec::new();
                for entry in &map.entries {
                    entries
                        .push((self.text(&entry.key_text(), depth)?, self.value(&entry.value, depth + 1)?));
                }
                Some(Operand::Map(entries.into()))
            }
            Kind::Json(inner) => Some(Operand::Json(Box::new(self.value(inner, depth + 1)?))),
            Kind::Absent | Kind::List(_) | Kind::Map(_) | Kind::Choice(_) => None,
        }
    }

    fn text(&mut self, text: &Text, depth: u32) -> Option<Words> {
        let mut words = Vec::new();
        for piece in text.pieces() {
            self.grows(1)?;
            words.push(match &piece.kind {
                PieceKind::Literal(literal) => {
                    self.grows(literal.len())?;
                    Word::Literal(Arc::clone(literal))
                }
                PieceKind::Symbol(symbol) => {
                    let (class, origin) = self.known(symbol)?;
                    Word::Symbol(class, origin)
                }
                PieceKind::Json(inner) => Word::Json(Box::new(self.value(inner, depth + 1)?)),
            });
        }
        Some(Words::of(words))
    }

    fn known(&mut self, symbol: &Symbol) -> Option<(Class, Origin)> {
        if symbol.class == Class::Opaque {
            return None;
        }
        let is_own = |because: Because| matches!(because, Because::Run | Because::Computed);
        let because = if symbol.class == Class::Computed { Because::Computed } else { symbol.because };
        if self.because.is_none_or(|known| is_own(known) && !is_own(because)) {
            self.because = Some(because);
        }
        Some((symbol.class, symbol.origin.clone()))
    }
}

/// Gives what is not known of a named value an identity by that name: a local value, a variable and an output are
/// evaluated once for an instance of a module, so what hangs on them is the same wherever it is used.
#[derive(Default)]
struct Naming {
    /// How often a name was given.
    given: FxHashMap<Origin, usize>,
}

impl Naming {
    fn value(&mut self, value: Value, name: &Origin) -> Value {
        let kind = match value.kind {
            Kind::Unknown(symbol) => Kind::Unknown(self.symbol(symbol, name)),
            Kind::Text(text) => Kind::Text(self.text(text, name)),
            Kind::List(List { items, open }) => {
                let item = |(index, item): (usize, Value)| {
                    self.inner(item, name, || Part::Index(index.to_string().into()))
                };
                Kind::List(List { items: items.into_iter().enumerate().map(item).collect(), open })
            }
            Kind::Map(map) => {
                let entry = |entry: Entry| {
                    let value = self.inner(entry.value, name, || match entry.key.as_literal() {
                        Some(key) if is_plain(&key) => Part::Attribute((&*key).into()),
                        Some(key) => Part::Key(Words::literal(&*key)),
                        None => Part::SomeItem,
                    });
                    Entry { value, ..entry }
                };
                Kind::Map(Map { entries: map.entries.into_iter().map(entry).collect(), open: map.open })
            }
            Kind::Json(inner) => Kind::Json(self.encoded(inner, name)),
            Kind::Choice(all) => Kind::Choice(all.into_iter().map(|one| self.value(one, name)).collect()),
            kind @ (Kind::Null | Kind::Absent | Kind::Bool(_) | Kind::Number(_)) => kind,
        };
        Value { kind, ..value }
    }

    fn encoded(&mut self, inner: Encoded, name: &Origin) -> Encoded {
        self.value(inner.into_value(), name).into()
    }

    /// What is inside of something with a name.
    fn inner(&mut self, value: Value, name: &Origin, part: impl FnOnce() -> Part) -> Value {
        if has_nameless(&value) { self.value(value, &name.part(part())) } else { value }
    }

    fn text(&mut self, text: Text, name: &Origin) -> Text {
        let mut named = Text::default();
        for piece in text.into_pieces() {
            let kind = match piece.kind {
                literal @ PieceKind::Literal(_) => literal,
                PieceKind::Symbol(symbol) => PieceKind::Symbol(self.symbol(symbol, name)),
                PieceKind::Json(inner) => PieceKind::Json(self.encoded(inner, name)),
            };
            named.push_piece(Piece { kind, ..piece });
        }
        named
    }

    fn symbol(&mut self, symbol: Symbol, name: &Origin) -> Symbol {
        if !symbol.is_nameless() {
            return symbol;
        }
        let of = name.clone();
        let origin = if let Some(given) = self.given.get_mut(name) {
            *given += 1;
            OriginKind::Again { of, number: *given }.into()
        } else {
            self.given.insert(name.clone(), 1);
            of
        };
        Symbol::new(Class::Keyed, origin, symbol.because)
    }
}

/// Whether a key is written without quotes.
fn is_plain(key: &str) -> bool {
    key.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && key.chars().all(|each| each.is_alphanumeric() || matches!(each, '_' | '-'))
}

fn has_nameless(value: &Value) -> bool {
    value.extent().has_nameless
}

/// What stands before the names of locals.
pub(crate) const LOCAL: &str = "local.";

/// A value that is evaluated once for an instance of a module, with its name (`local.` and what is behind it) as the
/// identity of what is not known of it. `address` is that of the instance, in a unit.
pub(crate) fn identified(value: Value, unit: &UnitKey, address: &str, sort: &str, name: &str) -> Value {
    if !has_nameless(&value) {
        let is_empty = sort == LOCAL && value.as_str().is_some_and(|text| text.is_empty());
        let named = || own(unit, &format!("{address}{sort}{name}"), Because::Unset);
        return if is_empty { value.default_of(named()) } else { value };
    }
    let name = Origin::named(unit, format!("{address}{sort}{name}"));
    Naming::default().value(value, &name)
}

/// A symbol that belongs to a unit.
pub(crate) fn own(unit: &UnitKey, name: &str, because: Because) -> Symbol {
    Symbol::new(Class::Keyed, Origin::named(unit, name), because)
}

impl Work {
    /// A value that depends on itself.
    pub(crate) fn circular(&self, span: Span) -> Value {
        self.fail(Answer::Unknown);
        Value::unknown(Symbol::new(Class::Opaque, OriginKind::Circular, Because::Bound), span)
    }

    /// One of several values, none of them twice; nothing is known when there are too many.
    pub(crate) fn either(&self, alternatives: Vec<Value>, span: Span) -> Value {
        self.pay(alternatives.len());
        if let [only] = alternatives.as_slice()
            && !matches!(only.kind, Kind::Choice(_))
        {
            return Value::choice(alternatives, span);
        }
        let mut kept: Vec<Value> = Vec::new();
        for one in Value::flattened(alternatives) {
            match kept.iter_mut().find(|other| alike(other, &one)) {
                Some(known) => known.or_under(&one),
                None => kept.push(one),
            }
            if kept.len() > bounds::CHOICES {
                return bounded(span);
            }
        }
        Value::choice(kept, span)
    }

    /// Applies `f` to every combination of the alternatives of the operands.
    pub(crate) fn distribute(
        &self,
        operands: &[Value],
        span: Span,
        f: &mut dyn FnMut(&[Value]) -> Value,
    ) -> Value {
        if operands.iter().all(|operand| !matches!(operand.kind, Kind::Choice(_))) {
            return f(operands);
        }
        let mut combinations: Vec<Vec<&Value>> = vec![Vec::new()];
        for operand in operands {
            let alternatives = operand.alternatives();
            if combinations.len() * alternatives.len() > bounds::CHOICES {
                return bounded(span);
            }
            combinations = combinations
                .iter()
                .flat_map(|before| {
                    alternatives.iter().map(|one| before.iter().copied().chain([one]).collect())
                })
                .collect();
        }
        let chosen = |operands: Vec<&Value>| operands.into_iter().cloned().collect::<Vec<Value>>();
        let results = combinations.into_iter().filter_map(|operands| {
            let mut whens = operands.iter().map(|operand| operand.when());
            // What one choice leads to is never there together with what another value of it leads to.
            let when = whens.try_fold(When::default(), |all, one| all.and(&one))?;
            f(&chosen(operands)).under(&when)
        });
        self.either(results.collect(), span)
    }
}

/// Whether two alternatives are certainly the same simple value.
fn alike(a: &Value, b: &Value) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Null, Kind::Null) | (Kind::Absent, Kind::Absent) => true,
        (Kind::Bool(a), Kind::Bool(b)) => a == b,
        (Kind::Number(a), Kind::Number(b)) => a == b,
        (Kind::Text(a), Kind::Text(b)) => a == b,
        (Kind::Unknown(a), Kind::Unknown(b)) => a.same(b),
        (Kind::List(a), Kind::List(b)) => a.items.is_empty() && b.items.is_empty() && a.open == b.open,
        (Kind::Map(a), Kind::Map(b)) => a.entries.is_empty() && b.entries.is_empty() && a.open == b.open,
        _ => false,
    }
}

/// Whether an item of a list or an entry of a map may be missing.
pub(crate) fn may_be_absent(value: &Value) -> bool {
    value.alternatives().iter().any(|one| matches!(one.kind, Kind::Absent))
}

/// The value that is there when it is there; `None` when it never is.
pub(crate) fn when_present(value: &Value) -> Option<Cow<'_, Value>> {
    if !may_be_absent(value) {
        return Some(Cow::Borrowed(value));
    }
    let kept: Vec<Value> =
        value.alternatives().iter().filter(|one| !matches!(one.kind, Kind::Absent)).cloned().collect();
    (!kept.is_empty()).then(|| Cow::Owned(Value::choice(kept, value.span)))
}

/// The same of a value that is not needed any more.
pub(crate) fn if_present(value: Value) -> Option<Value> {
    if !may_be_absent(&value) {
        return Some(value);
    }
    when_present(&value).map(Cow::into_owned)
}

/// The value, which may be missing.
pub(crate) fn perhaps(value: Value) -> Value {
    let span = value.span;
    Value::choice([value, Value::new(Kind::Absent, span)], span)
}
