//! The resources of a template: those that are written, and those that SAM makes for them.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::kinds::{Kind, kind};
use crate::parse::Node;
use crate::source::Span;
use crate::value::Value;
use crate::walk::cloudformation::language::place::Place;
use crate::walk::cloudformation::language::scope::Scope;
use crate::walk::cloudformation::language::sections::{Sections, Written};

/// The paths of the constructs of one template, by logical id.
pub(in crate::walk::cloudformation) type Names = FxHashMap<String, String>;

/// What the evaluation remembers of a property: `None` while it is being evaluated.
type Remembered = FxHashMap<(Arc<str>, String), Option<Value>>;

/// A template, by section, and its resources.
pub(in crate::walk::cloudformation) struct Template<'a> {
    pub(in crate::walk::cloudformation) sections: Sections<'a>,
    pub(in crate::walk::cloudformation) resources: Vec<Resource<'a>>,
    /// What SAM makes, by logical id.
    pub(super) made: FxHashMap<String, Made>,
    pub(super) properties: RefCell<Remembered>,
    by_address: FxHashMap<Arc<str>, usize>,
}

/// A resource as it is written.
pub(in crate::walk::cloudformation) struct Resource<'a> {
    /// The logical id.
    pub(in crate::walk::cloudformation) address: Arc<str>,
    /// What people and other units know it by: the path of the construct, or the logical id below the names
    /// of the stacks it is nested in.
    pub(in crate::walk::cloudformation) shown: Arc<str>,
    /// The type; for a resource of SAM that of what is made of it.
    pub(in crate::walk::cloudformation) type_name: Arc<str>,
    /// The type as written, when it is one of SAM's.
    pub(in crate::walk::cloudformation) sam: Option<&'static Kind>,
    /// Where the logical id is written.
    pub(in crate::walk::cloudformation) span: Span,
    /// From the logical id to the end of the resource.
    pub(in crate::walk::cloudformation) body: Span,
    /// What stands under the logical id.
    pub(in crate::walk::cloudformation) node: &'a Node,
    /// The loops it was written in.
    pub(in crate::walk::cloudformation) scope: Scope,
}

/// A resource that a reference names.
pub(super) enum Referred<'t, 'a> {
    /// One that is written.
    Written(&'t Resource<'a>),
    /// One that SAM makes for another.
    Made(&'t Made, &'t Resource<'a>),
}

/// A resource that SAM makes.
pub(super) struct Made {
    pub(super) type_name: &'static str,
    /// The resource it is made for, by its place in the template.
    pub(super) owner: usize,
    /// The event it is made for.
    pub(super) event: Option<String>,
}

impl<'a> Template<'a> {
    /// The resources of some sections, without what SAM makes.
    pub(super) fn new(mut sections: Sections<'a>, place: &Place, names: Option<&Names>) -> Self {
        let written = std::mem::take(&mut sections.resources);
        let mut template = Self {
            sections,
            resources: Vec::with_capacity(written.len()),
            made: FxHashMap::default(),
            properties: RefCell::default(),
            by_address: FxHashMap::default(),
        };
        for resource in written {
            template.add_resource(resource, place, names);
        }
        template
    }

    /// Forgets what properties were evaluated to.
    pub(in crate::walk::cloudformation) fn forget(&self) {
        self.properties.take();
    }

    /// What a logical id names.
    pub(super) fn referred<'t>(&'t self, address: &str) -> Option<Referred<'t, 'a>> {
        if let Some(resource) = self.resource(address) {
            return Some(Referred::Written(resource));
        }
        let made = self.made.get(address)?;
        Some(Referred::Made(made, self.resources.get(made.owner)?))
    }

    /// The resource of a logical id, if it is written.
    pub(in crate::walk::cloudformation) fn resource<'t>(&'t self, address: &str) -> Option<&'t Resource<'a>> {
        self.by_address.get(address).and_then(|index| self.resources.get(*index))
    }

    fn add_resource(&mut self, (address, member, scope): Written<'a>, place: &Place, names: Option<&Names>) {
        let Some(written) = member.value.get("Type").and_then(Node::as_str) else { return };
        let sam = kind(&written);
        let construct = construct_path(&member.value)
            .map(Cow::Owned)
            .or_else(|| names?.get(&address).map(|path| Cow::Borrowed(path.as_str())));
        let shown = match construct {
            Some(path) => path.strip_suffix("/Resource").unwrap_or(&path).into(),
            None => format!("{}{address}", place.prefix).into(),
        };
        let address: Arc<str> = address.into();
        self.by_address.insert(Arc::clone(&address), self.resources.len());
        self.resources.push(Resource {
            address,
            shown,
            type_name: sam.map_or(written.as_str(), |kind| kind.makes).into(),
            sam,
            span: member.key_span,
            body: member.key_span.join(member.value.span).unwrap_or(member.key_span),
            node: &member.value,
            scope,
        });
    }
}

/// The path of the construct that CDK made a resource from.
fn construct_path(resource: &Node) -> Option<String> {
    resource.get("Metadata")?.get("aws:cdk:path")?.as_str()
}
