//! The language of templates: nodes to values.
//!
//! What a name stands for, [`lookup::Lookup`] is asked: nothing here knows the resources of a template, another template
//! or how any is deployed.

mod cidr;
mod conditions;
pub(super) mod evaluate;
mod intrinsics;
pub(super) mod lookup;
pub(super) mod parameters;
mod pattern;
pub(super) mod place;
mod premises;
mod references;
pub(super) mod scope;
pub(super) mod sections;
mod strings;
mod sub;
mod tables;
#[cfg(test)]
mod tests;
