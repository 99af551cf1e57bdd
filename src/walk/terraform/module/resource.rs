//! Resources and data sources: their instances as values, and as declarations.

use std::borrow::Cow;
use std::iter;
use std::rc::Rc;
use std::sync::Arc;

use super::blocks::{Declared, argument};
use super::call::unseen;
use super::data;
use super::expand::Copy;
use super::instance::{Instance, Name, Scope};
use super::policy_document;
use super::run::Run;
use super::type_name::{is_read, matters};
use crate::bounds;
use crate::carriers::{self, PropertiesRead};
use crate::facts::{Declaration, Walked};
use crate::parse::hcl::{Block, ExpressionKind};
use crate::parse::json::placed;
use crate::source::Span;
use crate::value::{Because, Class, Kind, Map, Origin, Symbol, UnitKey, Value};
use crate::walk::terraform::language::names::{mark, unmark};
use crate::walk::terraform::language::unknown::when_present;

/// The attributes that hold a policy document.
const DOCUMENT: [&str; 2] = ["json", "minified_json"];

/// Arguments that are often written once and then kept elsewhere: the values of parameters and secrets.
const GIVEN_LATER: [&str; 4] = ["value", "insecure_value", "secret_string", "value_wo"];

impl<'a> Run<'a> {
    /// The value of a resource: a map of its arguments, or a list or map of those of its instances. `None` when
    /// it depends on itself.
    ///
    /// When only `attribute` is asked for, arguments that do not matter for it are left out, which saves the
    /// evaluation of most of what is written.
    pub(crate) fn resource(
        &self,
        instance: &Rc<Instance<'a>>,
        declared: &Declared<'a>,
        attribute: Option<&str>,
    ) -> Option<Rc<Value>> {
        let place = std::ptr::from_ref(declared.block);
        let essential = self.essential(&declared.type_name);
        let is_written = |name: &str| {
            let body = &declared.block.body;
            argument(body, name).is_some()
                || body.blocks.iter().any(|block| {
                    *block.kind.value == *name || block.labels.first().is_some_and(|it| *it.value == *name)
                })
        };
        let enough = !is_read(&declared.type_name)
            && attribute.is_some_and(|name| essential.contains(name) || !is_written(name));
        let name = if enough { Name::Essence(place) } else { Name::Resource(place) };
        let wanted = enough.then_some(&*essential);
        instance.memory.once(&self.work, name, || {
            let address = address(instance, declared);
            let copies = self.copies_of(instance, declared, &address);
            let unit = self.unit_of(instance, declared.block);
            let values = copies.all.iter().map(|copy| {
                let origin = of_copy(&unit, declared, &address, copy);
                self.work.pay(1);
                self.one(&copy.scope(instance), declared, &origin, wanted)
            });
            copies.value(values.collect(), declared.block.header)
        })
    }

    /// The arguments of a type that are read for access.
    fn essential(&self, type_name: &Arc<str>) -> Rc<PropertiesRead> {
        if let Some(known) = self.essential.borrow().get(type_name) {
            return Rc::clone(known);
        }
        let read = Rc::new(PropertiesRead::of(type_name));
        self.essential.borrow_mut().insert(Arc::clone(type_name), Rc::clone(&read));
        read
    }

    /// One instance of a resource.
    fn one(
        &self,
        scope: &Scope<'a>,
        declared: &Declared<'a>,
        origin: &Origin,
        wanted: Option<&PropertiesRead>,
    ) -> Value {
        let span = declared.block.header;
        let mut properties = self.properties_of(scope, &declared.block.body, wanted);
        if &*declared.type_name == "data.aws_iam_policy_document" {
            let document = policy_document::document(&properties, span);
            for (name, document) in DOCUMENT.into_iter().zip(iter::repeat_n(document, DOCUMENT.len())) {
                properties.insert(name, span, document);
            }
        }
        self.add_found(origin, span, &mut properties);
        forget_empty_name(&declared.type_name, &mut properties);
        if &*declared.type_name == "data.template_file"
            && let Some(template) = properties.get("template")
        {
            let rendered =
                self.evaluate(scope, |it, _| it.rendered_text(template, properties.get("vars"), span));
            properties.insert("rendered", span, rendered);
        }
        Self::forget_ignored(declared.block, origin, &mut properties);
        let because = if is_read(&declared.type_name) { Because::Lookup } else { Because::Computed };
        mark(&mut properties, Symbol::new(Class::Computed, origin.clone(), because), span);
        Value::new(Kind::Map(properties), span)
    }

    /// Adds what a plan found a data source to return.
    fn add_found(&self, origin: &Origin, span: Span, properties: &mut Map) {
        // Most deployments have no plan.
        let found = if self.told.found.is_empty() { None } else { self.told.found.get(origin.shown()) };
        for (name, value) in found.and_then(serde_json::Value::as_object).into_iter().flatten() {
            if properties.get(name).is_none() && !value.is_null() {
                properties.insert(name, span, placed(value, span));
            }
        }
    }

