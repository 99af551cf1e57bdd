//! Expressions that the configuration names: what they stand for in a root module.

use std::sync::Arc;

use super::root::Root;
use crate::facts::Term;
use crate::parse::hcl::{self, ExpressionKind, Step};
use crate::source::{SourceId, Span};
use crate::value::{Kind, Value};
use crate::walk::terraform::module::instance::Scope;

impl<'a> Root<'a> {
    /// What an expression stands for: itself, and the values of a collection of which the keys are known. Behind `.*` stands what
    /// leads from a value of the collection to what is meant.
    pub(super) fn term(&self, scope: &Scope<'a>, written: &Arc<str>) -> Vec<Term> {
        let (whole, below) = written.split_once(".*").unwrap_or((written, ""));
        let Some(value) = self.declared(scope, whole) else { return Vec::new() };
        let term = |key: Option<Arc<str>>, value: &Value| {
            let of = match &value.kind {
                Kind::Unknown(symbol) => symbol,
                Kind::Text(text) => text.as_symbol()?,
                _ => return None,
            };
            let (origin, unit) = (of.origin.clone(), self.run.unit().clone());
            Some(Term { written: Arc::clone(written), key, origin, unit })
        };
        let Some(map) = value.as_map() else { return term(None, &value).into_iter().collect() };
        let path = || below.split('.').filter(|name| !name.is_empty());
        let entries = map.entries.iter().filter_map(|entry| {
            let value = path().try_fold(&entry.value, |value, name| value.as_map()?.get(name))?;
            term(Some(entry.key.as_literal()?.as_ref().into()), value)
        });
        entries.collect()
    }

    /// What an expression says that begins with the name of something which the root module declares.
    fn declared(&self, scope: &Scope<'a>, written: &str) -> Option<Value> {
        let span = Span::start_of(SourceId::first());
        let body = hcl::parse_placed(&format!("term = {written}\n"), span).ok()?;
        let [attribute] = body.attributes.as_slice() else { return None };
        let ExpressionKind::Traversal(base, steps) = &attribute.value.kind else { return None };
        let (ExpressionKind::Variable(root), Some(Step::Attribute(name))) = (&base.kind, steps.first())
        else {
            return None;
        };
        let (module, name) = (scope.instance.module, &*name.value);
        let is_declared = match &**root {
            "local" => module.locals.contains_key(name),
            "module" => module.calls.contains_key(name),
            "var" => module.variables.contains_key(name),
            _ => false,
        };
        // Nothing is called in it: what is computed is known by where it stands.
        let is_plain = steps.iter().all(|step| match step {
            Step::Attribute(_) => true,
            Step::Index(index) => {
                matches!(index.kind, ExpressionKind::Template(_) | ExpressionKind::Number(_))
            }
            Step::AttributeSplat | Step::FullSplat => false,
        });
        (is_declared && is_plain).then(|| self.run.value(scope, &attribute.value))
    }
}

/// The texts of the configuration that may be such expressions, as they are written.
pub fn expression(written: &str) -> Option<&str> {
    let written = written.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or(written);
    ["local.", "module.", "var."].iter().any(|start| written.starts_with(start)).then_some(written)
}
