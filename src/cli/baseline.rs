//! `trustlint baseline`: the findings that are there now, so that `check` reports only new ones.

use std::path::{Path, PathBuf};
use std::{env, io};

use clap::{Args, Subcommand};

use super::files;
use super::project::{Loaded, ProjectArgs};
use super::shared::{Global, Status, Stop, say};
use crate::baseline::{Baseline, FILE};
use crate::config::Profile;
use crate::diagnostic::Severity;
use crate::discover;
use crate::report::{counted, escaped};
use crate::rules::{called, rule};

/// Which file, for every command that reads or writes one.
#[derive(Debug, Default, Args)]
pub(super) struct BaselineFile {
    /// File of known findings, instead of `check.baseline` of the configuration or `.trustlint-baseline.json` in the project root
    #[arg(long, value_name = "FILE", help_heading = "Baseline")]
    baseline: Option<PathBuf>,
}

impl BaselineFile {
    /// Where the file is or will be; whether somebody named it.
    fn path(&self, loaded: &Loaded) -> (PathBuf, bool) {
        let configured = loaded.config.check.baseline.as_deref();
        match (&self.baseline, configured) {
            (Some(file), _) => (file.clone(), true),
            (None, Some(path)) => (loaded.project.root.join(path), true),
            (None, None) => (loaded.project.root.join(FILE), false),
        }
    }

    /// What is known. Without a file there is nothing, unless somebody named it.
    pub(super) fn read(&self, loaded: &Loaded) -> Result<Option<Baseline>, Stop> {
        let (path, is_named) = self.path(loaded);
        if loaded.isolated && self.baseline.is_none() {
            return Ok(None);
        }
        let read = match &self.baseline {
            Some(file) => discover::read_named(file),
            None => loaded.project.read_below(&path),
        };
        let shown = shown(&path);
        let text = match read {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !is_named => return Ok(None),
            Err(error) => return Err(Stop::new(format_args!("could not read `{shown}`: {error}"))),
        };
        let wrong = |wrong| match wrong {
            wrong @ crate::baseline::Wrong::Form { .. } => {
                Stop(format!("{shown}:{}", escaped(&format!("{wrong}"))))
            }
            wrong @ crate::baseline::Wrong::Version(_) => Stop::new(format_args!("{shown}: {wrong}")),
        };
        Baseline::read(&text).map(Some).map_err(wrong)
    }
}

/// A path as seen from the working directory, when it lies below that.
fn shown(path: &Path) -> String {
    let here = env::current_dir().and_then(std::fs::canonicalize).unwrap_or_default();
    let below = path.strip_prefix(here).unwrap_or(path);
    escaped(&below.display().to_string()).into_owned()
}

#[derive(Debug, Args)]
pub(super) struct BaselineArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write all findings of the project to a new file
    Create(FileArgs),
    /// Write the file again: what is gone leaves it, what is new comes in
    Update(FileArgs),
    /// Take out of the file what is gone
    Prune(FileArgs),
}

#[derive(Debug, Args)]
struct FileArgs {
    #[command(flatten)]
    file: BaselineFile,
    /// audit: also findings that depend on values known only at deployment
    #[arg(long, value_name = "PROFILE", value_enum, help_heading = "Rules")]
    profile: Option<Profile>,
    #[command(flatten)]
    project: ProjectArgs,
}

pub(super) fn run(args: &BaselineArgs, global: &Global) -> Result<Status, Stop> {
    let (Command::Create(given) | Command::Update(given) | Command::Prune(given)) = &args.command;
    let mut loaded = given.project.load(Profile::Default)?;
    loaded.settings.profile = given.profile.or(loaded.config.check.profile).unwrap_or_default();
    let (path, _) = given.file.path(&loaded);
    let shown = shown(&path);
    let is_new = matches!(args.command, Command::Create(_));
    let present = if is_new { None } else { given.file.read(&loaded)? };
    match (is_new, &present) {
        (true, _) if path.symlink_metadata().is_ok() => {
            return Err(Stop::new(format_args!(
                "there is a baseline already: `{shown}`; `trustlint baseline update` writes it again"
            )));
        }
        (false, None) => {
            return Err(Stop::new(format_args!(
                "there is no baseline `{shown}`; `trustlint baseline create` writes one"
            )));
        }
        _ => {}
    }
    let mut baseline = present.unwrap_or_default();
    let checked = loaded.check_against(Some(&mut baseline))?;
    let before = checked.known.len() + baseline.lost();
    loaded.introduce(global);
    if checked.summary.files == 0 {
        say(&format!("found nothing to analyze in {}", given.project.shown()));
        return Ok(Status::Nothing);
    }
    let mut written = match args.command {
        Command::Prune(_) => baseline.pruned(),
        _ => baseline.updated(),
    };
    let text = written.write().map_err(Stop::new)?;
    files::replace(&path, &text)
        .map_err(|error| Stop::new(format_args!("could not write `{shown}`: {error}")))?;
    if global.quiet == 0 {
        let was = if is_new { String::new() } else { format!(", which had {before}") };
        let refused = written.refused();
        // As the next run counts them.
        let known = loaded.check_against(Some(&mut written))?.known.len();
        say(&format!("wrote {shown}: {}{was}", counted(known, "finding")));
        if refused > 0 {
            let refused = counted(refused, "finding");
            say(&format!(
                "{refused} cannot be ignored and so cannot be in a baseline (`check.not-ignorable`)"
            ));
        }
    }
    Ok(Status::Clean)
}

/// Says how many findings of the baseline are gone, when the run asked for them.
pub(super) fn say_gone(baseline: &Baseline, loaded: &Loaded) {
    let is_asked = |name: &str, path: &str| {
        let default = rule(name).map_or(Severity::Info, |rule| rule.severity);
        loaded.config.nearest(path).severity(&called(name), default).is_some()
    };
    let gone = baseline.gone(is_asked);
    if gone > 0 {
        let (findings, them) = (counted(gone, "finding"), if gone == 1 { "it" } else { "them" });
        say(&format!(
            "hint: {findings} of the baseline no longer found; `trustlint baseline prune` takes {them} out"
        ));
    }
}
