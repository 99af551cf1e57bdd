//! Permissions that are one statement spread over properties, as `aws_lambda_permission` is.

use std::sync::Arc;

use super::build::Builder;
use super::{DeclarationId, Purpose, ResourceId};
use crate::carriers::{self, Carrier, Role, Step, ValueKind};
use crate::facts::Declaration;
use crate::iam::policy::Policy;
use crate::source::Span;
use crate::value::{Kind, Map, Piece, PieceKind, Text, Value};

impl Builder<'_> {
    /// Makes a document of a permission, one for each resource that it protects.
    pub(super) fn permission(
        &mut self,
        index: DeclarationId,
        declaration: &Declaration,
        carrier: &'static Carrier,
        account: &Arc<Text>,
    ) {
        let targets = match self.qualified(index, declaration, carrier, account) {
            Some(target) => vec![target],
            None => self.protected(index, declaration, carrier, account),
        };
        for target in targets {
            let arn = self.graph.resources[target].arn.clone();
            let Some(value) = statement_of(declaration, carrier, arn) else { continue };
            let purpose = Purpose::Resource(target);
            let document = self.document(index, &value, purpose, carrier.service, account);
            self.graph.resources[target].documents.extend(document);
        }
    }
}

impl Builder<'_> {
    /// The alias or version of a function that a permission is for, which has a policy of its own: it is named beside the
    /// function, or behind its name.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>
    fn qualified(
        &mut self,
        index: DeclarationId,
        declaration: &Declaration,
        carrier: &'static Carrier,
        account: &Arc<Text>,
    ) -> Option<ResourceId> {
        if !carrier.targets.iter().any(|target| FUNCTIONS.contains(target)) {
            return None;
        }
        let named = carriers::values(&declaration.properties, carrier.attach.as_ref()?);
        let named = self.graph.accounts.normalised(named.first()?.as_text()?);
        let apart =
            declaration.properties.get("qualifier").and_then(Value::as_text).filter(|it| !it.is_empty());
        let (function, qualifier) = match apart {
            Some(qualifier) => (named, self.graph.accounts.normalised(qualifier)),
            None if named.begins_with("arn:") || named.reference().is_some() => return None,
            None => {
                let mut parts = named.splitn(2, ':').into_iter();
                (parts.next()?, parts.next()?)
            }
        };
        let unit = &declaration.unit;
        let mut arn = Text::default();
        match self.meant(carrier, unit, &function).as_slice() {
            [one] => arn.append(&self.graph.resources[*one].arn),
            _ if function.begins_with("arn:") => arn = function,
            _ => return Some(self.undeclared_resource(index, carrier, account, &arn)),
        }
        arn.push_str(":", arn.span().unwrap_or(declaration.span));
        arn.append(&qualifier);
        let known = self.meant(carrier, unit, &arn);
        Some(
            known.first().copied().unwrap_or_else(|| self.undeclared_resource(index, carrier, account, &arn)),
        )
    }
}

impl Builder<'_> {
    /// The statement that the provider of Terraform adds to the policy of a function whose URL asks nobody who they are.
    /// `CloudFormation` adds none.
    ///
    /// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_function_url>
    /// <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html#urls-auth-none>
    pub(super) fn public_url(
        &mut self,
        index: DeclarationId,
        declaration: &Declaration,
        account: &Arc<Text>,
    ) {
        let properties = &declaration.properties;
        let kind = properties.get("authorization_type").filter(|it| it.as_str().as_deref() == Some("NONE"));
        let is_whole = properties.get("qualifier").is_none_or(Value::is_unset);
        let named = properties.get("function_name").filter(|_| is_whole).and_then(Value::as_text);
        let (Some(kind), Some(named)) = (kind, named) else { return };
        let named = self.graph.accounts.normalised(named);
        let map = |entries: Vec<(&str, Value)>| {
            let mut map = Map::default();
            for (key, value) in entries {
                map.insert(key, kind.span, value);
            }
            Value::new(Kind::Map(map), kind.span)
        };
        let word = |text: &'static str| Value::literal(text, kind.span);
        for target in self.called("lambda", &declaration.unit, &named) {
            let condition = map(vec![("lambda:FunctionUrlAuthType", word("NONE"))]);
            let statement = map(vec![
                ("Effect", word("Allow")),
                ("Principal", word("*")),
                ("Action", word("lambda:InvokeFunctionUrl")),
                ("Resource", word("*")),
                ("Condition", map(vec![("StringEquals", condition)])),
            ]);
            let document =
                self.document(index, &whole(statement), Purpose::Resource(target), "lambda", account);
            self.graph.resources[target].documents.extend(document);
        }
    }
}

/// The types of functions.
const FUNCTIONS: [&str; 2] = ["aws_lambda_function", "AWS::Lambda::Function"];

/// The statement a permission stands for.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>
fn statement_of(declaration: &Declaration, carrier: &Carrier, arn: Text) -> Option<Value> {
    let principal = carriers::values(&declaration.properties, &carrier.path).into_iter().next()?;
    let span = principal.span;
    let actions = ["action", "Action", "actions", "Actions"];
    let action = actions.iter().find_map(|name| declaration.properties.get(name));
    let action = action.filter(|action| !action.is_left_out()).cloned();
    // https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/cloudwatch_event_permission
    let usual = if carrier.service == "events" { "events:PutEvents" } else { "*" };
    let mut resource = Value::text(arn, declaration.span);
    if resource.as_str().is_some_and(|text| text.is_empty()) {
        resource = Value::literal("*", declaration.span);
    }
    let mut statement = Map::default();
    statement.insert("Effect", declaration.span, Value::literal("Allow", declaration.span));
    statement.insert("Principal", span, principal_of(principal));
    statement.insert("Action", span, action.unwrap_or_else(|| Value::literal(usual, span)));
    statement.insert("Resource", declaration.span, resource);
    let conditions = conditions(declaration);
    if !conditions.entries.is_empty() || conditions.open {
        statement.insert("Condition", span, Value::new(Kind::Map(conditions), span));
    }
    Some(whole(Value::new(Kind::Map(statement), declaration.body)))
}

