# A key, and its policy made of lists of principals.
# https://registry.terraform.io/modules/terraform-aws-modules/kms/aws/latest

locals {
  without_effect = [
    "aliases", "aliases_use_name_prefix", "bypass_policy_lockout_safety_check", "computed_aliases",
    "custom_key_store_id", "customer_master_key_spec", "deletion_window_in_days", "description",
    "enable_key_rotation", "is_enabled", "key_spec", "key_usage", "multi_region", "region",
    "rotation_period_in_days", "tags", "valid_to", "key_material_base64",
  ]

  use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
  administer = [
    "kms:Create*", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Revoke*",
    "kms:Disable*", "kms:Get*", "kms:Delete*", "kms:TagResource", "kms:UntagResource",
    "kms:ScheduleKeyDeletion", "kms:CancelKeyDeletion", "kms:ReplicateKey", "kms:ImportKeyMaterial",
  ]
  for_services = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]

  # Whom each list of principals lets do what.
  admitted = {
    KeyOwner               = { who = var.key_owners, may = ["kms:*"] }
    KeyAdministration      = { who = var.key_administrators, may = local.administer }
    KeyUsage               = { who = var.key_users, may = local.use }
    KeyServiceRolesASG     = { who = var.key_service_roles_for_autoscaling, may = local.use }
    KeySymmetricEncryption = { who = var.key_symmetric_encryption_users, may = local.use }
    KeyHMAC                = { who = var.key_hmac_users, may = ["kms:DescribeKey", "kms:GenerateMac", "kms:VerifyMac"] }
    KeyAsymmetricPublicEncryption = {
      who = var.key_asymmetric_public_encryption_users
      may = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:DescribeKey", "kms:GetPublicKey"]
    }
    KeyAsymmetricSignVerify = {
      who = var.key_asymmetric_sign_verify_users
      may = ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign", "kms:Verify"]
    }
  }
  # The same for grants to AWS services.
  granting = {
    KeyServiceUsage                 = { who = var.key_service_users, may = local.for_services }
    KeyServiceRolesASGPersistentVol = { who = var.key_service_roles_for_autoscaling, may = ["kms:CreateGrant"] }
  }
}

variable "create" { default = true }
variable "create_external" { default = false }
variable "create_replica" { default = false }
variable "create_replica_external" { default = false }
variable "primary_key_arn" { default = null }
variable "primary_external_key_arn" { default = null }
variable "policy" { default = null }
variable "source_policy_documents" { default = [] }
variable "override_policy_documents" { default = [] }
variable "enable_default_policy" { default = true }
variable "key_owners" { default = [] }
variable "key_administrators" { default = [] }
variable "key_users" { default = [] }
variable "key_service_users" { default = [] }
variable "key_service_roles_for_autoscaling" { default = [] }
variable "key_symmetric_encryption_users" { default = [] }
variable "key_hmac_users" { default = [] }
variable "key_asymmetric_public_encryption_users" { default = [] }
variable "key_asymmetric_sign_verify_users" { default = [] }
variable "key_statements" { default = null }
variable "grants" { default = null }

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_iam_policy_document" "this" {
  source_policy_documents   = var.source_policy_documents
  override_policy_documents = var.override_policy_documents

  dynamic "statement" {
    for_each = var.enable_default_policy ? ["Default"] : []
    content {
      sid       = statement.value
      actions   = ["kms:*"]
      resources = ["*"]
      principals {
        type = "AWS"
        identifiers = [
          "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root",
        ]
      }
    }
  }

  dynamic "statement" {
    for_each = { for sid, each in local.admitted : sid => each if length(each.who) > 0 }
    content {
      sid       = statement.key
      actions   = statement.value.may
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = statement.value.who
      }
    }
  }

  dynamic "statement" {
    for_each = { for sid, each in local.granting : sid => each if length(each.who) > 0 }
    content {
      sid       = statement.key
      actions   = statement.value.may
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = statement.value.who
      }
      condition {
        test     = "Bool"
        variable = "kms:GrantIsForAWSResource"
        values   = ["true"]
      }
    }
  }

  #statements var.key_statements

  dynamic "statement" {
    for_each = var.unmodelled
    content {
      actions = [statement.value]
    }
  }
}

resource "aws_kms_key" "this" {
  count  = var.create && !var.create_external && !var.create_replica && !var.create_replica_external ? 1 : 0
  policy = coalesce(var.policy, data.aws_iam_policy_document.this.json)
}

resource "aws_kms_external_key" "this" {
  count  = var.create && var.create_external ? 1 : 0
  policy = coalesce(var.policy, data.aws_iam_policy_document.this.json)
}

resource "aws_kms_replica_key" "this" {
  count           = var.create && var.create_replica ? 1 : 0
  primary_key_arn = var.primary_key_arn
  policy          = coalesce(var.policy, data.aws_iam_policy_document.this.json)
}

resource "aws_kms_grant" "this" {
  for_each          = var.create && var.grants != null ? var.grants : {}
  key_id            = local.key.key_id
  grantee_principal = each.value.grantee_principal
  operations        = each.value.operations
}

locals {
  key = try(aws_kms_key.this[0], aws_kms_external_key.this[0], aws_kms_replica_key.this[0], null)
}

output "key_arn" { value = local.key.arn }
output "key_id" { value = local.key.key_id }
output "key_policy" { value = data.aws_iam_policy_document.this.json }
