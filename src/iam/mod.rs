//! The IAM policy language and its meaning.
//!
//! Knows values with unknown parts, but no template language and no files. What is decided here rests on the
//! AWS pages named at each item.

pub mod arn;
pub mod data;
pub mod glob;
pub mod policy;
pub mod principal;
pub mod read;
