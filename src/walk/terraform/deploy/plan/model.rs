//! The parts of a plan that matter, borrowed from its text.
//!
//! <https://developer.hashicorp.com/terraform/internals/json-format>

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::walk::terraform::module::type_name::matters;

/// A plan, or a state: what `terraform show -json` prints.
#[derive(Deserialize)]
pub(super) struct Plan<'a> {
    #[serde(borrow, default)]
    pub(super) variables: BTreeMap<Cow<'a, str>, Variable<'a>>,
    #[serde(borrow, default, deserialize_with = "remaining")]
    pub(super) resource_changes: Vec<Remaining<'a>>,
    /// What is there before; data sources that were read while planning are in it.
    #[serde(borrow, default)]
    pub(super) prior_state: Option<State<'a>>,
    /// A state has no changes, but values.
    #[serde(borrow, default)]
    pub(super) values: Option<StateValues<'a>>,
    #[serde(borrow, default)]
    pub(super) configuration: Configuration<'a>,
}

#[derive(Deserialize)]
pub(super) struct Variable<'a> {
    #[serde(borrow, default)]
    pub(super) value: Option<&'a RawValue>,
}

/// A resource that is there afterwards.
pub(super) struct Remaining<'a> {
    pub(super) address: Cow<'a, str>,
    pub(super) kind: Cow<'a, str>,
    pub(super) is_data: bool,
    /// Its values, when they can matter: of a large plan, few do.
    pub(super) values: Option<Box<Values<'a>>>,
}

/// The values of a resource as the plan has them.
#[derive(Clone, Copy, Default)]
pub(super) struct Values<'a> {
    pub(super) known: Option<&'a RawValue>,
    /// What of them is not known: `true`, in their shape.
    pub(super) unknown: Option<&'a RawValue>,
    /// What of them is a secret, likewise.
    pub(super) secret: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ResourceChange<'a> {
    #[serde(borrow)]
    address: Cow<'a, str>,
    #[serde(borrow)]
    mode: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    /// An object that a failed replacement left behind.
    #[serde(default)]
    deposed: Option<IgnoredAny>,
    #[serde(borrow)]
    change: Change<'a>,
}

#[derive(Deserialize)]
struct Change<'a> {
    /// Whether it is not there afterwards, or at least not managed.
    #[serde(default, rename = "actions", deserialize_with = "leaves")]
    leaves: bool,
    #[serde(borrow, default)]
    after: Option<&'a RawValue>,
    #[serde(borrow, default)]
    after_unknown: Option<&'a RawValue>,
    #[serde(borrow, default)]
    after_sensitive: Option<&'a RawValue>,
}

impl<'a> ResourceChange<'a> {
    fn remaining(self) -> Option<Remaining<'a>> {
        let Change { leaves, after, after_unknown, after_sensitive } = self.change;
        let gone = after.is_none() && after_unknown.is_none();
        // What was deposed is deleted, whatever else is said of it.
        if leaves || gone || self.deposed.is_some() {
            return None;
        }
        let is_data = self.mode == "data";
        let values = Values { known: after, unknown: after_unknown, secret: after_sensitive };
        let values = (is_data || matters(&self.kind)).then(|| Box::new(values));
        Some(Remaining { address: self.address, kind: self.kind, is_data, values })
    }
}

/// Reads the changes one by one, and keeps of each only what can matter.
fn remaining<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Remaining<'de>>, D::Error> {
    struct Each;
    impl<'de> Visitor<'de> for Each {
        type Value = Vec<Remaining<'de>>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list of changes")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut changes: A) -> Result<Self::Value, A::Error> {
            let mut kept = Vec::new();
            while let Some(change) = changes.next_element::<ResourceChange<'de>>()? {
                kept.extend(change.remaining());
            }
            Ok(kept)
        }
    }
    deserializer.deserialize_any(Each)
}

fn leaves<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let actions: Vec<Cow<'de, str>> = Vec::deserialize(deserializer)?;
    Ok(actions.iter().all(|action| matches!(&**action, "delete" | "forget")))
}

#[derive(Deserialize)]
pub(super) struct State<'a> {
    #[serde(borrow, default)]
    pub(super) values: Option<StateValues<'a>>,
}

#[derive(Deserialize)]
pub(super) struct StateValues<'a> {
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
pub(super) struct Configuration<'a> {
    #[serde(default)]
    pub(super) provider_config: BTreeMap<String, ProviderConfig>,
    #[serde(borrow, default)]
    pub(super) root_module: ConfigModule<'a>,
}

#[derive(Deserialize)]
pub(super) struct ProviderConfig {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) expressions: Json,
}

#[derive(Deserialize, Default)]
pub(super) struct ConfigModule<'a> {
    #[serde(borrow, default)]
    pub(super) resources: Vec<ConfigResource<'a>>,
    #[serde(borrow, default)]
    pub(super) module_calls: BTreeMap<String, ModuleCall<'a>>,
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
pub(super) struct ConfigResource<'a> {
    #[serde(borrow)]
    pub(super) address: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) provider_config_key: Cow<'a, str>,
    #[serde(borrow, default)]
    expressions: Option<&'a RawValue>,
}

impl ConfigResource<'_> {
    /// The expressions of its arguments. They are read when they are asked for: of a large plan, few are.
    pub(super) fn expressions(&self) -> Json {
        self.expressions.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or(Json::Null)
    }
}

#[derive(Deserialize)]
pub(super) struct ModuleCall<'a> {
    #[serde(default)]
    pub(super) expressions: Json,
    #[serde(borrow, default)]
    pub(super) module: ConfigModule<'a>,
}

#[derive(Deserialize)]
pub(super) struct Output {
    #[serde(default)]
    pub(super) expression: Json,
}
