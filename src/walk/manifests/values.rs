//! What stands in a manifest as a value.

use crate::parse::{Node, NodeKind};
use crate::source::Span;
use crate::value::{
    Because, Class, Entry, Kind, List, Map, Name, Origin, PieceKind, Symbol, Text, UnitKey, Value,
};

/// The value of a node, with what tools fill in as symbols. As deep as the document. `key` makes a name of Terraform of a key.
pub(super) fn value(node: &Node, unit: &UnitKey, key: &impl Fn(&str) -> String) -> Value {
    let kind = match &node.kind {
        NodeKind::Null => Kind::Null,
        NodeKind::Bool(value) => Kind::Bool(*value),
        NodeKind::Number(digits) => Kind::Number(digits.as_ref().into()),
        NodeKind::String(parts) => {
            let mut text = Text::default();
            for (part, span) in parts.iter(node.span) {
                filled(part, span, unit, &mut text);
            }
            Kind::Text(text)
        }
        NodeKind::List(items) => {
            Kind::List(List { items: items.iter().map(|item| value(item, unit, key)).collect(), open: false })
        }
        NodeKind::Map(members) => {
            let entries = members.iter().map(|member| Entry {
                key: Name::word(key(&member.key)),
                key_span: member.key_span,
                value: value(&member.value, unit, key),
            });
            Kind::Map(Map { entries: entries.collect(), open: false })
        }
    };
    Value::new(kind, node.span)
}

/// Cuts a text at what is filled in before it is applied: `${NAME}` and `$NAME` as Flux and `envsubst` know them, and what stands
/// in pointed brackets for people. What has a colon in it, as `${aws:username}`, belongs to the policy.
///
/// <https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution>
fn filled(text: &str, span: Span, unit: &UnitKey, out: &mut Text) {
    let exact = span.len() == text.len();
    let place = |from: usize, to: usize| if exact { span.part(from, to) } else { span };
    let (mut at, mut literal) = (0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(['$', '<'])).map(|found| at + found) {
        let rest = text.get(found..).unwrap_or_default();
        let Some((length, name)) = placeholder(rest) else {
            at = found + 1;
            continue;
        };
        out.push_str(text.get(literal..found).unwrap_or_default(), place(literal, found));
        let symbol = Symbol::new(Class::Keyed, Origin::named(unit, name), Because::Input);
        out.push(PieceKind::Symbol(symbol), place(found, found + length));
        at = found + length;
        literal = at;
    }
    out.push_str(text.get(literal..).unwrap_or_default(), place(literal, text.len()));
}

/// What is filled in at the beginning of a text: how long it is, and its name.
fn placeholder(text: &str) -> Option<(usize, &str)> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = |name: &str| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if let Some(inner) = text.strip_prefix('<') {
        let name = inner.get(..inner.find('>')?)?;
        let is_name = begins(name) && !name.contains(['<', '"', '\n', '{', ',', ':']);
        return is_name.then_some((name.len() + 2, name));
    }
    let inner = text.strip_prefix('$')?;
    if let Some(inner) = inner.strip_prefix('{') {
        let whole = inner.get(..inner.find('}')?)?;
        // `${NAME:=default}` has a default, which need not hold.
        let name = whole.split([':', '-', '=']).next().filter(|name| begins(name))?;
        let is_default = whole == name
            || whole
                .get(name.len()..)
                .is_some_and(|rest| rest.starts_with([':', '-', '=']) && rest.contains(['=', '-']));
        return (name.chars().all(is_of_name) && is_default).then_some((whole.len() + 3, name));
    }
    let length = inner.find(|c| !is_of_name(c)).unwrap_or(inner.len());
    let name = inner.get(..length)?;
    (begins(name) && name.chars().all(|c| !c.is_ascii_lowercase())).then_some((length + 1, name))
}

/// A key as it is.
pub(super) fn same(key: &str) -> String {
    key.to_owned()
}

/// `assumeRolePolicy` as `assume_role_policy`.
pub(super) fn snake(key: &str) -> String {
    let mut out = String::with_capacity(key.len() + 4);
    for character in key.chars() {
        if character.is_ascii_uppercase() {
            if !out.is_empty() {
                out.push('_');
            }
            out.push(character.to_ascii_lowercase());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_in_is_told_from_variables_of_policies() {
        assert_eq!(placeholder("${ACCOUNT_ID}:x"), Some((13, "ACCOUNT_ID")));
        assert_eq!(placeholder("${id:=1}"), Some((8, "id")));
        assert_eq!(placeholder("$ROLE_ARN\""), Some((9, "ROLE_ARN")));
        assert_eq!(placeholder("<bucket name>/*"), Some((13, "bucket name")));
        for literal in ["${aws:username}", "$", "$a", "<", "< 5", "${}", "<a\": \"b>", "${*}"] {
            assert_eq!(placeholder(literal), None, "{literal}");
        }
    }

    #[test]
    fn arguments_are_named_as_in_terraform() {
        assert_eq!(snake("managedPolicyArns"), "managed_policy_arns");
        assert_eq!(snake("RolePolicy"), "role_policy");
    }
}
