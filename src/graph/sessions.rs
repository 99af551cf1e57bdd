//! Sessions that configurations ask for: what is sent beside the role, and how long they are to last.

use crate::facts::Declaration;
use crate::value::{Answer, Kind, Map, Value};

use super::links::{Chained, Sent};
use super::{DeclarationId, Graph};

/// What is sent with the request for a role: session tags, and a source identity.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required>
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html>
pub(super) fn sent(declaration: &Declaration, properties: &Map, role: &Value) -> Vec<Sent> {
    let tags = |present, span| Sent { action: "sts:TagSession", present, span };
    let block = match &*declaration.type_name {
        "aws_eks_pod_identity_association" => {
            return vec![tags(pod_tags(declaration, "disable_session_tags"), None)];
        }
        "AWS::EKS::PodIdentityAssociation" => {
            return vec![tags(pod_tags(declaration, "DisableSessionTags"), None)];
        }
        "provider.aws" | "backend.s3" => blocks(properties).into_iter().find(|block| names(block, role)),
        _ => None,
    };
    let Some(block) = block else { return Vec::new() };
    let set = |name: &str| block.get(name).filter(|value| !value.is_unset());
    let is_sent = |value: &Value| match &value.kind {
        Kind::Map(map) if map.open => Answer::Unknown,
        Kind::Map(map) => (!map.entries.is_empty()).into(),
        Kind::Text(text) if text.as_literal().is_some() => (!text.is_empty()).into(),
        _ => Answer::Unknown,
    };
    let mut all = Vec::new();
    if let Some(value) = set("tags") {
        all.push(tags(is_sent(value), Some(value.span)));
    }
    if let Some(value) = set("source_identity") {
        all.push(Sent { action: "sts:SetSourceIdentity", present: is_sent(value), span: Some(value.span) });
    }
    all
}

/// Whether EKS sends session tags: they go on to the target role, unless they are disabled.
///
/// <https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html>
fn pod_tags(declaration: &Declaration, disabled: &str) -> Answer {
    match declaration.properties.get(disabled).filter(|value| !value.is_unset()) {
        Some(value) => !value.says_true(),
        None if declaration.properties.open => Answer::Unknown,
        None => Answer::Yes,
    }
}

/// The blocks of a provider or backend that assume a role, in the order in which that is done.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs#assuming-an-iam-role>
pub(super) fn blocks(properties: &Map) -> Vec<&Map> {
    let Some(value) = properties.get("assume_role") else { return Vec::new() };
    let items = match &value.kind {
        Kind::List(list) => list.items.iter().collect(),
        _ => vec![value],
    };
    items.into_iter().filter_map(Value::as_map).collect()
}

/// The role that the block before that of `role` assumes.
pub(super) fn role_before<'v>(
    declaration: &Declaration,
    properties: &'v Map,
    role: &Value,
) -> Option<&'v Value> {
    if &*declaration.type_name != "provider.aws" {
        return None;
    }
    let blocks = blocks(properties);
    let at = blocks.iter().position(|block| names(block, role))?;
    blocks.get(at.checked_sub(1)?)?.get("role_arn")
}

/// Whether a block assumes the role that a value of it names.
fn names(block: &Map, role: &Value) -> bool {
    let is_it = |value: &Value| std::ptr::eq(value, role);
    block.get("role_arn").is_some_and(|value| is_it(value) || value.alternatives().iter().any(is_it))
}

impl Graph {
    /// Whether a declaration is a provider or backend of Terraform, which assumes its role when Terraform runs.
    pub fn is_configuration(&self, id: DeclarationId) -> bool {
        let declaration = &self.declarations[id];
        match &*declaration.type_name {
            "backend.s3" => true,
            // A command that assumes a role is declared as a provider is, but has no block inside of it.
            "provider.aws" => {
                declaration.properties.get("assume_role").is_some_and(|block| block.span != declaration.span)
            }
            _ => false,
        }
    }

    /// The sessions of configurations of Terraform that are started with a session of another role, and for which a duration is
    /// written.
    pub fn chained(&self) -> Vec<Chained> {
        let mut all = Vec::new();
        for id in self.of_type("provider.aws") {
            let declaration = &self.declarations[*id];
            let web = declaration.properties.get("assume_role_with_web_identity").filter(|it| is_written(it));
            let mut before = web.map(|value| value.span);
            for block in blocks(&declaration.properties) {
                let role = block.get("role_arn").filter(|role| is_written(role));
                let duration = block.get("duration").filter(|value| is_written(value));
                if let (Some(with), Some(duration), Some(_)) = (before, duration, role) {
                    all.push(Chained { declaration: *id, duration: duration.clone(), with });
                }
                before = role.map(|role| role.span).or(before);
            }
        }
        all
    }
}

fn is_written(value: &Value) -> bool {
    match &value.kind {
        Kind::List(list) => !list.items.is_empty(),
        Kind::Text(text) => !text.is_empty(),
        Kind::Choice(_) | Kind::Unknown(_) => false,
        _ => !value.is_unset(),
    }
}
