//! The command line: arguments in, text and an exit status out.
//!
//! Findings go to the standard output, everything else to the error stream.

mod access;
mod accounts;
mod check;
mod progress;
mod project;
mod rules;
mod terminal;

use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand};

use crate::iam::data::data_date;
use crate::report::tolerate_closed_pipe;
use terminal::Color;

const AFTER_HELP: &str = "Exit status: 0 clean, 1 findings at or above --fail-on, 2 usage, configuration or internal \
                          error, 3 nothing to analyze.\nNever touches the network and needs no credentials.";

/// Finds mistakes in AWS cross-account access before anything is deployed
#[derive(Debug, Parser)]
#[command(name = "trustlint", version = version(), after_help = AFTER_HELP, subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

/// The version, and how old the facts about AWS are.
fn version() -> String {
    format!("{} (AWS data of {})", env!("CARGO_PKG_VERSION"), data_date())
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Report mistakes in the templates of a project
    Check(check::CheckArgs),
    /// Check whether a principal can access a resource and which policy blocks it
    Access(access::AccessArgs),
    /// Explain a rule: why it matters, how to fix it, and two examples
    Explain(rules::ExplainArgs),
    /// List all rules
    Rules(rules::RulesArgs),
    /// Show which account each template is deployed to, and why
    Accounts(accounts::AccountsArgs),
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Options of every command.
#[derive(Debug, Args)]
struct Global {
    /// When to use colors
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
    /// Quiet: -q hides the summary, -qq also warnings about unreadable files
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "verbose")]
    quiet: u8,
    /// Verbose: show the project, its configuration, the size of the graph, and the command that explains each rule
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
}

/// What a command ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Clean,
    Findings,
    Nothing,
}

/// Why a command could not do its work; each line is shown as it is.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Stop(String);

impl Stop {
    /// One message that begins with `error: `.
    fn new(message: impl std::fmt::Display) -> Self {
        Self(format!("error: {message}"))
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::new(format_args!("could not write: {error}"))
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = panic::catch_unwind(AssertUnwindSafe(|| run(&cli)));
    match done {
        Ok(Ok(Status::Clean)) => ExitCode::SUCCESS,
        Ok(Ok(Status::Findings)) => ExitCode::from(1),
        Ok(Ok(Status::Nothing)) => ExitCode::from(3),
        Ok(Err(stop)) => {
            say(&stop.to_string());
            ExitCode::from(2)
        }
        Err(_) => {
            say(
                "error: this is a bug in trustlint, not in your templates; please report it with the text above",
            );
            ExitCode::from(2)
        }
    }
}

fn run(cli: &Cli) -> Result<Status, Stop> {
    let global = &cli.global;
    match &cli.command {
        Command::Check(args) => check::run(args, global),
        Command::Access(args) => access::run(args, global),
        Command::Explain(args) => rules::explain(args),
        Command::Rules(args) => rules::list(args),
        Command::Accounts(args) => accounts::run(args, global),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "trustlint", &mut script);
            print(&String::from_utf8_lossy(&script))?;
            Ok(Status::Clean)
        }
    }
}

/// Writes a line to the error stream. When even that is gone, there is nobody left to tell.
fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Writes text to the standard output.
fn print(text: &str) -> Result<(), Stop> {
    let mut out = io::stdout().lock();
    tolerate_closed_pipe(out.write_all(text.as_bytes()).and_then(|()| out.flush()))?;
    Ok(())
}

/// Rows with aligned columns; the last column is as long as it is.
fn table(rows: &[Vec<String>]) -> String {
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
