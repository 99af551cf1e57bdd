//! Putting together what SAM writes: ARNs, statements, documents.

use super::reader::Reader;
use crate::source::Span;
use crate::value::{Because, Kind, Map, Value};
use crate::walk::cloudformation::language::evaluate::{Part, concatenate};

/// Makes values that are shown at one place.
pub(super) struct Build<'a> {
    pub(super) on: &'a Reader<'a>,
    pub(super) span: Span,
}

impl<'a> Build<'a> {
    pub(super) fn new(on: &'a Reader<'a>, span: Span) -> Self {
        Self { on, span }
    }

    /// The same, shown at another place.
    pub(super) fn at(&self, span: Span) -> Self {
        Self { on: self.on, span }
    }

    pub(super) fn text(&self, text: &str) -> Value {
        Value::literal(text, self.span)
    }

    pub(super) fn texts(&self, texts: &[&str]) -> Value {
        Value::list(texts.iter().map(|text| self.text(text)).collect(), self.span)
    }

    pub(super) fn list(&self, items: Vec<Value>) -> Value {
        Value::list(items, self.span)
    }

    pub(super) fn map(&self, members: Vec<(&str, Value)>) -> Value {
        let mut map = Map::default();
        for (key, value) in members {
            map.insert(key, self.span, value);
        }
        Value::new(Kind::Map(map), self.span)
    }

    /// A text with `${AWS::…}` and the names of `values` put in.
    pub(super) fn sub(&self, template: &str, values: &[(&str, &Value)]) -> Value {
        let mut parts = Vec::new();
        let mut rest = template;
        let literal = |text: &str| Part { value: self.text(text), place: None };
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, following)) = after.split_once('}') else { break };
            if !before.is_empty() {
                parts.push(literal(before));
            }
            let given = values.iter().find(|(known, _)| *known == name);
            let value = match given {
                Some((_, value)) => (*value).clone(),
                None if name.starts_with("AWS::") => self.on.reference(name, self.span),
                None => self.on.unknown(name, Because::Undeclared, self.span),
            };
            parts.push(Part { value, place: None });
            rest = following;
        }
        if !rest.is_empty() {
            parts.push(literal(rest));
        }
        concatenate(&parts, self.span)
    }

    /// The ARN of a policy of AWS.
    pub(super) fn managed(&self, path: &str) -> Value {
        self.sub("arn:${AWS::Partition}:iam::aws:policy/${path}", &[("path", &self.text(path))])
    }

    pub(super) fn allow(&self, actions: &[&str], resource: Value) -> Value {
        self.map(vec![
            ("Effect", self.text("Allow")),
            ("Action", self.texts(actions)),
            ("Resource", resource),
        ])
    }

    pub(super) fn document(&self, statements: Vec<Value>) -> Value {
        self.map(vec![("Version", self.text("2012-10-17")), ("Statement", self.list(statements))])
    }

    /// An inline policy.
    pub(super) fn inline(&self, name: &str, statements: Vec<Value>) -> Value {
        self.map(vec![("PolicyName", self.text(name)), ("PolicyDocument", self.document(statements))])
    }

    /// A policy that lets a service assume the role.
    pub(super) fn trust(&self, service: &str) -> Value {
        let statement = self.map(vec![
            ("Effect", self.text("Allow")),
            ("Principal", self.map(vec![("Service", self.text(service))])),
            ("Action", self.text("sts:AssumeRole")),
        ]);
        self.document(vec![statement])
    }

    /// A statement of a queue's or topic's policy that lets one source write.
    pub(super) fn accept(
        &self,
        principal: Value,
        action: &str,
        resource: Value,
        (operator, key, source): (&str, &str, Value),
    ) -> Value {
        self.map(vec![
            ("Effect", self.text("Allow")),
            ("Principal", principal),
            ("Action", self.text(action)),
            ("Resource", resource),
            ("Condition", self.map(vec![(operator, self.map(vec![(key, source)]))])),
        ])
    }
}

/// The map that a value is; nothing when it is none.
pub(super) fn into_map(value: Value) -> Map {
    if let Kind::Map(map) = value.kind { map } else { Map::default() }
}

/// The members of a map that a value is, with the names that are literal.
pub(super) fn members(value: Option<&Value>) -> impl Iterator<Item = (String, Span, &Value)> {
    let maps = value.map_or(&[][..], Value::alternatives).iter().filter_map(|one| match &one.kind {
        Kind::Map(map) => Some(map),
        _ => None,
    });
    maps.flat_map(|map| &map.entries).filter_map(|entry| {
        let name = entry.key.as_literal()?.into_owned();
        Some((name, entry.key_span, &entry.value))
    })
}
