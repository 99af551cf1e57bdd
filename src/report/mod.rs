//! Findings to text: for people, for editors, for machines.
//!
//! Every writer takes the whole result and prints the same bytes for the same result. What comes from templates
//! is made harmless before it is printed, since a path or a name may hold terminal commands.

mod concise;
mod full;
mod harmless;
mod json;
pub mod page;
mod sarif;
mod statistics;
mod summary;

use std::io::{self, Write};

use crate::diagnostic::{Confidence, Diagnostic, Effect, Severity};
use crate::outcome::Checked;
use crate::source::Sources;

use harmless::{Json, Lines};
pub use harmless::{escaped, json as harmless_json, lines as harmless_lines};
pub use statistics::statistics;
pub use summary::{counted, problems, summary};

/// A way to write findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Findings with the lines of all places.
    Full,
    /// One line for each finding.
    Concise,
    /// The stable format for programs.
    Json,
    /// For code scanning.
    Sarif,
}

/// What is written.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The files.
    pub sources: &'a Sources,
    /// What was found, with only those findings that are to be shown.
    pub checked: &'a Checked,
    /// What leads from the repository root to the project root: empty, or with a `/` at the end.
    pub repository_prefix: &'a str,
    /// Whether suppressed findings are shown, too.
    pub show_suppressed: bool,
    /// Whether formats for people leave out infos, and only say how many there are.
    pub fold_infos: bool,
}

impl<'a> Report<'a> {
    /// The findings that formats for people show.
    fn shown(&self) -> impl Iterator<Item = &'a Diagnostic> + use<'a> {
        let fold = self.fold_infos;
        self.checked.findings.iter().filter(move |finding| !fold || finding.severity > Severity::Info)
    }
}

impl Format {
    /// Whether it is for people, who are shown the infos only when they ask for them.
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Full | Self::Concise)
    }
}

/// How text for people looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether there are colors.
    pub colour: bool,
    /// The width of the terminal; `None` when it is none, and nothing is wrapped.
    pub width: Option<usize>,
    /// Whether each finding names the command that explains its rule.
    pub hints: bool,
}

/// Writes a report. A closed pipe (`| head`) is not an error.
///
/// # Errors
///
/// When it cannot be written.
pub fn write(format: Format, report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let (mut lines, mut values);
    let out: &mut dyn Write = if format.is_for_people() {
        lines = Lines::new(out);
        &mut lines
    } else {
        values = Json::new(out);
        &mut values
    };
    let written = match format {
        Format::Full => full::write(report, style, out),
        Format::Concise => concise::write(report, style, out),
        Format::Json => json::write(report, out),
        Format::Sarif => sarif::write(report, out),
    };
    tolerate_closed_pipe(written.and_then(|()| out.flush()))
}

/// Takes a pipe that was closed by its reader for a success.
///
/// # Errors
///
/// Every other error.
pub fn tolerate_closed_pipe(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// The page of a rule on the web, when the package says where it lives.
pub fn rule_url(rule: &str) -> Option<String> {
    let repository = env!("CARGO_PKG_REPOSITORY");
    (!repository.is_empty()).then(|| format!("{repository}/blob/main/rules/{rule}.md"))
}

/// The message as people see it: a guess says that it is one.
fn message(finding: &Diagnostic) -> String {
    // That something was not analyzed is certain.
    let is_guess = finding.confidence == Confidence::Possible && finding.effect != Effect::Unknown;
    let mark = if is_guess { " (possible)" } else { "" };
    format!("{}{mark}", escaped(&finding.message))
}

/// The start of an ANSI style for a severity, and its end; nothing without colours.
fn paint(severity: Severity, colour: bool) -> (&'static str, &'static str) {
    match (colour, severity) {
        (false, _) => ("", ""),
        (true, Severity::Error) => ("\x1b[1;31m", "\x1b[0m"),
        (true, Severity::Warning) => ("\x1b[1;33m", "\x1b[0m"),
        (true, Severity::Info) => ("\x1b[1;36m", "\x1b[0m"),
    }
}

/// Bold, and its end; nothing without colours.
fn bold(colour: bool) -> (&'static str, &'static str) {
    if colour { ("\x1b[1m", "\x1b[0m") } else { ("", "") }
}
