//! Parameters: their types, defaults, what they may be.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>

use std::sync::Arc;

use super::evaluate::Evaluator;
use super::stack::{Stack, name_of};
use super::template::Resource;
use crate::parse::Node;
use crate::value::{Because, Class, List, Piece, PieceKind, Symbol, Text, Value};

/// Allowed values that are kept as a choice.
const MAX_ALLOWED: usize = 16;
/// Items of a list parameter.
const MAX_LIST: usize = 1_000;

/// What sort of value a parameter has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text or number.
    Single,
    /// A list, which is set as a text with commas.
    List,
    /// The name of a parameter in the store of the account, whose value is taken.
    Stored,
}

impl Kind {
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html>
    pub(super) fn of(parameter: &Node) -> Self {
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

/// What a parameter is when it is set to `value`.
pub(super) fn converted(kind: Kind, value: &Value, stack: &Stack) -> Value {
    let each = value.alternatives().iter().map(|one| {
        let converted = match kind {
            Kind::Single => return one.clone(),
            Kind::Stored => stored(one, stack),
            Kind::List => list(one, stack),
        };
        Value { via: one.via.clone(), ..converted }
    });
    Value::choice(each.collect::<Vec<_>>(), value.span)
}

/// The value stored under a name; the same name is the same value in one unit.
fn stored(name: &Value, stack: &Stack) -> Value {
    match name.as_text() {
        Some(text) if text.symbols().all(|symbol| symbol.class != Class::Opaque) => {
            Value::unknown(stored_symbol(&name_of(&text), stack), name.span)
        }
        _ => Value::unknown(Symbol::new(Class::Opaque, "a stored parameter", Because::Lookup), name.span),
    }
}

/// The symbol of what the parameter store of the unit holds under a name.
pub(super) fn stored_symbol(name: &str, stack: &Stack) -> Symbol {
    Symbol::new(Class::Keyed, format!("{}#ssm:{name}", stack.unit), Because::Lookup)
}

/// What a declared parameter of the parameter store holds, by the key of what reads it in the same unit.
pub(super) fn held(on: &Evaluator<'_>, resource: &Resource<'_>) -> Option<(String, Value)> {
    if &*resource.type_name != "AWS::SSM::Parameter" || on.presence(resource).is_no() {
        return None;
    }
    let properties = super::properties(on, resource);
    let name = properties.get("Name")?.as_text()?;
    let value = properties.get("Value")?;
    Some((stored_symbol(&name_of(&name), on.stack()).key.to_string(), value.clone()))
}

/// A text cut at its commas. What is a list already stays one.
fn list(value: &Value, stack: &Stack) -> Value {
    let Some(whole) = value.as_text() else { return value.clone() };
    if let Some(symbol) = whole.as_symbol() {
        // One name for several values, not one value.
        return match symbol.class {
            Class::Keyed | Class::Opaque => Value::unknown(symbol.part(".split(,)"), value.span),
            _ => Value::list(vec![value.clone()], value.span),
        };
    }
    if whole.symbols().any(|symbol| matches!(symbol.class, Class::Keyed | Class::Opaque))
        && whole.splitn(2, ',').len() < 2
    {
        let symbol = stack.keyed(&format!("{}.split(,)", name_of(&whole)), Because::Expression);
        return Value::unknown(symbol, value.span);
    }
    let mut list = List::default();
    if whole.is_empty() {
        return Value::new(crate::value::Kind::List(list), value.span);
    }
    for item in whole.splitn(MAX_LIST + 1, ',') {
        if list.items.len() == MAX_LIST {
            list.open = true;
            break;
        }
        let item = trimmed(&item);
        let span = item.span().unwrap_or(value.span);
        list.items.push(Value::text(item, span));
    }
    Value::new(crate::value::Kind::List(list), value.span)
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

/// The values that a parameter without a default may have, when they are few: `AllowedValues`, or an
/// `AllowedPattern` that is a choice of words.
pub(super) fn allowed(parameter: &Node) -> Vec<Value> {
    let listed = parameter.get("AllowedValues").map_or(&[][..], Node::items);
    if !listed.is_empty() {
        let values = listed.iter().filter_map(|node| Some(Value::literal(node.as_str()?, node.span)));
        return if listed.len() <= MAX_ALLOWED { values.collect() } else { Vec::new() };
    }
    let Some(node) = parameter.get("AllowedPattern") else { return Vec::new() };
    let words = node.as_str().and_then(|pattern| words(&pattern)).unwrap_or_default();
    words.into_iter().map(|word| Value::literal(word, node.span)).collect()
}

/// The words of `^(dev|prod)$`. The pattern has to match the whole value even without its anchors.
fn words(pattern: &str) -> Option<Vec<String>> {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    let inner = inner.strip_suffix('$').unwrap_or(inner);
    let grouped = inner.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    // Without the group the anchors belong to the first and the last word only.
    let inner = grouped.or((!inner.contains('|')).then_some(inner))?;
    let inner = inner.strip_prefix("?:").unwrap_or(inner);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | ':' | '|' | ' ');
    if inner.is_empty() || !inner.chars().all(plain) {
        return None;
    }
    let words: Vec<String> = inner.split('|').map(str::to_owned).collect();
    (words.len() <= MAX_ALLOWED).then_some(words)
}
