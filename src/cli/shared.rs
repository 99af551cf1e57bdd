//! What all commands share: options, what they end with, and how they write.

use std::io::{self, Write};

use clap::{ArgAction, Args};
use serde::Serialize;

use super::terminal::Color;
use crate::report::{escaped, harmless_json, harmless_lines, tolerate_closed_pipe};

/// Options of every command.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// When to use colors
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(super) color: Color,
    /// Quiet: -q hides the summary, -qq also warnings about unreadable files
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "verbose")]
    pub(super) quiet: u8,
    /// Verbose: show the project, its configuration, the size of the graph, and where each rule is explained
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(super) verbose: u8,
}

/// What a command ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Clean,
    Findings,
    Nothing,
}

/// Why a command could not do its work, in one line or several.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Stop(pub(super) String);

impl Stop {
    /// One message that begins with `error: `, on one line.
    pub(super) fn new(message: impl std::fmt::Display) -> Self {
        Self(format!("error: {}", escaped(&message.to_string())))
    }

    /// The same, with further lines below it.
    pub(super) fn with_lines(mut self, lines: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        for line in lines {
            self.0.push('\n');
            self.0.push_str(&escaped(line.as_ref()));
        }
        self
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::new(format_args!("could not write: {error}"))
    }
}

/// Writes a line, or several, to the error stream. When even that is gone, there is nobody left to tell.
pub(super) fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", harmless_lines(line));
}

/// Writes text for people to the standard output.
pub(super) fn print(text: &str) -> Result<(), Stop> {
    print_own(&harmless_lines(text))
}

/// Writes JSON text for programs to the standard output.
pub(super) fn print_json_text(text: &str) -> Result<(), Stop> {
    print_own(&harmless_json(text))
}

/// Writes a value as JSON to the standard output.
pub(super) fn print_json(value: &impl Serialize) -> Result<(), Stop> {
    print_json_text(&(serde_json::to_string_pretty(value).map_err(Stop::new)? + "\n"))
}

/// Writes text in which nothing comes from templates to the standard output.
pub(super) fn print_own(text: &str) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    tolerate_closed_pipe(out.write_all(text.as_bytes()).and_then(|()| out.flush()))?;
    Ok(())
}

/// Rows with aligned columns; the last column is as long as it is.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell: &String| cell.chars().count()).max()
    };
    let widths: Vec<_> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        text.extend([line.trim_end(), "\n"]);
    }
    text
}
