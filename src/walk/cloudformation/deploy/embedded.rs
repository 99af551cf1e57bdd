//! Templates that Terraform deploys: written as a text in a resource, or as properties of one type.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudformation_stack>
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudformation_stack_set>
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudcontrolapi_resource>

use std::sync::Arc;

use super::declare::{unit, walk_root};
use super::exports::Exports;
use super::files::{Files, parse_text};
use super::project::Project;
use super::stack::Stack;
use crate::bounds;
use crate::facts::{AccountHint, Declaration, Walked};
use crate::iam::arn::is_account_id;
use crate::parse::{Member, Node, NodeKind, Parts, extend, json};
use crate::source::{SourceId, Sources, Span};
use crate::value::{Kind, List, Map, Piece, PieceKind, Text, UnitKey, Value, Within};
use crate::walk::cloudformation::language::parameters::Given;
use crate::walk::cloudformation::language::place::{Place, Target};

/// Characters of the private use area stand for what is not known in the text of a template; so many fit there.
const HOLES: std::ops::Range<u32> = 0xe100..0xf000;

/// Walks the templates in declarations of Terraform. With them come the files that they are read from, so that a template
/// is not judged a second time as if it were deployed alone.
pub fn embedded(sources: &Sources, declarations: &[Declaration], whole: bool) -> (Walked, Vec<SourceId>) {
    let (files, assemblies, exports) = (Files::default(), Arc::default(), Exports::default());
    let project = Project { sources, files, assemblies, exports, offers: Vec::new(), whole };
    let (mut walked, mut deployed) = (Walked::default(), Vec::new());
    for declaration in declarations.iter().filter(|declaration| !declaration.present.is_no()) {
        let stacks = match &*declaration.type_name {
            "aws_cloudcontrolapi_resource" => {
                walked.declarations.extend(controlled(declaration));
                continue;
            }
            "aws_cloudformation_stack" => {
                let stack_name = declaration.properties.get("name").and_then(Value::as_text);
                let target = Target { stack_name, ..Target::default() };
                Vec::from_iter(template(declaration, declaration.unit.clone(), target))
            }
            "aws_cloudformation_stack_set" => of_stack_set(declaration, declarations),
            _ => continue,
        };
        for stack in stacks {
            // A stack belongs to the unit of its module, those of a stack set go elsewhere.
            if stack.place.unit != declaration.unit {
                walked.units.push(unit(&project, &stack));
            }
            deployed.push(stack.source);
            let mut deploys = walk_root(&project, &stack).walked;
            for one in &mut deploys.declarations {
                one.present = one.present.and(declaration.present);
                one.when = one.when.and(&declaration.when).unwrap_or_default();
            }
            walked.extend(deploys);
        }
    }
    (walked, deployed)
}

/// What a resource of the Cloud Control API declares: the properties of a type of CloudFormation.
fn controlled(declaration: &Declaration) -> Option<Declaration> {
    let type_name = declaration.properties.get("type_name")?.as_str()?;
    let state = declaration.properties.get("desired_state")?;
    let read = match &state.kind {
        Kind::Text(text) => json::value_from_text(text, state.span).ok()?,
        Kind::Json(inner) => inner.clone().into_value(),
        _ => return None,
    };
    let Kind::Map(properties) = read.kind else { return None };
    Some(Declaration { type_name: (&*type_name).into(), properties, ..declaration.clone() })
}

/// The stacks of a stack set: one for each account that one of its instances names, or one whose account is not known.
fn of_stack_set(set: &Declaration, declarations: &[Declaration]) -> Vec<Stack> {
    let names_set = |instance: &&Declaration| {
        let named = instance.properties.get("stack_set_name").and_then(Value::as_text);
        let own = set.properties.get("name").and_then(Value::as_text);
        instance.unit == set.unit && named.is_some() && named == own
    };
    let instances =
        declarations.iter().filter(|it| &*it.type_name == "aws_cloudformation_stack_set_instance");
    let accounts = instances.filter(names_set).filter_map(|it| it.properties.get("account_id"));
    let mut hints: Vec<AccountHint> = Vec::new();
    for value in accounts {
        let Some(account) = value.as_text() else { continue };
        let known = account.as_literal().is_some_and(|id| is_account_id(&id));
        if known && !hints.iter().any(|hint| hint.account == account) {
            let evidence = format!("an instance of `{}`", set.address);
            hints.push(AccountHint { account, span: value.span, evidence });
        }
    }
    hints.truncate(bounds::DEPLOYMENTS);
    let unit = set.unit.within(Within::StackSet, &*set.address);
    if hints.is_empty() {
        return Vec::from_iter(template(set, unit, Target::default()));
    }
    let stack = |hint: AccountHint| {
        let unit = unit.within(Within::Account, hint.account.as_literal().unwrap_or_default());
        template(set, unit, Target { account: Some(hint), ..Target::default() })
    };
    hints.into_iter().filter_map(stack).collect()
}

