//! `[[cloudformation.stack]]`: how templates are deployed.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::{Reader, Value, ordered};
use crate::config::Config;
use crate::walk::cloudformation::Stack;

impl Reader<'_> {
    pub(super) fn cloudformation(&mut self, value: &Value<'_>, config: &mut Config) {
        let Some(table) = self.table(value, "`cloudformation`") else { return };
        for (key, value) in ordered(table) {
            if key.get_ref() != "stack" {
                self.unknown(key, &["stack"]);
                continue;
            }
            let Some(items) = value.get_ref().as_array() else {
                self.error(value.span(), "`stack` is a list of tables; write `[[cloudformation.stack]]`");
                continue;
            };
            for item in items {
                let Some(table) = self.table(item, "`cloudformation.stack`") else { continue };
                config.inputs.cloudformation.stacks.extend(self.stack(table, item.span()));
            }
        }
    }

    fn stack(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Option<Stack> {
        const KEYS: &[&str] = &["template", "parameters", "account", "region"];
        let mut stack = Stack::default();
        let mut template = None;
        for (key, value) in ordered(table) {
            match key.get_ref().as_ref() {
                "template" => template = self.path(value, "`template`"),
                "parameters" if value.get_ref().is_str() => {
                    stack.parameter_file = self.path(value, "`parameters`");
                }
                "parameters" => stack.parameters = self.parameters(value),
                "account" => stack.account = self.string(value, "`account`"),
                "region" => stack.region = self.string(value, "`region`"),
                _ => self.unknown(key, KEYS),
            }
        }
        if template.is_none() && !table.contains_key("template") {
            self.error(span, "a stack needs a `template`");
        }
        stack.template = template?;
        Some(stack)
    }

    /// Parameters are texts to CloudFormation; a list of them is one text with commas.
    fn parameters(&mut self, value: &Value<'_>) -> Vec<(String, String)> {
        let Some(table) = self.table(value, "`parameters`") else { return Vec::new() };
        let mut parameters = Vec::new();
        for (name, value) in ordered(table) {
            let text = match value.get_ref() {
                DeValue::Integer(number) => Some(number.as_str().to_owned()),
                DeValue::Boolean(truth) => Some(truth.to_string()),
                DeValue::Array(_) => {
                    let items = self.strings(value, "a parameter");
                    Some(items.into_iter().map(|(item, _)| item).collect::<Vec<_>>().join(","))
                }
                _ => self.string(value, "a parameter"),
            };
            parameters.extend(text.map(|text| (name.get_ref().to_string(), text)));
        }
        parameters
    }
}
