//! The IAM policy language and its meaning.
//!
//! Knows values with unknown parts, but no template language and no files. What is decided here rests on the
//! AWS pages named at each item.

pub mod action;
pub mod arn;
pub mod beginnings;
pub mod callers;
pub mod condition;
pub mod data;
pub mod evaluate;
pub mod external_id;
pub mod federation;
pub mod glob;
pub mod policy;
pub mod principal;
pub mod read;
pub mod size;

#[cfg(test)]
pub(crate) mod testing;
