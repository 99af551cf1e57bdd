//! The sections of a template.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::cdk::Names;
use super::sam;
use super::stack::Stack;
use crate::parse::{Member, Node, NodeKind};
use crate::source::Span;
use crate::value::{Because, Class, Symbol, Text, Value};

/// Resources of one template, loops expanded; CloudFormation itself allows 500.
const MAX_RESOURCES: usize = 2_000;
/// Conditions and outputs of one template, loops expanded.
const MAX_MEMBERS: usize = 2_000;
/// Loops inside loops.
const MAX_LOOPS: usize = 5;
/// Rounds of one loop.
const MAX_ROUNDS: usize = 256;

/// The identifiers of the loops around a place and what they stand for, the innermost last.
pub(super) type Scope = Vec<(Arc<str>, Text)>;

/// A template, by section.
pub(super) struct Template<'a> {
    pub(super) stack: &'a Stack,
    pub(super) parameters: BTreeMap<&'a str, &'a Node>,
    pub(super) mappings: BTreeMap<&'a str, &'a Node>,
    /// Conditions with the loops they were written in.
    pub(super) conditions: FxHashMap<String, (&'a Node, Scope)>,
    pub(super) outputs: Vec<Output<'a>>,
    pub(super) resources: Vec<Resource<'a>>,
    /// What SAM makes, by logical id.
    pub(super) made: FxHashMap<String, sam::Made>,
    by_address: FxHashMap<Arc<str>, usize>,
}

/// An output as it is written.
pub(super) struct Output<'a> {
    pub(super) name: String,
    pub(super) node: &'a Node,
    pub(super) scope: Scope,
}

/// A resource as it is written.
pub(super) struct Resource<'a> {
    /// The logical id.
    pub(super) address: Arc<str>,
    /// What people and other units know it by: the path of the construct, or the logical id below the names
    /// of the stacks it is nested in.
    pub(super) shown: Arc<str>,
    /// The type; for a resource of SAM that of what is made of it.
    pub(super) type_name: Arc<str>,
    /// The type as written, when it is one of SAM's.
    pub(super) sam: Option<&'static sam::Kind>,
    /// Where the logical id is written.
    pub(super) span: Span,
    /// From the logical id to the end of the resource.
    pub(super) body: Span,
    /// What stands under the logical id.
    pub(super) node: &'a Node,
    /// The loops it was written in.
    pub(super) scope: Scope,
}

/// A resource that a reference names.
pub(super) enum Target<'t, 'a> {
    /// One that is written.
    Written(&'t Resource<'a>),
    /// One that SAM makes for another.
    Made(&'t sam::Made, &'t Resource<'a>),
}

impl<'a> Template<'a> {
    pub(super) fn read(stack: &'a Stack, names: Option<&Names>) -> Self {
        let root: &'a Node = &stack.root;
        let section = |name: &str| root.get(name).map_or(&[][..], Node::members);
        let by_name = |name: &str| section(name).iter().map(|m| (&*m.key, &m.value)).collect();
        let mut template = Self {
            stack,
            parameters: by_name("Parameters"),
            mappings: by_name("Mappings"),
            conditions: FxHashMap::default(),
            outputs: Vec::new(),
            resources: Vec::new(),
            made: FxHashMap::default(),
            by_address: FxHashMap::default(),
        };
        let mut conditions = Vec::new();
        template.unroll(section("Conditions"), &Scope::new(), MAX_MEMBERS, &mut conditions);
        template.conditions =
            conditions.into_iter().map(|(name, member, scope)| (name, (&member.value, scope))).collect();
        let mut outputs = Vec::new();
        template.unroll(section("Outputs"), &Scope::new(), MAX_MEMBERS, &mut outputs);
        let output =
            |(name, member, scope): (String, &'a Member, Scope)| Output { name, node: &member.value, scope };
        template.outputs = outputs.into_iter().map(output).collect();
        let mut resources = Vec::new();
        template.unroll(section("Resources"), &Scope::new(), MAX_RESOURCES, &mut resources);
        for (address, member, scope) in resources {
            template.add_resource(address, member, scope, names);
        }
        sam::add_made(&mut template);
        template
    }

    /// What a logical id names.
    pub(super) fn target<'t>(&'t self, address: &str) -> Option<Target<'t, 'a>> {
        if let Some(resource) = self.resource(address) {
            return Some(Target::Written(resource));
        }
        let made = self.made.get(address)?;
        Some(Target::Made(made, self.resources.get(made.owner)?))
    }

    /// The resource of a logical id, if it is written.
    pub(super) fn resource<'t>(&'t self, address: &str) -> Option<&'t Resource<'a>> {
        self.by_address.get(address).and_then(|index| self.resources.get(*index))
    }

