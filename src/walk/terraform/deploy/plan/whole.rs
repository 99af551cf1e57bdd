//! A plan that is read as a whole, by serde: what says what is wrong with it, and reads what no stream reads.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::model;
use crate::source::{SourceId, Span};
use crate::walk::terraform::module::type_name::matters;

/// Reads the text of a plan.
///
/// # Errors
///
/// When it is none, or no plan.
pub(super) fn read(source: SourceId, text: &str) -> Result<model::Plan, serde_json::Error> {
    let plan: Plan<'_> = serde_json::from_str(text.trim_start_matches('\u{feff}'))?;
    Ok(At { source, text }.plan(plan))
}

/// The text that a plan was read from.
struct At<'t> {
    source: SourceId,
    text: &'t str,
}

impl At<'_> {
    fn plan(&self, plan: Plan<'_>) -> model::Plan {
        let state = |values: Option<StateValues<'_>>| {
            values.map_or_else(Vec::new, |values| self.state(values.root_module))
        };
        let mut prior = state(plan.prior_state.and_then(|state| state.values));
        prior.retain(|resource| resource.is_data);
        let variables = plan.variables.into_iter();
        let variable = |it: Variable<'_>| it.value.and_then(|raw| serde_json::from_str(raw.get()).ok());
        model::Plan {
            variables: variables.filter_map(|(name, it)| Some((name.into_owned(), variable(it)?))).collect(),
            changes: plan.resource_changes.into_iter().map(|it| self.change(it)).collect(),
            prior,
            values: state(plan.values),
            configuration: self.configuration(plan.configuration),
        }
    }

    fn change(&self, change: Remaining<'_>) -> model::Resource {
        let Remaining { address, kind, is_data, values } = change;
        let place = self.place(&address);
        let values = values.map(|values| {
            Box::new(model::Values {
                known: self.span(values.known),
                unknown: self.span(values.unknown.filter(says_true)),
                secret: self.span(values.secret.filter(says_true)),
            })
        });
        model::Resource { address: (*address.text).into(), place, kind: (*kind).into(), is_data, values }
    }

    /// The resources of a module and of those below it.
    fn state(&self, module: StateModule<'_>) -> Vec<model::Resource> {
        let own = module.resources.iter().map(|it| self.resource(it));
        let mut all: Vec<model::Resource> = own.collect();
        all.extend(module.child_modules.into_iter().flat_map(|below| self.state(below)));
        all
    }

    fn resource(&self, it: &StateResource<'_>) -> model::Resource {
        let (known, secret) = (self.span(it.values), self.span(it.sensitive_values.filter(says_true)));
        let resource = model::Resource {
            place: self.place(&it.address),
            address: (*it.address.text).into(),
            kind: (*it.kind).into(),
            is_data: it.mode == "data",
            values: None,
        };
        resource.with(model::Values { known, unknown: None, secret })
    }

    fn configuration(&self, configuration: Configuration<'_>) -> model::Configuration {
        let provider =
            |it: ProviderConfig| model::ProviderConfig { name: it.name, expressions: it.expressions };
        let providers = configuration.provider_config.into_iter();
        model::Configuration {
            provider_config: providers.map(|(key, it)| (key, provider(it))).collect(),
            root_module: self.module(configuration.root_module),
        }
    }

    fn module(&self, module: ConfigModule<'_>) -> model::ConfigModule {
        let resource = |it: ConfigResource<'_>| model::ConfigResource {
            address: (*it.address).into(),
            provider_config_key: (*it.provider_config_key).into(),
            expressions: self.span(it.expressions),
        };
        let call = |it: ModuleCall<'_>| model::ModuleCall {
            expressions: it.expressions,
            module: self.module(it.module),
        };
        model::ConfigModule {
            resources: module.resources.into_iter().map(resource).collect(),
            module_calls: module.module_calls.into_iter().map(|(name, it)| (name, call(it))).collect(),
            outputs: module.outputs.into_iter().map(|(name, it)| (name, it.expression)).collect(),
            secrets: module
                .variables
                .into_iter()
                .filter(|(_, it)| it.sensitive)
                .map(|(name, _)| name)
                .collect(),
        }
    }

    fn offset(&self, part: &str) -> Option<usize> {
        (part.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)
    }

    fn span(&self, raw: Option<&RawValue>) -> Option<Span> {
        let raw = raw?.get();
        let start = self.offset(raw)?;
        Some(Span::new(self.source, start, start + raw.len()))
    }

    /// Where a text is written, without its quotes.
    fn place(&self, written: &Located<'_>) -> Span {
        let start = self.offset(written.raw.get()).unwrap_or_default();
        Span::new(self.source, start + 1, start + written.raw.get().len().saturating_sub(1))
    }
}

