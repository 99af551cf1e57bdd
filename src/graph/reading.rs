//! Policies read from values, and why one could not be.

use std::sync::Arc;

use super::{Graph, IdentityKind, permission};
use crate::accounts::Accounts;
use crate::accounts::normalise::{self, Unreadable};
use crate::bounds;
use crate::carriers::Step;
use crate::iam::arn::is_account_id;
use crate::iam::policy::{Item, Policy, Statement};
use crate::iam::principal::Principal;
use crate::iam::read::{self as policies, Defect, DefectKind};
use crate::parse::json;
use crate::source::Span;
use crate::value::{Answer, Because, Kind, Map, Operand, OriginKind, Presence, Symbol, Text, Value, Words};

/// Reads a policy from a value: accounts put in, JSON text read, alternatives joined.
pub(super) fn read(value: &Value, accounts: &Accounts) -> Result<Policy, Unreadable> {
    let value = normalise::document(value.clone(), accounts)?;
    match &value.kind {
        Kind::Choice(alternatives) => {
            let mut joined: Option<Policy> = None;
            let each = policies::alternatives(alternatives, &Presence::of(Answer::Yes));
            for (alternative, present) in each
                .into_iter()
                .filter(|(one, _)| !one.is_unset() && !one.as_str().is_some_and(|text| text.is_empty()))
            {
                let mut policy = read_one(alternative, &present)?;
                match &mut joined {
                    Some(joined) => {
                        let numbers =
                            policy.defects.iter_mut().filter_map(|defect| defect.statement.as_mut());
                        numbers.for_each(|number| *number += joined.statements.len());
                        joined.statements.extend(policy.statements);
                        joined.open |= policy.open;
                        joined.defects.extend(policy.defects);
                    }
                    None => joined = Some(policy),
                }
            }
            joined.ok_or_else(|| Unreadable::new(value.span, "no policy is left of it"))
        }
        _ => read_one(&value, &Presence::of(Answer::Yes)),
    }
}

/// The names of statements that IAM refuses in its own policies; other services take spaces and the like.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html>
pub(super) fn misnamed(policy: &Policy) -> Vec<Defect> {
    let wrong = policy.statements.iter().enumerate().filter_map(|(number, statement)| {
        let sid = statement.sid.as_ref()?;
        let written = sid.as_literal().filter(|sid| !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()))?;
        let message = format!("a `Sid` of IAM has letters and digits only, not `{written}`");
        let defect = Defect::new(DefectKind::Value, sid.pieces().first()?.span, message);
        let fix = policies::OF_SID;
        let (present, when) = (statement.present, statement.when.clone());
        Some(Defect { statement: Some(number), present, when, fix: fix.into(), ..defect })
    });
    wrong.collect()
}

/// Reads principals of a snapshot that are an account ID and nothing else, which no template may write and AWS Lambda shows for the
/// account of a permission.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html#lambda-AddPermission-request-Principal>
pub(super) fn read_bare_accounts(policy: &mut Policy) {
    let clauses = policy.statements.iter_mut().filter_map(|statement| statement.principals.as_mut());
    for item in clauses.flat_map(|clause| &mut clause.items).filter(|item| item.kind.is_empty()) {
        if item.text.as_literal().is_some_and(|text| is_account_id(&text)) {
            item.value = Principal::Account { account: item.text.clone() };
            item.kind = "AWS";
        }
    }
}

/// Reads principals that are written by the ID that AWS made for them, where a snapshot says whose it is.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
pub(super) fn read_unique_ids(policy: &mut Policy, graph: &Graph) {
    let clauses = policy.statements.iter_mut().filter_map(|statement| statement.principals.as_mut());
    for item in clauses.flat_map(|clause| &mut clause.items) {
        let Principal::UniqueId(unique) = &item.value else { continue };
        let id = unique.as_literal().and_then(|unique| graph.names.identity_of_unique_id(&unique));
        let Some(identity) = id.map(|id| &graph.identities[id]) else { continue };
        let (arn, account) = (identity.arn.shown_at(item.span), Text::clone(&identity.account));
        let name = arn.splitn(6, ':').pop().map(|named| named.splitn(2, '/')).and_then(|mut it| it.pop());
        let Some(name) = name else { continue };
        item.value = match identity.kind {
            IdentityKind::Role => Principal::Role { account, name },
            IdentityKind::User => Principal::User { account, name },
            IdentityKind::Group => continue,
        };
        item.text = arn;
    }
}

/// The property that a path begins with and goes on into, read when it is a text with JSON in it: the definition of a state
/// machine, the description of an API.
pub(super) fn text_read(properties: &Map, path: &[Step]) -> Option<Map> {
    let [Step::Property(name), _, ..] = path else { return None };
    let value = properties.get(name)?;
    let Kind::Text(text) = &value.kind else { return None };
    let mut read = Map::default();
    read.insert(name, value.span, json::value_from_text(text, value.span).ok()?);
    Some(read)
}

