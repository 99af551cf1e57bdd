//! Readers, against others that read the same.

use trustlint::internals::parse::{Node, NodeKind, hcl as ours, json as reader, yaml as documents};
use trustlint::internals::source::SourceId;

use crate::hcl_nodes::{difference, explained};
use crate::trees;

/// No deeper than this, others are asked: they go down on the stack.
const DEEPEST: usize = 60;

/// At most how deep a text can be nested, whatever the language.
fn depth(text: &str) -> usize {
    let opens = |byte: &u8| matches!(byte, b'[' | b'{' | b'(');
    let unary =
        text.as_bytes().windows(2).filter(|two| matches!(two, [b'!' | b'-', b'!' | b'-' | b' '])).count();
    text.bytes().filter(|byte| opens(byte)).count() + unary
}

/// A module: its tree is that of hcl-edit, where both read all of it.
pub fn hcl(text: &str) {
    let (body, problems) = ours::parse(SourceId::first(), text);
    trees::body(text, &body);
    for problem in &problems {
        assert!(text.get(problem.span.range()).is_some(), "a problem is nowhere: {problem:?}");
    }
    if !problems.is_empty() || depth(text) > DEEPEST {
        return;
    }
    let Ok(other) = hcl_edit::parser::parse_body(text) else { return };
    if let Some(said) = difference(text, &body, &other) {
        assert!(explained(text, &said).is_some(), "{said}");
    }
}

/// A document: what the quick reader takes is what the whole parser reads.
pub fn yaml(text: &str) {
    if depth(text) > DEEPEST {
        return;
    }
    let quick = documents::plain(SourceId::first(), text);
    let (root, problems) = documents::whole(SourceId::first(), text);
    for problem in &problems {
        assert!(text.get(problem.span.range()).is_some(), "a problem is nowhere: {problem:?}");
    }
    root.iter().for_each(|root| trees::node(text, root));
    if let Some(quick) = quick {
        assert!(problems.is_empty(), "taken, but {problems:?}");
        assert_eq!(Some(quick), root);
    }
}

/// A document: what is JSON is read as `serde_json` reads it, and the quick reader reads as the careful one.
pub fn json(text: &str) {
    let read = reader::parse(SourceId::first(), text);
    let careful = reader::carefully(SourceId::first(), text);
    match (&read, &careful) {
        (Ok(read), Ok(careful)) => {
            trees::node(text, read);
            assert_eq!(read, careful);
        }
        (Err(read), Err(careful)) => {
            assert!(text.get(read.span.range()).is_some(), "a problem is nowhere: {read:?}");
            assert_eq!((&read.message, read.span), (&careful.message, careful.span));
        }
        _ => panic!("{read:?}\n{careful:?}"),
    }
    if let Ok(wanted) = serde_json::from_str::<serde_json::Value>(text) {
        assert_eq!(read.ok().as_ref().map(plain), Some(wanted));
    }
}

fn plain(node: &Node) -> serde_json::Value {
    match &node.kind {
        NodeKind::Null => serde_json::Value::Null,
        NodeKind::Bool(value) => (*value).into(),
        NodeKind::Number(digits) => serde_json::from_str(digits).unwrap_or_default(),
        NodeKind::String(_) => node.as_str().into(),
        NodeKind::List(items) => items.iter().map(plain).collect(),
        NodeKind::Map(members) => {
            members.iter().map(|member| (member.key.to_string(), plain(&member.value))).collect()
        }
    }
}