/// A text, and how it is written.
struct Located<'a> {
    text: Cow<'a, str>,
    raw: &'a RawValue,
}

impl<'de: 'a, 'a> Deserialize<'de> for Located<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        let text = serde_json::from_str(raw.get()).map_err(|error| {
            let message = error.to_string();
            // It is in another place of the whole.
            D::Error::custom(message.split(" at line ").next().unwrap_or_default())
        })?;
        Ok(Self { text, raw })
    }
}

/// Whether something in what is said of values, in their own shape, is true.
fn says_true(raw: &&RawValue) -> bool {
    memchr::memmem::find(raw.get().as_bytes(), b"true").is_some()
}

/// A plan, or a state: what `terraform show -json` prints.
#[derive(Deserialize)]
struct Plan<'a> {
    #[serde(borrow, default)]
    variables: BTreeMap<Cow<'a, str>, Variable<'a>>,
    #[serde(borrow, default, deserialize_with = "remaining")]
    resource_changes: Vec<Remaining<'a>>,
    /// What is there before; data sources that were read while planning are in it.
    #[serde(borrow, default)]
    prior_state: Option<State<'a>>,
    /// A state has no changes, but values.
    #[serde(borrow, default)]
    values: Option<StateValues<'a>>,
    #[serde(borrow, default)]
    configuration: Configuration<'a>,
}

#[derive(Deserialize)]
struct Variable<'a> {
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
}

/// A resource that is there afterwards.
struct Remaining<'a> {
    address: Located<'a>,
    kind: Cow<'a, str>,
    is_data: bool,
    /// Its values, when they can matter: of a large plan, few do.
    values: Option<Box<Values<'a>>>,
}

/// The values of a resource as the plan has them.
#[derive(Clone, Copy, Default)]
struct Values<'a> {
    known: Option<&'a RawValue>,
    /// What of them is not known: `true`, in their shape.
    unknown: Option<&'a RawValue>,
    /// What of them is a secret, likewise.
    secret: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ResourceChange<'a> {
    #[serde(borrow)]
    address: Located<'a>,
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
struct State<'a> {
    #[serde(borrow, default)]
    values: Option<StateValues<'a>>,
}

#[derive(Deserialize)]
struct StateValues<'a> {
    #[serde(borrow, default)]
    root_module: StateModule<'a>,
}

#[derive(Deserialize, Default)]
struct StateModule<'a> {
    #[serde(borrow, default)]
    resources: Vec<StateResource<'a>>,
    #[serde(borrow, default)]
    child_modules: Vec<StateModule<'a>>,
}

#[derive(Deserialize)]
struct StateResource<'a> {
    #[serde(borrow)]
    address: Located<'a>,
    #[serde(borrow)]
    mode: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    values: Option<&'a RawValue>,
    /// What of them is a secret, in their shape.
    #[serde(borrow, default)]
    sensitive_values: Option<&'a RawValue>,
}

/// What the plan says of how it was written.
#[derive(Deserialize, Default)]
struct Configuration<'a> {
    #[serde(default)]
    provider_config: BTreeMap<String, ProviderConfig>,
    #[serde(borrow, default)]
    root_module: ConfigModule<'a>,
}

#[derive(Deserialize)]
struct ProviderConfig {
    #[serde(default)]
    name: String,
    #[serde(default)]
    expressions: Json,
}

#[derive(Deserialize, Default)]
struct ConfigModule<'a> {
    #[serde(borrow, default)]
    resources: Vec<ConfigResource<'a>>,
    #[serde(borrow, default)]
    module_calls: BTreeMap<String, ModuleCall<'a>>,
    #[serde(default)]
    outputs: BTreeMap<String, Output>,
    #[serde(default)]
    variables: BTreeMap<String, ConfigVariable>,
}

#[derive(Deserialize)]
struct ConfigVariable {
    #[serde(default)]
    sensitive: bool,
}

#[derive(Deserialize)]
struct ConfigResource<'a> {
    #[serde(borrow)]
    address: Cow<'a, str>,
    #[serde(borrow, default)]
    provider_config_key: Cow<'a, str>,
    #[serde(borrow, default)]
    expressions: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ModuleCall<'a> {
    #[serde(default)]
    expressions: Json,
    #[serde(borrow, default)]
    module: ConfigModule<'a>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(default)]
    expression: Json,
}
