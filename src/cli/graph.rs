//! `trustlint graph`: pictures of who can reach what.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::project::{Loaded, ProjectArgs};
use super::shared::{Global, Status, Stop, print_own, say};
use crate::ask::Asker;
use crate::diagnostic::Diagnostic;
use crate::picture::{self, Detail, Form, Of, Wanted};
use crate::report::{escaped, harmless_json, harmless_lines};
use crate::run::Profile;

#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct GraphArgs {
    /// Form of the picture
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Form::Mermaid, help_heading = "Output")]
    output_format: Form,
    /// File to write the picture to, instead of the standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    /// How much to show [default: account in mermaid and dot, principal in the others]
    #[arg(long, value_name = "DETAIL", value_enum, help_heading = "Picture")]
    detail: Option<Detail>,
    /// Show only what one account, principal or resource reaches and what reaches it, by its name, ARN or address
    #[arg(long, value_name = "NAME", help_heading = "Picture")]
    focus: Option<String>,
    /// Show only accesses with findings
    #[arg(long, help_heading = "Picture")]
    findings_only: bool,
    #[command(flatten)]
    project: ProjectArgs,
}

const AFTER_HELP: &str = "Solid lines are accesses that are allowed, dotted ones are denied or not known, thick ones come from \
                          outside.\nExit status: 0 a picture, 2 wrong usage, 3 nothing to show.";

pub(super) fn run(args: &GraphArgs, global: &Global) -> Result<Status, Stop> {
    let loaded = args.project.load(Profile::Default)?;
    let (checked, graph) = loaded.check_with_graph()?;
    loaded.introduce(global);
    if checked.summary.files == 0 {
        say(&format!("found nothing to analyze in {}", args.project.shown()));
        return Ok(Status::Nothing);
    }
    let form = args.output_format;
    let usual = if matches!(form, Form::Mermaid | Form::Dot) { Detail::Account } else { Detail::Principal };
    let detail = args.detail.unwrap_or(usual);
    let ask = Asker::new(&graph, loaded.now());
    let findings: Vec<&Diagnostic> = checked.findings.iter().collect();
    let of = Of { ask: &ask, sources: &loaded.project.sources, findings: &findings, detail };
    let whole = picture::collect(of, &|path| loaded.project.is_given(path), args.findings_only);
    let wanted = Wanted { detail, focus: args.focus.as_deref(), form };
    let (picture, said) = whole.reduced(wanted).map_err(|near| unknown(&wanted, &near))?;
    if let Some(said) = said.filter(|_| global.quiet == 0) {
        say(&format!("note: {said}"));
    }
    if picture.edges.is_empty() {
        let more =
            if detail == Detail::Full { "" } else { "; `--detail full` also shows those within an account" };
        say(&format!("there is no access to show{more}"));
        return Ok(Status::Nothing);
    }
    let text = picture.written(form);
    let text = if form == Form::Json { harmless_json(&text) } else { harmless_lines(&text) };
    match &args.output {
        None => print_own(&text)?,
        Some(file) => {
            let wrong = |error: std::io::Error| {
                let file = file.display().to_string();
                Stop::new(format_args!("could not write `{}`: {error}", escaped(&file)))
            };
            fs::write(file, &*text).map_err(wrong)?;
        }
    }
    Ok(Status::Clean)
}

/// That nothing is called so.
fn unknown(wanted: &Wanted<'_>, near: &[String]) -> Stop {
    let focus = wanted.focus.unwrap_or_default();
    let near = near.iter().map(|name| format!("  did you mean `{name}`?"));
    Stop::new(format_args!(
        "`--focus {focus}`: no account, principal or resource of the picture is called so"
    ))
    .with_lines(near)
}

/// The picture around findings, for a report.
pub(super) fn around(loaded: &Loaded, findings: &[&Diagnostic]) -> Result<Option<String>, Stop> {
    if findings.is_empty() {
        return Ok(None);
    }
    let graph = loaded.graph()?;
    let ask = Asker::new(&graph, loaded.now());
    let of = Of { ask: &ask, sources: &loaded.project.sources, findings, detail: Detail::Principal };
    Ok(picture::around(of))
}
