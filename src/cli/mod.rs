//! The command line: arguments in, text and an exit status out.
//!
//! Findings go to the standard output, everything else to the error stream.

mod access;
mod accounts;
mod baseline;
mod check;
mod config;
mod denied;
mod elsewhere;
mod export;
mod files;
mod graph;
mod progress;
mod project;
mod rules;
mod server;
mod shared;
mod terminal;

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::suggestion;
use crate::iam::data::data_date;
use shared::{Global, Status, Stop, print_own, say};

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
    /// Write down the findings that are there now, so that `check` reports only new ones
    Baseline(baseline::BaselineArgs),
    /// Check whether a principal can access a resource and which policy blocks it
    Access(access::AccessArgs),
    /// Find the line behind an "access denied" of AWS: in a message, an event of CloudTrail, the Access Troubleshooter
    Denied(denied::DeniedArgs),
    /// Write what this project declares to a bundle, which other projects read with `--with`
    Export(export::ExportArgs),
    /// Draw who can reach what: as mermaid, DOT, JSON, indented text or a page for a browser
    Graph(graph::GraphArgs),
    /// Explain a rule: why it matters, how to fix it, and two examples
    Explain(rules::ExplainArgs),
    /// List all rules
    Rules(rules::RulesArgs),
    /// Show which account each template is deployed to, and why
    Accounts(accounts::AccountsArgs),
    /// Write a first configuration, or show the one in use
    Config(config::ConfigArgs),
    /// Start the language server, which editors talk to over its standard input and output
    Server(server::ServerArgs),
    /// Print the manual page, of all commands or of one
    Man {
        /// The command, such as `check`
        command: Option<String>,
    },
    /// Print shell completions
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// The command line of `check` and nothing else, which is put together in a third of the time that all commands take.
#[derive(Debug, Parser)]
#[command(name = "trustlint", disable_help_subcommand = true)]
struct OnlyCheck {
    #[command(subcommand)]
    command: CheckCommand,
    #[command(flatten)]
    global: Global,
}

#[derive(Debug, Subcommand)]
enum CheckCommand {
    Check(check::CheckArgs),
}

impl Cli {
    /// What the arguments of this process say. What is wrong in them, and help, is said of all commands.
    fn of_process() -> Self {
        let is_check = std::env::args_os().nth(1).is_some_and(|word| word == "check");
        match is_check.then(OnlyCheck::try_parse) {
            Some(Ok(OnlyCheck { command: CheckCommand::Check(args), global })) => {
                Self { command: Command::Check(args), global }
            }
            _ => Self::parse(),
        }
    }
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::of_process();
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
        Command::Baseline(args) => baseline::run(args, global),
        Command::Access(args) => access::run(args, global),
        Command::Denied(args) => denied::run(args, global),
        Command::Export(args) => export::run(args, global),
        Command::Graph(args) => graph::run(args, global),
        Command::Explain(args) => rules::explain(args),
        Command::Rules(args) => rules::list(args),
        Command::Accounts(args) => accounts::run(args, global),
        Command::Config(args) => config::run(args, global),
        Command::Server(args) => server::run(args),
        Command::Man { command } => manual(command.as_deref()),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "trustlint", &mut script);
            print_own(&String::from_utf8_lossy(&script))?;
            Ok(Status::Clean)
        }
    }
}

/// Prints the manual page of the program, or of one of its commands.
fn manual(command: Option<&str>) -> Result<Status, Stop> {
    let mut all = Cli::command();
    // Commands get the options of the program, and their names.
    all.build();
    let page = match command {
        None => clap_mangen::Man::new(all),
        Some(name) => {
            let known: Vec<String> = all.get_subcommands().map(|it| it.get_name().to_owned()).collect();
            let found = all.get_subcommands().find(|it| it.get_name() == name);
            let Some(found) = found else {
                let near = suggestion(name, known.iter().map(String::as_str));
                return Err(Stop::new(format_args!("there is no command `{name}`{near}")));
            };
            clap_mangen::Man::new(found.clone()).title(format!("trustlint-{name}"))
        }
    };
    let mut text = Vec::new();
    page.render(&mut text)?;
    print_own(&String::from_utf8_lossy(&text))?;
    Ok(Status::Clean)
}

#[cfg(test)]
mod tests;
