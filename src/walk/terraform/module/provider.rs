//! Provider configurations: which unit a resource belongs to.
//!
//! <https://developer.hashicorp.com/terraform/language/providers/configuration>

use rustc_hash::FxHashMap;

use super::blocks::{Module, argument, literal, literal_argument};
use super::instance::{Instance, Scope};
use super::run::Run;
use crate::parse::hcl::{Block, Expression, ExpressionKind, ObjectKey, Step};
use crate::value::{Text, UnitKey, Within};

/// The local name of the provider whose configurations tell units apart.
pub(super) const AWS: &str = "aws";

impl<'a> Run<'a> {
    /// The unit of each provider configuration of a root module.
    pub(super) fn root_units(&self, module: &Module<'a>) -> FxHashMap<String, UnitKey> {
        let mut units = FxHashMap::default();
        units.insert(AWS.to_owned(), self.told.unit.clone());
        self.add_configured(module, "", &mut units);
        units
    }

    /// Adds the units of the provider blocks of a module.
    fn add_configured(&self, module: &Module<'a>, address: &str, units: &mut FxHashMap<String, UnitKey>) {
        for block in module.providers.iter().filter(|block| is_aws(block)) {
            let alias = literal_argument(&block.body, "alias");
            let unit = match &alias {
                // The unit itself.
                None if address.is_empty() => continue,
                None => self.told.unit.within(Within::Provider, address.trim_end_matches('.')),
                Some(alias) => self.told.unit.within(Within::Provider, format!("{address}{alias}")),
            };
            units.insert(configuration(alias.as_deref()), unit);
        }
    }

    /// The units that a module call hands on: all default configurations, or those of `providers`.
    pub(super) fn units_of_call(
        &self,
        scope: &Scope<'a>,
        call: &Block,
        module: &Module<'a>,
        address: &str,
    ) -> FxHashMap<String, UnitKey> {
        let mut units = FxHashMap::default();
        let default = self.unit_named(&scope.instance, AWS);
        units.insert(AWS.to_owned(), default);
        if let Some(ExpressionKind::Object(items)) =
            argument(&call.body, "providers").map(|providers| &providers.value.kind)
        {
            for item in items {
                let key = match &item.key {
                    ObjectKey::Word(word) => Some(word.value.to_string()),
                    ObjectKey::Expression(expression) => reference(expression),
                };
                if let (Some(key), Some(given)) = (key, reference(&item.value)) {
                    units.insert(key, self.unit_named(&scope.instance, &given));
                }
            }
        }
        self.add_configured(module, address, &mut units);
        units
    }

    /// The unit of a resource block.
    pub(crate) fn unit_of(&self, instance: &Instance<'a>, block: &Block) -> UnitKey {
        let given = argument(&block.body, "provider").and_then(|provider| reference(&provider.value));
        self.unit_named(instance, given.as_deref().unwrap_or(AWS))
    }

    pub(crate) fn unit_named(&self, instance: &Instance<'a>, name: &str) -> UnitKey {
        if let Some(known) = instance.units.get(name) {
            return known.clone();
        }
        // Declared nowhere, or another provider: still the same wherever the same is written.
        let alias = name.strip_prefix("aws.").unwrap_or(name);
        self.told.unit.within(Within::Provider, format!("{}{alias}", instance.address))
    }

    /// The region of a provider configuration of the root module, where it is known.
    pub(super) fn region(&self, unit: &UnitKey) -> Option<Text> {
        if let Some(known) = self.regions.borrow().get(unit) {
            return known.clone();
        }
        // A configuration that asks for its own region has none.
        self.regions.borrow_mut().insert(unit.clone(), None);
        let (region, is_whole) = self.work.whole(|| self.configured_region(unit));
        if is_whole {
            self.regions.borrow_mut().insert(unit.clone(), region.clone());
        } else {
            self.regions.borrow_mut().remove(unit);
        }
        region
    }

    fn configured_region(&self, unit: &UnitKey) -> Option<Text> {
        let root = self.root()?;
        let is_of_unit = |block: &&&Block| {
            let alias = literal_argument(&block.body, "alias");
            self.unit_named(&root.instance, &configuration(alias.as_deref())) == *unit
        };
        let blocks = root.instance.module.providers.iter();
        let block = blocks.filter(|block| is_aws(block)).find(is_of_unit)?;
        let region = self.value(&root, &argument(&block.body, "region")?.value);
        region.as_text().filter(|text| text.as_literal().is_some())
    }
}

/// Whether a block configures the provider whose configurations tell units apart.
pub(crate) fn is_aws(block: &Block) -> bool {
    block.labels.first().is_some_and(|label| &*label.value == AWS)
}

/// `aws`, `aws.eu`: the configuration with an alias, or the default one.
pub(crate) fn configuration(alias: Option<&str>) -> String {
    alias.map_or_else(|| AWS.to_owned(), |alias| format!("{AWS}.{alias}"))
}

/// `aws`, `aws.eu`: a provider configuration as it is written, in quotes or not.
fn reference(expression: &Expression) -> Option<String> {
    match &expression.kind {
        ExpressionKind::Variable(name) => Some(name.to_string()),
        ExpressionKind::Traversal(base, steps) => {
            let ExpressionKind::Variable(name) = &base.kind else { return None };
            let mut whole = name.to_string();
            for step in steps {
                let Step::Attribute(part) = step else { break };
                whole.push('.');
                whole.push_str(&part.value);
            }
            Some(whole)
        }
        ExpressionKind::Parenthesis(inner) => reference(inner),
        ExpressionKind::Template(_) => literal(expression),
        _ => None,
    }
}
