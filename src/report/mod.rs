//! Findings to text: for people, for editors, for machines.
//!
//! Every writer takes the whole result and prints the same bytes for the same result. What comes from templates
//! is made harmless before it is printed, since a path or a name may hold terminal commands.

mod checkstyle;
mod concise;
mod full;
mod github;
mod gitlab;
mod gitlab_sast;
mod given;
mod harmless;
mod json;
mod junit;
mod markdown;
pub mod page;
mod places;
mod rdjson;
mod sarif;
mod sonar;
mod statistics;
mod summary;

use std::io::{self, Write};

pub use given::{Report, Style, rule_url};
use harmless::{Json, Lines};
pub use harmless::{escaped, json as harmless_json, lines as harmless_lines, xml as harmless_xml};
#[cfg(feature = "schema")]
pub use json::schema as json_schema;
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
    /// The findings of `json`, one on each line.
    Jsonl,
    /// For code scanning (SARIF 2.1.0).
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// Code quality of GitLab.
    Gitlab,
    /// Security findings of GitLab.
    GitlabSast,
    /// Test results.
    Junit,
    /// For reviewdog.
    Rdjson,
    /// For what reads Checkstyle.
    Checkstyle,
    /// Generic issues of SonarQube.
    Sonar,
    /// For the summary of a job and comments.
    Markdown,
}

impl Format {
    /// Whether it is for people, who are shown the infos only when they ask for them.
    pub fn is_for_people(self) -> bool {
        matches!(self, Self::Full | Self::Concise | Self::Github | Self::Markdown)
    }
}

/// Writes a report. A closed pipe (`| head`) is not an error.
///
/// # Errors
///
/// When it cannot be written.
pub fn write(format: Format, report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let written = match format {
        Format::Full => in_lines(out, |out| full::write(report, style, out)),
        Format::Concise => in_lines(out, |out| concise::write(report, style, out)),
        Format::Json => in_json(out, |out| json::write(report, out)),
        Format::Jsonl => in_json(out, |out| json::write_lines(report, out)),
        Format::Sarif => in_json(out, |out| sarif::write(report, out)),
        Format::Gitlab => in_json(out, |out| gitlab::write(report, out)),
        Format::GitlabSast => in_json(out, |out| gitlab_sast::write(report, out)),
        Format::Rdjson => in_json(out, |out| rdjson::write(report, out)),
        Format::Sonar => in_json(out, |out| sonar::write(report, out)),
        // These have a way of their own to say what must not stand in them, or begin lines with commands.
        Format::Github => github::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Checkstyle => checkstyle::write(report, out),
        Format::Markdown => in_lines(out, |out| markdown::write(report, out)),
    };
    tolerate_closed_pipe(written.and_then(|()| out.flush()))
}

/// Writes lines for people, each made harmless.
fn in_lines(out: &mut dyn Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = Lines::new(out);
    write(&mut out).and_then(|()| out.flush())
}

/// Writes JSON, made harmless.
fn in_json(out: &mut dyn Write, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = Json::new(out);
    write(&mut out).and_then(|()| out.flush())
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
