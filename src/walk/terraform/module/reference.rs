//! What names mean in a module: variables, locals, module calls, resources, data sources.
//!
//! <https://developer.hashicorp.com/terraform/language/expressions/references>

use std::rc::Rc;

use super::blocks::argument;
use super::instance::{Instance, Name, Scope};
use super::run::Run;
use crate::parse::hcl::{Attribute, Expression};
use crate::source::Span;
use crate::value::{Because, Map, Symbol, Value};
use crate::walk::terraform::language::evaluator::{Bound, Evaluator};
use crate::walk::terraform::language::files::Below;
use crate::walk::terraform::language::names::{Names, Traversal, attribute};
use crate::walk::terraform::language::types::{self, Type};
use crate::walk::terraform::language::unknown::{LOCAL, identified};

/// An instance of a module, as its expressions see it.
struct Here<'r, 'a> {
    run: &'r Run<'a>,
    instance: &'r Rc<Instance<'a>>,
}

impl Names for Here<'_, '_> {
    fn value(&self, asked: &Traversal<'_>) -> Value {
        let Self { run, instance } = *self;
        let (first, span) = (asked.attribute(0), asked.span);
        let named = |name: &str, found: Option<Rc<Value>>| match found {
            Some(value) => asked.follow_named(&value, 1),
            None => asked.undeclared(name),
        };
        match (asked.name, first) {
            ("var", Some(variable)) => {
                let found = run.variable(instance, variable);
                if found.is_none() {
                    run.note_undeclared(instance, variable, span);
                }
                named(variable, found)
            }
            ("local", Some(local)) => named(local, run.local(instance, local)),
            ("module", Some(call)) => run.module_reference(instance, call, asked),
            ("path", Some("module" | "root" | "cwd")) => {
                let directory =
                    if first == Some("module") { instance.module.directory } else { run.told.root };
                Value::literal(if directory.is_empty() { "." } else { directory }, span)
            }
            ("terraform", Some("workspace")) if let Some(workspace) = run.told.workspace => {
                Value::literal(workspace, span)
            }
            ("terraform", Some(name)) => {
                Value::unknown(run.symbol(&format!("terraform.{name}"), Because::Run), span)
            }
            ("data" | "ephemeral", Some(type_name)) => {
                let type_name = [asked.name, ".", type_name].concat();
                match asked.attribute(1) {
                    Some(name) => self.resource(&type_name, name, asked, 2),
                    None => asked.undeclared(&type_name),
                }
            }
            ("each" | "count" | "self", _) | (_, None) => asked.undeclared(asked.name),
            (type_name, Some(name)) => self.resource(type_name, name, asked, 1),
        }
    }

    fn undeclared(&self, name: &str) -> Symbol {
        self.run.symbol(&format!("{}{name}", self.instance.address), Because::Undeclared)
    }

    fn computed(&self, map: &Map, marker: &Symbol, name: &str, span: Span) -> Value {
        self.run.computed(map, marker, name, span)
    }

    fn is_tuple(&self, variable: &str, value: &Value) -> Option<bool> {
        let block = self.instance.module.variables.get(variable)?;
        match argument(&block.body, "type").map(|wanted| types::parse(&wanted.value)) {
            None | Some(Some(Type::Any)) => {
                let is_default = |default: &Attribute| default.value.span.contains(value.span);
                argument(&block.body, "default").filter(|default| is_default(default)).map(|_| true)
            }
            Some(Some(Type::Tuple(_))) => Some(true),
            Some(Some(Type::List(_) | Type::Set(_))) => Some(false),
            Some(_) => None,
        }
    }

    fn is_shown_at_call(&self) -> bool {
        self.instance.module.shown_at.is_some()
    }
}

impl Here<'_, '_> {
    /// What the steps from one on lead to from a resource.
    fn resource(&self, type_name: &str, name: &str, asked: &Traversal<'_>, from: usize) -> Value {
        let Some(declared) = self.instance.module.resource(type_name, name) else {
            return asked.undeclared(&format!("{type_name}.{name}"));
        };
        let wanted = asked.rest(from).iter().find_map(attribute);
        match self.run.resource(self.instance, declared, wanted) {
            Some(value) => asked.follow(&value, from),
            None => self.run.work.circular(asked.span),
        }
    }
}

impl<'a> Run<'a> {
    /// What an expression of a module says.
    pub(crate) fn value(&self, scope: &Scope<'a>, expression: &Expression) -> Value {
        self.evaluate(scope, |evaluator, bound| evaluator.value(bound, expression))
    }

    /// Evaluates something with the names of a scope.
    pub(super) fn evaluate<T>(
        &self,
        scope: &Scope<'a>,
        evaluate: impl FnOnce(&Evaluator<'_>, &Bound) -> T,
    ) -> T {
        let Scope { instance, bound } = scope;
        let names = Here { run: self, instance };
        let files = Below {
            sources: self.sources,
            root: self.told.root,
            directory: instance.module.directory,
            is_rooted: false,
            consumed: &self.consumed,
        };
        let invariants = &instance.invariants;
        evaluate(&Evaluator { names: &names, files: &files, work: &self.work, invariants }, bound)
    }

    /// A local value.
    fn local(&self, instance: &Rc<Instance<'a>>, name: &str) -> Option<Rc<Value>> {
        let (name, attribute) = instance.module.locals.get_key_value(name)?;
        instance.memory.once(&self.work, Name::Local(name), || {
            let value = self.value(&Scope::of(Rc::clone(instance)), &attribute.value);
            self.identified(value, instance, LOCAL, name)
        })
    }

    /// An output of a module instance.
    pub(crate) fn output(&self, instance: &Rc<Instance<'a>>, name: &str) -> Option<Rc<Value>> {
        let (name, block) = instance.module.outputs.get_key_value(name)?;
        let value = &argument(&block.body, "value")?.value;
        instance.memory.once(&self.work, Name::Output(name), || {
            self.identified(self.value(&Scope::of(Rc::clone(instance)), value), instance, "", name)
        })
    }

    /// A value that is evaluated once for an instance, with its name (`local.` and what is behind it) as the identity of
    /// what is not known of it.
    pub(super) fn identified(&self, value: Value, instance: &Instance<'a>, sort: &str, name: &str) -> Value {
        identified(value, &self.told.unit, &instance.address, sort, name)
    }
}
