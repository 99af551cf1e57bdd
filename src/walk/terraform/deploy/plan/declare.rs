//! Declarations of a plan that is read for itself.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde_json::Value as Json;

use super::super::deployment::Found;
use super::documents::Texts;
use super::filled::At;
use super::links::{Links, Mentioned};
use super::model::{ConfigResource, Plan, ProviderConfig, Resource, Values};
use super::secret;
use crate::bounds;
use crate::carriers::{self, Fill, PropertiesRead};
use crate::facts::{AccountHint, Declaration, Language, Placed, Unit, Walked};
use crate::iam::arn::{Arn, is_account_id};
use crate::parallel;
use crate::parse::json;
use crate::source::{Opened, SourceId, Span};
use crate::value::{
    Answer, Because, Class, Entry, Kind, Map, Origin, Symbol, Text, UnitKey, Value, When, Within,
};
use crate::walk::terraform::deploy::credentials::{CREDENTIALS, NONE_BUT_DEFAULT, OF_DEFAULT};
use crate::walk::terraform::language::convert;
use crate::walk::terraform::module::blocks::Module;
use crate::walk::terraform::module::policy_document;
use crate::walk::terraform::module::type_name::matters;

/// A resource of the plan as it will be. Its values are read when they are asked for: of a large plan, few are.
struct Planned<'p>(&'p Resource);

impl Planned<'_> {
    fn values(&self) -> Values {
        self.0.values.as_deref().copied().unwrap_or_default()
    }

    /// Its type as declarations have it.
    fn type_name(&self) -> Cow<'_, str> {
        if self.0.is_data { Cow::Owned(format!("data.{}", self.0.kind)) } else { Cow::Borrowed(&self.0.kind) }
    }
}

/// How many resources are read together, by one thread: each document that they are made of is put together once for them.
const TOGETHER: usize = 512;

/// A resource that is declared, and the place of its unit.
struct Wanted<'p> {
    address: &'p str,
    resource: &'p Resource,
    unit: usize,
}

/// What is declared by some resources, and what they say of the accounts of their units.
struct Part {
    declarations: Vec<Declaration>,
    hints: Vec<(usize, AccountHint)>,
}

/// One plan while it is read.
pub(super) struct Reading<'p> {
    file: SourceId,
    path: &'p str,
    text: &'p Opened<'p>,
    plan: &'p Plan,
    pub(super) links: Arc<Links<'p>>,
    planned: Arc<BTreeMap<&'p str, Planned<'p>>>,
    /// Policy documents by address, each put together once; `None` for one that is being put together.
    documents: RefCell<BTreeMap<String, Option<Value>>>,
}

impl<'p> Reading<'p> {
    pub(super) fn new(file: SourceId, path: &'p str, text: &'p Opened<'p>, plan: &'p Plan) -> Self {
        let links = Arc::new(Links::of(&plan.configuration));
        Self { file, path, text, plan, links, planned: Arc::default(), documents: RefCell::default() }
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
        let variables = self.plan.variables.iter().filter(|(name, _)| !self.is_secret(name));
        let data: BTreeMap<String, Json> = self
            .plan
            .prior
            .iter()
            .filter_map(|it| {
                let values = it.values.as_deref()?;
                let secrets = values.secret.and_then(|place| self.json(place)).unwrap_or_default();
                Some((it.address.to_string(), secret::removed(self.json(values.known?)?, &secrets)))
            })
            .collect();
        let variables = variables.map(|(name, value)| (name.clone(), value.clone()));
        Found { variables: variables.collect(), accounts: self.accounts(), data }
    }

    /// What is written at a place.
    pub(super) fn json(&self, place: Span) -> Option<Json> {
        serde_json::from_str(&self.text.part(place)?).ok()
    }

    /// Whether a variable of the root is declared as a secret.
    fn is_secret(&self, variable: &str) -> bool {
        self.plan.configuration.root_module.secrets.contains(variable)
    }

    /// The account of each provider configuration, as the data sources that were read with it say.
    fn accounts(&self) -> BTreeMap<String, String> {
        let callers = self.plan.prior.iter().filter(|it| &*it.kind == "aws_caller_identity");
        let each = callers.filter_map(|caller| {
            let values = self.json(caller.values.as_deref()?.known?)?;
            let id = values.get("account_id")?.as_str().filter(|id| is_account_id(id))?.to_owned();
            let resource = self.links.resource(&caller.address)?;
            Some((self.configuration(&resource.provider_config_key).to_owned(), id))
        });
        each.collect()
    }

