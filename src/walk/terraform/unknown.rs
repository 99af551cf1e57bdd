//! What is not known, and how it keeps an identity.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};

use super::evaluate::{Instance, MAX_CHOICES, Run};
use super::functions::hex;
use crate::source::Span;
use crate::value::{Because, Class, Entry, Kind, List, Map, Piece, PieceKind, Symbol, Text, Value};

/// The longest key of a symbol that is made of other keys.
const MAX_KEY: usize = 20_000;
/// The longest one that is shown.
const MAX_SHOWN: usize = 300;

/// Something of which nothing is known but what it is.
pub(super) fn opaque(what: &str, because: Because, span: Span) -> Value {
    Value::unknown(Symbol::new(Class::Opaque, what, because), span)
}

/// A value that was too deep or too large.
pub(super) fn bounded(span: Span) -> Value {
    opaque("too large to be evaluated", Because::Bound, span)
}

/// The result of an expression that is not evaluated, but is the same for the same operands: `split(",", var.x)`.
pub(super) fn derived(name: &str, operands: &[Value], span: Span) -> Value {
    let mut key = Key { text: format!("{name}("), home: None, because: None };
    for (index, operand) in operands.iter().enumerate() {
        if index > 0 {
            key.text.push_str(", ");
        }
        if !key.add(operand, 0) {
            return opaque(&format!("{name}(…)"), Because::Expression, span);
        }
    }
    key.text.push(')');
    if key.text.len() > MAX_SHOWN {
        // Too long to be shown, but still the same for the same operands.
        let digest = hex(&Sha256::digest(key.text.as_bytes()));
        key.home = Some(format!("{}~{digest}", key.home.unwrap_or_default()));
        let first = operands.first().and_then(Value::as_str).filter(|first| first.len() < MAX_SHOWN / 3);
        key.text = first.map_or_else(|| format!("{name}(…)"), |first| format!("{name}(\"{first}\", …)"));
    }
    let text = match key.home {
        Some(home) => format!("{home}#{}", key.text),
        None => key.text,
    };
    Value::unknown(Symbol::new(Class::Keyed, text, key.because.unwrap_or(Because::Expression)), span)
}

/// The element of a collection under a key, when it is not known which that is: `aws_iam_role.r[each.key]`.
pub(super) fn element(operands: &[Value; 2], span: Span) -> Value {
    let [collection, index] = operands;
    let mut key = Key { text: String::new(), home: None, because: None };
    let mut known = key.add(collection, 0);
    key.text.push('[');
    known = known
        && match index.as_text().as_ref().and_then(Text::as_symbol) {
            Some(symbol) => key.add_symbol(symbol),
            None => key.add(index, 0),
        };
    key.text.push(']');
    if !known || key.text.len() > MAX_SHOWN {
        return opaque("an element whose key is not known", Because::Expression, span);
    }
    let text = match key.home {
        Some(home) => format!("{home}#{}", key.text),
        None => key.text,
    };
    Value::unknown(Symbol::new(Class::Keyed, text, key.because.unwrap_or(Because::Expression)), span)
}

/// What identifies the result of an expression.
struct Key {
    text: String,
    /// What comes before the `#` of the first symbol, so that the name that is shown is all that comes after it.
    home: Option<String>,
    /// Why it is not known: what its operands hang on. Something outside the unit goes before what belongs to it.
    because: Option<Because>,
}

impl Key {
    /// Adds what identifies a value; false when nothing does.
    fn add(&mut self, value: &Value, depth: u32) -> bool {
        if depth > 8 || self.text.len() > MAX_KEY {
            return false;
        }
        match &value.kind {
            Kind::Null => self.text.push_str("null"),
            Kind::Bool(true) => self.text.push_str("true"),
            Kind::Bool(false) => self.text.push_str("false"),
            Kind::Number(digits) => self.text.push_str(digits),
            Kind::Text(text) => return self.add_text(text, depth),
            Kind::Unknown(symbol) => return self.add_symbol(symbol),
            Kind::List(list) if !list.open => {
                self.text.push('[');
                for item in &list.items {
                    if !self.add(item, depth + 1) {
                        return false;
                    }
                    self.text.push(',');
                }
                self.text.push(']');
            }
            Kind::Map(map) if !map.open => {
                self.text.push('{');
                for entry in &map.entries {
                    if !self.add_text(&entry.key, depth) {
                        return false;
                    }
                    self.text.push('=');
                    if !self.add(&entry.value, depth + 1) {
                        return false;
                    }
                    self.text.push(',');
                }
                self.text.push('}');
            }
            Kind::Json(inner) => {
                self.text.push_str("jsonencode(");
                if !self.add(inner, depth + 1) {
                    return false;
                }
                self.text.push(')');
            }
            Kind::Absent | Kind::List(_) | Kind::Map(_) | Kind::Choice(_) => return false,
        }
        true
    }

