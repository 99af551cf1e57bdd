//! Projects with a planted truth, an evaluator of their own over concrete requests, and what trustlint says of them.

pub(crate) mod ask;
pub(crate) mod breaks;
pub(crate) mod cloudformation;
pub(crate) mod conditions;
pub(crate) mod dice;
pub(crate) mod generate;
pub(crate) mod judge;
pub(crate) mod model;
pub(crate) mod oracle;
pub(crate) mod page;
pub(crate) mod shrink;
pub(crate) mod terraform;
