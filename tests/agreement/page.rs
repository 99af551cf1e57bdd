//! Writing templates, and remembering on which line what of a policy is written.

use std::collections::BTreeMap;

use super::model::{Document, List, Named, Policy, Principal, Project, Sort, Statement};

/// A part of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) document: Document,
    pub(crate) statement: usize,
    pub(crate) what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    Whole,
    Principal(usize),
    Action(usize),
    Resource(usize),
    Condition(usize, usize),
}

/// The files of a project, and what stands where.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    pub(crate) files: BTreeMap<String, String>,
    pub(crate) places: BTreeMap<(String, usize), Vec<Place>>,
    /// The calls of a module do not have the same text.
    pub(crate) torn: bool,
}

/// One file that is being written.
pub(crate) struct Page<'w> {
    path: String,
    text: String,
    line: usize,
    written: &'w mut Written,
}

impl<'w> Page<'w> {
    pub(crate) fn new(written: &'w mut Written, path: String) -> Self {
        Self { path, text: String::new(), line: 1, written }
    }

    pub(crate) fn line(&mut self, indent: usize, text: &str) {
        self.text.push_str(&" ".repeat(indent));
        self.text.push_str(text);
        self.text.push('\n');
        self.line += 1;
    }

    pub(crate) fn marked(&mut self, indent: usize, text: &str, place: Option<Place>) {
        if let Some(place) = place {
            self.written.places.entry((self.path.clone(), self.line)).or_default().push(place);
        }
        self.line(indent, text);
    }

    pub(crate) fn finish(self) {
        let before = self.written.files.insert(self.path, self.text.clone());
        self.written.torn |= before.is_some_and(|text| text != self.text);
    }
}

/// A policy as a tree of JSON.
pub(crate) struct Node {
    place: Option<Place>,
    kind: Tree,
}

enum Tree {
    Map(Vec<(String, Node)>),
    List(Vec<Node>),
    Leaf(Named),
}

fn leaf(text: &str) -> Node {
    Node { place: None, kind: Tree::Leaf(Named::text(text)) }
}

fn map(entries: Vec<(String, Node)>) -> Node {
    Node { place: None, kind: Tree::Map(entries) }
}

/// Which part of a document is being built.
#[derive(Clone, Copy)]
struct At {
    document: Document,
    statement: usize,
    lone: bool,
}

impl At {
    fn list(self, items: Vec<(Named, What)>) -> Node {
        let Self { document, statement, lone } = self;
        let mut nodes: Vec<Node> = items
            .into_iter()
            .map(|(named, what)| Node {
                place: Some(Place { document, statement, what }),
                kind: Tree::Leaf(named),
            })
            .collect();
        match nodes.pop() {
            Some(only) if lone && nodes.is_empty() => only,
            last => {
                nodes.extend(last);
                Node { place: None, kind: Tree::List(nodes) }
            }
        }
    }
}

/// Puts the JSON of a policy together.
pub(crate) fn tree(document: Document, policy: &Policy, lone: bool) -> Node {
    let statements = policy.statements.iter().enumerate();
    let statements =
        statements.map(|(statement, one)| of_statement(one, At { document, statement, lone })).collect();
    map(vec![
        ("Version".to_owned(), leaf("2012-10-17")),
        ("Statement".to_owned(), Node { place: None, kind: Tree::List(statements) }),
    ])
}

fn not(list_is_negated: bool, name: &str) -> String {
    if list_is_negated { format!("Not{name}") } else { name.to_owned() }
}

fn of_statement(statement: &Statement, at: At) -> Node {
    let At { document, statement: number, lone: _ } = at;
    let mut entries = vec![("Effect".to_owned(), leaf(if statement.allow { "Allow" } else { "Deny" }))];
    if let Some(principals) = &statement.principals {
        entries.push((not(principals.not, "Principal"), of_principals(principals, at)));
    }
    let texts = |items: &[String], what: fn(usize) -> What| {
        let items = items.iter().enumerate();
        at.list(items.map(|(index, text)| (Named::text(text.clone()), what(index))).collect())
    };
    let actions = &statement.actions;
    entries.push((not(actions.not, "Action"), texts(&actions.items, What::Action)));
    if let Some(resources) = &statement.resources {
        let items = resources.items.iter().enumerate();
        let items = items.map(|(index, named)| (named.clone(), What::Resource(index))).collect();
        entries.push((not(resources.not, "Resource"), at.list(items)));
    }
    let mut operators: Vec<(String, Vec<(String, Node)>)> = Vec::new();
    for (index, condition) in statement.conditions.iter().enumerate() {
        let items = condition.values.iter().enumerate();
        let values = at
            .list(items.map(|(at, text)| (Named::text(text.clone()), What::Condition(index, at))).collect());
        let entry = (condition.key.clone(), values);
        match operators.iter_mut().find(|(operator, _)| *operator == condition.operator) {
            Some((_, keys)) => keys.push(entry),
            None => operators.push((condition.operator.clone(), vec![entry])),
        }
    }
    if !operators.is_empty() {
        let operators = operators.into_iter().map(|(operator, keys)| (operator, map(keys))).collect();
        entries.push(("Condition".to_owned(), map(operators)));
    }
    let place = Some(Place { document, statement: number, what: What::Whole });
    Node { place, kind: Tree::Map(entries) }
}

