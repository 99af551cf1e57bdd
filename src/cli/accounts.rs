//! `trustlint accounts`.

use clap::Args;
use serde::Serialize;

use super::project::{Loaded, ProjectArgs};
use super::rules::ListFormat;
use super::{Global, Status, Stop, print, say, table};
use crate::facts::Language;
use crate::outcome::UnitAccount;
use crate::report::escaped;
use crate::run::Profile;

#[derive(Debug, Args)]
pub(super) struct AccountsArgs {
    #[command(flatten)]
    project: ProjectArgs,
    /// Format of the list
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Text)]
    output_format: ListFormat,
}

/// A unit for programs.
#[derive(Serialize)]
struct Entry<'a> {
    unit: &'a str,
    language: &'static str,
    account: Option<&'a str>,
    /// What stands for the account where its ID is not known.
    identity: Option<&'a str>,
    /// Whether the ID is one that examples use.
    placeholder: bool,
    evidence: &'a str,
    path: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
}

pub(super) fn run(args: &AccountsArgs, global: &Global) -> Result<Status, Stop> {
    let loaded = args.project.load(Profile::Default)?;
    let checked = loaded.check()?;
    loaded.introduce(global);
    if global.quiet == 0 {
        loaded.say_bindings(&checked);
    }
    if checked.accounts.is_empty() {
        say(&format!("found nothing to analyze in {}", args.project.shown()));
        return Ok(Status::Nothing);
    }
    let entries: Vec<_> = checked.accounts.iter().map(|unit| entry(unit, &loaded)).collect();
    print(&match args.output_format {
        ListFormat::Text => text(&entries),
        ListFormat::Json => serde_json::to_string_pretty(&entries).map_err(Stop::new)? + "\n",
    })?;
    Ok(Status::Clean)
}

fn entry<'a>(unit: &'a UnitAccount, loaded: &Loaded) -> Entry<'a> {
    let sources = &loaded.project.sources;
    let position = unit.span.map(|span| sources.position(span.source, span.start));
    Entry {
        unit: &unit.unit,
        language: match unit.language {
            Language::Terraform => "terraform",
            Language::CloudFormation => "cloudformation",
            Language::Policy => "policy",
            Language::Snapshot => "snapshot",
        },
        account: unit.account.as_deref(),
        identity: unit.identity.as_deref(),
        placeholder: unit.is_placeholder,
        evidence: &unit.evidence,
        path: unit.span.map(|span| sources.shown(span.source)),
        line: position.map(|position| position.line),
        column: position.map(|position| position.column),
    }
}

fn text(entries: &[Entry<'_>]) -> String {
    let row = |columns: [&str; 4]| columns.map(|column| escaped(column).into_owned()).to_vec();
    let units = entries.iter().map(|entry| {
        let place = match (&entry.path, entry.line, entry.column) {
            (Some(path), Some(line), Some(column)) => format!("{} ({path}:{line}:{column})", entry.evidence),
            _ => entry.evidence.to_owned(),
        };
        let account = match (entry.account, entry.identity) {
            (Some(account), _) if entry.placeholder => format!("{account}, a placeholder?"),
            (Some(account), _) => account.to_owned(),
            (None, Some(identity)) => format!("one account: {identity}"),
            (None, None) => "unknown".to_owned(),
        };
        row([entry.unit, entry.language, &account, &place])
    });
    let head = row(["UNIT", "LANGUAGE", "ACCOUNT", "EVIDENCE"]);
    table(&std::iter::once(head).chain(units).collect::<Vec<_>>())
}
