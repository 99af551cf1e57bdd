//! A module: its blocks, and what their names mean for one call of it.
//!
//! Nothing here knows how a root module is deployed: what is told of it is a finished table, [`run::Told`].

pub(super) mod blocks;
pub(super) mod call;
mod computed;
pub(super) mod data;
mod expand;
pub(super) mod instance;
pub(super) mod modules;
pub(super) mod policy_document;
pub(super) mod properties;
pub(super) mod provider;
pub(super) mod provider_version;
mod reference;
mod resource;
pub(super) mod run;
pub(super) mod type_name;
mod unmodelled;
mod variables;
mod version;
