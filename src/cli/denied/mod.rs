//! `trustlint denied`: from AWS's answer to the line.

mod assumed;
mod drift;
mod explicit;
mod names;
mod request;
mod shown;
mod undeclared;
mod verdict;

use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;

use clap::Args;

use super::project::ProjectArgs;
use super::rules::ListFormat;
use super::shared::{Global, Status, Stop, say};
use crate::ask::Asker;
use crate::bounds;
use crate::denial::{self, Reading};
use crate::report::escaped;
use crate::run::Profile;
use verdict::{Judged, Verdict};

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
#[command(mut_arg("paths", |arg| arg.help("A file or directory of the project whose templates are asked")))]
pub(super) struct DeniedArgs {
    /// What AWS answered: an error message in any output, a decoded authorization message, events of CloudTrail, details and
    /// policies of the Access Troubleshooter; `-` for the standard input
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Output format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Text)]
    output_format: ListFormat,
    #[command(flatten)]
    project: ProjectArgs,
}

const AFTER_HELP: &str = "Exit status: 0 a line was found for each denial, 1 the templates allow it, so what is deployed \
                          differs, 2 wrong usage, 3 there is nothing to point at.\nExample: aws s3 cp s3://bucket/key . 2>&1 | \
                          trustlint denied -";

pub(super) fn run(args: &DeniedArgs, global: &Global) -> Result<Status, Stop> {
    let text = input(args)?;
    let reading = denial::read(&text);
    if reading.denials.is_empty() {
        say(&nothing(&reading));
        return Ok(Status::Nothing);
    }
    let mut loaded = args.project.load(Profile::Default)?;
    let mut graph = loaded.graph()?;
    loaded.introduce(global);
    let assumed = assumed::accounts(&graph, &reading.denials);
    if !assumed.is_empty() {
        for assumption in &assumed {
            loaded.config.add_override(&assumption.path, &assumption.account).map_err(Stop::new)?;
            if global.quiet == 0 {
                say(&format!("note: {}", escaped(&assumption.words())));
            }
        }
        graph = loaded.graph()?;
    }
    let ask = Asker::new(&graph, loaded.now());
    let sources = &loaded.project.sources;
    let judged: Vec<Judged<'_>> = reading
        .denials
        .iter()
        .map(|denial| verdict::judge(&ask, sources, denial, &reading.deployed))
        .collect();
    match args.output_format {
        ListFormat::Json => shown::json(&judged, &graph, &loaded)?,
        ListFormat::Text => shown::text(&judged, &graph, &loaded, global)?,
    }
    if global.quiet == 0 {
        for note in &reading.notes {
            say(&format!("note: {}", escaped(note)));
        }
        if reading.more > 0 {
            say(&format!("note: {} further denials were left out", reading.more));
        }
    }
    Ok(status(&judged))
}

/// A line for each is success; what has none decides.
fn status(judged: &[Judged<'_>]) -> Status {
    let any = |wanted: &[Verdict]| judged.iter().any(|one| wanted.contains(&one.verdict));
    if any(&[Verdict::Undeclared, Verdict::Unknown]) {
        Status::Nothing
    } else if any(&[Verdict::Allowed]) {
        Status::Findings
    } else {
        Status::Clean
    }
}

/// Why there is nothing to answer.
fn nothing(reading: &Reading) -> String {
    if !reading.deployed.is_empty() {
        return "the input is a policy without a request; give the details of the request with it: `cat details.json policy.json | trustlint denied -`".to_owned();
    }
    match reading.allowed {
        0 => "found no denied request in the input".to_owned(),
        1 => "the request in the input was allowed".to_owned(),
        several => format!("all {several} requests in the input were allowed"),
    }
}

/// The text to read: of a file, or of the standard input when somebody writes to it.
#[expect(
    clippy::disallowed_methods,
    reason = "a file that the command line names, which is no part of the project"
)]
fn input(args: &DeniedArgs) -> Result<String, Stop> {
    let shown = args.file.as_ref().map_or("-".to_owned(), |file| file.display().to_string());
    let wrong = |error: io::Error| Stop::new(format_args!("could not read `{}`: {error}", escaped(&shown)));
    let mut bytes = Vec::new();
    match args.file.as_deref().filter(|file| file.as_os_str() != "-") {
        Some(file) => {
            let opened = std::fs::File::open(file).map_err(wrong)?;
            opened.take(bounds::FILE_BYTES + 1).read_to_end(&mut bytes).map_err(wrong)?;
        }
        None if args.file.is_none() && io::stdin().is_terminal() => {
            return Err(Stop::new(
                "name a file with the message, or pipe it in: `aws … 2>&1 | trustlint denied -`",
            ));
        }
        None => {
            io::stdin().lock().take(bounds::FILE_BYTES + 1).read_to_end(&mut bytes).map_err(wrong)?;
        }
    }
    if bytes.len() as u64 > bounds::FILE_BYTES {
        return Err(Stop::new(format_args!("`{}` is too large to be read", escaped(&shown))));
    }
    denial::text_of(&bytes).map_err(|error| Stop::new(format_args!("`{}`: {error}", escaped(&shown))))
}
