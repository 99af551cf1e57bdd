# A bucket with its policy and its public access block.
# https://registry.terraform.io/modules/terraform-aws-modules/s3-bucket/aws/latest

locals {
  without_effect = [
    "acceleration_status", "acl", "analytics_configuration", "allowed_kms_key_arn", "attach_public_policy",
    "bucket_namespace", "control_object_ownership", "cors_rule", "expected_bucket_owner", "force_destroy", "grant",
    "intelligent_tiering", "inventory_configuration", "lifecycle_rule", "logging", "metric_configuration",
    "object_lock_configuration", "object_lock_enabled", "object_ownership", "owner", "putin_khuylo", "region",
    "replication_configuration", "request_payer", "server_side_encryption_configuration",
    "skip_destroy_public_access_block", "tags", "transition_default_minimum_object_size", "versioning",
  ]
  undescribed = [
    "attach_analytics_destination_policy", "attach_cloudtrail_log_delivery_policy",
    "attach_deny_incorrect_encryption_headers", "attach_deny_incorrect_kms_key_sse",
    "attach_elb_log_delivery_policy", "attach_inventory_destination_policy", "attach_lb_log_delivery_policy",
    "attach_waf_log_delivery_policy", "is_directory_bucket",
  ]

  bucket = one(aws_s3_bucket.this)
  # What the switches refuse everybody.
  refused = {
    denyInsecureTransport = {
      when   = var.attach_deny_insecure_transport_policy
      may    = "s3:*"
      below  = [local.bucket.arn, "${local.bucket.arn}/*"]
      test   = "Bool"
      key    = "aws:SecureTransport"
      values = ["false"]
    }
    denyOutdatedTLS = {
      when   = var.attach_require_latest_tls_policy
      may    = "s3:*"
      below  = [local.bucket.arn, "${local.bucket.arn}/*"]
      test   = "NumericLessThan"
      key    = "s3:TlsVersion"
      values = ["1.2"]
    }
    denyUnencryptedObjectUploads = {
      when   = var.attach_deny_unencrypted_object_uploads
      may    = "s3:PutObject"
      below  = ["${local.bucket.arn}/*"]
      test   = "Null"
      key    = "s3:x-amz-server-side-encryption"
      values = ["true"]
    }
    denySSECEncryptedObjectUploads = {
      when   = var.attach_deny_ssec_encrypted_object_uploads
      may    = "s3:PutObject"
      below  = ["${local.bucket.arn}/*"]
      test   = "Null"
      key    = "s3:x-amz-server-side-encryption-customer-algorithm"
      values = ["false"]
    }
  }
  # From whom S3 takes access logs.
  senders = {
    "aws:SourceArn"     = { test = "ForAnyValue:ArnLike", values = var.access_log_delivery_policy_source_buckets }
    "aws:SourceAccount" = { test = "ForAnyValue:StringEquals", values = var.access_log_delivery_policy_source_accounts }
    "aws:ResourceOrgID" = { test = "StringEquals", values = var.access_log_delivery_policy_source_organizations }
  }
  has_policy = anytrue([
    var.attach_policy, var.attach_access_log_delivery_policy, var.attach_deny_insecure_transport_policy,
    var.attach_require_latest_tls_policy, var.attach_deny_unencrypted_object_uploads,
    var.attach_deny_ssec_encrypted_object_uploads,
  ])
}

variable "create_bucket" { default = true }
variable "bucket" { default = null }
variable "bucket_prefix" { default = null }
variable "attach_policy" { default = false }
variable "policy" { default = null }
variable "attach_access_log_delivery_policy" { default = false }
variable "access_log_delivery_policy_source_buckets" { default = [] }
variable "access_log_delivery_policy_source_accounts" { default = [] }
variable "access_log_delivery_policy_source_organizations" { default = [] }
variable "attach_deny_insecure_transport_policy" { default = false }
variable "attach_require_latest_tls_policy" { default = false }
variable "attach_deny_unencrypted_object_uploads" { default = false }
variable "attach_deny_ssec_encrypted_object_uploads" { default = false }
variable "block_public_acls" { default = true }
variable "block_public_policy" { default = true }
variable "ignore_public_acls" { default = true }
variable "restrict_public_buckets" { default = true }
variable "website" { default = {} }

resource "aws_s3_bucket" "this" {
  count         = var.create_bucket ? 1 : 0
  bucket        = var.bucket
  bucket_prefix = var.bucket_prefix
}

resource "aws_s3_bucket_public_access_block" "this" {
  count                   = var.create_bucket ? 1 : 0
  bucket                  = local.bucket.id
  block_public_acls       = var.block_public_acls
  block_public_policy     = var.block_public_policy
  ignore_public_acls      = var.ignore_public_acls
  restrict_public_buckets = var.restrict_public_buckets
}

resource "aws_s3_bucket_website_configuration" "this" {
  count  = var.create_bucket && length(keys(var.website)) > 0 ? 1 : 0
  bucket = local.bucket.id
}

data "aws_iam_policy_document" "combined" {
  source_policy_documents = var.attach_policy ? [var.policy] : []

  dynamic "statement" {
    for_each = { for sid, each in local.refused : sid => each if each.when }
    content {
      sid       = statement.key
      effect    = "Deny"
      actions   = [statement.value.may]
      resources = statement.value.below
      principals {
        type        = "*"
        identifiers = ["*"]
      }
      condition {
        test     = statement.value.test
        variable = statement.value.key
        values   = statement.value.values
      }
    }
  }

  dynamic "statement" {
    for_each = var.attach_access_log_delivery_policy ? ["AWSAccessLogDeliveryWrite"] : []
    content {
      sid       = statement.value
      actions   = ["s3:PutObject"]
      resources = ["${local.bucket.arn}/*"]
      principals {
        type        = "Service"
        identifiers = ["logging.s3.amazonaws.com"]
      }
      dynamic "condition" {
        for_each = { for key, each in local.senders : key => each if length(each.values) > 0 }
        content {
          test     = condition.value.test
          variable = condition.key
          values   = condition.value.values
        }
      }
    }
  }

  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

# Not known to be there when only what is not described could make it.
resource "aws_s3_bucket_policy" "this" {
  count  = !var.create_bucket ? 0 : local.has_policy ? 1 : length(var.unmodelled)
  bucket = local.bucket.id
  policy = data.aws_iam_policy_document.combined.json
}

output "s3_bucket_id" { value = local.bucket.id }
output "s3_bucket_arn" { value = local.bucket.arn }
output "s3_bucket_bucket_domain_name" { value = local.bucket.bucket_domain_name }
output "s3_bucket_bucket_regional_domain_name" { value = local.bucket.bucket_regional_domain_name }
