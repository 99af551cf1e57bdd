//! Which account a unit is deployed to: all that speaks for one, in the order of trust. The first piece of evidence holds.

use std::borrow::Cow;

use super::{no_source, term_of};
use crate::config::Config;
use crate::facts::{AccountHint, Language, Placed, Unit};
use crate::iam::arn::is_account_id;
use crate::iam::data::is_example_account;
use crate::source::Span;
use crate::value::{Because, Class, OriginKind, Symbol, Text};

/// The account of a unit, and how it is known.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The account: literal digits, a name from the configuration as a symbol, or a symbol of the unit.
    pub account: Text,
    /// All that speaks for an account, the first of which holds.
    pub witnesses: Vec<Witness>,
    /// In which language the unit is written.
    pub language: Language,
}

/// A piece of evidence.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The account that it speaks for.
    pub account: Text,
    /// In which words.
    pub evidence: String,
    /// Where it is written, when that is in a file of the project.
    pub span: Option<Span>,
    /// What kind it is of.
    pub source: Source,
}

/// What a piece of evidence comes from, in the order of trust; for what lies beside its default configuration, a deployment's
/// own words come before paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// `--account`.
    CommandLine,
    /// `paths` of the configuration.
    Paths,
    /// A provider block, a manifest, a plan, `[[terraform.root]]`.
    Template,
    /// An argument that AWS only accepts from the own account.
    Argument,
    /// The name of a directory.
    Directory,
    /// Something that stands for one account and does not say which.
    Term,
}

/// How much a piece of evidence says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// Which account it is.
    Certain,
    /// That it is the account of everything else of which this is said, and of nothing more.
    Identity,
}

impl Grade {
    /// The letter that stands for it in the output of `accounts`.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Certain => "A",
            Self::Identity => "B",
        }
    }
}

impl Source {
    /// How much such evidence says.
    pub fn grade(self) -> Grade {
        if self == Self::Term { Grade::Identity } else { Grade::Certain }
    }
}

impl Assignment {
    /// How the account is known; empty when it is not.
    pub fn evidence(&self) -> &str {
        self.witnesses.first().map_or("", |witness| &witness.evidence)
    }

    /// Where the template says so.
    pub fn span(&self) -> Option<Span> {
        self.witnesses.first()?.span
    }

    /// The first pair of pieces of evidence that contradict each other. Only what somebody wrote down about the account counts: what
    /// the command line says is meant to differ, names of directories are weak, and of arguments of another account rules speak.
    pub fn contradiction(&self) -> Option<(&Witness, &Witness)> {
        let is_written = |one: &&Witness| {
            let id = one.account.as_literal();
            matches!(one.source, Source::Paths | Source::Template)
                && id.is_some_and(|id| is_account_id(&id) && !is_example_account(&id))
        };
        let mut all = self.witnesses.iter().filter(is_written);
        if self.witnesses.first().is_some_and(|first| first.source == Source::CommandLine) {
            return None;
        }
        let first = all.next()?;
        all.find(|other| other.account != first.account).map(|other| (first, other))
    }
}

/// Gives a unit its account; `owned` is what its arguments say.
pub(super) fn assign(unit: &Unit, config: &Config, owned: Option<&Witness>) -> Assignment {
    let nowhere = Span::start_of(unit.hints.first().map_or_else(no_source, |hint| hint.span.source));
    // A path says where the default configuration, or the file itself, goes; what goes elsewhere says so.
    let elsewhere = !(unit.key.is_plain() && unit.key.path() == unit.path);
    let paths: Vec<&String> = match unit.placed {
        Placed::Apart | Placed::Told => Vec::new(),
        // What this configuration says of paths is not said of another project.
        _ if unit.path.starts_with("//") => Vec::new(),
        Placed::Deployed | Placed::Perhaps => unit.files.iter().rev().chain([&unit.path]).collect(),
    };
    let (placed, mut all) = (placed(&paths, config, nowhere), said(unit, config));
    let is_last = elsewhere && placed.as_ref().is_some_and(|it| it.source != Source::CommandLine);
    all.splice(if is_last { all.len()..all.len() } else { 0..0 }, placed);
    all.extend(owned.cloned());
    all.extend(named(unit, &paths, config, nowhere));
    all.extend(terms(unit));
    let unknown = || Text::symbol(Symbol::new(Class::Account, &unit.key, Because::Run), nowhere);
    let account = all.first().map_or_else(unknown, |first| first.account.clone());
    Assignment { account, witnesses: all, language: unit.language }
}

