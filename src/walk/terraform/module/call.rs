//! Module calls.
//!
//! <https://developer.hashicorp.com/terraform/language/modules/syntax>

use std::collections::BTreeSet;
use std::rc::Rc;

use super::blocks::{Module, literal_argument};
use super::expand::Copies;
use super::reference::attribute;
use super::run::{Instance, Name, Run, Scope};
use crate::facts::Walked;
use crate::parse::hcl::{Block, Step};
use crate::source::Span;
use crate::value::{Because, Kind, Map, Value};
use crate::walk::terraform::Modules;
use crate::walk::terraform::deploy::stand_in;
use crate::walk::terraform::language::paths::joined;

/// Modules inside modules.
const MAX_NESTING: usize = 24;

/// What a module call makes.
pub(super) struct Children<'a> {
    copies: Copies<'a>,
    /// One for each of the copies; nothing when the module is neither in the project nor installed, and nothing stands for it.
    instances: Vec<Rc<Instance<'a>>>,
}

/// The directory of the module that a call names, when it is in the project.
pub(crate) fn local<'a>(modules: &Modules<'a>, caller: &Module<'a>, call: &Block) -> Option<&'a str> {
    let source = literal_argument(&call.body, "source")?;
    let is_path = source.starts_with("./") || source.starts_with("../") || source == "." || source == "..";
    let directory =
        if is_path { joined(caller.directory, &source)? } else { mapped(modules.sources, &source)? };
    modules.directory(&directory)
}

/// The directory that the configuration maps a source to. The longest mapping wins; `//below` and `?ref=…` are parts of
/// the source that it need not have.
pub(crate) fn mapped(sources: &[(String, String)], source: &str) -> Option<String> {
    let source = source.split('?').next().unwrap_or(source);
    let fits = sources.iter().filter_map(|(known, directory)| {
        let rest = source.strip_prefix(known.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then_some((known.len(), directory, rest))
    });
    let (_, directory, rest) = fits.max_by_key(|(length, ..)| *length)?;
    joined(directory, rest.trim_start_matches('/'))
}

/// Adds all modules that are called from a directory on, itself included.
pub(crate) fn reach<'a>(modules: &Modules<'a>, directory: &'a str, reached: &mut BTreeSet<&'a str>) {
    let mut left = vec![directory];
    while let Some(directory) = left.pop() {
        if let Some(module) = modules.by_directory.get(directory).filter(|_| reached.insert(directory)) {
            left.extend(module.calls.values().filter_map(|call| local(modules, module, call)));
        }
    }
}

