//! Claims about whole projects, through the public pipeline; a module for each subject. They are one program, since each
//! that is linked for itself costs time and disk.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/disk.rs"]
mod disk;
#[path = "../common/halves.rs"]
mod halves;
#[path = "../common/judge.rs"]
mod judge;

mod access;
mod accounts;
mod acting;
mod again;
mod assumed_roles;
mod attachments;
mod baseline;
mod bundles;
mod cdk;
mod changed;
mod choices;
mod cli;
mod cloudformation;
mod commands;
mod config_init;
mod defaults;
mod defects;
mod denied;
mod deployments;
mod embedded_templates;
mod examples;
mod fingerprints;
mod fixes;
mod formats;
mod gate;
mod graph;
mod guides;
mod hostile_text;
mod identities;
mod installed;
mod joins;
mod links;
mod made_roles;
mod manifests;
mod one_question;
mod organizations;
mod outputs;
mod packaging;
mod pitfalls;
mod pitfalls_of_cloudformation;
mod places_of_stacks;
mod plans;
mod policy_files;
mod precedence;
mod projects;
mod reading;
mod server;
mod services;
mod several_declarations;
mod shares;
mod snapshots;
mod stand_ins;
mod statistics;
mod surroundings;
mod terragrunt;
mod through;
mod undeclared;
mod values_of_terraform;
mod who_can;
mod whose_account;
mod wording;
