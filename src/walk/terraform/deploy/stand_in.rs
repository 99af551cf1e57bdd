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

use self::source::Wanted;
use crate::parse::hcl::{Block, Body};
use crate::source::Span;
use crate::walk::terraform::module::blocks::{Module, literal_argument};

/// What stands for the module of one call.
pub(super) struct StandIn {
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

/// What stands for the modules of these calls.
pub(super) fn of_calls(calls: &[&Block]) -> Vec<StandIn> {
    calls.iter().filter_map(|call| of_call(call)).collect()
}

fn of_call(call: &Block) -> Option<StandIn> {
    let source = literal_argument(&call.body, "source")?;
    let version = literal_argument(&call.body, "version");
    let body = table::find(&Wanted::parse(&source, version.as_deref())?)?;
    Some(StandIn { call: call.span, body: body.placed(call.header) })
}
