//! Which kinds of manifests are which types of Terraform, and under which names their fields are arguments.

use super::document::Family;
use crate::carriers;

/// A kind of a provider that has names of its own.
#[derive(Debug)]
pub(super) struct Row {
    family: Family,
    service: &'static str,
    kind: &'static str,
    pub(super) type_name: &'static str,
    /// Fields and the arguments that they are.
    pub(super) fields: &'static [(&'static str, &'static str)],
}

const fn row(
    family: Family,
    (service, kind): (&'static str, &'static str),
    type_name: &'static str,
    fields: &'static [(&'static str, &'static str)],
) -> Row {
    Row { family, service, kind, type_name, fields }
}

/// The API references of both, <https://github.com/crossplane-contrib/provider-aws/tree/master/package/crds> and
/// <https://aws-controllers-k8s.github.io/docs/api-reference>.
static ROWS: &[Row] = &[
    row(
        Family::Classic,
        ("iam", "Role"),
        "aws_iam_role",
        &[
            ("assumeRolePolicyDocument", "assume_role_policy"),
            ("permissionsBoundary", "permissions_boundary"),
            ("path", "path"),
        ],
    ),
    row(
        Family::Classic,
        ("iam", "Policy"),
        "aws_iam_policy",
        &[("name", "name"), ("document", "policy"), ("path", "path")],
    ),
    row(
        Family::Classic,
        ("iam", "RolePolicy"),
        "aws_iam_role_policy",
        &[("document", "policy"), ("roleName", "role")],
    ),
    row(
        Family::Classic,
        ("iam", "RolePolicyAttachment"),
        "aws_iam_role_policy_attachment",
        &[("policyArn", "policy_arn"), ("roleName", "role")],
    ),
    row(
        Family::Classic,
        ("iam", "User"),
        "aws_iam_user",
        &[("permissionsBoundary", "permissions_boundary"), ("path", "path")],
    ),
    row(
        Family::Classic,
        ("iam", "UserPolicyAttachment"),
        "aws_iam_user_policy_attachment",
        &[("policyArn", "policy_arn"), ("userName", "user")],
    ),
    row(Family::Classic, ("iam", "Group"), "aws_iam_group", &[("path", "path")]),
    row(
        Family::Classic,
        ("iam", "GroupPolicyAttachment"),
        "aws_iam_group_policy_attachment",
        &[("policyArn", "policy_arn"), ("groupName", "group")],
    ),
    row(Family::Classic, ("s3", "Bucket"), "aws_s3_bucket", &[("policy", "policy")]),
    row(
        Family::Classic,
        ("s3", "BucketPolicy"),
        "aws_s3_bucket_policy",
        &[("bucketName", "bucket"), ("rawPolicy", "policy"), ("policy", "policy")],
    ),
    row(Family::Classic, ("sqs", "Queue"), "aws_sqs_queue", &[("policy", "policy")]),
    row(Family::Classic, ("sns", "Topic"), "aws_sns_topic", &[("name", "name"), ("policy", "policy")]),
    row(Family::Classic, ("kms", "Key"), "aws_kms_key", &[("policy", "policy")]),
    row(Family::Classic, ("ecr", "Repository"), "aws_ecr_repository", &[]),
    row(
        Family::Classic,
        ("ecr", "RepositoryPolicy"),
        "aws_ecr_repository_policy",
        &[("repositoryName", "repository"), ("rawPolicy", "policy"), ("policy", "policy")],
    ),
    row(
        Family::Classic,
        ("secretsmanager", "Secret"),
        "aws_secretsmanager_secret",
        &[("resourcePolicy", "policy")],
    ),
    row(
        Family::Ack,
        ("iam", "Role"),
        "aws_iam_role",
        &[
            ("name", "name"),
            ("assumeRolePolicyDocument", "assume_role_policy"),
            ("permissionsBoundary", "permissions_boundary"),
            ("path", "path"),
        ],
    ),
    row(
        Family::Ack,
        ("iam", "Policy"),
        "aws_iam_policy",
        &[("name", "name"), ("policyDocument", "policy"), ("path", "path")],
    ),
    row(
        Family::Ack,
        ("iam", "User"),
        "aws_iam_user",
        &[("name", "name"), ("permissionsBoundary", "permissions_boundary"), ("path", "path")],
    ),
    row(Family::Ack, ("iam", "Group"), "aws_iam_group", &[("name", "name"), ("path", "path")]),
    row(Family::Ack, ("s3", "Bucket"), "aws_s3_bucket", &[("name", "bucket"), ("policy", "policy")]),
    row(Family::Ack, ("sqs", "Queue"), "aws_sqs_queue", &[("queueName", "name"), ("policy", "policy")]),
    row(Family::Ack, ("sns", "Topic"), "aws_sns_topic", &[("name", "name"), ("policy", "policy")]),
    row(Family::Ack, ("kms", "Key"), "aws_kms_key", &[("policy", "policy")]),
    row(Family::Ack, ("ecr", "Repository"), "aws_ecr_repository", &[("name", "name")]),
];

