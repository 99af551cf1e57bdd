//! Module calls.
//!
//! <https://developer.hashicorp.com/terraform/language/modules/syntax>

use std::rc::Rc;

use super::blocks::{Module, argument, literal};
use super::expand::Copies;
use super::instance::{Instance, Name, Scope};
use super::provider::AWS;
use super::run::Run;
use crate::bounds;
use crate::facts::{Declaration, UNSEEN, Walked};
use crate::parse::hcl::Block;
use crate::source::Span;
use crate::value::{Because, Kind, Map, Origin, Piece, Text, UnitKey, Value};
use crate::walk::terraform::language::names::Traversal;

/// What a module call makes.
pub(crate) struct Children<'a> {
    copies: Copies,
    /// One for each of the copies; nothing when the module is neither in the project nor installed, and nothing stands for it.
    pub(crate) instances: Vec<Rc<Instance<'a>>>,
}

impl<'a> Run<'a> {
    /// The instances of a module call.
    pub(crate) fn children(
        &self,
        instance: &Rc<Instance<'a>>,
        name: &'a str,
        call: &'a Block,
    ) -> Rc<Children<'a>> {
        if let Some(known) = instance.children.borrow().get(name) {
            return Rc::clone(known);
        }
        let address = format!("{}module.{name}", instance.address);
        let inner = Scope::of(Rc::clone(instance));
        let ((copies, module), is_whole) = self.work.whole(|| {
            let copies = self.copies(&inner, &call.body, &address);
            let called = self.modules.called((self.told.root, self.told.stand_ins), instance, name, call);
            (copies, called.or_else(|| self.evaluated_source(&inner, call)))
        });
        let module = module.filter(|module| self.is_evaluated(instance, module, call, copies.all.len()));
        let make = |module: &'a Module<'a>| {
            copies.all.iter().map(|copy| {
                let address = format!("{address}{}.", copy.suffix);
                let scope = copy.scope(instance);
                let units = self.units_of_call(&scope, call, module, &address);
                let present = instance.present.and(copy.present);
                let when = instance.when.and(&copy.when).unwrap_or_default();
                let caller = Some((scope, call));
                Rc::new(Instance::new(module, address, caller, (present, when), units))
            })
        };
        let instances = module.map_or_else(Vec::new, |module| make(module).collect());
        let children = Rc::new(Children { copies, instances });
        // What a bound cut off for one may be whole for another.
        if is_whole {
            instance.children.borrow_mut().insert(name, Rc::clone(&children));
        }
        children
    }

    /// Whether the module of a call is evaluated: not one that leads to itself, which Terraform refuses, nor one too many.
    fn is_evaluated(&self, caller: &Instance<'a>, module: &Module<'a>, call: &Block, copies: usize) -> bool {
        const CIRCLE: &str = "this module calls itself, which Terraform refuses; the call was not followed";
        const DEEP: &str = "modules are nested too deep here; the call was not followed";
        const MANY: &str = "there are too many instances of modules; this call was not followed";
        let (mut depth, mut next) = (0, Some(caller));
        while let Some(outer) = next {
            if std::ptr::eq(outer.module, module) {
                return self.refuse(caller, call, CIRCLE);
            }
            depth += 1;
            next = outer.caller.as_ref().map(|(scope, _)| &*scope.instance);
        }
        if depth > bounds::MODULE_DEPTH {
            return self.refuse(caller, call, DEEP);
        }
        let copies = u32::try_from(copies).unwrap_or(u32::MAX);
        let outermost = caller.outermost.unwrap_or(call.span);
        if !self.instances.pays((None, outermost), call.header, || self.instances.take(copies)) {
            return self.refuse(caller, call, MANY);
        }
        true
    }

    /// Takes note of a call that is not followed.
    fn refuse(&self, caller: &Instance<'a>, call: &Block, why: &'static str) -> bool {
        let place = caller.module.shown_at.unwrap_or(call.header);
        self.refused.borrow_mut().entry(place).or_insert(why);
        false
    }

    /// The module of a call whose source has expressions in it, of what is known before anything is deployed.
    ///
    /// <https://opentofu.org/docs/language/modules/sources/>
    fn evaluated_source(&self, caller: &Scope<'a>, call: &Block) -> Option<&'a Module<'a>> {
        let source = &argument(&call.body, "source")?.value;
        if literal(source).is_some() {
            return None;
        }
        let source = self.value(caller, source);
        let directory = self.modules.at(caller.instance.module, &source.as_str()?)?;
        self.modules.by_directory.get(directory)
    }

    /// Adds what stands for the modules that are called and not in the project, in each account they can be deployed to.
    pub(crate) fn declare_unseen(
        &self,
        instance: &Rc<Instance<'a>>,
        (name, call): (&'a str, &'a Block),
        children: &Children<'a>,
        walked: &mut Walked,
    ) {
        if !children.instances.is_empty() || children.copies.all.is_empty() {
            return;
        }
        let address = format!("{}module.{name}", instance.address);
        let own = self.unit_named(instance, AWS);
        let others = instance.units.values().filter(|unit| **unit != own);
        for unit in std::iter::once(&own).chain(others) {
            walked.declarations.push(unseen(instance, unit, address.clone(), call));
        }
    }

    /// What a reference to a module leads to.
    pub(super) fn module_reference(
        &self,
        instance: &Rc<Instance<'a>>,
        name: &str,
        asked: &Traversal<'_>,
    ) -> Value {
        let span = asked.span;
        let unknown = |because: Because| {
            let address = [&*instance.address, "module.", name].concat();
            Value::unknown(self.module_symbol(&address, because), span)
        };
        let Some((name, call)) = instance.module.calls.get_key_value(name) else {
            return asked.follow(&unknown(Because::Undeclared), 1);
        };
        let children = self.children(instance, name, call);
        if children.instances.is_empty() && !children.copies.all.is_empty() {
            return asked.follow(&unknown(Because::Module), 1);
        }
        // Outputs are evaluated one by one: a module may be given what depends on another of its outputs.
        let key = asked.index(1);
        let child = children.copies.all.iter().zip(&children.instances).find(|(copy, _)| match &key {
            Some(key) => key.as_str().is_some_and(|key| match &copy.key {
                Some(own) => own.is_literally(&key),
                None => *copy.suffix == *format!("[{key}]"),
            }),
            None => copy.suffix.is_empty(),
        });
        let step = if key.is_some() { 2 } else { 1 };
        if let (Some((copy, child)), Some(output)) = (child, asked.attribute(step))
            && (copy.present.is_yes() || copy.suffix.is_empty())
        {
            return self.output_reference(child, call, output, asked, step);
        }
        let all = || self.all_outputs(&children, span);
        match instance.memory.once(&self.work, Name::Module(name), all) {
            Some(value) => asked.follow(&value, 1).through(span),
            None => self.work.circular(span),
        }
    }

    /// What a reference to an output of one instance leads to; `step` names the output.
    fn output_reference(
        &self,
        child: &Rc<Instance<'a>>,
        call: &Block,
        output: &str,
        asked: &Traversal<'_>,
        step: usize,
    ) -> Value {
        let span = asked.span;
        match self.output(child, output) {
            Some(value) if child.module.shown_at.is_some() => {
                shown_at(asked.follow(&value, step + 1), call.header, span).through(span)
            }
            Some(value) => asked.follow(&value, step + 1).through(span),
            None if child.module.outputs.contains_key(output) => self.work.circular(span),
            None if child.module.is_stand_in => {
                let address = child.address.trim_end_matches('.');
                let value = Value::unknown(self.module_symbol(address, Because::Module), span);
                asked.follow(&value, step)
            }
            None => self.work.refused(&format!("the module has no output {output}"), span),
        }
    }

    /// All outputs of all instances of a call.
    fn all_outputs(&self, children: &Children<'a>, span: Span) -> Value {
        let outputs =
            |instance: &Rc<Instance<'a>>| self.outputs_of(instance, instance.module.is_stand_in, span);
        children.copies.value(children.instances.iter().map(outputs).collect(), span)
    }

    /// All outputs of an instance; `open` when there may be more.
    pub(crate) fn outputs_of(&self, instance: &Rc<Instance<'a>>, open: bool, span: Span) -> Value {
        let mut map = Map { open, ..Map::default() };
        for (name, block) in &instance.module.outputs {
            if let Some(value) = self.output(instance, name) {
                map.insert(name, block.header, (*value).clone());
            }
        }
        Value::new(Kind::Map(map), span)
    }
}

/// What stands for something that is written in a block and that nobody sees.
pub(super) fn unseen(instance: &Instance<'_>, unit: &UnitKey, address: String, block: &Block) -> Declaration {
    Declaration {
        unit: unit.clone(),
        origin: Origin::declared(unit, UNSEEN, &*address),
        address: address.into(),
        type_name: UNSEEN.into(),
        span: block.header,
        body: block.span,
        present: instance.present,
        when: instance.when.clone(),
        properties: Map::default(),
    }
}

/// A text that an output is made of, shown at `place`, where the output is named, as far as it is written in a module
/// that is shown at `call`.
fn shown_at(value: Value, call: Span, place: Span) -> Value {
    let Kind::Text(text) = value.kind else { return value };
    let mut shown = Text::default();
    for piece in text.into_pieces() {
        let span = if piece.span == call { place } else { piece.span };
        shown.push_piece(Piece { span, ..piece });
    }
    let span = if value.span == call { place } else { value.span };
    Value { kind: Kind::Text(shown), span, via: value.via }
}
