//! Inputs that a stand-in does not understand, as two variables which no call sets.

use super::blocks::{Module, literal};
use crate::parse::hcl::{Attribute, Block, ExpressionKind};
use crate::value::{Because, Value};
use crate::walk::terraform::language::unknown::opaque;

/// The variables of a stand-in that tell whether the call has inputs which it does not understand: an empty list, or
/// not known. `unnamed` is about those that it does not name at all; `unmodelled` also about those that it lists as
/// `undescribed`, unless they are switched off.
const OPEN: [&str; 2] = ["unmodelled", "unnamed"];

/// The arguments of a call that are no inputs.
///
/// <https://developer.hashicorp.com/terraform/language/block/module>
const META_ARGUMENTS: [&str; 6] = ["source", "version", "count", "for_each", "providers", "depends_on"];

/// The name of a variable that no call sets, because it says what else the call sets.
pub(super) fn open_variable(name: &str) -> Option<&'static str> {
    OPEN.into_iter().find(|open| *open == name)
}

/// The value of one of [`OPEN`] for a call.
pub(super) fn open(module: &Module<'_>, call: &Block, variable: &str) -> Value {
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
