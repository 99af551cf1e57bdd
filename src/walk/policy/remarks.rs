//! What is to be said of policy files beside findings: that one is no policy although it is meant as one, or that AWS rejects it.

use super::binding::What;
use super::document::{is_policy, statements};
use super::kind::has_principal;
use crate::diagnostic::Problem;
use crate::source::Span;
use crate::value::{Kind, Map, Value};

/// The elements of a policy document.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
const OF_DOCUMENTS: [&str; 3] = ["Version", "Id", "Statement"];

/// The elements of a statement.
const OF_STATEMENTS: [&str; 10] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
    "Id",
];

/// Whether a text that is no policy is plainly meant as one: it begins as a document does, or as a statement.
pub(super) fn is_meant(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let list = text.strip_prefix('[').map_or(text, str::trim_start);
    let Some(first) = list.strip_prefix('{').map(str::trim_start) else { return false };
    let Some((first, _)) = first.strip_prefix('"').and_then(|rest| rest.split_once('"')) else {
        return false;
    };
    if list.len() == text.len() && OF_DOCUMENTS.contains(&first) {
        let has = |name: &str| text.contains(&format!("\"{name}\""));
        // With a slip in `Effect`, the other elements still say what it is.
        return has("Statement") && ["Effect", "Principal", "Action", "NotAction"].into_iter().any(has);
    }
    OF_STATEMENTS.contains(&first)
        && text.contains("\"Effect\"")
        && (text.contains("\"Action\"") || text.contains("\"NotAction\""))
}

/// Why a file that is meant as a policy is none.
pub(super) fn unread(file: &Value) -> Option<Problem> {
    let statement = match &file.kind {
        Kind::List(list) if !list.items.is_empty() && list.items.iter().all(is_statement) => file,
        Kind::Map(_) if is_statement(file) => file,
        Kind::Map(map) if has_only(map, &OF_DOCUMENTS) => {
            return map.get("Statement").and_then(wrong_statement);
        }
        _ => return None,
    };
    let message = "a statement alone is not a policy: put it into `Statement` of a document with a `Version`";
    Some(Problem::note(begin(statement.span), message))
}

/// The first statement of a document that is none.
fn wrong_statement(statement: &Value) -> Option<Problem> {
    let all = match &statement.kind {
        Kind::List(list) if list.items.is_empty() => {
            return Some(Problem::note(statement.span, "the policy has no statements"));
        }
        Kind::List(list) => list.items.as_slice(),
        _ => std::slice::from_ref(statement),
    };
    let wrong = all.iter().find(|one| one.as_map().is_none_or(|map| map.get("Effect").is_none()))?;
    let message = match wrong.as_map() {
        _ if is_policy(wrong) => "a policy stands in the place of a statement: AWS rejects this",
        Some(map) if has_only(map, &OF_STATEMENTS) => "a statement has no `Effect`: AWS rejects the policy",
        Some(_) => {
            "a statement has no `Effect`, but an element that no statement has: AWS rejects the policy"
        }
        None => "a statement is an object: AWS rejects the policy",
    };
    Some(Problem::new(begin(wrong.span), message))
}

fn begin(span: Span) -> Span {
    span.part(0, 1)
}

fn has_only(map: &Map, known: &[&str]) -> bool {
    let is_known = |key: &str| known.contains(&key);
    !map.entries.is_empty()
        && map.entries.iter().all(|entry| entry.key.as_literal().is_some_and(|key| is_known(&key)))
}

fn is_statement(value: &Value) -> bool {
    value.as_map().is_some_and(|map| {
        let acts = map.get("Action").or_else(|| map.get("NotAction")).is_some();
        map.get("Effect").is_some() && acts && has_only(map, &OF_STATEMENTS)
    })
}

/// What AWS rejects of a document for this, or what nobody can mean.
pub(super) fn remarks(document: &Value, what: What, configured: Option<Span>) -> Vec<Problem> {
    let all = statements(document);
    let mut said = Vec::new();
    let named = all.iter().filter(|one| has_principal(one)).count();
    let is_mixed = named > 0 && named < all.len();
    if is_mixed && matches!(what, What::Trust | What::Identity | What::Resource) {
        let other = all.iter().find(|one| !has_principal(one)).and_then(|one| one.entries.first());
        let message = "the policy has statements with and without `Principal`: AWS rejects it, as a policy of an identity and of a \
                       resource alike";
        said.extend(other.map(|entry| Problem::note(entry.key_span, message)));
    }
    if let Some(place) = configured {
        let needs = matches!(what, What::Trust | What::Resource);
        let refuses = matches!(what, What::Identity | What::Boundary | What::Session | What::ServiceControl);
        if needs && named == 0 || refuses && named > 0 {
            let (name, has) = (what.name(), if needs { "no" } else { "a" });
            said.push(Problem::note(
                place,
                format!("the file is bound as {name}, but has {has} `Principal`"),
            ));
        }
    }
    said.extend(all.iter().filter_map(|one| one.get("Action")).flat_map(torn_actions));
    said
}

/// Actions with a blank in them, which do not exist.
fn torn_actions(actions: &Value) -> Vec<Problem> {
    let items = actions.as_list().map_or(std::slice::from_ref(actions), |list| list.items.as_slice());
    let torn = |one: &Value| {
        let written = one.as_str().filter(|name| name.contains(char::is_whitespace) && name.contains(':'))?;
        let message = format!("`{written}` is not an action: remove the blank, or it matches nothing");
        Some(Problem::note(one.span, message))
    };
    items.iter().filter_map(torn).collect()
}
