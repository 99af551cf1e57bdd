//! `Ref`: what loops bind, pseudo parameters, parameters; anything else is a resource.

use super::evaluate::Evaluator;
use crate::source::Span;
use crate::value::{Because, Class, Kind, Text, Value};

impl Evaluator<'_> {
    /// What `Ref` of a name returns. The value has come through `span`.
    pub(in crate::walk::cloudformation) fn reference(&self, name: &str, span: Span) -> Value {
        let bound = self.scope.borrow().iter().rev().find(|(known, _)| **known == *name).cloned();
        if let Some((_, text)) = bound {
            return Value::text(text, span);
        }
        if let Some(value) = self.pseudo(name, span) {
            return value;
        }
        match self.parameter(name) {
            Some(value) => value.through(span),
            None => self.attribute(name, "Ref", span),
        }
    }

    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>
    fn pseudo(&self, name: &str, span: Span) -> Option<Value> {
        let class = match name.strip_prefix("AWS::")? {
            "AccountId" => Class::Account,
            "Region" => Class::Region,
            "Partition" => Class::Partition,
            "URLSuffix" => Class::DnsSuffix,
            "NoValue" => return Some(Value::new(Kind::Absent, span)),
            "StackName" => {
                let known = self.place().target.stack_name.as_ref().map(|name| name.shown_at(span));
                let unknown = || Text::symbol(self.place().keyed(name, Because::Run), span);
                return Some(Value::text(known.unwrap_or_else(unknown), span));
            }
            _ => return Some(self.unknown(name, Because::Run, span)),
        };
        Some(Value::text(self.place().pseudo(class, span), span))
    }

    /// What an attribute of a resource returns; `Ref` is one of them.
    pub(in crate::walk::cloudformation) fn attribute(
        &self,
        address: &str,
        attribute: &str,
        span: Span,
    ) -> Value {
        self.lookup().attribute(self, address, attribute, span)
    }
}
