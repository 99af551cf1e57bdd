//! The loops around a place.

use std::sync::Arc;

use crate::value::Text;

/// The identifiers of the loops around a place and what they stand for, the innermost last.
pub(in crate::walk::cloudformation) type Scope = Arc<[(Arc<str>, Text)]>;

/// A scope with one more identifier.
pub(super) fn bound(scope: &Scope, identifier: &str, text: Text) -> Scope {
    scope.iter().cloned().chain([(identifier.into(), text)]).collect()
}

/// A key with the identifiers of loops replaced: `${Name}`, and `&{Name}`, which drops what is not
/// alphanumeric.
pub(in crate::walk::cloudformation) fn replace(key: &str, scope: &[(Arc<str>, Text)]) -> String {
    let mut key = key.to_owned();
    for (identifier, text) in scope {
        let Some(item) = text.as_literal() else { continue };
        key = key.replace(&format!("${{{identifier}}}"), &item);
        let plain: String = item.chars().filter(char::is_ascii_alphanumeric).collect();
        key = key.replace(&format!("&{{{identifier}}}"), &plain);
    }
    key
}
