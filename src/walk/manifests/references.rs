//! What one manifest says of another by its name or its labels.

use std::collections::BTreeMap;

use super::document::{Document, Family, What};
use super::kinds::{self, Row};
use super::places::Places;
use super::values::{same, value};
use crate::parse::Node;
use crate::source::Sources;
use crate::value::{Because, Class, Origin, Symbol, Text, UnitKey, Value};

/// A manifest as what it declares.
pub(super) struct Declared {
    pub(super) type_name: String,
    pub(super) row: Option<&'static Row>,
    pub(super) origin: Origin,
    /// The name of the resource, and the argument that it is.
    pub(super) name: Option<(&'static str, Value)>,
}

/// All manifests, by what others call them.
pub(super) struct Index<'d> {
    documents: &'d [Document<'d>],
    declared: Vec<Option<Declared>>,
    by_kind: BTreeMap<&'d str, Vec<usize>>,
    directories: Vec<Vec<&'d str>>,
}

impl<'d> Index<'d> {
    pub(super) fn of(documents: &'d [Document<'d>], places: &Places, sources: &'d Sources) -> Self {
        let mut by_kind: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut all = Vec::with_capacity(documents.len());
        for (number, document) in documents.iter().enumerate() {
            let declared = declared(document, number, places.unit(number));
            if declared.is_some() {
                by_kind.entry(&document.kind).or_default().push(number);
            }
            all.push(declared);
        }
        let directory = |document: &Document<'_>| {
            let mut parts: Vec<&str> = sources.path(document.file).split('/').collect();
            parts.pop();
            parts
        };
        let directories = documents.iter().map(directory).collect();
        Self { documents, declared: all, by_kind, directories }
    }

    pub(super) fn declared(&self, number: usize) -> Option<&Declared> {
        self.declared.get(number)?.as_ref()
    }

    /// What a reference in a manifest stands for as the value of an argument. `named` is the node with the name or the labels.
    pub(super) fn referred(&self, from: usize, argument: &str, named: &Node, unit: &UnitKey) -> Value {
        let target = kinds::referred(argument);
        let (kind, attribute) = target.unwrap_or(("", "arn"));
        let Some(declared) = self.found(from, kind, named).and_then(|found| self.declared(found)) else {
            let name = named.get("name").and_then(Node::as_str).unwrap_or_else(|| "by labels".to_owned());
            let kind = if kind.is_empty() { "reference" } else { kind };
            let origin = Origin::named(unit, format!("{kind}/{name}"));
            return Value::unknown(Symbol::new(Class::Keyed, origin, Because::Undeclared), named.span);
        };
        let known = declared.name.as_ref().filter(|_| attribute != "arn" && attribute != "url");
        let text = known.and_then(|(_, name)| name.as_text()).unwrap_or_else(|| {
            let origin = declared.origin.attribute(attribute);
            Text::symbol(Symbol::new(Class::Computed, origin, Because::Computed), named.span)
        });
        Value::text(text.shown_at(named.span).referring(&declared.origin), named.span)
    }

    /// The one manifest that is nearest among those that are named; none when there are several.
    fn found(&self, from: usize, kind: &str, named: &Node) -> Option<usize> {
        let own = self.documents.get(from)?;
        let name = named.get("name").and_then(Node::as_str);
        let labels = named.get("matchLabels");
        let is_named = |document: &Document<'_>| match (&name, labels) {
            (Some(name), _) => document.name().and_then(Node::as_str).as_ref() == Some(name),
            (None, Some(labels)) => document.has_labels(labels),
            // Whatever the same composition makes of this kind.
            (None, None) => document.composed.is_some(),
        };
        let together = |document: &Document<'_>| {
            document.composed.as_ref().map(|it| it.of) == own.composed.as_ref().map(|it| it.of)
        };
        let home = self.directories.get(from)?;
        let mut best: Option<(usize, usize)> = None;
        let mut is_one = false;
        for number in self.by_kind.get(kind)? {
            let (Some(document), Some(directory)) =
                (self.documents.get(*number), self.directories.get(*number))
            else {
                continue;
            };
            if !together(document) || !is_named(document) {
                continue;
            }
            let shared = home.iter().zip(directory).take_while(|(a, b)| a == b).count();
            let order = best.map(|(most, _)| shared.cmp(&most));
            match order {
                Some(std::cmp::Ordering::Less) => {}
                Some(std::cmp::Ordering::Equal) => is_one = false,
                _ => (best, is_one) = (Some((shared, *number)), true),
            }
        }
        best.filter(|_| is_one).map(|(_, number)| number)
    }
}

/// What a document declares, if it is something that carries access.
fn declared(document: &Document<'_>, number: usize, unit: &UnitKey) -> Option<Declared> {
    let What::Resource { family, service, arguments, .. } = &document.what else { return None };
    let row = kinds::of(*family, service, &document.kind);
    let type_name = match (family, row) {
        (Family::Upbound, _) => kinds::of_terraform(service, &document.kind)?,
        (_, row) => row?.type_name.to_owned(),
    };
    let name = name(document, *family, &type_name, *arguments, row, unit);
    // Several manifests of one name are several declarations.
    let origin = Origin::declared(unit, &*type_name, format!("{}#{number}", document.address()));
    Some(Declared { type_name, row, origin, name })
}

fn name(
    document: &Document<'_>,
    family: Family,
    type_name: &str,
    arguments: Option<&Node>,
    row: Option<&'static Row>,
    unit: &UnitKey,
) -> Option<(&'static str, Value)> {
    let argument = kinds::name_argument(family, type_name);
    if family == Family::Ack {
        let (field, argument) = row?.fields.iter().find(|(_, to)| matches!(*to, "name" | "bucket"))?;
        return Some((argument, value(arguments?.get(field)?, unit, &same)));
    }
    let argument = argument?;
    // What a composition makes is named by the cluster.
    let own = document.name().filter(|_| document.composed.is_none());
    let written = arguments.filter(|_| type_name != "aws_s3_bucket").and_then(|all| all.get("name"));
    let given = document.annotation("crossplane.io/external-name").or(written).or(own)?;
    let text = given.as_str()?;
    // Of a policy it is the ARN.
    let text = if text.starts_with("arn:") { text.rsplit(['/', ':']).next()?.to_owned() } else { text };
    let made = value(given, unit, &same);
    Some((argument, if made.as_str().is_some() { Value::literal(text, given.span) } else { made }))
}
