//! One configuration while it is read: what its names and functions mean.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashSet;

use crate::parse::hcl::{Body, Expression};
use crate::source::{SourceId, Sources, Span};
use crate::value::{Because, Origin, Symbol, UnitKey, Value};
use crate::walk::terraform::language::evaluator::{Bound, Evaluator};
use crate::walk::terraform::language::files::Below;
use crate::walk::terraform::language::invariant::Invariants;
use crate::walk::terraform::language::names::{Names, Traversal};
use crate::walk::terraform::language::unknown::{LOCAL, identified, own};
use crate::walk::terraform::language::work::{Memory, Work};
use crate::walk::terraform::module::blocks::Module;
use crate::walk::terraform::module::run::States;

/// Where a configuration is read: what its functions are about.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The directory of the file.
    pub(super) directory: String,
    /// The directory of the unit that includes it; the same for the unit itself.
    pub(super) unit: String,
    /// The directory of the unit that all others are read for.
    pub(super) original: String,
    /// The names and directories of what the unit includes.
    pub(super) includes: RefCell<Vec<(Option<String>, String)>>,
}

/// What is known wherever a configuration is read.
#[derive(Clone, Copy)]
pub(super) struct Reader<'s> {
    pub(super) sources: &'s Sources,
    pub(super) states: Option<&'s States>,
    /// What a stack gives the unit.
    pub(super) values: Option<&'s Value>,
}

/// One configuration while it is read.
pub(super) struct Configuration<'c> {
    pub(super) reader: Reader<'c>,
    pub(super) module: Module<'c>,
    pub(super) place: Place,
    /// How many others include or read it.
    pub(super) depth: usize,
    /// The states that it reads.
    pub(super) asked: RefCell<FxHashSet<Origin>>,
    locals: Memory<&'c str>,
    work: Work,
    invariants: Invariants,
    consumed: RefCell<FxHashSet<SourceId>>,
}

impl<'c> Configuration<'c> {
    pub(super) fn new(
        reader: Reader<'c>,
        directory: &'c str,
        bodies: &'c [Body],
        (place, depth): (Place, usize),
    ) -> Self {
        Self {
            reader,
            module: Module::new(directory, bodies),
            place,
            depth,
            asked: RefCell::default(),
            locals: Memory::default(),
            work: Work::default(),
            invariants: Invariants::default(),
            consumed: RefCell::default(),
        }
    }

    /// What a stack gives, as a name.
    pub(super) fn values(&self) -> Bound {
        let bound = Bound::default();
        match self.reader.values {
            Some(values) => bound.bind("values", values.clone()),
            None => bound,
        }
    }

    /// What an expression says.
    pub(super) fn value(&self, bound: &Bound, expression: &Expression) -> Value {
        let here = self.module.directory;
        let files = Below {
            sources: self.reader.sources,
            root: here,
            directory: here,
            is_rooted: true,
            consumed: &self.consumed,
        };
        let evaluator =
            Evaluator { names: self, files: &files, work: &self.work, invariants: &self.invariants };
        evaluator.value(bound, expression)
    }

    /// What a local that is empty stands for: the same name in another directory is another one.
    pub(super) fn empty(&self, name: &str) -> Symbol {
        own(&UnitKey::of(self.module.directory), &format!("{LOCAL}{name}"), Because::Unset)
    }

    fn local(&self, name: &str) -> Option<Rc<Value>> {
        let (name, attribute) = self.module.locals.get_key_value(name)?;
        self.locals.once(&self.work, name, || {
            let value = self.value(&Bound::default(), &attribute.value).default_of(self.empty(name));
            identified(value, &nowhere(), "", LOCAL, name)
        })
    }
}

impl Names for Configuration<'_> {
    fn value(&self, asked: &Traversal<'_>) -> Value {
        let here = self.module.directory;
        match (asked.name, asked.attribute(0)) {
            ("local", Some(name)) => match self.local(name) {
                Some(value) => asked.follow_named(&value, 1),
                None => asked.undeclared(name),
            },
            ("path", Some("module" | "root" | "cwd")) => {
                Value::literal(if here.is_empty() { "." } else { here }, asked.span)
            }
            ("terraform", Some(name)) => {
                Value::unknown(own(&nowhere(), &format!("terraform.{name}"), Because::Run), asked.span)
            }
            ("each" | "count" | "self", _) | (_, None) => asked.undeclared(asked.name),
            (name, Some(attribute)) => asked.undeclared(&format!("{name}.{attribute}")),
        }
    }

    fn undeclared(&self, name: &str) -> Symbol {
        own(&nowhere(), name, Because::Undeclared)
    }

    fn call(&self, name: &str, operands: &[Value], span: Span) -> Option<Value> {
        self.function(name, operands, span)
    }
}

/// What its own symbols belong to: no unit of Terraform is meant.
fn nowhere() -> UnitKey {
    UnitKey::of(".")
}
