//! Stand-ins: small modules that say what well-known modules of registries make for access.
//!
//! A module of a registry is not in the project, and nothing is fetched. What many projects call is described under
//! `data/modules/`, in our own words and only as far as it matters for access: which roles, policies and resources
//! a call makes of its inputs, and what its outputs are. A call is then evaluated as if that were the module.
//! Everything that is written in a stand-in is placed at the call, so a finding points into the project: at the
//! argument that holds a value, or else at the call.
//!
//! A stand-in names all inputs that it understands; `local.without_effect` lists those without effect on access.
//! Others are left open: `var.unmodelled` is then not known, and what it is used for may have more than is written.
//!
//! <https://developer.hashicorp.com/terraform/language/modules/sources>

mod source;
mod table;

use rayon::prelude::*;

use self::source::Wanted;
use crate::parse::hcl::{self, Attribute, Block, Body, ExpressionKind};
use crate::source::Span;
use crate::value::{Because, Kind, Piece, Text, Value};
use crate::walk::terraform::language::unknown::opaque;
use crate::walk::terraform::module::blocks::{Module, literal, literal_argument};

/// The variables of a stand-in that tell whether the call has inputs which it does not understand: an empty list, or
/// not known. `unnamed` is about those that it does not name at all; `unmodelled` also about those that it lists as
/// `undescribed`, unless they are switched off.
const OPEN: [&str; 2] = ["unmodelled", "unnamed"];

/// The arguments of a call that are no inputs.
///
/// <https://developer.hashicorp.com/terraform/language/block/module>
const META_ARGUMENTS: [&str; 6] = ["source", "version", "count", "for_each", "providers", "depends_on"];

/// What stands for the module of one call.
pub(crate) struct StandIn {
    /// The place of the call.
    pub(crate) call: Span,
    body: Body,
}

impl StandIn {
    pub(crate) fn module(&self) -> Module<'_> {
        let mut module = Module::new("", [&self.body]);
        module.shown_at = Some(self.call);
        module.is_stand_in = true;
        module
    }
}

/// What stands for the modules of the calls in these files.
pub(crate) fn of_calls<'b>(bodies: impl Iterator<Item = &'b Body>) -> Vec<StandIn> {
    let calls = bodies.flat_map(|body| &body.blocks).filter(|block| &*block.kind.value == "module");
    let calls: Vec<&Block> = calls.collect();
    calls.into_par_iter().filter_map(of_call).collect()
}

fn of_call(call: &Block) -> Option<StandIn> {
    let source = literal_argument(&call.body, "source")?;
    let version = literal_argument(&call.body, "version");
    let text = table::find(&Wanted::parse(&source, version.as_deref())?)?;
    let body = hcl::parse_placed(&text, call.header).ok()?;
    Some(StandIn { call: call.span, body })
}

/// A text that an output is made of, shown at `place`, where the output is named, as far as it is written in a module
/// that is shown at `call`.
pub(crate) fn shown_at(value: Value, call: Span, place: Span) -> Value {
    let Kind::Text(text) = &value.kind else { return value };
    let mut shown = Text::default();
    for piece in text.pieces() {
        let span = if piece.span == call { place } else { piece.span };
        shown.push_piece(Piece { span, ..piece.clone() });
    }
    let span = if value.span == call { place } else { value.span };
    Value { kind: Kind::Text(shown), span, via: value.via }
}

/// The name of a variable that no call sets, because it says what else the call sets.
pub(crate) fn open_variable(name: &str) -> Option<&'static str> {
    OPEN.into_iter().find(|open| *open == name)
}

/// The value of one of [`OPEN`] for a call.
pub(crate) fn open(module: &Module<'_>, call: &Block, variable: &str) -> Value {
    let without_effect = named(module, "without_effect");
    let undescribed = named(module, "undescribed");
    let mut inputs: Vec<&Attribute> = (call.body.attributes.iter())
        .filter(|input| !matches!(input.value.kind, ExpressionKind::Null))
        .filter(|input| {
            let name = &*input.name.value;
            let is_off = matches!(input.value.kind, ExpressionKind::Bool(false));
            let understood =
                module.variables.contains_key(name) || without_effect.iter().any(|it| it == name);
            let listed = undescribed.iter().any(|it| it == name);
            !META_ARGUMENTS.contains(&name) && !understood && !(listed && (is_off || variable == "unnamed"))
        })
        .collect();
    inputs.sort_by_key(|input| input.name.span);
    let Some(first) = inputs.first() else { return Value::list(Vec::new(), call.header) };
    let names: Vec<&str> = inputs.iter().map(|input| &*input.name.value).collect();
    opaque(&format!("what the module makes of {}", names.join(", ")), Because::Module, first.name.span)
}

/// The names that a local value of a stand-in lists.
fn named(module: &Module<'_>, local: &str) -> Vec<String> {
    let Some(ExpressionKind::List(names)) = module.locals.get(local).map(|local| &local.value.kind) else {
        return Vec::new();
    };
    names.iter().filter_map(literal).collect()
}
