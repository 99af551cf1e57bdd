//! Which modules are deployed, how often and with which values.

pub(super) mod deployment;
pub mod installed;
pub mod plan;
pub(super) mod stand_in;
pub(super) mod states;
pub(super) mod terragrunt;
