//! The sections of a template.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::sam;
use crate::parse::{Member, Node, NodeKind};
use crate::source::{SourceId, Span};
use crate::value::{Because, Class, Symbol, Text};

/// Resources of one template, loops expanded; CloudFormation itself allows 500.
const MAX_RESOURCES: usize = 2_000;
/// Loops inside loops.
const MAX_LOOPS: usize = 5;

/// The identifiers of the loops around a place and what they stand for, the innermost last.
pub(super) type Scope = Vec<(Arc<str>, Text)>;

/// A template, by section.
pub(super) struct Template<'a> {
    pub(super) unit: Arc<str>,
    pub(super) source: SourceId,
    pub(super) root: &'a Node,
    pub(super) parameters: BTreeMap<&'a str, &'a Node>,
    pub(super) mappings: BTreeMap<&'a str, &'a Node>,
    pub(super) conditions: BTreeMap<&'a str, &'a Node>,
    pub(super) resources: Vec<Resource<'a>>,
    by_address: FxHashMap<Arc<str>, usize>,
}

/// A resource as it is written.
pub(super) struct Resource<'a> {
    pub(super) address: Arc<str>,
    pub(super) type_name: Arc<str>,
    /// The logical id.
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
    /// The role that SAM makes for a function.
    MadeRole,
}

impl<'a> Template<'a> {
    pub(super) fn read(unit: Arc<str>, source: SourceId, root: &'a Node) -> Self {
        let section = |name: &str| root.get(name).map_or(&[][..], Node::members);
        let by_name = |name: &str| section(name).iter().map(|m| (&*m.key, &m.value)).collect();
        let mut template = Self {
            unit,
            source,
            root,
            parameters: by_name("Parameters"),
            mappings: by_name("Mappings"),
            conditions: by_name("Conditions"),
            resources: Vec::new(),
            by_address: FxHashMap::default(),
        };
        template.add_resources(section("Resources"), &Scope::new());
        template
    }

    /// What a logical id names.
    pub(super) fn target<'t>(&'t self, address: &str) -> Option<Target<'t, 'a>> {
        if let Some(resource) = self.by_address.get(address).and_then(|index| self.resources.get(*index)) {
            return Some(Target::Written(resource));
        }
        let owner = self.by_address.get(address.strip_suffix("Role")?)?;
        let owner = self.resources.get(*owner)?;
        sam::makes_role(self, owner).then_some(Target::MadeRole)
    }

    fn add_resources(&mut self, members: &'a [Member], scope: &Scope) {
        for member in members {
            if self.resources.len() >= MAX_RESOURCES {
                return;
            }
            if let Some(name) = member.key.strip_prefix("Fn::ForEach::") {
                self.add_loop(name, member, scope);
                continue;
            }
            let Some(type_name) = member.value.get("Type").and_then(Node::as_str) else { continue };
            let address: Arc<str> = replace(&member.key, scope).into();
            self.by_address.insert(Arc::clone(&address), self.resources.len());
            self.resources.push(Resource {
                address,
                type_name: type_name.into(),
                span: member.key_span,
                body: member.key_span.join(member.value.span).unwrap_or(member.key_span),
                node: &member.value,
                scope: scope.clone(),
            });
        }
    }

    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html>
    fn add_loop(&mut self, name: &str, member: &'a Member, scope: &Scope) {
        let [identifier, collection, body] = member.value.items() else { return };
        let Some(identifier) = identifier.as_str() else { return };
        if scope.len() >= MAX_LOOPS {
            return;
        }
        let Some(items) = self.literal_items(collection) else {
            let key = format!("{}#Fn::ForEach::{name}", self.unit);
            let each = Symbol::new(Class::Keyed, key, Because::Expression);
            let each = Text::symbol(each, collection.span);
            self.add_resources(body.members(), &bound(scope, &identifier, each));
            return;
        };
        for (text, span) in items {
            self.add_resources(body.members(), &bound(scope, &identifier, Text::literal(text, span)));
        }
    }

    /// The items of a collection that is written out, or the default of a list parameter.
    fn literal_items(&self, node: &Node) -> Option<Vec<(String, Span)>> {
        let named = match (&node.tag, node.get("Ref")) {
            (Some((tag, _)), _) if &**tag == "!Ref" => node.as_str(),
            (None, Some(name)) => name.as_str(),
            _ => None,
        };
        if let Some(name) = named {
            let default = self.parameters.get(name.as_str())?.get("Default")?;
            let items = default.as_str()?;
            return Some(items.split(',').map(|item| (item.trim().to_owned(), default.span)).collect());
        }
        let NodeKind::List(items) = &node.kind else { return None };
        items.iter().map(|item| item.tag.is_none().then(|| Some((item.as_str()?, item.span)))?).collect()
    }
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
