//! Extra arguments: files of values and variables of the environment that Terragrunt hands to Terraform.
//!
//! <https://terragrunt.gruntwork.io/docs/features/extra-arguments>

use std::collections::BTreeMap;

use super::at;
use super::configuration::Configuration;
use crate::parse::hcl::{Block, Body};
use crate::value::{Kind, Map, Value};
use crate::walk::terraform::language::convert::Outcome;
use crate::walk::terraform::language::evaluator::Bound;
use crate::walk::terraform::language::functions;
use crate::walk::terraform::module::blocks::argument;

/// Commands that deploy, or say what would be deployed.
const DEPLOYING: [&str; 2] = ["apply", "plan"];

/// What one block gives.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments {
    /// Variables, of the environment.
    pub(super) environment: Map,
    /// Files of values, below the project root; the last one wins.
    pub(super) value_files: Vec<String>,
}

/// Adds the blocks of a `terraform` block; one replaces another of its label that is included.
pub(super) fn add(
    read: &Configuration<'_>,
    bound: &Bound,
    body: &Body,
    found: &mut BTreeMap<String, Arguments>,
) {
    for block in body.blocks.iter().filter(|block| &*block.kind.value == "extra_arguments") {
        let Some(label) = block.labels.first() else { continue };
        let own = arguments(read, bound, block).unwrap_or_default();
        found.insert(label.value.to_string(), own);
    }
}

/// What a block gives to commands that deploy.
fn arguments(read: &Configuration<'_>, bound: &Bound, block: &Block) -> Option<Arguments> {
    let said = |name: &str| Some(read.value(bound, &argument(&block.body, name)?.value));
    let commands = said("commands")?;
    let deploys = |one: &Value| one.as_str().is_none_or(|command| DEPLOYING.contains(&&*command));
    if let Kind::List(list) = &commands.kind
        && !list.open
        && !list.items.iter().any(deploys)
    {
        return None;
    }
    let mut given = Arguments::default();
    for name in ["arguments", "required_var_files", "optional_var_files"] {
        let Some(Kind::List(list)) = said(name).map(|value| value.kind) else { continue };
        let paths = list.items.iter().filter_map(|item| {
            let text = item.as_str()?;
            let path = if name == "arguments" {
                text.trim_start_matches('-').strip_prefix("var-file=")?
            } else {
                &*text
            };
            at(&read.place.unit, path)
        });
        given.value_files.extend(paths);
    }
    if let Some(Kind::Map(variables)) = said("env_vars").map(|value| value.kind) {
        for entry in variables.entries {
            let Some(key) = entry.key.as_literal() else { continue };
            let Some(name) = key.strip_prefix("TF_VAR_") else { continue };
            given.environment.insert(name, entry.key_span, read_back(entry.value));
        }
    }
    Some(given)
}

/// A value that is handed over as text: what is no text for the variable is written as JSON.
///
/// <https://developer.hashicorp.com/terraform/cli/config/environment-variables#tf_var_name>
fn read_back(value: Value) -> Value {
    let is_json = match &value.kind {
        Kind::Json(_) => true,
        Kind::Text(text) => text.begins_with("[") || text.begins_with("{"),
        _ => false,
    };
    if !is_json {
        return value;
    }
    let span = value.span;
    match functions::call("jsondecode", std::slice::from_ref(&value), span) {
        Some(Outcome::Value(decoded)) => decoded,
        _ => value,
    }
}
