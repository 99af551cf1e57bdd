# A group with a policy, whose members may manage their own credentials; since version 6.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/latest/submodules/iam-group

locals {
  without_effect = ["policy_description", "policy_path", "tags"]

  has_policy  = var.create && var.create_policy && (var.enable_self_management_permissions || var.permissions != null)
  permissions = var.permissions == null ? {} : var.permissions
  account     = coalesce(var.users_account_id, data.aws_caller_identity.current.account_id)
  partition   = data.aws_partition.current.partition
  # What users may do with their own credentials, by the names of the actions of IAM.
  own = {
    ViewAccountInfo           = ["GetAccountPasswordPolicy", "GetAccountSummary", "ListAccountAliases", "ListVirtualMFADevices"]
    ManageOwnPasswords        = ["ChangePassword", "GetLoginProfile", "GetUser", "UpdateLoginProfile"]
    ManageOwnAccessKeys       = ["CreateAccessKey", "DeleteAccessKey", "GetAccessKeyLastUsed", "ListAccessKeys", "ListUserTags", "TagUser", "UntagUser", "UpdateAccessKey"]
    ManageOwnCertificates     = ["DeleteSigningCertificate", "ListSigningCertificates", "UpdateSigningCertificate", "UploadSigningCertificate"]
    ManageOwnSSHPublicKeys    = ["DeleteSSHPublicKey", "GetSSHPublicKey", "ListSSHPublicKeys", "UpdateSSHPublicKey", "UploadSSHPublicKey"]
    ManageOwnGitCredentials   = ["CreateServiceSpecificCredential", "DeleteServiceSpecificCredential", "ListServiceSpecificCredentials", "ResetServiceSpecificCredential", "UpdateServiceSpecificCredential"]
    ManageOwnVirtualMFADevice = ["CreateVirtualMFADevice"]
    ManageOwnUserMFA          = ["DeactivateMFADevice", "EnableMFADevice", "ListMFADevices", "ResyncMFADevice"]
  }
  users = ["arn:${local.partition}:iam::${local.account}:user/$${aws:username}", "arn:${local.partition}:iam::${local.account}:user/*/$${aws:username}"]
  below = {
    ViewAccountInfo           = ["*"]
    ManageOwnVirtualMFADevice = ["arn:${local.partition}:iam::${local.account}:mfa/*"]
  }
}

variable "create" { default = true }
variable "name" { default = "" }
variable "path" { default = null }
variable "users" { default = [] }
variable "create_policy" { default = true }
variable "enable_self_management_permissions" { default = true }
variable "enable_mfa_enforcement" { default = true }
variable "permissions" { default = null }
variable "policy_name" { default = null }
variable "policy_use_name_prefix" { default = true }
variable "policies" { default = {} }
variable "users_account_id" { default = null }

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

resource "aws_iam_group" "this" {
  count = var.create ? 1 : 0
  name  = var.name
  path  = var.path
}

resource "aws_iam_group_membership" "this" {
  count = var.create && length(var.users) > 0 ? 1 : 0
  name  = var.name
  group = one(aws_iam_group.this).name
  users = var.users
}

data "aws_iam_policy_document" "this" {
  dynamic "statement" {
    for_each = var.enable_self_management_permissions ? local.own : {}
    content {
      actions   = [for name in statement.value : "iam:${name}"]
      resources = lookup(local.below, statement.key, local.users)
    }
  }

  dynamic "statement" {
    for_each = var.enable_self_management_permissions && var.enable_mfa_enforcement ? [1] : []
    content {
      effect = "Deny"
      not_actions = [
        "iam:ChangePassword", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetMFADevice", "iam:GetUser",
        "iam:ListMFADevices", "iam:ListVirtualMFADevices", "iam:ResyncMFADevice", "sts:GetSessionToken",
      ]
      resources = ["*"]
      condition {
        test     = "BoolIfExists"
        variable = "aws:MultiFactorAuthPresent"
        values   = ["false"]
      }
    }
  }

  #statements local.permissions null
}

resource "aws_iam_policy" "this" {
  count       = local.has_policy ? 1 : 0
  name        = var.policy_use_name_prefix ? null : coalesce(var.policy_name, var.name)
  name_prefix = var.policy_use_name_prefix ? "${coalesce(var.policy_name, var.name)}-" : null
  policy      = data.aws_iam_policy_document.this.json
}

resource "aws_iam_group_policy_attachment" "this" {
  count      = local.has_policy ? 1 : 0
  group      = one(aws_iam_group.this).name
  policy_arn = one(aws_iam_policy.this).arn
}

resource "aws_iam_group_policy_attachment" "additional" {
  for_each   = var.create ? var.policies : {}
  group      = one(aws_iam_group.this).name
  policy_arn = each.value
}

resource "aws_iam_group_policy_attachment" "unmodelled" {
  for_each   = var.unmodelled
  group      = one(aws_iam_group.this).name
  policy_arn = each.value
}

output "id" { value = one(aws_iam_group.this).id }
output "arn" { value = one(aws_iam_group.this).arn }
output "name" { value = one(aws_iam_group.this).name }
output "unique_id" { value = one(aws_iam_group.this).unique_id }
output "users" { value = var.users }
output "policy_arn" { value = one(aws_iam_policy.this).arn }
output "policy_id" { value = one(aws_iam_policy.this).id }
output "policy_name" { value = one(aws_iam_policy.this).name }
