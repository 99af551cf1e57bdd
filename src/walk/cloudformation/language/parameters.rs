//! Parameters: their types, defaults, what they may be.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pattern::{self, Shape};
use super::place::{Place, name_of};
use crate::bounds;
use crate::facts::Secret;
use crate::parse::Node;
use crate::value::{
    Because, Class, List, OriginKind, Part, Piece, PieceKind, Symbol, Text, Value, When, Words,
};

/// The parameters that a deployment sets.
#[derive(Clone, Debug, Default)]
pub(in crate::walk::cloudformation) struct Given {
    /// By name.
    pub(in crate::walk::cloudformation) values: BTreeMap<String, Argument>,
    /// Whether these are all: then nobody sets what is not given, and its default holds.
    pub(in crate::walk::cloudformation) complete: bool,
}

/// The value of a parameter.
#[derive(Clone, Debug)]
pub(in crate::walk::cloudformation) struct Argument {
    pub(in crate::walk::cloudformation) value: Value,
    /// Whether it hangs on what somebody else sets in turn.
    pub(in crate::walk::cloudformation) settable: bool,
    /// Whether it is what an entry of the parameter store holds, and not the name of the entry.
    pub(in crate::walk::cloudformation) is_held: bool,
}

impl Given {
    /// Whether the value of a parameter can still be set by somebody.
    pub(in crate::walk::cloudformation) fn is_settable(&self, name: &str) -> bool {
        self.values.get(name).map_or(!self.complete, |argument| argument.settable)
    }

    /// Adds a value that is fixed.
    pub(in crate::walk::cloudformation) fn insert(&mut self, name: &str, value: Value) {
        self.values.insert(name.to_owned(), Argument { value, settable: false, is_held: false });
    }
}

/// The parameters of a template, and what its deployment sets.
pub(in crate::walk::cloudformation) struct Parameters<'a> {
    pub(in crate::walk::cloudformation) declared: BTreeMap<&'a str, &'a Node>,
    pub(in crate::walk::cloudformation) given: &'a Given,
}

impl Parameters<'_> {
    /// What a parameter is, if one has that name. A default is given as it is written.
    pub(in crate::walk::cloudformation) fn value(
        &self,
        name: &str,
        place: &Place,
        default: impl Fn(&Node) -> Value,
    ) -> Option<Value> {
        let parameter = self.declared.get(name)?;
        let kind = Kind::of(parameter);
        if let Some(argument) = self.given.values.get(name) {
            let kind = if argument.is_held { Kind::held(parameter) } else { kind };
            return Some(converted(kind, &argument.value, place));
        }
        Some(match parameter.get("Default") {
            Some(node) => {
                converted(kind, &default(node), place).input_default_of(place.keyed(name, Because::Input))
            }
            None => without_value(name, parameter, place),
        })
    }

    /// The values of parameters that nobody is to see.
    pub(in crate::walk::cloudformation) fn secrets(&self, place: &Place) -> Vec<Secret> {
        let is_secret = |parameter: &Node| {
            let hidden = parameter.get("NoEcho").and_then(Node::as_str);
            hidden.is_some_and(|word| word.eq_ignore_ascii_case("true"))
        };
        let secrets = self.declared.iter().filter(|(_, parameter)| is_secret(parameter));
        let values = secrets.flat_map(|(name, parameter)| {
            let symbol = || place.keyed(name, Because::Input);
            let given = self.given.values.get(*name).map(|argument| Secret::of(&argument.value, symbol()));
            let default = parameter
                .get("Default")
                .and_then(|node| Some(Secret::of(&Value::literal(node.as_str()?, node.span), symbol())));
            given.into_iter().chain(default)
        });
        values.collect()
    }

    /// Whether a text names a parameter that somebody can set, or is put together with one.
    pub(super) fn is_settable_in(&self, text: &str) -> bool {
        let is_settable = |name: &str| self.declared.contains_key(name) && self.given.is_settable(name);
        // What stands in braces is taken from each `${` on, so that a `${` before it hides none.
        let named = text.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
        is_settable(text) || named.into_iter().any(|(name, _)| is_settable(name))
    }
}

/// What sort of value a parameter has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::walk::cloudformation) enum Kind {
    /// A text or number.
    Single,
    /// A list, which is set as a text with commas.
    List,
    /// The name of a parameter in the store of the account, whose value is taken.
    Stored,
}

impl Kind {
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html>
    pub(in crate::walk::cloudformation) fn of(parameter: &Node) -> Self {
        let name = parameter.get("Type").and_then(Node::as_str).unwrap_or_default();
        if name.starts_with("AWS::SSM::Parameter::Value") {
            Self::Stored
        } else if name == "CommaDelimitedList" || name.starts_with("List<") {
            Self::List
        } else {
            Self::Single
        }
    }
}

impl Kind {
    /// The kind of what an entry of the parameter store holds: `AWS::SSM::Parameter::Value<List<String>>` holds a list.
    fn held(parameter: &Node) -> Self {
        match Self::of(parameter) {
            Self::Stored => {
                let name = parameter.get("Type").and_then(Node::as_str).unwrap_or_default();
                let is_list = name.contains("<List<") || name.contains("<CommaDelimitedList");
                if is_list { Self::List } else { Self::Single }
            }
            kind => kind,
        }
    }
}

