//! Type constraints of variables, and what they make of a value.
//!
//! See <https://developer.hashicorp.com/terraform/language/expressions/type-constraints>.

use std::mem;
use std::sync::Arc;

use super::convert::{
    Evaluated, Outcome, Stop, bool_of, canonical, is_string, may_be_missing, number_of, take_list, take_map,
    text_of, unified, unified_entries,
};
use super::functions::as_set;
use crate::parse::hcl::{Expression, ExpressionKind, ObjectItem, ObjectKey, TemplatePart};
use crate::source::Span;
use crate::value::{Because, Class, Entry, Kind, List, Map, Name, Symbol, Value, Via};

/// The type of a variable.
#[derive(Clone, Debug)]
pub(crate) enum Type<'e> {
    /// `any`
    Any,
    /// `string`
    Text,
    /// `number`
    Number,
    /// `bool`
    Bool,
    /// `list(…)`
    List(Box<Type<'e>>),
    /// `set(…)`
    Set(Box<Type<'e>>),
    /// `map(…)`
    Map(Box<Type<'e>>),
    /// `object({ … })`
    Object(Vec<Attribute<'e>>),
    /// `tuple([ … ])`
    Tuple(Vec<Type<'e>>),
}

/// An attribute of an object type.
#[derive(Clone, Debug)]
pub(crate) struct Attribute<'e> {
    name: Arc<str>,
    ty: Type<'e>,
    optional: bool,
    /// The second argument of `optional(…)`.
    default: Option<&'e Expression>,
}

/// Gives the value of a default, which is a literal.
type Evaluate<'e> = &'e dyn Fn(&Expression) -> Value;

/// Reads a type constraint; nothing when it is none.
pub(crate) fn parse(expression: &Expression) -> Option<Type<'_>> {
    match &expression.kind {
        ExpressionKind::Variable(name) => simple(name),
        // Before Terraform 0.12 types were strings.
        ExpressionKind::Template(template) => match template.parts.as_slice() {
            [TemplatePart::Literal(name, _)] => simple(name),
            _ => None,
        },
        ExpressionKind::Parenthesis(inner) => parse(inner),
        ExpressionKind::Call(call) => {
            let [argument] = call.arguments.as_slice() else { return None };
            let inner = || parse(argument).map(Box::new);
            match &*call.name.value {
                "list" => inner().map(Type::List),
                "set" => inner().map(Type::Set),
                "map" => inner().map(Type::Map),
                "object" => object(argument),
                "tuple" => tuple(argument),
                _ => None,
            }
        }
        _ => None,
    }
}

fn simple(name: &str) -> Option<Type<'static>> {
    Some(match name {
        "any" => Type::Any,
        "string" => Type::Text,
        "number" => Type::Number,
        "bool" => Type::Bool,
        "list" => Type::List(Box::new(Type::Any)),
        "set" => Type::Set(Box::new(Type::Any)),
        "map" => Type::Map(Box::new(Type::Any)),
        _ => return None,
    })
}

fn tuple(expression: &Expression) -> Option<Type<'_>> {
    let ExpressionKind::List(items) = &expression.kind else { return None };
    items.iter().map(parse).collect::<Option<Vec<Type<'_>>>>().map(Type::Tuple)
}

fn object(expression: &Expression) -> Option<Type<'_>> {
    let ExpressionKind::Object(items) = &expression.kind else { return None };
    items.iter().map(attribute).collect::<Option<Vec<Attribute<'_>>>>().map(Type::Object)
}

fn attribute(item: &ObjectItem) -> Option<Attribute<'_>> {
    let name = match &item.key {
        ObjectKey::Word(word) => Arc::clone(&word.value),
        ObjectKey::Expression(key) => match &key.kind {
            ExpressionKind::Template(template) => match template.parts.as_slice() {
                [TemplatePart::Literal(name, _)] => Arc::clone(name),
                _ => return None,
            },
            _ => return None,
        },
    };
    if let ExpressionKind::Call(call) = &item.value.kind
        && &*call.name.value == "optional"
    {
        let (ty, default) = match call.arguments.as_slice() {
            [ty] => (ty, None),
            [ty, default] => (ty, Some(default)),
            _ => return None,
        };
        return Some(Attribute { name, ty: parse(ty)?, optional: true, default });
    }
    Some(Attribute { name, ty: parse(&item.value)?, optional: false, default: None })
}

