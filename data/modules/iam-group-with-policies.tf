# A group with policies, whose members may manage their own credentials; until version 5.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/5.60.0/submodules/iam-group-with-policies

locals {
  without_effect = ["iam_self_management_policy_name_prefix", "tags"]

  group     = var.create_group ? one(aws_iam_group.this).name : var.name
  account   = var.aws_account_id == "" ? data.aws_caller_identity.current.account_id : var.aws_account_id
  partition = data.aws_partition.current.partition
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

variable "create_group" { default = true }
variable "name" { default = "" }
variable "path" { default = "/" }
variable "group_users" { default = [] }
variable "custom_group_policy_arns" { default = [] }
variable "custom_group_policies" { default = [] }
variable "enable_mfa_enforcement" { default = true }
variable "attach_iam_self_management_policy" { default = true }
variable "aws_account_id" { default = "" }

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

resource "aws_iam_group" "this" {
  count = var.create_group ? 1 : 0
  name  = var.name
  path  = var.path
}

resource "aws_iam_group_membership" "this" {
  count = length(var.group_users) > 0 ? 1 : 0
  name  = var.name
  group = local.group
  users = var.group_users
}

data "aws_iam_policy_document" "iam_self_management" {
  dynamic "statement" {
    for_each = local.own
    content {
      actions   = [for name in statement.value : "iam:${name}"]
      resources = lookup(local.below, statement.key, local.users)
    }
  }

  dynamic "statement" {
    for_each = var.enable_mfa_enforcement ? [1] : []
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
}

resource "aws_iam_policy" "iam_self_management" {
  count  = var.attach_iam_self_management_policy ? 1 : 0
  policy = data.aws_iam_policy_document.iam_self_management.json
}

resource "aws_iam_group_policy_attachment" "iam_self_management" {
  count      = var.attach_iam_self_management_policy ? 1 : 0
  group      = local.group
  policy_arn = one(aws_iam_policy.iam_self_management).arn
}

resource "aws_iam_policy" "custom" {
  count  = length(var.custom_group_policies)
  name   = var.custom_group_policies[count.index].name
  policy = var.custom_group_policies[count.index].policy
}

resource "aws_iam_group_policy_attachment" "custom" {
  count      = length(var.custom_group_policies)
  group      = local.group
  policy_arn = aws_iam_policy.custom[count.index].arn
}

resource "aws_iam_group_policy_attachment" "custom_arns" {
  count      = length(var.custom_group_policy_arns)
  group      = local.group
  policy_arn = var.custom_group_policy_arns[count.index]
}

resource "aws_iam_group_policy_attachment" "unmodelled" {
  for_each   = var.unmodelled
  group      = local.group
  policy_arn = each.value
}

output "aws_account_id" { value = local.account }
output "group_arn" { value = one(aws_iam_group.this).arn }
output "group_name" { value = local.group }
output "group_users" { value = var.group_users }
