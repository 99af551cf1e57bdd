//! What data sources return that is no attribute of a declared resource: who and where we are.

use std::sync::Arc;

use crate::source::Span;
use crate::value::{Because, Class, Map, Symbol, Text, Value};

/// An attribute of a data source that the table of ARNs does not tell; `None` for all others.
///
/// `unit` is the unit of the provider configuration of the data source, which is who asks.
pub(super) fn attribute(
    type_name: &str,
    _arguments: &Map,
    attribute: &str,
    unit: &str,
    _address: &str,
    span: Span,
) -> Option<Value> {
    let class = match (type_name, attribute) {
        ("data.aws_caller_identity", "account_id" | "id") => Class::Account,
        ("data.aws_partition", "partition" | "id") => Class::Partition,
        ("data.aws_partition", "dns_suffix") => Class::DnsSuffix,
        ("data.aws_region", "name" | "region" | "id") => Class::Region,
        ("data.aws_organizations_organization", "id") => Class::Organization,
        _ => return None,
    };
    let symbol = Symbol::new(class, Arc::from(unit), Because::Run);
    Some(Value::text(Text::symbol(symbol, span), span))
}