/// A value as a variable of a type has it. What is not known passes through; everything keeps its place.
pub(crate) fn convert(value: Value, ty: &Type<'_>, evaluate: Evaluate<'_>) -> Outcome {
    converted(value, ty, evaluate).into()
}

fn converted(mut value: Value, ty: &Type<'_>, evaluate: Evaluate<'_>) -> Evaluated<Value> {
    match &value.kind {
        Kind::Null | Kind::Absent => return Ok(value),
        Kind::Unknown(symbol) if !is_string(symbol) => return Ok(value),
        Kind::Choice(_) => return choice(value, ty, evaluate),
        _ => {}
    }
    value.kind = match ty {
        Type::Any => return Ok(value),
        Type::Text => match value.kind {
            Kind::Text(_) | Kind::Json(_) => return Ok(value),
            _ => Kind::Text(text_of(&value)?.into_owned()),
        },
        Type::Number => return number(value),
        Type::Bool => match bool_of(&value) {
            Ok(holds) => Kind::Bool(holds),
            Err(Stop::Unknown) => return Ok(value),
            Err(Stop::Refused) => return Err(Stop::Refused),
        },
        Type::List(item) => Kind::List(items(take_list(&mut value)?, item, evaluate)?),
        Type::Set(item) => {
            let List { items, open } = items(take_list(&mut value)?, item, evaluate)?;
            Kind::List(List { items: as_set(items.into_vec(), open)?.into(), open })
        }
        Type::Map(member) => Kind::Map(members(take_map(&mut value)?, member, evaluate)?),
        Type::Object(attributes) => {
            let map = take_map(&mut value)?;
            Kind::Map(object_value(map, value.span, attributes, evaluate)?)
        }
        Type::Tuple(types) => Kind::List(tuple_value(take_list(&mut value)?, types, evaluate)?),
    };
    Ok(value)
}

/// The alternatives that have the type; the others cannot be.
fn choice(mut value: Value, ty: &Type<'_>, evaluate: Evaluate<'_>) -> Evaluated<Value> {
    let mut possible = Vec::new();
    let (span, via) = (value.span, mem::take(&mut value.via));
    for alternative in Value::flattened([value]) {
        match converted(alternative, ty, evaluate) {
            Ok(alternative) => possible.push(alternative),
            Err(Stop::Refused) => {}
            Err(Stop::Unknown) => return Err(Stop::Unknown),
        }
    }
    if possible.is_empty() {
        return Err(Stop::Refused);
    }
    let mut choice = Value::choice(possible, span);
    choice.via = via;
    Ok(choice)
}

fn number(mut value: Value) -> Evaluated<Value> {
    if matches!(value.kind, Kind::Number(_)) {
        return Ok(value);
    }
    match number_of(&value) {
        Ok(number) => value.kind = Kind::Number(number.written().into()),
        Err(Stop::Refused) => return Err(Stop::Refused),
        // A number with too many digits to calculate with, or a text that is not known.
        Err(Stop::Unknown) => {
            if let Some(digits) = value.as_str().and_then(|text| canonical(&text)) {
                value.kind = Kind::Number(digits.into());
            }
        }
    }
    Ok(value)
}

fn items(list: List, ty: &Type<'_>, evaluate: Evaluate<'_>) -> Evaluated<List> {
    let items = list.items.into_iter().map(|item| converted(item, ty, evaluate));
    let items: Vec<Value> = items.collect::<Result<_, _>>()?;
    let items = if matches!(ty, Type::Any) { unified(items, list.open)? } else { items };
    Ok(List { items: items.into(), open: list.open })
}

fn members(map: Map, ty: &Type<'_>, evaluate: Evaluate<'_>) -> Evaluated<Map> {
    let entry = |entry: Entry| {
        let value = converted(entry.value, ty, evaluate)?;
        Ok(Entry { value, ..entry })
    };
    let entries: Vec<Entry> = map.entries.into_iter().map(entry).collect::<Result<_, _>>()?;
    let entries = if matches!(ty, Type::Any) { unified_entries(entries, map.open)? } else { entries };
    Ok(Map { entries: entries.into(), open: map.open })
}

