//! A plan that is read once from its beginning to its end, without holding it: of nearly all of it only the place is kept.
//!
//! The same is made of a text as [`whole`](super::whole) makes of it. What is not as Terraform writes it is left to that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashSet;
use serde_json::Value as Json;

use super::ahead::{Ahead, taken};
use super::model::{
    ConfigModule, ConfigResource, Configuration, ModuleCall, Plan, ProviderConfig, Resource, Values,
};
use crate::bounds;
use crate::parallel;
use crate::parse::json::Stream;
use crate::source::{Opened, SourceId, Span};
use crate::walk::terraform::module::type_name::matters;

/// Reads a plan with a window of about `room` bytes.
pub(super) fn read(source: SourceId, text: &Opened<'_>, room: usize) -> Option<Plan> {
    let is_worth_it = parallel::threads() > 1 && matches!(text, Opened::Long(_));
    let ahead = if is_worth_it { Ahead::of(source, text, room) } else { Ahead::default() };
    read_on(source, text, room, ahead)
}

/// Reads a plan of which some was read ahead.
pub(super) fn read_on(source: SourceId, text: &Opened<'_>, room: usize, mut ahead: Ahead) -> Option<Plan> {
    let (mut stream, mut words, mut plan) =
        (Stream::new(source, text, room), Words::default(), Plan::default());
    let names = ["variables", "planned_values", "resource_changes", "prior_state", "values", "configuration"];
    stream.members(names, |stream, name| {
        match name {
            "variables" => plan.variables = variables(stream)?,
            "planned_values" => taken(&mut ahead.planned, stream, |stream| stream.skip().map(|_| ()))?,
            "resource_changes" => {
                plan.changes = taken(&mut ahead.changes, stream, |stream| changes(stream, &mut words))?;
            }
            "prior_state" => plan.prior = prior(stream, &mut words)?,
            "values" => plan.values = state_values(stream, &mut words)?,
            _ => {
                let read = |stream: &mut Stream<'_, '_>| configuration(stream, &mut words);
                plan.configuration = taken(&mut ahead.configuration, stream, read)?;
            }
        }
        Some(())
    })?;
    stream.end()?;
    Some(plan)
}

/// Types and names of providers, each once.
#[derive(Default)]
pub(super) struct Words(FxHashSet<Arc<str>>);

impl Words {
    fn shared(&mut self, word: &str) -> Arc<str> {
        if let Some(known) = self.0.get(word) {
            return Arc::clone(known);
        }
        let new: Arc<str> = Arc::from(word);
        self.0.insert(Arc::clone(&new));
        new
    }
}

fn variables(stream: &mut Stream<'_, '_>) -> Option<BTreeMap<String, Json>> {
    let mut all = BTreeMap::new();
    stream.entries(|stream, name| {
        all.remove(&name);
        stream.members(["value"], |stream, _| {
            if !stream.is_null()? {
                all.insert(name.clone(), stream.json()?);
            }
            Some(())
        })
    })?;
    Some(all)
}

pub(super) fn changes(stream: &mut Stream<'_, '_>, words: &mut Words) -> Option<Vec<Resource>> {
    let mut kept = Vec::new();
    if !stream.is_null()? {
        stream.items(|stream| change(stream, words, &mut kept))?;
    }
    Some(kept)
}

/// Keeps what a change leaves there, if anything.
fn change(stream: &mut Stream<'_, '_>, words: &mut Words, kept: &mut Vec<Resource>) -> Option<()> {
    let (mut head, mut deposed, mut left) = (Head::default(), None, None);
    stream.members(["address", "mode", "type", "deposed", "change"], |stream, name| {
        match name {
            "deposed" => stream.place(&mut deposed)?,
            "change" => left = Some(after(stream)?),
            name => head.read(name, stream)?,
        }
        Some(())
    })?;
    let (resource, (is_left, values)) = (head.resource(words)?, left?);
    kept.extend((is_left && deposed.is_none()).then(|| resource.with(values)));
    Some(())
}

/// Whether something is there after a change, and its values.
fn after(stream: &mut Stream<'_, '_>) -> Option<(bool, Values)> {
    let (mut leaves, mut unknown, mut values) = (false, None, Values::default());
    stream.members(["actions", "after", "after_unknown", "after_sensitive"], |stream, name| {
        match name {
            "actions" => {
                leaves = true;
                stream.items(|stream| {
                    leaves &= matches!(stream.string()?.0.as_str(), "delete" | "forget");
                    Some(())
                })?;
            }
            "after" => stream.place(&mut values.known)?,
            "after_unknown" => {
                stream.place(&mut unknown)?;
                values.unknown = unknown.filter(|_| stream.says_true());
            }
            _ => stream.place_of_true(&mut values.secret)?,
        }
        Some(())
    })?;
    let is_gone = leaves || values.known.is_none() && unknown.is_none();
    Some((!is_gone, values))
}

/// What is said of a resource before its values.
#[derive(Default)]
struct Head {
    address: Option<(String, Span)>,
    mode: Option<String>,
    kind: Option<String>,
}

impl Head {
    fn read(&mut self, name: &str, stream: &mut Stream<'_, '_>) -> Option<()> {
        match name {
            "address" => self.address = Some(stream.string()?),
            "mode" => self.mode = Some(stream.string()?.0),
            _ => self.kind = Some(stream.string()?.0),
        }
        Some(())
    }

