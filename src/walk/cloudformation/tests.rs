//! What templates say, by claims.

mod accounts;
mod conditions;
mod hostile;
mod intrinsics;
mod macros;
mod manifests;
mod parameters;
mod references;
mod serverless;
mod services;
mod stacks;

use super::{claims, walk};
use crate::facts::{Declaration, Unit, Walked};
use crate::source::{SourceId, Sources};
use crate::value::{Kind, Value};

/// A project that has been walked.
struct Project {
    sources: Sources,
    walked: Walked,
}

/// Walks a project in memory.
fn project(files: &[(&str, &str)]) -> Project {
    let owned = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let sources = Sources::in_memory(owned);
    let claimed: Vec<SourceId> =
        sources.ids().filter(|id| claims(sources.path(*id), &sources.text_or_empty(*id))).collect();
    let inputs = super::Inputs { whole: true, ..super::Inputs::default() };
    let walked = walk(&sources, &claimed, &inputs, None);
    Project { sources, walked }
}

/// Walks one template.
fn template(text: &str) -> Project {
    let project = project(&[("stack.yaml", text)]);
    assert_eq!(project.walked.problems, []);
    project
}

/// What `Value` of one resource of a template says, the rest of the template being `rest`.
fn said(value: &str, rest: &str) -> String {
    let text = format!(
        "Resources:\n  Subject:\n    Type: Custom::Subject\n    Properties:\n      Value: {value}\n{rest}"
    );
    template(&text).says("Subject", "Value")
}

impl Project {
    fn declared(&self, address: &str) -> &Declaration {
        let found = self.walked.declarations.iter().find(|it| &*it.address == address);
        found.unwrap_or_else(|| {
            let all: Vec<_> = self.walked.declarations.iter().map(|it| &it.address).collect();
            panic!("`{address}` is not among {all:?}")
        })
    }

    fn is_declared(&self, address: &str) -> bool {
        self.walked.declarations.iter().any(|it| &*it.address == address)
    }

    /// The value at a path of names and numbers: `Policies.0.PolicyName`.
    fn value(&self, address: &str, path: &str) -> &Value {
        let declaration = self.declared(address);
        let mut parts = path.split('.');
        let first = parts.next().unwrap();
        let mut value = declaration
            .properties
            .get(first)
            .unwrap_or_else(|| panic!("`{address}` has no `{first}`: {:?}", declaration.properties));
        for part in parts {
            let next = match &value.kind {
                Kind::Map(map) => map.get(part),
                Kind::List(list) => list.items.get(part.parse::<usize>().unwrap()),
                Kind::Json(inner) => inner.as_map().and_then(|map| map.get(part)),
                _ => None,
            };
            value = next.unwrap_or_else(|| panic!("no `{part}` in {value:?}"));
        }
        value
    }

    fn says(&self, address: &str, path: &str) -> String {
        shown(self.value(address, path))
    }

    /// What is underlined when a finding points at the value.
    fn underlined(&self, address: &str, path: &str) -> String {
        self.sources.slice(self.value(address, path).span)
    }

    /// What the value came through, the last reference first.
    fn came_through(&self, address: &str, path: &str) -> Vec<String> {
        self.value(address, path).via.spans().map(|span| self.sources.slice(span)).collect()
    }

    /// The pieces of a text with what is written for each.
    fn pieces(&self, address: &str, path: &str) -> Vec<(String, String)> {
        let text = self.value(address, path).as_text().unwrap();
        let piece = |piece: &crate::value::Piece| {
            let mut only = crate::value::Text::default();
            only.push(piece.kind.clone(), piece.span);
            (only.to_string(), self.sources.slice(piece.span))
        };
        text.pieces().iter().map(piece).collect()
    }

    /// The units with the accounts they say they go to.
    fn units(&self) -> Vec<(String, String)> {
        let account = |unit: &Unit| unit.hints.first().map(|hint| hint.account.to_string());
        let units = self.walked.units.iter();
        units.map(|unit| (unit.key.to_string(), account(unit).unwrap_or_default())).collect()
    }
}

/// A value in short: `a | b` is a choice, `-` nothing, `…` more that is not known.
fn shown(value: &Value) -> String {
    let open = |open: bool| if open { ", …" } else { "" };
    match &value.kind {
        Kind::Null => "null".to_owned(),
        Kind::Absent => "-".to_owned(),
        Kind::Json(inner) => format!("json {}", shown(inner)),
        Kind::List(list) => {
            let items: Vec<_> = list.items.iter().map(shown).collect();
            format!("[{}{}]", items.join(", "), open(list.open))
        }
        Kind::Map(map) => {
            let entry = |entry: &crate::value::Entry| format!("{}: {}", entry.key, shown(&entry.value));
            let entries: Vec<_> = map.entries.iter().map(entry).collect();
            format!("{{{}{}}}", entries.join(", "), open(map.open))
        }
        Kind::Choice(all) => all.iter().map(shown).collect::<Vec<_>>().join(" | "),
        _ => value.as_text().unwrap().to_string(),
    }
}
