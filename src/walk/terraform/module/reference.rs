//! What names mean: variables, locals, module calls, resources, data sources.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/references>

use std::rc::Rc;

use super::blocks::argument;
use super::run::{Name, Run, Scope};
use crate::parse::hcl::{Expression, ExpressionKind, Step};
use crate::source::Span;
use crate::value::{Answer, Because, Class, Kind, Origin, OriginKind, Part, Symbol, Value, Words};

impl<'a> Run<'a> {
    /// What `base` and the steps after it lead to.
    pub(crate) fn traversal(
        &self,
        scope: &Scope<'a>,
        base: &Expression,
        steps: &[Step],
        span: Span,
    ) -> Value {
        let ExpressionKind::Variable(name) = &base.kind else {
            return match self.invariant(scope, base) {
                Some(base) => self.follow(scope, &base, steps, span),
                None => self.follow(scope, &self.value(scope, base), steps, span),
            };
        };
        if let Some(bound) = scope.bound(name) {
            return self.follow(scope, bound, steps, span).through(span);
        }
        if scope.is_template {
            return self.undeclared(scope, name, span);
        }
        let first = steps.first().and_then(attribute);
        match (&**name, first) {
            ("var", Some(variable)) => self.named(scope, steps, span, |run| run.variable(scope, variable)),
            ("local", Some(local)) => self.named(scope, steps, span, |run| run.local(scope, local)),
            ("module", Some(call)) => {
                self.module_reference(scope, call, steps.get(1..).unwrap_or_default(), span)
            }
            ("path", Some("module" | "root" | "cwd")) => {
                let directory =
                    if first == Some("module") { scope.instance.module.directory } else { self.root };
                Value::literal(if directory.is_empty() { "." } else { directory }, span)
            }
            ("terraform", Some("workspace"))
                if let Some(workspace) = self.deployment.and_then(|told| told.workspace.as_deref()) =>
            {
                Value::literal(workspace, span)
            }
            ("terraform", Some(name)) => {
                let symbol = self.symbol(&format!("terraform.{name}"), Because::Run);
                Value::unknown(symbol, span)
            }
            ("data" | "ephemeral", Some(type_name)) => {
                let type_name = format!("{name}.{type_name}");
                let rest = steps.get(1..).unwrap_or_default();
                match rest.first().and_then(attribute) {
                    Some(name) => self.resource_reference(scope, &type_name, name, rest, span),
                    None => self.undeclared(scope, &type_name, span),
                }
            }
            ("each" | "count" | "self", _) | (_, None) => self.undeclared(scope, name, span),
            (_, Some(resource)) => self.resource_reference(scope, name, resource, steps, span),
        }
    }

    fn named(
        &self,
        scope: &Scope<'a>,
        steps: &[Step],
        span: Span,
        find: impl FnOnce(&Self) -> Option<Rc<Value>>,
    ) -> Value {
        let Some(value) = find(self) else {
            let name = steps.first().and_then(attribute).unwrap_or_default();
            return self.undeclared(scope, name, span);
        };
        let found = self.follow(scope, &value, steps.get(1..).unwrap_or_default(), span);
        // What is not known is written nowhere but here.
        if matches!(found.kind, Kind::Unknown(_)) {
            return Value::new(found.kind, span);
        }
        found.through(span)
    }

    fn resource_reference(
        &self,
        scope: &Scope<'a>,
        type_name: &str,
        name: &str,
        steps: &[Step],
        span: Span,
    ) -> Value {
        let Some(declared) = scope.instance.module.resource(type_name, name) else {
            return self.undeclared(scope, &format!("{type_name}.{name}"), span);
        };
        let steps_after = steps.get(1..).unwrap_or_default();
        let attribute = steps_after.iter().find_map(attribute);
        match self.resource(&scope.instance, declared, attribute) {
            Some(value) => self.follow(scope, &value, steps.get(1..).unwrap_or_default(), span),
            None => self.circular(span),
        }
    }

    /// A local value.
    fn local(&self, scope: &Scope<'a>, name: &str) -> Option<Rc<Value>> {
        let (name, attribute) = scope.instance.module.locals.get_key_value(name)?;
        let inner = Scope::of(Rc::clone(&scope.instance));
        self.once(&scope.instance, Name::Local(name), || {
            let value = self.value(&inner, &attribute.value);
            self.identified(value, &inner.instance, "local.", name)
        })
    }

    /// An output of a module instance.
    pub(crate) fn output(&self, scope: &Scope<'a>, name: &str) -> Option<Rc<Value>> {
        let (name, block) = scope.instance.module.outputs.get_key_value(name)?;
        let value = &argument(&block.body, "value")?.value;
        self.once(&scope.instance, Name::Output(name), || {
            self.identified(self.value(scope, value), &scope.instance, "", name)
        })
    }

    /// A name that is declared nowhere. The same name is the same value in a module.
    fn undeclared(&self, scope: &Scope<'a>, name: &str, span: Span) -> Value {
        self.fail(Answer::Yes);
        let symbol = self.symbol(&format!("{}{name}", scope.instance.address), Because::Undeclared);
        Value::unknown(symbol, span)
    }

    /// A value that depends on itself.
    pub(super) fn circular(&self, span: Span) -> Value {
        self.fail(Answer::Unknown);
        Value::unknown(Symbol::new(Class::Opaque, OriginKind::Circular, Because::Bound), span)
    }

    /// A symbol for a module that is not in the project, or for what is declared in none.
    pub(super) fn module_symbol(&self, address: &str, because: Because) -> Symbol {
        let (unit, name) = (self.unit.clone(), address.into());
        Symbol::new(Class::Keyed, OriginKind::Output { unit, name }, because)
    }

    /// A symbol of this root module.
    pub(crate) fn symbol(&self, name: &str, because: Because) -> Symbol {
        Symbol::new(Class::Keyed, Origin::named(&self.unit, name), because)
    }
}

/// The name of an attribute step.
pub(crate) fn attribute(step: &Step) -> Option<&str> {
    if let Step::Attribute(name) = step { Some(&name.value) } else { None }
}

/// The part of something with several instances that an index leads to.
pub(crate) fn part_at(index: &Value) -> Part {
    match &index.kind {
        Kind::Number(digits) => Part::Index(digits.clone()),
        _ => match index.as_text() {
            Some(text) => Words::of_text(&text).map_or(Part::SomeItem, Part::Key),
            None => Part::SomeItem,
        },
    }
}
