//! Policies that are written as fields and not as a document, as the older provider of Crossplane has them.
//!
//! <https://github.com/crossplane-contrib/provider-aws/blob/master/apis/common/v1beta1/policy.go>

use super::values::{same, value};
use crate::parse::{Member, Node};
use crate::source::Span;
use crate::value::{Because, Class, Map, Origin, Symbol, Text, UnitKey, Value};

/// The document that fields say; `None` when they say none.
pub(super) fn document(node: &Node, unit: &UnitKey) -> Option<Value> {
    let statements = node.get("statements")?;
    let mut document = Map::default();
    if let Some(version) = node.get("version") {
        document.insert("Version", version.span, value(version, unit, &same));
    }
    let each = statements.items().iter().map(|statement| self::statement(statement, unit)).collect();
    document.insert("Statement", statements.span, Value::list(each, statements.span));
    Some(map(document, node.span))
}

fn map(map: Map, span: Span) -> Value {
    Value::new(crate::value::Kind::Map(map), span)
}

fn statement(node: &Node, unit: &UnitKey) -> Value {
    let mut statement = Map::default();
    for Member { key, key_span, value: field } in node.members() {
        let name = match &**key {
            "sid" => "Sid",
            "effect" => "Effect",
            "action" => "Action",
            "notAction" => "NotAction",
            "resource" => "Resource",
            "notResource" => "NotResource",
            "principal" => "Principal",
            "notPrincipal" => "NotPrincipal",
            "condition" => "Condition",
            other => other,
        };
        let said = match name {
            "Principal" | "NotPrincipal" => principals(field, unit),
            "Condition" => conditions(field, unit),
            _ => value(field, unit, &same),
        };
        statement.insert(name, *key_span, said);
    }
    map(statement, node.span)
}

fn principals(node: &Node, unit: &UnitKey) -> Value {
    if node.get("allowAnon").and_then(Node::as_str).is_some_and(|word| word == "true") {
        return Value::literal("*", node.span);
    }
    let mut all = Map::default();
    for Member { key, key_span, value: field } in node.members() {
        match &**key {
            "awsPrincipals" => {
                let each = field.items().iter().map(|one| aws(one, unit)).collect();
                all.insert("AWS", *key_span, Value::list(each, field.span));
            }
            "service" => all.insert("Service", *key_span, value(field, unit, &same)),
            "federated" => all.insert("Federated", *key_span, value(field, unit, &same)),
            _ => {}
        }
    }
    map(all, node.span)
}

fn aws(node: &Node, unit: &UnitKey) -> Value {
    let written = ["iamRoleArn", "iamUserArn", "awsAccountId"].into_iter().find_map(|key| node.get(key));
    written.map_or_else(
        || {
            let of_another = Origin::named(unit, "principal of another manifest");
            Value::unknown(Symbol::new(Class::Opaque, of_another, Because::Lookup), node.span)
        },
        |written| value(written, unit, &same),
    )
}

fn conditions(node: &Node, unit: &UnitKey) -> Value {
    let mut all = Map::default();
    for operator in node.items() {
        let Some(name) = operator.get("operatorKey") else { continue };
        let mut keys = Map::default();
        for condition in operator.get("conditions").map_or(&[][..], Node::items) {
            let Some(key) = condition.get("key").and_then(|key| Some((key.as_str()?, key.span))) else {
                continue;
            };
            let wanted = condition.members().iter().find(|member| member.key.ends_with("Value"));
            if let Some(wanted) = wanted {
                keys.insert(&key.0, key.1, value(&wanted.value, unit, &same));
            }
        }
        let name = Text::literal(name.as_str().unwrap_or_default(), name.span);
        all.insert(&name.to_string(), name.span().unwrap_or(operator.span), map(keys, operator.span));
    }
    map(all, node.span)
}