/// What the command line or a configuration says of the paths of a unit.
fn placed(paths: &[&String], config: &Config, nowhere: Span) -> Option<Witness> {
    let given = paths.iter().find_map(|path| config.given_for_path(path));
    let account = given.or_else(|| paths.iter().find_map(|path| config.account_for_path(path)))?;
    let (source, evidence) = match given {
        Some(_) => (Source::CommandLine, "`--account`".to_owned()),
        None => (Source::Paths, format!("the configured paths of `{}`", account.name)),
    };
    Some(Witness { account: term_of(account, nowhere), evidence, span: None, source })
}

/// The accounts that the template says: an ID, a name of the configuration, or another unit that is in the same one.
fn said(unit: &Unit, config: &Config) -> Vec<Witness> {
    let known = unit
        .hints
        .iter()
        .filter_map(|hint| Some(witness(hint, account_of_hint(hint, &unit.path, config)?, Source::Template)));
    let joined = unit.hints.iter().filter(|hint| {
        let symbol = hint.account.as_symbol();
        symbol.is_some_and(|it| matches!(it.origin.kind(), OriginKind::Unit(other) if *other != unit.key))
    });
    let joined = joined.map(|hint| witness(hint, Cow::Borrowed(&hint.account), Source::Template));
    known.chain(joined).collect()
}

/// What stands for one account in the template.
fn terms(unit: &Unit) -> impl Iterator<Item = Witness> {
    let is_term = |hint: &&AccountHint| {
        hint.account.as_symbol().is_some_and(|symbol| {
            let is_declared =
                || matches!(symbol.class, Class::Computed) && symbol.origin.attribute_name() == Some("id");
            (matches!(symbol.class, Class::Account | Class::AccountId | Class::Keyed) || is_declared())
                && !matches!(symbol.origin.kind(), OriginKind::Unit(_))
        })
    };
    let found = unit.hints.iter().filter(is_term);
    found.map(|hint| witness(hint, deployed(hint), Source::Term))
}

/// The account of what is deployed, by what the template has for it: that nobody has set it yet does not make the account empty.
fn deployed(hint: &AccountHint) -> Cow<'_, Text> {
    match hint.account.as_symbol() {
        Some(symbol) if symbol.because == Because::Unset => {
            let symbol = Symbol { because: Because::Input, ..symbol.clone() };
            Cow::Owned(Text::symbol(symbol, hint.span))
        }
        _ => Cow::Borrowed(&hint.account),
    }
}

fn witness(hint: &AccountHint, account: Cow<'_, Text>, source: Source) -> Witness {
    Witness { account: account.into_owned(), evidence: hint.evidence.clone(), span: Some(hint.span), source }
}

/// The account that a template names, by its id or by the name it has in the configuration.
fn account_of_hint<'h>(hint: &'h AccountHint, path: &str, config: &Config) -> Option<Cow<'h, Text>> {
    let written = match hint.account.as_symbol().map(|symbol| symbol.origin.kind()) {
        Some(OriginKind::Member { name, .. }) => Cow::Borrowed(&**name),
        _ => hint.account.as_literal()?,
    };
    if is_account_id(&written) {
        return Some(Cow::Borrowed(&hint.account));
    }
    Some(Cow::Owned(term_of(config.account_called(&written, path)?, hint.span)))
}

/// What the names of the directories and files of a unit say.
fn named(unit: &Unit, paths: &[&String], config: &Config, nowhere: Span) -> Option<Witness> {
    let by_name = unit.placed == Placed::Deployed;
    let (id, segment) = paths.iter().find_map(|path| account_directory(path, config, by_name))?;
    let directory = unit.path.split('/').any(|part| part == segment);
    let what = if directory { "directory" } else { "file of values" };
    let (account, evidence) = (Text::literal(id, nowhere), format!("{what} `{segment}`"));
    Some(Witness { account, evidence, span: None, source: Source::Directory })
}

/// Directories of what is not deployed: what is called like an account below them is not meant for it.
const UNDEPLOYED: [&str; 5] = ["examples", "fixtures", "modules", "test", "tests"];

/// The innermost directory or file of values named with an account id, or, `by_name`, with the name of a configured account.
fn account_directory<'a>(path: &'a str, config: &'a Config, by_name: bool) -> Option<(&'a str, &'a str)> {
    let mut above = path;
    path.rsplit('/').find_map(|part| {
        above = above.strip_suffix(part).unwrap_or_default().trim_end_matches('/');
        let segment = part.trim_end_matches(".json").trim_end_matches(".tfvars");
        if is_account_id(segment) {
            return Some((segment, segment));
        }
        if !by_name || above.split('/').any(|part| UNDEPLOYED.contains(&part)) {
            return None;
        }
        let named = config.account_called(segment, path)?;
        named.id.as_deref().map(|id| (id, segment))
    })
}
