//! A first configuration from what a project says of accounts.
//!
//! What templates prove becomes a name for an account and changes nothing else. All other evidence is proposed, for a person to
//! confirm: an account for several units is one block, so that each is asked for once.

mod join;
mod matching;
mod naming;
mod paths;
mod write;

pub use join::propose;
pub use write::{PROPOSED, Written, place_of, write};

use std::collections::BTreeMap;
use std::fmt;

use crate::source::Span;

/// How sure a piece of evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Certain: the templates say it, and every command goes by it.
    A,
    /// One account, whose ID is not in the project.
    B,
    /// To be confirmed.
    C,
    /// A name only.
    D,
}

impl Class {
    /// The letter.
    pub fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
        }
    }
}

/// A place that says something of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cited<'a> {
    /// How sure it is.
    pub class: Class,
    /// How reliable among those of its class.
    pub rank: usize,
    /// Where.
    pub place: Place<'a>,
    /// What it is.
    pub says: Says<'a>,
}

/// A place that is cited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place<'a> {
    /// In a file.
    At(Span),
    /// A directory or file as such.
    Path(&'a str),
}

/// What a place says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says<'a> {
    /// In these words.
    Words(&'a str),
    /// A pipeline assumes a role to deploy this.
    Assumes(&'a str),
    /// A map has an entry of this name.
    Listed(&'a str),
    /// A map has the value of this expression.
    Value(&'a str),
}

impl fmt::Display for Says<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => formatter.write_str(words),
            Self::Assumes(of) => write!(formatter, "assumes a role of it for {of}"),
            Self::Listed(name) => write!(formatter, "listed as `{name}`"),
            Self::Value(of) => write!(formatter, "the value of `{of}`"),
        }
    }
}

/// What is proposed.
#[derive(Clone, Debug, Default)]
pub struct Proposal<'a> {
    /// The accounts, in the order of their names.
    pub blocks: Vec<Block<'a>>,
    /// Deployments of root modules.
    pub roots: Vec<RootEntry<'a>>,
    /// Accounts that policies name and that are nobody's yet.
    pub others: Vec<Other<'a>>,
    /// How many of those are left out.
    pub others_left_out: usize,
    /// What is known of the units.
    pub counts: Counts,
    /// What is proposed for a unit, by how it is shown: indices of `blocks`.
    pub of_unit: BTreeMap<&'a str, Vec<OfUnit<'a>>>,
}

/// What is proposed for a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfUnit<'a> {
    /// The index of the account.
    pub block: usize,
    /// How sure it is.
    pub class: Class,
    /// What says so, the best first.
    pub cited: Vec<Cited<'a>>,
}

/// An account.
#[derive(Clone, Debug, Default)]
pub struct Block<'a> {
    /// Its name.
    pub name: String,
    /// Its ID, when something says it.
    pub id: Option<&'a str>,
    /// The ID that stands in its place in the templates, as examples have it.
    pub placeholder: Option<&'a str>,
    /// Whether it is true without being confirmed.
    pub is_active: bool,
    /// The other account that some of the units may be in instead.
    pub contradicts: Option<&'a str>,
    /// What says that it is this ID, or these placeholders, the best first.
    pub cited: Vec<Cited<'a>>,
    /// What stands for it.
    pub aliases: Vec<&'a str>,
    /// What says so.
    pub alias_cited: Vec<Cited<'a>>,
    /// The paths that are deployed to it.
    pub paths: Vec<String>,
    /// The units that these are for.
    pub units: usize,
    /// What says so, when it is not what says the ID.
    pub paths_cited: Vec<Cited<'a>>,
}

/// A deployment of a root module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RootEntry<'a> {
    /// The directory.
    pub path: &'a str,
    /// The name of the deployment.
    pub name: Option<&'a str>,
    /// Files of values.
    pub values: Vec<&'a str>,
    /// The workspace.
    pub workspace: Option<&'a str>,
    /// The index of its account; nothing when it is not known.
    pub account: Option<usize>,
    /// What says so.
    pub cited: Vec<Cited<'a>>,
}

/// An account that policies name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other<'a> {
    /// What it may be called.
    pub name: String,
    /// Its ID.
    pub id: &'a str,
    /// How often it is named.
    pub count: usize,
    /// The first places.
    pub spans: Vec<Span>,
}

/// What is known of the accounts of units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All units that are deployed.
    pub units: usize,
    /// Those whose account is known.
    pub known: usize,
    /// Those whose account is one that examples use.
    pub placeholders: usize,
    /// Those of one account whose ID is not in the project.
    pub identified: usize,
    /// How many accounts those are of.
    pub identities: usize,
    /// All others.
    pub unknown: usize,
}
