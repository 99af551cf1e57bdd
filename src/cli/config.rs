//! `trustlint config`.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::project::{Loaded, ProjectArgs};
use super::shared::{print, print_json_text};
use super::{Global, Status, Stop, say};
use crate::config::{Config, SCHEMA};
use crate::discover::CONFIG_NAMES;
use crate::evidence;
use crate::proposal::{Written, propose, write};
use crate::report::{counted, escaped};
use crate::run::Profile;

#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a first `trustlint.toml` from what the repository says of its accounts
    #[command(after_help = INIT_HELP)]
    Init(InitArgs),
    /// Show the configuration in use and the files it comes from
    Show(Box<ShowArgs>),
    /// Print the JSON schema of `trustlint.toml`, for editors
    Schema,
}

const INIT_HELP: &str = "What the templates prove is written as it is and only gives accounts a name. Everything else is a proposal: \
                         a line that begins with `#? `, with its evidence behind it, that does nothing until `#? ` is deleted.\n\
                         Exit status: 0 written, 2 when there is a configuration already, 3 nothing to analyze.";

#[derive(Debug, Args)]
struct InitArgs {
    /// Project or directory in it; the file goes to the project root
    #[arg(default_value = ".", value_name = "PATH")]
    path: PathBuf,
    /// Print the configuration instead of writing it
    #[arg(long)]
    stdout: bool,
    /// Print only what the present configuration lacks
    #[arg(long)]
    update: bool,
}

#[derive(Debug, Args)]
struct ShowArgs {
    #[command(flatten)]
    project: ProjectArgs,
}

pub(super) fn run(args: &ConfigArgs, global: &Global) -> Result<Status, Stop> {
    match &args.command {
        Command::Init(args) => init(args, global),
        Command::Show(args) => show(args),
        Command::Schema => {
            print_json_text(SCHEMA)?;
            Ok(Status::Clean)
        }
    }
}

fn init(args: &InitArgs, global: &Global) -> Result<Status, Stop> {
    let project = ProjectArgs::of(args.path.clone(), !args.update);
    let loaded = project.load_with(Profile::Default, &evidence::HIDDEN)?;
    let present = existing(&loaded);
    match (&present, args.update) {
        (Some(name), false) => {
            return Err(Stop::new(format_args!(
                "there is a configuration already: `{name}`; `trustlint config init --update` prints what it lacks"
            )));
        }
        (None, true) => {
            return Err(Stop::new(
                "there is no configuration to update; write one with `trustlint config init`",
            ));
        }
        _ => {}
    }
    let survey = loaded.survey()?;
    if survey.files == 0 {
        say(&format!("found nothing to analyze in {}", project.shown()));
        return Ok(Status::Nothing);
    }
    let sources = &loaded.project.sources;
    let found = loaded.with_threads(|| evidence::read(sources))?;
    let proposal = propose(sources, &survey, &found, &loaded.config);
    let text = loaded.project.config.as_ref().map_or("", |config| config.text.as_str());
    let written = write(&proposal, sources, args.update.then_some((&loaded.config, text)));
    if args.update || args.stdout {
        print(&written.text)?;
    } else {
        create(&loaded, &written)?;
    }
    if global.quiet == 0 {
        say(&told(&loaded, &written, args));
    }
    Ok(Status::Clean)
}

/// The configuration that the project root has.
fn existing(loaded: &Loaded) -> Option<&'static str> {
    CONFIG_NAMES.into_iter().find(|name| loaded.project.root.join(name).exists())
}

/// Writes the file, when there is none.
fn create(loaded: &Loaded, written: &Written) -> Result<(), Stop> {
    let [name, ..] = CONFIG_NAMES;
    let path = loaded.project.root.join(name);
    let wrong = |error: std::io::Error| {
        Stop::new(format_args!("could not write `{}`: {error}", escaped(&path.display().to_string())))
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(wrong)?;
    file.write_all(written.text.as_bytes()).map_err(wrong)
}

/// What was done, and what is next.
fn told(loaded: &Loaded, written: &Written, args: &InitArgs) -> String {
    let Written { active, proposed, .. } = written;
    let [name, ..] = CONFIG_NAMES;
    if args.update && active + proposed == 0 {
        return "nothing to add to the configuration".to_owned();
    }
    let what = format!("{} by name, {}", counted(*active, "account"), counted(*proposed, "proposal"));
    if args.update || args.stdout {
        return what;
    }
    let path = loaded.project.root.join(name);
    format!("wrote {}: {what}; read the lines that begin with `#? `", escaped(&path.display().to_string()))
}

/// Prints each configuration as it is read, in the order in which they are asked.
fn show(args: &ShowArgs) -> Result<Status, Stop> {
    let loaded = args.project.load(Profile::Default)?;
    let nested = loaded.project.nested.iter().map(|(_, config)| config);
    let mut text = String::new();
    for written in loaded.project.config.iter().chain(nested) {
        let table: toml::Table = written.text.parse().map_err(Stop::new)?;
        let shown = toml::to_string_pretty(&table).map_err(Stop::new)?;
        if !text.is_empty() {
            text.push('\n');
        }
        text.extend(["# ", &*escaped(&written.shown), "\n", &*shown]);
        text.push_str(&listed(&loaded.config, &written.path));
    }
    if text.is_empty() {
        say("there is no configuration; `trustlint config init` writes one");
    }
    print(&text)?;
    Ok(Status::Clean)
}

/// The accounts that come from the list that a configuration names.
fn listed(whole: &Config, path: &str) -> String {
    let config = whole.all().find(|config| config.path.as_deref() == Some(path));
    let Some((config, file)) = config.and_then(|config| Some((config, config.accounts_file.as_ref()?)))
    else {
        return String::new();
    };
    let accounts = config.accounts.iter().map(|account| format!("# {}\n", escaped(&account.shown())));
    format!("\n# accounts with those of {}:\n{}", escaped(&file.path), accounts.collect::<String>())
}
