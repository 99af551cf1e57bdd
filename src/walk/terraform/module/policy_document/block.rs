//! The arguments and blocks of the data source itself.

use super::Refused;
use super::clauses::{conditions, principals, scalar, set};
use super::merge::{Document, NEW_VERSION, Part};
use crate::bounds;
use crate::source::Span;
use crate::value::{Entry, Kind, List, Map, PieceKind, Text, Value};

/// The first version of the policy language, which has no variables.
const OLD_VERSION: &str = "2008-10-17";

/// The arguments and blocks of a statement.
pub(crate) const STATEMENT: [&str; 9] = [
    "actions",
    "condition",
    "effect",
    "not_actions",
    "not_principals",
    "not_resources",
    "principals",
    "resources",
    "sid",
];

/// The document that the block says without its source documents.
pub(super) fn own(properties: &Map, span: Span) -> Result<Document, Refused> {
    let mut document = Document { certain: true, ..Document::default() };
    let key_span = properties.entry("version").map_or(span, |entry| entry.key_span);
    let version = with_default(properties.get("version"), NEW_VERSION, span);
    let mut variables =
        Variables { refused: version.as_str().is_some_and(|it| it == OLD_VERSION), found: false };
    document.version = Some((version, key_span));
    document.id = said(properties, "policy_id").filter(|(id, _)| !is_empty(id));
    let (places, open) = places(properties.get("statement"));
    for place in places {
        if let Some(name) = place.blocks.iter().find_map(|(block, _)| misnamed(block)) {
            return Err(Refused(format!("a policy document with the argument `{name}` in a statement")));
        }
        let blocks = place
            .blocks
            .iter()
            .map(|(block, whole)| whole.with_kind(Kind::Map(statement(block, whole.span, &mut variables))));
        let nothing = place.absent.then(|| Value::new(Kind::Absent, span));
        document.parts.extend(Part::new(blocks.chain(nothing).collect::<Vec<_>>()));
    }
    if open {
        document.parts.push(Part::Unknown);
    }
    if variables.refused && variables.found {
        return Err(Refused(format!("a policy document of version {OLD_VERSION} with `&{{`")));
    }
    Ok(document)
}

/// An argument that statements do not have.
fn misnamed(block: &Map) -> Option<String> {
    let mut names = block.entries.iter().filter_map(|entry| entry.key.as_literal());
    names.find(|name| !STATEMENT.contains(&&**name)).map(std::borrow::Cow::into_owned)
}

/// A value that is set, or what stands for one that is not.
fn with_default(value: Option<&Value>, default: &str, span: Span) -> Value {
    let default = || Value::literal(default, span);
    match value {
        None => default(),
        Some(value) => Value::choice(
            value.alternatives().iter().map(|one| if one.is_unset() { default() } else { one.clone() }),
            value.span,
        ),
    }
}

fn set_entry<'a>(map: &'a Map, name: &str) -> Option<&'a Entry> {
    map.entry(name).filter(|entry| !entry.value.is_unset())
}

/// What an argument says, when it is set, and where its key is written.
fn said(map: &Map, name: &str) -> Option<(Value, Span)> {
    set_entry(map, name).map(|entry| (entry.value.clone(), entry.key_span))
}

/// Whether a value is certainly the empty string.
fn is_empty(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.is_empty())
}

/// The statement of a block whose header is at `span`.
fn statement(block: &Map, span: Span, variables: &mut Variables) -> Map {
    let mut statement = Map { open: block.open, ..Map::default() };
    if let Some((sid, key_span)) = said(block, "sid").filter(|(sid, _)| !is_empty(sid)) {
        statement.insert("Sid", key_span, scalar(sid));
    }
    let key_span = block.entry("effect").map_or(span, |entry| entry.key_span);
    statement.insert("Effect", key_span, with_default(block.get("effect"), "Allow", span));
    let lists = [
        ("actions", "Action"),
        ("not_actions", "NotAction"),
        ("resources", "Resource"),
        ("not_resources", "NotResource"),
    ];
    for (name, element) in lists {
        let Some((value, key_span)) = said(block, name) else { continue };
        let of_resources = name.ends_with("resources").then(|| maybe_empty(&value)).flatten();
        let Some(value) = set(value).or(of_resources) else { continue };
        // Variables in actions are no variables.
        let value = if name.ends_with("actions") { value } else { variables.put_in(value) };
        statement.insert(element, key_span, value);
    }
    for (name, element) in [("principals", "Principal"), ("not_principals", "NotPrincipal")] {
        let Some(entry) = set_entry(block, name) else { continue };
        if let Some(value) = principals(&entry.value) {
            statement.insert(element, entry.key_span, variables.put_in(value));
        }
    }
    if let Some(entry) = set_entry(block, "condition")
        && let Some(value) = conditions(&entry.value)
    {
        statement.insert("Condition", entry.key_span, variables.put_in(value));
    }
    statement
}

