//! `trustlint accounts`.

use clap::Args;
use serde::Serialize;

use super::project::{Loaded, ProjectArgs};
use super::rules::ListFormat;
use super::shared::{Global, Status, Stop, print, print_json, say, table};
use crate::accounts::Grade;
use crate::evidence;
use crate::facts::Language;
use crate::outcome::{UnitAccount, UnitWitness};
use crate::proposal::{Cited, OfUnit, Proposal, place_of, propose};
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
    /// What other files say, for a person to confirm.
    proposal: Option<Proposed<'a>>,
}

/// The account that other files propose for a unit.
#[derive(Serialize)]
struct Proposed<'a> {
    name: &'a str,
    id: Option<&'a str>,
    class: &'static str,
    /// The ID that other evidence says.
    contradicts: Option<&'a str>,
    witnesses: Vec<Support>,
}

/// What speaks for a proposal.
#[derive(Serialize)]
struct Support {
    /// `path:line`, or the path of a directory, below the project root.
    place: String,
    says: String,
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
    let loaded = args.project.load_with(Profile::Default, &evidence::HIDDEN)?;
    let survey = loaded.survey()?;
    loaded.introduce(global);
    if global.quiet == 0 {
        loaded.say_bindings(&survey.bindings);
    }
    if survey.surveyed.is_empty() {
        say(&format!("found nothing to analyze in {}", args.project.shown()));
        return Ok(Status::Nothing);
    }
    let sources = &loaded.project.sources;
    let is_wanted = args.output_format == ListFormat::Json || global.verbose > 0;
    let found = is_wanted.then(|| loaded.with_threads(|| evidence::read(sources))).transpose()?;
    let proposal = found.as_ref().map(|found| propose(sources, &survey, found, &loaded.config));
    let proposal = proposal.unwrap_or_default();
    let mut units: Vec<&UnitAccount> = survey.surveyed.iter().map(|unit| &unit.account).collect();
    units.sort_by(|a, b| a.unit.cmp(&b.unit));
    let entries: Vec<_> = units.into_iter().map(|unit| entry(unit, &loaded, &proposal)).collect();
    match args.output_format {
        ListFormat::Text => print(&text(&entries, global.verbose > 0))?,
        ListFormat::Json => print_json(&entries)?,
    }
    Ok(Status::Clean)
}

fn entry<'a>(unit: &'a UnitAccount, loaded: &Loaded, proposal: &'a Proposal<'a>) -> Entry<'a> {
    let witness = |it: &'a UnitWitness| Witness {
        class: it.grade.letter(),
        account: &it.account,
        evidence: of(&it.evidence, it.span, loaded),
    };
    Entry {
        unit: &unit.unit,
        language: match unit.language {
            Language::Terraform => "terraform",
            Language::CloudFormation => "cloudformation",
            Language::Policy => "policy",
            Language::Snapshot => "snapshot",
            Language::Manifest => "manifest",
        },
        account: unit.account.as_deref(),
        identity: unit.identity.as_deref(),
        placeholder: unit.is_placeholder,
        class: unit.grade.map(Grade::letter),
        evidence: of(&unit.evidence, unit.span, loaded),
        witnesses: unit.witnesses.iter().map(witness).collect(),
        proposal: proposed(unit, loaded, proposal),
    }
}

fn proposed<'a>(unit: &UnitAccount, loaded: &Loaded, proposal: &'a Proposal<'a>) -> Option<Proposed<'a>> {
    let all = proposal.of_unit.get(unit.unit.as_str())?;
    let first = all.first()?;
    let block = |of: &OfUnit<'_>| proposal.blocks.get(of.block);
    let account = block(first)?;
    let other = all.iter().skip(1).filter_map(block).find(|other| other.id != account.id);
    let support = |cited: &Cited<'_>| Support {
        place: place_of(&cited.place, &loaded.project.sources),
        says: cited.says.to_string(),
    };
    Some(Proposed {
        name: &account.name,
        id: account.id,
        class: first.class.letter(),
        contradicts: other.and_then(|other| other.id),
        witnesses: first.cited.iter().map(support).collect(),
    })
}

impl Proposed<'_> {
    /// In one line: `prod (690123987001), C: assumes a role of it, deploy.yml:31`.
    fn shown(&self) -> String {
        let id = self.id.unwrap_or("ID unknown");
        let other = self.contradicts.map_or_else(String::new, |other| format!(", contradicts {other}"));
        let witnesses = self.witnesses.iter().map(|it| format!("{}, {}", it.says, it.place));
        let witnesses = witnesses.collect::<Vec<_>>().join("; ");
        let witnesses = if witnesses.is_empty() { witnesses } else { format!(": {witnesses}") };
        format!("{} ({id}), {}{other}{witnesses}", self.name, self.class)
    }
}

fn of<'a>(words: &'a str, span: Option<Span>, loaded: &Loaded) -> Evidence<'a> {
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
        let proposed =
            entry.proposal.iter().map(|it| row(["", "", "", &format!("proposed: {}", it.shown())]));
        std::iter::once(first).chain(further).chain(proposed).collect::<Vec<_>>()
    });
    let head = row(["UNIT", "LANGUAGE", "ACCOUNT", "EVIDENCE"]);
    table(&std::iter::once(head).chain(units).collect::<Vec<_>>())
}
