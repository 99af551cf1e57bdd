//! Declarations of a plan that is read for itself.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::super::blocks::Module;
use super::super::deployment::Found;
use super::super::provider::CREDENTIALS;
use super::super::resource::{matters, type_of};
use super::super::{convert, policy_document};
use super::links::{Links, Mentioned};
use super::model::{Plan, ProviderConfig, StateResource};
use super::value_of;
use crate::carriers::{self, Fill};
use crate::facts::{AccountHint, Declaration, Language, Unit, Walked};
use crate::iam::arn::{Arn, is_account_id};
use crate::source::{SourceId, Span};
use crate::value::{Answer, Because, Class, Kind, List, Map, Symbol, Text, Value};

/// Values inside of values.
const MAX_DEPTH: usize = 64;

/// A resource of the plan as it will be.
struct Planned {
    kind: String,
    span: Span,
    /// Its values as far as they are known.
    known: Value,
    /// What of them is not known: `true`, in the shape of the values.
    unknown: Json,
}

/// One plan while it is read.
pub(super) struct Reading<'p> {
    file: SourceId,
    path: &'p str,
    text: &'p str,
    plan: &'p Plan<'p>,
    links: Links<'p>,
    planned: BTreeMap<String, Planned>,
    /// Policy documents by address, each put together once; `None` for one that is being put together.
    documents: RefCell<BTreeMap<String, Option<Value>>>,
}

impl<'p> Reading<'p> {
    pub(super) fn new(file: SourceId, path: &'p str, text: &'p str, plan: &'p Plan<'p>) -> Self {
        let links = Links::of(&plan.configuration);
        Self { file, path, text, plan, links, planned: BTreeMap::new(), documents: RefCell::default() }
    }

    /// Whether the plan was made of a module: most of what it configures is declared there.
    pub(super) fn is_of(&self, module: &Module<'_>) -> bool {
        let root = &self.plan.configuration.root_module;
        let declared = |address: &str| {
            module.resources.iter().any(|it| format!("{}.{}", it.type_name, it.name) == address)
        };
        let resources = root.resources.iter().filter(|resource| declared(&resource.address)).count();
        let calls = root.module_calls.keys().filter(|name| module.calls.contains_key(name.as_str())).count();
        let all = root.resources.len() + root.module_calls.len();
        all > 0 && (resources + calls) * 2 > all
    }

    /// What the plan says of the module it was made of.
    pub(super) fn found(&self) -> Found {
        let parsed = |raw: &RawValue| serde_json::from_str(raw.get()).ok();
        let variables = self.plan.variables.iter();
        let variables = variables.filter_map(|(name, it)| Some((name.to_string(), parsed(it.value?)?)));
        let data = self.prior().into_iter().filter(|resource| resource.mode == "data");
        let data: BTreeMap<String, Json> =
            data.filter_map(|it| Some((it.address.to_string(), parsed(it.values?)?))).collect();
        Found { variables: variables.collect(), accounts: self.accounts(), data }
    }

    fn prior(&self) -> Vec<&'p StateResource<'p>> {
        let plan: &'p Plan<'p> = self.plan;
        let prior = plan.prior_state.as_ref().and_then(|state| state.values.as_ref());
        prior.map(|values| values.root_module.all()).unwrap_or_default()
    }

    /// The account of each provider configuration, as the data sources that were read with it say.
    fn accounts(&self) -> BTreeMap<String, String> {
        let callers = self.prior().into_iter().filter(|it| it.kind == "aws_caller_identity");
        let each = callers.filter_map(|caller| {
            let values: Json = serde_json::from_str(caller.values?.get()).ok()?;
            let id = values.get("account_id")?.as_str().filter(|id| is_account_id(id))?.to_owned();
            let (resource, _) = self.links.resource(&caller.address)?;
            Some((resource.provider_config_key.clone(), id))
        });
        each.collect()
    }

