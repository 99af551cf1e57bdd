//! What a manifest declares.

use super::document::{Document, Family, What};
use super::references::{Declared, Index};
use super::statements;
use super::values::{same, snake, value};
use crate::diagnostic::Problem;
use crate::facts::Declaration;
use crate::parse::{Member, Node, NodeKind};
use crate::source::Span;
use crate::value::{Answer, Because, Class, Map, Origin, Symbol, Text, UnitKey, Value, When};

/// What came of a manifest.
#[derive(Default)]
pub(super) struct Made {
    pub(super) declarations: Vec<Declaration>,
    pub(super) problems: Vec<Problem>,
}

/// The declarations of one document.
pub(super) fn declare(index: &Index<'_>, number: usize, document: &Document<'_>, unit: &UnitKey) -> Made {
    let mut made = Made::default();
    let What::Resource { family, arguments, more, .. } = &document.what else { return made };
    let Some(declared) = index.declared(number) else { return made };
    let empty = Node::new(NodeKind::Map(Box::default()), document.node.span);
    let arguments = arguments.unwrap_or(&empty);
    if declared.type_name == "aws_iam_role"
        && !has_trust(document, arguments, declared)
        && !document.is_observed()
    {
        // A patch of Kustomize has only what it changes.
        let message =
            "this role has no trust policy here, so it is not analyzed: it may be a part of another manifest";
        made.problems.push(Problem::note(document.place(), message));
        return made;
    }
    let maker = Maker { index, number, document, unit, declared };
    let mut properties = match declared.row {
        None => maker.of_terraform([Some(arguments), *more]),
        Some(row) => maker.by_row(row.fields, arguments),
    };
    if let Some((argument, name)) = &declared.name
        && properties.get(argument).is_none()
    {
        properties.insert(argument, name.span, name.clone());
    }
    let (origin, type_name) = (declared.origin.clone(), declared.type_name.as_str());
    if document.is_observed() {
        made.declarations.push(maker.declaration(&format!("data.{type_name}"), origin, properties));
        return made;
    }
    made.declarations.push(maker.declaration(type_name, origin, properties));
    if *family == Family::Ack {
        maker.held(arguments, &mut made.declarations);
    }
    maker.beside(arguments, &mut made.declarations);
    made
}

fn has_trust(document: &Document<'_>, arguments: &Node, declared: &Declared) -> bool {
    let is_trust = |(_, to): &&(&str, &str)| *to == "assume_role_policy";
    let field =
        declared.row.and_then(|row| row.fields.iter().find(is_trust)).map_or("assumeRolePolicy", |it| it.0);
    arguments.get(field).is_some()
        || document.composed.as_ref().is_some_and(|it| it.set.iter().any(|set| set == field))
}

struct Maker<'m> {
    index: &'m Index<'m>,
    number: usize,
    document: &'m Document<'m>,
    unit: &'m UnitKey,
    declared: &'m Declared,
}

