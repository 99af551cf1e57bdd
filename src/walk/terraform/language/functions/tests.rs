//! Functions and operators against what Terraform says (`tests/terraform_functions.rs` asks it), and of arguments
//! that are partly known.

mod evaluator;
mod hidden;
mod record;
mod symbols;

pub(crate) use evaluator::{evaluate, parsed, plain};

/// What Terraform 1.11.4 said: an expression and its value as JSON, or `refused`.
const RECORD: &str = include_str!("../../../../../testdata/terraform/functions.tsv");

/// JSON with the items of the outermost list in the order of their encoding.
fn unordered(json: &str) -> Vec<String> {
    let Ok(serde_json::Value::Array(items)) = serde_json::from_str(json) else {
        return vec![json.to_owned()];
    };
    let mut items: Vec<String> = items.iter().map(ToString::to_string).collect();
    items.sort();
    items.dedup();
    items
}
