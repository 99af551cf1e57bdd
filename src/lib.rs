//! trustlint finds mistakes in AWS cross-account access before anything is deployed.
//!
//! What it is used by is re-exported here: [`check`] judges the files of [`Sources`] under a [`Config`], [`discover`] finds them,
//! [`write`] shows what was found, and [`main`] is the command line. All else is the program's own, so that the compiler
//! says what nothing uses.
//!
//! The modules are layers; each uses only what stands in a layer with a lower number (`tests/house.rs` reads this table and
//! checks it).
//!
//! | layer | module | owns |
//! |---|---|---|
//! | 0 | `bounds` | how much of everything is read, evaluated and shown |
//! | 0 | `parallel` | work on many things on all threads |
//! | 1 | `source` | files, spans, lines |
//! | 1 | `denial` | what AWS says of a request that it denied |
//! | 1 | `lines` | embedded tables: sorted text, searched where it lies |
//! | 2 | `value` | values with unknown parts, three answers |
//! | 3 | `iam` | the policy language and its meaning; no IO, no template language |
//! | 3 | `carriers` | which resource types carry access, and how their ARNs are made |
//! | 3 | `diagnostic` | findings and problems |
//! | 4 | `parse` | text to trees with spans |
//! | 4 | `facts` | what walkers produce: units, declarations, account hints |
//! | 5 | `evidence` | what pipelines, backends and lists say of accounts, for a person to confirm |
//! | 5 | `walk` | trees to declarations: Terraform, CloudFormation, policy JSON |
//! | 6 | `config` | `trustlint.toml` |
//! | 7 | `accounts` | whose account a unit is in, and whose another account is |
//! | 8 | `graph` | principals, resources, grants |
//! | 9 | `ask` | every question about who may do what, with what it rests on |
//! | 10 | `rules` | one file for each rule |
//! | 10 | `statistics` | how much of the policies is resolved, counted once for everybody |
//! | 11 | `outcome` | what a run found |
//! | 12 | `suppress`, `report`, `discover` | comments that ignore; findings as text, JSON and SARIF; finding files |
//! | 13 | `baseline` | findings that were there when a gate was set up |
//! | 13 | `fix` | changes of text that mend findings, and comments that accept them |
//! | 13 | `picture` | who can reach what, as mermaid, DOT, JSON, text and a page |
//! | 13 | `proposal` | a first configuration from what a project says of accounts |
//! | 14 | `run` | the whole pipeline |
//! | 15 | `cli` | the command line |
//! | 16 | `internals` | what tests ask of the inside |

mod accounts;
mod ask;
mod baseline;
mod bounds;
mod carriers;
mod cli;
mod config;
mod denial;
mod diagnostic;
mod discover;
mod evidence;
mod facts;
mod fix;
mod graph;
mod iam;
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals;
mod lines;
mod outcome;
mod parallel;
mod parse;
mod picture;
mod proposal;
mod report;
mod rules;
mod run;
mod source;
mod statistics;
mod suppress;
mod value;
mod walk;

pub use cli::main;
pub use config::Config;
pub use diagnostic::{Diagnostic, Problem, Severity};
pub use discover::{ConfigChoice, Request, discover};
pub use outcome::Checked;
pub use report::{Format, Report, write};
pub use rules::RULES;
pub use run::{Profile, Settings, check};
pub use source::{Sources, Span};
