//! SAM: what its resources are made into, as far as that carries access.
//!
//! SAM is a macro: its resources become ordinary ones, and with them roles, permissions and policies that
//! nobody wrote. Everything here says what the transformation says, so that the rest of the program needs to
//! know nothing of SAM.
//!
//! <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html>

mod api;
mod build;
mod connectors;
mod event;
mod events;
mod expanded;
mod globals;
mod kinds;
mod machines;
pub(super) mod made;
mod policies;
pub(super) mod properties;
mod pull;
pub(super) mod reader;
pub(super) mod references;
mod results;
mod role;
pub(super) mod template;

use self::expanded::Expanded;
use self::reader::Reader;
use self::template::{Names, Resource, Template};
use super::language::parameters::Given;
use super::language::place::Place;
use super::language::sections::Sections;
use crate::parse::Node;

/// Reads a template, with the ids of what SAM makes.
pub(super) fn read<'a>(
    root: &'a Node,
    given: &'a Given,
    place: &Place,
    names: Option<&Names>,
) -> Template<'a> {
    let mut template = Template::new(Sections::read(root, given, place), place, names);
    made::add_made(&mut template);
    template
}

/// What SAM makes of a resource besides the resource itself.
pub(super) fn expanded(on: &Reader<'_>, resource: &Resource<'_>) -> Vec<Expanded> {
    let Some(kind) = resource.sam else {
        // Ordinary resources may have connectors too.
        return connectors::embedded(on, resource);
    };
    let mut found = match kind.section() {
        "Function" => function(on, resource),
        "StateMachine" => machines::expanded(on, resource),
        "Connector" => connectors::written(on, resource),
        _ => Vec::new(),
    };
    found.extend(connectors::embedded(on, resource));
    found
}

fn function(on: &Reader<'_>, resource: &Resource<'_>) -> Vec<Expanded> {
    let mut events = events::of_function(on, resource);
    let invoked = results::destinations(on, resource, &mut events.resources);
    let mut found = Vec::new();
    let made = role::makes_role(on, resource);
    if !made.is_no() {
        let build = build::Build::new(on, resource.span);
        let properties = role::of_function(&build, resource, &events.grants, invoked);
        found.push(Expanded {
            address: format!("{}Role", resource.address),
            type_name: "AWS::IAM::Role",
            span: resource.span,
            present: made,
            properties,
        });
    }
    found.extend(events.resources);
    found.extend(results::url(on, resource));
    found
}