    fn add_text(&mut self, text: &Text, depth: u32) -> bool {
        self.text.push('"');
        for piece in text.pieces() {
            match &piece.kind {
                PieceKind::Literal(literal) => self.text.push_str(literal),
                PieceKind::Symbol(symbol) => {
                    self.text.push_str("${");
                    if !self.add_symbol(symbol) {
                        return false;
                    }
                    self.text.push('}');
                }
                PieceKind::Json(inner) => {
                    self.text.push_str("${jsonencode(");
                    if !self.add(inner, depth + 1) {
                        return false;
                    }
                    self.text.push_str(")}");
                }
            }
            if self.text.len() > MAX_KEY {
                return false;
            }
        }
        self.text.push('"');
        true
    }

    fn add_symbol(&mut self, symbol: &Symbol) -> bool {
        if symbol.class == Class::Opaque {
            return false;
        }
        let is_own = |because: &Because| matches!(because, Because::Run | Because::Computed);
        let because = if symbol.class == Class::Computed { &Because::Computed } else { &symbol.because };
        if self.because.as_ref().is_none_or(|known| is_own(known) && !is_own(because)) {
            self.because = Some(because.clone());
        }
        let (home, name) =
            symbol.key.rsplit_once('#').map_or(("", &*symbol.key), |(home, name)| (home, name));
        match symbol.class {
            Class::Computed | Class::Keyed | Class::Opaque => {
                self.text.push_str(name);
                if self.home.as_deref().is_some_and(|known| known != home) {
                    // Two homes: the second stays with its symbol.
                    self.text.push('@');
                    self.text.push_str(home);
                } else if self.home.is_none() {
                    self.home = Some(home.to_owned());
                }
            }
            _ => {
                self.text.push_str(&symbol.shown());
                self.text.push('@');
                self.text.push_str(&symbol.key);
            }
        }
        true
    }
}

/// Gives what is not known of a named value an identity by that name: a local value, a variable and an output are
/// evaluated once for an instance of a module, so what hangs on them is the same wherever it is used.
struct Naming<'r, 'a> {
    run: &'r Run<'a>,
    /// How often a name was given.
    given: FxHashMap<String, usize>,
}

impl Naming<'_, '_> {
    fn value(&mut self, value: &Value, name: &str) -> Value {
        let kind = match &value.kind {
            Kind::Unknown(symbol) => Kind::Unknown(self.symbol(symbol, name)),
            Kind::Text(text) => Kind::Text(self.text(text, name)),
            Kind::List(List { items, open }) => {
                let item = |(index, item)| self.value(item, &format!("{name}[{index}]"));
                Kind::List(List { items: items.iter().enumerate().map(item).collect(), open: *open })
            }
            Kind::Map(map) => {
                let entry = |entry: &Entry| {
                    let name = match entry.key.as_literal() {
                        Some(key) if is_plain(&key) => format!("{name}.{key}"),
                        Some(key) => format!("{name}[\"{key}\"]"),
                        None => format!("{name}[…]"),
                    };
                    Entry { value: self.value(&entry.value, &name), ..entry.clone() }
                };
                Kind::Map(Map { entries: map.entries.iter().map(entry).collect(), open: map.open })
            }
            Kind::Json(inner) => Kind::Json(Arc::new(self.value(inner, name))),
            Kind::Choice(all) => Kind::Choice(all.iter().map(|one| self.value(one, name)).collect()),
            Kind::Null | Kind::Absent | Kind::Bool(_) | Kind::Number(_) => value.kind.clone(),
        };
        Value { kind, ..value.clone() }
    }

    fn text(&mut self, text: &Text, name: &str) -> Text {
        let mut named = Text::default();
        for piece in text.pieces() {
            let kind = match &piece.kind {
                PieceKind::Literal(_) => piece.kind.clone(),
                PieceKind::Symbol(symbol) => PieceKind::Symbol(self.symbol(symbol, name)),
                PieceKind::Json(inner) => PieceKind::Json(Arc::new(self.value(inner, name))),
            };
            named.push_piece(Piece { kind, ..piece.clone() });
        }
        named
    }

