//! What a task of org-formation says of the account it is performed for: `!Ref CurrentAccount`,
//! `!Sub 'logs-${CurrentAccount.AccountId}'`.
//!
//! <https://github.com/org-formation/org-formation-cli/blob/master/docs/task-files.md>

use std::collections::BTreeMap;

use crate::parse::Node;
use crate::source::Span;
use crate::value::Text;

/// The names of the account that a task is performed for.
const NAMES: [&str; 2] = ["CurrentAccount", "AWSAccount"];

/// What is known of an account, by attribute: `AccountId`, `Alias`, `Tags.stage`.
pub(super) type Attributes = BTreeMap<String, Text>;

/// The attributes that an organization writes for an account.
pub(super) fn attributes(properties: Option<&Node>) -> Attributes {
    let mut found = Attributes::new();
    for member in properties.map_or(&[][..], Node::members) {
        let plain = |node: &Node| node.tag.is_none().then(|| node.as_str()).flatten();
        if let Some(text) = plain(&member.value) {
            found.insert(member.key.to_string(), Text::literal(text, member.value.span));
        }
        for tag in member.value.members().iter().filter(|_| &*member.key == "Tags") {
            if let Some(text) = plain(&tag.value) {
                found.insert(format!("Tags.{}", tag.key), Text::literal(text, tag.value.span));
            }
        }
    }
    found
}

/// What a node says that speaks of the account; nothing when it says more, or what is not known.
pub(super) fn text(node: &Node, account: &Attributes) -> Option<Text> {
    let (function, argument) = match (node.tag.as_deref(), node.members()) {
        (Some(tag), _) => (tag.strip_prefix('!')?, node),
        (None, [only]) => (only.key.strip_prefix("Fn::").unwrap_or(&only.key), &only.value),
        _ => return None,
    };
    let written = argument.as_str()?;
    match function {
        "Ref" | "GetAtt" => attribute(&written, account, node.span),
        "Sub" => substituted(&written, account, argument.span),
        _ => None,
    }
}

/// Whether a node speaks of the account at all.
pub(super) fn speaks_of_it(node: &Node) -> bool {
    let named = node.as_str().is_some_and(|text| NAMES.iter().any(|name| text.contains(name)));
    named
        || node.items().iter().any(speaks_of_it)
        || node.members().iter().any(|member| speaks_of_it(&member.value))
}

fn attribute(written: &str, account: &Attributes, span: Span) -> Option<Text> {
    let (name, attribute) = written.split_once('.').unwrap_or((written, "AccountId"));
    let known = NAMES.contains(&name).then(|| account.get(attribute)).flatten()?;
    Some(known.shown_at(span))
}

fn substituted(written: &str, account: &Attributes, span: Span) -> Option<Text> {
    let mut text = Text::default();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, further) = after.split_once('}')?;
        text.push_str(before, span);
        text.append(&attribute(name, account, span)?);
        rest = further;
    }
    text.push_str(rest, span);
    Some(text)
}
