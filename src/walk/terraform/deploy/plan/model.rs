//! The parts of a plan that matter. What is read only when somebody asks for it is a place in the text.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::source::Span;

/// A plan, or a state: what `terraform show -json` prints.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan {
    pub(super) variables: BTreeMap<String, Json>,
    /// What is there afterwards, of what changes or not.
    pub(super) changes: Vec<Resource>,
    /// The data sources that were read while planning.
    pub(super) prior: Vec<Resource>,
    /// A state has no changes, but values.
    pub(super) values: Vec<Resource>,
    pub(super) configuration: Configuration,
}

/// A resource of a plan or state.
#[derive(Debug, PartialEq)]
pub(super) struct Resource {
    pub(super) address: Box<str>,
    /// Where the address is written.
    pub(super) place: Span,
    pub(super) kind: Arc<str>,
    pub(super) is_data: bool,
    /// Its values, when they can matter: of a large plan, few do.
    pub(super) values: Option<Box<Values>>,
}

/// Where the values of a resource are written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Values {
    pub(super) known: Option<Span>,
    /// What of them is not known: `true`, in their shape. Nothing when it says that of none.
    pub(super) unknown: Option<Span>,
    /// What of them is a secret, likewise.
    pub(super) secret: Option<Span>,
}

/// What the plan says of how it was written.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Configuration {
    pub(super) provider_config: BTreeMap<String, ProviderConfig>,
    pub(super) root_module: ConfigModule,
}

#[derive(Debug, Default, PartialEq)]
pub(super) struct ProviderConfig {
    pub(super) name: String,
    pub(super) expressions: Json,
}

#[derive(Debug, Default, PartialEq)]
pub(super) struct ConfigModule {
    pub(super) resources: Vec<ConfigResource>,
    pub(super) module_calls: BTreeMap<String, ModuleCall>,
    /// The expressions of its outputs.
    pub(super) outputs: BTreeMap<String, Json>,
    /// The variables that are declared as secrets.
    pub(super) secrets: BTreeSet<String>,
}

#[derive(Debug, PartialEq)]
pub(super) struct ConfigResource {
    pub(super) address: Box<str>,
    pub(super) provider_config_key: Arc<str>,
    /// Where the expressions of its arguments are written. Of a large plan, few are read.
    pub(super) expressions: Option<Span>,
}

#[derive(Debug, Default, PartialEq)]
pub(super) struct ModuleCall {
    pub(super) expressions: Json,
    pub(super) module: ConfigModule,
}
