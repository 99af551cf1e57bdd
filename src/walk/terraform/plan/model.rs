//! The parts of a plan that matter, borrowed from its text.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

/// A plan, or a state: what `terraform show -json` prints.
#[derive(Deserialize)]
pub(super) struct Plan<'a> {
    #[serde(borrow, default)]
    pub(super) variables: BTreeMap<Cow<'a, str>, Variable<'a>>,
    #[serde(borrow, default)]
    pub(super) resource_changes: Vec<ResourceChange<'a>>,
    /// What is there before; data sources that were read while planning are in it.
    #[serde(borrow, default)]
    pub(super) prior_state: Option<State<'a>>,
    /// A state has no changes, but values.
    #[serde(borrow, default)]
    pub(super) values: Option<Values<'a>>,
    #[serde(default)]
    pub(super) configuration: Configuration,
}

#[derive(Deserialize)]
pub(super) struct Variable<'a> {
    #[serde(borrow, default)]
    pub(super) value: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct ResourceChange<'a> {
    #[serde(borrow)]
    pub(super) address: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) mode: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) change: Change<'a>,
}

#[derive(Deserialize)]
pub(super) struct Change<'a> {
    #[serde(default)]
    pub(super) actions: Vec<String>,
    #[serde(borrow, default)]
    pub(super) after: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) after_unknown: Option<&'a RawValue>,
    /// What of the values is a secret: `true`, in the shape of the values.
    #[serde(borrow, default)]
    pub(super) after_sensitive: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct State<'a> {
    #[serde(borrow, default)]
    pub(super) values: Option<Values<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Values<'a> {
    #[serde(borrow, default)]
    pub(super) root_module: StateModule<'a>,
}

#[derive(Deserialize, Default)]
pub(super) struct StateModule<'a> {
    #[serde(borrow, default)]
    pub(super) resources: Vec<StateResource<'a>>,
    #[serde(borrow, default)]
    pub(super) child_modules: Vec<StateModule<'a>>,
}

impl<'a> StateModule<'a> {
    /// The resources of a module and of those below it.
    pub(super) fn all(&self) -> Vec<&StateResource<'a>> {
        let below = self.child_modules.iter().flat_map(Self::all);
        self.resources.iter().chain(below).collect()
    }
}

#[derive(Deserialize)]
pub(super) struct StateResource<'a> {
    #[serde(borrow)]
    pub(super) address: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) mode: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) values: Option<&'a RawValue>,
    /// What of them is a secret, in their shape.
    #[serde(borrow, default)]
    pub(super) sensitive_values: Option<&'a RawValue>,
}

/// What the plan says of how it was written.
#[derive(Deserialize, Default)]
pub(super) struct Configuration {
    #[serde(default)]
    pub(super) provider_config: BTreeMap<String, ProviderConfig>,
    #[serde(default)]
    pub(super) root_module: ConfigModule,
}

#[derive(Deserialize)]
pub(super) struct ProviderConfig {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) expressions: Json,
}

#[derive(Deserialize, Default)]
pub(super) struct ConfigModule {
    #[serde(default)]
    pub(super) resources: Vec<ConfigResource>,
    #[serde(default)]
    pub(super) module_calls: BTreeMap<String, ModuleCall>,
    #[serde(default)]
    pub(super) outputs: BTreeMap<String, Output>,
    #[serde(default)]
    pub(super) variables: BTreeMap<String, ConfigVariable>,
}

#[derive(Deserialize)]
pub(super) struct ConfigVariable {
    #[serde(default)]
    pub(super) sensitive: bool,
}

#[derive(Deserialize)]
pub(super) struct ConfigResource {
    pub(super) address: String,
    #[serde(default)]
    pub(super) provider_config_key: String,
    #[serde(default)]
    pub(super) expressions: Json,
}

#[derive(Deserialize)]
pub(super) struct ModuleCall {
    #[serde(default)]
    pub(super) expressions: Json,
    #[serde(default)]
    pub(super) module: ConfigModule,
}

#[derive(Deserialize)]
pub(super) struct Output {
    #[serde(default)]
    pub(super) expression: Json,
}
