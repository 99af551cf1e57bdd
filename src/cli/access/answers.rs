//! Answers as text and as JSON.

use serde::Serialize;

use crate::ask::{Demand, Evidence, Explained, words};
use crate::cli::project::Loaded;
use crate::cli::shared::{Global, Stop, print, print_json};
use crate::cli::terminal;
use crate::diagnostic::{Diagnostic, Effect, Label, Severity, readable};
use crate::graph::Graph;
use crate::outcome::Checked;
use crate::report::{self, Format, Report, Style};
use crate::source::Sources;
use crate::value::Answer;

/// A question with its answer.
pub(super) struct Answered<'g> {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) action: String,
    pub(super) explained: Explained<'g>,
    /// The principal as the policy of the target writes it, when answers are listed by principals.
    pub(super) written: Option<String>,
    /// Which files would tell what is not known, with the commands that make them.
    pub(super) files: Vec<String>,
}

/// One answer for programs.
#[derive(Serialize)]
struct Entry<'a> {
    from: &'a str,
    to: &'a str,
    action: &'a str,
    answer: &'static str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<&'a str>,
    /// What a request must meet for the answer to hold.
    conditions: Vec<Met<'a>>,
    /// What is not known and would decide.
    missing: &'a [String],
    /// Which files would tell it, with the commands that make them.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    files: &'a [String],
    places: Vec<Place<'a>>,
}

/// A condition that a request must meet, or must not, when its statement denies.
#[derive(Serialize)]
pub(in crate::cli) struct Met<'a> {
    effect: &'static str,
    operator: &'a str,
    key: String,
    values: Vec<String>,
    path: String,
    line: usize,
    column: usize,
}

/// A place to look at.
#[derive(Serialize)]
pub(in crate::cli) struct Place<'a> {
    path: String,
    line: usize,
    column: usize,
    text: &'a str,
    address: Option<&'a str>,
}

pub(super) fn print_answers(answers: &[Answered<'_>], graph: &Graph, loaded: &Loaded) -> Result<(), Stop> {
    let entries: Vec<Entry<'_>> = answers.iter().map(|one| entry(one, graph, loaded)).collect();
    print_json(&entries)
}

pub(in crate::cli) fn word(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "allowed",
        Answer::No => "denied",
        Answer::Unknown => "unknown",
    }
}

/// A place of an answer.
pub(in crate::cli) fn place<'a>(
    evidence: &'a Evidence<'_>,
    graph: &'a Graph,
    sources: &Sources,
) -> Place<'a> {
    let position = sources.position(evidence.span.source, evidence.span.start);
    Place {
        path: sources.shown(evidence.span.source),
        line: position.line,
        column: position.column,
        text: &evidence.text,
        address: evidence.declaration.map(|id| graph.address(id)),
    }
}

/// A condition of an answer.
pub(in crate::cli) fn met<'a>(demand: &Demand<'a>, sources: &Sources) -> Met<'a> {
    let condition = demand.condition;
    let position = sources.position(demand.span.source, demand.span.start);
    Met {
        effect: if demand.denies { "Deny" } else { "Allow" },
        operator: &condition.operator.value,
        key: condition.key.value.to_string(),
        values: condition.values.iter().map(|item| readable(item.value.to_string())).collect(),
        path: sources.shown(demand.span.source),
        line: position.line,
        column: position.column,
    }
}

fn entry<'a>(one: &'a Answered<'_>, graph: &'a Graph, loaded: &Loaded) -> Entry<'a> {
    let sources = &loaded.project.sources;
    Entry {
        from: &one.from,
        to: &one.to,
        action: &one.action,
        answer: word(one.explained.ruling.answer),
        reason: &one.explained.reason,
        principal: one.written.as_deref(),
        conditions: one.explained.demands.iter().map(|demand| met(demand, sources)).collect(),
        missing: &one.explained.missing,
        files: &one.files,
        places: one.explained.evidence.iter().map(|one| place(one, graph, sources)).collect(),
    }
}

/// Answers drawn as findings are: a line, and the statements of both sides underlined.
pub(super) fn print_text(
    answers: &[Answered<'_>],
    graph: &Graph,
    loaded: &Loaded,
    global: &Global,
) -> Result<(), Stop> {
    let findings = answers.iter().filter_map(|one| drawn(one, graph)).collect();
    let mut text = draw(findings, loaded, global)?;
    // Nothing is known of a place: still an answer.
    for one in answers.iter().filter(|one| one.explained.evidence.is_empty()) {
        text.extend([word(one.explained.ruling.answer), ": ", &sentence(one), "\n"]);
        for file in &one.files {
            text.extend(["  help: ", file, "\n"]);
        }
    }
    print(&text)
}

/// Findings as `check` draws them.
pub(in crate::cli) fn draw(
    findings: Vec<Diagnostic>,
    loaded: &Loaded,
    global: &Global,
) -> Result<String, Stop> {
    let checked = Checked { findings, ..Checked::default() };
    let report = Report {
        sources: &loaded.project.sources,
        checked: &checked,
        repository_prefix: "",
        show_suppressed: false,
        fold_infos: false,
        time: loaded.now(),
        picture: None,
    };
    let style = Style { colour: global.color.is_on(), width: terminal::width(), hints: false };
    let mut text = Vec::new();
    report::write(Format::Full, &report, style, &mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn sentence(one: &Answered<'_>) -> String {
    let Answered { from, to, action, explained, .. } = one;
    let reason = &explained.reason;
    match explained.ruling.answer {
        Answer::Yes => format!("{from} can call `{action}` on {to}: {reason}"),
        Answer::No => format!("{from} cannot call `{action}` on {to}: {reason}"),
        Answer::Unknown => format!("whether {from} can call `{action}` on {to} is unknown: {reason}"),
    }
}

/// What a request must meet, in one sentence.
pub(in crate::cli) fn conditions(demands: &[Demand<'_>]) -> Option<String> {
    let each: Vec<String> = demands.iter().map(words).collect();
    let (last, before) = each.split_last()?;
    let all = if before.is_empty() { last.to_owned() } else { format!("{} and {last}", before.join(", ")) };
    Some(readable(format!("the request must {all}")))
}

fn drawn(one: &Answered<'_>, graph: &Graph) -> Option<Diagnostic> {
    let answer = one.explained.ruling.answer;
    let severity = match answer {
        Answer::Yes => Severity::Info,
        Answer::Unknown => Severity::Warning,
        Answer::No => Severity::Error,
    };
    let all: Vec<String> =
        conditions(&one.explained.demands).into_iter().chain(one.files.iter().cloned()).collect();
    let help = (!all.is_empty()).then(|| all.join("; "));
    let labels = one.explained.evidence.iter().map(|evidence| evidence.label(graph)).collect();
    diagnostic(word(answer), severity, sentence(one), help, labels)
}

/// An answer as a finding; `None` without a place.
pub(in crate::cli) fn diagnostic(
    rule: &'static str,
    severity: Severity,
    message: String,
    help: Option<String>,
    labels: Vec<Label>,
) -> Option<Diagnostic> {
    let mut labels = labels.into_iter();
    let mut answer = Diagnostic::new((rule, Effect::Mismatch, severity), readable(message), labels.next()?);
    answer.help = help.map(Into::into);
    answer.related = labels.collect();
    Some(answer)
}
