//! Policy documents in a file: the file itself, or what the command line of AWS takes and prints, lists and maps of documents.

use super::binding::{Content, IdentityKind, Target, What};
use crate::bounds;
use crate::parse::json;
use crate::source::Span;
use crate::value::{Entry, Kind, Map, Text, Value};

/// A document, and what stands around it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) content: Content,
    /// What it is for, when that is said beside it.
    pub(super) what: Option<What>,
    /// What it is of.
    pub(super) target: Target,
}

/// Members of what other readers know as a whole account: what lies in them is read there.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
const OF_ACCOUNTS: [&str; 5] =
    ["RoleDetailList", "UserDetailList", "GroupDetailList", "configurationItems", "baseConfigurationItems"];

/// All documents of a file.
pub(super) fn found(file: Value) -> Vec<Found> {
    let mut all = Vec::new();
    match file.kind {
        Kind::List(list) if list.items.iter().all(is_policy) => {
            all.extend(list.items.into_iter().map(plain));
        }
        Kind::Map(_) => look(file, bounds::WRAPPERS, &mut all),
        _ => {}
    }
    all
}

/// Whether a value is a policy document: its `Statement` is made of objects with an `Effect`. Policies of stacks are written alike
/// and say who may do nothing.
pub(super) fn is_policy(value: &Value) -> bool {
    let Some(map) = value.as_map() else { return false };
    let Some(statement) = map.get("Statement") else { return false };
    let is_statement = |one: &Value| one.as_map().is_some_and(|map| map.get("Effect").is_some());
    let templated = map.get("Resources").is_some() || map.get("AWSTemplateFormatVersion").is_some();
    let of_list =
        statement.as_list().is_some_and(|list| !list.items.is_empty() && list.items.iter().all(is_statement));
    !templated && (is_statement(statement) || of_list) && !is_of_stack(value)
}

/// Whether a document says which resources of a stack may be updated: all that it names are such updates.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html>
fn is_of_stack(document: &Value) -> bool {
    let is_update = |action: &Value| {
        let name = action.as_str();
        name.and_then(|name| name.get(..7).map(|start| start.eq_ignore_ascii_case("Update:"))) == Some(true)
    };
    let updates = |statement: &Map| {
        let actions = statement.get("Action").or_else(|| statement.get("NotAction"));
        actions.is_some_and(|actions| match actions.as_list() {
            Some(list) => !list.items.is_empty() && list.items.iter().all(is_update),
            None => is_update(actions),
        })
    };
    let all = statements(document);
    !all.is_empty() && all.into_iter().all(updates)
}

/// The statements of a document.
pub(super) fn statements(document: &Value) -> Vec<&Map> {
    let Some(statement) = document.as_map().and_then(|map| map.get("Statement")) else { return Vec::new() };
    match statement.as_list() {
        Some(list) => list.items.iter().filter_map(Value::as_map).collect(),
        None => statement.as_map().into_iter().collect(),
    }
}

fn plain(document: Value) -> Found {
    Found { content: Content::Document(document), what: None, target: Target::Unknown }
}

fn look(whole: Value, depth: usize, all: &mut Vec<Found>) {
    if is_policy(&whole) {
        return all.push(plain(whole));
    }
    let Kind::Map(map) = whole.kind else { return };
    if depth == 0 || OF_ACCOUNTS.iter().any(|name| map.get(name).is_some()) {
        return;
    }
    // A map of documents by their names.
    if !map.entries.is_empty() && map.entries.iter().all(|entry| is_policy(&entry.value)) {
        let named = |entry: &Entry| {
            entry
                .key
                .as_literal()
                .is_some_and(|key| key == "AssumeRolePolicyDocument" || key == "PolicyDocument")
        };
        if !map.entries.iter().any(named) {
            return all.extend(map.entries.into_iter().map(|entry| plain(entry.value)));
        }
    }
    let around =
        Around { holder: holder(&map), resource: resource(&map), organization: of_organization(&map) };
    for entry in map.entries {
        let Some(key) = entry.key.as_literal() else { continue };
        match &*key {
            "AssumeRolePolicyDocument" => all.extend(around.found(entry.value, Some(What::Trust))),
            "PolicyDocument" | "Document" => {
                let what = around.holder.as_ref().map(|_| What::Identity);
                all.extend(around.found(entry.value, what));
            }
            "Policy" | "policy" | "policyText" | "PolicyText" | "ResourcePolicy" | "Content" => {
                match &entry.value.kind {
                    Kind::Map(_) if !is_policy(&entry.value) => look(entry.value, depth - 1, all),
                    _ => all.extend(around.found(entry.value, around.organization)),
                }
            }
            "PermissionsBoundary" if around.holder.is_some() => {
                let arn = entry.value.as_text().filter(|arn| arn.begins_with("arn:"));
                let content = arn.map(Content::Managed);
                let what = Some(What::Boundary);
                all.extend(content.map(|content| Found { content, what, target: around.target() }));
            }
            "Role" | "User" | "Group" | "PolicyVersion" | "Attributes" => look(entry.value, depth - 1, all),
            _ => {}
        }
    }
}

/// What stands beside documents.
struct Around {
    holder: Option<(IdentityKind, String)>,
    resource: Option<Text>,
    organization: Option<What>,
}

impl Around {
    fn target(&self) -> Target {
        let holder = self.holder.as_ref().map(|(kind, name)| Target::Identity(*kind, name.to_owned()));
        let resource = || self.resource.as_ref().map(|arn| Target::Resource(arn.joined().into_owned()));
        holder.or_else(resource).unwrap_or(Target::Unknown)
    }

    /// A document that is written out or as a text.
    fn found(&self, value: Value, what: Option<What>) -> Option<Found> {
        let read = match &value.kind {
            Kind::Text(text) if text.begins_with("{") => json::value_from_text(text, value.span).ok()?,
            _ => value,
        };
        is_policy(&read).then(|| Found { content: Content::Document(read), what, target: self.target() })
    }
}

fn name(map: &Map, key: &str) -> Option<(String, Span)> {
    let value = map.get(key)?;
    let name = value.as_str().filter(|name| !name.trim().is_empty())?;
    Some((name.into_owned(), value.span))
}

/// The identity that stands beside a document.
fn holder(map: &Map) -> Option<(IdentityKind, String)> {
    let kinds = [
        ("RoleName", IdentityKind::Role),
        ("UserName", IdentityKind::User),
        ("GroupName", IdentityKind::Group),
    ];
    kinds.into_iter().find_map(|(key, kind)| Some((kind, name(map, key)?.0)))
}

/// The resource that stands beside its policy.
fn resource(map: &Map) -> Option<Text> {
    if let Some((bucket, span)) = name(map, "Bucket") {
        return Some(Text::literal(format!("arn:aws:s3:::{bucket}"), span));
    }
    let mut named = ["ResourceArn", "TopicArn", "SecretId", "KeyId"].into_iter();
    let (arn, span) = named.find_map(|key| name(map, key))?;
    arn.starts_with("arn:").then(|| Text::literal(arn, span))
}

/// What kind of policy of an organization it is, when that stands beside it.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html>
fn of_organization(map: &Map) -> Option<What> {
    match map.get("Type")?.as_str()?.as_ref() {
        "SERVICE_CONTROL_POLICY" => Some(What::ServiceControl),
        "RESOURCE_CONTROL_POLICY" => Some(What::ResourceControl),
        _ => None,
    }
}