    fn add_resource(&mut self, address: String, member: &'a Member, scope: Scope, names: Option<&Names>) {
        let Some(written) = member.value.get("Type").and_then(Node::as_str) else { return };
        let sam = sam::kind(&written);
        let construct = construct_path(&member.value)
            .map(Cow::Owned)
            .or_else(|| names?.get(&address).map(|path| Cow::Borrowed(path.as_str())));
        let shown = match construct {
            Some(path) => path.strip_suffix("/Resource").unwrap_or(&path).into(),
            None => format!("{}{address}", self.stack.prefix).into(),
        };
        let address: Arc<str> = address.into();
        self.by_address.insert(Arc::clone(&address), self.resources.len());
        self.resources.push(Resource {
            address,
            shown,
            type_name: sam.map_or(written.as_str(), |kind| kind.makes).into(),
            sam,
            span: member.key_span,
            body: member.key_span.join(member.value.span).unwrap_or(member.key_span),
            node: &member.value,
            scope,
        });
    }

    /// The members of a section with the loops among them run.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html>
    fn unroll(
        &self,
        members: &'a [Member],
        scope: &Scope,
        most: usize,
        out: &mut Vec<(String, &'a Member, Scope)>,
    ) {
        for member in members {
            if out.len() >= most {
                return;
            }
            let Some(name) = member.key.strip_prefix("Fn::ForEach::") else {
                out.push((replace(&member.key, scope), member, scope.clone()));
                continue;
            };
            let [identifier, collection, body] = member.value.items() else { continue };
            let Some(identifier) = identifier.as_str() else { continue };
            if scope.len() >= MAX_LOOPS {
                return;
            }
            let items = self.literal_items(collection, scope).unwrap_or_else(|| {
                let each = self.stack.named(&format!("Fn::ForEach::{name}"));
                vec![Text::symbol(Symbol::new(Class::Keyed, each, Because::Expression), collection.span)]
            });
            for text in items.into_iter().take(MAX_ROUNDS) {
                self.unroll(body.members(), &bound(scope, &identifier, text), most, out);
            }
        }
    }

    /// The items of a collection that is written out, or those of a list parameter.
    fn literal_items(&self, node: &Node, scope: &Scope) -> Option<Vec<Text>> {
        if let Some(name) = referred(node) {
            return self.listed(&name);
        }
        let NodeKind::List(items) = &node.kind else { return None };
        let mut texts = Vec::new();
        for item in items {
            if let Some(name) = referred(item) {
                match scope.iter().rev().find(|(known, _)| **known == *name) {
                    Some((_, text)) => texts.push(text.clone()),
                    None => texts.extend(self.listed(&name)?),
                }
            } else {
                let plain = item.tag.is_none().then(|| item.as_str()).flatten()?;
                texts.push(Text::literal(plain, item.span));
            }
        }
        Some(texts)
    }

    /// The items of a list parameter: given, or by default.
    fn listed(&self, name: &str) -> Option<Vec<Text>> {
        let parameter = self.parameters.get(name)?;
        let value = if let Some(argument) = self.stack.given.values.get(name) {
            argument.value.clone()
        } else {
            let default = parameter.get("Default")?;
            Value::literal(default.as_str()?, default.span)
        };
        if let Some(list) = value.as_list() {
            let texts: Option<Vec<Text>> = list.items.iter().map(Value::as_text).collect();
            return texts.filter(|_| !list.open);
        }
        let whole = value.as_str()?;
        Some(whole.split(',').map(|item| Text::literal(item.trim(), value.span)).collect())
    }
}

/// The name in `!Ref name` and `{"Ref": "name"}`.
fn referred(node: &Node) -> Option<String> {
    match (&node.tag, node.members()) {
        (Some((tag, _)), _) if &**tag == "!Ref" => node.as_str(),
        (None, [Member { key, value, .. }]) if &**key == "Ref" => value.as_str(),
        _ => None,
    }
}

/// The path of the construct that CDK made a resource from.
fn construct_path(resource: &Node) -> Option<String> {
    resource.get("Metadata")?.get("aws:cdk:path")?.as_str()
}

/// A scope with one more identifier.
pub(super) fn bound(scope: &Scope, identifier: &str, text: Text) -> Scope {
    let mut scope = scope.clone();
    scope.push((identifier.into(), text));
    scope
}

/// A key with the identifiers of loops replaced: `${Name}`, and `&{Name}`, which drops what is not
/// alphanumeric.
pub(super) fn replace(key: &str, scope: &Scope) -> String {
    let mut key = key.to_owned();
    for (identifier, text) in scope {
        let Some(item) = text.as_literal() else { continue };
        key = key.replace(&format!("${{{identifier}}}"), &item);
        let plain: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
        key = key.replace(&format!("&{{{identifier}}}"), &plain);
    }
    key
}