impl<'a> Run<'a> {
    /// The instances of a module call.
    pub(super) fn children(&self, scope: &Scope<'a>, name: &'a str, call: &'a Block) -> Rc<Children<'a>> {
        let instance = &scope.instance;
        if let Some(known) = instance.children.borrow().get(name) {
            return Rc::clone(known);
        }
        let address = format!("{}module.{name}", instance.address);
        let inner = Scope::of(Rc::clone(instance));
        let copies = self.copies(&inner, &call.body, &address);
        let module =
            self.called(instance, name, call).filter(|_| address.matches("module.").count() <= MAX_NESTING);
        let make = |module: &'a Module<'a>| {
            copies.all.iter().map(|copy| {
                let address = format!("{address}{}.", copy.suffix);
                let units = self.units_of_call(&copy.scope, call, module, &address);
                let present = instance.present.and(copy.present);
                let caller = Some((copy.scope.clone(), call));
                Rc::new(Instance::new(module, address, caller, present, units))
            })
        };
        let instances = module.map_or_else(Vec::new, |module| make(module).collect());
        let children = Rc::new(Children { copies, instances });
        instance.children.borrow_mut().insert(name, Rc::clone(&children));
        children
    }

    /// The module of a call: of the project, else what `terraform init` installed for it, else what stands for it.
    fn called(&self, instance: &Instance<'a>, name: &str, call: &Block) -> Option<&'a Module<'a>> {
        let installed = || self.modules.installed.get(self.root)?.of_call(instance, name, call);
        // What an installed module calls is installed with it.
        if instance.module.shown_at.is_some() && !instance.module.is_stand_in {
            return installed();
        }
        let directory = local(self.modules, instance.module, call);
        let module = directory.and_then(|directory| self.modules.by_directory.get(directory));
        module.or_else(installed).or_else(|| self.modules.stand_ins.get(&call.span))
    }

    /// What a reference to a module leads to; `steps` are those after its name.
    pub(super) fn module_reference(
        &self,
        scope: &Scope<'a>,
        name: &str,
        steps: &[Step],
        span: Span,
    ) -> Value {
        let address = format!("{}module.{name}", scope.instance.address);
        let unknown = |because: Because| Value::unknown(self.module_symbol(&address, because), span);
        let Some((name, call)) = scope.instance.module.calls.get_key_value(name) else {
            return self.follow(scope, &unknown(Because::Undeclared), steps, span);
        };
        let children = self.children(scope, name, call);
        if children.instances.is_empty() && !children.copies.all.is_empty() {
            return self.follow(scope, &unknown(Because::Module), steps, span);
        }
        // Outputs are evaluated one by one: a module may be given what depends on another of its outputs.
        let key = match steps.first() {
            Some(Step::Index(index)) => Some(self.value(scope, index)),
            _ => None,
        };
        let child = children.copies.all.iter().zip(&children.instances).find(|(copy, _)| match &key {
            Some(key) => key.as_str().is_some_and(|key| match &copy.key {
                Some(own) => own.is_literally(&key),
                None => *copy.suffix == *format!("[{key}]"),
            }),
            None => copy.suffix.is_empty(),
        });
        let outputs = steps.get(usize::from(key.is_some())..).unwrap_or_default();
        if let (Some((copy, child)), Some(output)) = (child, outputs.first().and_then(attribute))
            && (copy.present.is_yes() || copy.suffix.is_empty())
        {
            let rest = outputs.get(1..).unwrap_or_default();
            let inner = Scope::of(Rc::clone(child));
            return match self.output(&inner, output) {
                Some(value) if child.module.shown_at.is_some() => {
                    let value = self.follow(scope, &value, rest, span);
                    stand_in::shown_at(value, call.header, span).through(span)
                }
                Some(value) => self.follow(scope, &value, rest, span).through(span),
                None if child.module.outputs.contains_key(output) => self.circular(span),
                None if child.module.is_stand_in => {
                    let address = child.address.trim_end_matches('.');
                    let value = Value::unknown(self.module_symbol(address, Because::Module), span);
                    self.follow(scope, &value, outputs, span)
                }
                None => self.refused(&format!("the module has no output {output}"), span),
            };
        }
        match self.once(&scope.instance, Name::Module(name), || self.all_outputs(&children, span)) {
            Some(value) => self.follow(scope, &value, steps, span).through(span),
            None => self.circular(span),
        }
    }

    /// All outputs of all instances of a call.
    fn all_outputs(&self, children: &Children<'a>, span: Span) -> Value {
        let outputs = |instance: &Rc<Instance<'a>>| {
            let scope = Scope::of(Rc::clone(instance));
            let mut map = Map { entries: Vec::new(), open: instance.module.is_stand_in };
            for (name, block) in &instance.module.outputs {
                if let Some(value) = self.output(&scope, name) {
                    map.insert(name, block.header, (*value).clone());
                }
            }
            Value::new(Kind::Map(map), span)
        };
        children.copies.value(children.instances.iter().map(outputs).collect(), span)
    }

    /// Adds the declarations and units of a module instance and of all that it calls.
    pub(super) fn declare_all(&self, scope: &Scope<'a>, depth: usize, walked: &mut Walked) {
        self.add_units(scope, walked);
        for declared in &scope.instance.module.resources {
            self.declare(&scope.instance, declared, walked);
        }
        if depth >= MAX_NESTING {
            return;
        }
        for (name, call) in &scope.instance.module.calls {
            for child in &self.children(scope, name, call).instances {
                self.declare_all(&Scope::of(Rc::clone(child)), depth + 1, walked);
            }
        }
    }
}