    /// One unit for each provider configuration, one declaration for each resource that is there afterwards.
    pub(super) fn walk(mut self) -> Walked {
        self.planned = Arc::new(self.all());
        let (mut units, wanted) = self.wanted();
        let keys: Vec<UnitKey> = units.iter().map(|unit| unit.key.clone()).collect();
        let Self { file, path, text, plan, links, planned, .. } = self;
        // What is declared does not depend on how many threads there are, so the parts do not either.
        let parts: Vec<&[Wanted<'p>]> = wanted.chunks(TOGETHER).collect();
        let each = parallel::each(&parts, |part| {
            let (links, planned) = (Arc::clone(&links), Arc::clone(&planned));
            Reading { file, path, text, plan, links, planned, documents: RefCell::default() }
                .declared(part, &keys)
        });
        let mut walked = Walked::default();
        walked.declarations.reserve_exact(each.iter().map(|part| part.declarations.len()).sum());
        for part in each {
            for (unit, hint) in part.hints {
                if let Some(unit) = units.get_mut(unit).filter(|unit| unit.hints.len() < bounds::PLAN_HINTS) {
                    unit.hints.push(hint);
                }
            }
            walked.declarations.extend(part.declarations);
        }
        walked.units = units;
        walked
    }

    /// The units, and what is declared in them.
    fn wanted(&self) -> (Vec<Unit>, Vec<Wanted<'p>>) {
        let (mut units, mut wanted) = (Vec::<Unit>::new(), Vec::new());
        let mut known: FxHashMap<&str, usize> = FxHashMap::default();
        let mut places: FxHashMap<UnitKey, usize> = FxHashMap::default();
        let accounts = self.accounts();
        for (address, Planned(resource)) in &*self.planned {
            let configuration = self.links.resource(address).map(|it| &*it.provider_config_key);
            let configuration = configuration.filter(|key| !key.is_empty()).unwrap_or("aws");
            let unit = *known.entry(configuration).or_insert_with(|| {
                let key = self.unit(configuration);
                *places.entry(key.clone()).or_insert_with(|| {
                    units.push(self.unit_of(&key, configuration, &accounts));
                    units.len() - 1
                })
            });
            if !resource.is_data && matters(&resource.kind) {
                wanted.push(Wanted { address, resource, unit });
            }
        }
        (units, wanted)
    }

    /// The declarations of some resources.
    fn declared(&self, wanted: &[Wanted<'p>], keys: &[UnitKey]) -> Part {
        let mut part = Part { declarations: Vec::with_capacity(wanted.len()), hints: Vec::new() };
        let mut read: FxHashMap<&str, PropertiesRead> = FxHashMap::default();
        let mut hints: FxHashMap<usize, usize> = FxHashMap::default();
        let texts = Texts::of(self.text);
        for Wanted { address, resource, unit } in wanted {
            let Resource { kind, place, .. } = resource;
            let Some(key) = keys.get(*unit) else { continue };
            let read = read.entry(kind).or_insert_with(|| PropertiesRead::of(kind));
            let is_kept = |name: &str| name == "arn" || read.contains(name);
            let Kind::Map(mut properties) = self.properties(address, &Planned(resource), &is_kept).kind
            else {
                continue;
            };
            let hints = hints.entry(*unit).or_default();
            if *hints < bounds::PLAN_HINTS
                && let Some(hint) = own_account(&properties)
            {
                *hints += 1;
                part.hints.push((*unit, hint));
            }
            // Terraform writes out that an argument is not set.
            let is_read = |entry: &Entry| {
                !entry.value.is_unset() && entry.key.as_literal().is_none_or(|key| read.contains(&key))
            };
            properties.entries.retain(is_read);
            let properties = texts.encoded(properties, kind);
            let address: Arc<str> = Arc::from(*address);
            part.declarations.push(Declaration {
                origin: Origin::declared(key, Arc::clone(kind), Arc::clone(&address)),
                unit: key.clone(),
                address,
                type_name: Arc::clone(kind),
                span: *place,
                body: *place,
                present: Answer::Yes,
                when: When::default(),
                properties,
            });
        }
        part
    }

    /// Everything that will be there, and the data sources that are read later.
    fn all(&self) -> BTreeMap<&'p str, Planned<'p>> {
        let plan = self.plan;
        let mut planned = BTreeMap::new();
        for resource in plan.changes.iter().chain(&plan.values).chain(&plan.prior) {
            planned.entry(&*resource.address).or_insert_with(|| Planned(resource));
        }
        planned
    }

    /// The values of a resource, as far as they are asked for, known and no secret.
    fn known(&self, address: &str, planned: &Planned<'_>, is_kept: &dyn Fn(&str) -> bool) -> Value {
        let values = planned.values();
        let known =
            values.known.and_then(|place| json::members(&self.text.part(place)?, place, is_kept).ok());
        let known = known.unwrap_or_else(|| Value::new(Kind::Map(Map::default()), planned.0.place));
        let secret = values.secret.and_then(|place| self.json(place)).unwrap_or_default();
        if !secret::marks(&secret) {
            return known;
        }
        let configuration = self.links.resource(address).map_or("aws", |it| &*it.provider_config_key);
        let home = Origin::declared(&self.unit(configuration), planned.type_name(), address);
        secret::masked(known, &secret, home)
    }

    /// What of its values is not known: `true`, in their shape, as far as that is asked for.
    fn unknown(&self, planned: &Planned<'_>, is_kept: &dyn Fn(&str) -> bool) -> Json {
        let mut unknown = planned.values().unknown.and_then(|place| self.json(place)).unwrap_or_default();
        if let Json::Object(parts) = &mut unknown {
            parts.retain(|name, part| is_kept(name) && secret::marks(part));
        }
        unknown
    }

    /// The provider configuration of a key. Until version 1.1, Terraform gave a module one of its own (`db:aws`) also
    /// where it uses that of its caller, and did not say which; with one configuration there is no other.
    ///
    /// <https://github.com/hashicorp/terraform/pull/30138>
    fn configuration<'k>(&self, key: &'k str) -> &'k str {
        let all = &self.plan.configuration.provider_config;
        let own = |key: &str| {
            let said = all.get(key).and_then(|config| config.expressions.as_object());
            said.is_some_and(|said| !said.is_empty())
        };
        let passes = || all.iter().any(|(key, config)| config.name == "aws" && key.starts_with("aws."));
        if key.ends_with(":aws") && !own(key) && !passes() { "aws" } else { key }
    }

