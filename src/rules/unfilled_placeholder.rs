//! Placeholders in policy files that somebody still fills in.

use std::cell::LazyCell;

use rustc_hash::FxHashSet;

use super::{Context, Rule};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Label, Severity};
use crate::facts::Placeholder;
use crate::source::Sources;

pub(super) static RULE: Rule = Rule {
    name: "unfilled-placeholder",
    summary: "a policy file has placeholders that must be replaced before it is applied",
    effect: Effect::Unknown,
    severity: Severity::Info,
    family: "hygiene",
    since: "0.1.0",
    page: include_str!("../../rules/unfilled-placeholder.md"),
    check: |_: &Context<'_>, _: &mut Vec<Diagnostic>| {},
};

/// A finding for each policy file with placeholders, and one for a directory of templates that a program fills in. The graph has
/// placeholders as symbols only.
pub fn unfilled(mut placeholders: Vec<Placeholder>, sources: &Sources) -> Vec<Diagnostic> {
    let rendered =
        |one: &Placeholder| one.rendered.then(|| directory(sources.path(one.span.source)).to_owned());
    let rendering: FxHashSet<String> = placeholders.iter().filter_map(rendered).collect();
    placeholders.retain(|one| !one.rendered || one.applied.is_some());
    placeholders.sort_by_key(|one| one.span);
    let of_terraform = LazyCell::new(|| of_terraform(sources));
    let of_file = placeholders.chunk_by(|a, b| a.span.source == b.span.source);
    let finding = |all: &[Placeholder]| {
        let first = all.first()?;
        let mut names: Vec<&str> = Vec::new();
        for one in all {
            let name = if one.text.is_empty() { "\"\"" } else { &one.text };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let shown: Vec<String> =
            names.iter().take(bounds::NAMES_LISTED).map(|name| format!("`{name}`")).collect();
        let more = match names.len().saturating_sub(shown.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let path = sources.path(first.span.source);
        let name = path.rsplit('/').next().unwrap_or(path);
        // Words in small letters may be placeholders too, and nobody can tell.
        let message = format!("policy file `{name}` has placeholders, among them {}{more}", shown.join(", "));
        // IDs of documentation may be those of accounts, and an empty text may be right.
        let is_word = |text: &str| text.contains(|char: char| char.is_alphabetic());
        let applied = all.iter().filter(|one| is_word(&one.text)).find_map(|one| one.applied);
        let message =
            if applied.is_some() { format!("{message}; a command applies it as it is") } else { message };
        let is_template = applied.is_none() && all.iter().all(|one| is_template(&one.text));
        let is_of_terraform = (path.rsplit('.').next().is_some_and(|it| ["tftpl", "tpl"].contains(&it))
            || rendering.contains(directory(path))
            || of_terraform.contains(directory(path)))
            && all.iter().all(|one| one.text.starts_with("${"));
        let help = if is_template && is_of_terraform {
            "no call of Terraform whose path is known renders it: remove the file if it is left over"
        } else if is_template {
            "nothing is to do where a program fills them in; equal placeholders are taken for one value"
        } else {
            "replace all of them with their values before the policy is applied; equal placeholders are taken for one value"
        };
        let mut finding = RULE.finding(message, Label::new(first.span, "to be filled in")).help(help);
        if let Some(command) = applied {
            finding = finding.severity(Severity::Error).related(Label::new(command, "applied as it is"));
        }
        // What fills in one of a directory fills in all.
        finding.group = is_template.then(|| format!("templates in {}", directory(path)).into());
        Some(finding.about(std::iter::once(path).chain(names)))
    };
    of_file.filter_map(finding).collect()
}

/// Whether a placeholder is written as those that programs fill in, and not people: `${namespace}`, `{{ account }}`,
/// `{account}`.
fn is_template(text: &str) -> bool {
    ["$", "{", "#{", "@", "##", "__", "%"].iter().any(|mark| text.starts_with(mark))
}

/// The directory of a file; empty for the root.
fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The directories in which files of Terraform lie.
fn of_terraform(sources: &Sources) -> FxHashSet<&str> {
    let paths = sources.below("").map(|id| sources.path(id));
    paths.filter(|path| path.rsplit('.').next() == Some("tf")).map(directory).collect()
}
