//! `trustlint accounts`.

use clap::Args;
use serde::Serialize;

use super::project::{Loaded, ProjectArgs};
use super::rules::ListFormat;
use super::shared::{Global, Status, Stop, print, say, table};
use crate::accounts::Grade;
use crate::facts::Language;
use crate::outcome::{UnitAccount, UnitWitness};
use crate::report::escaped;
use crate::run::Profile;
use crate::source::Span;

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
    /// `A` when it is certain which account it is, `B` when only that it is the same as others.
    class: Option<&'static str>,
    #[serde(flatten)]
    evidence: Evidence<'a>,
    /// All evidence, the one that holds first.
    witnesses: Vec<Witness<'a>>,
}

/// How an account is known.
#[derive(Serialize)]
struct Evidence<'a> {
    #[serde(rename = "evidence")]
    words: &'a str,
    path: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
}

/// A piece of evidence for programs.
#[derive(Serialize)]
struct Witness<'a> {
    class: &'static str,
    account: &'a str,
    #[serde(flatten)]
    evidence: Evidence<'a>,
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
        ListFormat::Text => text(&entries, global.verbose > 0),
        ListFormat::Json => serde_json::to_string_pretty(&entries).map_err(Stop::new)? + "\n",
    })?;
    Ok(Status::Clean)
}

fn entry<'a>(unit: &'a UnitAccount, loaded: &Loaded) -> Entry<'a> {
    let witness = |it: &'a UnitWitness| Witness {
        class: it.grade.letter(),
        account: &it.account,
        evidence: evidence(&it.evidence, it.span, loaded),
    };
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
        class: unit.grade.map(Grade::letter),
        evidence: evidence(&unit.evidence, unit.span, loaded),
        witnesses: unit.witnesses.iter().map(witness).collect(),
    }
}

fn evidence<'a>(words: &'a str, span: Option<Span>, loaded: &Loaded) -> Evidence<'a> {
    let sources = &loaded.project.sources;
    let position = span.map(|span| sources.position(span.source, span.start));
    Evidence {
        words,
        path: span.map(|span| sources.shown(span.source)),
        line: position.map(|position| position.line),
        column: position.map(|position| position.column),
    }
}

impl Evidence<'_> {
    fn shown(&self) -> String {
        match (&self.path, self.line, self.column) {
            (Some(path), Some(line), Some(column)) => format!("{} ({path}:{line}:{column})", self.words),
            _ => self.words.to_owned(),
        }
    }
}

/// A line for each unit; with `all`, one for each further piece of evidence below it.
fn text(entries: &[Entry<'_>], all: bool) -> String {
    let row = |columns: [&str; 4]| columns.map(|column| escaped(column).into_owned()).to_vec();
    let units = entries.iter().flat_map(|entry| {
        let account = match (entry.account, entry.identity) {
            (Some(account), _) if entry.placeholder => format!("{account}, a placeholder?"),
            (Some(account), _) => account.to_owned(),
            (None, Some(identity)) => format!("one account: {identity}"),
            (None, None) => "unknown".to_owned(),
        };
        let first = row([entry.unit, entry.language, &account, &entry.evidence.shown()]);
        let further = entry.witnesses.iter().skip(1).filter(|_| all);
        let further = further.map(|it| row(["", "", it.account, &format!("also {}", it.evidence.shown())]));
        std::iter::once(first).chain(further).collect::<Vec<_>>()
    });
    let head = row(["UNIT", "LANGUAGE", "ACCOUNT", "EVIDENCE"]);
    table(&std::iter::once(head).chain(units).collect::<Vec<_>>())
}
