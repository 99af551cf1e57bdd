//! trustlint finds mistakes in AWS cross-account access before anything is deployed.
//!
//! The modules are layers; each uses only those above it in this table (`tests/house.rs` checks that).
//!
//! | layer | module | owns |
//! |---|---|---|
//! | 0 | [`source`] | files, spans, lines |
//! | 0 | `lines` | embedded tables: sorted text, searched where it lies |
//! | 1 | [`value`] | values with unknown parts, three answers |
//! | 2 | [`iam`] | the policy language and its meaning; no IO, no template language |
//! | 2 | [`carriers`] | which resource types carry access, and how their ARNs are made |
//! | 2 | [`diagnostic`] | findings and problems |
//! | 3 | [`parse`] | text to trees with spans |
//! | 3 | [`facts`] | what walkers produce: units, declarations, account hints |
//! | 4 | [`walk`] | trees to declarations: Terraform, CloudFormation, policy JSON |
//! | 5 | [`config`] | `trustlint.toml` |
//! | 6 | [`accounts`] | whose account a unit is in, and whose another account is |
//! | 7 | [`graph`] | principals, resources, grants |
//! | 8 | [`ask`] | every question about who may do what, with what it rests on |
//! | 9 | [`rules`] | one file for each rule |
//! | 9 | [`statistics`] | how much of the policies is resolved, counted once for everybody |
//! | 10 | [`outcome`] | what a run found |
//! | 11 | [`suppress`], [`report`], [`discover`], [`run`] | what happens around the rules |
//! | 12 | [`cli`] | the command line |

pub mod accounts;
pub mod ask;
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
