//! A module: its blocks, and what their names mean for one call of it.

pub(super) mod blocks;
pub(super) mod call;
pub(super) mod data;
pub(super) mod expand;
pub(super) mod policy_document;
pub(super) mod provider;
pub(super) mod reference;
pub(super) mod resource;
pub(super) mod run;
pub(super) mod variables;