/// A list of resources that an expression leaves empty: it may be so only until somebody sets an input. One that is written empty
/// is none.
fn maybe_empty(value: &Value) -> Option<Value> {
    let is_written = value.span.len() <= "[ ]".len();
    let list = List { items: vec![].into(), open: true };
    (value.as_list().is_some() && !is_written).then(|| value.with_kind(Kind::List(list)))
}

/// Where a block stands: the blocks of which one is there.
pub(super) struct Place<'a> {
    pub(super) blocks: Vec<(&'a Map, &'a Value)>,
    /// There may be none.
    pub(super) absent: bool,
}

impl Place<'_> {
    /// Whether its block is certainly there.
    pub(super) fn is_certain(&self) -> bool {
        !self.absent && self.blocks.len() == 1
    }
}

/// The blocks of a type, and whether there may be more.
pub(super) fn places(value: Option<&Value>) -> (Vec<Place<'_>>, bool) {
    let mut found = Vec::new();
    let mut open = false;
    for one in value.map_or(&[][..], Value::alternatives) {
        let optional = value.is_some_and(|value| value.alternatives().len() > 1);
        match &one.kind {
            Kind::Null | Kind::Absent => {}
            Kind::List(list) => {
                open |= list.open || list.items.len() > bounds::POLICY_STATEMENTS;
                for item in list.items.iter().take(bounds::POLICY_STATEMENTS) {
                    open |= add_place(item, optional, &mut found);
                }
            }
            // The JSON syntax has an object for a single block.
            Kind::Map(_) => open |= add_place(one, optional, &mut found),
            _ => open = true,
        }
    }
    (found, open)
}

/// Adds what stands in one place; whether it may be something that is not known.
fn add_place<'a>(item: &'a Value, optional: bool, found: &mut Vec<Place<'a>>) -> bool {
    let mut place = Place { blocks: Vec::new(), absent: optional };
    let mut open = item.alternatives().len() > bounds::CHOICES;
    for one in item.alternatives().iter().take(bounds::CHOICES) {
        match &one.kind {
            Kind::Map(map) => place.blocks.push((map, one)),
            Kind::Null | Kind::Absent => place.absent = true,
            _ => open = true,
        }
    }
    place.absent |= open;
    if !place.blocks.is_empty() {
        found.push(place);
    }
    open
}

/// Policy variables, which are written `&{…}` here, as `${…}` belongs to Terraform.
struct Variables {
    /// The version has none.
    refused: bool,
    /// There was one.
    found: bool,
}

impl Variables {
    fn put_in(&mut self, value: Value) -> Value {
        self.deeper(value, bounds::POLICY_DEPTH)
    }

    fn deeper(&mut self, value: Value, depth: usize) -> Value {
        let Some(depth) = depth.checked_sub(1) else { return value };
        let kind = match value.kind {
            Kind::Text(text) => Kind::Text(self.text(text)),
            Kind::List(list) => Kind::List(list.map(|item| self.deeper(item, depth))),
            // Names of keys and operators are taken as they are.
            Kind::Map(map) => Kind::Map(map.map(|value| self.deeper(value, depth))),
            Kind::Choice(all) => Kind::Choice(all.into_iter().map(|one| self.deeper(one, depth)).collect()),
            kind => kind,
        };
        Value { kind, ..value }
    }

    fn text(&mut self, text: Text) -> Text {
        let has = |kind: &PieceKind| matches!(kind, PieceKind::Literal(literal) if literal.contains('&'));
        if !text.pieces().iter().any(|piece| has(&piece.kind)) {
            return text;
        }
        let mut out = Text::default();
        let mut pieces = text.into_pieces().into_iter().peekable();
        while let Some(piece) = pieces.next() {
            let PieceKind::Literal(literal) = piece.kind else {
                out.push(piece.kind, piece.span);
                continue;
            };
            let mut written = literal.replace("&{", "${");
            // An escape or a reference may part the two characters.
            let brace = |kind: &PieceKind| matches!(kind, PieceKind::Literal(next) if next.starts_with('{'));
            if written.ends_with('&') && pieces.peek().is_some_and(|next| brace(&next.kind)) {
                written.pop();
                written.push('$');
            }
            self.found |= *written != *literal;
            out.push_str(written, piece.span);
        }
        out
    }
}