/// The row of a kind. `identity` is what the group of IAM was called first, whose kinds began with it.
pub(super) fn of(family: Family, service: &str, kind: &str) -> Option<&'static Row> {
    let (service, kind) = match service {
        "identity" => ("iam", kind.strip_prefix("IAM").unwrap_or(kind)),
        _ => (service, kind),
    };
    ROWS.iter().find(|row| row.family == family && row.service == service && row.kind == kind)
}

/// The type that a kind of the provider which is made of Terraform's is; `None` when it carries no access.
pub(super) fn of_terraform(service: &str, kind: &str) -> Option<String> {
    let type_name = format!("aws_{service}_{}", super::values::snake(kind));
    let is_about_access =
        !carriers::carriers(&type_name).is_empty() || type_name == "aws_s3_bucket_public_access_block";
    is_about_access.then_some(type_name)
}

/// The argument that the name of a manifest is, unless another name is given to it outside.
///
/// <https://docs.crossplane.io/latest/managed-resources/managed-resources/#naming-external-resources>
pub(super) fn name_argument(family: Family, type_name: &str) -> Option<&'static str> {
    match (family, type_name) {
        // AWS or Terraform makes their names.
        (Family::Ack, _) | (Family::Upbound, "aws_sqs_queue" | "aws_secretsmanager_secret") => None,
        (
            _,
            "aws_iam_role"
            | "aws_iam_user"
            | "aws_iam_group"
            | "aws_iam_policy"
            | "aws_sns_topic"
            | "aws_sqs_queue"
            | "aws_ecr_repository"
            | "aws_secretsmanager_secret"
            | "aws_dynamodb_table"
            | "aws_kinesis_stream",
        ) => Some("name"),
        (_, "aws_s3_bucket") => Some("bucket"),
        (_, "aws_lambda_function") => Some("function_name"),
        _ => None,
    }
}

/// What a field names when it refers to another manifest: the kind, and which of its attributes it takes.
pub(super) fn referred(argument: &str) -> Option<(&'static str, &'static str)> {
    Some(match argument {
        "role" | "role_name" => ("Role", "name"),
        "user" | "user_name" => ("User", "name"),
        "group" | "group_name" => ("Group", "name"),
        "policy_arn" | "policy_arns" | "managed_policy_arns" | "policies" | "permissions_boundary" => {
            ("Policy", "arn")
        }
        "bucket" | "bucket_name" => ("Bucket", "bucket"),
        "queue_url" => ("Queue", "url"),
        "arn" | "topic_arn" => ("Topic", "arn"),
        "secret_arn" => ("Secret", "arn"),
        "repository" | "repository_name" => ("Repository", "name"),
        "key_id" => ("Key", "key_id"),
        "function_name" => ("Function", "function_name"),
        "source_arn" | "event_source_arn" => ("", "arn"),
        _ => return None,
    })
}