/// The template of a resource as a stack of a unit.
fn template(declaration: &Declaration, unit: UnitKey, target: Target) -> Option<Stack> {
    let body = declaration.properties.get("template_body")?;
    let mut holes = Vec::new();
    let mut root = match &body.kind {
        Kind::Json(inner) => node_of(inner, &mut holes)?,
        Kind::Text(text) => read(text, body.span, &mut holes)?,
        _ => return None,
    };
    root.get("Resources")?;
    fill(&mut root, false);
    let mut given = Given { complete: true, ..Given::default() };
    if let Some(parameters) = declaration.properties.get("parameters") {
        let entries = parameters.as_map().map_or(&[][..], |map: &Map| &map.entries);
        given.complete = parameters.as_map().is_some_and(|map| !map.open);
        for entry in entries {
            if let Some(name) = entry.key.as_literal() {
                given.insert(&name, entry.value.clone());
            }
        }
    }
    declare(&mut root, holes.len());
    for (number, hole) in holes.into_iter().enumerate() {
        given.insert(&name_of_hole(number), hole);
    }
    let source = root.span.source;
    let prefix = format!("{}.", declaration.address).into();
    let place = Place { unit, prefix, target };
    let stack = Stack::new(place.unit.clone(), source, Arc::new(root));
    Some(Stack { place, given: Arc::new(given), ..stack })
}

/// The name of the parameter that stands for something unknown in a template. People never see it: it has a value.
fn name_of_hole(number: usize) -> String {
    format!("Terraform{number}")
}

/// Declares a parameter for each hole.
fn declare(root: &mut Node, holes: usize) {
    let span = root.span;
    let map = |members: Vec<Member>| Node::new(NodeKind::Map(members.into()), span);
    let member = |key: &str, value: Node| Member { key: key.into(), key_span: span, value };
    let NodeKind::Map(sections) = &mut root.kind else { return };
    let made = (0..holes)
        .map(|number| member(&name_of_hole(number), map(vec![member("Type", Node::string("String", span))])));
    let parameters = sections.iter_mut().rev().find(|section| &*section.key == "Parameters");
    if let Some(NodeKind::Map(parameters)) = parameters.map(|it| &mut it.value.kind) {
        extend(parameters, made);
    } else {
        let made = map(made.collect());
        extend(sections, [member("Parameters", made)]);
    }
}

/// The character that stands for the next hole.
fn hole(value: Value, holes: &mut Vec<Value>) -> Option<char> {
    let number = u32::try_from(holes.len()).ok()?;
    let character =
        char::from_u32(HOLES.start.checked_add(number)?).filter(|it| HOLES.contains(&u32::from(*it)))?;
    holes.push(value);
    Some(character)
}

/// A text with a character for everything that is not known, and where each part of it comes from.
fn written(text: &Text, holes: &mut Vec<Value>) -> Option<(String, Vec<(usize, Span)>)> {
    let (mut out, mut origins) = (String::new(), Vec::new());
    for Piece { kind, span, .. } in text.pieces() {
        origins.push((out.len(), *span));
        match kind {
            PieceKind::Literal(literal) => out.push_str(literal),
            PieceKind::Symbol(symbol) => {
                out.push(hole(Value::text(Text::symbol(symbol.clone(), *span), *span), holes)?);
            }
            PieceKind::Json(_) => return None,
        }
    }
    Some((out, origins))
}

/// Reads a template in YAML or JSON, with the places that its parts have.
fn read(text: &Text, span: Span, holes: &mut Vec<Value>) -> Option<Node> {
    let (written, origins) = written(text, holes)?;
    let (root, problems) = parse_text(span.source, &written);
    let origins = Origins { ends: written.len(), starts: origins, whole: span };
    root.filter(|_| problems.is_empty()).map(|root| root.placed(&|span| origins.place(span)))
}

