//! `trustlint export`.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::project::ProjectArgs;
use super::shared::{Global, Status, Stop, print_json_text, say};
use crate::report::escaped;
use crate::run::{Bundled, Profile};

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// File to write the bundle to, instead of the standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Name of this project in reports of others [default: the name of its root directory]
    #[arg(long, value_name = "NAME", help_heading = "Output")]
    name: Option<String>,
    /// Commit that the bundle is made of, to be shown in reports
    #[arg(long, value_name = "REV", help_heading = "Output")]
    revision: Option<String>,
    /// Leave out the lines of source code that reports quote
    #[arg(long, help_heading = "Output")]
    redact_source: bool,
    #[command(flatten)]
    project: ProjectArgs,
}

pub(super) fn run(args: &ExportArgs, global: &Global) -> Result<Status, Stop> {
    let loaded = args.project.load(Profile::Default)?;
    let name = args.name.as_ref().map_or_else(|| loaded.project.name(), |name| name.as_str().to_owned());
    let revision = args.revision.as_deref();
    let text = loaded.export(Bundled { project: &name, revision, redacted: args.redact_source })?;
    loaded.introduce(global);
    let Some(text) = text else {
        say(&format!("found nothing to analyze in {}", args.project.shown()));
        return Ok(Status::Nothing);
    };
    match &args.output {
        None => print_json_text(&text)?,
        Some(file) => {
            let wrong = |error: std::io::Error| {
                let file = file.display().to_string();
                Stop::new(format_args!("could not write `{}`: {error}", escaped(&file)))
            };
            fs::write(file, text).map_err(wrong)?;
        }
    }
    Ok(Status::Clean)
}
