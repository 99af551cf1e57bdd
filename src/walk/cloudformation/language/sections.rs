//! The sections of a template, the loops among their members run.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::evaluate::Evaluator;
use super::parameters::{Given, Parameters};
use super::place::Place;
use super::scope::{Scope, bound, replace};
use crate::bounds;
use crate::parse::{Member, Node, NodeKind};
use crate::source::Span;
use crate::value::{Because, Class, Symbol, Text, Value};

/// A template, by section.
pub(in crate::walk::cloudformation) struct Sections<'a> {
    /// The document.
    pub(in crate::walk::cloudformation) root: &'a Node,
    pub(in crate::walk::cloudformation) parameters: Parameters<'a>,
    pub(in crate::walk::cloudformation) mappings: BTreeMap<&'a str, &'a Node>,
    /// Conditions with the loops they were written in.
    pub(in crate::walk::cloudformation) conditions: FxHashMap<String, (&'a Node, Scope)>,
    pub(in crate::walk::cloudformation) outputs: Vec<Output<'a>>,
    pub(in crate::walk::cloudformation) resources: Vec<Written<'a>>,
    /// Loops of which not all members are read.
    pub(in crate::walk::cloudformation) cut: Vec<Span>,
}

/// A member of a section: its name, where it is written, and the loops that it was written in.
pub(in crate::walk::cloudformation) type Written<'a> = (String, &'a Member, Scope);

/// An output as it is written.
pub(in crate::walk::cloudformation) struct Output<'a> {
    pub(in crate::walk::cloudformation) name: String,
    pub(in crate::walk::cloudformation) node: &'a Node,
    pub(in crate::walk::cloudformation) scope: Scope,
}

impl<'a> Sections<'a> {
    pub(in crate::walk::cloudformation) fn read(root: &'a Node, given: &'a Given, place: &Place) -> Self {
        let section = |name: &str| root.get(name).map_or(&[][..], Node::members);
        let by_name = |name: &str| section(name).iter().map(|m| (&*m.key, &m.value)).collect();
        let parameters = Parameters { declared: by_name("Parameters"), given };
        let loops = Loops { parameters: &parameters, place };
        let mut cut = Vec::new();
        let mut members = |name: &str| {
            let mut unrolled = Unrolled { members: Vec::new(), looped: 0, cut: &mut cut };
            loops.unroll(section(name), &Scope::default(), &mut unrolled);
            unrolled.members
        };
        let conditions = members("Conditions").into_iter();
        let conditions = conditions.map(|(name, member, scope)| (name, (&member.value, scope))).collect();
        let output = |(name, member, scope): Written<'a>| Output { name, node: &member.value, scope };
        let outputs = members("Outputs").into_iter().map(output).collect();
        let resources = members("Resources");
        Self { root, mappings: by_name("Mappings"), conditions, outputs, resources, parameters, cut }
    }

    /// What the outputs say, without those that are certainly not there.
    pub(in crate::walk::cloudformation) fn output_values(
        &self,
        on: &Evaluator<'_>,
    ) -> BTreeMap<String, Value> {
        let mut values = BTreeMap::new();
        for output in &self.outputs {
            on.within(&output.scope, || {
                let condition = output.node.get("Condition").and_then(Node::as_str);
                let condition = condition.map(|name| replace(&name, &output.scope));
                let gone = condition.as_deref().is_some_and(|name| on.holds(name).is_no());
                if let Some(value) = output.node.get("Value").filter(|_| !gone) {
                    let value = on.apart(condition.as_deref(), || on.value(value));
                    values.insert(output.name.clone(), value);
                }
            });
        }
        values
    }
}

/// The members of a section while its loops are run.
struct Unrolled<'a, 'c> {
    members: Vec<Written<'a>>,
    /// How many of them loops made.
    looped: usize,
    /// Loops of which not all members are read.
    cut: &'c mut Vec<Span>,
}

/// Runs the loops of sections.
struct Loops<'s, 'a> {
    parameters: &'s Parameters<'a>,
    place: &'s Place,
}

impl<'a> Loops<'_, 'a> {
    /// The members of a section with the loops among them run.
    ///
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html>
    fn unroll(&self, members: &'a [Member], scope: &Scope, out: &mut Unrolled<'a, '_>) {
        for member in members {
            let Some(name) = member.key.strip_prefix("Fn::ForEach::") else {
                out.looped += usize::from(!scope.is_empty());
                out.members.push((replace(&member.key, scope), member, Arc::clone(scope)));
                continue;
            };
            let [identifier, collection, body] = member.value.items() else { continue };
            let Some(identifier) = identifier.as_str() else { continue };
            if scope.len() >= bounds::LOOP_DEPTH {
                return;
            }
            let items = self.literal_items(collection, scope).unwrap_or_else(|| {
                let each = self.place.named(&format!("Fn::ForEach::{name}"));
                vec![Text::symbol(Symbol::new(Class::Keyed, each, Because::Expression), collection.span)]
            });
            for text in items.into_iter().take(bounds::LOOP_ROUNDS) {
                if out.looped >= bounds::LOOPED_MEMBERS {
                    out.cut.push(member.key_span);
                    break;
                }
                self.unroll(body.members(), &bound(scope, &identifier, text), out);
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
        let parameter = self.parameters.declared.get(name)?;
        let default;
        let value = if let Some(argument) = self.parameters.given.values.get(name) {
            &argument.value
        } else {
            let written = parameter.get("Default")?;
            default = Value::literal(written.as_str()?, written.span);
            &default
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
    match (node.tag.as_deref(), node.members()) {
        (Some("!Ref"), _) => node.as_str(),
        (None, [Member { key, value, .. }]) if &**key == "Ref" => value.as_str(),
        _ => None,
    }
}
