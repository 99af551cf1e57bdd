//! The values of a resource of a plan, with what is not known of them filled in.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::declare::Reading;
use super::links::Mentioned;
use crate::bounds;
use crate::carriers;
use crate::source::Span;
use crate::value::{Because, Class, Kind, List, Map, Origin, Symbol, Value};
use crate::walk::terraform::module::type_name::type_of;

/// A resource while its values are put together.
pub(super) struct At<'r, 'p> {
    pub(super) reading: &'r Reading<'p>,
    pub(super) address: &'r str,
    pub(super) span: Span,
}

impl At<'_, '_> {
    /// A value with what is not known of it filled in.
    pub(super) fn filled(
        &self,
        known: Option<&Value>,
        unknown: &Json,
        expression: &Json,
        key: &str,
        depth: usize,
    ) -> Value {
        let null = Value::new(Kind::Null, self.span);
        if depth > bounds::VALUE_DEPTH {
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
                    let key =
                        if key.is_empty() { Cow::from(name) } else { Cow::from(format!("{key}.{name}")) };
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
        let only = self.reading.links.only(expression, self.address);
        let only = only.filter(|only| !composed || is_complete(only));
        let whole = only.filter(|only| !is_document(self.address, last) || only.attribute.contains("json"));
        let found = whole.and_then(|only| self.reading.attribute(&only, depth + 1));
        found.unwrap_or_else(|| self.symbol(key))
    }

    fn symbol(&self, key: &str) -> Value {
        let configuration = self.reading.links.resource(self.address);
        let configuration = configuration.map_or("aws", |it| &*it.provider_config_key);
        let origin = Origin::declared(&self.reading.unit(configuration), type_of(self.address), self.address)
            .attribute(key);
        Value::unknown(Symbol::new(Class::Computed, origin, Because::Computed), self.span)
    }
}

/// Whether nothing can follow the ARN of what is mentioned in a policy.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>,
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>,
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html>
fn is_complete(mentioned: &Mentioned) -> bool {
    const COMPLETE: [&str; 4] = ["aws_iam_role", "aws_iam_user", "aws_kms_key", "aws_sqs_queue"];
    mentioned.attribute == "arn" && COMPLETE.contains(&type_of(&mentioned.address).as_str())
}

/// Whether an attribute holds a policy document, of which what it mentions is a part.
fn is_document(address: &str, attribute: &str) -> bool {
    let rows = carriers::carriers(&type_of(address));
    rows.iter().any(|row| {
        row.value_kind == carriers::ValueKind::JsonPolicy
            && matches!(row.path.first(), Some(carriers::Step::Property(name)) if *name == attribute)
    })
}