    /// One unit for each provider configuration, one declaration for each resource that is there afterwards.
    pub(super) fn walk(mut self) -> Walked {
        self.plan_all();
        let mut walked = Walked::default();
        let mut units: FxHashMap<Arc<str>, Unit> = FxHashMap::default();
        let accounts = self.accounts();
        for (address, planned) in &self.planned {
            let configuration = self.links.resource(address).map(|(it, _)| it.provider_config_key.as_str());
            let configuration = configuration.filter(|key| !key.is_empty()).unwrap_or("aws");
            let key = self.unit(configuration);
            let unit =
                units.entry(Arc::clone(&key)).or_insert_with(|| self.unit_of(&key, configuration, &accounts));
            if planned.kind.starts_with("data.") || !matters(&planned.kind) {
                continue;
            }
            let Kind::Map(properties) = self.properties(address, planned).kind else { continue };
            unit.hints.extend(own_account(&properties));
            walked.declarations.push(Declaration {
                unit: key,
                address: address.clone(),
                type_name: planned.kind.as_str().into(),
                span: planned.span,
                body: planned.span,
                present: Answer::Yes,
                properties,
            });
        }
        walked.units.extend(units.into_values());
        walked
    }

    /// Everything that will be there, and the data sources that are read later.
    fn plan_all(&mut self) {
        let plan = self.plan;
        for change in &plan.resource_changes {
            let gone = change.change.after.is_none() && change.change.after_unknown.is_none();
            let leaves = |action: &String| matches!(action.as_str(), "delete" | "forget");
            if gone || change.change.actions.iter().all(leaves) {
                continue;
            }
            let unknown = change.change.after_unknown.and_then(|raw| serde_json::from_str(raw.get()).ok());
            let values = (change.change.after, unknown.unwrap_or_default());
            self.add(&change.address, &change.mode, &change.kind, values);
        }
        let values = plan.values.as_ref().map(|values| values.root_module.all()).unwrap_or_default();
        let read: Vec<_> = self.prior().into_iter().filter(|it| it.mode == "data").collect();
        for resource in values.into_iter().chain(read) {
            self.add(&resource.address, &resource.mode, &resource.kind, (resource.values, Json::Null));
        }
    }

