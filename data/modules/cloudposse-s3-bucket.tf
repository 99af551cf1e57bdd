# A bucket with its policy and its public access block; since version 2.
# https://registry.terraform.io/modules/cloudposse/s3-bucket/aws/latest

#label
locals {
  without_effect = [
    "access_key_enabled", "acl", "additional_tag_map", "allowed_bucket_actions", "blocked_encryption_types",
    "bucket_key_enabled", "bucket_namespace", "cors_configuration", "cors_rule_inputs", "descriptor_formats",
    "event_notification_details", "expected_bucket_owner", "force_destroy", "grants",
    "intelligent_tiering_configuration", "kms_master_key_arn", "label_key_case",
    "labels_as_tags", "lifecycle_configuration_rules", "lifecycle_rule_ids", "lifecycle_rules", "logging",
    "object_lock_configuration", "s3_object_ownership",
    "s3_replication_permissions_boundary_arn", "s3_request_payment_configuration", "ssm_base_path",
    "store_access_key_in_ssm", "tags", "transfer_acceleration_enabled", "user_permissions_boundary_arn",
    "versioning_enabled", "website_configuration", "website_inputs", "website_redirect_all_requests_to",
  ]
  undescribed = ["create_s3_directory_bucket", "user_enabled"]

  bucket = one(aws_s3_bucket.default)
  both   = [local.bucket.arn, "${local.bucket.arn}/*"]
  # What is refused to everybody: the actions, on what, and when.
  refused = [for each in [
    {
      when  = var.allow_encrypted_uploads_only
      may   = "s3:PutObject"
      below = ["${local.bucket.arn}/*"]
      if    = { test = "StringNotEquals", variable = "s3:x-amz-server-side-encryption", values = [var.sse_algorithm] }
    },
    {
      when  = var.allow_encrypted_uploads_only
      may   = "s3:PutObject"
      below = ["${local.bucket.arn}/*"]
      if    = { test = "Null", variable = "s3:x-amz-server-side-encryption", values = ["true"] }
    },
    {
      when  = var.allow_ssl_requests_only
      may   = "s3:*"
      below = local.both
      if    = { test = "Bool", variable = "aws:SecureTransport", values = ["false"] }
    },
    {
      when  = var.minimum_tls_version != null
      may   = "s3:*"
      below = local.both
      if    = { test = "NumericLessThan", variable = "s3:TlsVersion", values = [var.minimum_tls_version] }
    },
    {
      when  = length(var.source_ip_allow_list) > 0
      may   = "s3:*"
      below = local.both
      if    = { test = "NotIpAddress", variable = "aws:SourceIp", values = var.source_ip_allow_list }
    },
  ] : each if each.when]
  replicates = length(var.s3_replication_source_roles) > 0
  has_policy = local.is_on && (var.allow_ssl_requests_only || var.allow_encrypted_uploads_only || local.replicates || length(var.privileged_principal_arns) > 0 || length(var.source_policy_documents) > 0)
  is_source  = local.is_on && var.s3_replication_enabled
  replicated = concat(
    compact([var.s3_replica_bucket_arn]),
    [for rule in coalesce(var.s3_replication_rules, var.replication_rules, []) : try(rule.destination_bucket, rule.destination.bucket) if try(length(rule.destination_bucket), length(rule.destination.bucket), 0) > 0],
  )
}

variable "bucket_name" { default = null }
variable "source_policy_documents" { default = [] }
variable "sse_algorithm" { default = "AES256" }
variable "allow_encrypted_uploads_only" { default = false }
variable "allow_ssl_requests_only" { default = false }
variable "minimum_tls_version" { default = null }
variable "source_ip_allow_list" { default = [] }
variable "block_public_acls" { default = true }
variable "block_public_policy" { default = true }
variable "ignore_public_acls" { default = true }
variable "restrict_public_buckets" { default = true }
variable "privileged_principal_arns" { default = [] }
variable "privileged_principal_actions" { default = [] }
variable "s3_replication_source_roles" { default = [] }
variable "s3_replication_enabled" { default = false }
variable "s3_replica_bucket_arn" { default = "" }
variable "s3_replication_rules" { default = null }
variable "replication_rules" { default = null }

