//! What the variables of a service stand for, as far as the project says.
//!
//! <https://www.serverless.com/framework/docs/guides/variables>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::build::At;
use super::written::{Part, alternatives, parts, quoted};
use crate::bounds;
use crate::parse::{Member, Node, NodeKind, Parts};
use crate::source::{SourceId, Sources, Span};
use crate::walk::cloudformation::deploy::files::{directory, joined, parse_text};

/// The name of what is left out.
const TOO_MUCH: &str = "too many variables";

/// A part of a text whose variables are resolved.
enum Piece {
    Literal(Arc<str>, Span),
    /// What CloudFormation puts in: a pseudo parameter, or a parameter that stands for what is not known.
    Name(String, Span),
}

/// What a variable stands for.
enum Answer {
    /// A map, a list, nothing.
    Node(Node),
    /// A text or what is put into one.
    Text(Vec<Piece>),
    /// What is not known before it is deployed, by its name.
    Unknown(String),
    /// What somebody gives when it is deployed; a fallback holds when nobody does.
    NotGiven(String),
    /// Something that is not there.
    Missing,
}

/// Resolves the variables of one service.
pub(super) struct Resolver<'a> {
    sources: &'a Sources,
    file: SourceId,
    root: Arc<Node>,
    files: BTreeMap<SourceId, Option<Arc<Node>>>,
    /// Names that are not known, each of which has to be a parameter of the template.
    pub(super) unknown: BTreeSet<String>,
    steps: usize,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(sources: &'a Sources, file: SourceId, root: Arc<Node>) -> Self {
        let (files, unknown) = (BTreeMap::new(), BTreeSet::new());
        Self { sources, file, root, files, unknown, steps: 0 }
    }

    /// The files that were read.
    pub(super) fn read(&self) -> impl Iterator<Item = SourceId> + use<'_> {
        self.files.iter().filter(|(_, root)| root.is_some()).map(|(id, _)| *id)
    }

    /// What is in the service under a key, with its variables resolved.
    pub(super) fn section(&mut self, key: &str) -> Option<Node> {
        let root = Arc::clone(&self.root);
        root.get(key).map(|node| self.node(node, false, 0))
    }

    /// A text with variables that is written nowhere.
    pub(super) fn made(&mut self, text: &str, at: Span) -> Node {
        self.node(&At(at).text(text), false, 0)
    }

    /// A node with its variables resolved. As deep as the document, and then as what it names.
    fn node(&mut self, node: &Node, in_sub: bool, depth: usize) -> Node {
        if self.is_too_much(depth) {
            let name = self.unknown(TOO_MUCH);
            return At(node.span).reference(&name);
        }
        let sub = in_sub || node.has_tag("!Sub");
        let kind = match &node.kind {
            NodeKind::String(_) => return self.string(node, sub, depth),
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => return node.clone(),
            NodeKind::List(items) => {
                let item = |(at, item)| self.node(item, sub && at == 0, depth + 1);
                NodeKind::List(items.iter().enumerate().map(item).collect())
            }
            NodeKind::Map(members) => {
                let member = |member: &Member| Member {
                    value: self.node(&member.value, &*member.key == "Fn::Sub", depth + 1),
                    key: Arc::clone(&member.key),
                    key_span: member.key_span,
                };
                NodeKind::Map(members.iter().map(member).collect())
            }
        };
        like(node, kind)
    }

    fn string(&mut self, node: &Node, in_sub: bool, depth: usize) -> Node {
        let text = node.as_str().unwrap_or_default();
        let answer =
            if text.contains(['$', '#']) { self.text(node, &text, &[], depth) } else { Answer::Missing };
        match answer {
            Answer::Node(known) => known,
            Answer::Text(pieces) => written(pieces, node, in_sub),
            Answer::Unknown(name) | Answer::NotGiven(name) => {
                let name = self.unknown(&name);
                written(vec![Piece::Name(name, node.span)], node, in_sub)
            }
            Answer::Missing => node.clone(),
        }
    }

    /// What a text stands for, or what is at a path below it.
    fn text(&mut self, node: &Node, text: &str, below: &[&str], depth: usize) -> Answer {
        let places = Places::of(node);
        let found = parts(text);
        if let [Part::Variable(inner)] = found.as_slice() {
            let inner = text.get(inner.start..inner.end).unwrap_or_default();
            return self.variable(inner, node.span, below, depth + 1);
        }
        if !below.is_empty() {
            return Answer::Missing;
        }
        let mut pieces = Vec::new();
        for part in found {
            let (at, is_variable) = match part {
                Part::Literal(at) => {
                    places.cut(at.start, at.end, &mut pieces);
                    continue;
                }
                Part::Pseudo(at) => (at, false),
                Part::Variable(at) => (at, true),
            };
            let place = places.place(at.start - 2, at.end + 1);
            let inner = text.get(at).unwrap_or_default();
            let answer = is_variable.then(|| self.variable(inner, place, &[], depth + 1));
            let name = match answer {
                None => inner.to_owned(),
                Some(Answer::Text(more)) => {
                    pieces.extend(more);
                    continue;
                }
                Some(Answer::Unknown(name) | Answer::NotGiven(name)) => self.unknown(&name),
                Some(Answer::Node(_) | Answer::Missing) => self.unknown(inner),
            };
            pieces.push(Piece::Name(name, place));
        }
        Answer::Text(pieces)
    }

    /// Whether there is more to resolve than a service has.
    fn is_too_much(&mut self, depth: usize) -> bool {
        self.steps += 1;
        depth > bounds::VALUE_DEPTH || self.steps > bounds::SERVICE_VARIABLES
    }

    /// What the first of the alternatives that is there stands for, or what is at a path below it.
    fn variable(&mut self, content: &str, place: Span, below: &[&str], depth: usize) -> Answer {
        if self.is_too_much(depth) {
            return Answer::Unknown(TOO_MUCH.to_owned());
        }
        let mut first = None;
        for alternative in alternatives(content) {
            let answer = match quoted(alternative) {
                Some(text) => self.text(&At(place).text(text), text, below, depth + 1),
                None => match self.flat(alternative, place, depth) {
                    Ok(flat) => self.source(&flat, place, below, depth),
                    Err(name) => Answer::Unknown(below_of(&name, below)),
                },
            };
            match answer {
                Answer::NotGiven(name) => first = first.or(Some(name)),
                Answer::Missing => first = first.or_else(|| Some(below_of(alternative, below))),
                known => return known,
            }
        }
        Answer::NotGiven(first.unwrap_or_else(|| content.to_owned()))
    }

    /// An alternative with the variables in it resolved; the name of the whole when one is not known.
    fn flat(&mut self, alternative: &str, place: Span, depth: usize) -> Result<String, String> {
        let mut flat = String::new();
        for part in parts(alternative) {
            match part {
                Part::Literal(at) | Part::Pseudo(at) => {
                    flat.push_str(alternative.get(at).unwrap_or_default());
                }
                Part::Variable(at) => {
                    let inner = alternative.get(at).unwrap_or_default();
                    let Answer::Text(pieces) = self.variable(inner, place, &[], depth + 1) else {
                        return Err(alternative.to_owned());
                    };
                    for piece in pieces {
                        let Piece::Literal(text, _) = piece else { return Err(alternative.to_owned()) };
                        flat.push_str(&text);
                    }
                }
            }
        }
        Ok(flat)
    }

    /// What one source says.
    fn source(&mut self, written: &str, place: Span, below: &[&str], depth: usize) -> Answer {
        if let Some(rest) = written.strip_prefix("file(") {
            return self.in_file(written, rest, below, depth);
        }
        let Some((source, address)) = written.split_once(':') else {
            // `dev` as a fallback is a text, as are numbers; nothing is below it.
            let text = || Answer::Text(vec![Piece::Literal(written.into(), place)]);
            return if below.is_empty() { text() } else { Answer::Missing };
        };
        let pseudo = |name: &str| Answer::Text(vec![Piece::Name(name.to_owned(), place)]);
        match (source, address) {
            ("self", _) => {
                let root = Arc::clone(&self.root);
                self.find(&root, &path(address, below), depth)
            }
            // <https://www.serverless.com/framework/docs/guides/variables/core>
            ("sls", "stage") => {
                self.variable("opt:stage, self:provider.stage, 'dev'", place, below, depth + 1)
            }
            // <https://www.serverless.com/framework/docs/guides/variables/aws>
            ("aws", "accountId") => pseudo("AWS::AccountId"),
            ("aws", "region") => pseudo("AWS::Region"),
            ("aws", "partition") => pseudo("AWS::Partition"),
            ("param", name) => self.parameter(name, written, (place, below), depth),
            ("opt" | "env", _) => Answer::NotGiven(below_of(written, below)),
            _ => Answer::Unknown(below_of(written, below)),
        }
    }

    /// A parameter of a stage, or of all of them.
    ///
    /// <https://www.serverless.com/framework/docs/guides/parameters>
    fn parameter(
        &mut self,
        name: &str,
        written: &str,
        (place, below): (Span, &[&str]),
        depth: usize,
    ) -> Answer {
        let stage = match self.variable("sls:stage", place, &[], depth + 1) {
            Answer::Text(pieces) => match pieces.as_slice() {
                [Piece::Literal(stage, _)] => Some(stage.to_string()),
                _ => None,
            },
            _ => None,
        };
        let root = Arc::clone(&self.root);
        for stage in stage.iter().map(String::as_str).chain(["default"]) {
            for start in [["stages", stage, "params", name].as_slice(), ["params", stage, name].as_slice()] {
                match self.find(&root, &[start, below].concat(), depth) {
                    Answer::Missing => {}
                    known => return known,
                }
            }
        }
        Answer::NotGiven(below_of(written, below))
    }

    /// What is at a path below a node.
    fn find(&mut self, node: &Node, path: &[&str], depth: usize) -> Answer {
        if self.is_too_much(depth) {
            return Answer::Unknown(TOO_MUCH.to_owned());
        }
        if let (NodeKind::String(_), None) = (&node.kind, &node.tag) {
            let text = node.as_str().unwrap_or_default();
            return self.text(node, &text, path, depth);
        }
        let Some((key, rest)) = path.split_first() else {
            return match (&node.kind, node.as_str()) {
                (NodeKind::Number(_) | NodeKind::Bool(_), Some(text)) => {
                    Answer::Text(vec![Piece::Literal(text.into(), node.span)])
                }
                _ => Answer::Node(self.node(node, false, depth + 1)),
            };
        };
        let item = || key.parse().ok().and_then(|at: usize| node.items().get(at));
        match node.get(key).or_else(item) {
            Some(found) => self.find(found, rest, depth + 1),
            None => Answer::Missing,
        }
    }

    /// What is in a file of the project.
    ///
    /// <https://www.serverless.com/framework/docs/guides/variables/file>
    fn in_file(&mut self, written: &str, rest: &str, below: &[&str], depth: usize) -> Answer {
        let unknown = || Answer::Unknown(below_of(written, below));
        let Some((name, address)) = rest.split_once(')') else { return unknown() };
        let home = directory(self.sources.path(self.file));
        let found = joined(home, name.trim()).and_then(|path| self.sources.find(&path));
        let Some(id) = found else { return Answer::Missing };
        let extension = self.sources.path(id).rsplit('.').next().unwrap_or_default();
        if !["yml", "yaml", "json"].contains(&extension) {
            return unknown();
        }
        let sources = self.sources;
        let read = || parse_text(id, &sources.text_or_empty(id)).0.map(Arc::new);
        let Some(root) = self.files.entry(id).or_insert_with(read).as_ref().map(Arc::clone) else {
            return unknown();
        };
        self.find(&root, &path(address.trim_start_matches(':'), below), depth + 1)
    }

    /// The name of a parameter for what is not known. Braces would end it.
    fn unknown(&mut self, name: &str) -> String {
        let name = name.replace("${", "").replace('}', "");
        if !self.unknown.contains(&name) {
            self.unknown.insert(name.as_str().into());
        }
        name
    }
}