/// Where the parts of a text come from.
struct Origins {
    starts: Vec<(usize, Span)>,
    ends: usize,
    whole: Span,
}

impl Origins {
    fn place(&self, span: Span) -> Span {
        let range = span.range();
        let last = range.end.max(range.start + 1) - 1;
        let (Some(begin), Some(end)) = (self.byte(range.start), self.byte(last)) else { return self.whole };
        let whole = begin.join(end).unwrap_or(begin);
        if range.is_empty() { whole.part(0, 0) } else { whole }
    }

    /// Where a byte of the text comes from: a byte, or all of what is no text there.
    fn byte(&self, offset: usize) -> Option<Span> {
        let index = self.starts.partition_point(|(start, _)| *start <= offset).checked_sub(1)?;
        let (start, span) = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).map_or(self.ends, |(next, _)| *next);
        let exact = span.len() == end - start;
        Some(if exact { span.part(offset - start, offset - start + 1) } else { span })
    }
}

/// A value as a node of a template; `None` when it is none, or when there may be more in it than is known. As deep as
/// the value.
fn node_of(value: &Value, holes: &mut Vec<Value>) -> Option<Node> {
    let kind = match &value.kind {
        Kind::Null | Kind::Absent => NodeKind::Null,
        Kind::Bool(known) => NodeKind::Bool(*known),
        Kind::Number(digits) => NodeKind::Number(Arc::clone(digits)),
        Kind::Text(text) => {
            let (written, origins) = written(text, holes)?;
            let mut parts = Vec::new();
            for (index, (start, span)) in origins.iter().enumerate() {
                let end = origins.get(index + 1).map_or(written.len(), |(next, _)| *next);
                parts.push((written.get(*start..end)?.into(), *span));
            }
            NodeKind::String(Parts::new(parts, value.span))
        }
        Kind::List(List { open: true, .. }) | Kind::Map(Map { open: true, .. }) => return None,
        Kind::List(list) => {
            NodeKind::List(list.items.iter().map(|item| node_of(item, holes)).collect::<Option<_>>()?)
        }
        Kind::Map(map) => {
            let mut members = Vec::new();
            for entry in &map.entries {
                let key = entry.key.as_literal()?.into();
                members.push(Member { key, key_span: entry.key_span, value: node_of(&entry.value, holes)? });
            }
            NodeKind::Map(members.into())
        }
        Kind::Json(_) | Kind::Choice(_) | Kind::Unknown(_) => {
            NodeKind::String(Parts::One(hole(value.clone(), holes)?.to_string().into()))
        }
    };
    Some(Node::new(kind, value.span))
}

/// Puts references to the parameters that stand for holes where their characters are. As deep as the document.
fn fill(node: &mut Node, in_sub: bool) {
    let sub = node.has_tag("!Sub");
    match &mut node.kind {
        NodeKind::List(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                fill(item, (sub || in_sub) && index == 0);
            }
        }
        NodeKind::Map(members) => {
            for member in members.iter_mut() {
                fill(&mut member.value, &*member.key == "Fn::Sub");
            }
        }
        NodeKind::String(parts) => {
            let number =
                |c: char| HOLES.contains(&u32::from(c)).then(|| (u32::from(c) - HOLES.start) as usize);
            let span = node.span;
            if !parts.iter(span).any(|(text, _)| text.chars().any(|c| number(c).is_some())) {
                return;
            }
            let inside = sub || in_sub;
            let filled = parts.iter(span).map(|(text, span)| {
                // What is text elsewhere is no reference here.
                let plain = if inside { text.to_string() } else { text.replace("${", "${!") };
                let each = plain.chars().map(|c| match number(c) {
                    Some(number) => format!("${{{}}}", name_of_hole(number)),
                    None => c.to_string(),
                });
                (each.collect::<String>().into(), span)
            });
            let kind = NodeKind::String(Parts::new(filled.collect::<Vec<_>>(), span));
            node.kind = if inside {
                kind
            } else {
                let value = Node::new(kind, span);
                NodeKind::Map([Member { key: "Fn::Sub".into(), key_span: span, value }].into())
            };
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => {}
    }
}
