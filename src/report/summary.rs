//! What goes to the error stream beside the findings: counts, and files that could not be read.

use std::io::{self, Write};
use std::time::Duration;

use super::given::Report;
use super::harmless::{Lines, escaped};
use crate::diagnostic::{Diagnostic, Problem, Severity};
use crate::rules::UNREAD;

/// How many findings are errors, warnings and infos.
pub(super) fn counts(findings: &[Diagnostic]) -> (usize, usize, usize) {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    (count(Severity::Error), count(Severity::Warning), count(Severity::Info))
}

/// `1 finding`, `2 findings`, `2 policies`.
pub fn counted(count: usize, noun: &str) -> String {
    match noun.strip_suffix('y') {
        _ if count == 1 => format!("{count} {noun}"),
        Some(stem) => format!("{count} {stem}ies"),
        None => format!("{count} {noun}s"),
    }
}

/// How many findings of each kind people are shown: `2 findings (1 error, 1 warning)`.
pub(super) fn counted_kinds(report: &Report<'_>) -> String {
    let (errors, warnings, infos) = counts(&report.checked.findings);
    let infos = if report.fold_infos { 0 } else { infos };
    let kinds = [(errors, "error"), (warnings, "warning"), (infos, "info")];
    let kinds: Vec<_> =
        kinds.iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(*count, noun)).collect();
    match errors + warnings + infos {
        0 => "no findings".to_owned(),
        count => format!("{} ({})", counted(count, "finding"), kinds.join(", ")),
    }
}

/// One line of counts: `2 findings (1 error, 1 warning), 1 suppressed; 118 files, 6 accounts, 0.09 s`.
///
/// What could not be resolved is named when there is any, because it limits what the run can promise. The word
/// "fail" never occurs: Atlantis takes it for a failure.
pub fn summary(report: &Report<'_>, elapsed: Duration) -> String {
    let checked = report.checked;
    let hidden = if report.fold_infos { counts(&checked.findings).2 } else { 0 };
    let mut parts = vec![counted_kinds(report)];
    parts.extend(
        (hidden > 0)
            .then(|| format!("{} hidden (`--min-severity info` shows them)", counted(hidden, "info"))),
    );
    let (suppressed, problems) = (checked.suppressed.len(), unreported(report).count());
    let left_out = checked.left_out;
    parts.extend((left_out > 0).then(|| format!("{left_out} more not shown (`--max-findings`)")));
    parts.extend((suppressed > 0).then(|| format!("{suppressed} suppressed")));
    let known = checked.known.len();
    parts.extend((known > 0).then(|| format!("{known} in the baseline")));
    parts.extend((problems > 0).then(|| counted(problems, "problem")));
    let (files, accounts) =
        (counted(checked.summary.files, "file"), counted(checked.summary.accounts, "account"));
    let accounts = match checked.summary.accounts_without_id {
        0 => accounts,
        without => format!("{accounts} ({without} without an ID)"),
    };
    let size = format!("{files}, {accounts}, {:.2} s", elapsed.as_secs_f64());
    let unresolved = checked.summary.unresolved;
    let unresolved = [
        (unresolved.policies, "policy"),
        (unresolved.principals, "principal"),
        (unresolved.actions, "action"),
        (unresolved.resources, "resource"),
        (unresolved.conditions, "condition"),
        (unresolved.defects, "defect"),
    ];
    let unresolved: Vec<_> =
        unresolved.iter().filter(|(count, _)| *count > 0).map(|(n, noun)| counted(*n, noun)).collect();
    let mut line = format!("{}; {size}", parts.join(", "));
    if !unresolved.is_empty() {
        line.extend(["; unresolved: ", &unresolved.join(", ")]);
    }
    line
}

/// The problems that no finding reports, because `unreadable-file` is off or ignored there.
pub(super) fn unreported<'a>(report: &Report<'a>) -> impl Iterator<Item = &'a Problem> + use<'a> {
    let checked = report.checked;
    checked.problems.iter().filter(|problem| checked.finding_of(problem).is_none())
}

/// Writes what is no finding: `path:line:column: warning: message`, and before the message of what was not read, that it was not.
///
/// # Errors
///
/// When it cannot be written.
pub fn problems(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut out = Lines::new(out);
    for problem in unreported(report) {
        let position = report.sources.position(problem.span.source, problem.span.start);
        let path = report.sources.shown(problem.span.source);
        let (path, message) = (escaped(&path), escaped(&problem.message));
        let what = if problem.lost { format!("{UNREAD}: ") } else { String::new() };
        writeln!(out, "{path}:{}:{}: warning: {what}{message}", position.line, position.column)?;
    }
    out.flush()
}