    pub(super) fn unit(&self, configuration: &str) -> UnitKey {
        let configuration = self.configuration(configuration);
        let alias =
            configuration.strip_prefix("aws").map_or(configuration, |rest| rest.trim_start_matches('.'));
        let whole = UnitKey::of(self.path);
        if alias.is_empty() { whole } else { whole.within(Within::Provider, alias) }
    }

    fn unit_of(&self, key: &UnitKey, configuration: &str, accounts: &BTreeMap<String, String>) -> Unit {
        let configuration = self.configuration(configuration);
        let place = Span::start_of(self.file);
        let mut hints = Vec::new();
        let config = self.plan.configuration.provider_config.get(configuration);
        if let Some(config) = config.filter(|config| config.name == "aws") {
            let expressions = &config.expressions;
            // Of what is not constant a plan only says what it mentions, and there may be more in the list.
            let ids = expressions.get("allowed_account_ids").and_then(|ids| ids.get("constant_value"));
            let only = ids.and_then(Json::as_array).filter(|ids| ids.len() == 1);
            let only = only.and_then(|ids| ids.first()).and_then(Json::as_str);
            hints.extend(hint(only, "allowed_account_ids", place));
            let roles = expressions.get("assume_role").and_then(Json::as_array).into_iter().flatten();
            // The variables of a module are not those of the root.
            let is_root = !configuration.contains(':');
            for role in roles.filter_map(|block| self.constant(block.get("role_arn")?, is_root)) {
                let account = role.as_str().and_then(|arn| arn.split(':').nth(4));
                hints.extend(hint(account, "assume_role of the provider", place));
            }
        }
        let default = self.plan.configuration.provider_config.get("aws");
        let is_alias = configuration != "aws" && config.is_some_and(|config| config.name == "aws");
        let apart = is_alias && config.is_some_and(logs_in);
        if is_alias && !apart {
            let (key, evidence) = if default.is_some_and(logs_in) {
                (UnitKey::of(self.path).runner(), NONE_BUT_DEFAULT)
            } else {
                (self.unit("aws"), OF_DEFAULT)
            };
            let symbol = Symbol::new(Class::Account, &key, Because::Run);
            let account = Text::symbol(symbol, place);
            hints.push(AccountHint { account, span: place, evidence: evidence.to_owned() });
        }
        let found = accounts.get(configuration).map(String::as_str);
        hints.extend(hint(found, "data.aws_caller_identity of the plan", place));
        let region = config.and_then(|config| {
            self.constant(config.expressions.get("region")?, !configuration.contains(':'))
        });
        let region = region.as_deref().and_then(Json::as_str).map(|region| Text::literal(region, place));
        let (language, path) = (Language::Terraform, self.path.to_owned());
        let placed = if apart { Placed::Apart } else { Placed::Deployed };
        Unit { key: key.clone(), language, path, files: Vec::new(), hints, region, placed }
    }