/// Whether a path goes into the description of an API, which may be a text that cannot be read, in a file that is not there.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/openapi-extensions-policy.html>
pub(super) fn is_in_description(path: &[Step]) -> bool {
    path.last() == Some(&Step::Property("x-amazon-apigateway-policy"))
}

/// Whether a policy that is attached to nothing is one of a role: all that it is about is STS, of which no resource has a policy.
/// One that lists resources is such a policy too, if not a valid one.
pub(super) fn is_trust(policy: &Policy) -> bool {
    let assumes = |action: &Item<Text>| action.text.begins_with_folded("sts:");
    let trusts =
        |statement: &Statement| statement.principals.is_some() && statement.actions.items.iter().all(assumes);
    !policy.statements.is_empty() && policy.statements.iter().all(trusts)
}

/// The service of a policy's first action.
pub(super) fn service_of(policy: &Policy) -> Arc<str> {
    let first = policy.statements.iter().flat_map(|statement| &statement.actions.items).next();
    let action = first.map(|item| item.text.to_string()).unwrap_or_default();
    Arc::from(action.split_once(':').map_or("", |(service, _)| service).to_ascii_lowercase())
}

fn read_one(value: &Value, present: &Presence) -> Result<Policy, Unreadable> {
    if let Kind::Unknown(symbol) = &value.kind {
        return Err(hanging_on(symbol, value.span));
    }
    if let Kind::Text(text) = &value.kind {
        return Err(match text.symbols().next() {
            Some(symbol) => hanging_on(symbol, value.span),
            None => Unreadable::new(value.span, "it is not a policy document"),
        });
    }
    // EventBridge takes a statement of a bus without the document around it:
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-events-eventbuspolicy.html
    let bare =
        value.as_map().is_some_and(|map| map.get("Statement").is_none() && map.get("Effect").is_some());
    let policy = if bare {
        Policy::read_as(&permission::whole(value.clone()), present)
    } else {
        Policy::read_as(value, present)
    };
    policy.ok_or_else(|| Unreadable::new(value.span, "it is not a policy document"))
}

fn hanging_on(symbol: &Symbol, span: Span) -> Unreadable {
    Unreadable { because: Some(symbol.because), ..Unreadable::new(span, depends_on(symbol)) }
}

/// Why a policy is not known, when it is this symbol. Names stand in backticks, descriptions do not.
fn depends_on(symbol: &Symbol) -> String {
    let origin = &symbol.origin;
    match origin.kind() {
        OriginKind::Circular => return "it depends on itself".to_owned(),
        OriginKind::TooLarge => return "it is too large to be evaluated".to_owned(),
        OriginKind::Described(text) => return format!("it depends on {text}"),
        _ if origin.is_nameless() => return format!("it depends on {}", origin.shown()),
        _ => {}
    }
    let shown = origin.shown_without_address();
    match origin.whole().kind() {
        OriginKind::Derived { function, operands } if is_of_file(function) => {
            if let Some(Operand::Text(file)) = operands.first() {
                return missing(file);
            }
            call(function, shown)
        }
        OriginKind::Derived { function, .. } | OriginKind::Returned(function) if !is_operator(function) => {
            call(function, shown)
        }
        OriginKind::Ran { function, .. } => call(function, shown),
        OriginKind::Output { .. } if symbol.because == Because::Module => {
            format!("`{shown}` comes from a module that is not in the project")
        }
        _ if symbol.because == Because::Bound => {
            format!("`{shown}` depends on itself or is too large to be evaluated")
        }
        _ => {
            let is_input = matches!(origin.whole().kind(), OriginKind::Named { .. });
            format!("`{shown}` {}", without_value(symbol.because, is_input))
        }
    }
}

/// Why a name has no value, as the end of a sentence.
fn without_value(because: Because, is_input: bool) -> &'static str {
    match because {
        Because::Input if is_input => "has no value",
        Because::Undeclared => "is not declared",
        Because::Remote => "comes from outside the project",
        _ => "is known only at deployment",
    }
}

/// A value that a function returns. Nobody reads all that goes in.
fn call(function: &str, shown: &str) -> String {
    if shown.len() > bounds::SHOWN_CALL {
        format!("the result of `{function}(…)` is not known")
    } else {
        format!("the result of `{shown}` is not known")
    }
}

fn is_of_file(function: &str) -> bool {
    matches!(function, "file" | "templatefile")
}

fn is_operator(function: &str) -> bool {
    !function.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// A file that is not there, or whose name hangs on something.
fn missing(file: &Words) -> String {
    match file.as_literal() {
        Some(_) => format!("the file `{}` was not found", file.shown_as_path()),
        None => format!("the name of the file `{}` is not known", file.shown_as_path()),
    }
}
