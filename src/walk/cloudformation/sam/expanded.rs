//! What SAM makes besides what is written.

use crate::source::Span;
use crate::value::{Answer, Map};

/// A resource that SAM makes.
pub(in crate::walk::cloudformation) struct Expanded {
    pub(in crate::walk::cloudformation) address: String,
    pub(in crate::walk::cloudformation) type_name: &'static str,
    pub(in crate::walk::cloudformation) span: Span,
    pub(in crate::walk::cloudformation) present: Answer,
    pub(in crate::walk::cloudformation) properties: Map,
}

pub(super) fn made(address: String, type_name: &'static str, span: Span, properties: Map) -> Expanded {
    Expanded { address, type_name, span, present: Answer::Yes, properties }
}
