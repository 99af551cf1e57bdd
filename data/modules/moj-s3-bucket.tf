# A bucket with its policy, of the Ministry of Justice of the United Kingdom.
# https://github.com/ministryofjustice/modernisation-platform-terraform-s3-bucket

locals {
  without_effect = [
    "acl", "custom_replication_kms_key", "force_destroy", "lifecycle_rule", "log_bucket", "log_bucket_names",
    "log_partition_date_source", "log_prefix", "notification_enabled", "notification_events",
    "notification_queues", "notification_sns_arn", "object_lock_days", "ownership_controls", "replication_bucket",
    "replication_object_lock_days", "replication_region", "replication_role_arn", "suffix_name", "tags",
    "versioning_enabled",
  ]
  # What writes to the replica and to the buckets for logs; the policy of this bucket is the same.
  undescribed = ["replication_enabled", "log_buckets"]

  whole = [aws_s3_bucket.default.arn, "${aws_s3_bucket.default.arn}/*"]
  # What everybody is refused who is not an AWS service, beside requests without encryption in transit.
  is_kms = var.sse_algorithm == "aws:kms" && var.enforce_kms_request_headers
  refused = concat(
    local.is_kms ? [
      { test = "Null", key = "s3:x-amz-server-side-encryption", value = "true" },
      { test = "StringNotEquals", key = "s3:x-amz-server-side-encryption", value = "aws:kms" },
    ] : [],
    local.is_kms && var.custom_kms_key != "" ? [
      { test = "StringNotEquals", key = "s3:x-amz-server-side-encryption-aws-kms-key-id", value = var.custom_kms_key },
    ] : [],
  )
}

variable "bucket_name" { default = null }
variable "bucket_prefix" { default = null }
variable "bucket_policy" { default = [] }
variable "bucket_policy_v2" { default = [] }
variable "sse_algorithm" { default = "aws:kms" }
variable "custom_kms_key" { default = "" }
variable "enforce_kms_request_headers" { default = true }

resource "aws_s3_bucket" "default" {
  bucket        = var.bucket_name
  bucket_prefix = var.bucket_prefix
}

resource "aws_s3_bucket_public_access_block" "default" {
  bucket                  = aws_s3_bucket.default.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

data "aws_iam_policy_document" "default" {
  override_policy_documents = var.bucket_policy

  dynamic "statement" {
    for_each = [
      { test = "Bool", key = "aws:SecureTransport", value = "false" },
      { test = "NumericLessThan", key = "s3:TlsVersion", value = "1.2" },
    ]
    content {
      effect    = "Deny"
      actions   = ["s3:*"]
      resources = local.whole
      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
      condition {
        test     = statement.value.test
        variable = statement.value.key
        values   = [statement.value.value]
      }
    }
  }

  dynamic "statement" {
    for_each = local.refused
    content {
      effect    = "Deny"
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.default.arn}/*"]
      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
      condition {
        test     = statement.value.test
        variable = statement.value.key
        values   = [statement.value.value]
      }
      condition {
        test     = "StringNotEquals"
        variable = "aws:PrincipalType"
        values   = ["Service"]
      }
    }
  }

  dynamic "statement" {
    for_each = var.bucket_policy_v2
    content {
      effect    = statement.value.effect
      actions   = statement.value.actions
      resources = local.whole
      dynamic "principals" {
        for_each = try([{ type = statement.value.principals.type, identifiers = statement.value.principals.identifiers }], [])
        content {
          type        = principals.value.type
          identifiers = principals.value.identifiers
        }
      }
      dynamic "condition" {
        for_each = try(statement.value.conditions, [])
        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
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
  bucket = aws_s3_bucket.default.id
  policy = data.aws_iam_policy_document.default.json
}

output "bucket" { value = aws_s3_bucket.default }
output "bucket_policy" { value = aws_s3_bucket_policy.default }
