# A role that other accounts and services may assume, with MFA unless told otherwise; until version 5.
# https://registry.terraform.io/modules/terraform-aws-modules/iam/aws/5.60.0/submodules/iam-assumable-role

locals {
  without_effect = [
    "create_instance_profile", "force_detach_policies", "max_session_duration",
    "number_of_custom_role_policy_arns", "role_description", "tags",
  ]
  role = one(aws_iam_role.this)
  self = "arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:role${var.role_path}${var.role_name == null ? "${var.role_name_prefix}*" : var.role_name}"

  conditions = concat(
    var.role_requires_mfa ? [
      { test = "Bool", variable = "aws:MultiFactorAuthPresent", values = ["true"] },
      { test = "NumericLessThan", variable = "aws:MultiFactorAuthAge", values = [var.mfa_age] },
    ] : [],
    [for id in [flatten([var.role_sts_externalid])] : { test = "StringEquals", variable = "sts:ExternalId", values = id } if length(id) > 0],
    var.role_requires_session_name ? [
      { test = "StringEquals", variable = "sts:RoleSessionName", values = var.role_session_name },
    ] : [],
    var.trust_policy_conditions,
  )
  attached = concat(
    var.custom_role_policy_arns,
    var.attach_admin_policy ? [var.admin_role_policy_arn] : [],
    var.attach_poweruser_policy ? [var.poweruser_role_policy_arn] : [],
    var.attach_readonly_policy ? [var.readonly_role_policy_arn] : [],
  )
}

variable "create_role" { default = false }
variable "role_name" { default = null }
variable "role_name_prefix" { default = null }
variable "role_path" { default = "/" }
variable "role_permissions_boundary_arn" { default = "" }
variable "trusted_role_actions" { default = ["sts:AssumeRole", "sts:TagSession"] }
variable "trusted_role_arns" { default = [] }
variable "trusted_role_services" { default = [] }
variable "trust_policy_conditions" { default = [] }
variable "role_requires_mfa" { default = true }
variable "mfa_age" { default = 86400 }
variable "role_sts_externalid" { default = [] }
variable "role_requires_session_name" { default = false }
variable "role_session_name" { default = ["$${aws:username}"] }
variable "allow_self_assume_role" { default = false }
variable "create_custom_role_trust_policy" { default = false }
variable "custom_role_trust_policy" { default = "" }
variable "custom_role_policy_arns" { default = [] }
variable "attach_admin_policy" { default = false }
variable "admin_role_policy_arn" { default = "arn:aws:iam::aws:policy/AdministratorAccess" }
variable "attach_poweruser_policy" { default = false }
variable "poweruser_role_policy_arn" { default = "arn:aws:iam::aws:policy/PowerUserAccess" }
variable "attach_readonly_policy" { default = false }
variable "readonly_role_policy_arn" { default = "arn:aws:iam::aws:policy/ReadOnlyAccess" }
variable "inline_policy_statements" { default = [] }

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_iam_policy_document" "assume_role" {
  dynamic "statement" {
    for_each = var.allow_self_assume_role ? ["ExplicitSelfRoleAssumption"] : []
    content {
      sid     = statement.value
      actions = ["sts:AssumeRole"]
      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
      condition {
        test     = "ArnLike"
        variable = "aws:PrincipalArn"
        values   = [local.self]
      }
    }
  }

  statement {
    actions = distinct(concat(["sts:AssumeRole"], var.trusted_role_actions))
    principals {
      type        = "AWS"
      identifiers = var.trusted_role_arns
    }
    principals {
      type        = "Service"
      identifiers = var.trusted_role_services
    }
    dynamic "condition" {
      for_each = local.conditions
      content {
        test     = condition.value.test
        variable = condition.value.variable
        values   = condition.value.values
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

resource "aws_iam_role" "this" {
  count                = var.create_role ? 1 : 0
  name                 = var.role_name
  name_prefix          = var.role_name_prefix
  path                 = var.role_path
  permissions_boundary = var.role_permissions_boundary_arn
  assume_role_policy   = var.create_custom_role_trust_policy ? var.custom_role_trust_policy : data.aws_iam_policy_document.assume_role.json
}

resource "aws_iam_role_policy_attachment" "custom" {
  count      = var.create_role ? length(local.attached) : 0
  role       = local.role.name
  policy_arn = local.attached[count.index]
}

data "aws_iam_policy_document" "inline" {
  #statements var.inline_policy_statements
}

resource "aws_iam_role_policy" "inline" {
  count  = var.create_role && length(var.inline_policy_statements) > 0 ? 1 : 0
  role   = local.role.name
  policy = data.aws_iam_policy_document.inline.json
}

resource "aws_iam_role_policy_attachment" "unmodelled" {
  for_each   = var.unmodelled
  role       = local.role.name
  policy_arn = each.value
}

output "iam_role_arn" { value = local.role.arn }
output "iam_role_name" { value = local.role.name }
output "iam_role_path" { value = local.role.path }
output "iam_role_unique_id" { value = local.role.unique_id }
# Until version 3.
output "this_iam_role_arn" { value = local.role.arn }
output "this_iam_role_name" { value = local.role.name }
output "role_requires_mfa" { value = var.role_requires_mfa }
output "role_sts_externalid" { value = var.role_sts_externalid }