    /// Only what can matter is read: most of a large plan does not.
    fn add(&mut self, address: &'p str, mode: &str, kind: &str, values: (Option<&'p RawValue>, Json)) {
        let kind = if mode == "data" { format!("data.{kind}") } else { kind.to_owned() };
        let span = self.place(address, values.0).unwrap_or_else(|| Span::start_of(self.file));
        let (raw, unknown) = if mode == "data" || matters(&kind) { values } else { (None, Json::Null) };
        let known = raw.and_then(|raw| value_of(self.file, self.text, raw));
        let known = known.unwrap_or_else(|| Value::new(Kind::Map(Map::default()), span));
        self.planned.entry(address.to_owned()).or_insert(Planned { kind, span, known, unknown });
    }

    /// Where an address is written: as it is borrowed from the text, or else, with its quotes escaped, before the
    /// values of the resource.
    fn place(&self, address: &str, values: Option<&RawValue>) -> Option<Span> {
        const KEY: &str = "\"address\":";
        let offset = |part: &str| (part.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize);
        let start = offset(address)?;
        if self.text.get(start..start.checked_add(address.len())?) == Some(address) {
            return Some(Span::new(self.file, start, start + address.len()));
        }
        let before = self.text.get(..offset(values?.get())?)?;
        let after_key = before.rfind(KEY)? + KEY.len();
        let written = before.get(after_key..)?;
        let start = after_key + written.find('"')? + 1;
        let end = written.find("\",").map(|end| after_key + end)?;
        (start <= end).then(|| Span::new(self.file, start, end))
    }

    fn unit(&self, configuration: &str) -> Arc<str> {
        let alias =
            configuration.strip_prefix("aws").map_or(configuration, |rest| rest.trim_start_matches('.'));
        if alias.is_empty() { self.path.into() } else { format!("{}@{alias}", self.path).into() }
    }

    fn unit_of(&self, key: &Arc<str>, configuration: &str, accounts: &BTreeMap<String, String>) -> Unit {
        let place = Span::start_of(self.file);
        let mut hints = Vec::new();
        let config = self.plan.configuration.provider_config.get(configuration);
        if let Some(config) = config.filter(|config| config.name == "aws") {
            let expressions = &config.expressions;
            let ids = expressions.get("allowed_account_ids").and_then(|it| self.constant(it));
            if let Some([only]) = ids.as_ref().and_then(Json::as_array).map(Vec::as_slice) {
                hints.extend(hint(only.as_str(), "allowed_account_ids", place));
            }
            let roles = expressions.get("assume_role").and_then(Json::as_array).into_iter().flatten();
            for role in roles.filter_map(|block| self.constant(block.get("role_arn")?)) {
                let account = role.as_str().and_then(|arn| arn.split(':').nth(4));
                hints.extend(hint(account, "assume_role of the provider", place));
            }
        }
        let brings =
            |config: &ProviderConfig| CREDENTIALS.iter().any(|name| config.expressions.get(name).is_some());
        if configuration != "aws" && config.is_some_and(|config| config.name == "aws" && !brings(config)) {
            let symbol = Symbol::new(Class::Account, self.unit("aws"), Because::Run);
            let evidence = "the credentials of the default provider configuration".to_owned();
            hints.push(AccountHint { account: Text::symbol(symbol, place), span: place, evidence });
        }
        let found = accounts.get(configuration).map(String::as_str);
        hints.extend(hint(found, "data.aws_caller_identity of the plan", place));
        let region = config.and_then(|config| self.constant(config.expressions.get("region")?));
        let region = region.as_ref().and_then(Json::as_str).map(|region| Text::literal(region, place));
        let (language, path) = (Language::Terraform, self.path.to_owned());
        Unit { key: Arc::clone(key), language, path, files: Vec::new(), hints, region }
    }

    /// The value of an expression that is constant, or a variable of the root.
    fn constant(&self, expression: &Json) -> Option<Json> {
        if let Some(constant) = expression.get("constant_value") {
            return Some(constant.clone());
        }
        let only = expression.get("references")?.as_array()?;
        let [Json::String(only)] = only.as_slice() else { return None };
        let variable = self.plan.variables.get(only.strip_prefix("var.")?)?;
        serde_json::from_str(variable.value?.get()).ok()
    }

    /// The values of a resource, what is not known as what it refers to.
    fn properties(&self, address: &str, planned: &Planned) -> Value {
        let (expressions, module) = match self.links.resource(address) {
            Some((resource, module)) => (&resource.expressions, module),
            None => (&Json::Null, ""),
        };
        let at = At { reading: self, address, module, span: planned.span };
        at.filled(Some(&planned.known), &planned.unknown, expressions, "", 0)
    }

    /// What an attribute of a resource will be.
    fn attribute(&self, mentioned: &Mentioned, depth: usize) -> Option<Value> {
        let (address, planned) = self.instance(&mentioned.address)?;
        let name = mentioned.attribute.as_str();
        let known = planned.known.as_map().and_then(|map| map.get(name)).filter(|value| !value.is_unset());
        if let Some(known) = known {
            return Some(known.clone());
        }
        if depth >= MAX_DEPTH {
            return None;
        }
        if planned.kind == "data.aws_iam_policy_document" {
            return self.document(address, planned, depth);
        }
        let (resource, _) = self.links.resource(address)?;
        let unit = self.unit(&resource.provider_config_key);
        let template = carriers::attribute_template(&planned.kind, name)?;
        let property = |name: &str| {
            let value = planned.known.as_map()?.get(name).filter(|value| !value.is_unset())?;
            convert::to_text(value)
        };
        let fill = Fill { unit: &unit, address, property: &property, span: planned.span };
        Some(Value::text(carriers::expand(template, &fill), planned.span))
    }

    /// The document of a data source that is read later; `None` when it is made of itself.
    fn document(&self, address: &str, planned: &Planned, depth: usize) -> Option<Value> {
        if let Some(known) = self.documents.borrow().get(address) {
            return known.clone();
        }
        let (resource, module) = self.links.resource(address)?;
        self.documents.borrow_mut().insert(address.to_owned(), None);
        let at = At { reading: self, address, module, span: planned.span };
        let expressions = &resource.expressions;
        let filled = at.filled(Some(&planned.known), &planned.unknown, expressions, "", depth + 1);
        let document = filled.as_map().map(|map| policy_document::document(map, planned.span));
        self.documents.borrow_mut().insert(address.to_owned(), document.clone());
        document
    }

    /// The resource with this address, or its only instance.
    fn instance(&self, address: &str) -> Option<(&str, &Planned)> {
        if let Some((address, planned)) = self.planned.get_key_value(address) {
            return Some((address, planned));
        }
        let mut instances = self.planned.range(format!("{address}[")..);
        let is_instance =
            |found: &&String| found.strip_prefix(address).is_some_and(|rest| rest.starts_with('['));
        let (first, planned) = instances.next().filter(|(found, _)| is_instance(found))?;
        let alone = instances.next().is_none_or(|(found, _)| !is_instance(&found));
        alone.then_some((first.as_str(), planned))
    }
}

