//! Deployment: which templates are deployed, where, with which parameters, and by which others.
//!
//! A [`deployed::Deployed`] stack answers what the names in its template stand for.

mod cdk;
pub(super) mod configured;
mod declare;
mod deployed;
mod deployments;
pub(super) mod embedded;
mod exports;
mod files;
mod include;
mod manifests;
pub(super) mod memory;
mod metadata;
mod nested;
mod parameter_files;
mod project;
pub(super) mod serverless;
mod stack;
mod stack_sets;
mod stacks;
mod templates;
mod told;
pub(super) mod walk;