impl Maker<'_> {
    fn declaration(&self, type_name: &str, origin: Origin, properties: Map) -> Declaration {
        Declaration {
            unit: self.unit.at(self.unit.path()),
            origin,
            address: self.document.address().into(),
            type_name: type_name.into(),
            span: self.document.place(),
            body: self.document.node.span,
            present: Answer::Yes,
            when: When::default(),
            properties,
        }
    }

    /// The arguments as Terraform calls them.
    fn of_terraform(&self, all: [Option<&Node>; 2]) -> Map {
        let mut properties = Map::default();
        for Member { key, key_span, value: node } in all.into_iter().flatten().flat_map(Node::members) {
            let referring = ["Ref", "Refs", "Selector"].iter().find_map(|end| key.strip_suffix(end));
            let name = snake(referring.unwrap_or(key));
            let said =
                if referring.is_some() { self.referred(&name, node) } else { value(node, self.unit, &snake) };
            // What refers is written out once it is known.
            if referring.is_none() || properties.get(&name).is_none() {
                properties.insert(&name, *key_span, said);
            }
        }
        self.set_by_composition(&mut properties, &|field| snake(field));
        properties
    }

    fn by_row(&self, fields: &[(&str, &str)], arguments: &Node) -> Map {
        let mut properties = Map::default();
        for (field, argument) in fields {
            let (reference, selector) = (format!("{field}Ref"), format!("{field}Selector"));
            let written = arguments.get(field);
            let named = arguments.get(&reference).or_else(|| arguments.get(&selector));
            let said = match (written, named) {
                (Some(node), _) if *argument == "policy" => {
                    statements::document(node, self.unit).unwrap_or_else(|| value(node, self.unit, &same))
                }
                (Some(node), _) => value(node, self.unit, &same),
                (None, Some(node)) => self.referred(argument, node),
                (None, None) => continue,
            };
            if properties.get(argument).is_none() {
                properties.insert(argument, said.span, said);
            }
        }
        let named = |field: &str| {
            let of_field = fields.iter().find(|(from, _)| *from == field);
            of_field.map_or_else(|| field.to_owned(), |(_, to)| (*to).to_owned())
        };
        self.set_by_composition(&mut properties, &named);
        properties
    }

    /// What a composition sets is not known here.
    fn set_by_composition(&self, properties: &mut Map, name: &dyn Fn(&str) -> String) {
        let Some(composed) = &self.document.composed else { return };
        for field in composed.set.iter().filter(|field| !field.is_empty()) {
            let argument = name(field);
            let origin = Origin::named(self.unit, format!("{}.{field}", self.document.address()));
            let symbol = Symbol::new(Class::Opaque, origin, Because::Input);
            properties.entries.retain(|entry| !entry.key.is_literally(&argument));
            properties.insert(
                &argument,
                self.document.place(),
                Value::unknown(symbol, self.document.place()),
            );
        }
    }

    fn referred(&self, argument: &str, named: &Node) -> Value {
        // `from` is how the controllers write it.
        let one = |node: &Node| {
            self.index.referred(self.number, argument, node.get("from").unwrap_or(node), self.unit)
        };
        match &named.kind {
            NodeKind::List(items) => Value::list(items.iter().map(one).collect(), named.span),
            _ => one(named),
        }
    }

    /// What the controllers attach to an identity: policies by ARN or reference, and policies that are written in it.
    fn held(&self, arguments: &Node, made: &mut Vec<Declaration>) {
        let (holder, kind) = match self.declared.type_name.as_str() {
            "aws_iam_role" => ("role", "aws_iam_role"),
            "aws_iam_user" => ("user", "aws_iam_user"),
            "aws_iam_group" => ("group", "aws_iam_group"),
            _ => return,
        };
        let Some((_, name)) = &self.declared.name else { return };
        let Some(name) = name.as_text() else { return };
        let mut add = |type_name: String, property: &str, place: Span, held: Value, label: &str| {
            let mut properties = Map::default();
            let named = name.shown_at(place).referring(&self.declared.origin);
            properties.insert(holder, place, Value::text(named, place));
            properties.insert(property, place, held);
            let address = format!("{}.{label}#{}", self.document.address(), self.number);
            let origin = Origin::declared(self.unit, type_name.as_str(), address);
            made.push(self.declaration(&type_name, origin, properties));
        };
        let written = arguments.get("policies").map_or(&[][..], Node::items).iter();
        let written = written.map(|node| (node.span, value(node, self.unit, &same)));
        let referred = arguments.get("policyRefs").map_or(&[][..], Node::items).iter();
        let referred = referred.map(|node| (node.span, self.referred("policy_arn", node)));
        for (number, (place, arn)) in written.chain(referred).enumerate() {
            add(
                format!("{kind}_policy_attachment"),
                "policy_arn",
                place,
                arn,
                &format!("policies[{number}]"),
            );
        }
        for inline in arguments.get("inlinePolicies").map_or(&[][..], Node::members) {
            let document = value(&inline.value, self.unit, &same);
            let label = format!("inlinePolicies.{}", inline.key);
            add(format!("{kind}_policy"), "policy", inline.key_span, document, &label);
        }
    }

    /// What other types are in Terraform: the policy of a repository, what blocks public access to a bucket.
    fn beside(&self, arguments: &Node, made: &mut Vec<Declaration>) {
        let own = |attribute: &str, span: Span| {
            let origin = self.declared.origin.attribute(attribute);
            let known = self.declared.name.as_ref().and_then(|(_, name)| name.as_text());
            let symbol = || Text::symbol(Symbol::new(Class::Computed, origin, Because::Computed), span);
            let text = known.unwrap_or_else(symbol).shown_at(span).referring(&self.declared.origin);
            Value::text(text, span)
        };
        let mut add = |type_name: &str, properties: Map| {
            let address = format!("{}#{}", self.document.address(), self.number);
            made.push(self.declaration(
                type_name,
                Origin::declared(self.unit, type_name, address),
                properties,
            ));
        };
        let mut properties = Map::default();
        match self.declared.type_name.as_str() {
            "aws_ecr_repository" => {
                let Some(policy) = arguments.get("policy").filter(|_| self.declared.row.is_some()) else {
                    return;
                };
                properties.insert("repository", policy.span, own("name", policy.span));
                properties.insert("policy", policy.span, value(policy, self.unit, &same));
                add("aws_ecr_repository_policy", properties);
            }
            "aws_s3_bucket" => {
                let blocks = arguments.get("publicAccessBlock");
                let Some(block) = blocks.or_else(|| arguments.get("publicAccessBlockConfiguration")) else {
                    return;
                };
                properties.insert("bucket", block.span, own("bucket", block.span));
                for member in block.members() {
                    let name = snake(&member.key.replace("ACLs", "Acls"));
                    properties.insert(&name, member.key_span, value(&member.value, self.unit, &same));
                }
                add("aws_s3_bucket_public_access_block", properties);
            }
            _ => {}
        }
    }
}
