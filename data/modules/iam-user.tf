# A user.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/latest/submodules/iam-user

locals {
  without_effect = [
    "access_key_status", "create_access_key", "create_iam_access_key", "create_iam_user_login_profile",
    "create_login_profile", "create_ssh_key", "force_destroy", "iam_access_key_status", "password_length",
    "password_reset_required", "pgp_key", "ssh_key_encoding", "ssh_public_key", "tags", "upload_iam_user_ssh_key",
  ]
  user = one(aws_iam_user.this)
}

variable "create" { default = true }
# Until version 5.
variable "create_user" { default = true }
variable "name" {}
variable "path" { default = "/" }
variable "permissions_boundary" { default = "" }
variable "policy_arns" { default = [] }
variable "policies" { default = {} }

resource "aws_iam_user" "this" {
  count                = var.create && var.create_user ? 1 : 0
  name                 = var.name
  path                 = var.path
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_user_policy_attachment" "this" {
  for_each   = toset(var.policy_arns)
  user       = local.user.name
  policy_arn = each.value
}

resource "aws_iam_user_policy_attachment" "additional" {
  for_each   = var.policies
  user       = local.user.name
  policy_arn = each.value
}

resource "aws_iam_user_policy_attachment" "unmodelled" {
  for_each   = var.unmodelled
  user       = local.user.name
  policy_arn = each.value
}

output "arn" { value = local.user.arn }
output "name" { value = local.user.name }
output "unique_id" { value = local.user.unique_id }
# Until version 5.
output "iam_user_arn" { value = local.user.arn }
output "iam_user_name" { value = local.user.name }
output "iam_user_unique_id" { value = local.user.unique_id }