    fn symbol(&mut self, symbol: &Symbol, name: &str) -> Symbol {
        if !is_nameless(symbol) {
            return symbol.clone();
        }
        let given = self.given.entry(name.to_owned()).or_default();
        *given += 1;
        let mut named = self.run.symbol(name, symbol.because.clone());
        if *given > 1 {
            named.key = format!("{}~{given}#{name}", self.run.unit).into();
        }
        named
    }
}

/// Whether a key is written without quotes.
fn is_plain(key: &str) -> bool {
    key.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && key.chars().all(|each| each.is_alphanumeric() || matches!(each, '_' | '-'))
}

/// Whether a symbol has no identity although it stands for one value. What belongs to the moment of the run stays as
/// it is.
fn is_nameless(symbol: &Symbol) -> bool {
    symbol.class == Class::Opaque && symbol.because != Because::Run
}

fn has_nameless(value: &Value) -> bool {
    let of_text = |text: &Text| {
        text.symbols().any(is_nameless)
            || text
                .pieces()
                .iter()
                .any(|piece| matches!(&piece.kind, PieceKind::Json(inner) if has_nameless(inner)))
    };
    match &value.kind {
        Kind::Unknown(symbol) => is_nameless(symbol),
        Kind::Text(text) => of_text(text),
        Kind::List(list) => list.items.iter().any(has_nameless),
        Kind::Map(map) => map.entries.iter().any(|entry| has_nameless(&entry.value)),
        Kind::Json(inner) => has_nameless(inner),
        Kind::Choice(all) => all.iter().any(has_nameless),
        Kind::Null | Kind::Absent | Kind::Bool(_) | Kind::Number(_) => false,
    }
}

impl Run<'_> {
    /// A value that is evaluated once for an instance of a module, with `name` as the identity of what is not
    /// known of it.
    pub(super) fn identified(&self, value: Value, instance: &Instance<'_>, name: &str) -> Value {
        if !has_nameless(&value) {
            return value;
        }
        let mut naming = Naming { run: self, given: FxHashMap::default() };
        naming.value(&value, &format!("{}{name}", instance.address))
    }

    /// One of several values, none of them twice; nothing is known when there are too many.
    pub(super) fn either(&self, alternatives: Vec<Value>, span: Span) -> Value {
        self.pay(alternatives.len());
        let value = Value::choice(alternatives, span);
        let Kind::Choice(all) = &value.kind else { return value };
        let mut kept: Vec<Value> = Vec::new();
        for one in all.iter() {
            if !kept.iter().any(|other| alike(other, one)) {
                kept.push(one.clone());
            }
            if kept.len() > MAX_CHOICES {
                return bounded(span);
            }
        }
        let mut whole = Value::choice(kept, span);
        if whole.via.spans().next().is_none() {
            whole.via = value.via;
        }
        whole
    }

    /// Applies `f` to every combination of the alternatives of the operands.
    pub(super) fn distribute(
        &self,
        operands: &[Value],
        span: Span,
        f: &mut dyn FnMut(&[Value]) -> Value,
    ) -> Value {
        if operands.iter().all(|operand| !matches!(operand.kind, Kind::Choice(_))) {
            return f(operands);
        }
        let mut combinations: Vec<Vec<Value>> = vec![Vec::new()];
        for operand in operands {
            let alternatives = operand.alternatives();
            if combinations.len() * alternatives.len() > MAX_CHOICES {
                return bounded(span);
            }
            combinations = combinations
                .iter()
                .flat_map(|before| {
                    alternatives.iter().map(|one| before.iter().cloned().chain([one.clone()]).collect())
                })
                .collect();
        }
        let results = combinations.iter().map(|operands| f(operands)).collect();
        self.either(results, span)
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
pub(super) fn may_be_absent(value: &Value) -> bool {
    value.alternatives().iter().any(|one| matches!(one.kind, Kind::Absent))
}

/// The value that is there when it is there; `None` when it never is.
pub(super) fn when_present(value: &Value) -> Option<Value> {
    if !may_be_absent(value) {
        return Some(value.clone());
    }
    let kept: Vec<Value> =
        value.alternatives().iter().filter(|one| !matches!(one.kind, Kind::Absent)).cloned().collect();
    (!kept.is_empty()).then(|| Value::choice(kept, value.span))
}

/// The value, which may be missing.
pub(super) fn perhaps(value: Value) -> Value {
    let span = value.span;
    Value::choice([value, Value::new(Kind::Absent, span)], span)
}
