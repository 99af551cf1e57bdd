//! Every place of what was found lies inside its file, on borders of characters.

use trustlint::internals::facts::Walked;
use trustlint::internals::value::{Kind, Value};
use trustlint::{Sources, Span};

pub fn inside(sources: &Sources, span: Span, what: &str) {
    assert!(sources.text_or_empty(span.source).get(span.range()).is_some(), "{what} is nowhere: {span:?}");
}

fn value(sources: &Sources, one: &Value) {
    inside(sources, one.span, "a value");
    match &one.kind {
        Kind::List(list) => list.items.iter().for_each(|item| value(sources, item)),
        Kind::Map(map) => map.entries.iter().for_each(|entry| {
            inside(sources, entry.key_span, "a key");
            value(sources, &entry.value);
        }),
        Kind::Text(text) => text.pieces().iter().for_each(|piece| inside(sources, piece.span, "a piece")),
        _ => {}
    }
}

/// What was found in templates.
pub fn walked(sources: &Sources, walked: &Walked) {
    for problem in &walked.problems {
        inside(sources, problem.span, "a problem");
    }
    for declaration in &walked.declarations {
        inside(sources, declaration.span, "a declaration");
        inside(sources, declaration.body, "a body");
        declaration.properties.entries.iter().for_each(|entry| value(sources, &entry.value));
    }
}