    /// Makes symbols of the plain arguments whose changes are ignored: somebody else sets them, and what is written
    /// is a stand-in.
    ///
    /// <https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#ignore_changes>
    fn forget_ignored(block: &Block, origin: &Origin, properties: &mut Map) {
        let lifecycles = block.body.blocks.iter().filter(|inner| &*inner.kind.value == "lifecycle");
        let ignored = lifecycles.filter_map(|it| argument(&it.body, "ignore_changes"));
        for item in ignored.flat_map(|attribute| match &attribute.value.kind {
            ExpressionKind::List(items) => items.as_slice(),
            _ => &[],
        }) {
            let ExpressionKind::Variable(name) = &item.kind else { continue };
            if !GIVEN_LATER.contains(&&**name) {
                continue;
            }
            let mut entries = properties.entries.edit();
            for entry in entries.iter_mut().filter(|entry| entry.key.is_literally(name)) {
                let symbol = Symbol::new(Class::Keyed, origin.attribute(&**name), Because::Remote);
                entry.value = Value::unknown(symbol, entry.value.span);
            }
        }
    }

    /// Names what is imported as a look-up would. The ID of a role or user is its name.
    ///
    /// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role#import>
    fn name_import(declared: &Declared<'_>, properties: &mut Map) {
        let name = match &*declared.type_name {
            "data.aws_iam_role" => "name",
            "data.aws_iam_user" => "user_name",
            _ => return,
        };
        if &*declared.block.kind.value == "import"
            && let Some(id) = properties.take("id")
        {
            properties.insert(name, declared.block.header, id);
        }
    }

    /// Adds what declared parameters of the parameter store hold.
    fn hold(&self, instance: &Rc<Instance<'a>>, declared: &Declared<'a>, walked: &mut Walked) {
        let address = address(instance, declared);
        let unit = self.unit_of(instance, declared.block);
        for copy in &self.copies_of(instance, declared, &address).all {
            let mut properties = self.properties(&copy.scope(instance), &declared.block.body);
            let origin = of_copy(&unit, declared, &address, copy);
            Self::forget_ignored(declared.block, &origin, &mut properties);
            walked.parameters.extend(data::held_parameter(properties, &unit, declared.block.header));
        }
    }

    /// Adds the declarations of a resource.
    pub(crate) fn declare(&self, instance: &Rc<Instance<'a>>, declared: &Declared<'a>, walked: &mut Walked) {
        if &*declared.type_name == "aws_ssm_parameter" {
            self.hold(instance, declared, walked);
        }
        if !matters(&declared.type_name) {
            return;
        }
        let address = address(instance, declared);
        let copies = self.copies_of(instance, declared, &address);
        let unit = self.unit_of(instance, declared.block);
        // The name is always read, so this asks for what is read for access.
        let Some(value) = self.resource(instance, declared, Some("name")) else { return };
        for (index, copy) in copies.all.iter().enumerate() {
            if !self.work.affords(bounds::DECLARATION_STEPS) {
                walked.declarations.push(unseen(instance, &unit, address, declared.block));
                return;
            }
            let item = match &value.kind {
                Kind::List(list) => list.items.get(index),
                Kind::Map(map) if copy.key.is_some() => map.entries.get(index).map(|entry| &entry.value),
                _ => Some(&*value),
            };
            let item = item.and_then(when_present).map(Cow::into_owned);
            let Some(Value { kind: Kind::Map(mut properties), .. }) = item else { continue };
            unmark(&mut properties);
            Self::name_import(declared, &mut properties);
            walked.declarations.push(Declaration {
                origin: of_copy(&unit, declared, &address, copy),
                unit: unit.clone(),
                address: [&*address, &*copy.suffix].concat().into(),
                type_name: Arc::clone(&declared.type_name),
                span: declared.block.header,
                body: instance.module.shown_at.unwrap_or(declared.block.span),
                present: instance.present.and(copy.present),
                when: instance.when.and(&copy.when).unwrap_or_default(),
                properties,
            });
        }
    }
}

/// Takes an empty name for none, as the provider does, which makes one up then: what refers to it leads to the resource still.
fn forget_empty_name(type_name: &str, properties: &mut Map) {
    let is_empty = |value: &Value| value.as_str().is_some_and(|written| written.is_empty());
    if !properties.entries.iter().any(|entry| is_empty(&entry.value)) {
        return;
    }
    let template = carriers::name_template(type_name).filter(|_| !is_read(type_name));
    let Some(name) = template.and_then(|it| it.strip_prefix("${")?.strip_suffix('}')) else { return };
    if properties.get(name).is_some_and(is_empty) {
        properties.take(name);
    }
}

/// What the attributes of an instance are attributes of.
fn of_copy(unit: &UnitKey, declared: &Declared<'_>, address: &str, copy: &Copy) -> Origin {
    Origin::instance(unit, Arc::clone(&declared.type_name), address, copy.instance.clone())
}

fn address(instance: &Instance<'_>, declared: &Declared<'_>) -> String {
    [&*instance.address, &*declared.type_name, ".", declared.name].concat()
}
