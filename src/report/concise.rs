//! One line for each finding, as compilers print them: `path:line:column: severity: message [rule]`.
//!
//! Vim, Emacs and the problem matchers in `editors/` read it.

use std::io::{self, Write};

use super::given::{Report, Style, bold, message, paint};
use super::harmless::escaped;
use crate::diagnostic::{Diagnostic, Severity};

pub(super) fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for finding in report.shown() {
        line(report, style, finding, finding.severity, &message(finding), out)?;
    }
    let suppressed = report.checked.suppressed.iter().filter(|_| report.show_suppressed);
    for (finding, accepted) in suppressed {
        let message = format!("suppressed ({}): {}", reason_or_none(&accepted.reason), message(finding));
        line(report, style, finding, Severity::Info, &message, out)?;
    }
    Ok(())
}

/// The reason of an ignore, also when there is none.
pub(super) fn reason_or_none(reason: &str) -> std::borrow::Cow<'_, str> {
    if reason.trim().is_empty() { "no reason given".into() } else { escaped(reason.trim()) }
}

/// Writes a finding on a line.
pub(super) fn line(
    report: &Report<'_>,
    style: Style,
    finding: &Diagnostic,
    severity: Severity,
    message: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let span = finding.primary.span;
    let position = report.sources.position(span.source, span.start);
    let shown = report.sources.shown(span.source);
    let (path, (line, column)) = (escaped(&shown), (position.line, position.column));
    let ((on, off), (strong, normal)) = (paint(severity, style.colour), bold(style.colour));
    let (name, rule) = (severity.name(), finding.rule);
    writeln!(out, "{strong}{path}{normal}:{line}:{column}: {on}{name}{off}: {message} [{rule}]")
}