resource "aws_s3_bucket" "default" {
  count  = local.is_on ? 1 : 0
  bucket = var.bucket_name == null || var.bucket_name == "" ? local.id : var.bucket_name
}

resource "aws_s3_bucket_public_access_block" "default" {
  count                   = local.is_on ? 1 : 0
  bucket                  = local.bucket.id
  block_public_acls       = var.block_public_acls
  block_public_policy     = var.block_public_policy
  ignore_public_acls      = var.ignore_public_acls
  restrict_public_buckets = var.restrict_public_buckets
}

data "aws_iam_policy_document" "bucket_policy" {
  override_policy_documents = var.source_policy_documents

  dynamic "statement" {
    for_each = local.refused
    content {
      effect    = "Deny"
      actions   = [statement.value.may]
      resources = statement.value.below
      principals {
        type        = "*"
        identifiers = ["*"]
      }
      condition {
        test     = statement.value.if.test
        variable = statement.value.if.variable
        values   = statement.value.if.values
      }
    }
  }

  dynamic "statement" {
    for_each = local.replicates ? [1] : []
    content {
      sid       = "CrossAccountReplicationObjects"
      actions   = ["s3:GetObjectVersionTagging", "s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"]
      resources = ["${local.bucket.arn}/*"]
      principals {
        type        = "AWS"
        identifiers = var.s3_replication_source_roles
      }
    }
  }

  dynamic "statement" {
    for_each = local.replicates ? [1] : []
    content {
      sid       = "CrossAccountReplicationBucket"
      actions   = ["s3:GetBucketVersioning", "s3:List*", "s3:PutBucketVersioning"]
      resources = [local.bucket.arn]
      principals {
        type        = "AWS"
        identifiers = var.s3_replication_source_roles
      }
    }
  }

  dynamic "statement" {
    for_each = var.privileged_principal_arns
    content {
      actions   = var.privileged_principal_actions
      resources = distinct(concat([local.bucket.arn], [for prefix in values(statement.value)[0] : "${local.bucket.arn}/${prefix}*"]))
      principals {
        type        = "AWS"
        identifiers = [keys(statement.value)[0]]
      }
    }
  }

  dynamic "statement" {
    for_each = var.unnamed
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_s3_bucket_policy" "default" {
  count  = local.has_policy ? 1 : 0
  bucket = local.bucket.id
  policy = data.aws_iam_policy_document.bucket_policy.json
}

resource "aws_s3_bucket_policy" "unnamed" {
  for_each = local.has_policy ? [] : var.unnamed
  bucket   = local.bucket.id
  policy   = each.value
}

data "aws_iam_policy_document" "replication_sts" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "replication" {
  statement {
    actions   = ["s3:Get*", "s3:ListBucket"]
    resources = local.both
  }
  statement {
    actions   = ["s3:GetObjectVersionTagging", "s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"]
    resources = [for arn in local.replicated : "${arn}/*"]
  }
}

resource "aws_iam_role" "replication" {
  count              = local.is_source ? 1 : 0
  name               = "${local.bucket.bucket}-replication"
  assume_role_policy = data.aws_iam_policy_document.replication_sts.json
}

resource "aws_iam_policy" "replication" {
  count  = local.is_source ? 1 : 0
  name   = one(aws_iam_role.replication).name
  policy = data.aws_iam_policy_document.replication.json
}

resource "aws_iam_role_policy_attachment" "replication" {
  count      = local.is_source ? 1 : 0
  role       = one(aws_iam_role.replication).name
  policy_arn = one(aws_iam_policy.replication).arn
}

output "enabled" { value = local.is_on }
output "bucket_id" { value = local.is_on ? local.bucket.id : "" }
output "bucket_arn" { value = local.is_on ? local.bucket.arn : "" }
output "bucket_domain_name" { value = local.is_on ? local.bucket.bucket_domain_name : "" }
output "bucket_regional_domain_name" { value = local.is_on ? local.bucket.bucket_regional_domain_name : "" }
output "replication_role_arn" { value = local.is_source ? one(aws_iam_role.replication).arn : "" }
