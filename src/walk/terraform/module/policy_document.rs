//! `data "aws_iam_policy_document"`: the document that the provider makes of it.
//!
//! The document is made as the provider makes it: source documents in their order, the statements of the block,
//! overriding documents in their order; a statement with the `Sid` of an earlier one takes its place. What
//! Terraform refuses (a `Sid` twice, an argument that is none, `&{` in a document of the old version) is not known, because nothing is
//! deployed. The order of the values in a list, which the provider sorts, is kept as written; it has no meaning.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document>

mod block;
mod clauses;
mod merge;
mod source;
#[cfg(test)]
mod tests;

pub(crate) use self::block::STATEMENT;
use self::merge::Merged;
use crate::source::Span;
use crate::value::{Because, Class, Kind, Map, Symbol, Value};

/// Why Terraform refuses to make the document.
#[derive(Debug)]
struct Refused(String);

/// The `json` attribute, from the arguments and blocks of the data source, whose header is at `span`.
pub(crate) fn document(properties: &Map, span: Span) -> Value {
    match merged(properties, span) {
        Ok(document) => {
            let document = Value::new(Kind::Map(document), span);
            Value::new(Kind::Json(document.into()), span)
        }
        Err(Refused(reason)) => Value::unknown(Symbol::new(Class::Opaque, reason, Because::Expression), span),
    }
}

fn merged(properties: &Map, span: Span) -> Result<Map, Refused> {
    let mut own = block::own(properties, span)?;
    let mut merged = Merged::new(&mut own);
    for name in ["source_json", "source_policy_documents"] {
        for document in source::documents(properties.get(name)) {
            merged.add_source(document)?;
        }
    }
    merged.add_own(own)?;
    for name in ["override_policy_documents", "override_json"] {
        for document in source::documents(properties.get(name)) {
            merged.add_override(document);
        }
    }
    Ok(merged.finish(span))
}

/// The value, which may be missing.
fn perhaps(value: Value) -> Value {
    if value.alternatives().iter().any(Value::is_unset) {
        return value;
    }
    let span = value.span;
    Value::choice([value, Value::new(Kind::Absent, span)], span)
}