/// A resource while its values are put together.
struct At<'r, 'p> {
    reading: &'r Reading<'p>,
    address: &'r str,
    module: &'r str,
    span: Span,
}

impl At<'_, '_> {
    /// A value with what is not known of it filled in.
    fn filled(
        &self,
        known: Option<&Value>,
        unknown: &Json,
        expression: &Json,
        key: &str,
        depth: usize,
    ) -> Value {
        let null = Value::new(Kind::Null, self.span);
        if depth > MAX_DEPTH {
            return self.symbol(key);
        }
        match unknown {
            Json::Bool(true) => self.mentioned(expression, key, depth),
            Json::Object(parts) => {
                let mut map = match known.map(|value| &value.kind) {
                    Some(Kind::Map(map)) => map.clone(),
                    _ => Map::default(),
                };
                // What nobody configures is computed when it is made, as if it were not written.
                let configured = |name: &str| expression.as_object().is_none_or(|all| all.contains_key(name));
                for (name, unknown) in parts {
                    if *unknown == Json::Bool(true) && !configured(name) {
                        continue;
                    }
                    let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                    let inner = expression.get(name).unwrap_or(&Json::Null);
                    let value = self.filled(map.get(name), unknown, inner, &key, depth + 1);
                    map.insert(name, self.span, value);
                }
                Value::new(Kind::Map(map), known.map_or(self.span, |value| value.span))
            }
            Json::Array(parts) => {
                let items =
                    known.and_then(Value::as_list).map(|list| list.items.as_slice()).unwrap_or_default();
                let count = parts.len().max(items.len());
                let several = parts.iter().filter(|part| **part == Json::Bool(true)).count() > 1;
                let item = |index: usize| {
                    let inner = match expression.as_array() {
                        Some(blocks) => blocks.get(index).or(blocks.first()).unwrap_or(&Json::Null),
                        // Which of several is which, nothing says.
                        None if several => &Json::Null,
                        None => expression,
                    };
                    let unknown = parts.get(index).unwrap_or(&Json::Null);
                    self.filled(items.get(index), unknown, inner, &format!("{key}[{index}]"), depth + 1)
                };
                let list = List { items: (0..count).map(item).collect(), open: false };
                Value::new(Kind::List(list), known.map_or(self.span, |value| value.span))
            }
            _ => known.cloned().unwrap_or(null),
        }
    }

    /// What is not known, as what it refers to. A resource of a statement may be an ARN with something behind it.
    fn mentioned(&self, expression: &Json, key: &str, depth: usize) -> Value {
        let last = key.rsplit('.').next().unwrap_or(key);
        let composed = last.starts_with("resources") || last.starts_with("not_resources");
        let only = self.reading.links.only(expression, self.module).filter(|_| !composed);
        let whole = only.filter(|only| !is_document(self.address, last) || only.attribute.contains("json"));
        let found = whole.and_then(|only| self.reading.attribute(&only, depth + 1));
        found.unwrap_or_else(|| self.symbol(key))
    }

    fn symbol(&self, key: &str) -> Value {
        let configuration = self.reading.links.resource(self.address);
        let configuration = configuration.map_or("aws", |(it, _)| it.provider_config_key.as_str());
        let key = format!("{}#{}.{key}", self.reading.unit(configuration), self.address);
        Value::unknown(Symbol::new(Class::Computed, key, Because::Computed), self.span)
    }
}

/// Whether an attribute holds a policy document, of which what it mentions is a part.
fn is_document(address: &str, attribute: &str) -> bool {
    let rows = carriers::carriers(&type_of(address));
    rows.iter().any(|row| {
        row.value_kind == carriers::ValueKind::JsonPolicy
            && matches!(row.path.first(), Some(carriers::Step::Property(name)) if *name == attribute)
    })
}

fn hint(account: Option<&str>, evidence: &str, span: Span) -> Option<AccountHint> {
    let account = Text::literal(account.filter(|id| is_account_id(id))?, span);
    Some(AccountHint { account, span, evidence: evidence.to_owned() })
}

/// The account in the ARN of a resource that is there already.
fn own_account(properties: &Map) -> Option<AccountHint> {
    let arn = properties.get("arn")?;
    let account = Arn::parse(&arn.as_text()?)?.account;
    let evidence = "the ARN of what is there".to_owned();
    let known = account.as_literal().is_some_and(|id| is_account_id(&id));
    known.then_some(AccountHint { account, span: arn.span, evidence })
}