/// The keys of an address, and those below it.
fn path<'p>(address: &'p str, below: &[&'p str]) -> Vec<&'p str> {
    address.split('.').filter(|key| !key.is_empty()).chain(below.iter().copied()).collect()
}

/// The name of what is at a path below something that has a name.
fn below_of(name: &str, below: &[&str]) -> String {
    [&[name], below].concat().join(".")
}

/// Pieces as a node of a template: a text, and `Fn::Sub` or `Ref` when something is put in.
fn written(pieces: Vec<Piece>, node: &Node, in_sub: bool) -> Node {
    let at = At(node.span);
    if let ([Piece::Name(name, _)], false) = (pieces.as_slice(), in_sub) {
        return at.reference(name);
    }
    if let ([Piece::Literal(text, span)], None) = (pieces.as_slice(), &node.tag) {
        // What a variable stands for is shown where it is written.
        return Node::string(Arc::clone(text), *span);
    }
    let plain = pieces.iter().all(|piece| matches!(piece, Piece::Literal(..)));
    let part = |piece: Piece| match piece {
        // What is text elsewhere is no reference here.
        Piece::Literal(text, span) if !plain && !in_sub => (text.replace("${", "${!").into(), span),
        Piece::Literal(text, span) => (text, span),
        Piece::Name(name, span) => (format!("${{{name}}}").into(), span),
    };
    let kind = NodeKind::String(Parts::new(pieces.into_iter().map(part), node.span));
    if plain || in_sub {
        return like(node, kind);
    }
    at.map(vec![("Fn::Sub", Node::new(kind, node.span))])
}

/// What is written in the place of another node.
fn like(node: &Node, kind: NodeKind) -> Node {
    Node { kind, span: node.span, tag: node.tag.clone() }
}

/// Where the bytes of a text are written.
struct Places<'n> {
    parts: Vec<(&'n Arc<str>, Span)>,
    whole: Span,
}

impl<'n> Places<'n> {
    fn of(node: &'n Node) -> Self {
        Self { parts: node.parts().collect(), whole: node.span }
    }

    /// Adds what stands between two bytes, in the parts that it is written in.
    fn cut(&self, start: usize, end: usize, pieces: &mut Vec<Piece>) {
        let mut from = 0;
        for (text, span) in &self.parts {
            let (first, last) = (start.max(from), end.min(from + text.len()));
            if first < last
                && let Some(cut) = text.get(first - from..last - from)
            {
                let exact = span.len() == text.len();
                let place = if exact { span.part(first - from, last - from) } else { *span };
                pieces.push(Piece::Literal(cut.into(), place));
            }
            from += text.len();
        }
    }

    /// Where it is written between two bytes.
    fn place(&self, start: usize, end: usize) -> Span {
        let mut pieces = Vec::new();
        self.cut(start, end, &mut pieces);
        let mut spans = pieces.iter().map(|piece| match piece {
            Piece::Literal(_, span) | Piece::Name(_, span) => *span,
        });
        let first = spans.next().unwrap_or(self.whole);
        spans.try_fold(first, Span::join).unwrap_or(self.whole)
    }
}
