//! What an expression says: literals, operators, templates, functions, steps into values, and what is not known.

pub(super) mod call;
pub(super) mod convert;
pub(super) mod expression;
pub(super) mod follow;
pub(super) mod functions;
pub(super) mod invariant;
pub(super) mod operators;
pub(super) mod paths;
pub(super) mod template;
pub(super) mod types;
pub(super) mod unknown;
