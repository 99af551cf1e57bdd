//! What all writers are given, and what they say in the same words.

use std::borrow::Cow;
use std::io::{self, Write};

use jiff::Timestamp;

use super::harmless::escaped;
use crate::diagnostic::{Confidence, Diagnostic, Effect, Severity};
use crate::outcome::Checked;
use crate::source::Sources;

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
    /// When the project was checked.
    pub time: Timestamp,
    /// A picture of what the findings are about, in the language of mermaid, for formats that can show one.
    pub picture: Option<&'a str>,
}

impl<'a> Report<'a> {
    /// The findings that formats for people show.
    pub(super) fn shown(&self) -> impl Iterator<Item = &'a Diagnostic> + use<'a> {
        let fold = self.fold_infos;
        self.checked.findings.iter().filter(move |finding| !fold || finding.severity > Severity::Info)
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

/// Writes a value as JSON in many lines.
pub(super) fn pretty(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// Where the program is at home: its repository, or, while the package names none, its package of this very version.
pub(super) fn home() -> String {
    match env!("CARGO_PKG_REPOSITORY") {
        "" => format!("https://docs.rs/crate/{}/{VERSION}", env!("CARGO_PKG_NAME")),
        repository => repository.to_owned(),
    }
}

/// The page of a rule on the web.
pub fn rule_url(rule: &str) -> String {
    let folder = if env!("CARGO_PKG_REPOSITORY").is_empty() { "source" } else { "blob/main" };
    format!("{}/{folder}/rules/{rule}.md", home())
}

pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A text of at most `most` characters, cut off with an ellipsis.
pub(super) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => text.into(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect::<String>().into(),
    }
}

/// The message as people see it: a guess says that it is one.
pub(super) fn message(finding: &Diagnostic) -> String {
    // That something was not analyzed is certain.
    let is_guess = finding.confidence == Confidence::Possible && finding.effect != Effect::Unknown;
    let mark = if is_guess { " (possible)" } else { "" };
    format!("{}{mark}", escaped(&finding.message))
}

/// The start of an ANSI style for a severity, and its end; nothing without colours.
pub(super) fn paint(severity: Severity, colour: bool) -> (&'static str, &'static str) {
    match (colour, severity) {
        (false, _) => ("", ""),
        (true, Severity::Error) => ("\x1b[1;31m", "\x1b[0m"),
        (true, Severity::Warning) => ("\x1b[1;33m", "\x1b[0m"),
        (true, Severity::Info) => ("\x1b[1;36m", "\x1b[0m"),
    }
}

/// Bold, and its end; nothing without colours.
pub(super) fn bold(colour: bool) -> (&'static str, &'static str) {
    if colour { ("\x1b[1m", "\x1b[0m") } else { ("", "") }
}
