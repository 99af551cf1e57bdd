//! What an expression says: literals, operators, templates, functions, steps into values, and what is not known.
//!
//! What its names mean is asked of [`names::Names`], which files it sees of [`files::Files`], and what it may cost is in
//! [`work::Work`]. Nothing here knows a module or a deployment.

pub(super) mod call;
pub(super) mod convert;
pub(super) mod evaluator;
pub(super) mod expression;
pub(super) mod files;
pub(super) mod follow;
pub(super) mod functions;
pub(super) mod invariant;
pub(super) mod names;
pub(super) mod operators;
pub(super) mod template;
#[cfg(test)]
mod tests;
pub(super) mod types;
pub(super) mod unknown;
pub(super) mod work;
