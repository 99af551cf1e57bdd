//! Comments that accept findings: where they are written, and how.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::Edits;
use crate::diagnostic::{Diagnostic, Edit};
use crate::parse::{Node, NodeKind, json};
use crate::source::{SourceId, Sources, Span};
use crate::suppress::Heads;

/// A place of a comment for a finding: the number of the statement around it, from the innermost one on.
pub type Place = usize;

/// What accepts findings at their places, and which of them have none there: their texts have no comments, or no statement is that
/// far out.
pub fn ignores<'d>(
    findings: impl IntoIterator<Item = (&'d Diagnostic, Place)>,
    sources: &Sources,
    reason: &str,
) -> (Edits, Vec<&'d Diagnostic>) {
    let mut files: FxHashMap<SourceId, Option<Heads>> = FxHashMap::default();
    let mut comments: BTreeMap<(SourceId, usize), BTreeSet<&str>> = BTreeMap::new();
    let mut metadata: BTreeMap<SourceId, Vec<&Diagnostic>> = BTreeMap::new();
    let mut homeless = Vec::new();
    for (finding, place) in findings {
        let span = finding.primary.span;
        let heads = files.entry(span.source).or_insert_with(|| Heads::of(sources, span.source));
        match heads {
            Some(heads) => match heads.around(sources, span).nth(place) {
                Some(line) => _ = comments.entry((span.source, line)).or_default().insert(finding.rule),
                None => homeless.push(finding),
            },
            None if place == 0 => metadata.entry(span.source).or_default().push(finding),
            None => homeless.push(finding),
        }
    }
    let mut edits = Edits::default();
    for ((source, line), rules) in comments {
        edits.add(&[comment(sources, (source, line), &rules, reason)]);
    }
    for (source, findings) in metadata {
        homeless.extend(in_metadata(sources, source, findings, reason, &mut edits));
    }
    (edits, homeless)
}

/// A line above another one, as far to the right.
fn comment(
    sources: &Sources,
    (source, line): (SourceId, usize),
    rules: &BTreeSet<&str>,
    reason: &str,
) -> Edit {
    let text = sources.text_or_empty(source);
    let start = sources.line_starts(source).get(line).copied().unwrap_or_default() as usize;
    let written = text.get(start..).and_then(|rest| rest.split_inclusive('\n').next()).unwrap_or_default();
    let blanks = written.len() - written.trim_start_matches([' ', '\t']).len();
    let indent = written.get(..blanks).unwrap_or_default();
    let end = if written.ends_with("\r\n") { "\r\n" } else { "\n" };
    let rules = rules.iter().copied().collect::<Vec<_>>().join(", ");
    let text = format!("{indent}# trustlint: ignore[{rules}] {reason}{end}");
    Edit { span: Span::new(source, start, start), text }
}

/// Adds `Metadata` to the resources of a template that is JSON; returns the findings that lie in none.
fn in_metadata<'d>(
    sources: &Sources,
    source: SourceId,
    findings: Vec<&'d Diagnostic>,
    reason: &str,
    edits: &mut Edits,
) -> Vec<&'d Diagnostic> {
    let text = sources.text_or_empty(source);
    let is_template =
        sources.path(source).rsplit_once('.').is_some_and(|(_, it)| matches!(it, "json" | "template"));
    let Some(document) = json::parse(source, &text).ok().filter(|_| is_template) else { return findings };
    let resources = document.get("Resources").map_or(&[][..], Node::members);
    let mut by_resource: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    let mut homeless = Vec::new();
    for finding in findings {
        let holds =
            |at: &usize| resources.get(*at).is_some_and(|it| it.value.span.contains(finding.primary.span));
        match (0..resources.len()).find(holds) {
            Some(at) => _ = by_resource.entry(at).or_default().insert(finding.rule),
            None => homeless.push(finding),
        }
    }
    for (at, rules) in by_resource {
        let Some(resource) = resources.get(at) else { continue };
        let items: Vec<String> = rules
            .into_iter()
            .map(|rule| {
                let (rule, reason) = (serde_json::Value::from(rule), serde_json::Value::from(reason));
                format!("{{ \"rule\": {rule}, \"reason\": {reason} }}")
            })
            .collect();
        edits.extend_one(entry(&resource.value, &items.join(", "), &text));
    }
    homeless
}

/// What is put into a resource: into the list of ignores, into what there is of our metadata, or as all of it.
fn entry(resource: &Node, items: &str, text: &str) -> Option<Edit> {
    let metadata = resource.get("Metadata");
    let own = metadata.and_then(|it| it.get("trustlint"));
    let ignore = own.and_then(|it| it.get("ignore"));
    let (into, new) = match (metadata, own, ignore) {
        (_, _, Some(list)) => (list, items.to_owned()),
        (_, Some(own), None) => (own, format!("\"ignore\": [{items}]")),
        (Some(metadata), None, None) => (metadata, format!("\"trustlint\": {{ \"ignore\": [{items}] }}")),
        (None, ..) => (resource, format!("\"Metadata\": {{ \"trustlint\": {{ \"ignore\": [{items}] }} }}")),
    };
    let is_empty = match &into.kind {
        NodeKind::Map(members) => members.is_empty(),
        NodeKind::List(items) => items.is_empty(),
        // A rule may stand alone, where nothing can be added.
        _ => return None,
    };
    let inside = into.span.start as usize + 1;
    // As far to the right as what follows.
    let after = text.get(inside..)?;
    let blanks = after.get(..after.len() - after.trim_start().len()).unwrap_or_default();
    let before = if is_empty { "" } else { blanks };
    let comma = if is_empty { "" } else { "," };
    Some(Edit { span: Span::new(into.span.source, inside, inside), text: format!("{before}{new}{comma}") })
}