fn of_principals(principals: &List<Principal>, at: At) -> Node {
    let mut sorts: Vec<(String, Vec<(Named, What)>)> = Vec::new();
    for (index, principal) in principals.items.iter().enumerate() {
        let (sort, named) = principal_text(principal);
        let item = (named, What::Principal(index));
        match sorts.iter_mut().find(|(known, _)| known == sort) {
            Some((_, items)) => items.push(item),
            None => sorts.push((sort.to_owned(), vec![item])),
        }
    }
    map(sorts.into_iter().map(|(sort, items)| (sort, at.list(items))).collect())
}

/// Stands for a variable that has no value; each language has a name for it.
pub(crate) const UNKNOWN: &str = "what is not known";

/// How a principal is written, and under which word.
pub(crate) fn principal_text(principal: &Principal) -> (&'static str, Named) {
    match principal {
        Principal::Everyone => ("AWS", Named::text("*")),
        Principal::Account(id) => ("AWS", Named::text(id.clone())),
        Principal::Root(id) => ("AWS", Named::text(format!("arn:aws:iam::{id}:root"))),
        Principal::Entity(named) => ("AWS", named.clone()),
        Principal::Service(name) => ("Service", Named::text(*name)),
        Principal::Unknown => ("AWS", Named::text(UNKNOWN)),
    }
}

/// What a text begins with, when a template refers to it, and the rest of the text.
pub(crate) type Reference = Option<(String, String)>;

/// The reference for a text in a directory, when it begins with the ARN of something that is declared there.
pub(crate) fn reference(
    project: &Project,
    directory: &str,
    named: &Named,
    expression: impl Fn(super::model::Id) -> Option<String>,
) -> Reference {
    let id = named.of?;
    let (arn, unit) = project.arn_of_thing(id)?;
    // What AWS makes up can only be referred to.
    let made_up = |one: &super::model::Resource| matches!(one.sort, Sort::Key | Sort::Secret);
    let is_wanted = project.spelling.references || project.resource(id).is_some_and(made_up);
    let rest = named.text.strip_prefix(&arn)?;
    (is_wanted && project.units[unit].directory == directory)
        .then(|| Some((expression(id)?, rest.to_owned())))
        .flatten()
}

/// How braces, keys and texts are written.
pub(crate) struct Braces<'a> {
    pub(crate) json: bool,
    pub(crate) text: &'a dyn Fn(&Named) -> String,
}

impl Braces<'_> {
    /// Writes a tree with braces, as HCL or JSON.
    pub(crate) fn write(&self, page: &mut Page<'_>, indent: usize, before: &str, node: &Node, after: &str) {
        match &node.kind {
            Tree::Leaf(named) => {
                page.marked(indent, &format!("{before}{}{after}", (self.text)(named)), node.place);
            }
            Tree::List(items) => {
                page.marked(indent, &format!("{before}["), node.place);
                for (index, item) in items.iter().enumerate() {
                    let comma = if self.json && index + 1 == items.len() { "" } else { "," };
                    self.write(page, indent + 2, "", item, comma);
                }
                page.line(indent, &format!("]{after}"));
            }
            Tree::Map(entries) => {
                page.marked(indent, &format!("{before}{{"), node.place);
                for (index, (key, value)) in entries.iter().enumerate() {
                    let comma = if self.json && index + 1 < entries.len() { "," } else { "" };
                    let sign = if self.json { ":" } else { " =" };
                    self.write(page, indent + 2, &format!("\"{key}\"{sign} "), value, comma);
                }
                page.line(indent, &format!("}}{after}"));
            }
        }
    }
}

/// Writes a tree as YAML; `before` is what begins its first line: a key, a dash, or both.
pub(crate) fn write_yaml(
    page: &mut Page<'_>,
    indent: usize,
    before: &str,
    node: &Node,
    text: &dyn Fn(&Named) -> String,
) {
    match &node.kind {
        Tree::Leaf(named) => page.marked(indent, &format!("{before} {}", text(named)), node.place),
        Tree::List(items) => {
            page.marked(indent, before, node.place);
            for item in items {
                write_yaml(page, indent + 2, "-", item, text);
            }
        }
        Tree::Map(entries) => {
            page.marked(indent, before, node.place);
            for (key, value) in entries {
                write_yaml(page, indent + 2, &format!("{key}:"), value, text);
            }
        }
    }
}
