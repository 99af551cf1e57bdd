//! trustlint finds mistakes in AWS cross-account access before anything is deployed.
//!
//! The modules are layers; each uses only what stands in a layer with a lower number (`tests/house.rs` reads this table and
//! checks it).
//!
//! | layer | module | owns |
//! |---|---|---|
//! | 0 | [`bounds`] | how much of everything is read, evaluated and shown |
//! | 1 | [`source`] | files, spans, lines |
//! | 1 | `lines` | embedded tables: sorted text, searched where it lies |
//! | 2 | [`value`] | values with unknown parts, three answers |
//! | 3 | [`iam`] | the policy language and its meaning; no IO, no template language |
//! | 3 | [`carriers`] | which resource types carry access, and how their ARNs are made |
//! | 3 | [`diagnostic`] | findings and problems |
//! | 4 | [`parse`] | text to trees with spans |
//! | 4 | [`facts`] | what walkers produce: units, declarations, account hints |
//! | 5 | [`walk`] | trees to declarations: Terraform, CloudFormation, policy JSON |
//! | 6 | [`config`] | `trustlint.toml` |
//! | 7 | [`accounts`] | whose account a unit is in, and whose another account is |
//! | 8 | [`graph`] | principals, resources, grants |
//! | 9 | [`ask`] | every question about who may do what, with what it rests on |
//! | 10 | [`rules`] | one file for each rule |
//! | 10 | [`statistics`] | how much of the policies is resolved, counted once for everybody |
//! | 11 | [`outcome`] | what a run found |
//! | 12 | [`suppress`], [`report`], [`discover`] | comments that ignore; findings as text, JSON and SARIF; finding files |
//! | 13 | [`run`] | the whole pipeline |
//! | 14 | [`cli`] | the command line |

pub mod accounts;
pub mod ask;
pub mod bounds;
pub mod carriers;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod discover;
pub mod facts;
pub mod graph;
pub mod iam;
mod lines;
pub mod outcome;
pub mod parse;
pub mod report;
pub mod rules;
pub mod run;
pub mod source;
pub mod statistics;
pub mod suppress;
pub mod value;
pub mod walk;
