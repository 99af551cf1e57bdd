//! A module: its blocks, and what their names mean for one call of it.
//!
//! Nothing here knows how a root module is deployed: what is told of it is a finished table, [`run::Told`].

pub(super) mod blocks;
pub(super) mod call;
pub(super) mod data;
mod expand;
pub(super) mod instance;
pub(super) mod modules;
pub(super) mod policy_document;
pub(super) mod provider;
mod reference;
pub(super) mod resource;
pub(super) mod run;
mod unmodelled;
mod variables;
mod version;