/// That an account, as its policies say, can do something.
pub(super) fn of_account(account: &Text, what: &[(&str, &str)], span: Span) -> Option<Policy> {
    let mut root = Text::literal("arn:aws:iam::", span);
    root.append(account);
    root.push_str(":root", span);
    let mut principal = Map::default();
    principal.insert("AWS", span, Value::text(root, span));
    let mut statement = Map::default();
    statement.insert("Principal", span, Value::new(Kind::Map(principal), span));
    for (name, written) in [("Effect", "Allow")].iter().chain(what) {
        statement.insert(name, span, Value::literal(*written, span));
    }
    Policy::read(&whole(Value::new(Kind::Map(statement), span)))
}

/// A document of one statement.
pub(super) fn whole(statement: Value) -> Value {
    let span = statement.span;
    let mut document = Map::default();
    document.insert("Version", span, Value::literal("2012-10-17", span));
    document.insert("Statement", span, Value::list(vec![statement], span));
    Value::new(Kind::Map(document), span)
}

/// Whether a text is the name of a service without what follows: `s3` for `s3.amazonaws.com`.
fn is_short_service(text: &Text) -> bool {
    let is_name = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    text.as_literal().is_some_and(|name| is_name(&name))
}

/// A principal written as a bare string: a service, an account, an ARN or `*`.
fn principal_of(value: &Value) -> Value {
    match &value.kind {
        // Each alternative is of a kind of its own.
        Kind::Choice(all) => {
            let all: Vec<_> = all.iter().map(principal_of).collect();
            return Value { via: value.via.clone(), ..Value::choice(all, value.span) };
        }
        Kind::Null | Kind::Absent => return value.clone(),
        _ => {}
    }
    let text = value.as_text().unwrap_or_default();
    let dotted = |piece: &Piece| matches!(&piece.kind, PieceKind::Literal(part) if part.contains('.'));
    let value = value.clone();
    let under = if text.is_literally("*") {
        return value;
    } else if text.pieces().iter().any(dotted) && !text.begins_with("arn:") || is_short_service(&text) {
        // A service is a domain-style identifier that the service defines:
        // https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
        "Service"
    } else {
        "AWS"
    };
    let mut map = Map::default();
    let span = value.span;
    map.insert(under, span, value);
    Value::new(Kind::Map(map), span)
}

/// The conditions that stand in properties of their own, or in one block.
fn conditions(declaration: &Declaration) -> Map {
    let mut conditions = Map::default();
    let rows = carriers::carriers(&declaration.type_name);
    for row in rows.iter().filter(|row| row.role == Role::Condition) {
        let Some(Step::Property(property)) = row.path.last() else { continue };
        let awaited = declaration.properties.get(property).and_then(Value::awaited);
        for value in carriers::values(&declaration.properties, &row.path).into_iter().chain(&awaited) {
            if value.is_unset() {
                continue;
            }
            if row.value_kind == ValueKind::Block {
                add_blocks(&mut conditions, value);
            } else if let Some((operator, key)) = condition_of(property) {
                add(&mut conditions, operator, key, value, value.span);
            }
        }
    }
    conditions
}

/// Adds a condition to those of its operator: the service makes one statement of all of them.
fn add(conditions: &mut Map, operator: &str, key: &str, value: &Value, span: Span) {
    let mut keys = match conditions.take(operator).map(|it| it.kind) {
        Some(Kind::Map(keys)) => keys,
        _ => Map::default(),
    };
    keys.insert(key, span, value.clone());
    conditions.insert(operator, span, Value::new(Kind::Map(keys), span));
}

/// A condition written as a block: `type`, `key`, `value`. What cannot be read leaves the conditions open.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Condition.html>
fn add_blocks(conditions: &mut Map, value: &Value) {
    for block in value.items() {
        let part = |names: [&str; 2]| {
            let map = block.as_map()?;
            names.iter().find_map(|name| map.get(name))
        };
        let literal = |names: [&str; 2]| part(names).and_then(Value::as_str);
        match (literal(["type", "Type"]), literal(["key", "Key"]), part(["value", "Value"])) {
            (Some(operator), Some(key), Some(value)) => {
                add(conditions, &operator, &key, value, block.span);
            }
            _ => conditions.open = true,
        }
    }
}

/// The condition a property of a permission stands for.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html>
fn condition_of(property: &str) -> Option<(&'static str, &'static str)> {
    Some(match property {
        "source_arn" | "SourceArn" => ("ArnLike", "AWS:SourceArn"),
        "source_account" | "SourceAccount" => ("StringEquals", "AWS:SourceAccount"),
        "principal_org_id" | "PrincipalOrgID" | "organization_id" | "OrganizationId" => {
            ("StringEquals", "aws:PrincipalOrgID")
        }
        "function_url_auth_type" | "FunctionUrlAuthType" => ("StringEquals", "lambda:FunctionUrlAuthType"),
        "event_source_token" | "EventSourceToken" => ("StringEquals", "lambda:EventSourceToken"),
        "invoked_via_function_url" | "InvokedViaFunctionUrl" => ("Bool", "lambda:InvokedViaFunctionUrl"),
        _ => return None,
    })
}