    /// The value of an expression that is constant, or in the root a variable.
    fn constant<'j>(&self, expression: &'j Json, is_root: bool) -> Option<Cow<'j, Json>> {
        if let Some(constant) = expression.get("constant_value") {
            return Some(Cow::Borrowed(constant));
        }
        let only = expression.get("references").filter(|_| is_root)?.as_array()?;
        let [Json::String(only)] = only.as_slice() else { return None };
        let name = only.strip_prefix("var.").filter(|name| !self.is_secret(name))?;
        self.plan.variables.get(name).cloned().map(Cow::Owned)
    }

    /// The values of a resource, what is not known as what it refers to.
    fn properties(&self, address: &str, planned: &Planned<'_>, is_kept: &dyn Fn(&str) -> bool) -> Value {
        let known = self.known(address, planned, is_kept);
        let unknown = self.unknown(planned, is_kept);
        if !secret::marks(&unknown) {
            return known;
        }
        let expressions = self.expressions(self.links.resource(address));
        At { reading: self, address, span: planned.0.place }.filled(
            Some(&known),
            &unknown,
            &expressions,
            "",
            0,
        )
    }

    /// The expressions of the arguments of a resource.
    fn expressions(&self, resource: Option<&ConfigResource>) -> Json {
        let written = resource.and_then(|it| self.json(it.expressions?));
        written.unwrap_or(Json::Null)
    }

    /// What an attribute of a resource will be.
    pub(super) fn attribute(&self, mentioned: &Mentioned, depth: usize) -> Option<Value> {
        let (address, planned) = self.instance(&mentioned.address)?;
        let name = mentioned.attribute.as_str();
        let is_document = planned.0.is_data && &*planned.0.kind == "aws_iam_policy_document";
        let document = || self.documents.borrow().get(address)?.clone();
        if is_document && self.documents.borrow().contains_key(address) {
            return document();
        }
        let values = self.known(address, planned, &|_| true);
        let known = |name: &str| values.as_map()?.get(name).filter(|value| !value.is_unset()).cloned();
        if let Some(known) = known(name) {
            return Some(known);
        }
        if depth >= bounds::VALUE_DEPTH {
            return None;
        }
        if is_document {
            self.put_together(address, planned, &values, depth)?;
            return document();
        }
        let resource = self.links.resource(address)?;
        let unit = self.unit(&resource.provider_config_key);
        let template = carriers::attribute_template(&planned.type_name(), name)?;
        let property = |name: &str| Some(convert::to_text(&known(name)?)?.into_owned());
        let of = Origin::declared(&unit, planned.type_name(), address);
        let fill = Fill { unit: &unit, of: &of, property: &property, span: planned.0.place };
        Some(Value::text(carriers::expand(template, &fill).referring(&of), planned.0.place))
    }

    /// Puts together the document of a data source that is read later. While that is done there is none, so that a
    /// document that is made of itself has none of itself in it.
    fn put_together(&self, address: &str, planned: &Planned<'_>, known: &Value, depth: usize) -> Option<()> {
        let resource = self.links.resource(address)?;
        self.documents.borrow_mut().insert(address.to_owned(), None);
        let at = At { reading: self, address, span: planned.0.place };
        let filled = at.filled(
            Some(known),
            &self.unknown(planned, &|_| true),
            &self.expressions(Some(resource)),
            "",
            depth + 1,
        );
        let document = filled.as_map().map(|map| policy_document::document(map, planned.0.place));
        self.documents.borrow_mut().insert(address.to_owned(), document);
        Some(())
    }

    /// The resource with this address, or its only instance.
    fn instance(&self, address: &str) -> Option<(&'p str, &Planned<'p>)> {
        if let Some((address, planned)) = self.planned.get_key_value(address) {
            return Some((*address, planned));
        }
        let start = format!("{address}[");
        let from = (Bound::Included(start.as_str()), Bound::Unbounded);
        let mut instances = self.planned.range::<str, _>(from);
        let is_instance =
            |found: &&&str| found.strip_prefix(address).is_some_and(|rest| rest.starts_with('['));
        let (first, planned) = instances.next().filter(|(found, _)| is_instance(found))?;
        let alone = instances.next().is_none_or(|(found, _)| !is_instance(&found));
        alone.then_some((*first, planned))
    }
}

/// Whether a provider configuration brings credentials of its own.
fn logs_in(config: &ProviderConfig) -> bool {
    CREDENTIALS.iter().any(|name| config.expressions.get(name).is_some())
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