fn tuple_value(list: List, types: &[Type<'_>], evaluate: Evaluate<'_>) -> Evaluated<List> {
    if list.open || list.items.iter().any(may_be_missing) {
        return Ok(list);
    }
    if list.items.len() != types.len() {
        return Err(Stop::Refused);
    }
    let items = list.items.into_iter().zip(types).map(|(item, ty)| converted(item, ty, evaluate));
    Ok(List { items: items.collect::<Result<_, _>>()?, open: false })
}

/// The attributes of the type, and nothing else.
fn object_value(
    map: Map,
    place: Span,
    attributes: &[Attribute<'_>],
    evaluate: Evaluate<'_>,
) -> Evaluated<Map> {
    // An attribute may be among what is not known of the map.
    let closed = !map.open && map.entries.iter().all(|entry| entry.key.as_literal().is_some());
    let mut object = Map::default();
    let mut entries = map.entries.into_vec();
    for attribute in attributes {
        let default = || default_of(attribute, place, evaluate);
        let named = |entry: &&mut Entry| entry.key.is_literally(&attribute.name);
        let Some(entry) = entries.iter_mut().rev().find(named) else {
            let missing = if closed { default()? } else { unknown(attribute, place) };
            object.entries.push(Entry {
                key: Name::word(Arc::clone(&attribute.name)),
                key_span: place,
                value: missing,
            });
            continue;
        };
        let key = entry.key.clone();
        let span = entry.value.span;
        let via = match entry.value.kind {
            Kind::Choice(_) => mem::take(&mut entry.value.via),
            _ => Via::default(),
        };
        let value = mem::replace(&mut entry.value, Value::new(Kind::Null, span));
        let mut possible = Vec::new();
        for alternative in Value::flattened([value]) {
            let unset = matches!(alternative.kind, Kind::Absent)
                || matches!(alternative.kind, Kind::Null) && attribute.default.is_some();
            possible.push(if unset { default()? } else { converted(alternative, &attribute.ty, evaluate)? });
        }
        let mut member = Value::choice(possible, span);
        if matches!(member.kind, Kind::Choice(_)) {
            member.via = via;
        }
        object.entries.push(Entry { key, key_span: entry.key_span, value: member });
    }
    Ok(object)
}

fn default_of(attribute: &Attribute<'_>, place: Span, evaluate: Evaluate<'_>) -> Evaluated<Value> {
    match attribute.default {
        Some(default) => converted(evaluate(default), &attribute.ty, evaluate),
        None if attribute.optional => Ok(Value::new(Kind::Null, place)),
        None => Err(Stop::Refused),
    }
}

fn unknown(attribute: &Attribute<'_>, place: Span) -> Value {
    let what = format!("attribute `{}` of an object that is not wholly known", attribute.name);
    Value::unknown(Symbol::new(Class::Opaque, what, Because::Expression), place)
}

#[cfg(test)]
mod tests {
    use super::super::convert::written_json;
    use super::super::functions::tests::{evaluate, parsed};
    use super::*;

    /// What Terraform 1.11.4 said: a type, a value, and what the variable is as JSON, or `refused`.
    const RECORD: &str = include_str!("../../../../testdata/terraform/types.tsv");

    fn value(expression: &str) -> Value {
        match evaluate(expression) {
            Outcome::Value(value) => value,
            other => panic!("{expression}: {other:?}"),
        }
    }

    fn as_type(written: &str, given: &str) -> Outcome {
        let expression = parsed(written);
        let ty = parse(&expression).unwrap_or_else(|| panic!("no type: {written}"));
        let default =
            |expression: &Expression| match crate::walk::terraform::language::functions::tests::plain(
                expression,
            ) {
                Outcome::Value(value) => value,
                other => panic!("{other:?}"),
            };
        convert(value(given), &ty, &default)
    }

    #[test]
    fn variables_have_the_values_that_terraform_gives_them() {
        let mut wrong = Vec::new();
        for line in RECORD.lines() {
            let [ty, given, expected] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            let said = match as_type(ty, given) {
                Outcome::Value(value) => written_json(&value).unwrap_or_else(|_| "unknown".to_owned()),
                Outcome::Unknown => "unknown".to_owned(),
                Outcome::Refused => "refused".to_owned(),
            };
            if said != expected {
                wrong.push(format!("{ty} = {given}\n  {said}\n  {expected}"));
            }
        }
        assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    }
}
