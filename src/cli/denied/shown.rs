//! Verdicts as text and as JSON.

use serde::Serialize;

use super::verdict::{Judged, Verdict};
use crate::cli::access::answers::{Met, Place, conditions, diagnostic, draw, met, place};
use crate::cli::project::Loaded;
use crate::cli::shared::{Global, Stop, print, print_json};
use crate::denial::{Source, Stated};
use crate::diagnostic::{Label, Severity, readable};
use crate::graph::Graph;
use crate::report::escaped;

/// One verdict for programs.
#[derive(Serialize)]
struct Entry<'a> {
    /// The line of the input.
    line: usize,
    /// What told of the denial.
    source: &'static str,
    /// How often the input has it.
    times: usize,
    principal: Option<&'a str>,
    action: Option<&'a str>,
    resource: Option<&'a str>,
    /// What AWS said of the reason.
    stated: Vec<String>,
    verdict: &'static str,
    message: &'a str,
    notes: &'a [String],
    /// What a request must meet for the templates to allow it.
    conditions: Vec<Met<'a>>,
    /// What is not known and would decide.
    missing: &'a [String],
    places: Vec<Place<'a>>,
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Line => "denied",
        Verdict::Condition => "conditional",
        Verdict::Allowed => "allowed",
        Verdict::Undeclared => "undeclared",
        Verdict::Unknown => "unknown",
    }
}

fn source(source: Source) -> &'static str {
    match source {
        Source::Message => "message",
        Source::Decoded => "decoded-message",
        Source::Trail => "cloudtrail",
        Source::Troubleshooter => "access-troubleshooter",
    }
}

pub(super) fn json(judged: &[Judged<'_>], graph: &Graph, loaded: &Loaded) -> Result<(), Stop> {
    let sources = &loaded.project.sources;
    let entries: Vec<Entry<'_>> = judged
        .iter()
        .map(|one| Entry {
            line: one.denial.line,
            source: source(one.denial.source),
            times: one.denial.times,
            principal: one.denial.principal.as_deref(),
            action: one.denial.action.as_deref(),
            resource: one.denial.resource.as_deref(),
            stated: one.denial.stated.iter().map(Stated::words).collect(),
            verdict: word(one.verdict),
            message: &one.message,
            notes: &one.notes,
            conditions: one.demands.iter().map(|demand| met(demand, sources)).collect(),
            missing: &one.missing,
            places: one.evidence.iter().map(|evidence| place(evidence, graph, sources)).collect(),
        })
        .collect();
    print_json(&entries)
}

/// Each verdict as a finding is drawn; what has no place is a line.
pub(super) fn text(
    judged: &[Judged<'_>],
    graph: &Graph,
    loaded: &Loaded,
    global: &Global,
) -> Result<(), Stop> {
    let mut text = String::new();
    for one in judged {
        let help = help(one);
        let mut labels: Vec<Label> = one.evidence.iter().map(|evidence| evidence.label(graph)).collect();
        let demanded = one.demands.iter().map(|it| Label::new(it.span, "condition to meet"));
        labels.extend(demanded);
        let severity = if one.verdict == Verdict::Line { Severity::Error } else { Severity::Warning };
        let message = one.message.clone();
        if let Some(finding) = diagnostic(word(one.verdict), severity, message, help.clone(), labels) {
            text.push_str(&draw(vec![finding], loaded, global)?);
            continue;
        }
        let message = readable(one.message.clone());
        text.extend([word(one.verdict), ": ", &escaped(&message), "\n"]);
        if let Some(help) = help {
            text.extend(["  help: ", &escaped(&help), "\n"]);
        }
    }
    print(&text)
}

/// What a person should know beside the places.
fn help(one: &Judged<'_>) -> Option<String> {
    let times = (one.denial.times > 1).then(|| format!("denied {} times", one.denial.times));
    let all: Vec<String> =
        conditions(&one.demands).into_iter().chain(one.notes.iter().cloned()).chain(times).collect();
    (!all.is_empty()).then(|| readable(all.join("; ")))
}