    fn resource(self, words: &mut Words) -> Option<Resource> {
        let (address, place) = self.address?;
        let is_data = self.mode? == "data";
        let kind = words.shared(&self.kind?);
        Some(Resource { address: address.into(), place, kind, is_data, values: None })
    }
}

impl Resource {
    /// The resource with its values, when these can matter.
    pub(super) fn with(self, values: Values) -> Self {
        let values = (self.is_data || matters(&self.kind)).then(|| Box::new(values));
        Self { values, ..self }
    }
}

fn prior(stream: &mut Stream<'_, '_>, words: &mut Words) -> Option<Vec<Resource>> {
    let mut all = Vec::new();
    if !stream.is_null()? {
        stream.members(["values"], |stream, _| {
            all = state_values(stream, words)?;
            Some(())
        })?;
    }
    all.retain(|resource| resource.is_data);
    Some(all)
}

fn state_values(stream: &mut Stream<'_, '_>, words: &mut Words) -> Option<Vec<Resource>> {
    let mut all = Vec::new();
    if !stream.is_null()? {
        stream.members(["root_module"], |stream, _| {
            all = state(stream, words, 0)?;
            Some(())
        })?;
    }
    Some(all)
}

/// The resources of a module and of those below it.
fn state(stream: &mut Stream<'_, '_>, words: &mut Words, depth: usize) -> Option<Vec<Resource>> {
    let (mut own, mut below) = (Vec::new(), Vec::new());
    if depth > bounds::STREAM_MODULES {
        return None;
    }
    stream.members(["resources", "child_modules"], |stream, name| {
        stream.items(|stream| {
            match name {
                "resources" => own.push(state_resource(stream, words)?),
                _ => below.extend(state(stream, words, depth + 1)?),
            }
            Some(())
        })
    })?;
    own.append(&mut below);
    Some(own)
}

fn state_resource(stream: &mut Stream<'_, '_>, words: &mut Words) -> Option<Resource> {
    let (mut head, mut values) = (Head::default(), Values::default());
    stream.members(["address", "mode", "type", "values", "sensitive_values"], |stream, name| {
        match name {
            "values" => stream.place(&mut values.known)?,
            "sensitive_values" => stream.place_of_true(&mut values.secret)?,
            name => head.read(name, stream)?,
        }
        Some(())
    })?;
    Some(head.resource(words)?.with(values))
}

pub(super) fn configuration(stream: &mut Stream<'_, '_>, words: &mut Words) -> Option<Configuration> {
    let mut all = Configuration::default();
    stream.members(["provider_config", "root_module"], |stream, name| {
        if name == "root_module" {
            all.root_module = module(stream, words, 0)?;
            return Some(());
        }
        stream.entries(|stream, key| {
            let mut config = ProviderConfig::default();
            stream.members(["name", "expressions"], |stream, name| {
                match name {
                    "name" => config.name = stream.string()?.0,
                    _ => config.expressions = stream.json()?,
                }
                Some(())
            })?;
            all.provider_config.insert(key, config);
            Some(())
        })
    })?;
    Some(all)
}

fn module(stream: &mut Stream<'_, '_>, words: &mut Words, depth: usize) -> Option<ConfigModule> {
    let mut all = ConfigModule::default();
    if depth > bounds::STREAM_MODULES {
        return None;
    }
    stream.members(["resources", "module_calls", "outputs", "variables"], |stream, name| match name {
        "resources" => stream.items(|stream| {
            all.resources.push(config_resource(stream, words)?);
            Some(())
        }),
        "module_calls" => stream.entries(|stream, name| {
            all.module_calls.insert(name, call(stream, words, depth)?);
            Some(())
        }),
        "outputs" => stream.entries(|stream, name| {
            let mut expression = Json::Null;
            stream.members(["expression"], |stream, _| {
                expression = stream.json()?;
                Some(())
            })?;
            all.outputs.insert(name, expression);
            Some(())
        }),
        _ => secrets(stream, &mut all.secrets),
    })?;
    Some(all)
}

fn secrets(stream: &mut Stream<'_, '_>, secrets: &mut BTreeSet<String>) -> Option<()> {
    stream.entries(|stream, name| {
        secrets.remove(&name);
        stream.members(["sensitive"], |stream, _| {
            if stream.bool()? {
                secrets.insert(name.clone());
            }
            Some(())
        })
    })
}

fn call(stream: &mut Stream<'_, '_>, words: &mut Words, depth: usize) -> Option<ModuleCall> {
    let mut call = ModuleCall::default();
    stream.members(["expressions", "module"], |stream, name| {
        match name {
            "expressions" => call.expressions = stream.json()?,
            _ => call.module = module(stream, words, depth + 1)?,
        }
        Some(())
    })?;
    Some(call)
}

fn config_resource(stream: &mut Stream<'_, '_>, words: &mut Words) -> Option<ConfigResource> {
    let (mut address, mut key, mut expressions) = (None, String::new(), None);
    stream.members(["address", "provider_config_key", "expressions"], |stream, name| {
        match name {
            "address" => address = Some(stream.string()?.0),
            "provider_config_key" => key = stream.string()?.0,
            _ => stream.place(&mut expressions)?,
        }
        Some(())
    })?;
    let provider_config_key = words.shared(&key);
    Some(ConfigResource { address: address?.into(), provider_config_key, expressions })
}
