//! The loops around a place.

use std::sync::Arc;

use crate::value::Text;

/// The identifiers of the loops around a place and what they stand for, the innermost last.
pub(in crate::walk::cloudformation) type Scope = Vec<(Arc<str>, Text)>;

/// A scope with one more identifier.
pub(super) fn bound(scope: &Scope, identifier: &str, text: Text) -> Scope {
    let mut scope = scope.clone();
    scope.push((identifier.into(), text));
    scope
}

/// A key with the identifiers of loops replaced: `${Name}`, and `&{Name}`, which drops what is not
/// alphanumeric.
pub(in crate::walk::cloudformation) fn replace(key: &str, scope: &Scope) -> String {
    let mut key = key.to_owned();
    for (identifier, text) in scope {
        let Some(item) = text.as_literal() else { continue };
        key = key.replace(&format!("${{{identifier}}}"), &item);
        let plain: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
        key = key.replace(&format!("&{{{identifier}}}"), &plain);
    }
    key
}
