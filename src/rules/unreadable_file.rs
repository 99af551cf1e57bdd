//! Files that could not be read, or not all of them.

use super::{Context, Rule};
use crate::bounds;
use crate::diagnostic::{Diagnostic, Effect, Label, Problem, Severity};
use crate::source::Sources;

/// The name of the rule.
pub const UNREADABLE: &str = "unreadable-file";

/// What is said of a file, before the reason.
pub const UNREAD: &str = "could not read all of this file";

pub(super) static RULE: Rule = Rule {
    name: UNREADABLE,
    summary: "a file, or a part of it, could not be read, so it was not analyzed",
    effect: Effect::Unknown,
    severity: Severity::Warning,
    family: "hygiene",
    since: "0.1.0",
    page: include_str!("../../rules/unreadable-file.md"),
    check: |_: &Context<'_>, _: &mut Vec<Diagnostic>| {},
};

const RENDERED_HELP: &str = "leave the file out with `exclude` in `[check]` of `trustlint.toml`";

/// A finding for each file with problems. They are sorted; the graph does not have them.
pub fn unreadable(problems: &[Problem], sources: &Sources) -> Vec<Diagnostic> {
    let lost: Vec<&Problem> = problems.iter().filter(|problem| problem.lost).collect();
    let of_file = lost.chunk_by(|a, b| a.span.source == b.span.source);
    let finding = |all: &[&Problem]| {
        let (first, others) = all.split_first()?;
        let more = match others.len() {
            0 => String::new(),
            1 => " (and 1 other place)".to_owned(),
            many => format!(" (and {many} other places)"),
        };
        let message = format!("{UNREAD}: {}{more}", first.message);
        let path = sources.path_at_home(first.span.source);
        // What a program fills in is right as it is.
        let (severity, help) = if first.rendered || is_example(path) {
            (Severity::Info, RENDERED_HELP)
        } else {
            (
                RULE.severity,
                "fix the syntax, or ignore the file by its `path` in an `[[ignore]]` of `trustlint.toml`",
            )
        };
        let finding = RULE
            .finding(message, Label::new(first.span, "not analyzed"))
            .severity(severity)
            .help(help)
            .about([path, first.message.as_str()]);
        let others = others.iter().take(bounds::LABELLED_ACTIONS);
        Some(others.fold(finding, |it, other| it.related(Label::new(other.span, other.message.as_str()))))
    };
    of_file.filter_map(finding).collect()
}

/// Whether a file is called an example or lies in a directory of such, which nobody deploys as it is. Terraform reads every file
/// of a directory, and examples of modules are deployed to test them.
fn is_example(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let words: Vec<&str> = parts.next().unwrap_or_default().split(['.', '-', '_']).collect();
    let mut directories = parts.filter(|part| ["example", "examples"].contains(part));
    words.last() != Some(&"tf")
        && (words.iter().any(|word| word.eq_ignore_ascii_case("example")) || directories.next().is_some())
}