/// What a parameter is when it is set to `value`.
pub(super) fn converted(kind: Kind, value: &Value, place: &Place) -> Value {
    let changed = |one: Value| match kind {
        Kind::Single => one,
        Kind::Stored => {
            let stored = stored(&one, place);
            Value { via: one.via, ..stored }
        }
        Kind::List => list(one, place),
    };
    let each = value.alternatives().iter().cloned().map(|one| {
        let when = one.when();
        changed(one).chosen(&when)
    });
    Value::choice(each.collect::<Vec<_>>(), value.span)
}

/// The value stored under a name; the same name is the same value in one unit.
fn stored(name: &Value, place: &Place) -> Value {
    match name.as_text() {
        Some(text) if text.symbols().all(|symbol| symbol.class != Class::Opaque) => {
            Value::unknown(stored_symbol(name_of(&text), place), name.span)
        }
        _ => Value::unknown(Symbol::new(Class::Opaque, "a stored parameter", Because::Lookup), name.span),
    }
}

/// The symbol of what the parameter store of the unit holds under a name.
pub(in crate::walk::cloudformation) fn stored_symbol(name: Words, place: &Place) -> Symbol {
    let unit = Some(place.unit.clone());
    Symbol::new(Class::Keyed, OriginKind::Stored { unit, name, region: None }, Because::Lookup)
}

/// A text cut at its commas. What is a list already stays one.
fn list(value: Value, place: &Place) -> Value {
    let Some(whole) = value.as_text() else { return value };
    let via = value.via.clone();
    Value { via, ..listed(value, &whole, place) }
}

fn listed(value: Value, whole: &Text, place: &Place) -> Value {
    let span = value.span;
    if let Some(symbol) = whole.as_symbol() {
        // One name for several values, not one value.
        return match symbol.class {
            Class::Keyed | Class::Opaque => Value::unknown(symbol.part(Part::function("split", ",")), span),
            _ => Value::list(vec![value], span),
        };
    }
    if whole.symbols().any(|symbol| matches!(symbol.class, Class::Keyed | Class::Opaque))
        && whole.splitn(2, ',').len() < 2
    {
        let origin = place.of_text(whole, Part::function("split", ","));
        let symbol = Symbol::new(Class::Keyed, origin, Because::Expression);
        return Value::unknown(symbol, span);
    }
    let mut list = List::default();
    if whole.is_empty() {
        return Value::new(crate::value::Kind::List(list), span);
    }
    for item in whole.splitn(bounds::ITEMS + 1, ',') {
        if list.items.len() == bounds::ITEMS {
            list.open = true;
            break;
        }
        let item = trimmed(&item);
        let span = item.span().unwrap_or(span);
        list.items.push(Value::text(item, span));
    }
    Value::new(crate::value::Kind::List(list), span)
}

/// The text without spaces around it.
fn trimmed(text: &Text) -> Text {
    let mut pieces = text.pieces().to_vec();
    let cut = |piece: &mut Piece, start: bool| {
        let PieceKind::Literal(literal) = &piece.kind else { return };
        let kept = if start { literal.trim_start() } else { literal.trim_end() };
        let from = if start { literal.len() - kept.len() } else { 0 };
        if piece.span.len() == literal.len() {
            piece.span = piece.span.part(from, from + kept.len());
        }
        piece.kind = PieceKind::Literal(Arc::from(kept));
    };
    if let Some(first) = pieces.first_mut() {
        cut(first, true);
    }
    if let Some(last) = pieces.last_mut() {
        cut(last, false);
    }
    let mut out = Text::default();
    for piece in pieces {
        out.push(piece.kind, piece.span);
    }
    out
}

/// What a parameter without a value is: one of its `AllowedValues` when they are few, what its `AllowedPattern` says, or
/// something that is known by its name.
pub(super) fn without_value(name: &str, parameter: &Node, place: &Place) -> Value {
    let span = parameter.span;
    let unknown = || Value::unknown(place.keyed(name, Because::Input), span);
    let listed = parameter.get("AllowedValues").map_or(&[][..], Node::items);
    if Kind::of(parameter) != Kind::Single || listed.len() > bounds::ALLOWED_VALUES {
        return unknown();
    }
    let values = listed.iter().filter_map(|node| {
        let value = node.as_str()?;
        let when = When::new(&place.keyed(name, Because::Input), &*value, listed.len());
        Value::literal(value, node.span).under(&when)
    });
    let values: Vec<Value> = values.collect();
    if !values.is_empty() {
        return Value::choice(values, span);
    }
    let at = parameter.get("AllowedPattern").map_or(span, |node| node.span);
    match pattern::shape(parameter) {
        None => unknown(),
        Some(Shape::Words(words)) => {
            Value::choice(words.into_iter().map(|word| Value::literal(word, at)), span)
        }
        Some(Shape::Parts(parts)) => {
            let single = parts.len() == 1;
            let mut text = Text::default();
            for (number, part) in parts.into_iter().enumerate() {
                match part {
                    pattern::Part::Literal(literal) => text.push_str(literal, at),
                    pattern::Part::Symbol(class) => {
                        let name = if single { name.to_owned() } else { format!("{name}.{number}") };
                        let symbol = Symbol { class, ..place.keyed(&name, Because::Input) };
                        text.push(PieceKind::Symbol(symbol), span);
                    }
                }
            }
            Value::text(text, span)
        }
    }
}
